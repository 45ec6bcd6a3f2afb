/* What is legal and hardly meant, seen over the whole chain: names of fields that nothing before can have made, names
 * with dots in them, and conditions that drop events without the field although they say "not". From the first stage to the
 * last. */
#include "plan/passes.h"

#include "base/suggest.h"
#include "plan/subsearch.h"

struct advisor {
    struct binder      *binder;
    struct wanted       columns;        /* the fields there can be before the stage */
    struct wanted       behind;         /* and behind it */
    struct wanted       sure;           /* fields that the author has thought of, or that every row has */
    const struct stage *stage;
    uint32_t            looks;          /* for near names: a query of ten thousand names is not helped by as many */
};

enum { LOOKS_MOST = 100, SHOWN_MOST = 8 };

/* --- fields that cannot be there ----------------------------------------------------------------------------------- */

/* avg(bytes), where bytes are looked for */
static bool is_made_of(str column, str name)
{
    size_t open = str_find(column, STR("("), 0);

    return open != SIZE_MAX && open > 0 && column.at[column.size - 1] == ')' &&
        str_equal(str_slice(column, open + 1, column.size - 1), name);
}

static void hint_columns(struct advisor *advisor, str name)
{
    const struct wanted *columns = &advisor->columns;
    struct suggest       near = suggest_for(name);
    struct buf           names;

    if (columns->all) {
        diag_hint(advisor->binder->diag, "a command before removes or renames it");
        return;
    }
    if (str_is(name, "_time")) {
        diag_hint(advisor->binder->diag, "what counts rows keeps the fields behind BY alone");
        return;
    }
    for (uint32_t i = 0; i < columns->names; i++) {
        if (columns->name[i].at[0] != '_')
            suggest_offer(&near, columns->name[i]);
        if (is_made_of(columns->name[i], name)) {
            diag_hint(advisor->binder->diag, "there is %.*s, in expressions written '%.*s'", SHOW(columns->name[i]),
                      SHOW(columns->name[i]));
            return;
        }
    }
    if (near.best.size || columns->patterns || columns->names == 0 || columns->names > SHOWN_MOST) {
        diag_suggest(advisor->binder->diag, near.best);
        return;
    }
    buf_init(&names, advisor->binder->compile.heap);
    for (uint32_t i = 0; i < columns->names; i++) {
        if (columns->name[i].at[0] == '_')
            continue;
        buf_text(&names, names.size ? ", " : "");
        buf_put(&names, columns->name[i]);
    }
    if (!names.failed && names.size)
        diag_hint(advisor->binder->diag, "there are: %.*s", SHOW(buf_str(&names)));
    buf_free(&names);
}

/* Read as fields, which has been said. */
static bool is_constant(str name)
{
    return str_is_nocase(name, "null") || str_is_nocase(name, "true") || str_is_nocase(name, "false");
}

/* Such fields are there more often than not; but time is gone for good once rows are counted. */
static bool is_internal(const struct advisor *advisor, str name, bool likely)
{
    return name.at[0] == '_' && (likely || advisor->columns.all || !str_is(name, "_time"));
}

/* `likely`: only if a name that is there comes near. */
static status check_name(struct advisor *advisor, str name, struct span span, bool likely)
{
    bool           makes = !(advisor->stage->command->traits & TRAIT_TRANSFORMS) && wanted_has(&advisor->behind, name);
    struct suggest near = suggest_for(name);

    if (advisor->looks == LOOKS_MOST)
        return OK;
    if (name.size == 0 || is_constant(name) || is_internal(advisor, name, likely) || memchr(name.at, '*', name.size) ||
        makes || wanted_has(&advisor->columns, name))
        return OK;
    advisor->looks++;
    for (uint32_t i = 0; likely && i < advisor->columns.names; i++)
        suggest_offer(&near, advisor->columns.name[i]);
    if (likely && (advisor->columns.all || near.best.size == 0))
        return OK;
    diag_warn(advisor->binder->diag, span, "unknown-field", "no field '%.*s' here", SHOW(name));
    hint_columns(advisor, name);
    TRY(wanted_add(&advisor->behind, name));            /* said once */
    return wanted_add(&advisor->columns, name);
}

