#include "state/interner.h"

#include "base/compiler.h"
#include "state/short_text.h"
#include "value/number.h"
#include "value/order.h"

enum {
    SLOTS_LEAST = 256,
    CACHED = 1 << 14,                   /* slots that stay in the second-level cache: no prefetching below */
    CHUNK = 64,
    PACKED = 16 * 1024,
    FEW = 128                           /* values: more of them would not stay there */
};

void interner_init(struct interner *interner, struct heap *heap)
{
    *interner = (struct interner){ .heap = heap, .null_code = INTERNER_NULL,
                                   .seed = hash_u64((uintptr_t)interner) };
    arena_init(&interner->texts, heap);
}

void interner_free(struct interner *interner)
{
    struct heap *heap = interner->heap;

    heap_free(heap, interner->cell, interner->room * sizeof *interner->cell);
    heap_free(heap, interner->slot, interner->slots * sizeof *interner->slot);
    heap_free(heap, interner->recent, sizeof *interner->recent << RECENT_BITS);
    heap_free(heap, interner->number, interner->number_slots * sizeof *interner->number);
    for (uint32_t i = 0; i < COUNT_OF(interner->dictionary); i++)
        heap_free(heap, interner->dictionary[i].code, interner->dictionary[i].room * sizeof(uint32_t));
    arena_free(&interner->texts);
    interner_init(interner, heap);
}

static status rehash(struct interner *interner, uint32_t slots)
{
    uint64_t *slot = heap_zero(interner->heap, slots, sizeof *slot);
    uint32_t  mask = slots - 1;

    TRY_NEW(slot);
    for (uint32_t from = 0; from < interner->count; from += CHUNK) {
        const struct cell *cell = interner->cell + from;
        uint32_t           size = interner->count - from < CHUNK ? interner->count - from : CHUNK;
        uint64_t           hash[CHUNK];

        for (uint32_t i = 0; i < size; i++) {
            hash[i] = cell[i].kind == KIND_NULL ? 0 : spread(interner->seed, cell[i].text, cell[i].size);
            PREFETCH(&slot[(uint32_t)hash[i] & mask]);
        }
        for (uint32_t i = 0; i < size; i++) {
            uint32_t at = (uint32_t)hash[i] & mask;
            if (cell[i].kind == KIND_NULL)
                continue;
            while (slot[at])
                at = (at + 1) & mask;
            slot[at] = (hash[i] & 0xffffffff00000000u) | (from + i + 1);
        }
    }
    heap_free(interner->heap, interner->slot, interner->slots * sizeof *slot);
    interner->slot = slot;
    interner->slots = slots;
    return OK;
}

/* Room for `more` new texts, so that the loops below need not look. */
static status reserve(struct interner *interner, uint32_t more)
{
    uint64_t wanted = 2 * ((uint64_t)interner->count + more), slots = interner->slots ? interner->slots
        : SLOTS_LEAST;

    while (slots < wanted)
        slots *= 2;
    if (slots > UINT32_MAX)
        return FAIL_LIMIT;
    if (slots != interner->slots)
        TRY(rehash(interner, (uint32_t)slots));
    return heap_grow(interner->heap, &interner->cell, &interner->room, interner->count + more,
                     sizeof(struct cell))
        ? OK : FAIL_MEMORY;
}

size_t interner_growth(const struct interner *interner, uint32_t more)
{
    uint64_t count = (uint64_t)interner->count + more;
    size_t   bytes = interner->recent ? 0 : sizeof *interner->recent << RECENT_BITS;

    if (count > interner->room)
        bytes += (interner->room + (size_t)more) * sizeof *interner->cell;
    if (2 * count > interner->slots)
        bytes += 2 * (interner->slots + (size_t)more) * sizeof *interner->slot;
    if (interner->numbers && 2 * ((uint64_t)interner->numbers + more) > interner->number_slots)
        bytes += 2 * (interner->number_slots + (size_t)more) * sizeof *interner->number;
    return bytes;
}

static NOINLINE uint32_t add(struct interner *interner, const char *at, size_t size, uint64_t hash,
                             uint32_t place)
{
    char *text = arena_text(&interner->texts, (str){ at, size });

    if (!text)
        return INTERNER_NULL;
    interner->cell[interner->count] = cell_field_text((str){ text, size });
    interner->slot[place] = (hash & 0xffffffff00000000u) | (interner->count + 1);
    return interner->count++;
}

