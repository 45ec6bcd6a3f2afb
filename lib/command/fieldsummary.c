/* fieldsummary [maxvals=<count>] [<fields>]: a row for each field with what its values are like (reporting 8).
 *
 * `count` counts rows that have the field, distinct_count, numeric_count and `values` its values: those of a multivalue one
 * by one. Splunk estimates distinct_count where a field has more than maxvals values; here all are counted, on disk where
 * memory is short, so it is exact and is_exact always 1. mean, min, max and stdev (of a sample: divided by n - 1, and 0 for
 * one number) are of the numeric values and absent without any; they are computed from the distinct values in the order of
 * their bytes, so that they do not depend on how the rows were spread over threads. `values`: the most frequent first, ties
 * in order of bytes. Partial results (group/partial_maps.h): rows of a field, how often each of some of its values is. */
#include "group/best.h"
#include "group/partial_maps.h"
#include "group/tabulation.h"
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
    uint32_t          number;               /* of the tabulation */
    struct best_item *shown;                /* of its values in their order, by place: those in `values` */
    str              *text;                 /* of these, by rank */
    uint32_t          count, next;          /* of `shown`: the one that comes next */
    uint64_t          seen, passed;         /* values, in the first reading and in the second */
    str               values;
};

struct fieldsummary_bound {
    struct tabulated_fields fields;
    bool                    emits, meets;
};

/* Partial results are made in parts, so that none is large: a field goes on in the next one. */
enum { PART_VALUES = 1024, PART_BYTES = 1 << 16, NO_FIELD = UINT32_MAX };

struct parts {
    struct partial_map *map;                /* at most one a field */
    struct cell        *value;
    uint64_t           *times;
    uint32_t            maps, values;
    uint64_t            base;               /* row of the first */
    struct arena        texts;
};

struct fieldsummary {
    struct op            op;
    struct tabulation    tabulation;
    struct summed_field *field;             /* in order of the names */
    uint32_t            *place;             /* by number of the tabulation */
    uint32_t             fields;
    struct best          best;              /* of the field at hand */
    uint32_t             at;                /* that field; `fields`: there is none */
    struct partial_maps  partial;
    struct parts         parts;
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

/* The best values of the field at hand are known: there are none behind it. */
static status settle(struct fieldsummary *summary)
{
    struct summed_field *field = &summary->field[summary->at];
    struct best         *best = &summary->best;

    if (summary->at == summary->fields)
        return OK;
    best_settle(best);
    best_by_place(best);
    field->count = best->count;
    TRY_NEW(field->shown = ARENA_ARRAY(&summary->op.arena, struct best_item, best->count + (size_t)1));
    TRY_NEW(field->text = ARENA_ARRAY(&summary->op.arena, str, best->count + (size_t)1));
    if (best->count)
        memcpy(field->shown, best->item, best->count * sizeof *best->item);
    best_clear(best);
    return OK;
}

static status choose_values(struct fieldsummary *summary)
{
    struct tabulated_value value;
    status                 result;

    summary->at = summary->fields;
    TRY(tabulation_start(&summary->tabulation, false));
    while ((result = tabulation_next(&summary->tabulation, &value)) == OK) {
        if (summary->place[value.field] != summary->at) {
            TRY(settle(summary));
            summary->at = summary->place[value.field];
        }
        TRY(best_add(&summary->best, (double)value.times, summary->field[summary->at].seen++));
    }
    return result == DONE ? settle(summary) : result;
}

static status read_texts(struct fieldsummary *summary)
{
    struct tabulated_value value;
    status                 result;

    TRY(tabulation_start(&summary->tabulation, false));
    while ((result = tabulation_next(&summary->tabulation, &value)) == OK) {
        struct summed_field *field = &summary->field[summary->place[value.field]];
        struct best_item    *shown = &field->shown[field->next];
        if (field->next == field->count || shown->place != field->passed++)
            continue;
        field->next++;
        TRY_NEW((field->text[shown->rank] = arena_str(&summary->op.arena, value.text)).at);
    }
    return result == DONE ? OK : result;
}

static int by_rank(const void *left, const void *right)
{
    const struct best_item *a = left, *b = right;

    return a->rank < b->rank ? -1 : a->rank > b->rank;
}

static status list_values(struct fieldsummary *summary, struct summed_field *field)
{
    struct buf text;
    char       room[NUMBER_ROOM];

    qsort(field->shown, field->count, sizeof *field->shown, by_rank);
    buf_init(&text, summary->op.context->heap);
    buf_byte(&text, '[');
    for (uint32_t i = 0; i < field->count; i++) {
        buf_text(&text, i ? ",{\"value\":" : "{\"value\":");
        json_put_string(&text, field->text[i]);
        buf_text(&text, ",\"count\":");
        buf_put(&text, str_make(room, number_format(field->shown[i].score, EXACT, room)));
        buf_byte(&text, '}');
    }
    buf_byte(&text, ']');
    field->values = buf_status(&text) == OK ? arena_str(&summary->op.arena, buf_str(&text)) : (str){ 0 };
    buf_free(&text);
    return field->values.at ? OK : FAIL_MEMORY;
}

static status sort_fields(struct fieldsummary *summary)
{
    uint32_t *number, fields = summary->tabulation.fields;

    TRY(tabulation_sorted(&summary->tabulation, &summary->op.arena, &number, &summary->fields));
    TRY_NEW(summary->field = ARENA_ARRAY(&summary->op.arena, struct summed_field, fields + (size_t)1));
    TRY_NEW(summary->place = ARENA_ARRAY(&summary->op.arena, uint32_t, fields + (size_t)1));
    for (uint32_t i = 0; i < summary->fields; i++) {
        summary->field[i].number = number[i];
        summary->place[number[i]] = i;
    }
    return OK;
}

static status summarize(struct fieldsummary *summary)
{
    double most = stage_argument(summary->op.stage, MAXVALS)->number;

    best_init(&summary->best, summary->op.context->heap, most > 0 ? most : UINT32_MAX, true);
    TRY(choose_values(summary));
    TRY(read_texts(summary));
    tabulation_forget(&summary->tabulation);
    for (uint32_t i = 0; i < summary->fields; i++)
        TRY(list_values(summary, &summary->field[i]));
    return OK;
}

static status fieldsummary_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct fieldsummary *summary = host;
    const struct tabulated    *field = &summary->tabulation.field[summary->field[row].number];

