/* Runs plain-text cases through the public library, under several regimes that must all give the same bytes. */
#include "cases.h"
#include "divided.h"
#include "stored.h"
#include "tables.h"

#include <spl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct regime {
    const char *name;
    const char *option[4][2];       /* library options */
    size_t      piece;              /* push the input in pieces of this size; 0: whole */
    int         parts;              /* divide the query: the input in so many parts, what they give goes through Arrow */
};

static const struct regime REGIMES[] = {
    { "plain", { { NULL } }, 0 },
    { "one-row-batches", { { "batch.rows", "1" } }, 0 },
    { "three-row-batches", { { "batch.rows", "3" } }, 0 },
    { "partitions", { { "debug.partitions", "4" }, { "batch.rows", "2" } }, 0 },
    { "saved-states", { { "debug.partitions", "4" }, { "debug.partials", "on" }, { "batch.rows", "2" } }, 0 },
    { "threads", { { "threads", "4" } }, 0 },
    { "spill", { { "temp.directory", "/tmp" }, { "debug.spill", "2" }, { "batch.rows", "2" } }, 0 },
    { "spill-partitions", { { "temp.directory", "/tmp" }, { "debug.spill", "1" }, { "debug.partitions", "3" },
                            { "batch.rows", "2" } }, 0 },
    { "row-bodies", { { "debug.row-bodies", "on" } }, 0 },
    { "no-rewrites", { { "debug.rewrite", "off" } }, 0 },
    { "no-prefilter", { { "debug.prefilter", "off" } }, 0 },
    { "portable", { { "debug.cpu", "portable" } }, 0 },
    { "pieces", { { NULL } }, 7, 0 },
    { "divided", { { NULL } }, 0, 3 },
    { "divided-threads", { { "threads", "4" }, { "batch.rows", "1" } }, 0, 64 },
};

struct outcome {
    char *output, *error, *warnings, *notes;
};

struct job {
    const struct test_case *test;
    const struct regime    *regime;
    spl_engine             *engine;
    const char             *format_in, *format_out;
    const char             *set[32][2];
    size_t                  sets;
    struct outcome          got;
    struct stored           stored;         /* what collect and mcollect wrote */
    int                     skipped;
};

static size_t passed, failed;
static const char *only_regimes, *only_text;    /* names with commas between; part of a title */
static char        seen[200];                   /* codes of diagnostics, by number */

static char *join(char *text, const char *more, size_t size)
{
    size_t before = text ? strlen(text) : 0;
    char  *grown = realloc(text, before + size + 1);

    if (!grown)
        exit(3);
    memcpy(grown + before, more, size);
    grown[before + size] = 0;
    return grown;
}

static char *join_text(char *text, const char *more)
{
    return join(text, more, strlen(more));
}

/* --- options ------------------------------------------------------------------------------------------------------- */

/* Splits a line into words as a shell would: blanks, '...' and "...". */
static size_t split_words(char *line, char **word, size_t most)
{
    size_t count = 0;
    char  *out = line;

    while (*line && count < most) {
        char quote = 0;
        while (*line == ' ' || *line == '\n')
            line++;
        if (!*line)
            break;
        word[count++] = out;
        for (; *line && (quote || (*line != ' ' && *line != '\n')); line++) {
            if (quote ? *line == quote : *line == '\'' || *line == '"')
                quote = quote ? 0 : *line;
            else
                *out++ = *line;
        }
        if (*line)
            line++;
        *out++ = 0;
    }
    return count;
}

static void fail_option(struct job *job, const char *word, spl_error *err)
{
    char *text = err ? spl_error_render(err, 0) : NULL;

    job->got.error = join_text(job->got.error, "bad option in the test: ");
    job->got.error = join_text(job->got.error, word);
    job->got.error = join_text(job->got.error, "\n");
    if (text)
        job->got.error = join_text(job->got.error, text);
    spl_free(text);
    spl_error_free(err);
}

/* KIND:NAME=TEXT */
static void define(struct job *job, char *value, char *is)
{
    static const struct { const char *word; int32_t kind; } KINDS[] = {
        { "eventtype:", SPL_EVENTTYPE }, { "tag:", SPL_TAG }, { "search:", SPL_SAVED_SEARCH }, { "macro:", SPL_MACRO },
        { "eval-macro:", SPL_MACRO_EVAL }, { "validation:", SPL_MACRO_VALIDATION }, { "message:", SPL_MACRO_MESSAGE },
        { "lookup:", SPL_LOOKUP },
    };
    spl_error *err = NULL;

    *is = 0;
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        size_t size = strlen(KINDS[i].word);
        if (strncmp(value, KINDS[i].word, size) != 0)
            continue;
        if (spl_engine_define(job->engine, KINDS[i].kind, value + size, is + 1, &err) < 0)
            fail_option(job, "--define", err);
        return;
    }
    fail_option(job, "--define", NULL);
}

