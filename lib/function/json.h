/* What the JSON functions share: values from JSON and to it (functions 6). */
#pragma once

#include "function/family.h"
#include "text/json_path.h"

/* The values a path leads to, natively, as a multivalue; null where there is none, or no JSON. */
status json_values(struct call *call, str json, const struct json_path *path, struct cell *out);

/* --- values --------------------------------------------------------------------------------------------- */

/* The same value without blanks, numbers in shortest form when asked. Nothing is put when the text is no
 * JSON. */
bool   json_put_compact(struct buf *out, str text, bool shortest);
/* A value of ours as JSON; a multivalue becomes an array. */
void   json_put_value(struct buf *out, const struct cell *cell);
/* A JSON value as a cell: strings decoded, numbers with their spelling (or the shortest), containers as
 * compact text, null as null. */
status json_native(struct call *call, str value, bool shortest, struct cell *out);
/* JSON text as a result. It is soft: another JSON function embeds it as what it is. */
status json_give(struct call *call, struct cell *out, struct buf *buf);
