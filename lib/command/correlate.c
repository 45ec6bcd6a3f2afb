/* correlate: which fields occur together (reporting 8). A row and a column for each field; a cell is the number of rows
 * that have both fields divided by the number that have one of them at least.
 *
 * Fields stand in order of bytes; internal fields and those without any value are none. Rows are told apart only by which
 * fields they have, so that each combination is looked at once; where combinations take up more memory than a number for
 * every two fields would, they become these numbers. There are at most limit.correlate fields: those whose names come
 * first, with a note. Partial results (group/partial_maps.h) are these numbers, too: of a field, its rows, and with each
 * field behind it, the rows that have both. */
#include "group/partial_maps.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "state/interner.h"

#include <stdlib.h>

enum {
    PATTERN = 64,                           /* bytes that one takes beside its bits, about */
    FOLDED_FROM = 1 << 20
};

enum { PRESTATS };

static const struct param correlate_params[] = {
    [PRESTATS] = { "prestats", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "partial results, for another correlate" },
    { 0 }
};

struct correlate_bound { bool emits, meets; };

struct correlate {
    struct op           op;
    struct interner     patterns;           /* a bit a field, no zero bytes at the end */
    uint64_t           *times;              /* by pattern */
    uint32_t            room;
    const struct name **field;              /* by number, in order of first sight */
    uint32_t            fields, field_room;
    uint32_t           *position;           /* by name->number: number of the field + 1 */
    uint32_t            positions;
    uint64_t           *folded;             /* by two numbers below `folds`: what of it is no longer in `patterns` */
    uint32_t            folds;              /* none, or as many as there are fields, and room for more */
    uint64_t           *together;           /* by two places in the result */
    uint32_t           *place;              /* by number of a field; UINT32_MAX: not shown */
    uint32_t            shown;
    struct partial_maps partial;
    const uint32_t     *sorted;             /* numbers of fields in order of their names, while partial results go out */
};

static status field_number(struct correlate *correlate, const struct name *name, uint32_t *out)
{
    struct heap *heap = correlate->op.context->heap;

    if (name->number >= correlate->positions
        && !heap_grow_zero(heap, &correlate->position, &correlate->positions, name->number + 1, sizeof *correlate->position))
        return FAIL_MEMORY;
    if (correlate->position[name->number] == 0) {
        if (!heap_grow(heap, &correlate->field, &correlate->field_room, correlate->fields + 1, sizeof *correlate->field))
            return FAIL_MEMORY;
        correlate->field[correlate->fields] = name;
        correlate->position[name->number] = ++correlate->fields;
    }
    *out = correlate->position[name->number] - 1;
    return OK;
}

static status count_pattern(struct correlate *correlate, const char *bits, size_t size)
{
    uint32_t code;

    while (size > 0 && bits[size - 1] == 0)
        size--;
    TRY(interner_text(&correlate->patterns, str_make(bits, size), &code));
    if (!heap_grow_zero(correlate->op.context->heap, &correlate->times, &correlate->room, code + 1,
                        sizeof *correlate->times))
        return FAIL_MEMORY;
    correlate->times[code]++;
    return OK;
}

static bool has(str pattern, uint32_t number)
{
    return number / 8 < pattern.size && pattern.at[number / 8] >> number % 8 & 1;
}

static size_t folded_size(uint32_t fields) { return (size_t)fields * fields * sizeof(uint64_t); }

/* More fields have shown up since. */
static status widen_folded(struct correlate *correlate)
{
    struct heap *heap = correlate->op.context->heap;
    uint32_t     folds = correlate->fields + (correlate->folds ? correlate->fields / 4 : 0);
    uint64_t    *wide;

    if (correlate->folds >= correlate->fields)
        return OK;
    TRY_NEW(wide = heap_zero(heap, (size_t)folds * folds, sizeof *wide));
    for (uint32_t f = 0; f < correlate->folds; f++)
        memcpy(wide + (size_t)f * folds, correlate->folded + (size_t)f * correlate->folds,
               correlate->folds * sizeof *wide);
    heap_free(heap, correlate->folded, folded_size(correlate->folds));
    correlate->folded = wide;
    correlate->folds = folds;
    return OK;
}

