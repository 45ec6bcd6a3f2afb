#include "aggregate/collect.h"
#include "group/states.h"
#include "value/number.h"

#include <math.h>

status partial_fields_init(struct partial_fields *fields, struct names *names)
{
    TRY_NEW(fields->version = names_intern(names, STR(PARTIAL_VERSION)));
    TRY_NEW(fields->rows = names_intern(names, STR(PARTIAL_ROWS)));
    TRY_NEW(fields->state = names_intern(names, STR(PARTIAL_STATE)));
    TRY_NEW(fields->from = names_intern(names, STR(PARTIAL_FROM)));
    TRY_NEW(fields->to = names_intern(names, STR(PARTIAL_TO)));
    return OK;
}

/* --- in ------------------------------------------------------------------------------------------------- */

status partial_rows(const struct partial_fields *fields, struct batch *batch, struct arena *step, struct rows *plain,
                    struct rows *partial)
{
    struct column *version = batch_column(batch, fields->version);
    uint32_t      *row, count = batch_rows(batch), plains = 0, partials = 0;

    *plain = batch->rows;
    *partial = (struct rows){ 0 };
    if (!version)
        return OK;
    TRY(batch_decode(batch, version));
    TRY(batch_decode(batch, batch_column(batch, fields->rows)));
    TRY(batch_decode(batch, batch_column(batch, fields->state)));
    TRY(batch_decode(batch, batch_column(batch, fields->from)));
    TRY(batch_decode(batch, batch_column(batch, fields->to)));
    TRY_NEW(row = arena_alloc(step, 2 * (count + (size_t)1) * sizeof *row));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = batch_row(batch, i);
        if (column_is_null(version, at))
            row[plains++] = at;
        else
            row[count + partials++] = at;
    }
    *plain = (struct rows){ plains, row };
    *partial = (struct rows){ partials, row + count };
    return OK;
}

bool partial_is_known(const struct partial_fields *fields, const struct batch *batch, uint32_t row)
{
    struct cell cell = column_cell(batch_column(batch, fields->version), row);
    double      number;

    return cell_reads_number(&cell, &number) && number == 1;
}

void partial_note_bad(struct op *op)
{
    op_note(op, "bad-partials", STR("partial results (psrsvd_v) could not be read"));
}

/* --- in, where there is no psrsvd_state ------------------------------------------------------------------ */

/* What psrsvd_TYPE_x shows. */
enum { SHOW_COUNT, SHOW_NUMBERS, SHOW_SUM, SHOW_SQUARES, SHOW_TYPE, SHOWN, SHOW_STATE = SHOWN, SHOW_VERSION, SHOW_ROWS };

static const char *const prefixes[] = {
    [SHOW_COUNT] = "psrsvd_ct_", [SHOW_NUMBERS] = "psrsvd_nc_", [SHOW_SUM] = "psrsvd_sm_", [SHOW_SQUARES] = "psrsvd_ss_",
    [SHOW_TYPE] = "psrsvd_vt_", [SHOW_STATE] = PARTIAL_STATE, [SHOW_VERSION] = PARTIAL_VERSION, [SHOW_ROWS] = PARTIAL_ROWS,
};

struct shown_field {
    str            field;
    struct column *column[SHOWN];
    str            count, sum, squares, moments;        /* keys of states */
};

struct shown_fields {
    struct shown_field *item;
    uint32_t            count;
};

static status key_of(struct arena *arena, const char *kind, str field, str *out)
{
    size_t size = strlen(kind);
    char  *text = arena_alloc(arena, size + field.size + 3);

    TRY_NEW(text);
    memcpy(text, kind, size);
    text[size] = '(';
    memcpy(text + size + 1, field.at, field.size);
    text[size + 1 + field.size] = ')';
    *out = str_make(text, size + field.size + 2);
    return OK;
}

