/* Lifetimes, errors, options, push, callbacks, cancellation, host functions, memory that runs out. */
#include "check.h"

#include <pthread.h>

static const char events[] = "{\"_time\":1,\"a\":1,\"b\":\"x\"}\n{\"_time\":2,\"a\":2,\"b\":\"y\"}\n{\"_time\":3,\"a\":3,\"b\":\"x\"}\n";

static void any_order(void)
{
    struct counter counter = { .budget = -1 };
    spl_allocator  memory = counter_allocator(&counter);
    spl_engine    *engine;
    spl_query     *query;
    spl_run       *run;
    spl_batch     *rows = NULL;
    spl_cell       cell;
    spl_error     *err = NULL, *kept = NULL;

    CHECK(spl_engine_new(&memory, &engine) == SPL_OK);
    CHECK(spl_compile(engine, "| nosuch", SPL_NTS, &query, &kept) == SPL_FAIL_QUERY);
    CHECK(query == NULL);
    CHECK(spl_compile(engine, "table b a", SPL_NTS, &query, &err) == SPL_OK);
    CHECK(spl_run_new(query, &run, &err) == SPL_OK);
    spl_engine_free(engine);
    spl_query_free(query);
    CHECK(spl_run_push(run, "ndjson", events, strlen(events), &err) >= 0);
    CHECK(spl_run_end(run, &err) >= 0);
    CHECK(spl_run_next(run, &rows, &err) == SPL_BATCH);
    spl_run_free(run);
    if (rows) {
        CHECK(spl_batch_rows(rows) == 3);
        CHECK(spl_batch_columns(rows) == 2);
        CHECK_TEXT(spl_batch_name(rows, 0), "b");
        CHECK(spl_batch_name(rows, 2) == NULL);
        CHECK(spl_batch_find(rows, "a") == 1);
        CHECK(spl_batch_find(rows, "q") == SPL_NTS);
        CHECK(spl_batch_cell(rows, 1, 0, &cell) == SPL_OK && cell.kind == SPL_TEXT && cell.length == 1 && *cell.text == 'y');
        CHECK(spl_batch_cell(rows, 3, 0, &cell) == SPL_FAIL_MISUSE && cell.kind == SPL_NULL);
        double number = 0;
        CHECK(spl_batch_cell(rows, 2, 1, &cell) == SPL_OK && spl_cell_number(&cell, &number) && number == 3);
    }
    spl_batch_release(rows);
    CHECK(counter.blocks > 0);
    CHECK(spl_error_line(kept, 0) == 1 && spl_error_column(kept, 0) == 3);
    spl_error_free(kept);
    CHECK(counter.blocks == 0 && counter.bytes == 0);
}

static void errors(spl_engine *engine)
{
    spl_query *query;
    spl_error *err = NULL;
    char      *text;

    CHECK(spl_compile(engine, "stats count | wher a=1", SPL_NTS, &query, &err) == SPL_FAIL_QUERY);
    CHECK(spl_error_count(err) == 1);
    CHECK_TEXT(spl_error_code(err, 0), "unknown-command");
    CHECK_TEXT(spl_error_hint(err, 0), "did you mean 'where'?");
    CHECK(spl_error_offset(err, 0) == 14 && spl_error_length(err, 0) == 4);
    CHECK(spl_error_message(err, 1) == NULL);
    text = spl_error_render(err, SPL_JSON);
    CHECK(text && strncmp(text, "{\"severity\":\"error\",\"code\":\"unknown-command\"", 43) == 0);
    spl_free(text);
    spl_error_free(err);
    CHECK(spl_compile(engine, "stats count | wher a=1", SPL_NTS, &query, NULL) == SPL_FAIL_QUERY);
    CHECK(spl_error_count(NULL) == 0 && spl_error_status(NULL) == SPL_OK);
    spl_error_free(NULL);
    spl_free(NULL);
}

