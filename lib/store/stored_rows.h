/* Batches to be stored: the fields of rows by name, so that what is written does not depend on how the input was cut, with
 * what is known about them in front. Lists become one text, a value a line (reporting 7.4). */
#pragma once

#include "flow/op.h"

struct stored_field {
    const struct name *name;
    struct column     *column;              /* decoded */
};

/* The fields of a batch that are not internal, by name, in `arena`. */
status stored_fields(struct batch *in, struct arena *arena, struct stored_field **out, uint32_t *count);
/* A column of that name, decoded; NULL: none. */
status stored_column(struct batch *in, const struct name *name, struct column **out);

/* A value as one text, a number or null: of lists the members, a line each. Other texts stay where they are. */
status stored_value(const struct column *column, uint32_t row, struct arena *arena, struct cell *out);

/* A number that can be a time. */
bool   stored_time(const struct column *column, uint32_t row, struct cell *out);
/* The time of rows that have none: where the search begins, or else now (reporting 7.4). */
struct cell stored_default_time(const struct context *context, bool range);

/* One under construction, out of rows of another. It holds on to nothing but the outermost run: the host may keep it, even
 * where it is of a subsearch. */
struct stored {
    struct batch  *out;
    const uint32_t *row;                    /* of `in`, for each row of `out` */
    uint32_t        rank, place;            /* of the stage; of the next column */
};

status stored_begin(struct stored *stored, struct op *op, const struct batch *in, const uint32_t *row, uint32_t count);
/* A value, or a text that is told, as a cell of it. */
status stored_keep(struct stored *stored, const struct column *column, uint32_t row, struct cell *out);
status stored_told(struct stored *stored, str text, struct cell *out);
/* A cell's text becomes its own. */
status stored_own(struct stored *stored, struct cell *cell);
/* A column of cells, to be filled. `by_name`: it stands among the fields of the row. */
status stored_add(struct stored *stored, const struct name *name, bool by_name, struct cell **cells);
/* A field as it is, with its lists. */
status stored_lists(struct stored *stored, const struct name *name, const struct column *column);
/* A field, lists as texts. */
status stored_copy(struct stored *stored, const struct name *name, const struct column *column);
/* All columns are there: those of the row stand by name. */
void   stored_end(struct stored *stored);
