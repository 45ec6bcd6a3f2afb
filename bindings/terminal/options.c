/* The command line as a table: parsing and the usage text come from it. */
#include "terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum what {
    SET,                            /* an option of the library */
    SWITCH,                         /* the same, with its value */
    SET_ANY, QUERY_FILE, INPUT, INPUT_FORMAT, OUTPUT, APP, MACRO, DEFINE, LIST, LOOKUP, PACK, CHECK, EXPLAIN, HELP,
    VERSION, STATS, ALLOW_WRITE, COLOUR, PROGRESS, QUIET, ABSENT
};

static const struct row {
    char        letter;
    const char *name, *argument;    /* argument NULL: a switch */
    enum what   what;
    const char *option;             /* SET: which; ABSENT: why */
    const char *help;
} rows[] = {
    { 'f', "query-file", "FILE", QUERY_FILE, NULL, "read the query from a file" },
    { 'i', "input", "FILE", INPUT, NULL, "an input file; may repeat; \"-\" is standard input" },
    { 'I', "input-format", "FORMAT", INPUT_FORMAT, NULL, "auto (default), or a format that --version lists" },
    { 'o', "output", "FORMAT", OUTPUT, NULL, "table (default on a terminal), json (default otherwise), csv, raw, chart" },
    { 0, "time-field", "NAME", SET, "time-field", "where _time comes from" },
    { 0, "kv-mode", "MODE", SET, "kv-mode",
      "how fields are found in text: auto (default), auto_escaped, json, xml, none, multi" },
    { 0, "sourcetype", "S", SET, "default.sourcetype", "sourcetype of events that carry none" },
    { 0, "source", "S", SET, "default.source", "source of events that carry none" },
    { 0, "host", "H", SET, "default.host", "host of events that carry none" },
    { 0, "index", "I", SET, "default.index", "index of events that carry none" },
    { 0, "now", "TIME", SET, "now", "what now() answers: epoch seconds or ISO 8601" },
    { 0, "tz", "ZONE", SET, "timezone", "time zone for snapping and formatting (default: TZ, else UTC)" },
    { 0, "earliest", "TIME", SET, "earliest", "leave out events before this time (-24h@h, 2024-01-01T00:00:00Z)" },
    { 0, "latest", "TIME", SET, "latest", "leave out events from this time on" },
    { 0, "newest-first", NULL, SWITCH, "newest-first=on",
      "events come in descending order of _time, as Splunk searches them: what head, dedup, first() ... mean" },
    { 0, "app", "DIR", APP, NULL, "read the definitions and tables of a Splunk app's folder; may repeat" },
    { 0, "macro", "'NAME(ARGS)=DEF'", MACRO, NULL, "define a macro; may repeat" },
    { 0, "define", "KIND:NAME=TEXT", DEFINE, NULL,
      "define an eventtype, tag (field=value), search, lookup, macro, eval-macro, its validation or message; may repeat" },
    { 0, "lookup", "NAME=FILE", LOOKUP, NULL, "name a CSV file as a table for lookup and inputlookup; may repeat" },
    { 0, "lookup-dir", "DIR", SET, "lookup.directory", "folder whose files x.csv queries may name as tables" },
    { 0, "lenient-lookups", NULL, SWITCH, "lookup.missing=empty", "a table nobody knows is empty, which is told: no error" },
    { 0, "geo", "FILE", SET, "geo.database", "database of MaxMind's kind: where iplocation finds addresses" },
    { 0, "list", "NAME=FILE|a,b", LIST, NULL, "name a list of values for `field IN NAME`; may repeat" },
    { 'j', "threads", "N", SET, "threads", "worker threads (default: the processors there are)" },
    { 0, "memory", "SIZE", SET, "limit.memory", "bound on working memory, such as 512M; sort, stats ... spill past it" },
    { 0, "tmp", "DIR", SET, "temp.directory", "folder for these files (default: TMPDIR, else /tmp)" },
    { 0, "limit-time", "SECONDS", SET, "limit.time", "stop after this long, with exit status 1" },
    { 0, "limit-rows", "N", SET, "limit.rows", "stop after this many rows, with exit status 1" },
    { 0, "allow-write", "DIR", ALLOW_WRITE, NULL,
      "folder where collect, mcollect (INDEX.ndjson), outputlookup, outputcsv (NAME.csv) write" },
    { 0, "set", "OPTION=VALUE", SET_ANY, NULL, "any option of the library; --help options lists them" },
    { 0, "detect", "PACK", PACK, NULL, "run all rules of an ATT&CK-style Markdown page, print alerts; may repeat" },
    { 0, "check", NULL, CHECK, NULL, "compile only; report every mistake" },
    { 0, "explain", NULL, EXPLAIN, NULL, "print the plan of the query" },
    { 0, "stats", NULL, STATS, NULL, "figures of the run on standard error" },
    { 0, "color", "auto|always|never", COLOUR, NULL, "colours; NO_COLOR is honoured" },
    { 0, "progress", "auto|never", PROGRESS, NULL, "accepted; nothing is shown" },
    { 'q', "quiet", NULL, QUIET, NULL, "no warnings and notes" },
    { 'h', "help", "[NAME]", HELP, NULL, "this text, or help on a word of SPL, on an error's code, or on a topic: commands\n"
      "                                   functions aggregates options errors words" },
    { 0, "version", NULL, VERSION, NULL, "version and features" },
    { 0, "test", "PACK", ABSENT, "tests of packs", NULL },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

void options_usage(void)
{
    printf("usage: spl-run [OPTIONS] QUERY [FILE...]\n"
           "       spl-run [OPTIONS] -f QUERY.spl [FILE...]\n"
           "       spl-run [OPTIONS] --detect PACK [--detect PACK...] [FILE...]\n"
           "       spl-run --check [QUERY] | --explain QUERY | --help [NAME] | --version\n"
           "       spl-run [OPTIONS] [-i FILE...]      on a terminal: queries one by one\n\n"
           "Reads events from the files (standard input when there are none), prints the rows of the query.\n\n");
    for (int i = 0; i < ROWS; i++) {
        char left[64];
        if (rows[i].what == ABSENT)
            continue;
        snprintf(left, sizeof left, "%c%c%s --%s %s", rows[i].letter ? '-' : ' ', rows[i].letter ? rows[i].letter : ' ',
                 rows[i].letter ? "," : " ", rows[i].name, rows[i].argument ? rows[i].argument : "");
        printf("  %-32s %s\n", left, rows[i].help);
    }
    printf("\nExit status: 0 ran, 1 failed while running, 2 usage or a query that does not compile.\n");
}

void texts_add(struct texts *texts, const char *text)
{
    const char **at = realloc(texts->at, (texts->count + 1) * sizeof *at);

    if (!at) {
        fputs("error: out of memory\n", stderr);
        exit(EXIT_FAILED);
    }
    texts->at = at;
    texts->at[texts->count++] = text;
}

static bool usage_error(const char *format, const char *what)
{
    fprintf(stderr, "error: ");
    fprintf(stderr, format, what);
    fprintf(stderr, "; see spl-run --help\n");
    return false;
}

/* By address: the call that sets the error stands in the same argument list. */
static bool library(struct session *session, spl_status status, spl_error **err)
{
    if (status >= 0)
        return true;
    session_fail(session, *err);
    return false;
}

/* "NAME=VALUE" cut in two; the name is copied to `name`. */
static const char *split(const char *text, char *name, size_t room)
{
    const char *equals = strchr(text, '=');

    if (!equals || equals == text || (size_t)(equals - text) >= room)
        return NULL;
    memcpy(name, text, (size_t)(equals - text));
    name[equals - text] = 0;
    return equals + 1;
}

/* A macro's arguments stand between its name and the first equals sign behind the closing parenthesis. */
static bool add_macro(struct session *session, const char *text)
{
    char        name[1000];
    const char *value = split(text, name, sizeof name);
    spl_error  *err = NULL;

    if (!value)
        return usage_error("--macro wants NAME(ARGS)=DEFINITION, not '%s'", text);
    return library(session, spl_engine_add_macro(session->engine, name, value, &err), &err);
}

static bool add_definition(struct session *session, const char *text)
{
    static const struct { const char *word; int32_t kind; } kinds[] = {
        { "eventtype:", SPL_EVENTTYPE }, { "tag:", SPL_TAG }, { "search:", SPL_SAVED_SEARCH }, { "macro:", SPL_MACRO },
        { "eval-macro:", SPL_MACRO_EVAL }, { "validation:", SPL_MACRO_VALIDATION }, { "message:", SPL_MACRO_MESSAGE },
        { "lookup:", SPL_LOOKUP },
    };
    char        name[1000];
    const char *value = split(text, name, sizeof name);
    spl_error  *err = NULL;

    for (size_t i = 0; value && i < sizeof kinds / sizeof *kinds; i++) {
        size_t size = strlen(kinds[i].word);
        if (strncmp(name, kinds[i].word, size) == 0)
            return library(session, spl_engine_define(session->engine, kinds[i].kind, name + size, value, &err), &err);
    }
    return usage_error("--define wants KIND:NAME=TEXT, not '%s'", text);
}

static bool is_file(const char *path)
{
    FILE *file = fopen(path, "r");

    if (file)
        fclose(file);
    return file != NULL;
}

/* Nobody calls a member so; taken for one, a misspelt file name would silently change what a rule finds. */
static bool looks_like_file(const char *value)
{
    const char *ending = strrchr(value, '.');

    if (strchr(value, ','))
        return false;
    return strchr(value, '/')
        || (ending && (!strcmp(ending, ".txt") || !strcmp(ending, ".csv") || !strcmp(ending, ".list")));
}

static bool add_lookup(struct session *session, const char *text)
{
    char        name[1000];
    const char *path = split(text, name, sizeof name);
    spl_error  *err = NULL;

    if (!path)
        return usage_error("--lookup wants NAME=FILE, not '%s'", text);
    return library(session, spl_engine_add_lookup(session->engine, name, path, &err), &err);
}

static bool add_app(struct session *session, const char *path)
{
    spl_error *warnings = NULL, *err = NULL;

    if (!library(session, spl_engine_add_app(session->engine, path, &warnings, &err), &err))
        return false;
    session_warn(session, warnings);
    spl_error_free(warnings);
    texts_add(&session->apps, path);
    return true;
}

/* NAME=a,b,c, or NAME=FILE: a file if there is one of that name. */
static bool add_list(struct session *session, const char *text)
{
    char        name[300];
    const char *value = split(text, name, sizeof name);
    spl_error  *err = NULL;
    spl_status  status;

    if (!value)
        return usage_error("--list wants NAME=FILE or NAME=a,b,c, not '%s'", text);
    if (is_file(value))
        status = spl_engine_add_list_file(session->engine, name, value, &err);
    else if (looks_like_file(value))
        return usage_error("cannot read the list file '%s'", value);
    else
        status = spl_engine_add_list(session->engine, name, value, &err);
    return library(session, status, &err);
}

static bool set_any(struct session *session, const char *text)
{
    char        name[100];
    const char *value = split(text, name, sizeof name);
    spl_error  *err = NULL;

    if (!value)
        return usage_error("--set wants OPTION=VALUE, not '%s'", text);
    return library(session, spl_engine_set(session->engine, name, value, &err), &err);
}

static bool set_output(struct session *session, const char *value)
{
    static const char *const formats[] = { "table", "chart", "json", "csv", "raw" };

    if (strcmp(value, "arrow") == 0)
        return usage_error("output format '%s' is not available in this build", value);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(value, formats[i]) == 0) {
            session->output = value;
            return true;
        }
    return usage_error("no output format named '%s'", value);
}

