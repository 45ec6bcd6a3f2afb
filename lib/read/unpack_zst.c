#include "read/unpack.h"

#include <zstd.h>

/* A frame, or one to be skipped, of which there are sixteen kinds. */
static bool zst_recognise(str head)
{
    size_t size = head.size < 4 ? head.size : 4;

    return size && (memcmp(head.at, "\x28\xb5\x2f\xfd", size) == 0
        || ((head.at[0] & 0xf0) == 0x50 && memcmp(head.at + 1, "\x2a\x4d\x18", size - 1) == 0));
}

/* The library's own allocations: custom memory is not in its stable interface. They are bounded by the
 * window, whose limit is its default of 128 MiB. */
static status zst_open(struct heap *heap, void **state)
{
    *state = ZSTD_createDStream();
    TRY_NEW(*state);
    return OK;
}

static status zst_run(void *state, const char **in, const char *end, char **out, char *room, bool *between)
{
    ZSTD_inBuffer  source = { *in, (size_t)(end - *in), 0 };
    ZSTD_outBuffer target = { *out, (size_t)(room - *out), 0 };
    size_t         left = 1;

    /* Once with empty input too: what the decoder holds back may still want out. */
    do {
        size_t before = source.pos + target.pos;
        left = ZSTD_decompressStream(state, &target, &source);
        if (ZSTD_isError(left))
            return FAIL_DATA;
        if (source.pos + target.pos == before)
            break;
    } while (target.pos < target.size && (source.pos < source.size || left));
    *in += source.pos;
    *out += target.pos;
    if (source.pos || target.pos)
        *between = left == 0;
    return OK;
}

static void zst_close(struct heap *heap, void *state)
{
    ZSTD_freeDStream(state);
}

const struct unpack_kind unpack_zst = {
    .name = "zstd", .recognise = zst_recognise, .open = zst_open, .run = zst_run, .close = zst_close,
};
