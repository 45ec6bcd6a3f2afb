#include "terminal.h"

#include <stdio.h>
#include <string.h>

/* Those whose names begin so. */
static int help_options(const char *prefix)
{
    const spl_option *option;

    for (size_t i = 0; (option = spl_options(i)); i++)
        if (strncmp(option->name, prefix, strlen(prefix)) == 0)
            printf("%-24s %-8s %-8s %s\n", option->name, strchr(option->type, '|') ? "choice" : option->type,
                   *option->preset ? option->preset : "-", option->help);
    return EXIT_RAN;
}

static int help_codes(void)
{
    static const char *const severities[] = { "error", "warning", "note" };
    const spl_code *code;

    for (size_t i = 0; (code = spl_codes(i)); i++)
        printf("%-20s %-8s %-7s %s\n", code->name, severities[code->severity], code->kind, code->meaning);
    return EXIT_RAN;
}

static bool help_code(const char *name)
{
    static const char *const severities[] = { "an error", "a warning", "a note" };
    const spl_code *code;

    for (size_t i = 0; (code = spl_codes(i)); i++) {
        if (strcmp(code->name, name) != 0)
            continue;
        printf("%s, %s: %s\n", code->name, severities[code->severity], code->meaning);
        return true;
    }
    return false;
}

static int help_words(const struct session *session)
{
    static const char *const kinds[] = { "command", "function", "aggregate" };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char  *words = spl_engine_words(session->engine, kinds[i]);
        size_t column = 0;
        printf("%s%ss:\n", i ? "\n" : "", kinds[i]);
        for (char *at = words; at && *at; at += strcspn(at, "\n") + 1) {
            size_t size = strcspn(at, "\n");
            column += size + 2;
            if (column > 100)
                column = size + 2;
            printf("%s%.*s", column == size + 2 && at != words ? "\n  " : at == words ? "  " : "  ", (int)size, at);
        }
        printf("\n");
        spl_free(words);
    }
    return EXIT_RAN;
}

int help_topic(struct session *session)
{
    char *text;

    if (!session->topic) {
        options_usage();
        return EXIT_RAN;
    }
    if (strcmp(session->topic, "options") == 0)
        return help_options("");
    if (strcmp(session->topic, "limits") == 0) {
        help_options("limit.");
        printf("\n");
        session->topic = "memory";
    }
    if (strcmp(session->topic, "words") == 0)
        return help_words(session);
    if (strcmp(session->topic, "errors") == 0)
        return help_codes();
    text = spl_engine_help(session->engine, session->topic);
    if (!text && help_code(session->topic))
        return EXIT_RAN;
    if (!text) {
        fprintf(stderr, "error: no command, function or topic named '%s'; topics: commands, functions, aggregates, "
                        "options, limits, errors, words\n", session->topic);
        return EXIT_USAGE;
    }
    fputs(text, stdout);
    spl_free(text);
    return EXIT_RAN;
}
