/* Runs inside a run: its subsearches (plan/subsearch.h).
 *
 * An inner run shares the outer one's names, moment, time range as the host set it, memory, cancelling and time limit, and
 * reads the same inputs from their beginning. Failures inside become the outer run's; notes about the input count once. */
#pragma once

#include "flow/run.h"
#include "plan/subsearch.h"
#include "state/row_runs.h"

/* A run of the plan; a fed one gets its rows by run_push_batch and run_end. It ends with run_free, no later than `run`. */
status inner_new(struct run *run, const struct plan *plan, struct run **out);
/* The same for a fed subsearch of the plan at work; it is freed with `run`. */
status inner_feed(struct run *run, const struct subsearch *subsearch, struct run **out);
/* It is over: notes and figures go to the outer run, and why it failed, if it did; returns `outcome`. */
status inner_account(struct run *run, struct run *inner, status outcome);

/* Runs what must be run before the first row is read, text subsearches first, and makes the plan at work. */
status inners_run(struct run *run);
void   inners_free(struct run *run);

/* Of a row subsearch of the plan at work: its rows, on disk where memory was short. */
struct inner_rows {
    struct run      *run;
    struct row_store store;             /* those in memory, and the columns of all */
    struct row_runs  runs;
    struct row_merge merge;
    uint64_t         rows, read;
};
struct inner_rows *inner_rows(const struct run *run, const struct subsearch *subsearch);
/* To compile in while the run goes on; its regexes are to be freed. */
status inner_context(struct run *run, struct context *out);

/* A search that a command makes up while it works (plan_made), one at a time: it is run, its rows are kept. `diag` tells why
 * it failed: places in there are in the plan's text. Likewise to be read, and to be freed whatever came of it. */
status inner_search(struct run *run, const struct plan *plan, struct inner_rows *rows, struct diag *diag);
void   inner_rows_free(struct inner_rows *rows);

/* To be called once, before they are read: whoever reads them tells `diag` what goes wrong. */
status inner_rows_open(struct inner_rows *rows, struct diag *diag);
/* The next ones, `most` at most, all of them selected, with the columns of the store's layout. DONE: there are no more. */
status inner_rows_next(struct inner_rows *rows, uint32_t most, struct batch **out);
/* To be read, but not from memory; before the first one is. */
status inner_rows_flush(struct inner_rows *rows);
/* They will not be read any more, nor the store's layout. */
void   inner_rows_drop(struct inner_rows *rows);