/* Functions that ask whether there is something. */
static bool asks(const struct node *call)
{
    static const char *const words[] = { "isnull", "isnotnull", "coalesce", "ifnull", "nullif", "typeof" };

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (call->kind == NODE_CALL && str_is_nocase(call->text, words[i]))
            return true;
    return false;
}

static status check_tree(struct advisor *advisor, const struct node *node)
{
    bool first_only = node->kind == NODE_IN || node->kind == NODE_COMPARE;      /* the rest are values, or names of lists */

    if (node->kind == NODE_FIELD)
        return check_name(advisor, node->text, node->span, false);
    for (uint32_t i = 0; i < (first_only ? 1 : node->count); i++)
        if (asks(node) && node->kid[i]->kind == NODE_FIELD)
            TRY(wanted_add(&advisor->columns, node->kid[i]->text));     /* if(isnull(x), "none", x) */
        else
            TRY(check_tree(advisor, node->kid[i]));
    return OK;
}

static status check_term(struct advisor *advisor, const struct aggregate_term *term)
{
    if (term->inner)
        return check_term(advisor, term->inner);
    if (term->expression)
        return str_is_nocase(term->function, "eval") && !term->has_argument ? OK : check_tree(advisor, term->expression);
    return term->has_argument ? check_name(advisor, term->argument, term->argument_span, false) : OK;
}

/* A list of names in which one too many does no harm: table, fields. */
static status check_projection(struct advisor *advisor, const struct argument *list)
{
    if (list->count && list->names[0].size && (list->names[0].at[0] == '-' || list->names[0].at[0] == '+'))
        return OK;
    for (uint32_t i = 0; i < list->count; i++)
        TRY(check_name(advisor, list->names[i], list->spans[i], true));
    return OK;
}

/* untable, xyseries ...: of the names in their lists some are new. */
static bool tells_needs(const struct command *command)
{
    return (command->traits & (TRAIT_TRANSFORMS | TRAIT_ROWWISE)) == TRAIT_TRANSFORMS && command->needs;
}

static status check_argument(struct advisor *advisor, const struct param *param, const struct argument *argument)
{
    switch (param->kind) {
    case PARAM_EXPR:
    case PARAM_SEARCH:
        return argument->node ? check_tree(advisor, argument->node) : OK;
    case PARAM_ASSIGNMENTS:
        for (uint32_t i = 0; argument->assignments && i < argument->assignments->count; i++)
            TRY(check_tree(advisor, argument->assignments->item[i].value));
        return OK;
    case PARAM_AGGREGATES:
        for (uint32_t i = 0; argument->aggregates && i < argument->aggregates->count; i++)
            TRY(check_term(advisor, &argument->aggregates->item[i]));
        return OK;
    case PARAM_SORT_KEYS:
        for (uint32_t i = 0; i < argument->count; i++)
            TRY(check_name(advisor, argument->keys[i].field, argument->keys[i].span, false));
        return OK;
    case PARAM_RENAMES:
        for (uint32_t i = 0; i < argument->count; i++)
            TRY(check_name(advisor, argument->renames[i].from, argument->renames[i].span, true));
        return OK;
    case PARAM_BY:
        for (uint32_t i = 0; i < argument->count; i++)
            TRY(check_name(advisor, argument->names[i], argument->spans[i], false));
        return OK;
    case PARAM_FIELDS:
        for (uint32_t i = 0; param->vital && i < argument->count; i++)
            TRY(check_name(advisor, argument->names[i], argument->spans[i], false));
        return param->place == PLACE_LIST && !param->vital && !tells_needs(advisor->stage->command)
            ? check_projection(advisor, argument) : OK;
    case PARAM_FIELD:
        return str_is(str_of(param->name), "field") && argument->count
            ? check_name(advisor, argument->text, argument->span, false) : OK;
    default:
        return OK;
    }
}

