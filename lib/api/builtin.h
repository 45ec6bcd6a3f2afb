/* The library's own words: the one place that joins the lists of functions, aggregates and commands. */
#pragma once

#include "catalog/vocabulary.h"

/* `words` is initialised here; vocabulary_free when done, also after a failure. */
status builtin_words(struct vocabulary *words, struct heap *heap);

/* The one table that examples look things up in, by name and as CSV. */
#define EXAMPLE_TABLE "services"
#define EXAMPLE_ROWS "port,svc\n22,ssh\n443,https"

/* And the one saved search. */
#define EXAMPLE_SEARCH "failures"
#define EXAMPLE_SEARCH_TEXT "search status>=500 user=$user$"

/* The family of one of our functions; NULL: not ours. */
const char *builtin_family(const struct function *function);
