#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>

enum { MOST = 100 };

void diag_init(struct diag *diag, struct heap *heap)
{
    *diag = (struct diag){ .item = NULL };
    arena_init(&diag->arena, heap);
}

void diag_free(struct diag *diag)
{
    struct heap *heap = diag->arena.heap;

    heap_free(heap, diag->item, diag->capacity * sizeof *diag->item);
    arena_free(&diag->arena);
    diag_init(diag, heap);
}

static str format_text(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    int     size;
    char   *text;

    va_copy(again, args);
    size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    text = size < 0 ? NULL : arena_alloc(arena, (size_t)size + 1);
    if (!text)
        return STR("out of memory");
    vsnprintf(text, (size_t)size + 1, format, args);
    return (str){ text, (size_t)size };
}

static void add(struct diag *diag, enum severity severity, struct span span, const char *code,
                const char *format, va_list args)
{
    if (!diag)
        return;
    if (severity == SEVERITY_ERROR)
        diag->errors++;
    if (diag->count >= MOST
        || !heap_grow(diag->arena.heap, &diag->item, &diag->capacity, diag->count + 1, sizeof *diag->item)) {
        diag->dropped++;
        return;
    }
    diag->item[diag->count++] = (struct diagnostic){
        .severity = severity, .code = code, .span = span, .message = format_text(&diag->arena, format, args),
    };
}

status diag_at(struct diag *diag, status failure, struct span span, const char *code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(diag, SEVERITY_ERROR, span, code, format, args);
    va_end(args);
    return failure;
}

void diag_warn(struct diag *diag, struct span span, const char *code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(diag, SEVERITY_WARNING, span, code, format, args);
    va_end(args);
}

void diag_note(struct diag *diag, struct span span, const char *code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(diag, SEVERITY_NOTE, span, code, format, args);
    va_end(args);
}

void diag_hint(struct diag *diag, const char *format, ...)
{
    va_list args;

    if (!diag || diag->count == 0 || diag->dropped)
        return;
    va_start(args, format);
    diag->item[diag->count - 1].hint = format_text(&diag->arena, format, args);
    va_end(args);
}

static int before(const struct diagnostic *a, const struct diagnostic *b)
{
    if (a->span.from != b->span.from)
        return a->span.from < b->span.from;
    return a->severity < b->severity;
}

void diag_sort(struct diag *diag)
{
    uint32_t kept = 0;

    for (uint32_t i = 1; i < diag->count; i++) {
        struct diagnostic item = diag->item[i];
        uint32_t          j = i;
        for (; j > 0 && before(&item, &diag->item[j - 1]); j--)
            diag->item[j] = diag->item[j - 1];
        diag->item[j] = item;
    }
    for (uint32_t i = 0; i < diag->count; i++) {
        const struct diagnostic *item = &diag->item[i], *last = kept ? &diag->item[kept - 1] : NULL;
        if (last && last->span.from == item->span.from && last->code == item->code
            && str_equal(last->message, item->message))
            continue;
        diag->item[kept++] = *item;
    }
    diag->count = kept;
}
