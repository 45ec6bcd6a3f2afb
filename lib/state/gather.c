#include "state/gather.h"

#include "base/compiler.h"

enum { CHUNK = 64 };                    /* rows whose values are asked for together */

struct picked {
    const struct row_store *store;
    const struct row_place *place;
    uint32_t                column, count;
};

static struct column *source_of(const struct picked *picked, uint32_t i)
{
    return row_store_column(picked->store, picked->place[i].kept, picked->column);
}

struct encodings {
    bool numbers;       /* nothing but ENCODING_NUMBER, and absent */
    bool any, nulls, decimals, soft, hard, unsettled, escaped;
};

static void look_at(struct encodings *seen, const struct column *column)
{
    if (!column || column->encoding == ENCODING_ABSENT) {
        seen->nulls = true;
        return;
    }
    seen->any = true;
    if (column->encoding != ENCODING_NUMBER) {
        seen->numbers = false;
        seen->escaped |= column->encoding == ENCODING_CELLS && column->escaped;
        return;
    }
    seen->nulls |= column->null != NULL;
    seen->decimals |= column->decimals != NULL;
    seen->unsettled |= column->unsettled;
    *(column->soft ? &seen->soft : &seen->hard) = true;
}

/* Is the column the same kind of numbers in all batches? Then it does not matter where the rows come from. */
static bool is_uniform(const struct picked *picked)
{
    const struct row_store *store = picked->store;
    const struct column    *first;

    if (store->count > picked->count || picked->count == 0)
        return false;
    first = row_store_column(store, 0, picked->column);
    if (!first || first->encoding != ENCODING_NUMBER)
        return false;
    for (uint32_t i = 1; i < store->count; i++) {
        const struct column *column = row_store_column(store, i, picked->column);
        if (!column || column->encoding != ENCODING_NUMBER || !column->null != !first->null || column->soft != first->soft
            || !column->decimals != !first->decimals || column->unsettled != first->unsettled)
            return false;
    }
    return true;
}

static struct encodings look(const struct picked *picked)
{
    struct encodings     seen = { .numbers = true };
    const struct column *last = NULL;

    if (is_uniform(picked))
        look_at(&seen, row_store_column(picked->store, 0, picked->column));
    else
        for (uint32_t i = 0; i < picked->count; i++) {
            const struct column *column = source_of(picked, i);
            if (column == last && i > 0)
                continue;
            last = column;
            look_at(&seen, column);
        }
    /* Columns that differ in what their numbers mean are mixed as cells. */
    if ((seen.soft && seen.hard) || (seen.unsettled && seen.decimals))
        seen.numbers = false;
    return seen;
}

/* Rows in sorted order come from anywhere: first the column, later its values are fetched ahead. */
static inline void fetch(const struct picked *picked, uint32_t i)
{
    enum { COLUMN = 24, VALUES = 12 };
    const struct column *source;
    uint32_t             row;

    if (i + COLUMN < picked->count && (source = source_of(picked, i + COLUMN)))
        PREFETCH(source);
    if (i + VALUES >= picked->count || !(source = source_of(picked, i + VALUES)))
        return;
    row = picked->place[i + VALUES].row;
    if (source->encoding == ENCODING_CELLS) {
        PREFETCH(&source->cell[row]);
    } else if (source->encoding == ENCODING_NUMBER) {
        PREFETCH(&source->number[row]);
        if (source->null)
            PREFETCH(&source->null[row]);
        if (source->decimals)
            PREFETCH(&source->decimals[row]);
    }
}

/* Rows that follow one another in one batch. */
static bool are_neighbours(const struct row_place *place, uint32_t count)
{
    const struct row_place *last = &place[count - 1];

    if (last->kept != place->kept || last->row != place->row + count - 1)
        return false;
    for (uint32_t i = 1; i < count; i++)
        if (place[i].kept != place->kept || place[i].row != place->row + i)
            return false;
    return true;
}

static void copy_numbers(struct column *column, uint32_t to, const struct column *source, uint32_t from, uint32_t count)
{
    memcpy(column->number + to, source->number + from, count * sizeof *column->number);
    if (column->null && source->null)
        memcpy(column->null + to, source->null + from, count);
    else if (column->null)
        memset(column->null + to, 0, count);
    for (uint32_t i = 0; column->decimals && i < count; i++)
        column->decimals[to + i] = source->decimals ? source->decimals[from + i] : EXACT;
}

