#include "api/lexicon.h"

#include "api/builtin.h"

#include <stdio.h>

static struct lexicon *allocate(struct heap *heap)
{
    struct lexicon *lexicon = heap_zero(heap, 1, sizeof *lexicon);

    if (!lexicon)
        return NULL;
    lexicon->heap = heap;
    atomic_store(&lexicon->references, 1);
    arena_init(&lexicon->arena, heap);
    map_init(&lexicon->macros, heap);
    map_init(&lexicon->lists, heap);
    map_init(&lexicon->eventtypes, heap);
    map_init(&lexicon->saved, heap);
    map_init(&lexicon->tags, heap);
    map_init(&lexicon->tables, heap);
    map_init(&lexicon->lookups, heap);
    vocabulary_init(&lexicon->vocabulary, heap);
    return lexicon;
}

status lexicon_new(struct heap *heap, struct lexicon **out)
{
    struct lexicon *lexicon = allocate(heap);
    status        result;

    *out = NULL;
    TRY_NEW(lexicon);
    result = builtin_words(&lexicon->vocabulary, heap);
    if (result == OK)
        *out = lexicon;
    else
        lexicon_release(lexicon);
    return result;
}

struct lexicon *lexicon_retain(struct lexicon *lexicon)
{
    atomic_fetch_add_explicit(&lexicon->references, 1, memory_order_relaxed);
    return lexicon;
}

void lexicon_release(struct lexicon *lexicon)
{
    while (lexicon && atomic_fetch_sub_explicit(&lexicon->references, 1, memory_order_acq_rel) == 1) {
        struct lexicon *older = lexicon->older;
        host_drop(lexicon->hosted);
        vocabulary_free(&lexicon->vocabulary);
        map_free(&lexicon->macros);
        map_free(&lexicon->lists);
        map_free(&lexicon->eventtypes);
        map_free(&lexicon->saved);
        map_free(&lexicon->tags);
        map_free(&lexicon->tables);
        map_free(&lexicon->lookups);
        arena_free(&lexicon->arena);
        heap_free(lexicon->heap, lexicon, sizeof *lexicon);
        lexicon = older;
    }
}

static status copy_map(struct map *into, const struct map *from)
{
    for (uint32_t i = 0; i < from->count; i++)
        TRY(map_put(into, from->entry[i].key, from->entry[i].value));
    return OK;
}

static status copy_words(const struct lexicon *from, struct lexicon *into)
{
    vocabulary_free(&into->vocabulary);
    TRY(vocabulary_copy(&into->vocabulary, &from->vocabulary));
    TRY(copy_map(&into->macros, &from->macros));
    TRY(copy_map(&into->lists, &from->lists));
    TRY(copy_map(&into->eventtypes, &from->eventtypes));
    TRY(copy_map(&into->saved, &from->saved));
    TRY(copy_map(&into->tags, &from->tags));
    TRY(copy_map(&into->tables, &from->tables));
    into->sinks = from->sinks;
    return copy_map(&into->lookups, &from->lookups);
}

status lexicon_change(struct spl_engine *engine, struct lexicon **out)
{
    struct lexicon *lexicon = engine->lexicon, *copy;

    *out = lexicon;
    if (atomic_load_explicit(&lexicon->references, memory_order_acquire) == 1)
        return OK;
    TRY_NEW(copy = allocate(&engine->heap));
    if (copy_words(lexicon, copy) != OK) {
        lexicon_release(copy);
        return FAIL_MEMORY;
    }
    copy->older = lexicon;                /* the engine's reference */
    engine->lexicon = *out = copy;
    return OK;
}

#define LITERAL(text) { (text), sizeof(text) - 1 }
#define MACRO(name_, text) { .name = LITERAL(name_), .definition = LITERAL(text) }
#define MACRO_OF(name_, argument_, text) \
    { .name = LITERAL(name_), .argument = &(argument_), .count = 1, .definition = LITERAL(text) }

static const str object = { "object", 6 }, field = { "field", 5 };

/* Macros of apps that published searches take for granted (knowledge 4), for as long as nobody defines them. */
static const struct macro builtin[] = {
    MACRO_OF("drop_dm_object_name", object, "rename $object$.* AS *"),
    MACRO_OF("add_dm_object_name", object, "rename * AS $object$.*"),
    MACRO_OF("ctime", field, "convert ctime($field$)"),
    MACRO("summariesonly", "summariesonly=false"),
};
/* Published detections end in a macro of their own that a site may fill to leave out what it knows; where nobody did, it
 * lets everything pass (knowledge 2.2). And which indexes hold the data of a model says a macro of the model's name. */
static const struct macro pass_filter = MACRO("_filter", "search *"), all_indexes = MACRO("_indexes", "()");

static const struct macro *find_builtin(str name, uint32_t count)
{
    for (size_t i = 0; i < COUNT_OF(builtin); i++)
        if (builtin[i].count == count && str_equal(builtin[i].name, name))
            return &builtin[i];
    if (count == 0 && str_ends(name, pass_filter.name))
        return &pass_filter;
    return count == 0 && str_starts(name, STR("cim_")) && str_ends(name, all_indexes.name) ? &all_indexes : NULL;
}

const struct macro *lexicon_macro(void *host, str name, uint32_t count)
{
    const struct lexicon *lexicon = host;
    const struct macro   *found;
    char                  key[300];
    int                   size;

    if (name.size > 250)
        return NULL;
    size = snprintf(key, sizeof key, "%.*s/%u", (int)name.size, name.at, count);
    found = map_get(&lexicon->macros, str_make(key, (size_t)size));
    return found ? found : find_builtin(name, count);
}

str lexicon_macro_name(void *host, uint32_t i)
{
    const struct lexicon *lexicon = host;

    if (i < lexicon->macros.count)
        return ((const struct macro *)lexicon->macros.entry[i].value)->name;
    i -= lexicon->macros.count;
    return i < COUNT_OF(builtin) ? builtin[i].name : STR("");
}

const struct value_list *lexicon_list(void *host, str name)
{
    return map_get(&((const struct lexicon *)host)->lists, name);
}
