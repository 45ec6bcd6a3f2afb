#include "read/builder.h"
#include "read/derived.h"

#include "text/wildcard.h"

enum {
    BATCH_ROWS = 4096,
    MOST_CELLS = 1 << 20,           /* of one batch, all columns together: 16 MiB */
    MOST_COMPLETED = 1 << 22        /* where the number of rows is given */
};

static const char *const origin_fields[DEFAULTS] = { "host", "source", "sourcetype", "index" };

/* psrsvd_v in the text of an event says nothing: or else who writes to a log could take events out of what is counted. */
static bool is_partial(str name) { return str_starts(name, STR("psrsvd_")); }

static bool is_wanted(const struct builder *builder, str name)
{
    const struct projection *projection = builder->projection;

    if (projection->partials && is_partial(name))
        return builder->input->format->structured;

    if (projection->all)
        return true;
    for (uint32_t i = 0; i < projection->fields; i++)
        if (str_equal(name_str(projection->field[i]), name))
            return true;
    for (uint32_t i = 0; i < projection->patterns; i++) {
        struct wildcard *wildcard;
        struct arena     arena;
        bool             found;

        if (str_starts(name, STR("_")) && !str_starts(projection->pattern[i], STR("_")))
            continue;
        arena_init(&arena, builder->arena.heap);    /* once for each name of the input */
        found = wildcard_compile(&arena, CPU_PORTABLE, WILDCARD_STAR, false, projection->pattern[i], &wildcard) == OK
             && wildcard_match(wildcard, name);
        arena_free(&arena);
        if (found)
            return true;
    }
    return false;
}

static status make_slot(struct builder *builder, str text, struct slot **out)
{
    const struct name *name = names_intern(builder->input->reading->names, text);
    struct slot       *slot = ARENA_NEW(&builder->arena, struct slot);

    TRY_NEW(name);
    TRY_NEW(slot);
    slot->name = name;
    *out = slot;
    return map_put(&builder->slots, name_str(name), slot);
}

status builder_slot(struct builder *builder, str name, struct slot **out)
{
    *out = map_get(&builder->slots, name);
    return *out || !is_wanted(builder, name) ? OK : make_slot(builder, name, out);
}

/* A field that is there whatever the events hold. */
static status make_special(struct builder *builder, const char *text, bool wanted, struct slot **out)
{
    *out = NULL;
    return wanted || is_wanted(builder, str_of(text)) ? make_slot(builder, str_of(text), out) : OK;
}

status builder_init(struct builder *builder, struct input *input, const struct projection *projection)
{
    const struct zone *zone = input->reading->zone;
    struct heap       *heap = input->reading->heap;

    *builder = (struct builder){ .input = input, .projection = projection };
    arena_init(&builder->arena, heap);
    map_init(&builder->slots, heap);
    zone_view_init(&builder->zone, zone ? zone : &zone_utc, NULL);
    builder->derives = derived_needs(projection);
    TRY(make_special(builder, "_time", projection->time || builder->derives & DERIVED_TIME, &builder->time));
    TRY(make_special(builder, "_raw", projection->raw || builder->derives & DERIVED_RAW || reads_own_text(input),
                     &builder->raw));
    for (int i = 0; i < DEFAULTS; i++)
        TRY(make_special(builder, origin_fields[i], false, &builder->origin[i]));
    return OK;
}

void builder_free(struct builder *builder)
{
    builder_abandon(builder);
    map_free(&builder->slots);
    heap_free(builder->arena.heap, builder->placed, builder->placed_room * sizeof(struct slot *));
    arena_free(&builder->arena);
}

void builder_begin(struct builder *builder, struct block *block, batch_sink sink, void *host)
{
    builder->block = block;
    builder->sink = sink;
    builder->host = host;
    builder->first = 0;
    builder->room = 0;
}

