/* Two rows become one: fields of other rows laid over those of a batch. What join, selfjoin and appendcols do.
 *
 * A null never takes the place of a value. Fields that the batch lacks stand behind those it has, in the order of the other
 * rows' columns, from the first row on that gets a value. */
#pragma once

#include "flow/op.h"
#include "state/rows.h"

enum { OVERLAY_NONE = UINT32_MAX };

struct overlay {
    struct op                *op;
    const struct layout      *layout;       /* columns of the other rows */
    const struct name       **name;         /* by column: what it is called here; NULL: it stays out */
    bool                      overwrites;   /* where both rows have a value that of the other one wins */
    bool                      copies;       /* the other rows do not live as long as the batch */
    bool                      own;          /* they are rows of the same kind: no column is new, each keeps its place */
};

/* Where other rows are, texts decoded: in a sealed store, in batches whose fields are those of the layout, or in columns. */
struct overlay_place {
    struct batch *batch;
    uint32_t      row;
};

struct overlay_source {
    const struct row_store     *store;
    const struct overlay_place *place;
    struct column *const       *column;     /* by column of the layout; NULL: absent */
};

/* `row`: for those of `out` that are selected, in their order, the number of the row to lay over it, or OVERLAY_NONE. */
status overlay_rows(const struct overlay *overlay, struct batch *out, const struct overlay_source *source,
                    const uint32_t *row);

/* Names of all columns as they are; those that nobody wants behind the stage stay out. */
status overlay_name(struct overlay *overlay);

/* Decodes all texts of a store that will not get more rows. */
status overlay_decode(struct row_store *store);
