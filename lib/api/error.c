#include "api/handles.h"

#include "text/json.h"

#include <stdarg.h>
#include <stdio.h>

#define SAME(outside, inside) _Static_assert((int)(outside) == (int)(inside), "failures cross the border unchanged")
SAME(SPL_FAIL_MEMORY, FAIL_MEMORY);
SAME(SPL_FAIL_QUERY, FAIL_QUERY);
SAME(SPL_FAIL_DATA, FAIL_DATA);
SAME(SPL_FAIL_IO, FAIL_IO);
SAME(SPL_FAIL_LIMIT, FAIL_LIMIT);
SAME(SPL_FAIL_CANCELLED, FAIL_CANCELLED);
SAME(SPL_FAIL_HOST, FAIL_HOST);
SAME(SPL_FAIL_MISUSE, FAIL_MISUSE);
SAME(SPL_FAIL_BUG, FAIL_BUG);
_Static_assert((int)SPL_ERROR == SEVERITY_ERROR && (int)SPL_WARNING == SEVERITY_WARNING && (int)SPL_NOTE == SEVERITY_NOTE,
               "severities cross the border unchanged");

/* Read only, whatever its type says: nothing below writes to an error, and spl_error_free knows it. */
static const struct diagnostic no_memory_item = {
    .severity = SEVERITY_ERROR, .code = "out-of-memory", .message = { "out of memory", 13 }, .hint = { "", 0 },
};
static const struct spl_error no_memory = {
    .diag = { .item = (struct diagnostic *)&no_memory_item, .count = 1, .errors = 1 }, .failure = FAIL_MEMORY,
};

status error_out_of_memory(struct spl_error **err)
{
    if (err)
        *err = (struct spl_error *)&no_memory;
    return FAIL_MEMORY;
}

static const char *plain_words(status failure)
{
    switch (failure) {
    case FAIL_MEMORY:    return "out of memory";
    case FAIL_QUERY:     return "the query does not compile";
    case FAIL_DATA:      return "the input cannot be read";
    case FAIL_IO:        return "reading the input failed";
    case FAIL_LIMIT:     return "a limit was reached";
    case FAIL_CANCELLED: return "cancelled";
    case FAIL_HOST:      return "a callback of the host failed";
    case FAIL_MISUSE:    return "a call that breaks the rules of the interface";
    default:             return "a mistake inside libspl";
    }
}

static struct spl_error *allocate(struct spl_engine *engine, struct spl_query *query, status failure)
{
    struct spl_error *error = heap_zero(&engine->heap, 1, sizeof *error);

    if (!error)
        return NULL;
    error->engine = engine_retain(engine);
    error->query = query ? query_retain(query) : NULL;
    error->failure = failure;
    diag_init(&error->diag, &engine->heap);
    return error;
}

static status finish(struct spl_error *error, struct spl_error **err)
{
    status failure = error->failure;

    if (error->diag.count == 0)
        diag_at(&error->diag, failure, (struct span){ 0, 0 }, "failed", "%s", plain_words(failure));
    diag_sort(&error->diag);
    *err = error;
    return failure;
}

status error_new(struct spl_engine *engine, status failure, struct spl_error **err, const char *code,
                 const char *format, ...)
{
    struct spl_error *error;
    va_list           args;
    char              line[512];

    if (!err)
        return failure;
    if (!(error = allocate(engine, NULL, failure))) {
        error_out_of_memory(err);
        return failure;
    }
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    diag_at(&error->diag, failure, (struct span){ 0, 0 }, code, "%s", line);
    return finish(error, err);
}

status error_from(struct spl_engine *engine, struct spl_query *query, status failure, struct diag *diag,
                  struct spl_error **err)
{
    struct spl_error *error;

    if (!err)
        return failure;
    if (failure == FAIL_MEMORY || !(error = allocate(engine, query, failure))) {
        error_out_of_memory(err);
        return failure;
    }
    error->diag = *diag;
    diag_init(diag, diag->arena.heap);
    return finish(error, err);
}

