/* anomalies [threshold=] [labelonly=] [normalize=] [maxvalues=] [field=] [denylist=] [denylistthreshold=] [by <fields>]: how
 * unexpected each event is after those before it (commands 6).
 *
 * The score is Splunk's, (s(P and X) - s(P)) / (s(P) + s(X)), where X is the event and P the latest ones before it. Splunk
 * does not say what s measures; here it is the number of different terms, so that the score is the share of terms that the
 * event brings (command/term_window.h). Events that resemble one of the denylist, by the share of terms that they have in
 * common of those that either has, are expected. Rows without the field, or without one of the BY fields, have no score. */
#include "catalog/lookup.h"
#include "command/row_keys.h"
#include "command/term_window.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "rows/send.h"

enum { THRESHOLD, LABELONLY, NORMALIZE, MAXVALUES, FIELD, DENYLIST, DENYLISTTHRESHOLD, BY };

static const struct param anomalies_params[] = {
    [THRESHOLD] = { "threshold", PARAM_NUMBER, PLACE_NAMED, .preset = "0.01", .least = 0, .most = 1,
                    .help = "events with a higher score are unexpected" },
    [LABELONLY] = { "labelonly", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "all events, not only unexpected ones" },
    [NORMALIZE] = { "normalize", PARAM_BOOL, PLACE_NAMED, .preset = "t", .help = "numbers count as the same" },
    [MAXVALUES] = { "maxvalues", PARAM_COUNT, PLACE_NAMED, .preset = "100", .least = 1, .most = 10000,
                    .help = "so many events before it count" },
    [FIELD] = { "field", PARAM_FIELD, PLACE_NAMED, .preset = "_raw", .help = "what is looked at" },
    [DENYLIST] = { "denylist", PARAM_TABLE, PLACE_NAMED, .aliases = { "blacklist" },
                   .help = "a lookup table with events that are expected, in a column of that name" },
    [DENYLISTTHRESHOLD] = { "denylistthreshold", PARAM_NUMBER, PLACE_NAMED, .preset = "0.05", .least = 0, .most = 1,
                            .aliases = { "blacklistthreshold" }, .help = "so alike are events that count as one of them" },
    [BY] = { "by", PARAM_BY, PLACE_KEYWORD, .help = "each of their values by itself" },
    { 0 }
};

struct anomalies_bound {
    struct lookup *denylist;            /* NULL: none */
    uint32_t       column;
};

struct anomalies {
    struct op           op;
    const struct name  *field, *score, **by;
    struct row_keys     keys;
    struct term_window *window;         /* by group */
    uint32_t            windows;
    struct term_set     terms;          /* of the event at hand */
    struct term_set    *denied;
    uint32_t            denials, denial_room;
    bool                read;           /* they have been */
};

/* --- compiling ----------------------------------------------------------------------------------------------------- */

static status anomalies_bind(struct binder *binder, struct stage *stage)
{
    const struct argument  *list = stage_argument(stage, DENYLIST);
    struct anomalies_bound *bound = stage->bound;

    if (!list->given)
        return OK;
    TRY(lookup_find(binder->compile.context, list->text, list->span, binder->diag, &bound->denylist));
    if (bound->denylist->missing) {
        bound->denylist = NULL;         /* which was told */
        return OK;
    }
    if (!bound->denylist->kind->rows)
        return diag_at(binder->diag, FAIL_QUERY, list->span, "bad-argument",
                       "the rows of lookup table '%.*s' cannot be listed", SHOW(list->text));
    return lookup_column(bound->denylist, stage_argument(stage, FIELD)->text, list->span, binder->diag, &bound->column);
}

static status anomalies_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct argument *by = stage_argument(stage, BY);

    for (uint32_t i = 0; i < by->count; i++)
        TRY(wanted_add(wanted, by->names[i]));
    return wanted_add(wanted, stage_argument(stage, FIELD)->text);
}

