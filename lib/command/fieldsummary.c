/* fieldsummary [maxvals=<count>] [<fields>]: a row for each field with what its values are like (reporting 8).
 *
 * `count` counts rows that have the field, distinct_count, numeric_count and `values` its values: those of a multivalue one
 * by one. Splunk estimates distinct_count where a field has more than maxvals values; here all values are kept, so it is
 * exact and is_exact always 1. mean, min, max and stdev (of a sample: divided by n - 1, and 0 for one number) are of the
 * numeric values and absent without any; they are computed from the distinct values in ascending order, so that they do not
 * depend on how the rows were spread over threads. `values`: the most frequent first, ties in order of bytes. */
#include "command/feeds.h"
#include "command/results.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "text/json.h"
#include "value/number.h"

#include <math.h>
#include <stdlib.h>

enum { MAXVALS, FIELDS };

static const struct param fieldsummary_params[] = {
    [MAXVALS] = { "maxvals", PARAM_COUNT, PLACE_NAMED, .preset = "100", .help = "values that are listed; 0: all" },
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .wild = true, .help = "which fields; by default all" },
    { 0 }
};

enum { FIELD, COUNT, DISTINCT_COUNT, IS_EXACT, MAX, MEAN, MIN, NUMERIC_COUNT, STDEV, VALUES, COLUMNS };

static const char *const COLUMN_NAMES[COLUMNS] = {
    "field", "count", "distinct_count", "is_exact", "max", "mean", "min", "numeric_count", "stdev", "values",
};

struct summed_field {
    const struct name *name;
    uint64_t           count;               /* rows that have it */
    uint64_t           numbers;
    double             mean, least, most, stdev;
    str                values;
};

struct fieldsummary {
    struct op            op;
    struct distinct      distinct;          /* group: number of the field */
    struct summed_field *field;
    uint32_t             fields, field_room;
    uint32_t            *position;          /* by name->number: place in `field` + 1 */
    uint32_t             positions;
};

static bool is_listed(const struct argument *fields, const struct name *name)
{
    for (uint32_t i = 0; i < fields->count; i++)
        if (names_match(fields->names[i], name_str(name)))
            return true;
    return fields->count == 0 && !name_is_internal(name);
}

static status field_number(struct fieldsummary *summary, const struct name *name, uint32_t *out)
{
    struct heap *heap = summary->op.context->heap;
    uint32_t     before = summary->positions;

    if (name->number >= before) {
        if (!heap_grow(heap, &summary->position, &summary->positions, name->number + 1, sizeof *summary->position))
            return FAIL_MEMORY;
        memset(summary->position + before, 0, (summary->positions - before) * sizeof *summary->position);
    }
    if (summary->position[name->number] == 0) {
        if (!heap_grow(heap, &summary->field, &summary->field_room, summary->fields + 1, sizeof *summary->field))
            return FAIL_MEMORY;
        summary->field[summary->fields] = (struct summed_field){ .name = name };
        summary->position[name->number] = ++summary->fields;
    }
    *out = summary->position[name->number] - 1;
    return OK;
}

static status add_field(struct fieldsummary *summary, const struct batch *in, const struct field *field,
                        uint32_t *group)
{
    struct grouping grouping = { .count = batch_rows(in), .row = in->rows.row, .group = group };
    struct arena   *step = &summary->op.step;
    struct feed     feed = { 0 };
    uint32_t        number;

    TRY(field_number(summary, field->name, &number));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        group[i] = number;
        summary->field[number].count += !column_is_null(field->column, batch_row(in, i));
    }
    TRY(feed_entries(&feed, field->column, &grouping, step));
    return feed.count ? feed_distinct(&feed, field->column, &summary->distinct, step) : OK;
}

static status fieldsummary_push(struct op *op, struct batch *in)
{
    struct fieldsummary *summary = container_of(op, struct fieldsummary, op);
    uint32_t            *group = ARENA_ARRAY(&op->step, uint32_t, batch_rows(in) + (size_t)1);

    TRY_NEW(group);
    for (uint32_t i = 0; i < in->fields; i++) {
        if (!is_listed(stage_argument(op->stage, FIELDS), in->field[i].name))
            continue;
        TRY(batch_decode(in, in->field[i].column));
        TRY(add_field(summary, in, &in->field[i], group));
    }
    return OK;
}

