/* The last rows of a stream, the last one first: tail, and reverse without a bound. */
#pragma once

#include "flow/op.h"

enum { LAST_ALL = INT32_MAX };          /* and above: all rows */

status last_open(const struct stage *stage, struct run *run, double most, struct op **out);
