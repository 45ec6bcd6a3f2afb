/* format [mvsep=] [maxresults=] ["<rowpre>" "<colpre>" "<colsep>" "<colend>" "<rowsep>" "<rowend>"] [emptystr=]:
 * rows as the text of a search that finds their like (language 3.2).
 *
 * Splunk puts it behind every subsearch that does not end in format or return; so does plan/subsearch.c. Values of a field
 * named `search` go into the text as they are, those of `query` without their name (language 3.4). */
#include "command/text_row.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "syntax/print.h"
#include "value/list.h"
#include "value/number.h"
#include "value/order.h"

#include <stdlib.h>

enum { ROW_PREFIX, COLUMN_PREFIX, COLUMN_SEPARATOR, COLUMN_END, ROW_SEPARATOR, ROW_END, PIECES,
       MVSEP = PIECES, MAXRESULTS, EMPTYSTR };

static const struct param format_params[] = {
    [ROW_PREFIX] = { "rowprefix", PARAM_TEXT, PLACE_FIRST, .preset = "(", .help = "before everything" },
    [COLUMN_PREFIX] = { "colprefix", PARAM_TEXT, PLACE_FIRST, .preset = "(", .help = "before each row" },
    [COLUMN_SEPARATOR] = { "colsep", PARAM_TEXT, PLACE_FIRST, .preset = "AND", .help = "between the fields of a row" },
    [COLUMN_END] = { "colend", PARAM_TEXT, PLACE_FIRST, .preset = ")", .help = "behind each row" },
    [ROW_SEPARATOR] = { "rowsep", PARAM_TEXT, PLACE_FIRST, .preset = "OR", .help = "between rows" },
    [ROW_END] = { "rowend", PARAM_TEXT, PLACE_FIRST, .preset = ")", .help = "behind everything" },
    [MVSEP] = { "mvsep", PARAM_TEXT, PLACE_NAMED, .preset = "OR", .help = "between the values of a multivalue field" },
    [MAXRESULTS] = { "maxresults", PARAM_COUNT, PLACE_NAMED, .preset = "0", .help = "most rows; 0: all" },
    [EMPTYSTR] = { "emptystr", PARAM_TEXT, PLACE_NAMED, .preset = "NOT ( )", .help = "what is said when there are no rows" },
    { 0 }
};

struct format {
    struct op  op;
    str        piece[PIECES], between, empty;
    uint64_t   most, seen;              /* rows */
    uint64_t   rows;                    /* those that had something to say */
    bool       implied;                 /* nobody wrote it: it ends a subsearch */
    bool       bare;                    /* the last row is one word or one quoted text and nothing else, */
    size_t     alone;                   /* from here on */
    struct buf text;
};

/* A blank, unless the text is empty or the token is: one that is left out leaves no gap. */
static void put_token(struct buf *out, str token)
{
    if (token.size && out->size)
        buf_byte(out, ' ');
    buf_put(out, token);
}

static void put_value(struct format *format, str name, const struct cell *cell)
{
    struct buf *out = &format->text;
    char        room[NUMBER_ROOM];
    str         text = cell_show(cell, room);

    if (out->size)
        buf_byte(out, ' ');
    format->alone = out->size;
    if (str_is(name, "search")) {
        buf_put(out, text);
        return;
    }
    if (!str_is(name, "query")) {
        text_put_name(out, name);
        buf_byte(out, '=');
    }
    print_quoted(out, text);
}

/* Of a field `search` the first value counts. */
static void put_field(struct format *format, str name, const struct cell *cell)
{
    uint32_t           count;
    const struct cell *member = list_members(cell, &count);
    bool               raw = str_is(name, "search");

    if (count > 1 && !raw)
        put_token(&format->text, STR("("));
    for (uint32_t i = 0; i < (raw ? 1 : count); i++) {
        if (i)
            put_token(&format->text, format->between);
        put_value(format, name, &member[i]);
    }
    if (count > 1 && !raw)
        put_token(&format->text, STR(")"));
    format->bare = raw ? text_is_word(str_slice(buf_str(&format->text), format->alone, format->text.size))
                       : count == 1 && str_is(name, "query");
}

static status put_row(struct format *format, const struct field *field, uint32_t fields, uint32_t row)
{
    uint32_t said = 0;

    for (uint32_t i = 0; i < fields; i++) {
        struct cell cell = column_cell(field[i].column, row);

        if (cell.kind == KIND_NULL)
            continue;
        if (said++ == 0) {
            put_token(&format->text, format->piece[format->rows ? ROW_SEPARATOR : ROW_PREFIX]);
            put_token(&format->text, format->piece[COLUMN_PREFIX]);
        } else {
            put_token(&format->text, format->piece[COLUMN_SEPARATOR]);
        }
        put_field(format, name_str(field[i].name), &cell);
    }
    if (said == 0)
        return OK;
    put_token(&format->text, format->piece[COLUMN_END]);
    format->bare = format->bare && said == 1 && format->rows == 0;
    format->rows++;
    if (format->text.size > UINT32_MAX)
        return FAIL_LIMIT;
    return buf_status(&format->text);
}

