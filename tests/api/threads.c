/* One engine and one query in many threads at once; cancelling from outside; runs with workers of their own. */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum { THREADS = 6, ROUNDS = 30, EVENTS = 3000 };

static char *events;

static void make_events(void)
{
    size_t size = 0;

    events = malloc(EVENTS * 100);
    for (int i = 0; i < EVENTS; i++)
        size += (size_t)sprintf(events + size, "{\"_time\":%d,\"n\":%d,\"host\":\"h%d\",\"x\":%d.%d,\"m\":\"word%d other\"}\n",
                                1700000000 + i, i, i % 7, i % 50, i % 10, i % 11);
}

struct job {
    spl_engine *engine;
    spl_query  *query;
    const char *wanted;
    int         failures;
};

static void *run_often(void *argument)
{
    struct job *job = argument;

    for (int i = 0; i < ROUNDS; i++) {
        spl_run   *run;
        spl_error *err = NULL;
        char      *rows = NULL;

        if (spl_run_new(job->query, &run, &err) >= 0 && spl_run_push(run, "ndjson", events, strlen(events), &err) >= 0 &&
            spl_run_end(run, &err) >= 0)
            rows = check_rows(job->engine, run, &err);
        job->failures += !rows || strcmp(rows, job->wanted) != 0;
        free(rows);
        spl_run_free(run);
        spl_error_free(err);
    }
    return NULL;
}

static void *compile_often(void *argument)
{
    struct job *job = argument;

    for (int i = 0; i < ROUNDS * 10; i++) {
        spl_query *query = NULL;
        spl_error *err = NULL;
        char       name[40], *help;

        snprintf(name, sizeof name, "m%d(x)", i % 5);
        job->failures += spl_engine_add_macro(job->engine, name, "n>$x$", &err) < 0;
        job->failures += spl_engine_set(job->engine, "batch.rows", i % 2 ? "4096" : "100", &err) < 0;
        job->failures += spl_engine_add_list(job->engine, "known", "a,b", &err) < 0;
        job->failures += spl_compile(job->engine, "search `m0(3)` m IN (\"known\") | stats count BY host", SPL_NTS, &query, &err) < 0
                         && spl_error_status(err) != SPL_FAIL_QUERY;     /* m0 may not be there yet */
        help = spl_engine_help(job->engine, "stats");
        job->failures += !help;
        spl_free(help);
        spl_query_free(query);
        spl_error_free(err);
    }
    return NULL;
}

/* Runs of one query, while others change the engine it came from. */
static void sharing(const char *text)
{
    struct job  job[THREADS];
    pthread_t   thread[THREADS];
    spl_engine *engine;
    spl_query  *query;
    char       *wanted;
    int         failures = 0;

    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    CHECK(spl_compile(engine, text, SPL_NTS, &query, NULL) == SPL_OK);
    wanted = check_query(engine, text, events, NULL);
    CHECK(wanted && *wanted);
    for (int i = 0; i < THREADS; i++) {
        job[i] = (struct job){ engine, query, wanted, 0 };
        pthread_create(&thread[i], NULL, i % 3 == 2 ? compile_often : run_often, &job[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
        failures += job[i].failures;
    }
    CHECK(failures == 0);
    free(wanted);
    spl_query_free(query);
    spl_engine_free(engine);
}

/* The same bytes however many workers a run has. */
static void workers(const char *text)
{
    char *first = NULL;

    for (int threads = 1; threads <= 5; threads += 2) {
        spl_engine *engine;
        char        number[10], *rows;

        snprintf(number, sizeof number, "%d", threads);
        CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
        CHECK(spl_engine_set(engine, "threads", number, NULL) == SPL_OK);
        CHECK(spl_engine_set(engine, "batch.rows", "64", NULL) == SPL_OK);
        rows = check_query(engine, text, events, NULL);
        CHECK(rows != NULL);
        if (first)
            CHECK_TEXT(rows, first);
        else
            first = rows;
        if (rows != first)
            free(rows);
        spl_engine_free(engine);
    }
    free(first);
}

static void *cancel_soon(void *run)
{
    struct timespec pause = { 0, 20000000 };

    nanosleep(&pause, NULL);
    spl_run_cancel(run);
    spl_run_cancel(run);
    return NULL;
}

static void cancelling(const char *text, const char *threads)
{
    spl_engine *engine;
    spl_query  *query;
    spl_run    *run;
    spl_batch  *rows;
    spl_error  *err = NULL;
    pthread_t   thread;
    spl_status  status;
    time_t      start = time(NULL);

    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    CHECK(spl_engine_set(engine, "threads", threads, NULL) == SPL_OK);
    CHECK(spl_compile(engine, text, SPL_NTS, &query, &err) == SPL_OK);
    CHECK(spl_run_new(query, &run, NULL) == SPL_OK);
    pthread_create(&thread, NULL, cancel_soon, run);
    while ((status = spl_run_next(run, &rows, &err)) == SPL_BATCH)
        spl_batch_release(rows);
    CHECK(status == SPL_FAIL_CANCELLED && spl_error_status(err) == SPL_FAIL_CANCELLED);
    spl_error_free(err);
    pthread_join(thread, NULL);
    CHECK(spl_run_next(run, &rows, NULL) == SPL_FAIL_CANCELLED && rows == NULL);
    CHECK(time(NULL) - start < 20);
    spl_run_free(run);

    CHECK(spl_run_new(query, &run, NULL) == SPL_OK);            /* before it began */
    spl_run_cancel(run);
    CHECK(spl_run_next(run, &rows, NULL) == SPL_FAIL_CANCELLED);
    spl_run_free(run);
    spl_query_free(query);
    spl_engine_free(engine);
}

int main(void)
{
    make_events();
    sharing("search word3 n>10 | eval y=replace(m, \"w(or)d\", \"<\\1>\") | stats count, sum(x), dc(y), values(y) BY host");
    sharing("where match(m, \"d1?[0-5] o\") | rex field=m \"(?<w>\\w+)\" | eval t=strftime(_time, \"%H:%M\") | top w BY host");
    workers("stats count, sum(x), avg(x), list(n), first(n), last(n), stdev(x) BY host");
    workers("search word3 | sort - x | table n x m");
    workers("eval z=n%13 | where z=4 | dedup host | table n z");
    workers("eventstats avg(x) AS a BY host | tail 5 | table n a");
    cancelling("| makeresults count=2000000000 | eval x=random() % 7 | stats count BY x", "1");
    cancelling("| makeresults count=2000000000 | eval x=random() % 7 | stats count BY x", "4");
    cancelling("| makeresults count=2000000000 | eval x=md5(tostring(random())) | sort 0 x | head 3", "1");
    cancelling("| makeresults count=2000000000", "1");
    free(events);
    return check_done();
}
