/* Partial results as rows: what si-commands, prestats=t and the map half of a divided query put out, and what reporting
 * commands take back in (reporting 7.3, embedding 5.3).
 *
 * A row is a group. It has the group's fields under their own names, and
 *   psrsvd_v       the version of all this: 1. A row that has it is a partial result.
 *   psrsvd_gc      how many rows of input it stands for
 *   psrsvd_state   the states of the aggregates: the text of a JSON object, so that it passes through files and other
 *                  programs. A name is what the state is of, "avg(bytes)"; a value is the list of the cells that the
 *                  aggregate saves (catalog/aggregate.h), in which numbers and texts stand for themselves, lists for
 *                  multivalues, and {"inf": 32767} for numbers that JSON cannot say, or that have decimals.
 *   psrsvd_ct_x, psrsvd_nc_x, psrsvd_sm_x, psrsvd_ss_x
 *                  values, numbers, sum, sum of squares of x, for people. They are what others write, too: in a row without
 *                  psrsvd_state counts, sums, means, and variances are taken from them.
 *   psrsvd_vt_x    for people: decimals of the numbers of x, as far as sum or sum of squares show them
 *   psrsvd_from, psrsvd_to
 *                  of charts over time: the first and the last time that was seen, in any group
 * Commands that count texts instead of running aggregates say that in psrsvd_state in their own way: group/partial_maps.h.
 * Aggregates with the same kind of state (aggregate->state) can be asked for in each other's place: avg where sum was
 * counted. What comes back is data like other data: nothing in it is trusted. */
#pragma once

#include "base/map.h"
#include "group/tallies.h"

#define PARTIAL_VERSION "psrsvd_v"
#define PARTIAL_ROWS "psrsvd_gc"
#define PARTIAL_STATE "psrsvd_state"
#define PARTIAL_FROM "psrsvd_from"
#define PARTIAL_TO "psrsvd_to"

/* The tallies' states by what they are of. Zeroed, then states_init. */
struct states {
    struct tallies *tallies;
    struct map      keys;               /* to struct state_key */
    uint32_t        works;              /* those of the tallies that are in it */
    struct arena    scratch;            /* of one group's states */
    uint64_t        holder;             /* ordinal of the row whose partial results are being loaded */
    bool           *met;                /* by measure: it has come in, be it with nothing in it; stays when tallies change */
};

void   states_init(struct states *states, struct tallies *tallies);
void   states_free(struct states *states);

/* All states of a group, as text in `arena`. */
status states_save(struct states *states, uint32_t group, struct arena *arena, struct cell *out);
/* One of them, as cells. */
status states_save_one(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part);
/* Into a group, which exists. FAIL_DATA: the text is not what states_save made; some of it may have been taken in. */
status states_load(struct states *states, uint32_t group, str text);
/* What another has met. */
status states_join(struct states *states, const struct states *from);
/* Notes what was asked for and came in no partial result. */
void   states_note_missing(const struct states *states, struct op *op);
/* One state into a group, by what it is of: "sum(x)". Unknown ones are left out. */
status states_load_key(struct states *states, uint32_t group, str key, const struct cell *part, uint32_t parts);

/* The parts of one state as text, "[1,[2,3]]", and back from where a walk stands; FAIL_DATA: they are none. At most
 * AGGREGATE_PARTS. */
struct json_walk;
void   state_put(struct buf *out, const struct cell *part, uint32_t parts);
status state_get(struct json_walk *walk, struct arena *arena, struct cell *part, uint32_t *parts);
/* The name in front of them. */
status state_get_name(const struct json_walk *walk, struct arena *arena, str *out);

/* --- rows ----------------------------------------------------------------------------------------------- */

struct partial_fields { const struct name *version, *rows, *state, *from, *to; };

status partial_fields_init(struct partial_fields *fields, struct names *names);

/* The rows of a batch that are partial results, and the others. `partial` is empty if there are none; then `plain` is as in
 * the batch. Decodes the fields named above. */
status partial_rows(const struct partial_fields *fields, struct batch *batch, struct arena *step, struct rows *plain,
                    struct rows *partial);
/* Loads the entries of a grouping over partial rows. Rows that hold no state that makes sense are noted and left out. */
status partial_load(struct states *states, const struct partial_fields *fields, struct batch *batch,
                    const struct grouping *grouping, struct op *op);
/* Is it of a version that is known here? */
bool partial_is_known(const struct partial_fields *fields, const struct batch *batch, uint32_t row);
void partial_note_bad(struct op *op);
/* psrsvd_gc of a row; 0: no number that makes sense. */
uint64_t partial_count(const struct partial_fields *fields, const struct batch *batch, uint32_t row);

/* The columns of partial rows behind those of the groups: names and cells. */
struct partial_columns {
    struct states     *states;
    uint32_t           count;
    const struct name **name;           /* psrsvd_v is the last one */
    struct partial_column {
        const struct tally_work *work;
        int                      what;
    } *column;
};

/* `rows`: the hidden aggregate that counts rows. In `arena`. */
status partial_columns_make(struct partial_columns *columns, struct states *states, const struct measure *rows,
                            struct names *names, struct arena *arena);
status partial_columns_cell(struct partial_columns *columns, uint32_t column, uint32_t group, struct arena *arena,
                            struct cell *out);
