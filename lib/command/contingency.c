/* contingency [maxrows=] [maxcols=] [minrowcover=] [mincolcover=] [usetotal=] [totalstr=] <field> <field>: how often the
 * values of two fields occur together (reporting 8).
 *
 * Rows and columns stand in falling order of how often their value occurs, ties in order of bytes. A row without a value in
 * one of the fields is not counted; a multivalue counts with each of its values. The empty text is shown as EMPTY_STR, as
 * Splunk does. Values beyond the limits are dropped and the totals are of what is shown. At most limit.contingency
 * values of each field are shown, whatever is asked for; where that is what cuts, there is a note. Partial results are rows
 * as those of sitop: two values, and how often they occur together. */
#include "group/best.h"
#include "group/group_table.h"
#include "rows/results.h"
#include "command/series_label.h"
#include "flow/run.h"
#include "plan/bind.h"

enum { MAXROWS, MAXCOLS, MINROWCOVER, MINCOLCOVER, USETOTAL, TOTALSTR, PRESTATS, FIELDS };
enum { SIDE_ROWS, SIDE_COLUMNS, SIDES };

static const struct param contingency_params[] = {
    [MAXROWS] = { "maxrows", PARAM_COUNT, PLACE_NAMED, .preset = "0",
                  .help = "values of the first field, the most frequent; 0: limit.contingency" },
    [MAXCOLS] = { "maxcols", PARAM_COUNT, PLACE_NAMED, .preset = "0", .help = "values of the second; 0: limit.contingency" },
    [MINROWCOVER] = { "minrowcover", PARAM_NUMBER, PLACE_NAMED, .preset = "1", .least = 0, .most = 1,
                      .help = "only as many rows as stand for this part of all that is counted" },
    [MINCOLCOVER] = { "mincolcover", PARAM_NUMBER, PLACE_NAMED, .preset = "1", .least = 0, .most = 1,
                      .help = "the same for columns" },
    [USETOTAL] = { "usetotal", PARAM_BOOL, PLACE_NAMED, .preset = "t", .help = "a row and a column of totals" },
    [TOTALSTR] = { "totalstr", PARAM_TEXT, PLACE_NAMED, .preset = "TOTAL", .help = "what they are called" },
    [PRESTATS] = { "prestats", PARAM_BOOL, PLACE_NAMED, .preset = "f",
                   .help = "partial results, for another contingency" },
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .required = true, .help = "of the rows, of the columns" },
    { 0 }
};

struct contingency_bound {
    struct measures measures;               /* one that counts rows */
    bool            emits, meets;           /* partial results */
};

struct side {                               /* the values of one field */
    struct group_table *table;
    uint64_t            count;              /* all of them */
    uint32_t            shown;
    struct interner     values;             /* those that are shown, */
    uint32_t           *place;              /* by code: where, */
    str                *text;               /* and by place */
    uint64_t           *total;
};

struct contingency {
    struct op           op;
    struct group_table *table;
    const struct name  *field[SIDES];
    struct side         side[SIDES];
    uint64_t           *cell;               /* of what is shown: by row, then by column */
    uint64_t            all;
    struct partial_fields partial;
    bool                meets;              /* partial results may come */
    uint64_t            base;               /* row of the result that is the first group at hand, while they go out */
};

static status contingency_bind(struct binder *binder, struct stage *stage)
{
    struct contingency_bound *bound = stage->bound;
    const struct argument    *fields = stage_argument(stage, FIELDS);
    uint32_t                  rows;

    bound->emits = stage_argument(stage, PRESTATS)->truth;
    bound->meets = binder->partials;
    binder->partials |= bound->emits;
    if (bound->emits)
        stage->traits &= ~(uint32_t)TRAIT_SPLITS;
    if (fields->count == 2)
        return measures_count_rows(binder, &bound->measures, &rows);
    diag_at(binder->diag, FAIL_QUERY, stage->span, "bad-argument", "'%.*s' wants two different fields", SHOW(stage->name));
    diag_hint(binder->diag, "usage: %s", stage->command->usage);
    return FAIL_QUERY;
}

/* --- counting ------------------------------------------------------------------------------------------------------ */

