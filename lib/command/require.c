/* require: the search fails if no rows come by (commands 5). */
#include "plan/stage.h"
#include "flow/op.h"

static status require_push(struct op *op, struct batch *in)
{
    return op_emit(op, batch_derive(in));
}

static status require_finish(struct op *op)
{
    return op->rows_in ? OK : op_fail(op, FAIL_DATA, "no-results", "'require' wants results, and there are none");
}

static const struct op_kind require_kind = { "require", .push = require_push, .finish = require_finish };

static status require_open(const struct stage *stage, struct run *run, struct op **out)
{
    return op_new(&require_kind, sizeof(struct op), stage, run, out);
}

const struct command command_require = {
    .name = "require", .usage = "require", .summary = "The search fails if there are no rows",
    .gives = columns_stay, .open = require_open,
    .example = { "require | table n", "{\"n\":1}", "{\"n\":1}" },
};
