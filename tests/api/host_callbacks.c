/* The rules of callbacks of commands: failures, what they may do to the run they are called in, when they are dropped; threads,
 * and allocations that fail. */
#include "host_words.h"

static spl_run *current;

/* bad <what>: a failure of some sort. */
static spl_status bad_push(spl_call *call, void *host, void *state, const spl_batch *batch)
{
    static const char *const names[] = { "x", "" };
    spl_cell                 what, cell = number_cell(1);
    spl_batch               *rows;
    char                     is;

    (void)state;
    spl_call_argument(call, "what", &what);
    is = *what.text;
    if (is == 'm')
        return spl_call_fail(call, "because");
    if (is == 's')
        return SPL_FAIL_HOST;
    if (is == 'k')
        spl_batch_retain(*(spl_batch **)host = (spl_batch *)batch);
    if (is == 'c') {
        cell.kind = 77;
        spl_emit_row(call, names, &cell, 1);
    }
    if (is == 'n')
        spl_emit_row(call, names + 1, &cell, 1);
    if (is == 'r') {
        CHECK(spl_run_next(current, &rows, NULL) == SPL_FAIL_MISUSE);
        CHECK(spl_run_push(current, NULL, "", 0, NULL) == SPL_FAIL_MISUSE);
        CHECK(spl_run_end(current, NULL) == SPL_FAIL_MISUSE);
        spl_run_cancel(current);
    }
    return spl_emit_batch(call, batch, NULL, NULL, NULL, 0);
}

static spl_status bad_open(spl_call *call, void *host, void **state)
{
    spl_cell what;

    (void)host;
    (void)state;
    spl_call_argument(call, "what", &what);
    return *what.text == 'o' ? spl_call_fail(call, "not today") : SPL_OK;
}

static void failures(spl_engine *engine)
{
    static spl_batch *kept;
    spl_command       bad = { .size = sizeof bad, .name = "bad", .usage = "bad <what:text>", .kind = SPL_STREAMING, .host = &kept,
                              .open = bad_open, .push = bad_push };
    spl_query        *query;
    spl_batch        *rows;

    CHECK(spl_engine_add_command(engine, &bad, NULL) == SPL_OK);
    REFUSE("bad m", SPL_FAIL_HOST, "bad failed: because", NULL);
    REFUSE("bad s | stats count", SPL_FAIL_HOST, "bad failed: it did not say why", NULL);
    REFUSE("bad o", SPL_FAIL_HOST, "bad failed: not today", NULL);
    REFUSE("bad c", SPL_FAIL_HOST, "bad: it emitted a cell that is no value", NULL);
    REFUSE("bad n", SPL_FAIL_HOST, "bad: it emitted a field without a name", NULL);
    REFUSE("bad x | bad m", SPL_FAIL_HOST, "bad failed: because", NULL);
    REFUSE("bad k", SPL_FAIL_HOST, "bad failed: a streaming command may not keep its batches", NULL);
    spl_batch_release(kept);
    CHECK(spl_compile(engine, "bad r", SPL_NTS, &query, NULL) == SPL_OK);
    CHECK(spl_run_new(query, &current, NULL) == SPL_OK);
    CHECK(spl_run_push(current, "ndjson", events, strlen(events), NULL) >= 0);
    spl_run_end(current, NULL);
    CHECK(spl_run_next(current, &rows, NULL) == SPL_FAIL_CANCELLED);
    spl_run_free(current);
    spl_query_free(query);
}

/* A command that does something outside sees all its rows; one that keeps a batch may do so beyond its run. */
static spl_status effect_push(spl_call *call, void *host, void *state, const spl_batch *batch)
{
    static const char *const name = "n";
    spl_cell                 cell = number_cell(1);

    (void)state;
    *(long *)host += (long)spl_batch_rows(batch);
    return spl_emit_row(call, &name, &cell, 1);
}

static spl_status keep_push(spl_call *call, void *host, void *state, const spl_batch *batch)
{
    (void)state;
    if (!*(spl_batch **)host)
        spl_batch_retain(*(spl_batch **)host = (spl_batch *)batch);
    return spl_emit_batch(call, batch, NULL, NULL, NULL, 0);
}

