/* Values of comma separated records (RFC 4180), for whoever reads such bytes: the format of events, tables of lookups. */
#pragma once

#include "base/str.h"

struct csv_value {
    str  text;
    bool quoted, doubled;           /* doubled: holds "", each of which stands for one quote */
};

/* The value at `at`; returns the delimiter, newline or end behind it. A quote opens only at the start of a
 * value, and what follows the closing one up to the delimiter is dropped, but for the case that the record
 * would end in it. */
const char *csv_next(const char *at, const char *end, char delimiter, struct csv_value *out);

/* The value without its doubled quotes, to `out`, which holds text.size bytes and may be text.at itself. Returns the
 * size. */
size_t csv_undouble(str text, char *out);
