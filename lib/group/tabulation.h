/* The values of every field, counted: what fieldsummary, associate, outlier and the anomaly commands know of their input.
 *
 * Each value of a multivalue counts by itself; null is no value. Values are told apart by their text. They are the groups of
 * a group table (field, value), so they wait on disk where memory is short, and are read, as often as it takes, field after
 * field, in the order of the fields' names, the values of a field in that of their bytes or, if asked for, NATURAL: nothing
 * that is computed on the way depends on the order of the rows or on memory.
 * Who needs the count of a value when he sees the rows again has those remembered that he cannot do without. */
#pragma once

#include "group/feeds.h"
#include "group/group_table.h"
#include "plan/bind.h"

struct tabulated_fields {                   /* which fields, of a stage */
    const struct argument *listed;          /* names and patterns; none: all fields that are not internal */
    struct measures        counts;          /* one that counts */
};

struct tabulated {                          /* a field */
    const struct name *name;
    uint64_t           rows;                /* that have it */
    /* Once all values have been read: */
    uint64_t           values, times;       /* distinct ones; all together */
    uint64_t           numbers, number_times;       /* of these: the finite numbers */
    double             mean, least, most;   /* of the numbers, if there are any */
    /* and once more: */
    double             stdev;               /* of a sample; of one number: 0 */
    double             sum, lost;           /* while reading: of numbers or squares, and what rounding took from it */
};

struct tabulation {
    struct op                     *op;
    const struct tabulated_fields *fields_of;
    struct group_table            *table;   /* NULL: forgotten */
    struct tabulated              *field;   /* by number, in order of first sight */
    uint32_t                       fields, field_room;
    uint32_t                      *position;        /* by name->number: number of the field + 1 */
    uint32_t                       positions;
    uint64_t                       rows;    /* all */
    uint32_t                       readings;        /* that came to the end */
    uint32_t                       at;      /* the group that is read next, among those at hand; */
    uint32_t                       number, code;    /* field of the one before, and its code */

    struct distinct                known;   /* values remembered; group: number of the field; linked and counted */
    struct interner                lately;  /* values of rows that were looked up, */
    struct pairs                   seen;    /* (field, code of the value), */
    uint32_t                      *found;   /* and by number of those: the pair of `known`, or PAIR_NONE */
    uint32_t                       found_room;
};

enum { TABULATION_NONE = UINT32_MAX };

status   tabulation_bind(struct binder *binder, const struct argument *listed, struct tabulated_fields *out);
/* The fields it wants: for command->needs. */
status   tabulation_needs(const struct tabulated_fields *fields, struct wanted *wanted);

status   tabulation_open(struct tabulation *tabulation, struct op *op, const struct tabulated_fields *fields, bool natural);
void     tabulation_free(struct tabulation *tabulation);        /* harmless where nothing was opened */
/* Decodes the columns it counts. */
status   tabulation_add(struct tabulation *tabulation, struct batch *batch, struct arena *step);
status   tabulation_merge(struct tabulation *into, struct tabulation *from);
/* What was counted elsewhere of one field: rows, and values (texts) with how often each of them was. */
status   tabulation_add_counts(struct tabulation *tabulation, const struct name *name, uint64_t rows,
                               const struct cell *value, const uint64_t *times, uint32_t count);
uint32_t tabulation_find(const struct tabulation *tabulation, const struct name *name);     /* or TABULATION_NONE */
/* The numbers of the fields that some row has, in the order of their names. In `arena`. */
status   tabulation_sorted(const struct tabulation *tabulation, struct arena *arena, uint32_t **number, uint32_t *count);

/* --- reading ------------------------------------------------------------------------------------------------------- */

struct tabulated_value {
    uint32_t field;
    bool     is_number;                     /* and finite */
    double   number;
    str      text;                          /* until the next one is read */
    uint64_t times;
};

/* From the first value on. `remembers`: for the last time, with room for those that tabulation_remember is called with. */
status   tabulation_start(struct tabulation *tabulation, bool remembers);
status   tabulation_next(struct tabulation *tabulation, struct tabulated_value *out);       /* DONE: there are no more */
status   tabulation_remember(struct tabulation *tabulation, const struct tabulated_value *value);
/* Reads everything for what struct tabulated says then. */
status   tabulation_read(struct tabulation *tabulation);
void     tabulation_forget(struct tabulation *tabulation);      /* what was not remembered; no reading any more */

/* --- seeing rows again --------------------------------------------------------------------------------------------- */

/* The values in a column of the field's, each with the number of its pair in `known`; PAIR_NONE: not remembered. */
struct tabulated_pairs {
    uint32_t        count;
    const uint32_t *row;                    /* ascending; NULL: value i is of row i */
    const uint32_t *pair;
};

status   tabulation_pairs(struct tabulation *tabulation, uint32_t field, struct batch *batch, struct column *column,
                          struct arena *arena, struct tabulated_pairs *out);

/* How often the value of a pair was there, if all but those that were once are remembered. */
static inline uint64_t tabulation_times(const struct tabulation *tabulation, uint32_t pair)
{
    return pair == PAIR_NONE ? 1 : tabulation->known.times[pair];
}

/* The numbers in a column. */
struct tabulated_numbers {
    uint32_t        count;
    const uint32_t *row;                    /* as above */
    const double   *number;
};

status   tabulation_numbers(struct batch *batch, struct column *column, struct arena *arena, struct tabulated_numbers *out);
