/* Push and pull: pieces, files, what a run says and when, limits, callbacks that stop or fail, options as a list. */
#include "check.h"

#include <unistd.h>

static const char events[] = "{\"n\":1,\"a\":\"x\"}\n{\"n\":2,\"a\":\"y\"}\n{\"n\":3,\"a\":\"x\"}\n{\"n\":4}\n";

static spl_run *run_of(spl_engine *engine, const char *text)
{
    spl_query *query = NULL;
    spl_run   *run = NULL;
    spl_error *err = NULL;

    if (spl_compile(engine, text, SPL_NTS, &query, &err) < 0 || spl_run_new(query, &run, &err) < 0) {
        char *shown = spl_error_render(err, 0);
        printf("%s", shown);
        spl_free(shown);
        spl_error_free(err);
    }
    spl_query_free(query);
    CHECK(run != NULL);
    return run;
}

static void states(spl_engine *engine)
{
    spl_run   *run = run_of(engine, "head 2 | table n");
    spl_batch *rows = NULL;
    spl_error *err = NULL;
    size_t     seen = 0;
    spl_status status;

    CHECK(spl_run_next(run, &rows, &err) == SPL_HUNGRY && !rows && !err);
    CHECK(spl_run_push(run, "ndjson", events, 10, &err) >= 0);
    CHECK(spl_run_next(run, &rows, &err) == SPL_HUNGRY && !rows);
    status = spl_run_push(run, "ndjson", events + 10, strlen(events) - 10, &err);
    CHECK(status == SPL_OK || status == SPL_DONE);
    while ((status = spl_run_next(run, &rows, &err)) == SPL_BATCH) {
        seen += spl_batch_rows(rows);
        spl_batch_release(rows);
    }
    if (status == SPL_HUNGRY) {
        CHECK(spl_run_end(run, &err) >= 0);
        while ((status = spl_run_next(run, &rows, &err)) == SPL_BATCH) {
            seen += spl_batch_rows(rows);
            spl_batch_release(rows);
        }
    }
    CHECK(status == SPL_DONE && seen == 2);
    CHECK(spl_run_next(run, &rows, &err) == SPL_DONE && !rows);             /* it stays so */
    CHECK(spl_run_push(run, "ndjson", events, strlen(events), &err) == SPL_DONE);
    CHECK(spl_run_figure(run, SPL_ROWS_OUT) == 2 && spl_run_figure(run, 99) == 0);
    spl_run_free(run);

    run = run_of(engine, "stats count");                                    /* no input at all */
    CHECK(spl_run_end(run, &err) >= 0);
    CHECK(spl_run_next(run, &rows, &err) == SPL_BATCH && spl_batch_rows(rows) == 1);
    spl_batch_release(rows);
    CHECK(spl_run_next(run, &rows, &err) == SPL_DONE);
    spl_run_free(run);

    run = run_of(engine, "table n");                                        /* the last line needs no newline */
    CHECK(spl_run_push(run, "ndjson", "{\"n\":7}", 7, &err) >= 0 && spl_run_end(run, &err) >= 0);
    CHECK(spl_run_push(run, "ndjson", events, 5, &err) == SPL_FAIL_MISUSE && spl_error_status(err) == SPL_FAIL_MISUSE);
    spl_error_free(err);
    err = NULL;
    spl_run_free(run);
}

