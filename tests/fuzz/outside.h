/* For harnesses that see spl.h only: a query run over some bytes, its result as bytes. */
#pragma once

#include "../../bindings/terminal/record.h"

#include <spl_extend.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define MUST(claim) ((claim) ? (void)0 : must_fail(#claim, __FILE__, __LINE__))

static inline void must_fail(const char *claim, const char *file, int line)
{
    fprintf(stderr, "%s:%d: not true: %s\n", file, line, claim);
    abort();
}

struct way {                        /* one way of running that must not matter */
    const char *name, *option[4][2];
    int         cut;                /* push in small pieces */
};

struct shown {
    char      *text;
    size_t     size;
    spl_status status;
};

struct job {
    const char *query, *format, *input, *name;     /* of the input, for people; or NULL */
    size_t      query_size, input_size;
    unsigned    seed;               /* of the cuts */
};

static inline void shown_add(struct shown *shown, spl_writer *writer)
{
    const char *at;
    size_t      size;

    spl_writer_take(writer, &at, &size);
    if (!size)
        return;
    if (!(shown->text = realloc(shown->text, shown->size + size)))
        abort();
    memcpy(shown->text + shown->size, at, size);
    shown->size += size;
}

static inline void engine_set(spl_engine *engine, const char *name, const char *value)
{
    spl_error *err = NULL;

    if (spl_engine_set(engine, name, value, &err) < 0) {
        fprintf(stderr, "%s=%s: %s", name, value, spl_error_render(err, 0));
        abort();
    }
}

/* An engine that cannot take for ever. */
static inline spl_engine *engine_bounded(const struct way *way)
{
    static const char *const common[][2] = {
        { "now", "1700000000" }, { "timezone", "Europe/Berlin" }, { "limit.memory", "200M" }, { "limit.time", "5" },
        { "limit.rows", "5000" }, { "limit.line", "64K" },
    };
    spl_engine *engine;

    MUST(spl_engine_new(NULL, &engine) == SPL_OK);
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        engine_set(engine, common[i][0], common[i][1]);
    for (int i = 0; way && i < 4 && way->option[i][0]; i++)
        engine_set(engine, way->option[i][0], way->option[i][1]);
    MUST(spl_engine_add_list(engine, "names", "a, b,root", NULL) == SPL_OK);
    MUST(spl_engine_add_macro(engine, "m(x)", "search a=$x$", NULL) == SPL_OK);
    MUST(spl_engine_add_macro(engine, "deep", "`deep`", NULL) == SPL_OK);
    return engine;
}

/* What the header promises of every failure: an error object with the status and a text. */
static inline void check_error(spl_status status, spl_error *err)
{
    char *text;

    MUST(status < 0 && status != SPL_FAIL_BUG && err);
    MUST(spl_error_status(err) == status && spl_error_count(err) > 0);
    text = spl_error_render(err, 0);
    MUST(text && text[strlen(text) - 1] == '\n');
    spl_free(text);
    text = spl_error_render(err, SPL_JSON | SPL_COLOUR);
    spl_free(text);
    spl_error_free(err);
}

/* What queries write is a result as well: every stream in one piece, when the run has succeeded. */
struct stream {
    struct shown *stored;
    struct record lines;
};

static inline spl_status sink_begin(spl_call *call, void *host, const spl_target *target, void **state)
{
    struct stream *stream = calloc(1, sizeof *stream);

    (void)call;
    MUST(stream && (target->index || target->table) && !(target->index && target->table));
    stream->stored = host;
    *state = stream;
    return SPL_OK;
}

static inline spl_status sink_write(spl_call *call, void *host, void *state, const spl_batch *rows)
{
    struct stream *stream = state;

    (void)call;
    (void)host;
    MUST(spl_batch_rows(rows) > 0);
    for (size_t row = 0; row < spl_batch_rows(rows); row++)
        MUST(record_row(&stream->lines, rows, row));
    return SPL_OK;
}

static inline spl_status sink_finish(spl_call *call, void *host, void *state)
{
    struct stream *stream = state;
    struct shown  *stored = host;

    (void)call;
    if (!(stored->text = realloc(stored->text, stored->size + stream->lines.size + 1)))
        abort();
    if (stream->lines.size)
        memcpy(stored->text + stored->size, stream->lines.at, stream->lines.size);
    stored->size += stream->lines.size;
    return SPL_OK;
}