/* The slot that holds the text, or the free one where it belongs. */
static inline uint32_t probe(const struct interner *interner, const char *at, size_t size, uint64_t hash)
{
    const uint64_t *restrict    slot = interner->slot;
    const struct cell *restrict cell = interner->cell;
    uint32_t                    mask = interner->slots - 1, place = (uint32_t)hash & mask;

    for (; slot[place]; place = (place + 1) & mask) {
        const struct cell *found = &cell[(uint32_t)slot[place] - 1];
        if (slot[place] >> 32 == hash >> 32 && found->size == size && same_text(found->text, at, size))
            break;
    }
    return place;
}

static inline uint32_t find_or_add(struct interner *interner, const char *at, size_t size, uint64_t hash)
{
    uint32_t place = probe(interner, at, size, hash);

    if (LIKELY(interner->slot[place]))
        return (uint32_t)interner->slot[place] - 1;
    return add(interner, at, size, hash, place);
}

/* Without the padding of a block of its own. */
static char *packed_text(struct interner *interner, str text)
{
    char *copy = interner->packed;

    if (text.size > PACKED / 8)
        return arena_text(&interner->texts, text);
    if (!copy || (size_t)(interner->packed_end - copy) < text.size) {
        if (!(copy = arena_alloc(&interner->texts, PACKED)))
            return NULL;
        interner->packed_end = copy + PACKED;
    }
    if (text.size)
        memcpy(copy, text.at, text.size);
    interner->packed = copy + text.size;
    return copy;
}

status interner_append(struct interner *interner, str text)
{
    uint64_t     room = interner->room + interner->room / 4 + (uint64_t)64;     /* as they may be all of a large result */
    struct cell *cell = interner->cell;
    char        *copy;

    if (interner->count == interner->room) {
        if (room > UINT32_MAX - 1)
            return FAIL_LIMIT;
        TRY_NEW(cell = heap_resize(interner->heap, cell, interner->room * sizeof *cell, room * sizeof *cell));
        interner->cell = cell;
        interner->room = (uint32_t)room;
    }
    TRY_NEW(copy = packed_text(interner, text));
    cell[interner->count++] = cell_field_text((str){ copy, text.size });
    return OK;
}

uint32_t interner_find(const struct interner *interner, str text)
{
    uint32_t place;

    if (!interner->slots)
        return INTERNER_NULL;
    place = probe(interner, text.at, text.size, spread(interner->seed, text.at, text.size));
    return interner->slot[place] ? (uint32_t)interner->slot[place] - 1 : INTERNER_NULL;
}

status interner_text(struct interner *interner, str text, uint32_t *code)
{
    TRY(reserve(interner, 1));
    *code = find_or_add(interner, text.at, text.size, spread(interner->seed, text.at, text.size));
    return *code == INTERNER_NULL ? FAIL_MEMORY : OK;
}

status interner_null(struct interner *interner, uint32_t *code)
{
    if (interner->null_code == INTERNER_NULL) {
        TRY(reserve(interner, 1));
        interner->cell[interner->count] = cell_null();
        interner->null_code = interner->count++;
    }
    *code = interner->null_code;
    return OK;
}

/* --- numbers -------------------------------------------------------------------------------------------- */

static uint32_t number_place(const struct interner *interner, uint64_t bits, int16_t decimals)
{
    uint32_t mask = interner->number_slots - 1;
    uint32_t at = (uint32_t)hash_u64(bits ^ interner->seed ^ (uint64_t)(uint16_t)decimals << 48) & mask;

    while (interner->number[at].code &&
           (interner->number[at].bits != bits || interner->number[at].decimals != decimals))
        at = (at + 1) & mask;
    return at;
}

static status grow_numbers(struct interner *interner)
{
    struct interned_number *old = interner->number;
    uint32_t                slots = interner->number_slots;

    if (interner->numbers * 2 < slots)
        return OK;
    if (slots > UINT32_MAX / 4)
        return FAIL_LIMIT;
    interner->number_slots = slots ? slots * 2 : SLOTS_LEAST;
    interner->number = heap_zero(interner->heap, interner->number_slots, sizeof *old);
    if (!interner->number) {
        interner->number = old;
        interner->number_slots = slots;
        return FAIL_MEMORY;
    }
    for (uint32_t i = 0; i < slots; i++)
        if (old[i].code)
            interner->number[number_place(interner, old[i].bits, old[i].decimals)] = old[i];
    heap_free(interner->heap, old, slots * sizeof *old);
    return OK;
}

