/* Commands of the host: how they are bound, run and added. */
#include "api/host_work.h"

#include "plan/bind.h"

static const struct host_command *own_of(const struct stage *stage)
{
    return container_of(stage->command, struct host_command, command);
}

/* --- in the plan ---------------------------------------------------------------------------------------- */

static status command_bind(struct binder *binder, struct stage *stage)
{
    const spl_command *given = &own_of(stage)->given;
    struct spl_call    call = call_make(binder->compile.context, binder->arena);

    call.stage = stage;
    if (!given->check || given->check(&call, given->host) >= 0)
        return OK;
    return diag_at(binder->diag, FAIL_QUERY, stage->span, "host-refused", "'%.*s' cannot be used so: %s",
                   SHOW(stage->name), call_message(&call));
}

static status want_names(struct wanted *wanted, str names)
{
    for (size_t from = 0, to; from < names.size; from = to + 1) {
        for (to = from; to < names.size && names.at[to] != ' ';)
            to++;
        if (to > from)
            TRY(wanted_add(wanted, str_slice(names, from, to)));
    }
    return OK;
}

static status command_needs(const struct stage *stage, struct wanted *wanted)
{
    const spl_command  *given = &own_of(stage)->given;
    const struct param *params = stage->command->params;

    if (given->kind == SPL_REPORTING || given->kind == SPL_GENERATING)
        wanted_clear(wanted);
    if (given->kind == SPL_GENERATING)
        return OK;
    if (!given->reads)
        return wanted_everything(wanted);
    TRY(want_names(wanted, str_of(given->reads)));
    for (uint32_t i = 0; params[i].kind != PARAM_END; i++) {
        const struct argument *argument = stage_argument(stage, i);
        for (uint32_t j = 0; j < argument->count; j++)
            TRY(wanted_add(wanted, argument->names[j]));
    }
    return OK;
}

static void command_print(const struct stage *stage, struct buf *out)
{
    static const char *const kinds[] = { "", "streaming", "stateful", "eventing", "reporting", "generating" };

    buf_print(out, "      of the host: %s\n", kinds[own_of(stage)->given.kind]);
}

/* --- at work -------------------------------------------------------------------------------------------- */

static status host_failed(struct work *work)
{
    return op_fail(&work->op, FAIL_HOST, "host-failed", "%.*s failed: %s", SHOW(work_name(work)),
                   call_message(&work->call));
}

/* A callback that may emit has returned. */
static status outcome(struct work *work, spl_status answer)
{
    status result;

    work->call.work = NULL;
    if (work->failure != OK)
        return work->failure;
    if (answer < 0)
        return host_failed(work);
    result = work_flush(work);
    if (result < 0)
        return result;
    work->enough |= result == ENOUGH;
    if (work->op.stage->traits & TRAIT_EFFECT)
        return OK;
    return work->enough || (answer > 0 && !work->in_place) ? ENOUGH : OK;
}

static status command_push(struct op *op, struct batch *in)
{
    struct work       *work = container_of(op, struct work, op);
    const spl_command *given = &work->own->given;
    struct spl_batch  *batch;
    spl_status         answer;
    bool               kept;

    TRY(batch_view(op->run->owner, in, &batch));
    if (work->in_place) {
        work->ordinal = in->ordinal > work->ordinal ? in->ordinal : work->ordinal;
        work->segment = in->segment;
    }
    work->call.work = work;
    work->call.arena = &op->step;
    answer = given->push(&work->call, given->host, work->state, batch);
    kept = atomic_load(&batch->references) != 1;
    spl_batch_release(batch);
    if (kept && work->in_place && answer >= 0)          /* it will be on another thread */
        answer = spl_call_fail(&work->call, "a streaming command may not keep its batches");
    return outcome(work, answer);
}

static status generator_push(struct op *op, struct batch *in)
{
    (void)op;
    (void)in;
    return FAIL_BUG;                    /* it has no input */
}

static status command_finish(struct op *op)
{
    struct work       *work = container_of(op, struct work, op);
    const spl_command *given = &work->own->given;

    if (!given->finish)
        return OK;
    work->call.work = work;
    work->call.arena = &op->step;
    return outcome(work, given->finish(&work->call, given->host, work->state));
}

static void command_stop(struct op *op)
{
    struct work       *work = container_of(op, struct work, op);
    const spl_command *given = &work->own->given;

    if (work->opened && given->close)
        given->close(given->host, work->state);
    work->opened = false;
}

static void command_close(struct op *op)
{
    command_stop(op);
    pending_free(&container_of(op, struct work, op)->pending, &op->run->heap);
}

static const struct op_kind command_kind = {
    "host command", .push = command_push, .finish = command_finish,
    .stop = command_stop, .close = command_close,
};
static const struct op_kind streaming_kind = {
    "host command", .push = command_push, .stop = command_stop, .close = command_close,
};
static const struct op_kind generator_kind = {
    "host command", .push = generator_push, .finish = command_finish,
    .stop = command_stop, .close = command_close,
};