static bool set_colour(struct session *session, const char *value)
{
    session->always_colour = strcmp(value, "always") == 0;
    session->never_colour = strcmp(value, "never") == 0;
    if (session->always_colour || session->never_colour || strcmp(value, "auto") == 0)
        return true;
    return usage_error("--color wants auto, always or never, not '%s'", value);
}

static bool read_query(struct session *session, const char *path)
{
    session->query_memory = read_whole(path);
    session->query = session->query_memory;
    return session->query || usage_error("cannot read the query file '%s'", path);
}

static bool apply(struct session *session, const struct row *row, const char *value)
{
    spl_error *err = NULL;

    if ((row->what == APP) != session->reading_apps)
        return true;
    switch (row->what) {
    case SET:          return library(session, spl_engine_set(session->engine, row->option, value, &err), &err);
    case SWITCH:       return set_any(session, row->option);
    case SET_ANY:      return set_any(session, value);
    case QUERY_FILE:   return read_query(session, value);
    case INPUT:        texts_add(&session->inputs, value); return true;
    case INPUT_FORMAT: session->input_format = value; return true;
    case OUTPUT:       return set_output(session, value);
    case APP:          return add_app(session, value);
    case MACRO:        return add_macro(session, value);
    case DEFINE:       return add_definition(session, value);
    case LIST:         return add_list(session, value);
    case LOOKUP:       return add_lookup(session, value);
    case PACK:         texts_add(&session->packs, value); return true;
    case ALLOW_WRITE:  return store_open(session, value);
    case CHECK:        session->mode = MODE_CHECK; return true;
    case EXPLAIN:      session->mode = MODE_EXPLAIN; return true;
    case HELP:         session->mode = MODE_HELP; session->topic = value; return true;
    case VERSION:      session->mode = MODE_VERSION; return true;
    case STATS:        session->stats = true;
                       return library(session, spl_engine_set(session->engine, "timing", "on", &err), &err);
    case COLOUR:       return set_colour(session, value);
    case PROGRESS:     return strcmp(value, "always") != 0 ||
                              usage_error("--progress %s is not available in this build", value);
    case QUIET:        session->quiet = true; return true;
    default:           return usage_error("--%s is not available in this build", row->name);
    }
}

