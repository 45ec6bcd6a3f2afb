/* Names of columns that are made from values: of chart, timechart and xyseries. */
#pragma once

#include "batch/names.h"
#include "base/status.h"

/* `text` alone if `of` is empty; else by the template (its $AGG$ and $VAL$) or, without one, `of` separator `text`.
 * A value must not make an internal field, nor hide the column `row` that the rows are named in (NULL: none): then VALUE
 * stands in front. */
status series_label(struct heap *heap, struct names *names, str of, str format, str separator, str text,
                    const struct name *row, const struct name **out);
