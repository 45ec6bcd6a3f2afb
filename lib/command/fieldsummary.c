/* fieldsummary [maxvals=<count>] [<fields>]: a row for each field with what its values are like (reporting 8).
 *
 * `count` counts rows that have the field, distinct_count, numeric_count and `values` its values: those of a multivalue one
 * by one. Splunk estimates distinct_count where a field has more than maxvals values; here all values are kept, so it is
 * exact and is_exact always 1. mean, min, max and stdev (of a sample: divided by n - 1, and 0 for one number) are of the
 * numeric values and absent without any; they are computed from the distinct values in ascending order, so that they do not
 * depend on how the rows were spread over threads. `values`: the most frequent first, ties in order of bytes. Partial
 * results (command/partial_maps.h): a row a field, how often each of its values is. */
#include "command/partial_maps.h"
#include "command/tabulation.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "text/json.h"
#include "value/number.h"

#include <stdlib.h>

enum { MAXVALS, PRESTATS, FIELDS };

static const struct param fieldsummary_params[] = {
    [MAXVALS] = { "maxvals", PARAM_COUNT, PLACE_NAMED, .limit = LIMIT_FIELDSUMMARY,
                  .help = "values that are listed; 0: all" },
    [PRESTATS] = { "prestats", PARAM_BOOL, PLACE_NAMED, .preset = "f",
                   .help = "partial results, for another fieldsummary" },
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .wild = true, .help = "which fields; by default all" },
    { 0 }
};

enum { FIELD, COUNT, DISTINCT_COUNT, IS_EXACT, MAX, MEAN, MIN, NUMERIC_COUNT, STDEV, VALUES, COLUMNS };

static const char *const COLUMN_NAMES[COLUMNS] = {
    "field", "count", "distinct_count", "is_exact", "max", "mean", "min", "numeric_count", "stdev", "values",
};

struct summed_field {
    const struct name *name;
    uint64_t           count, distinct, numbers;
    double             mean, least, most, stdev;
    str                values;
};

struct fieldsummary_bound { bool emits, meets; };

struct fieldsummary {
    struct op            op;
    struct tabulation    tabulation;
    struct summed_field *field;
    struct partial_maps  partial;
    uint32_t            *rank;              /* of values, by code */
    uint32_t            *sorted;            /* fields by name, while partial results go out */
};

static status add_map(void *host, const struct partial_map *map)
{
    struct fieldsummary *summary = host;
    const struct name   *name = names_intern(summary->op.context->names, map->name);

    TRY_NEW(name);
    return tabulation_add_counts(&summary->tabulation, name, map->rows, map->value, map->times, map->count);
}

static status fieldsummary_push(struct op *op, struct batch *in)
{
    struct fieldsummary *summary = container_of(op, struct fieldsummary, op);
    struct rows          plain;
    struct batch        *rest;
    status               s;

    TRY(partial_maps_take(&summary->partial, in, op, &plain, add_map, summary));
    if (plain.count == batch_rows(in))
        return tabulation_add(&summary->tabulation, in, &op->step);
    if (plain.count == 0)
        return OK;
    TRY_NEW(rest = batch_derive(in));
    rest->rows = plain;
    s = tabulation_add(&summary->tabulation, rest, &op->step);
    batch_release(rest);
    return s;
}

static status fieldsummary_merge(struct op *op, struct op *from)
{
    return tabulation_merge(&container_of(op, struct fieldsummary, op)->tabulation,
                            &container_of(from, struct fieldsummary, op)->tabulation);
}

/* --- the result ---------------------------------------------------------------------------------------------------- */

struct valued {
    uint64_t times;
    uint32_t rank;                          /* of the text among all texts */
    uint32_t pair;
};

static int most_first(const void *left, const void *right)
{
    const struct valued *a = left, *b = right;

    if (a->times != b->times)
        return a->times > b->times ? -1 : 1;
    return a->rank < b->rank ? -1 : a->rank > b->rank;
}

static status list_values(struct fieldsummary *summary, struct summed_field *field, struct valued *value, uint32_t count)
{
    double     most = stage_argument(summary->op.stage, MAXVALS)->number;
    uint32_t   shown = most > 0 && most < count ? (uint32_t)most : count;
    struct buf text;
    char       room[NUMBER_ROOM];

    qsort(value, count, sizeof *value, most_first);
    buf_init(&text, summary->op.context->heap);
    for (uint32_t i = 0; i < shown; i++) {
        buf_text(&text, i ? ",{\"value\":" : "[{\"value\":");
        json_put_string(&text, distinct_text(&summary->tabulation.distinct, value[i].pair));
        buf_text(&text, ",\"count\":");
        buf_put(&text, str_make(room, number_format((double)value[i].times, EXACT, room)));
        buf_byte(&text, '}');
    }
    buf_byte(&text, ']');
    field->values = buf_status(&text) == OK ? arena_str(&summary->op.arena, buf_str(&text)) : (str){ 0 };
    buf_free(&text);
    return field->values.at ? OK : FAIL_MEMORY;
}

