/* Queries one by one over the inputs named on the command line or with .open. */
#include "terminal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool starts(const char *text, const char *word, const char **rest)
{
    size_t size = strlen(word);

    if (strncmp(text, word, size) != 0 || (text[size] && text[size] != ' '))
        return false;
    *rest = text + size + strspn(text + size, " ");
    return true;
}

static void show_help(void)
{
    puts("a query          runs it over the open files\n"
         ".open FILE       adds an input file; .close forgets them all\n"
         ".output FORMAT   table, chart, json, csv, raw\n"
         ".explain QUERY   the plan of a query\n"
         ".set NAME=VALUE  an option; .options lists them\n"
         ".help [WORD]     help on a command or function; .words lists them\n"
         ".quit            leaves");
}

static void set_option(struct session *session, const char *text)
{
    char        name[100];
    const char *value = strchr(text, '=');
    spl_error  *err = NULL;

    if (!value || (size_t)(value - text) >= sizeof name) {
        fputs("error: .set wants NAME=VALUE\n", stderr);
        return;
    }
    snprintf(name, sizeof name, "%.*s", (int)(value - text), text);
    if (spl_engine_set(session->engine, name, value + 1, &err) < 0)
        session_fail(session, err);
}

static void help(struct session *session, const char *topic)
{
    if (!*topic) {
        show_help();
        return;
    }
    session->topic = topic;
    help_topic(session);
}

/* False: leave. `kept` owns the texts that were typed and are still in use. */
static bool command(struct session *session, const char *line, struct texts *kept)
{
    const char *rest;

    if (starts(line, ".quit", &rest) || starts(line, ".exit", &rest))
        return false;
    if (starts(line, ".help", &rest)) {
        help(session, rest);
    } else if (starts(line, ".words", &rest)) {
        help(session, "words");
    } else if (starts(line, ".options", &rest)) {
        help(session, "options");
    } else if (starts(line, ".set", &rest)) {
        set_option(session, rest);
    } else if (starts(line, ".close", &rest)) {
        session->inputs.count = 0;
    } else if (starts(line, ".open", &rest) && *rest) {
        texts_add(kept, strdup(rest));
        texts_add(&session->inputs, kept->at[kept->count - 1]);
    } else if (starts(line, ".output", &rest) && *rest) {
        texts_add(kept, strdup(rest));
        session->output = kept->at[kept->count - 1];
    } else if (starts(line, ".explain", &rest) && *rest) {
        session->query = rest;
        explain_query(session);
        session->query = NULL;
    } else {
        fprintf(stderr, "error: no command '%s'; .help lists them\n", line);
    }
    return true;
}

static void query(struct session *session, const char *text)
{
    spl_query *compiled;
    bool       needs_input = true;

    if (spl_compile(session->engine, text, SPL_NTS, &compiled, NULL) >= 0) {
        needs_input = !spl_query_generates(compiled);
        spl_query_free(compiled);
        if (needs_input && session->inputs.count == 0) {
            fputs("error: no input; name files with .open FILE\n", stderr);
            return;
        }
    }
    session_run(session, text, session->output ? session->output : "table");
}

/* --- completion ---------------------------------------------------------------------------------------------------- */

struct completion {
    struct session *session;
    char           *fields;         /* of the first events, one a line; NULL: not looked at yet */
    size_t          inputs;         /* there were so many then */
};

static char *append_line(char *text, const char *line)
{
    size_t size = text ? strlen(text) : 0, more = strlen(line);
    char  *moved = realloc(text, size + more + 2);

    if (!moved)
        return text;
    memcpy(moved + size, line, more);
    strcpy(moved + size + more, "\n");
    return moved;
}

static bool has_line(const char *text, const char *line)
{
    size_t size = strlen(line);

    for (const char *at = text; at && *at; at += strcspn(at, "\n"), at += *at == '\n')
        if (strncmp(at, line, size) == 0 && at[size] == '\n')
            return true;
    return false;
}

/* The names of the fields of the first hundred events. */
static char *sample_fields(const struct session *session)
{
    spl_query *query = NULL;
    spl_run   *run = NULL;
    spl_batch *rows;
    char      *fields = NULL;
    spl_status status = spl_compile(session->engine, "head 100", SPL_NTS, &query, NULL);

    if (status >= 0)
        status = spl_run_new(query, &run, NULL);
    for (size_t i = 0; status >= 0 && i < session->inputs.count; i++)
        if (strcmp(session->inputs.at[i], "-") != 0)
            status = spl_run_open(run, session->inputs.at[i], session->input_format, NULL);
    while (status >= 0 && spl_run_next(run, &rows, NULL) == SPL_BATCH) {
        for (size_t i = 0; i < spl_batch_columns(rows); i++)
            if (!has_line(fields, spl_batch_name(rows, i)))
                fields = append_line(fields, spl_batch_name(rows, i));
        spl_batch_release(rows);
    }
    spl_run_free(run);
    spl_query_free(query);
    return fields;
}

static bool behind_equals(const char *text)
{
    size_t size = strlen(text);

    while (size && (isalnum((unsigned char)text[size - 1]) || text[size - 1] == '_'))
        size--;
    return size && text[size - 1] == '=';
}

/* Words of the language, then fields. */
static char *complete_words(void *host, const char *text)
{
    struct completion *completion = host;
    struct session    *session = completion->session;
    char              *words = spl_engine_complete(session->engine, text, SPL_NTS), *all = NULL;

    if (words && *words) {
        words[strlen(words) - 1] = 0;           /* append_line ends it */
        all = append_line(NULL, words);
    }
    spl_free(words);
    if (session->inputs.count && (!completion->fields || completion->inputs != session->inputs.count)) {
        free(completion->fields);
        completion->fields = sample_fields(session);
        completion->inputs = session->inputs.count;
    }
    if (all && behind_equals(text))
        return all;                             /* the values of an option */
    if (completion->fields && strpbrk(text, " |=")) {
        completion->fields[strlen(completion->fields) - 1] = 0;
        all = append_line(all, completion->fields);
        strcat(completion->fields, "\n");
    }
    return all;
}

/* --- the loop ------------------------------------------------------------------------------------------------------ */

int repl_run(struct session *session)
{
    struct texts      kept = { NULL, 0 };
    struct completion completion = { .session = session };
    char             *line;
    bool              stay = true;

    printf("spl-run: type a query, .help or .quit\n");
    line_completes(complete_words, &completion);
    while (stay && (line = line_read("spl> "))) {
        const char *text = line + strspn(line, " \t"), *rest;
        if (strcmp(text, "quit") == 0 || strcmp(text, "exit") == 0)
            stay = false;
        else if (starts(text, "help", &rest))           /* what a newcomer types; to search for the word: search help */
            help(session, rest);
        else if (*text == '.')
            stay = command(session, text, &kept);
        else if (*text)
            query(session, text);
        free(line);
    }
    for (size_t i = 0; i < kept.count; i++)
        free((void *)kept.at[i]);
    free(kept.at);
    line_completes(NULL, NULL);
    free(completion.fields);
    return EXIT_RAN;
}