/* The error outlives the run, whose text it is. Without it the places mean nothing. */
static void keep_source(struct spl_error *error, const struct source *source)
{
    struct source *kept = ARENA_NEW(&error->diag.arena, struct source);

    if (kept && source_copy(&error->diag.arena, source, kept) == OK) {
        error->source = kept;
        return;
    }
    query_release(error->query);
    error->query = NULL;
}

static const struct source *source_of(const struct spl_error *err)
{
    return err->source ? err->source : &err->query->plan->source;
}

status error_copy(struct spl_engine *engine, struct spl_query *query, status failure, const struct diag *diag,
                  const struct source *source, struct spl_error **err)
{
    struct diag copy;

    if (!err)
        return failure;
    diag_init(&copy, &engine->heap);
    diag_copy(&copy, diag);
    error_from(engine, query, failure, &copy, err);
    diag_free(&copy);
    if (query && source != &query->plan->source && (*err)->engine)
        keep_source(*err, source);
    return failure;
}

void spl_error_free(spl_error *err)
{
    struct spl_engine *engine = err ? err->engine : NULL;

    if (!engine)
        return;
    diag_free(&err->diag);
    query_release(err->query);
    heap_free(&engine->heap, err, sizeof *err);
    engine_release(engine);
}

/* --- looking at one ------------------------------------------------------------------------------------------------ */

static const struct diagnostic *item_at(const spl_error *err, size_t i)
{
    return err && i < err->diag.count ? &err->diag.item[i] : NULL;
}

/* Places at the very start with no length are those of failures that are about no place. */
static bool place_of(const spl_error *err, size_t i, struct source_place *place)
{
    const struct diagnostic *item = item_at(err, i);

    *place = (struct source_place){ 0 };
    if (!item || !err->query || item->span.from == DIAG_NOWHERE.from || (item->span.to == 0 && !err->compiling))
        return false;
    *place = source_locate(source_of(err), item->span);
    return true;
}

spl_status spl_error_status(const spl_error *err) { return err ? err->failure : SPL_OK; }
size_t     spl_error_count(const spl_error *err) { return err ? err->diag.count : 0; }

int32_t spl_error_severity(const spl_error *err, size_t i)
{
    const struct diagnostic *item = item_at(err, i);
    return item ? (int32_t)item->severity : 0;
}

const char *spl_error_code(const spl_error *err, size_t i)
{
    const struct diagnostic *item = item_at(err, i);
    return item ? item->code : NULL;
}

const char *spl_error_message(const spl_error *err, size_t i)
{
    const struct diagnostic *item = item_at(err, i);
    return item ? item->message.at : NULL;
}

const char *spl_error_hint(const spl_error *err, size_t i)
{
    const struct diagnostic *item = item_at(err, i);
    return !item ? NULL : item->hint.size ? item->hint.at : "";
}

const char *spl_error_suggestion(const spl_error *err, size_t i)
{
    const struct diagnostic *item = item_at(err, i);
    return !item ? NULL : item->suggestion.size ? item->suggestion.at : "";
}

size_t spl_error_line(const spl_error *err, size_t i)
{
    struct source_place place;
    place_of(err, i, &place);
    return place.line;
}

size_t spl_error_column(const spl_error *err, size_t i)
{
    struct source_place place;
    place_of(err, i, &place);
    return place.column;
}

size_t spl_error_offset(const spl_error *err, size_t i)
{
    struct source_place place;
    place_of(err, i, &place);
    return place.offset;
}

size_t spl_error_length(const spl_error *err, size_t i)
{
    struct source_place place;
    place_of(err, i, &place);
    return place.length;
}

const spl_code *spl_codes(size_t i)
{
    static const spl_code codes[] = {
#define SYNTAX "syntax"
#define WORD   "word"
#define USE    "use"
#define ADVICE "advice"
#define RUN    "run"
#define INPUT  "input"
#define HOST   "host"
#define CODE(name, severity, kind, meaning) { name, SEVERITY_##severity, kind, meaning },
#include "base/codes.def"
    };

    return i < COUNT_OF(codes) ? &codes[i] : NULL;
}

/* --- rendering ----------------------------------------------------------------------------------------------------- */