    (void)arena;
    switch (column) {
    case FIELD:          *out = cell_field_text(name_str(field->name)); return OK;
    case COUNT:          *out = cell_number((double)field->rows); return OK;
    case DISTINCT_COUNT: *out = cell_number((double)field->values); return OK;
    case IS_EXACT:       *out = cell_number(1); return OK;
    case NUMERIC_COUNT:  *out = cell_number((double)field->number_times); return OK;
    case VALUES:         *out = cell_field_text(summary->field[row].values); return OK;
    default:
        break;
    }
    if (field->numbers)
        *out = cell_number(column == MAX ? field->most : column == MIN ? field->least
                           : column == MEAN ? field->mean : field->stdev);
    return OK;
}

/* --- partial results ----------------------------------------------------------------------------------------------- */

static void add_part(struct fieldsummary *summary, uint64_t rows)
{
    struct parts *parts = &summary->parts;
    uint32_t      number = summary->field[summary->at].number;

    parts->map[parts->maps++] = (struct partial_map){
        .name = name_str(summary->tabulation.field[number].name), .rows = rows, .value = parts->value + parts->values,
        .times = parts->times + parts->values,
    };
}

/* The fields before this one are over; those without values are there, too. */
static void open_part(struct fieldsummary *summary, uint32_t field)
{
    if (summary->parts.maps == 0 && summary->at == field)
        add_part(summary, 0);               /* it has begun in the piece before */
    while (summary->at != field) {
        summary->at = summary->at == NO_FIELD ? 0 : summary->at + 1;
        if (summary->at < summary->fields)
            add_part(summary, summary->tabulation.field[summary->field[summary->at].number].rows);
    }
}

/* The next values of all. */
static status more_parts(struct op *op)
{
    struct fieldsummary   *summary = container_of(op, struct fieldsummary, op);
    struct parts          *parts = &summary->parts;
    struct tabulated_value value;
    size_t                 bytes = 0;
    status                 result = OK;

    if (summary->at == summary->fields)
        return DONE;
    arena_reset(&parts->texts);
    parts->maps = parts->values = 0;
    parts->base = summary->partial.results.rows;
    while (parts->values < PART_VALUES && bytes < PART_BYTES
           && (result = tabulation_next(&summary->tabulation, &value)) == OK) {
        str text = arena_str(&parts->texts, value.text);
        TRY_NEW(text.at);
        open_part(summary, summary->place[value.field]);
        parts->value[parts->values] = cell_field_text(text);
        parts->times[parts->values++] = value.times;
        parts->map[parts->maps - 1].count++;
        bytes += text.size;
    }
    if (result == DONE)
        open_part(summary, summary->fields);
    else
        TRY(result);
    summary->partial.results.rows += parts->maps;
    return parts->maps ? OK : DONE;
}

