/* Rows as JSON objects: tojson, makejson. A key for every field that has a value, in the order of the row's columns.
 *
 * A list becomes an array, its values one by one. What a type has no value for is left out. */
#pragma once

#include "flow/op.h"

/* How a value is written. AUTO: number, true or false, any other JSON, else a string. BOOL: true or false as option values
 * spell them, and numbers. JSON: what is valid JSON. PLAIN: a number if it reads as one, else a string. NUM: a number.
 * TEXT: a string. */
enum json_type { TYPE_AS_AUTO, TYPE_AS_BOOL, TYPE_AS_JSON, TYPE_AS_PLAIN, TYPE_AS_NUM, TYPE_AS_TEXT };

struct json_field {
    str            pattern;         /* a name, or with stars */
    enum json_type type;
};

struct json_rows {
    struct json_field *field;
    uint32_t           fields, room;    /* of several that match a name the last counts */
    bool               internal;        /* names that begin with _ as well, */
    bool               named;           /* or those that are asked for by a pattern that begins so, too */
    bool               nulls;           /* null for what a type has no value for */
    bool               nested;          /* a.b is b in the object a; then keys go by name */
};

struct binder;
struct wanted;
status json_rows_add(struct json_rows *rows, struct binder *binder, str pattern, enum json_type type);
/* The needs of a stage that writes them to the field `output`. */
status json_rows_needs(const struct json_rows *rows, str output, struct wanted *wanted);
/* Its push. */
status json_rows_push(struct op *op, const struct json_rows *rows, const struct name *output, struct batch *in);
