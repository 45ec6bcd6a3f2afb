/* Parses queries as far as syntax alone can, and says what each is refused for.
 *
 *     parse QUERIES
 *
 * QUERIES: texts, each ended by a zero byte. A line for each error: number of the query, "syntax", code, message, with tabs
 * between; nothing for a query that parses. Macros are unknown here: a query is fine if some reading of them makes it so.
 * Brackets are parsed as queries of their own, and what is printed of a tree must read as the same tree. */
#include "base/map.h"
#include "syntax/expand.h"
#include "syntax/parse.h"
#include "syntax/print.h"

#include <stdio.h>
#include <stdlib.h>

struct corpus {
    struct arena arena;
    struct diag  diag;
    uint32_t     depth;
};

/* What a macro may stand for: a word, nothing, an assignment. */
static const char *const readings[] = { "macro_here", "", "macro_here=1" };

static const struct macro *find_macro(void *host, str name, uint32_t count)
{
    const char *const *reading = host;
    static const str          argument[8] = { { "a", 1 }, { "b", 1 }, { "c", 1 }, { "d", 1 }, { "e", 1 }, { "f", 1 } };
    static _Thread_local struct macro macro;

    if (str_is(name, "comment"))
        return NULL;
    macro = (struct macro){ .name = name, .argument = argument, .count = count > 8 ? 8 : count,
                            .definition = str_of(*reading) };
    return &macro;
}

static status parse_query(struct corpus *corpus, struct passage passage);

static status parse_brackets(struct corpus *corpus, const struct node *node)
{
    if (node->kind == NODE_SUBSEARCH)
        TRY(parse_query(corpus, (struct passage){ .text = node->text, .span = node->inner }));
    for (uint32_t i = 0; i < node->count; i++)
        TRY(parse_brackets(corpus, node->kid[i]));
    return OK;
}

/* What is printed must read as the same tree. */
static status check_print(struct corpus *corpus, const struct node *node, bool search)
{
    struct buf   text, first, second;
    struct node *again;
    status       outcome;

    buf_init(&text, corpus->arena.heap);
    buf_init(&first, corpus->arena.heap);
    buf_init(&second, corpus->arena.heap);
    print_node(&first, node);
    if (search)
        print_search(&text, node);
    else
        print_expr(&text, node);
    outcome = search ? parse_search(&corpus->arena, &corpus->diag, passage_of(buf_str(&text)), &again)
                     : parse_expr(&corpus->arena, &corpus->diag, passage_of(buf_str(&text)), &again);
    if (outcome == OK)
        print_node(&second, again);
    if (!str_equal(buf_str(&first), buf_str(&second))) {
        outcome = diag_at(&corpus->diag, FAIL_BUG, node->span, "internal", "the tree prints as another: %.*s",
                          SHOW(buf_str(&text)));
    }
    buf_free(&text);
    buf_free(&first);
    buf_free(&second);
    return outcome;
}

static bool named(const struct clause *clause, const char *const *names)
{
    for (; *names; names++)
        if (str_is_nocase(clause->name, *names))
            return true;
    return false;
}

static status parse_clause(struct corpus *corpus, const struct clause *clause)
{
    static const char *const stats[] = { "stats", "eventstats", "streamstats", "chart", "timechart", "tstats", NULL };
    struct arena      *arena = &corpus->arena;
    struct diag       *diag = &corpus->diag;
    struct node       *node;
    struct tokens      tokens;
    struct assignments assignments;
    struct aggregates  aggregates = { .count = 0 };
    uint32_t           at = 0;

    if (str_is_nocase(clause->name, "search")) {
        TRY(parse_search(arena, diag, clause_argument(clause), &node));
        TRY(check_print(corpus, node, true));
        return parse_brackets(corpus, node);
    }
    if (str_is_nocase(clause->name, "where")) {
        TRY(parse_expr(arena, diag, clause_argument(clause), &node));
        TRY(check_print(corpus, node, false));
        return parse_brackets(corpus, node);
    }
    if (str_is_nocase(clause->name, "eval")) {
        TRY(parse_assignments(arena, diag, clause_argument(clause), &assignments));
        for (uint32_t i = 0; i < assignments.count; i++) {
            TRY(check_print(corpus, assignments.item[i].value, false));
            TRY(parse_brackets(corpus, assignments.item[i].value));
        }
        return OK;
    }
    TRY(parse_tokens(arena, diag, clause_argument(clause), &tokens));
    for (uint32_t i = 0; i < tokens.count; i++) {
        struct token *token = &tokens.item[i];
        if (token->value_kind == TOKEN_BRACKET && !str_is_nocase(clause->name, "foreach"))
            TRY(parse_query(corpus, token_passage(&tokens, token)));
    }
    if (named(clause, stats)) {
        while (tokens.item[at].kind == TOKEN_PAIR || tokens.item[at].kind == TOKEN_COMMA)
            at++;
        TRY(parse_aggregates(arena, diag, &tokens, &at, &aggregates));
    }
    return OK;
}

static status parse_query(struct corpus *corpus, struct passage passage)
{
    struct pipeline pipeline;
    status          outcome = parse_pipeline(&corpus->arena, &corpus->diag, passage, NULL, &pipeline), one;

    for (uint32_t i = 0; i < pipeline.count; i++)
        if ((one = parse_clause(corpus, &pipeline.clause[i])) != OK)
            outcome = one;
    return outcome;
}

static status parse_one(struct heap *heap, str text, const char *reading, size_t number, bool show)
{
    struct corpus corpus = { .depth = 0 };
    struct macros macros = { .host = &reading, .find = find_macro };
    struct source source;
    status        outcome;

    arena_init(&corpus.arena, heap);
    diag_init(&corpus.diag, heap);
    outcome = expand(&corpus.arena, &corpus.diag, text, &macros, &source);
    if (outcome == OK)
        outcome = parse_query(&corpus, passage_of(source.expanded));
    diag_sort(&corpus.diag);
    for (uint32_t i = 0; show && i < corpus.diag.count; i++) {
        const struct diagnostic *item = &corpus.diag.item[i];
        if (item->severity == SEVERITY_ERROR)
            printf("%zu\tsyntax\t%s\t%.*s\n", number, item->code, SHOW(item->message));
    }
    diag_free(&corpus.diag);
    arena_free(&corpus.arena);
    return outcome;
}

static bool parses(struct heap *heap, str text, size_t number)
{
    bool macros = str_find(text, STR("`"), 0) != SIZE_MAX;

    for (size_t i = 0; i < (macros ? COUNT_OF(readings) : 1); i++)
        if (parse_one(heap, text, readings[i], number, false) == OK)
            return true;
    parse_one(heap, text, readings[0], number, true);
    return false;
}

int main(int count, char **argument)
{
    struct heap heap;
    FILE       *file = count > 1 ? fopen(argument[1], "rb") : stdin;
    char       *text = malloc(64 << 20);
    size_t      size, at = 0, number = 0;

    if (!file || !text)
        return 2;
    size = fread(text, 1, 64 << 20, file);
    heap_init(&heap, NULL, NULL, 0);
    for (; at < size; number++) {
        size_t end = at;
        while (end < size && text[end])
            end++;
        parses(&heap, str_make(text + at, end - at), number);
        at = end + 1;
    }
    free(text);
    if (heap.used)
        printf("%zu\tsyntax\tinternal\t%zu bytes left\n", number, (size_t)heap.used);
    return heap.used != 0;
}
