/* geostats at work: what it counts, and the tiles that it makes of that (geotiles.c).
 *
 * Partial results (geostats_partials.c) are rows like those of command/states.h, of two kinds:
 *   psrsvd_bin, BY fields, psrsvd_gc, psrsvd_state   a group: the bin by its number of the grid, and its aggregates
 *   psrsvd_bin, psrsvd_place = 1, psrsvd_state       where the rows of a bin are: the sums of their places
 * prestats=t, which is no option of Splunk's, puts them out; spl_query_split divides by them. */
#pragma once

#include "command/geography.h"
#include "command/states.h"

struct geostats_bound {
    struct measures measures;
    struct grid     grid;
    bool            splits;                 /* values become columns */
    double          global_limit, local_limit;  /* of series; 0: none */
    str             latitude, longitude;    /* what the mean place is called */
    uint32_t        events;                 /* the hidden measure that counts rows */
    struct measures places;                 /* of a bin: PLACE_* */
    bool            emits, meets;           /* partial results */
};

enum { PLACE_LATITUDE, PLACE_LONGITUDE, PLACE_ROWS };       /* sums of both, and of how many rows */

struct tile {                               /* a group in the result */
    double   bin;                           /* number of the grid */
    uint32_t series;                        /* place of the column, or of the row within the bin */
    uint32_t group;
};

struct geostats {
    struct op            op;
    const struct geostats_bound *bound;
    const struct name   *latitude, *longitude, **by;
    struct column      **key;
    struct groups        groups;            /* bins, then BY fields */
    struct tallies       tallies;           /* over groups, then over tiles */
    struct tallies       places;            /* over bins: the codes of the groups' first key */
    struct states        states, place_states;
    uint64_t            *newest;            /* by bin: the row that came last, from 1 */
    uint32_t             room;
    uint64_t             rows;
    struct partial_fields partial;
    const struct name   *bin_field, *place_field;
    bool                 meets, met;        /* partial results may come; have come */
    uint32_t            *order, *bins;      /* groups, and bins, in their order, while partial results go out */
    uint32_t             groups_out;

    struct pairs         folded;            /* (code of the bin, place of the series): the groups that are left */
    struct tile         *tile;
    uint32_t             tiles, *line, lines;   /* first tile of each row of the result; one more at the end */
    const struct name  **series;
    uint32_t            *place;             /* by code of the BY field: of its series */
    uint32_t             series_count;
    struct tally_work  **value;
    uint32_t             values, keys;      /* columns before the values */
};

/* All rows of the input are counted: the result goes out. */
status geotiles_emit(struct geostats *geostats);

/* --- partial results ------------------------------------------------------------------------------------------- */

status geostats_partials_open(struct geostats *geostats);
status geostats_take_partials(struct geostats *geostats, struct batch *in, const struct rows *rows);
status geostats_emit_partials(struct geostats *geostats);
/* Groups are numbered in the order of their values: it is of no account then in which order partial results came. */
status geostats_renumber(struct geostats *geostats);
