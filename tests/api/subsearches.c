/* Queries with subsearches through the library's door: inputs that come in every way and are read more than once, cancelling,
 * limits, threads, rule sets. */
#include "check.h"

#include <pthread.h>
#include <unistd.h>

static const char events[] = "{\"host\":\"a\",\"n\":1}\n{\"host\":\"b\",\"n\":2}\nno json\n{\"host\":\"a\",\"n\":3}\n";
static const char query_text[] = "search [search n=3 | fields host] | eval all=[search * | stats count | return $count] | table n all";
static const char answer[] = "{\"n\":1,\"all\":3}\n{\"n\":3,\"all\":3}\n";

static spl_query *compiled(spl_engine *engine, const char *text)
{
    spl_query *query = NULL;

    CHECK(spl_compile(engine, text, SPL_NTS, &query, NULL) == SPL_OK);
    return query;
}

static spl_run *started(const spl_query *query)
{
    spl_run *run = NULL;

    CHECK(spl_run_new(query, &run, NULL) == SPL_OK);
    return run;
}

/* Pushed in two pieces, results asked for in between. */
static void pieces(spl_engine *engine)
{
    spl_query *query = compiled(engine, query_text);
    size_t     size = sizeof events - 1;

    CHECK(!spl_query_generates(query));
    for (size_t cut = 0; cut <= size; cut++) {
        spl_run   *run = started(query);
        spl_batch *rows = NULL;
        char      *text;

        CHECK(spl_run_next(run, &rows, NULL) == SPL_HUNGRY);
        CHECK(spl_run_push(run, "ndjson", events, cut, NULL) == SPL_OK);
        CHECK(spl_run_next(run, &rows, NULL) == SPL_HUNGRY);
        CHECK(spl_run_push(run, "ndjson", events + cut, size - cut, NULL) == SPL_OK);
        CHECK(spl_run_end(run, NULL) == SPL_OK);
        CHECK_TEXT(text = check_rows(engine, run, NULL), answer);
        CHECK(spl_run_push(run, "ndjson", "x", 1, NULL) == SPL_FAIL_MISUSE);
        CHECK(spl_run_figure(run, SPL_EVENTS_READ) == 3);
        CHECK(spl_run_figure(run, SPL_BYTES_READ) == size);
        CHECK(spl_run_notes(run) == 1 && spl_run_note_count(run, 0) == 1);
        free(text);
        spl_run_free(run);
    }
    spl_query_free(query);
}

static int32_t count_rows(void *host, spl_batch *rows)
{
    *(size_t *)host += spl_batch_rows(rows);
    return 0;
}

static void delivered(spl_engine *engine)
{
    spl_query *query = compiled(engine, query_text);
    spl_run   *run = started(query);
    size_t     rows = 0;

    CHECK(spl_run_deliver(run, count_rows, &rows, NULL) == SPL_OK);
    CHECK(spl_run_push(run, "ndjson", events, sizeof events - 1, NULL) >= 0 && rows == 0);
    CHECK(spl_run_end(run, NULL) >= 0 && rows == 2);
    spl_run_free(run);
    spl_query_free(query);
}

/* No subsearch wants events: rows come as they are pushed. */
static void at_once(spl_engine *engine)
{
    spl_query *query = compiled(engine, "search [| makeresults | eval host=\"a\" | fields host] | table n");
    spl_run   *run = started(query);
    size_t     rows = 0;

    CHECK(spl_run_deliver(run, count_rows, &rows, NULL) == SPL_OK);
    CHECK(spl_run_push(run, "ndjson", events, sizeof events - 1, NULL) >= 0 && rows == 2);
    CHECK(spl_run_end(run, NULL) >= 0);
    spl_run_free(run);
    spl_query_free(query);
}

