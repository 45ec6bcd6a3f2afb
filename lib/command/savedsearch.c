/* savedsearch <name> [<word>=<value> ...]: the search of that name, with values in place of its $word$s (commands 4).
 *
 * It stands for its text (plan/unfold.c), macros expanded. Values are put in as they are, as Splunk does: they are the
 * query's, and may be parts of a search. In the search of a map, where some are fields of a row, they are put in before
 * the fields get their values, which then cannot break out of where the saved search has them (syntax/dollars.h). */
#include "plan/plan.h"
#include "syntax/expand.h"
#include "syntax/fill.h"
#include "syntax/print.h"

enum { NOSUBSTITUTION, EARLIEST, LATEST, WORDS };

static const struct param savedsearch_params[] = {
    [NOSUBSTITUTION] = { "nosubstitution", PARAM_BOOL, PLACE_NAMED, .help = "its $word$s stay as they are" },
    [EARLIEST] = { "earliest", PARAM_TEXT, PLACE_NAMED, .help = "where its time range begins" },
    [LATEST] = { "latest", PARAM_TEXT, PLACE_NAMED, .help = "where its time range ends" },
    [WORDS] = { "words", PARAM_REST, PLACE_LIST, .required = true, .help = "its name, then word=value for each $word$" },
    { 0 }
};

static status put_word(struct arena *arena, const struct token *token, struct fill_word *out)
{
    size_t size = token->name.size;
    char  *text = arena_alloc(arena, size + 2);

    TRY_NEW(text);
    text[0] = text[size + 1] = '$';
    memcpy(text + 1, token->name.at, size);
    *out = (struct fill_word){ str_make(text, size + 2), token->text };
    return OK;
}

/* The name, and the words with their values; options among them are read. */
static status read_words(struct binder *binder, struct stage *stage, const struct token **name, struct fill_word *word,
                         uint32_t *words)
{
    *name = NULL;
    for (uint32_t i = 0; i < stage->tokens.count; i++) {
        const struct token *token = &stage->tokens.item[i];
        const struct param *option = savedsearch_params;

        while (option < savedsearch_params + WORDS && !str_is_nocase(token->name, option->name))
            option++;
        if (token->kind == TOKEN_COMMA)
            continue;
        if (token->kind == TOKEN_PAIR && str_is(token->operator_text, "=") && option < savedsearch_params + WORDS) {
            TRY(bind_option(binder, stage, token));
        } else if (token->kind == TOKEN_PAIR && str_is(token->operator_text, "=")) {
            TRY(put_word(binder->arena, token, &word[(*words)++]));
        } else if (!*name && (token->kind == TOKEN_WORD || token->kind == TOKEN_STRING)) {
            *name = token;
        } else {
            return diag_at(binder->diag, FAIL_QUERY, token->span, "unexpected-argument",
                           "'savedsearch' takes the name of one search, then word=value");
        }
    }
    if (*name)
        return OK;
    return diag_at(binder->diag, FAIL_QUERY, stage->span, "missing-argument", "'savedsearch' lacks the name of the search");
}

/* What is wrong with the text of the search is told where its name stands. */
static status expand_text(struct binder *binder, const struct token *name, str text, str *out)
{
    struct macros  macros = binder->compile.macros ? *binder->compile.macros : (struct macros){ .host = NULL };
    struct source *source = ARENA_NEW(binder->arena, struct source);
    struct diag    diag;
    status         s;

    TRY_NEW(source);
    macros.context = binder->compile.context;
    diag_init(&diag, binder->compile.heap);
    s = expand(binder->arena, &diag, text, &macros, source);
    if (s == FAIL_QUERY)
        diag_at(binder->diag, s, name->span, "bad-definition", "saved search '%.*s': %.*s", SHOW(name->text),
                SHOW(diag.count ? diag.item[0].message : STR("it is malformed")));
    diag_free(&diag);
    TRY(s);
    *out = source->expanded;
    return OK;
}

