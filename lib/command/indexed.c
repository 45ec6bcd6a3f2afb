#include "command/indexed.h"

#include "command/filter.h"
#include "flow/run.h"
#include "value/order.h"

#include <math.h>

/* --- compile time: WHERE -------------------------------------------------------------------------------- */

/* nodename=ROOT.CHILD says which dataset is meant; it is no field of events. */
static bool is_nodename(const struct node *node)
{
    return node->kind == NODE_COMPARE && node->kid[0]->kind == NODE_FIELD && str_is_nocase(node->kid[0]->text, "nodename") &&
           str_is(node->text, "=") && node->kid[1]->kind == NODE_TERM;
}

static status check_field(struct binder *binder, const struct node *field)
{
    if (!memchr(field->text.at, '*', field->text.size))
        return OK;
    return diag_at(binder->diag, FAIL_QUERY, field->span, "bad-field", "no wildcards in the fields of WHERE: '%.*s'",
                   SHOW(field->text));
}

/* mstats compares dimensions as they are written, and looks for no words. Depth is limited by the parser. */
static status take_dimensions(struct binder *binder, const struct node *node, bool compared, struct node **out)
{
    struct node *made = ARENA_NEW(binder->arena, struct node);

    TRY_NEW(*out = made);
    *made = *node;
    if (node->kind == NODE_TERM && (node->flags & (NODE_CASED | NODE_WHOLE)))
        return diag_at(binder->diag, FAIL_QUERY, node->span, "bad-argument", "no %s() in the WHERE of 'mstats'",
                       node->flags & NODE_CASED ? "CASE" : "TERM");
    if (node->kind == NODE_TERM && !compared)
        return diag_at(binder->diag, FAIL_QUERY, node->span, "bad-argument",
                       "'mstats' has no words to look for: WHERE compares dimensions, as in host=web*");
    if (node->kind == NODE_TERM)
        made->flags |= NODE_CASED;
    if (node->kind == NODE_FIELD)
        return check_field(binder, node);
    if (node->count)
        TRY_NEW(made->kid = ARENA_ARRAY(binder->arena, struct node *, node->count));
    for (uint32_t i = 0; i < node->count; i++)
        TRY(take_dimensions(binder, node->kid[i], node->kind == NODE_COMPARE || node->kind == NODE_IN, &made->kid[i]));
    return OK;
}

/* The names of fields are those of the data model. Depth is limited by the parser. */
static status take_names(struct binder *binder, struct indexed_bound *bound, const struct node *node, str *dataset,
                         struct node **out)
{
    struct node *made = ARENA_NEW(binder->arena, struct node);

    TRY_NEW(*out = made);
    *made = *node;
    if (bound->datasets.has_model && is_nodename(node)) {
        *dataset = node->kid[1]->text;
        made->kind = NODE_EVERYTHING;
        made->count = 0;
        return OK;
    }
    if (node->kind == NODE_FIELD)
        TRY(check_field(binder, node));
    if (node->kind == NODE_FIELD)
        return datasets_add(binder, &bound->datasets, node->text, node->span, &made->text);
    if (node->count)
        TRY_NEW(made->kid = ARENA_ARRAY(binder->arena, struct node *, node->count));
    for (uint32_t i = 0; i < node->count; i++)
        TRY(take_names(binder, bound, node->kid[i], dataset, &made->kid[i]));
    return OK;
}

