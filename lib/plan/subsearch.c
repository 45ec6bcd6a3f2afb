#include "plan/subsearch.h"

#include "plan/passes.h"
#include "syntax/outside.h"
#include "syntax/parse.h"
#include "syntax/print.h"

enum { DEPTH = 32 };                    /* of subsearches in each other, unless the host says otherwise */

/* --- adding -------------------------------------------------------------------------------------------------------- */

static bool makes_text(str command)
{
    return str_is_nocase(command, "format") || str_is_nocase(command, "return") || str_is_nocase(command, "oldreturn");
}

/* An implied format behind everything else. */
static status add_format(struct binder *binder, struct pipeline *pipeline)
{
    if (makes_text(pipeline->clause[pipeline->count - 1].name))
        return OK;
    return plan_add_clause(binder, pipeline, pipeline->count, STR("format"), STR(""));
}

/* Splunk takes the first word for a command in any case; here what is none makes a search, with a word about it. */
static void advise(struct binder *binder, const struct pipeline *pipeline)
{
    const struct clause *first = &pipeline->clause[0];

    if (pipeline->count == 0 || !first->implied || pipeline->piped)
        return;
    diag_warn(binder->diag, first->span, "subsearch-search", "the subsearch begins with no command: it is read as a search");
    diag_hint(binder->diag, "begin with: search");
}

static status compile(struct binder *binder, struct subsearch *subsearch, struct passage inside)
{
    struct plan    *plan = subsearch->plan;
    struct words    words = binder_words(binder);
    struct pipeline pipeline = { 0 };
    status          s = parse_pipeline(binder->arena, binder->diag, inside, &words, &pipeline);

    if (s != OK && s != FAIL_QUERY)
        return s;
    advise(binder, &pipeline);
    if (binder->options->newest_first && !plan->fed)
        TRY(plan_turn_events(binder, &pipeline));
    if (subsearch->kind == SUBSEARCH_TEXT && s == OK)
        TRY(add_format(binder, &pipeline));
    plan->pipeline = pipeline;
    return plan_clauses(binder, s == OK, plan);
}

static void link_in(struct plan *plan, struct subsearch *subsearch)
{
    struct subsearch **link = &plan->subsearch;

    while (*link && (*link)->span.from < subsearch->span.from)
        link = &(*link)->next;
    subsearch->next = *link;
    *link = subsearch;
    subsearch->number = subsearch->kind == SUBSEARCH_TEXT ? plan->texts++ : plan->inner++;
}

static struct subsearch *find(const struct plan *plan, struct span span)
{
    struct subsearch *one = plan ? plan->subsearch : NULL;

    while (one && (one->kind != SUBSEARCH_TEXT || one->span.from != span.from))
        one = one->next;
    return one;
}

/* In a template: it is added to the pipeline that holds that. Its text must be the query's own, letter by letter. */
static status add_through(struct binder *binder, enum subsearch_kind kind, struct span span, struct subsearch **out)
{
    const struct template_place *template = binder->template;
    const struct passage        *from = &template->filled->template;
    struct span                  place = filled_place(template->filled, span);
    struct stage                 holder = { .rank = template->rank };
    struct passage               inside = { .span = { place.from + 1, place.to - 1 }, .copied = from->copied };

    if (kind != SUBSEARCH_TEXT)
        return diag_at(binder->diag, FAIL_QUERY, span, "subsearch", "a subsearch cannot stand inside a template");
    inside.text = str_slice(from->text, inside.span.from - from->span.from, inside.span.to - from->span.from);
    if (place.to - place.from != span.to - span.from ||
        !str_equal(inside.text, str_slice(template->filled->text, span.from + 1, span.to - 1)))
        return diag_at(binder->diag, FAIL_QUERY, span, "subsearch",
                       "a subsearch in a template runs once, before any field is known: "
                       "no word of the template can stand in it");
    TRY(subsearch_add(template->outer, &holder, kind, inside, place, out));
    (*out)->templated = true;
    return OK;
}

static status add_new(struct binder *binder, const struct stage *stage, enum subsearch_kind kind, struct passage inside,
                      struct span span, struct subsearch *made)
{
    struct binder below = *binder;
    uint32_t      most = binder->options->depth ? binder->options->depth : DEPTH;
    status        s;

    if (binder->depth >= most)
        return diag_at(binder->diag, FAIL_QUERY, span, "nesting", "subsearches are nested more than %u deep", most);
    *made = (struct subsearch){ .kind = kind, .span = span, .rank = stage->rank };
    TRY(plan_new(&below, &made->plan));
    link_in(binder->plan, made);
    made->plan->source = binder->plan->source;
    made->plan->text = inside.text;
    made->plan->depth = ++below.depth;
    made->plan->fed = kind == SUBSEARCH_FED;
    made->plan->options.only_raw = false;
    below.settled = false;
    s = compile(&below, made, inside);
    made->failed = s == FAIL_QUERY;
    return s;
}

