/* Constant folding runs the call, as at run time, on a batch of one row. */
#include "vm/emit.h"
#include "vm/lift.h"

status fold_call(struct emit *emit, const struct site *site, struct cell *out)
{
    struct call     call = { .site = site, .count = site->count, .arena = emit->arena,
                             .context = emit->compile->context };
    struct rows     rows = { .count = 1 };
    struct column   result = { .encoding = ENCODING_ABSENT };
    struct column **arg = ARENA_ARRAY(&emit->scratch, struct column *, site->count + 1);
    status          done = arg ? OK : FAIL_MEMORY;

    for (uint32_t i = 0; i < site->count && done == OK; i++)
        done = (arg[i] = column_constant(&emit->scratch, site->literal[i])) ? OK : FAIL_MEMORY;
    if (done == OK)
        done = lift_call(&call, &rows, 1, arg, &result, NULL);
    if (site->function->close)
        site->function->close(&call);
    buf_free(&call.spare);
    if (done == OK)
        *out = column_cell(&result, 0);
    return done;
}
