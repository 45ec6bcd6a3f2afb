/* Where a run's rows come from: files and pushed bytes, one after the other. Private to flow/. */
#pragma once

#include "flow/chain.h"
#include "read/feed.h"

/* Before the run's plan is known for good; then sources_project tells what to extract. */
status sources_new(struct run *run, struct sources **out);
status sources_project(struct run *run);
void   sources_free(struct sources *sources);       /* NULL welcome */

/* Are blocks only to be had from files? Then threads may take them. */
bool   sources_are_files(const struct sources *sources);

/* --- for runs with subsearches, which read the same inputs ---------------------------------------------------------- */

/* Are all inputs there? */
bool   sources_are_complete(const struct sources *sources);
/* What cannot be read twice is put aside: pushed bytes and batches (taken) as they come, pipes when all inputs are there. */
status sources_keep(struct run *run, const char *format, str bytes);
status sources_keep_batch(struct run *run, struct batch *takes);
status sources_gather(struct run *run);
/* The inputs of `from`, from their beginning, for a run that it holds. */
status sources_share(struct run *run, const struct run *from);
/* The next batch that was kept, one reference; NULL: there is none. */
status sources_next_batch(struct run *run, struct batch **out);

/* The ordinal of the next `rows` rows that the host made itself: however many batches they come in, they are numbered
 * through. */
uint64_t sources_place(struct sources *sources, uint32_t rows);

/* OK: *out is a block (one reference), in order. HUNGRY: only the host can go on. DONE. One thread at a time. */
status sources_next(struct run *run, struct diag *diag, struct block **out);

/* From now on several threads parse blocks: those of one segment, which a pipe gives in pieces if it gives little, must be
 * parsed one after the other by the same chain, and before each this. */
void   sources_share_out(struct sources *sources);
void   sources_follow_on(struct run *run, struct block *block);

/* Parses a block into a chain. Any thread. */
status sources_parse(struct run *run, struct block *block, batch_sink sink, void *host, struct block_result *result);

/* What a parsed block told; called in block order, which finds the line numbers of what could not be read. */
void   sources_account(struct run *run, uint32_t input, size_t bytes, const struct block_result *result);

/* Adds what was wrong with the input to the notes. Once, at the end. */
void   sources_note(struct run *run, struct notes *notes);