static status contingency_push(struct op *op, struct batch *in)
{
    struct contingency *contingency = container_of(op, struct contingency, op);
    struct column      *key[SIDES];
    struct grouping     grouping;
    struct rows         plain = in->rows, partial = { 0 };

    for (uint32_t i = 0; i < SIDES; i++) {
        key[i] = batch_column(in, contingency->field[i]);
        TRY(batch_decode(in, key[i]));
    }
    if (contingency->meets)
        TRY(partial_rows(&contingency->partial, in, &op->step, &plain, &partial));
    if (partial.count) {
        TRY(group_table_assign(contingency->table, (const struct column *const *)key, in, &partial, &op->step, &grouping));
        TRY(partial_load(&contingency->table->states, &contingency->partial, in, &grouping, op));
    }
    TRY(group_table_assign(contingency->table, (const struct column *const *)key, in, &plain, &op->step, &grouping));
    return group_table_push(contingency->table, in, &grouping, &op->step);
}

static status contingency_merge(struct op *op, struct op *from)
{
    return group_table_merge(container_of(op, struct contingency, op)->table,
                             container_of(from, struct contingency, op)->table);
}

/* --- the result ---------------------------------------------------------------------------------------------------- */

static status times_of(struct contingency *contingency, struct group_table *table, uint32_t at, uint64_t *out)
{
    struct cell cell;

    TRY(tallies_cell(&table->tallies, table->tallies.work[0], table->order[at], &contingency->op.step, &cell));
    *out = (uint64_t)cell.number;
    return OK;
}

static uint32_t most_of(const struct contingency *contingency, uint32_t number)
{
    double   limit = stage_argument(contingency->op.stage, number == SIDE_ROWS ? MAXROWS : MAXCOLS)->number;
    uint32_t ceiling = (uint32_t)context_limit(contingency->op.context, LIMIT_CONTINGENCY);

    return limit > 0 && limit < ceiling ? (uint32_t)limit : ceiling;
}

/* How many of the most frequent values the options leave. */
static uint32_t choose(struct contingency *contingency, uint32_t number, const struct best *best)
{
    const struct stage *stage = contingency->op.stage;
    double              cover = stage_argument(stage, number == SIDE_ROWS ? MINROWCOVER : MINCOLCOVER)->number;
    uint32_t            ceiling = (uint32_t)context_limit(contingency->op.context, LIMIT_CONTINGENCY);
    uint32_t            most = most_of(contingency, number), shown = 0;
    uint64_t            covered = 0;

    while (shown < best->count && shown < most && (shown == 0 || (double)covered < cover * (double)contingency->all))
        covered += (uint64_t)best->item[shown++].score;
    if (shown == ceiling && shown < contingency->side[number].count && (double)covered < cover * (double)contingency->all)
        op_note(&contingency->op, "contingency", STR("fields of 'contingency' had more values than "
                                                     "limit.contingency: the most frequent are shown"));
    return shown;
}

static status key_of_side(void *host, const struct group_table *from, uint32_t group, struct cell *key)
{
    key[0] = groups_cell(&from->groups, group, *(const uint32_t *)host);
    return OK;
}

static status find_frequent(struct contingency *contingency, struct side *side, struct best *best)
{
    status   result;
    uint64_t times;

    TRY(group_table_read(side->table));
    while ((result = group_table_next(side->table)) == OK)
        for (uint32_t i = 0; i < side->table->count; i++) {
            TRY(times_of(contingency, side->table, i, &times));
            TRY(best_add(best, (double)times, side->count++));
        }
    best_settle(best);
    return result == DONE ? OK : result;
}

/* The texts of those that are shown. */
static status name_values(struct side *side, struct best *best)
{
    uint64_t at = 0;
    uint32_t next = 0, code;
    status   result;

    best->count = side->shown;
    best_by_place(best);
    TRY(group_table_read(side->table));
    while ((result = group_table_next(side->table)) == OK)
        for (uint32_t i = 0; i < side->table->count && next < side->shown; i++, at++) {
            struct cell cell = groups_cell(&side->table->groups, side->table->order[i], 0);
            if (best->item[next].place != at)
                continue;
            TRY(interner_cell(&side->values, &cell, &code));
            side->place[code] = best->item[next++].rank;
            side->text[side->place[code]] = interner_str(&side->values, code);
        }
    return result == DONE ? OK : result;
}

static status arrange_side(struct contingency *contingency, uint32_t number, struct best *best)
{
    struct group_shape shape = contingency->table->shape;
    struct side       *side = &contingency->side[number];
    struct arena      *arena = &contingency->op.arena;

    shape.keys = 1;
    TRY(group_table_open(&contingency->op, &shape, &side->table));
    TRY(group_table_pour(side->table, contingency->table, key_of_side, &number));
    TRY(find_frequent(contingency, side, best));
    side->shown = choose(contingency, number, best);
    TRY_NEW(side->place = ARENA_ARRAY(arena, uint32_t, side->shown + (size_t)1));
    TRY_NEW(side->text = ARENA_ARRAY(arena, str, side->shown + (size_t)1));
    TRY_NEW(side->total = ARENA_ARRAY(arena, uint64_t, side->shown + (size_t)1));
    interner_init(&side->values, contingency->op.context->heap);
    return name_values(side, best);
}

