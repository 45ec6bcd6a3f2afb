/* collect [index=<index>] [<options>]: rows become events of an index, and go on (reporting 7.4; command/sink.h).
 *
 * testmode=t shows them as they would be written: _raw is the text of the event. That is the _raw there was or, without
 * one, the time and the row's fields as name="value" pairs; internal fields stay out, several values of a field are lines
 * of one. What stands in marker= comes last. The order of pairs is that of columns. */
#include "batch/layout.h"
#include "command/sink.h"
#include "flow/run.h"
#include "time/strftime.h"
#include "value/list.h"
#include "value/number.h"

#include <math.h>

enum {
    INDEX, SOURCE, SOURCETYPE, HOST, NAMED,
    MARKER = NAMED, TIMEFORMAT, OUTPUT_FORMAT, ADDTIME, ADDINFO, TESTMODE, UNUSED
};

static const struct param collect_params[] = {
    [INDEX] = { "index", PARAM_TEXT, PLACE_NAMED, .help = "which index" },
    [SOURCE] = { "source", PARAM_TEXT, PLACE_NAMED, .help = "source of the events" },
    [SOURCETYPE] = { "sourcetype", PARAM_TEXT, PLACE_NAMED, .help = "source type of the events: stash unless given" },
    [HOST] = { "host", PARAM_TEXT, PLACE_NAMED, .help = "host of the events" },
    [MARKER] = { "marker", PARAM_TEXT, PLACE_NAMED, .help = "name=value pairs that all events get" },
    [TIMEFORMAT] = { "timeformat", PARAM_TEXT, PLACE_NAMED, .preset = "%m/%d/%Y %H:%M:%S %z",
                     .help = "of the time in front" },
    [OUTPUT_FORMAT] = { "output_format", PARAM_WORD, PLACE_NAMED, .preset = "raw", .choices = "raw|hec",
                        .help = "text, or JSON for the HTTP Event Collector" },
    [ADDTIME] = { "addtime", PARAM_BOOL, PLACE_NAMED, .preset = "true", .help = "the time stands in front" },
    [ADDINFO] = { "addinfo", PARAM_BOOL, PLACE_NAMED, .preset = "false", .help = "the search window is among the pairs" },
    [TESTMODE] = { "testmode", PARAM_BOOL, PLACE_NAMED, .preset = "false",
                   .help = "nothing is written, the events are shown" },
    [UNUSED] = { "file", PARAM_TEXT, PLACE_NAMED, .help = "name of a file to write to" },
    { "spool", PARAM_BOOL, PLACE_NAMED, .preset = "true", .help = "the file is read by Splunk" },
    { "run_in_preview", PARAM_BOOL, PLACE_NAMED, .preset = "false", .help = "previews write, too: there are none" },
    { "uselb", PARAM_BOOL, PLACE_NAMED, .preset = "true", .help = "load balancing of forwarders" },
    { 0 }
};

static const char *const named[NAMED] = {
    [INDEX] = "index", [SOURCE] = "source", [SOURCETYPE] = "sourcetype", [HOST] = "host",
};

struct collect {
    struct op                  op;
    const struct name         *raw, *time, *info_time, *named[NAMED];
    struct layout              layout;      /* of the fields that rows have had */
    const struct time_format  *format;
    struct zone_view           view;
    struct buf                 text;
};

static status collect_bind(struct binder *binder, struct stage *stage)
{
    str format = stage_argument(stage, OUTPUT_FORMAT)->text;

    if (!stage_argument(stage, TESTMODE)->truth)
        return sink_warn(binder, stage);
    stage->traits = TRAIT_STREAMING;        /* columns have an order only where rows have one */
    if (str_is_nocase(format, "hec"))
        return diag_at(binder->diag, FAIL_QUERY, stage_argument(stage, OUTPUT_FORMAT)->span, "bad-argument",
                       "testmode=t shows events as text, output_format=raw");
    return time_format_compile(binder->arena, stage_argument(stage, TIMEFORMAT)->text, stage->bound);
}