static status anomalies_gives(const struct stage *stage, struct wanted *columns)
{
    (void)stage;
    return wanted_add(columns, STR("unexpectedness"));
}

/* --- the denylist -------------------------------------------------------------------------------------------------- */

static status deny(struct anomalies *anomalies, const struct cell *value)
{
    struct heap *heap = anomalies->op.context->heap;

    if (value->kind == KIND_NULL)
        return OK;
    if (!heap_grow_zero(heap, &anomalies->denied, &anomalies->denial_room, anomalies->denials + 1,
                        sizeof *anomalies->denied))
        return FAIL_MEMORY;
    return term_set_read(&anomalies->denied[anomalies->denials++], heap, value,
                         stage_argument(anomalies->op.stage, NORMALIZE)->truth);
}

static status read_denylist(struct anomalies *anomalies)
{
    const struct anomalies_bound *bound = anomalies->op.stage->bound;
    struct column               **column;
    uint64_t                      from = 0;
    uint32_t                      got = 1;

    anomalies->read = true;
    if (!bound->denylist)
        return OK;
    for (; got; from += got) {
        arena_reset(&anomalies->op.step);
        TRY_NEW(column = ARENA_ARRAY(&anomalies->op.step, struct column *, bound->denylist->columns));
        TRY(bound->denylist->kind->rows(bound->denylist, from, 4096, anomalies->op.context, &anomalies->op.step, column,
                                        &got));
        for (uint32_t row = 0; row < got; row++) {
            struct cell cell = column_cell(column[bound->column], row);
            TRY(deny(anomalies, &cell));
        }
    }
    arena_reset(&anomalies->op.step);
    return OK;
}

static bool is_denied(const struct anomalies *anomalies)
{
    const struct term_set *terms = &anomalies->terms;

    for (uint32_t i = 0; i < anomalies->denials; i++) {
        uint32_t shared = term_set_shared(terms, &anomalies->denied[i]);
        uint32_t either = terms->count + anomalies->denied[i].count - shared;
        if (either == 0 || (double)shared / either > stage_argument(anomalies->op.stage, DENYLISTTHRESHOLD)->number)
            return true;
    }
    return false;
}

/* --- events -------------------------------------------------------------------------------------------------------- */

static status score_event(struct anomalies *anomalies, const struct cell *value, uint32_t group, double *out)
{
    struct heap        *heap = anomalies->op.context->heap;
    struct term_window *window;
    double              all;

    if (!heap_grow_zero(heap, &anomalies->window, &anomalies->windows, group + 1, sizeof *anomalies->window))
        return FAIL_MEMORY;
    window = &anomalies->window[group];
    window->heap = heap;
    window->most = (uint32_t)stage_argument(anomalies->op.stage, MAXVALUES)->number;
    TRY(term_set_read(&anomalies->terms, heap, value, stage_argument(anomalies->op.stage, NORMALIZE)->truth));
    all = (double)window->terms + anomalies->terms.count;
    *out = all > 0 && !is_denied(anomalies) ? term_window_missing(window, &anomalies->terms) / all : 0;
    return term_window_add(window, &anomalies->terms);
}

static status score_rows(struct anomalies *anomalies, struct batch *out)
{
    double         threshold = stage_argument(anomalies->op.stage, THRESHOLD)->number;
    bool           all = stage_argument(anomalies->op.stage, LABELONLY)->truth;
    struct column *column = batch_column(out, anomalies->field), *scores;
    uint32_t      *group = NULL, *row = ARENA_ARRAY(&out->arena, uint32_t, batch_rows(out) + (size_t)1), count = 0;

    TRY_NEW(row);
    TRY(batch_decode(out, column));
    TRY(batch_decode(out, batch_column(out, anomalies->score)));
    TRY(column_to_cells(batch_column(out, anomalies->score), &out->rows, out->size, &out->arena, &scores));
    if (anomalies->by)
        TRY(row_keys_groups(&anomalies->keys, out, &anomalies->op.step, &group));
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        uint32_t    at = batch_row(out, i), number = group ? group[i] : 0;
        struct cell value = column ? column_settled(column, at) : cell_null();
        double      score = -1;

        if (i % 64 == 0)
            TRY(run_check(anomalies->op.run));
        if (value.kind != KIND_NULL && number != GROUP_NONE) {
            TRY(score_event(anomalies, &value, number, &score));
            scores->cell[at] = cell_number(score);
        }
        if (all || score > threshold)
            row[count++] = at;
    }
    out->rows = (struct rows){ count, row };
    return send_column(&anomalies->op, out, anomalies->score, scores, 0);
}

