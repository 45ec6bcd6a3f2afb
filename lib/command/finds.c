#include "command/finds.h"

#include "batch/pick.h"
#include "flow/run.h"
#include "plan/stage.h"

enum {
    CELLS_MOST = 4 << 20,               /* of the new columns of a batch */
    NAMES_MOST = 1 << 16                /* beyond so many those that nobody wants are not remembered */
};

struct find {
    str                text;
    const struct name *name;            /* NULL: nobody wants it */
    struct find       *next;            /* what was found behind it last */
    uint64_t           batch, row;      /* the last ones that have it */
    struct column     *column;          /* in that batch */
    struct cell       *list;            /* in that row, once there are two */
    uint32_t           count, room;
};

status finds_init(struct finds *finds, struct op *op, enum again again)
{
    finds->op = op;
    finds->again = again;
    map_init(&finds->known, &op->run->heap);
    arena_init(&finds->arena, &op->run->heap);
    TRY_NEW(finds->first = ARENA_NEW(&finds->arena, struct find));
    TRY_NEW(finds->ignored = ARENA_NEW(&finds->arena, struct find));
    return OK;
}

void finds_close(struct finds *finds)
{
    if (!finds->op)
        return;
    map_free(&finds->known);
    heap_free(&finds->op->run->heap, finds->here, finds->room * sizeof *finds->here);
    heap_free(&finds->op->run->heap, finds->place, finds->places * sizeof *finds->place);
    arena_free(&finds->arena);
}

/* --- names --------------------------------------------------------------------------------------------------------- */

static status find_new(struct finds *finds, str name, struct find **out)
{
    bool         wanted = wanted_has(&finds->op->stage->output, name);
    struct find *find;

    *out = finds->ignored;
    if (!wanted && finds->known.count >= NAMES_MOST)
        return OK;
    TRY_NEW(find = ARENA_NEW(&finds->arena, struct find));
    TRY_NEW((find->text = arena_str(&finds->arena, name)).at);
    if (wanted)
        TRY_NEW(find->name = names_intern(finds->op->run->names, name));
    *out = find;
    return map_put(&finds->known, find->text, find);
}

static status find_by_name(struct finds *finds, str name, struct find **out)
{
    struct find *last = finds->last, *next = last->next;

    if (!next || !str_equal(next->text, name)) {
        next = map_get(&finds->known, name);
        if (!next)
            TRY(find_new(finds, name, &next));
        last->next = next;
    }
    *out = next;
    return OK;
}

status finds_wants(struct finds *finds, str name, bool *out)
{
    struct find *find = finds->ignored;

    if (name.size)
        TRY(find_by_name(finds, name, &find));
    *out = find->name != NULL;
    if (!*out)
        finds->last = find;
    return OK;
}

/* --- columns ------------------------------------------------------------------------------------------------------- */

/* Where the field stands in the batch; NULL: it is new. */
static struct field *field_of(const struct finds *finds, const struct name *name)
{
    uint32_t place = name->number < finds->places ? finds->place[name->number] : 0;

    if (place && place <= finds->batch->fields && finds->batch->field[place - 1].name == name)
        return &finds->batch->field[place - 1];
    return NULL;
}

static status place_fields(struct finds *finds)
{
    for (uint32_t f = 0; f < finds->batch->fields; f++) {
        uint32_t number = finds->batch->field[f].name->number;
        if (number >= finds->places
            && !heap_grow_zero(&finds->op->run->heap, &finds->place, &finds->places, number + 1, sizeof *finds->place))
            return FAIL_MEMORY;
        finds->place[number] = f + 1;
    }
    return OK;
}

/* The column to fill in the batch at hand: rows without the field keep what they had. */
static status find_column(struct finds *finds, struct find *find)
{
    struct batch *batch = finds->batch;
    struct field *field = field_of(finds, find->name);

    if (finds->cells + batch->size > CELLS_MOST && finds->row > 0)
        return FAIL_LIMIT;
    finds->cells += batch->size;
    if (!heap_grow(&finds->op->run->heap, &finds->here, &finds->room, finds->count + 1, sizeof(struct find *)))
        return FAIL_MEMORY;
    if (field)
        TRY(batch_decode(batch, field->column));
    TRY(column_to_cells(field ? field->column : NULL, &batch->rows, batch->size, &batch->arena, &find->column));
    find->batch = finds->batches;
    finds->here[finds->count++] = find;
    return OK;
}

/* One more value in a row that has one already. */
static status find_add(struct finds *finds, struct find *find, struct cell *into, struct cell cell)
{
    if (find->count == 1 || find->count == find->room) {
        uint32_t     room = find->count == 1 ? 4 : find->room * 2;
        struct cell *list = room > find->count ? ARENA_ARRAY(&finds->batch->arena, struct cell, room) : NULL;

        TRY_NEW(list);
        memcpy(list, find->count == 1 ? into : find->list, find->count * sizeof *list);
        find->list = list;
        find->room = room;
    }
    find->list[find->count++] = cell;
    *into = (struct cell){ .kind = KIND_LIST, .size = find->count, .list = find->list };
    return OK;
}

