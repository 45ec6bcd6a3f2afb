#include "command/inline_data.h"

#include "flow/run.h"
#include "plan/stage.h"
#include "text/json.h"

enum { CELLS_MOST = 1000000 };      /* far more than values fit in the text; a guard against many rows of many columns */

/* A batch under construction, row by row. */
struct rows_in {
    struct op     *op;
    struct batch  *batch;
    struct arena  *arena;       /* the batch's */
    uint32_t       row, room;   /* the row at hand; rows there is room for */
    const char   **reason;
};

static status bad(struct rows_in *in, const char *reason)
{
    *in->reason = reason;
    return FAIL_DATA;
}

/* The column of that name, with room for all rows, null at first. */
static status column_for(struct rows_in *in, str text, struct column **out)
{
    const struct name *name = names_intern(in->op->run->names, text);

    TRY_NEW(name);
    *out = batch_column(in->batch, name);
    if (*out)
        return OK;
    if ((uint64_t)in->room * (in->batch->fields + 1) > CELLS_MOST)
        return bad(in, "it has too many columns for so many rows");
    TRY_NEW(*out = column_cells(in->arena, in->room, KINDS_ANY));
    memset((*out)->cell, 0, in->room * sizeof(struct cell));
    return batch_set(in->batch, name, *out, in->op->stage->rank);
}

static status start(struct op *op, uint32_t room, struct rows_in *in, const char **reason)
{
    *in = (struct rows_in){ .op = op, .room = room, .reason = reason };
    TRY_NEW(in->batch = batch_new(&op->run->heap, 0));
    in->arena = &in->batch->arena;
    return OK;
}

static status end(struct rows_in *in, status result, struct batch **out)
{
    if (result != OK) {
        batch_release(in->batch);
        return result;
    }
    in->batch->size = in->row;
    in->batch->rows.count = in->row;
    *out = in->batch;
    return OK;
}

/* --- CSV ----------------------------------------------------------------------------------------------------------- */

struct csv {
    const char *at, *end;
    char       *out;            /* room for all that is left */
};

/* One value; *last: the line ends behind it. "" inside quotes is a quote. */
static status csv_value(struct rows_in *in, struct csv *csv, str *value, bool *last)
{
    char  *out = csv->out;
    size_t size = 0;
    bool   quoted = csv->at < csv->end && *csv->at == '"';

    for (csv->at += quoted;; csv->at++) {
        if (csv->at == csv->end) {
            if (quoted)
                return bad(in, "a quote is not closed");
            break;
        }
        if (quoted && *csv->at == '"') {
            if (csv->at + 1 == csv->end || csv->at[1] != '"') {
                quoted = false;
                continue;
            }
            csv->at++;
        } else if (!quoted && (*csv->at == ',' || *csv->at == '\n')) {
            break;
        }
        out[size++] = *csv->at;
    }
    *last = csv->at == csv->end || *csv->at == '\n';
    csv->at += csv->at < csv->end;
    if (*last && size && out[size - 1] == '\r')
        size--;
    csv->out += size;
    *value = str_make(out, size);
    return OK;
}

static status csv_line(struct rows_in *in, struct csv *csv, struct column **column, uint32_t columns)
{
    bool last = false;

    for (uint32_t i = 0; !last; i++) {
        str value;
        TRY(csv_value(in, csv, &value, &last));
        if (i < columns && value.size)
            column[i]->cell[in->row] = cell_field_text(value);
        else if (value.size)
            return bad(in, "a row has more values than the first line has names");
    }
    in->row++;
    return OK;
}

static status csv_rows(struct rows_in *in, str text)
{
    struct csv      csv = { text.at, text.at + text.size, arena_alloc(in->arena, text.size + 1) };
    struct column **column = arena_alloc(in->arena, (text.size + 2) * sizeof *column);
    uint32_t        columns = 0;
    bool            last = false;

    TRY_NEW(column && csv.out ? column : NULL);
    while (!last) {
        str name;
        TRY(csv_value(in, &csv, &name, &last));
        name = str_trim_blanks(name);
        if (name.size == 0)
            return bad(in, "a name in the first line is empty");
        TRY(column_for(in, name, &column[columns++]));
    }
    while (csv.at < csv.end) {
        if (*csv.at == '\n' || (*csv.at == '\r' && csv.end - csv.at > 1 && csv.at[1] == '\n'))
            csv.at += *csv.at == '\n' ? 1 : 2;          /* an empty line is no row */
        else
            TRY(csv_line(in, &csv, column, columns));
    }
    return OK;
}

static uint32_t lines_in(str text)
{
    uint32_t lines = 1;

    for (size_t i = 0; i < text.size; i++)
        lines += text.at[i] == '\n';
    return lines;
}