static void options(spl_engine *engine)
{
    spl_query *query;
    spl_run   *run;
    spl_error *err = NULL;
    size_t     count = 0;

    while (spl_options(count))
        count++;
    CHECK(count > 15);
    CHECK(spl_engine_set(engine, "batch.rowz", "3", &err) == SPL_FAIL_MISUSE);
    CHECK_TEXT(spl_error_hint(err, 0), "did you mean 'batch.rows'?");
    spl_error_free(err);
    CHECK(spl_engine_set(engine, "batch.rows", "three", NULL) == SPL_FAIL_MISUSE);
    CHECK(spl_engine_set(engine, "limit.memory", "64M", NULL) == SPL_OK);
    CHECK(spl_engine_set(engine, "limit.memory", "0", NULL) == SPL_OK);
    CHECK(spl_compile(engine, "head 1", SPL_NTS, &query, NULL) == SPL_OK);
    CHECK(spl_run_new(query, &run, NULL) == SPL_OK);
    CHECK(spl_run_set(run, "debug.rewrite", "off", NULL) == SPL_FAIL_MISUSE);
    CHECK(spl_run_set(run, "timezone", "Nowhere/Land", NULL) == SPL_OK);
    CHECK(spl_run_push(run, "ndjson", events, strlen(events), &err) == SPL_FAIL_MISUSE);
    CHECK_TEXT(spl_error_message(err, 0), "no time zone named 'Nowhere/Land'");
    spl_error_free(err);
    CHECK(spl_run_set(run, "timezone", "UTC", NULL) < 0);       /* it has failed: that sticks */
    spl_run_free(run);
    CHECK(spl_run_new(query, &run, NULL) == SPL_OK);
    CHECK(spl_run_push(run, "ndjson", events, 10, NULL) >= 0);
    CHECK(spl_run_set(run, "timezone", "UTC", NULL) == SPL_FAIL_MISUSE);
    spl_run_free(run);
    spl_query_free(query);
    CHECK(spl_has("command:stats") && spl_has("function:UPPER") && !spl_has("command:nosuch") && !spl_has(NULL)
          && !spl_has("nonsense") && spl_has("format:json") && spl_has("option:limit.memory"));
    CHECK(spl_version() == SPL_VERSION);
}

struct sink {
    spl_run   *run;
    long       rows;
    spl_status inside;
    int32_t    answer;
};

static int32_t deliver(void *host, spl_batch *rows)
{
    struct sink *sink = host;

    sink->rows += (long)spl_batch_rows(rows);
    sink->inside = spl_run_end(sink->run, NULL);
    return sink->answer;
}

static void callbacks(spl_engine *engine)
{
    struct sink sink = { NULL, 0, SPL_OK, 0 };
    spl_query  *query;
    spl_batch  *rows;
    spl_error  *err = NULL;

    CHECK(spl_compile(engine, "fields a b", SPL_NTS, &query, NULL) == SPL_OK);
    CHECK(spl_run_new(query, &sink.run, NULL) == SPL_OK);
    CHECK(spl_run_deliver(sink.run, deliver, &sink, NULL) == SPL_OK);
    for (size_t i = 0; events[i]; i++)
        CHECK(spl_run_push(sink.run, "ndjson", events + i, 1, NULL) >= 0);
    CHECK(spl_run_end(sink.run, NULL) >= 0);
    CHECK(spl_run_next(sink.run, &rows, NULL) == SPL_DONE);
    CHECK(sink.rows == 3 && sink.inside == SPL_FAIL_MISUSE);
    spl_run_free(sink.run);

    sink.answer = -1;
    CHECK(spl_run_new(query, &sink.run, NULL) == SPL_OK);
    CHECK(spl_run_deliver(sink.run, deliver, &sink, NULL) == SPL_OK);
    spl_run_push(sink.run, "ndjson", events, strlen(events), NULL);
    CHECK(spl_run_end(sink.run, &err) == SPL_FAIL_HOST);
    CHECK(spl_error_status(err) == SPL_FAIL_HOST && spl_error_line(err, 0) == 0);
    spl_error_free(err);
    spl_run_free(sink.run);
    spl_query_free(query);
}

