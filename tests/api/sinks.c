/* The host's sink: what it is told and when, on which thread, what becomes of failures; nothing is finished that did not
 * succeed. */
#include "host.h"

#include <pthread.h>

struct witness {
    char      log[4000];            /* what was called */
    size_t    rows;
    pthread_t thread;
    int       foreign;              /* calls on other threads */
    long      open;                 /* streams begun and not closed */
    int       drops;
    char      fail;                 /* 'b', 'w', 'f': begin, write, finish fails */
    size_t    fail_at;              /* write: from that row on */
    spl_run  *cancels, *reenters;
    int       forgets;              /* retains no batch */
    spl_batch *kept;
};

struct stream {
    struct witness *witness;
    char            index[40];
    int             table;
    size_t          rows;
};

static void note(struct witness *witness, const char *what, const char *index)
{
    size_t size = strlen(witness->log);

    snprintf(witness->log + size, sizeof witness->log - size, "%s %s\n", what, index);
    witness->foreign += !pthread_equal(witness->thread, pthread_self());
}

static spl_status begin(spl_call *call, void *host, const spl_target *target, void **state)
{
    struct witness *witness = host;
    struct stream  *stream = spl_call_memory(call, sizeof *stream);

    note(witness, "begin", target->table ? target->table : target->index);
    CHECK(target->size == sizeof *target);
    CHECK(target->table ? target->store == SPL_TABLE && strcmp(target->command, "outputlookup") == 0
                        : target->store == SPL_EVENTS && strcmp(target->command, "collect") == 0);
    if (!stream)
        return spl_call_fail(call, "no memory");
    if (witness->fail == 'b')
        return spl_call_fail(call, "the index is full");
    *stream = (struct stream){ .witness = witness };
    snprintf(stream->index, sizeof stream->index, "%s", target->table ? target->table : target->index);
    stream->table = target->table != NULL;
    *state = stream;
    witness->open++;
    return SPL_OK;
}

static spl_status write_rows(spl_call *call, void *host, void *state, const spl_batch *rows)
{
    struct witness *witness = host;
    struct stream  *stream = state;
    spl_batch      *out;

    witness->foreign += !pthread_equal(witness->thread, pthread_self());
    CHECK(stream->witness == witness && spl_batch_rows(rows) > 0);
    CHECK(stream->table || spl_batch_find(rows, "_time") == 0);
    stream->rows += spl_batch_rows(rows);
    witness->rows += spl_batch_rows(rows);
    if (!witness->kept && !witness->forgets) {
        witness->kept = (spl_batch *)rows;
        spl_batch_retain(witness->kept);
    }
    if (witness->cancels)
        spl_run_cancel(witness->cancels);
    if (witness->reenters)
        CHECK(spl_run_next(witness->reenters, &out, NULL) == SPL_FAIL_MISUSE);
    if (witness->fail == 'w' && witness->rows >= witness->fail_at)
        return spl_call_fail(call, "the disk is full");
    return SPL_OK;
}

static spl_status finish(spl_call *call, void *host, void *state)
{
    struct stream *stream = state;

    note(host, "finish", stream->index);
    CHECK(spl_call_now(call) > 0);
    return ((struct witness *)host)->fail == 'f' ? spl_call_fail(call, "the disk is full") : SPL_OK;
}

static void close_stream(void *host, void *state)
{
    struct stream *stream = state;

    note(host, "close", stream->index);
    ((struct witness *)host)->open--;
}

static void drop(void *host)
{
    ((struct witness *)host)->drops++;
}

static spl_engine *engine_with(struct witness *witness, const spl_allocator *memory)
{
    spl_engine *engine = NULL;
    spl_sink    sink = { .size = sizeof sink, .stores = SPL_EVENTS | SPL_TABLE, .begin = begin, .write = write_rows,
                         .finish = finish, .close = close_stream, .host = witness, .drop = drop };

    witness->thread = pthread_self();
    if (spl_engine_new(memory, &engine) < 0)
        return NULL;
    if (spl_engine_set_sink(engine, &sink, NULL) >= 0)
        return engine;
    spl_engine_free(engine);
    return NULL;
}

/* --- what is called ------------------------------------------------------------------------------------------------ */

static void expect_log(const char *query, const char *rows, const char *log, int line)
{
    struct witness witness = { 0 };
    spl_engine    *engine = engine_with(&witness, NULL);

    expect_on(engine, query, events, rows, line);
    check_text(witness.log, log, query, __FILE__, line);
    CHECK(witness.open == 0 && witness.foreign == 0);
    spl_batch_release(witness.kept);
    CHECK(witness.drops == 0);
    spl_engine_free(engine);
    CHECK(witness.drops == 1);
}