static const struct row *find(const char *name, size_t size, char letter)
{
    for (int i = 0; i < ROWS; i++)
        if (letter ? rows[i].letter == letter : strlen(rows[i].name) == size && memcmp(rows[i].name, name, size) == 0)
            return &rows[i];
    return NULL;
}

/* One argument that begins with a dash; *at moves over the value where that is an argument of its own. */
static bool read_option(struct session *session, int count, char **argument, int *at)
{
    const char       *text = argument[*at], *value = NULL;
    const struct row *row;

    if (text[1] == '-') {
        size_t size = strcspn(text + 2, "=");
        row = find(text + 2, size, 0);
        value = text[2 + size] ? text + 3 + size : NULL;
    } else {
        row = find(NULL, 0, text[1]);
        value = text[2] ? text + 2 : NULL;
    }
    if (!row)
        return usage_error("no option '%s'", text);
    if (!row->argument && value)
        return usage_error("'%s' takes no value", text);
    if (row->argument && !value && *at + 1 < count)
        value = argument[++*at];
    if (row->argument && !value && row->what != HELP)
        return usage_error("'%s' wants a value", text);
    return apply(session, row, value);
}

/* With --detect there is no query: the first word is an input as well. */
static void put_first(struct texts *inputs, struct session *session)
{
    texts_add(inputs, NULL);
    memmove(inputs->at + 1, inputs->at, (inputs->count - 1) * sizeof *inputs->at);
    inputs->at[0] = session->query;
    session->query = NULL;
}

static bool read_all(struct session *session, int count, char **argument)
{
    bool only_files = false;

    for (int i = 1; i < count; i++) {
        const char *text = argument[i];
        if (!only_files && strcmp(text, "--") == 0) {
            only_files = true;
        } else if (!only_files && text[0] == '-' && text[1]) {
            if (!read_option(session, count, argument, &i))
                return false;
        } else if (session->reading_apps) {
            continue;
        } else if (!session->query) {
            session->query = text;
        } else {
            texts_add(&session->inputs, text);
        }
    }
    return true;
}

/* Apps come first: what else the command line defines wins over what they do, wherever it stands. */
bool options_read(struct session *session, int count, char **argument)
{
    session->reading_apps = true;
    if (!read_all(session, count, argument))
        return false;
    session->reading_apps = false;
    if (!read_all(session, count, argument))
        return false;
    if (session->packs.count && session->query && !session->query_memory)
        put_first(&session->inputs, session);
    return true;
}
