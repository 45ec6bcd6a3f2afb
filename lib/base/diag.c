#include "base/diag.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

/* More mistakes than this in one query are no help; a few wrong ones must not drown the rest. */
enum { MOST = 20 };

#ifndef NDEBUG
/* A mistake may be told as a warning where nobody knows yet whether it matters; advice is never an error. */
static bool is_code(const char *name, enum severity severity)
{
    static const struct { const char *name; enum severity severity; } codes[] = {
#define CODE(name, severity, kind, meaning) { name, SEVERITY_##severity },
#include "base/codes.def"
#undef CODE
    };

    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (strcmp(codes[i].name, name) == 0)
            return codes[i].severity <= severity || severity == SEVERITY_WARNING;
    return false;
}
#endif

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

static str print_text(struct arena *arena, const char *format, ...)
{
    va_list args;
    str     text;

    va_start(args, format);
    text = format_text(arena, format, args);
    va_end(args);
    return text;
}

static void add(struct diag *diag, enum severity severity, struct span span, const char *code,
                const char *format, va_list args)
{
    uint32_t before;

    assert(is_code(code, severity));
    if (!diag)
        return;
    before = severity == SEVERITY_ERROR ? diag->errors++ : diag->count + diag->dropped - diag->errors;
    diag->whole = false;
    if (before >= MOST
        || !heap_grow(diag->arena.heap, &diag->item, &diag->capacity, diag->count + 1, sizeof *diag->item)) {
        diag->dropped++;
        return;
    }
    diag->item[diag->count++] = (struct diagnostic){
        .severity = severity, .code = code, .span = span, .message = format_text(&diag->arena, format, args),
        .hint = STR(""), .suggestion = STR(""),
    };
    diag->whole = true;
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

    if (!diag || !diag->whole)
        return;
    va_start(args, format);
    diag->item[diag->count - 1].hint = format_text(&diag->arena, format, args);
    va_end(args);
}

void diag_suggest(struct diag *diag, str word)
{
    if (!diag || !diag->whole || word.size == 0)
        return;
    diag_hint(diag, "did you mean '%.*s'?", SHOW(word));
    word = arena_str(&diag->arena, word);
    if (word.at)
        diag->item[diag->count - 1].suggestion = word;
}

/* Through a format, since that is how texts are made here. */
static void add_text(struct diag *diag, enum severity severity, struct span span, const char *code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(diag, severity, span, code, format, args);
    va_end(args);
}

void diag_repeat(struct diag *diag, const struct diagnostic *item)
{
    add_text(diag, item->severity, item->span, item->code, "%.*s", (int)item->message.size, item->message.at);
    diag_suggest(diag, item->suggestion);
    if (item->hint.size)
        diag_hint(diag, "%.*s", (int)item->hint.size, item->hint.at);
}

void diag_copy(struct diag *diag, const struct diag *from)
{
    for (uint32_t i = 0; i < from->count; i++)
        diag_repeat(diag, &from->item[i]);
    diag->dropped += from->dropped;
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
    if (diag->dropped && heap_grow(diag->arena.heap, &diag->item, &diag->capacity, kept + 1, sizeof *diag->item)) {
        diag->item[diag->count++] = (struct diagnostic){
            .severity = SEVERITY_NOTE, .code = "more", .span = DIAG_NOWHERE, .hint = STR(""), .suggestion = STR(""),
            .message = print_text(&diag->arena, "%u more are not shown", diag->dropped),
        };
        diag->dropped = 0;
    }
}
