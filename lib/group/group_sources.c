/* Runs of groups on their way back: merged, and their states and values loaded into the tables again. */
#include "group/group_sources.h"

#include "group/sparks.h"
#include "flow/run.h"
#include "state/sort_value.h"
#include "value/number.h"

enum {
    SOME = 64,                              /* numbers added at a time */
    VALUES_MOST = 1 << 18,                  /* distinct values of the groups that are loaded together, at most */
    VALUE_BYTES = 256                       /* what one may take of the memory there is, with all that is made of it */
};

static const uint64_t TEXT_MARK = (uint64_t)1 << 63;         /* numbers have smaller ones */

/* Numbers before texts before null, as compare_cells has it. */
static uint64_t mark_of(const struct cell *cell, enum interner_order order)
{
    double number;

    if (cell->kind == KIND_NULL)
        return UINT64_MAX;
    if (order != ORDER_BYTE && interner_order_number(order, cell_str(cell), &number))
        return sort_number_mark(number, false);
    return TEXT_MARK | sort_bytes(cell->text, cell->size, 0) >> 1;
}

/* To the next group of a source. The rest of the record is looked at when its turn comes. */
static status source_step(struct group_runs *runs, struct group_source *source)
{
    TRY(record_next(&source->reader));
    arena_reset(&source->lists);
    for (uint32_t i = 0; i < runs->groups->keys; i++) {
        TRY(record_cell(&source->reader, &source->lists, &source->key[i]));
        source->mark[i] = mark_of(&source->key[i], groups_order(runs->natural, i));
    }
    return OK;
}

/* Cells with the same mark, as groups_sort has it. */
static int compare_cells(const struct cell *a, const struct cell *b, uint64_t mark, enum interner_order order)
{
    double left, right;

    if (a->kind == KIND_NULL || b->kind == KIND_NULL)
        return (a->kind == KIND_NULL) - (b->kind == KIND_NULL);
    if (mark < TEXT_MARK && interner_order_number(order, cell_str(a), &left) &&
        interner_order_number(order, cell_str(b), &right) && left != right)
        return left < right ? -1 : 1;
    return str_compare(cell_str(a), cell_str(b));
}

static int compare_groups(const void *host, uint32_t a, uint32_t b)
{
    const struct group_runs   *runs = host;
    const struct group_source *left = &runs->source[a], *right = &runs->source[b];

    for (uint32_t i = 0; i < runs->groups->keys; i++) {
        int order = left->mark[i] != right->mark[i] ? (left->mark[i] < right->mark[i] ? -1 : 1)
            : compare_cells(&left->key[i], &right->key[i], left->mark[i], groups_order(runs->natural, i));
        if (order)
            return order;
    }
    return 0;
}

static int compare_values(const void *host, uint32_t a, uint32_t b)
{
    const struct group_runs *runs = host;

    return str_compare(runs->source[a].value, runs->source[b].value);
}

static struct tally_work *our_work(const struct group_runs *runs, const struct tally_work *his)
{
    return runs->tallies->work[his->number];
}

/* The number of the argument that is ours; -1: he has none. */
static int64_t his_argument(const struct group_runs *runs, const struct tallies *of, const struct argument_values *argument)
{
    for (uint32_t i = 0; i < of->arguments; i++)
        if (our_work(runs, of->argument[i]->first)->argument == argument)
            return i;
    return -1;
}

static status open_source(struct group_runs *runs, uint32_t number, size_t piece)
{
    struct group_source *source = &runs->source[number];
    struct arena        *arena = &runs->reading;
    status               result;

    source->of = runs->run[number].of;
    TRY_NEW(source->his = ARENA_ARRAY(arena, int64_t, runs->tallies->arguments + (size_t)1));
    for (uint32_t i = 0; i < runs->tallies->arguments; i++)
        source->his[i] = his_argument(runs, source->of, runs->tallies->argument[i]);
    TRY_NEW(source->key = ARENA_ARRAY(arena, struct cell, runs->groups->keys + (size_t)1));
    TRY_NEW(source->mark = ARENA_ARRAY(arena, uint64_t, runs->groups->keys + (size_t)1));
    TRY_NEW(source->values = ARENA_ARRAY(arena, uint64_t, source->of->arguments + (size_t)1));
    arena_init(&source->lists, arena->heap);
    record_reader_init(&source->reader, arena->heap, &runs->run[number].bytes, piece);
    result = source_step(runs, source);
    if (result == OK)
        merge_add(&runs->merge, number);
    return result == DONE ? OK : result;
}

