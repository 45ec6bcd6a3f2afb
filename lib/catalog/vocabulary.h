/* All the words there are: finds a function, an aggregate or a command by name, the library's and the host's alike.
 *
 * The lists are joined in api/builtin.c, the only place above everything; below, words are found through this.
 * Immutable once built; a host's additions make a new version (vocabulary_copy). A later word hides an earlier one of the
 * same name. Names in the rows are lower case and borrowed: rows must live as long as the vocabulary. */
#pragma once

#include "base/map.h"
#include "catalog/aggregate.h"
#include "catalog/command.h"
#include "catalog/function.h"

struct absent {                 /* a command we know and do not run */
    const char *name, *reason;
};

struct vocabulary {
    struct heap *heap;
    struct map   functions, aggregates, commands, absent;      /* lower-case name or alias -> the struct */
};

void   vocabulary_init(struct vocabulary *words, struct heap *heap);
void   vocabulary_free(struct vocabulary *words);
status vocabulary_copy(struct vocabulary *out, const struct vocabulary *from);

status vocabulary_add_function(struct vocabulary *words, const struct function *function);
status vocabulary_add_aggregate(struct vocabulary *words, const struct aggregate *aggregate);
status vocabulary_add_command(struct vocabulary *words, const struct command *command);
status vocabulary_add_absent(struct vocabulary *words, const struct absent *absent);

/* Names in any case. NULL: unknown. */
const struct function  *vocabulary_function(const struct vocabulary *words, str name);
const struct command   *vocabulary_command(const struct vocabulary *words, str name);
const struct absent    *vocabulary_absent(const struct vocabulary *words, str name);
/* perc95, p99.9, exactperc50: *percent gets the number. `percent` NULL: perc alone will do (for help). */
const struct aggregate *vocabulary_aggregate(const struct vocabulary *words, str name, double *percent);

/* The nearest known word of a kind, or an empty str: for "did you mean". */
str vocabulary_suggest(const struct map *words, str name);