static void effects(spl_engine *engine)
{
    static long       seen;
    static spl_batch *kept;
    spl_command       effect = { .size = sizeof effect, .name = "effect", .kind = SPL_STREAMING, .flags = SPL_EFFECT, .host = &seen,
                                 .push = effect_push };
    spl_command       keep = { .size = sizeof keep, .name = "keep", .kind = SPL_STATEFUL, .host = &kept, .push = keep_push };
    spl_cell          cell;

    CHECK(spl_engine_add_command(engine, &effect, NULL) == SPL_OK);
    CHECK(spl_engine_add_command(engine, &keep, NULL) == SPL_OK);
    CHECK(spl_engine_set(engine, "batch.rows", "1", NULL) == SPL_OK);
    EXPECT("effect | head 1", "{\"n\":1}\n");
    CHECK(seen == 3);
    CHECK(spl_engine_set(engine, "batch.rows", "4096", NULL) == SPL_OK);
    EXPECT("where a>1 | keep | mark b | table a b mark",
           "{\"a\":2,\"b\":\"y\",\"mark\":\"!y\"}\n{\"a\":3,\"b\":\"x\",\"mark\":\"!x\"}\n");
    CHECK(kept && spl_batch_rows(kept) == 2);
    CHECK(kept && spl_batch_cell(kept, 1, spl_batch_find(kept, "b"), &cell) == SPL_OK && cell.length == 1 && *cell.text == 'x');
    spl_batch_release(kept);
}

static int32_t found(void *host, const spl_rule *rule, spl_batch *batch)
{
    CHECK(spl_watch_end(*(spl_watch **)host, NULL) == SPL_FAIL_MISUSE);
    CHECK(spl_batch_rows(batch) > 0 && rule != NULL);
    return 0;
}

static void watches(spl_engine *engine)
{
    static spl_watch *watch;
    spl_rules        *rules;

    CHECK(spl_rules_new(engine, &rules, NULL) == SPL_OK);
    CHECK(spl_rules_add(rules, "one", NULL, "mark b | counter", SPL_NTS, NULL) == SPL_OK);
    CHECK(spl_rules_add(rules, "two", NULL, "where a=2 | mark b | backwards", SPL_NTS, NULL) == SPL_OK);
    CHECK(spl_watch_new(rules, found, &watch, &watch, NULL) == SPL_OK);
    CHECK(spl_watch_push(watch, "ndjson", events, strlen(events), NULL) == SPL_OK);
    CHECK(spl_watch_end(watch, NULL) == SPL_OK);
    CHECK(spl_watch_rows(watch, 0) == 4 && spl_watch_rows(watch, 1) == 1);
    spl_watch_free(watch);
    spl_rules_free(rules);
}

static int drops;

static void drop(void *host)
{
    drops += host == &drops;
}

/* A word replaced stays with the queries that were compiled with it; each is dropped once. */
static void versions(void)
{
    spl_command word = { .size = sizeof word, .name = "word", .kind = SPL_GENERATING, .finish = numbers_finish, .usage = "word [<count=1>]",
                         .host = &drops, .drop = drop };
    spl_engine *engine;
    spl_query  *old, *newer;
    spl_run    *run;
    char       *rows;

    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    CHECK(spl_engine_add_command(engine, &word, NULL) == SPL_OK);
    CHECK(spl_compile(engine, "| word | table n", SPL_NTS, &old, NULL) == SPL_OK);
    word.usage = "word";
    CHECK(spl_engine_add_command(engine, &word, NULL) == SPL_OK);
    CHECK(spl_compile(engine, "| word 1", SPL_NTS, &newer, NULL) == SPL_FAIL_QUERY);
    CHECK(spl_run_new(old, &run, NULL) == SPL_OK);
    rows = check_rows(engine, run, NULL);
    CHECK_TEXT(rows, "{\"n\":1}\n");
    free(rows);
    spl_query_free(old);
    spl_engine_free(engine);
    CHECK(drops == 0);
    spl_run_free(run);
    CHECK(drops == 2);
}

/* --- threads and memory --------------------------------------------------------------------------------- */

static void threaded(spl_engine *engine)
{
    static const char *const queries[] = {
        "mark b text=\"<\" | where a%5000=0 | table a mark", "mark b | stats count list(a) min(mark) by b",
        "counter | where a%9000=7 | table n a", "mark b | tallied", "backwards | mark b | table a b mark", "backwards | stats list(a) by b",
        "mark b | bad x | head 3 | table a",
    };

    check_threads(engine, queries, sizeof queries / sizeof queries[0], "bad m | stats count");
}

int main(void)
{
    spl_engine *engine;
    long        left = 0;

    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    CHECK(add_given(engine) == SPL_OK);
    failures(engine);
    effects(engine);
    watches(engine);
    versions();
    threaded(engine);
    spl_engine_free(engine);
    check_allocations(add_given, "mark b | counter | stats min(mark) max(n) by b", events, &left);
    check_allocations(add_given, "| numbers 3 | backwards | table n list", NULL, &left);
    return check_done();
}
