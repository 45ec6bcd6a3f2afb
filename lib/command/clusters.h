/* Texts that are alike: each joins the cluster whose first text it is most like, or founds one of its own.
 *
 * A text is taken for its terms. Two are as alike as the share of terms that they have in common: TERMLIST, at the same
 * places, of the longer one; TERMSET and NGRAMSET, anywhere, of those that either has. Of clusters whose first texts are
 * equally like it the oldest is joined.
 *
 * Two texts that are alike enough share one of the first few of their terms, in any order that is the same for all texts
 * (prefix filtering): here the rare ones come first, those of few first texts, which is found out anew whenever there are
 * twice as many of them. Only these few are indexed, so a text is compared with the first texts that share a rare term with
 * it. In the worst case, when all share what is rare in them, that is every first text, once. Kept are the terms of the
 * first texts alone. */
#pragma once

#include "base/arena.h"
#include "state/interner.h"
#include "state/pairs.h"

enum cluster_match { MATCH_TERMLIST, MATCH_TERMSET, MATCH_NGRAMSET };

struct clusters {
    struct heap        *heap;
    enum cluster_match  match;
    double              least;              /* so alike are the texts of a cluster; above 0, below 1 */
    bool                delimits[256];      /* bytes between terms */
    struct interner     terms;
    struct pairs        places;             /* TERMLIST: (place, term) */
    struct arena        items;
    uint32_t           *rank;               /* by item: the higher, the rarer it was then; later ones have their number */
    uint32_t            ranked, rank_room;
    struct first_text  *first;              /* by cluster */
    uint32_t            count, room;
    uint64_t           *print;              /* by cluster, as many words as a print has: bits of its items */
    uint32_t            words, print_room;
    uint32_t            empty;              /* cluster + 1 of texts without terms; 0: there is none */
    struct cluster_hit { uint32_t cluster, next; } *hit;    /* an item of a first text; next: number + 1 */
    uint32_t            hits, hit_room;
    uint32_t           *latest;             /* by rank: number + 1 of the hit that came last */
    uint32_t            latests;
    uint64_t           *compared, texts;    /* by cluster: with which text it was compared last */
    uint32_t            compared_room;
    uint64_t            work;               /* comparisons so far: what took long */

    str                *term;               /* of the text at hand; */
    uint32_t            term_count, term_room;
    uint32_t           *item;               /* the ranks of those that are known, the highest first, */
    uint32_t            item_count, item_room;
    str                *strange;            /* and those that are not */
    uint32_t            strange_count, strange_room;
};

/* `delimiters` empty: all but letters, digits and underscores of ASCII. */
void   clusters_init(struct clusters *clusters, struct heap *heap, enum cluster_match match, double least, str delimiters);
void   clusters_free(struct clusters *clusters);

/* The cluster of a value, its members one behind the other. `founds`: it is new, its number is the highest. */
status clusters_place(struct clusters *clusters, const struct cell *value, struct arena *step, uint32_t *cluster,
                      bool *founds);