/* The events of the data model's dataset, if somebody knows: a search over their own fields. */
static status select_dataset(struct binder *binder, const struct indexed_words *words, str dataset, struct node **where)
{
    size_t       dot = str_find(words->model, STR("."), 0);
    str          model = dot == SIZE_MAX ? words->model : str_slice(words->model, 0, dot), text;
    struct node *search, *both;

    if (!binder->models || !words->model.size)
        return OK;
    if (!dataset.size && dot != SIZE_MAX)
        dataset = str_slice(words->model, dot + 1, words->model.size);
    if (!binder->models->find(binder->models->host, model, dataset, &text))
        return diag_at(binder->diag, FAIL_QUERY, words->model_at, "bad-argument", "there is no data model '%.*s'",
                       SHOW(words->model));
    TRY(parse_search(binder->arena, NULL, (struct passage){ text, words->model_at, true }, &search));
    if (!*where) {
        *where = search;
        return OK;
    }
    TRY_NEW(both = ARENA_NEW(binder->arena, struct node));
    TRY_NEW(both->kid = ARENA_ARRAY(binder->arena, struct node *, 2));
    *both = (struct node){ .kind = NODE_BINARY, .text = STR("and"), .count = 2, .kid = both->kid, .span = words->model_at,
                           .inner = words->model_at };
    both->kid[0] = search;
    both->kid[1] = *where;
    both->depth = (uint16_t)(1 + (search->depth > (*where)->depth ? search->depth : (*where)->depth));
    *where = both;
    return OK;
}

static status bind_where(struct binder *binder, const struct indexed_words *words, struct indexed_bound *bound)
{
    struct node *where = NULL;
    str          dataset = STR("");

    if (words->where && bound->metrics)
        TRY(take_dimensions(binder, words->where, false, &where));
    else if (words->where)
        TRY(take_names(binder, bound, words->where, &dataset, &where));
    TRY(select_dataset(binder, words, dataset, &where));
    return where ? program_search(&binder->compile, where, &bound->where) : OK;
}

/* --- compile time: the rest ----------------------------------------------------------------------------- */

/* Of every so many seconds the first ones: bins start where these do. */
static status bind_every(struct binder *binder, const struct indexed_words *words, struct indexed_bound *bound)
{
    struct time_span every;

    if (time_span_parse(words->every, &every) != OK || !bound->has_span ||
        time_span_seconds(&every) <= time_span_seconds(&bound->span))
        return diag_at(binder->diag, FAIL_QUERY, words->every_at, "bad-span",
                       "'every' wants a span that is longer than 'span'");
    bound->every = time_span_seconds(&every);
    return OK;
}

static status bind_span(struct binder *binder, const struct indexed_words *words, struct indexed_bound *bound)
{
    if (words->has_span && !str_is_nocase(words->span, "auto")) {
        bound->has_span = true;
        if (time_span_parse(words->span, &bound->span) != OK)
            return diag_at(binder->diag, FAIL_QUERY, words->span_at, "bad-span", "'%.*s' is no span of time",
                           SHOW(words->span));
        if (!bound->metrics && time_span_seconds(&bound->span) < 1)
            return diag_at(binder->diag, FAIL_QUERY, words->span_at, "bad-span", "'%.*s': a span of a second at least",
                           SHOW(words->span));
    }
    return words->has_every ? bind_every(binder, words, bound) : OK;
}

/* It adds its results to those that come in, of the same events: whoever reads them gives them to this one as well. */
static status bind_append(struct binder *binder, struct stage *stage, const struct indexed_words *words,
                          struct indexed_bound *bound)
{
    struct stage *source = binder->source;

    if (!words->append)
        return OK;
    if (!bound->grouped.emits)
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "bad-argument", "append=t wants prestats=t");
    if (binder->previous && !source && binder->plan && binder->plan->texts) {
        stage->traits &= ~(uint32_t)TRAIT_SOURCE;       /* nobody knows yet: it is bound again when the texts are there */
        return OK;
    }
    if (binder->previous && !source)
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "bad-argument",
                       "append=t wants a pipeline that begins with tstats or mstats: only they share their events");
    if (!source)
        return OK;
    bound->append = ((struct indexed_bound *)source->bound)->feeds = true;
    source->traits &= ~(uint32_t)(TRAIT_MERGEABLE | TRAIT_SPLITS);
    stage->traits &= ~(uint32_t)(TRAIT_SOURCE | TRAIT_MERGEABLE | TRAIT_SPLITS);
    return OK;
}