static NOINLINE status new_number(struct interner *interner, double number, int16_t decimals, uint32_t place,
                                  uint32_t *code)
{
    char     room[NUMBER_ROOM];
    uint64_t bits;

    memcpy(&bits, &number, sizeof bits);
    TRY(interner_text(interner, (str){ room, number_format(number, decimals, room) }, code));
    interner->number[place] = (struct interned_number){ bits, *code + 1, decimals };
    interner->numbers++;
    return OK;
}

status interner_number(struct interner *interner, double number, int16_t decimals, uint32_t *code)
{
    uint64_t bits;
    uint32_t place;

    TRY(grow_numbers(interner));
    memcpy(&bits, &number, sizeof bits);
    place = number_place(interner, bits, decimals);
    if (UNLIKELY(!interner->number[place].code))
        return new_number(interner, number, decimals, place, code);
    *code = interner->number[place].code - 1;
    return OK;
}

status interner_cell(struct interner *interner, const struct cell *scalar, uint32_t *code)
{
    char room[NUMBER_ROOM];

    switch (scalar->kind) {
    case KIND_NULL:
        *code = INTERNER_NULL;
        return OK;
    case KIND_TEXT:
        return interner_text(interner, cell_str(scalar), code);
    case KIND_NUMBER:
        return interner_number(interner, scalar->number, scalar->decimals, code);
    default:
        return interner_text(interner, cell_show(scalar, room), code);
    }
}

/* --- columns -------------------------------------------------------------------------------------------- */

/* Neither in its place nor in the next, where it is from now on. */
static NOINLINE status new_recent(struct interner *interner, const struct cell *cell, uint32_t *code)
{
    struct interned_text made = { .size = cell->size }, *known;

    TRY(interner_cell(interner, cell, &made.code));
    words_of(cell->text, cell->size, made.word);
    known = &interner->recent[recent_place(made.size, made.word)];
    if (known->size)
        known = &interner->recent[recent_place(made.size, made.word) ^ 1];
    *known = made;
    *code = made.code;
    return OK;
}

/* Texts of few values: most were met a moment ago. */
static status recent_cells(struct interner *interner, const struct cell *cell, const uint32_t *row, uint32_t count,
                           uint32_t *code)
{
    const struct interned_text *recent = interner->recent;

    for (uint32_t i = 0; i < count; i++) {
        const struct cell *at = &cell[row ? row[i] : i];
        uint32_t           size = at->size, place;
        uint64_t           word[4];

        if (at->kind != KIND_TEXT || size < 2 || size > 32) {
            TRY(interner_cell(interner, at, &code[i]));
            continue;
        }
        words_of(at->text, size, word);
        place = recent_place(size, word);
        if (LIKELY(is_recent(&recent[place], size, word)))
            code[i] = recent[place].code;
        else if (is_recent(&recent[place ^ 1], size, word))
            code[i] = recent[place ^ 1].code;
        else
            TRY(new_recent(interner, at, &code[i]));
    }
    return OK;
}