/* Rows of another run, over Arrow. */
static void arrow(spl_engine *engine)
{
    spl_query *all = compiled(engine, "table host n"), *query = compiled(engine, query_text);
    spl_run   *first = started(all), *run = started(query);
    spl_batch *rows = NULL;
    char      *text;

    CHECK(spl_run_push(first, "ndjson", events, sizeof events - 1, NULL) == SPL_OK && spl_run_end(first, NULL) == SPL_OK);
    while (spl_run_next(first, &rows, NULL) == SPL_BATCH) {
        struct ArrowSchema schema;
        struct ArrowArray  array;

        CHECK(spl_batch_to_arrow(rows, &schema, &array, NULL) == SPL_OK);
        CHECK(spl_run_push_arrow(run, &schema, &array, NULL) == SPL_OK);
        spl_batch_release(rows);
    }
    CHECK(spl_run_end(run, NULL) == SPL_OK);
    CHECK_TEXT(text = check_rows(engine, run, NULL), answer);
    free(text);
    spl_run_free(run);
    spl_run_free(first);
    spl_query_free(query);
    spl_query_free(all);
}

/* --- limits -------------------------------------------------------------------------------------------------------- */

static const char endless[] = "search n=[| makeresults count=1000000000 | eval x=random() | stats dc(x) as d | return $d]";

static void *cancel_soon(void *run)
{
    usleep(50000);
    spl_run_cancel(run);
    return NULL;
}

static spl_status outcome(spl_run *run, const char **code)
{
    static char  kept[64];
    spl_error   *err = NULL;
    spl_batch   *rows = NULL;
    spl_status   status = spl_run_end(run, &err);

    while (status >= 0 && (status = spl_run_next(run, &rows, &err)) == SPL_BATCH)
        spl_batch_release(rows);
    snprintf(kept, sizeof kept, "%s", err ? spl_error_code(err, 0) : "");
    spl_error_free(err);
    *code = kept;
    return status;
}

static void stopped(spl_engine *engine)
{
    spl_query  *query = compiled(engine, endless);
    spl_run    *run = started(query);
    const char *code;
    pthread_t   thread;

    CHECK(pthread_create(&thread, NULL, cancel_soon, run) == 0);
    CHECK(outcome(run, &code) == SPL_FAIL_CANCELLED);
    CHECK_TEXT(code, "cancelled");
    pthread_join(thread, NULL);
    spl_run_free(run);

    run = started(query);
    CHECK(spl_run_set(run, "limit.time", "0.05", NULL) == SPL_OK);
    CHECK(outcome(run, &code) == SPL_FAIL_LIMIT);
    CHECK_TEXT(code, "limit-time");
    spl_run_free(run);

    run = started(query);
    CHECK(spl_run_set(run, "limit.memory", "4M", NULL) == SPL_OK);
    CHECK(outcome(run, &code) == SPL_FAIL_LIMIT);
    CHECK_TEXT(code, "limit-memory");
    spl_run_free(run);
    spl_query_free(query);
}

/* Events enough for several blocks, and for more than the memory that a run may have. */
enum { MANY = 60000 };

static char *many(size_t *size)
{
    char  *text = malloc(MANY * 128);
    size_t at = 0;

    for (int i = 0; i < MANY; i++)
        at += (size_t)snprintf(text + at, 128, "{\"host\":\"h%d\",\"n\":%d,\"pad\":\"%032d\"}\n", i % 7, i, i);
    *size = at;
    return text;
}

static const char many_text[] = "search [search n=8 | fields host] n>[search * | stats avg(n) as a | return $a] | stats count by host";