static inline void sink_close(void *host, void *state)
{
    struct stream *stream = state;

    (void)host;
    free(stream->lines.at);
    free(stream);
}

static inline void sink_open(spl_engine *engine, struct shown *stored)
{
    spl_sink sink = { .size = sizeof sink, .stores = SPL_EVENTS | SPL_METRICS | SPL_TABLE | SPL_CSV, .begin = sink_begin,
                      .write = sink_write, .finish = sink_finish, .close = sink_close, .host = stored };

    MUST(spl_engine_set_sink(engine, &sink, NULL) == SPL_OK);
}

static inline spl_status take_rows(spl_run *run, spl_writer *writer, struct shown *shown)
{
    spl_batch *batch = NULL;
    spl_error *err = NULL;
    spl_status status;

    while ((status = spl_run_next(run, &batch, &err)) == SPL_BATCH) {
        spl_status wrote = spl_writer_batch(writer, batch, &err);
        spl_batch_release(batch);
        if (wrote < 0) {
            check_error(wrote, err);
            return wrote;
        }
        shown_add(shown, writer);
    }
    MUST(!batch);
    if (status < 0)
        check_error(status, err);
    return status;
}

static inline spl_status push_all(const struct job *job, const struct way *way, spl_run *run, spl_writer *writer,
                                  struct shown *shown)
{
    spl_status status = take_rows(run, writer, shown);
    spl_error *err = NULL;
    unsigned   seed = job->seed;

    for (size_t at = 0; at < job->input_size && status == SPL_HUNGRY;) {
        size_t left = job->input_size - at, piece = left;
        char  *copy;
        if (way->cut) {
            seed = seed * 1103515245 + 12345;
            piece = 1 + (seed >> 16) % (seed & 0x100 ? 70 : 7);
            piece = piece < left ? piece : left;
        }
        if (!(copy = malloc(piece)))
            abort();
        memcpy(copy, job->input + at, piece);
        status = spl_run_push(run, job->format, copy, piece, &err);
        free(copy);
        at += piece;
        if (status < 0)
            check_error(status, err);
        else
            status = take_rows(run, writer, shown);
    }
    if (status == SPL_HUNGRY) {
        status = spl_run_end(run, &err);
        if (status < 0)
            check_error(status, err);
        else
            status = take_rows(run, writer, shown);
    }
    return status;
}

static inline void show_compiled(const spl_query *query)
{
    for (int32_t what = SPL_SHOW_TEXT; what <= SPL_SHOW_FIELDS; what++) {
        char *text = spl_query_show(query, what);
        MUST(text);
        spl_free(text);
    }
}

static inline struct shown run_way(const struct job *job, const struct way *way)
{
    struct shown shown = { .status = SPL_OK }, stored = { .status = SPL_OK };
    spl_engine  *engine = engine_bounded(way);
    spl_query   *query;
    spl_run     *run;
    spl_writer  *writer = NULL;
    spl_error   *err = NULL;

    sink_open(engine, &stored);
    shown.status = spl_compile(engine, job->query, job->query_size, &query, &err);
    if (shown.status < 0) {
        check_error(shown.status, err);
        MUST(!query);
    } else {
        if (!way->cut)
            show_compiled(query);
        MUST(spl_run_new(query, &run, NULL) == SPL_OK && spl_writer_new(engine, "json", &writer, NULL) == SPL_OK);
        shown.status = push_all(job, way, run, writer, &shown);
        if (shown.status == SPL_DONE) {
            MUST(spl_writer_end(writer, NULL) >= 0);
            shown_add(&shown, writer);
        }
        for (size_t i = 0; i < spl_run_notes(run); i++)
            MUST(spl_run_note_text(run, i) && spl_run_note_code(run, i));
        spl_writer_free(writer);
        spl_run_free(run);
        spl_query_free(query);
    }
    spl_engine_free(engine);
    if (!(shown.text = realloc(shown.text, shown.size + stored.size + 1)))
        abort();
    if (stored.size)
        memcpy(shown.text + shown.size, stored.text, stored.size);
    shown.size += stored.size;
    if (shown.size && memmem(shown.text, shown.size, "psrsvd_", 7))     /* what sistats leaves names pieces of the input */
        shown.size = 0;
    free(stored.text);
    return shown;
}

/* --- comparing ----------------------------------------------------------------------------------------------------- */

struct member {
    const char *at;
    size_t      size;
};

