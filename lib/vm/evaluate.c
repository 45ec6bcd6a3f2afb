/* An expression without events: macros that compute their text, and what they demand of their arguments. */
#include "syntax/parse.h"
#include "vm/emit.h"

static status fill_row(struct context *context, struct batch *row, const str *name, const str *value, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct name *known = names_intern(context->names, name[i]);
        struct column     *column = column_constant(&row->arena, cell_field_text(value[i]));

        TRY_NEW(known && column ? row : NULL);
        TRY(batch_set(row, known, column, 0));
    }
    return OK;
}

static status run_once(const struct program *program, struct compile *compile, const str *name, const str *value,
                       uint32_t count, struct cell *out)
{
    struct batch   *row = batch_new(compile->context->heap, 1);
    struct machine *machine = NULL;
    struct column  *column;
    status          result = row ? fill_row(compile->context, row, name, value, count) : FAIL_MEMORY;

    if (result == OK)
        result = machine_new(program, compile->context, &machine);
    if (result == OK)
        result = machine_value(machine, row, compile->arena, &column);
    if (result == OK) {
        *out = column_cell(column, 0);
        if (out->kind == KIND_TEXT) {
            str text = arena_str(compile->arena, cell_str(out));
            out->text = text.at;
            result = text.at ? OK : FAIL_MEMORY;
        }
    }
    machine_free(machine);
    batch_release(row);
    return result;
}

status evaluate_text(struct compile *compile, str expression, const str *name, const str *value, uint32_t count,
                struct cell *out)
{
    struct node    *tree;
    struct program *program;
    status          result;

    TRY(parse_expr(compile->arena, compile->diag, passage_of(expression), &tree));
    TRY(program_any(compile, tree, &program));
    result = run_once(program, compile, name, value, count, out);
    if (result == OK && out->kind == KIND_NULL && program->type == TYPE_BOOLEAN)
        *out = cell_truth(0);
    program_drop(program);
    return result;
}
