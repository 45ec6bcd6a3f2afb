#include "group/group_sources.h"

#include "group/partials.h"
#include "group/sparks.h"
#include "flow/run.h"

#include <stdlib.h>

enum { AHEAD = 12 };                        /* groups whose values are fetched before they are asked for */

static bool can_save(const struct measure *measure)
{
    return measure->sparkline || (partials_can(measure->aggregate) && !measure->aggregate->joint);
}

void group_runs_init(struct group_runs *runs, struct op *op, struct groups *groups, struct tallies *tallies,
                     uint32_t natural)
{
    *runs = (struct group_runs){ .op = op, .groups = groups, .tallies = tallies, .natural = natural,
                                 .can = run_spills(op->run) };
    arena_init(&runs->states, &op->run->heap);
    arena_init(&runs->reading, &op->run->heap);
    spool_init(&runs->spool, op->run->options.temp_folder, op->context->diag);
    buf_init(&runs->last, &op->run->heap);
    buf_init(&runs->best, &op->run->heap);
    tallies_keep_in(tallies, &runs->states);
    for (uint32_t i = 0; i < tallies->measures->count; i++)
        runs->can &= can_save(&tallies->measures->item[i]);
}

void group_runs_close_sources(struct group_runs *runs)
{
    for (uint32_t i = 0; runs->source && i < runs->count; i++)
        if (runs->source[i].reader.heap) {
            record_reader_free(&runs->source[i].reader);
            arena_free(&runs->source[i].lists);
        }
    runs->source = NULL;
    merge_free(&runs->merge);
    merge_free(&runs->values);
    arena_free(&runs->reading);
}

void group_runs_free(struct group_runs *runs)
{
    if (!runs->op)
        return;
    group_runs_close_sources(runs);
    heap_free(&runs->op->run->heap, runs->run, runs->room * sizeof *runs->run);
    spool_free(&runs->spool);
    buf_free(&runs->last);
    buf_free(&runs->best);
    arena_free(&runs->states);
}

/* --- arguments ----------------------------------------------------------------------------------------------------- */

struct named {
    str      field;                         /* empty: rows, or an expression */
    size_t   measure;                       /* the first over it */
    uint32_t number;
};

static int compare_named(const void *left, const void *right)
{
    const struct named *a = left, *b = right;
    int                 order = str_compare(a->field, b->field);

    return order ? order : (a->measure > b->measure) - (a->measure < b->measure);
}

status group_runs_by_name(const struct tallies *tallies, struct arena *arena, uint32_t **out)
{
    struct named *named = ARENA_ARRAY(arena, struct named, tallies->arguments + (size_t)1);

    TRY_NEW(named);
    TRY_NEW(*out = ARENA_ARRAY(arena, uint32_t, tallies->arguments + (size_t)1));
    for (uint32_t i = 0; i < tallies->arguments; i++) {
        const struct argument_values *argument = tallies->argument[i];
        named[i] = (struct named){ .number = i, .field = argument->field ? name_str(argument->field) : STR(""),
                                   .measure = (size_t)(argument->first->measure - tallies->measures->item) };
    }
    qsort(named, tallies->arguments, sizeof *named, compare_named);
    for (uint32_t i = 0; i < tallies->arguments; i++)
        (*out)[i] = named[i].number;
    return OK;
}

/* --- going out ----------------------------------------------------------------------------------------------------- */

struct putting {
    struct group_runs   *runs;
    struct record_writer writer;
    struct arena         arena, names;      /* of one group; of all */
    const uint32_t      *order;
    uint32_t            *place;             /* by group, in `order` */
    uint32_t           **pair;              /* by argument: its pairs in that order; NULL: none */
    uint32_t            *next;              /* by argument: the pair that is next */
    struct late_number **late;              /* by argument, in that order; NULL: none */
    uint32_t            *next_late;
    uint32_t            *by_name;           /* arguments in the order that all instances have */
};

