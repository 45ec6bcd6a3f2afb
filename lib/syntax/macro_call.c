#include "syntax/macro_call.h"

#include <string.h>

uint32_t macro_skip_string(str text, uint32_t at)
{
    for (at++; at < text.size && text.at[at] != '"'; at++)
        if (text.at[at] == '\\')
            at++;
    return at < text.size ? at + 1 : (uint32_t)text.size;
}

static struct span trim_span(str text, struct span at)
{
    while (at.from < at.to && strchr(" \t\r\n", text.at[at.from]) && text.at[at.from])
        at.from++;
    while (at.to > at.from && strchr(" \t\r\n", text.at[at.to - 1]) && text.at[at.to - 1])
        at.to--;
    return at;
}

static status add_argument(struct macro_call *call, str text, uint32_t from, uint32_t to, struct heap *heap)
{
    if (!heap_grow(heap, &call->argument, &call->capacity, call->count + 1, sizeof *call->argument))
        return FAIL_MEMORY;
    call->argument[call->count++] = trim_span(text, (struct span){ from, to });
    return OK;
}

/* From the opening parenthesis on; *at moves behind the closing one. */
static status read_arguments(str text, uint32_t *at, struct heap *heap, struct macro_call *call)
{
    uint32_t i = *at + 1, from = i, depth = 0;

    while (i < text.size) {
        char c = text.at[i];
        if (c == '"') {
            i = macro_skip_string(text, i);
            continue;
        }
        if (c == '(')
            depth++;
        if (c == ')' && depth-- == 0) {
            struct span only = trim_span(text, (struct span){ from, i });
            if (call->count || only.from < only.to)
                TRY(add_argument(call, text, from, i, heap));
            *at = i + 1;
            return OK;
        }
        if (c == ',' && depth == 0) {
            TRY(add_argument(call, text, from, i, heap));
            from = i + 1;
        }
        i += c == '\\' ? 2 : 1;
    }
    *at = (uint32_t)text.size;
    return OK;
}

static status is_wrong(struct macro_call *call, struct span at, const char *code, const char *message)
{
    call->wrong = at;
    call->code = code;
    call->message = message;
    return OK;
}

status macro_call_read(str text, uint32_t *at, struct heap *heap, struct macro_call *call)
{
    uint32_t from = *at, i = from + 1;

    while (i < text.size && text.at[i] != '`' && text.at[i] != '(')
        i++;
    call->name = trim_span(text, (struct span){ from + 1, i });
    if (i < text.size && text.at[i] == '(')
        TRY(read_arguments(text, &i, heap, call));
    call->parentheses = i > call->name.to && text.at[i - 1] == ')';
    while (i < text.size && strchr(" \t\r\n", text.at[i]) && text.at[i])
        i++;
    if (i >= text.size || text.at[i] != '`')
        return is_wrong(call, (struct span){ from, from + 1 }, "unbalanced", "Unbalanced backticks");
    *at = i + 1;
    call->whole = (struct span){ from, i + 1 };
    if (call->name.from == call->name.to)
        return is_wrong(call, call->whole, "bad-macro", "a macro's name is missing between the backticks");
    return OK;
}

void macro_call_free(struct macro_call *call, struct heap *heap)
{
    heap_free(heap, call->argument, call->capacity * sizeof *call->argument);
}
