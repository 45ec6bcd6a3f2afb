#include "terminal.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The run that Ctrl-C stops. A second Ctrl-C ends the program. */
static _Atomic(spl_run *) running;

static void on_interrupt(int number)
{
    spl_run *run = atomic_load(&running);

    signal(number, SIG_DFL);
    if (run)
        spl_run_cancel(run);
    else
        raise(number);
}

/* Without SA_RESTART, so that a read that waits for input is interrupted as well. */
static void watch_interrupts(void)
{
    struct sigaction action = { .sa_handler = on_interrupt };

    sigaction(SIGINT, &action, NULL);
}

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

char *read_whole(const char *path)
{
    FILE  *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    char  *text = NULL, *moved = NULL;
    size_t size = 0, room = 0, got;

    if (!file)
        return NULL;
    do {
        if (room - size < 4096) {
            room += 65536;
            if (!(moved = realloc(text, room)))
                break;
            text = moved;
        }
        got = fread(text + size, 1, room - size - 1, file);
        size += got;
        text[size] = 0;
    } while (got > 0);
    if (text && strncmp(text, "\xef\xbb\xbf", 3) == 0)
        memmove(text, text + 3, strlen(text + 3) + 1);      /* a byte order mark is no part of a text */
    if (ferror(file)) {                         /* a directory, for one */
        free(text);
        text = NULL;
    }
    if (file != stdin)
        fclose(file);
    return text;
}

int session_fail(const struct session *session, spl_error *err)
{
    spl_status status = spl_error_status(err);
    char      *text = spl_error_render(err, show_colour(session, 2) ? SPL_COLOUR : 0);

    fputs(text ? text : "error: out of memory\n", stderr);
    spl_free(text);
    spl_error_free(err);
    return status == SPL_FAIL_QUERY || status == SPL_FAIL_MISUSE ? EXIT_USAGE : EXIT_FAILED;
}

void session_warn(const struct session *session, const spl_error *warnings)
{
    char *text;

    if (session->quiet || !warnings)
        return;
    text = spl_error_render(warnings, show_colour(session, 2) ? SPL_COLOUR : 0);
    if (text)
        fputs(text, stderr);
    spl_free(text);
}

/* --- one query ----------------------------------------------------------------------------------------------------- */

static spl_status open_inputs(const struct session *session, const spl_query *query, spl_run *run, spl_error **err)
{
    spl_status status = SPL_OK;

    if (session->inputs.count == 0 && !spl_query_generates(query))
        return spl_run_open(run, "-", session->input_format, err);
    for (size_t i = 0; i < session->inputs.count && status >= 0; i++)
        status = spl_run_open(run, session->inputs.at[i], session->input_format, err);
    return status;
}

static bool show_made(spl_writer *writer)
{
    const char *at;
    size_t      size;

    spl_writer_take(writer, &at, &size);
    return show_bytes(at, size);
}

static spl_status set_up_writer(const struct session *session, spl_writer *writer, spl_error **err)
{
    char       width[32];
    spl_status status;

    snprintf(width, sizeof width, "%d", show_width());
    status = spl_writer_set(writer, "width", width, err);
    if (status >= 0)
        status = spl_writer_set(writer, "colour", show_colour(session, 1) ? "on" : "off", err);
    return status;
}

/* Rows as they come. *gone: whoever read our output has left, which ends the run quietly, unless it writes files. */
static spl_status show_rows(const struct session *session, spl_run *run, spl_writer *writer, bool *gone, spl_error **err)
{
    spl_batch *rows;
    spl_status status;

    while ((status = spl_run_next(run, &rows, err)) == SPL_BATCH) {
        status = *gone ? SPL_OK : spl_writer_batch(writer, rows, err);
        spl_batch_release(rows);
        if (status < 0)
            return status;
        if (!*gone && !show_made(writer))
            *gone = true;
        if (*gone && !session->writes)
            return SPL_OK;
    }
    if (status == SPL_HUNGRY)
        status = spl_run_end(run, err);
    return status;
}

static spl_status run_query(struct session *session, const spl_query *query, spl_run *run, spl_writer *writer,
                            spl_error **err)
{
    bool       gone = false;
    spl_status status, ended;

    status = set_up_writer(session, writer, err);
    if (status >= 0)
        status = open_inputs(session, query, run, err);
    if (status < 0)
        return status;
    status = show_rows(session, run, writer, &gone, err);
    if (gone)
        return status < 0 && session->writes ? status : SPL_OK;
    /* What came before a failure is shown as well. */
    while ((ended = spl_writer_end(writer, status < 0 ? NULL : err)) == SPL_BATCH)
        if (!show_made(writer))
            return SPL_OK;
    show_made(writer);
    return status < 0 ? status : ended;
}

