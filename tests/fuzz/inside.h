/* For harnesses of the lower rungs: memory for one input, and a trap for broken promises. */
#pragma once

#include "base/arena.h"
#include "base/cpu.h"
#include "base/diag.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* libFuzzer's reports begin where the program stops, so a broken promise stops it. */
#define MUST(claim) ((claim) ? (void)0 : must_fail(#claim, __FILE__, __LINE__))

static inline void must_fail(const char *claim, const char *file, int line)
{
    fprintf(stderr, "%s:%d: not true: %s\n", file, line, claim);
    abort();
}

struct bench {
    struct heap  heap;
    struct arena arena;
    struct diag  diag;
};

static inline void bench_open(struct bench *bench)
{
    heap_init(&bench->heap, NULL, NULL, (size_t)512 << 20);
    arena_init(&bench->arena, &bench->heap);
    diag_init(&bench->diag, &bench->heap);
}

static inline void bench_close(struct bench *bench)
{
    diag_free(&bench->diag);
    arena_free(&bench->arena);
    MUST(bench->heap.used == 0);
}

/* Takes the bytes up to the first newline off the front of `text`. */
static inline str take_line(str *text)
{
    size_t end = str_find(*text, STR("\n"), 0);
    str    line = str_slice(*text, 0, end == SIZE_MAX ? text->size : end);

    *text = str_slice(*text, end == SIZE_MAX ? text->size : end + 1, text->size);
    return line;
}

/* An exact-size copy, so that a read one byte past the end is seen. */
static inline str exact_copy(const uint8_t *bytes, size_t size)
{
    char *copy = malloc(size ? size : 1);

    if (!copy)
        abort();
    if (size)
        memcpy(copy, bytes, size);
    return str_make(copy, size);
}
