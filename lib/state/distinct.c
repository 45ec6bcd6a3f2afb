#include "state/distinct.h"

#include <assert.h>

void distinct_init(struct distinct *distinct, struct heap *heap, bool linked, bool counted)
{
    *distinct = (struct distinct){ .heap = heap, .linked = linked, .counted = counted };
    interner_init(&distinct->values, heap);
    pairs_init(&distinct->pairs, heap);
}

void distinct_free(struct distinct *distinct)
{
    if (!distinct->heap)
        return;
    interner_free(&distinct->values);
    pairs_free(&distinct->pairs);
    heap_free(distinct->heap, distinct->members, distinct->members_room * sizeof *distinct->members);
    heap_free(distinct->heap, distinct->newest, distinct->newest_room * sizeof *distinct->newest);
    heap_free(distinct->heap, distinct->next, distinct->next_room * sizeof *distinct->next);
    heap_free(distinct->heap, distinct->times, distinct->times_room * sizeof *distinct->times);
    *distinct = (struct distinct){ 0 };
}

status distinct_reserve(struct distinct *distinct, uint32_t groups)
{
    if (groups <= distinct->groups)
        return OK;
    if (!heap_grow(distinct->heap, &distinct->members, &distinct->members_room, groups,
                   sizeof *distinct->members))
        return FAIL_MEMORY;
    if ((distinct->linked || distinct->listed) &&
        !heap_grow(distinct->heap, &distinct->newest, &distinct->newest_room, groups,
                   sizeof *distinct->newest))
        return FAIL_MEMORY;
    for (uint32_t i = distinct->groups; i < groups; i++) {
        distinct->members[i] = 0;
        if (distinct->linked || distinct->listed)
            distinct->newest[i] = PAIR_NONE;
    }
    distinct->groups = groups;
    return OK;
}

/* Hangs the pairs from `known` on into the chains of their groups. */
static status hang(struct distinct *distinct, uint32_t known)
{
    uint32_t count = distinct->pairs.count;

    if (count == known)
        return OK;
    if (!heap_grow(distinct->heap, &distinct->next, &distinct->next_room, count, sizeof *distinct->next))
        return FAIL_MEMORY;
    for (uint32_t i = known; i < count; i++) {
        uint32_t *newest = &distinct->newest[pairs_first(&distinct->pairs, i)];
        distinct->next[i] = *newest;
        *newest = i;
    }
    return OK;
}

/* The pairs from `known` on are new: count them, hang them into their groups' chains. */
static status settle_new(struct distinct *distinct, uint32_t known)
{
    for (uint32_t i = known; i < distinct->pairs.count; i++)
        distinct->members[pairs_first(&distinct->pairs, i)]++;
    return distinct->linked ? hang(distinct, known) : OK;
}

static status make_newest(struct distinct *distinct)
{
    if (!heap_grow(distinct->heap, &distinct->newest, &distinct->newest_room, distinct->groups,
                   sizeof *distinct->newest))
        return FAIL_MEMORY;
    for (uint32_t i = 0; i < distinct->groups; i++)
        distinct->newest[i] = PAIR_NONE;
    return OK;
}

status distinct_append(struct distinct *distinct, uint32_t group, str value, uint64_t times)
{
    uint32_t code = distinct->values.count;

    assert(distinct->pairs.count == 0);
    if (!distinct->listed) {
        distinct->listed = true;
        if (!distinct->linked)
            TRY(make_newest(distinct));
    }
    TRY(interner_append(&distinct->values, value));
    if (distinct->counted) {
        if (!heap_grow(distinct->heap, &distinct->times, &distinct->times_room, code + 1, sizeof *distinct->times))
            return FAIL_MEMORY;
        distinct->times[code] = times;
    }
    if (distinct->members[group]++ == 0)
        distinct->newest[group] = code;
    return OK;
}