static bool find_place(const struct contingency *contingency, uint32_t at, uint32_t number, uint32_t *out)
{
    const struct group_table *table = contingency->table;
    struct cell               cell = groups_cell(&table->groups, table->order[at], number);
    uint32_t                  code = interner_find(&contingency->side[number].values, cell_str(&cell));

    *out = code == INTERNER_NULL ? 0 : contingency->side[number].place[code];
    return code != INTERNER_NULL;
}

static status fill(struct contingency *contingency)
{
    struct side *rows = &contingency->side[SIDE_ROWS], *columns = &contingency->side[SIDE_COLUMNS];
    uint32_t     row, column;
    uint64_t     times;
    status       result;

    contingency->all = 0;
    TRY_NEW(contingency->cell = ARENA_ARRAY(&contingency->op.arena, uint64_t, (size_t)rows->shown * columns->shown + 1));
    TRY(group_table_read(contingency->table));
    while ((result = group_table_next(contingency->table)) == OK)
        for (uint32_t i = 0; i < contingency->table->count; i++) {
            if (!find_place(contingency, i, SIDE_ROWS, &row) || !find_place(contingency, i, SIDE_COLUMNS, &column))
                continue;
            TRY(times_of(contingency, contingency->table, i, &times));
            contingency->cell[(size_t)row * columns->shown + column] = times;
            rows->total[row] += times;
            columns->total[column] += times;
            contingency->all += times;
        }
    return result == DONE ? OK : result;
}

static status count_all(struct contingency *contingency)
{
    uint64_t times;
    status   result;

    TRY(group_table_read(contingency->table));
    while ((result = group_table_next(contingency->table)) == OK)
        for (uint32_t i = 0; i < contingency->table->count; i++) {
            TRY(times_of(contingency, contingency->table, i, &times));
            contingency->all += times;
        }
    return result == DONE ? OK : result;
}

static str label_of(const struct contingency *contingency, uint32_t number, uint64_t place)
{
    const struct side *side = &contingency->side[number];
    str                text;

    if (place == side->shown)
        return stage_argument(contingency->op.stage, TOTALSTR)->text;
    text = side->text[place];
    return text.size ? text : STR("EMPTY_STR");
}

static status contingency_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct contingency *contingency = host;
    uint32_t                  columns = contingency->side[SIDE_COLUMNS].shown;
    bool                      last_row = row == contingency->side[SIDE_ROWS].shown;

    (void)arena;
    if (column == 0)
        *out = cell_field_text(label_of(contingency, SIDE_ROWS, row));
    else if (column - 1 == columns)
        *out = cell_number((double)(last_row ? contingency->all : contingency->side[SIDE_ROWS].total[row]));
    else if (last_row)
        *out = cell_number((double)contingency->side[SIDE_COLUMNS].total[column - 1]);
    else
        *out = cell_number((double)contingency->cell[(size_t)row * columns + column - 1]);
    return OK;
}

/* --- partial results ----------------------------------------------------------------------------------------------- */

enum { OUT_ROWS = SIDES, OUT_VERSION, OUT_COLUMNS };

static status partial_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    struct contingency       *contingency = host;
    const struct group_table *table = contingency->table;
    uint64_t                  times;

    (void)arena;
    *out = cell_number(1);
    if (column == OUT_VERSION)
        return OK;
    if (column < SIDES) {
        *out = groups_cell(&table->groups, table->order[row - contingency->base], column);
        return OK;
    }
    TRY(times_of(contingency, contingency->table, (uint32_t)(row - contingency->base), &times));
    *out = cell_number((double)times);
    return OK;
}

static status emit_partials(struct contingency *contingency)
{
    const struct name *name[OUT_COLUMNS] = { contingency->field[SIDE_ROWS], contingency->field[SIDE_COLUMNS],
                                             contingency->partial.rows, contingency->partial.version };
    struct results     results = { .op = &contingency->op, .name = name, .columns = OUT_COLUMNS, .cell = partial_cell,
                                   .host = contingency, .passing = true };
    status             result;

    TRY(group_table_read(contingency->table));
    while ((result = group_table_next(contingency->table)) == OK) {
        contingency->base = results.rows;
        results.rows += contingency->table->count;
        TRY(results_emit(&results));
    }
    return result == DONE ? OK : result;
}