#define LOGS(query, rows, log) expect_log(query, rows, log, __LINE__)

static void check_order(void)
{
    LOGS("collect index=a | stats count", "{\"count\":3}\n", "begin a\nfinish a\nclose a\n");
    LOGS("collect index=a | collect index=b | head 1 | table a", "{\"a\":1}\n",
         "begin a\nbegin b\nfinish a\nclose a\nfinish b\nclose b\n");
    LOGS("where a>[search a<3 | collect index=t | stats count | return $count] | collect index=u | table a", "{\"a\":3}\n",
         "begin t\nbegin u\nfinish t\nclose t\nfinish u\nclose u\n");
    LOGS("append [search a=2 | collect index=r] | appendpipe [collect index=f] | stats count", "{\"count\":8}\n",
         "begin r\nbegin f\nfinish r\nclose r\nfinish f\nclose f\n");
    LOGS("collect testmode=t | stats count", "{\"count\":3}\n", "");
    LOGS("where a>5 | collect index=a", "", "begin a\nfinish a\nclose a\n");
    LOGS("outputlookup t | append [outputlookup u | stats count | collect index=a] | head 1 | table b", "{\"b\":\"x\"}\n",
         "begin u\nbegin a\nbegin t\nfinish u\nclose u\nfinish a\nclose a\nfinish t\nclose t\n");
    LOGS("mcollect index=m split=t b | stats count", "{\"count\":3}\n", "");
}

/* --- failures ------------------------------------------------------------------------------------------------------ */

static void expect_failure(char fail, size_t at, const char *query, const char *message, const char *log, int line)
{
    struct witness witness = { .fail = fail, .fail_at = at };
    spl_engine    *engine = engine_with(&witness, NULL);
    spl_error     *err = NULL;
    char          *rows = check_query(engine, query, events, &err);

    check_claim(rows == NULL && spl_error_status(err) == SPL_FAIL_HOST, query, __FILE__, line);
    check_text(spl_error_code(err, 0), "sink-failed", query, __FILE__, line);
    check_text(spl_error_message(err, 0), message, query, __FILE__, line);
    check_text(witness.log, log, query, __FILE__, line);
    CHECK(witness.open == 0);
    spl_batch_release(witness.kept);
    spl_error_free(err);
    spl_engine_free(engine);
    free(rows);
}

static void check_failures(void)
{
    expect_failure('b', 0, "collect index=a", "collect failed: the index is full", "begin a\n", __LINE__);
    expect_failure('w', 1, "collect index=a | stats count", "collect failed: the disk is full", "begin a\nclose a\n", __LINE__);
    expect_failure('f', 0, "collect index=a | collect index=b", "collect failed: the disk is full",
                   "begin a\nbegin b\nfinish a\nclose a\nclose b\n", __LINE__);
    expect_failure('w', 2, "where a=[search a=1 | collect index=t | return $a] | collect index=u",
                   "collect failed: the disk is full", "begin t\nbegin u\nclose t\nclose u\n", __LINE__);
    expect_failure('w', 1, "append [search a=1 | collect index=t]", "collect failed: the disk is full",
                   "begin t\nclose t\n", __LINE__);
    expect_failure('f', 0, "append [search a=1 | collect index=t]", "collect failed: the disk is full",
                   "begin t\nfinish t\nclose t\n", __LINE__);
    expect_failure('w', 1, "outputlookup t | stats count", "outputlookup failed: the disk is full", "begin t\nclose t\n",
                   __LINE__);
    expect_failure('w', 1, "appendpipe [collect index=t] | head 1", "collect failed: the disk is full",
                   "begin t\nclose t\n", __LINE__);
}

