/* The doors of the compiler: a tree in, a program out. */
#include "vm/emit.h"
#include "vm/verify.h"

static status finish(struct emit *emit, status done, struct program **out)
{
    struct program *program = emit->program;

    if (done == OK && emit->errors)
        done = FAIL_QUERY;
    if (done == OK)
        done = emit_finish(emit, out);
    if (done == OK)
        done = program_verify(program);
    if (done != OK)
        program_drop(program);
    emit_close(emit);
    return done;
}

static status put_filter(struct emit *emit, uint32_t rows)
{
    return emit_put(emit, (struct instruction){ .op = OP_FILTER, .under = rows }, NULL, NULL);
}

static void warn_of_fields(struct emit *emit, const struct node *expr)
{
    bool logic = expr->kind == NODE_UNARY || expr->kind == NODE_BINARY;

    if (expr->kind == NODE_FIELD) {
        diag_warn(emit->compile->diag, expr->span, "lone-field", "a field is never true by itself");
        diag_hint(emit->compile->diag, "compare it, or ask isnotnull(%.*s)", SHOW(expr->text));
    }
    if (logic && (str_is(expr->text, "and") || str_is(expr->text, "or") || str_is(expr->text, "not")))
        for (uint32_t i = 0; i < expr->count; i++)
            warn_of_fields(emit, expr->kid[i]);
}

static status condition(struct emit *emit, const struct node *expr)
{
    uint32_t rows, before = emit->errors;

    emit->program->type = TYPE_BOOLEAN;
    warn_of_fields(emit, expr);
    TRY(emit_rows(emit, expr, true, ROWS_ALL, &rows));
    if (expr->kind == NODE_STRING)
        diag_hint(emit->compile->diag, "to find text in events use search");
    if (expr->kind == NODE_CALL && before == emit->errors && str_is_nocase(expr->text, "null"))
        TRY(emit_error(emit, expr->span, "type",
                       "The expression is malformed: a condition is expected here, not null"));
    return put_filter(emit, rows);
}

status program_condition(struct compile *compile, const struct node *expr, struct program **out)
{
    struct emit emit;
    status      done = emit_open(&emit, compile, PROGRAM_CONDITION);

    if (done == OK)
        done = condition(&emit, expr);
    return finish(&emit, done, out);
}

static status search(struct emit *emit, const struct node *node)
{
    uint32_t rows;

    emit->program->type = TYPE_BOOLEAN;
    TRY(define_names(emit, node, &node));
    TRY(emit_search(emit, node, ROWS_ALL, &rows));
    return put_filter(emit, rows);
}

status program_search(struct compile *compile, const struct node *node, struct program **out)
{
    struct emit emit;
    status      done = emit_open(&emit, compile, PROGRAM_CONDITION);

    if (done == OK)
        done = search(&emit, node);
    return finish(&emit, done, out);
}

status program_eventtype(struct compile *compile, struct span span, str name, str text, struct program **out)
{
    struct emit        emit;
    const struct node *node;
    status             done = emit_open(&emit, compile, PROGRAM_CONDITION);

    if (done == OK)
        done = define_search(&emit, span, "event type", name, text, &node);
    if (done == OK)
        done = search(&emit, node);
    return finish(&emit, done, out);
}

/* A truth value counts as 1 where it is true, and as nothing elsewhere. */
static status count_truth(struct emit *emit, struct value *value)
{
    uint32_t yes, arm[2];

    TRY(emit_narrow(emit, value->reg, TEST_TRUE, ROWS_ALL, &yes));
    if (yes == ROWS_NONE)
        return emit_null(emit, value);
    arm[0] = yes;
    TRY(emit_constant(emit, cell_number(1), &arm[1]));
    value->reg = arm[1];
    value->type = TYPE_NUMBER;
    if (yes == ROWS_ALL)
        return OK;
    return emit_put(emit, (struct instruction){ .op = OP_MERGE, .count = 2 }, arm, &value->reg);
}

static status one_value(struct emit *emit, const struct node *expr, bool boolean_ok)
{
    struct value value;

    TRY(emit_value(emit, expr, ROWS_ALL, &value));
    if (value.type == TYPE_BOOLEAN && boolean_ok)
        TRY(count_truth(emit, &value));
    else if (value.type == TYPE_BOOLEAN)
        TRY(emit_error(emit, expr->span, "boolean-value",
                       "The expression is malformed: a value is expected here, not a boolean"));
    emit->program->type = value.type;
    return emit_put(emit, (struct instruction){ .op = OP_RETURN, .a = value.reg }, NULL, NULL);
}

status program_value(struct compile *compile, const struct node *expr, bool boolean_ok, struct program **out)
{
    struct emit emit;
    status      done = emit_open(&emit, compile, PROGRAM_VALUE);

    if (done == OK)
        done = one_value(&emit, expr, boolean_ok);
    return finish(&emit, done, out);
}

static status return_any(struct emit *emit, const struct node *expr)
{
    struct value value;

    TRY(emit_value(emit, expr, ROWS_ALL, &value));
    emit->program->type = value.type;
    return emit_put(emit, (struct instruction){ .op = OP_RETURN, .a = value.reg }, NULL, NULL);
}

status program_any(struct compile *compile, const struct node *expr, struct program **out)
{
    struct emit emit;
    status      done = emit_open(&emit, compile, PROGRAM_VALUE);

    if (done == OK)
        done = return_any(&emit, expr);
    return finish(&emit, done, out);
}

static status store_fixed(struct emit *emit, str name, const struct value *value)
{
    uint32_t number, reg;

    TRY(emit_field_number(emit, name, &number));
    TRY(emit_put(emit, (struct instruction){ .op = OP_STORE, .a = number, .b = value->reg }, NULL, &reg));
    emit->reg[reg].field = true;
    return map_put(&emit->bound, emit->program->field[number], (void *)(uintptr_t)(reg + 1));
}

static status store_computed(struct emit *emit, str text, const struct value *value)
{
    uint32_t number;

    TRY(emit_template(emit, text, &number));
    TRY(emit_put(emit, (struct instruction){ .op = OP_SCATTER, .a = number, .b = value->reg }, NULL, NULL));
    emit_forget(emit);
    map_free(&emit->bound);
    return OK;
}

static status assign(struct emit *emit, const struct assignment *assignment)
{
    struct value value;

    TRY(emit_value(emit, assignment->value, ROWS_ALL, &value));
    emit->program->type = value.type;
    if (assignment->target.size == 0)                       /* assignments to come */
        return OK;
    if (value.type == TYPE_BOOLEAN)
        return emit_error(emit, assignment->value->span, "boolean-value",
                          "Fields cannot be assigned a boolean result. "
                          "Instead, try if([bool expr], [expr], [expr])");
    if (assignment->dynamic)
        return store_computed(emit, assignment->target, &value);
    return store_fixed(emit, assignment->target, &value);
}

status program_assignments(struct compile *compile, const struct assignments *assignments,
                           struct program **out)
{
    struct emit emit;
    status      done = emit_open(&emit, compile, PROGRAM_ASSIGNMENTS);

    for (uint32_t i = 0; i < assignments->count && done == OK; i++)
        done = assign(&emit, &assignments->item[i]);
    return finish(&emit, done, out);
}
