/* JSON text: strings in and out, and a walker that checks as it goes.
 *
 * read/ndjson has its own block index; this is for single texts (spath, json functions, `_raw` of one
 * event) and for the pieces both need. Strict RFC 8259, except that any bytes above 0x7F pass in strings. */
#pragma once

#include "base/buf.h"
#include "base/str.h"

enum { JSON_DEPTH = 512 };

/* Decodes the inside of a string (quotes already off) to `out`, which holds inner.size bytes and may be
 * inner.at itself. Surrogate pairs are joined, single ones become U+FFFD; an unknown escape stays as
 * written. Returns the size. */
size_t json_decode(str inner, char *out);

/* Appends `text` escaped, with quotes or without. Invalid UTF-8 becomes U+FFFD, one per byte, so the
 * result is valid JSON. */
void   json_put_string(struct buf *buf, str text);
void   json_put_inner(struct buf *buf, str text);

enum json_token {
    JSON_ERROR,             /* walk->reason, walk->offset */
    JSON_END,               /* the one value is over and only blanks follow */
    JSON_OBJECT, JSON_OBJECT_END, JSON_ARRAY, JSON_ARRAY_END,
    JSON_KEY, JSON_STRING,  /* walk->text: the inside, undecoded; walk->escaped */
    JSON_NUMBER, JSON_TRUE, JSON_FALSE, JSON_NULL   /* walk->text: the spelling */
};

struct json_walk {
    const char *begin, *at, *end;
    str         text;
    bool        escaped;    /* text holds a backslash */
    uint8_t     state;
    uint32_t    depth;      /* containers open */
    uint64_t    is_object[JSON_DEPTH / 64];
    const char *reason;     /* static; NULL while all is well */
    size_t      offset;     /* of the error, from the start of the text */
};

void            json_walk_start(struct json_walk *walk, str text);
enum json_token json_next(struct json_walk *walk);

/* Right after OBJECT or ARRAY: goes to its end; *value is its whole text, brackets included. After KEY:
 * over the value. After a scalar: *value is its text (with quotes). False on an error. */
bool            json_skip(struct json_walk *walk, enum json_token token, str *value);

/* Is the whole text one JSON value? */
bool            json_is_valid(str text);
