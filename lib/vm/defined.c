/* Terms of search that are names for something else: event types, tags, saved searches (language 4.4). Before a search is
 * compiled each becomes the OR of what its name stands for; and as rows may have fields of these names, the comparison it
 * looks like stays one of the arms. */
#include "base/suggest.h"
#include "syntax/expand.h"
#include "syntax/parse.h"
#include "text/wildcard.h"
#include "vm/emit.h"

enum { INSIDE_MOST = 20, MADE_MOST = 10000 };       /* definitions in each other, and in all */

struct definer {
    struct emit *emit;
    uint32_t     inside, made, depth;
};

enum named { NAMED_NONE, NAMED_EVENTTYPE, NAMED_TAG, NAMED_SAVED };

/* Which names the field is about; *of: tags of this field only, empty: of any. */
static enum named named(str field, str *of)
{
    *of = STR("");
    if (str_is_nocase(field, "eventtype"))
        return NAMED_EVENTTYPE;
    if (str_is_nocase(field, "savedsearch") || str_is_nocase(field, "savedsplunk"))
        return NAMED_SAVED;
    if (str_is_nocase(field, "eventtypetag"))
        *of = STR("eventtype");
    else if (str_is_nocase(field, "hosttag"))
        *of = STR("host");
    else if (field.size > 5 && str_equal_nocase(str_slice(field, 0, 5), STR("tag::")))
        *of = str_slice(field, 5, field.size);
    else if (!str_is_nocase(field, "tag"))
        return NAMED_NONE;
    return NAMED_TAG;
}

static status rewrite(struct definer *definer, const struct node *node, const struct node **out);

/* --- making nodes -------------------------------------------------------------------------------------------------- */

struct arms {
    const struct node **arm;
    uint32_t            count, room;
};

static status add_arm(struct definer *definer, struct arms *arms, const struct node *node)
{
    struct emit *emit = definer->emit;

    if (definer->made++ == MADE_MOST)
        return diag_at(emit->compile->diag, FAIL_QUERY, node->span, "too-long",
                       "event types and tags stand for more than %d searches here", MADE_MOST);
    if (arms->count == arms->room) {
        uint32_t            room = arms->room ? 2 * arms->room : 8;
        const struct node **more = ARENA_ARRAY(emit->arena, const struct node *, room);

        TRY_NEW(more);
        if (arms->count)
            memcpy(more, arms->arm, arms->count * sizeof *more);
        arms->arm = more;
        arms->room = room;
    }
    arms->arm[arms->count++] = node;
    return OK;
}

static struct node *new_node(struct arena *arena, const struct node *like, uint32_t kids)
{
    struct node *node = ARENA_NEW(arena, struct node);

    if (!node || !(node->kid = ARENA_ARRAY(arena, struct node *, kids + (size_t)1)))
        return NULL;
    node->span = node->inner = like->span;
    node->depth = 1;
    return node;
}

static void set_depth(struct node *node)
{
    node->depth = 1;
    for (uint32_t i = 0; i < node->count; i++)
        if (node->depth <= node->kid[i]->depth)
            node->depth = (uint16_t)(node->kid[i]->depth + 1);
}

static status any_of(struct definer *definer, const struct node *like, const struct arms *arms, const struct node **out)
{
    struct node *node;

    if (arms->count == 1) {
        *out = arms->arm[0];
        return OK;
    }
    TRY_NEW(node = new_node(definer->emit->arena, like, arms->count));
    node->kind = NODE_BINARY;
    node->text = STR("or");
    for (uint32_t i = 0; i < arms->count; i++)
        node->kid[node->count++] = (struct node *)arms->arm[i];
    set_depth(node);
    *out = node;
    return OK;
}

/* field operator value */
static status compare(struct definer *definer, const struct node *like, str field, str operator, const struct node *value,
                      const struct node **out)
{
    struct arena *arena = definer->emit->arena;
    struct node  *node = new_node(arena, like, 2), *left = new_node(arena, like, 0);

    TRY_NEW(node && left ? node : NULL);
    left->kind = NODE_FIELD;
    left->text = field;
    node->kind = NODE_COMPARE;
    node->text = operator;
    node->kid[node->count++] = left;
    node->kid[node->count++] = (struct node *)value;
    set_depth(node);
    *out = node;
    return OK;
}

/* --- definitions --------------------------------------------------------------------------------------------------- */

static status bad(struct definer *definer, const struct node *at, const char *kind, str name, str why)
{
    return diag_at(definer->emit->compile->diag, FAIL_QUERY, at->span, "bad-definition", "%s '%.*s': %.*s", kind,
                   SHOW(name), SHOW(why));
}

