/* What commands that write rows outside share (collect, mcollect, meventcollect): where to, a stream of the run's, and the
 * rows on their way past it.
 *
 * Policy (commands 8): with no sink, or one that does not take such data, rows of collect and mcollect pass on and a warning
 * says that nothing is written (reporting 7.4): published detections end in collect and must run anywhere. A search that
 * maintains a table is refused. */
#pragma once

#include "flow/effects.h"
#include "flow/run.h"
#include "plan/bind.h"

struct storing_bound {
    struct sink_target target;              /* `file` as written */
    bool               writes;              /* the host takes it */
};

struct storing {
    struct op          *op;
    struct sink_target  target;
    struct sink_stream *stream;             /* NULL: rows only pass */
    bool                enough;             /* nobody wants the rows that pass; those to be stored come all the same */
};

/* A parameter's text, terminated; NULL: not given. An empty one is a mistake. */
status storing_text(struct binder *binder, struct stage *stage, uint32_t number, const char **out);
/* Behind all checks of arguments: is there somebody to write to? */
status storing_bind(struct binder *binder, struct stage *stage, struct storing_bound *bound);
status storing_needs(const struct stage *stage, struct wanted *wanted);

status storing_open(struct storing *storing, struct op *op, const struct storing_bound *bound);
/* The rows to be stored; borrowed. */
status storing_write(struct storing *storing, struct batch *rows);
/* The rows that came in go on. */
status storing_pass(struct storing *storing, struct batch *in);
