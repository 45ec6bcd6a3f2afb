/* contingency [maxrows=] [maxcols=] [minrowcover=] [mincolcover=] [usetotal=] [totalstr=] <field> <field>: how often the
 * values of two fields occur together (reporting 8).
 *
 * Rows and columns stand in falling order of how often their value occurs, ties in order of bytes. A row without a value in
 * one of the fields is not counted; a multivalue counts with each of its values. The empty text is shown as EMPTY_STR, as
 * Splunk does. Values beyond the limits are dropped and the totals are of what is shown. At most limit.contingency
 * values of each field are shown, whatever is asked for; where that is what cuts, there is a note. */
#include "command/results.h"
#include "command/series_label.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "state/counts.h"

#include <stdlib.h>

enum { MAXROWS, MAXCOLS, MINROWCOVER, MINCOLCOVER, USETOTAL, TOTALSTR, FIELDS };
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
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .required = true, .help = "of the rows, of the columns" },
    { 0 }
};

struct side_value {
    uint64_t count;
    uint32_t rank;                          /* of the text among all texts of the field */
    uint32_t code;
};

struct side {                               /* the values of one field */
    struct side_value *value;               /* those that are shown come first */
    uint32_t           shown;
    uint32_t          *place;               /* by code: where it is shown; UINT32_MAX: it is not */
    uint64_t          *total;               /* by place */
};

struct contingency {
    struct op          op;
    struct counts      counts;
    const struct name *field[SIDES];
    struct side        side[SIDES];
    uint64_t          *cell;                /* of what is shown: by row, then by column */
    uint64_t           all;
};

static status contingency_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *fields = stage_argument(stage, FIELDS);

    if (fields->count == 2)
        return OK;
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

    for (uint32_t i = 0; i < SIDES; i++) {
        key[i] = batch_column(in, contingency->field[i]);
        TRY(batch_decode(in, key[i]));
    }
    TRY(counts_assign(&contingency->counts, (const struct column *const *)key, &in->rows, &op->step, &grouping));
    for (uint32_t i = 0; i < grouping.count; i++)
        contingency->counts.times[grouping.group[i]]++;
    return OK;
}

static status contingency_merge(struct op *op, struct op *from)
{
    struct counts *into = &container_of(op, struct contingency, op)->counts;

    return counts_merge(into, &container_of(from, struct contingency, op)->counts);
}

/* --- the result ---------------------------------------------------------------------------------------------------- */

static int most_first(const void *left, const void *right)
{
    const struct side_value *a = left, *b = right;

    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->rank < b->rank ? -1 : a->rank > b->rank;
}

/* How many values of a side the options leave. */
static uint32_t choose(struct contingency *contingency, uint32_t number, uint32_t count)
{
    const struct stage *stage = contingency->op.stage;
    double              limit = stage_argument(stage, number == SIDE_ROWS ? MAXROWS : MAXCOLS)->number;
    double              cover = stage_argument(stage, number == SIDE_ROWS ? MINROWCOVER : MINCOLCOVER)->number;
    uint32_t            ceiling = (uint32_t)context_limit(contingency->op.context, LIMIT_CONTINGENCY);
    uint32_t            most = limit > 0 && limit < ceiling ? (uint32_t)limit : ceiling, shown = 0;
    uint64_t            covered = 0;

    while (shown < count && shown < most && (shown == 0 || (double)covered < cover * (double)contingency->all))
        covered += contingency->side[number].value[shown++].count;
    if (shown == ceiling && shown < count && (double)covered < cover * (double)contingency->all)
        op_note(&contingency->op, "contingency", STR("fields of 'contingency' had more values than "
                                                     "limit.contingency: the most frequent are shown"));
    return shown;
}

