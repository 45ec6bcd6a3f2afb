#include "command/statistics.h"

#include "command/grouped.h"

enum { PARTITIONS, ALLNUM, DELIM, DEDUP, TERMS, BY };



const struct param statistics_params[STATISTICS_PARAMS + 1] = {
    [PARTITIONS] = { "partitions", PARAM_COUNT, PLACE_NAMED, .help = "a hint, without effect" },
    [ALLNUM] = { "allnum", PARAM_BOOL, PLACE_NAMED, .preset = "false",
                 .help = "numeric functions give nothing where a value is no number" },
    [DELIM] = { "delim", PARAM_TEXT, PLACE_NAMED,
                .help = "what nomv joins values of list() and values() by; a new line if not given" },
    [DEDUP] = { "dedup_splitvals", PARAM_BOOL, PLACE_NAMED, .preset = "false",
                .aliases = { "dedup_splitval" },
                .help = "a repeated value of a multivalue BY field counts once" },
    [TERMS] = { "aggregates", PARAM_AGGREGATES, PLACE_LIST, .required = true,
                .help = "count, dc(user) AS users ..." },
    [BY] = { "by", PARAM_BY, PLACE_KEYWORD, .help = "one row for each combination of their values" },
    { 0 }
};

struct stats {
    struct op      op;
    struct grouped grouped;
};

status statistics_bind(struct binder *binder, struct stage *stage, bool emits)
{
    struct grouped_bound  *bound = stage->bound;
    const struct argument *by = stage_argument(stage, BY);

    bound->emits = emits;
    bound->measures.by = by->names;
    bound->measures.bys = by->count;
    bound->measures.allnum = stage_argument(stage, ALLNUM)->truth;
    bound->single_values = stage_argument(stage, DEDUP)->truth;
    return grouped_bind(binder, stage, stage_argument(stage, TERMS)->aggregates, MEASURES_SPARKS, bound);
}

void statistics_drop(struct stage *stage)
{
    measures_drop(&((struct grouped_bound *)stage->bound)->measures);
}

status statistics_needs(const struct stage *stage, struct wanted *wanted)
{
    return grouped_needs(stage->bound, wanted);
}

static status stats_push(struct op *op, struct batch *in)
{
    return grouped_push(&container_of(op, struct stats, op)->grouped, in, NULL);
}

static status stats_merge(struct op *op, struct op *from)
{
    return grouped_merge(&container_of(op, struct stats, op)->grouped, &container_of(from, struct stats, op)->grouped);
}

static status stats_finish(struct op *op) { return grouped_finish(&container_of(op, struct stats, op)->grouped); }
static void   stats_close(struct op *op) { grouped_close(&container_of(op, struct stats, op)->grouped); }

static const struct op_kind stats_kind = {
    .name = "stats", .push = stats_push, .finish = stats_finish, .merge = stats_merge, .close = stats_close,
    .spills = true,
};

status statistics_open(const struct stage *stage, struct run *run, struct op **out)
{
    TRY(op_new(&stats_kind, sizeof(struct stats), stage, run, out));
    return grouped_open(&container_of(*out, struct stats, op)->grouped, *out, stage->bound);
}

