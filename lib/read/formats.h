/* The formats, and what they share. */
#pragma once

#include "read/reader.h"

extern const struct format format_ndjson, format_json, format_csv, format_tsv, format_kv, format_raw;

struct worker;

/* Cuts at newlines. */
status lines_cut(struct input *input, str bytes, size_t from, bool final, size_t *whole);

size_t line_limit(const struct reading *reading);

/* Fields of one record of JSON into the current row. The record ends at the first newline at or behind the end of `line`,
 * with nothing but a carriage return between. FAIL_DATA: not valid; worker->walk.reason. */
status ndjson_fields(struct worker *worker, str line);
