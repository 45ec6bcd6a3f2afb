#include "store/storing.h"

#include <stdio.h>

status storing_text(struct binder *binder, struct stage *stage, uint32_t number, const char **out)
{
    const struct argument *argument = stage_argument(stage, number);

    *out = NULL;
    if (!argument->given && !stage->command->params[number].preset)
        return OK;
    if (str_trim_blanks(argument->text).size == 0 || memchr(argument->text.at, 0, argument->text.size))
        return diag_at(binder->diag, FAIL_QUERY, argument->span, "bad-argument", "'%s' of '%.*s' has no value",
                       stage->command->params[number].name, SHOW(stage->name));
    TRY_NEW(*out = arena_text(binder->arena, argument->text));
    return OK;
}

static const char takes[] = "a host program takes them with spl_engine_set_sink, spl-run with --allow-write";

status storing_bind(struct binder *binder, struct stage *stage, struct storing_bound *bound)
{
    const struct sinks *sinks = binder->compile.context->sinks;
    struct span         at = { stage->span.from, stage->span.from + (uint32_t)stage->name.size };

    bound->target.command = stage->command->name;
    bound->target.span = stage->span;
    bound->writes = sinks && (sinks->stores & bound->target.store);
    if (!bound->writes && bound->target.table) {
        diag_at(binder->diag, FAIL_QUERY, at, "absent-command",
                "command '%.*s' cannot be run: there is nowhere to write %s to", SHOW(stage->name),
                bound->target.store == STORE_TABLE ? "tables" : "files");
        diag_hint(binder->diag, "%s", takes);
        return FAIL_QUERY;
    }
    if (bound->writes || binder->settled)
        return OK;
    diag_warn(binder->diag, at, "no-sink", "'%.*s' writes nothing: there is nowhere to write %s to",
              SHOW(stage->name), bound->target.store == STORE_EVENTS ? "events" : "metrics");
    diag_hint(binder->diag, "its rows pass on; %s", takes);
    return OK;
}

/* All that a row has is stored. */
status storing_needs(const struct stage *stage, struct wanted *wanted)
{
    (void)stage;
    return wanted_everything(wanted);
}

/* --- $timestamp$ and $random$ in names of files -------------------------------------------------------------------- */

static void put_word(str word, struct context *context, struct buf *out)
{
    char room[32];

    if (str_is(word, "$timestamp$")) {
        snprintf(room, sizeof room, "%.0f", context->now);
        buf_text(out, room);
    } else {
        context->random = context->random * 0xd1342543de82ef95u + 0x9e3779b97f4a7c15u;
        buf_print(out, "%u", (unsigned)(context->random >> 33));
    }
}

static status fill_name(struct op *op, const char **file)
{
    static const char *const words[] = { "$timestamp$", "$random$" };
    str                      left = str_of(*file);
    struct buf               out;
    status                   s;

    buf_init(&out, op->context->heap);
    while (left.size) {
        size_t size = 0;
        for (size_t i = 0; i < COUNT_OF(words); i++)
            size = str_starts(left, str_of(words[i])) ? strlen(words[i]) : size;
        if (size)
            put_word(str_slice(left, 0, size), op->context, &out);
        else
            buf_byte(&out, *left.at);
        left = str_slice(left, size ? size : 1, left.size);
    }
    s = buf_status(&out);
    if (s == OK && !(*file = arena_text(&op->arena, buf_str(&out))))
        s = FAIL_MEMORY;
    buf_free(&out);
    return s;
}

/* --- at work ------------------------------------------------------------------------------------------------------- */

status storing_open(struct storing *storing, struct op *op, const struct storing_bound *bound)
{
    *storing = (struct storing){ .op = op, .target = bound->target };
    if (!bound->writes)
        return OK;
    if (storing->target.file)
        TRY(fill_name(op, &storing->target.file));
    return effect_open(op, &storing->target, &storing->stream);
}

status storing_write(struct storing *storing, struct batch *rows)
{
    return storing->stream && batch_rows(rows) ? effect_write(storing->op, storing->stream, rows) : OK;
}

status storing_pass(struct storing *storing, struct batch *in)
{
    status s = storing->enough ? OK : op_emit(storing->op, batch_derive(in));

    if (s != ENOUGH || !storing->stream)
        return s;
    storing->enough = true;
    return OK;
}
