/* cluster [t=] [delims=] [match=] [field=] [labelonly=] [labelfield=] [showcount=] [countfield=]: events that are alike get
 * the number of their cluster (commands 6).
 *
 * Splunk names the three ways to match and not the measures, nor the algorithm; those of command/clusters.h are ours. The
 * first event of each cluster goes out when it comes, with labelonly all rows do; they wait where their number is wanted. */
#include "command/clusters.h"
#include "plan/bind.h"
#include "rows/sorted_rows.h"

enum { T, DELIMS, SHOWCOUNT, COUNTFIELD, LABELFIELD, FIELD, LABELONLY, MATCH };

static const struct param cluster_params[] = {
    [T] = { "t", PARAM_NUMBER, PLACE_NAMED, .preset = "0.8", .least = 0, .most = 1,
            .help = "how alike the events of a cluster are, between 0 and 1" },
    [DELIMS] = { "delims", PARAM_TEXT, PLACE_NAMED,
                 .help = "characters between terms; by default all but letters, digits and _" },
    [SHOWCOUNT] = { "showcount", PARAM_BOOL, PLACE_NAMED, .preset = "f",
                    .help = "with the number of events of the cluster" },
    [COUNTFIELD] = { "countfield", PARAM_FIELD, PLACE_NAMED, .preset = "cluster_count", .help = "where it goes" },
    [LABELFIELD] = { "labelfield", PARAM_FIELD, PLACE_NAMED, .preset = "cluster_label", .help = "where the cluster goes" },
    [FIELD] = { "field", PARAM_FIELD, PLACE_NAMED, .preset = "_raw", .help = "what is compared" },
    [LABELONLY] = { "labelonly", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "all events, not one of each cluster" },
    [MATCH] = { "match", PARAM_WORD, PLACE_NAMED, .preset = "termlist", .choices = "termlist|termset|ngramset",
                .help = "compare terms in their places, terms, or runs of three characters" },
    { 0 }
};

enum { CHECK_WORK = 1 << 14 };

struct cluster {
    struct op           op;
    const struct name  *field, *label, *count;
    bool                all;                /* labelonly */
    bool                counts;
    struct clusters     clusters;
    uint64_t           *size;               /* by cluster: events */
    uint32_t            sizes;
    uint64_t            checked;            /* work until then */
    struct sorted_rows  rows;
};

static status cluster_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *t = stage_argument(stage, T);

    if (t->number <= 0 || t->number >= 1)
        return diag_at(binder->diag, FAIL_QUERY, t->span, "bad-argument", "'t' must be above 0 and below 1");
    return OK;
}

/* --- rows come ----------------------------------------------------------------------------------------------------- */

static status place_row(struct cluster *cluster, const struct cell *value, uint32_t *number, bool *founds)
{
    TRY(clusters_place(&cluster->clusters, value, &cluster->op.step, number, founds));
    if (cluster->clusters.work - cluster->checked > CHECK_WORK) {
        cluster->checked = cluster->clusters.work;
        TRY(run_check(cluster->op.run));
    }
    if (!heap_grow_zero(cluster->op.context->heap, &cluster->size, &cluster->sizes, *number + 1, sizeof *cluster->size))
        return FAIL_MEMORY;
    cluster->size[*number]++;
    return OK;
}

static status label_rows(struct cluster *cluster, struct batch *out)
{
    struct column *column = batch_column(out, cluster->field), *labels;
    uint32_t      *row = ARENA_ARRAY(&out->arena, uint32_t, batch_rows(out) + (size_t)1), count = 0;

    TRY_NEW(row);
    TRY(batch_decode(out, column));
    TRY(column_to_cells(batch_column(out, cluster->label), &out->rows, out->size, &out->arena, &labels));
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        uint32_t    at = batch_row(out, i), number;
        struct cell value = column ? column_settled(column, at) : cell_null();
        bool        founds = false;

        if (value.kind != KIND_NULL) {
            TRY(place_row(cluster, &value, &number, &founds));
            labels->cell[at] = cell_number((double)number + 1);
        }
        if (founds || cluster->all)
            row[count++] = at;
    }
    out->rows = (struct rows){ count, row };
    return send_column(&cluster->op, out, cluster->label, labels, 0);
}

static status cluster_push(struct op *op, struct batch *in)
{
    struct cluster *cluster = container_of(op, struct cluster, op);
    struct batch   *out = batch_derive(in);
    status          result;

    TRY_NEW(out);
    TRY(batch_decode(in, batch_column(in, cluster->label)));
    result = label_rows(cluster, out);
    if (result == OK && !cluster->counts)
        return op_emit(op, out);
    if (result == OK && batch_rows(out))
        result = sorted_rows_add(&cluster->rows, out);
    batch_release(out);
    return result;
}

