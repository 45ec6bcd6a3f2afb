/* Which values of geostats' BY field become columns, and what is OTHER: of all bins, then of each. */
#include "group/best.h"
#include "command/geotiles.h"

#include <math.h>
#include <stdlib.h>

struct scored {                             /* a series in one bin */
    double   score;
    uint32_t series, group;
    uint64_t place;                         /* of the group, in the order of reading */
};

/* --- series -------------------------------------------------------------------------------------------------------- */

/* What a group weighs: the number in its only column or, of several, its rows. */
static status weigh(struct geostats *geostats, struct group_table *table, uint32_t group, double *out)
{
    struct geotiles   *tiles = geostats->tiles;
    struct tally_work *work = tiles->values == 1 ? tiles->value[0] : table->tallies.work[geostats->bound->events];
    struct cell        cell;

    TRY(tallies_cell(&table->tallies, work, group, &geostats->op.step, &cell));
    *out = 0;
    if (!cell_reads_number(&cell, out) || !isfinite(*out))
        *out = 0;
    return OK;
}

/* All series with the sums of what they weigh; their groups stand together. */
static status score_series(struct geostats *geostats, struct best *best, uint64_t *count)
{
    struct group_table *table = geostats->cells;
    double              score = 0, weight;
    status              result;

    TRY(geotiles_read(geostats, table));
    while ((result = group_table_next(table)) == OK) {
        for (uint32_t i = 0; i < table->count; i++) {
            if (!group_table_follows(table, i, 1)) {
                if (*count > 0)
                    TRY(best_add(best, score, *count - 1));
                (*count)++;
                score = 0;
            }
            TRY(weigh(geostats, table, table->order[i], &weight));
            score += weight;
        }
        arena_reset(&geostats->op.step);
    }
    if (result == DONE && *count > 0)
        TRY(best_add(best, score, *count - 1));
    return result == DONE ? OK : result;
}

static status name_series(struct geostats *geostats, struct best *best)
{
    struct group_table *table = geostats->cells;
    uint64_t            count = 0;
    uint32_t            next = 0, code;
    status              result;

    best_by_place(best);
    TRY(group_table_read(table));
    while ((result = group_table_next(table)) == OK)
        for (uint32_t i = 0; i < table->count; i++) {
            struct cell cell = groups_cell(&table->groups, table->order[i], 0);
            if (group_table_follows(table, i, 1) || next == best->count || best->item[next].place != count++)
                continue;
            TRY(interner_cell(&geostats->tiles->named, &cell, &code));
            next++;
        }
    return result == DONE ? OK : result;
}

static status choose_series(struct geostats *geostats)
{
    double      limit = geostats->bound->global_limit;
    struct best best;
    uint64_t    count = 0;
    status      result;

    best_init(&best, geostats->op.context->heap, limit > 0 ? limit : UINT32_MAX, true);
    result = score_series(geostats, &best, &count);
    best_settle(&best);
    geostats->tiles->other = count > best.count;
    if (result == OK)
        result = name_series(geostats, &best);
    best_free(&best);
    return result;
}

static status fold_series(void *host, const struct group_table *from, uint32_t group, struct cell *key)
{
    const struct interner *named = host;
    struct cell            cell = groups_cell(&from->groups, group, 0);
    uint32_t               code = interner_find(named, cell_str(&cell));

    key[0] = groups_cell(&from->groups, group, 1);
    key[1] = cell_number(code == INTERNER_NULL ? named->count : code);
    return OK;
}

/* --- series of a bin ----------------------------------------------------------------------------------------------- */

static status bits_set(struct bits *bits, uint64_t at, struct heap *heap)
{
    if (at / 8 >= UINT32_MAX)
        return FAIL_LIMIT;
    if (!heap_grow_zero(heap, &bits->byte, &bits->room, (uint32_t)(at / 8) + 1, 1))
        return FAIL_MEMORY;
    bits->byte[at / 8] |= (uint8_t)(1u << at % 8);
    return OK;
}

static bool bits_have(const struct bits *bits, uint64_t at)
{
    return at / 8 < bits->room && bits->byte[at / 8] >> at % 8 & 1;
}

static int most_first(const void *left, const void *right)
{
    const struct scored *a = left, *b = right;

    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return a->series < b->series ? -1 : a->series > b->series;
}

/* A bin is complete: its largest series keep their columns. */
static status judge_bin(struct geostats *geostats, struct scored *scored, uint32_t count)
{
    struct geotiles *tiles = geostats->tiles;
    struct heap     *heap = geostats->op.context->heap;

    qsort(scored, count, sizeof *scored, most_first);
    for (uint32_t i = (uint32_t)geostats->bound->local_limit; i < count; i++) {
        tiles->other = true;
        TRY(bits_set(&tiles->by_place, scored[i].place, heap));
        if (!group_table_is_aside(tiles->folded))
            TRY(bits_set(&tiles->by_group, scored[i].group, heap));
    }
    return OK;
}

static status judge_bins(struct geostats *geostats)
{
    struct geotiles    *tiles = geostats->tiles;
    struct group_table *table = tiles->folded;
    uint32_t            count = 0, group;
    struct scored      *scored;
    uint64_t            base = 0;
    status              result;

    TRY_NEW(scored = ARENA_ARRAY(&geostats->op.arena, struct scored, tiles->named.count + (size_t)1));
    TRY(geotiles_read(geostats, table));
    while ((result = group_table_next(table)) == OK) {
        for (uint32_t i = 0; i < table->count; i++) {
            if (!group_table_follows(table, i, 1)) {
                TRY(judge_bin(geostats, scored, count));
                count = 0;
            }
            group = table->order[i];
            scored[count] = (struct scored){ -INFINITY, (uint32_t)group_table_number(table, group, 1), group, base + i };
            if (scored[count].series < tiles->named.count)
                TRY(weigh(geostats, table, group, &scored[count].score));
            count++;
        }
        base += table->count;
        arena_reset(&geostats->op.step);
    }
    return result == DONE ? judge_bin(geostats, scored, count) : result;
}

/* Groups come in the order of reading from disk, by their numbers from memory; and they may have gone there since. */
static status fold_bin(void *host, const struct group_table *from, uint32_t group, struct cell *key)
{
    struct geotiles *tiles = host;
    bool             folds = group_table_is_aside(from) ? bits_have(&tiles->by_place, tiles->poured++)
                                                        : bits_have(&tiles->by_group, group);

    key[0] = groups_cell(&from->groups, group, 0);
    key[1] = folds ? cell_number(tiles->named.count) : groups_cell(&from->groups, group, 1);
    return OK;
}

static status local_fold(struct geostats *geostats)
{
    struct geotiles *tiles = geostats->tiles;
    double           limit = geostats->bound->local_limit;

    if (!(limit > 0) || limit >= (double)tiles->named.count + tiles->other)
        return OK;
    TRY(judge_bins(geostats));
    return tiles->by_place.room ? group_table_rekey(&tiles->folded, fold_bin, tiles, false) : OK;
}

status geotiles_fold(struct geostats *geostats)
{
    struct geotiles   *tiles = geostats->tiles;
    struct group_shape shape = geostats->cells->shape;

    shape.natural = 3;
    TRY(choose_series(geostats));
    TRY(group_table_open(&geostats->op, &shape, &tiles->folded));
    TRY(group_table_pour(tiles->folded, geostats->cells, fold_series, &tiles->named));
    group_table_close(geostats->cells);
    geostats->cells = NULL;
    return local_fold(geostats);
}