static status take_shown(struct shown_fields *fields, int what, str field, struct column *column, struct arena *arena)
{
    struct shown_field *at = fields->item;

    while (at < fields->item + fields->count && !str_equal(at->field, field))
        at++;
    if (at == fields->item + fields->count) {
        *at = (struct shown_field){ .field = field };
        TRY(key_of(arena, "count", field, &at->count));
        TRY(key_of(arena, "sum", field, &at->sum));
        TRY(key_of(arena, "sumsq", field, &at->squares));
        TRY(key_of(arena, "stdev", field, &at->moments));
        fields->count++;
    }
    at->column[what] = column;
    return OK;
}

static status find_shown(struct batch *batch, struct arena *arena, struct shown_fields *out)
{
    *out = (struct shown_fields){ .count = 0 };
    TRY_NEW(out->item = arena_alloc(arena, (batch->fields + (size_t)1) * sizeof *out->item));
    for (uint32_t i = 0; i < batch->fields; i++) {
        str name = name_str(batch->field[i].name);
        for (int what = 0; what < SHOWN; what++) {
            str prefix = str_of(prefixes[what]);
            if (!str_starts(name, prefix) || name.size == prefix.size)
                continue;
            TRY(batch_decode(batch, batch->field[i].column));
            TRY(take_shown(out, what, str_slice(name, prefix.size, name.size), batch->field[i].column, arena));
        }
    }
    return OK;
}

static bool shown_number(const struct shown_field *field, int what, uint32_t row, double *out)
{
    struct cell cell = field->column[what] ? column_cell(field->column[what], row) : cell_null();

    return cell_reads_number(&cell, out) && !isnan(*out);
}

static bool shown_count(const struct shown_field *field, int what, uint32_t row, struct cell *out)
{
    double number;

    if (!shown_number(field, what, row, &number))
        return false;
    *out = cell_number(number);
    *out = cell_number((double)collect_count(out));
    return true;
}

/* The saved state of a sum (aggregate/segments.h) and of how many it is. */
enum { TOTAL_PARTS = 5 };

static void make_total(double sum, struct cell count, struct cell *part)
{
    bool   whole = sum >= -9007199254740992.0 && sum <= 9007199254740992.0 && floor(sum) == sum;
    double high = whole ? floor(sum / 4294967296) : 0;

    part[0] = cell_number(high);
    part[1] = cell_number(whole ? sum - high * 4294967296 : 0);
    part[2] = cell_null();
    part[3] = whole ? cell_null() : cell_number(sum);
    part[4] = count;
}

static status load_totals(struct states *states, uint32_t group, const struct shown_field *field, uint32_t row, bool *any)
{
    struct cell part[TOTAL_PARTS], count;
    double      sum, squares;
    bool        has_sum = shown_number(field, SHOW_SUM, row, &sum);
    bool        has_squares = shown_number(field, SHOW_SQUARES, row, &squares);

    if (!shown_count(field, SHOW_NUMBERS, row, &count))
        return OK;
    *any |= has_sum || has_squares;
    if (has_sum) {
        make_total(sum, count, part);
        TRY(states_load_key(states, group, field->sum, part, TOTAL_PARTS));
    }
    if (has_squares) {
        make_total(squares, count, part);
        TRY(states_load_key(states, group, field->squares, part, TOTAL_PARTS));
    }
    if (!has_sum || !has_squares || !(count.number > 0))
        return OK;
    part[0] = cell_number(0);
    part[1] = count;
    part[2] = cell_number(sum / count.number);
    part[3] = cell_number(fmax(0, squares - sum / count.number * sum));
    return states_load_key(states, group, field->moments, part, 4);
}

/* `any`: there was something. */
static status load_shown(struct states *states, uint32_t group, const struct shown_fields *fields, uint32_t row, bool *any)
{
    struct cell count;

    for (uint32_t i = 0; i < fields->count; i++) {
        if (shown_count(&fields->item[i], SHOW_COUNT, row, &count)) {
            TRY(states_load_key(states, group, fields->item[i].count, &count, 1));
            *any = true;
        }
        TRY(load_totals(states, group, &fields->item[i], row, any));
    }
    return OK;
}

