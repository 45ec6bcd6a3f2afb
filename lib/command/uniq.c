/* uniq: drops a row that equals the row before it in all fields, internal ones included (reporting 3.7). */
#include "command/send.h"
#include "plan/wanted.h"
#include "state/keys.h"

struct uniq {
    struct op  op;
    struct buf key, last;
    bool       any;             /* there was a row before */
};

/* In order of the names' numbers, so that rows of different batches compare. */
static void sort_fields(struct field *field, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct field one = field[i];
        uint32_t     at = i;
        for (; at > 0 && field[at - 1].name->number > one.name->number; at--)
            field[at] = field[at - 1];
        field[at] = one;
    }
}

static void put_row(struct uniq *uniq, const struct batch *in, const struct field *field, uint32_t row)
{
    buf_clear(&uniq->key);
    for (uint32_t f = 0; f < in->fields; f++) {
        struct cell cell = column_cell(field[f].column, row);
        if (cell.kind == KIND_NULL)
            continue;
        buf_put(&uniq->key, str_make((const char *)&field[f].name->number, sizeof field[f].name->number));
        key_put(&uniq->key, &cell);
    }
}

static status compare_rows(struct uniq *uniq, struct batch *in, struct batch *out)
{
    struct field *field = arena_alloc(&uniq->op.step, (in->fields + 1) * sizeof *field);
    uint32_t     *row = arena_alloc(&out->arena, (batch_rows(in) + 1) * sizeof *row), count = 0;

    TRY_NEW(field && row ? field : NULL);
    if (in->fields)
        memcpy(field, in->field, in->fields * sizeof *field);
    sort_fields(field, in->fields);
    for (uint32_t f = 0; f < in->fields; f++)
        TRY(batch_decode(in, field[f].column));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        struct buf key;
        put_row(uniq, in, field, batch_row(in, i));
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
    if (result != OK) {
        batch_release(out);
        return result;
    }
    return op_emit(op, out);
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
