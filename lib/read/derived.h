/* Fields computed from an event's text and time (language 11.1): linecount, punct, date_hour and its like,
 * timestamp, _indextime. Only those that a query names; an event that brings such a field itself keeps it. */
#pragma once

#include "read/builder.h"

enum { DERIVED_RAW = 1, DERIVED_TIME = 2 };

/* What must be there for the derived fields that are wanted: DERIVED_*. */
unsigned derived_needs(const struct projection *projection);

/* Adds them to a batch that has all its other columns. */
status derived_add(struct builder *builder, struct batch *batch);