/* Where in the stage a name is written: commands that read their words themselves leave no better trace. */
static struct span place_of(const struct stage *stage, str name)
{
    for (uint32_t i = 0; i < stage->tokens.count; i++)
        if (str_find(stage->tokens.item[i].text, name, 0) != SIZE_MAX)
            return stage->tokens.item[i].span;
    return stage->span;
}

/* delta, trendline ...: a command that reads its words itself. */
static bool reads_words(const struct param *params)
{
    return params && params[0].kind == PARAM_REST && params[1].kind == PARAM_END;
}

static status check_reads(struct advisor *advisor)
{
    const struct stage *stage = advisor->stage;
    const struct param *params = stage->command->params;
    struct wanted       reads;

    if (advisor->columns.all && advisor->columns.names == 0)
        return OK;
    for (uint32_t i = 0; params && params[i].kind != PARAM_END; i++)
        if (stage->argument[i].given)
            TRY(check_argument(advisor, &params[i], &stage->argument[i]));
    if (!stage->command->needs || !(stage->command->traits & TRAIT_TRANSFORMS || reads_words(params)))
        return OK;
    wanted_init(&reads, advisor->columns.arena, false);
    TRY(stage->command->needs(stage, &reads));
    for (uint32_t i = 0; i < reads.names; i++)
        TRY(check_name(advisor, reads.name[i], place_of(stage, reads.name[i]), false));
    return OK;
}

/* --- names with dots ----------------------------------------------------------------------------------------------- */

static bool is_known(const struct advisor *advisor, str name)
{
    return wanted_has(&advisor->sure, name) || (!advisor->columns.all && wanted_has(&advisor->columns, name));
}

/* a.b is a joined to b; whoever means the field of that name has to quote it. Of events both may have been meant. */
static status note_dotted(struct advisor *advisor, const struct node *node)
{
    const struct node *a = node->count == 2 ? node->kid[0] : NULL, *b = a ? node->kid[1] : NULL;
    str                all;

    for (uint32_t i = 0; i < node->count; i++)
        TRY(note_dotted(advisor, node->kid[i]));
    if (!a || node->kind != NODE_BINARY || !str_is(node->text, ".") || a->kind != NODE_FIELD || b->kind != NODE_FIELD ||
        a->span.to + 1 != b->span.from || ((a->flags | b->flags) & NODE_QUOTED))
        return OK;
    all = str_slice(advisor->binder->text, a->span.from, b->span.to);
    if (is_known(advisor, a->text) || is_known(advisor, b->text) || !wanted_has(&advisor->columns, all))
        return OK;
    diag_note(advisor->binder->diag, node->span, "dotted-name", "%.*s joins two fields", SHOW(all));
    diag_hint(advisor->binder->diag, "for the field of that name write '%.*s'", SHOW(all));
    TRY(wanted_add(&advisor->columns, a->text));        /* nothing else is to be said of them */
    return wanted_add(&advisor->columns, b->text);
}

static status check_dots(struct advisor *advisor)
{
    const struct argument *made = stage_given(advisor->stage, PARAM_ASSIGNMENTS);
    const struct argument *where = stage_given(advisor->stage, PARAM_EXPR);
    const struct argument *counted = stage_given(advisor->stage, PARAM_AGGREGATES);

    if (where && where->node)
        TRY(note_dotted(advisor, where->node));
    for (uint32_t i = 0; counted && counted->aggregates && i < counted->aggregates->count; i++)
        if (counted->aggregates->item[i].expression)
            TRY(note_dotted(advisor, counted->aggregates->item[i].expression));
    for (uint32_t i = 0; made && made->assignments && i < made->assignments->count; i++) {
        TRY(note_dotted(advisor, made->assignments->item[i].value));
        TRY(wanted_add(&advisor->sure, made->assignments->item[i].target));
    }
    return OK;
}

/* --- conditions that drop what they do not speak of ---------------------------------------------------------------- */

/* Every field that the condition asks for in so many words, wherever it does. */
static status learn_asked(struct advisor *advisor, const struct node *node)
{
    for (uint32_t i = 0; i < node->count; i++) {
        if (asks(node) && node->kid[i]->kind == NODE_FIELD)
            TRY(wanted_add(&advisor->sure, node->kid[i]->text));
        TRY(learn_asked(advisor, node->kid[i]));
    }
    return OK;
}

