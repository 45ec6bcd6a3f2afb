/* eval's language to instructions. Truth has three values here; conditions become selections wherever they
 * can. */
#include "catalog/vocabulary.h"
#include "value/number.h"
#include "vm/emit.h"

status emit_null(struct emit *emit, struct value *out)
{
    *out = (struct value){ .type = TYPE_NULL };
    return emit_constant(emit, cell_null(), &out->reg);
}

/* --- fields --------------------------------------------------------------------------------------------- */

/* `frame` and those inside it repeat the outer value for each value they laid out. */
static status spread_through(struct emit *emit, struct frame *frame, const struct frame *until, uint32_t *reg)
{
    if (frame == until)
        return OK;
    TRY(spread_through(emit, frame->outer, until, reg));
    if (emit->reg[*reg].is_constant)
        return OK;
    TRY(emit_put(emit, (struct instruction){ .op = OP_SPREAD, .a = *reg, .under = frame->laid }, NULL, reg));
    emit->reg[*reg].field = true;
    return OK;
}

static status load_field(struct emit *emit, str name, uint32_t under, uint32_t *reg)
{
    uintptr_t bound = (uintptr_t)map_get(&emit->bound, name);
    uint32_t  number;

    if (bound) {
        *reg = (uint32_t)bound - 1;
        return OK;
    }
    TRY(emit_field_number(emit, name, &number));
    TRY(emit_put(emit, (struct instruction){ .op = OP_LOAD, .a = number, .under = under }, NULL, reg));
    emit->reg[*reg].field = true;
    return OK;
}

status emit_field(struct emit *emit, str name, uint32_t under, struct value *out)
{
    struct frame *owner = emit->frame;

    *out = (struct value){ .type = TYPE_ANY };
    while (owner && !str_equal(owner->name, name))
        owner = owner->outer;
    if (owner) {
        out->reg = owner->element;
    } else {
        struct frame *first = emit->frame;
        while (first && first->outer)
            first = first->outer;
        TRY(load_field(emit, name, first ? first->rows : under, &out->reg));
    }
    return spread_through(emit, emit->frame, owner, &out->reg);
}

/* --- calls ---------------------------------------------------------------------------------------------- */

static bool is_comparison(const char *name)
{
    return str_is(STR("="), name) || str_is(STR("!="), name) || name[0] == '<' || name[0] == '>';
}

/* Texts of fields that are about to be read as numbers are so read once for all who need it. Where the text
 * itself may matter ("+" may join, comparisons fall back on text) only if the other side is a number for
 * certain. */
static status as_number(struct emit *emit, const struct call_plan *plan, uint32_t i, uint32_t under,
                        uint32_t *reg)
{
    const struct function *function = plan->function;
    const struct value    *value = &plan->arg[i];
    uint32_t               wanted = function->wanted ? function->wanted : COUNT_OF(function->wants);
    bool                   parsed = function->wants[i < wanted ? i : wanted - 1] == WANT_NUMBER;
    bool                   plus = str_is(STR("+"), function->name);
    struct instruction     numeric = { .op = OP_NUMERIC, .a = value->reg, .under = under };

    *reg = value->reg;
    if (value->type != TYPE_ANY || emit->reg[value->reg].is_constant)
        return OK;
    if (plan->count == 2 && (plus || is_comparison(function->name)))
        parsed = plan->arg[1 - i].type == TYPE_NUMBER;
    if (!parsed && !plus)
        return OK;
    numeric.b = parsed ? NUMERIC_PARSED : NUMERIC_SETTLED;
    return emit_put(emit, numeric, NULL, reg);
}

static status make_site(struct emit *emit, const struct call_plan *plan, struct site *site)
{
    struct cell *literal = ARENA_ARRAY(emit->arena, struct cell, plan->count + 1);
    struct span *span = ARENA_ARRAY(emit->arena, struct span, plan->count + 1);

    TRY_NEW(literal && span ? literal : NULL);
    *site = (struct site){ .function = plan->function, .count = plan->count, .literal = literal, .span = span,
                           .member = plan->member, .members = plan->members };
    for (uint32_t i = 0; i < plan->count; i++) {
        span[i] = plan->span ? plan->span[i] : plan->whole;
        if (!value_is_constant(emit, &plan->arg[i]))
            continue;
        literal[i] = *value_constant(emit, &plan->arg[i]);
        if (i >= 64)
            continue;
        site->constant |= (uint64_t)1 << i;
        site->written |= (uint64_t)plan->arg[i].literal << i;
    }
    return OK;
}

