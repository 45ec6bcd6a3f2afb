/* What collect and mcollect of a case write: lines of JSON, as spl-run has them in its files. */
#pragma once

#include "../../bindings/terminal/record.h"

#include <spl_extend.h>

struct stored {
    struct record shown;            /* a line for each stream that was finished, then its rows; terminated */
    struct record rows;             /* the rows alone */
};

void  stored_open(spl_engine *engine, struct stored *into);
void  stored_free(struct stored *stored);
/* What a query gives over the rows; free() it. NULL: *err says why. */
char *stored_query(spl_engine *engine, const char *text, const struct stored *stored, spl_error **err);
