/* Binding of foreach over elements: the words become fields, texts are joined in, targets computed. */
#include "command/foreach_items.h"

#include "plan/subsearch.h"

/* What the words of the template are while it is parsed: names that may stand anywhere. */
#define ITEM_WORD "Qz_item_zQ"
#define ITER_WORD "Qz_iter_zQ"

/* The first of the words in `text`; SIZE_MAX: none. */
static size_t find_word(str text, size_t from, str *field)
{
    size_t item = str_find(text, STR(ITEM_WORD), from), iter = str_find(text, STR(ITER_WORD), from);

    *field = item < iter ? STR(ITEM_FIELD) : STR(ITER_FIELD);
    return item < iter ? item : iter;
}

static struct node *new_leaf(struct arena *arena, const struct node *like, enum node_kind kind, str text)
{
    struct node *node = ARENA_NEW(arena, struct node);

    if (node)
        *node = (struct node){ .kind = (uint8_t)kind, .depth = 1, .span = like->span, .inner = like->inner, .text = text };
    return node;
}

static status join_texts(struct arena *arena, struct node **left, struct node *right)
{
    struct node *node, **kid;

    TRY_NEW(right);
    if (!*left) {
        *left = right;
        return OK;
    }
    TRY_NEW(node = ARENA_NEW(arena, struct node));
    TRY_NEW(kid = ARENA_ARRAY(arena, struct node *, 2));
    kid[0] = *left;
    kid[1] = right;
    *node = (struct node){ .kind = NODE_BINARY, .depth = (uint16_t)(kid[0]->depth + 1), .count = 2, .span = right->span,
                           .inner = right->inner, .text = STR("."), .kid = kid };
    *left = node;
    return OK;
}

enum { WORDS_MOST = 500 };          /* in one text: each makes the tree deeper */

/* "a<<ITEM>>b" is "a" . <<ITEM>> . "b". */
static status fill_string(struct binder *binder, struct node *node)
{
    struct node *joined = NULL;
    str          text = node->text, field;
    uint32_t     words = 0;

    for (size_t from = 0, at; from <= text.size; from = at + sizeof ITEM_WORD - 1, words++) {
        at = find_word(text, from, &field);
        if (words == WORDS_MOST)
            return diag_at(binder->diag, FAIL_QUERY, node->span, "bad-template", "this text names the element too often");
        TRY(join_texts(binder->arena, &joined, new_leaf(binder->arena, node, NODE_STRING,
                                                        str_slice(text, from, at == SIZE_MAX ? text.size : at))));
        if (at == SIZE_MAX)
            break;
        TRY(join_texts(binder->arena, &joined, new_leaf(binder->arena, node, NODE_FIELD, field)));
    }
    *node = *joined;
    return OK;
}

static status fill_field(struct binder *binder, struct node *node)
{
    str  field;
    bool whole = find_word(node->text, 0, &field) == 0 && node->text.size == sizeof ITEM_WORD - 1;

    if (!whole || (node->flags & NODE_QUOTED))
        return diag_at(binder->diag, FAIL_QUERY, node->span, "bad-template",
                       "%.*s is a value of each row: it cannot be part of a field's name here", SHOW(field));
    node->text = field;
    return OK;
}

static status fill_tree(struct binder *binder, struct node *node)
{
    str field;

    for (uint32_t i = 0; i < node->count; i++) {            /* NESTING_MOST deep at most */
        TRY(fill_tree(binder, node->kid[i]));
        if (node->depth <= node->kid[i]->depth)
            node->depth = (uint16_t)(node->kid[i]->depth + 1);
    }
    if (find_word(node->text, 0, &field) == SIZE_MAX)
        return OK;
    if (node->kind == NODE_STRING)
        return fill_string(binder, node);
    return fill_field(binder, node);
}

/* A target with the element in its name is made anew in each row. */
static status fill_target(struct binder *binder, struct assignment *assignment)
{
    static const struct fill_word word[] = {
        { { ITEM_WORD, sizeof ITEM_WORD - 1 }, { "{" ITEM_FIELD "}", sizeof "{" ITEM_FIELD "}" - 1 } },
        { { ITER_WORD, sizeof ITER_WORD - 1 }, { "{" ITER_FIELD "}", sizeof "{" ITER_FIELD "}" - 1 } },
    };
    struct filled filled;
    str           field;

    if (find_word(assignment->target, 0, &field) == SIZE_MAX)
        return OK;
    TRY(fill(binder->arena, passage_of(assignment->target), word, COUNT_OF(word), &filled));
    assignment->target = filled.text;
    assignment->dynamic = true;
    return OK;
}

