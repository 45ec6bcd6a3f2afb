/* Help on whole kinds of words: "commands", "functions", "aggregates". */
#pragma once

#include "catalog/vocabulary.h"

/* False: no such topic. */
bool topic_put(struct buf *out, const struct vocabulary *words, str topic);