/* Rows to make room for: no more than the block can hold, so that a few pushed events stay cheap. */
static uint32_t rows_expected(const struct builder *builder)
{
    uint32_t most = builder->input->reading->batch_rows;

    if (builder->room)
        return builder->room;
    if (!most)
        most = BATCH_ROWS;
    if (builder->block && builder->block->size / 8 < most)
        return (uint32_t)(builder->block->size / 8) + 1;
    return most;
}

static status place(struct builder *builder, struct slot *slot)
{
    if (!heap_grow(builder->arena.heap, &builder->placed, &builder->placed_room, builder->placed_count + 1,
                   sizeof(struct slot *)))
        return FAIL_MEMORY;
    builder->placed[builder->placed_count++] = slot;
    slot->placed = true;
    return OK;
}

status builder_open(struct builder *builder)
{
    struct batch *batch;

    if (LIKELY(builder->batch))
        return OK;
    batch = batch_new(builder->arena.heap, 0);
    TRY_NEW(batch);
    builder->batch = batch;
    builder->row = 0;
    builder->place = FIELD_FIRST;
    builder->cells = 0;
    builder->capacity = rows_expected(builder);
    builder->line = NULL;
    if (builder->projection->lines || builder->raw || builder->sniffs_time)
        TRY_NEW(builder->line = arena_alloc(&batch->arena, builder->capacity * sizeof(struct cell)));
    if (builder->time)
        TRY_NEW(builder->time_rank = arena_zero(&batch->arena, builder->capacity, 1));
    return OK;
}

status slot_begin(struct builder *builder, struct slot *slot)
{
    size_t cells = builder->cells + builder->capacity;

    if (UNLIKELY(cells > (builder->room ? MOST_COMPLETED : MOST_CELLS))) {
        if (builder->row > 0 || builder->room > 1)
            return FAIL_LIMIT;
        builder->capacity = 1;          /* very many fields: one row a batch */
        cells = builder->cells + 1;
    }
    slot->cell = arena_alloc(&builder->batch->arena, builder->capacity * sizeof(struct cell));
    TRY_NEW(slot->cell);
    builder->cells = cells;
    slot->escaped = false;
    slot->kinds = KINDS_TEXT;
    return slot->placed ? OK : place(builder, slot);
}

/* The row has this field already: a list, whose room is a power of two from 4 on. */
status slot_again(struct builder *builder, struct slot *slot, struct cell cell)
{
    struct cell *there = &slot->cell[builder->row], *list;
    uint32_t     count = there->kind == KIND_LIST ? there->size : 1;

    slot->escaped |= cell.flags & CELL_ESCAPED;
    if (count == UINT32_MAX / 2)
        return FAIL_MEMORY;
    if (count == 1 || (count >= 4 && (count & (count - 1)) == 0)) {
        list = arena_alloc(&builder->batch->arena, (count == 1 ? 4 : count * 2) * sizeof *list);
        TRY_NEW(list);
        memcpy(list, count == 1 ? there : there->list, count * sizeof *list);
        *there = (struct cell){ .kind = KIND_LIST, .place = there->place, .list = list };
        slot->kinds |= KINDS(KIND_LIST);
    }
    list = (struct cell *)there->list;      /* made here */
    list[count] = cell;
    there->size = count + 1;
    return OK;
}

status slot_put_time(struct builder *builder, uint8_t rank, struct cell cell)
{
    struct slot *time = builder->time;
    uint8_t     *held = &builder->time_rank[builder->row];

    if (*held && *held <= rank)
        return OK;
    if (time->filled > builder->row)
        time->filled = builder->row;        /* the better one replaces it */
    TRY(slot_put(builder, time, cell));
    *held = rank;
    return OK;
}

