#include "api/builtin.h"

/* The lists are made by the build from the meson.build of each folder; see catalog/README.md. */
#define FUNCTION(name, family) extern const struct function  function_##name;
#define AGGREGATE(name) extern const struct aggregate aggregate_##name;
#define COMMAND(name)   extern const struct command   command_##name;
#include "aggregate/aggregates.def"
#include "command/commands.def"
#include "function/functions.def"
#undef FUNCTION
#undef AGGREGATE
#undef COMMAND

/* Each list ends in NULL, so that none is ever empty. */
static const struct function *const functions[] = {
#define FUNCTION(name, family) &function_##name,
#include "function/functions.def"
    NULL
};

#undef FUNCTION

static const char *const families[] = {
#define FUNCTION(name, family) family,
#include "function/functions.def"
    NULL
};

static const struct aggregate *const aggregates[] = {
#define AGGREGATE(name) &aggregate_##name,
#include "aggregate/aggregates.def"
    NULL
};

static const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "command/commands.def"
    NULL
};

static const struct absent absent[] = {
#define ABSENT(name, reason) { #name, reason },
#include "command/absent.def"
};

status builtin_words(struct vocabulary *words, struct heap *heap)
{
    vocabulary_init(words, heap);
    for (size_t i = 0; functions[i]; i++)
        TRY(vocabulary_add_function(words, functions[i]));
    for (size_t i = 0; aggregates[i]; i++)
        TRY(vocabulary_add_aggregate(words, aggregates[i]));
    for (size_t i = 0; commands[i]; i++)
        TRY(vocabulary_add_command(words, commands[i]));
    for (size_t i = 0; i < COUNT_OF(absent); i++)
        if (!vocabulary_command(words, str_of(absent[i].name)))
            TRY(vocabulary_add_absent(words, &absent[i]));
    return OK;
}

const char *builtin_family(const struct function *function)
{
    for (size_t i = 0; functions[i]; i++)
        if (functions[i] == function)
            return families[i];
    return NULL;
}
