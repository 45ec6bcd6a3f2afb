/* makeresults [<count>]: rows out of nothing, each with _time; or a few rows written into the query (commands 4). */
#include "command/inline_data.h"
#include "flow/run.h"
#include "plan/bind.h"

enum { ROWS = 4096, DATA_MOST = 29999 };

struct makeresults {
    struct op op;
    uint64_t  made;                 /* rows */
};

enum { MAKE_COUNT, MAKE_ANNOTATE, MAKE_SERVER, MAKE_GROUP, MAKE_FORMAT, MAKE_DATA };

static const struct param makeresults_params[] = {
    { "count", PARAM_COUNT, PLACE_FIRST, .preset = "1", .help = "how many rows" },
    { "annotate", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "the usual fields of events as well" },
    { "splunk_server", PARAM_TEXT, PLACE_NAMED, .help = "read and not needed: there are no servers" },
    { "splunk_server_group", PARAM_TEXT, PLACE_NAMED, .help = "as splunk_server" },
    { "format", PARAM_WORD, PLACE_NAMED, .choices = "csv|json", .help = "of data" },
    { "data", PARAM_TEXT, PLACE_NAMED, .help = "the rows" },
    { 0 }
};

static status makeresults_bind(struct binder *binder, struct stage *stage)
{
    if (stage_argument(stage, MAKE_FORMAT)->given != stage_argument(stage, MAKE_DATA)->given)
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "bad-argument",
                       "'makeresults' wants both format and data, or neither");
    return OK;
}

/* The column is null without a value. */
static status set_constant(struct op *op, struct batch *batch, const char *name, struct cell value)
{
    const struct name *interned = names_intern(op->run->names, str_of(name));
    struct column     *column = column_constant(&batch->arena, value);

    TRY_NEW(interned && column ? column : NULL);
    return batch_set(batch, interned, column, op->stage->rank);
}

static status fill(struct op *op, struct batch *batch)
{
    static const char *const before[] = { "_raw" }, *const behind[] = { "host", "source", "sourcetype" };
    struct cell              time = cell_number(op->context->now);
    bool                     annotated = stage_argument(op->stage, MAKE_ANNOTATE)->truth;

    time.flags = CELL_SOFT;
    for (size_t i = 0; annotated && i < COUNT_OF(before); i++)
        TRY(set_constant(op, batch, before[i], cell_null()));
    TRY(set_constant(op, batch, "_time", time));
    for (size_t i = 0; annotated && i < COUNT_OF(behind); i++)
        TRY(set_constant(op, batch, behind[i], cell_null()));
    if (!annotated)
        return OK;
    TRY(set_constant(op, batch, "splunk_server", cell_field_text(STR("libspl"))));
    return set_constant(op, batch, "splunk_server_group", cell_null());
}

static status make_rows(struct op *op, uint64_t count)
{
    uint64_t *made = &container_of(op, struct makeresults, op)->made;
    uint32_t  most = op->run->options.batch_rows ? op->run->options.batch_rows : ROWS;

    while (*made < count) {
        uint32_t      rows = segment_room(*made, count - *made < most ? (uint32_t)(count - *made) : most);
        struct batch *batch = batch_new(&op->run->heap, rows);
        status        result;

        TRY_NEW(batch);
        batch_number(batch, *made);
        result = run_check(op->run);
        if (result == OK)
            result = fill(op, batch);
        if (result != OK) {
            batch_release(batch);
            return result;
        }
        *made += rows;
        TRY(op_emit(op, batch));
        if (op_rests(op) && *made < count)
            return AGAIN;
    }
    return OK;
}

static status make_inline(struct op *op, str data)
{
    bool          csv = str_is_nocase(stage_argument(op->stage, MAKE_FORMAT)->text, "csv");
    const char   *reason = NULL;
    struct batch *batch = NULL;
    status        result;

    if (data.size > DATA_MOST)
        return op_fail(op, FAIL_DATA, "bad-data", "the data of makeresults is longer than %d characters", DATA_MOST);
    result = (csv ? inline_csv : inline_json)(op, data, &batch, &reason);
    if (result == FAIL_DATA)
        return op_fail(op, FAIL_DATA, "bad-data", "the data of makeresults is not %s: %s", csv ? "CSV" : "JSON", reason);
    TRY(result);
    return op_emit(op, batch);
}

static status makeresults_push(struct op *op, struct batch *in)
{
    (void)op;
    (void)in;
    return FAIL_BUG;        /* it has no input */
}

static status makeresults_finish(struct op *op)
{
    const struct argument *data = stage_argument(op->stage, MAKE_DATA);

    if (data->given)
        return make_inline(op, data->text);
    return make_rows(op, (uint64_t)stage_argument(op->stage, MAKE_COUNT)->number);
}

static const struct op_kind makeresults_kind = {
    "makeresults", .push = makeresults_push, .finish = makeresults_finish,
};

static status makeresults_open(const struct stage *stage, struct run *run, struct op **out)
{
    return op_new(&makeresults_kind, sizeof(struct makeresults), stage, run, out);
}

static status makeresults_needs(const struct stage *stage, struct wanted *wanted)
{
    (void)stage;
    wanted_clear(wanted);
    return OK;
}

static status makeresults_gives(const struct stage *stage, struct wanted *columns)
{
    if (stage_argument(stage, MAKE_DATA)->given || stage_argument(stage, MAKE_ANNOTATE)->truth)
        return wanted_everything(columns);
    wanted_clear(columns);
    return wanted_add(columns, STR("_time"));
}

const struct command command_makeresults = {
    .name = "makeresults", .usage = "makeresults [<count>] [annotate=<bool>] [format=csv|json data=\"<text>\"]",
    .summary = "Rows out of nothing, each with the time of the search; or the rows of some inline data",
    .params = makeresults_params, .traits = TRAIT_GENERATES,
    .bind = makeresults_bind, .needs = makeresults_needs,
    .gives = makeresults_gives, .open = makeresults_open,
    .example = { "makeresults count=2 | eval x=1 | table x", "", "{\"x\":1}\n{\"x\":1}" },
};