status subsearch_add(struct binder *binder, const struct stage *stage, enum subsearch_kind kind, struct passage inside,
                     struct span span, struct subsearch **out)
{
    TRY_NEW(*out = ARENA_NEW(binder->arena, struct subsearch));
    if (binder->plan && !binder->settled && binder->template)
        return add_through(binder, kind, span, out);
    if (kind == SUBSEARCH_TEXT && !binder->settled && find(binder->plan, span)) {
        *out = find(binder->plan, span);
        return (*out)->failed ? FAIL_QUERY : OK;
    }
    if (inside.copied || !binder->plan || (kind == SUBSEARCH_TEXT && binder->settled))
        return diag_at(binder->diag, FAIL_QUERY, span, "subsearch",
                       inside.copied || !binder->plan ? "a subsearch cannot stand inside a template"
                                     : "the text of a subsearch cannot hold another one");
    return add_new(binder, stage, kind, inside, span, *out);
}

/* type:name, and the command that reads it; NULL: there is none. */
static const struct dataset_type { const char *name, *command; } dataset_types[] = {
    { "lookup", "inputlookup" }, { "inputlookup", "inputlookup" }, { "savedsearch", "savedsearch" }, { "datamodel", NULL },
};

static const struct dataset_type *dataset_type(str name)
{
    for (size_t i = 0; i < COUNT_OF(dataset_types); i++)
        if (str_is_nocase(name, dataset_types[i].name))
            return &dataset_types[i];
    return NULL;
}

bool dataset_known(str type) { return dataset_type(type) != NULL; }

bool token_is_dataset(const struct token *token)
{
    size_t colon = token->kind == TOKEN_WORD ? str_find(token->text, STR(":"), 0) : SIZE_MAX;

    return token->kind == TOKEN_BRACKET || (colon != SIZE_MAX && colon + 1 < token->text.size &&
                                            dataset_known(str_slice(token->text, 0, colon)));
}

status dataset_search(struct binder *binder, struct span span, str type, str name, str *out)
{
    const struct dataset_type *known = dataset_type(type);
    struct buf                 text;
    status                     s;

    if (!known->command)
        return diag_at(binder->diag, FAIL_QUERY, span, "unknown-dataset",
                       "there is no data model named '%.*s' here", SHOW(name));
    buf_init(&text, binder->compile.heap);
    buf_print(&text, "%s ", known->command);
    print_quoted(&text, name);
    s = buf_status(&text);
    *out = arena_str(binder->arena, buf_str(&text));
    buf_free(&text);
    return s == OK && !out->at ? FAIL_MEMORY : s;
}

/* The search of type:name, unfolded; it does not stand in the query. */
static status dataset_text(struct binder *binder, const struct token *token, str *out)
{
    struct binder inner = *binder;
    size_t        colon = str_find(token->text, STR(":"), 0);
    struct source source;
    struct diag   diag;
    status        s;

    TRY(dataset_search(binder, token->span, str_slice(token->text, 0, colon),
                       str_slice(token->text, colon + 1, token->text.size), out));
    source = source_plain(*out);
    diag_init(&diag, binder->compile.heap);
    inner.diag = inner.compile.diag = &diag;
    s = plan_unfold(&inner, &source);
    if (s == FAIL_QUERY && diag.count)
        diag_at(binder->diag, s, token->span, diag.item[0].code, "%.*s", SHOW(diag.item[0].message));
    diag_free(&diag);
    *out = source.expanded;
    return s;
}

status subsearch_dataset(struct binder *binder, const struct stage *stage, const struct token *token,
                         struct subsearch **out)
{
    struct passage inside = token_passage(&stage->tokens, token);
    struct span    span = { token->value_span.from - 1, token->value_span.to + 1 };

    if (token->kind == TOKEN_BRACKET)
        return subsearch_add(binder, stage, SUBSEARCH_ROWS, inside, span, out);
    if (!binder->plan || binder->template)
        return diag_at(binder->diag, FAIL_QUERY, token->span, "subsearch", "a dataset cannot be read inside a template");
    TRY_NEW(*out = ARENA_NEW(binder->arena, struct subsearch));
    TRY(dataset_text(binder, token, &inside.text));
    inside.span = token->span;
    inside.copied = true;
    return add_new(binder, stage, SUBSEARCH_ROWS, inside, token->span, *out);
}

status subsearch_bind(struct binder *binder, const struct stage *stage, enum subsearch_kind kind,
                      const struct argument *argument, struct subsearch **out)
{
    struct span inside = argument->passage.span;

    return subsearch_add(binder, stage, kind, argument->passage, (struct span){ inside.from - 1, inside.to + 1 }, out);
}

/* a * [...] + b: the text may be 2 OR x=1; f([...], b): 1, 2. Parentheses are as far as that reaches. */
static bool may_become_anything(const struct node *node)
{
    uint32_t reach = node->kind == NODE_IN ? 1 : node->count;

    for (uint32_t i = 0; i < reach; i++)
        if ((node->kid[i]->flags & NODE_AWAITED) && !(node->kid[i]->flags & NODE_PARENTHESES) &&
            node->kid[i]->kind != NODE_CALL)
            return true;
    return false;
}

