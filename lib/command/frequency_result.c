#include "command/frequency.h"

#include "flow/run.h"
#include "state/keep.h"

#include <math.h>
#include <stdlib.h>

struct tuple {                              /* a group in the result */
    uint64_t count;
    uint32_t place;                         /* in the order of values */
    uint32_t group;
};

/* Equally frequent ones backwards: that `top limit=1` then shows the last one of the alphabet is documented. */
static int most_first(const void *left, const void *right)
{
    const struct tuple *a = left, *b = right;

    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->place > b->place ? -1 : 1;
}

static int least_first(const void *left, const void *right)
{
    const struct tuple *a = left, *b = right;

    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    return a->place < b->place ? -1 : 1;
}

static double percent_of(uint64_t count, uint64_t total)
{
    return total ? floor(100.0 * (double)count / (double)total * 1e6 + 0.5) / 1e6 : 0;
}

static status add_line(struct frequency *frequency, struct line line)
{
    if (!heap_grow(frequency->op.context->heap, &frequency->line, &frequency->line_room, frequency->lines + 1,
                   sizeof line))
        return FAIL_MEMORY;
    frequency->line[frequency->lines++] = line;
    return OK;
}

static const struct frequency_bound *bound_of(const struct frequency *frequency)
{
    return frequency->op.stage->bound;
}

static status times_of(struct frequency *frequency, uint32_t at, uint64_t *out)
{
    struct group_table *table = frequency->table;
    struct cell         cell;

    TRY(tallies_cell(&table->tallies, table->tallies.work[0], table->order[at], &frequency->op.step, &cell));
    *out = (uint64_t)cell.number;
    return OK;
}

/* The groups at hand from `at` on, which are of one BY combination, the most frequent ones first. */
static status sort_tuples(struct frequency *frequency, uint32_t at, uint32_t count, struct tuple **out)
{
    TRY_NEW(*out = heap_alloc(frequency->op.context->heap, (count + (size_t)1) * sizeof **out));
    for (uint32_t i = 0; i < count; i++) {
        (*out)[i] = (struct tuple){ .place = i, .group = frequency->table->order[at + i] };
        TRY(times_of(frequency, at + i, &(*out)[i].count));
    }
    qsort(*out, count, sizeof **out, bound_of(frequency)->rare ? least_first : most_first);
    return OK;
}

static uint32_t shown_of(const struct frequency *frequency, uint64_t count)
{
    double limit = bound_of(frequency)->limit;

    return limit > 0 && limit < (double)count ? (uint32_t)limit : (uint32_t)count;
}

static status make_lines(struct frequency *frequency, const struct tuple *tuple, uint32_t count)
{
    uint32_t shown = shown_of(frequency, count);
    uint64_t total = 0, rest = 0;

    for (uint32_t i = 0; i < count; i++)
        total += tuple[i].count;
    for (uint32_t i = 0; i < shown; i++)
        TRY(add_line(frequency, (struct line){ tuple[i].count, percent_of(tuple[i].count, total),
                                               tuple[i].group, false }));
    for (uint32_t i = shown; i < count; i++)
        rest += tuple[i].count;
    if (!bound_of(frequency)->other || shown == count)
        return OK;
    return add_line(frequency, (struct line){ rest, percent_of(rest, total), tuple[shown].group, true });
}

/* A BY combination all of whose groups are at hand. */
static status finish_run(struct frequency *frequency, uint32_t at, uint32_t count)
{
    struct tuple *tuple = NULL;
    status        result = sort_tuples(frequency, at, count, &tuple);

    if (result == OK)
        result = make_lines(frequency, tuple, count);
    heap_free(frequency->op.context->heap, tuple, (count + (size_t)1) * sizeof *tuple);
    return result;
}

/* --- groups that straggle in ----------------------------------------------------------------------------- */

static status open_straggling(struct frequency *frequency)
{
    struct straggling *straggling = &frequency->straggling;
    double             limit = bound_of(frequency)->limit;

    uint32_t           keys = 0, bys = bound_of(frequency)->bys;
    bool               rare = bound_of(frequency)->rare;

    straggling->by[keys++] = (struct sort_by){ .name = straggling->name[frequency->keys], .kind = SORT_NUMBER,
                                               .descending = !rare };
    for (uint32_t k = bys; k < frequency->keys && !rare; k++)       /* forwards they come anyway */
        straggling->by[keys++] = (struct sort_by){ .name = straggling->name[k], .kind = SORT_TEXT, .descending = true };
    sorted_rows_init(&straggling->rows, &frequency->op, straggling->by, keys, limit < UINT32_MAX ? (uint32_t)limit : 0);
    straggling->open = true;
    straggling->groups = straggling->total = straggling->shown = 0;
    return OK;
}

