/* Queries one by one over the inputs named on the command line or with .open. */
#include "terminal.h"

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

int repl_run(struct session *session)
{
    struct texts kept = { NULL, 0 };
    char        *words = spl_engine_words(session->engine, "command"), *line;
    bool         stay = true;

    printf("spl-run: type a query, .help or .quit\n");
    line_words(words ? words : "");
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
    spl_free(words);
    return EXIT_RAN;
}