static void misuse(spl_engine *engine)
{
    spl_run   *run = run_of(engine, "table n");
    spl_batch *rows;
    spl_query *query;

    CHECK(spl_run_set(run, "nosuch", "1", NULL) == SPL_FAIL_MISUSE);
    CHECK(spl_run_set(run, "batch.rows", "many", NULL) == SPL_FAIL_MISUSE);
    CHECK(spl_run_set(run, "debug.rewrite", "off", NULL) == SPL_FAIL_MISUSE);       /* an engine's option */
    CHECK(spl_run_set(run, "batch.rows", "2", NULL) == SPL_OK);
    CHECK(spl_run_push(run, "nosuchformat", events, strlen(events), NULL) < 0);
    spl_run_free(run);
    run = run_of(engine, "table n");
    CHECK(spl_run_push(run, "ndjson", events, strlen(events), NULL) >= 0);
    CHECK(spl_run_set(run, "batch.rows", "2", NULL) == SPL_FAIL_MISUSE);            /* too late */
    CHECK(spl_run_deliver(run, NULL, NULL, NULL) == SPL_FAIL_MISUSE);
    spl_run_free(run);                                                              /* in the middle */
    run = run_of(engine, "table n");
    CHECK(spl_run_open(run, "/no/such/file", NULL, NULL) == SPL_FAIL_IO);
    spl_run_free(run);
    CHECK(spl_compile(engine, "", 0, &query, NULL) <= 0);                           /* whatever it is, no crash */
    spl_query_free(query);
    CHECK(spl_compile(engine, "stats count\0 junk", 11, &query, NULL) == SPL_OK);   /* a size, not a terminator */
    spl_query_free(query);
    (void)rows;
}

static void files(spl_engine *engine)
{
    char       path[] = "/tmp/spl-feeding-XXXXXX";
    int        file = mkstemp(path);
    spl_run   *run = run_of(engine, "stats count, sum(n) AS s");
    spl_error *err = NULL;
    char      *rows;

    CHECK(file >= 0 && write(file, events, strlen(events)) == (ssize_t)strlen(events));
    CHECK(spl_run_open(run, path, NULL, &err) == SPL_OK && spl_run_open(run, path, "ndjson", &err) == SPL_OK);
    rows = check_rows(engine, run, &err);
    CHECK_TEXT(rows, "{\"count\":8,\"s\":20}\n");
    CHECK(spl_run_figure(run, SPL_EVENTS_READ) == 8 && spl_run_figure(run, SPL_BYTES_READ) == 2 * strlen(events));
    free(rows);
    spl_run_free(run);
    close(file);
    unlink(path);
}

static void limits(spl_engine *engine)
{
    static const struct {
        const char *option, *value, *query;
    } limit[] = {
        { "limit.rows", "2", "table n" },
        { "limit.time", "0.05", "| makeresults count=2000000000 | eval x=random() | stats dc(x)" },
        { "limit.memory", "8M", "| makeresults count=2000000000 | eval x=md5(tostring(random())) | stats values(x)" },
        { "limit.memory", "8M", "| makeresults count=2000000000 | eval x=md5(tostring(random())) | sort 0 x" },
        { "limit.memory", "8M", "| makeresults count=2000000000 | eval x=md5(tostring(random())) | dedup x | stats count" },
    };

    for (size_t i = 0; i < sizeof limit / sizeof *limit; i++) {
        spl_run   *run = run_of(engine, limit[i].query);
        spl_batch *rows;
        spl_error *err = NULL;
        spl_status status;

        CHECK(spl_run_set(run, limit[i].option, limit[i].value, &err) == SPL_OK);
        if (*limit[i].query != '|') {
            CHECK(spl_run_push(run, "ndjson", events, strlen(events), &err) >= 0);
            CHECK(spl_run_end(run, &err) >= 0);
        }
        while ((status = spl_run_next(run, &rows, &err)) == SPL_BATCH)
            spl_batch_release(rows);
        if (!CHECK(status == SPL_FAIL_LIMIT && spl_error_status(err) == SPL_FAIL_LIMIT && *spl_error_message(err, 0)))
            printf("    %s: status %d\n", limit[i].query, status);
        spl_error_free(err);
        err = NULL;
        CHECK(spl_run_next(run, &rows, &err) == SPL_FAIL_LIMIT && err && !rows);    /* it sticks */
        spl_error_free(err);
        CHECK(spl_run_figure(run, SPL_MEMORY_PEAK) < ((uint64_t)200 << 20));
        spl_run_free(run);
    }
}

