/* foreach in four files: foreach_bind.c binds it and foreach.c runs copies of its template, one a field;
 * foreach_items_bind.c and foreach_items.c do so for a template that runs once per element of a field. What they share;
 * private to these. */
#pragma once

#include "command/copies.h"
#include "flow/op.h"

enum {
    FOREACH_MODE, FOREACH_FIELDSTR, FOREACH_MATCHSTR, FOREACH_MATCHSEG, FOREACH_ITEMSTR = FOREACH_MATCHSEG + SEGMENTS,
    FOREACH_ITERSTR, FOREACH_TEMPLATE, FOREACH_NAMES
};

enum { FOREACH_INNER_MOST = 1000 };         /* operators of copies: each batch goes through all of them */

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

static inline struct passage foreach_template(const struct stage *stage)
{
    return stage_argument(stage, FOREACH_TEMPLATE)->passage;
}

status foreach_bind(struct binder *binder, struct stage *stage);
void   foreach_drop(struct stage *stage);
status foreach_needs(const struct stage *stage, struct wanted *wanted);
void   foreach_print(const struct stage *stage, struct buf *out);

status foreach_items_bind(struct binder *binder, struct stage *stage);
status foreach_items_open(const struct stage *stage, struct run *run, struct op **out);
status foreach_items_needs(const struct stage *stage, struct wanted *wanted);
