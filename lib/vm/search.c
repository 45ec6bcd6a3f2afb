/* search's language to instructions (language 4). Every term is true or false of a row, never null, so that
 * NOT keeps what is missing; the right side of a comparison is always a literal. */
#include "base/map.h"
#include "vm/emit.h"
#include "vm/search_functions.h"

static status call_search(struct emit *emit, enum search_function which, const struct value *arg,
                          uint32_t count, const struct members *members, const struct node *node,
                          uint32_t under, uint32_t *rows)
{
    struct call_plan plan = { .function = &search_functions[which], .arg = arg, .count = count,
                              .whole = node->span, .name = node->inner };
    struct value     value;

    if (members) {
        plan.member = members->cell;
        plan.members = members->count;
    }
    TRY(emit_call(emit, &plan, under, &value));
    return emit_narrow(emit, value.reg, TEST_TRUE, under, rows);
}

static status literal(struct emit *emit, str text, struct value *out)
{
    text = arena_str(emit->arena, text);
    TRY_NEW(text.at);
    *out = (struct value){ .type = TYPE_TEXT, .literal = true };
    return emit_constant(emit, cell_text(text), &out->reg);
}

/* What it stands in is compiled for its mistakes only, as if every row passed. */
static status await_subsearch(struct emit *emit, const struct node *node)
{
    return node->flags & NODE_AWAITED ? OK : emit_error(emit, node->span, "subsearch", SUBSEARCH_REFUSED);
}

/* --- terms ---------------------------------------------------------------------------------------------- */

static status emit_term(struct emit *emit, const struct node *node, uint32_t under, uint32_t *rows)
{
    enum search_function which = node->flags & NODE_WHOLE ? SEARCH_EXACT
        : node->flags & NODE_CASED ? SEARCH_CASED_WORD
                               : node->flags & NODE_QUOTED ? SEARCH_PHRASE : SEARCH_WORD;
    struct value         arg[2];

    *rows = under;
    if (str_equal(node->text, STR("*")))            /* every row, with or without a text */
        return OK;
    TRY(emit_field(emit, STR("_raw"), under, &arg[0]));
    TRY(literal(emit, node->text, &arg[1]));
    return call_search(emit, which, arg, 2, NULL, node, under, rows);
}

/* --- comparisons ---------------------------------------------------------------------------------------- */

static bool is_index(const struct node *field)
{
    return str_is(field->text, "index");
}

/* Rows are on no server of ours, and nobody says when they were indexed: a row without such a field passes. */
static bool is_lenient(const struct node *field, enum search_function test)
{
    if (str_is(field->text, "_indextime"))
        return test == SEARCH_SINCE || test == SEARCH_UNTIL;
    return str_is(field->text, "splunk_server") || str_is(field->text, "splunk_server_group");
}

static status check_field(struct emit *emit, const struct node *field)
{
    if (!emit->compile->later && (str_is_nocase(field->text, "savedsearch") || str_is_nocase(field->text, "savedsplunk")))
        return emit_error(emit, field->span, "saved-search",
                          "a saved search is asked for as %.*s=name, or NOT %.*s=name", SHOW(field->text),
                          SHOW(field->text));
    return OK;
}

static enum search_function comparison(const struct node *node)
{
    bool cased = node->kid[1]->flags & NODE_CASED, index = is_index(node->kid[0]);

    if (str_is(node->text, "="))
        return cased ? SEARCH_CASED_EQUAL : index ? SEARCH_INDEX_EQUAL : SEARCH_EQUAL;
    if (str_is(node->text, "!="))
        return cased ? SEARCH_CASED_UNEQUAL : index ? SEARCH_INDEX_UNEQUAL : SEARCH_UNEQUAL;
    if (str_is(node->text, "since") || str_is(node->text, "before"))        /* time terms: plan/bounds.c */
        return str_is(node->text, "since") ? SEARCH_SINCE : SEARCH_BEFORE;
    if (str_is(node->text, "until"))
        return SEARCH_UNTIL;
    return str_is(node->text, "<") ? SEARCH_LESS : str_is(node->text, "<=") ? SEARCH_LESS_EQUAL
         : str_is(node->text, ">") ? SEARCH_GREATER : SEARCH_GREATER_EQUAL;
}