static void kept_aside(spl_engine *engine)
{
    spl_query  *query = compiled(engine, many_text);
    size_t      size;
    char       *text = many(&size), *rows;
    const char *code;

    for (int aside = 0; aside < 2; aside++) {
        spl_run   *run = started(query);
        spl_status status = SPL_OK;

        CHECK(spl_run_set(run, "limit.memory", "3M", NULL) == SPL_OK);
        if (aside)
            CHECK(spl_run_set(run, "temp.directory", "/tmp", NULL) == SPL_OK);
        for (size_t at = 0; at < size && status >= 0; at += 10000)
            status = spl_run_push(run, "ndjson", text + at, size - at < 10000 ? size - at : 10000, NULL);
        if (aside) {
            CHECK(status == SPL_OK && spl_run_end(run, NULL) == SPL_OK);
            CHECK_TEXT(rows = check_rows(engine, run, NULL), "{\"host\":\"h1\",\"count\":4286}\n");
            free(rows);
        } else {
            CHECK(status < 0 && outcome(run, &code) < 0);
        }
        spl_run_free(run);
    }
    free(text);
    spl_query_free(query);
}

/* --- threads ------------------------------------------------------------------------------------------------------- */

struct job {
    spl_engine      *engine;
    const spl_query *query;
    const char      *path, *threads;
    char            *rows;
};

static void *work(void *argument)
{
    struct job *job = argument;
    spl_run    *run = NULL;

    if (spl_run_new(job->query, &run, NULL) < 0 || spl_run_set(run, "threads", job->threads, NULL) < 0
        || spl_run_open(run, job->path, "auto", NULL) < 0)
        return NULL;
    job->rows = check_rows(job->engine, run, NULL);
    spl_run_free(run);
    return NULL;
}

/* One query in several threads at once, each with threads of its own: every run makes its own plan. */
static void side_by_side(spl_engine *engine, const char *path)
{
    spl_query *query = compiled(engine, many_text);
    struct job job[4];
    pthread_t  thread[4];

    for (int i = 0; i < 4; i++) {
        job[i] = (struct job){ engine, query, path, i % 2 ? "4" : "1", NULL };
        CHECK(pthread_create(&thread[i], NULL, work, &job[i]) == 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], NULL);
        CHECK_TEXT(job[i].rows, "{\"host\":\"h1\",\"count\":4286}\n");
        free(job[i].rows);
    }
    spl_query_free(query);
}

/* So definitions are read again by each run, and macros in them computed; here so often that runs meet. */
enum { ROUNDS = 200 };

static void *work_often(void *argument)
{
    const struct job *job = argument;
    size_t            good = 0;

    for (int i = 0; i < ROUNDS; i++) {
        spl_run *run = NULL;
        char    *rows;

        if (spl_run_new(job->query, &run, NULL) < 0 || spl_run_push(run, "ndjson", events, sizeof events - 1, NULL) < 0 ||
            spl_run_end(run, NULL) < 0)
            break;
        rows = check_rows(job->engine, run, NULL);
        good += rows && strcmp(rows, "{\"n\":3}\n") == 0;
        free(rows);
        spl_run_free(run);
    }
    return (void *)good;
}

static void macros_side_by_side(spl_engine *engine)
{
    spl_query *query;
    struct job job = { .engine = engine };
    pthread_t  thread[4];

    /* a pattern that is computed goes through a cache, and random() has a state */
    CHECK(spl_engine_define(engine, SPL_EVENTTYPE, "late", "n>`over(\"1 event\")`", NULL) == SPL_OK);
    CHECK(spl_engine_define(engine, SPL_MACRO_EVAL, "over(text)",
                            "if(random()<0, 7, replace(text, \"^(\\d+)[a-z ]*$\".substr(text,1,0), \"\\1\"))", NULL) == SPL_OK);
    job.query = query = compiled(engine, "search [search n=3 | fields host] eventtype=late | table n");
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&thread[i], NULL, work_often, &job) == 0);
    for (int i = 0; i < 4; i++) {
        void *good;

        pthread_join(thread[i], &good);
        CHECK((size_t)good == ROUNDS);
    }
    spl_query_free(query);
}

/* --- rule sets ----------------------------------------------------------------------------------------------------- */

static int32_t count_match(void *host, const spl_rule *rule, spl_batch *rows)
{
    (void)rule;
    return count_rows(host, rows);
}