status distinct_link(struct distinct *distinct)
{
    if (distinct->linked || distinct->listed)
        return OK;
    TRY(make_newest(distinct));
    distinct->linked = true;
    return hang(distinct, 0);
}

static status count_pairs(struct distinct *distinct, uint32_t known, const uint32_t *pair,
                          const uint64_t *times,
                          uint32_t count)
{
    if (!heap_grow(distinct->heap, &distinct->times, &distinct->times_room, distinct->pairs.count,
                   sizeof *distinct->times))
        return FAIL_MEMORY;
    for (uint32_t i = known; i < distinct->pairs.count; i++)
        distinct->times[i] = 0;
    for (uint32_t i = 0; i < count; i++)
        distinct->times[pair[i]] += times ? times[i] : 1;
    return OK;
}

/* One more than the largest group. */
static uint32_t bound_of(const uint32_t *group, uint32_t count)
{
    uint32_t largest = 0;

    for (uint32_t i = 0; group && i < count; i++)
        largest = group[i] > largest ? group[i] : largest;
    return largest + 1;
}

status distinct_add(struct distinct *distinct, const uint32_t *group, const uint32_t *code,
                    const uint64_t *times,
                    uint32_t count, uint32_t *pair)
{
    uint32_t known = distinct->pairs.count, bound = bound_of(group, count);

    if (!count)
        return OK;
    TRY(distinct_reserve(distinct, bound));
    TRY(pairs_number(&distinct->pairs, group, code, count, bound, distinct->values.count, pair));
    TRY(settle_new(distinct, known));
    return distinct->counted ? count_pairs(distinct, known, pair, times, count) : OK;
}

status distinct_add_cell(struct distinct *distinct, uint32_t group, const struct cell *value, uint64_t times)
{
    uint32_t code, pair;

    TRY(interner_cell(&distinct->values, value, &code));
    return code == INTERNER_NULL ? OK : distinct_add(distinct, &group, &code, &times, 1, &pair);
}

/* His pairs in slices, so that the look-ups of a slice overlap. */
enum { SLICE = 256 };

status distinct_codes(struct distinct *into, const struct distinct *from, uint32_t **out)
{
    uint32_t  values = from->values.count;
    uint32_t *code = heap_alloc(into->heap, (values + (size_t)1) * sizeof *code);

    *out = code;
    TRY_NEW(code);
    for (uint32_t i = 0; i < values; i++)
        TRY(interner_cell(&into->values, &from->values.cell[i], &code[i]));
    return OK;
}

void distinct_codes_free(struct distinct *into, const struct distinct *from, uint32_t *code)
{
    heap_free(into->heap, code, (from->values.count + (size_t)1) * sizeof *code);
}

void distinct_count_new(const struct distinct *into, const struct distinct *from, const uint32_t *group,
                        const uint32_t *code, uint32_t first, uint32_t end, uint32_t *fresh)
{
    uint32_t his[SLICE], target[SLICE], value[SLICE];
    uint8_t  missing[SLICE];

    for (uint32_t i = first; i < end;) {
        uint32_t size = 0;
        for (; i < end && size < SLICE; i++) {
            his[size] = pairs_first(&from->pairs, i);
            target[size] = group[his[size]];
            value[size] = code[pairs_second(&from->pairs, i)];
            size += target[size] != UINT32_MAX;
        }
        pairs_missing(&into->pairs, target, value, size, missing);
        for (uint32_t j = 0; j < size; j++)
            fresh[his[j]] += missing[j];
    }
}

void distinct_add_new(struct distinct *into, const struct distinct *from, const uint32_t *group, const uint32_t *fresh)
{
    for (uint32_t i = 0; i < from->groups; i++)
        if (group[i] != UINT32_MAX)
            into->members[group[i]] += fresh[i];
}

/* The group of a pair; of listed ones at *group or behind. */
static uint32_t group_of(const struct distinct *distinct, uint32_t pair, uint32_t *group)
{
    if (!distinct->listed)
        return pairs_first(&distinct->pairs, pair);
    while (distinct->members[*group] == 0 || pair - distinct->newest[*group] >= distinct->members[*group])
        ++*group;
    return *group;
}

