/* One input of a run: bytes in, blocks of whole records out.
 *
 * feed_next hands out blocks in input order and must not run in two threads at once; feed_parse may run in
 * any number of threads beside it. A feed outlives every batch that came from it and might still be
 * completed (batch.origin). Files are opened by read/source.c alone, and only those that the host named.
 *
 * Cuts do not depend on how the bytes arrive: segments are about 1 MiB long and end at record ends; a
 * pushed input may come out in more and smaller blocks, but those of one segment carry its number. */
#pragma once

#include "read/reader.h"

struct feed;

/* `format`: a name, or "auto" or empty to go by content. `input`: for block.input. `path`: "-" is standard
 * input. FAIL_IO, FAIL_QUERY (no such format). `reading` must outlive the feed. */
status feed_open_file(struct reading *reading, const char *path, str format, uint32_t input, struct diag *diag,
                      struct feed **out);
/* `source` names it where the run's defaults do not; empty: "stdin". */
status feed_open_push(struct reading *reading, str source, str format, uint32_t input, struct diag *diag,
                      struct feed **out);
void   feed_close(struct feed *feed);                               /* NULL welcome */

/* Will the file give the same bytes when it is opened again? Pipes do not, nor does standard input. */
bool   feed_is_plain_path(const char *path);
bool   feed_is_plain(const struct feed *feed);
/* Instead of feed_next: the bytes of a file as they are. *got 0: its end. */
status feed_take(struct feed *feed, struct diag *diag, char *into, size_t room, size_t *got);

status feed_push(struct feed *feed, const void *bytes, size_t size);    /* copied; FAIL_MISUSE after the end */
void   feed_end(struct feed *feed);

/* OK: *out is a block (one reference). HUNGRY: push more first. DONE: nothing is left. Of a plain file the
 * block may be `unread` still: its place and size are known, its bytes come with feed_load. */
status feed_next(struct feed *feed, struct diag *diag, struct block **out);

/* Reads an unread block, in any thread; of others and a second time it does nothing. feed_parse calls it.
 * FAIL_IO. */
status feed_load(struct feed *feed, struct block *block);

/* Numbers the rows of a block behind those of its segment that were parsed; feed_next has done so for those parsed then. */
void   feed_place(struct feed *feed, struct block *block);

/* Parses a block of this feed and pushes its batches into the sink. What the sink returns stops it (ENOUGH
 * too). */
status feed_parse(struct feed *feed, struct block *block, batch_sink sink, void *host, struct block_result *result);

str      feed_source(const struct feed *feed);
str      feed_format(const struct feed *feed);      /* its name; empty before it is known */
uint64_t feed_bytes(const struct feed *feed);       /* read so far, before decompression */
/* Records that were longer than the limit and were left out. */
uint64_t feed_too_long(const struct feed *feed);
