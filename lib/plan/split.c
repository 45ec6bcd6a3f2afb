#include "plan/passes.h"

void plan_split(struct plan *plan)
{
    const struct stage *stage = plan->generates ? NULL : plan->first;

    for (; stage && (stage->traits & TRAIT_ROWWISE) && !(stage->traits & TRAIT_EFFECT); stage = stage->next)
        plan->parallel++;
    plan->merges = stage && (stage->traits & TRAIT_MERGEABLE);
}