static status summarize(struct fieldsummary *summary, uint32_t number, const uint32_t *rank, struct summed_field *out)
{
    const struct distinct  *distinct = &summary->tabulation.distinct;
    const struct tabulated *field = &summary->tabulation.field[number];
    struct numbers          numbers;
    struct valued          *value;
    uint32_t                values = 0;

    arena_reset(&summary->op.step);
    TRY(tabulation_numbers(&summary->tabulation, number, &summary->op.step, &numbers));
    *out = (struct summed_field){ .name = field->name, .count = field->rows, .distinct = distinct_count(distinct, number),
                                  .numbers = numbers.times };
    if (numbers.count) {
        out->mean = numbers_mean(&numbers);
        out->stdev = numbers_stdev(&numbers, out->mean);
        out->least = numbers.item[0].number;
        out->most = numbers.item[numbers.count - 1].number;
    }
    TRY_NEW(value = ARENA_ARRAY(&summary->op.step, struct valued, out->distinct + (size_t)1));
    for (uint32_t pair = distinct_newest(distinct, number); pair != PAIR_NONE; pair = distinct->next[pair])
        value[values++] = (struct valued){ distinct->times[pair], rank[pairs_second(&distinct->pairs, pair)], pair };
    return list_values(summary, out, value, values);
}

static int compare_fields(const void *left, const void *right)
{
    const struct summed_field *a = left, *b = right;

    return str_compare(name_str(a->name), name_str(b->name));
}

static status fieldsummary_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct fieldsummary *summary = host;
    const struct summed_field *field = &summary->field[row];

    (void)arena;
    switch (column) {
    case FIELD:          *out = cell_field_text(name_str(field->name)); return OK;
    case COUNT:          *out = cell_number((double)field->count); return OK;
    case DISTINCT_COUNT: *out = cell_number((double)field->distinct); return OK;
    case IS_EXACT:       *out = cell_number(1); return OK;
    case NUMERIC_COUNT:  *out = cell_number((double)field->numbers); return OK;
    case VALUES:         *out = cell_field_text(field->values); return OK;
    default:
        break;
    }
    if (field->numbers)
        *out = cell_number(column == MAX ? field->most : column == MIN ? field->least
                           : column == MEAN ? field->mean : field->stdev);
    return OK;
}

/* --- partial results ----------------------------------------------------------------------------------------------- */

static int by_rank(const void *left, const void *right)
{
    const struct valued *a = left, *b = right;

    return a->rank < b->rank ? -1 : a->rank > b->rank;
}

static status get_map(void *host, uint64_t row, struct arena *arena, struct partial_map *out)
{
    const struct fieldsummary *summary = host;
    const struct distinct     *distinct = &summary->tabulation.distinct;
    uint32_t                   number = summary->sorted[row], count = distinct_count(distinct, number);
    const struct tabulated    *field = &summary->tabulation.field[number];
    struct valued             *value;
    struct cell               *cell;
    uint64_t                  *times;

    TRY_NEW(value = arena_alloc(arena, (count + (size_t)1) * sizeof *value));
    TRY_NEW(cell = arena_alloc(arena, (count + (size_t)1) * sizeof *cell));
    TRY_NEW(times = arena_alloc(arena, (count + (size_t)1) * sizeof *times));
    *out = (struct partial_map){ .name = name_str(field->name), .rows = field->rows, .value = cell, .times = times };
    for (uint32_t pair = distinct_newest(distinct, number); pair != PAIR_NONE; pair = distinct->next[pair])
        value[out->count++] = (struct valued){ distinct->times[pair], summary->rank[pairs_second(&distinct->pairs, pair)],
                                               pair };
    qsort(value, out->count, sizeof *value, by_rank);
    for (uint32_t i = 0; i < out->count; i++) {
        cell[i] = cell_field_text(distinct_text(distinct, value[i].pair));
        times[i] = value[i].times;
    }
    return OK;
}

static int by_name(const void *left, const void *right)
{
    const struct tabulated *a = left, *b = right;

    return str_compare(name_str(a->name), name_str(b->name));
}