static status prepare_site(struct emit *emit, struct site *site, bool *good)
{
    status prepared;

    *good = true;
    if (!site->function->prepare)
        return OK;
    prepared = site->function->prepare(site, emit->arena, emit->compile->context, emit->compile->diag);
    if (prepared != FAIL_QUERY)
        return prepared;
    emit->errors++;
    *good = false;
    return OK;
}

static bool all_constant(const struct emit *emit, const struct call_plan *plan)
{
    for (uint32_t i = 0; i < plan->count; i++)
        if (!value_is_constant(emit, &plan->arg[i]))
            return false;
    return plan->function->pure && emit->compile->rewrite && plan->count <= 64;
}

static status put_call(struct emit *emit, const struct call_plan *plan, const uint32_t *arg, uint32_t under,
                       uint32_t *reg)
{
    struct instruction call = { .op = OP_CALL, .count = plan->count, .under = under };
    struct site        site;
    bool               good;

    TRY(make_site(emit, plan, &site));
    TRY(emit_site(emit, &site, &call.a));       /* the program owns what is prepared */
    TRY(prepare_site(emit, &emit->program->site[call.a], &good));
    if (!good)
        return emit_constant(emit, cell_null(), reg);
    if (all_constant(emit, plan)) {
        struct cell cell;
        TRY(fold_call(emit, &emit->program->site[call.a], &cell));
        return emit_constant(emit, cell, reg);
    }
    return emit_put(emit, call, arg, reg);
}

status emit_call(struct emit *emit, const struct call_plan *plan, uint32_t under, struct value *out)
{
    uint32_t *arg = ARENA_ARRAY(&emit->scratch, uint32_t, plan->count + 1);
    bool      good;

    TRY_NEW(arg);
    TRY(check_call(emit, plan, &good));
    if (!good)
        return emit_null(emit, out);
    *out = (struct value){ .type = check_result(emit, plan) };
    for (uint32_t i = 0; i < plan->count; i++)
        TRY(as_number(emit, plan, i, under, &arg[i]));
    if (!plan->members && emit_find_call(emit, plan->function, arg, plan->count, under, &out->reg))
        return OK;
    return put_call(emit, plan, arg, under, &out->reg);
}

status emit_named(struct emit *emit, const char *name, const struct value *arg, uint32_t count,
                  const struct node *node,
                  uint32_t under, struct value *out)
{
    const struct function *function = vocabulary_function(emit->compile->words, str_of(name));
    struct span           *span = ARENA_ARRAY(&emit->scratch, struct span, count + 1);
    struct call_plan       plan = { .function = function, .arg = arg, .count = count, .span = span,
                                    .whole = node->span, .name = node->inner };

    TRY_NEW(span);
    if (!function)
        return diag_at(emit->compile->diag, FAIL_BUG, node->inner, "internal",
                       "no operator named \"%s\"", name);
    for (uint32_t i = 0; i < count; i++)
        span[i] = i < node->count ? node->kid[i]->span : node->span;
    return emit_call(emit, &plan, under, out);
}

/* --- operators ------------------------------------------------------------------------------------------ */

static status emit_operator(struct emit *emit, const struct node *node, uint32_t under, struct value *out)
{
    struct value arg[2];
    char         name[8] = "";

    if (node->count != 2 || node->text.size >= sizeof name)
        return diag_at(emit->compile->diag, FAIL_BUG, node->span, "internal", "an operator of an unknown shape");
    memcpy(name, node->text.at, node->text.size);
    advise_operator(emit, node);
    TRY(emit_value(emit, node->kid[0], under, &arg[0]));
    TRY(emit_value(emit, node->kid[1], under, &arg[1]));
    return emit_named(emit, name, arg, 2, node, under, out);
}

/* A condition's value. The texts true and false that JSON functions give count as truth values where such a call is the
 * whole condition (functions 6). */
static status emit_condition(struct emit *emit, const struct node *node, uint32_t under, struct value *out)
{
    struct value arg[2];
    struct cell  literal = cell_text(STR("true"));

    if (node->kind != NODE_CALL ||
        (!str_is_nocase(node->text, "json_extract") && !str_is_nocase(node->text, "json_extract_exact")))
        return emit_value(emit, node, under, out);
    TRY(emit_value(emit, node, under, &arg[0]));
    arg[1] = (struct value){ .type = TYPE_TEXT, .literal = true };
    TRY(emit_constant(emit, literal, &arg[1].reg));
    return emit_named(emit, "=", arg, 2, node, under, out);
}