static int run_compiled(struct session *session, const spl_query *query, const char *output)
{
    spl_run    *run = NULL;
    spl_writer *writer = NULL;
    spl_error  *err = NULL;
    double      start = seconds_now();
    spl_status  status = spl_run_new(query, &run, &err);

    if (status >= 0)
        status = spl_writer_new(session->engine, output, &writer, &err);
    if (status >= 0) {
        atomic_store(&running, run);
        watch_interrupts();
        status = run_query(session, query, run, writer, &err);
        atomic_store(&running, NULL);
        if (!session->quiet)
            show_notes(run);
        if (session->stats)
            show_stats(run, seconds_now() - start);
    }
    spl_writer_free(writer);
    spl_run_free(run);
    return status < 0 ? session_fail(session, err) : EXIT_RAN;
}

int session_run(struct session *session, const char *text, const char *output)
{
    spl_query *query;
    spl_error *err = NULL;
    int        result;

    if (spl_compile_for(session->engine, text, SPL_NTS, strcmp(output, "raw") == 0 ? "_raw" : NULL, &query, &err) < 0) {
        session_fail(session, err);
        return EXIT_USAGE;
    }
    session_warn(session, spl_query_warnings(query));
    result = run_compiled(session, query, output);
    spl_query_free(query);
    return result;
}

/* --- the program --------------------------------------------------------------------------------------------------- */

/* What the command line alone may take from its surroundings; options given later override it. */
static void set_defaults(spl_engine *engine)
{
    const char *zone = getenv("TZ"), *folder = getenv("TMPDIR");
    char        threads[32];
    long        processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (zone && *zone == ':')
        zone++;
    if (zone && *zone)
        spl_engine_set(engine, "timezone", zone, NULL);
    spl_engine_set(engine, "temp.directory", folder && *folder ? folder : "/tmp", NULL);
    snprintf(threads, sizeof threads, "%ld", processors > 0 ? processors : 1);
    spl_engine_set(engine, "threads", threads, NULL);
}

static void show_count(const struct session *session, const char *kind)
{
    char *words = spl_engine_words(session->engine, kind);
    int   count = 0;

    for (const char *at = words; at && *at; at++)
        count += *at == '\n';
    printf("%ss: %d\n", kind, count);
    spl_free(words);
}

static int show_version(const struct session *session)
{
    static const char *const formats[] = { "ndjson", "json", "csv", "tsv", "kv", "raw", "hec", "syslog", "arrow", "table" };

    int32_t version = spl_version();

    printf("spl-run (libspl) %d.%d.%d\n", version / 1000000, version / 1000 % 1000, version % 1000);
    show_count(session, "command");
    show_count(session, "function");
    show_count(session, "aggregate");
    printf("formats:");
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        char feature[32];
        snprintf(feature, sizeof feature, "format:%s", formats[i]);
        if (spl_has(feature))
            printf(" %s", formats[i]);
    }
    printf("\n");
    return EXIT_RAN;
}

static int dispatch(struct session *session)
{
    const char *output = session->output ? session->output : show_is_terminal(1) ? "table" : "json";

    if (session->packs.count && (session->mode == MODE_RUN || session->mode == MODE_CHECK))
        return detect(session, output);
    if (session->apps.count && session->mode == MODE_CHECK && !session->query)
        return detect(session, output);
    switch (session->mode) {
    case MODE_VERSION: return show_version(session);
    case MODE_HELP:    return help_topic(session);
    case MODE_CHECK:   return check_query(session);
    case MODE_EXPLAIN: return explain_query(session);
    default:           break;
    }
    if (session->query && !session->query_memory && !session->inputs.count && show_is_terminal(0)
        && !strpbrk(session->query, "| =\"") && access(session->query, R_OK) == 0) {
        fprintf(stderr, "error: '%s' is a file and there is no query; to type queries over it: spl-run -i %s\n",
                session->query, session->query);
        return EXIT_USAGE;
    }
    if (session->query)
        return session_run(session, session->query, output);
    if (show_is_terminal(0))
        return repl_run(session);
    fputs("error: no query; see spl-run --help\n", stderr);
    return EXIT_USAGE;
}

int main(int count, char **argument)
{
    struct session session = { .input_format = "auto" };
    int            result = EXIT_USAGE;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);           /* a write fails then, which is told */
    if (spl_engine_new(NULL, &session.engine) < 0) {
        fputs("error: out of memory\n", stderr);
        return EXIT_FAILED;
    }
    set_defaults(session.engine);
    if (options_read(&session, count, argument))
        result = dispatch(&session);
    free(session.inputs.at);
    free(session.packs.at);
    free(session.apps.at);
    free(session.query_memory);
    spl_engine_free(session.engine);
    return result;
}
