/* Binding of map: the template is read, and tried out, so that what is wrong whatever the rows hold is told at once. */
#include "command/mapping.h"

#include "plan/plan.h"
#include "plan/subsearch.h"
#include "syntax/expand.h"

/* Stands for the values while the template is tried out; a number as second choice. */
#define WORD   "Qz_0_zQ"
#define NUMBER "1"

#define INSIDE "in the search of 'map': "

/* The template as it was written: one of three arguments. */
static status find_text(struct binder *binder, const struct stage *stage, const struct argument **from, str *out)
{
    static const int forms[] = { MAP_SEARCH, MAP_PIPELINE, MAP_NAME };

    *from = NULL;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        const struct argument *one = stage_argument(stage, (uint32_t)forms[i]);

        if (one->given && *from)
            return diag_at(binder->diag, FAIL_QUERY, one->span, "unexpected-argument",
                           "'map' takes one search: search=\"...\", [...] or the name of a saved one");
        *from = one->given ? one : *from;
    }
    if (!*from)
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "missing-argument", "'map' lacks the search to run");
    if (*from == stage_argument(stage, MAP_NAME))
        return saved_search_find(&binder->compile, binder->diag, (*from)->span, (*from)->text, out);
    *out = (*from)->text;
    return OK;
}

/* Mistakes of a text that does not stand in the query letter by letter. */
static void report(struct binder *binder, struct span span, const struct diag *from)
{
    for (uint32_t i = 0; i < from->count; i++) {
        const struct diagnostic *one = &from->item[i];

        if (one->severity != SEVERITY_ERROR)
            continue;
        diag_at(binder->diag, OK, span, one->code, "%s%.*s", str_starts(one->message, STR(INSIDE)) ? "" : INSIDE,
                SHOW(one->message));
        if (one->hint.size)
            diag_hint(binder->diag, "%.*s", SHOW(one->hint));
    }
}

/* Macros, comments and saved searches go before values are put in, as they may hold quotes. */
static status read_template(struct binder *binder, struct span span, str text, struct dollars *out)
{
    struct binder  inner = *binder;
    struct macros *macros = ARENA_NEW(binder->arena, struct macros);
    struct source *source = ARENA_NEW(binder->arena, struct source);
    struct diag    diag;
    status         s;

    TRY_NEW(macros && source ? source : NULL);
    if (binder->compile.macros)
        *macros = *binder->compile.macros;
    macros->context = binder->compile.context;
    diag_init(&diag, binder->compile.heap);
    s = expand(binder->arena, &diag, text, macros, source);
    inner.diag = inner.compile.diag = &diag;
    inner.unfilled = true;
    if (s == OK)
        s = plan_unfold(&inner, source);
    if (s == FAIL_QUERY)
        report(binder, span, &diag);
    diag_free(&diag);
    TRY(s);
    s = dollars_read(binder->arena, source->expanded, out);
    return s == FAIL_LIMIT ? map_check_depth(binder->diag, span, binder->options, DOLLARS_DEEP) : s;
}

/* --- trying it out ------------------------------------------------------------------------------------------------- */

/* The mistakes that no value can mend; all of them in a template without any. */
static bool is_certain(const struct map_bound *bound, const struct diagnostic *one)
{
    static const char *const codes[] = { "unknown-command", "unknown-function", "unknown-aggregate", "absent-command",
                                         "nesting", "unbalanced", "missing-command" };

    if (one->severity != SEVERITY_ERROR || str_find(one->message, STR(WORD), 0) != SIZE_MAX)
        return false;
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (strcmp(one->code, codes[i]) == 0)
            return true;
    return bound->template.count == 1;
}

static status fill_in(struct binder *binder, const struct dollars *template, str value, str *out)
{
    struct buf text;
    status     s;

    buf_init(&text, binder->compile.heap);
    for (uint32_t i = 0; i + 1 < template->count; i++)
        dollar_put(&text, &template->item[i], value);
    buf_put(&text, template->item[template->count - 1].before);
    s = buf_status(&text);
    *out = s == OK ? arena_str(binder->arena, buf_str(&text)) : STR("");
    buf_free(&text);
    return s == OK && !out->at ? FAIL_MEMORY : s;
}

/* Compiles it with the value in all places, to know what it may do. */
static status try_value(struct binder *binder, struct stage *stage, str value, struct diag *diag)
{
    struct map_bound *bound = stage->bound;
    struct compile    compile = binder->compile;
    struct plan      *plan = NULL;
    str               text;
    status            s;

    TRY(fill_in(binder, &bound->template, value, &text));
    s = plan_made(&compile, binder->options, text, binder->depth + 1, NULL, diag, &plan);
    if (s == OK) {
        bound->effects = plan->effects;
        stage->traits = TRAIT_SEARCHES | (plan->reads ? TRAIT_SEARCHES_INPUT : 0) | (plan->effects ? TRAIT_EFFECT : 0);
    }
    plan_free(plan);
    return s;
}

static status try_out(struct binder *binder, struct stage *stage, struct span span)
{
    struct map_bound *bound = stage->bound;
    struct diag       diag, certain;
    status            s;

    diag_init(&diag, binder->compile.heap);
    diag_init(&certain, binder->compile.heap);
    s = try_value(binder, stage, STR(WORD), &diag);
    for (uint32_t i = 0; i < diag.count && s == FAIL_QUERY; i++)
        if (is_certain(bound, &diag.item[i]))
            diag_repeat(&certain, &diag.item[i]);
    if (certain.errors)
        report(binder, span, &certain);
    else if (s == FAIL_QUERY)
        s = try_value(binder, stage, STR(NUMBER), &diag);
    if (s == FAIL_QUERY && !certain.errors)
        s = OK;                             /* the values will tell */
    diag_free(&certain);
    diag_free(&diag);
    return s;
}

/* --- binding ------------------------------------------------------------------------------------------------------- */

status map_check_depth(struct diag *diag, struct span span, const struct plan_options *options, uint32_t depth)
{
    uint32_t most = options->depth && options->depth < DOLLARS_DEEP ? options->depth : DOLLARS_DEEP;

    if (depth < most)
        return OK;
    return diag_at(diag, FAIL_QUERY, span, "nesting", "searches of 'map' are nested more than %u deep", most);
}

status map_bind(struct binder *binder, struct stage *stage)
{
    struct map_bound      *bound = stage->bound;
    const struct argument *from;
    str                    text;

    bound->effects = true;
    bound->most = (uint64_t)stage_argument(stage, MAP_MAXSEARCHES)->number;
    TRY(find_text(binder, stage, &from, &text));
    TRY(map_check_depth(binder->diag, from->span, binder->options, binder->depth));
    TRY(read_template(binder, from->span, text, &bound->template));
    return try_out(binder, stage, from->span);
}