static status put_state(struct putting *putting, const struct tally_work *work, uint32_t number, uint32_t group)
{
    struct tally *tally = (struct tally *)&work->tally;
    uint32_t      parts = work->sparks ? SPARKS_PARTS : tally->aggregate->parts;
    struct cell   part[AGGREGATE_PARTS];
    bool          any = false;

    if (work->sparks)
        TRY(sparks_save(work->sparks, group, &putting->arena, part));
    else if (tally->aggregate->update)
        TRY(tally->aggregate->save(tally, group, &putting->arena, part));
    else                                    /* all in the distinct values */
        return OK;
    for (uint32_t i = 0; i < parts; i++)
        any |= part[i].kind != KIND_NULL;
    if (!any)
        return OK;
    record_put_number(&putting->writer, HOLDS_STATE);
    record_put_number(&putting->writer, number);
    for (uint32_t i = 0; i < parts; i++)
        record_put_cell(&putting->writer, &part[i]);
    return OK;
}

static void put_late_numbers(struct putting *putting, uint32_t number, uint32_t group)
{
    struct record_writer         *writer = &putting->writer;
    const struct tallies         *tallies = putting->runs->tallies;
    const struct argument_values *argument = tallies->argument[number];
    const struct late_number     *late = putting->late[number] ? putting->late[number] + putting->next_late[number] : NULL;
    uint32_t                      count = 0, left = late ? argument->lates - putting->next_late[number] : 0;

    while (count < left && late[count].group == group)
        count++;
    if (count == 0)
        return;
    putting->next_late[number] += count;
    record_put_number(writer, HOLDS_NUMBERS);
    record_put_number(writer, number);
    record_put_number(writer, tallies->late_segment);
    record_put_number(writer, count);
    for (uint32_t i = 0; i < count; i++) {
        struct cell cell = cell_number(late[i].number);
        record_put_cell(writer, &cell);
    }
}

static void put_argument(struct putting *putting, const struct argument_values *argument, uint32_t number, uint32_t group)
{
    struct record_writer *writer = &putting->writer;

    if (argument->spoiled && argument->spoiled[group]) {
        record_put_number(writer, HOLDS_SPOILED);
        record_put_number(writer, number);
    }
    if (putting->pair[number] && distinct_count(&argument->distinct, group)) {
        record_put_number(writer, HOLDS_VALUES);
        record_put_number(writer, number);
        record_put_number(writer, distinct_count(&argument->distinct, group));
    }
}

static status put_values(struct putting *putting, uint32_t number, uint32_t group)
{
    const struct distinct *distinct = &putting->runs->tallies->argument[number]->distinct;
    uint32_t               count = putting->pair[number] ? distinct_count(distinct, group) : 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t pair = putting->pair[number][putting->next[number]++];
        record_begin(&putting->writer);
        record_put_number(&putting->writer, distinct->counted ? distinct->times[pair] : 1);
        record_put_text(&putting->writer, distinct_text(distinct, pair));
        TRY(record_end(&putting->writer));
    }
    return OK;
}

static status put_group(struct putting *putting, uint32_t group)
{
    const struct tallies *tallies = putting->runs->tallies;
    const struct groups  *groups = putting->runs->groups;

    record_begin(&putting->writer);
    for (uint32_t i = 0; i < groups->keys; i++) {
        struct cell cell = groups_cell(groups, group, i);
        record_put_cell(&putting->writer, &cell);
    }
    for (uint32_t i = 0; i < tallies->arguments; i++)       /* they come before all that is in the states */
        put_late_numbers(putting, i, group);
    for (uint32_t i = 0; i < tallies->works; i++)
        TRY(put_state(putting, tallies->work[i], i, group));
    for (uint32_t i = 0; i < tallies->arguments; i++)
        put_argument(putting, tallies->argument[i], i, group);
    TRY(record_end(&putting->writer));
    arena_reset(&putting->arena);
    for (uint32_t i = 0; i < tallies->arguments; i++)
        TRY(put_values(putting, putting->by_name[i], group));
    return OK;
}

