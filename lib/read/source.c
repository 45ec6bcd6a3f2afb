#include "read/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PIPE = 1 << 20,
    PACKED = 256 * 1024             /* compressed bytes at a time */
};

static const struct unpack_kind *const unpack_kinds[] = { &unpack_gz, &unpack_zst };

void source_init(struct source *source, struct heap *heap, const _Atomic int *cancelled)
{
    *source = (struct source){ .heap = heap, .cancelled = cancelled, .file = -1, .base = -1 };
    buf_init(&source->raw, heap);
}

status source_open(struct source *source, const char *path)
{
    struct stat about;

    source->file = path ? open(path, O_RDONLY | O_CLOEXEC) : dup(0);
    if (source->file < 0) {
        source->error = errno;
        return FAIL_IO;
    }
    if (fstat(source->file, &about) == 0 && S_ISREG(about.st_mode)) {
        source->base = lseek(source->file, 0, SEEK_CUR);
        source->end = about.st_size;
    }
#ifdef F_SETPIPE_SZ
    fcntl(source->file, F_SETPIPE_SZ, PIPE);    /* a pipe gives larger pieces then; others say no */
#endif
    return OK;
}

void source_close(struct source *source)
{
    if (source->unpack)
        source->unpack->close(source->heap, source->unpacker);
    if (source->file >= 0)
        close(source->file);
    buf_free(&source->raw);
}

status source_push(struct source *source, str bytes)
{
    if (source->file >= 0 || source->ended)
        return FAIL_MISUSE;
    if (source->raw_at == source->raw.size) {
        buf_clear(&source->raw);
        source->raw_at = 0;
    }
    buf_put(&source->raw, bytes);
    source->bytes += bytes.size;
    return buf_status(&source->raw);
}

/* Bytes as they come, compressed or not. 0 of a file: its end; of a pushed input: as many as there are. */
static status read_raw(struct source *source, char *into, size_t room, size_t *got)
{
    ssize_t count;

    *got = 0;
    if (source->file < 0) {
        *got = source->raw.size - source->raw_at;
        if (*got > room)
            *got = room;
        if (*got)
            memcpy(into, source->raw.at + source->raw_at, *got);
        source->raw_at += *got;
        source->drained = source->ended && source->raw_at == source->raw.size;
        return OK;
    }
    while ((count = read(source->file, into, room)) < 0 && errno == EINTR)
        if (source->cancelled && *source->cancelled)
            return FAIL_CANCELLED;
    if (count < 0) {
        source->error = errno;
        return FAIL_IO;
    }
    *got = (size_t)count;
    source->bytes += *got;
    source->drained = count == 0;
    return OK;
}

status source_take(struct source *source, char *into, size_t room, size_t *got)
{
    return read_raw(source, into, room, got);
}

/* Keeps compressed bytes coming in source->raw. */
static status refill(struct source *source)
{
    size_t got;

    if (source->file < 0) {
        source->drained = source->ended;
        return OK;
    }
    buf_clear(&source->raw);
    source->raw_at = 0;
    TRY(buf_reserve(&source->raw, PACKED));
    TRY(read_raw(source, source->raw.at, PACKED, &got));
    source->raw.size = got;
    return OK;
}

static status read_packed(struct source *source, char *into, size_t room, size_t *got)
{
    char *out = into;

    for (;;) {
        const char *in = source->raw.at + source->raw_at, *end = source->raw.at + source->raw.size;
        if (in == end) {
            TRY(refill(source));
            in = source->raw.at + source->raw_at;
            end = source->raw.at + source->raw.size;
        }
        TRY(source->unpack->run(source->unpacker, &in, end, &out, into + room, &source->between));
        source->raw_at = (size_t)(in - source->raw.at);
        *got = (size_t)(out - into);
        if (*got == room)
            source->drained = false;              /* there may be more where that came from */
        if (*got)
            return OK;
        if (in == end && (source->drained || source->file < 0))
            return source->drained && !source->between ? FAIL_DATA : OK;
    }
}

/* Looks for compression in the first bytes, which are in `block`; not yet, if they may be the beginning of
 * it and more may come. */
static status look_for_packing(struct source *source, struct block *block)
{
    const struct unpack_kind *kind = NULL;
    struct buf                raw;

    for (size_t i = 0; i < COUNT_OF(unpack_kinds); i++)
        if (unpack_kinds[i]->recognise(str_make(block->bytes, block->size)))
            kind = unpack_kinds[i];
    if (kind && block->size < UNPACK_HEAD && !source->drained)
        return OK;
    source->opened = true;
    source->unpack = block->size < UNPACK_HEAD ? NULL : kind;   /* no packed stream is so short */
    if (!source->unpack)
        return OK;
    if (source->unpack->open(source->heap, &source->unpacker) != OK) {
        source->unpack = NULL;
        return FAIL_MEMORY;
    }
    /* Back to where compressed bytes wait, before those that came after them. */
    buf_init(&raw, source->heap);
    buf_put(&raw, str_make(block->bytes, block->size));
    if (source->raw_at < source->raw.size)
        buf_put(&raw, str_slice(buf_str(&source->raw), source->raw_at, source->raw.size));
    buf_free(&source->raw);
    source->raw = raw;
    source->raw_at = 0;
    TRY(buf_status(&source->raw));
    block->size = 0;
    return OK;
}

/* Has a pipe nothing more to give at the moment, or for as long as one waits for it? Then what is there goes on its way, in
 * a block of its own of the same segment, so that whoever follows a log sees its lines as they come. */
static bool waits(const struct source *source)
{
    struct pollfd ready = { .fd = source->file, .events = POLLIN };

    return source->file >= 0 && source->base < 0 && !source->unpack && !source->drained
           && poll(&ready, 1, source->patience) == 0;
}

status source_fill(struct source *source, struct block *block, size_t limit)
{
    while (block->size < limit) {
        size_t got, room = limit - block->size;
        status failure;

        if (source->drained && !(source->unpack && source->raw_at < source->raw.size))
            break;
        failure = source->unpack ? read_packed(source, block->bytes + block->size, room, &got)
                               : read_raw(source, block->bytes + block->size, room, &got);
        if (failure == FAIL_MEMORY)
            return failure;
        if (failure != OK) {
            source->failure = failure;            /* what came before it is good */
            source->drained = true;
            if (source->unpack)
                source->raw_at = source->raw.size;
            break;
        }
        block->size += got;
        if (!source->opened)
            TRY(look_for_packing(source, block));
        if ((got == 0 && source->file < 0) || waits(source))
            break;
    }
    return OK;
}
