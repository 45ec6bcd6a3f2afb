#include "command/json_rows.h"

#include "batch/pattern.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "text/json.h"
#include "value/list.h"
#include "value/number.h"
#include "value/order.h"

#include <stdlib.h>

struct member {                             /* a field at work */
    uint32_t       field;                   /* number in the batch */
    uint32_t       rank, place;             /* in the row at hand */
    enum json_type type;
    str            name;
};

struct writing {
    const struct json_rows *rows;
    struct batch           *batch;
    struct member          *member;
    uint32_t                members;
    struct buf              text;
};

status json_rows_add(struct json_rows *rows, struct binder *binder, str pattern, enum json_type type)
{
    if (rows->fields == rows->room) {
        uint32_t           room = rows->room ? 2 * rows->room : 8;
        struct json_field *moved = ARENA_ARRAY(binder->arena, struct json_field, room);
        TRY_NEW(moved);
        if (rows->fields)
            memcpy(moved, rows->field, rows->fields * sizeof *moved);
        rows->field = moved;
        rows->room = room;
    }
    rows->field[rows->fields++] = (struct json_field){ pattern, type };
    return OK;
}

status json_rows_needs(const struct json_rows *rows, str output, struct wanted *wanted)
{
    if (!wanted_has(wanted, output))
        return OK;
    TRY(wanted_remove(wanted, output));
    for (uint32_t i = 0; i < rows->fields; i++) {
        str pattern = rows->field[i].pattern;
        if (str_is(pattern, "*") || (rows->internal && pattern_has_star(pattern)))
            return wanted_everything(wanted);
        TRY(wanted_add_pattern(wanted, pattern));
    }
    return OK;
}

/* --- which fields -------------------------------------------------------------------------------------------------- */

/* Stars match internal names only where these were asked for. */
static status matches(const struct json_rows *rows, str pattern, str name, struct arena *step, bool *out)
{
    str *capture;

    *out = names_match(pattern, name);
    if (*out || !rows->internal || !pattern_has_star(pattern) || name.size == 0 || name.at[0] != '_')
        return OK;
    TRY_NEW(capture = arena_alloc(step, (pattern_stars(pattern) + (size_t)1) * sizeof *capture));
    *out = pattern_capture(pattern, name, capture);
    return OK;
}

static status choose(struct op *op, struct writing *to)
{
    const struct json_rows *rows = to->rows;
    struct batch           *batch = to->batch;

    TRY_NEW(to->member = ARENA_ARRAY(&op->step, struct member, batch->fields + (size_t)1));
    for (uint32_t f = 0; f < batch->fields; f++) {
        str  name = name_str(batch->field[f].name);
        bool found = false;
        if (batch->field[f].column->encoding == ENCODING_ABSENT || 
            (name_is_internal(batch->field[f].name) && !rows->internal && !rows->named))
            continue;
        for (uint32_t i = rows->fields; i-- > 0 && !found;) {
            TRY(matches(rows, rows->field[i].pattern, name, &op->step, &found));
            if (found)
                to->member[to->members++] = (struct member){ .field = f, .type = rows->field[i].type, .name = name };
        }
        if (found)
            TRY(batch_decode(batch, batch->field[f].column));
    }
    return OK;
}

/* By the parts between dots, so that what is in one object stands side by side. */
static int compare_nested(str a, str b)
{
    size_t least = a.size < b.size ? a.size : b.size;

    for (size_t i = 0; i < least; i++) {
        int left = a.at[i] == '.' ? -1 : (unsigned char)a.at[i], right = b.at[i] == '.' ? -1 : (unsigned char)b.at[i];
        if (left != right)
            return left < right ? -1 : 1;
    }
    return a.size < b.size ? -1 : a.size > b.size;
}

static int compare_names(const void *a, const void *b)
{
    return compare_nested(((const struct member *)a)->name, ((const struct member *)b)->name);
}

static int compare_columns(const void *a, const void *b)
{
    const struct member *left = a, *right = b;

    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    if (left->rank & RANK_BY_NAME)
        return str_compare(left->name, right->name);
    if (left->place != right->place)
        return left->place < right->place ? -1 : 1;
    return str_compare(left->name, right->name);
}

