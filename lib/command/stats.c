/* stats: aggregates over all rows, or over the rows of each combination of the BY fields (reporting 4.1). */
#include "command/results.h"
#include "command/tallies.h"

#include "flow/run.h"

enum { PARTITIONS, ALLNUM, DELIM, DEDUP, TERMS, BY };

static const struct param stats_params[] = {
    [PARTITIONS] = { "partitions", PARAM_COUNT, PLACE_NAMED, .help = "a hint, without effect" },
    [ALLNUM] = { "allnum", PARAM_BOOL, PLACE_NAMED, .preset = "false",
                 .help = "numeric functions give nothing where a value is no number" },
    [DELIM] = { "delim", PARAM_TEXT, PLACE_NAMED, .preset = " ",
                .help = "joins values of list() and values() shown as one text" },
    [DEDUP] = { "dedup_splitvals", PARAM_BOOL, PLACE_NAMED, .preset = "false",
                .aliases = { "dedup_splitval" },
                .help = "a repeated value of a multivalue BY field counts once" },
    [TERMS] = { "aggregates", PARAM_AGGREGATES, PLACE_LIST, .required = true,
                .help = "count, dc(user) AS users ..." },
    [BY] = { "by", PARAM_BY, PLACE_KEYWORD, .help = "one row for each combination of their values" },
    { 0 }
};

struct stats_bound {
    struct measures measures;
    bool            single_values;
};

struct stats {
    struct op            op;
    struct groups        groups;
    struct tallies       tallies;
    const struct name  **by;
    struct column      **key;               /* of the batch at hand */
    uint32_t             bys;
    const struct name   *time;
    uint32_t            *order;             /* groups, sorted, while the result is made */
    struct tally_work  **column;
    struct results       results;
};

static status stats_bind(struct binder *binder, struct stage *stage)
{
    struct stats_bound    *bound = stage->bound;
    const struct argument *by = stage_argument(stage, BY);

    bound->measures.by = by->names;
    bound->measures.bys = by->count;
    bound->measures.allnum = stage_argument(stage, ALLNUM)->truth;
    bound->single_values = stage_argument(stage, DEDUP)->truth;
    TRY(measures_bind(binder, stage_argument(stage, TERMS)->aggregates, MEASURES_SPARKS, &bound->measures));
    /* Bins of sparklines are merged while their range grows: last digits would depend on
     * who has seen what. */
    for (uint32_t i = 0; i < bound->measures.count; i++)
        if (bound->measures.item[i].sparkline)
            stage->traits &= ~(uint32_t)TRAIT_MERGEABLE;
    return OK;
}

static void stats_drop(struct stage *stage)
{
    measures_drop(&((struct stats_bound *)stage->bound)->measures);
}

static status stats_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct stats_bound *bound = stage->bound;

    wanted_clear(wanted);
    for (uint32_t i = 0; i < bound->measures.bys; i++)
        TRY(wanted_add(wanted, bound->measures.by[i]));
    return measures_needs(&bound->measures, wanted);
}

static status stats_push(struct op *op, struct batch *in)
{
    struct stats   *stats = container_of(op, struct stats, op);
    struct grouping grouping;

    for (uint32_t i = 0; i < stats->bys; i++) {
        stats->key[i] = batch_column(in, stats->by[i]);
        TRY(batch_decode(in, stats->key[i]));
    }
    TRY(groups_assign(&stats->groups, (const struct column *const *)stats->key, &in->rows, &op->step,
                      &grouping));
    return tallies_push(&stats->tallies, in, &grouping, groups_count(&stats->groups), &op->step);
}

static status stats_merge(struct op *op, struct op *other)
{
    struct stats *into = container_of(op, struct stats, op), *from = container_of(other, struct stats, op);
    uint32_t      count = groups_count(&from->groups);
    uint32_t     *group = heap_alloc(op->context->heap, (count + (size_t)1) * sizeof *group);
    status        result = group ? groups_merge(&into->groups, &from->groups, group) : FAIL_MEMORY;

    if (result == OK)
        result = tallies_reserve(&into->tallies, groups_count(&into->groups));
    if (result == OK)
        result = tallies_merge(&into->tallies, &from->tallies, group,
                               (op->run->options.threads > 1 ? MERGE_THREADS : 0) | (op->last ? MERGE_LAST : 0));
    heap_free(op->context->heap, group, (count + (size_t)1) * sizeof *group);
    return result;
}

static status stats_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    struct stats *stats = host;
    double        number;

    if (column >= stats->bys)
        return tallies_cell(&stats->tallies, stats->column[column - stats->bys], stats->order[row], arena,
                            out);
    *out = groups_cell(&stats->groups, stats->order[row], column);
    if (stats->by[column] == stats->time && cell_reads_number(out, &number))    /* _time stays a number */
        *out = cell_number(number);
    return OK;
}

