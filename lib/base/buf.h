/* A growing run of bytes. The first failure to grow sticks: later puts do nothing and buf_status tells. */
#pragma once

#include "base/compiler.h"
#include "base/heap.h"
#include "base/status.h"
#include "base/str.h"

struct buf {
    struct heap *heap;
    char        *at;
    size_t       size, capacity;
    int          failed;
};

void   buf_init(struct buf *buf, struct heap *heap);
void   buf_free(struct buf *buf);
status buf_reserve_slow(struct buf *buf, size_t more);

static inline void buf_clear(struct buf *buf) { buf->size = 0; buf->failed = 0; }
static inline str  buf_str(const struct buf *buf) { return (str){ buf->at ? buf->at : "", buf->size }; }
static inline status buf_status(const struct buf *buf) { return buf->failed ? FAIL_MEMORY : OK; }

/* Room for `more` bytes at at[size]. */
static inline status buf_reserve(struct buf *buf, size_t more)
{
    return LIKELY(more <= buf->capacity - buf->size) ? OK : buf_reserve_slow(buf, more);
}

static inline void buf_byte(struct buf *buf, char c)
{
    if (LIKELY(buf_reserve(buf, 1) == OK))
        buf->at[buf->size++] = c;
}

static inline void buf_put(struct buf *buf, str text)
{
    if (text.size && LIKELY(buf_reserve(buf, text.size) == OK)) {
        memcpy(buf->at + buf->size, text.at, text.size);
        buf->size += text.size;
    }
}

void   buf_text(struct buf *buf, const char *text);
void   buf_repeat(struct buf *buf, char c, size_t count);
/* %s %d %u %zu %c and friends only: no floating point here, its text depends on the locale. */
void   buf_print(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
