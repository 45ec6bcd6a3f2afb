#include "group/partial_maps.h"

#include "aggregate/collect.h"
#include "text/json.h"
#include "value/order.h"

status partial_maps_init(struct partial_maps *maps, struct context *context, bool emits, bool meets)
{
    *maps = (struct partial_maps){ .emits = emits, .meets = meets || context->takes_partials };
    return partial_fields_init(&maps->fields, context->names);
}

/* --- in ------------------------------------------------------------------------------------------------------------ */

enum { VALUES, TIMES, PARTS };

/* FAIL_DATA: it makes no sense. */
static status read_map(struct partial_maps *maps, const struct batch *in, uint32_t row, struct arena *step,
                       struct partial_map *out)
{
    const struct column *state = batch_column(in, maps->fields.state);
    struct cell          text = state ? column_cell(state, row) : cell_null();
    struct cell         *part;                              /* a list of one is the cell itself: it lives as long as `out` */
    const struct cell   *time;
    struct json_walk     walk;
    uint32_t             parts, times;
    uint64_t            *number;

    if (text.kind != KIND_TEXT || !partial_is_known(&maps->fields, in, row))
        return FAIL_DATA;
    TRY_NEW(part = ARENA_ARRAY(step, struct cell, AGGREGATE_PARTS));
    json_walk_start(&walk, cell_str(&text));
    if (json_next(&walk) != JSON_OBJECT || json_next(&walk) != JSON_KEY)
        return FAIL_DATA;
    TRY(state_get_name(&walk, step, &out->name));
    TRY(state_get(&walk, step, part, &parts));
    if (json_next(&walk) != JSON_OBJECT_END || json_next(&walk) != JSON_END || parts != PARTS)
        return FAIL_DATA;
    out->value = collect_members(&part[VALUES], &out->count);
    time = collect_members(&part[TIMES], &times);
    if (times != out->count)
        return FAIL_DATA;
    TRY_NEW(out->times = number = arena_alloc(step, (times + (size_t)1) * sizeof *number));
    for (uint32_t i = 0; i < times; i++) {
        if (out->value[i].kind != KIND_TEXT)
            return FAIL_DATA;
        number[i] = collect_count(&time[i]);
    }
    out->rows = partial_count(&maps->fields, in, row);
    return OK;
}

status partial_maps_take(struct partial_maps *maps, struct batch *in, struct op *op, struct rows *plain,
                         status (*add)(void *host, const struct partial_map *map), void *host)
{
    struct rows partial = { 0 };

    *plain = in->rows;
    if (!maps->meets)
        return OK;
    TRY(partial_rows(&maps->fields, in, &op->step, plain, &partial));
    for (uint32_t i = 0; i < partial.count; i++) {
        struct partial_map map = { .rows = 0 };
        status             s = read_map(maps, in, rows_at(&partial, i), &op->step, &map);
        if (s == FAIL_DATA)
            partial_note_bad(op);
        else if (s != OK || (s = add(host, &map)) != OK)
            return s;
    }
    return OK;
}

/* --- out ----------------------------------------------------------------------------------------------------------- */

enum { OUT_ROWS, OUT_STATE, OUT_VERSION, COLUMNS };

static status write_map(const struct partial_map *map, struct heap *heap, struct arena *arena, struct cell *out)
{
    struct cell *times, part[PARTS];
    struct buf   text;
    status       s;

    TRY_NEW(times = arena_alloc(arena, (map->count + (size_t)1) * sizeof *times));
    for (uint32_t i = 0; i < map->count; i++)
        times[i] = cell_number((double)map->times[i]);
    part[VALUES] = collect_cell(map->value, map->count);
    part[TIMES] = collect_cell(times, map->count);
    buf_init(&text, heap);
    buf_byte(&text, '{');
    json_put_string(&text, map->name);
    buf_byte(&text, ':');
    state_put(&text, part, PARTS);
    buf_byte(&text, '}');
    s = buf_status(&text);
    if (s == OK) {
        *out = cell_field_text(arena_str(arena, buf_str(&text)));
        s = out->text ? OK : FAIL_MEMORY;
    }
    buf_free(&text);
    return s;
}

static status map_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct partial_maps *maps = host;
    struct partial_map         map = { .rows = 0 };

    *out = cell_number(1);
    if (column == OUT_VERSION)
        return OK;
    TRY(maps->get(maps->host, row, arena, &map));
    *out = cell_number((double)map.rows);
    return column == OUT_STATE ? write_map(&map, maps->results.op->context->heap, arena, out) : OK;
}

static void start(struct partial_maps *maps, struct op *op,
                  status (*get)(void *host, uint64_t row, struct arena *arena, struct partial_map *out), void *host)
{
    if (maps->get)
        return;
    maps->get = get;
    maps->host = host;
    maps->name[OUT_ROWS] = maps->fields.rows;
    maps->name[OUT_STATE] = maps->fields.state;
    maps->name[OUT_VERSION] = maps->fields.version;
    maps->results.op = op;
    maps->results.name = maps->name;
    maps->results.columns = COLUMNS;
    maps->results.cell = map_cell;
    maps->results.host = maps;
}

status partial_maps_emit(struct partial_maps *maps, struct op *op, uint64_t count,
                         status (*get)(void *host, uint64_t row, struct arena *arena, struct partial_map *out), void *host)
{
    start(maps, op, get, host);
    maps->results.rows = count;
    return results_emit(&maps->results);
}

status partial_maps_emit_pieces(struct partial_maps *maps, struct op *op, status (*more)(struct op *op),
                                status (*get)(void *host, uint64_t row, struct arena *arena, struct partial_map *out),
                                void *host)
{
    start(maps, op, get, host);
    maps->results.passing = maps->results.rests = true;
    return results_emit_pieces(&maps->results, more);
}
