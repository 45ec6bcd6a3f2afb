/* reltime [timefield="<field>,..."] [prefix=<text>]: how long ago a time was, in words (commands 3).
 *
 * The largest unit of which there is one, a month having 30 days and a year 365; what is less than a second ago, or yet to
 * come, is "now". What is no time leaves the field as it was. */
#include "flow/op.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "value/list.h"
#include "value/number.h"
#include "value/order.h"

enum { TIMEFIELD, PREFIX };

static const struct param reltime_params[] = {
    [TIMEFIELD] = { "timefield", PARAM_TEXT, PLACE_NAMED, .preset = "_time", .help = "fields with times, with commas" },
    [PREFIX] = { "prefix", PARAM_TEXT, PLACE_NAMED, .help = "goes before the names of the fields" },
    { 0 }
};

struct reltime_field { str from, to; };

struct reltime_bound {
    struct reltime_field *field;
    uint32_t              count;
};

static status output_name(struct binder *binder, str prefix, str field, str *out)
{
    char *room = arena_alloc(binder->arena, prefix.size + field.size + 1);

    TRY_NEW(room);
    memcpy(room, prefix.at, prefix.size);
    memcpy(room + prefix.size, field.at, field.size);
    *out = str_make(room, prefix.size + field.size);
    return OK;
}

static status reltime_bind(struct binder *binder, struct stage *stage)
{
    struct reltime_bound  *bound = stage->bound;
    const struct argument *fields = stage_argument(stage, TIMEFIELD), *prefix = stage_argument(stage, PREFIX);
    str                    text = fields->text;

    TRY_NEW(bound->field = ARENA_ARRAY(binder->arena, struct reltime_field, text.size + 1));
    for (size_t at = 0, end; at < text.size; at = end + 1) {
        str field;
        end = str_find(text, STR(","), at);
        end = end == SIZE_MAX ? text.size : end;
        field = str_trim_blanks(str_slice(text, at, end));
        if (field.size && memchr(field.at, '*', field.size))
            return diag_at(binder->diag, FAIL_QUERY, fields->span, "bad-field", "'reltime' takes no wildcards: '%.*s'",
                           SHOW(field));
        if (field.size)
            bound->field[bound->count++].from = field;
    }
    if (bound->count == 0)
        return diag_at(binder->diag, FAIL_QUERY, fields->span, "bad-argument", "'timefield' of 'reltime' names no field");
    for (uint32_t i = 0; i < bound->count; i++) {
        struct reltime_field *field = &bound->field[i];
        field->to = STR("reltime");
        if (prefix->given || bound->count > 1)
            TRY(output_name(binder, prefix->given ? prefix->text : STR("reltime_"), field->from, &field->to));
    }
    return OK;
}

static status reltime_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct reltime_bound *bound = stage->bound;

    for (uint32_t i = bound->count; i-- > 0;)
        if (wanted_has(wanted, bound->field[i].to))
            TRY(wanted_add(wanted, bound->field[i].from));
    return OK;
}

static status reltime_gives(const struct stage *stage, struct wanted *columns)
{
    const struct reltime_bound *bound = stage->bound;

    for (uint32_t i = 0; i < bound->count; i++)
        TRY(wanted_add(columns, bound->field[i].to));
    return OK;
}

/* Into at least 64 bytes. */
static str in_words(double seconds, char *room)
{
    static const struct { double seconds; str name; } units[] = {
        { 365 * 86400.0, { "year", 4 } }, { 30 * 86400.0, { "month", 5 } }, { 86400, { "day", 3 } },
        { 3600, { "hour", 4 } }, { 60, { "minute", 6 } }, { 1, { "second", 6 } } };
    char   number[NUMBER_ROOM];
    size_t size, unit = 0;
    double count;

    if (!(seconds >= 1))
        return STR("now");
    while (seconds < units[unit].seconds)
        unit++;
    count = seconds / units[unit].seconds;
    if (count < 1e15)
        count = (double)(int64_t)count;
    size = number_format(count, EXACT, number);
    memcpy(room, number, size);
    room[size++] = ' ';
    memcpy(room + size, units[unit].name.at, units[unit].name.size);
    size += units[unit].name.size;
    if (count != 1)
        room[size++] = 's';
    memcpy(room + size, " ago", 4);
    return str_make(room, size + 4);
}

static status write_field(struct op *op, struct batch *out, const struct reltime_field *field)
{
    const struct name *from = names_intern(op->run->names, field->from), *to = names_intern(op->run->names, field->to);
    struct column     *source, *column;

    TRY_NEW(from && to ? from : NULL);
    source = batch_column(out, from);
    if (!source || source->encoding == ENCODING_ABSENT)
        return OK;
    TRY(batch_decode(out, source));
    TRY(batch_decode(out, batch_column(out, to)));
    TRY(column_to_cells(batch_column(out, to), &out->rows, out->size, &out->arena, &column));
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        uint32_t           row = batch_row(out, i), members;
        struct cell        cell = column_cell(source, row);
        const struct cell *first = list_members(&cell, &members);
        char               room[NUMBER_ROOM + 64];
        double             time;
        str                text;
        if (members == 0 || !cell_spells_number(first, &time) || time != time)
            continue;
        TRY_NEW((text = arena_str(&out->arena, in_words(op->context->now - time, room))).at);
        column->cell[row] = cell_field_text(text);
        column->kinds |= (uint8_t)KINDS(KIND_TEXT);
    }
    return batch_assign_some(out, to, column, op->stage->rank);
}

static status reltime_push(struct op *op, struct batch *in)
{
    const struct reltime_bound *bound = op->stage->bound;
    struct batch               *out = batch_derive(in);
    status                      result = OK;

    TRY_NEW(out);
    for (uint32_t i = 0; i < bound->count && result == OK; i++)
        result = write_field(op, out, &bound->field[i]);
    return op_emit_if(op, result, out);
}

static const struct op_kind reltime_kind = { "reltime", .push = reltime_push };

static status reltime_open(const struct stage *stage, struct run *run, struct op **out)
{
    return op_new(&reltime_kind, sizeof **out, stage, run, out);
}

const struct command command_reltime = {
    .name = "reltime", .usage = "reltime [timefield=\"<field>[,<field>]...\"] [prefix=<text>]",
    .summary = "How long ago a time was, in words",
    .params = reltime_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct reltime_bound),
    .bind = reltime_bind, .needs = reltime_needs, .gives = reltime_gives, .open = reltime_open,
    .example = { "eval t=now()-7200 | reltime timefield=t | table reltime", "{\"n\":1}", "{\"reltime\":\"2 hours ago\"}" },
};