/* In the order of the columns in that row; mostly it is that of the row before. */
static void order(struct writing *to, uint32_t row)
{
    bool sorted = true;

    for (uint32_t i = 0; i < to->members; i++) {
        struct member *member = &to->member[i];
        member->rank = field_rank(&to->batch->field[member->field], row);
        member->place = field_place(to->batch, member->field, row);
        sorted &= i == 0 || compare_columns(member - 1, member) <= 0;
    }
    if (!sorted)
        qsort(to->member, to->members, sizeof *to->member, compare_columns);
}

/* --- values -------------------------------------------------------------------------------------------------------- */

/* False: it is no number. */
static bool put_number(struct buf *out, const struct cell *cell, str text)
{
    char   room[NUMBER_ROOM];
    double number;

    if (cell->kind == KIND_NUMBER)
        number = cell->number;
    else if (!number_parse(str_trim_blanks(text), &number, NULL))
        return false;
    if (number - number != 0)
        return false;
    buf_put(out, number_is_json(text) ? text : str_make(room, number_format(number, EXACT, room)));
    return true;
}

/* False: it is neither. */
static bool put_truth(struct buf *out, const struct cell *cell, str text)
{
    static const char *const yes[] = { "t", "true", "yes" }, *const no[] = { "f", "false", "no" };
    double                   number;

    if (cell_spells_number(cell, &number)) {
        buf_text(out, number != 0 ? "true" : "false");
        return true;
    }
    for (uint32_t i = 0; i < COUNT_OF(yes); i++) {
        if (!str_is_nocase(text, yes[i]) && !str_is_nocase(text, no[i]))
            continue;
        buf_text(out, str_is_nocase(text, yes[i]) ? "true" : "false");
        return true;
    }
    return false;
}

static bool put_json(struct buf *out, str text)
{
    if (!json_is_valid(text))
        return false;
    buf_put(out, str_trim_blanks(text));
    return true;
}

static bool put_auto(struct buf *out, const struct cell *cell, str text)
{
    if (put_number(out, cell, text))
        return true;
    if (str_is_nocase(text, "true") || str_is_nocase(text, "false"))
        return put_truth(out, cell, text);
    if (!put_json(out, text))
        json_put_string(out, text);
    return true;
}

/* False: the type has no value for it; nothing is written. */
static bool put_scalar(struct buf *out, const struct cell *cell, enum json_type type)
{
    char   room[NUMBER_ROOM];
    str    text = cell_show(cell, room);
    double number;

    switch (type) {
    case TYPE_AS_AUTO:
        return put_auto(out, cell, text);
    case TYPE_AS_BOOL:
        return put_truth(out, cell, text);
    case TYPE_AS_JSON:
        return put_json(out, text);
    case TYPE_AS_NUM:
        return put_number(out, cell, text);
    case TYPE_AS_PLAIN:
        if (cell_reads_number(cell, &number) && put_number(out, cell, text))
            return true;
        break;
    case TYPE_AS_TEXT:
        break;
    }
    json_put_string(out, text);
    return true;
}

/* As put_scalar; members of a list that have no value are left out of it, or null. */
static bool put_value(struct buf *out, const struct cell *cell, enum json_type type, bool nulls)
{
    size_t   before = out->size;
    uint32_t kept = 0;

    if (cell->kind != KIND_LIST) {
        if (put_scalar(out, cell, type))
            return true;
        if (nulls)
            buf_text(out, "null");
        return nulls;
    }
    buf_byte(out, '[');
    for (uint32_t i = 0; i < cell->size; i++) {
        size_t start = out->size;
        if (kept)
            buf_byte(out, ',');
        if (put_scalar(out, &cell->list[i], type)) {
            kept++;
        } else if (nulls) {
            buf_text(out, "null");
            kept++;
        } else {
            out->size = start;
        }
    }
    buf_byte(out, ']');
    if (kept == 0)
        out->size = before;
    return kept > 0;
}

/* --- objects ------------------------------------------------------------------------------------------------------- */

static struct cell member_cell(const struct writing *to, const struct member *member, uint32_t row)
{
    const struct column *column = to->batch->field[member->field].column;

    return column_settled(column, row);
}

