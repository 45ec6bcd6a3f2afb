/* The distinct values of one argument, group by group: one table for all groups and for all aggregates over
 * the argument (dc, values, mode).
 *
 * A pair is (group, code of the value); pairs are numbered in order of first sight. */
#pragma once

#include "state/interner.h"
#include "state/pairs.h"

enum { PAIR_NONE = UINT32_MAX };

struct distinct {
    struct heap    *heap;
    struct interner values;
    struct pairs    pairs;
    bool            linked, counted;
    bool            listed;             /* the values of each group are behind one another: see distinct_append */
    uint32_t       *members;            /* by group: its pairs */
    uint32_t        groups, members_room;
    uint32_t       *newest;             /* linked: by group, its newest pair; listed: its first value; or PAIR_NONE */
    uint32_t        newest_room;
    /* linked: by pair, the one of the same group that came before; or PAIR_NONE */
    uint32_t       *next;
    uint32_t        next_room;
    uint64_t       *times;              /* counted: by pair, how often */
    uint32_t        times_room;
};

void   distinct_init(struct distinct *distinct, struct heap *heap, bool linked, bool counted);
void   distinct_free(struct distinct *distinct);

/* Groups up to `groups` exist. */
status distinct_reserve(struct distinct *distinct, uint32_t groups);

/* Bytes that `more` pairs may ask for at once, when the tables grow; and distinct_sorted then. */
size_t distinct_growth(const struct distinct *distinct, uint32_t more);

/* One more distinct value for a group, for who knows that it is one: nothing but counts can be asked for then. */
static inline void distinct_count_one(struct distinct *distinct, uint32_t group) { distinct->members[group]++; }

/* All pairs, by group in the order of place[group], in a group by the bytes of the value. The array is the caller's to
 * free: pairs.count + 1 numbers of the heap. `groups`: how many there are. */
status distinct_sorted(const struct distinct *distinct, const uint32_t *place, uint32_t groups, uint32_t **order);

/* `code`: codes of `values`, without nulls. `times` NULL: once each. `pair`: room for the numbers of the
 * pairs. */
status distinct_add(struct distinct *distinct, const uint32_t *group, const uint32_t *code,
                    const uint64_t *times,
                    uint32_t count, uint32_t *pair);
/* One value, `times` times. */
status distinct_add_cell(struct distinct *distinct, uint32_t group, const struct cell *value, uint64_t times);

/* For values that are known to be distinct and come group after group, each group's in the order of their bytes: they stand
 * like that in `values` and `times`, there are no pairs, a value has its place for a number. Nothing is added or merged any
 * more in other ways; others can take it in. */
status distinct_append(struct distinct *distinct, uint32_t group, str value, uint64_t times);
static inline uint32_t distinct_items(const struct distinct *distinct)
{
    return distinct->listed ? distinct->values.count : distinct->pairs.count;
}

/* The chains of each group are there from now on: for those who did not ask for them when it was made. */
status distinct_link(struct distinct *distinct);

/* Group g of `from` goes to group[g]; UINT32_MAX: dropped. */
status distinct_merge(struct distinct *into, const struct distinct *from, const uint32_t *group);

/* The same where nothing is added or merged afterwards and only counts are asked for: then pairs that are new need
 * not be made, as `from` holds each of them once. First his values in our codes (free them in any case); then
 * how many of his pairs from `first` to `end` are new, added to fresh[his group], which threads may do side by
 * side with pairs and counts of their own; then that is added up. Our groups have been reserved. */
static inline bool distinct_only_counts(const struct distinct *distinct) { return !distinct->linked && !distinct->counted; }
status distinct_codes(struct distinct *into, const struct distinct *from, uint32_t **code);
void   distinct_codes_free(struct distinct *into, const struct distinct *from, uint32_t *code);
void   distinct_count_new(const struct distinct *into, const struct distinct *from, const uint32_t *group,
                          const uint32_t *code, uint32_t first, uint32_t end, uint32_t *fresh);
void   distinct_add_new(struct distinct *into, const struct distinct *from, const uint32_t *group, const uint32_t *fresh);

static inline uint32_t distinct_count(const struct distinct *distinct, uint32_t group)
{
    return group < distinct->groups ? distinct->members[group] : 0;
}

/* The values of a group, linked or listed: the first, and the one behind another, in any order. */
static inline uint32_t distinct_first(const struct distinct *distinct, uint32_t group)
{
    return group < distinct->groups ? distinct->newest[group] : PAIR_NONE;
}

static inline uint32_t distinct_after(const struct distinct *distinct, uint32_t group, uint32_t pair)
{
    if (!distinct->listed)
        return distinct->next[pair];
    return pair + 1 < distinct->newest[group] + distinct->members[group] ? pair + 1 : PAIR_NONE;
}

static inline str distinct_text(const struct distinct *distinct, uint32_t pair)
{
    return interner_str(&distinct->values, distinct->listed ? pair : pairs_second(&distinct->pairs, pair));
}
