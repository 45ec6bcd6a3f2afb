#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

void buf_init(struct buf *buf, struct heap *heap)
{
    *buf = (struct buf){ .heap = heap };
}

void buf_free(struct buf *buf)
{
    heap_free(buf->heap, buf->at, buf->capacity);
    buf_init(buf, buf->heap);
}

status buf_reserve_slow(struct buf *buf, size_t more)
{
    size_t wanted = buf->capacity ? buf->capacity : 256;
    char  *moved;

    if (buf->failed || more > SIZE_MAX / 2 - buf->size) {
        buf->failed = 1;
        return FAIL_MEMORY;
    }
    while (wanted < buf->size + more)
        wanted *= 2;
    moved = heap_resize(buf->heap, buf->at, buf->capacity, wanted);
    if (!moved) {
        buf->failed = 1;
        return FAIL_MEMORY;
    }
    buf->at = moved;
    buf->capacity = wanted;
    return OK;
}

void buf_text(struct buf *buf, const char *text)
{
    buf_put(buf, str_of(text));
}

void buf_repeat(struct buf *buf, char c, size_t count)
{
    if (count && buf_reserve(buf, count) == OK) {
        memset(buf->at + buf->size, c, count);
        buf->size += count;
    }
}

void buf_print(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    int     size;

    va_start(args, format);
    va_copy(again, args);
    size = vsnprintf(NULL, 0, format, args);
    if (size >= 0 && buf_reserve(buf, (size_t)size + 1) == OK) {
        vsnprintf(buf->at + buf->size, (size_t)size + 1, format, again);
        buf->size += (size_t)size;
    }
    va_end(again);
    va_end(args);
}

