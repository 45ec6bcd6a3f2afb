/* IN: which items are known when the query is compiled, and lists that the host bound to a name (language
 * 14). */
#include "catalog/vocabulary.h"
#include "vm/emit.h"

status members_append(struct emit *emit, struct members *members, struct cell cell)
{
    struct cell *more;
    uint32_t     room = members->room ? members->room * 2 : 8;

    if (members->count == members->room) {
        more = arena_alloc(emit->arena, room * sizeof *more);
        TRY_NEW(more);
        if (members->count)
            memcpy(more, members->cell, members->count * sizeof *more);
        members->cell = more;
        members->room = room;
    }
    members->cell[members->count++] = cell;
    return OK;
}

static const struct value_list *bound_list(const struct emit *emit, str name)
{
    return emit->compile->list ? emit->compile->list(emit->compile->list_host, name) : NULL;
}

status members_add(struct emit *emit, struct members *members, struct cell literal)
{
    const struct value_list *list = literal.kind == KIND_TEXT ? bound_list(emit, cell_str(&literal)) : NULL;

    for (uint32_t i = 0; list && i < list->count; i++) {
        struct cell cell = list->cell[i];
        if (cell.kind == KIND_TEXT) {
            str text = arena_str(emit->arena, cell_str(&cell));
            TRY_NEW(text.at);
            cell = cell_text(text);
        }
        TRY(members_append(emit, members, cell));
    }
    return list ? OK : members_append(emit, members, literal);
}

static bool looks_like_name(str text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (i && c >= '0' && c <= '9')))
            return false;
    }
    return memchr(text.at, '_', text.size) != NULL;
}

void note_unbound_list(struct emit *emit, const struct node *in)
{
    const struct node *item = in->count == 2 ? in->kid[1] : NULL;

    if (!item || (item->kind != NODE_STRING && item->kind != NODE_TERM) || !item->text.size
        || !looks_like_name(item->text) || bound_list(emit, item->text))
        return;
    diag_note(emit->compile->diag, item->span, "unbound-list",
              "no list named '%.*s' is bound; it is compared as it stands",
              SHOW(item->text));
}

/* What is constant is a member; a multivalue contributes all its values, null none. */
static status add_constant(struct emit *emit, struct members *members, const struct value *value)
{
    const struct cell *cell = value_constant(emit, value);

    if (cell->kind == KIND_NULL)
        return OK;
    if (cell->kind != KIND_LIST)
        return members_append(emit, members, *cell);
    for (uint32_t i = 0; i < cell->size; i++)
        TRY(members_append(emit, members, cell->list[i]));
    return OK;
}

static status add_string(struct emit *emit, struct members *members, const struct node *item)
{
    str text = arena_str(emit->arena, item->text);

    TRY_NEW(text.at);
    return members_add(emit, members, cell_text(text));
}

/* Also where it is known, and so would be a member. */
static status refuse_truth(struct emit *emit, const struct node *node, uint32_t i)
{
    return emit_error(emit, node->kid[i]->span, "bad-argument",
                      "The arguments to the 'in' function are invalid: argument %u must be a value, not a boolean", i + 1);
}

status emit_member(struct emit *emit, const struct node *node, uint32_t under, struct value *out)
{
    struct call_plan plan = { .function = vocabulary_function(emit->compile->words, STR("in")),
                              .whole = node->span, .name = node->inner };
    struct value    *arg = ARENA_ARRAY(&emit->scratch, struct value, node->count + 1);
    struct span     *span = ARENA_ARRAY(&emit->scratch, struct span, node->count + 1);
    struct members   members = { 0 };

    TRY_NEW(arg && span ? arg : NULL);
    if (!plan.function)
        return diag_at(emit->compile->diag, FAIL_BUG, node->inner, "internal",
                       "no operator named \"in\"");
    if (node->count < 2) {
        TRY(emit_error(emit, node->inner, "arity", "The arguments to the 'in' function are invalid"));
        return emit_null(emit, out);
    }
    advise_member(emit, node);
    for (uint32_t i = 0; i < node->count; i++) {
        struct value *value = &arg[plan.count];
        if (i > 0 && node->kid[i]->kind == NODE_STRING) {
            TRY(add_string(emit, &members, node->kid[i]));
            continue;
        }
        TRY(emit_value(emit, node->kid[i], under, value));
        span[plan.count] = node->kid[i]->span;
        if (value->type == TYPE_BOOLEAN) {
            TRY(refuse_truth(emit, node, i));
            return emit_null(emit, out);
        }
        if (i > 0 && value->literal)
            TRY(members_add(emit, &members, *value_constant(emit, value)));
        else if (i > 0 && value_is_constant(emit, value))
            TRY(add_constant(emit, &members, value));
        else
            plan.count++;
    }
    plan.arg = arg;
    plan.span = span;
    plan.member = members.cell;
    plan.members = members.count;
    return emit_call(emit, &plan, under, out);
}
