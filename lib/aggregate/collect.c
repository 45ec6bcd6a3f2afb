#include "aggregate/collect.h"

#include "base/buf.h"

void collect_note(struct tally *tally, const char *code, str message)
{
    if (tally->context->note && !tally->told)
        tally->context->note(tally->context->host, code, message);
    tally->told = true;
}

/* Bottom-up merge sort of pairs by the text of their values; returns where the result is. */
static uint32_t *sort(const struct distinct *distinct, uint32_t *from, uint32_t *to, uint32_t count)
{
    for (uint64_t run = 1; run < count; run *= 2) {
        uint32_t *swap = from;
        for (uint64_t start = 0; start < count; start += 2 * run) {
            uint64_t middle = start + run < count ? start + run : count;
            uint64_t end = middle + run < count ? middle + run : count;
            uint64_t a = start, b = middle;
            for (uint64_t at = start; at < end; at++)
                to[at] = a < middle && (b == end || str_compare(distinct_text(distinct, from[a]),
                                                                distinct_text(distinct, from[b])) <= 0)
                    ? from[a++] : from[b++];
        }
        from = to;
        to = swap;
    }
    return from;
}

static status sorted_pairs(const struct distinct *distinct, uint32_t group, struct arena *arena,
                           uint32_t **pairs,
                           uint32_t *count)
{
    uint32_t *pair, size = 0;

    if (!distinct->linked && !distinct->listed)
        return FAIL_BUG;
    *count = distinct_count(distinct, group);
    TRY_NEW(pair = arena_alloc(arena, (2 * (size_t)*count + 1) * sizeof *pair));
    for (uint32_t at = distinct_first(distinct, group); at != PAIR_NONE; at = distinct_after(distinct, group, at))
        pair[size++] = at;
    *pairs = distinct->listed ? pair : sort(distinct, pair, pair + *count, *count);
    return OK;
}

static status values_of(const struct distinct *distinct, const uint32_t *pair, uint32_t count,
                        struct arena *arena, struct cell *out)
{
    struct cell *cell = arena_alloc(arena, (count + (size_t)1) * sizeof *cell);

    TRY_NEW(cell);
    for (uint32_t i = 0; i < count; i++)
        cell[i] = cell_field_text(distinct_text(distinct, pair[i]));
    *out = collect_cell(cell, count);
    return OK;
}

status collect_values(const struct distinct *distinct, uint32_t group, struct arena *arena, struct cell *out)
{
    uint32_t *pair, count = distinct_count(distinct, group);

    if (distinct->listed) {             /* as they stand: they may be many */
        *out = count ? collect_cell(&distinct->values.cell[distinct_first(distinct, group)], count) : cell_null();
        return OK;
    }
    TRY(sorted_pairs(distinct, group, arena, &pair, &count));
    return values_of(distinct, pair, count, arena, out);
}

status collect_save(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part)
{
    struct distinct *distinct = tally->distinct;
    uint32_t        *pair, count;
    struct cell     *times;

    TRY(distinct_link(distinct));           /* dc alone has no use for chains */
    TRY(sorted_pairs(distinct, group, arena, &pair, &count));
    TRY(values_of(distinct, pair, count, arena, &part[0]));
    part[1] = cell_null();
    if (!distinct->counted)
        return OK;
    TRY_NEW(times = arena_alloc(arena, (count + (size_t)1) * sizeof *times));
    for (uint32_t i = 0; i < count; i++)
        times[i] = cell_number((double)distinct->times[pair[i]]);
    part[1] = collect_cell(times, count);
    return OK;
}

status collect_put_ordinal(const struct tally *tally, struct ordinal ordinal, struct arena *arena, struct cell *out)
{
    bool       held = ordinal.holder != ordinal.row && !tally->partial;
    struct buf buf;
    str        text;

    *out = cell_number((double)ordinal.row);
    if (ordinal.row <= 9007199254740992u && !held)
        return OK;
    buf_init(&buf, arena->heap);
    buf_print(&buf, "%llu", (unsigned long long)ordinal.row);
    if (held)
        buf_print(&buf, " %llu", (unsigned long long)ordinal.holder);
    text = buf.failed ? str_make(NULL, 0) : arena_str(arena, buf_str(&buf));
    buf_free(&buf);
    TRY_NEW(text.at);
    *out = cell_text(text);
    return OK;
}

/* Digits at the beginning. */
static uint64_t take_number(str *text)
{
    uint64_t number = 0;
    size_t   at = 0;

    for (; at < text->size && at < 20 && text->at[at] >= '0' && text->at[at] <= '9'; at++)
        number = number * 10 + (uint64_t)(text->at[at] - '0');
    *text = str_slice(*text, at, text->size);
    return number;
}

struct ordinal collect_ordinal(const struct tally *tally, const struct cell *cell)
{
    str            text = cell->kind == KIND_TEXT ? cell_str(cell) : STR("");
    struct ordinal ordinal = ordinal_of(cell->kind == KIND_TEXT ? take_number(&text) : collect_count(cell));

    if (text.size > 1 && text.at[0] == ' ') {
        text = str_slice(text, 1, text.size);
        ordinal.holder = take_number(&text);
    }
    if (tally->partial)
        ordinal.holder = tally->holder;
    return ordinal;
}

status collect_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    uint32_t           count, counts;
    const struct cell *value = collect_members(&part[0], &count), *times = collect_members(&part[1], &counts);

    for (uint32_t i = 0; i < count; i++)
        TRY(distinct_add_cell(tally->distinct, group, &value[i], i < counts ? collect_count(&times[i]) : 1));
    return OK;
}