static status emit_maps(struct fieldsummary *summary)
{
    const struct tabulation *tabulation = &summary->tabulation;
    struct tabulated        *field = ARENA_ARRAY(&summary->op.arena, struct tabulated, tabulation->fields + (size_t)1);
    uint32_t                 count = 0;

    TRY_NEW(field);
    TRY_NEW(summary->sorted = ARENA_ARRAY(&summary->op.arena, uint32_t, tabulation->fields + (size_t)1));
    for (uint32_t i = 0; i < tabulation->fields; i++)
        if (tabulation->field[i].rows)
            field[count++] = tabulation->field[i];
    qsort(field, count, sizeof *field, by_name);
    for (uint32_t i = 0; i < count; i++)
        summary->sorted[i] = tabulation_find(tabulation, field[i].name);
    return partial_maps_emit(&summary->partial, &summary->op, count, get_map, summary);
}

/* ------------------------------------------------------------------------------------------------------------------- */

static status fieldsummary_finish(struct op *op)
{
    struct fieldsummary     *summary = container_of(op, struct fieldsummary, op);
    const struct tabulation *tabulation = &summary->tabulation;
    const struct name       *name[COLUMNS];
    uint32_t                *rank, shown = 0;

    TRY_NEW(summary->rank = rank = ARENA_ARRAY(&op->arena, uint32_t, tabulation->distinct.values.count + (size_t)1));
    TRY_NEW(summary->field = ARENA_ARRAY(&op->arena, struct summed_field, tabulation->fields + (size_t)1));
    TRY(interner_rank(&tabulation->distinct.values, false, rank));
    if (summary->partial.emits)
        return emit_maps(summary);
    for (uint32_t i = 0; i < COLUMNS; i++)
        TRY_NEW(name[i] = names_intern(op->context->names, str_of(COLUMN_NAMES[i])));
    for (uint32_t i = 0; i < tabulation->fields; i++) {
        TRY(run_check(op->run));
        if (tabulation->field[i].rows)          /* a field without a value is none */
            TRY(summarize(summary, i, rank, &summary->field[shown++]));
    }
    qsort(summary->field, shown, sizeof *summary->field, compare_fields);
    return results_emit(&(struct results){ op, name, COLUMNS, shown, fieldsummary_cell, summary });
}

static void fieldsummary_close(struct op *op)
{
    tabulation_free(&container_of(op, struct fieldsummary, op)->tabulation);
}

static const struct op_kind fieldsummary_kind = {
    .name = "fieldsummary", .push = fieldsummary_push, .finish = fieldsummary_finish, .merge = fieldsummary_merge,
    .close = fieldsummary_close,
};

static status fieldsummary_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct fieldsummary_bound *bound = stage->bound;
    struct fieldsummary             *summary;

    TRY(op_new(&fieldsummary_kind, sizeof *summary, stage, run, out));
    summary = container_of(*out, struct fieldsummary, op);
    tabulation_init(&summary->tabulation, (*out)->context->heap, stage_argument(stage, FIELDS));
    return partial_maps_init(&summary->partial, (*out)->context, bound->emits, bound->meets);
}

static status fieldsummary_bind(struct binder *binder, struct stage *stage)
{
    struct fieldsummary_bound *bound = stage->bound;

    *bound = (struct fieldsummary_bound){ .emits = stage_argument(stage, PRESTATS)->truth, .meets = binder->partials };
    binder->partials |= bound->emits;
    if (bound->emits)
        stage->traits &= ~(uint32_t)TRAIT_SPLITS;
    return OK;
}

static status fieldsummary_needs(const struct stage *stage, struct wanted *wanted)
{
    wanted_clear(wanted);
    return tabulation_needs(stage_argument(stage, FIELDS), wanted);
}

const struct command command_fieldsummary = {
    .name = "fieldsummary", .usage = "fieldsummary [maxvals=<count>] [prestats=<bool>] [<fields>]",
    .summary = "A row for each field: how many values, which, their mean and range",
    .params = fieldsummary_params, .traits = TRAIT_TRANSFORMS | TRAIT_MERGEABLE | TRAIT_MERGES_ROWS | TRAIT_SPLITS,
    .map = "fieldsummary prestats=t", .bound_size = sizeof(struct fieldsummary_bound), .bind = fieldsummary_bind,
    .needs = fieldsummary_needs, .open = fieldsummary_open,
    .example = { "fieldsummary x", "{\"x\":3}\n{\"x\":5}\n{\"x\":\"-\"}\n{\"x\":3}",
                 "{\"field\":\"x\",\"count\":4,\"distinct_count\":3,\"is_exact\":1,\"max\":5,"
                 "\"mean\":3.6666666666666665,\"min\":3,\"numeric_count\":3,\"stdev\":1.1547005383792515,"
                 "\"values\":\"[{\\\"value\\\":\\\"3\\\",\\\"count\\\":2},{\\\"value\\\":\\\"-\\\",\\\"count\\\":1},"
                 "{\\\"value\\\":\\\"5\\\",\\\"count\\\":1}]\"}" },
};
