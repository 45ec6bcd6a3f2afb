/* multikv: tables in _raw, as top or netstat print them, become a row for each of their lines (commands 3).
 *
 * text/table.h tells which line names the columns and what stands under which name. The line is the new _raw; the other
 * fields of the event are copied, or none at all. An event without a table stays as it is. */
#include "batch/pick.h"
#include "command/finds.h"
#include "rows/send.h"
#include "plan/bind.h"
#include "text/pairs.h"
#include "text/table.h"
#include "value/list.h"

enum { CONF, COPYATTRS, FIELDS, FILTER, FORCEHEADER, MULTITABLE, NOHEADER, RMORIG };

static const struct param multikv_params[] = {
    [CONF] = { "conf", PARAM_TEXT, PLACE_NAMED, .help = "there is none: multikv.conf is not read" },
    [COPYATTRS] = { "copyattrs", PARAM_BOOL, PLACE_NAMED, .preset = "t", .help = "copy the other fields of the event" },
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_KEYWORD, .help = "only these columns" },
    [FILTER] = { "filter", PARAM_FIELDS, PLACE_KEYWORD, .wild = true, .help = "only lines with one of these texts in it" },
    [FORCEHEADER] = { "forceheader", PARAM_COUNT, PLACE_NAMED, .least = 1, .most = 1e9,
                      .help = "this line names the columns, from 1, empty ones not counted" },
    [MULTITABLE] = { "multitable", PARAM_BOOL, PLACE_NAMED, .preset = "t", .help = "there may be several tables" },
    [NOHEADER] = { "noheader", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "no line names columns: Column_1, ..." },
    [RMORIG] = { "rmorig", PARAM_BOOL, PLACE_NAMED, .preset = "t", .help = "the event itself goes" },
    { 0 }
};

struct product {                        /* a row to be */
    uint32_t row;                       /* of the event */
    bool     made;                      /* of a line; else it is the event */
    uint32_t from, count;               /* its columns, in multikv->column */
    str      line;
};

struct product_column { const struct name *name; str value; };

struct multikv {
    struct op              op;
    const struct name     *raw;
    struct table_kind      kind;
    bool                   copies, keeps;
    struct finds           finds;
    uint64_t               ordinal;
    struct table          *table;
    const struct name     *name[TABLE_COLUMNS];     /* of its columns; NULL: nobody wants it */
    struct product        *product;
    uint32_t              *row;                     /* of each */
    uint32_t               products, most;
    struct product_column *column;
    uint32_t               columns, room;
};

static status multikv_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *conf = stage_argument(stage, CONF);

    if (conf->given)
        return diag_at(binder->diag, FAIL_QUERY, conf->span, "bad-argument",
                       "'%.*s' would be a stanza of multikv.conf, which libspl does not read", SHOW(conf->text));
    if (stage_argument(stage, FORCEHEADER)->given && stage_argument(stage, NOHEADER)->truth)
        return diag_at(binder->diag, FAIL_QUERY, stage_argument(stage, FORCEHEADER)->span, "bad-argument",
                       "'multikv' takes either forceheader or noheader");
    return OK;
}

/* The number of rows depends on the text, whatever is wanted. */
static status multikv_needs(const struct stage *stage, struct wanted *wanted)
{
    (void)stage;
    return wanted_add(wanted, STR("_raw"));
}

static status multikv_gives(const struct stage *stage, struct wanted *columns)
{
    (void)stage;
    return wanted_everything(columns);
}

/* --- rows to be ---------------------------------------------------------------------------------------------------- */

/* Names are cleaned as those of key=value are. */
static status read_names(struct multikv *multikv)
{
    const struct argument *fields = stage_argument(multikv->op.stage, FIELDS);

    for (uint32_t i = 0; i < multikv->table->columns; i++) {
        char name[TABLE_NAME], clean[TABLE_NAME];
        str  text = str_make(clean, pair_name(str_make(name, table_name(multikv->table, i, name)), clean));
        bool wanted = text.size && !fields->given && wanted_has(&multikv->op.stage->output, text);

        for (uint32_t f = 0; f < fields->count && !wanted; f++)
            wanted = text.size && str_equal(fields->names[f], text);
        multikv->name[i] = NULL;
        if (wanted)
            TRY_NEW(multikv->name[i] = names_intern(multikv->op.run->names, text));
    }
    multikv->table->renamed = false;
    return OK;
}

static bool passes(const struct multikv *multikv, str line)
{
    const struct argument *filter = stage_argument(multikv->op.stage, FILTER);

    for (uint32_t i = 0; i < filter->count; i++)
        if (str_find(line, filter->names[i], 0) != SIZE_MAX)
            return true;
    return filter->count == 0;
}

static status add_columns(struct multikv *multikv, struct product *product)
{
    const struct table *table = multikv->table;

    if (!heap_grow(&multikv->op.run->heap, &multikv->column, &multikv->room, multikv->columns + table->columns,
                   sizeof *multikv->column))
        return FAIL_MEMORY;
    product->from = multikv->columns;
    for (uint32_t i = 0; i < table->columns; i++)
        if (multikv->name[i] && table->value[i].at)
            multikv->column[multikv->columns++] = (struct product_column){ multikv->name[i], table->value[i] };
    product->count = multikv->columns - product->from;
    return OK;
}

/* --- rows ---------------------------------------------------------------------------------------------------------- */

static status set_raw(struct multikv *multikv, struct batch *out)
{
    struct field  *field = batch_field(out, multikv->raw);
    struct column *raw;

    if (!field)
        return OK;
    TRY(column_to_cells(field->column, &out->rows, out->size, &out->arena, &raw));
    raw->kinds |= (uint8_t)KINDS(KIND_TEXT);
    for (uint32_t i = 0; i < multikv->products; i++)
        if (multikv->product[i].made)
            raw->cell[i] = cell_field_text(multikv->product[i].line);
    field->column = raw;
    return OK;
}