status indexed_bind(struct binder *binder, struct stage *stage, const struct indexed_words *words,
                    struct indexed_bound *bound)
{
    for (uint32_t i = 0; i < bound->grouped.measures.bys; i++)
        if (str_is(bound->grouped.measures.by[i], "_time")) {
            bound->by_time = true;
            bound->time_key = i;
        }
    bound->has_fill = words->has_fill;
    bound->fill = words->fill;
    TRY(bind_span(binder, words, bound));
    /* Parts do not know each other's range of times, so their bins need not fit. */
    if (bound->by_time && !bound->has_span)
        stage->traits &= ~(uint32_t)(TRAIT_SPLITS | TRAIT_MERGEABLE);
    bound->grouped.rekeys = bound->by_time && !bound->has_span;
    TRY(bind_append(binder, stage, words, bound));
    if (!binder->previous)
        binder->source = stage;
    return bind_where(binder, words, bound);
}

void indexed_drop(struct stage *stage)
{
    struct indexed_bound *bound = stage->bound;

    measures_drop(&bound->grouped.measures);
    program_drop(bound->where);
}

static status add_needs(const struct indexed_bound *bound, struct wanted *wanted)
{
    for (uint32_t i = 0; i < bound->grouped.measures.bys; i++)
        TRY(wanted_add(wanted, bound->grouped.measures.by[i]));
    TRY(datasets_needs(&bound->datasets, wanted));
    if (bound->where)
        TRY(wants_program(wanted, bound->where));
    if (!bound->metrics)
        return measures_needs(&bound->grouped.measures, wanted);
    if (bound->by_series)
        return wanted_everything(wanted);
    TRY(wanted_add(wanted, STR("_time")));
    TRY(wanted_add(wanted, STR("metric_name")));
    TRY(wanted_add(wanted, STR("_value")));
    return wanted_add_pattern(wanted, STR("metric_name:*"));
}

/* Does it get events from the source of its pipeline? */
static bool is_fed(const struct stage *stage)
{
    return (stage->command->traits & TRAIT_SOURCE) && ((const struct indexed_bound *)stage->bound)->append;
}

status indexed_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct indexed_bound *bound = stage->bound;

    if (bound->append)                          /* rows that come in pass as they are */
        return OK;
    wanted_clear(wanted);
    TRY(add_needs(bound, wanted));
    for (stage = bound->feeds ? stage->next : NULL; stage; stage = stage->next)
        if (is_fed(stage))
            TRY(add_needs(stage->bound, wanted));
    return OK;
}

status indexed_gives(const struct stage *stage, struct wanted *columns)
{
    const struct indexed_bound *bound = stage->bound;

    if (bound->grouped.emits || bound->append)
        return wanted_everything(columns);
    wanted_clear(columns);
    for (uint32_t i = 0; i < bound->grouped.measures.bys; i++)
        TRY(wanted_add(columns, bound->grouped.measures.by[i]));
    return measures_give(&bound->grouped.measures, columns);
}

/* --- run time ------------------------------------------------------------------------------------------- */

struct indexed {
    struct op                   op;
    const struct indexed_bound *bound;
    struct grouped              grouped;
    struct machine             *machine;
    struct timeline             timeline;
    struct column             **key;
    struct points               points;
};

static status coarsen(void *host, const struct group_table *from, uint32_t group, struct cell *key)
{
    struct indexed *indexed = host;
    double          start;

    for (uint32_t i = 0; i < from->shape.keys; i++) {
        key[i] = groups_cell(&from->groups, group, i);
        if (i == indexed->bound->time_key && cell_reads_number(&key[i], &start))
            key[i] = cell_number(timeline_start(&indexed->timeline, &indexed->timeline.fine, start));
    }
    return OK;
}