/* A run that is cancelled, fails of itself, or is given up: closed, not finished. */
static void check_unfinished(void)
{
    struct witness witness = { 0 };
    spl_engine    *engine = engine_with(&witness, NULL);
    spl_query     *query = NULL;
    spl_run       *run = NULL;
    spl_batch     *rows;
    spl_error     *err = NULL;

    CHECK(spl_compile(engine, "collect index=a", SPL_NTS, &query, NULL) == SPL_OK && !spl_query_warnings(query));
    CHECK(spl_run_new(query, &run, NULL) == SPL_OK);
    witness.cancels = run;
    CHECK(spl_run_push(run, "ndjson", events, sizeof events - 1, NULL) >= 0 || witness.rows == 3);
    CHECK(spl_run_end(run, NULL) >= -6);
    CHECK(spl_run_next(run, &rows, &err) == SPL_FAIL_CANCELLED);
    spl_error_free(err);
    spl_run_free(run);
    CHECK_TEXT(witness.log, "begin a\nclose a\n");

    *witness.log = 0;
    witness.cancels = NULL;
    CHECK(spl_run_new(query, &run, NULL) == SPL_OK && spl_run_set(run, "limit.rows", "2", NULL) == SPL_OK);
    spl_run_push(run, "ndjson", events, sizeof events - 1, NULL);
    spl_run_end(run, NULL);
    CHECK(spl_run_next(run, &rows, NULL) == SPL_BATCH);
    spl_batch_release(rows);
    CHECK(spl_run_next(run, &rows, NULL) == SPL_FAIL_LIMIT && spl_run_next(run, &rows, NULL) == SPL_FAIL_LIMIT);
    spl_run_free(run);
    CHECK_TEXT(witness.log, "begin a\nclose a\n");

    *witness.log = 0;
    CHECK(spl_run_new(query, &run, NULL) == SPL_OK);
    witness.reenters = run;
    CHECK(spl_run_push(run, "ndjson", events, sizeof events - 1, NULL) >= 0 && spl_run_end(run, NULL) >= 0);
    CHECK(spl_run_next(run, &rows, NULL) == SPL_BATCH);         /* and no more is asked for */
    spl_batch_release(rows);
    spl_run_free(run);
    CHECK_TEXT(witness.log, "begin a\nclose a\n");
    CHECK(spl_batch_rows(witness.kept) == 3 && witness.open == 0);
    spl_batch_release(witness.kept);
    spl_query_free(query);
    spl_engine_free(engine);
}

/* --- versions, definitions ----------------------------------------------------------------------------------------- */

static void check_definitions(void)
{
    struct witness one = { 0 }, two = { 0 };
    spl_engine    *engine = engine_with(&one, NULL);
    spl_sink       sink = { .size = sizeof sink, .stores = SPL_EVENTS | SPL_METRICS, .write = write_rows, .host = &two };
    spl_query     *old = NULL, *metrics = NULL;
    spl_run       *run = NULL;
    spl_batch     *rows;
    spl_sink       odd = sink;

    odd.size--;
    CHECK(spl_engine_set_sink(engine, &odd, NULL) == SPL_FAIL_MISUSE);
    odd = sink;
    odd.stores = 0;
    CHECK(spl_engine_set_sink(engine, &odd, NULL) == SPL_FAIL_MISUSE);
    odd.stores = 16;
    CHECK(spl_engine_set_sink(engine, &odd, NULL) == SPL_FAIL_MISUSE);
    odd = sink;
    odd.write = NULL;
    CHECK(spl_engine_set_sink(engine, &odd, NULL) == SPL_FAIL_MISUSE);

    CHECK(spl_compile(engine, "collect index=a", SPL_NTS, &old, NULL) == SPL_OK);
    CHECK(spl_compile(engine, "outputcsv m", SPL_NTS, &metrics, NULL) == SPL_FAIL_QUERY);
    CHECK(spl_compile(engine, "mcollect index=m", SPL_NTS, &metrics, NULL) == SPL_OK);
    CHECK_TEXT(spl_error_code(spl_query_warnings(metrics), 0), "no-sink");
    spl_query_free(metrics);
    CHECK(spl_engine_set_sink(engine, &sink, NULL) == SPL_OK);
    CHECK(spl_compile(engine, "mcollect index=m", SPL_NTS, &metrics, NULL) == SPL_OK && !spl_query_warnings(metrics));
    spl_query_free(metrics);
    CHECK(spl_run_new(old, &run, NULL) == SPL_OK && spl_run_end(run, NULL) >= 0);
    CHECK(spl_run_next(run, &rows, NULL) == SPL_DONE && spl_run_next(run, &rows, NULL) == SPL_DONE);
    CHECK_TEXT(one.log, "begin a\nfinish a\nclose a\n");
    spl_run_free(run);
    spl_query_free(old);
    spl_engine_free(engine);
    CHECK(one.drops == 1);
}

/* --- halves, rules, threads ---------------------------------------------------------------------------------------- */

static void check_split(void)
{
    struct witness witness = { 0 };
    spl_engine    *engine = engine_with(&witness, NULL);
    spl_query     *query = NULL, *map = NULL, *merge = NULL, *reduce = NULL;
    char          *text;

    CHECK(spl_compile(engine, "search a=* | collect index=a | stats count", SPL_NTS, &query, NULL) == SPL_OK);
    CHECK(spl_query_split(query, &map, &merge, &reduce, NULL) == SPL_OK && map && !merge);
    text = spl_query_show(map, SPL_SHOW_TEXT);
    CHECK(text && !strstr(text, "collect"));
    spl_free(text);
    text = spl_query_show(reduce, SPL_SHOW_TEXT);
    CHECK(text && strstr(text, "collect"));
    spl_free(text);
    spl_query_free(map);
    spl_query_free(reduce);
    spl_query_free(query);
    spl_engine_free(engine);
}