static void apply_option(struct job *job, char *name, char *value)
{
    static const char *const SAME[][2] = {
        { "--now", "now" }, { "--tz", "timezone" }, { "--earliest", "earliest" }, { "--latest", "latest" },
        { "--time-field", "time-field" }, { "--kv-mode", "kv-mode" }, { "--sourcetype", "default.sourcetype" }, { "--source", "default.source" },
        { "--host", "default.host" }, { "--index", "default.index" }, { "--memory", "limit.memory" },
        { "--limit-rows", "limit.rows" },
    };
    spl_error *err = NULL;
    char      *is = strchr(value, '=');

    for (size_t i = 0; i < sizeof SAME / sizeof *SAME; i++)
        if (strcmp(name, SAME[i][0]) == 0) {
            job->set[job->sets][0] = SAME[i][1];
            job->set[job->sets++][1] = value;
            return;
        }
    if (strcmp(name, "-I") == 0 || strcmp(name, "--input-format") == 0) {
        job->format_in = value;
    } else if (strcmp(name, "-o") == 0 || strcmp(name, "--output") == 0) {
        job->format_out = value;
    } else if (strcmp(name, "--geo") == 0) {
        job->set[job->sets][0] = "geo.database";
        job->set[job->sets++][1] = PLACES;
    } else if (strcmp(name, "--allow-write") == 0) {
        stored_open(job->engine, &job->stored);
    } else if (is && strcmp(name, "--set") == 0) {
        *is = 0;
        job->set[job->sets][0] = value;
        job->set[job->sets++][1] = is + 1;
    } else if (is && strcmp(name, "--list") == 0) {
        *is = 0;
        if (spl_engine_add_list(job->engine, value, is + 1, &err) < 0)
            fail_option(job, name, err);
    } else if (is && strcmp(name, "--define") == 0) {
        define(job, value, is);
    } else if (is && strcmp(name, "--macro") == 0) {
        *is = 0;
        if (spl_engine_add_macro(job->engine, value, is + 1, &err) < 0)
            fail_option(job, name, err);
    } else {
        fail_option(job, name, NULL);
    }
}

/* --- one run ------------------------------------------------------------------------------------------------------- */

static void note_codes(const spl_error *err)
{
    for (size_t i = 0; i < spl_error_count(err); i++)
        for (size_t j = 0; spl_codes(j) && j < sizeof seen; j++)
            seen[j] |= strcmp(spl_codes(j)->name, spl_error_code(err, i)) == 0;
}

/* Those of the apps first. */
static void keep_warnings(struct job *job, const spl_error *warnings)
{
    char       *own = warnings ? spl_error_render(warnings, 0) : NULL;
    const char *apps = tables_warnings();

    note_codes(warnings);
    job->got.warnings = malloc(strlen(apps) + (own ? strlen(own) : 0) + 1);
    if (!job->got.warnings)
        exit(3);
    strcpy(job->got.warnings, apps);
    strcat(job->got.warnings, own ? own : "");
    spl_free(own);
}

static void keep_error(struct job *job, spl_error *err)
{
    char *text = spl_error_render(err, 0);

    note_codes(err);
    job->got.error = join_text(job->got.error, text ? text : "no text\n");
    spl_free(text);
    spl_error_free(err);
}

static void take(struct job *job, spl_writer *writer)
{
    const char *at;
    size_t      size;

    spl_writer_take(writer, &at, &size);
    job->got.output = join(job->got.output, at, size);
}

/* All results that are there; 0 when the run wants more input, 1 when it is over. */
static int drain(struct job *job, spl_run *run, spl_writer *writer)
{
    spl_error *err = NULL;
    spl_batch *batch;

    for (;;) {
        spl_status status = spl_run_next(run, &batch, &err);
        if (status == SPL_HUNGRY)
            return 0;
        if (status == SPL_DONE)
            return 1;
        if (status == SPL_BATCH)
            status = spl_writer_batch(writer, batch, &err);
        spl_batch_release(batch);
        if (status < 0) {
            keep_error(job, err);
            return 1;
        }
        take(job, writer);
    }
}

