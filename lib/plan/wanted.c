#include "plan/wanted.h"

#include "base/hash.h"
#include "batch/names.h"

#include <string.h>

void wanted_init(struct wanted *wanted, struct arena *arena, bool all)
{
    *wanted = (struct wanted){ .arena = arena, .all = all };
}

static status append(struct arena *arena, str **item, uint32_t *count, uint32_t *room, str text)
{
    if (*count == *room) {
        uint32_t more = *room ? *room * 2 : 8;
        str     *moved = ARENA_ARRAY(arena, str, more);

        TRY_NEW(moved);
        if (*count)
            memcpy(moved, *item, *count * sizeof *moved);
        *item = moved;
        *room = more;
    }
    (*item)[(*count)++] = text;
    return OK;
}

/* Queries that name a hundred thousand fields are slow to search; few names are not worth a table. */
enum { MANY = 64 };

static uint32_t place_of(const struct wanted *wanted, str name)
{
    uint32_t i = 0;

    if (wanted->slots) {
        for (uint32_t at = (uint32_t)hash_str(name) & (wanted->slots - 1); (i = wanted->slot[at]) != 0;
             at = (at + 1) & (wanted->slots - 1))
            if (str_equal(wanted->name[i - 1], name))
                return i - 1;
        return wanted->names;
    }
    while (i < wanted->names && !str_equal(wanted->name[i], name))
        i++;
    return i;
}

static void note_place(struct wanted *wanted, uint32_t i)
{
    uint32_t at = (uint32_t)hash_str(wanted->name[i]) & (wanted->slots - 1);

    while (wanted->slot[at])
        at = (at + 1) & (wanted->slots - 1);
    wanted->slot[at] = i + 1;
}

static status append_name(struct wanted *wanted, str name)
{
    TRY(append(wanted->arena, &wanted->name, &wanted->names, &wanted->name_room, name));
    if (wanted->names < MANY)
        return OK;
    if (wanted->slots && wanted->names <= wanted->slots / 2) {
        note_place(wanted, wanted->names - 1);
        return OK;
    }
    if (wanted->slot_room < wanted->names * (size_t)2) {
        wanted->slots = 0;
        TRY_NEW(wanted->slot = ARENA_ARRAY(wanted->arena, uint32_t, (size_t)wanted->name_room * 4));
        wanted->slot_room = wanted->name_room * 4;
    }
    wanted->slots = wanted->slot_room;
    memset(wanted->slot, 0, wanted->slots * sizeof *wanted->slot);
    for (uint32_t i = 0; i < wanted->names; i++)
        note_place(wanted, i);
    return OK;
}

static void forget_names(struct wanted *wanted)
{
    wanted->names = wanted->patterns = wanted->slots = 0;
}

static void drop(struct wanted *wanted, uint32_t i)
{
    wanted->slots = 0;
    wanted->names--;
    memmove(&wanted->name[i], &wanted->name[i + 1], (wanted->names - i) * sizeof *wanted->name);
}

status wanted_add(struct wanted *wanted, str name)
{
    uint32_t i = place_of(wanted, name);

    if (wanted->all) {
        if (i < wanted->names)
            drop(wanted, i);
        return OK;
    }
    return i < wanted->names ? OK : append_name(wanted, name);
}

status wanted_add_pattern(struct wanted *wanted, str pattern)
{
    if (!memchr(pattern.at, '*', pattern.size))
        return wanted_add(wanted, pattern);
    if (wanted->all) {
        for (uint32_t i = wanted->names; i-- > 0;)
            if (names_match(pattern, wanted->name[i]))
                drop(wanted, i);
        return OK;
    }
    for (uint32_t i = 0; i < wanted->patterns; i++)
        if (str_equal(wanted->pattern[i], pattern))
            return OK;
    return append(wanted->arena, &wanted->pattern, &wanted->patterns, &wanted->pattern_room, pattern);
}

status wanted_remove(struct wanted *wanted, str name)
{
    uint32_t i = place_of(wanted, name);

    if (wanted->all)
        return i < wanted->names ? OK : append_name(wanted, name);
    if (i < wanted->names)
        drop(wanted, i);
    return OK;
}

status wanted_everything(struct wanted *wanted)
{
    wanted->all = true;
    forget_names(wanted);
    return OK;
}

void wanted_clear(struct wanted *wanted)
{
    wanted->all = false;
    forget_names(wanted);
}

bool wanted_has(const struct wanted *wanted, str name)
{
    bool listed = place_of(wanted, name) < wanted->names;

    if (wanted->all)
        return !listed;
    for (uint32_t i = 0; !listed && i < wanted->patterns; i++)
        listed = names_match(wanted->pattern[i], name);
    return listed;
}

status wanted_copy(struct wanted *into, const struct wanted *from)
{
    into->arena = into->arena ? into->arena : from->arena;
    into->all = from->all;
    forget_names(into);                 /* its room serves again */
    for (uint32_t i = 0; i < from->names; i++)
        TRY(append_name(into, from->name[i]));
    for (uint32_t i = 0; i < from->patterns; i++)
        TRY(append(into->arena, &into->pattern, &into->patterns, &into->pattern_room, from->pattern[i]));
    return OK;
}
