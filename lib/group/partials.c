#include "group/partials.h"

enum { SLICE = 1024 };                  /* groups that are columns at a time */

struct slice {
    struct tally  *tally;
    uint32_t       first, count;        /* groups */
    struct arena  *arena;
    struct column *column[AGGREGATE_PARTS];
};

static status save(struct slice *slice)
{
    const struct aggregate *aggregate = slice->tally->aggregate;
    struct cell             part[AGGREGATE_PARTS];

    for (uint32_t i = 0; i < aggregate->parts; i++)
        TRY_NEW(slice->column[i] = column_cells(slice->arena, slice->count, 0));
    for (uint32_t row = 0; row < slice->count; row++) {
        TRY(aggregate->save(slice->tally, slice->first + row, slice->arena, part));
        for (uint32_t i = 0; i < aggregate->parts; i++) {
            if (part[i].kind == KIND_BOOLEAN)
                return FAIL_BUG;
            slice->column[i]->cell[row] = part[i];
            slice->column[i]->kinds |= (uint8_t)KINDS(part[i].kind);
        }
    }
    for (uint32_t i = 0; i < aggregate->parts; i++)
        TRY(column_store(slice->column[i], slice->count, slice->arena, &slice->column[i]));
    return OK;
}

static status load(const struct slice *slice, struct tally *into, const uint32_t *group)
{
    const struct aggregate *aggregate = into->aggregate;
    struct cell             part[AGGREGATE_PARTS];

    for (uint32_t row = 0; row < slice->count; row++) {
        uint32_t mine = group[slice->first + row];
        bool     any = false;
        for (uint32_t i = 0; i < aggregate->parts; i++) {
            part[i] = column_cell(slice->column[i], row);
            any |= part[i].kind != KIND_NULL;
        }
        if (!any || mine == UINT32_MAX)
            continue;
        if (aggregate->settle)
            TRY(aggregate->settle(into, mine));
        TRY(aggregate->load(into, mine, part));
    }
    return OK;
}

status partials_merge(struct tally *into, struct tally *from, const uint32_t *group)
{
    status result = OK;

    for (uint32_t first = 0; first < from->groups && result == OK; first += SLICE) {
        struct arena arena;
        struct slice slice = { .tally = from, .first = first, .arena = &arena,
                               .count = from->groups - first < SLICE ? from->groups - first : SLICE };
        arena_init(&arena, from->context->heap);
        result = save(&slice);
        if (result == OK)
            result = load(&slice, into, group);
        arena_free(&arena);
    }
    return result;
}