status finds_put(struct finds *finds, str name, struct cell cell)
{
    struct find *find;
    struct cell *into;

    if (name.size == 0)
        return OK;
    TRY(find_by_name(finds, name, &find));
    finds->last = find;
    if (!find->name)
        return OK;
    if (find->batch != finds->batches)
        TRY(find_column(finds, find));
    into = &find->column->cell[batch_row(finds->batch, finds->row)];
    if (find->row != finds->rows) {
        find->row = finds->rows;
        find->count = 1;
        *into = cell;
    } else if (finds->again == AGAIN_LAST) {
        *into = cell;
    } else if (finds->again == AGAIN_LIST) {
        TRY(find_add(finds, find, into, cell));
    }
    find->column->kinds |= (uint8_t)KINDS(into->kind);
    return OK;
}

/* --- batches ------------------------------------------------------------------------------------------------------- */

static status assign(struct finds *finds)
{
    struct batch *batch = finds->batch;
    uint32_t      rank = finds->op->stage->rank;

    for (uint32_t i = 0; i < finds->count; i++) {
        struct find *find = finds->here[i];
        TRY(batch_assign_some_at(batch, field_of(finds, find->name), find->name, find->column, rank));
    }
    return OK;
}

/* As many of the rows of `finds->batch` as there is room for their fields; *done: so many. */
static status read_rows(struct finds *finds, uint32_t from, const struct name *field,
                        status (*read)(void *, const struct cell *), void *host, uint32_t *done)
{
    const struct column *column = batch_column(finds->batch, field);
    uint32_t             count = batch_rows(finds->batch);

    for (finds->row = 0; finds->row < count; finds->row++) {
        struct cell cell = column_cell(column, batch_row(finds->batch, finds->row));
        status      result = OK;

        if (column->encoding == ENCODING_NUMBER && column->unsettled)
            cell_settle(&cell);
        finds->rows++;
        finds->number = from + finds->row;
        finds->last = finds->first;
        if (cell.kind != KIND_NULL)
            result = read(host, &cell);
        if (result == FAIL_LIMIT)
            break;
        TRY(result);
    }
    *done = finds->row;
    return OK;
}

/* What was found in a row that did not fit in, nobody sees: it is not selected. */
static status cut(struct batch *batch, uint32_t count)
{
    uint32_t *row;

    if (count == batch_rows(batch))
        return OK;
    TRY_NEW(row = arena_alloc(&batch->arena, count * sizeof *row));
    for (uint32_t i = 0; i < count; i++)
        row[i] = batch_row(batch, i);
    batch->rows = (struct rows){ count, row };
    return OK;
}

/* Some rows from `from` on as a batch: all of them, or `most` where fields are many. */
static status piece(struct batch *in, uint32_t from, uint32_t most, struct arena *step, struct batch **out)
{
    uint32_t  left = batch_rows(in) - from, count = most < left ? most : left, *row;

    if (from == 0 && count == left) {
        TRY_NEW(*out = batch_derive(in));
        return OK;
    }
    TRY_NEW(row = arena_alloc(step, count * sizeof *row));
    for (uint32_t i = 0; i < count; i++)
        row[i] = batch_row(in, from + i);
    TRY(batch_pick(in, row, count, out));
    (*out)->ordinal = in->ordinal + row[0];
    return OK;
}

/* The next rows to the next operator. */
static status push_piece(struct finds *finds, struct batch *in, uint32_t from, uint32_t most, const struct name *field,
                         status (*read)(void *, const struct cell *), void *host, uint32_t *done)
{
    status result;

    TRY(piece(in, from, most, &finds->op->step, &finds->batch));
    finds->batches++;
    finds->count = 0;
    finds->cells = 0;
    result = place_fields(finds);
    if (result == OK)
        result = read_rows(finds, from, field, read, host, done);
    if (result == OK)
        result = assign(finds);
    if (result == OK)
        result = cut(finds->batch, *done);
    if (result == OK)
        return op_emit(finds->op, finds->batch);
    batch_release(finds->batch);
    return result;
}

status finds_push(struct finds *finds, struct batch *in, const struct name *field,
                  status (*read)(void *host, const struct cell *value), void *host)
{
    struct column *column = batch_column(in, field);
    uint32_t       most = batch_rows(in), done;

    if (!column || column->encoding == ENCODING_ABSENT) {
        batch_retain(in);
        return op_emit(finds->op, in);
    }
    TRY(batch_decode(in, column));
    for (uint32_t from = 0; from < batch_rows(in); from += done) {
        TRY(run_check(finds->op->run));
        TRY(push_piece(finds, in, from, most, field, read, host, &done));
        most = done < UINT32_MAX / 2 ? 2 * done : done;
    }
    return OK;
}
