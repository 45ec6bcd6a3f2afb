/* appendcols [override=] [maxout=] [subsearch]: the fields of the first row of a subsearch go into the first row that comes
 * in, those of the second into the second, and so on (commands 5).
 *
 * Internal fields of the subsearch stay out. A value that is there stays, unless override says otherwise. Rows of the
 * subsearch that are left over come behind as rows of their own. */
#include "command/overlay.h"
#include "rows/send.h"
#include "flow/inner.h"
#include "plan/subsearch.h"

enum { OVERRIDE, MAXOUT, MAXTIME, TIMEOUT, PREVIEW, SUBSEARCH };

static const struct param appendcols_params[] = {
    [OVERRIDE] = { "override", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "values of the subsearch win" },
    [MAXOUT] = { "maxout", PARAM_COUNT, PLACE_NAMED, .limit = LIMIT_APPEND, .help = "most rows of the subsearch; 0: all" },
    [MAXTIME] = { "maxtime", PARAM_COUNT, PLACE_NAMED, .help = "read and not needed: the time limit of the search holds" },
    [TIMEOUT] = { "timeout", PARAM_COUNT, PLACE_NAMED, .help = "read and not needed, as maxtime" },
    [PREVIEW] = { "run_in_preview", PARAM_BOOL, PLACE_NAMED, .help = "read and not needed: there are no previews" },
    [SUBSEARCH] = { "subsearch", PARAM_SUBSEARCH, PLACE_NAMED, .required = true, .help = "[ a search ]" },
    { 0 }
};

struct appendcols_bound {
    struct subsearch *subsearch;
};

struct appendcols {
    struct op          op;
    struct inner_rows *rows;
    struct overlay     overlay;
    struct batch      *batch;           /* of these rows; NULL: they are to be asked for */
    uint32_t           used;            /* so many of it have been laid */
    bool               over;            /* there are no more */
    uint64_t           ordinal;         /* behind the last row */
    uint32_t           segment;
};

static status appendcols_bind(struct binder *binder, struct stage *stage)
{
    struct appendcols_bound *bound = stage->bound;

    TRY(subsearch_bind(binder, stage, SUBSEARCH_ROWS, stage_argument(stage, SUBSEARCH), &bound->subsearch));
    bound->subsearch->narrows = true;
    bound->subsearch->most = (uint64_t)stage_argument(stage, MAXOUT)->number;
    return OK;
}

/* Makes sure that there is a row to lay, unless it is over. */
static status fetch(struct appendcols *appendcols, uint32_t most)
{
    status s;

    if (appendcols->batch && appendcols->used < appendcols->batch->size)
        return OK;
    batch_release(appendcols->batch);
    appendcols->batch = NULL;
    appendcols->used = 0;
    if (appendcols->over)
        return OK;
    s = inner_rows_next(appendcols->rows, most, &appendcols->batch);
    appendcols->over = s == DONE;
    if (s != OK)
        return s == DONE ? OK : s;
    for (uint32_t f = 0; f < appendcols->batch->fields; f++)
        TRY(batch_decode(appendcols->batch, appendcols->batch->field[f].column));
    return OK;
}

/* The rows of the subsearch come in as many at a time as there are rows here, where their number of columns permits. */
static status lay(struct appendcols *appendcols, struct batch *out)
{
    uint32_t              rows = batch_rows(out), done = 0;
    uint32_t             *row = ARENA_ARRAY(&appendcols->op.step, uint32_t, rows + (size_t)1);
    struct overlay_place *place = ARENA_ARRAY(&appendcols->op.step, struct overlay_place, rows + (size_t)1);

    TRY_NEW(row && place ? row : NULL);
    do {
        uint32_t some;

        TRY(fetch(appendcols, rows - done));
        if (!appendcols->batch)
            break;
        some = appendcols->batch->size - appendcols->used;
        some = some < rows - done ? some : rows - done;
        for (uint32_t i = 0; i < rows; i++)
            row[i] = i >= done && i < done + some ? i : OVERLAY_NONE;
        for (uint32_t i = 0; i < some; i++)
            place[done + i] = (struct overlay_place){ appendcols->batch, appendcols->used + i };
        TRY(overlay_rows(&appendcols->overlay, out, &(struct overlay_source){ .place = place }, row));
        appendcols->used += some;
        done += some;
    } while (done < rows);
    return OK;
}