/* The start of the time's bin, if it is one that counts. Every so many seconds: counted from 1970. */
static bool find_bin(struct indexed *indexed, double time, double *bin)
{
    double every = indexed->bound->every;

    if (!isfinite(time))
        return false;
    *bin = every > 0 ? floor(time / every) * every : timeline_bin(&indexed->timeline, time);
    return every == 0 || time - *bin < time_span_seconds(&indexed->bound->span);
}

static status bin_times(struct indexed *indexed, struct batch *in, struct column **out)
{
    struct arena *arena = &indexed->op.step;
    const double *time;
    double        low = INFINITY, high = -INFINITY;
    double        most = (double)context_limit(indexed->op.context, LIMIT_BINS_METRICS);

    TRY(batch_decode(in, batch_column(in, indexed->grouped.time)));
    TRY(feed_read_numbers(in, batch_column(in, indexed->grouped.time), arena, &time));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        double at = time[batch_row(in, i)];
        low = isfinite(at) && at < low ? at : low;
        high = isfinite(at) && at > high ? at : high;
    }
    if (low <= high && timeline_widen(&indexed->timeline, low, high))
        TRY(grouped_rekey(&indexed->grouped, coarsen, indexed, true));
    if (indexed->bound->metrics && indexed->bound->has_span && indexed->timeline.seen &&
        (indexed->timeline.to - indexed->timeline.from) / time_span_seconds(&indexed->bound->span) > most)
        return op_fail(&indexed->op, FAIL_LIMIT, "limit-table", "the span gives more than %.0f bins", most);
    TRY_NEW(*out = column_number(arena, in->size));
    TRY_NEW((*out)->null = ARENA_ARRAY(arena, uint8_t, in->size + 1));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        uint32_t row = batch_row(in, i);
        (*out)->number[row] = 0;
        (*out)->null[row] = !find_bin(indexed, time[row], &(*out)->number[row]);
    }
    return OK;
}

/* A field without a value has that of fillnull_value. */
static status fill_key(struct indexed *indexed, struct batch *in, const struct name *name, struct column **out)
{
    struct arena  *arena = &indexed->op.step;
    struct column *column = batch_column(in, name);

    TRY(batch_decode(in, column));
    TRY(column_to_cells(column, &in->rows, in->size, arena, out));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        struct cell *cell = &(*out)->cell[batch_row(in, i)];
        if (cell->kind == KIND_NULL)
            *cell = cell_field_text(indexed->bound->fill);
    }
    (*out)->kinds = KINDS_ANY;
    return OK;
}

static status make_keys(struct indexed *indexed, struct batch *in)
{
    const struct indexed_bound *bound = indexed->bound;

    for (uint32_t i = 0; i < indexed->grouped.bys; i++) {
        indexed->key[i] = NULL;
        if (bound->by_time && i == bound->time_key)
            TRY(bin_times(indexed, in, &indexed->key[i]));
        else if (bound->has_fill)
            TRY(fill_key(indexed, in, indexed->grouped.by[i], &indexed->key[i]));
    }
    return OK;
}

static status count_events(struct indexed *indexed, struct batch *in)
{
    TRY(datasets_fill(&indexed->bound->datasets, indexed->op.context->names, in));
    if (indexed->machine) {
        struct rows rows;
        TRY(machine_filter(indexed->machine, in, &in->arena, &rows));
        in->rows = rows;
    }
    if (indexed->bound->metrics && in->rows.count)
        TRY(points_name(&indexed->points, in));
    if (in->rows.count == 0)
        return OK;
    TRY(make_keys(indexed, in));
    return grouped_push(&indexed->grouped, in, indexed->key);
}

static status count_rows(struct indexed *indexed, struct batch *in, const struct rows *rows)
{
    struct batch *events = NULL;
    status        s;

    if (rows->count == 0)
        return OK;
    if (indexed->bound->metrics) {
        TRY(points_take(&indexed->points, in, rows, &events));
    } else {
        TRY_NEW(events = batch_derive(in));
        events->rows = *rows;
    }
    s = events->rows.count ? count_events(indexed, events) : OK;
    batch_release(events);
    return s;
}

