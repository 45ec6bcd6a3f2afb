/* One stage: the command of its name, its arguments, and what the command makes of them. */
#include "plan/arguments.h"

/* What other query languages call it. */
static const char *command_elsewhere(str name)
{
    static const struct { const char *name, *here; } table[] = {
        { "filter", "where" }, { "select", "table" }, { "project", "table" }, { "group", "stats ... by" },
        { "summarize", "stats" }, { "count", "stats count" }, { "order", "sort" }, { "limit", "head" }, { "take", "head" },
        { "flatten", "spath" }, { "expand", "mvexpand" }, { "unpivot", "untable" }, { "into", "outputlookup" },
        { "extend", "eval" }, { "let", "eval" }, { "distinct", "dedup" }, { "parse", "rex" }, { "grep", "search" },
        { "orderby", "sort" }, { "groupby", "stats ... by" }, { "having", "where" },
    };

    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (str_is_nocase(name, table[i].name))
            return table[i].here;
    return "";
}

static status unknown_command(struct binder *binder, const struct clause *clause)
{
    const struct vocabulary *words = binder->compile.words;
    const struct absent     *absent = vocabulary_absent(words, clause->name);
    const char              *here = command_elsewhere(clause->name);
    str                      near;

    if (absent) {
        diag_at(binder->diag, FAIL_QUERY, clause->name_span, "absent-command", "command '%s' cannot be run: %s",
                absent->name, absent->reason);
        return FAIL_QUERY;
    }
    near = vocabulary_suggest(&words->commands, clause->name);
    diag_at(binder->diag, FAIL_QUERY, clause->name_span, "unknown-command", "unknown search command '%.*s'",
            SHOW(clause->name));
    if (*here)
        diag_hint(binder->diag, "in SPL that is '%s'", here);
    else if (near.size)
        diag_suggest(binder->diag, near);
    return FAIL_QUERY;
}

static bool has_assignments(const struct stage *stage)
{
    return stage->command->params && stage->command->params[0].kind == PARAM_ASSIGNMENTS && stage->argument[0].assignments;
}

status bind_stage(struct binder *binder, const struct clause *clause, struct stage **out)
{
    const struct command *command = vocabulary_command(binder->compile.words, clause->name);
    struct stage         *stage = ARENA_NEW(binder->arena, struct stage);
    status                s;

    *out = NULL;
    if (!command)
        return unknown_command(binder, clause);
    if (command->stands_for)
        return diag_at(binder->diag, FAIL_QUERY, clause->span, "not-first",
                       "'%.*s' stands for a search of its own: it must be the first command of one", SHOW(clause->name));
    TRY_NEW(stage);
    stage->command = command;
    stage->traits = command->traits;
    stage->name = clause->name;
    stage->implied = clause->implied;
    stage->span = clause->span;
    stage->rank = RANK_STAGE * ++binder->stages;
    binder->compile.later = binder->stages > 1;
    stage->bound = arena_zero(binder->arena, 1, command->bound_size ? command->bound_size : 1);
    TRY_NEW(stage->bound);
    s = bind_arguments(binder, stage, clause);
    if (s == FAIL_QUERY && has_assignments(stage)) {        /* those that could be read may have mistakes of their own */
        *out = stage;
        TRY(command->bind(binder, stage));
    }
    TRY(s);
    if (binder->stages == 1 && str_is(str_of(command->name), "search"))
        TRY(bounds_take(binder, stage));
    *out = stage;                       /* from here on bound may hold things: the plan drops it */
    return command->bind && !stage->open ? command->bind(binder, stage) : OK;
}
