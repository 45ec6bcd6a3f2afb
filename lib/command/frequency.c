#include "command/frequency.h"

#include "command/results.h"
#include "command/states.h"
#include "flow/run.h"
#include "state/counts.h"
#include "value/number.h"

#include <math.h>
#include <stdlib.h>

enum { LIMIT, COUNTFIELD, PERCENTFIELD, SHOWCOUNT, SHOWPERC, USEOTHER, OTHERSTR, FIELDS, BY };

const struct param frequency_params[FREQUENCY_PARAMS + 1] = {
    [LIMIT] = { "limit", PARAM_COUNT, PLACE_FIRST, .limit = LIMIT_TOP,
                .help = "rows for each BY combination; 0: all",
                .ceiling = LIMIT_TOP_MOST },
    [COUNTFIELD] = { "countfield", PARAM_TEXT, PLACE_NAMED, .preset = "count",
                     .help = "name of the column of counts" },
    [PERCENTFIELD] = { "percentfield", PARAM_TEXT, PLACE_NAMED, .preset = "percent",
                       .help = "name of the column of percentages" },
    [SHOWCOUNT] = { "showcount", PARAM_BOOL, PLACE_NAMED, .preset = "true", .help = "whether there is one" },
    [SHOWPERC] = { "showperc", PARAM_BOOL, PLACE_NAMED, .preset = "true", .help = "whether there is one" },
    [USEOTHER] = { "useother", PARAM_BOOL, PLACE_NAMED, .preset = "false",
                   .help = "a row for all that the limit cuts off" },
    [OTHERSTR] = { "otherstr", PARAM_TEXT, PLACE_NAMED, .preset = "OTHER",
                   .help = "what that row has for values" },
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .required = true, .help = "whose values are counted" },
    [BY] = { "by", PARAM_BY, PLACE_KEYWORD,
             .help = "counted separately for each combination of their values" },
};

struct tuple {                              /* a group in the result */
    uint64_t count;
    uint32_t place;                         /* in the order of values */
    uint32_t group;
};

struct line {                               /* a row of the result */
    uint64_t count;
    double   percent;
    uint32_t group;                         /* of the BY values, at least */
    bool     other;
};

struct frequency {
    struct op            op;
    struct counts        counts;            /* BY fields first */
    const struct name  **name;              /* of the keys, then of count and percent */
    struct column      **key;
    struct line         *line;
    uint32_t             lines, line_room;
    struct partial_fields partial;
    bool                 meets;
};

/* A count in the place of the values that were counted would be a table nobody can read. */
static status names_differ(struct binder *binder, const struct frequency_bound *bound, const struct argument *fields,
                           const struct argument *by, const struct argument *percent)
{
    const struct argument *list[] = { fields, by };

    for (int i = 0; i < 2; i++)
        for (uint32_t j = 0; j < list[i]->count; j++)
            if ((bound->shows_count && str_equal(list[i]->names[j], bound->count_name)) ||
                (bound->shows_percent && str_equal(list[i]->names[j], bound->percent_name))) {
                diag_at(binder->diag, FAIL_QUERY, list[i]->spans[j], "name-clash",
                        "'%.*s' is also the name of a column of results", SHOW(list[i]->names[j]));
                diag_hint(binder->diag, "countfield= and percentfield= give those other names");
                return FAIL_QUERY;
            }
    if (bound->shows_count && bound->shows_percent && str_equal(bound->count_name, bound->percent_name))
        return diag_at(binder->diag, FAIL_QUERY, percent->span, "name-clash",
                       "'%.*s' is also the name of the column of counts", SHOW(bound->percent_name));
    return OK;
}

status frequency_bind(struct binder *binder, struct stage *stage, bool rare, bool emits)
{
    struct frequency_bound *bound = stage->bound;
    const struct argument  *fields = stage_argument(stage, FIELDS), *by = stage_argument(stage, BY);

    *bound = (struct frequency_bound){
        .rare = rare, .emits = emits, .meets = binder->partials, .limit = stage_argument(stage, LIMIT)->number,
        .field = fields->names, .fields = fields->count, .by = by->names, .bys = by->count,
        .shows_count = stage_argument(stage, SHOWCOUNT)->truth,
        .shows_percent = stage_argument(stage, SHOWPERC)->truth,
        .other = stage_argument(stage, USEOTHER)->truth,
        .count_name = stage_argument(stage, COUNTFIELD)->text,
        .percent_name = stage_argument(stage, PERCENTFIELD)->text,
        .other_text = stage_argument(stage, OTHERSTR)->text,
    };
    binder->partials |= emits;
    for (uint32_t i = 0; i < bound->fields; i++)
        for (uint32_t j = 0; j < bound->bys; j++)
            if (str_equal(bound->field[i], bound->by[j]))
                return diag_at(binder->diag, FAIL_QUERY, fields->spans[i], "name-clash",
                               "'%.*s' cannot be counted and be a BY field", SHOW(bound->field[i]));
    return emits ? OK : names_differ(binder, bound, fields, by, stage_argument(stage, PERCENTFIELD));
}