static status fieldsummary_merge(struct op *op, struct op *other)
{
    struct fieldsummary *into = container_of(op, struct fieldsummary, op),
                        *from = container_of(other, struct fieldsummary, op);
    size_t               size = (from->distinct.groups + from->fields + (size_t)1) * sizeof(uint32_t);
    uint32_t            *group = heap_alloc(op->context->heap, size);
    status               result = group ? OK : FAIL_MEMORY;

    for (uint32_t i = 0; i < from->fields && result == OK; i++) {
        result = field_number(into, from->field[i].name, &group[i]);
        if (result == OK)
            into->field[group[i]].count += from->field[i].count;
    }
    if (result == OK)
        result = distinct_merge(&into->distinct, &from->distinct, group, op->last);
    heap_free(op->context->heap, group, size);
    return result;
}

/* --- the result ---------------------------------------------------------------------------------------------------- */

struct valued {
    uint64_t times;
    uint32_t rank;                          /* of the text among all texts */
    uint32_t pair;
};

struct numbered {
    double   number;
    uint64_t times;
};

static int most_first(const void *left, const void *right)
{
    const struct valued *a = left, *b = right;

    if (a->times != b->times)
        return a->times > b->times ? -1 : 1;
    return a->rank < b->rank ? -1 : a->rank > b->rank;
}

static int by_number(const void *left, const void *right)
{
    const struct numbered *a = left, *b = right;

    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return a->times < b->times ? -1 : a->times > b->times;
}

static void sum_numbers(struct summed_field *field, struct numbered *number, uint32_t count)
{
    double sum = 0, squares = 0;

    qsort(number, count, sizeof *number, by_number);
    for (uint32_t i = 0; i < count; i++) {
        field->numbers += number[i].times;
        sum += number[i].number * (double)number[i].times;
    }
    if (field->numbers == 0)
        return;
    field->mean = sum / (double)field->numbers;
    for (uint32_t i = 0; i < count; i++) {
        double off = number[i].number - field->mean;
        squares += off * off * (double)number[i].times;
    }
    field->stdev = field->numbers > 1 ? sqrt(squares / (double)(field->numbers - 1)) : 0;
    field->least = number[0].number;
    field->most = number[count - 1].number;
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
        json_put_string(&text, distinct_text(&summary->distinct, value[i].pair));
        buf_text(&text, ",\"count\":");
        buf_put(&text, str_make(room, number_format((double)value[i].times, EXACT, room)));
        buf_byte(&text, '}');
    }
    buf_byte(&text, ']');
    field->values = buf_status(&text) == OK ? arena_str(&summary->op.arena, buf_str(&text)) : (str){ 0 };
    buf_free(&text);
    return field->values.at ? OK : FAIL_MEMORY;
}

static status summarize(struct fieldsummary *summary, uint32_t group, const uint32_t *rank)
{
    const struct distinct *distinct = &summary->distinct;
    struct summed_field   *field = &summary->field[group];
    uint32_t               members = distinct_count(distinct, group), values = 0, numbers = 0;
    struct valued         *value;
    struct numbered       *number;

    arena_reset(&summary->op.step);
    TRY_NEW(value = ARENA_ARRAY(&summary->op.step, struct valued, members + (size_t)1));
    TRY_NEW(number = ARENA_ARRAY(&summary->op.step, struct numbered, members + (size_t)1));
    for (uint32_t pair = distinct_newest(distinct, group); pair != PAIR_NONE; pair = distinct->next[pair]) {
        uint32_t code = pairs_second(&distinct->pairs, pair);
        value[values++] = (struct valued){ distinct->times[pair], rank[code], pair };
        number[numbers].times = distinct->times[pair];
        numbers += number_parse_loose(distinct_text(distinct, pair), &number[numbers].number)
            && isfinite(number[numbers].number);
    }
    sum_numbers(field, number, numbers);
    return list_values(summary, field, value, values);
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
    case IS_EXACT:       *out = cell_number(1); return OK;
    case NUMERIC_COUNT:  *out = cell_number((double)field->numbers); return OK;
    case VALUES:         *out = cell_field_text(field->values); return OK;
    case DISTINCT_COUNT:
        *out = cell_number(distinct_count(&summary->distinct, summary->position[field->name->number] - 1));
        return OK;
    default:
        break;
    }
    if (field->numbers)
        *out = cell_number(column == MAX ? field->most : column == MIN ? field->least
                           : column == MEAN ? field->mean : field->stdev);
    return OK;
}

