/* Checks for the tests of the public library: spl.h and the C library only. */
#pragma once

#include <spl.h>
#include <spl_extend.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_passed, check_failed;

#define CHECK(claim) check_claim((claim), #claim, __FILE__, __LINE__)
#define CHECK_TEXT(got, want) check_text((got), (want), #got, __FILE__, __LINE__)

static inline int check_claim(int holds, const char *claim, const char *file, int line)
{
    if (holds)
        check_passed++;
    else
        check_failed++, printf("%s:%d: not true: %s\n", file, line, claim);
    return holds;
}

static inline void check_text(const char *got, const char *want, const char *what, const char *file, int line)
{
    if (got && strcmp(got, want) == 0)
        check_passed++;
    else
        check_failed++, printf("%s:%d: %s\n--- is\n%s\n--- not\n%s\n", file, line, what, got ? got : "(null)", want);
}

static inline int check_done(void)
{
    printf("%d passed, %d failed\n", check_passed, check_failed);
    return check_failed ? 1 : 0;
}

static inline void check_write(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    CHECK(file && fwrite(bytes, 1, size, file) == size);
    if (file)
        fclose(file);
}

/* An allocator that counts what is out, and fails when its budget of calls is used up. */
struct counter {
    long   blocks, calls, budget;       /* budget < 0: none */
    size_t bytes;
};

static inline void *counter_resize(void *host, void *block, size_t old_size, size_t size)
{
    struct counter *counter = host;
    void           *moved;

    if (size == 0) {
        if (block)
            __atomic_sub_fetch(&counter->blocks, 1, __ATOMIC_RELAXED), __atomic_sub_fetch(&counter->bytes, old_size, __ATOMIC_RELAXED);
        free(block);
        return NULL;
    }
    if (__atomic_add_fetch(&counter->calls, 1, __ATOMIC_RELAXED) == counter->budget)
        return NULL;
    moved = realloc(block, size);
    if (!moved)
        return NULL;
    if (!block)
        __atomic_add_fetch(&counter->blocks, 1, __ATOMIC_RELAXED), old_size = 0;
    __atomic_add_fetch(&counter->bytes, size - old_size, __ATOMIC_RELAXED);
    return moved;
}

static inline spl_allocator counter_allocator(struct counter *counter)
{
    spl_allocator memory = { sizeof memory, counter_resize, counter };
    return memory;
}

/* The rows of a run as JSON lines; free() them. NULL: it failed. */
static inline char *check_rows(spl_engine *engine, spl_run *run, spl_error **err)
{
    spl_writer *writer = NULL;
    spl_batch  *rows;
    char       *text = calloc(1, 1);
    size_t      size = 0, more;
    const char *at;
    spl_status  status = spl_writer_new(engine, "json", &writer, err);

    while (status >= 0 && (status = spl_run_next(run, &rows, err)) == SPL_BATCH) {
        status = spl_writer_batch(writer, rows, err);
        spl_batch_release(rows);
        spl_writer_take(writer, &at, &more);
        text = realloc(text, size + more + 1);
        memcpy(text + size, at, more);
        text[size += more] = 0;
    }
    spl_writer_free(writer);
    if (status >= 0)
        return text;
    free(text);
    return NULL;
}

/* Query and events in, rows out. */
static inline char *check_query(spl_engine *engine, const char *text, const char *events, spl_error **err)
{
    spl_query *query = NULL;
    spl_run   *run = NULL;
    char      *rows = NULL;
    spl_status status = spl_compile(engine, text, SPL_NTS, &query, err);

    if (status >= 0)
        status = spl_run_new(query, &run, err);
    spl_query_free(query);
    if (status >= 0 && events)
        status = spl_run_push(run, "ndjson", events, strlen(events), err);
    if (status >= 0 && events)
        status = spl_run_end(run, err);
    if (status >= 0)
        rows = check_rows(engine, run, err);
    spl_run_free(run);
    return rows;
}