/* Nothing but text and nulls. */
static status text_cells(struct interner *interner, const struct cell *cell, const uint32_t *row,
                         uint32_t count,
                         uint32_t *code)
{
    uint64_t hash[CHUNK];

    if (interner->count < FEW) {
        if (!interner->recent)
            TRY_NEW(interner->recent = heap_zero(interner->heap, 1u << RECENT_BITS, sizeof *interner->recent));
        return recent_cells(interner, cell, row, count, code);
    }
    TRY(reserve(interner, count));
    for (uint32_t from = 0; from < count; from += CHUNK) {
        uint32_t size = count - from < CHUNK ? count - from : CHUNK, mask = interner->slots - 1;
        bool     far = interner->slots > CACHED;
        for (uint32_t i = 0; i < size; i++) {
            const struct cell *at = &cell[row ? row[from + i] : from + i];
            hash[i] = at->kind == KIND_TEXT ? spread(interner->seed, at->text, at->size) : 0;
            if (far)
                PREFETCH(&interner->slot[(uint32_t)hash[i] & mask]);
        }
        for (uint32_t i = 0; far && i < size; i++)
            if (interner->slot[(uint32_t)hash[i] & mask])
                PREFETCH(&interner->cell[(uint32_t)interner->slot[(uint32_t)hash[i] & mask] - 1]);
        for (uint32_t i = 0; i < size; i++) {
            const struct cell *at = &cell[row ? row[from + i] : from + i];
            code[from + i] = INTERNER_NULL;
            if (at->kind == KIND_TEXT && (code[from + i] = find_or_add(interner, at->text, at->size, hash[i]))
                == INTERNER_NULL)
                return FAIL_MEMORY;
        }
    }
    return OK;
}

static status any_cells(struct interner *interner, const struct cell *cell, const uint32_t *row,
                        uint32_t count,
                        uint32_t *code)
{
    for (uint32_t i = 0; i < count; i++)
        TRY(interner_cell(interner, &cell[row ? row[i] : i], &code[i]));
    return OK;
}

static status numbers(struct interner *interner, const struct column *column, const uint32_t *row,
                      uint32_t count,
                      uint32_t *code)
{
    double   last = 0;
    int16_t  last_decimals = 0;
    uint32_t last_code = INTERNER_NULL;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = row ? row[i] : i;
        int16_t  decimals = column->decimals ? column->decimals[at] : EXACT;
        if (column->null && column->null[at]) {
            code[i] = INTERNER_NULL;
            continue;
        }
        if (last_code == INTERNER_NULL || column->number[at] != last || decimals != last_decimals) {
            last = column->number[at];
            last_decimals = decimals;
            TRY(interner_number(interner, last, decimals, &last_code));
        }
        code[i] = last_code;
    }
    return OK;
}

static status remember(struct interner *interner, const struct dictionary *dictionary,
                       struct interned_dictionary **out)
{
    struct interned_dictionary *known = NULL;

    for (uint32_t i = 0; i < COUNT_OF(interner->dictionary) && !known; i++)
        if (interner->dictionary[i].code && interner->dictionary[i].stamp == dictionary->stamp)
            known = &interner->dictionary[i];
    if (!known) {
        known = &interner->dictionary[interner->turn++ % COUNT_OF(interner->dictionary)];
        known->stamp = dictionary->stamp;
        if (known->code)
            memset(known->code, 0, known->room * sizeof *known->code);
    }
    if (!heap_grow_zero(interner->heap, &known->code, &known->room, dictionary->count, sizeof *known->code))
        return FAIL_MEMORY;
    *out = known;
    return OK;
}

static status coded(struct interner *interner, const struct column *column, const uint32_t *row,
                    uint32_t count,
                    uint32_t *code)
{
    struct interned_dictionary *known;

    TRY(remember(interner, column->dictionary, &known));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t his = column->code[row ? row[i] : i], *mine = &known->code[his];
        if (UNLIKELY(!*mine)) {
            TRY(interner_cell(interner, &column->dictionary->cell[his], &code[i]));
            *mine = code[i] == INTERNER_NULL ? INTERNER_NULL : code[i] + 1;
        }
        code[i] = *mine == INTERNER_NULL ? INTERNER_NULL : *mine - 1;
    }
    return OK;
}

status interner_column(struct interner *interner, const struct column *column, const uint32_t *row,
                       uint32_t count,
                       uint32_t *code)
{
    uint32_t same = INTERNER_NULL;

    switch (column->encoding) {
    case ENCODING_NUMBER:
        return numbers(interner, column, row, count, code);
    case ENCODING_DICTIONARY:
        return coded(interner, column, row, count, code);
    case ENCODING_CELLS:
        return (column->kinds & ~KINDS_TEXT) == 0 ? text_cells(interner, column->cell, row, count, code)
                                                  : any_cells(interner, column->cell, row, count, code);
    case ENCODING_CONSTANT:
        if (count)
            TRY(interner_cell(interner, &column->constant, &same));
        break;
    default:
        break;
    }
    for (uint32_t i = 0; i < count; i++)
        code[i] = same;
    return OK;
}