/* "name":value, or nothing. */
static bool put_member(struct writing *to, const struct member *member, str name, uint32_t row)
{
    struct buf *text = &to->text;
    struct cell cell = member_cell(to, member, row);
    size_t      before = text->size;

    if (cell.kind == KIND_NULL)
        return false;
    if (before && text->at[before - 1] != '{')
        buf_byte(text, ',');
    json_put_string(text, name);
    buf_byte(text, ':');
    if (put_value(text, &cell, member->type, to->rows->nulls))
        return true;
    text->size = before;
    return false;
}

static void put_flat(struct writing *to, uint32_t row)
{
    order(to, row);
    for (uint32_t i = 0; i < to->members; i++)
        put_member(to, &to->member[i], to->member[i].name, row);
}

/* How much of both names is the same objects: up to and with the dot behind them. */
static size_t common_objects(str a, str b)
{
    size_t common = 0;

    for (size_t i = 0; i < a.size && i < b.size && a.at[i] == b.at[i]; i++)
        if (a.at[i] == '.')
            common = i + 1;
    return common;
}

static size_t count_dots(str text)
{
    size_t dots = 0;

    for (size_t i = 0; i < text.size; i++)
        dots += text.at[i] == '.';
    return dots;
}

/* Is there a row's field whose name goes on behind that of this one and a dot? Then that is an object and no value. */
static bool is_object(const struct writing *to, uint32_t member, uint32_t row)
{
    str name = to->member[member].name;

    for (uint32_t i = member + 1; i < to->members; i++) {
        str other = to->member[i].name;
        if (!str_starts(other, name) || other.size == name.size || other.at[name.size] != '.')
            return false;
        if (member_cell(to, &to->member[i], row).kind != KIND_NULL)
            return true;
    }
    return false;
}

static void put_nested(struct writing *to, uint32_t row)
{
    struct buf *text = &to->text;
    str         open = STR("");             /* objects that are open: "a.b." */

    for (uint32_t i = 0; i < to->members; i++) {
        const struct member *member = &to->member[i];
        size_t               common, last = 0;
        if (member_cell(to, member, row).kind == KIND_NULL || is_object(to, i, row))
            continue;
        common = common_objects(open, member->name);
        buf_repeat(text, '}', count_dots(str_slice(open, common, open.size)));
        for (size_t at = last = common; at < member->name.size; at++) {
            if (member->name.at[at] != '.')
                continue;
            if (text->size && text->at[text->size - 1] != '{')
                buf_byte(text, ',');
            json_put_string(text, str_slice(member->name, last, at));
            buf_text(text, ":{");
            last = at + 1;
        }
        open = str_slice(member->name, 0, last);
        put_member(to, member, str_slice(member->name, last, member->name.size), row);
    }
    buf_repeat(text, '}', count_dots(open));
}

static status write_rows(struct writing *to, struct column *column)
{
    if (to->rows->nested && to->members)
        qsort(to->member, to->members, sizeof *to->member, compare_names);
    for (uint32_t i = 0; i < batch_rows(to->batch); i++) {
        uint32_t row = batch_row(to->batch, i);
        str      text;
        buf_clear(&to->text);
        buf_byte(&to->text, '{');
        if (to->rows->nested)
            put_nested(to, row);
        else
            put_flat(to, row);
        buf_byte(&to->text, '}');
        TRY(buf_status(&to->text));
        if (to->text.size > UINT32_MAX)
            return FAIL_MEMORY;
        text = arena_str(&to->batch->arena, buf_str(&to->text));
        TRY_NEW(text.at);
        column->cell[row] = cell_field_text(text);
    }
    return OK;
}

/* A text for every selected row. */
static status make_column(struct op *op, const struct json_rows *rows, struct batch *out, struct column **made)
{
    struct writing to = { .rows = rows, .batch = out };
    status         result;

    TRY_NEW(*made = column_cells(&out->arena, out->size, KINDS(KIND_TEXT)));
    buf_init(&to.text, &op->run->heap);
    result = choose(op, &to);
    if (result == OK)
        result = write_rows(&to, *made);
    buf_free(&to.text);
    return result;
}

status json_rows_push(struct op *op, const struct json_rows *rows, const struct name *output, struct batch *in)
{
    struct batch  *out = batch_derive(in);
    struct column *made;
    status         result;

    TRY_NEW(out);
    result = make_column(op, rows, out, &made);
    if (result == OK)
        result = batch_assign(out, output, made, op->stage->rank);
    return op_emit_if(op, result, out);
}
