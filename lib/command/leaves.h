/* The leaves of a JSON or XML text as fields, as spath names them: a.b{}.c, and a.b{@c} for attributes.
 *
 * Which of both it is the first character tells; other text has none. What is broken, or cut off, gives what was found
 * until then. */
#pragma once

#include "base/buf.h"
#include "command/finds.h"

struct leaves {
    struct finds      *finds;
    struct buf         path;
    struct leaf_level *level;           /* of what is open */
    size_t             most;            /* bytes of a text that are looked at */
};

status leaves_init(struct leaves *leaves, struct finds *finds, size_t most);
void   leaves_close(struct leaves *leaves);         /* harmless where nothing was initialised */
status leaves_find(struct leaves *leaves, str text);

/* The inside of a JSON string, or of XML without elements in it, as it reads; what holds nothing to decode is a view. */
status leaf_string(str inner, bool escaped, struct arena *arena, struct cell *out);
status leaf_content(str inner, struct arena *arena, str *out);
/* A JSON value as it was written: a string decoded, all else as its text. */
status leaf_value(str value, struct arena *arena, struct cell *out);
