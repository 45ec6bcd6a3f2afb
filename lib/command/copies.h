/* What foreach makes of its template: copies of it, one a field, as a chain of bound stages.
 *
 * Each copy is text of its own, parsed and bound like any other; its mistakes are told where the template stands. Stages of
 * a chain are dropped by copies_drop before their arena goes. */
#pragma once

#include "plan/bind.h"
#include "syntax/fill.h"

/* Templates nest and multiply; a long one counts several times. */
enum { SEGMENTS = 3, COPIES_MOST = 10000, LONG_TEMPLATE = 4096 };

/* The words of a template; empty ones are not looked for. */
struct copy_words {
    str field, match, segment[SEGMENTS];
};

/* Binds a copy behind the stages of *first (NULL: none yet), all with ranks of the outer stage. FAIL_QUERY: binder->diag
 * knows why. *first is to be dropped after a failure as well. */
status copy_bind(struct binder *binder, uint32_t rank, struct passage template, const struct copy_words *words,
                 const struct copy_words *values, struct stage **first);

/* The values of a copy for a field that a pattern chose; without stars there is nothing but the name. */
void   copy_values(str pattern, str name, struct arena *arena, struct copy_words *out);

/* Evals that follow each other become one: they share what they compute. */
status copies_join(struct binder *binder, uint32_t rank, struct stage **first);

void   copies_drop(struct stage *first);
