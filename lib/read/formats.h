/* The formats, and what they share. */
#pragma once

#include "read/reader.h"

extern const struct format format_ndjson, format_json, format_csv, format_tsv, format_kv, format_raw, format_hec,
    format_syslog, format_tables;

struct worker;

/* Is there enough to tell the format by? Then sets it, unless it is known, and the defaults that hang on it. HUNGRY: not
 * yet, which is never so when the beginning is `final`, all there is. `name`: of the input. */
status input_recognise(struct input *input, str begun, bool final, const char *name);

/* Cuts at newlines. */
status lines_cut(struct input *input, str bytes, size_t from, bool final, size_t *whole);

size_t line_limit(const struct reading *reading);

/* Fields of one record of JSON into the current row. The record ends at the first newline at or behind the
 * end of `line`, with nothing but a carriage return between. FAIL_DATA: not valid; worker->walk.reason. */
status ndjson_fields(struct worker *worker, str line);

/* Fields of one record or line into the current row; FAIL_DATA: not valid, worker->walk.reason. */
typedef status (*fields_fn)(struct worker *worker, str text);

/* extract.c: fields of an event's text as the KV mode says; the text ends as that of ndjson_fields. Those of its
 * own text, where reads_own_text. And builder_keep, by rows if the event is a table. */
status text_fields(struct worker *worker, str line);
status own_text_fields(struct worker *worker);
status event_keep(struct worker *worker, str line);

/* kv.c: of pairs, of lines of text. */
status pair_fields(struct worker *worker, str line);
status text_line_add(struct worker *worker, str line, fields_fn fields);
status text_lines_parse(struct worker *worker, struct block *block, fields_fn fields, batch_sink sink, void *host,
                        struct block_result *result);

/* elements.c: of XML. Padding follows the text. */
struct xml_reader;
status xml_fields(struct worker *worker, str text);
void   xml_reader_free(struct heap *heap, struct xml_reader *reader);

/* tables.c: the current row is complete but for what stands in tables in `text`: keeps a row for each of theirs.
 * `copy`: the text does not live as long as the block. */
status tables_keep(struct worker *worker, str text, bool copy, str line);

/* jsontext.c: of JSON values one after the other, or of one array of them. */
status json_records_cut(struct input *input, str bytes, size_t from, bool final, size_t *whole);
void   json_records_close(struct input *input);
/* `lenient`: a record that is not valid keeps what was found in it. */
status json_record_add(struct worker *worker, str record, fields_fn fields, bool lenient);
status json_records_parse(struct worker *worker, struct block *block, fields_fn fields, batch_sink sink, void *host,
                          struct block_result *result);
