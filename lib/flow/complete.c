#include "flow/chain.h"

/* Of a batch whose rows hold too many different fields: by halves. */
static status complete_part(struct op *op, struct batch *in, uint32_t from, uint32_t count)
{
    struct batch *part = batch_slice(in, from, count), *full = NULL;
    status        result;

    TRY_NEW(part);
    result = part->origin->complete(part->origin, part, &full);
    batch_release(part);
    if (result == OK)
        return op_emit(op, full);
    if (result != FAIL_LIMIT || count < 2)
        return result;
    TRY(complete_part(op, in, from, count / 2));
    return complete_part(op, in, from + count / 2, count - count / 2);
}

/* Rows that passed the leading filters get the rest of their fields. What comes out has no selection of its own. */
static status complete_push(struct op *op, struct batch *in)
{
    struct batch *full;
    status        result;

    if (!in->origin || !in->origin->complete) {
        batch_retain(in);               /* made of all fields already: pushed as batches, or by a format without lines */
        return op_emit(op, in);
    }
    result = in->origin->complete(in->origin, in, &full);
    if (result == FAIL_LIMIT)
        return complete_part(op, in, 0, batch_rows(in));
    return result == OK ? op_emit(op, full) : result;
}

static const struct op_kind complete_kind = { .name = "complete", .push = complete_push };

status op_open_complete(struct run *run, struct op **out)
{
    return op_new(&complete_kind, sizeof **out, NULL, run, out);
}