/* Fields that the rows which pass have: field=value, in a chain of ANDs. */
static status learn_present(struct advisor *advisor, const struct node *node)
{
    if (node->kind == NODE_BINARY && str_is(node->text, "and"))
        for (uint32_t i = 0; i < node->count; i++)
            TRY(learn_present(advisor, node->kid[i]));
    else if ((node->kind == NODE_COMPARE || node->kind == NODE_IN || node->kind == NODE_BINARY) &&
             node->kid[0]->kind == NODE_FIELD)
        return wanted_add(&advisor->sure, node->kid[0]->text);
    return OK;
}

/* The field of field!=text, NOT field IN (...), NOT field=text. */
static const struct node *negated_field(const struct node *node)
{
    const struct node *inner = node;

    if (node->kind == NODE_UNARY && str_is(node->text, "not"))
        inner = node->kid[0];
    else if (node->kind != NODE_BINARY || !str_is(node->text, "!="))
        return NULL;
    if (inner->kind != NODE_IN && !(inner->kind == NODE_BINARY && (str_is(inner->text, "=") || str_is(inner->text, "!="))))
        return NULL;
    if (inner->kid[0]->kind != NODE_FIELD || (inner->kind != NODE_IN && inner->kid[1]->kind != NODE_STRING))
        return NULL;
    return inner->kid[0];
}

static void note_negations(struct advisor *advisor, const struct node *node)
{
    const struct node *field = negated_field(node);

    if (node->kind == NODE_BINARY && str_is(node->text, "and"))
        for (uint32_t i = 0; i < node->count; i++)
            note_negations(advisor, node->kid[i]);
    if (!field || !advisor->columns.all || wanted_has(&advisor->sure, field->text))
        return;
    diag_note(advisor->binder->diag, node->span, "drops-missing", "events without '%.*s' do not pass", SHOW(field->text));
    diag_hint(advisor->binder->diag, "to keep them: isnull(%.*s) OR ...", SHOW(field->text));
}

/* Words that a search hardly looks for: a pipe is missing, or parentheses, or another language is spoken. */
static void warn_of_terms(struct advisor *advisor, const struct node *node, bool value)
{
    static const struct { const char *word, *hint; } words[] = {
        { "IN", "IN wants its values in parentheses" }, { "&&", "the operator is AND, or nothing at all" },
        { "!", "the operator is NOT" }, { "LIKE", "write field=text* or use where" }, { "XOR", "use where" },
        { "stats", "" }, { "eval", "" }, { "where", "" }, { "timechart", "" }, { "dedup", "" }, { "rex", "" },
        { "eventstats", "" }, { "streamstats", "" }, { "mvexpand", "" }, { "fillnull", "" },
    };

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (value || node->kind != NODE_TERM || (node->flags & NODE_QUOTED) || !str_is(node->text, words[i].word))
            continue;
        diag_warn(advisor->binder->diag, node->span, "word-as-term", "'%.*s' is searched for as a word", SHOW(node->text));
        diag_hint(advisor->binder->diag, "%s", *words[i].hint ? words[i].hint : "for the command put a pipe before it");
    }
    if (node->kind == NODE_TERM && node->flags & (NODE_CASED | NODE_WHOLE) && !node->text.size && !value)
        diag_warn(advisor->binder->diag, node->span, "empty-term", "no term between the parentheses: every event has it");
    if ((node->kind == NODE_TERM || node->kind == NODE_FIELD) && !(node->flags & NODE_QUOTED) && node->text.size > 1
        && node->text.at[0] == '\'') {
        diag_warn(advisor->binder->diag, node->span, "single-quotes", "single quotes are letters like others in a search");
        diag_hint(advisor->binder->diag, "text with blanks is written \"in double quotes\"");
    }
    for (uint32_t i = 0; i < node->count; i++)
        warn_of_terms(advisor, node->kid[i], node->kind == NODE_COMPARE || node->kind == NODE_IN);
}