static void feed(struct job *job, spl_run *run, spl_writer *writer)
{
    const char *input = job->test->text[IN_INPUT];
    size_t      size = input ? strlen(input) : 0, piece = job->regime->piece ? job->regime->piece : size;
    spl_error  *err = NULL;
    int         over = drain(job, run, writer);

    for (size_t at = 0; at < size && !over; at += piece) {
        spl_status status = spl_run_push(run, job->format_in, input + at, size - at < piece ? size - at : piece, &err);
        if (status < 0) {
            keep_error(job, err);
            return;
        }
        over = drain(job, run, writer);
    }
    if (!over && spl_run_end(run, &err) < 0)
        keep_error(job, err);
    else if (!over)
        drain(job, run, writer);
}

static void execute(struct job *job, spl_query *query)
{
    spl_run    *run = NULL;
    spl_writer *writer = NULL;
    spl_error  *err = NULL;

    if (spl_run_new(query, &run, &err) < 0 || spl_writer_new(job->engine, job->format_out, &writer, &err) < 0) {
        keep_error(job, err);
        spl_run_free(run);
        return;
    }
    job->got.output = join_text(NULL, "");
    feed(job, run, writer);
    for (spl_status ended = SPL_BATCH; !job->got.error && ended == SPL_BATCH;) {
        ended = spl_writer_end(writer, &err);
        if (ended < 0)
            keep_error(job, err);
        take(job, writer);
    }
    for (size_t i = 0; i < spl_run_notes(run); i++) {
        char line[600];
        snprintf(line, sizeof line, "%llu %s\n", (unsigned long long)spl_run_note_count(run, i), spl_run_note_text(run, i));
        job->got.notes = join_text(job->got.notes, line);
    }
    spl_writer_free(writer);
    spl_run_free(run);
}

/* Where that is possible, and there are results. */
static void execute_divided(struct job *job, const spl_query *query)
{
    const char *input = job->test->text[IN_INPUT];
    spl_error  *err = NULL;

    job->skipped = job->test->text[IN_ERROR] || !input || strcmp(job->format_in, "auto") != 0 ||
                   !divided_run(job->engine, query, job->regime->parts, input, job->format_out, &job->got.output, &err);
    if (err)
        keep_error(job, err);
}

static void attempt(struct job *job)
{
    char      *options = job->test->text[IN_OPTIONS] ? strdup(job->test->text[IN_OPTIONS]) : NULL;
    char      *word[64];
    size_t     words = options ? split_words(options, word, 64) : 0;
    spl_query *query = NULL;
    spl_error *err = NULL;

    if (spl_engine_new(NULL, &job->engine) < 0)
        exit(3);
    if (!tables_put(job->engine, job->test, &err))
        fail_option(job, "table", err);
    err = NULL;
    if (job->test->text[IN_STORED] || job->test->text[IN_THEN])
        stored_open(job->engine, &job->stored);
    job->set[job->sets][0] = "timezone";
    job->set[job->sets++][1] = "UTC";
    for (size_t i = 0; i < 4 && job->regime->option[i][0]; i++) {
        job->set[job->sets][0] = job->regime->option[i][0];
        job->set[job->sets++][1] = job->regime->option[i][1];
    }
    for (size_t i = 0; i + 1 < words; i += 2)       /* the case has the last word */
        apply_option(job, word[i], word[i + 1]);
    for (size_t i = 0; i < job->sets; i++)
        if (spl_engine_set(job->engine, job->set[i][0], job->set[i][1], &err) < 0) {
            fail_option(job, job->set[i][0], err);
            err = NULL;
        }
    if (!job->got.error) {
        size_t size = strlen(job->test->text[IN_QUERY]);
        if (size)
            size--;                             /* the last newline belongs to the file, not to the query */
        if (spl_compile(job->engine, job->test->text[IN_QUERY], size, &query, &err) < 0) {
            keep_error(job, err);
        } else {
            keep_warnings(job, spl_query_warnings(query));
            if (job->regime->parts)
                execute_divided(job, query);
            else
                execute(job, query);
        }
        spl_query_free(query);
        if (job->test->text[IN_THEN] && !job->got.error && !job->skipped) {
            free(job->got.output);
            job->got.output = stored_query(job->engine, job->test->text[IN_THEN], &job->stored, &err);
            if (err)
                keep_error(job, err);
        }
    }
    spl_engine_free(job->engine);
    free(options);
}