static status command_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct host_command *own = own_of(stage);
    const struct op_kind      *kind = own->given.kind == SPL_STREAMING  ? &streaming_kind
                                    : own->given.kind == SPL_GENERATING ? &generator_kind : &command_kind;
    struct work               *work;

    TRY(op_new(kind, sizeof *work, stage, run, out));
    work = container_of(*out, struct work, op);
    work->own = own;
    work->in_place = own->given.kind == SPL_STREAMING;
    work->call = call_make((*out)->context, &(*out)->arena);
    work->call.stage = stage;
    if (own->given.open && own->given.open(&work->call, own->given.host, &work->state) < 0)
        return host_failed(work);
    work->opened = true;
    return OK;
}

/* --- arguments ------------------------------------------------------------------------------------------ */

static void give_text(str text, spl_cell *out)
{
    out->kind = SPL_TEXT;
    out->text = text.at ? text.at : "";
    out->length = text.size;
}

static status give_names(spl_call *call, const struct argument *argument, spl_cell *out)
{
    spl_cell *list = arena_zero(call->arena, argument->count + (size_t)1, sizeof *list);

    TRY_NEW(list);
    for (uint32_t i = 0; i < argument->count; i++)
        give_text(argument->names[i], &list[i]);
    out->kind = SPL_LIST;
    out->list = list;
    out->length = argument->count;
    return OK;
}

static status give_argument(spl_call *call, const struct param *param, const struct argument *argument,
                            spl_cell *out)
{
    if (!argument->given && !param->preset)
        return OK;
    switch (param->kind) {
    case PARAM_BOOL:
        out->kind = SPL_TRUTH;
        out->number = argument->truth;
        return OK;
    case PARAM_COUNT:
    case PARAM_NUMBER:
        out->kind = SPL_NUMBER;
        out->number = argument->number;
        out->decimals = SPL_EXACT;
        return OK;
    case PARAM_FIELDS:
    case PARAM_BY:
        return give_names(call, argument, out);
    default:
        give_text(argument->text, out);
        return OK;
    }
}

spl_status spl_call_argument(spl_call *call, const char *name, spl_cell *out)
{
    const struct stage *stage = call->stage;
    const struct param *params;

    *out = (spl_cell){ .kind = SPL_NULL };
    if (!stage || !name)
        return FAIL_MISUSE;
    params = stage->command->params;
    if (!*name) {
        bool raw = own_of(stage)->given.flags & SPL_RAW_ARGUMENTS;
        give_text(raw ? stage_argument(stage, 0)->text : stage->tokens.passage.text, out);
        return OK;
    }
    for (uint32_t i = 0; params[i].kind != PARAM_END; i++)
        if (str_is(str_of(name), params[i].name))
            return give_argument(call, &params[i], stage_argument(stage, i), out);
    return FAIL_MISUSE;
}

/* --- adding --------------------------------------------------------------------------------------------- */

static const char *is_wrong(const struct vocabulary *words, const spl_command *given)
{
    const struct command *known;

    if (given->size < sizeof *given)
        return "its size is not sizeof(spl_command)";
    if (!host_is_word(given->name))
        return "its name is not made of at most 64 lower-case letters, digits and underscores";
    if (given->kind < SPL_STREAMING || given->kind > SPL_GENERATING)
        return "its kind is none";
    if (given->kind == SPL_GENERATING ? !given->finish || given->push != NULL : !given->push)
        return "it lacks push; or, if generating, has it or lacks finish";
    if (given->kind == SPL_STREAMING && given->finish)
        return "a streaming command has no finish";
    known = vocabulary_command(words, str_of(given->name));
    if (known && known->open != command_open && !(given->flags & SPL_HIDES))
        return "a built-in command has its name";
    return NULL;
}

static uint32_t traits_of(const spl_command *given)
{
    uint32_t traits = given->flags & SPL_EFFECT ? TRAIT_EFFECT : 0;

    if (given->kind == SPL_STREAMING)
        traits |= TRAIT_ROWWISE;
    return given->kind == SPL_GENERATING ? traits | TRAIT_GENERATES : traits;
}

static status add(struct lexicon *lexicon, const void *input, const char **wrong)
{
    static const struct param raw[] = { { "arguments", PARAM_REST, PLACE_ALL }, { 0 } };
    const spl_command        *given = input;
    struct host_command      *own;

    if ((*wrong = is_wrong(&lexicon->vocabulary, given)) != NULL)
        return FAIL_MISUSE;
    TRY_NEW(own = ARENA_NEW(&lexicon->arena, struct host_command));
    own->given = *given;
    own->command = (struct command){
        .params = raw, .traits = traits_of(given), .bind = command_bind, .needs = command_needs,
        .open = command_open, .print = command_print,
    };
    TRY(host_text(lexicon, given->name, NULL, &own->command.name));
    TRY(host_text(lexicon, given->usage, given->name, &own->command.usage));
    TRY(host_text(lexicon, given->summary, "a command of the host", &own->command.summary));
    if (given->reads)
        TRY(host_text(lexicon, given->reads, NULL, &own->given.reads));
    if (!(given->flags & SPL_RAW_ARGUMENTS))
        TRY(usage_read(&lexicon->arena, own->command.name, own->command.usage, &own->command.params, wrong));
    TRY(vocabulary_add_command(&lexicon->vocabulary, &own->command));
    host_keep(lexicon, &own->hosted, given->host, given->drop);
    return OK;
}

spl_status spl_engine_add_command(spl_engine *engine, const spl_command *command, spl_error **err)
{
    return host_add(engine, "command", "bad-definition", add, command, err);
}
