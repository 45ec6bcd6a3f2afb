/* What one thread needs to parse blocks of one input: the batch it builds, the fields it has seen, room
 * for an index.
 *
 * Workers are lent by their input and come back, so there are never more than threads. */
#pragma once

#include "read/filter.h"
#include "read/index.h"
#include "read/walk.h"

struct worker {
    struct worker *next;
    struct input  *input;
    bool           all;             /* extracts every field: completes rows */
    bool           own_text;        /* reads_own_text */
    struct builder builder;
    struct paths   paths;           /* of what the format reads; bare if the KV mode reads no JSON */
    struct paths   full;            /* all fields, where `paths` is bare; see worker_full */
    struct walk    walk;
    struct filter  filter;
    index_fn       index;
    count_fn       newlines;
    uint32_t      *place;           /* positions */
    uint32_t       place_room;
    uint8_t       *backslash;
    uint32_t       backslash_room;
    struct place **column;          /* CSV: where the values of each column go */
    uint32_t       columns, column_room;
    struct xml_reader *xml;         /* NULL: not used yet */
    str            table;           /* text of the current row's event, where tables are looked for; in its batch */
};

/* For what the KV mode finds, or what is given beside an event's text. */
static inline struct paths *worker_full(struct worker *worker)
{
    return worker->paths.bare ? &worker->full : &worker->paths;
}

status worker_take(struct input *input, bool all, struct worker **out);
void   worker_give(struct input *input, struct worker *worker);
void   workers_free(struct input *input);

/* Room for so many positions, and an index of so many bytes. */
status worker_reserve(struct worker *worker, size_t places, size_t bytes);

/* Counts a record that could not be read. */
void   bad_line(struct block_result *result, const struct block *block, uint64_t line, const char *reason);
/* The same for formats whose records may take several lines: `at` is where it begins, result->lines counts
 * up to the block. */
void   bad_record(const struct worker *worker, struct block_result *result, const struct block *block, const char *at,
                  const char *reason);

/* origin.complete, for every format. */
status reader_complete(struct origin *origin, struct batch *in, struct batch **out);
