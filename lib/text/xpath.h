/* The part of XPath 1.0 that searches use: /a/b, //b, *, @id, @*, text(), a | b, and in brackets a position, the name of an
 * attribute or element, or one of them compared: [2] [@id] [@id='x'] [name='x'] [text()='x'].
 *
 * Names are compared as written, prefix included. A document is read into a tree first; then costs are linear in the nodes
 * for each step and condition. */
#pragma once

#include "base/arena.h"
#include "base/status.h"

enum { XPATH_STEPS = 16, XPATH_PATHS = 8, XPATH_TESTS = 4 };

enum xpath_kind { XPATH_ELEMENT, XPATH_ATTRIBUTE, XPATH_TEXT };

struct xpath_test {                     /* what stands in brackets */
    uint64_t        position;           /* from 1; 0: */
    enum xpath_kind kind;               /* of what must be there, */
    str             name, value;        /* called so; value.at not NULL: with this text */
};

struct xpath_step {
    bool              deep;             /* behind two slashes: anywhere below */
    enum xpath_kind   kind;             /* attributes and text only as the last */
    str               name;             /* "*": any */
    struct xpath_test test[XPATH_TESTS];
    uint32_t          tests;
};

struct xpath_path {
    struct xpath_step step[XPATH_STEPS];
    uint32_t          steps;
};

struct xpath {
    struct xpath_path path[XPATH_PATHS];
    uint32_t          paths;
};

/* The parts point into the text. False: it is none, or one beyond what is known here; *at is where. */
bool   xpath_parse(str text, struct xpath *out, size_t *at);

/* Called for every node in the order of the document; `markup`: an element with others inside, with its tags, as it is
 * written; else text, undecoded. */
typedef status (*xpath_found)(void *host, str text, bool markup);

/* The tree lives in `scratch`. FAIL_DATA: not well-formed. */
status xpath_walk(const struct xpath *xpath, str text, struct arena *scratch, xpath_found found, void *host);