status group_runs_open(struct group_runs *runs)
{
    struct heap *heap = &runs->op->run->heap;
    size_t       piece;

    TRY(group_runs_put_aside(runs, true));
    group_runs_close_sources(runs);
    TRY(tallies_follow(runs->tallies, runs->tallies));
    piece = record_piece(runs->op->run->options.limit_memory / 8, runs->count);
    TRY(merge_init(&runs->merge, heap, runs->count, compare_groups, runs));
    TRY(merge_init(&runs->values, heap, runs->count, compare_values, runs));
    TRY(group_runs_by_name(runs->tallies, &runs->reading, &runs->by_name));
    TRY_NEW(runs->same = ARENA_ARRAY(&runs->reading, uint32_t, runs->count));
    TRY_NEW(runs->source = ARENA_ARRAY(&runs->reading, struct group_source, runs->count));
    for (uint32_t i = 0; i < runs->count; i++)
        TRY(open_source(runs, i, piece));
    return OK;
}

static status load_state(struct group_runs *runs, struct group_source *source, uint32_t number, uint32_t group)
{
    struct tally_work *work = our_work(runs, source->of->work[number]);
    struct cell        part[AGGREGATE_PARTS];
    uint32_t           parts = work->sparks ? SPARKS_PARTS : work->tally.aggregate->parts;

    for (uint32_t i = 0; i < parts; i++)
        TRY(record_cell(&source->reader, &source->lists, &part[i]));
    runs->loaded += work->sparks ? sparks_width(work->sparks) : 0;
    if (work->sparks)
        return sparks_load(work->sparks, group, part, 0);
    return work->tally.aggregate->load(&work->tally, group, part);
}

/* Numbers are added to what is open of the group, as if they had never been late. */
static status load_numbers(struct group_runs *runs, struct group_source *source, uint32_t number, uint32_t group)
{
    struct tally_work *first = our_work(runs, source->of->argument[number]->first)->argument->first;
    double             numbers[SOME];
    uint32_t           groups[SOME];
    struct feed        feed = { .number = numbers, .number_group = groups };
    uint64_t           left;

    feed.segment = (uint32_t)record_number(&source->reader);
    left = record_number(&source->reader);
    for (; left; left -= feed.numbers) {
        feed.count = feed.numbers = left < SOME ? (uint32_t)left : SOME;
        for (uint32_t i = 0; i < feed.numbers; i++) {
            struct cell cell;
            TRY(record_cell(&source->reader, &source->lists, &cell));
            numbers[i] = cell.number;
            groups[i] = group;
        }
        for (struct tally_work *work = first; work; work = work->next)
            if (!work->sparks && work->tally.aggregate->settle)
                TRY(work->tally.aggregate->update(&work->tally, &feed));
    }
    return OK;
}

/* The next run is of another table: no number in it belongs to what is open. */
static status settle_sums(struct group_runs *runs, uint32_t group)
{
    for (uint32_t i = 0; i < runs->tallies->works; i++) {
        struct tally_work *work = runs->tallies->work[i];
        if (!work->sparks && work->tally.aggregate->settle)
            TRY(work->tally.aggregate->settle(&work->tally, group));
    }
    return OK;
}

static status load_record(struct group_runs *runs, struct group_source *source, uint32_t group)
{
    struct record_reader *reader = &source->reader;

    while (!record_is_over(reader)) {
        uint64_t kind = record_number(reader);
        uint32_t number = (uint32_t)record_number(reader);
        if (kind == HOLDS_STATE)
            TRY(load_state(runs, source, number, group));
        else if (kind == HOLDS_VALUES)
            source->values[number] = record_number(reader);
        else if (kind == HOLDS_NUMBERS)
            TRY(load_numbers(runs, source, number, group));
        else
            our_work(runs, source->of->argument[number]->first)->argument->spoiled[group] = 1;
    }
    return OK;
}

/* The next distinct value of an argument; DONE: there are no more. */
static status step_value(struct group_source *source, uint32_t argument)
{
    if (source->values[argument] == 0)
        return DONE;
    source->values[argument]--;
    TRY(record_next(&source->reader));
    source->times = record_number(&source->reader);
    source->value = record_text(&source->reader);
    return OK;
}

/* Who wants to see them all? */
static bool wants_values(const struct argument_values *argument)
{
    for (const struct tally_work *work = argument->first; work; work = work->next) {
        const struct aggregate *aggregate = work->tally.aggregate;
        if (!work->sparks && (aggregate->takes & FEED_LINKS) && !aggregate->picks)
            return true;
    }
    return false;
}

/* As mode has it: values come in the order of their bytes. */
static status offer(struct group_runs *runs, str value, uint64_t times)
{
    if (times <= runs->best_times) {
        runs->passed++;
        return OK;
    }
    runs->passed += runs->best_times > 0;
    runs->best_times = times;
    buf_clear(&runs->best);
    buf_put(&runs->best, value);
    return buf_status(&runs->best);
}

static status take_value(struct group_runs *runs, struct argument_values *argument, uint32_t group, str value,
                         uint64_t times)
{
    struct distinct *distinct = &argument->distinct;
    struct cell      cell = cell_field_text(value);

    if (!runs->whole && !distinct->linked && !distinct->counted) {
        distinct_count_one(distinct, group);
        return OK;
    }
    if (!runs->whole && !runs->wanted)
        return offer(runs, value, times);
    runs->loaded++;
    return runs->amended ? distinct_add_cell(distinct, group, &cell, times) : distinct_append(distinct, group, value, times);
}