/* The search of a definition as a tree. */
static status parse_definition(struct definer *definer, const struct node *at, str text, struct diag *diag,
                               struct node **out)
{
    struct emit    *emit = definer->emit;
    struct macros   macros = emit->compile->macros ? *emit->compile->macros : (struct macros){ .host = NULL };
    struct source   source;
    struct pipeline pipeline = { 0 };
    struct passage  passage;

    macros.context = emit->compile->context;
    TRY(expand(emit->arena, diag, text, &macros, &source));
    passage = (struct passage){ .text = source.expanded, .span = at->span, .copied = true };
    if (str_trim_blanks(passage.text).size) {
        TRY(parse_pipeline(emit->arena, diag, passage, NULL, &pipeline));
        if (pipeline.count != 1 || pipeline.piped || !str_is_nocase(pipeline.clause[0].name, "search"))
            return diag_at(diag, FAIL_QUERY, at->span, "bad-definition",
                           "it is more than a search: a term cannot run commands");
        passage = clause_argument(&pipeline.clause[0]);
    }
    return parse_search(emit->arena, diag, passage, out);
}

static status read_definition(struct definer *definer, const struct node *at, const char *kind, str name, str text,
                              struct node **out)
{
    struct diag diag;
    status      result;

    diag_init(&diag, definer->emit->compile->heap);
    result = parse_definition(definer, at, text, &diag, out);
    if (result == FAIL_QUERY)
        bad(definer, at, kind, name, diag.count ? diag.item[0].message : STR("it is malformed"));
    diag_free(&diag);
    return result;
}

static status add_definition(struct definer *definer, struct arms *arms, const struct node *at, const char *kind, str name,
                             str text)
{
    struct node       *parsed;
    const struct node *made;

    if (definer->inside == INSIDE_MOST)
        return bad(definer, at, kind, name, STR("definitions refer to each other without end"));
    TRY(read_definition(definer, at, kind, name, text, &parsed));
    definer->inside++;
    TRY(rewrite(definer, parsed, &made));
    definer->inside--;
    return add_arm(definer, arms, made);
}

struct wanted_name {
    const struct wildcard *wildcard;
    bool                   equal;       /* names that match; else those that do not */
};

static bool is_wanted(const struct wanted_name *wanted, str name)
{
    return wildcard_match(wanted->wildcard, name) == wanted->equal;
}

static status add_eventtypes(struct definer *definer, const struct node *at, const struct wanted_name *wanted,
                             struct arms *arms)
{
    const struct compile *compile = definer->emit->compile;
    str                   name, text;

    for (uint32_t i = 0; compile->definitions->eventtype(compile->definitions_host, i, &name, &text); i++)
        if (is_wanted(wanted, name))
            TRY(add_definition(definer, arms, at, "event type", name, text));
    return OK;
}

static status add_tags(struct definer *definer, const struct node *at, str of, const struct wanted_name *wanted,
                       struct arms *arms)
{
    const struct compile *compile = definer->emit->compile;
    str                   tag, field, value;

    for (uint32_t i = 0; compile->definitions->tag(compile->definitions_host, i, &tag, &field, &value); i++) {
        const struct node *made;
        struct node       *term;

        if (!is_wanted(wanted, tag) || (of.size && !str_equal(of, field)))
            continue;
        TRY_NEW(term = new_node(definer->emit->arena, at, 0));
        term->kind = NODE_TERM;
        term->flags = NODE_QUOTED;
        term->text = value;
        TRY(compare(definer, at, field, STR("="), term, &made));
        if (definer->inside == INSIDE_MOST)
            return bad(definer, at, "tag", tag, STR("definitions refer to each other without end"));
        definer->inside++;
        TRY(rewrite(definer, made, &made));
        definer->inside--;
        TRY(add_arm(definer, arms, made));
    }
    return OK;
}

status saved_search_find(const struct compile *compile, struct diag *diag, struct span span, str name, str *text)
{
    const struct definitions *definitions = compile->definitions;
    struct suggest            near = suggest_for(name);
    str                       known;

    for (uint32_t i = 0; definitions && definitions->saved(compile->definitions_host, i, &known, text); i++) {
        if (str_equal_nocase(known, name))
            return OK;
        suggest_offer(&near, known);
    }
    diag_at(diag, FAIL_QUERY, span, "saved-search", "there is no saved search named '%.*s'", SHOW(name));
    diag_suggest(diag, near.best);
    return FAIL_QUERY;
}

/* Names of saved searches take no wildcards. In the first search of a query there must be one; rows of another command may
 * well have a field called so, as tables about searches do. */