/* --- the text of an event ----------------------------------------------------------------------------------------- */

static bool read_time(const struct batch *batch, const struct name *name, uint32_t row, double *out)
{
    struct column *column = batch_column(batch, name);
    struct cell    cell = column ? column_cell(column, row) : cell_null();

    return cell_reads_number(&cell, out) && isfinite(*out);
}

static status put_time(struct collect *collect, const struct batch *batch, uint32_t row)
{
    double time;

    if (!read_time(batch, collect->info_time, row, &time) && !read_time(batch, collect->time, row, &time))
        time = collect->op.context->now;
    return time_print(collect->format, &collect->view, time, &collect->text) == FAIL_MEMORY ? FAIL_MEMORY : OK;
}

static void put_value(struct buf *text, const struct cell *cell)
{
    uint32_t           count;
    const struct cell *member = list_members(cell, &count);
    char               room[NUMBER_ROOM];

    buf_byte(text, '"');
    for (uint32_t i = 0; i < count; i++) {
        str value = cell_show(&member[i], room);
        if (i)
            buf_byte(text, '\n');
        for (size_t at = 0; at < value.size; at++) {
            if (value.at[at] == '"' || value.at[at] == '\\')
                buf_byte(text, '\\');
            buf_byte(text, value.at[at]);
        }
    }
    buf_byte(text, '"');
}

static void put_comma(struct buf *text)
{
    if (text->size)
        buf_text(text, ", ");
}

static void put_window(struct collect *collect)
{
    const struct context *context = collect->op.context;

    put_comma(&collect->text);
    buf_print(&collect->text, "info_min_time=\"%.3f\", ", isfinite(context->earliest) ? context->earliest : 0.0);
    if (isfinite(context->latest))
        buf_print(&collect->text, "info_max_time=\"%.3f\", ", context->latest);
    else
        buf_text(&collect->text, "info_max_time=\"+Infinity\", ");
    buf_print(&collect->text, "info_search_time=\"%.3f\"", context->now);
}

static void put_pairs(struct collect *collect, const struct field *field, uint32_t fields, uint32_t row)
{
    for (uint32_t i = 0; i < fields; i++) {
        struct cell cell = column_settled(field[i].column, row);

        if (name_is_internal(field[i].name) || cell.kind == KIND_NULL)
            continue;
        put_comma(&collect->text);
        buf_put(&collect->text, name_str(field[i].name));
        buf_byte(&collect->text, '=');
        put_value(&collect->text, &cell);
    }
}

static status put_event(struct collect *collect, const struct batch *batch, const struct field *field, uint32_t fields,
                        uint32_t row)
{
    const struct stage *stage = collect->op.stage;
    struct column      *raw = batch_column(batch, collect->raw);
    struct cell         cell = raw ? column_settled(raw, row) : cell_null();
    char                room[NUMBER_ROOM];

    buf_clear(&collect->text);
    if (cell.kind != KIND_NULL && cell.kind != KIND_LIST) {
        buf_put(&collect->text, cell_show(&cell, room));
    } else {
        if (stage_argument(stage, ADDTIME)->truth)
            TRY(put_time(collect, batch, row));
        if (stage_argument(stage, ADDINFO)->truth)
            put_window(collect);
        put_pairs(collect, field, fields, row);
    }
    if (stage_argument(stage, MARKER)->given) {
        put_comma(&collect->text);
        buf_put(&collect->text, stage_argument(stage, MARKER)->text);
    }
    TRY(buf_status(&collect->text));
    return collect->text.size > UINT32_MAX ? FAIL_MEMORY : OK;
}

/* --- */

static status name_events(struct collect *collect, struct batch *out)
{
    const struct stage *stage = collect->op.stage;

    for (uint32_t i = 0; i < NAMED; i++) {
        str            text = stage_argument(stage, i)->given ? stage_argument(stage, i)->text : STR("stash");
        struct column *column;
        if (!stage_argument(stage, i)->given && i != SOURCETYPE)
            continue;
        TRY_NEW(column = column_constant(&out->arena, cell_field_text(text)));
        TRY(batch_set(out, collect->named[i], column, stage->rank));
    }
    return OK;
}