static status get_part(void *host, uint64_t row, struct arena *arena, struct partial_map *out)
{
    const struct fieldsummary *summary = host;

    (void)arena;
    *out = summary->parts.map[row - summary->parts.base];
    return OK;
}

static status emit_parts(struct fieldsummary *summary)
{
    struct parts *parts = &summary->parts;

    if (!parts->map) {
        TRY(sort_fields(summary));
        TRY_NEW(parts->map = ARENA_ARRAY(&summary->op.arena, struct partial_map, summary->fields + (size_t)1));
        TRY_NEW(parts->value = ARENA_ARRAY(&summary->op.arena, struct cell, PART_VALUES));
        TRY_NEW(parts->times = ARENA_ARRAY(&summary->op.arena, uint64_t, PART_VALUES));
        summary->at = NO_FIELD;
        TRY(tabulation_start(&summary->tabulation, false));
    }
    return partial_maps_emit_pieces(&summary->partial, &summary->op, more_parts, get_part, summary);
}

/* ------------------------------------------------------------------------------------------------------------------- */

static status fieldsummary_finish(struct op *op)
{
    struct fieldsummary *summary = container_of(op, struct fieldsummary, op);
    const struct name   *name[COLUMNS];

    if (summary->partial.emits)
        return emit_parts(summary);
    TRY(sort_fields(summary));
    TRY(summarize(summary));
    for (uint32_t i = 0; i < COLUMNS; i++)
        TRY_NEW(name[i] = names_intern(op->context->names, str_of(COLUMN_NAMES[i])));
    return results_emit(&(struct results){ op, name, COLUMNS, summary->fields, fieldsummary_cell, summary });
}

static void fieldsummary_close(struct op *op)
{
    struct fieldsummary *summary = container_of(op, struct fieldsummary, op);

    best_free(&summary->best);
    arena_free(&summary->parts.texts);
    tabulation_free(&summary->tabulation);
}

static const struct op_kind fieldsummary_kind = {
    .name = "fieldsummary", .push = fieldsummary_push, .finish = fieldsummary_finish, .merge = fieldsummary_merge,
    .close = fieldsummary_close, .spills = true,
};

static status fieldsummary_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct fieldsummary_bound *bound = stage->bound;
    struct fieldsummary             *summary;

    TRY(op_new(&fieldsummary_kind, sizeof *summary, stage, run, out));
    summary = container_of(*out, struct fieldsummary, op);
    arena_init(&summary->parts.texts, (*out)->context->heap);
    TRY(tabulation_open(&summary->tabulation, *out, &bound->fields, false));
    return partial_maps_init(&summary->partial, (*out)->context, bound->emits, bound->meets);
}

static status fieldsummary_bind(struct binder *binder, struct stage *stage)
{
    struct fieldsummary_bound *bound = stage->bound;

    *bound = (struct fieldsummary_bound){ .emits = stage_argument(stage, PRESTATS)->truth, .meets = binder->partials };
    binder->partials |= bound->emits;
    if (bound->emits)
        stage->traits &= ~(uint32_t)TRAIT_SPLITS;
    return tabulation_bind(binder, stage_argument(stage, FIELDS), &bound->fields);
}

static status fieldsummary_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct fieldsummary_bound *bound = stage->bound;

    wanted_clear(wanted);
    return tabulation_needs(&bound->fields, wanted);
}

const struct command command_fieldsummary = {
    .name = "fieldsummary", .usage = "fieldsummary [maxvals=<count>] [prestats=<bool>] [<fields>]",
    .summary = "A row for each field: how many values, which, their mean and range",
    .keeps = "the values that it lists: maxvals of each field",
    .params = fieldsummary_params, .traits = TRAIT_TRANSFORMS | TRAIT_MERGEABLE | TRAIT_MERGES_ROWS | TRAIT_SPLITS,
    .map = "fieldsummary prestats=t", .bound_size = sizeof(struct fieldsummary_bound), .bind = fieldsummary_bind,
    .needs = fieldsummary_needs, .open = fieldsummary_open,
    .example = { "fieldsummary x", "{\"x\":3}\n{\"x\":5}\n{\"x\":\"-\"}\n{\"x\":3}",
                 "{\"field\":\"x\",\"count\":4,\"distinct_count\":3,\"is_exact\":1,\"max\":5,"
                 "\"mean\":3.6666666666666665,\"min\":3,\"numeric_count\":3,\"stdev\":1.1547005383792515,"
                 "\"values\":\"[{\\\"value\\\":\\\"3\\\",\\\"count\\\":2},{\\\"value\\\":\\\"-\\\",\\\"count\\\":1},"
                 "{\\\"value\\\":\\\"5\\\",\\\"count\\\":1}]\"}" },
};
