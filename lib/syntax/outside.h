/* What stands outside quotes in the text of a pipeline, by the rules of grammar/pipeline.l: a quoted string hides what is in
 * it, a backslash the byte after it. */
#pragma once

#include "base/str.h"

#include <stdbool.h>

/* The place of the first byte from `from` on, itself outside quotes, that is one of `wanted`; the size of the text: there is
 * none, and *open says whether quotes are still open there. `open` may be NULL. */
size_t outside_find(str text, size_t from, const char *wanted, bool *open);
