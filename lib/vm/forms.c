/* Calls that do not evaluate all their arguments: each arm runs for the rows that reach it. */
#include "syntax/parse.h"
#include "vm/emit.h"

struct arms {
    uint32_t *pair;             /* selection, register, in turn */
    uint32_t  count;            /* of pairs */
    bool      typed;            /* there was an arm: nulls make no pairs */
    uint8_t   type;
};

static status arms_open(struct emit *emit, struct arms *arms, uint32_t most)
{
    *arms = (struct arms){ .type = TYPE_NULL };
    arms->pair = ARENA_ARRAY(&emit->scratch, uint32_t, 2 * (size_t)most + 2);
    TRY_NEW(arms->pair);
    return OK;
}

static void arms_add(struct emit *emit, struct arms *arms, uint32_t rows, const struct value *value)
{
    arms->type = arms->typed ? type_common(arms->type, value->type) : value->type;
    arms->typed = true;
    if (rows == ROWS_NONE || (value_is_constant(emit, value)
                              && value_constant(emit, value)->kind == KIND_NULL))
        return;
    arms->pair[2 * arms->count] = rows;
    arms->pair[2 * arms->count + 1] = value->reg;
    arms->count++;
}

static status arms_merge(struct emit *emit, const struct arms *arms, uint32_t under, struct value *out)
{
    struct instruction merge = { .op = OP_MERGE, .count = 2 * arms->count, .under = under };

    *out = (struct value){ .type = arms->type };
    if (arms->count == 0)
        return emit_constant(emit, cell_null(), &out->reg);
    out->reg = arms->pair[1];
    if (arms->count == 1 && arms->pair[0] == under)         /* the other arms are empty */
        return OK;
    return emit_put(emit, merge, arms->pair, &out->reg);
}

static status bad_arguments(struct emit *emit, const struct node *node, const struct function *function,
                            struct value *out)
{
    TRY(emit_error(emit, node->inner, "arity", "The arguments to the '%s' function are invalid",
                   function->name));
    if (function->usage)
        diag_hint(emit->compile->diag, "usage: %s", function->usage);
    TRY(emit_null(emit, out));
    out->type = TYPE_ANY;
    return OK;
}

static status emit_if(struct emit *emit, const struct node *node, uint32_t under, struct value *out)
{
    struct arms  arms;
    struct value value;
    uint32_t     yes, no;

    TRY(arms_open(emit, &arms, 2));
    TRY(emit_rows(emit, node->kid[0], true, under, &yes));
    TRY(emit_minus(emit, under, yes, &no));
    TRY(emit_value(emit, node->kid[1], yes, &value));
    arms_add(emit, &arms, yes, &value);
    TRY(emit_value(emit, node->kid[2], no, &value));
    arms_add(emit, &arms, no, &value);
    return arms_merge(emit, &arms, under, out);
}

/* case takes the value of the first condition that is true, validate of the first that is false. */
static status emit_case(struct emit *emit, const struct node *node, bool wanted, uint32_t under,
                        struct value *out)
{
    struct arms arms;
    uint32_t    rest = under;

    TRY(arms_open(emit, &arms, node->count / 2));
    for (uint32_t i = 0; i + 1 < node->count; i += 2) {
        struct value value;
        uint32_t     rows;
        TRY(emit_rows(emit, node->kid[i], wanted, rest, &rows));
        TRY(emit_value(emit, node->kid[i + 1], rows, &value));
        arms_add(emit, &arms, rows, &value);
        TRY(emit_minus(emit, rest, rows, &rest));
    }
    return arms_merge(emit, &arms, under, out);
}

static status emit_coalesce(struct emit *emit, const struct node *node, uint32_t under, struct value *out)
{
    struct arms arms;
    uint32_t    rest = under;

    TRY(arms_open(emit, &arms, node->count));
    for (uint32_t i = 0; i < node->count; i++) {
        struct value value;
        uint32_t     rows = rest;
        TRY(emit_value(emit, node->kid[i], rest, &value));
        if (i + 1 < node->count)
            TRY(emit_narrow(emit, value.reg, TEST_VALUE, rest, &rows));
        arms_add(emit, &arms, rows, &value);
        TRY(emit_minus(emit, rest, rows, &rest));
    }
    return arms_merge(emit, &arms, under, out);
}

/* --- one value at a time -------------------------------------------------------------------------------- */

/* Names of fields in a tree: the first, and whether there is another. */
static void find_fields(const struct node *node, str *first, const struct node **second)
{
    if (node->kind == NODE_FIELD) {
        if (!first->at)
            *first = node->text;
        else if (!str_equal(*first, node->text) && !*second)
            *second = node;
    }
    for (uint32_t i = 0; i < node->count; i++)
        find_fields(node->kid[i], first, second);
}

static status frame_open(struct emit *emit, struct frame *frame, str name, uint32_t list, uint32_t under)
{
    *frame = (struct frame){ .outer = emit->frame, .rows = under, .name = name };
    TRY(emit_put(emit, (struct instruction){ .op = OP_FLATTEN, .a = list, .under = under }, NULL,
                 &frame->laid));
    TRY(emit_put(emit, (struct instruction){ .op = OP_ELEMENT, .under = frame->laid }, NULL,
                 &frame->element));
    emit->reg[frame->element].field = true;
    emit->frame = frame;
    return OK;
}

