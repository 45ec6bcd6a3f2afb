#include "read/feed.h"

#include "read/formats.h"
#include "read/source.h"
#include "read/worker.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SEGMENT = 1 << 20,              /* bytes a segment, and a block */
    SMALL_BLOCK = 64 * 1024,        /* of pushed inputs, which often come in small pieces */
    TAIL = 4 * 1024,                /* where the end of a segment's last line is looked for before the rest is read */
    MANY = 64 * 1024                /* so large a record is not looked at anew for every byte that comes */
};

struct feed {
    struct input  input;
    struct heap  *heap;
    char         *name;             /* terminated; also the default source */
    size_t        name_size;
    struct source source;
    bool          standard;         /* it is standard input */
    struct block_pool *pool;        /* of blocks that are cut without reading */
    bool          behind;           /* the file's position is no longer feed->offset: blocks were cut without reading */

    struct block *block;            /* being filled */
    size_t        searched;         /* so much of it holds no record's end */
    uint64_t      offset;           /* of the next block */
    uint64_t      segment_start, segment_end;
    uint32_t      segment;
    bool          segment_numbered;
    uint64_t      rows;             /* of the segment's blocks that were parsed; under input.lock */
    bool          skipping;         /* inside a record that is too long */
    uint64_t      too_long;
    size_t        limit_line;
};

static status report(struct diag *diag, status failure, const char *code, const char *format, const char *name,
                     const char *why)
{
    return diag_at(diag, failure, (struct span){ 0, 0 }, code, format, name, why);
}

static status feed_new(struct reading *reading, str name, str format, uint32_t number, struct diag *diag,
                       struct feed **out)
{
    struct feed  *feed = heap_zero(reading->heap, 1, sizeof *feed);
    struct input *input;

    TRY_NEW(feed);
    input = &feed->input;
    feed->heap = reading->heap;
    source_init(&feed->source, feed->heap, reading->cancelled);
    feed->limit_line = line_limit(reading);
    input->reading = reading;
    input->number = number;
    input->origin.complete = reader_complete;
    if (mutex_init(&input->lock) != OK) {
        heap_free(feed->heap, feed, sizeof *feed);
        return FAIL_MEMORY;
    }
    feed->name_size = name.size + 1;
    feed->name = heap_alloc(feed->heap, feed->name_size);
    if (!feed->name) {
        feed_close(feed);
        return FAIL_MEMORY;
    }
    memcpy(feed->name, name.at, name.size);
    feed->name[name.size] = 0;
    if (format.size && !str_is_nocase(format, "auto") && !(input->format = format_named(format))) {
        feed_close(feed);
        return diag_at(diag, FAIL_QUERY, (struct span){ 0, 0 }, "unknown-format", "unknown input format '%.*s'",
                       SHOW(format));
    }
    *out = feed;
    return OK;
}

status feed_open_push(struct reading *reading, str source, str format, uint32_t input, struct diag *diag,
                      struct feed **out)
{
    return feed_new(reading, source.size ? source : STR("stdin"), format, input, diag, out);
}

status feed_open_file(struct reading *reading, const char *path, str format, uint32_t input, struct diag *diag,
                      struct feed **out)
{
    bool         standard = strcmp(path, "-") == 0;
    struct feed *feed = NULL;

    TRY(feed_new(reading, str_of(standard ? "stdin" : path), format, input, diag, &feed));
    if (source_open(&feed->source, standard ? NULL : path) != OK) {
        int error = feed->source.error;
        feed_close(feed);
        return report(diag, FAIL_IO, "unreadable", "cannot read '%s': %s", path, strerror(error));
    }
    feed->standard = standard;
    *out = feed;
    return OK;
}

void feed_close(struct feed *feed)
{
    if (!feed)
        return;
    workers_free(&feed->input);
    if (feed->input.format && feed->input.format->close && feed->input.shared)
        feed->input.format->close(&feed->input);
    source_close(&feed->source);
    block_release(feed->block);
    block_pool_free(feed->pool);
    mutex_free(&feed->input.lock);
    heap_free(feed->heap, feed->name, feed->name_size);
    heap_free(feed->heap, feed, sizeof *feed);
}

status feed_push(struct feed *feed, const void *bytes, size_t size)
{
    return source_push(&feed->source, str_make(bytes, size));
}

void feed_end(struct feed *feed)
{
    feed->source.ended = true;
}