status subsearch_find(struct binder *binder, const struct stage *stage, const struct node *node, bool copied)
{
    struct passage    inside = { .text = node->text, .span = node->inner, .copied = copied };
    struct node      *found = (struct node *)node;          /* of a tree that nobody else has yet */
    struct subsearch *made;
    status            result = OK, s;

    if (node->kind == NODE_SUBSEARCH)
        result = subsearch_add(binder, stage, SUBSEARCH_TEXT, inside, node->span, &made);
    for (uint32_t i = 0; i < node->count && (result == OK || result == FAIL_QUERY); i++)
        if ((s = subsearch_find(binder, stage, node->kid[i], copied)) != OK)        /* NESTING_MOST deep at most */
            result = s;
    if (node->kind == NODE_SUBSEARCH || may_become_anything(node))
        found->flags |= NODE_AWAITED;
    return result;
}

/* --- the plan that runs -------------------------------------------------------------------------------------------- */

struct moves {
    const struct source_change *change;
    uint32_t                    count;
    str                         text;       /* the new one */
};

static struct span moved(const struct moves *moves, struct span span)
{
    return (struct span){ source_moved(moves->change, moves->count, span.from),
                          source_moved(moves->change, moves->count, span.to) };
}

/* The same clauses over the new text: what a subsearch gives never cuts one, whatever it holds. */
static status move_clauses(struct arena *arena, const struct moves *moves, const struct pipeline *from,
                           struct pipeline *out)
{
    *out = *from;
    out->span = moved(moves, from->span);
    TRY_NEW(out->clause = ARENA_ARRAY(arena, struct clause, from->count + (size_t)1));
    for (uint32_t i = 0; i < from->count; i++) {
        struct clause *clause = &out->clause[i];

        *clause = from->clause[i];
        clause->name_span = moved(moves, clause->name_span);
        clause->argument_span = moved(moves, clause->argument_span);
        clause->span = moved(moves, clause->span);
        if (!clause->copied)                /* else it stands nowhere */
            clause->argument = str_slice(moves->text, clause->argument_span.from, clause->argument_span.to);
    }
    return OK;
}

/* Would the text end the template it stands in, or begin another command in it? */
static bool cuts(str text)
{
    bool open = false;

    return outside_find(text, 0, "|[]", &open) < text.size || open;
}

static status check_templates(struct binder *binder, const struct plan *plan, const struct moves *moves)
{
    uint32_t at = 0;

    for (const struct subsearch *one = plan->subsearch; one; one = one->next) {
        uint32_t from;

        if (one->kind != SUBSEARCH_TEXT)
            continue;
        from = source_moved(moves->change, moves->count, one->span.from);
        if (one->templated && cuts(moves->change[at].text))
            return diag_at(binder->diag, FAIL_QUERY,
                           (struct span){ from, from + (uint32_t)moves->change[at].text.size }, "subsearch",
                           "in a template the text of a subsearch may hold pipes, brackets and quotes in quotes only");
        at++;
    }
    return OK;
}

static status substitute(struct binder *binder, const struct plan *plan, const str *text, struct plan *out)
{
    struct source_change *change = ARENA_ARRAY(&out->arena, struct source_change, plan->texts + (size_t)1);
    struct moves          moves = { change, 0, { NULL, 0 } };
    status                s;

    TRY_NEW(change);
    for (const struct subsearch *one = plan->subsearch; one; one = one->next)
        if (one->kind == SUBSEARCH_TEXT) {
            change[moves.count] = (struct source_change){ one->span, text[moves.count] };
            moves.count++;
        }
    s = source_change(&out->arena, &plan->source, change, moves.count, &out->source);
    if (s == FAIL_LIMIT)
        return diag_at(binder->diag, s, DIAG_NOWHERE, "too-long", "the texts of the subsearches are too long");
    TRY(s);
    moves.text = out->text = binder->text = out->source.expanded;
    TRY(check_templates(binder, plan, &moves));
    TRY(move_clauses(&out->arena, &moves, &plan->pipeline, &out->pipeline));
    return plan_clauses(binder, true, out);
}

status plan_made(const struct compile *compile, const struct plan_options *options, str text, uint32_t depth,
                 const struct wanted *wanted, struct diag *diag, struct plan **out)
{
    struct binder       binder = { .compile = *compile, .diag = diag, .depth = depth, .expanded = true };
    struct plan_options own = *options;

    own.only_raw = false;
    own.fields = NULL;
    TRY(plan_compile(&binder, text, &own, out));
    return wanted && !wanted->all && !(*out)->texts ? plan_narrow(*out, wanted) : OK;
}

status plan_substitute(const struct plan *plan, const str *text, struct heap *heap, struct context *context,
                       struct diag *diag, struct plan **out)
{
    struct plan_options options = plan->options;
    struct binder       binder = { .compile = plan->compile, .diag = diag, .depth = plan->depth, .settled = true,
                                   .options = &options };

    binder.compile.heap = heap;
    binder.compile.context = context;
    *out = NULL;
    TRY(plan_new(&binder, out));
    (*out)->depth = plan->depth;
    (*out)->fed = plan->fed;
    return substitute(&binder, plan, text, *out);
}
