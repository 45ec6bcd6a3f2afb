#include "command/placing.h"

#include "flow/run.h"
#include "plan/stage.h"

void placing_init(struct placing *placing, const struct op *op)
{
    *placing = (struct placing){ .rank = op->stage->rank };
    layout_init(&placing->layout, &op->run->heap);
}

void placing_free(struct placing *placing)
{
    if (placing->layout.heap)
        layout_free(&placing->layout);
}

status placing_begin(struct placing *placing, const struct layout *known)
{
    if (!placing->shared) {
        placing->base += placing->layout.count;
        layout_free(&placing->layout);
    }
    for (uint32_t i = 0; i < known->count; i++) {
        uint32_t behind = rank_at(placing->rank, placing->layout.count);

        TRY(layout_add(&placing->layout, known->column[i].name, placing->shared ? behind : known->column[i].rank));
    }
    return OK;
}

status placing_apply(struct placing *placing, struct batch *out)
{
    TRY(layout_show(&placing->layout, out));
    for (uint32_t i = 0; i < out->fields; i++) {
        struct field *field = &out->field[i];
        int64_t       place = layout_find(&placing->layout, field->name);
        uint32_t      rank = rank_at(placing->rank, placing->base + (place < 0 ? 0 : (uint32_t)place));

        if (field->made.rank) {
            while (field->made.earlier)
                field->made = *field->made.earlier;
            field->made.rank = rank;
        }
        if (field->rank)
            field->rank = rank;
    }
    return OK;
}