static void *cancel(void *run)
{
    spl_run_cancel(run);
    return NULL;
}

static void cancelling(spl_engine *engine)
{
    spl_query *query;
    spl_run   *run;
    spl_batch *rows;
    pthread_t  thread;

    CHECK(spl_compile(engine, "stats count", SPL_NTS, &query, NULL) == SPL_OK);
    CHECK(spl_run_new(query, &run, NULL) == SPL_OK);
    CHECK(spl_run_push(run, "ndjson", events, strlen(events), NULL) >= 0);
    CHECK(pthread_create(&thread, NULL, cancel, run) == 0);
    pthread_join(thread, NULL);
    spl_run_end(run, NULL);
    CHECK(spl_run_next(run, &rows, NULL) == SPL_FAIL_CANCELLED);
    CHECK(spl_run_next(run, &rows, NULL) == SPL_FAIL_CANCELLED);
    spl_run_free(run);
    CHECK(spl_run_new(query, &run, NULL) == SPL_OK);
    spl_run_cancel(run);
    spl_run_free(run);
    spl_query_free(query);
}

static void *count_rows(void *query)
{
    spl_run   *run;
    spl_batch *rows;
    size_t     count = 0;

    spl_run_new(query, &run, NULL);
    spl_run_push(run, "ndjson", events, strlen(events), NULL);
    spl_run_end(run, NULL);
    while (spl_run_next(run, &rows, NULL) == SPL_BATCH) {
        count += spl_batch_rows(rows);
        spl_batch_release(rows);
    }
    spl_run_free(run);
    return (void *)count;
}

static void sharing(spl_engine *engine)
{
    spl_query *query;
    pthread_t  thread[4];
    void      *count;

    CHECK(spl_compile(engine, "eval c=upper(b).a | stats count by c", SPL_NTS, &query, NULL) == SPL_OK);
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&thread[i], NULL, count_rows, query) == 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], &count);
        CHECK((size_t)count == 3);
    }
    spl_query_free(query);
}

/* --- what the host adds -------------------------------------------------------------------------------------------- */

static int dropped;

static void drop(void *host)
{
    dropped += host == &dropped;
}

static spl_status twice(spl_call *call, void *host, const spl_cell *arg, size_t args, spl_cell *out)
{
    double number;

    (void)host;
    (void)args;
    if (!spl_cell_number(arg, &number))
        return spl_call_fail(call, "no number");
    out->kind = SPL_NUMBER;
    out->number = 2 * number;
    return SPL_OK;
}

