/* Paths into XML text: elements joined by dots, a.b{2} the second b of each a, a.b{@id} an attribute of it.
 *
 * The walk goes once over the whole text, which has to be well-formed to its end. */
#pragma once

#include "base/status.h"
#include "base/str.h"

enum { XML_PATH_STEPS = 64 };

struct xml_path_step {
    str     name;
    int64_t index;              /* from 1; 0: any */
};

struct xml_path {
    struct xml_path_step step[XML_PATH_STEPS];
    uint32_t             count;
    str                  attribute;     /* of the last element; at NULL: its content is wanted */
};

/* The path points into the text. False: it is none. */
bool   xml_path_parse(str text, struct xml_path *path);

/* Called for what a path leads to, undecoded; `markup`: an element with others inside, which is given as it is written. */
typedef status (*xml_path_found)(void *host, str inner, bool markup);

/* FAIL_DATA: not well-formed; what was found before that showed was told. */
status xml_path_walk(str text, const struct xml_path *path, xml_path_found found, void *host);
