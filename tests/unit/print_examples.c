/* The examples of every function, aggregate and command as cases for tests/runner: help texts that tell the truth. */
#include "api/builtin.h"

#include <stdio.h>

static unsigned printed, without;

static void put_lines(const char *section, const char *text)
{
    printf("%s\n", section);
    while (*text) {
        size_t size = strcspn(text, "\n");
        printf("  %.*s\n", (int)size, text);
        text += size + (text[size] == '\n');
    }
}

static void put_case(const char *kind, const char *name, const char *query, const char *input, const char *output)
{
    if (!query) {
        fprintf(stderr, "%s %s has no example\n", kind, name);
        without++;
        return;
    }
    printf("# help on %s %s\noptions\n  --now 1800000000%s\n", kind, name,
           strcmp(kind, "command") == 0 ? " --allow-write here --geo here" : "");
    if (strstr(query, EXAMPLE_SEARCH))
        printf("  --define 'search:" EXAMPLE_SEARCH "=" EXAMPLE_SEARCH_TEXT "'\n");
    if (strstr(query, EXAMPLE_TABLE))
        put_lines("table " EXAMPLE_TABLE ".csv", EXAMPLE_ROWS);
    printf("query\n  %s", query);
    if (!output || !strstr(output, "\"_raw\""))            /* the help leaves out what every event has */
        printf(" | fields - host source sourcetype index _raw%s", output && strstr(output, "\"_time\"") ? "" : " _time");
    putchar('\n');
    if (input)
        put_lines("input", input);
    put_lines("output", output ? output : "");
    putchar('\n');
    printed++;
}

int main(void)
{
    struct heap       heap;
    struct vocabulary words;

    heap_init(&heap, NULL, NULL, 0);
    if (builtin_words(&words, &heap) != OK)
        return 3;
#define EACH(kind, map, type) \
    for (uint32_t i = 0; i < words.map.count; i++) { \
        const struct type *word = words.map.entry[i].value; \
        if (str_is(words.map.entry[i].key, word->name)) \
            put_case(kind, word->name, word->example.query, word->example.input, word->example.output); \
    }
    EACH("function", functions, function)
    EACH("aggregate", aggregates, aggregate)
    EACH("command", commands, command)
    vocabulary_free(&words);
    fprintf(stderr, "%u examples; %u words have none\n", printed, without);
    return printed == 0;
}
