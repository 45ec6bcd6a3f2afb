/* Commands that hand rows to a place of the host's and pass them on: collect, mcollect (reporting 7.4). No host can offer
 * such a place yet: nothing is written, the author is told, and the rows go on as they are. */
#pragma once

#include "flow/op.h"
#include "plan/bind.h"

/* Tells that nothing is written, unless a test was asked for. */
status sink_warn(struct binder *binder, const struct stage *stage);
/* Rows go on unchanged. */
status sink_open(const struct stage *stage, struct run *run, struct op **out);