static bool is_saved_search(const struct compile *compile, str wanted)
{
    const struct definitions *known = compile->definitions;
    str                       name, text;

    for (uint32_t i = 0; known && known->saved(compile->definitions_host, i, &name, &text); i++)
        if (str_equal_nocase(name, wanted))
            return true;
    return false;
}

/* savedsearch=name behind the first command is about a field when there is no saved search of that name. */
static void note_saved(struct advisor *advisor, const struct node *node)
{
    const struct node *field = node->count ? node->kid[0] : node;

    bool               named = str_is_nocase(field->text, "savedsearch") || str_is_nocase(field->text, "savedsplunk");

    if (node->kind == NODE_COMPARE && named && advisor->columns.all && !wanted_has(&advisor->sure, field->text) &&
        !is_saved_search(&advisor->binder->compile, node->kid[1]->text))
        diag_note(advisor->binder->diag, node->span, "saved-as-field",
                  "there is no saved search named '%.*s': this is a field", SHOW(node->kid[1]->text));
    for (uint32_t i = 0; i < node->count; i++)
        note_saved(advisor, node->kid[i]);
}

static status check_condition(struct advisor *advisor)
{
    const struct argument *where = stage_given(advisor->stage, PARAM_EXPR);
    const struct argument *search = stage_given(advisor->stage, PARAM_SEARCH);

    if (!(advisor->stage->command->traits & TRAIT_FILTER))
        return OK;
    if (where && where->node) {
        TRY(learn_asked(advisor, where->node));
        note_negations(advisor, where->node);
        TRY(learn_present(advisor, where->node));
    }
    if (!search || !search->node)
        return OK;
    warn_of_terms(advisor, search->node, false);
    note_saved(advisor, search->node);
    return learn_present(advisor, search->node);
}

/* What its command does is known, or what it wants of rows, only when the text of a subsearch has come. */
static bool awaits_text(const struct plan *plan, const struct stage *stage)
{
    for (const struct subsearch *one = plan->subsearch; one; one = one->next)
        if (one->kind == SUBSEARCH_TEXT && one->rank == stage->rank)
            return true;
    return false;
}

static status advise_stage(struct advisor *advisor)
{
    const struct stage *stage = advisor->stage;

    TRY(stage->command->gives ? stage->command->gives(stage, &advisor->behind) : wanted_everything(&advisor->behind));
    TRY(check_dots(advisor));
    TRY(check_reads(advisor));
    return check_condition(advisor);
}

/* A stage with mistakes gives anything; but filters and eval take no column away. */
static status pass_failed(struct advisor *advisor)
{
    const struct argument *made = stage_given(advisor->stage, PARAM_ASSIGNMENTS);

    if (!made && !(advisor->stage->command->traits & TRAIT_FILTER))
        return wanted_everything(&advisor->behind);
    for (uint32_t i = 0; made && made->assignments && i < made->assignments->count; i++)
        TRY(made->assignments->item[i].dynamic ? wanted_everything(&advisor->behind)
                                               : wanted_add(&advisor->behind, made->assignments->item[i].target));
    return check_dots(advisor);
}

status plan_advise(const struct plan *plan, struct binder *binder)
{
    struct advisor advisor = { .binder = binder };

    wanted_init(&advisor.columns, binder->arena, true);
    wanted_init(&advisor.behind, binder->arena, true);
    wanted_init(&advisor.sure, binder->arena, false);
    for (const struct stage *stage = plan->first; stage; stage = stage->next) {
        advisor.stage = stage;
        if (stage->behind_gap)
            TRY(wanted_everything(&advisor.columns));
        TRY(wanted_copy(&advisor.behind, &advisor.columns));
        if (stage->failed)
            TRY(pass_failed(&advisor));
        else if (!awaits_text(plan, stage))
            TRY(advise_stage(&advisor));
        else if (!(stage->command->traits & TRAIT_FILTER))
            TRY(wanted_everything(&advisor.behind));
        TRY(wanted_copy(&advisor.columns, &advisor.behind));
    }
    return OK;
}

status columns_stay(const struct stage *stage, struct wanted *columns)
{
    (void)stage;
    (void)columns;
    return OK;
}
