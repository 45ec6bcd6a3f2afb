#include "read/paths.h"

#include "base/hash.h"
#include "text/json.h"
#include "text/pairs.h"

enum {
    FIRST_SLOTS = 32,
    MOST_UNWANTED = 4096            /* keys remembered only to be passed over */
};

status paths_init(struct paths *paths, struct builder *builder, bool bare)
{
    *paths = (struct paths){ .builder = builder, .bare = bare };
    arena_init(&paths->arena, builder->arena.heap);
    paths->nothing.size = UINT32_MAX;           /* no key is that long */
    paths->nothing.next[0] = paths->nothing.next[1] = &paths->nothing;
    paths->ignored = paths->nothing;
    paths->ignored.place.object_known = paths->ignored.place.array_known = true;
    paths->top = (struct place){ .path = STR(""), .top = true };
    return OK;
}

void paths_free(struct paths *paths)
{
    arena_free(&paths->arena);
}

static status joined(struct paths *paths, str a, str b, str *out)
{
    char *text = arena_alloc(&paths->arena, a.size + b.size + 1);

    TRY_NEW(text);
    if (a.size)
        memcpy(text, a.at, a.size);
    if (b.size)
        memcpy(text + a.size, b.at, b.size);
    *out = str_make(text, a.size + b.size);
    return OK;
}

/* Can a wanted field's name begin with this? */
static bool wants_below(const struct paths *paths, str prefix)
{
    const struct projection *projection = paths->builder->projection;

    if (projection->all && !paths->bare)
        return true;
    for (uint32_t i = 0; i < projection->fields && !paths->bare; i++)
        if (str_starts(name_str(projection->field[i]), prefix))
            return true;
    for (uint32_t i = 0; i < projection->patterns && !paths->bare; i++) {
        str    pattern = projection->pattern[i];
        size_t star = str_find(pattern, STR("*"), 0);
        str    start = str_make(pattern.at, star == SIZE_MAX ? pattern.size : star);
        if (str_starts(start, prefix) || str_starts(prefix, start))
            return true;
    }
    return time_is_below(paths->builder, prefix);
}

static status keys_new(struct paths *paths, str prefix, struct keys **out)
{
    struct keys *keys = ARENA_NEW(&paths->arena, struct keys);

    TRY_NEW(keys);
    keys->prefix = prefix;
    keys->slots = FIRST_SLOTS;
    TRY_NEW(keys->slot = ARENA_ARRAY(&paths->arena, struct key *, keys->slots));
    TRY_NEW(keys->none = ARENA_NEW(&paths->arena, struct key));
    *keys->none = paths->nothing;
    keys->none->next[0] = keys->none->next[1] = &paths->nothing;
    *out = keys;
    return OK;
}

status place_objects(struct paths *paths, struct place *place)
{
    str prefix = STR("");

    if (place->object_known)
        return OK;
    if (!place->top)
        TRY(joined(paths, place->path, STR("."), &prefix));
    if (place->top || wants_below(paths, prefix))
        TRY(keys_new(paths, prefix, &place->object));
    place->object_known = true;
    return OK;
}

/* What an event that came as JSON says about itself; not what it holds. */
static bool is_about_event(str name)
{
    static const char *const names[] = { "_raw", "_time", "host", "source", "sourcetype", "index" };

    for (uint32_t i = 0; i < COUNT_OF(names); i++)
        if (str_is(name, names[i]))
            return true;
    return false;
}

status place_make(struct paths *paths, str path, struct place *place)
{
    place->path = path;
    place->time = time_candidate(paths->builder, path);
    if (!paths->bare || is_about_event(path))
        TRY(builder_slot(paths->builder, path, &place->slot));
    if (place->slot == paths->builder->time)
        place->slot = NULL;                     /* filled as a candidate */
    place->scalar = place->slot || place->time;
    return OK;
}

status place_arrays(struct paths *paths, struct place *place)
{
    struct place *array;
    str           path;

    if (place->array_known)
        return OK;
    TRY(joined(paths, place->path, STR("{}"), &path));
    if (wants_below(paths, path)) {
        TRY_NEW(array = ARENA_NEW(&paths->arena, struct place));
        TRY(place_make(paths, path, array));
        place->array = array;
    }
    place->array_known = true;
    return OK;
}

status place_attributes(struct paths *paths, struct place *place)
{
    str prefix;

    if (place->attributes_known)
        return OK;
    TRY(joined(paths, place->path, STR("{@"), &prefix));
    if (wants_below(paths, prefix)) {
        TRY(keys_new(paths, prefix, &place->attributes));
        place->attributes->spelling = SPELLED_ATTRIBUTE;
    }
    place->attributes_known = true;
    return OK;
}

status paths_plain(struct paths *paths)
{
    if (paths->plain)
        return OK;
    TRY(keys_new(paths, STR(""), &paths->plain));
    paths->plain->spelling = SPELLED_PLAIN;
    return OK;
}

/* The name of the field that the key stands for, at most one byte longer than prefix and spelling. */
static str name_of(const struct keys *keys, str spelling, char *out)
{
    size_t size = keys->prefix.size;

    if (size)
        memcpy(out, keys->prefix.at, size);
    if (keys->spelling == SPELLED_PLAIN)
        size += pair_name(spelling, out + size);
    else
        size += json_decode(spelling, out + size);
    if (keys->spelling == SPELLED_ATTRIBUTE)
        out[size++] = '}';
    return str_make(out, size);
}

