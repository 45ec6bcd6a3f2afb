/* What commands write outside of the search (catalog/sink.h): the streams of a run and of all runs inside it are kept by the
 * outermost one, which finishes them when the whole search has succeeded. Host's thread only. */
#pragma once

#include "catalog/sink.h"
#include "flow/op.h"

/* A stream for the operator, which `op_new` has made. FAIL_HOST has been reported. */
status effect_open(struct op *op, const struct sink_target *target, struct sink_stream **out);
/* The selected rows of the batch. FAIL_HOST has been reported. */
status effect_write(struct op *op, struct sink_stream *stream, struct batch *batch);

/* The run is over and all its results have been taken: if it is nobody's subsearch, what was written is made final, once. */
status effects_finish(struct run *run);
void   effects_close(struct run *run);          /* harmless when there is nothing */