static void additions(void)
{
    spl_function function;
    spl_engine  *engine;
    spl_query   *old;
    spl_error   *err = NULL;
    char        *rows;

    memset(&function, 0, sizeof function);
    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    CHECK(spl_engine_add_function(engine, &function, NULL) == SPL_FAIL_MISUSE);
    function = (spl_function){ .size = sizeof function, .name = "twice", .least = 1, .most = 1, .flags = SPL_NULL_IN_NULL_OUT,
                               .row = twice, .host = &dropped, .drop = drop };
    CHECK(spl_engine_add_function(engine, &function, NULL) == SPL_OK);
    CHECK(spl_engine_has(engine, "function:twice") && !spl_has("function:twice"));
    rows = check_query(engine, "eval c=twice(a), d=twice(q) | table c d", events, &err);
    CHECK_TEXT(rows, "{\"c\":2}\n{\"c\":4}\n{\"c\":6}\n");
    free(rows);
    CHECK(check_query(engine, "eval c=twice(b)", events, &err) == NULL);
    CHECK(spl_error_status(err) == SPL_FAIL_HOST);
    CHECK_TEXT(spl_error_message(err, 0), "twice() failed: no number");
    spl_error_free(err);
    err = NULL;

    CHECK(spl_engine_add_macro(engine, "big(n)", "a>$n$", NULL) == SPL_OK);
    CHECK(spl_compile(engine, "where `big(1)`", SPL_NTS, &old, NULL) == SPL_OK);
    CHECK(spl_engine_add_macro(engine, "big(n)", "a>$n$*2", NULL) == SPL_OK);
    rows = check_query(engine, "where `big(1)` | table a", events, &err);
    CHECK_TEXT(rows, "{\"a\":3}\n");
    free(rows);
    CHECK(count_rows(old) == (void *)2);
    spl_query_free(old);
    CHECK(spl_engine_add_macro(engine, "bad(", "x", NULL) == SPL_FAIL_MISUSE);

    CHECK(spl_engine_define(engine, SPL_EVENTTYPE, "big", "a>2", NULL) == SPL_OK);
    CHECK(spl_compile(engine, "search eventtype=big", SPL_NTS, &old, NULL) == SPL_OK);
    CHECK(spl_engine_define(engine, SPL_EVENTTYPE, "big", "a>1", NULL) == SPL_OK);
    CHECK(spl_engine_define(engine, SPL_TAG, "seen", "eventtype=big", NULL) == SPL_OK);
    rows = check_query(engine, "search tag=seen | table a", events, &err);
    CHECK_TEXT(rows, "{\"a\":2}\n{\"a\":3}\n");
    free(rows);
    CHECK(count_rows(old) == (void *)1);
    spl_query_free(old);
    CHECK(spl_engine_define(engine, SPL_TAG, "seen", "nothing", NULL) == SPL_FAIL_MISUSE);
    CHECK(spl_engine_define(engine, SPL_SAVED_SEARCH, " ", "x", NULL) == SPL_FAIL_MISUSE);
    CHECK(spl_engine_define(engine, SPL_MACRO_MESSAGE, "nosuch", "x", NULL) == SPL_FAIL_MISUSE);
    CHECK(spl_engine_define(engine, 99, "x", "x", NULL) == SPL_FAIL_MISUSE);

    CHECK(spl_engine_add_list(engine, "xs", " x , z", NULL) == SPL_OK);
    rows = check_query(engine, "search b IN xs | table a", events, &err);
    CHECK(rows || err);
    free(rows);
    spl_error_free(err);
    CHECK(spl_engine_add_list_file(engine, "xs", "/nonexistent", NULL) == SPL_FAIL_IO);
    spl_engine_free(engine);
    CHECK(dropped == 1);
}

/* Every allocation of a whole query fails once: an error each time, and nothing is left over. */
static void faults(void)
{
    static const char *const queries[] = {
        "search b=x | eval c=upper(b).\"!\" | stats count values(a) by c", "rex field=b \"(?<z>.)\" | sort - a | head 2 | table z a",
    };
    long failed = 0;

    for (size_t q = 0; q < sizeof queries / sizeof queries[0]; q++)
        for (long budget = 1; budget < 20000; budget++) {
            struct counter counter = { .budget = budget };
            spl_allocator  memory = counter_allocator(&counter);
            spl_engine    *engine = NULL;
            spl_error     *err = NULL;
            char          *rows = NULL;
            if (spl_engine_new(&memory, &engine) >= 0)
                rows = check_query(engine, queries[q], events, &err);
            spl_error_free(err);
            spl_engine_free(engine);
            failed += !rows;
            if (counter.blocks != 0 && !CHECK(counter.blocks == 0)) {
                printf("    query %zu, allocation %ld: %ld blocks left\n", q, budget, counter.blocks);
                budget += 100;
            }
            if (rows && counter.calls < budget) {
                free(rows);
                break;
            }
            free(rows);
        }
    CHECK(failed > 50);
}

int main(void)
{
    spl_engine *engine;

    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    any_order();
    errors(engine);
    options(engine);
    callbacks(engine);
    cancelling(engine);
    sharing(engine);
    spl_engine_free(engine);
    additions();
    faults();
    return check_done();
}