static status frame_fold(struct emit *emit, struct frame *frame, uint32_t reg, uint32_t rows,
                         struct value *out)
{
    emit->frame = frame->outer;
    *out = (struct value){ .type = TYPE_ANY };
    if (rows == ROWS_NONE)
        return emit_null(emit, out);
    return emit_put(emit, (struct instruction){ .op = OP_FOLD, .a = reg, .b = rows, .under = frame->rows },
                    NULL, &out->reg);
}

static status emit_mvmap(struct emit *emit, const struct node *node, uint32_t under, struct value *out)
{
    const struct node *other = NULL;
    struct frame       frame;
    struct value       list, value;
    str                name = { NULL, 0 };

    find_fields(node->kid[0], &name, &other);
    TRY(emit_value(emit, node->kid[0], under, &list));
    TRY(frame_open(emit, &frame, name.at ? name : STR(""), list.reg, under));
    TRY(emit_value(emit, node->kid[1], frame.laid, &value));
    if (value.type == TYPE_BOOLEAN)
        TRY(emit_error(emit, node->kid[1]->span, "type", "The arguments to the 'mvmap' function are invalid: "
                       "a value is expected, not a boolean"));
    return frame_fold(emit, &frame, value.reg, frame.laid, out);
}

static status emit_mvfilter(struct emit *emit, const struct node *node, uint32_t under, struct value *out)
{
    const struct node *other = NULL;
    struct frame       frame;
    struct value       list;
    uint32_t           rows;
    str                name = { NULL, 0 };

    find_fields(node->kid[0], &name, &other);
    if (!name.at || other) {
        TRY(emit_error(emit, other ? other->span : node->kid[0]->span, "bad-argument",
                       "The arguments to the 'mvfilter' function are invalid: "
                       "its condition is about exactly one field"));
        return emit_null(emit, out);
    }
    TRY(emit_field(emit, name, under, &list));
    TRY(frame_open(emit, &frame, name, list.reg, under));
    TRY(emit_rows(emit, node->kid[0], true, frame.laid, &rows));
    return frame_fold(emit, &frame, frame.element, rows, out);
}

/* --- searchmatch ---------------------------------------------------------------------------------------- */

/* A search that rows bring themselves. */
static status emit_match(struct emit *emit, const struct node *node, const struct value *text, uint32_t under,
                         struct value *out)
{
    struct compile *late;

    if (emit->frame) {
        TRY(emit_error(emit, node->span, "bad-argument",
                       "inside mvmap and mvfilter searchmatch wants a search in double quotes"));
        return emit_null(emit, out);
    }
    if (!emit->program->late) {
        TRY_NEW(late = ARENA_NEW(emit->arena, struct compile));
        *late = *emit->compile;
        emit->program->late = late;
    }
    *out = (struct value){ .type = TYPE_BOOLEAN };
    return emit_put(emit, (struct instruction){ .op = OP_MATCH, .a = text->reg, .under = under }, NULL, &out->reg);
}

static status emit_searchmatch(struct emit *emit, const struct node *node, uint32_t under, struct value *out)
{
    const struct node *text = node->kid[0], *named;
    struct passage     passage = { .text = text->text, .span = text->span, .copied = true };
    struct value       value;
    struct node       *search;
    uint32_t           yes, no;
    status             parsed;

    if (text->kind != NODE_STRING) {
        TRY(emit_value(emit, text, under, &value));
        if (value.type == TYPE_BOOLEAN || value.type == TYPE_NUMBER) {
            TRY(emit_error(emit, text->span, "bad-argument", "The arguments to the 'searchmatch' function are invalid: "
                           "a search is a text"));
            return emit_null(emit, out);
        }
        return emit_match(emit, text, &value, under, out);
    }
    parsed = parse_search(emit->arena, emit->compile->diag, passage, &search);
    if (parsed == FAIL_QUERY) {
        emit->errors++;
        return emit_null(emit, out);
    }
    TRY(parsed);
    TRY(define_names(emit, search, &named));
    TRY(emit_search(emit, named, under, &yes));
    TRY(emit_minus(emit, under, yes, &no));
    *out = (struct value){ .type = TYPE_BOOLEAN };
    return emit_truth(emit, yes, no, under, &out->reg);
}

status emit_form(struct emit *emit, const struct node *node, const struct function *function, uint32_t under,
                 struct value *out)
{
    if (node->count < (uint32_t)function->least
        || (function->most >= 0 && node->count > (uint32_t)function->most))
        return bad_arguments(emit, node, function, out);
    switch (function->form) {
    case FORM_IF:
        return emit_if(emit, node, under, out);
    case FORM_CASE:
    case FORM_VALIDATE:
        if (node->count % 2)
            return bad_arguments(emit, node, function, out);
        return emit_case(emit, node, function->form == FORM_CASE, under, out);
    case FORM_COALESCE:
        return emit_coalesce(emit, node, under, out);
    case FORM_MVMAP:
        return emit_mvmap(emit, node, under, out);
    case FORM_MVFILTER:
        return emit_mvfilter(emit, node, under, out);
    case FORM_SEARCHMATCH:
        return emit_searchmatch(emit, node, under, out);
    default:
        return diag_at(emit->compile->diag, FAIL_BUG, node->inner, "internal",
                       "a form the compiler does not know");
    }
}