/* Rows without end come as they are taken. */
static void endless(spl_engine *engine)
{
    spl_run   *run = run_of(engine, "| makeresults count=1000000000000 | eval x=1");
    spl_batch *rows;
    spl_error *err = NULL;
    size_t     seen = 0;

    CHECK(spl_run_set(run, "limit.memory", "2M", &err) == SPL_OK);
    while (seen < 20000000 && CHECK(spl_run_next(run, &rows, &err) == SPL_BATCH)) {
        seen += spl_batch_rows(rows);
        spl_batch_release(rows);
    }
    spl_run_cancel(run);
    while (spl_run_next(run, &rows, NULL) == SPL_BATCH)
        spl_batch_release(rows);
    CHECK(spl_run_next(run, &rows, &err) == SPL_FAIL_CANCELLED);
    spl_error_free(err);
    spl_run_free(run);
}

static void long_lines(spl_engine *engine)
{
    spl_run *run = run_of(engine, "table n");
    char    *line = malloc(20000), *rows;

    memset(line, 'x', 20000);
    memcpy(line, "{\"n\":\"", 6);
    memcpy(line + 19995, "\"}\n", 3);
    CHECK(spl_run_set(run, "limit.line", "4K", NULL) == SPL_OK);
    CHECK(spl_run_push(run, "ndjson", line, 19998, NULL) >= 0 && spl_run_push(run, "ndjson", events, strlen(events), NULL) >= 0);
    CHECK(spl_run_end(run, NULL) >= 0);
    rows = check_rows(engine, run, NULL);
    CHECK_TEXT(rows, "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n{\"n\":4}\n");
    CHECK(spl_run_notes(run) == 1 && spl_run_note_count(run, 0) == 1);
    CHECK(spl_run_note_text(run, 1) == NULL && spl_run_note_code(run, 1) == NULL);
    free(rows);
    free(line);
    spl_run_free(run);
}

struct taker {
    size_t    rows;
    int32_t   answer;               /* from the second batch on */
    spl_run  *run;
    spl_status inside;              /* what using the run from within gave */
};

static int32_t take(void *host, spl_batch *batch)
{
    struct taker *taker = host;
    spl_batch    *rows = NULL;

    taker->rows += spl_batch_rows(batch);
    taker->inside = spl_run_next(taker->run, &rows, NULL);
    return taker->rows > 1 ? taker->answer : 0;
}

static void callbacks(spl_engine *engine)
{
    for (int32_t answer = -1; answer <= 1; answer++) {
        spl_run     *run = run_of(engine, "table n");
        struct taker taker = { .answer = answer, .run = run };
        spl_error   *err = NULL;
        spl_batch   *rows;
        spl_status   status;

        CHECK(spl_run_set(run, "batch.rows", "1", NULL) == SPL_OK && spl_run_deliver(run, take, &taker, NULL) == SPL_OK);
        status = spl_run_push(run, "ndjson", events, strlen(events), &err);
        if (status >= 0 && status != SPL_DONE)
            status = spl_run_end(run, &err);
        if (status >= 0)
            status = spl_run_next(run, &rows, &err);
        CHECK(status == (answer < 0 ? SPL_FAIL_HOST : SPL_DONE));
        if (!CHECK(taker.rows == (answer == 0 ? 4 : 2)))
            printf("    %zu rows, answer %d\n", taker.rows, answer);
        CHECK(taker.inside == SPL_FAIL_MISUSE);
        spl_error_free(err);
        spl_run_free(run);
    }
}