/* Rows that outlive the groups. */
static status make_stragglers(struct frequency *frequency, const struct tuple *tuple, struct batch *batch)
{
    struct straggling *straggling = &frequency->straggling;
    struct column     *column;

    batch_number(batch, straggling->groups);
    for (uint32_t k = 0; k <= frequency->keys; k++) {
        TRY_NEW(column = column_cells(&batch->arena, batch->size, KINDS(KIND_NUMBER) | KINDS(KIND_TEXT)));
        for (uint32_t i = 0; i < batch->size; i++) {
            struct kept_cell kept = { .cell = cell_number((double)tuple[i].count) };
            if (k < frequency->keys)
                kept.cell = groups_cell(&frequency->table->groups, tuple[i].group, k);
            TRY(kept_cell_copy(&kept, &batch->arena, &column->cell[i]));
        }
        TRY(batch_append(batch, straggling->name[k], column, frequency->op.stage->rank + k));
    }
    return OK;
}

static status keep_key(struct frequency *frequency, uint32_t group)
{
    struct straggling *straggling = &frequency->straggling;

    arena_reset(&straggling->texts);
    TRY_NEW(straggling->key = ARENA_ARRAY(&straggling->texts, struct cell, frequency->keys + (size_t)1));
    for (uint32_t i = 0; i < bound_of(frequency)->bys; i++) {
        struct kept_cell kept = { .cell = groups_cell(&frequency->table->groups, group, i) };
        TRY(kept_cell_copy(&kept, &straggling->texts, &straggling->key[i]));
    }
    return OK;
}

static status add_stragglers(struct frequency *frequency, uint32_t at, uint32_t count)
{
    struct straggling *straggling = &frequency->straggling;
    struct batch      *batch = NULL;
    struct tuple      *tuple = NULL;
    status             result = sort_tuples(frequency, at, count, &tuple);

    if (result == OK && straggling->groups == 0)
        result = keep_key(frequency, tuple[0].group);
    if (result == OK && !(batch = batch_new(frequency->op.context->heap, shown_of(frequency, count))))
        result = FAIL_MEMORY;
    if (result == OK)
        result = make_stragglers(frequency, tuple, batch);
    if (result == OK)
        result = sorted_rows_add(&straggling->rows, batch);
    for (uint32_t i = 0; i < count && result == OK; i++)
        straggling->total += tuple[i].count;
    straggling->groups += count;
    batch_release(batch);
    heap_free(frequency->op.context->heap, tuple, (count + (size_t)1) * sizeof *tuple);
    return result;
}

/* --- rows ----------------------------------------------------------------------------------------------- */

static struct line line_at(const struct frequency *frequency, uint64_t row)
{
    const struct straggling *straggling = &frequency->straggling;
    struct cell              cell;
    uint64_t                 count;

    if (!straggling->sent)
        return frequency->line[row - frequency->base];
    cell = column_cell(batch_column(straggling->sent, straggling->name[frequency->keys]),
                       batch_row(straggling->sent, (uint32_t)(row - frequency->base)));
    count = (uint64_t)cell.number;
    return (struct line){ .count = count, .percent = percent_of(count, straggling->total) };
}

static struct cell key_at(const struct frequency *frequency, uint64_t row, uint32_t group, uint32_t key)
{
    const struct straggling *straggling = &frequency->straggling;

    if (straggling->sent)
        return column_cell(batch_column(straggling->sent, straggling->name[key]),
                           batch_row(straggling->sent, (uint32_t)(row - frequency->base)));
    return group == GROUP_NONE ? straggling->key[key] : groups_cell(&frequency->table->groups, group, key);
}

static status frequency_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct frequency       *frequency = host;
    const struct frequency_bound *bound = bound_of(frequency);
    struct line                   line = line_at(frequency, row);

    (void)arena;
    if (column < bound->bys || (column < frequency->keys && !line.other))
        *out = key_at(frequency, row, line.group, column);
    else if (column < frequency->keys)
        *out = cell_field_text(bound->other_text);
    else
        *out = cell_number(column == frequency->keys && (bound->shows_count || bound->emits) ? (double)line.count
                           : line.percent);
    return OK;
}

static status emit_lines(struct frequency *frequency)
{
    status result;

    frequency->base = frequency->results.rows;
    frequency->results.rows += frequency->lines;
    result = results_emit(&frequency->results);
    if (result != AGAIN)
        frequency->lines = 0;
    return result;
}

