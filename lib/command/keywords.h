/* The words that a query looks for in the text of events: those of its searches so far that stand by themselves and must
 * not be missing, be it in alternatives. For abstract and relevancy. */
#pragma once

#include "plan/bind.h"
#include "text/terms.h"

struct keyword {
    str            text;
    enum term_kind kind;
};

struct keywords {                       /* lives as long as the query */
    struct keyword *item;
    uint32_t        count, room;
};

/* Of the stages before `stage`; each word once, in their order. */
status keywords_find(struct binder *binder, const struct stage *stage, struct keywords *out);

/* Ready to be looked for; `most` of them at most. In `arena`. */
status keywords_compile(const struct keywords *keywords, uint32_t most, enum cpu_level cpu, struct arena *arena,
                        struct term ***out, uint32_t *count);