static status fieldsummary_finish(struct op *op)
{
    struct fieldsummary *summary = container_of(op, struct fieldsummary, op);
    const struct name   *name[COLUMNS];
    uint32_t            *rank, shown = 0;

    TRY_NEW(rank = ARENA_ARRAY(&op->arena, uint32_t, summary->distinct.values.count + (size_t)1));
    TRY(interner_rank(&summary->distinct.values, false, rank));
    for (uint32_t i = 0; i < COLUMNS; i++)
        TRY_NEW(name[i] = names_intern(op->context->names, str_of(COLUMN_NAMES[i])));
    for (uint32_t i = 0; i < summary->fields; i++) {
        TRY(run_check(op->run));
        TRY(summarize(summary, i, rank));
    }
    for (uint32_t i = 0; i < summary->fields; i++)      /* a field without a value is none */
        if (summary->field[i].count)
            summary->field[shown++] = summary->field[i];
    qsort(summary->field, shown, sizeof *summary->field, compare_fields);
    return results_emit(&(struct results){ op, name, COLUMNS, shown, fieldsummary_cell, summary });
}

static void fieldsummary_close(struct op *op)
{
    struct fieldsummary *summary = container_of(op, struct fieldsummary, op);

    distinct_free(&summary->distinct);
    heap_free(op->context->heap, summary->field, summary->field_room * sizeof *summary->field);
    heap_free(op->context->heap, summary->position, summary->positions * sizeof *summary->position);
}

static const struct op_kind fieldsummary_kind = {
    .name = "fieldsummary", .push = fieldsummary_push, .finish = fieldsummary_finish, .merge = fieldsummary_merge,
    .close = fieldsummary_close,
};

static status fieldsummary_open(const struct stage *stage, struct run *run, struct op **out)
{
    TRY(op_new(&fieldsummary_kind, sizeof(struct fieldsummary), stage, run, out));
    distinct_init(&container_of(*out, struct fieldsummary, op)->distinct, (*out)->context->heap, true, true);
    return OK;
}

static status fieldsummary_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct argument *fields = stage_argument(stage, FIELDS);

    wanted_clear(wanted);
    for (uint32_t i = 0; i < fields->count; i++)
        TRY(wanted_add_pattern(wanted, fields->names[i]));
    return fields->count ? OK : wanted_add_pattern(wanted, STR("*"));
}

const struct command command_fieldsummary = {
    .name = "fieldsummary", .usage = "fieldsummary [maxvals=<count>] [<fields>]",
    .summary = "A row for each field: how many values, which, their mean and range",
    .params = fieldsummary_params, .traits = TRAIT_TRANSFORMS | TRAIT_MERGEABLE,
    .needs = fieldsummary_needs, .open = fieldsummary_open,
    .example = { "fieldsummary x", "{\"x\":3}\n{\"x\":5}\n{\"x\":\"-\"}\n{\"x\":3}",
                 "{\"field\":\"x\",\"count\":4,\"distinct_count\":3,\"is_exact\":1,\"max\":5,"
                 "\"mean\":3.6666666666666665,\"min\":3,\"numeric_count\":3,\"stdev\":1.1547005383792515,"
                 "\"values\":\"[{\\\"value\\\":\\\"3\\\",\\\"count\\\":2},{\\\"value\\\":\\\"-\\\",\\\"count\\\":1},"
                 "{\\\"value\\\":\\\"5\\\",\\\"count\\\":1}]\"}" },
};
