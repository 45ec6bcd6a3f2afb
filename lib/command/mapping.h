/* map: a search for each row, made of a template (syntax/dollars.h). mapping_bind.c reads the template, map.c runs it. */
#pragma once

#include "flow/op.h"
#include "plan/bind.h"
#include "syntax/dollars.h"

enum { MAP_SEARCH, MAP_MAXSEARCHES, MAP_PIPELINE, MAP_NAME };

#define MAP_SERIAL STR("_serial_id")    /* stands for the number of the search, from 1 */

struct map_bound {
    uint64_t       most;                /* searches */
    struct dollars template;
    bool           effects;             /* one of them may write something */
};

status map_bind(struct binder *binder, struct stage *stage);

/* The binder or the plan that holds the stage stands in so many others; those of the stage in one more. FAIL_QUERY: in too
 * many. */
status map_check_depth(struct diag *diag, struct span span, const struct plan_options *options, uint32_t depth);
