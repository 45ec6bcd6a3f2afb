#include "command/constants.h"

#include "flow/run.h"
#include "plan/stage.h"

static status set(struct op *op, struct batch *out, const struct constant *constant, uint32_t place)
{
    const struct name *name = names_intern(op->run->names, constant->field);
    struct column     *column = column_constant(&out->arena, constant->value);

    TRY_NEW(name && column ? column : NULL);
    return batch_assign(out, name, column, rank_at(op->stage->rank, place));
}

status constants_push(struct op *op, const struct constant *constant, uint32_t count, struct batch *in)
{
    struct batch *out = batch_derive(in);
    status        result = OK;

    TRY_NEW(out);
    for (uint32_t i = 0; i < count && result == OK; i++)
        result = set(op, out, &constant[i], i);
    return op_emit_if(op, result, out);
}