static status sort_late_numbers(struct putting *putting)
{
    const struct tallies *tallies = putting->runs->tallies;
    uint32_t              count = groups_count(putting->runs->groups);

    putting->late = heap_zero(tallies->heap, tallies->arguments + (size_t)1, sizeof *putting->late);
    putting->next_late = heap_zero(tallies->heap, tallies->arguments + (size_t)1, sizeof *putting->next_late);
    TRY_NEW(putting->late ? putting->next_late : NULL);
    for (uint32_t i = 0; i < tallies->arguments; i++)
        if (tallies->argument[i]->lates)
            TRY(tallies_sort_late(tallies, tallies->argument[i], putting->place, count, &putting->late[i]));
    return OK;
}

static status sort_values(struct putting *putting)
{
    const struct tallies *tallies = putting->runs->tallies;
    struct heap          *heap = tallies->heap;
    uint32_t              count = groups_count(putting->runs->groups);

    putting->pair = heap_zero(heap, tallies->arguments + (size_t)1, sizeof *putting->pair);
    putting->next = heap_zero(heap, tallies->arguments + (size_t)1, sizeof *putting->next);
    putting->place = heap_alloc(heap, (count + (size_t)1) * sizeof *putting->place);
    TRY_NEW(putting->pair && putting->next ? putting->place : NULL);
    for (uint32_t i = 0; i < count; i++)
        putting->place[putting->order[i]] = i;
    for (uint32_t i = 0; i < tallies->arguments; i++)
        if (tallies->argument[i]->takes & FEED_DISTINCT)
            TRY(distinct_sorted(&tallies->argument[i]->distinct, putting->place, count, &putting->pair[i]));
    return sort_late_numbers(putting);
}

static void put_free(struct putting *putting)
{
    const struct tallies *tallies = putting->runs->tallies;
    struct heap          *heap = tallies->heap;
    uint32_t              count = groups_count(putting->runs->groups);

    for (uint32_t i = 0; putting->pair && i < tallies->arguments; i++)
        if (putting->pair[i])
            heap_free(heap, putting->pair[i],
                      ((size_t)tallies->argument[i]->distinct.pairs.count + 1) * sizeof **putting->pair);
    for (uint32_t i = 0; putting->late && i < tallies->arguments; i++)
        if (putting->late[i])
            heap_free(heap, putting->late[i], (tallies->argument[i]->lates + (size_t)1) * sizeof **putting->late);
    heap_free(heap, putting->late, (tallies->arguments + (size_t)1) * sizeof *putting->late);
    heap_free(heap, putting->next_late, (tallies->arguments + (size_t)1) * sizeof *putting->next_late);
    heap_free(heap, putting->pair, (tallies->arguments + (size_t)1) * sizeof *putting->pair);
    heap_free(heap, putting->next, (tallies->arguments + (size_t)1) * sizeof *putting->next);
    heap_free(heap, putting->place, (count + (size_t)1) * sizeof *putting->place);
    record_writer_free(&putting->writer);
    arena_free(&putting->arena);
    arena_free(&putting->names);
}

/* In their order groups lie far apart in memory: what they are made of is asked for before it is their turn. */
static void fetch(const struct group_runs *runs, const uint32_t *order, uint32_t at, uint32_t count)
{
    const struct groups  *groups = runs->groups;
    const struct tallies *tallies = runs->tallies;

    if (count - at > 2 * AHEAD) {
        uint32_t group = order[at + 2 * AHEAD];
        groups_fetch(groups, group);
        if (groups->keys == 1)
            PREFETCH(&groups->key[0].values.cell[group]);
        for (uint32_t i = 0; i < tallies->works; i++)
            tally_fetch(&tallies->work[i]->tally, group);
    }
    for (uint32_t i = 0; count - at > AHEAD && i < groups->keys; i++) {
        struct cell cell = groups_cell(groups, order[at + AHEAD], i);
        PREFETCH(cell.text);
    }
}

static status put_groups(struct group_runs *runs, const uint32_t *order, struct record_run *out)
{
    struct putting putting = { .runs = runs, .order = order };
    uint32_t       count = groups_count(runs->groups);
    status         result;

    arena_init(&putting.arena, &runs->op->run->heap);
    record_writer_init(&putting.writer, &runs->op->run->heap, &runs->spool);
    arena_init(&putting.names, &runs->op->run->heap);
    result = group_runs_by_name(runs->tallies, &putting.names, &putting.by_name);
    if (result == OK)
        result = sort_values(&putting);
    for (uint32_t i = 0; i < count && result == OK; i++) {
        fetch(runs, order, i, count);
        result = put_group(&putting, order[i]);
    }
    if (result == OK)
        result = record_run_end(&putting.writer, out);
    put_free(&putting);
    return result;
}

