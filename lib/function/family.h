/* What function bodies share: results as cells, and things prepared once for a literal argument. */
#pragma once

#include "base/buf.h"
#include "catalog/function.h"
#include "value/list.h"
#include "value/order.h"

struct regex;
struct regex_match;

static inline status give(struct cell *out, struct cell value)
{
    *out = value;
    return OK;
}

/* A copy of `text` in the call's arena. */
status give_text(struct call *call, struct cell *out, str text);
/* An empty buffer, in the room of the last one; buf_free it where it is not given away. */
static inline void take_buf(struct call *call, struct buf *out)
{
    *out = call->spare;
    out->heap = call->context->heap;
    buf_clear(out);
    call->spare = (struct buf){ 0 };
}

/* The buffer's bytes, copied; the buffer is gone. */
status give_buf(struct call *call, struct cell *out, struct buf *buf);

/* Members of a multivalue as texts, in the call's arena where they were numbers. */
status texts_of(struct call *call, const struct cell *member, uint32_t count, struct cell **out);

/* Cells that are found one after another. */
struct gathered {
    struct cell *cell;
    uint32_t     count, room;
};
status gather_cell(struct call *call, struct gathered *to, struct cell cell);

static inline bool site_is_literal(const struct site *site, uint32_t i)
{
    return i < site->count && i < 64 && (site->constant >> i & 1);
}

/* Only what is written may be a mistake: a constant that was computed counts as any value that rows bring. */
static inline bool site_is_written(const struct site *site, uint32_t i)
{
    return site_is_literal(site, i) && (site->written >> i & 1);
}

/* --- regular expressions: a literal pattern is compiled with the query, a computed one is cached ------- */

/* The regex of argument `i` is known: compile it into site->prepared; an error points at one that is written. */
status pattern_prepare(struct site *site, uint32_t i, struct arena *arena, struct context *context,
                       struct diag *diag);
void   pattern_drop(struct site *site);

/* The regex to use for this call and this thread's match data. DONE: a computed pattern that does not compile
 * (noted). */
status pattern_use(struct call *call, const struct cell *pattern, const struct regex **regex,
                   struct regex_match **match);
/* A find that gave up is no match, and noted: turns FAIL_LIMIT into DONE. */
status pattern_found(struct call *call, status found);
void   pattern_close(struct call *call);