/* Rows made of lines have no other fields of the event. */
static status clear_others(struct multikv *multikv, struct batch *out)
{
    for (uint32_t f = 0; f < out->fields; f++) {
        struct column *column;
        if (out->field[f].name == multikv->raw)
            continue;
        TRY(batch_decode(out, out->field[f].column));
        TRY(column_to_cells(out->field[f].column, &out->rows, out->size, &out->arena, &column));
        column->kinds |= (uint8_t)KINDS(KIND_NULL);
        for (uint32_t i = 0; i < multikv->products; i++)
            if (multikv->product[i].made)
                column->cell[i] = cell_null();
        out->field[f].column = column;
    }
    return OK;
}

static status put_columns(void *host, const struct cell *in)
{
    struct multikv       *multikv = host;
    const struct product *product = &multikv->product[multikv->finds.number];

    (void)in;
    for (uint32_t i = 0; i < product->count; i++) {
        const struct product_column *column = &multikv->column[product->from + i];
        TRY(finds_put(&multikv->finds, name_str(column->name), cell_field_text(column->value)));
    }
    return OK;
}

static status flush(struct multikv *multikv, struct batch *in)
{
    struct batch *out;
    status        result;

    if (multikv->products == 0)
        return OK;
    TRY(batch_pick(in, multikv->row, multikv->products, &out));
    out->ordinal = multikv->ordinal;
    multikv->ordinal += multikv->products;
    result = set_raw(multikv, out);
    if (result == OK && !multikv->copies)
        result = clear_others(multikv, out);
    if (result == OK)
        result = finds_push(&multikv->finds, out, multikv->raw, put_columns, multikv);
    batch_release(out);
    multikv->products = multikv->columns = 0;
    return result;
}

static status add_product(struct multikv *multikv, struct batch *in, uint32_t row, bool made)
{
    struct product *product = &multikv->product[multikv->products];

    *product = (struct product){ .row = row, .made = made };
    if (made) {
        product->line = multikv->table->line;
        TRY(add_columns(multikv, product));
    }
    multikv->row[multikv->products++] = row;
    return multikv->products == multikv->most ? flush(multikv, in) : OK;
}

/* The rows that the event becomes. */
static status read_event(struct multikv *multikv, struct batch *in, uint32_t row, const struct cell *raw)
{
    struct table *table = multikv->table;
    bool          any = raw->kind == KIND_TEXT && table_begin_as(table, cell_str(raw), multikv->kind);

    while (any && table_next(table)) {
        if (table->renamed)
            TRY(read_names(multikv));
        if (passes(multikv, table->line))
            TRY(add_product(multikv, in, row, true));
    }
    return any && !multikv->keeps ? OK : add_product(multikv, in, row, false);
}

static status multikv_push(struct op *op, struct batch *in)
{
    struct multikv *multikv = container_of(op, struct multikv, op);
    struct column  *column = batch_column(in, multikv->raw);

    TRY(batch_decode(in, column));
    multikv->products = multikv->columns = 0;
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        uint32_t    row = batch_row(in, i);
        struct cell raw = column ? column_cell(column, row) : cell_null();
        TRY(read_event(multikv, in, row, &raw));
    }
    return flush(multikv, in);
}

static void multikv_close(struct op *op)
{
    struct multikv *multikv = container_of(op, struct multikv, op);

    finds_close(&multikv->finds);
    heap_free(&op->run->heap, multikv->column, multikv->room * sizeof *multikv->column);
}

static const struct op_kind multikv_kind = { "multikv", .push = multikv_push, .close = multikv_close };

static status multikv_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct multikv *multikv;

    TRY(op_new(&multikv_kind, sizeof *multikv, stage, run, out));
    multikv = container_of(*out, struct multikv, op);
    multikv->kind = (struct table_kind){
        .header = (uint64_t)(stage_argument(stage, FORCEHEADER)->given ? stage_argument(stage, FORCEHEADER)->number : 0),
        .nameless = stage_argument(stage, NOHEADER)->truth, .single = !stage_argument(stage, MULTITABLE)->truth };
    multikv->copies = stage_argument(stage, COPYATTRS)->truth;
    multikv->keeps = !stage_argument(stage, RMORIG)->truth;
    multikv->most = send_most(*out);
    TRY_NEW(multikv->product = ARENA_ARRAY(&(*out)->arena, struct product, multikv->most));
    TRY_NEW(multikv->row = ARENA_ARRAY(&(*out)->arena, uint32_t, multikv->most));
    TRY_NEW(multikv->table = arena_alloc(&(*out)->arena, sizeof *multikv->table));
    TRY_NEW(multikv->raw = names_intern(run->names, STR("_raw")));
    return finds_init(&multikv->finds, *out, AGAIN_FIRST);
}

const struct command command_multikv = {
    .name = "multikv",
    .usage = "multikv [fields <fields>] [filter <texts>] [forceheader=<line>] [noheader=<bool>] [multitable=<bool>] "
             "[copyattrs=<bool>] [rmorig=<bool>]",
    .summary = "Tables in the text of events become a row for each of their lines",
    .params = multikv_params, .traits = TRAIT_STREAMING, .bind = multikv_bind, .needs = multikv_needs,
    .gives = multikv_gives, .open = multikv_open,
    .example = { "eval _raw=split(\"PID USER,1 root,42 bob\",\",\") | nomv _raw | multikv | table n PID USER", "{\"n\":5}",
                 "{\"n\":5,\"PID\":1,\"USER\":\"root\"}\n{\"n\":5,\"PID\":42,\"USER\":\"bob\"}" },
};
