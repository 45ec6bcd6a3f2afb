/* geostats at work: what it counts, and the tiles that it makes of that (geotiles.c).
 *
 * Rows are counted in the bins of the finest zoom level; those of the coarser ones are merged from them in the end.
 * Partial results (geostats_partials.c) are rows like those of group/states.h, of two kinds:
 *   psrsvd_bin, BY fields, psrsvd_gc, psrsvd_state   a group: the bin of the finest level by its number of the grid, and
 *                                                    its aggregates
 *   psrsvd_bin, psrsvd_place = 1, psrsvd_state       where the rows of a bin are: the sums of their places
 * prestats=t, which is no option of Splunk's, puts them out; spl_query_split divides by them. */
#pragma once

#include "command/geography.h"
#include "group/group_table.h"
#include "rows/results.h"

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

struct bits {
    uint8_t *byte;
    uint32_t room;
};

struct geotiles {
    struct tally_work **value;              /* of the groups at hand */
    uint32_t            values;

    struct interner     named;              /* series that have a column: in order of their texts, and so are their codes */
    bool                other;              /* there is OTHER behind them */
    struct group_table *folded;             /* by bin, then by number of the column */
    struct bits         by_place, by_group; /* the groups that are OTHER in their bin alone; see local_fold */
    uint64_t            poured;

    struct group_table *shown;              /* what the rows are made of */
    uint32_t            at, place_at;       /* groups at hand that are next */
    bool                over, places_over;
    uint32_t            keys, series;       /* columns before the values; columns of a value */
    struct arena        arena;              /* the rows at hand: */
    struct cell        *grid;               /* by column, then by row */
    uint32_t            rows, room;
    size_t              bytes;              /* beyond so many no row is added to them */
    double              bin;                /* of the last row */
    bool                row_open;
};

struct geostats {
    struct op            op;
    const struct geostats_bound *bound;
    const struct name   *latitude, *longitude, **by;
    struct column      **key;
    struct group_table  *cells;             /* by bin and BY fields; where values become columns the bin comes last */
    uint32_t             bin_key;           /* the bin's place among the keys */
    struct group_table  *places;            /* by bin */
    struct partial_fields partial;
    const struct name   *bin_field, *place_field;
    bool                 meets, met;        /* partial results may come; have come */

    bool                 finishing;         /* what follows is there */
    struct geotiles     *tiles;             /* the result; or partial results: */
    struct results       results;
    bool                 placing;           /* places go out */
    uint64_t             base, places_base; /* row of the first group at hand, and of the first place */
};

/* The columns of the groups' keys: geostats->key. */
status geostats_keys(struct geostats *geostats, struct batch *in, struct column *bins);

/* All rows of the input are counted: the result goes out. AGAIN: op_kind.finish. */
status geotiles_emit(struct geostats *geostats);
void   geotiles_free(struct geostats *geostats);

/* Reads a table from its first group on, and finds out which values they have: tiles->value. */
status geotiles_read(struct geostats *geostats, struct group_table *table);
/* tiles->folded of geostats->cells, which go: groups that are shown as one are merged. */
status geotiles_fold(struct geostats *geostats);

/* --- partial results ------------------------------------------------------------------------------------------- */

status geostats_partials_open(struct geostats *geostats);
status geostats_take_partials(struct geostats *geostats, struct batch *in, const struct rows *rows);
status geostats_emit_partials(struct geostats *geostats);
