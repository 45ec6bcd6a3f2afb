/* One line from the user: with history and completion where libedit is there, plain otherwise. */
#include "terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *words = "";

void line_words(const char *all)
{
    words = all;
}

#ifdef HAVE_LIBEDIT
#include <editline/readline.h>

/* The state-th word that begins with `prefix`. */
static char *next_word(const char *prefix, int state)
{
    size_t size = strlen(prefix);

    for (const char *at = words; *at; at += strcspn(at, "\n") + (strchr(at, '\n') != NULL))
        if (strncmp(at, prefix, size) == 0 && state-- == 0)
            return strndup(at, strcspn(at, "\n"));
    return NULL;
}

char *line_read(const char *prompt)
{
    char *line;

    rl_completion_entry_function = next_word;
    line = readline(prompt);
    if (line && *line)
        add_history(line);
    return line;
}
#else
char *line_read(const char *prompt)
{
    char  *line = NULL;
    size_t room = 0;

    fputs(prompt, stdout);
    fflush(stdout);
    if (getline(&line, &room, stdin) < 0) {
        free(line);
        return NULL;
    }
    line[strcspn(line, "\r\n")] = 0;
    return line;
}
#endif