static status merge_pairs(struct distinct *into, const struct distinct *from, const uint32_t *group,
                          const uint32_t *code)
{
    uint32_t target[SLICE], value[SLICE], pair[SLICE];
    uint64_t times[SLICE];
    uint32_t at = 0, count = distinct_items(from);

    for (uint32_t i = 0; i < count;) {
        uint32_t size = 0;
        for (; i < count && size < SLICE; i++) {
            target[size] = group[group_of(from, i, &at)];
            value[size] = code[from->listed ? i : pairs_second(&from->pairs, i)];
            times[size] = from->counted ? from->times[i] : 1;
            size += target[size] != UINT32_MAX;
        }
        TRY(distinct_add(into, target, value, times, size, pair));
    }
    return OK;
}

status distinct_merge(struct distinct *into, const struct distinct *from, const uint32_t *group)
{
    uint32_t *code;
    status    result = distinct_codes(into, from, &code);

    if (result == OK)
        result = merge_pairs(into, from, group, code);
    distinct_codes_free(into, from, code);
    return result;
}

enum { SORTING = 40, SORTING_PAIR = 12 };           /* bytes a value and a pair that distinct_sorted takes */

size_t distinct_growth(const struct distinct *distinct, uint32_t more)
{
    size_t pairs = (size_t)distinct->pairs.count + more, bytes = 0;

    if (pairs > distinct->next_room && distinct->linked)
        bytes += pairs * sizeof *distinct->next;
    if (pairs > distinct->times_room && distinct->counted)
        bytes += pairs * sizeof *distinct->times;
    return bytes + interner_growth(&distinct->values, more) + pairs_growth(&distinct->pairs, more)
        + ((size_t)distinct->values.count + more) * SORTING + pairs * SORTING_PAIR;
}

/* One stable counting pass: a pair goes by place[its group] or by place[its value]. */
static void sort_pass(const struct distinct *distinct, bool by_group, const uint32_t *place, uint32_t *start,
                      uint32_t places, const uint32_t *from, uint32_t *to)
{
    uint32_t count = distinct->pairs.count, sum = 0;

    memset(start, 0, places * sizeof *start);
    for (uint32_t i = 0; i < count; i++)
        start[place[by_group ? pairs_first(&distinct->pairs, i) : pairs_second(&distinct->pairs, i)]]++;
    for (uint32_t i = 0; i < places; i++) {
        uint32_t size = start[i];
        start[i] = sum;
        sum += size;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t pair = from ? from[i] : i;
        to[start[place[by_group ? pairs_first(&distinct->pairs, pair) : pairs_second(&distinct->pairs, pair)]]++] = pair;
    }
}

status distinct_sorted(const struct distinct *distinct, const uint32_t *place, uint32_t groups, uint32_t **order)
{
    struct heap *heap = distinct->heap;
    uint32_t     values = distinct->values.count, most = values > groups ? values : groups;
    size_t       size = ((size_t)distinct->pairs.count + 1) * sizeof(uint32_t), room = (most + (size_t)1) * sizeof(uint32_t);
    uint32_t    *by_value = heap_alloc(heap, size), *sorted = heap_alloc(heap, size);
    uint32_t    *rank = heap_alloc(heap, room), *start = heap_alloc(heap, room);
    status       result = by_value && sorted && rank && start ? interner_rank(&distinct->values, ORDER_BYTE, rank)
                                                              : FAIL_MEMORY;

    if (result == OK) {
        sort_pass(distinct, false, rank, start, values, NULL, by_value);
        sort_pass(distinct, true, place, start, groups, by_value, sorted);
        *order = sorted;
    } else {
        heap_free(heap, sorted, size);
    }
    heap_free(heap, by_value, size);
    heap_free(heap, rank, room);
    heap_free(heap, start, room);
    return result;
}