/* The fields of a pattern are few or many; here[0 .. returned] are their numbers. */
static uint32_t list_fields(const struct correlate *correlate, uint32_t pattern, uint32_t *here)
{
    uint32_t count = 0;

    for (uint32_t f = 0; f < correlate->fields; f++)
        if (has(interner_str(&correlate->patterns, pattern), f))
            here[count++] = f;
    return count;
}

static status fold(struct correlate *correlate)
{
    uint32_t *here = ARENA_ARRAY(&correlate->op.step, uint32_t, correlate->fields + (size_t)1);

    TRY_NEW(here);
    TRY(widen_folded(correlate));
    for (uint32_t p = 0; p < correlate->patterns.count; p++) {
        uint32_t count = list_fields(correlate, p, here);

        if (p % 64 == 0)
            TRY(run_check(correlate->op.run));
        for (uint32_t i = 0; i < count; i++)
            for (uint32_t j = 0; j < count; j++)
                correlate->folded[(size_t)here[i] * correlate->folds + here[j]] += correlate->times[p];
    }
    interner_free(&correlate->patterns);
    interner_init(&correlate->patterns, correlate->op.context->heap);
    if (correlate->room)
        memset(correlate->times, 0, correlate->room * sizeof *correlate->times);
    return OK;
}

static bool is_worth_folding(const struct correlate *correlate)
{
    size_t bytes = (size_t)correlate->patterns.count * (PATTERN + correlate->fields / 8);

    return bytes > folded_size(correlate->fields)
        && (bytes > FOLDED_FROM || op_pressed(&correlate->op, correlate->patterns.count, 0));
}

/* --- partial results ----------------------------------------------------------------------------------------------- */

static status number_of(struct correlate *correlate, str text, uint32_t *out)
{
    const struct name *name = names_intern(correlate->op.context->names, text);

    TRY_NEW(name);
    return field_number(correlate, name, out);
}

static status add_map(void *host, const struct partial_map *map)
{
    struct correlate *correlate = host;
    uint32_t          field, *other = ARENA_ARRAY(&correlate->op.step, uint32_t, map->count + (size_t)1);

    TRY_NEW(other);
    TRY(number_of(correlate, map->name, &field));
    for (uint32_t i = 0; i < map->count; i++)
        TRY(number_of(correlate, cell_str(&map->value[i]), &other[i]));
    TRY(widen_folded(correlate));
    correlate->folded[(size_t)field * correlate->folds + field] += map->rows;
    for (uint32_t i = 0; i < map->count; i++) {
        if (other[i] == field)
            continue;
        correlate->folded[(size_t)field * correlate->folds + other[i]] += map->times[i];
        correlate->folded[(size_t)other[i] * correlate->folds + field] += map->times[i];
    }
    return OK;
}

static status get_map(void *host, uint64_t row, struct arena *arena, struct partial_map *out)
{
    const struct correlate *correlate = host;
    uint32_t                fields = correlate->fields, field = correlate->sorted[row];
    const uint64_t         *together = correlate->folded + (size_t)field * correlate->folds;
    struct cell            *value;
    uint64_t               *times;

    TRY_NEW(value = arena_alloc(arena, (fields + (size_t)1) * sizeof *value));
    TRY_NEW(times = arena_alloc(arena, (fields + (size_t)1) * sizeof *times));
    *out = (struct partial_map){ .name = name_str(correlate->field[field]), .rows = together[field], .value = value,
                                 .times = times };
    for (uint32_t i = (uint32_t)row + 1; i < fields; i++) {
        uint32_t other = correlate->sorted[i];
        if (!together[other])
            continue;
        value[out->count] = cell_field_text(name_str(correlate->field[other]));
        times[out->count++] = together[other];
    }
    return OK;
}

static int compare_names(const void *left, const void *right)
{
    return str_compare(name_str(*(const struct name *const *)left), name_str(*(const struct name *const *)right));
}

static status emit_maps(struct correlate *correlate)
{
    struct arena       *arena = &correlate->op.arena;
    const struct name **name = ARENA_ARRAY(arena, const struct name *, correlate->fields + (size_t)1);
    uint32_t           *sorted = ARENA_ARRAY(arena, uint32_t, correlate->fields + (size_t)1);

    TRY_NEW(name);
    TRY_NEW(sorted);
    TRY(fold(correlate));
    if (correlate->fields)
        memcpy(name, correlate->field, correlate->fields * sizeof *name);
    qsort(name, correlate->fields, sizeof *name, compare_names);
    for (uint32_t i = 0; i < correlate->fields; i++)
        sorted[i] = correlate->position[name[i]->number] - 1;
    correlate->sorted = sorted;
    return partial_maps_emit(&correlate->partial, &correlate->op, correlate->fields, get_map, correlate);
}

