/* What the tests of words of the host share: expectations, cells, several threads, allocations that fail. */
#pragma once

#include "check.h"

#include <unistd.h>

static const char events[] = "{\"_time\":1,\"a\":1,\"b\":\"x\"}\n{\"_time\":2,\"a\":2,\"b\":\"y\"}\n{\"_time\":3,\"a\":3,\"b\":\"x\"}\n";

static inline void expect_on(spl_engine *engine, const char *query, const char *input, const char *want, int line)
{
    spl_error *err = NULL;
    char      *rows = check_query(engine, query, input, &err), *why = err ? spl_error_render(err, 0) : NULL;

    if (!rows || strcmp(rows, want) != 0)
        printf("line %d: %s\n", line, query);
    check_text(rows ? rows : why, want, query, __FILE__, line);
    spl_free(why);
    spl_error_free(err);
    free(rows);
}

static inline void refuse_on(spl_engine *engine, const char *query, spl_status status, const char *message, const char *hint, int line)
{
    spl_error *err = NULL;
    char      *rows = check_query(engine, query, events, &err);

    if (!check_claim(rows == NULL && spl_error_status(err) == status, query, __FILE__, line))
        printf("    status %d\n", spl_error_status(err));
    check_text(spl_error_message(err, 0), message, query, __FILE__, line);
    if (hint)
        check_text(spl_error_hint(err, 0), hint, query, __FILE__, line);
    spl_error_free(err);
    free(rows);
}

#define EXPECT(query, want) expect_on(engine, query, events, want, __LINE__)
#define REFUSE(query, status, message, hint) refuse_on(engine, query, status, message, hint, __LINE__)

static inline spl_cell number_cell(double number)
{
    spl_cell cell = { .kind = SPL_NUMBER, .decimals = SPL_EXACT, .number = number };
    return cell;
}

static inline spl_cell text_cell(const char *text)
{
    spl_cell cell = { .kind = SPL_TEXT, .text = text, .length = strlen(text) };
    return cell;
}

/* --- threads and memory --------------------------------------------------------------------------------- */

static inline char *run_file(spl_engine *engine, const char *text, const char *path, const char *workers)
{
    spl_query *query = NULL;
    spl_run   *run = NULL;
    char      *rows = NULL;
    spl_error *err = NULL;

    if (spl_compile(engine, text, SPL_NTS, &query, &err) >= 0 && spl_run_new(query, &run, &err) >= 0
        && spl_run_set(run, "threads", workers, &err) >= 0 && spl_run_open(run, path, NULL, &err) >= 0)
        rows = check_rows(engine, run, &err);
    spl_query_free(query);
    spl_run_free(run);
    spl_error_free(err);
    return rows;
}

/* Several blocks on several threads: the same bytes. `refused`: a query that must fail; NULL: none. */
static inline void check_threads(spl_engine *engine, const char *const *query, size_t queries, const char *refused)
{
    char  path[] = "/tmp/spl_host_XXXXXX";
    int   file = mkstemp(path);
    FILE *out = file < 0 ? NULL : fdopen(file, "w");

    if (!CHECK(out != NULL))
        return;
    for (int i = 0; i < 120000; i++)
        fprintf(out, "{\"_time\":%d,\"a\":%d,\"b\":\"%c\\n%d\"}\n", i, i, 'a' + i % 7, i % 3);
    fclose(out);
    for (size_t i = 0; i < queries; i++) {
        char *one = run_file(engine, query[i], path, "1"), *four = run_file(engine, query[i], path, "4");
        CHECK(one && *one);
        check_text(four, one, query[i], __FILE__, __LINE__);
        free(one);
        free(four);
    }
    if (refused)
        CHECK(run_file(engine, refused, path, "4") == NULL);
    unlink(path);
}

/* Every allocation fails once; neither ours nor, as `left` counts them, the host's may stay behind. */
static inline void check_allocations(spl_status (*add)(spl_engine *), const char *query, const char *input, const long *left)
{
    long failed = 0;

    for (long budget = 1; budget < 20000; budget++) {
        struct counter heap = { .budget = budget };
        spl_allocator  memory = counter_allocator(&heap);
        spl_engine    *engine = NULL;
        spl_error     *err = NULL;
        char          *rows = NULL;
        if (spl_engine_new(&memory, &engine) >= 0 && add(engine) >= 0)
            rows = check_query(engine, query, input, &err);
        spl_error_free(err);
        spl_engine_free(engine);
        if ((heap.blocks != 0 || *left != 0) && !CHECK(heap.blocks == 0 && *left == 0)) {
            printf("    %s, allocation %ld: %ld blocks left, %ld of the host's\n", query, budget, heap.blocks, *left);
            budget += 100;
        }
        failed += !rows;
        free(rows);
        if (rows && heap.calls < budget)
            break;
    }
    CHECK(failed > 50);
}
