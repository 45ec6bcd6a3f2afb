/* Commands that say how Splunk shall run a search, and nothing about its results: rows pass. */
#pragma once

#include "flow/op.h"
#include "plan/bind.h"

status idle_open(const struct stage *stage, struct run *run, struct op **out);

/* They are in nobody's way. */
#define IDLE .traits = TRAIT_ROWWISE | TRAIT_FILTER, .gives = columns_stay, .open = idle_open