static int compare_names(const void *a, const void *b)
{
    const struct field *left = a, *right = b;

    return str_compare(name_str(left->name), name_str(right->name));
}

/* The batch's fields but for internal ones, in order of their names, ready to be looked at. */
static status choose_fields(struct format *format, struct batch *in, struct field **out, uint32_t *count)
{
    struct field *field = ARENA_ARRAY(&format->op.step, struct field, in->fields + (size_t)1);

    TRY_NEW(field);
    *count = 0;
    for (uint32_t i = 0; i < in->fields; i++) {
        if (name_is_internal(in->field[i].name))
            continue;
        TRY(batch_decode(in, in->field[i].column));
        field[(*count)++] = in->field[i];
    }
    qsort(field, *count, sizeof *field, compare_names);
    *out = field;
    return OK;
}

static status format_push(struct op *op, struct batch *in)
{
    struct format *format = container_of(op, struct format, op);
    struct field  *field;
    uint32_t       fields;

    TRY(choose_fields(format, in, &field, &fields));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        if (format->most && format->seen == format->most) {
            if (format->implied)
                op_note(op, "subsearch-rows", NOTE_SUBSEARCH_ROWS);
            return ENOUGH;
        }
        format->seen++;
        TRY(put_row(format, field, fields, batch_row(in, i)));
    }
    return OK;
}

static status format_finish(struct op *op)
{
    struct format *format = container_of(op, struct format, op);

    if (format->rows == 0)
        return text_row_emit(op, format->empty);
    if (format->implied && format->bare) {      /* good where parentheses are not: earliest=[...] */
        size_t end = format->text.size - 1 - format->piece[COLUMN_END].size;

        return text_row_emit(op, str_slice(buf_str(&format->text), format->alone, end));
    }
    put_token(&format->text, format->piece[ROW_END]);
    TRY(buf_status(&format->text));
    return text_row_emit(op, buf_str(&format->text));
}

static void format_close(struct op *op)
{
    buf_free(&container_of(op, struct format, op)->text);
}

static const struct op_kind format_kind = {
    "format", .push = format_push, .finish = format_finish, .close = format_close,
};

static status format_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct format *format;

    TRY(op_new(&format_kind, sizeof *format, stage, run, out));
    format = container_of(*out, struct format, op);
    buf_init(&format->text, &run->heap);
    for (uint32_t i = 0; i < PIECES; i++)
        format->piece[i] = stage_argument(stage, i)->text;
    format->between = stage_argument(stage, MVSEP)->text;
    format->empty = stage_argument(stage, EMPTYSTR)->text;
    format->implied = stage->implied;
    format->most = format->implied ? run->options.limit_subsearch : (uint64_t)stage_argument(stage, MAXRESULTS)->number;
    return OK;
}

static status format_bind(struct binder *binder, struct stage *stage)
{
    uint32_t given = 0;

    for (uint32_t i = 0; i < PIECES; i++)
        given += stage_argument(stage, i)->given;
    if (given == 0 || given == PIECES)
        return OK;
    return diag_at(binder->diag, FAIL_QUERY, stage->span, "missing-argument",
                   "'format' wants all six texts (before the rows, before and between the fields of a row, behind them, "
                   "between the rows, behind them) or none, not %u", given);
}

static status format_needs(const struct stage *stage, struct wanted *wanted)
{
    (void)stage;
    wanted_clear(wanted);
    return wanted_add_pattern(wanted, STR("*"));
}

const struct command command_format = {
    .name = "format",
    .usage = "format [\"<rowprefix>\" \"<colprefix>\" \"<colsep>\" \"<colend>\" \"<rowsep>\" \"<rowend>\"] [mvsep=<text>] "
             "[maxresults=<count>] [emptystr=<text>]",
    .summary = "All rows as the text of a search that finds rows like them",
    .keeps = "the text it makes",
    .params = format_params, .traits = TRAIT_TRANSFORMS,
    .bind = format_bind, .needs = format_needs, .open = format_open,
    .example = { "table host user | format", "{\"host\":\"a\",\"user\":\"x\"}\n{\"host\":\"b\"}",
                 "{\"search\":\"( ( host=\\\"a\\\" AND user=\\\"x\\\" ) OR ( host=\\\"b\\\" ) )\"}" },
};