/* --- judging ------------------------------------------------------------------------------------------------------- */

static int same(const char *want, const char *got)
{
    return strcmp(want ? want : "", got ? got : "") == 0;
}

static void show(const char *what, const char *text)
{
    printf("    %s\n", what);
    for (const char *at = text ? text : ""; *at;) {
        size_t size = strcspn(at, "\n");
        printf("      %.*s\n", (int)size, at);
        at += size + (at[size] == '\n');
    }
}

static void judge(const struct test_case *test, const struct regime *regime)
{
    struct job job = { .test = test, .regime = regime, .format_in = "auto", .format_out = "json" };
    int        good;

    attempt(&job);
    if (job.skipped)
        goto done;
    good = (same(test->text[IN_OUTPUT], job.got.output) ||
            (regime->parts && test->text[IN_OUTPUT] && job.got.output &&
             divided_same(test->text[IN_OUTPUT], job.got.output))) &&
           same(test->text[IN_ERROR], job.got.error);
    if (test->text[IN_ERROR] && !test->text[IN_OUTPUT])
        good = same(test->text[IN_ERROR], job.got.error);       /* rows before a failed run do not matter */
    if (test->text[IN_STORED])
        good &= same(test->text[IN_STORED], job.stored.shown.at);
    if (test->text[IN_WARNINGS])
        good &= same(test->text[IN_WARNINGS], job.got.warnings);
    if (test->text[IN_NOTES] && !regime->parts)
        good &= same(test->text[IN_NOTES], job.got.notes);
    passed += good != 0;
    failed += !good;
    if (!good) {
        printf("FAILED  %s:%zu: %s [%s]\n", test->file, test->line, test->title ? test->title : "", regime->name);
        show("wanted", test->text[IN_ERROR] ? test->text[IN_ERROR] : test->text[IN_OUTPUT]);
        show("got", job.got.error ? job.got.error : job.got.output);
        if (test->text[IN_STORED])
            show("got stored", job.stored.shown.at);
        if (test->text[IN_WARNINGS])
            show("got warnings", job.got.warnings);
        if (test->text[IN_NOTES])
            show("got notes", job.got.notes);
    }
done:
    free(job.got.output);
    free(job.got.error);
    free(job.got.warnings);
    free(job.got.notes);
    stored_free(&job.stored);
}

static int is_wanted(const struct regime *regime)
{
    size_t size = strlen(regime->name);

    for (const char *at = only_regimes; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (strncmp(at, regime->name, size) == 0 && (at[size] == ',' || at[size] == 0))
            return 1;
    return !only_regimes;
}

static void run_file(const char *path)
{
    struct test_file file;

    if (cases_read(path, &file) < 0)
        failed++;
    for (size_t i = 0; i < file.count; i++) {
        if (only_text && !(file.item[i].title && strstr(file.item[i].title, only_text)))
            continue;
        if (!file.item[i].text[IN_QUERY] || (!file.item[i].text[IN_OUTPUT] && !file.item[i].text[IN_ERROR]))
            continue;
        for (size_t r = 0; r < sizeof REGIMES / sizeof *REGIMES; r++)
            if (is_wanted(&REGIMES[r]))
                judge(&file.item[i], &REGIMES[r]);
        tables_remove(&file.item[i]);
    }
    cases_free(&file);
}

/* What a query can be told at compile time must have been told to one of the cases. */
static void judge_codes(void)
{
    static const char *const kinds[] = { "syntax", "word", "use", "advice" };

    for (size_t i = 0; spl_codes(i) && i < sizeof seen; i++)
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            if (strcmp(spl_codes(i)->kind, kinds[k]) != 0)
                continue;
            passed += seen[i] != 0;
            failed += !seen[i];
            if (!seen[i])
                printf("FAILED  no case shows the code '%s'\n", spl_codes(i)->name);
        }
}

int main(int count, char **word)
{
    int every_code = 0;

    for (int i = 1; i < count; i++) {
        if (strcmp(word[i], "--regime") == 0 && i + 1 < count)
            only_regimes = word[++i];
        else if (strcmp(word[i], "--only") == 0 && i + 1 < count)
            only_text = word[++i];
        else if (strcmp(word[i], "--every-code") == 0)
            every_code = 1;
        else
            run_file(word[i]);
    }
    if (every_code)
        judge_codes();
    tables_end();
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed > 0;
}
