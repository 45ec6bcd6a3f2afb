/* What append, appendpipe, multireport, union and multisearch share: rows that come in pass, those of other searches come
 * behind them, or all are brought in order of time. */
#pragma once

#include "flow/op.h"
#include "plan/bind.h"
#include "plan/subsearch.h"

struct append_bound {
    struct subsearch **subsearch;
    uint32_t           count;
    bool               newest_first;    /* all rows by _time; those of the same time, and those without, as they came */
    bool               replaces;        /* rows that come in are for the brackets alone (multireport) */
};

/* One subsearch, from an argument. */
status append_bind_one(struct binder *binder, struct stage *stage, enum subsearch_kind kind,
                       const struct argument *argument);
/* Brackets and names of datasets, as they stand among the tokens. */
status append_bind_all(struct binder *binder, struct stage *stage, uint64_t most);
/* Brackets that are fed with the rows that come in. */
status append_bind_fed(struct binder *binder, struct stage *stage);
/* What those read, besides what is wanted behind them. */
status append_needs_fed(const struct stage *stage, struct wanted *wanted);

/* The subsearches have run before; or they are fed with the rows that come in. */
status append_open(const struct stage *stage, struct run *run, struct op **out);

/* The first of these stages, up to `end`, that is no streaming one over events; NULL: all are. Rows of such searches have
 * an order of their own, that of time. */
const struct stage *stages_that_hold(const struct stage *first, const struct stage *end);