static status receive(struct op *op, struct batch *takes)
{
    struct frequency *frequency = container_of(op, struct frequency, op);
    struct column    *count = batch_column(takes, frequency->straggling.name[frequency->keys]);
    status            result = OK;

    for (uint32_t i = 0; i <= frequency->keys && result == OK; i++)
        result = batch_decode(takes, batch_column(takes, frequency->straggling.name[i]));
    for (uint32_t i = 0; i < batch_rows(takes) && result == OK; i++)
        frequency->straggling.shown += (uint64_t)column_cell(count, batch_row(takes, i)).number;
    frequency->straggling.sent = takes;
    frequency->base = frequency->results.rows;
    frequency->results.rows += batch_rows(takes);
    if (result == OK)
        result = results_emit(&frequency->results);
    frequency->straggling.sent = NULL;
    batch_release(takes);
    return result;
}

/* The BY combination is complete. */
static status send_stragglers(struct frequency *frequency)
{
    struct straggling *straggling = &frequency->straggling;
    uint64_t           rest;

    straggling->sending = true;
    TRY(sorted_rows_send(&straggling->rows, receive));
    sorted_rows_free(&straggling->rows);
    straggling->open = straggling->sending = false;
    rest = straggling->total - straggling->shown;
    if (!bound_of(frequency)->other || shown_of(frequency, straggling->groups) == straggling->groups)
        return OK;
    TRY(add_line(frequency, (struct line){ rest, percent_of(rest, straggling->total), GROUP_NONE, true }));
    return emit_lines(frequency);
}

/* How many of the groups at hand, from `at` on, are of one BY combination. */
static uint32_t run_of(const struct frequency *frequency, uint32_t at)
{
    uint32_t size = 1;

    while (at + size < frequency->table->count &&
           group_table_follows(frequency->table, at + size, bound_of(frequency)->bys))
        size++;
    return size;
}

static status take_groups(struct frequency *frequency)
{
    struct group_table *table = frequency->table;
    struct straggling  *straggling = &frequency->straggling;

    while (frequency->at < table->count) {
        uint32_t at = frequency->at, size = run_of(frequency, at);
        bool     goes_on = straggling->open && at == 0 && !straggling->sending &&
            group_table_follows(table, 0, bound_of(frequency)->bys);

        if (straggling->open && !goes_on)
            TRY(send_stragglers(frequency));
        if (goes_on || (group_table_is_aside(table) && at + size == table->count)) {
            if (!goes_on)
                TRY(open_straggling(frequency));
            TRY(add_stragglers(frequency, at, size));
        } else {
            TRY(finish_run(frequency, at, size));
        }
        frequency->at += size;
    }
    return OK;
}

/* sitop, sirare: all of them. */
static status take_all(struct frequency *frequency)
{
    struct group_table *table = frequency->table;

    for (uint32_t i = 0; i < table->count; i++) {
        struct line line = { .percent = 1, .group = table->order[i] };
        TRY(times_of(frequency, i, &line.count));
        TRY(add_line(frequency, line));
    }
    frequency->at = table->count;
    return OK;
}

static status begin(struct frequency *frequency)
{
    const struct frequency_bound *bound = bound_of(frequency);
    bool                          aside;

    frequency->reads = true;
    TRY(group_table_read(frequency->table));
    aside = group_table_is_aside(frequency->table);
    frequency->results = (struct results){
        .op = &frequency->op, .cell = frequency_cell, .host = frequency, .name = frequency->name, .rests = !aside,
        .passing = aside, .columns = frequency->keys + (bound->emits ? 2 : bound->shows_count + bound->shows_percent),
    };
    return OK;
}

/* What was held at the last call goes out first: lines where all groups are in memory, else stragglers. */
static status go_on(struct frequency *frequency)
{
    if (frequency->lines && frequency->results.rests)
        return results_emit(&frequency->results);
    if (!frequency->straggling.sending)
        return OK;
    TRY(send_stragglers(frequency));
    TRY(take_groups(frequency));
    return emit_lines(frequency);
}

status frequency_finish(struct op *op)
{
    struct frequency *frequency = container_of(op, struct frequency, op);
    status            result;

    if (frequency->reads)
        TRY(go_on(frequency));
    else
        TRY(begin(frequency));
    if (frequency->over)
        return OK;
    while ((result = group_table_next(frequency->table)) == OK) {
        frequency->at = 0;
        TRY(bound_of(frequency)->emits ? take_all(frequency) : take_groups(frequency));
        TRY(emit_lines(frequency));
        if (!frequency->results.rests && op_rests(op))
            return AGAIN;
    }
    if (result != DONE)
        return result;
    frequency->over = true;
    frequency->at = frequency->table->count = 0;
    return frequency->straggling.open ? send_stragglers(frequency) : OK;
}
