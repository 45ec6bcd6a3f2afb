/* One line from the user: with history and completion where libedit is there, plain otherwise. */
#include "terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char *(*complete)(void *host, const char *text);
static void  *complete_host;

void line_completes(char *(*words)(void *host, const char *text), void *host)
{
    complete = words;
    complete_host = host;
}

#ifdef HAVE_LIBEDIT
#include <editline/readline.h>

/* The state-th word that may stand where `prefix` does; the editor asks from 0 on. */
static char *next_word(const char *prefix, int state)
{
    static char *words;
    static char *at;
    size_t       size = strlen(prefix);

    if (state == 0) {
        char *before = strndup(rl_line_buffer, (size_t)rl_point);
        free(words);
        words = at = complete && before ? complete(complete_host, before) : NULL;
        free(before);
    }
    while (at && *at) {
        char *word = at, *end = at + strcspn(at, "\n");
        at = end + (*end == '\n');
        if (strncasecmp(word, prefix, size) != 0)
            continue;
        rl_completion_append_character = end > word && (end[-1] == '=' || end[-1] == '(') ? 0 : ' ';
        return strndup(word, (size_t)(end - word));
    }
    return NULL;
}

/* By this door the editor takes the words as they are; by the other it would quote them as names of files. */
static char **matches(const char *prefix, int from, int to)
{
    (void)from;
    (void)to;
    rl_attempted_completion_over = 1;
    return rl_completion_matches(prefix, next_word);
}

char *line_read(const char *prompt)
{
    char *line;

    rl_attempted_completion_function = matches;
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
