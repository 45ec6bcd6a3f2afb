/* What search compares with: functions without a name that a user could write. Two-valued; texts without
 * case. */
#pragma once

#include "catalog/function.h"

enum search_function {
    SEARCH_EQUAL, SEARCH_UNEQUAL, SEARCH_CASED_EQUAL, SEARCH_CASED_UNEQUAL,
    SEARCH_INDEX_EQUAL, SEARCH_INDEX_UNEQUAL,
    SEARCH_LESS, SEARCH_LESS_EQUAL, SEARCH_GREATER, SEARCH_GREATER_EQUAL, SEARCH_IN, SEARCH_INDEX_IN,
    SEARCH_SINCE, SEARCH_BEFORE, SEARCH_UNTIL,
    SEARCH_WORD, SEARCH_PHRASE, SEARCH_EXACT, SEARCH_CASED_WORD,
    SEARCH_FUNCTIONS
};
extern const struct function search_functions[SEARCH_FUNCTIONS];