static int32_t count_rows(void *host, const spl_rule *rule, spl_batch *rows)
{
    (void)rule;
    *(size_t *)host += spl_batch_rows(rows);
    return 0;
}

/* Detections that end in collect: alerts come, and what they write, too. */
static void check_rules(char fail)
{
    struct witness witness = { .fail = fail };
    spl_engine    *engine = engine_with(&witness, NULL);
    spl_rules     *rules = NULL;
    spl_watch     *watch = NULL;
    size_t         rows = 0;

    CHECK(spl_rules_new(engine, &rules, NULL) == SPL_OK);
    CHECK(spl_rules_add(rules, "one", "One", "search a>1 | collect index=alerts", SPL_NTS, NULL) >= 0);
    CHECK(spl_rules_add(rules, "two", "Two", "stats count | collect index=counts", SPL_NTS, NULL) >= 0);
    CHECK(spl_watch_new(rules, count_rows, &rows, &watch, NULL) == SPL_OK);
    CHECK(spl_watch_push(watch, "ndjson", events, sizeof events - 1, NULL) == SPL_OK);
    CHECK(!strstr(witness.log, "finish") || fail);
    CHECK(spl_watch_end(watch, NULL) == SPL_OK);
    CHECK(fail ? rows == 0 : rows == 3);
    CHECK(spl_watch_failure(watch, 0, NULL) == (fail ? SPL_FAIL_HOST : SPL_OK));
    if (!fail)
        CHECK_TEXT(witness.log, "begin alerts\nbegin counts\nfinish alerts\nclose alerts\nfinish counts\nclose counts\n");
    spl_watch_free(watch);
    spl_rules_free(rules);
    CHECK(witness.open == 0 && witness.foreign == 0);
    spl_batch_release(witness.kept);
    spl_engine_free(engine);
}

static void check_thread(const char *query)
{
    struct witness witness = { 0 };
    spl_engine    *engine = engine_with(&witness, NULL);
    char           path[] = "/tmp/spl_sinks_XXXXXX";
    int            file = mkstemp(path);
    FILE          *out = file < 0 ? NULL : fdopen(file, "w");
    char          *rows;

    if (!CHECK(out != NULL))
        return;
    for (int i = 0; i < 60000; i++)
        fprintf(out, "{\"_time\":%d,\"a\":%d,\"b\":\"%c\\n%d\"}\n", i, i, 'a' + i % 7, i % 3);
    fclose(out);
    rows = run_file(engine, query, path, "4");
    CHECK(rows && witness.rows >= 60000 / 7 && witness.foreign == 0 && witness.open == 0);
    spl_batch_release(witness.kept);
    spl_engine_free(engine);
    unlink(path);
    free(rows);
}

/* --- memory -------------------------------------------------------------------------------------------------------- */

static struct witness leaky;

static spl_status add_leaky(spl_engine *engine)
{
    spl_sink sink = { .size = sizeof sink, .stores = SPL_EVENTS | SPL_TABLE, .begin = begin, .write = write_rows,
                      .finish = finish, .close = close_stream, .host = &leaky };

    leaky.thread = pthread_self();
    leaky.forgets = 1;
    *leaky.log = 0;
    return spl_engine_set_sink(engine, &sink, NULL);
}

int main(void)
{
    static const char *const queries[] = {
        "sistats count avg(a) BY b | collect index=s marker=\"m=1, n=\\\"x y\\\"\" host=h timeformat=%F",
        "collect index=a uselb=f output_format=raw | append [collect index=b testmode=t] | collect output_format=raw",
        "eval a=mvappend(a, b), x=[search a=1 | collect index=t file=$random$ | return $a] | fields - _raw | collect index=u",
        "stats list(a) AS n values(b) BY b | outputlookup key_field=b max=1 t | append [outputlookup u | head 1] | outputlookup v",
    };

    check_order();
    check_failures();
    check_unfinished();
    check_definitions();
    check_split();
    check_rules(0);
    check_rules('w');
    check_thread("collect index=a | stats count BY b");
    check_thread("stats count BY a b | collect index=a | sort a | head 5");
    check_thread("search a!=5 | appendpipe [stats sum(a) BY a | collect index=f] | stats count");
    check_thread("outputlookup t | stats count BY b");
    check_thread("append [search a=* | sort 0 - a | collect index=r | head 1] | stats count");
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
        check_allocations(add_leaky, queries[i], events, &leaky.open);
    return check_done();
}