/* `found`, and the rows in which the field is missing. */
static status with_missing(struct emit *emit, uint32_t field, uint32_t under, uint32_t *rows)
{
    uint32_t missing;

    TRY(emit_narrow(emit, field, TEST_NULL, under, &missing));
    return emit_union(emit, *rows, missing, under, rows);
}

static status emit_compare(struct emit *emit, const struct node *node, uint32_t under, uint32_t *rows)
{
    struct value arg[2];

    TRY(check_field(emit, node->kid[0]));
    if (node->kid[1]->kind != NODE_TERM)
        return await_subsearch(emit, node->kid[1]);
    TRY(emit_field(emit, node->kid[0]->text, under, &arg[0]));
    TRY(literal(emit, node->kid[1]->text, &arg[1]));
    TRY(call_search(emit, comparison(node), arg, 2, NULL, node, under, rows));
    return is_lenient(node->kid[0], comparison(node)) ? with_missing(emit, arg[0].reg, under, rows) : OK;
}

/* --- IN ------------------------------------------------------------------------------------------------- */

static status find_members(struct emit *emit, const struct node *field, const struct members *members,
                           const struct node *node, uint32_t under, uint32_t *rows)
{
    struct value arg;

    TRY(check_field(emit, field));
    TRY(emit_field(emit, field->text, under, &arg));
    TRY(call_search(emit, is_index(field) ? SEARCH_INDEX_IN : SEARCH_IN, &arg, 1, members, node, under,
                    rows));
    return is_lenient(field, SEARCH_IN) ? with_missing(emit, arg.reg, under, rows) : OK;
}

static status add_item(struct emit *emit, struct members *members, const struct node *item)
{
    str text = arena_str(emit->arena, item->text);

    TRY_NEW(text.at);
    return members_add(emit, members, cell_text(text));
}

/* f IN (CASE(x)) compares that item by itself. */
static status emit_cased_item(struct emit *emit, const struct node *field, const struct node *item,
                              uint32_t under,
                              uint32_t *rows)
{
    struct value arg[2];

    TRY(emit_field(emit, field->text, under, &arg[0]));
    TRY(literal(emit, item->text, &arg[1]));
    return call_search(emit, SEARCH_CASED_EQUAL, arg, 2, NULL, item, under, rows);
}

static status emit_in(struct emit *emit, const struct node *node, uint32_t under, uint32_t *rows)
{
    struct members members = { 0 };
    uint32_t       taken, rest = under;

    *rows = ROWS_NONE;
    for (uint32_t i = 1; i < node->count; i++) {
        const struct node *item = node->kid[i];
        if (item->kind != NODE_TERM) {
            TRY(await_subsearch(emit, item));
            continue;
        }
        if (!(item->flags & NODE_CASED)) {
            TRY(add_item(emit, &members, item));
            continue;
        }
        TRY(emit_cased_item(emit, node->kid[0], item, rest, &taken));
        TRY(emit_union(emit, *rows, taken, under, rows));
        TRY(emit_minus(emit, rest, taken, &rest));
    }
    if (members.count == 0 && *rows != ROWS_NONE)
        return OK;
    TRY(find_members(emit, node->kid[0], &members, node, rest, &taken));
    return emit_union(emit, *rows, taken, under, rows);
}

/* --- AND, OR, NOT --------------------------------------------------------------------------------------- */

static bool is_plain_equality(const struct node *node)
{
    return node->kind == NODE_COMPARE && str_is(node->text, "=") && node->kid[1]->kind == NODE_TERM
        && !(node->kid[1]->flags & NODE_CASED);
}

/* The arms of an OR that are plain equalities, chained by field: next[i] is the arm behind i with the same field. There can
 * be a hundred thousand of them, so fields are told apart by hashing. */
struct chains {
    uint32_t *next;                     /* NO_ARM: none */
    bool     *done;
};
enum { NO_ARM = UINT32_MAX };