/* Salted, so that nobody can prepare keys that collide. */
static uint32_t hash_of(const struct paths *paths, uint64_t head, str spelling)
{
    return (uint32_t)hash_u64((head ^ (uintptr_t)paths) + spelling.size * 0x9e3779b97f4a7c15u
                              + (spelling.size > 8 ? hash_bytes(spelling.at + 8, spelling.size - 8) : 0));
}

static void insert(struct keys *keys, struct key *key)
{
    uint32_t i = key->hash & (keys->slots - 1);

    while (keys->slot[i])
        i = (i + 1) & (keys->slots - 1);
    keys->slot[i] = key;
}

static status grow(struct paths *paths, struct keys *keys)
{
    struct key **old = keys->slot;
    uint32_t     slots = keys->slots;

    TRY_NEW(keys->slot = ARENA_ARRAY(&paths->arena, struct key *, (size_t)slots * 2));
    keys->slots = slots * 2;
    for (uint32_t i = 0; i < slots; i++)
        if (old[i])
            insert(keys, old[i]);
    return OK;
}

/* Is anything at or below this path wanted? */
static bool wants(const struct paths *paths, const struct place *place, str path, struct arena *scratch)
{
    str below = str_make(NULL, 0);
    char *text;

    if (place->scalar || paths->builder->projection->all)
        return true;
    text = arena_alloc(scratch, path.size + 2);
    if (!text)
        return true;
    memcpy(text, path.at, path.size);
    memcpy(text + path.size, ".", 1);
    below = str_make(text, path.size + 1);
    if (wants_below(paths, below))
        return true;
    memcpy(text + path.size, "{", 1);
    return wants_below(paths, below);
}

static status key_make(struct paths *paths, struct keys *keys, uint64_t head, str spelling, uint32_t hash,
                       struct key **out)
{
    struct arena scratch;
    struct key   made = { .head = head, .size = (uint32_t)spelling.size, .hash = hash };
    char        *text;
    str          name;
    status       failure = OK;

    /* The name first: most keys of a hostile input are not worth remembering. */
    arena_init(&scratch, paths->arena.heap);
    text = arena_alloc(&scratch, keys->prefix.size + spelling.size + 1);
    if (!text)
        return FAIL_MEMORY;
    name = name_of(keys, spelling, text);
    if (keys->spelling != SPELLED_PLAIN || (name.size && !str_is(name, "index")))  /* text never says which index it is in */
        failure = place_make(paths, name, &made.place);
    if (keys->spelling == SPELLED_PLAIN && paths->bare)
        made.place.slot = NULL;                 /* nor anything else, when nothing is to be found in it */
    made.place.scalar = made.place.slot || made.place.time;
    *out = NULL;
    if (failure == OK && paths->keys >= MOST_UNWANTED && !wants(paths, &made.place, name, &scratch))
        *out = &paths->ignored;
    if (failure == OK && !*out) {
        failure = joined(paths, name, STR(""), &made.place.path);
        if (failure == OK && spelling.size > 8)
            failure = (made.tail = arena_alloc(&paths->arena, spelling.size - 8)) ? OK : FAIL_MEMORY;
        if (failure == OK && spelling.size > 8) {
            memcpy((char *)made.tail, spelling.at + 8, spelling.size - 8);
            made.last = key_word(spelling.at + spelling.size - 8);
        }
        if (failure == OK)
            failure = (*out = ARENA_NEW(&paths->arena, struct key)) ? OK : FAIL_MEMORY;
    }
    arena_free(&scratch);
    TRY(failure);
    if (*out == &paths->ignored)
        return OK;
    made.next[0] = made.next[1] = &paths->nothing;
    **out = made;
    paths->keys++;
    if (++keys->count * 2 > keys->slots)
        TRY(grow(paths, keys));
    insert(keys, *out);
    return OK;
}

/* The key with that spelling, made if need be. */
static status keys_find(struct paths *paths, struct keys *keys, uint64_t head, str spelling, struct key **out)
{
    uint32_t hash = hash_of(paths, head, spelling);

    for (uint32_t i = hash & (keys->slots - 1); keys->slot[i]; i = (i + 1) & (keys->slots - 1)) {
        struct key *key = keys->slot[i];
        if (key->hash == hash && key->head == head && key->size == spelling.size
            && (key->size <= 8 || memcmp(key->tail, spelling.at + 8, key->size - 8) == 0)) {
            *out = key;
            return OK;
        }
    }
    return key_make(paths, keys, head, spelling, hash, out);
}

status keys_turn(struct paths *paths, struct keys *keys, struct key *last, str spelling, struct key **out)
{
    uint64_t head = key_head(spelling.at, spelling.size);

    *out = last->next[1];
    if (!key_is(*out, head, spelling.at, spelling.size))
        TRY(keys_find(paths, keys, head, spelling, out));
    /* `ignored` belongs to no keys in particular. */
    if (last != &paths->ignored && *out != &paths->ignored) {
        last->next[1] = last->next[0];
        last->next[0] = *out;
    }
    return OK;
}