str feed_source(const struct feed *feed) { return str_of(feed->name); }
str feed_format(const struct feed *feed) { return str_of(feed->input.format ? feed->input.format->name : ""); }
uint64_t feed_bytes(const struct feed *feed) { return feed->source.bytes; }
uint64_t feed_too_long(const struct feed *feed) { return feed->too_long; }

static status report_failure(struct feed *feed, struct diag *diag)
{
    status failure = feed->source.failure;

    if (failure == FAIL_DATA)
        return report(diag, failure, "damaged-input", "'%s' is damaged or ends too early (%s)", feed->name,
                      feed->source.unpack->name);
    return report(diag, failure, "unreadable", "cannot read '%s': %s", feed->name,
                  strerror(feed->source.error));
}

bool feed_is_plain_path(const char *path)
{
    struct stat about;

    return path && strcmp(path, "-") != 0 && stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

bool feed_is_plain(const struct feed *feed)
{
    return feed->source.base >= 0 && !feed->standard;
}

status feed_take(struct feed *feed, struct diag *diag, char *into, size_t room, size_t *got)
{
    status failure = source_take(&feed->source, into, room, got);

    if (failure != FAIL_IO)
        return failure;
    feed->source.failure = failure;
    return report_failure(feed, diag);
}

/* The marks of UTF-16. */
static status refuse_wide(struct feed *feed, struct diag *diag)
{
    struct block *block = feed->block;

    if (feed->offset == 0 && block->size >= 2
        && (memcmp(block->bytes, "\xff\xfe", 2) == 0 || memcmp(block->bytes, "\xfe\xff", 2) == 0))
        return report(diag, FAIL_DATA, "utf-16", "'%s' is %s, which is not read; convert it to UTF-8", feed->name,
                      "UTF-16");
    return OK;
}

/* A byte order mark is no part of the data. HUNGRY: it may be one. */
static status skip_mark(struct feed *feed)
{
    static const str mark = { "\xef\xbb\xbf", 3 };
    struct block    *block = feed->block;

    if (feed->offset != 0 || block->size == 0 || memcmp(block->bytes, mark.at, block->size < 3 ? block->size : 3) != 0)
        return OK;
    if (block->size < mark.size)
        return feed->source.drained ? OK : HUNGRY;
    block->size -= mark.size;
    memmove(block->bytes, block->bytes + mark.size, block->size);
    feed->offset = block->offset = feed->input.start = mark.size;
    return OK;
}

static void number_block(struct feed *feed, struct block *block)
{
    struct reading *reading = feed->input.reading;

    block->input = feed->input.number;
    block->number = reading->blocks++;
    mutex_lock(&feed->input.lock);
    if (!feed->segment_numbered) {
        feed->segment = reading->segments++;
        feed->rows = 0;
    }
    feed->segment_numbered = true;
    block->segment = feed->segment;
    mutex_unlock(&feed->input.lock);
    feed_place(feed, block);
}

/* The rows of a segment are numbered through, in however many blocks they come. */
void feed_place(struct feed *feed, struct block *block)
{
    mutex_lock(&feed->input.lock);
    block->ordinal = ((uint64_t)block->segment << 24) + feed->rows;
    mutex_unlock(&feed->input.lock);
}

static void count_rows(struct feed *feed, const struct block *block, uint64_t rows)
{
    mutex_lock(&feed->input.lock);
    if (block->segment == feed->segment)
        feed->rows += rows;
    mutex_unlock(&feed->input.lock);
}

/* Hands out the first `whole` bytes of the block being filled; the rest begins the next one. */
static status hand_out(struct feed *feed, size_t whole, struct block **out)
{
    struct block *block = feed->block, *next = NULL;
    size_t        rest = block->size - whole;

    if (rest) {
        size_t room = feed->source.file < 0 && rest < SMALL_BLOCK ? SMALL_BLOCK : rest < SEGMENT ? SEGMENT : rest;
        TRY_NEW(next = block_new(feed->heap, room));
        memcpy(next->bytes, block->bytes + whole, rest);
        next->size = rest;
    }
    if (next)
        next->offset = block->offset + whole;
    block->size = whole;
    block->bytes[whole] = '\n';                 /* there is padding; a last line may lack its end */
    if (block->bytes[whole - 1] != '\n' && feed->source.drained && !rest)
        block->size++;
    memset(block->bytes + block->size, 0, BLOCK_PADDING - 1);
    feed->block = next;
    feed->offset = block->offset + whole;
    number_block(feed, block);
    *out = block;
    return OK;
}

static void start_segment(struct feed *feed, uint64_t offset)
{
    feed->segment_start = offset;
    feed->segment_end = offset + SEGMENT;
    feed->segment_numbered = false;
}

/* Room for at least `size` bytes in the block being filled. */
static status make_room(struct feed *feed, size_t size)
{
    struct block *block = feed->block;
    char         *moved;

    if (size <= block->capacity)
        return OK;
    moved = heap_resize(feed->heap, block->bytes, block->capacity + BLOCK_PADDING, size + BLOCK_PADDING);
    TRY_NEW(moved);
    block->bytes = moved;
    block->capacity = size;
    return OK;
}

/* In the middle of a line that is longer than allowed: drop bytes as far as its end. */
static void skip_line(struct feed *feed)
{
    struct block *block = feed->block;
    const char   *newline = block->size ? memchr(block->bytes, '\n', block->size) : NULL;
    size_t        drop = newline ? (size_t)(newline - block->bytes) + 1 : block->size;

    memmove(block->bytes, block->bytes + drop, block->size - drop);
    block->size -= drop;
    block->offset += drop;
    feed->searched = 0;
    feed->offset = block->offset;
    feed->skipping = !newline;
    start_segment(feed, block->offset);
}

/* No record ends in the block although it reaches the end of its segment. */
static status lengthen(struct feed *feed, struct diag *diag)
{
    struct block *block = feed->block;

    if (block->offset != feed->segment_start) {
        start_segment(feed, block->offset);     /* the segment ended with the last record */
        return OK;
    }
    if (block->size > feed->limit_line) {
        feed->too_long++;
        if (feed->input.format->cut != lines_cut)
            return report(diag, FAIL_LIMIT, "record-too-long", "a record of '%s' is longer than the limit%s", feed->name,
                          "");
        feed->skipping = true;
        return OK;
    }
    feed->segment_end += feed->segment_end - feed->segment_start;
    return OK;
}

static status begin_block(struct feed *feed)
{
    if (feed->block)
        return OK;
    TRY_NEW(feed->block = block_new(feed->heap, feed->source.file < 0 ? SMALL_BLOCK : SEGMENT));
    feed->block->offset = feed->offset;
    if (feed->offset == 0)
        start_segment(feed, 0);
    return OK;
}

/* `*whole`: how much of the block can go. */
static status cut(struct feed *feed, bool full, size_t *whole)
{
    struct block        *block = feed->block;
    const struct format *format = feed->input.format;
    size_t               from = feed->searched;

    *whole = 0;
    if (format->cut != lines_cut) {
        if (from > MANY && block->size < from + from / 4 && !feed->source.drained && !full)
            return OK;
        from = 0;
    }
    TRY(format->cut(&feed->input, str_make(block->bytes, block->size), from, feed->source.drained, whole));
    feed->searched = *whole ? 0 : block->size;
    if (feed->source.drained && feed->source.failure == OK)
        *whole = block->size;                   /* else the rest is the torn end of damaged input */
    return OK;
}

/* A file is read again at once. */
static status wait_for_more(const struct feed *feed) { return feed->source.file < 0 ? HUNGRY : OK; }

/* One round of filling and cutting: OK with or without a block. */
static status advance(struct feed *feed, struct diag *diag, struct block **out)
{
    struct block *block;
    size_t        limit, whole = 0;
    bool          full;
    status        known;

    TRY(begin_block(feed));
    block = feed->block;
    limit = (size_t)(feed->segment_end - block->offset);
    if (block->size == block->capacity || (feed->source.file >= 0 && limit > block->capacity))
        TRY(make_room(feed, block->capacity * 2 < limit && feed->source.file < 0 ? block->capacity * 2 : limit));
    if (limit > block->capacity)
        limit = block->capacity;
    feed->source.patience = feed->input.reading->patience;
    TRY(source_fill(&feed->source, block, limit));
    if (!feed->source.opened && !feed->source.drained)
        return wait_for_more(feed);
    full = block->offset + block->size >= feed->segment_end;
    if (feed->skipping) {
        skip_line(feed);
        if (feed->skipping && feed->source.drained)
            return DONE;
        return feed->skipping && feed->source.file < 0 && feed->source.raw_at == feed->source.raw.size ? HUNGRY : OK;
    }
    TRY(refuse_wide(feed, diag));
    if (skip_mark(feed) == HUNGRY)
        return wait_for_more(feed);
    if (block->size == 0)
        return feed->source.drained ? DONE : HUNGRY;
    known = input_recognise(&feed->input, str_make(feed->block->bytes, feed->block->size), feed->source.drained, feed->name);
    if (known == HUNGRY && (feed->source.file >= 0 || block->size == block->capacity))
        return OK;
    TRY(known);
    TRY(cut(feed, full, &whole));
    if (!whole) {
        if (feed->source.drained)
            return DONE;
        if (full)
            return lengthen(feed, diag);
        return feed->source.file >= 0 || block->size == block->capacity ? OK : HUNGRY;
    }
    TRY(hand_out(feed, whole, out));
    if (full)
        start_segment(feed, feed->offset);
    return OK;
}

/* Reading costs as much as a good deal of searching, and only one thread may cut. So of a plain file of
 * lines only the end of a segment is looked at here, and whoever parses the block reads it: the cut is
 * where it would have been. OK without a block: not this time. */
static status cut_unread(struct feed *feed, struct block **out)
{
    const struct source *source = &feed->source;
    char                 tail[TAIL];
    const char          *newline;
    struct block        *block;

    if (source->base < 0 || !source->opened || source->unpack || source->failure != OK || source->drained ||
        feed->skipping || !feed->input.defaults.host.size || feed->input.format->cut != lines_cut ||
        feed->segment_start != feed->offset || feed->segment_end - feed->offset != SEGMENT ||
        source->base + (int64_t)feed->offset + SEGMENT > source->end)
        return OK;
    if (pread(source->file, tail, TAIL, source->base + (int64_t)feed->offset + SEGMENT - TAIL) != TAIL)
        return OK;
    newline = memrchr(tail, '\n', TAIL);
    if (!newline)
        return OK;
    if (!feed->pool)
        TRY_NEW(feed->pool = block_pool_new(feed->heap, SEGMENT));
    TRY_NEW(block = block_pool_get(feed->pool));
    block_release(feed->block);                 /* the beginning of this one, left over from reading in order */
    feed->block = NULL;
    feed->searched = 0;
    feed->behind = true;
    block->offset = feed->offset;
    block->size = SEGMENT - TAIL + (size_t)(newline - tail) + 1;
    block->unread = true;
    feed->source.bytes = block->offset + block->size;
    feed->offset = feed->source.bytes;
    number_block(feed, block);
    start_segment(feed, feed->offset);
    *out = block;
    return OK;
}

/* The other way round: a file that has shrunk since gives less, down to nothing. */
status feed_load(struct feed *feed, struct block *block)
{
    size_t size = 0;

    if (!block->unread)
        return OK;
    while (size < block->size) {
        ssize_t got = pread(feed->source.file, block->bytes + size, block->size - size,
                            feed->source.base + (int64_t)(block->offset + size));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return FAIL_IO;
        if (got == 0)
            break;
        size += (size_t)got;
    }
    if (size && block->bytes[size - 1] != '\n')
        block->bytes[size++] = '\n';            /* there is padding */
    block->size = size;
    block->unread = false;
    memset(block->bytes + size, 0, BLOCK_PADDING - 1);
    return OK;
}

/* Before bytes are read in order again. */
static status catch_up(struct feed *feed, struct diag *diag)
{
    if (!feed->behind)
        return OK;
    feed->behind = false;
    if (lseek(feed->source.file, feed->source.base + (int64_t)feed->offset, SEEK_SET) >= 0)
        return OK;
    return report(diag, FAIL_IO, "unreadable", "cannot read '%s': %s", feed->name, strerror(errno));
}

status feed_next(struct feed *feed, struct diag *diag, struct block **out)
{
    *out = NULL;
    TRY(cut_unread(feed, out));
    if (*out)
        return OK;
    TRY(catch_up(feed, diag));
    for (;;) {
        status state = advance(feed, diag, out);
        if (state == DONE && feed->source.failure != OK)
            return report_failure(feed, diag);
        if (state != OK || *out)
            return state;
    }
}

status feed_parse(struct feed *feed, struct block *block, batch_sink sink, void *host, struct block_result *result)
{
    struct input  *input = &feed->input;
    struct worker *worker;
    status         failure;

    TRY(feed_load(feed, block));
    if (block->size == 0)
        return OK;
    TRY(worker_take(input, false, &worker));
    failure = input->format->parse(input, worker, block, sink, host, result);
    count_rows(feed, block, worker->builder.first);
    worker_give(input, worker);
    return failure;
}