/* ------------------------------------------------------------------------------------------------------------------- */

static status contingency_finish(struct op *op)
{
    struct contingency *contingency = container_of(op, struct contingency, op);
    bool                totals = stage_argument(op->stage, USETOTAL)->truth;
    const struct name **name;
    uint32_t            columns;

    if (((const struct contingency_bound *)op->stage->bound)->emits)
        return emit_partials(contingency);
    TRY(count_all(contingency));
    if (contingency->all == 0)
        return OK;
    for (uint32_t i = 0; i < SIDES; i++) {
        struct best best;
        status      result;
        best_init(&best, op->context->heap, most_of(contingency, i), true);
        result = arrange_side(contingency, i, &best);
        best_free(&best);
        TRY(result);
    }
    TRY(fill(contingency));
    columns = contingency->side[SIDE_COLUMNS].shown + totals;
    TRY_NEW(name = ARENA_ARRAY(&op->arena, const struct name *, columns + (size_t)1));
    name[0] = contingency->field[SIDE_ROWS];
    for (uint32_t i = 0; i < columns; i++)
        TRY(series_label(op->context->heap, op->context->names, STR(""), STR(""), STR(""),
                         label_of(contingency, SIDE_COLUMNS, i), name[0], &name[i + 1]));
    return results_emit(&(struct results){ op, name, columns + 1, contingency->side[SIDE_ROWS].shown + (uint64_t)totals,
                                           contingency_cell, contingency });
}

static void contingency_close(struct op *op)
{
    struct contingency *contingency = container_of(op, struct contingency, op);

    for (uint32_t i = 0; i < SIDES; i++) {
        group_table_close(contingency->side[i].table);
        if (contingency->side[i].values.heap)
            interner_free(&contingency->side[i].values);
    }
    group_table_close(contingency->table);
}

static const struct op_kind contingency_kind = {
    .name = "contingency", .push = contingency_push, .finish = contingency_finish, .merge = contingency_merge,
    .close = contingency_close, .spills = true,
};

static status contingency_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct contingency_bound *bound = stage->bound;
    struct group_shape              shape = { .measures = &bound->measures, .keys = SIDES };
    struct contingency             *contingency;

    TRY(op_new(&contingency_kind, sizeof *contingency, stage, run, out));
    contingency = container_of(*out, struct contingency, op);
    for (uint32_t i = 0; i < SIDES; i++)
        TRY_NEW(contingency->field[i] = names_intern(run->names, stage_argument(stage, FIELDS)->names[i]));
    contingency->meets = bound->meets || (*out)->context->takes_partials;
    TRY(partial_fields_init(&contingency->partial, run->names));
    return group_table_open(*out, &shape, &contingency->table);
}

static status contingency_needs(const struct stage *stage, struct wanted *wanted)
{
    wanted_clear(wanted);
    for (uint32_t i = 0; i < SIDES; i++)
        TRY(wanted_add(wanted, stage_argument(stage, FIELDS)->names[i]));
    return OK;
}

const struct command command_contingency = {
    .name = "contingency", .aliases = { "ctable", "counttable" },
    .usage = "contingency [maxrows=<count>] [maxcols=<count>] [minrowcover=<0..1>] [mincolcover=<0..1>] "
             "[usetotal=<bool>] [totalstr=<text>] [prestats=<bool>] <field> <field>",
    .summary = "How often the values of two fields occur together",
    .params = contingency_params, .traits = TRAIT_TRANSFORMS | TRAIT_MERGEABLE | TRAIT_MERGES_ROWS | TRAIT_SPLITS,
    .map = "contingency prestats=t",
    .bound_size = sizeof(struct contingency_bound),
    .bind = contingency_bind, .needs = contingency_needs, .open = contingency_open,
    .example = { "contingency method status",
                 "{\"method\":\"GET\",\"status\":200}\n{\"method\":\"GET\",\"status\":404}\n"
                 "{\"method\":\"PUT\",\"status\":200}",
                 "{\"method\":\"GET\",\"200\":1,\"404\":1,\"TOTAL\":2}\n"
                 "{\"method\":\"PUT\",\"200\":1,\"404\":0,\"TOTAL\":1}\n"
                 "{\"method\":\"TOTAL\",\"200\":2,\"404\":1,\"TOTAL\":3}" },
};
