/* The values of every field, counted: what fieldsummary, outlier and the anomaly commands know of their input.
 *
 * Each value of a multivalue counts by itself; null is no value. Values are told apart by their text. What is computed
 * from the counts does not depend on the order in which rows came. All memory is the heap's. */
#pragma once

#include "command/feeds.h"
#include "plan/stage.h"

struct tabulated {
    const struct name *name;
    uint64_t           rows;            /* that have the field */
};

struct tabulation {
    struct heap           *heap;
    const struct argument *listed;      /* names and patterns; none: all fields that are not internal */
    struct distinct        distinct;    /* group: number of the field; linked and counted */
    struct tabulated      *field;       /* by number, in order of first sight */
    uint32_t               fields, field_room;
    uint32_t              *position;    /* by name->number: number of the field + 1 */
    uint32_t               positions;
    uint64_t               rows;        /* all */
};

enum { TABULATION_NONE = UINT32_MAX };

void     tabulation_init(struct tabulation *tabulation, struct heap *heap, const struct argument *listed);
void     tabulation_free(struct tabulation *tabulation);
/* Decodes the columns it counts. */
status   tabulation_add(struct tabulation *tabulation, struct batch *batch, struct arena *step);
status   tabulation_merge(struct tabulation *into, const struct tabulation *from);
/* What was counted elsewhere of one field: rows, and values (texts) with how often each of them was. */
status   tabulation_add_counts(struct tabulation *tabulation, const struct name *name, uint64_t rows,
                               const struct cell *value, const uint64_t *times, uint32_t count);
uint32_t tabulation_find(const struct tabulation *tabulation, const struct name *name);     /* or TABULATION_NONE */

/* The fields it wants: for command->needs. */
status   tabulation_needs(const struct argument *listed, struct wanted *wanted);

struct numbered {
    double   number;
    uint64_t times;
};

/* The values of a field that are numbers, in ascending order; texts of one number (1, 1.0) stay apart. */
struct numbers {
    struct numbered *item;
    uint32_t         count;
    uint64_t         times;             /* of all together */
};

status   tabulation_numbers(const struct tabulation *tabulation, uint32_t field, struct arena *arena,
                            struct numbers *out);
double   numbers_mean(const struct numbers *numbers);
double   numbers_stdev(const struct numbers *numbers, double mean);         /* of a sample; of one number: 0 */
/* Linear between the two values next to rank part * (n - 1), as percentiles are (reporting 9.3). There must be one. */
double   numbers_quantile(const struct numbers *numbers, double part);

/* The values of a column of the field's, each with the number of its pair in `distinct`: they were counted before. */
struct tabulated_values {
    uint32_t        count;
    const uint32_t *row;                /* ascending; NULL: value i is of row i */
    const uint32_t *pair;
};

status   tabulation_values(struct tabulation *tabulation, uint32_t field, struct batch *batch, struct column *column,
                           struct arena *arena, struct tabulated_values *out);
