#include "command/term_window.h"

#include "base/hash.h"
#include "value/list.h"
#include "value/number.h"
#include "value/order.h"

#include <stdlib.h>

static bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

static bool is_term(char byte)
{
    return is_digit(byte) || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte == '_' || (unsigned char)byte >= 0x80;
}

/* A number, with its fraction, is a single 0. */
static uint64_t hash_plain(str text, struct buf *room)
{
    buf_clear(room);
    for (size_t i = 0; i < text.size; i++)
        if (!is_digit(text.at[i]) || i == 0 || !is_digit(text.at[i - 1]))
            buf_byte(room, is_digit(text.at[i]) ? '0' : text.at[i]);
    return hash_str(buf_str(room));
}

static status add_text(struct term_set *set, struct heap *heap, str text, bool plain, struct buf *room)
{
    for (size_t from = 0, to; from < text.size; from = to + 1) {
        for (to = from; to < text.size && is_term(text.at[to]);)
            to++;
        if (to == from)
            continue;
        if (!heap_grow(heap, &set->term, &set->room, set->count + 1, sizeof *set->term))
            return FAIL_MEMORY;
        set->term[set->count++] = plain ? hash_plain(str_slice(text, from, to), room) : hash_str(str_slice(text, from, to));
    }
    return plain ? buf_status(room) : OK;
}

static int compare_terms(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return a < b ? -1 : a > b;
}

status term_set_read(struct term_set *set, struct heap *heap, const struct cell *value, bool plain)
{
    uint32_t           count, kept = 0;
    const struct cell *member = list_members(value, &count);
    struct buf         room;
    char               digits[NUMBER_ROOM];
    status             result = OK;

    set->count = 0;
    buf_init(&room, heap);
    for (uint32_t i = 0; i < count && result == OK; i++)
        result = add_text(set, heap, cell_show(&member[i], digits), plain, &room);
    buf_free(&room);
    TRY(result);
    if (set->count)
        qsort(set->term, set->count, sizeof *set->term, compare_terms);
    for (uint32_t i = 0; i < set->count; i++)
        if (kept == 0 || set->term[kept - 1] != set->term[i])
            set->term[kept++] = set->term[i];
    set->count = kept;
    return OK;
}

void term_set_free(struct term_set *set, struct heap *heap)
{
    heap_free(heap, set->term, set->room * sizeof *set->term);
    *set = (struct term_set){ 0 };
}

uint32_t term_set_shared(const struct term_set *a, const struct term_set *b)
{
    uint32_t shared = 0;

    for (uint32_t i = 0, j = 0; i < a->count && j < b->count;) {
        bool behind = a->term[i] < b->term[j], ahead = a->term[i] > b->term[j];

        shared += !behind && !ahead;
        i += !ahead;
        j += !behind;
    }
    return shared;
}

/* --- the window ---------------------------------------------------------------------------------------------------- */

/* Where it is, or would be. */
static uint32_t find_slot(const struct term_window *window, uint64_t term)
{
    uint32_t at = (uint32_t)hash_u64(term) & (window->slots - 1);

    while (window->slot[at].texts && window->slot[at].term != term)
        at = (at + 1) & (window->slots - 1);
    return at;
}

static status widen(struct term_window *window, uint32_t terms)
{
    struct term_window wide = *window;

    if (window->slots && window->slots / 2 > terms)
        return OK;
    for (wide.slots = window->slots ? window->slots : 16; wide.slots / 2 <= terms; wide.slots *= 2)
        if (wide.slots > UINT32_MAX / 4)
            return FAIL_MEMORY;
    TRY_NEW(wide.slot = heap_zero(window->heap, wide.slots, sizeof *wide.slot));
    for (uint32_t i = 0; i < window->slots; i++)
        if (window->slot[i].texts)
            wide.slot[find_slot(&wide, window->slot[i].term)] = window->slot[i];
    heap_free(window->heap, window->slot, window->slots * sizeof *window->slot);
    *window = wide;
    return OK;
}

static void drop_term(struct term_window *window, uint64_t term)
{
    uint32_t hole = find_slot(window, term), mask = window->slots - 1;

    if (--window->slot[hole].texts)
        return;
    window->terms--;
    for (uint32_t at = (hole + 1) & mask; window->slot[at].texts; at = (at + 1) & mask) {
        uint32_t home = (uint32_t)hash_u64(window->slot[at].term) & mask;

        if (((at - home) & mask) < ((at - hole) & mask))
            continue;                   /* it would be looked for behind the hole */
        window->slot[hole] = window->slot[at];
        window->slot[at].texts = 0;
        hole = at;
    }
}

uint32_t term_window_missing(const struct term_window *window, const struct term_set *set)
{
    uint32_t missing = 0;

    for (uint32_t i = 0; i < set->count; i++)
        missing += window->slots == 0 || window->slot[find_slot(window, set->term[i])].texts == 0;
    return missing;
}

status term_window_add(struct term_window *window, struct term_set *set)
{
    struct term_set *place;
    uint32_t         at = (uint32_t)(window->next % window->most);

    if (!heap_grow_zero(window->heap, &window->text, &window->room, at + 1, sizeof *window->text))
        return FAIL_MEMORY;
    TRY(widen(window, window->terms + set->count));
    place = &window->text[at];
    for (uint32_t i = 0; i < place->count; i++)
        drop_term(window, place->term[i]);
    for (uint32_t i = 0; i < set->count; i++) {
        struct term_slot *slot = &window->slot[find_slot(window, set->term[i])];

        window->terms += slot->texts == 0;
        slot->term = set->term[i];
        slot->texts++;
    }
    term_set_free(place, window->heap);
    *place = *set;
    *set = (struct term_set){ 0 };
    window->next++;
    return OK;
}

void term_window_free(struct term_window *window)
{
    struct heap *heap = window->heap;

    if (!heap)
        return;
    for (uint32_t i = 0; i < window->room; i++)
        term_set_free(&window->text[i], heap);
    heap_free(heap, window->text, window->room * sizeof *window->text);
    heap_free(heap, window->slot, window->slots * sizeof *window->slot);
}