/* ------------------------------------------------------------------------------------------------------------------- */

static status correlate_push(struct op *op, struct batch *in)
{
    struct correlate *correlate = container_of(op, struct correlate, op);
    uint32_t         *number = ARENA_ARRAY(&op->step, uint32_t, in->fields + (size_t)1);
    struct rows       plain;
    char             *bits;
    size_t            size;

    TRY_NEW(number);
    TRY(partial_maps_take(&correlate->partial, in, op, &plain, add_map, correlate));
    if (plain.count == 0)
        return OK;
    for (uint32_t f = 0; f < in->fields; f++)
        if (!name_is_internal(in->field[f].name))
            TRY(field_number(correlate, in->field[f].name, &number[f]));
    if (is_worth_folding(correlate))
        TRY(fold(correlate));
    size = (correlate->fields + 7) / 8;
    TRY_NEW(bits = arena_alloc(&op->step, size));
    for (uint32_t i = 0; i < plain.count; i++) {
        memset(bits, 0, size);
        for (uint32_t f = 0; f < in->fields; f++)
            if (!name_is_internal(in->field[f].name) && !column_is_null(in->field[f].column, rows_at(&plain, i)))
                bits[number[f] / 8] |= (char)(1 << number[f] % 8);
        TRY(count_pattern(correlate, bits, size));
    }
    return OK;
}

/* --- the result ---------------------------------------------------------------------------------------------------- */

/* The fields that are shown, in their order; those that no row has are none. */
static status arrange(struct correlate *correlate, const struct name **name)
{
    uint8_t *any = ARENA_ARRAY(&correlate->op.arena, uint8_t, correlate->fields + (size_t)1);
    uint32_t count = 0, most = (uint32_t)context_limit(correlate->op.context, LIMIT_CORRELATE);

    TRY_NEW(any);
    for (uint32_t p = 0; p < correlate->patterns.count; p++)
        for (uint32_t f = 0; f < correlate->fields; f++)
            any[f] |= has(interner_str(&correlate->patterns, p), f);
    for (uint32_t f = 0; f < correlate->folds && f < correlate->fields; f++)
        any[f] |= correlate->folded[(size_t)f * correlate->folds + f] > 0;
    for (uint32_t f = 0; f < correlate->fields; f++)
        if (any[f])
            name[count++] = correlate->field[f];
    qsort(name, count, sizeof *name, compare_names);
    correlate->shown = count < most ? count : most;
    if (count > most)
        op_note(&correlate->op, "correlate", STR("tables of 'correlate' would have more fields than limit.correlate: "
                                                 "those whose names come first are shown"));
    TRY_NEW(correlate->place = ARENA_ARRAY(&correlate->op.arena, uint32_t, correlate->fields + (size_t)1));
    for (uint32_t f = 0; f < correlate->fields; f++)
        correlate->place[f] = UINT32_MAX;
    for (uint32_t i = 0; i < correlate->shown; i++)
        correlate->place[correlate->position[name[i]->number] - 1] = i;
    return OK;
}

static status count_together(struct correlate *correlate)
{
    uint32_t shown = correlate->shown, *here = ARENA_ARRAY(&correlate->op.arena, uint32_t, shown + (size_t)1);

    TRY_NEW(here);
    TRY_NEW(correlate->together = ARENA_ARRAY(&correlate->op.arena, uint64_t, (size_t)shown * shown + 1));
    for (uint32_t p = 0; p < correlate->patterns.count; p++) {
        uint32_t count = 0;
        if (p % 64 == 0)
            TRY(run_check(correlate->op.run));
        for (uint32_t f = 0; f < correlate->fields; f++)
            if (correlate->place[f] != UINT32_MAX && has(interner_str(&correlate->patterns, p), f))
                here[count++] = correlate->place[f];
        for (uint32_t i = 0; i < count; i++)
            for (uint32_t j = 0; j < count; j++)
                correlate->together[(size_t)here[i] * shown + here[j]] += correlate->times[p];
    }
    for (uint32_t i = 0; i < correlate->fields && correlate->folds; i++)
        for (uint32_t j = 0; j < correlate->fields; j++)
            if (i < correlate->folds && j < correlate->folds && correlate->place[i] != UINT32_MAX &&
                correlate->place[j] != UINT32_MAX)
                correlate->together[(size_t)correlate->place[i] * shown + correlate->place[j]]
                    += correlate->folded[(size_t)i * correlate->folds + j];
    return OK;
}