static status add_saved(struct definer *definer, const struct node *at, str wanted, struct arms *arms)
{
    const struct compile *compile = definer->emit->compile;
    str                   name, text;

    for (uint32_t i = 0; compile->definitions->saved(compile->definitions_host, i, &name, &text); i++)
        if (str_equal_nocase(name, wanted))
            return add_definition(definer, arms, at, "saved search", name, text);
    if (compile->later)
        return OK;
    return saved_search_find(compile, compile->diag, at->span, wanted, &text);
}

/* --- terms --------------------------------------------------------------------------------------------------------- */

static status expand_term(struct definer *definer, const struct node *at, str field, str operator, const struct node *value,
                          const struct node **out)
{
    struct emit          *emit = definer->emit;
    const struct context *context = emit->compile->context;
    struct wanted_name    wanted = { .equal = str_is(operator, "=") };
    struct arms           arms = { 0 };
    struct wildcard      *wildcard;
    const struct node    *own;
    str                   of;
    enum named            which = named(field, &of);

    TRY(wildcard_compile(emit->arena, context ? context->cpu : cpu_best(), WILDCARD_STAR, !(value->flags & NODE_CASED),
                         value->text, &wildcard));
    wanted.wildcard = wildcard;
    if (which != NAMED_SAVED || emit->compile->later) {
        TRY(compare(definer, at, field, operator, value, &own));
        TRY(add_arm(definer, &arms, own));
    }
    if (which == NAMED_EVENTTYPE)
        TRY(add_eventtypes(definer, at, &wanted, &arms));
    else if (which == NAMED_TAG)
        TRY(add_tags(definer, at, of, &wanted, &arms));
    else
        TRY(add_saved(definer, at, value->text, &arms));
    return any_of(definer, at, &arms, out);
}

static status expand_compare(struct definer *definer, const struct node *node, const struct node **out)
{
    str        of;
    enum named which = named(node->kid[0]->text, &of);
    bool       equal = str_is(node->text, "=");

    if (which == NAMED_NONE || node->kid[1]->kind != NODE_TERM || (!equal && !str_is(node->text, "!="))
        || (!equal && which == NAMED_SAVED))
        return OK;
    return expand_term(definer, node, node->kid[0]->text, node->text, node->kid[1], out);
}

static status expand_in(struct definer *definer, const struct node *node, const struct node **out)
{
    struct arms arms = { 0 };
    str         of;

    if (named(node->kid[0]->text, &of) == NAMED_NONE)
        return OK;
    for (uint32_t i = 1; i < node->count; i++) {
        const struct node *arm;

        if (node->kid[i]->kind != NODE_TERM)
            return OK;
        TRY(expand_term(definer, node, node->kid[0]->text, STR("="), node->kid[i], &arm));
        TRY(add_arm(definer, &arms, arm));
    }
    return any_of(definer, node, &arms, out);
}

static status rewrite_kids(struct definer *definer, const struct node *node, const struct node **out)
{
    struct node *copy = NULL;

    for (uint32_t i = 0; i < node->count; i++) {
        const struct node *kid;

        TRY(rewrite(definer, node->kid[i], &kid));
        if (kid == node->kid[i])
            continue;
        if (!copy) {
            TRY_NEW(copy = new_node(definer->emit->arena, node, node->count));
            memcpy(copy->kid, node->kid, node->count * sizeof *copy->kid);
            copy->kind = node->kind;
            copy->text = node->text;
            copy->inner = node->inner;
            copy->count = node->count;
            *out = copy;
        }
        copy->kid[i] = (struct node *)kid;
    }
    if (copy)
        set_depth(copy);
    return OK;
}

/* *out: the node itself when nothing below it changes. Definitions count with the trees they stand in. */
static status rewrite(struct definer *definer, const struct node *node, const struct node **out)
{
    status result = OK;

    *out = node;
    if (++definer->depth > NESTING_MOST)
        return diag_at(definer->emit->compile->diag, FAIL_QUERY, node->span, "nesting", "definitions nest too deeply");
    if (node->kind == NODE_COMPARE)
        result = expand_compare(definer, node, out);
    else if (node->kind == NODE_IN)
        result = expand_in(definer, node, out);
    else if (node->kind == NODE_UNARY || node->kind == NODE_BINARY)
        result = rewrite_kids(definer, node, out);
    definer->depth--;
    return result;
}

status define_names(struct emit *emit, const struct node *node, const struct node **out)
{
    struct definer definer = { .emit = emit };

    *out = node;
    return emit->compile->definitions ? rewrite(&definer, node, out) : OK;
}

status define_search(struct emit *emit, struct span span, const char *kind, str name, str text, const struct node **out)
{
    struct definer    definer = { .emit = emit };
    const struct node at = { .span = span, .inner = span };
    struct node      *parsed = NULL;

    TRY(read_definition(&definer, &at, kind, name, text, &parsed));
    *out = parsed;
    return OK;
}