/* --- */

static status load_row(struct states *states, uint32_t group, const struct partial_fields *fields,
                       const struct shown_fields *shown, const struct batch *batch, uint32_t row)
{
    struct column *state = batch_column(batch, fields->state);
    struct cell    cell = state ? column_cell(state, row) : cell_null();
    uint64_t       rows = partial_count(fields, batch, row);
    struct cell    count = cell_number((double)rows);
    bool           any = rows > 0;

    if (cell.kind == KIND_TEXT)
        return states_load(states, group, cell_str(&cell));
    if (cell.kind != KIND_NULL)
        return FAIL_DATA;
    if (rows)
        TRY(states_load_key(states, group, STR("count"), &count, 1));
    TRY(load_shown(states, group, shown, row, &any));
    return any ? OK : FAIL_DATA;
}

status partial_load(struct states *states, const struct partial_fields *fields, struct batch *batch,
                    const struct grouping *grouping, struct op *op)
{
    struct shown_fields shown;

    TRY(find_shown(batch, &op->step, &shown));
    for (uint32_t i = 0; i < grouping->count; i++) {
        uint32_t row = grouping->row ? grouping->row[i] : i;
        status   s = FAIL_DATA;
        states->holder = batch->ordinal + row;
        if (partial_is_known(fields, batch, row))
            s = load_row(states, grouping->group ? grouping->group[i] : 0, fields, &shown, batch, row);
        if (s == FAIL_DATA)
            partial_note_bad(op);
        else
            TRY(s);
    }
    return OK;
}

uint64_t partial_count(const struct partial_fields *fields, const struct batch *batch, uint32_t row)
{
    struct column *rows = batch_column(batch, fields->rows);
    struct cell    cell = rows ? column_cell(rows, row) : cell_null();
    double         number;

    if (!cell_reads_number(&cell, &number))
        return 0;
    cell = cell_number(number);
    return collect_count(&cell);
}

/* --- out ------------------------------------------------------------------------------------------------ */

static status add_column(struct partial_columns *columns, const struct tally_work *work, int what, struct names *names)
{
    const struct name *name;
    struct buf         text;

    buf_init(&text, columns->states->tallies->heap);
    buf_text(&text, prefixes[what]);
    if (what < SHOWN)
        buf_put(&text, name_str(work->argument->field));
    name = buf_status(&text) == OK ? names_intern(names, buf_str(&text)) : NULL;
    buf_free(&text);
    TRY_NEW(name);
    for (uint32_t i = 0; i < columns->count; i++)
        if (columns->name[i] == name)           /* of another aggregate over the same field */
            return OK;
    columns->name[columns->count] = name;
    columns->column[columns->count++] = (struct partial_column){ work, what };
    return OK;
}

/* Which of them an aggregate has, by the kind of its state. The first that has one shows it: sums are exact. */
static const struct { const char *kind; int what[5]; } shows[] = {
    { "count", { SHOW_COUNT, SHOWN } },
    { "sum", { SHOW_NUMBERS, SHOW_SUM, SHOW_TYPE, SHOWN } },
    { "sumsq", { SHOW_NUMBERS, SHOW_SQUARES, SHOW_TYPE, SHOWN } },
    { "stdev", { SHOW_NUMBERS, SHOW_SUM, SHOW_SQUARES, SHOW_TYPE, SHOWN } },
};

static str kind_of(const struct aggregate *aggregate)
{
    return str_of(aggregate->state ? aggregate->state : aggregate->name);
}

static status add_shown(struct partial_columns *columns, const struct tallies *tallies, const char *kind, const int *what,
                        struct names *names)
{
    for (uint32_t i = 0; i < tallies->works; i++) {
        const struct tally_work *work = tallies->work[i];
        if (work->sparks || !work->argument->field || work->measure->wild || !str_is(kind_of(work->tally.aggregate), kind))
            continue;
        for (const int *at = what; *at != SHOWN; at++)
            TRY(add_column(columns, work, *at, names));
    }
    return OK;
}

