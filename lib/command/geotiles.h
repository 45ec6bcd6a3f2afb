/* geostats at work: what it counts, and the tiles that it makes of that (geotiles.c). */
#pragma once

#include "command/geography.h"
#include "command/tallies.h"

struct geostats_bound {
    struct measures measures;
    struct grid     grid;
    bool            splits;                 /* values become columns */
    double          global_limit, local_limit;  /* of series; 0: none */
    str             latitude, longitude;    /* what the mean place is called */
    uint32_t        events;                 /* the hidden measure that counts rows */
};

struct bin {                                /* by code of the groups' first key */
    double   latitude, longitude;           /* sums */
    uint64_t rows, newest;                  /* the row that came last, from 1 */
};

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
    struct bin          *bin;
    uint32_t             room;
    uint64_t             rows;

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
