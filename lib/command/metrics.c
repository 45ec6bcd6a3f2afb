#include "command/metrics.h"

struct metrics {
    struct op            op;
    struct storing       storing;
    struct stored_points points;
};

/* --- binding ------------------------------------------------------------------------------------------------------- */

static status bind_marker(struct binder *binder, struct stage *stage, struct stored_points_bound *points)
{
    struct span span = stage_argument(stage, METRICS_MARKER)->span;
    const char *marker, *odd;

    TRY(storing_text(binder, stage, METRICS_MARKER, &marker));
    if (!marker)
        return OK;
    TRY(marker_read(str_of(marker), binder->arena, &points->pair, &points->pairs, &odd));
    if (!odd)
        return OK;
    diag_at(binder->diag, FAIL_QUERY, span, "bad-argument", "'marker' of '%.*s' holds something that is no pair",
            SHOW(stage->name));
    diag_hint(binder->diag, "it is written \"name=value, name=value\"");
    return FAIL_QUERY;
}

static status check_split(struct binder *binder, struct stage *stage, const struct stored_points_bound *points)
{
    const struct argument *prefix = stage_argument(stage, METRICS_PREFIX);

    if (points->split == SPLIT_ALL && !points->dimensions && !stage->open)
        return diag_at(binder->diag, FAIL_QUERY, stage_argument(stage, METRICS_SPLIT)->span, "missing-argument",
                       "'%.*s' with split=true wants the names of the dimensions", SHOW(stage->name));
    if (points->split == SPLIT_NONE && prefix->given) {
        diag_at(binder->diag, FAIL_QUERY, prefix->span, "bad-argument",
                "'prefix_field' of '%.*s' means nothing with split=false", SHOW(stage->name));
        diag_hint(binder->diag, "only metrics that are named after fields get a prefix");
        return FAIL_QUERY;
    }
    return OK;
}

status metrics_bind(struct binder *binder, struct stage *stage, bool marker)
{
    struct metrics_bound       *bound = stage->bound;
    struct stored_points_bound *points = &bound->points;
    struct sink_target         *target = &bound->storing.target;
    str                         split = stage_argument(stage, METRICS_SPLIT)->text;
    const struct argument      *dimensions = stage_argument(stage, METRICS_DIMENSIONS);
    bool                        all = false;

    target->store = STORE_METRICS;
    target->spool = stage_argument(stage, METRICS_SPOOL)->truth;
    TRY(storing_text(binder, stage, METRICS_INDEX, &target->index));
    TRY(storing_text(binder, stage, METRICS_FILE, &target->file));
    TRY(storing_text(binder, stage, METRICS_HOST, &target->host));
    TRY(storing_text(binder, stage, METRICS_SOURCE, &target->source));
    TRY(storing_text(binder, stage, METRICS_SOURCETYPE, &target->sourcetype));
    *points = (struct stored_points_bound){
        .prefix = stage_argument(stage, METRICS_PREFIX)->given ? stage_argument(stage, METRICS_PREFIX)->text : STR(""),
        .dimension = dimensions->count ? dimensions->names : NULL, .dimensions = dimensions->count,
        .index = target->index, .source = target->source, .sourcetype = target->sourcetype, .host = target->host,
    };
    str_truth(split, &all);
    points->split = str_is(split, "allnums") ? SPLIT_NUMBERS : all ? SPLIT_ALL : SPLIT_NONE;
    TRY(check_split(binder, stage, points));
    if (marker)
        TRY(bind_marker(binder, stage, points));
    return storing_bind(binder, stage, &bound->storing);
}

/* --- running ------------------------------------------------------------------------------------------------------- */

static status store(void *host, struct batch *takes)
{
    struct metrics *metrics = host;
    status          s = storing_write(&metrics->storing, takes);

    batch_release(takes);
    return s;
}

static status metrics_push(struct op *op, struct batch *in)
{
    struct metrics *metrics = container_of(op, struct metrics, op);

    if (metrics->storing.stream)
        TRY(stored_points_make(&metrics->points, in, store, metrics));
    return storing_pass(&metrics->storing, in);
}

static const struct op_kind metrics_kind = { .name = "mcollect", .push = metrics_push };

status metrics_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct metrics_bound *bound = stage->bound;
    struct metrics             *metrics;

    TRY(op_new(&metrics_kind, sizeof *metrics, stage, run, out));
    metrics = container_of(*out, struct metrics, op);
    TRY(stored_points_open(&metrics->points, *out, &bound->points));
    return storing_open(&metrics->storing, *out, &bound->storing);
}