/* Innermost first. */
static void render_json_macros(const struct source *source, struct span span, struct buf *out)
{
    struct source_step step = source_first_step(source, span);
    const char        *before = ",\"macros\":[";

    if (!step.macro)
        return;
    for (; step.macro; step = source_next_step(source, step), before = ",") {
        buf_print(out, "%s{\"name\":", before);
        json_put_string(out, step.macro->name);
        buf_text(out, ",\"definition\":");
        json_put_string(out, step.macro->definition);
        buf_print(out, ",\"offset\":%u,\"length\":%u}", step.inside.from, step.inside.to - step.inside.from);
    }
    buf_byte(out, ']');
}

static void render_json(const spl_error *err, size_t i, struct buf *out)
{
    const struct diagnostic *item = item_at(err, i);
    struct source_place      place;

    buf_print(out, "{\"severity\":\"%s\",\"code\":\"%s\",\"message\":", severity_name(item->severity), item->code);
    json_put_string(out, item->message);
    if (item->hint.size) {
        buf_text(out, ",\"hint\":");
        json_put_string(out, item->hint);
    }
    if (item->suggestion.size) {
        buf_text(out, ",\"suggestion\":");
        json_put_string(out, item->suggestion);
    }
    if (place_of(err, i, &place)) {
        buf_print(out, ",\"line\":%u,\"column\":%u,\"offset\":%u,\"length\":%u", place.line, place.column,
                  place.offset, place.length);
        render_json_macros(source_of(err), item->span, out);
    }
    buf_text(out, "}\n");
}

static void render_text(const spl_error *err, size_t i, struct buf *out)
{
    const struct diagnostic *item = item_at(err, i);
    struct source_place      place;

    if (place_of(err, i, &place)) {
        source_render(source_of(err), item, out);
        return;
    }
    buf_print(out, "%s: ", severity_name(item->severity));
    buf_put(out, item->message);
    if (item->hint.size) {
        buf_text(out, "; ");
        buf_put(out, item->hint);
    }
    buf_byte(out, '\n');
}

static bool is_caret_line(str line)
{
    str carets = str_trim(line, STR(" "));

    return carets.size && str_trim(carets, STR("^~")).size == 0;
}

/* The word before the first colon in bold red (yellow for warnings), carets in green. */
static void put_coloured(struct buf *out, str text, enum severity severity)
{
    bool first = true;

    while (text.size) {
        size_t end = str_find(text, STR("\n"), 0);
        str    line = str_slice(text, 0, end == SIZE_MAX ? text.size : end);
        size_t colon = first ? str_find(line, STR(":"), 0) : SIZE_MAX;
        first = false;
        text = str_slice(text, end == SIZE_MAX ? text.size : end + 1, text.size);
        if (colon != SIZE_MAX) {
            buf_text(out, severity == SEVERITY_ERROR ? "\x1b[1;31m" : "\x1b[1;33m");
            buf_put(out, str_slice(line, 0, colon + 1));
            buf_text(out, "\x1b[0m");
            buf_put(out, str_slice(line, colon + 1, line.size));
        } else if (is_caret_line(line)) {
            buf_text(out, "\x1b[32m");
            buf_put(out, line);
            buf_text(out, "\x1b[0m");
        } else {
            buf_put(out, line);
        }
        buf_byte(out, '\n');
    }
}

char *spl_error_render(const spl_error *err, int32_t flags)
{
    struct heap local, *heap = &local;
    struct buf  out, one;

    if (err && err->engine)
        heap = &err->engine->heap;
    else
        heap_init(&local, NULL, NULL, 0);
    buf_init(&out, heap);
    buf_init(&one, heap);
    for (size_t i = 0; i < spl_error_count(err); i++) {
        buf_clear(&one);
        if (flags & SPL_JSON)
            render_json(err, i, &one);
        else
            render_text(err, i, &one);
        if (flags & SPL_COLOUR && !(flags & SPL_JSON))
            put_coloured(&out, buf_str(&one), item_at(err, i)->severity);
        else
            buf_put(&out, buf_str(&one));
        out.failed |= one.failed;
    }
    buf_free(&one);
    return text_take(&out);
}
