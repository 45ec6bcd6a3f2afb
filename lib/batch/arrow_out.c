#include "batch/arrow.h"

#include "value/number.h"
#include "value/order.h"

#include <math.h>

/* --- types --------------------------------------------------------------------------------------------------------- */

static bool fits_integer(double number)
{
    return number >= -0x1p63 && number < 0x1p63 && number == floor(number);
}

/* Decimal digits, at most 19 of them, without overflow. */
static bool read_integer(str text, int64_t *out)
{
    bool     negative = text.size && *text.at == '-';
    uint64_t value = 0;

    if (text.size - negative > 19 || text.size == negative)
        return false;
    for (size_t i = negative; i < text.size; i++) {
        unsigned digit = (unsigned char)text.at[i] - '0';
        if (digit > 9)
            return false;
        value = value * 10 + digit;         /* 19 digits stay below 2^64 */
    }
    if (value > (uint64_t)INT64_MAX + negative)
        return false;
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

struct value {
    unsigned kind;                  /* one of ARROW_*, 0: null */
    int64_t  integer;
    double   number;
};

static struct value value_of(const struct cell *cell)
{
    struct value value = { 0 };
    str          text;

    switch (cell->kind) {
    case KIND_NULL:
        return value;
    case KIND_LIST:
        value.kind = ARROW_LISTS;
        return value;
    case KIND_NUMBER:
        value.number = cell->number;
        value.kind = fits_integer(cell->number) ? ARROW_INTEGERS : ARROW_DOUBLES;
        value.integer = value.kind == ARROW_INTEGERS ? (int64_t)cell->number : 0;
        return value;
    case KIND_TEXT:
        break;
    default:
        value.kind = ARROW_TEXTS;
        return value;
    }
    text = cell_str(cell);
    value.kind = ARROW_TEXTS;
    if (!number_is_json(text))
        return value;
    if (read_integer(text, &value.integer)) {
        value.number = (double)value.integer;
        value.kind = value.integer >= -(INT64_C(1) << 53) && value.integer <= INT64_C(1) << 53 ? ARROW_INTEGERS
                                                                                             : ARROW_WIDE;
    } else if (text.size <= 17 && number_parse(text, &value.number, NULL) && isfinite(value.number)) {
        value.kind = ARROW_DOUBLES;
    }
    return value;
}

unsigned arrow_values(const struct batch *batch, const struct column *column)
{
    unsigned values = 0;

    for (uint32_t i = 0; i < batch_rows(batch) && !(values & ARROW_LISTS); i++) {
        struct cell cell = column_cell(column, batch_row(batch, i));
        values |= value_of(&cell).kind;
    }
    return values;
}

static const char *format_of(unsigned values)
{
    if (values & ARROW_LISTS)
        return "+l";
    if (values & ARROW_TEXTS || (values & ARROW_WIDE && values & ARROW_DOUBLES))
        return "u";
    if (values & ARROW_DOUBLES)
        return "g";
    return values ? "l" : "n";
}

/* --- what all exported structs of one call share ------------------------------------------------------------------- */

struct shelf {
    _Atomic uint32_t   references;
    struct arrow_owner owner;
    struct arena       arena;
};

static struct shelf *shelf_new(struct arrow_owner owner)
{
    struct shelf *shelf = heap_zero(owner.heap, 1, sizeof *shelf);

    if (!shelf) {
        if (owner.drop)
            owner.drop(owner.host);
        return NULL;
    }
    atomic_store(&shelf->references, 1);
    shelf->owner = owner;
    arena_init(&shelf->arena, owner.heap);
    return shelf;
}

static void shelf_release(struct shelf *shelf)
{
    struct arrow_owner owner = shelf->owner;

    if (atomic_fetch_sub_explicit(&shelf->references, 1, memory_order_acq_rel) != 1)
        return;
    arena_free(&shelf->arena);
    heap_free(owner.heap, shelf, sizeof *shelf);
    if (owner.drop)
        owner.drop(owner.host);             /* last: the heap may go with it */
}

/* Children that a consumer moved out have no release any more; they hold references of their own. */
static void release_array(struct ArrowArray *array)
{
    struct shelf *shelf = array->private_data;

    for (int64_t i = 0; i < array->n_children; i++)
        if (array->children[i]->release)
            array->children[i]->release(array->children[i]);
    array->release = NULL;
    shelf_release(shelf);
}

static void release_schema(struct ArrowSchema *schema)
{
    struct shelf *shelf = schema->private_data;

    for (int64_t i = 0; i < schema->n_children; i++)
        if (schema->children[i]->release)
            schema->children[i]->release(schema->children[i]);
    schema->release = NULL;
    shelf_release(shelf);
}

/* --- schema -------------------------------------------------------------------------------------------------------- */

static status schema_fill(struct shelf *shelf, const char *format, str name, uint32_t children, struct ArrowSchema *out)
{
    *out = (struct ArrowSchema){ .format = format, .name = arena_text(&shelf->arena, name), .flags = ARROW_FLAG_NULLABLE,
                                 .n_children = children };
    TRY_NEW(out->name);
    if (children) {
        TRY_NEW(out->children = ARENA_ARRAY(&shelf->arena, struct ArrowSchema *, children));
        for (uint32_t i = 0; i < children; i++)
            TRY_NEW(out->children[i] = ARENA_NEW(&shelf->arena, struct ArrowSchema));
    }
    return OK;
}

/* Only once nothing can fail any more do the structs come alive. */
static void schema_live(struct shelf *shelf, struct ArrowSchema *schema)
{
    atomic_fetch_add(&shelf->references, 1);
    schema->private_data = shelf;
    schema->release = release_schema;
    for (int64_t i = 0; i < schema->n_children; i++)
        schema_live(shelf, schema->children[i]);
}

static status schema_build(struct shelf *shelf, const struct arrow_column *column, uint32_t columns,
                           struct ArrowSchema *out)
{
    TRY(schema_fill(shelf, "+s", STR(""), columns, out));
    out->flags = 0;
    for (uint32_t i = 0; i < columns; i++) {
        const char *format = format_of(column[i].values);
        bool        list = *format == '+';
        TRY(schema_fill(shelf, format, name_str(column[i].name), list, out->children[i]));
        if (list)
            TRY(schema_fill(shelf, "u", STR("item"), 0, out->children[i]->children[0]));
    }
    return OK;
}

status arrow_put_schema(struct arrow_owner owner, const struct arrow_column *column, uint32_t columns,
                        struct ArrowSchema *out)
{
    struct shelf      *shelf = shelf_new(owner);
    struct ArrowSchema schema;
    status             result;

    TRY_NEW(shelf);
    result = schema_build(shelf, column, columns, &schema);
    if (result == OK) {
        schema_live(shelf, &schema);
        *out = schema;
    }
    shelf_release(shelf);
    return result;
}

/* --- buffers ------------------------------------------------------------------------------------------------------- */

static void set_bit(uint8_t *bits, uint32_t i)
{
    bits[i >> 3] |= (uint8_t)(1u << (i & 7));
}

static status array_fill(struct shelf *shelf, int64_t length, uint32_t buffers, uint32_t children, struct ArrowArray *out)
{
    *out = (struct ArrowArray){ .length = length, .n_buffers = buffers, .n_children = children };
    TRY_NEW(out->buffers = ARENA_ARRAY(&shelf->arena, const void *, buffers + 1));
    if (children) {
        TRY_NEW(out->children = ARENA_ARRAY(&shelf->arena, struct ArrowArray *, children));
        for (uint32_t i = 0; i < children; i++)
            TRY_NEW(out->children[i] = ARENA_NEW(&shelf->arena, struct ArrowArray));
    }
    return OK;
}

static status put_numbers(struct shelf *shelf, struct batch *batch, const struct column *column, bool integers,
                          uint64_t *misfits, struct ArrowArray *out)
{
    uint32_t rows = batch_rows(batch);
    uint8_t *bits = ARENA_ARRAY(&shelf->arena, uint8_t, rows / 8 + 8);
    void    *data = arena_zero(&shelf->arena, rows + 1u, 8);
    int64_t *integer = data;
    double  *number = data;

    if (!bits || !data)
        return FAIL_MEMORY;
    TRY(array_fill(shelf, rows, 2, 0, out));
    out->null_count = rows;
    for (uint32_t i = 0; i < rows; i++) {
        struct cell  cell = column_cell(column, batch_row(batch, i));
        struct value value = value_of(&cell);
        unsigned     fits = integers ? ARROW_INTEGERS | ARROW_WIDE : ARROW_INTEGERS | ARROW_DOUBLES;
        if (!(value.kind & fits)) {
            *misfits += value.kind != 0;
            continue;
        }
        if (integers)
            integer[i] = value.integer;
        else
            number[i] = value.number;
        set_bit(bits, i);
        out->null_count--;
    }
    out->buffers[0] = out->null_count ? bits : NULL;
    out->buffers[1] = data;
    return OK;
}

/* Doubles that lie in order already are shared, not copied. */
static bool is_shareable(const struct batch *batch, const struct column *column)
{
    return column->encoding == ENCODING_NUMBER && !column->null && !batch->rows.row;
}

static status share_numbers(struct shelf *shelf, struct batch *batch, const struct column *column, struct ArrowArray *out)
{
    TRY(array_fill(shelf, batch_rows(batch), 2, 0, out));
    out->buffers[1] = column->number;
    return OK;
}

/* A growing "u" array. */
struct texts {
    struct buf bytes, offsets;
};

static status add_text(struct texts *texts, const struct cell *cell)
{
    char    room[NUMBER_ROOM];
    int32_t end;

    if (cell)
        buf_put(&texts->bytes, cell_show(cell, room));
    if (texts->bytes.size > INT32_MAX)
        return FAIL_LIMIT;
    end = (int32_t)texts->bytes.size;
    buf_put(&texts->offsets, str_make((const char *)&end, sizeof end));
    return buf_status(&texts->offsets) == OK ? buf_status(&texts->bytes) : FAIL_MEMORY;
}

static status keep(struct shelf *shelf, const struct buf *buf, const void **out)
{
    char *copy = arena_alloc(&shelf->arena, buf->size + 8);

    TRY_NEW(copy);
    if (buf->size)
        memcpy(copy, buf->at, buf->size);
    *out = copy;
    return OK;
}

static status texts_finish(struct shelf *shelf, struct texts *texts, struct ArrowArray *out)
{
    TRY(keep(shelf, &texts->offsets, &out->buffers[1]));
    return keep(shelf, &texts->bytes, &out->buffers[2]);
}

static status put_text_rows(struct shelf *shelf, struct batch *batch, const struct column *column, struct texts *texts,
                            uint64_t *misfits, struct ArrowArray *out)
{
    uint32_t rows = batch_rows(batch);
    uint8_t *bits = ARENA_ARRAY(&shelf->arena, uint8_t, rows / 8 + 8);

    TRY_NEW(bits);
    TRY(array_fill(shelf, rows, 3, 0, out));
    TRY(add_text(texts, NULL));
    for (uint32_t i = 0; i < rows; i++) {
        struct cell cell = column_cell(column, batch_row(batch, i));
        bool        fits = cell.kind != KIND_NULL && cell.kind != KIND_LIST;
        *misfits += cell.kind == KIND_LIST;
        TRY(add_text(texts, fits ? &cell : NULL));
        if (fits)
            set_bit(bits, i);
        else
            out->null_count++;
    }
    out->buffers[0] = out->null_count ? bits : NULL;
    return texts_finish(shelf, texts, out);
}

static status put_list_rows(struct shelf *shelf, struct batch *batch, const struct column *column, struct texts *texts,
                            struct ArrowArray *out)
{
    uint32_t           rows = batch_rows(batch);
    int64_t            items = 0;
    uint8_t           *bits = ARENA_ARRAY(&shelf->arena, uint8_t, rows / 8 + 8);
    int32_t           *offset = ARENA_ARRAY(&shelf->arena, int32_t, rows + 1u);
    struct ArrowArray *item;

    if (!bits || !offset)
        return FAIL_MEMORY;
    TRY(array_fill(shelf, rows, 2, 1, out));
    item = out->children[0];
    TRY(add_text(texts, NULL));
    for (uint32_t i = 0; i < rows; i++) {
        struct cell        cell = column_cell(column, batch_row(batch, i));
        const struct cell *one = cell.kind == KIND_LIST ? cell.list : &cell;
        uint32_t           count = cell.kind == KIND_LIST ? cell.size : cell.kind != KIND_NULL;
        for (uint32_t j = 0; j < count; j++)
            TRY(add_text(texts, &one[j]));
        items += count;
        if (items > INT32_MAX)
            return FAIL_LIMIT;
        offset[i + 1] = (int32_t)items;
        if (cell.kind == KIND_NULL)
            out->null_count++;
        else
            set_bit(bits, i);
    }
    out->buffers[0] = out->null_count ? bits : NULL;
    out->buffers[1] = offset;
    TRY(array_fill(shelf, items, 3, 0, item));
    return texts_finish(shelf, texts, item);
}

static status put_texts(struct shelf *shelf, struct batch *batch, const struct column *column, bool lists,
                        uint64_t *misfits, struct ArrowArray *out)
{
    struct texts texts;
    status       result;

    buf_init(&texts.bytes, shelf->owner.heap);
    buf_init(&texts.offsets, shelf->owner.heap);
    result = lists ? put_list_rows(shelf, batch, column, &texts, out)
                   : put_text_rows(shelf, batch, column, &texts, misfits, out);
    buf_free(&texts.bytes);
    buf_free(&texts.offsets);
    return result;
}

static status put_column(struct shelf *shelf, struct batch *batch, const struct arrow_column *from, uint64_t *misfits,
                         struct ArrowArray *out)
{
    static const struct column absent;
    const struct column       *column = from->column ? from->column : &absent;

    TRY(batch_decode(batch, from->column));
    switch (*format_of(from->values)) {
    case 'n':
        TRY(array_fill(shelf, batch_rows(batch), 0, 0, out));
        out->null_count = out->length;
        return OK;
    case 'l':
        return put_numbers(shelf, batch, column, true, misfits, out);
    case 'g':
        if (is_shareable(batch, column))
            return share_numbers(shelf, batch, column, out);
        return put_numbers(shelf, batch, column, false, misfits, out);
    default:
        return put_texts(shelf, batch, column, from->values & ARROW_LISTS, misfits, out);
    }
}

static void array_live(struct shelf *shelf, struct ArrowArray *array)
{
    atomic_fetch_add(&shelf->references, 1);
    array->private_data = shelf;
    array->release = release_array;
    for (int64_t i = 0; i < array->n_children; i++)
        array_live(shelf, array->children[i]);
}

status arrow_put_batch(struct arrow_owner owner, struct batch *batch, const struct arrow_column *column, uint32_t columns,
                       uint64_t *misfits, struct ArrowArray *out)
{
    struct shelf     *shelf = shelf_new(owner);
    struct ArrowArray array;
    status            result;

    TRY_NEW(shelf);
    result = array_fill(shelf, batch_rows(batch), 1, columns, &array);
    for (uint32_t i = 0; i < columns && result == OK; i++)
        result = put_column(shelf, batch, &column[i], misfits, array.children[i]);
    if (result == OK) {
        array_live(shelf, &array);
        *out = array;
    }
    shelf_release(shelf);
    return result;
}
