#include "command/text_row.h"

#include "flow/run.h"
#include "plan/stage.h"
#include "syntax/print.h"

static status fill(struct op *op, struct batch *batch, str text)
{
    const struct name *name = names_intern(op->run->names, STR("search"));
    struct column     *column;

    TRY_NEW(name);
    TRY_NEW((text = arena_str(&batch->arena, text)).at);
    TRY_NEW(column = column_constant(&batch->arena, cell_field_text(text)));
    return batch_append(batch, name, column, rank_at(op->stage->rank, 0));
}

status text_row_emit(struct op *op, str text)
{
    struct batch *batch;
    status        result;

    if (text.size > UINT32_MAX)
        return FAIL_LIMIT;
    TRY_NEW(batch = batch_new(op->context->heap, 1));
    result = fill(op, batch, text);
    return op_emit_if(op, result, batch);
}

bool text_is_word(str text)
{
    static const char ends[] = " \t\n\v\f\r\"()[]|,=<>!\\";

    for (size_t i = 0; i < text.size; i++)
        if (memchr(ends, text.at[i], sizeof ends - 1))
            return false;
    return text.size > 0;
}

void text_put_name(struct buf *out, str name)
{
    if (text_is_word(name))
        buf_put(out, name);
    else
        print_quoted(out, name);
}
