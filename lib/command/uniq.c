/* uniq: drops a row that equals the row before it in all fields, internal ones included (reporting 3.7). */
#include "rows/send.h"
#include "plan/wanted.h"
#include "state/keys.h"

struct uniq {
    struct op  op;
    struct buf key, last;
    bool       any;             /* there was a row before */
};

static status compare_rows(struct uniq *uniq, struct batch *in, struct batch *out)
{
    struct field *field;
    uint32_t     *row = arena_alloc(&out->arena, (batch_rows(in) + (size_t)1) * sizeof *row), count = 0;

    TRY_NEW(row);
    TRY(key_fields(in, &uniq->op.step, &field));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        struct buf key;

        buf_clear(&uniq->key);
        key_put_row(&uniq->key, field, in->fields, batch_row(in, i));
        TRY(buf_status(&uniq->key));
        if (!uniq->any || !str_equal(buf_str(&uniq->key), buf_str(&uniq->last)))
            row[count++] = batch_row(in, i);
        uniq->any = true;
        key = uniq->last;
        uniq->last = uniq->key;
        uniq->key = key;
    }
    out->rows = (struct rows){ count, row };
    return OK;
}

static status uniq_push(struct op *op, struct batch *in)
{
    struct batch *out = batch_derive(in);
    status        result;

    TRY_NEW(out);
    result = compare_rows(container_of(op, struct uniq, op), in, out);
    return op_emit_if(op, result, out);
}

static void uniq_close(struct op *op)
{
    struct uniq *uniq = container_of(op, struct uniq, op);

    buf_free(&uniq->key);
    buf_free(&uniq->last);
}

static const struct op_kind uniq_kind = { "uniq", .push = uniq_push, .close = uniq_close };

static status uniq_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct uniq *uniq;

    TRY(op_new(&uniq_kind, sizeof *uniq, stage, run, out));
    uniq = container_of(*out, struct uniq, op);
    buf_init(&uniq->key, &run->heap);
    buf_init(&uniq->last, &run->heap);
    return OK;
}

static status uniq_needs(const struct stage *stage, struct wanted *wanted)
{
    (void)stage;
    return wanted_everything(wanted);
}

const struct command command_uniq = {
    .name = "uniq", .usage = "uniq", .summary = "Drop rows that equal the row before them in all fields",
    .needs = uniq_needs, .gives = columns_stay, .open = uniq_open,
    .example = { "table n | uniq", "{\"n\":1}\n{\"n\":1}\n{\"n\":2}\n{\"n\":1}", "{\"n\":1}\n{\"n\":2}\n{\"n\":1}" },
};
