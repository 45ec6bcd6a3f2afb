/* The formats, and what they share. */
#pragma once

#include "read/reader.h"

extern const struct format format_ndjson;

/* Cuts at newlines. */
status lines_cut(struct input *input, str bytes, bool final, size_t *whole);

/* A record of JSON that ends in a newline, blanks before it allowed. */
status ndjson_extract(struct input *input, struct worker *worker, str line);
