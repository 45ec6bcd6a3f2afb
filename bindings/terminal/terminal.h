/* spl-run: the terminal's host for libspl. It sees the public headers only.
 *
 * Exit statuses: 0 ran, 1 a failure while running, 2 usage or a query that does not compile. */
#pragma once

#include <spl.h>
#include <spl_extend.h>

#include <stdbool.h>
#include <stddef.h>

enum { EXIT_RAN = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

enum mode { MODE_RUN, MODE_CHECK, MODE_EXPLAIN, MODE_HELP, MODE_VERSION };

struct texts {                      /* a growing list of borrowed texts */
    const char **at;
    size_t       count;
};

struct session {
    spl_engine  *engine;
    enum mode    mode;
    const char  *query;             /* text of the query; NULL: none given */
    char        *query_memory;      /* when it came from a file */
    const char  *topic;             /* --help NAME */
    struct texts inputs, packs, apps;
    const char  *input_format, *output;     /* output NULL: by what standard output is */
    bool         reading_apps;      /* by options_read */
    bool         stats, quiet, never_colour, always_colour;
    bool         writes;            /* queries may write to files: they run to their end though nobody reads any more */
};

/* --- options.c */
/* Reads the command line; false: a message is out, exit with EXIT_USAGE. */
bool options_read(struct session *session, int count, char **argument);
void options_usage(void);
void texts_add(struct texts *texts, const char *text);

/* --- main.c */
int  session_run(struct session *session, const char *query, const char *output);
int  session_fail(const struct session *session, spl_error *err);       /* prints and frees it; the exit status */
void session_warn(const struct session *session, const spl_error *warnings);
char *read_whole(const char *path);                                     /* "-": standard input; NULL: cannot, errno */

/* --- the others, a file each */
int  check_query(struct session *session);
int  explain_query(struct session *session);
int  help_topic(struct session *session);
int  repl_run(struct session *session);
int  detect(struct session *session, const char *output);

/* --- show.c */
bool show_is_terminal(int file);
bool show_colour(const struct session *session, int file);
int  show_width(void);              /* columns of standard output; 0: no terminal */
bool show_bytes(const char *at, size_t size);           /* false: nobody reads any more */
void show_stats(const spl_run *run, double seconds);
void show_notes(const spl_run *run);

/* --- store.c */
/* Queries may write to files in that folder. False: a message is out. */
bool store_open(struct session *session, const char *path);

/* --- line.c */
/* A line the user typed, without its newline; NULL at the end of input. free() it. */
char *line_read(const char *prompt);
/* `words` gives what may stand at the end of a text, a word a line, to be freed with free(); NULL: nothing. */
void  line_completes(char *(*words)(void *host, const char *text), void *host);