static status bind_eval(struct binder *binder, const struct stage *stage, const struct filled *filled,
                        struct foreach_bound *bound)
{
    struct words       words = binder_words(binder);
    struct pipeline    pipeline = { 0 };
    struct assignments assignments = { 0 };
    struct passage     text;
    struct span        none = { 0, 0 };

    TRY(parse_pipeline(binder->arena, binder->diag, passage_of(filled->text), &words, &pipeline));
    if (pipeline.count != 1 || !str_is_nocase(pipeline.clause[0].name, "eval"))
        return diag_at(binder->diag, FAIL_QUERY, pipeline.count ? pipeline.clause[pipeline.count > 1].span : none,
                       "bad-template", "in this mode the template of 'foreach' is exactly one eval");
    text = clause_argument(&pipeline.clause[0]);
    TRY(parse_assignments(binder->arena, binder->diag, text, &assignments));
    for (uint32_t i = 0; i < assignments.count; i++) {
        TRY(subsearch_find(binder, stage, assignments.item[i].value, false));
        TRY(fill_target(binder, &assignments.item[i]));
        TRY(fill_tree(binder, assignments.item[i].value));
    }
    return program_assignments(&binder->compile, &assignments, &bound->program);
}

static status check_field(struct binder *binder, const struct argument *list)
{
    if (list->count > 1)
        return diag_at(binder->diag, FAIL_QUERY, list->spans[1], "unexpected-argument",
                       "in this mode 'foreach' takes one field");
    return OK;
}

status foreach_items_bind(struct binder *binder, struct stage *stage)
{
    struct foreach_bound  *bound = stage->bound;
    const struct argument *argument = stage->argument, *list = &argument[FOREACH_NAMES];
    struct passage         template = argument[FOREACH_TEMPLATE].passage;
    struct fill_word       word[] = { { argument[FOREACH_ITEMSTR].text, STR(ITEM_WORD) },
                                      { argument[FOREACH_ITERSTR].text, STR(ITER_WORD) } };
    struct filled          filled;
    struct binder          inner = *binder;
    struct template_place  origin = { binder, &filled, stage->rank };
    struct diag            diag;
    status                 result;

    TRY(check_field(binder, list));
    bound->field = list->names[0];
    bound->json = !str_is(argument[FOREACH_MODE].text, "multivalue");
    bound->lists = !str_is(argument[FOREACH_MODE].text, "json_array");
    result = fill(binder->arena, template, word, COUNT_OF(word), &filled);
    if (result != OK)
        return result == FAIL_LIMIT ? diag_at(binder->diag, FAIL_QUERY, template.span, "too-long",
                                              "the template is too long when filled") : result;
    diag_init(&diag, binder->compile.heap);
    inner.diag = inner.compile.diag = &diag;
    inner.text = filled.text;
    inner.template = &origin;
    result = bind_eval(&inner, stage, &filled, bound);
    filled_report(&filled, &diag, binder->diag);
    diag_free(&diag);
    return result;
}

static bool is_own(str name)
{
    return str_is(name, ITEM_FIELD) || str_is(name, ITER_FIELD);
}

status foreach_items_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct foreach_bound *bound = stage->bound;
    struct program_names        reads = program_reads(bound->program), writes = program_writes(bound->program);
    bool                        any = writes.dynamic;

    for (uint32_t i = 0; i < writes.count; i++)
        any |= wanted_has(wanted, writes.name[i]);
    if (!any)
        return OK;
    if (reads.dynamic)
        return wanted_everything(wanted);
    TRY(wanted_add(wanted, bound->field));
    for (uint32_t i = 0; i < writes.count; i++)
        TRY(wanted_add(wanted, writes.name[i]));
    for (uint32_t i = 0; i < reads.count; i++)
        if (!is_own(reads.name[i]))
            TRY(wanted_add(wanted, reads.name[i]));
    return OK;
}
