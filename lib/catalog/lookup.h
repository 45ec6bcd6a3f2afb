/* What a lookup IS: a table of a site that answers keys with values, whatever it is made of.
 *
 * The command lookup, the function lookup() and inputlookup know tables by this alone; they find them by name through
 * context->lookups. A table that was found stays as it is for the query that found it, and may be asked by any number of
 * threads at a time.
 *
 * Keys are asked for a batch at a time, since the far side may be a network, and each one once (catalog/answers.h). */
#pragma once

#include "base/buf.h"
#include "batch/column.h"
#include "catalog/context.h"

struct lookup;

/* One place in a query where a table is asked: which columns are matched, which are given. Shared by all threads. */
struct lookup_use {
    struct lookup  *lookup;
    const uint32_t *match, *output;     /* numbers of columns */
    uint32_t        matches, outputs;
    const void     *prepared;           /* the kind's: an index over the matched columns; the lookup's to free */
};

/* Values are texts and never null. */
struct lookup_keys {
    uint32_t           count;
    const struct cell *value;           /* of key k, match m: value[k * use->matches + m] */
    const double      *time;            /* of the event behind each key; NULL unless lookup->timed */
};

/* The rows that match each key, the best first. */
struct lookup_hits {
    uint32_t    *from;                  /* hits of key k: from[k] to from[k + 1] */
    struct cell *cell;                  /* of hit h, output o: cell[h * use->outputs + o] */
};

struct lookup_kind {
    bool        lasting;                /* texts in its answers live as long as the lookup; else as long as `arena` */

    /* Fills use->prepared; any thread. FAIL_LIMIT: it takes too much memory. NULL: nothing to do. */
    status (*prepare)(struct lookup_use *use, struct context *context);
    /* Fills `hits`, in `arena`, with at most max_matches rows a key. A failure may be reported to context->diag. */
    status (*find)(const struct lookup_use *use, const struct lookup_keys *keys, struct context *context,
                   struct arena *arena, struct lookup_hits *hits);
    /* Rows `from` and on, *got of them, in `column` (one a column of the table; fields, so soft), for as long as `arena`;
     * 0 behind the last. NULL: its rows cannot be listed. */
    status (*rows)(const struct lookup *lookup, uint64_t from, uint32_t most, struct context *context,
                   struct arena *arena, struct column **column, uint32_t *got);
    /* For --explain: "CSV, 3 rows, CIDR(ip)". */
    void   (*print)(const struct lookup *lookup, struct buf *out);
    void   (*close)(struct lookup *lookup);
};

struct lookup {
    const struct lookup_kind *kind;
    str                       name;
    const str                *column;           /* names, in their order, no two the same */
    uint32_t                  columns;
    bool                      missing;          /* it is not there, which was told: no columns, no rows, no hits */
    bool                      timed;            /* rows are matched by the time of the event, too */
    uint32_t                  max_matches, min_matches;
    str                       default_match;
};

/* The tables of a site. */
struct lookups {
    void *host;
    /* *out lives as long as what is being compiled. FAIL_QUERY: there is none of that name, or it cannot be read; that was
     * reported with `span`. */
    status (*find)(void *host, str name, struct span span, struct context *context, struct diag *diag,
                   struct lookup **out);
    /* The places of addresses (catalog/geo.h), likewise; lookup_use.prepared: in which languages (knowledge/places.h). */
    status (*places)(void *host, struct span span, struct diag *diag, struct lookup **out);
    /* The file that the definition of that name says the table is in; empty: it says nothing. */
    str    (*file)(void *host, str name);
};

status lookup_find(struct context *context, str name, struct span span, struct diag *diag, struct lookup **out);

/* The number of a column. FAIL_QUERY: there is none of that name, which was reported. */
status lookup_column(const struct lookup *lookup, str name, struct span span, struct diag *diag, uint32_t *out);

/* `match` and `output` are set. FAIL_LIMIT: it takes too much memory, which was reported. */
status lookup_prepare(struct lookup_use *use, struct context *context, struct span span, struct diag *diag);

/* What the table gives for `count` questions: question q has keys from[q] to from[q + 1], several where a field has several
 * values; their hits follow one another. answer[q * use->outputs + o] is null, one value, or a list of them; default_match
 * stands for hits that a key lacks (commands 5). Lists live in `arena`; texts: see lookup_kind.lasting. */
status lookup_answer(const struct lookup_use *use, const struct lookup_keys *keys, const uint32_t *from, uint32_t count,
                     struct context *context, struct arena *arena, struct arena *scratch, struct cell *answer);
