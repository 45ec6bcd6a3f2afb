#include "state/gather.h"

#include "base/compiler.h"

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

static struct encodings look(const struct picked *picked)
{
    struct encodings     seen = { .numbers = true };
    const struct column *last = NULL;

    for (uint32_t i = 0; i < picked->count; i++) {
        const struct column *column = source_of(picked, i);
        if (column == last && i > 0)
            continue;
        last = column;
        if (!column || column->encoding == ENCODING_ABSENT) {
            seen.nulls = true;
            continue;
        }
        seen.any = true;
        if (column->encoding != ENCODING_NUMBER) {
            seen.numbers = false;
            seen.escaped |= column->encoding == ENCODING_CELLS && column->escaped;
            continue;
        }
        seen.nulls |= column->null != NULL;
        seen.decimals |= column->decimals != NULL;
        seen.unsettled |= column->unsettled;
        *(column->soft ? &seen.soft : &seen.hard) = true;
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
    for (uint32_t i = 0; i < picked->count; i++) {
        const struct column *source = source_of(picked, i);
        uint32_t             row = picked->place[i].row;
        fetch(picked, i);
        if (!source || column_is_null(source, row)) {
            column->null[i] = 1;
            column->number[i] = 0;
            continue;
        }
        column->number[i] = source->number[row];
        if (column->decimals)
            column->decimals[i] = source->decimals ? source->decimals[row] : EXACT;
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
