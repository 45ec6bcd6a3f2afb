/* Eval functions of the host. */
#include "api/host.h"

struct host_function {
    struct hosted   hosted;
    struct function function;           /* what the compiler and the VM see */
    spl_function    given;
};

static status failed(struct call *call, const char *why)
{
    struct span place = call->site->count ? call->site->span[0] : (struct span){ 0, 0 };

    return diag_at(call->context->diag, FAIL_HOST, place, "host-failed", "%s() failed: %s",
                   call->site->function->name, why);
}

static status host_row(struct call *call, const struct cell *arg, struct cell *out)
{
    const struct host_function *own = container_of(call->site->function, struct host_function, function);
    struct spl_call             border = call_make(call->context, call->arena);
    spl_cell                   *given = arena_alloc(call->arena, (call->count + 1) * sizeof *given), answer;
    status                      result;

    TRY_NEW(given);
    for (uint32_t i = 0; i < call->count; i++)
        TRY(cell_give(&arg[i], call->arena, &given[i]));
    answer = (spl_cell){ .kind = SPL_NULL, .decimals = SPL_EXACT };
    if (own->given.row(&border, own->given.host, given, call->count, &answer) < 0)
        return failed(call, call_message(&border));
    result = cell_take(&answer, call->arena, out);
    return result == FAIL_HOST ? failed(call, "its result is no value") : result;
}

/* --- adding --------------------------------------------------------------------------------------------- */

static const char *is_wrong(const spl_function *given)
{
    if (given->size < sizeof *given)
        return "its size is not sizeof(spl_function)";
    if (!host_is_word(given->name))
        return "its name is not made of at most 64 lower-case letters, digits and underscores";
    if (!given->row)
        return "it has no row body";
    if (given->least < 0 || given->least > 1000 || given->most < -1 || given->most > 1000
        || (given->most >= 0 && given->most < given->least))
        return "its numbers of arguments make no sense";
    return NULL;
}

static status add(struct lexicon *lexicon, const void *input, const char **wrong)
{
    const spl_function   *given = input;
    struct host_function *own;

    if ((*wrong = is_wrong(given)) != NULL)
        return FAIL_MISUSE;
    TRY_NEW(own = ARENA_NEW(&lexicon->arena, struct host_function));
    own->given = *given;
    own->function = (struct function){
        .least = (int16_t)given->least, .most = (int16_t)given->most, .gives = TYPE_ANY, .multi = MULTI_SEEN,
        .nulls = given->flags & SPL_NULL_IN_NULL_OUT ? NULL_IN_NULL_OUT : NULLS_SEEN,
        .pure = given->flags & SPL_PURE, .cost = 200, .row = host_row,
    };
    TRY(host_text(lexicon, given->name, NULL, &own->function.name));
    TRY(host_text(lexicon, given->usage, given->name, &own->function.usage));
    TRY(host_text(lexicon, given->summary, "a function of the host", &own->function.summary));
    TRY(vocabulary_add_function(&lexicon->vocabulary, &own->function));
    host_keep(lexicon, &own->hosted, given->host, given->drop);
    return OK;
}

spl_status spl_engine_add_function(spl_engine *engine, const spl_function *function, spl_error **err)
{
    return host_add(engine, "function", "bad-definition", add, function, err);
}
