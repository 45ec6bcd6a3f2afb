/* foreach in two files: foreach.c binds it and runs copies of its template, one a field; foreach_items.c runs the template
 * once per element of a field. What they share; private to these. */
#pragma once

#include "command/copies.h"
#include "flow/op.h"

enum {
    FOREACH_MODE, FOREACH_FIELDSTR, FOREACH_MATCHSTR, FOREACH_MATCHSEG, FOREACH_ITEMSTR = FOREACH_MATCHSEG + SEGMENTS,
    FOREACH_ITERSTR, FOREACH_TEMPLATE, FOREACH_NAMES
};

struct foreach_bound {
    /* mode=multifield */
    struct binder     binder;           /* how to bind copies when the columns are known */
    struct copy_words words;
    bool              wild;             /* some columns are known at run time only */
    struct stage     *first;            /* otherwise: the copies */
    bool              reads_all;        /* wild: nobody knows which fields the copies will read */
    struct wanted     reads;            /* wild: else these */

    /* the other modes */
    struct program   *program;          /* the eval, over ITEM_FIELD and ITER_FIELD */
    str               field;
    bool              json, lists;      /* what is iterated: JSON arrays, multivalues */
};

/* Names that the template's words stand for while it runs; no field of any data is called so. */
#define ITEM_FIELD "<<ITEM>>"
#define ITER_FIELD "<<ITER>>"

status foreach_items_bind(struct binder *binder, struct stage *stage);
status foreach_items_open(const struct stage *stage, struct run *run, struct op **out);
status foreach_items_needs(const struct stage *stage, struct wanted *wanted);
