#include "command/filter.h"

struct filter {
    struct op       op;
    struct machine *machine;
};

static status filter_push(struct op *op, struct batch *in)
{
    struct filter *filter = container_of(op, struct filter, op);
    struct batch  *out = batch_derive(in);
    struct rows    rows;
    status         result;

    TRY_NEW(out);
    result = machine_filter(filter->machine, in, &out->arena, &rows);
    if (result != OK || rows.count == 0) {
        batch_release(out);
        return result;
    }
    out->rows = rows;
    return op_emit(op, out);
}

static void filter_close(struct op *op)
{
    machine_free(container_of(op, struct filter, op)->machine);
}

static const struct op_kind filter_kind = { "filter", .push = filter_push, .close = filter_close };

status filter_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct filter_bound *bound = stage->bound;

    TRY(op_new(&filter_kind, sizeof(struct filter), stage, run, out));
    return machine_new(bound->program, (*out)->context, &container_of(*out, struct filter, op)->machine);
}

void filter_drop(struct stage *stage)
{
    program_drop(((struct filter_bound *)stage->bound)->program);
}

void filter_print(const struct stage *stage, struct buf *out)
{
    program_print(((const struct filter_bound *)stage->bound)->program, out);
}

status wants_program(struct wanted *wanted, const struct program *program)
{
    struct program_names reads = program_reads(program);

    if (reads.dynamic)
        return wanted_everything(wanted);
    for (uint32_t i = 0; i < reads.count; i++)
        TRY(wanted_add(wanted, reads.name[i]));
    return OK;
}

status filter_needs(const struct stage *stage, struct wanted *wanted)
{
    return wants_program(wanted, ((const struct filter_bound *)stage->bound)->program);
}
