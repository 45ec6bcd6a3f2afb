/* Paths into JSON text: a.b{}.c{2}, {} every element of an array, {2} the third.
 *
 * The walk goes once over the whole text, which has to be JSON to its end; a key that stands twice leads on each time. */
#pragma once

#include "base/arena.h"
#include "base/status.h"

enum { JSON_PATH_STEPS = 64 };

struct json_path_step {
    str     key;                /* at NULL: an array step */
    int64_t index;              /* -1: all elements */
};

struct json_path {
    struct json_path_step step[JSON_PATH_STEPS];
    uint32_t              count;
    bool                  many;     /* has {} in it */
};

/* The path points into the text. False: it is none. */
bool   json_path_parse(str text, struct json_path *out);

/* Called for every value a path leads to, with its text as it is written. */
typedef status (*json_path_found)(void *host, str value);

/* Keys with escapes are decoded in `scratch`. FAIL_DATA: no JSON; what was found before that showed was told. */
status json_path_walk(str text, const struct json_path *path, struct arena *scratch, json_path_found found, void *host);
