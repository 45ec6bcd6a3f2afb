/* typer: the names of all event types whose search an event passes, as the field eventtype (commands 3), in the order of
 * their priorities, then of the names. Events that are of none keep what they had. */
#include "command/filter.h"
#include "rows/row_lists.h"
#include "flow/run.h"

#include <stdlib.h>

struct event_type {
    str             name;
    uint32_t        priority;
    struct program *program;
};

struct typer_bound {
    struct event_type *type;
    uint32_t           count;
};

struct typer {
    struct op          op;
    const struct name *eventtype;
    struct machine   **machine;             /* of each type */
};

static int compare_types(const void *a, const void *b)
{
    const struct event_type *left = a, *right = b;

    if (left->priority != right->priority)
        return left->priority < right->priority ? -1 : 1;
    return str_compare(left->name, right->name);
}

static status typer_bind(struct binder *binder, struct stage *stage)
{
    struct typer_bound       *bound = stage->bound;
    const struct definitions *known = binder->compile.definitions;
    void                     *host = binder->compile.definitions_host;
    uint32_t                  count = 0;
    str                       name, text;

    while (known && known->eventtype(host, count, &name, &text))
        count++;
    TRY_NEW(bound->type = ARENA_ARRAY(binder->arena, struct event_type, count + (size_t)1));
    for (uint32_t i = 0; i < count && known->eventtype(host, i, &name, &text); i++) {
        bound->type[i].priority = known->priority(host, i);
        TRY_NEW((bound->type[i].name = arena_str(binder->arena, name)).at);
        TRY(program_eventtype(&binder->compile, stage->span, name, text, &bound->type[i].program));
        bound->count++;
    }
    if (bound->count)
        qsort(bound->type, bound->count, sizeof *bound->type, compare_types);
    else
        diag_warn(binder->diag, stage->span, "no-definitions", "no event types are defined: 'typer' changes nothing");
    return OK;
}

static void typer_drop(struct stage *stage)
{
    struct typer_bound *bound = stage->bound;

    for (uint32_t i = 0; i < bound->count; i++)
        program_drop(bound->type[i].program);
}

static status typer_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct typer_bound *bound = stage->bound;

    if (!wanted_has(wanted, STR("eventtype")))
        return OK;
    for (uint32_t i = 0; i < bound->count; i++)
        TRY(wants_program(wanted, bound->type[i].program));
    return OK;
}

static status typer_gives(const struct stage *stage, struct wanted *columns)
{
    (void)stage;
    return wanted_add(columns, STR("eventtype"));
}

static status find_types(struct row_lists *lists)
{
    struct typer             *typer = container_of(lists->op, struct typer, op);
    const struct typer_bound *bound = typer->op.stage->bound;

    for (uint32_t i = 0; i < bound->count; i++) {
        struct rows rows;
        TRY(machine_filter(typer->machine[i], lists->batch, &typer->op.step, &rows));
        for (uint32_t r = 0; r < rows.count; r++)
            TRY(row_lists_put(lists, rows_at(&rows, r), bound->type[i].name));
    }
    return row_lists_store(lists, typer->eventtype);
}

static status typer_push(struct op *op, struct batch *in)
{
    return row_lists_emit(op, in, find_types);
}

static void typer_close(struct op *op)
{
    struct typer *typer = container_of(op, struct typer, op);

    for (uint32_t i = 0; typer->machine && i < ((const struct typer_bound *)op->stage->bound)->count; i++)
        machine_free(typer->machine[i]);
}

static const struct op_kind typer_kind = { "typer", .push = typer_push, .close = typer_close };

static status typer_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct typer_bound *bound = stage->bound;
    struct typer             *typer;

    TRY(op_new(&typer_kind, sizeof *typer, stage, run, out));
    typer = container_of(*out, struct typer, op);
    TRY_NEW(typer->eventtype = names_intern(run->names, STR("eventtype")));
    TRY_NEW(typer->machine = ARENA_ARRAY(&(*out)->arena, struct machine *, bound->count + (size_t)1));
    for (uint32_t i = 0; i < bound->count; i++)
        TRY(machine_new(bound->type[i].program, (*out)->context, &typer->machine[i]));
    return OK;
}

const struct command command_typer = {
    .name = "typer", .usage = "typer", .summary = "The event types of every event, as the field eventtype",
    .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct typer_bound), .bind = typer_bind, .drop = typer_drop,
    .needs = typer_needs, .gives = typer_gives, .open = typer_open,
    .example = { "typer | table n eventtype", "{\"n\":1}", "{\"n\":1}" },
};