/* Words that may take the place of the last one. */
static void check_completion(const spl_engine *engine)
{
    static const char *const cases[][2] = {
        { "timech", "timechart\n" }, { "| makeres", "makeresults\n" }, { "search a=1 | dedu", "dedup\n" },
        { "search a=1 | head keepl", "keeplast=\n" }, { "head keeplast=", "true\nfalse\n" }, { "head keeplast=f", "false\n" },
        { "where cidr", "cidrmatch(\n" }, { "| eval x=cidr", "cidrmatch(\n" }, { "stats estdc_", "estdc_error(\n" },
        { "stats count B", "BY\n" }, { "foo A", "AND\n" }, { "dedup x sortb", "sortby\n" }, { "rex mode=", "sed\n" },
        { "search \"a | tim", "" }, { "nosuch | tablex", "" }, { "head x=", "" }, { "\\", "AND\nOR\nNOT\nIN\n" },
    };
    char *text = spl_engine_complete(engine, "", 0);

    CHECK(text && strstr(text, "stats\n") && strstr(text, "where\n"));
    spl_free(text);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        text = spl_engine_complete(engine, cases[i][0], SPL_NTS);
        if (!CHECK(text && strcmp(text, cases[i][1]) == 0))
            printf("    %s: %s\n", cases[i][0], text);
        spl_free(text);
    }
    for (int i = 0; i < 3; i++) {
        static const char *const topics[] = { "commands", "functions", "aggregates" };
        text = spl_engine_help(engine, topics[i]);
        CHECK(text && strchr(text, '\n'));
        spl_free(text);
    }
}

static void options(void)
{
    spl_engine *engine;
    size_t      count = 0;

    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    for (const spl_option *option; (option = spl_options(count)) != NULL; count++) {
        char question[80];
        CHECK(option->name && *option->name && option->type && option->preset && option->help && *option->help);
        CHECK(option->scope == SPL_OF_ENGINE || option->scope == SPL_OF_RUN);
        if (!CHECK(spl_engine_set(engine, option->name, option->preset, NULL) == SPL_OK))
            printf("    %s=%s\n", option->name, option->preset);
        snprintf(question, sizeof question, "option:%s", option->name);
        CHECK(spl_has(question) == 1 && spl_engine_has(engine, question) == 1);
        if (strcmp(option->type, "text") != 0)
            CHECK(spl_engine_set(engine, option->name, "\x01 no such value", NULL) == SPL_FAIL_MISUSE);
    }
    CHECK(count > 10 && spl_options(count + 1000) == NULL);
    CHECK(spl_has("option:nosuch") == 0 && spl_has("nosuch:x") == 0 && spl_has("") == 0 && spl_has(NULL) == 0);
    CHECK(spl_has("command:stats") && spl_has("function:cidrmatch") && spl_has("aggregate:dc") && spl_has("format:ndjson"));
    CHECK(!spl_has("command:nosuch") && !spl_has("function:nosuch") && !spl_has("aggregate:nosuch") && !spl_has("format:nosuch"));
    for (int i = 0; i < 3; i++) {
        static const char *const kinds[] = { "command", "function", "aggregate" };
        char *words = spl_engine_words(engine, kinds[i]);
        CHECK(words && strchr(words, '\n'));
        for (char *word = words ? strtok(words, "\n") : NULL; word; word = strtok(NULL, "\n")) {
            char *help = spl_engine_help(engine, word), question[100];
            if (!CHECK(help != NULL))
                printf("    no help on %s\n", word);
            spl_free(help);
            snprintf(question, sizeof question, "%s:%s", kinds[i], word);
            if (!CHECK(spl_has(question)))
                printf("    %s\n", question);
        }
        spl_free(words);
    }
    check_completion(engine);
    CHECK(spl_engine_words(engine, "nosuch") == NULL && spl_engine_help(engine, "nosuch") == NULL);
    spl_engine_free(engine);
}

int main(void)
{
    spl_engine *engine;

    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    states(engine);
    misuse(engine);
    files(engine);
    limits(engine);
    endless(engine);
    long_lines(engine);
    callbacks(engine);
    options();
    spl_engine_free(engine);
    return check_done();
}
