/* Words of the host: the same structs as ours, with bodies that cross the border and come back. */
#include "api/lexicon.h"

#include <spl_extend.h>

struct host_function {
    struct function       function;     /* what the compiler and the VM see */
    spl_function          given;
    struct host_function *next;
};

struct spl_call {
    struct call *call;
    char         message[200];
};

/* --- cells over the border ----------------------------------------------------------------------------------------- */

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
        *out = cell_number(given->number);
        out->decimals = given->decimals > INT16_MAX || given->decimals < INT16_MIN ? EXACT : (int16_t)given->decimals;
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
    *out = count > 1 ? (struct cell){ .kind = KIND_LIST, .size = count, .list = list } : count ? list[0] : cell_null();
    return OK;
}

/* --- calls --------------------------------------------------------------------------------------------------------- */

static status failed(struct call *call, const char *why)
{
    return diag_at(call->context->diag, FAIL_HOST, call->site->count ? call->site->span[0] : (struct span){ 0, 0 },
                   "host-failed", "%s() failed: %s", call->site->function->name, *why ? why : "it did not say why");
}

static status host_row(struct call *call, const struct cell *arg, struct cell *out)
{
    const struct host_function *own = container_of(call->site->function, struct host_function, function);
    struct spl_call             border = { .call = call };
    spl_cell                   *given = arena_alloc(call->arena, (call->count + 1) * sizeof *given), answer;
    status                      result;

    TRY_NEW(given);
    for (uint32_t i = 0; i < call->count; i++)
        TRY(cell_give(&arg[i], call->arena, &given[i]));
    answer = (spl_cell){ .kind = SPL_NULL, .decimals = SPL_EXACT };
    if (own->given.row(&border, own->given.host, given, call->count, &answer) < 0)
        return failed(call, border.message);
    result = answer.kind == SPL_LIST ? take_list(&answer, call->arena, out) : take_scalar(&answer, call->arena, out);
    return result == FAIL_HOST ? failed(call, "its result is no value") : result;
}

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
    return arena_alloc(call->call->arena, size ? size : 1);
}

double spl_call_now(const spl_call *call)
{
    return call->call->context->now;
}

/* --- adding -------------------------------------------------------------------------------------------------------- */

static bool is_word(str name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.at[i];
        if (!(c >= 'a' && c <= 'z') && c != '_' && !(i && c >= '0' && c <= '9'))
            return false;
    }
    return name.size > 0 && name.size <= 100;
}

static const char *is_wrong(const spl_function *given)
{
    if (given->size < sizeof *given)
        return "its size is not sizeof(spl_function)";
    if (!given->name || !is_word(str_of(given->name)))
        return "its name is not made of lower-case letters, digits and underscores";
    if (!given->row)
        return "it has no row body";
    if (given->least < 0 || given->least > 1000 || given->most < -1 || given->most > 1000
        || (given->most >= 0 && given->most < given->least))
        return "its numbers of arguments make no sense";
    return NULL;
}

static status add(struct spl_engine *engine, const spl_function *given)
{
    struct lexicon       *lexicon;
    struct host_function *own;

    TRY(lexicon_change(engine, &lexicon));
    TRY_NEW(own = ARENA_NEW(&lexicon->arena, struct host_function));
    own->given = *given;
    own->function = (struct function){
        .name = arena_text(&lexicon->arena, str_of(given->name)),
        .usage = arena_text(&lexicon->arena, str_of(given->usage ? given->usage : given->name)),
        .summary = arena_text(&lexicon->arena, str_of(given->summary ? given->summary : "a function of the host")),
        .least = (int16_t)given->least, .most = (int16_t)given->most, .gives = TYPE_ANY, .multi = MULTI_SEEN,
        .nulls = given->flags & SPL_NULL_IN_NULL_OUT ? NULL_IN_NULL_OUT : NULLS_SEEN,
        .pure = given->flags & SPL_PURE, .cost = 200, .row = host_row,
    };
    if (!own->function.name || !own->function.usage || !own->function.summary)
        return FAIL_MEMORY;
    TRY(vocabulary_add_function(&lexicon->vocabulary, &own->function));
    own->next = lexicon->hosted;
    lexicon->hosted = own;
    return OK;
}

spl_status spl_engine_add_function(spl_engine *engine, const spl_function *function, spl_error **err)
{
    const char *wrong = is_wrong(function);
    status      result;

    if (wrong)
        return error_new(engine, FAIL_MISUSE, err, "bad-function", "the function cannot be added: %s", wrong);
    mutex_lock(&engine->lock);
    result = add(engine, function);
    mutex_unlock(&engine->lock);
    return result == OK ? OK : error_out_of_memory(err);
}

void host_drop(struct host_function *first)
{
    for (struct host_function *own = first; own; own = own->next)
        if (own->given.drop)
            own->given.drop(own->given.host);
}