status inline_csv(struct op *op, str text, struct batch **out, const char **reason)
{
    struct rows_in in;

    text = str_trim(text, STR("\r\n"));
    TRY(start(op, lines_in(text), &in, reason));
    return end(&in, csv_rows(&in, text), out);
}

/* --- JSON ---------------------------------------------------------------------------------------------------------- */

static status decoded(struct rows_in *in, const struct json_walk *walk, str *out)
{
    char *copy = arena_alloc(in->arena, walk->text.size + 1);

    TRY_NEW(copy);
    *out = str_make(copy, json_decode(walk->text, copy));
    return OK;
}

/* A scalar or an object as one cell: strings decoded, numbers as spelled, containers as their text. */
static status json_cell(struct rows_in *in, struct json_walk *walk, enum json_token token, struct cell *out)
{
    str text;

    *out = cell_null();
    switch (token) {
    case JSON_STRING:
        TRY(decoded(in, walk, &text));
        break;
    case JSON_OBJECT:
    case JSON_ARRAY:
        if (!json_skip(walk, token, &text))
            return bad(in, walk->reason);
        break;
    case JSON_NUMBER:
    case JSON_TRUE:
    case JSON_FALSE:
        text = walk->text;
        break;
    case JSON_NULL:
        return OK;
    default:
        return bad(in, walk->reason ? walk->reason : "a value is missing");
    }
    *out = cell_field_text(text);
    return OK;
}

/* An array becomes the list of its elements; null ones leave no trace. */
static status json_list(struct rows_in *in, struct json_walk *walk, struct cell *out)
{
    struct cell *cell = NULL;
    uint32_t     count = 0, room = 0;

    for (enum json_token token = json_next(walk); token != JSON_ARRAY_END; token = json_next(walk)) {
        if (count == room) {
            struct cell *more = ARENA_ARRAY(in->arena, struct cell, room = room ? room * 2 : 8);
            TRY_NEW(more);
            if (count)
                memcpy(more, cell, count * sizeof *more);
            cell = more;
        }
        TRY(json_cell(in, walk, token, &cell[count]));
        count += cell[count].kind != KIND_NULL;
    }
    if (count > 1)
        *out = (struct cell){ .kind = KIND_LIST, .size = count, .list = cell };
    else
        *out = count ? cell[0] : cell_null();
    return OK;
}

static status json_object(struct rows_in *in, struct json_walk *walk)
{
    for (enum json_token token = json_next(walk); token != JSON_OBJECT_END; token = json_next(walk)) {
        struct column *column;
        struct cell   *cell;
        str            name;

        if (token != JSON_KEY)
            return bad(in, walk->reason ? walk->reason : "a key is missing");
        TRY(decoded(in, walk, &name));
        if (name.size == 0)
            return bad(in, "a key is empty");
        TRY(column_for(in, name, &column));
        cell = &column->cell[in->row];
        token = json_next(walk);
        TRY(token == JSON_ARRAY ? json_list(in, walk, cell) : json_cell(in, walk, token, cell));
    }
    return OK;
}

static status json_rows(struct rows_in *in, str text)
{
    struct json_walk walk;
    struct column   *raw, *time;
    enum json_token  token;

    TRY(column_for(in, STR("_raw"), &raw));
    TRY(column_for(in, STR("_time"), &time));
    json_walk_start(&walk, text);
    if (json_next(&walk) != JSON_ARRAY)
        return bad(in, walk.reason ? walk.reason : "it must be an array of objects");
    while ((token = json_next(&walk)) == JSON_OBJECT) {
        const char *from = walk.at - 1;
        struct cell now = cell_number(in->op->context->now);

        TRY(json_object(in, &walk));
        now.flags = CELL_SOFT;
        if (raw->cell[in->row].kind == KIND_NULL)
            raw->cell[in->row] = cell_field_text(str_make(from, (size_t)(walk.at - from)));
        if (time->cell[in->row].kind == KIND_NULL)
            time->cell[in->row] = now;
        in->row++;
    }
    if (token != JSON_ARRAY_END)
        return bad(in, walk.reason ? walk.reason : "it must be an array of objects");
    return json_next(&walk) == JSON_END ? OK : bad(in, walk.reason ? walk.reason : "something follows the array");
}

static uint32_t objects_in(str text)
{
    uint32_t objects = 1;

    for (size_t i = 0; i < text.size; i++)
        objects += text.at[i] == '{';
    return objects;
}

status inline_json(struct op *op, str text, struct batch **out, const char **reason)
{
    struct rows_in in;

    TRY(start(op, objects_in(text), &in, reason));
    return end(&in, json_rows(&in, text), out);
}
