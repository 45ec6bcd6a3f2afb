/* Threads that parse blocks and run them through front chains of their own. Private to flow/.
 *
 * Workers take blocks in order under a lock, so a block's number is its place. What came out of it waits in a ring until the
 * host's thread takes it, in block order; a worker that is a ring ahead waits. So results, line numbers and which failure
 * counts do not depend on the threads. */
#pragma once

#include "flow/input.h"

/* `ahead`: the next block, read already; taken. Opens more front chains. */
status exchange_start(struct run *run, struct block *ahead);
/* Waits for the next block's batches, pushes them into the rest. DONE: there are no more. ENOUGH as from there. */
status exchange_step(struct run *run);
void   exchange_stop(struct run *run);              /* joins; harmless when nothing runs */

/* On this thread: parses one block into front chain `front`, accounts for it, releases it; a hand-over is emptied. */
status block_run(struct run *run, struct block *takes, struct chain *front);