static status arrange_side(struct contingency *contingency, uint32_t number)
{
    struct side           *side = &contingency->side[number];
    const struct interner *values = &contingency->counts.groups.key[number].values;
    struct arena          *arena = &contingency->op.arena;
    uint32_t              *rank;

    TRY_NEW(rank = ARENA_ARRAY(arena, uint32_t, values->count + (size_t)1));
    TRY_NEW(side->value = ARENA_ARRAY(arena, struct side_value, values->count + (size_t)1));
    TRY_NEW(side->place = ARENA_ARRAY(arena, uint32_t, values->count + (size_t)1));
    TRY(interner_rank(values, false, rank));
    for (uint32_t i = 0; i < values->count; i++) {
        side->value[i] = (struct side_value){ 0, rank[i], i };
        side->place[i] = UINT32_MAX;
    }
    for (uint32_t g = 0; g < groups_count(&contingency->counts.groups); g++)
        side->value[groups_code(&contingency->counts.groups, g, number)].count += contingency->counts.times[g];
    qsort(side->value, values->count, sizeof *side->value, most_first);
    side->shown = choose(contingency, number, values->count);
    for (uint32_t i = 0; i < side->shown; i++)
        side->place[side->value[i].code] = i;
    TRY_NEW(side->total = ARENA_ARRAY(arena, uint64_t, side->shown + (size_t)1));
    return OK;
}

static status fill(struct contingency *contingency)
{
    struct side *rows = &contingency->side[SIDE_ROWS], *columns = &contingency->side[SIDE_COLUMNS];

    contingency->all = 0;
    TRY_NEW(contingency->cell = ARENA_ARRAY(&contingency->op.arena, uint64_t, (size_t)rows->shown * columns->shown + 1));
    for (uint32_t g = 0; g < groups_count(&contingency->counts.groups); g++) {
        uint32_t row = rows->place[groups_code(&contingency->counts.groups, g, SIDE_ROWS)];
        uint32_t column = columns->place[groups_code(&contingency->counts.groups, g, SIDE_COLUMNS)];
        if (row == UINT32_MAX || column == UINT32_MAX)
            continue;
        contingency->cell[(size_t)row * columns->shown + column] = contingency->counts.times[g];
        rows->total[row] += contingency->counts.times[g];
        columns->total[column] += contingency->counts.times[g];
        contingency->all += contingency->counts.times[g];
    }
    return OK;
}

static str label_of(const struct contingency *contingency, uint32_t number, uint64_t place)
{
    const struct side *side = &contingency->side[number];
    str                text;

    if (place == side->shown)
        return stage_argument(contingency->op.stage, TOTALSTR)->text;
    text = interner_str(&contingency->counts.groups.key[number].values, side->value[place].code);
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

static status contingency_finish(struct op *op)
{
    struct contingency *contingency = container_of(op, struct contingency, op);
    bool                totals = stage_argument(op->stage, USETOTAL)->truth;
    const struct name **name;
    uint32_t            columns;

    for (uint32_t g = 0; g < groups_count(&contingency->counts.groups); g++)
        contingency->all += contingency->counts.times[g];
    if (contingency->all == 0)
        return OK;
    for (uint32_t i = 0; i < SIDES; i++)
        TRY(arrange_side(contingency, i));
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

    counts_free(&contingency->counts);
}

static const struct op_kind contingency_kind = {
    .name = "contingency", .push = contingency_push, .finish = contingency_finish, .merge = contingency_merge,
    .close = contingency_close,
};

static status contingency_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct contingency *contingency;

    TRY(op_new(&contingency_kind, sizeof *contingency, stage, run, out));
    contingency = container_of(*out, struct contingency, op);
    for (uint32_t i = 0; i < SIDES; i++)
        TRY_NEW(contingency->field[i] = names_intern(run->names, stage_argument(stage, FIELDS)->names[i]));
    return counts_init(&contingency->counts, (*out)->context->heap, SIDES);
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
             "[usetotal=<bool>] [totalstr=<text>] <field> <field>",
    .summary = "How often the values of two fields occur together",
    .params = contingency_params, .traits = TRAIT_TRANSFORMS | TRAIT_MERGEABLE,
    .bind = contingency_bind, .needs = contingency_needs, .open = contingency_open,
    .example = { "contingency method status",
                 "{\"method\":\"GET\",\"status\":200}\n{\"method\":\"GET\",\"status\":404}\n"
                 "{\"method\":\"PUT\",\"status\":200}",
                 "{\"method\":\"GET\",\"200\":1,\"404\":1,\"TOTAL\":2}\n"
                 "{\"method\":\"PUT\",\"200\":1,\"404\":0,\"TOTAL\":1}\n"
                 "{\"method\":\"TOTAL\",\"200\":2,\"404\":1,\"TOTAL\":3}" },
};
