#include "read/unpack.h"

#include <limits.h>
#include <zlib.h>

struct gz {
    struct heap *heap;
    z_stream     stream;
    bool         ended;             /* a member ended; another may follow */
};

static voidpf gz_alloc(voidpf host, uInt count, uInt size)
{
    /* zlib frees without a size: it stands in front. */
    size_t  bytes = (size_t)count * size + 16;
    size_t *block = heap_alloc(host, bytes);

    if (!block)
        return NULL;
    *block = bytes;
    return (char *)block + 16;
}

static void gz_free(voidpf host, voidpf at)
{
    size_t *block = (void *)((char *)at - 16);
    heap_free(host, block, *block);
}

static bool gz_recognise(str head)
{
    return memcmp(head.at, "\x1f\x8b\x08", head.size < 3 ? head.size : 3) == 0;
}

static status gz_open(struct heap *heap, void **state)
{
    struct gz *gz = heap_zero(heap, 1, sizeof *gz);

    TRY_NEW(gz);
    gz->heap = heap;
    gz->stream.zalloc = gz_alloc;
    gz->stream.zfree = gz_free;
    gz->stream.opaque = heap;
    if (inflateInit2(&gz->stream, 15 + 16) != Z_OK) {
        heap_free(heap, gz, sizeof *gz);
        return FAIL_MEMORY;
    }
    *state = gz;
    return OK;
}

/* Zero bytes behind a member pad the file; anything else that is no member is damage. */
static status next_member(struct gz *gz, const char **in, const char *end)
{
    while (*in < end && **in == 0)
        ++*in;
    if (*in == end)
        return OK;
    if (inflateReset(&gz->stream) != Z_OK)
        return FAIL_DATA;
    gz->ended = false;
    return OK;
}

static status gz_run(void *state, const char **in, const char *end, char **out, char *room, bool *between)
{
    struct gz *gz = state;

    /* Also without input: zlib may hold back what had no room before. */
    while (*out < room) {
        size_t take = (size_t)(end - *in), give = (size_t)(room - *out);
        int    answer;

        if (gz->ended) {
            TRY(next_member(gz, in, end));
            if (gz->ended)
                break;
        }
        gz->stream.next_in = (Bytef *)(uintptr_t)*in;
        gz->stream.avail_in = take < UINT_MAX ? (uInt)take : UINT_MAX;
        gz->stream.next_out = (Bytef *)*out;
        gz->stream.avail_out = give < UINT_MAX ? (uInt)give : UINT_MAX;
        answer = inflate(&gz->stream, Z_NO_FLUSH);
        *in = (const char *)gz->stream.next_in;
        *out = (char *)gz->stream.next_out;
        if (answer == Z_STREAM_END)
            gz->ended = true;
        else if (answer == Z_MEM_ERROR)
            return FAIL_MEMORY;
        else if (answer == Z_BUF_ERROR)
            break;
        else if (answer != Z_OK)
            return FAIL_DATA;
    }
    *between = gz->ended;
    return OK;
}

static void gz_close(struct heap *heap, void *state)
{
    struct gz *gz = state;

    if (!gz)
        return;
    inflateEnd(&gz->stream);
    heap_free(heap, gz, sizeof *gz);
}

const struct unpack_kind unpack_gz = {
    .name = "gzip", .recognise = gz_recognise, .open = gz_open, .run = gz_run, .close = gz_close,
};