static status emit_number(struct emit *emit, const struct node *node, bool negative, struct value *out)
{
    struct cell cell = cell_number(0);

    *out = (struct value){ .type = TYPE_NUMBER, .literal = true };
    if (!number_parse(node->text, &cell.number, &cell.decimals))
        return emit_error(emit, node->span, "syntax", "'%.*s' is no number", SHOW(node->text));
    if (emit->compile->context->plain_numbers)
        cell.decimals = EXACT;
    if (negative)
        cell.number = -cell.number;
    return emit_constant(emit, cell, &out->reg);
}

static status emit_unary(struct emit *emit, const struct node *node, uint32_t under, struct value *out)
{
    struct value arg;

    if (str_is(node->text, "-") && node->kid[0]->kind == NODE_NUMBER)       /* -1 is a literal as well */
        return emit_number(emit, node->kid[0], true, out);

    if (str_is(node->text, "not") && node->kid[0]->kind == NODE_IN)
        note_unbound_list(emit, node->kid[0]);
    TRY((str_is(node->text, "not") ? emit_condition : emit_value)(emit, node->kid[0], under, &arg));
    if (str_is(node->text, "not"))
        return emit_named(emit, "not", &arg, 1, node, under, out);
    if (str_is(node->text, "-"))
        return emit_named(emit, "neg", &arg, 1, node, under, out);
    *out = arg;
    if (arg.type == TYPE_BOOLEAN || (arg.type == TYPE_TEXT && arg.literal))
        return emit_error(emit, node->inner, "type", "Type checking failed. '+' only takes numbers");
    return OK;
}

/* AND or OR as a value: arms run while the answer is open. What stopped is false (true for OR); of the rest,
 * those whose every arm passed are the opposite, and the others null. */
static status emit_logic(struct emit *emit, const struct node *node, uint32_t under, struct value *out)
{
    bool      conjunction = str_is(node->text, "and"), good;
    enum test stop = conjunction ? TEST_FALSE : TEST_TRUE, go = conjunction ? TEST_TRUE : TEST_FALSE;
    uint32_t *reg = ARENA_ARRAY(&emit->scratch, uint32_t, node->count);
    uint32_t  alive = under, pass, stopped;

    TRY_NEW(reg);
    for (uint32_t i = 0; i < node->count; i++) {
        struct value value;
        TRY(emit_condition(emit, node->kid[i], alive, &value));
        TRY(check_condition(emit, &value, node->kid[i]->span, &good));
        reg[i] = value.reg;
        TRY(emit_narrow(emit, reg[i], stop, alive, &stopped));
        TRY(emit_minus(emit, alive, stopped, &alive));
    }
    pass = alive;
    for (uint32_t i = 0; i < node->count; i++)
        TRY(emit_narrow(emit, reg[i], go, pass, &pass));
    TRY(emit_minus(emit, under, alive, &stopped));
    *out = (struct value){ .type = TYPE_BOOLEAN };
    return emit_truth(emit, conjunction ? pass : stopped, conjunction ? stopped : pass, under, &out->reg);
}

/* --- expressions ---------------------------------------------------------------------------------------- */

static status emit_function(struct emit *emit, const struct node *node, uint32_t under, struct value *out)
{
    const struct function *function = vocabulary_function(emit->compile->words, node->text);
    struct value          *arg = ARENA_ARRAY(&emit->scratch, struct value, node->count + 1);

    TRY_NEW(arg);
    if (function && str_is(STR("neg"), function->name))     /* that is how the minus sign is called, not a user's word */
        function = NULL;
    if (function && function->form != FORM_NONE)
        return emit_form(emit, node, function, under, out);
    if (function && str_is(STR("in"), function->name))
        return emit_member(emit, node, under, out);
    for (uint32_t i = 0; i < node->count; i++)
        TRY(emit_value(emit, node->kid[i], under, &arg[i]));
    if (function)
        return emit_named(emit, function->name, arg, node->count, node, under, out);
    TRY(check_unknown(emit, node));
    TRY(emit_null(emit, out));
    out->type = TYPE_ANY;
    return OK;
}