static void rules(spl_engine *engine, const char *path, const char *text, size_t size)
{
    spl_rules *set = NULL;

    CHECK(spl_rules_new(engine, &set, NULL) == SPL_OK);
    CHECK(spl_rules_add(set, "plain", NULL, "search n=5", SPL_NTS, NULL) == SPL_OK);
    CHECK(spl_rules_add(set, "twice", NULL, many_text, SPL_NTS, NULL) == SPL_OK);
    CHECK(spl_rules_add(set, "own", NULL, "search n=[| makeresults | eval n=7 | return $n]", SPL_NTS, NULL) == SPL_OK);
    for (int pushed = 0; pushed < 2; pushed++) {
        spl_watch *watch = NULL;
        size_t     rows = 0;

        CHECK(spl_watch_new(set, count_match, &rows, &watch, NULL) == SPL_OK);
        if (pushed)
            CHECK(spl_watch_push(watch, "auto", text, size, NULL) == SPL_OK);
        else
            CHECK(spl_watch_open(watch, path, "auto", NULL) == SPL_OK);
        CHECK(spl_watch_end(watch, NULL) == SPL_OK);
        CHECK(rows == 3 && spl_watch_rows(watch, 0) == 1 && spl_watch_rows(watch, 1) == 1 && spl_watch_rows(watch, 2) == 1);
        CHECK(spl_watch_figure(watch, SPL_EVENTS_READ) == MANY);
        for (size_t i = 0; i < 3; i++)
            CHECK(spl_watch_failure(watch, i, NULL) == SPL_OK);
        spl_watch_free(watch);
    }
    spl_rules_free(set);
}

/* A rule whose text does not compile is out, the others go on. */
static void bad_rule(spl_engine *engine)
{
    spl_rules *set = NULL;
    spl_watch *watch = NULL;
    spl_error *err = NULL;
    size_t     rows = 0;

    CHECK(spl_rules_new(engine, &set, NULL) == SPL_OK);
    CHECK(spl_rules_add(set, "bad", NULL, "where n=[search n=1 | return $host b]", SPL_NTS, NULL) == SPL_OK);
    CHECK(spl_rules_add(set, "worse", NULL, "where [search n=9 | fields n]", SPL_NTS, NULL) == SPL_OK);
    CHECK(spl_rules_add(set, "good", NULL, "search n=1", SPL_NTS, NULL) == SPL_OK);
    CHECK(spl_watch_new(set, count_match, &rows, &watch, NULL) == SPL_OK);
    CHECK(spl_watch_push(watch, "ndjson", events, sizeof events - 1, NULL) == SPL_OK && spl_watch_end(watch, NULL) == SPL_OK);
    CHECK(rows == 1);
    CHECK(spl_watch_failure(watch, 1, &err) == SPL_FAIL_QUERY);
    if (err) {
        char *shown = spl_error_render(err, 0);
        CHECK(strstr(shown, "in the text of the subsearch:\n  NOT ( )\n") != NULL);
        spl_free(shown);
        spl_error_free(err);
    }
    spl_watch_free(watch);
    spl_rules_free(set);
}

int main(void)
{
    char           path[] = "/tmp/spl-subsearches-XXXXXX";
    struct counter counter = { .budget = -1 };
    spl_allocator  memory = counter_allocator(&counter);
    spl_engine    *engine = NULL;
    size_t         size;
    char          *text = many(&size);
    int            file = mkstemp(path);

    CHECK(file >= 0 && write(file, text, size) == (ssize_t)size && close(file) == 0);
    CHECK(spl_engine_new(&memory, &engine) == SPL_OK);
    pieces(engine);
    delivered(engine);
    at_once(engine);
    arrow(engine);
    stopped(engine);
    kept_aside(engine);
    side_by_side(engine, path);
    macros_side_by_side(engine);
    rules(engine, path, text, size);
    bad_rule(engine);
    spl_engine_free(engine);
    CHECK(counter.blocks == 0 && counter.bytes == 0);
    unlink(path);
    free(text);
    return check_done();
}