static const struct op_kind indexed_kind;

/* The others of the pipeline that look at the same events. */
static status feed_others(struct op *op, struct batch *in, const struct rows *rows)
{
    for (op = op->next; op; op = op->next) {
        if (op->kind != &indexed_kind || !container_of(op, struct indexed, op)->bound->append)
            continue;
        TRY(count_rows(container_of(op, struct indexed, op), in, rows));
        arena_reset(&op->step);
    }
    return OK;
}

static status indexed_push(struct op *op, struct batch *in)
{
    struct indexed *indexed = container_of(op, struct indexed, op);
    struct rows     plain = in->rows, partial = { 0 };

    if (indexed->bound->append) {
        batch_retain(in);
        return op_emit(op, in);
    }
    if (indexed->grouped.meets)
        TRY(partial_rows(&indexed->grouped.partial, in, &op->step, &plain, &partial));
    if (partial.count)
        TRY(grouped_push_partials(&indexed->grouped, in, &partial));
    if (indexed->bound->feeds)
        TRY(feed_others(op, in, &plain));
    return count_rows(indexed, in, &plain);
}

static status indexed_merge(struct op *op, struct op *from)
{
    return grouped_merge(&container_of(op, struct indexed, op)->grouped,
                         &container_of(from, struct indexed, op)->grouped);
}

static status indexed_finish(struct op *op)
{
    struct indexed  *indexed = container_of(op, struct indexed, op);
    struct timeline *timeline = &indexed->timeline;

    if (indexed->bound->by_time && timeline->seen && !indexed->grouped.results.op &&
        (!timeline_is_fine(timeline) || (group_table_is_aside(indexed->grouped.table) && !timeline->fixed))) {
        timeline->fine = timeline->shown;
        TRY(grouped_rekey(&indexed->grouped, coarsen, indexed, false));
    }
    return grouped_finish(&indexed->grouped);
}

static void indexed_close(struct op *op)
{
    struct indexed *indexed = container_of(op, struct indexed, op);

    machine_free(indexed->machine);
    grouped_close(&indexed->grouped);
}

static const struct op_kind indexed_kind = {
    .name = "indexed", .push = indexed_push, .finish = indexed_finish, .merge = indexed_merge, .close = indexed_close,
    .spills = true,
};

static status setup(struct indexed *indexed)
{
    const struct indexed_bound *bound = indexed->bound;
    struct op                  *op = &indexed->op;
    struct context             *context = op->context;
    struct time_span            span = bound->span;
    uint32_t                    bins = (uint32_t)context_limit(context, LIMIT_BINS_TIME);

    TRY(grouped_open(&indexed->grouped, op, &bound->grouped));
    TRY_NEW(indexed->key = ARENA_ARRAY(&op->arena, struct column *, indexed->grouped.bys + 1));
    if (bound->metrics)
        TRY(points_open(&indexed->points, bound->by_value, &bound->grouped.measures, context, &op->arena));
    indexed->points.by_series = bound->by_series;
    timeline_init(&indexed->timeline, context, bins);
    if (!bound->has_span && isfinite(context->earliest) && isfinite(context->latest) && context->earliest < context->latest)
        time_span_choose(context->earliest, context->latest, bins, NULL, &span);
    if (bound->has_span || span.count)
        timeline_fix(&indexed->timeline, &span);
    return bound->where ? machine_new(bound->where, context, &indexed->machine) : OK;
}

status indexed_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct indexed *indexed;

    TRY(op_new(&indexed_kind, sizeof *indexed, stage, run, out));
    indexed = container_of(*out, struct indexed, op);
    indexed->bound = stage->bound;
    return setup(indexed);
}