static status show_events(struct collect *collect, struct batch *in, struct batch *out)
{
    struct field  *field = arena_alloc(&collect->op.step, (in->fields + (size_t)1) * sizeof *field);
    struct column *raw = column_cells(&out->arena, out->size, KINDS_TEXT);
    uint32_t       fields;

    if (!field || !raw)
        return FAIL_MEMORY;
    memset(raw->cell, 0, out->size * sizeof *raw->cell);
    TRY(layout_show(&collect->layout, in));
    fields = layout_pick(&collect->layout, in, field);
    for (uint32_t i = 0; i < in->fields; i++)
        TRY(batch_decode(in, in->field[i].column));
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        uint32_t row = batch_row(out, i);
        TRY(put_event(collect, in, field, fields, row));
        raw->cell[row] = cell_field_text(arena_str(&out->arena, buf_str(&collect->text)));
        TRY_NEW(raw->cell[row].text);
    }
    TRY(name_events(collect, out));
    return batch_set(out, collect->raw, raw, collect->op.stage->rank);
}

static status collect_push(struct op *op, struct batch *in)
{
    struct batch *out = batch_derive(in);
    status        result;

    TRY_NEW(out);
    result = show_events(container_of(op, struct collect, op), in, out);
    if (result == OK)
        return op_emit(op, out);
    batch_release(out);
    return result;
}

static void collect_close(struct op *op)
{
    struct collect *collect = container_of(op, struct collect, op);

    buf_free(&collect->text);
    layout_free(&collect->layout);
}

static const struct op_kind collect_kind = { "collect", .push = collect_push, .close = collect_close };

static status collect_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct collect *collect;

    if (!stage_argument(stage, TESTMODE)->truth)
        return sink_open(stage, run, out);
    TRY(op_new(&collect_kind, sizeof *collect, stage, run, out));
    collect = container_of(*out, struct collect, op);
    collect->format = *(struct time_format *const *)stage->bound;
    zone_view_init(&collect->view, (*out)->context->zone, NULL);
    buf_init(&collect->text, &run->heap);
    layout_init(&collect->layout, &run->heap);
    TRY_NEW(collect->raw = names_intern(run->names, STR("_raw")));
    TRY_NEW(collect->time = names_intern(run->names, STR("_time")));
    TRY_NEW(collect->info_time = names_intern(run->names, STR("info_min_time")));
    for (uint32_t i = 0; i < NAMED; i++)
        TRY_NEW(collect->named[i] = names_intern(run->names, str_of(named[i])));
    return OK;
}

static status collect_needs(const struct stage *stage, struct wanted *wanted)
{
    return stage_argument(stage, TESTMODE)->truth ? wanted_everything(wanted) : OK;
}

static status collect_gives(const struct stage *stage, struct wanted *columns)
{
    if (!stage_argument(stage, TESTMODE)->truth)
        return OK;
    TRY(wanted_add(columns, STR("_raw")));
    for (uint32_t i = 0; i < NAMED; i++)
        TRY(wanted_add(columns, str_of(named[i])));
    return OK;
}

const struct command command_collect = {
    .name = "collect", .aliases = { "stash", "sumindex", "summaryindex" },
    .usage = "collect [index=<index>] [source=<text>] [sourcetype=<text>] [host=<text>] [marker=<text>] [addtime=<bool>] "
             "[addinfo=<bool>] [timeformat=<format>] [output_format=raw|hec] [testmode=<bool>] [file=<name>] [spool=<bool>] "
             "[run_in_preview=<bool>] [uselb=<bool>]",
    .summary = "Makes events of an index of rows, and passes the rows on",
    .params = collect_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct time_format *),
    .bind = collect_bind, .needs = collect_needs, .gives = collect_gives, .open = collect_open,
    .example = { "stats count by user | collect index=summary", "{\"user\":\"a\"}", "{\"user\":\"a\",\"count\":1}" },
};