status partial_columns_make(struct partial_columns *columns, struct states *states, const struct measure *rows,
                            struct names *names, struct arena *arena)
{
    const struct tallies    *tallies = states->tallies;
    uint32_t                 most = 4 * tallies->works + 3;
    const struct tally_work *counting = NULL;

    *columns = (struct partial_columns){ .states = states };
    TRY_NEW(columns->name = ARENA_ARRAY(arena, const struct name *, most));
    TRY_NEW(columns->column = ARENA_ARRAY(arena, struct partial_column, most));
    for (uint32_t i = 0; i < tallies->works; i++)
        if (tallies->work[i]->measure == rows)
            counting = tallies->work[i];
    for (size_t i = 0; i < COUNT_OF(shows); i++)
        TRY(add_shown(columns, tallies, shows[i].kind, shows[i].what, names));
    TRY(add_column(columns, counting, SHOW_ROWS, names));
    TRY(add_column(columns, NULL, SHOW_STATE, names));
    return add_column(columns, NULL, SHOW_VERSION, names);
}

/* The first of the numbers that an exact sum is told by is what it is when rounded. */
static double rounded_of(const struct cell *sum)
{
    uint32_t           count;
    const struct cell *part = collect_members(sum, &count);

    return count ? collect_number(part) : 0;
}

/* A sum that was saved as a partial result: aggregate/segments.h. */
static double sum_of(const struct cell *part)
{
    return collect_number(&part[0]) * 4294967296 + collect_number(&part[1]) + rounded_of(&part[3]);
}

/* Saved moments: of numbers, their mean and sum of squared differences, or without a segment their sum and that of their
 * squares. */
static void fold_moments(const struct cell *part, double *numbers, double *sum, double *squares)
{
    *numbers = collect_number(&part[1]);
    *sum = rounded_of(&part[2]);
    *squares = rounded_of(&part[3]);
    if (part[0].kind == KIND_NULL)
        return;
    *squares += *sum * *sum * *numbers;
    *sum *= *numbers;
}

/* Digits behind the point of the number's text. */
static double decimals_of(double number)
{
    char     room[NUMBER_ROOM];
    size_t   size = number_format(number, EXACT, room), point = size, e = size;
    double   power = 0;

    for (size_t i = size; i-- > 0;) {
        point = room[i] == '.' ? i : point;
        e = room[i] == 'e' ? i : e;
    }
    if (e < size && !number_parse(str_make(room + e + 1, size - e - 1), &power, NULL))
        return 0;
    return fmax(0, (double)(point < e ? e - point - 1 : 0) - power);
}

status partial_columns_cell(struct partial_columns *columns, uint32_t column, uint32_t group, struct arena *arena,
                            struct cell *out)
{
    const struct partial_column *shown = &columns->column[column];
    struct tally_work           *work = (struct tally_work *)shown->work;
    struct cell                  part[AGGREGATE_PARTS];
    const struct aggregate      *aggregate;
    double                       numbers, sum, squares;

    if (shown->what == SHOW_STATE)
        return states_save(columns->states, group, arena, out);
    *out = cell_number(1);
    if (shown->what == SHOW_VERSION)
        return OK;
    aggregate = work->tally.aggregate;
    arena_reset(&columns->states->scratch);
    TRY(states_save_one(&work->tally, group, &columns->states->scratch, part));
    if (shown->what == SHOW_ROWS || shown->what == SHOW_COUNT) {
        *out = part[0];
        return OK;
    }
    if (str_is(kind_of(aggregate), "stdev")) {
        fold_moments(part, &numbers, &sum, &squares);
    } else {
        numbers = collect_number(&part[TOTAL_PARTS - 1]);
        sum = squares = sum_of(part);
    }
    *out = cell_number(shown->what == SHOW_NUMBERS ? numbers : shown->what == SHOW_SUM ? sum
                       : shown->what == SHOW_SQUARES ? squares : decimals_of(sum));
    return OK;
}
