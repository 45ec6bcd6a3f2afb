#include "batch/names.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/thread.h"

struct names {
    struct heap *heap;
    struct mutex lock;
    struct arena arena;
    struct map   map;
};

struct names *names_new(struct heap *heap)
{
    struct names *names = heap_zero(heap, 1, sizeof *names);

    if (!names)
        return NULL;
    names->heap = heap;
    if (mutex_init(&names->lock) != OK) {
        heap_free(heap, names, sizeof *names);
        return NULL;
    }
    arena_init(&names->arena, heap);
    map_init(&names->map, heap);
    return names;
}

void names_free(struct names *names)
{
    if (!names)
        return;
    map_free(&names->map);
    arena_free(&names->arena);
    mutex_free(&names->lock);
    heap_free(names->heap, names, sizeof *names);
}

static struct name *add(struct names *names, str text)
{
    struct name *name = text.size < UINT32_MAX ? arena_alloc(&names->arena, sizeof *name + text.size + 1) : NULL;

    if (!name)
        return NULL;
    *name = (struct name){ .hash = hash_str(text), .number = names->map.count, .size = (uint32_t)text.size };
    if (text.size)
        memcpy(name->text, text.at, text.size);
    name->text[text.size] = 0;
    return map_put(&names->map, name_str(name), name) == OK ? name : NULL;
}

const struct name *names_intern(struct names *names, str text)
{
    struct name *name;

    mutex_lock(&names->lock);
    name = map_get(&names->map, text);
    if (!name)
        name = add(names, text);
    mutex_unlock(&names->lock);
    return name;
}

bool names_match(str pattern, str name)
{
    size_t p = 0, n = 0, star = SIZE_MAX, again = 0;

    if (name.size && name.at[0] == '_' && !(pattern.size && pattern.at[0] == '_'))
        return false;
    while (n < name.size) {
        if (p < pattern.size && pattern.at[p] == '*') {
            star = p++;
            again = n;
        } else if (p < pattern.size && pattern.at[p] == name.at[n]) {
            p++, n++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            n = ++again;            /* the last star takes one more */
        } else {
            return false;
        }
    }
    while (p < pattern.size && pattern.at[p] == '*')
        p++;
    return p == pattern.size;
}
