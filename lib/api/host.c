/* What all words of the host share: cells over the border, calls, registration. */
#include "api/host.h"

#include <math.h>

_Static_assert(sizeof(void *) != 8 || (offsetof(spl_function, drop) == 64
                                      && offsetof(spl_aggregate, drop) == 112
                                      && offsetof(spl_command, drop) == 96
                                      && offsetof(spl_lookup, drop) == 56
                                      && offsetof(spl_sink, drop) == 56),
               "published structs grow at their ends only");

enum { WORD_MOST = 64 };                /* longer ones the vocabulary does not find */

/* --- cells ---------------------------------------------------------------------------------------------- */

static status take_text(const spl_cell *given, struct arena *arena, struct cell *out)
{
    str text;

    if (given->length > UINT32_MAX || (!given->text && given->length))
        return FAIL_HOST;
    text = arena_str(arena, str_make(given->text ? given->text : "", given->length));
    TRY_NEW(text.at);
    *out = cell_text(text);
    return OK;
}

static status take_scalar(const spl_cell *given, struct arena *arena, struct cell *out)
{
    switch (given->kind) {
    case SPL_NULL:
        *out = cell_null();
        return OK;
    case SPL_NUMBER:
        *out = isfinite(given->number) ? cell_number(given->number) : cell_null();
        if (given->decimals <= INT16_MAX && given->decimals >= INT16_MIN)
            out->decimals = (int16_t)given->decimals;
        return OK;
    case SPL_TRUTH:
        *out = cell_truth(given->number != 0);
        return OK;
    case SPL_TEXT:
        return take_text(given, arena, out);
    default:
        return FAIL_HOST;
    }
}

/* Nulls have no place in a list; one value is no list. */
static status take_list(const spl_cell *given, struct arena *arena, struct cell *out)
{
    struct cell *list;
    uint32_t     count = 0;

    if (given->length > UINT32_MAX / sizeof *list || (given->length && !given->list))
        return FAIL_HOST;
    TRY_NEW(list = ARENA_ARRAY(arena, struct cell, given->length + 1));
    for (size_t i = 0; i < given->length; i++) {
        TRY(take_scalar(&given->list[i], arena, &list[count]));
        count += list[count].kind != KIND_NULL;
    }
    *out = count ? list[0] : cell_null();
    if (count > 1)
        *out = (struct cell){ .kind = KIND_LIST, .size = count, .list = list };
    return OK;
}

status cell_take(const spl_cell *given, struct arena *arena, struct cell *out)
{
    return given->kind == SPL_LIST ? take_list(given, arena, out) : take_scalar(given, arena, out);
}

static void soften(struct cell *cell)
{
    if (cell->kind == KIND_BOOLEAN)
        *cell = cell_text(cell->truth ? STR("true") : STR("false"));
    if (cell->kind == KIND_TEXT || cell->kind == KIND_NUMBER)
        cell->flags |= CELL_SOFT;
}

status cell_take_field(const spl_cell *given, struct arena *arena, struct cell *out)
{
    TRY(cell_take(given, arena, out));
    soften(out);
    for (uint32_t i = 0; out->kind == KIND_LIST && i < out->size; i++)
        soften((struct cell *)&out->list[i]);           /* just made */
    return OK;
}

/* --- calls ---------------------------------------------------------------------------------------------- */

spl_status spl_call_fail(spl_call *call, const char *message)
{
    size_t size = message ? strlen(message) : 0;

    if (size >= sizeof call->message)
        size = sizeof call->message - 1;
    memcpy(call->message, message ? message : "", size);
    call->message[size] = 0;
    return FAIL_HOST;
}

void *spl_call_memory(spl_call *call, size_t size)
{
    return arena_alloc(call->arena, size);
}

double spl_call_now(const spl_call *call)
{
    return call->context->now;
}

/* --- adding --------------------------------------------------------------------------------------------- */

bool host_is_word(const char *name)
{
    str word = str_of(name ? name : "");

    for (size_t i = 0; i < word.size; i++) {
        char c = word.at[i];
        if (!(c >= 'a' && c <= 'z') && c != '_' && !(i && c >= '0' && c <= '9'))
            return false;
    }
    return word.size > 0 && word.size <= WORD_MOST;
}

status host_text(struct lexicon *lexicon, const char *given, const char *preset, const char **out)
{
    TRY_NEW(*out = arena_text(&lexicon->arena, str_of(given ? given : preset)));
    return OK;
}

void host_keep(struct lexicon *lexicon, struct hosted *own, void *host, void (*drop)(void *host))
{
    own->host = host;
    own->drop = drop;
    own->next = lexicon->hosted;
    lexicon->hosted = own;
}

spl_status host_add(struct spl_engine *engine, const char *what, const char *code, host_adder *add,
                    const void *given, struct spl_error **err)
{
    const char     *wrong = "";
    struct lexicon *lexicon;
    status          result;

    mutex_lock(&engine->lock);
    result = lexicon_change(engine, &lexicon);
    if (result == OK)
        result = add(lexicon, given, &wrong);
    mutex_unlock(&engine->lock);
    if (result == FAIL_MISUSE)
        return error_new(engine, FAIL_MISUSE, err, code, "the %s cannot be added: %s", what, wrong);
    return result == OK ? OK : error_out_of_memory(err);
}

void host_drop(struct hosted *first)
{
    for (struct hosted *own = first; own; own = own->next)
        if (own->drop)
            own->drop(own->host);
}
