/* Which rows of a table match a key, found without looking at all of them.
 *
 * Exact columns are hashed together. Without one, a column of patterns leads: patterns without a star are hashed, of others
 * four bytes that they need are, chosen to be rare; blocks of addresses are hashed by their prefixes, one probe for each
 * length of prefix there is. Whatever else is matched is then tried on the few rows that are left.
 *
 * Rows are known by their places: their numbers in the order of preference. */
#pragma once

#include "base/cpu.h"
#include "knowledge/buckets.h"
#include "knowledge/lookup_settings.h"
#include "text/cidr.h"
#include "value/cell.h"

/* A column, made ready to be compared. */
struct match_column {
    struct match_column *next;
    uint32_t             column;
    enum match_type      type;
    uint32_t             places;
    str                 *text;          /* by place, folded where case does not count; at NULL: null, matches nothing */
    struct wildcard    **pattern;       /* WILDCARD, by place; NULL: it has no star */
    struct cidr         *block;         /* CIDR, by place; base.family 0: it is none */
};

/* `cell`: of the column, by row; `row` (NULL: the same) the row of a place. */
status match_column_make(struct match_column *out, struct arena *arena, enum cpu_level cpu, bool any_case,
                         const struct cell *cell, const uint32_t *row);

struct match_index {
    struct match_index   *next;
    struct match_column **key;          /* by match */
    uint32_t              matches;
    uint32_t              leader;       /* the match that leads where none is exact */
    bool                  exact;        /* some are: they lead together */
    struct buckets        whole;        /* by texts */
    struct buckets        grams, blocks;
    uint32_t             *gram;         /* by place */
    uint64_t             *gram_bits;    /* which hashes of grams there are */
    uint32_t             *rest;         /* places that can only be tried */
    uint32_t              rests;
    bool                  bits[2][129]; /* lengths of prefixes, of v4 and v6 */
};

enum { GRAM = 4, GRAM_BITS = 16 };

/* index->key and `matches` are set. */
status match_index_build(struct match_index *index, struct arena *arena);

/* One search; zero it, and set the first members. */
struct match_search {
    const struct match_index *index;
    struct arena             *arena;
    uint32_t                  most;         /* places */
    const str                *text;         /* by match; folded where case does not count */
    uint32_t                  first, end;   /* only these places */
    uint32_t                 *seen;         /* by gram bucket, zeroed at first; */
    uint32_t                  number;       /* of the search, from 1, to tell what was seen in it */

    uint32_t                 *found;        /* the places */
    uint32_t                  count, room;
    uint32_t                 *candidate;
    uint32_t                  candidates, candidate_room;
    struct address           *address;      /* by match; family 0: it is none */
};

/* Appends to search->found, ascending, `most` at most. */
status match_search_run(struct match_search *search);