void group_runs_empty(struct group_runs *runs)
{
    tallies_drop(runs->tallies);
    groups_clear(runs->groups);
    arena_free(&runs->states);
}

status group_runs_put_aside(struct group_runs *runs, bool over)
{
    struct heap      *heap = &runs->op->run->heap;
    uint32_t          count = groups_count(runs->groups), *order;
    struct record_run run;
    status            result;

    runs->tallies->torn = !over;
    if (count == 0)
        return OK;
    if (!heap_grow(heap, &runs->run, &runs->room, runs->count + 1, sizeof *runs->run))
        return FAIL_MEMORY;
    TRY(tallies_reserve(runs->tallies, count));
    TRY(groups_sort(runs->groups, runs->natural, &order));
    tallies_leave(runs->tallies, true);
    result = put_groups(runs, order, &run);
    tallies_leave(runs->tallies, false);
    heap_free(heap, order, (count + (size_t)1) * sizeof *order);
    TRY(result);
    runs->run[runs->count++] = (struct group_run){ run, runs->tallies };
    group_runs_empty(runs);
    return OK;
}

uint64_t group_runs_items(const struct group_runs *runs)
{
    return groups_count(runs->groups) + tallies_items(runs->tallies);
}

static size_t growth(const struct group_runs *runs, uint64_t more)
{
    uint32_t most = more < UINT32_MAX ? (uint32_t)more : UINT32_MAX;

    return groups_growth(runs->groups, most) + tallies_growth(runs->tallies, most);
}

bool group_runs_are_pressed(const struct group_runs *runs, const struct batch *in)
{
    size_t margin = in->segment == runs->segment ? 0 : runs->op->run->options.limit_memory / 16;

    return runs->can && op_pressed(runs->op, group_runs_items(runs), growth(runs, batch_rows(in)) + margin);
}

status group_runs_before(struct group_runs *runs, const struct batch *in)
{
    bool pressed = group_runs_are_pressed(runs, in), over = in->segment != runs->segment;

    runs->tallies->torn &= !over;
    runs->segment = in->segment;
    return pressed ? group_runs_put_aside(runs, over) : OK;
}

status group_runs_relieve(struct group_runs *runs, uint64_t more)
{
    return runs->can && op_pressed(runs->op, group_runs_items(runs), growth(runs, more)) ? group_runs_put_aside(runs, true)
                                                                                          : OK;
}

status group_runs_yield(struct group_runs *runs)
{
    return runs->can && (op_pressed(runs->op, group_runs_items(runs), 0) || run_is_full(runs->op->run))
        ? group_runs_put_aside(runs, true) : OK;
}

status group_runs_take(struct group_runs *runs, struct group_runs *from)
{
    if (!heap_grow(&runs->op->run->heap, &runs->run, &runs->room, runs->count + from->count, sizeof *runs->run))
        return FAIL_MEMORY;
    for (uint32_t i = 0; i < from->count; i++) {
        if (i == 0 || from->run[i].of != from->run[i - 1].of)
            TRY(tallies_follow(runs->tallies, from->run[i].of));
        runs->run[runs->count++] = from->run[i];
    }
    from->count = 0;
    return OK;
}

status group_runs_merge(struct group_runs *runs, struct group_runs *from)
{
    bool     aside = runs->count || from->count;
    uint64_t count = group_runs_items(from);

    if (!aside && runs->can)
        aside = op_pressed(runs->op, group_runs_items(runs) + count, growth(runs, count));
    if (!aside)
        return OK;
    if (runs->tallies->lates)           /* they are of our last run, his come behind it */
        TRY(group_runs_put_aside(runs, true));
    TRY(group_runs_put_aside(from, true));
    return group_runs_take(runs, from);
}
