/* After a run with threads: what the chains hold is merged and emitted on a thread of its own, while the
 * host's thread already works on the first results. At most a few batches wait, so results are not all in
 * memory at once. Private to flow/. */
#pragma once

#include "flow/chain.h"

struct finisher;

/* Starts the thread. `finish` is called there once; run->ready is then shared, see below. FAIL_MEMORY: no
 * thread could be had. */
status finisher_start(struct run *run, status (*finish)(struct run *));

/* OK: *out is a batch. DONE: over, finisher_join tells how it ended. */
status finisher_next(struct run *run, struct batch **out);
status finisher_join(struct run *run);              /* the status of `finish`; harmless when there is none */

/* The sink's side: waits while enough batches are ready. Takes the batch. */
status finisher_put(struct run *run, struct batch *takes);