status frequency_gives(const struct stage *stage, struct wanted *columns)
{
    const struct frequency_bound *bound = stage->bound;

    if (bound->emits)
        return wanted_everything(columns);
    wanted_clear(columns);
    for (uint32_t i = 0; i < bound->bys; i++)
        TRY(wanted_add(columns, bound->by[i]));
    for (uint32_t i = 0; i < bound->fields; i++)
        TRY(wanted_add(columns, bound->field[i]));
    if (bound->shows_count)
        TRY(wanted_add(columns, bound->count_name));
    return bound->shows_percent ? wanted_add(columns, bound->percent_name) : OK;
}

status frequency_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct frequency_bound *bound = stage->bound;

    wanted_clear(wanted);
    for (uint32_t i = 0; i < bound->bys; i++)
        TRY(wanted_add(wanted, bound->by[i]));
    for (uint32_t i = 0; i < bound->fields; i++)
        TRY(wanted_add(wanted, bound->field[i]));
    return OK;
}

static status count_rows(struct frequency *frequency, struct batch *in, const struct rows *rows, bool partial)
{
    struct grouping grouping;

    TRY(counts_assign(&frequency->counts, (const struct column *const *)frequency->key, rows, &frequency->op.step,
                      &grouping));
    for (uint32_t i = 0; i < grouping.count && !partial; i++)
        frequency->counts.times[grouping.group[i]]++;
    for (uint32_t i = 0; i < grouping.count && partial; i++)
        frequency->counts.times[grouping.group[i]] +=
            partial_count(&frequency->partial, in, grouping.row ? grouping.row[i] : i);
    return OK;
}

static status frequency_push(struct op *op, struct batch *in)
{
    struct frequency *frequency = container_of(op, struct frequency, op);
    struct rows       plain, partial;

    for (uint32_t i = 0; i < frequency->counts.groups.keys; i++) {
        frequency->key[i] = batch_column(in, frequency->name[i]);
        TRY(batch_decode(in, frequency->key[i]));
    }
    plain = in->rows;
    if (frequency->meets && batch_column(in, frequency->partial.version)) {
        TRY(partial_rows(&frequency->partial, in, &op->step, &plain, &partial));
        TRY(count_rows(frequency, in, &partial, true));
    }
    return count_rows(frequency, in, &plain, false);
}

static status frequency_merge(struct op *op, struct op *from)
{
    return counts_merge(&container_of(op, struct frequency, op)->counts, &container_of(from, struct frequency, op)->counts);
}

/* --- the result ----------------------------------------------------------------------------------------- */

static int most_first(const void *left, const void *right)
{
    const struct tuple *a = left, *b = right;

    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->place < b->place ? -1 : 1;
}

static int least_first(const void *left, const void *right)
{
    const struct tuple *a = left, *b = right;

    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    return a->place < b->place ? -1 : 1;
}

static double percent_of(uint64_t count, uint64_t total)
{
    return total ? floor(100.0 * (double)count / (double)total * 1e6 + 0.5) / 1e6 : 0;
}

static status add_line(struct frequency *frequency, struct line line)
{
    if (!heap_grow(frequency->op.context->heap, &frequency->line, &frequency->line_room, frequency->lines + 1,
                   sizeof line))
        return FAIL_MEMORY;
    frequency->line[frequency->lines++] = line;
    return OK;
}

/* The groups of one BY combination. */
static status finish_run(struct frequency *frequency, struct tuple *tuple, uint32_t count)
{
    const struct frequency_bound *bound = frequency->op.stage->bound;
    uint32_t                      shown = bound->limit > 0 && bound->limit < count ? (uint32_t)bound->limit
        : count;
    uint64_t                      total = 0, rest = 0;

    qsort(tuple, count, sizeof *tuple, bound->rare ? least_first : most_first);
    for (uint32_t i = 0; i < count; i++)
        total += tuple[i].count;
    for (uint32_t i = 0; i < shown; i++)
        TRY(add_line(frequency, (struct line){ tuple[i].count, percent_of(tuple[i].count, total),
                                               tuple[i].group, false }));
    for (uint32_t i = shown; i < count; i++)
        rest += tuple[i].count;
    if (!bound->other || shown == count)
        return OK;
    return add_line(frequency, (struct line){ rest, percent_of(rest, total), tuple[shown].group, true });
}

