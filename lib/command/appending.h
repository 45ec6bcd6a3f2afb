/* What append and appendpipe share: rows that come in pass, those of a subsearch come behind them. */
#pragma once

#include "flow/op.h"
#include "plan/subsearch.h"

struct append_bound {
    struct subsearch *subsearch;
};

/* The subsearch has run before, or is fed with the rows that pass. */
status append_open(const struct stage *stage, struct run *run, struct op **out);
