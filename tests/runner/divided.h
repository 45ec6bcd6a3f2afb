/* A query run in parts: its map half over each part of the input, what that gives through Arrow to the merge and reduce
 * halves. */
#pragma once

#include <spl.h>

enum { PARTS_MOST = 64 };

/* 1: done, *output is what spl_writer made (to be freed) or *err says why not. 0: the query or the input cannot be divided. */
int divided_run(spl_engine *engine, const spl_query *query, int parts, const char *input, const char *format_out,
                char **output, spl_error **err);

/* Are the texts the same, but for the last digits of numbers? */
int divided_same(const char *a, const char *b);