/* Without BY: a row in which nothing has a value is no row (4.1). */
static status has_value(struct stats *stats, uint32_t columns, bool *out)
{
    struct cell cell;

    *out = stats->bys > 0;
    for (uint32_t i = 0; i < columns && !*out; i++) {
        TRY(tallies_cell(&stats->tallies, stats->column[i], 0, &stats->op.step, &cell));
        *out = cell.kind != KIND_NULL;
    }
    return OK;
}

static status prepare_results(struct stats *stats)
{
    struct op            *op = &stats->op;
    uint32_t              count, groups = groups_count(&stats->groups);
    const struct name   **name;
    const struct measure *clash;
    bool                  any;
    status                s;

    TRY(tallies_reserve(&stats->tallies, groups));
    s = tallies_columns(&stats->tallies, &op->arena, &stats->column, &count, &clash);
    if (clash)
        return op_fail(op, FAIL_DATA, "name-clash", "'%.*s' stands for several fields, but they have one name",
                       SHOW(clash->field));
    TRY(s);
    TRY_NEW(name = arena_alloc(&op->arena, (stats->bys + count + (size_t)1) * sizeof *name));
    for (uint32_t i = 0; i < stats->bys + count; i++)
        name[i] = i < stats->bys ? stats->by[i] : stats->column[i - stats->bys]->name;
    TRY(groups_sort(&stats->groups, 0, &stats->order));
    TRY(has_value(stats, count, &any));
    stats->results = (struct results){ .op = op, .rows = any ? groups : 0, .cell = stats_cell, .host = stats, .rests = true,
                                       .name = name, .columns = stats->bys + count };
    return OK;
}

static status stats_finish(struct op *op)
{
    struct stats *stats = container_of(op, struct stats, op);

    if (!stats->results.op)
        TRY(prepare_results(stats));
    return results_emit(&stats->results);
}

static void stats_close(struct op *op)
{
    struct stats *stats = container_of(op, struct stats, op);

    if (stats->order)
        heap_free(op->context->heap, stats->order,
                  (groups_count(&stats->groups) + (size_t)1) * sizeof *stats->order);
    tallies_free(&stats->tallies);
    groups_free(&stats->groups);
}

static const struct op_kind stats_kind = {
    .name = "stats", .push = stats_push, .finish = stats_finish, .merge = stats_merge, .close = stats_close,
};

static status stats_setup(struct stats *stats, const struct stats_bound *bound)
{
    struct op *op = &stats->op;

    stats->bys = bound->measures.bys;
    TRY(groups_init(&stats->groups, op->context->heap, stats->bys));
    stats->groups.single_values = bound->single_values;
    TRY_NEW(stats->by = ARENA_ARRAY(&op->arena, const struct name *, stats->bys + 1));
    TRY_NEW(stats->key = ARENA_ARRAY(&op->arena, struct column *, stats->bys + 1));
    TRY_NEW(stats->time = names_intern(op->context->names, STR("_time")));
    for (uint32_t i = 0; i < stats->bys; i++)
        TRY_NEW(stats->by[i] = names_intern(op->context->names, bound->measures.by[i]));
    return tallies_init(&stats->tallies, &bound->measures, op->context, &op->arena);
}

static status stats_open(const struct stage *stage, struct run *run, struct op **out)
{
    status s;

    TRY(op_new(&stats_kind, sizeof(struct stats), stage, run, out));
    s = stats_setup(container_of(*out, struct stats, op), stage->bound);
    if (s != OK) {
        op_free(*out);
        *out = NULL;
    }
    return s;
}

const struct command command_stats = {
    .name = "stats", .usage = "stats [allnum=<bool>] [delim=<text>] <aggregates> [BY <fields>] [dedup_splitvals=<bool>]",
    .summary = "Aggregates over all rows or for each combination of some fields",
    .params = stats_params, .traits = TRAIT_MERGEABLE | TRAIT_TRANSFORMS,
    .bound_size = sizeof(struct stats_bound),
    .bind = stats_bind, .drop = stats_drop, .needs = stats_needs, .open = stats_open,
    .example = { "stats count sum(n) AS s BY u",
                 "{\"u\":\"a\",\"n\":1}\n{\"u\":\"b\",\"n\":5}\n{\"u\":\"a\",\"n\":2}",
                 "{\"u\":\"a\",\"count\":2,\"s\":3}\n{\"u\":\"b\",\"count\":1,\"s\":5}" },
};
