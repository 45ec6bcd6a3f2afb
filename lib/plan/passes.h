/* The passes of plan_compile over bound stages, in order. Private to plan/. */
#pragma once

#include "plan/plan.h"

/* An empty plan that the binder works on from here on. */
status plan_new(struct binder *binder, struct plan **out);

/* A clause that nobody wrote, where `at` others stand before it. */
status plan_add_clause(struct binder *binder, struct pipeline *pipeline, uint32_t at, str name, str argument);
/* plan_options.newest_first: a sort behind the searches with which a pipeline that reads events begins. Of events of one
 * time the last comes first, as in a file that is written while things happen. */
status plan_turn_events(struct binder *binder, struct pipeline *pipeline);

/* Binds the clauses of plan->pipeline and runs the passes. `whole`: the text could be cut into clauses. */
status plan_clauses(struct binder *binder, bool whole, struct plan *plan);

/* In the place of the other passes while texts are awaited: anything may be wanted. */
status plan_await(struct plan *plan);

/* What only concerns how results look moves to the end of the chain; out of it in subsearches. */
status plan_formats(struct plan *plan, struct binder *binder);

/* Warns of what the chain as it was written can hardly be meant to do. */
status plan_advise(const struct plan *plan, struct binder *binder);

/* The query as a text for each part of the input and a text for what they give. */
status plan_halves(struct plan *plan);

/* Changes the chain; the rows that come out are the same. */
status plan_rewrite(struct plan *plan, struct binder *binder);

/* Which fields are wanted before and behind each stage, and what the reader is to extract. */
status plan_fields(struct plan *plan, const struct plan_options *options);

/* Again, now that it is known which fields of the results are wanted. */
status plan_narrow(struct plan *plan, const struct wanted *fields);

/* Literals that the raw text of every event of interest holds (performance: the raw prefilter). */
status plan_prefilter(struct plan *plan, struct binder *binder);

/* Which stages may run side by side on parts of the input. */
void   plan_split(struct plan *plan);

/* The argument of a kind, if the stage was given one: its search expression, its eval expression, its assignments. */
const struct argument *stage_given(const struct stage *stage, enum param_kind kind);

/* The leading stages that only drop rows. */
static inline bool stage_is_filter(const struct stage *stage)
{
    return (stage->traits & TRAIT_FILTER) && (stage->traits & TRAIT_ROWWISE);
}