/* The first row that has a time says where it stands: in front, unless it is a member of the event. */
static status place_time(struct builder *builder)
{
    bool member = builder->time->placed && builder->time_rank[builder->row] == TIME_ITSELF;

    if (!builder->time_rank[builder->row] && !builder->sniffs_time)
        return OK;
    builder->time_stands = true;
    if (member)
        return OK;
    if (!builder->time->placed)
        TRY(place(builder, builder->time));
    for (uint32_t i = 0; i < builder->placed_count; i++)
        if (builder->placed[i] == builder->time) {
            memmove(builder->placed + 1, builder->placed, i * sizeof(struct slot *));
            builder->placed[0] = builder->time;
        }
    return OK;
}

/* The first row brings the fields that every row has; see read/reader.h. */
static status place_computed(struct builder *builder)
{
    if (builder->time && !builder->time->placed)
        TRY(place(builder, builder->time));
    for (uint32_t i = 0; builder->time && i < builder->placed_count; i++)
        if (builder->placed[i] == builder->time) {
            memmove(builder->placed + 1, builder->placed, i * sizeof(struct slot *));
            builder->placed[0] = builder->time;
        }
    for (int i = 0; i < DEFAULTS; i++)
        if (builder->origin[i] && !builder->origin[i]->placed)
            TRY(place(builder, builder->origin[i]));
    return builder->raw && !builder->raw->placed ? place(builder, builder->raw) : OK;
}

status builder_keep(struct builder *builder, str text)
{
    if (builder->line) {
        struct cell line = cell_field_text(text);
        line.place = FIELD_RAW;
        builder->line[builder->row] = line;
    }
    if (UNLIKELY(builder->time && !builder->time_stands))
        TRY(place_time(builder));
    if (UNLIKELY(builder->row == 0))
        TRY(place_computed(builder));
    builder->placed_kept = builder->placed_count;
    builder->place = FIELD_FIRST;
    if (UNLIKELY(++builder->row == builder->capacity))
        return builder_end(builder);
    return OK;
}

void builder_undo(struct builder *builder)
{
    while (builder->placed_count > builder->placed_kept) {
        struct slot *slot = builder->placed[--builder->placed_count];
        slot->cell = NULL;
        slot->filled = 0;
        slot->placed = false;
    }
    for (uint32_t i = 0; i < builder->placed_count; i++)
        if (builder->placed[i]->filled > builder->row)
            builder->placed[i]->filled = builder->row;
    if (builder->time)
        builder->time_rank[builder->row] = 0;
    builder->place = FIELD_FIRST;
}

status builder_drop(struct builder *builder)
{
    enum { FEW = 1000 };

    if (builder->row == 0) {
        builder_abandon(builder);
        return OK;
    }
    /* Many bad lines behind one with very many fields must not look at all of those again and again. */
    if (builder->placed_count > FEW)
        return builder_end(builder);
    builder_undo(builder);
    return OK;
}

status builder_spill(struct builder *builder)
{
    if (builder->room)
        return FAIL_LIMIT;              /* exactly one batch was wanted */
    TRY(builder_drop(builder));
    TRY(builder_end(builder));
    return builder_open(builder);
}

static void clear(struct builder *builder)
{
    for (uint32_t i = 0; i < builder->placed_count; i++) {
        builder->placed[i]->cell = NULL;
        builder->placed[i]->filled = 0;
        builder->placed[i]->placed = false;
    }
    builder->placed_count = builder->placed_kept = 0;
    builder->batch = NULL;
    builder->line = NULL;
    builder->row = 0;
    builder->place = FIELD_FIRST;
    builder->time_stands = false;
}

void builder_abandon(struct builder *builder)
{
    batch_release(builder->batch);
    clear(builder);
}

static void fill(struct builder *builder, struct slot *slot, struct cell cell)
{
    for (uint32_t row = slot->filled; row < builder->row; row++)
        slot->cell[row] = cell;
    slot->filled = builder->row;
}

