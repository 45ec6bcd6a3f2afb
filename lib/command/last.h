/* The last rows of a stream, the last one first: tail, and reverse without a bound. */
#pragma once

#include "flow/op.h"

status last_open(const struct stage *stage, struct run *run, double most, struct op **out);
