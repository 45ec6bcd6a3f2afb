/* Regexes that compile and can match nothing: a^b, price$5. Only what is certain is told; the scan is linear and compiles
 * nothing. */
#pragma once

#include "base/str.h"

/* Why it matches nothing, for people; NULL: it may match. */
const char *regex_doubt(str pattern);