static void put_bound(struct buf *out, const struct argument *bound, const char *name)
{
    if (!bound->given)
        return;
    buf_print(out, "%s=", name);
    print_quoted(out, bound->text);
    buf_byte(out, ' ');
}

/* Time terms stand in front of those of the search, which so count more. */
static status put_search(struct binder *binder, const struct stage *stage, str text, struct buf *out)
{
    const struct argument *earliest = stage_argument(stage, EARLIEST), *latest = stage_argument(stage, LATEST);
    struct words           words = binder_words(binder);
    struct pipeline        pipeline = { 0 };
    const struct clause   *first;
    bool                   searches;

    text = str_trim_blanks(text);
    if (text.size && text.at[0] == '|')
        text = str_trim_blanks(str_slice(text, 1, text.size));
    if (text.size && parse_pipeline(binder->arena, NULL, passage_of(text), &words, &pipeline) == FAIL_MEMORY)
        return FAIL_MEMORY;             /* its mistakes are told later */
    first = pipeline.count ? &pipeline.clause[0] : NULL;
    searches = text.size == 0 || (first && str_is_nocase(first->name, "search"));
    if ((earliest->given || latest->given) && !searches)
        return diag_at(binder->diag, FAIL_QUERY, earliest->given ? earliest->span : latest->span, "bad-argument",
                       "the saved search begins with no search of events: it cannot be given a time range");
    if (searches) {
        buf_text(out, "search ");
        put_bound(out, earliest, "earliest");
        put_bound(out, latest, "latest");
        text = first ? str_slice(text, first->argument_span.from, text.size) : STR("*");
    }
    buf_put(out, text);
    return OK;
}

/* Whatever stands before it, a pipe or none, it begins with a command. */
static status make_text(struct binder *binder, const struct stage *stage, str text, str *out)
{
    struct buf made;
    status     s;

    buf_init(&made, binder->compile.heap);
    s = put_search(binder, stage, text, &made);
    if (s == OK)
        s = buf_status(&made);
    *out = s == OK ? arena_str(binder->arena, buf_str(&made)) : STR("");
    buf_free(&made);
    return s == OK && !out->at ? FAIL_MEMORY : s;
}

static status savedsearch_stands_for(struct binder *binder, struct stage *stage, str *text)
{
    struct fill_word   *word = ARENA_ARRAY(binder->arena, struct fill_word, stage->tokens.count + (size_t)1);
    const struct token *name;
    struct filled       filled;
    uint32_t            words = 0;

    TRY_NEW(word);
    TRY(read_words(binder, stage, &name, word, &words));
    if (binder->unfilled && memchr(name->text.at, '$', name->text.size))
        return OK;                          /* a row will tell the name */
    if (binder->expanded && words)
        return diag_at(binder->diag, FAIL_QUERY, name->span, "saved-search",
                       "a saved search whose name a field tells can have no values here");
    TRY(saved_search_find(&binder->compile, binder->diag, name->span, name->text, text));
    if (stage_argument(stage, NOSUBSTITUTION)->truth)
        words = 0;
    TRY(fill(binder->arena, passage_of(*text), word, words, &filled));
    TRY(expand_text(binder, name, filled.text, text));
    return make_text(binder, stage, *text, text);
}

const struct command command_savedsearch = {
    .name = "savedsearch", .usage = "savedsearch <name> [<word>=<value> ...] [earliest=<time>] [latest=<time>]"
                                    " [nosubstitution=<bool>]",
    .summary = "The saved search of that name",
    .params = savedsearch_params, .traits = TRAIT_GENERATES, .stands_for = savedsearch_stands_for,
    .example = { "savedsearch failures user=root | table n",
                 "{\"n\":1,\"status\":500,\"user\":\"root\"}\n{\"n\":2,\"status\":200,\"user\":\"root\"}", "{\"n\":1}" },
};