static status appendcols_push(struct op *op, struct batch *in)
{
    struct appendcols *appendcols = container_of(op, struct appendcols, op);
    struct batch      *out = batch_derive(in);
    status             result = out ? lay(appendcols, out) : FAIL_MEMORY;

    appendcols->ordinal = batch_end(in);
    appendcols->segment = in->segment;
    return op_emit_if(op, result, out);
}

/* A row that is left over has the same columns in the same places. */
static status emit_left(struct appendcols *appendcols)
{
    const struct overlay *overlay = &appendcols->overlay;
    struct batch         *from = appendcols->batch;
    struct batch         *out = batch_slice(from, appendcols->used, from->size - appendcols->used);
    status                result = OK;

    TRY_NEW(out);
    batch_clear_fields(out);
    for (uint32_t c = 0; c < overlay->layout->count && result == OK; c++)
        if (overlay->name[c])
            result = batch_append(out, overlay->name[c], from->field[c].column,
                                  rank_at(appendcols->op.stage->rank, c));
    out->ordinal = appendcols->ordinal - appendcols->used;
    out->segment = appendcols->segment;
    appendcols->ordinal += from->size - appendcols->used;
    appendcols->used = from->size;
    return op_emit_if(&appendcols->op, result, out);
}

static status appendcols_finish(struct op *op)
{
    struct appendcols *appendcols = container_of(op, struct appendcols, op);

    for (;;) {
        TRY(fetch(appendcols, send_most(op)));
        if (!appendcols->batch)
            return OK;
        TRY(emit_left(appendcols));
        if (op_rests(op))
            return AGAIN;
    }
}

static void appendcols_close(struct op *op)
{
    batch_release(container_of(op, struct appendcols, op)->batch);
}

static const struct op_kind appendcols_kind = {
    "appendcols", .push = appendcols_push, .finish = appendcols_finish, .close = appendcols_close,
};

static status appendcols_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct appendcols_bound *bound = stage->bound;
    struct appendcols             *appendcols;
    struct overlay                *overlay;

    TRY(op_new(&appendcols_kind, sizeof *appendcols, stage, run, out));
    appendcols = container_of(*out, struct appendcols, op);
    appendcols->rows = inner_rows(run, bound->subsearch);
    TRY(inner_rows_open(appendcols->rows, (*out)->context->diag));
    overlay = &appendcols->overlay;
    *overlay = (struct overlay){ .op = *out, .layout = &appendcols->rows->store.layout, .copies = true,
                                 .overwrites = stage_argument(stage, OVERRIDE)->truth };
    TRY(overlay_name(overlay));
    for (uint32_t c = 0; c < overlay->layout->count; c++)
        if (name_is_internal(overlay->layout->column[c].name))
            overlay->name[c] = NULL;
    return OK;
}

const struct command command_appendcols = {
    .name = "appendcols", .usage = "appendcols [override=<bool>] [maxout=<count>] [<subsearch>]",
    .summary = "Beside the rows the fields of those of a subsearch, first by first",
    .params = appendcols_params, .bound_size = sizeof(struct appendcols_bound),
    .bind = appendcols_bind, .open = appendcols_open,
    .example = { "table n | appendcols [search n>1 | eval m=n*10 | table m]", "{\"n\":1}\n{\"n\":2}\n{\"n\":3}",
                 "{\"n\":1,\"m\":20}\n{\"n\":2,\"m\":30}\n{\"n\":3}" },
};