/* The best of those that passed stands for them all. */
static status settle(struct group_runs *runs, struct argument_values *argument, uint32_t group)
{
    struct cell cell = cell_field_text(buf_str(&runs->best));
    status      result = OK;

    if (runs->best_times)
        result = distinct_add_cell(&argument->distinct, group, &cell, runs->best_times);
    for (; result == OK && runs->passed; runs->passed--)
        distinct_count_one(&argument->distinct, group);
    runs->best_times = runs->passed = 0;
    return result;
}

/* The only source left: its values are distinct. */
static status take_rest(struct group_runs *runs, struct argument_values *argument, uint32_t his, uint32_t group)
{
    struct group_source *source = &runs->source[runs->values.source[0]];
    status               result = OK;

    for (; result == OK; result = step_value(source, his))
        TRY(take_value(runs, argument, group, source->value, source->times));
    merge_drop(&runs->values);
    return result == DONE ? OK : result;
}

/* A value that several sources have comes from one after the other. */
static status merge_values(struct group_runs *runs, uint32_t number, uint32_t group)
{
    struct argument_values *argument = runs->tallies->argument[number];
    uint64_t                times = 0;
    bool                    any = false;

    while (runs->values.count) {
        struct group_source *source = &runs->source[runs->values.source[0]];
        status               result;

        if (any && !str_equal(source->value, buf_str(&runs->last))) {
            TRY(take_value(runs, argument, group, buf_str(&runs->last), times));
            any = false;
        }
        if (!any && runs->values.count == 1)
            return take_rest(runs, argument, (uint32_t)source->his[number], group);
        if (!any) {
            buf_clear(&runs->last);
            buf_put(&runs->last, source->value);
            TRY(buf_status(&runs->last));
            times = 0;
            any = true;
        }
        times += source->times;
        result = step_value(source, (uint32_t)source->his[number]);
        if (result == OK)
            merge_moved(&runs->values);
        else if (result == DONE)
            merge_drop(&runs->values);
        else
            return result;
    }
    return any ? take_value(runs, argument, group, buf_str(&runs->last), times) : OK;
}

static status load_values(struct group_runs *runs, uint32_t sources, uint32_t group)
{
    for (uint32_t i = 0; i < runs->tallies->arguments; i++) {
        uint32_t number = runs->by_name[i];
        for (uint32_t s = 0; s < sources; s++) {
            struct group_source *source = &runs->source[runs->same[s]];
            status               result = source->his[number] < 0 ? DONE : step_value(source, (uint32_t)source->his[number]);
            if (result != OK && result != DONE)
                return result;
            if (result == OK)
                merge_add(&runs->values, runs->same[s]);
        }
        runs->wanted = wants_values(runs->tallies->argument[number]);
        TRY(merge_values(runs, number, group));
        TRY(settle(runs, runs->tallies->argument[number], group));
    }
    return OK;
}

/* Everything of the group that comes next, from all sources that have it. They move on. */
static status load_group(struct group_runs *runs)
{
    uint32_t count = 0, group;

    TRY(groups_make(runs->groups, runs->source[runs->merge.source[0]].key, &group));
    TRY(tallies_reserve(runs->tallies, group + 1));
    do {
        runs->same[count] = runs->merge.source[0];
        merge_drop(&runs->merge);
        if (count > 0 && runs->source[runs->same[count]].of != runs->source[runs->same[count - 1]].of)
            TRY(settle_sums(runs, group));
        TRY(load_record(runs, &runs->source[runs->same[count]], group));
        count++;
    } while (runs->merge.count && compare_groups(runs, runs->same[0], runs->merge.source[0]) == 0);
    TRY(load_values(runs, count, group));
    for (uint32_t i = 0; i < count; i++) {
        status result = source_step(runs, &runs->source[runs->same[i]]);
        if (result == OK)
            merge_add(&runs->merge, runs->same[i]);
        else if (result == DONE)
            record_reader_free(&runs->source[runs->same[i]].reader);     /* the groups at hand may be large */
        else
            return result;
    }
    return OK;
}

status group_runs_next(struct group_runs *runs, uint32_t most)
{
    uint64_t values = runs->op->run->options.limit_memory / VALUE_BYTES;

    values = values && values < VALUES_MOST ? values : VALUES_MOST;
    values = runs->pouring ? values / 2 : values;
    tallies_clear(runs->tallies, runs->tallies->groups);
    groups_clear(runs->groups);
    arena_reset(&runs->states);
    runs->loaded = 0;
    if (runs->merge.count == 0)
        return DONE;
    for (uint32_t i = 0; i < most && runs->merge.count && runs->loaded < values; i++) {
        if (i > 0 && run_holds(runs->op->run, runs->pouring ? 3 : 4))
            break;
        TRY(load_group(runs));
        arena_reset(&runs->op->step);
    }
    return OK;
}