static status cells_column(struct builder *builder, struct slot *slot, struct column **out)
{
    struct column *column = ARENA_NEW(&builder->batch->arena, struct column);

    TRY_NEW(column);
    fill(builder, slot, cell_null());
    column->encoding = ENCODING_CELLS;
    column->kinds = slot->kinds;
    column->escaped = slot->escaped;
    column->cell = slot->cell;
    *out = column;
    return OK;
}

static status lines_column(struct builder *builder, struct column **out)
{
    struct column *column = ARENA_NEW(&builder->batch->arena, struct column);

    TRY_NEW(column);
    column->encoding = ENCODING_CELLS;
    column->kinds = KINDS(KIND_TEXT);
    column->cell = builder->line;
    *out = column;
    return OK;
}

/* host and its like: what the events hold, else the input's. */
static status origin_column(struct builder *builder, int which, struct column **out)
{
    const struct defaults *defaults = &builder->input->defaults;
    const str              text[DEFAULTS] = { defaults->host, defaults->source, defaults->sourcetype, defaults->index };
    struct cell            cell = cell_field_text(text[which]);
    struct slot           *slot = builder->origin[which];

    cell.place = (uint16_t)(FIELD_HOST + which);
    if (!slot->cell) {
        TRY_NEW(*out = column_constant(&builder->batch->arena, cell));
        return OK;
    }
    TRY(cells_column(builder, slot, out));
    for (uint32_t row = 0; row < builder->row; row++)
        if (slot->cell[row].kind == KIND_NULL)
            slot->cell[row] = cell;
    return OK;
}

static status raw_column(struct builder *builder, struct column **out)
{
    struct slot *slot = builder->raw;

    if (!slot->cell)
        return lines_column(builder, out);
    TRY(cells_column(builder, slot, out));      /* events that bring their own _raw */
    for (uint32_t row = 0; row < builder->row; row++)
        if (slot->cell[row].kind == KIND_NULL)
            slot->cell[row] = builder->line[row];
    return OK;
}

static status column_of(struct builder *builder, struct slot *slot, struct column **out)
{
    *out = NULL;
    if (slot == builder->time)
        return time_column(builder, out);
    if (slot == builder->raw)
        return raw_column(builder, out);
    for (int i = 0; i < DEFAULTS; i++)
        if (slot == builder->origin[i])
            return origin_column(builder, i, out);
    return slot->cell && slot->filled ? cells_column(builder, slot, out) : OK;
}

static status fill_batch(struct builder *builder)
{
    struct batch *batch = builder->batch;

    batch->size = batch->rows.count = builder->row;
    batch->capacity = builder->placed_count;
    TRY_NEW(batch->field = arena_alloc(&batch->arena, (builder->placed_count + 1) * sizeof *batch->field));
    for (uint32_t i = 0; i < builder->placed_count; i++) {
        struct column *column;
        TRY(column_of(builder, builder->placed[i], &column));
        if (column)
            batch->field[batch->fields++] = (struct field){ builder->placed[i]->name, column, .read = column };
    }
    batch->as_read = true;
    TRY(derived_add(builder, batch));
    if (builder->projection->lines) {
        TRY(lines_column(builder, &batch->line));
        batch->origin = &builder->input->origin;
    }
    if (builder->block) {
        batch->block = builder->block;
        block_retain(builder->block);
        batch->segment = builder->block->segment;
        batch->ordinal = ((uint64_t)builder->input->reading->part << 44) + builder->block->ordinal + builder->first;
    }
    return OK;
}

status builder_end(struct builder *builder)
{
    struct batch *batch = builder->batch;
    status        failure;

    for (uint32_t i = builder->placed_kept; i < builder->placed_count; i++)
        builder->placed[i]->filled = 0;         /* of a row that was not kept */
    if (!batch || builder->row == 0) {
        builder_abandon(builder);
        return OK;
    }
    failure = fill_batch(builder);
    builder->first += builder->row;
    if (failure != OK) {
        builder_abandon(builder);
        return failure;
    }
    clear(builder);
    return builder->sink(builder->host, batch);
}