struct table {
    const struct correlate   *correlate;
    const struct name *const *name;         /* of the columns */
};

static status correlate_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct table     *table = host;
    const struct correlate *correlate = table->correlate;
    uint32_t                shown = correlate->shown;
    uint64_t                both, one, other;

    (void)arena;
    if (column == 0) {
        *out = cell_field_text(name_str(table->name[row + 1]));
        return OK;
    }
    both = correlate->together[row * shown + column - 1];
    one = correlate->together[row * shown + row];
    other = correlate->together[(size_t)(column - 1) * shown + column - 1];
    *out = cell_number((double)both / (double)(one + other - both));
    return OK;
}

static status correlate_finish(struct op *op)
{
    struct correlate   *correlate = container_of(op, struct correlate, op);
    const struct name **name = ARENA_ARRAY(&op->arena, const struct name *, correlate->fields + (size_t)1);
    struct table        table = { correlate, name };

    TRY_NEW(name);
    if (correlate->partial.emits)
        return emit_maps(correlate);
    TRY_NEW(name[0] = names_intern(op->context->names, STR("RowField")));
    TRY(arrange(correlate, name + 1));
    TRY(count_together(correlate));
    return results_emit(&(struct results){ op, name, correlate->shown + 1, correlate->shown, correlate_cell, &table });
}

static void correlate_close(struct op *op)
{
    struct correlate *correlate = container_of(op, struct correlate, op);
    struct heap      *heap = op->context->heap;

    interner_free(&correlate->patterns);
    heap_free(heap, correlate->folded, folded_size(correlate->folds));
    heap_free(heap, correlate->times, correlate->room * sizeof *correlate->times);
    heap_free(heap, correlate->field, correlate->field_room * sizeof *correlate->field);
    heap_free(heap, correlate->position, correlate->positions * sizeof *correlate->position);
}

static const struct op_kind correlate_kind = {
    .name = "correlate", .push = correlate_push, .finish = correlate_finish, .close = correlate_close,
};

static status correlate_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct correlate_bound *bound = stage->bound;
    struct correlate             *correlate;

    TRY(op_new(&correlate_kind, sizeof *correlate, stage, run, out));
    correlate = container_of(*out, struct correlate, op);
    interner_init(&correlate->patterns, (*out)->context->heap);
    return partial_maps_init(&correlate->partial, (*out)->context, bound->emits, bound->meets);
}

static status correlate_bind(struct binder *binder, struct stage *stage)
{
    struct correlate_bound *bound = stage->bound;

    *bound = (struct correlate_bound){ .emits = stage_argument(stage, PRESTATS)->truth, .meets = binder->partials };
    binder->partials |= bound->emits;
    if (bound->emits)
        stage->traits &= ~(uint32_t)TRAIT_SPLITS;
    return OK;
}

static status correlate_needs(const struct stage *stage, struct wanted *wanted)
{
    (void)stage;
    wanted_clear(wanted);
    return wanted_add_pattern(wanted, STR("*"));
}

const struct command command_correlate = {
    .name = "correlate", .usage = "correlate [prestats=<bool>]", .summary = "How often fields occur together",
    .keeps = "a number for every two fields",
    .params = correlate_params, .traits = TRAIT_TRANSFORMS | TRAIT_MERGES_ROWS | TRAIT_SPLITS,
    .map = "correlate prestats=t", .bound_size = sizeof(struct correlate_bound), .bind = correlate_bind,
    .needs = correlate_needs, .open = correlate_open,
    .example = { "table a b | correlate", "{\"a\":1,\"b\":2}\n{\"a\":1}\n{\"a\":1}\n{\"b\":5}",
                 "{\"RowField\":\"a\",\"a\":1,\"b\":0.25}\n{\"RowField\":\"b\",\"a\":0.25,\"b\":1}" },
};
