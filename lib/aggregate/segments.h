/* Sums that do not depend on who added what: the rule of segments (see README.md).
 *
 * A segment is added up from left to right. Sums of segments that come out whole are added up as integers, in
 * any order; the others are folded in the order of segments: on the fly when one operator sees the whole
 * input, else from a list of parts. Small input is one segment, so that a small sum is plain addition from
 * left to right.
 * What comes in as a partial result is no segment of this input. It is added exactly (aggregate/exact.h), and to that, in
 * the end, what the rows came to: so neither the order in which partial results come nor where rows are among them
 * matters. */
#pragma once

#include "catalog/aggregate.h"

/* What a segment came to, in a list: newest segment first. One segment has several parts where instances counted some of
 * it each. Where groups are merged into one (OTHER of chart) parts are many and come in any order: a tally that is `pooled`
 * adds them exactly instead. */
struct part {
    struct part *next;                  /* of an earlier segment, or of the same one */
    uint32_t     segment;
    bool         exact;                 /* of no segment but of an exact sum: these stand before all others */
};

/* Where those that are not exact begin. */
static inline struct part **parts_others(struct part **list)
{
    while (*list && (*list)->exact)
        list = &(*list)->next;
    return list;
}

void         parts_insert(struct part **list, struct part *part);
/* Of equal segments the one of `from` comes first, that is: is folded later. */
struct part *parts_merge(struct part *into, struct part *from);
struct part *parts_turn(struct part *list);                     /* the other way round, in place */
/* Behind *last, which it becomes; NULL: the list is empty. FAIL_DATA: it is of a later segment than that. */
status       parts_append(struct part **list, struct part **last, struct part *part);

/* An open segment comes behind all parts: it may be folded as it is, and none need be made of it. */
static inline bool part_is_newest(struct part *parts, uint32_t segment)
{
    struct part *others = *parts_others(&parts);

    return !others || segment >= others->segment;
}

struct sum_part {
    struct part part;
    double      sum;
};

status sum_part_make(struct arena *arena, uint32_t segment, double sum, struct part **out);
static inline double *sum_part_of(const struct part *part) { return &((struct sum_part *)(void *)part)->sum; }

/* How a segment is saved, and that it is open: then what it came to so far stands before all others. */
struct cell segment_cell(uint32_t segment, bool open);
bool        segment_is_open(const struct cell *cell, uint32_t *segment);

struct sum {
    double   part;                      /* of the open segment */
    uint64_t whole;                     /* of what came out whole, the lower bits: */
    union {
        double           fold;          /* of the other segments */
        struct part     *parts;         /* struct sum_part, when `listed` */
    };
    uint32_t segment;                   /* the open one */
    int16_t  carry;                     /* the upper bits */
    bool     listed;                    /* when tally->parted, or partial results came in */
};

status sum_close(struct tally *tally, struct sum *sum);         /* the open segment is complete */
/* What is open of either is complete then. */
status sum_merge(struct tally *tally, struct sum *into, const struct sum *from);

/* A sum as SUM_PARTS cells and back, adding to what is there. Saving completes the open segment, but of a tally that is
 * `leaving`: then it is the open one again when it is loaded, and more numbers of it may follow. Behind the sums that have a
 * segment stand those that make up the exact one. In a partial result all of it is. */
enum { SUM_PARTS = 4 };
#define SUM_PART_NAMES "high", "low", "segments", "sums"
status sum_save(struct tally *tally, struct sum *sum, struct arena *arena, struct cell *part);
status sum_load(struct tally *tally, struct sum *sum, const struct cell *part);

/* Of a tally that is `exact`, instead of sum_add. */
status sum_add_exactly(struct tally *tally, struct sum *sum, double number);

status sum_total(struct tally *tally, struct sum *sum, struct arena *scratch, double *total);

static inline status sum_add(struct tally *tally, struct sum *sum, double number, uint32_t segment)
{
    if (sum->segment != segment) {
        TRY(sum_close(tally, sum));
        sum->segment = segment;
    }
    sum->part += number;
    return OK;
}