static inline int member_order(const void *a, const void *b)
{
    const struct member *left = a, *right = b;
    size_t               least = left->size < right->size ? left->size : right->size;
    int                  order = memcmp(left->at, right->at, least);

    return order ? order : (left->size > right->size) - (left->size < right->size);
}

/* The members of each line's object in byte order, in place of the text. */
static inline void shown_sort(struct shown *shown)
{
    struct member *member = malloc((shown->size + 1) * sizeof *member);
    char          *text = malloc(shown->size + 1), *to = text;
    size_t         at = 0;

    if (!member || !text)
        abort();
    while (at < shown->size) {
        size_t count = 0, start = at + 1;
        int    depth = 0, quoted = 0;

        for (; at < shown->size && shown->text[at] != '\n'; at++) {
            char c = shown->text[at];
            if (quoted)
                at += c == '\\', quoted = c != '"';
            else if (c == '"')
                quoted = 1;
            else if (c == '{' || c == '[')
                depth++;
            else if (c == ',' || c == '}' || c == ']') {
                if (depth == 1) {
                    member[count++] = (struct member){ shown->text + start, at - start };
                    start = at + 1;
                }
                depth -= c != ',';
            }
        }
        qsort(member, count, sizeof *member, member_order);
        for (size_t i = 0; i < count; i++) {
            memcpy(to, member[i].at, member[i].size);
            to += member[i].size;
            *to++ = i + 1 < count ? ',' : '\n';
        }
        at++;
    }
    free(member);
    free(shown->text);
    shown->text = text;
    shown->size = (size_t)(to - text);
}

static inline int shown_same(const struct shown *a, const struct shown *b)
{
    return a->size == b->size && (a->size == 0 || memcmp(a->text, b->text, a->size) == 0);
}

static inline void show_line(const struct way *way, const struct shown *shown, size_t from)
{
    const char *end = from < shown->size ? memchr(shown->text + from, '\n', shown->size - from) : NULL;
    size_t      to = end ? (size_t)(end - shown->text) : shown->size;

    fprintf(stderr, "--- %s: status %d, %zu bytes\n%.*s\n", way->name, (int)shown->status, shown->size,
            to > from ? (int)(to - from < 1000 ? to - from : 1000) : 0, shown->text + (to > from ? from : 0));
}

/* What says what happened is all in the log, as nobody has the files of a run elsewhere; in few lines, as of logs only the
 * end may be kept: of the results the first lines that differ. */
static inline void show_difference(const struct job *job, const struct way *one, const struct shown *a, const struct way *two,
                                   const struct shown *b)
{
    size_t line = 0;

    for (size_t at = 0; at < a->size && at < b->size && a->text[at] == b->text[at]; at++)
        if (a->text[at] == '\n')
            line = at + 1;
    fprintf(stderr, "query: %.*s\n--- over %s\n", (int)job->query_size, job->query, job->name ? job->name : "the input");
    show_line(one, a, line);
    show_line(two, b, line);
    fprintf(stderr, "---\n");
}

/* All ways give the same bytes, unless one of them hit a limit. One thing may differ: where the columns of a field stand
 * that a command makes in some rows and the input brings in later ones, which is settled batch by batch. */
static inline void compare_ways(const struct job *job, const struct way *ways, int count)
{
    struct shown first = run_way(job, &ways[0]);

    for (int i = 1; i < count; i++) {
        struct shown other = run_way(job, &ways[i]);
        struct shown one = { malloc(first.size + 1), first.size, first.status };
        int          done = first.status == SPL_DONE && other.status == SPL_DONE, same;
        if (!one.text)
            abort();
        if (first.size)
            memcpy(one.text, first.text, first.size);
        if (!shown_same(&one, &other)) {
            shown_sort(&one);
            shown_sort(&other);
        }
        same = (!done || shown_same(&one, &other)) && (first.status == SPL_FAIL_QUERY) == (other.status == SPL_FAIL_QUERY);
        if (!same)
            show_difference(job, &ways[0], &one, &ways[i], &other);
        MUST(same && "whatever the way");
        free(one.text);
        free(other.text);
    }
    free(first.text);
}

/* In any case. */
static inline int holds_word(const char *text, size_t size, const char *word)
{
    size_t length = strlen(word);

    for (size_t at = 0; at + length <= size; at++)
        if (strncasecmp(text + at, word, length) == 0)
            return 1;
    return 0;
}
