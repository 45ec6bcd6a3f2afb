/* A JSON value taken apart so that it can be changed and written again.
 *
 * Strings and numbers keep their spelling, keys are decoded. At most JSON_DEPTH levels are read; functions
 * that put one tree into another may make one of twice as many. */
#pragma once

#include "base/arena.h"
#include "base/status.h"
#include "text/json.h"

struct json_node {
    /* enum json_token: OBJECT, ARRAY, STRING, NUMBER, TRUE, FALSE, NULL */
    uint8_t           kind;
    str               key;              /* inside an object, decoded */
    str               text;             /* a string's inside, undecoded; the spelling of others */
    struct json_node *first, *last, *next;
};

/* FAIL_DATA: the text is no JSON. */
status json_tree_read(struct arena *arena, str text, struct json_node **out);
/* Compact; numbers in their shortest form when asked. */
void   json_tree_put(const struct json_node *node, bool shortest, struct buf *out);

void   json_tree_add(struct json_node *parent, struct json_node *child);
/* the last of that key, or NULL */
struct json_node *json_tree_find(const struct json_node *object, str key);