static status emit_string(struct emit *emit, const struct node *node, struct value *out)
{
    str text = arena_str(emit->arena, node->text);

    TRY_NEW(text.at);
    *out = (struct value){ .type = TYPE_TEXT, .literal = true };
    return emit_constant(emit, cell_text(text), &out->reg);
}

/* A value nobody knows anything of; what stands beside the text to come has mistakes of its own. */
static status emit_awaited(struct emit *emit, const struct node *node, uint32_t under, struct value *out)
{
    for (uint32_t i = 0; i < node->count && node->kind != NODE_SUBSEARCH; i++)
        TRY(emit_value(emit, node->kid[i], under, out));
    if (node->kind == NODE_CALL && !vocabulary_function(emit->compile->words, node->text))
        TRY(check_unknown(emit, node));
    TRY(emit_field(emit, STR("[]"), under, out));
    out->type = TYPE_ANY;
    return OK;
}

status emit_value(struct emit *emit, const struct node *node, uint32_t under, struct value *out)
{
    if (node->flags & NODE_AWAITED)
        return emit_awaited(emit, node, under, out);
    switch (node->kind) {
    case NODE_FIELD:
        return emit_field(emit, node->text, under, out);
    case NODE_NUMBER:
        return emit_number(emit, node, false, out);
    case NODE_STRING:
        return emit_string(emit, node, out);
    case NODE_UNARY:
        return emit_unary(emit, node, under, out);
    case NODE_BINARY:
        if (str_is(node->text, "and") || str_is(node->text, "or"))
            return emit_logic(emit, node, under, out);
        return emit_operator(emit, node, under, out);
    case NODE_IN:
        return emit_member(emit, node, under, out);
    case NODE_CALL:
        advise_call(emit, node);
        return emit_function(emit, node, under, out);
    case NODE_SUBSEARCH:
        TRY(emit_error(emit, node->span, "subsearch", SUBSEARCH_REFUSED));
        return emit_null(emit, out);
    default:
        return diag_at(emit->compile->diag, FAIL_BUG, node->span, "internal",
                       "a search term inside an expression");
    }
}

/* --- conditions ----------------------------------------------------------------------------------------- */

/* All arms must hold: each narrows what is left for the next. */
static status rows_of_all(struct emit *emit, const struct node *node, bool wanted, uint32_t under,
                          uint32_t *rows)
{
    struct node *const *arm = emit_order(emit, node, true);

    TRY_NEW(arm);
    *rows = under;
    for (uint32_t i = 0; i < node->count; i++)
        TRY(emit_rows(emit, arm[i], wanted, *rows, rows));
    return OK;
}

/* One arm is enough: what an arm has taken the next need not look at. */
static status rows_of_any(struct emit *emit, const struct node *node, bool wanted, uint32_t under,
                          uint32_t *rows)
{
    struct node *const *arm = emit_order(emit, node, false);
    uint32_t            rest = under, taken;

    TRY_NEW(arm);
    *rows = ROWS_NONE;
    for (uint32_t i = 0; i < node->count; i++) {
        TRY(emit_rows(emit, arm[i], wanted, rest, &taken));
        TRY(emit_union(emit, *rows, taken, under, rows));
        if (i + 1 < node->count)
            TRY(emit_minus(emit, rest, taken, &rest));
    }
    return OK;
}

status emit_rows(struct emit *emit, const struct node *node, bool wanted, uint32_t under, uint32_t *rows)
{
    bool         awaited = node->flags & NODE_AWAITED, good;
    struct value value;

    if (!awaited && node->kind == NODE_UNARY && str_is(node->text, "not")) {
        if (node->kid[0]->kind == NODE_IN)
            note_unbound_list(emit, node->kid[0]);
        return emit_rows(emit, node->kid[0], !wanted, under, rows);
    }
    if (!awaited && node->kind == NODE_BINARY && (str_is(node->text, "and") || str_is(node->text, "or")))
        return str_is(node->text, "and") == wanted ? rows_of_all(emit, node, wanted, under, rows)
                                                   : rows_of_any(emit, node, wanted, under, rows);
    TRY(emit_condition(emit, node, under, &value));
    TRY(check_condition(emit, &value, node->span, &good));
    return emit_narrow(emit, value.reg, wanted ? TEST_TRUE : TEST_FALSE, under, rows);
}