/* --- and go, with the sizes of their clusters ---------------------------------------------------------------------- */

static status count_rows(struct cluster *cluster, struct batch *out)
{
    const struct column *label = batch_column(out, cluster->label), *field = batch_column(out, cluster->field);
    struct column       *counts;

    TRY(batch_decode(out, batch_column(out, cluster->count)));
    TRY(column_to_cells(batch_column(out, cluster->count), &out->rows, out->size, &out->arena, &counts));
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        uint32_t row = batch_row(out, i);

        if (field && !column_is_null(field, row))
            counts->cell[row] = cell_number((double)cluster->size[(uint32_t)column_cell(label, row).number - 1]);
    }
    return send_column(&cluster->op, out, cluster->count, counts, 1);
}

static status emit_counted(struct op *op, struct batch *takes)
{
    status result = count_rows(container_of(op, struct cluster, op), takes);

    return op_emit_if(op, result, takes);
}

static status cluster_finish(struct op *op)
{
    struct cluster *cluster = container_of(op, struct cluster, op);

    return cluster->counts ? sorted_rows_send(&cluster->rows, emit_counted) : OK;
}

static void cluster_close(struct op *op)
{
    struct cluster *cluster = container_of(op, struct cluster, op);

    clusters_free(&cluster->clusters);
    heap_free(op->context->heap, cluster->size, cluster->sizes * sizeof *cluster->size);
    sorted_rows_free(&cluster->rows);
}

static const struct op_kind cluster_kind = {
    "cluster", .push = cluster_push, .finish = cluster_finish, .close = cluster_close, .spills = true,
};

static status cluster_open(const struct stage *stage, struct run *run, struct op **out)
{
    static const char *const  matches[] = { "termlist", "termset", "ngramset" };
    const struct argument    *argument = stage->argument;
    enum cluster_match        match = MATCH_TERMLIST;
    struct cluster           *cluster;

    for (unsigned i = 0; i < COUNT_OF(matches); i++)
        match = str_is_nocase(argument[MATCH].text, matches[i]) ? (enum cluster_match)i : match;
    TRY(op_new(&cluster_kind, sizeof *cluster, stage, run, out));
    cluster = container_of(*out, struct cluster, op);
    cluster->all = argument[LABELONLY].truth;
    cluster->counts = argument[SHOWCOUNT].truth;
    sorted_rows_init(&cluster->rows, *out, NULL, 0, 0);
    clusters_init(&cluster->clusters, (*out)->context->heap, match, argument[T].number,
                  argument[DELIMS].given ? argument[DELIMS].text : STR(""));
    TRY_NEW(cluster->field = names_intern(run->names, argument[FIELD].text));
    TRY_NEW(cluster->label = names_intern(run->names, argument[LABELFIELD].text));
    TRY_NEW(cluster->count = names_intern(run->names, argument[COUNTFIELD].text));
    return OK;
}

static status cluster_needs(const struct stage *stage, struct wanted *wanted)
{
    return wanted_add(wanted, stage_argument(stage, FIELD)->text);
}

static status cluster_gives(const struct stage *stage, struct wanted *columns)
{
    TRY(wanted_add(columns, stage_argument(stage, LABELFIELD)->text));
    return stage_argument(stage, SHOWCOUNT)->truth ? wanted_add(columns, stage_argument(stage, COUNTFIELD)->text) : OK;
}

const struct command command_cluster = {
    .name = "cluster", .aliases = { "slc" },
    .usage = "cluster [t=<0..1>] [delims=<text>] [match=termlist|termset|ngramset] [field=<field>] [labelonly=<bool>] "
             "[labelfield=<field>] [showcount=<bool>] [countfield=<field>]",
    .summary = "Events that are alike: one of each cluster, or all with the number of theirs",
    .keeps = "the terms of the first event of each cluster",
    .params = cluster_params, .bind = cluster_bind, .needs = cluster_needs, .gives = cluster_gives, .open = cluster_open,
    .example = { "cluster field=x t=0.7 showcount=t | table x cluster_label cluster_count",
                 "{\"x\":\"user a logged in\"}\n{\"x\":\"disk is full\"}\n{\"x\":\"user b logged in\"}",
                 "{\"x\":\"user a logged in\",\"cluster_label\":1,\"cluster_count\":2}\n"
                 "{\"x\":\"disk is full\",\"cluster_label\":2,\"cluster_count\":1}" },
};