/* The values from `from` on: first all are called from far memory, then they are taken. */
static void pick_numbers(const struct picked *picked, uint32_t from, uint32_t count, struct column *column)
{
    const struct row_place *place = picked->place + from;
    const struct column    *source[CHUNK];

    for (uint32_t i = 0; i < count; i++) {
        const struct column *one = source[i] = source_of(picked, from + i);
        if (!one || one->encoding == ENCODING_ABSENT) {
            source[i] = NULL;
            continue;
        }
        PREFETCH(&one->number[place[i].row]);
        if (one->null)
            PREFETCH(&one->null[place[i].row]);
        if (one->decimals)
            PREFETCH(&one->decimals[place[i].row]);
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct column *one = source[i];
        uint32_t             row = place[i].row;
        bool                 null = !one || (one->null && one->null[row]);
        column->number[from + i] = null ? 0 : one->number[row];
        if (column->null)
            column->null[from + i] = null;
        if (column->decimals)
            column->decimals[from + i] = !null && one->decimals ? one->decimals[row] : EXACT;
    }
}

static status gather_numbers(const struct picked *picked, const struct encodings *seen, struct arena *arena,
                             struct column **out)
{
    struct column *column = column_number(arena, picked->count);

    TRY_NEW(column);
    column->soft = seen->soft;
    column->unsettled = seen->unsettled;
    if (seen->nulls)
        TRY_NEW(column->null = ARENA_ARRAY(arena, uint8_t, picked->count));
    if (seen->decimals)
        TRY_NEW(column->decimals = ARENA_ARRAY(arena, int16_t, picked->count));
    for (uint32_t from = 0; from < picked->count; from += CHUNK) {
        uint32_t             count = picked->count - from < CHUNK ? picked->count - from : CHUNK;
        const struct column *source = source_of(picked, from);

        if (source && source->encoding == ENCODING_NUMBER && are_neighbours(picked->place + from, count))
            copy_numbers(column, from, source, picked->place[from].row, count);
        else
            pick_numbers(picked, from, count, column);
    }
    *out = column;
    return OK;
}

/* The texts of all cells packed into one piece of memory. A text that is the same piece of memory as the one before it
 * (a constant, a dictionary's entry in sorted rows) is copied once. */
static status own_texts(struct cell *cell, uint32_t count, struct arena *arena)
{
    const char *last = NULL, *copy = NULL;
    uint32_t    last_size = 0;
    size_t      size = 0;
    char       *at;

    for (uint32_t i = 0; i < count; i++) {
        if (cell[i].kind != KIND_TEXT || (cell[i].text == last && cell[i].size == last_size))
            continue;
        last = cell[i].text;
        last_size = cell[i].size;
        size += cell[i].size;
    }
    at = arena_alloc(arena, size + 1);
    TRY_NEW(at);
    last = NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (cell[i].kind != KIND_TEXT)
            continue;
        if (cell[i].text != last || cell[i].size != last_size) {
            last = cell[i].text;
            last_size = cell[i].size;
            memcpy(at, last, last_size);
            copy = at;
            at += last_size;
        }
        cell[i].text = copy;
    }
    return OK;
}

static status own_list(struct cell *cell, struct arena *arena)
{
    struct cell *copy = ARENA_ARRAY(arena, struct cell, cell->size);

    TRY_NEW(copy);
    memcpy(copy, cell->list, cell->size * sizeof *copy);
    cell->list = copy;
    return own_texts(copy, cell->size, arena);
}

static status gather_cells(const struct picked *picked, const struct encodings *seen, struct arena *arena,
                           struct column **out)
{
    struct column *column = column_cells(arena, picked->count, KINDS_ANY);
    unsigned       kinds = 0;

    TRY_NEW(column);
    column->escaped = seen->escaped;
    for (uint32_t i = 0; i < picked->count; i++) {
        const struct column *source = source_of(picked, i);
        fetch(picked, i);
        column->cell[i] = source ? column_cell(source, picked->place[i].row) : cell_null();
        if (source && source->encoding == ENCODING_NUMBER && source->unsettled)
            cell_settle(&column->cell[i]);
        kinds |= KINDS(column->cell[i].kind);
    }
    column->kinds = (uint8_t)kinds;
    if (kinds & KINDS(KIND_TEXT))
        TRY(own_texts(column->cell, picked->count, arena));
    for (uint32_t i = 0; kinds & KINDS(KIND_LIST) && i < picked->count; i++)
        if (column->cell[i].kind == KIND_LIST)
            TRY(own_list(&column->cell[i], arena));
    *out = column;
    return OK;
}

status gather_column(const struct row_store *store, uint32_t column, const struct row_place *place, uint32_t count,
                     struct arena *arena, struct column **out)
{
    struct picked    picked = { store, place, column, count };
    struct encodings seen = look(&picked);

    if (!seen.any) {
        *out = column_absent(arena);
        return *out ? OK : FAIL_MEMORY;
    }
    return seen.numbers ? gather_numbers(&picked, &seen, arena, out) : gather_cells(&picked, &seen, arena, out);
}