static status anomalies_push(struct op *op, struct batch *in)
{
    struct anomalies *anomalies = container_of(op, struct anomalies, op);
    struct batch     *out;
    status            result;

    if (!anomalies->read)
        TRY(read_denylist(anomalies));
    TRY_NEW(out = batch_derive(in));
    result = score_rows(anomalies, out);
    return op_emit_if(op, result, out);
}

static void anomalies_close(struct op *op)
{
    struct anomalies *anomalies = container_of(op, struct anomalies, op);
    struct heap      *heap = op->context->heap;

    for (uint32_t i = 0; i < anomalies->windows; i++)
        term_window_free(&anomalies->window[i]);
    heap_free(heap, anomalies->window, anomalies->windows * sizeof *anomalies->window);
    for (uint32_t i = 0; i < anomalies->denials; i++)
        term_set_free(&anomalies->denied[i], heap);
    heap_free(heap, anomalies->denied, anomalies->denial_room * sizeof *anomalies->denied);
    term_set_free(&anomalies->terms, heap);
    if (anomalies->by)
        row_keys_free(&anomalies->keys);
}

static const struct op_kind anomalies_kind = { "anomalies", .push = anomalies_push, .close = anomalies_close };

static status anomalies_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct argument *by = stage_argument(stage, BY);
    const struct name    **name;
    struct anomalies      *anomalies;

    TRY(op_new(&anomalies_kind, sizeof *anomalies, stage, run, out));
    anomalies = container_of(*out, struct anomalies, op);
    TRY_NEW(anomalies->field = names_intern(run->names, stage_argument(stage, FIELD)->text));
    TRY_NEW(anomalies->score = names_intern(run->names, STR("unexpectedness")));
    if (by->count == 0)
        return OK;
    TRY_NEW(name = ARENA_ARRAY(&(*out)->arena, const struct name *, by->count));
    for (uint32_t i = 0; i < by->count; i++)
        TRY_NEW(name[i] = names_intern(run->names, by->names[i]));
    TRY(row_keys_init(&anomalies->keys, (*out)->context->heap, name, by->count));
    anomalies->by = name;
    return OK;
}

const struct command command_anomalies = {
    .name = "anomalies",
    .usage = "anomalies [threshold=<0..1>] [labelonly=<bool>] [normalize=<bool>] [maxvalues=<count>] [field=<field>] "
             "[denylist=<table>] [denylistthreshold=<0..1>] [by <fields>]",
    .summary = "Events that are unexpected after those before them, with a score",
    .keeps = "the terms of the latest events of each group, and those of the denylist",
    .params = anomalies_params, .bound_size = sizeof(struct anomalies_bound), .bind = anomalies_bind,
    .needs = anomalies_needs, .gives = anomalies_gives, .open = anomalies_open,
    .example = { "anomalies field=x | table x unexpectedness",
                 "{\"x\":\"user a in\"}\n{\"x\":\"user a in\"}\n{\"x\":\"user b in\"}\n{\"x\":\"in b\"}",
                 "{\"x\":\"user a in\",\"unexpectedness\":1}\n"
                 "{\"x\":\"user b in\",\"unexpectedness\":0.16666666666666666}" },
};
