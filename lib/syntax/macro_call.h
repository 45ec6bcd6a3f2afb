/* A call of a macro as it is written: `name(a, "b, c", f(d))` between backticks; commas in quotes and inner parentheses do
 * not count. Spans are of the text it stands in. */
#pragma once

#include "base/diag.h"
#include "base/heap.h"
#include "base/status.h"

#include <stdbool.h>

struct macro_call {
    struct span  whole, name;
    struct span *argument;              /* without blanks around them */
    uint32_t     count, capacity;
    bool         parentheses;
    struct span  wrong;                 /* what is, */
    const char  *code, *message;        /* and what about it; NULL: nothing */
};

/* From the backtick on; *at moves behind the closing one. The call is zeroed; to be freed in any case. */
status   macro_call_read(str text, uint32_t *at, struct heap *heap, struct macro_call *call);
void     macro_call_free(struct macro_call *call, struct heap *heap);
/* From quotes on: the place behind the closing ones. */
uint32_t macro_skip_string(str text, uint32_t at);
