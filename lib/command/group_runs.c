#include "command/group_runs.h"

#include "flow/run.h"
#include "value/number.h"

#include <stdlib.h>

/* What a record has besides its keys, up to its end: numbers that begin with one of these and a work's or an argument's
 * number. Only what has something to tell is there. */
enum {
    HOLDS_STATE,                            /* of a work: its saved cells */
    HOLDS_VALUES,                           /* of an argument: how many distinct values follow the record */
    HOLDS_SPOILED                           /* an argument had a value that is no number (allnum) */
};

enum { VALUES_MOST = 1 << 18, AHEAD = 12 };

void group_runs_init(struct group_runs *runs, struct op *op, struct groups *groups, struct tallies *tallies, bool can,
                     bool whole)
{
    *runs = (struct group_runs){ .op = op, .groups = groups, .tallies = tallies, .whole = whole };
    arena_init(&runs->states, &op->run->heap);
    spool_init(&runs->spool, op->run->options.temp_folder, op->context->diag);
    buf_init(&runs->last, &op->run->heap);
    runs->can = can && run_spills(op->run);
}

void group_runs_keep(struct group_runs *runs)
{
    tallies_keep_in(runs->tallies, &runs->states);
}

static void close_sources(struct group_runs *runs)
{
    for (uint32_t i = 0; runs->source && i < runs->count; i++)
        if (runs->source[i].reader.heap) {
            record_reader_free(&runs->source[i].reader);
            arena_free(&runs->source[i].lists);
        }
    merge_free(&runs->merge);
    merge_free(&runs->values);
}

void group_runs_free(struct group_runs *runs)
{
    if (!runs->op)
        return;
    close_sources(runs);
    heap_free(&runs->op->run->heap, runs->run, runs->room * sizeof *runs->run);
    spool_free(&runs->spool);
    buf_free(&runs->last);
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

/* Instances meet the fields that wildcards stand for in different orders; distinct values stand in one that is the same for
 * all. */
static status by_name(const struct tallies *tallies, struct arena *arena, uint32_t **out)
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
    uint32_t            *by_name;           /* arguments in the order that all instances have */
};