static bool same_by(const struct frequency *frequency, uint32_t a, uint32_t b)
{
    uint32_t bys = ((const struct frequency_bound *)frequency->op.stage->bound)->bys;

    for (uint32_t i = 0; i < bys; i++)
        if (groups_code(&frequency->counts.groups, a, i) != groups_code(&frequency->counts.groups, b, i))
            return false;
    return true;
}

static status make_lines(struct frequency *frequency, const uint32_t *order, struct tuple *tuple,
                         uint32_t count)
{
    uint32_t size;

    if (((const struct frequency_bound *)frequency->op.stage->bound)->emits) {
        for (uint32_t i = 0; i < count; i++)
            TRY(add_line(frequency, (struct line){ frequency->counts.times[order[i]], 1, order[i], false }));
        return OK;
    }
    for (uint32_t i = 0; i < count; i += size) {
        for (size = 0; i + size < count && same_by(frequency, order[i], order[i + size]); size++)
            tuple[size] = (struct tuple){ frequency->counts.times[order[i + size]], size, order[i + size] };
        TRY(finish_run(frequency, tuple, size));
    }
    return OK;
}

static status frequency_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct frequency       *frequency = host;
    const struct frequency_bound *bound = frequency->op.stage->bound;
    const struct line            *line = &frequency->line[row];
    uint32_t                      keys = bound->bys + bound->fields;

    if (column < bound->bys || (column < keys && !line->other))
        *out = groups_cell(&frequency->counts.groups, line->group, column);
    else if (column < keys)
        *out = cell_field_text(bound->other_text);
    else
        *out = cell_number(column == keys && (bound->shows_count || bound->emits) ? (double)line->count : line->percent);
    return OK;
}

static status frequency_finish(struct op *op)
{
    struct frequency             *frequency = container_of(op, struct frequency, op);
    const struct frequency_bound *bound = op->stage->bound;
    struct heap                  *heap = op->context->heap;
    uint32_t                      count = groups_count(&frequency->counts.groups), *order;
    struct tuple                 *tuple;
    struct results                results =
        { .op = op, .cell = frequency_cell, .host = frequency, .name = frequency->name };
    status                        s;

    TRY(groups_sort(&frequency->counts.groups, 0, &order));
    tuple = heap_alloc(heap, (count + (size_t)1) * sizeof *tuple);
    s = tuple ? OK : FAIL_MEMORY;
    if (s == OK)
        s = make_lines(frequency, order, tuple, count);
    heap_free(heap, tuple, (count + (size_t)1) * sizeof *tuple);
    heap_free(heap, order, (count + (size_t)1) * sizeof *order);
    TRY(s);
    results.columns = frequency->counts.groups.keys + (bound->emits ? 2 : bound->shows_count + bound->shows_percent);
    results.rows = frequency->lines;
    return results_emit(&results);
}

static void frequency_close(struct op *op)
{
    struct frequency *frequency = container_of(op, struct frequency, op);

    counts_free(&frequency->counts);
    heap_free(op->context->heap, frequency->line, frequency->line_room * sizeof *frequency->line);
}

static const struct op_kind frequency_kind = {
    .name = "frequency", .push = frequency_push, .finish = frequency_finish, .merge = frequency_merge,
    .close = frequency_close,
};

static status setup(struct frequency *frequency, const struct frequency_bound *bound)
{
    struct op *op = &frequency->op;
    uint32_t   keys = bound->bys + bound->fields, at = keys;

    TRY(counts_init(&frequency->counts, op->context->heap, keys));
    TRY_NEW(frequency->key = ARENA_ARRAY(&op->arena, struct column *, keys));
    TRY_NEW(frequency->name = ARENA_ARRAY(&op->arena, const struct name *, keys + 2));
    for (uint32_t i = 0; i < keys; i++)
        TRY_NEW(frequency->name[i] = names_intern(op->context->names, i < bound->bys ? bound->by[i]
                                                                                     : bound->field[i - bound->bys]));
    TRY(partial_fields_init(&frequency->partial, op->context->names));
    frequency->meets = bound->meets || op->context->takes_partials;
    if (bound->emits) {
        frequency->name[at] = frequency->partial.rows;
        frequency->name[at + 1] = frequency->partial.version;
        return OK;
    }
    if (bound->shows_count)
        TRY_NEW(frequency->name[at++] = names_intern(op->context->names, bound->count_name));
    if (bound->shows_percent)
        TRY_NEW(frequency->name[at++] = names_intern(op->context->names, bound->percent_name));
    return OK;
}

status frequency_open(const struct stage *stage, struct run *run, struct op **out)
{
    TRY(op_new(&frequency_kind, sizeof(struct frequency), stage, run, out));
    return setup(container_of(*out, struct frequency, op), stage->bound);
}
