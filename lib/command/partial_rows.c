#include "aggregate/collect.h"
#include "command/states.h"

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

static bool is_version_1(const struct column *version, uint32_t row)
{
    struct cell cell = column_cell(version, row);
    double      number;

    return cell_reads_number(&cell, &number) && number == 1;
}

status partial_load(struct states *states, const struct partial_fields *fields, struct batch *batch,
                    const struct grouping *grouping, struct op *op)
{
    struct column *state = batch_column(batch, fields->state), *version = batch_column(batch, fields->version);
    status         s;

    for (uint32_t i = 0; i < grouping->count; i++) {
        uint32_t    row = grouping->row ? grouping->row[i] : i;
        struct cell cell = state ? column_cell(state, row) : cell_null();
        uint32_t    group = grouping->group ? grouping->group[i] : 0;
        uint64_t    rows = partial_count(fields, batch, row);
        s = FAIL_DATA;
        if (is_version_1(version, row) && cell.kind == KIND_TEXT)
            s = states_load(states, group, cell_str(&cell), &op->step);
        else if (is_version_1(version, row) && cell.kind == KIND_NULL && rows)
            s = states_load_count(states, group, rows);     /* of sitop: it holds nothing else */
        if (s == FAIL_DATA)
            op_note(op, "bad-partials", STR("partial results (psrsvd_v) could not be read"));
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

enum { SHOW_STATE, SHOW_VERSION, SHOW_ROWS, SHOW_COUNT, SHOW_NUMBERS, SHOW_SUM, SHOW_SQUARES };

static status add_column(struct partial_columns *columns, const struct tally_work *work, int what, const char *prefix,
                         struct names *names)
{
    struct buf text;

    buf_init(&text, columns->states->tallies->heap);
    buf_text(&text, prefix);
    if (what > SHOW_ROWS)
        buf_put(&text, name_str(work->argument->field));
    if (buf_status(&text) == OK)
        columns->name[columns->count] = names_intern(names, buf_str(&text));
    else
        columns->name[columns->count] = NULL;
    buf_free(&text);
    TRY_NEW(columns->name[columns->count]);
    columns->column[columns->count++] = (struct partial_column){ work, what };
    return OK;
}

static status add_shown(struct partial_columns *columns, const struct tally_work *work, struct names *names)
{
    const struct aggregate *aggregate = work->tally.aggregate;
    const char             *kind = aggregate->state ? aggregate->state : aggregate->name;

    if (work->sparks || !work->argument->field || !tallies_show(work))
        return OK;
    if (str_is(str_of(kind), "count"))
        return add_column(columns, work, SHOW_COUNT, "psrsvd_ct_", names);
    if (!str_is(str_of(kind), "sum") && !str_is(str_of(kind), "sumsq"))
        return OK;
    TRY(add_column(columns, work, SHOW_NUMBERS, "psrsvd_nc_", names));
    return str_is(str_of(kind), "sum") ? add_column(columns, work, SHOW_SUM, "psrsvd_sm_", names)
                                       : add_column(columns, work, SHOW_SQUARES, "psrsvd_ss_", names);
}

status partial_columns_make(struct partial_columns *columns, struct states *states, const struct measure *rows,
                            struct names *names, struct arena *arena)
{
    const struct tallies    *tallies = states->tallies;
    uint32_t                 most = 2 * tallies->works + 3;
    const struct tally_work *counting = NULL;

    *columns = (struct partial_columns){ .states = states };
    TRY_NEW(columns->name = ARENA_ARRAY(arena, const struct name *, most));
    TRY_NEW(columns->column = ARENA_ARRAY(arena, struct partial_column, most));
    for (uint32_t i = 0; i < tallies->works; i++) {
        if (tallies->work[i]->measure == rows)
            counting = tallies->work[i];
        else if (!tallies->work[i]->measure->wild)
            TRY(add_shown(columns, tallies->work[i], names));
    }
    TRY(add_column(columns, counting, SHOW_ROWS, PARTIAL_ROWS, names));
    TRY(add_column(columns, NULL, SHOW_STATE, PARTIAL_STATE, names));
    return add_column(columns, NULL, SHOW_VERSION, PARTIAL_VERSION, names);
}

/* A saved sum: aggregate/segments.h. */
static double sum_of(const struct cell *part)
{
    uint32_t           count;
    const struct cell *sum = collect_members(&part[3], &count);
    double             whole = collect_number(&part[0]) * 4294967296 + collect_number(&part[1]), fold = 0;

    while (count-- > 0)
        fold += collect_number(&sum[count]);
    return whole + fold;
}

status partial_columns_cell(struct partial_columns *columns, uint32_t column, uint32_t group, struct arena *arena,
                            struct cell *out)
{
    const struct partial_column *shown = &columns->column[column];
    struct tally_work           *work = (struct tally_work *)shown->work;
    struct cell                  part[AGGREGATE_PARTS];

    if (shown->what == SHOW_STATE)
        return states_save(columns->states, group, arena, out);
    *out = cell_number(1);
    if (shown->what == SHOW_VERSION)
        return OK;
    TRY(work->tally.aggregate->save(&work->tally, group, arena, part));
    if (shown->what == SHOW_ROWS || shown->what == SHOW_COUNT)
        *out = part[0];
    else
        *out = cell_number(shown->what == SHOW_NUMBERS ? collect_number(&part[4]) : sum_of(part));
    return OK;
}