static status put_state(struct putting *putting, const struct tally_work *work, uint32_t number, uint32_t group)
{
    struct tally *tally = (struct tally *)&work->tally;
    struct cell   part[AGGREGATE_PARTS];
    bool          any = false;

    if (!tally->aggregate->update)          /* all in the distinct values */
        return OK;
    TRY(tally->aggregate->save(tally, group, &putting->arena, part));
    for (uint32_t i = 0; i < tally->aggregate->parts; i++)
        any |= part[i].kind != KIND_NULL;
    if (!any)
        return OK;
    record_put_number(&putting->writer, HOLDS_STATE);
    record_put_number(&putting->writer, number);
    for (uint32_t i = 0; i < tally->aggregate->parts; i++)
        record_put_cell(&putting->writer, &part[i]);
    return OK;
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
    return OK;
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
    result = by_name(runs->tallies, &putting.names, &putting.by_name);
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

static void empty(struct group_runs *runs)
{
    tallies_drop(runs->tallies);
    groups_clear(runs->groups);
    arena_free(&runs->states);
}

/* What is in the tables becomes a run. */
static status put_aside(struct group_runs *runs)
{
    struct heap      *heap = &runs->op->run->heap;
    uint32_t          count = groups_count(runs->groups), *order;
    struct record_run run;
    status            result;

    if (count == 0)
        return OK;
    if (!heap_grow(heap, &runs->run, &runs->room, runs->count + 1, sizeof *runs->run))
        return FAIL_MEMORY;
    TRY(tallies_reserve(runs->tallies, count));
    TRY(groups_sort(runs->groups, runs->op->context->natural_sort ? UINT32_MAX : 0, &order));
    result = put_groups(runs, order, &run);
    heap_free(heap, order, (count + (size_t)1) * sizeof *order);
    TRY(result);
    runs->run[runs->count++] = (struct group_run){ run, runs->tallies };
    empty(runs);
    return OK;
}

/* Groups and distinct values in the tables. */
static uint64_t items(const struct group_runs *runs)
{
    const struct tallies *tallies = runs->tallies;
    uint64_t              count = groups_count(runs->groups);

    for (uint32_t i = 0; i < tallies->arguments; i++)
        if (tallies->argument[i]->takes & FEED_DISTINCT)
            count += tallies->argument[i]->distinct.pairs.count;
    return count;
}

static size_t growth(const struct group_runs *runs, uint32_t more)
{
    return groups_growth(runs->groups, more) + tallies_growth(runs->tallies, more);
}

status group_runs_before(struct group_runs *runs, const struct batch *in)
{
    size_t margin = in->segment == runs->segment ? 0 : runs->op->run->options.limit_memory / 16;

    runs->segment = in->segment;
    if (!runs->can || !op_pressed(runs->op, items(runs), growth(runs, batch_rows(in)) + margin))
        return OK;
    return put_aside(runs);
}

status group_runs_merge(struct group_runs *runs, struct group_runs *from)
{
    struct heap *heap = &runs->op->run->heap;
    bool         aside = runs->count || from->count;
    uint64_t     count = items(from);

    if (!aside && runs->can)
        aside = op_pressed(runs->op, items(runs) + count, growth(runs, count < UINT32_MAX ? (uint32_t)count : UINT32_MAX));
    if (!aside)
        return OK;
    TRY(put_aside(from));
    TRY(tallies_follow(runs->tallies, from->tallies));
    if (!heap_grow(heap, &runs->run, &runs->room, runs->count + from->count, sizeof *runs->run))
        return FAIL_MEMORY;
    for (uint32_t i = 0; i < from->count; i++)
        runs->run[runs->count++] = from->run[i];
    from->count = 0;
    return OK;
}

/* --- coming back --------------------------------------------------------------------------------------------------- */

/* To the next group of a source. The rest of the record is looked at when its turn comes. */
static status source_step(struct group_runs *runs, struct group_source *source)
{
    TRY(record_next(&source->reader));
    arena_reset(&source->lists);
    for (uint32_t i = 0; i < runs->groups->keys; i++)
        TRY(record_cell(&source->reader, &source->lists, &source->key[i]));
    return OK;
}

/* As groups_sort has it. */
static int compare_cells(const struct cell *a, const struct cell *b, bool natural)
{
    double left, right;

    if (a->kind == KIND_NULL || b->kind == KIND_NULL)
        return (a->kind == KIND_NULL) - (b->kind == KIND_NULL);
    if (natural) {
        bool is_left = number_parse_loose(cell_str(a), &left), is_right = number_parse_loose(cell_str(b), &right);
        if (is_left != is_right)
            return is_left ? -1 : 1;
        if (is_left && left != right)
            return left < right ? -1 : 1;
    }
    return str_compare(cell_str(a), cell_str(b));
}

static int compare_groups(const void *host, uint32_t a, uint32_t b)
{
    const struct group_runs *runs = host;

    for (uint32_t i = 0; i < runs->groups->keys; i++) {
        int order = compare_cells(&runs->source[a].key[i], &runs->source[b].key[i],
                                  runs->op->context->natural_sort);
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
    struct arena        *arena = &runs->op->arena;
    status               result;

    source->of = runs->run[number].of;
    TRY_NEW(source->his = ARENA_ARRAY(arena, int64_t, runs->tallies->arguments + (size_t)1));
    for (uint32_t i = 0; i < runs->tallies->arguments; i++)
        source->his[i] = his_argument(runs, source->of, runs->tallies->argument[i]);
    TRY_NEW(source->key = ARENA_ARRAY(arena, struct cell, runs->groups->keys + (size_t)1));
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

    TRY(put_aside(runs));
    TRY(tallies_follow(runs->tallies, runs->tallies));
    piece = record_piece(runs->op->run->options.limit_memory / 8, runs->count);
    TRY(merge_init(&runs->merge, heap, runs->count, compare_groups, runs));
    TRY(merge_init(&runs->values, heap, runs->count, compare_values, runs));
    TRY(by_name(runs->tallies, &runs->op->arena, &runs->by_name));
    TRY_NEW(runs->same = ARENA_ARRAY(&runs->op->arena, uint32_t, runs->count));
    TRY_NEW(runs->source = ARENA_ARRAY(&runs->op->arena, struct group_source, runs->count));
    for (uint32_t i = 0; i < runs->count; i++)
        TRY(open_source(runs, i, piece));
    return OK;
}

static status load_state(struct group_runs *runs, struct group_source *source, uint32_t number, uint32_t group)
{
    struct tally_work *work = our_work(runs, source->of->work[number]);
    struct cell        part[AGGREGATE_PARTS];

    for (uint32_t i = 0; i < work->tally.aggregate->parts; i++)
        TRY(record_cell(&source->reader, &source->lists, &part[i]));
    return work->tally.aggregate->load(&work->tally, group, part);
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

static status take_value(struct group_runs *runs, struct argument_values *argument, uint32_t group, str value,
                         uint64_t times)
{
    struct distinct *distinct = &argument->distinct;
    struct cell      cell = cell_field_text(value);

    if (!runs->whole && !distinct->linked && !distinct->counted) {
        distinct_count_one(distinct, group);
        return OK;
    }
    runs->loaded++;
    return distinct_add_cell(distinct, group, &cell, times);
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
        TRY(merge_values(runs, number, group));
    }
    return OK;
}

/* A new group with the values of the source that comes next. */
static status make_group(struct group_runs *runs, uint32_t *group)
{
    const struct group_source *source = &runs->source[runs->merge.source[0]];
    uint32_t                  *code = arena_alloc(&runs->op->step, (runs->groups->keys + (size_t)1) * sizeof *code);

    TRY_NEW(code);
    for (uint32_t i = 0; i < runs->groups->keys; i++) {
        struct interner *values = &runs->groups->key[i].values;
        TRY(source->key[i].kind == KIND_NULL ? interner_null(values, &code[i])
                                             : interner_cell(values, &source->key[i], &code[i]));
    }
    return groups_number(runs->groups, code, group);
}

/* Everything of the group that comes next, from all sources that have it. They move on. */
static status load_group(struct group_runs *runs)
{
    uint32_t count = 0, group;

    TRY(make_group(runs, &group));
    TRY(tallies_reserve(runs->tallies, group + 1));
    do {
        runs->same[count] = runs->merge.source[0];
        merge_drop(&runs->merge);
        TRY(load_record(runs, &runs->source[runs->same[count]], group));
        count++;
    } while (runs->merge.count && compare_groups(runs, runs->same[0], runs->merge.source[0]) == 0);
    TRY(load_values(runs, count, group));
    for (uint32_t i = 0; i < count; i++) {
        status result = source_step(runs, &runs->source[runs->same[i]]);
        if (result == OK)
            merge_add(&runs->merge, runs->same[i]);
        else if (result != DONE)
            return result;
    }
    return OK;
}

status group_runs_next(struct group_runs *runs, uint32_t most)
{
    tallies_clear(runs->tallies, runs->tallies->groups);
    groups_clear(runs->groups);
    arena_reset(&runs->states);
    runs->loaded = 0;
    if (runs->merge.count == 0)
        return DONE;
    for (uint32_t i = 0; i < most && runs->merge.count && runs->loaded < VALUES_MOST; i++) {
        if (i > 0 && run_is_full(runs->op->run))
            break;
        TRY(load_group(runs));
        arena_reset(&runs->op->step);
    }
    return OK;
}
