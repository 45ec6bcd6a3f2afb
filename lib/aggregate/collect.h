/* The distinct values of a group as a cell, and back: what dc, values and mode share. */
#pragma once

#include "catalog/aggregate.h"
#include "state/distinct.h"

/* A list in the order of bytes, one value by itself, or null. The distinct must be linked. Texts are
 * borrowed. */
/* A limit took something away: for whoever watches the run, once an aggregate. */
void collect_note(struct tally *tally, const char *code, str message);

status collect_values(const struct distinct *distinct, uint32_t group, struct arena *arena, struct cell *out);

/* save and load of aggregates that are all in tally->distinct: the values, and how often each occurred if
 * somebody counts. One of them speaks for all over the same argument; to load a second would count twice. */
status collect_save(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part);
status collect_load(struct tally *tally, uint32_t group, const struct cell *part);

/* `count` cells as one value: null, a scalar, or a list. */
static inline struct cell collect_cell(const struct cell *cell, uint32_t count)
{
    if (count == 0)
        return cell_null();
    return count == 1 ? cell[0] : (struct cell){ .kind = KIND_LIST, .size = count, .list = cell };
}

/* Cells of a saved state may hold anything by the time they come back. */
static inline double collect_number(const struct cell *cell)
{
    return cell->kind == KIND_NUMBER ? cell->number : 0;
}

static inline bool collect_finite(const struct cell *cell)
{
    return cell->kind == KIND_NUMBER && cell->number - cell->number == 0;
}

static inline uint64_t collect_count(const struct cell *cell)
{
    double number = collect_number(cell);

    return number >= 0 && number <= 9007199254740992.0 ? (uint64_t)number : 0;
}

/* The place of a row in the whole input. Partial results that were made one by one may tell of the same places: then those
 * rows decide that they came in. */
struct ordinal {
    uint64_t row, holder;               /* the same for rows that are here themselves */
};

static inline struct ordinal ordinal_of(uint64_t row) { return (struct ordinal){ row, row }; }

static inline bool ordinal_less(struct ordinal a, struct ordinal b)
{
    return a.row != b.row ? a.row < b.row : a.holder < b.holder;
}

static inline int ordinal_compare(struct ordinal a, struct ordinal b)
{
    return ordinal_less(a, b) ? -1 : ordinal_less(b, a);
}

/* As part of a saved state: a number, or text where that is not exact or there are two. Partial results that leave the
 * operator tell nothing of those they were made of, and those that come in are told whose they are by tally->holder. */
status         collect_put_ordinal(const struct tally *tally, struct ordinal ordinal, struct arena *arena, struct cell *out);
struct ordinal collect_ordinal(const struct tally *tally, const struct cell *cell);

/* The members of a value: a list's, the value itself, or none. */
static inline const struct cell *collect_members(const struct cell *value, uint32_t *count)
{
    *count = value->kind == KIND_NULL ? 0 : value->kind == KIND_LIST ? value->size : 1;
    return value->kind == KIND_LIST ? value->list : value;
}