static status chain_arms(struct emit *emit, struct node *const *arm, uint32_t count, struct chains *out)
{
    struct map map;
    status     failure = OK;

    TRY_NEW(out->done = ARENA_ARRAY(&emit->scratch, bool, count));
    TRY_NEW(out->next = ARENA_ARRAY(&emit->scratch, uint32_t, count));
    map_init(&map, emit->scratch.heap);
    for (uint32_t i = 0; failure == OK && i < count; i++) {
        struct map_entry *entry;

        out->next[i] = NO_ARM;
        out->done[i] = false;
        if (!is_plain_equality(arm[i]))
            continue;
        entry = map_find(&map, arm[i]->kid[0]->text);
        if (entry)
            *(uint32_t *)entry->value = i;      /* the link of the last one */
        failure = map_put(&map, arm[i]->kid[0]->text, &out->next[i]);
    }
    map_free(&map);
    return failure;
}

/* a=1 OR a=2 OR ...: one look-up instead of many comparisons, for arm `first` and those chained to it. The arms taken are
 * marked; *rows gets what they find. */
static status emit_equalities(struct emit *emit, struct node *const *arm, uint32_t first, struct chains *chains,
                              const struct node *node, uint32_t under, uint32_t *rows)
{
    struct members members = { 0 };

    if (chains->next[first] == NO_ARM)
        return emit_search(emit, arm[first], under, rows);
    for (uint32_t i = first; i != NO_ARM; i = chains->next[i]) {
        str text;
        chains->done[i] = true;
        TRY_NEW((text = arena_str(emit->arena, arm[i]->kid[1]->text)).at);
        TRY(members_append(emit, &members, cell_text(text)));       /* no named list: this is not IN */
    }
    return find_members(emit, arm[first]->kid[0], &members, node, under, rows);
}

static status emit_or(struct emit *emit, const struct node *node, uint32_t under, uint32_t *rows)
{
    struct node *const *arm = emit_order(emit, node, false);
    struct node         ordered = *node;
    struct chains       chains;
    uint32_t            rest = under, taken;

    TRY_NEW(arm);
    TRY(chain_arms(emit, arm, node->count, &chains));
    ordered.kid = (struct node **)arm;
    *rows = ROWS_NONE;
    for (uint32_t i = 0; i < node->count; i++) {
        if (chains.done[i])
            continue;
        if (emit->compile->rewrite && is_plain_equality(arm[i]))
            TRY(emit_equalities(emit, arm, i, &chains, &ordered, rest, &taken));
        else
            TRY(emit_search(emit, arm[i], rest, &taken));
        TRY(emit_union(emit, *rows, taken, under, rows));
        TRY(emit_minus(emit, rest, taken, &rest));
    }
    return OK;
}

static status emit_and(struct emit *emit, const struct node *node, uint32_t under, uint32_t *rows)
{
    struct node *const *arm = emit_order(emit, node, true);

    TRY_NEW(arm);
    *rows = under;
    for (uint32_t i = 0; i < node->count; i++)
        TRY(emit_search(emit, arm[i], *rows, rows));
    return OK;
}

static status emit_not(struct emit *emit, const struct node *node, uint32_t under, uint32_t *rows)
{
    uint32_t found;

    if (node->kid[0]->kind == NODE_IN)
        note_unbound_list(emit, node->kid[0]);
    TRY(emit_search(emit, node->kid[0], under, &found));
    return emit_minus(emit, under, found, rows);
}

status emit_search(struct emit *emit, const struct node *node, uint32_t under, uint32_t *rows)
{
    *rows = under;
    switch (node->kind) {
    case NODE_EVERYTHING:
        return OK;
    case NODE_TERM:
        return emit_term(emit, node, under, rows);
    case NODE_COMPARE:
        return emit_compare(emit, node, under, rows);
    case NODE_IN:
        return emit_in(emit, node, under, rows);
    case NODE_UNARY:
        return emit_not(emit, node, under, rows);
    case NODE_BINARY:
        return str_is(node->text, "and") ? emit_and(emit, node, under, rows)
            : emit_or(emit, node, under, rows);
    case NODE_SUBSEARCH:
        return await_subsearch(emit, node);
    default:
        return diag_at(emit->compile->diag, FAIL_BUG, node->span, "internal", "an expression inside a search");
    }
}
