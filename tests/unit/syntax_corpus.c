/* Reads queries, each ended by a zero byte, parses them as far as syntax alone can, and counts what fails by reason.
 *
 * Unknown macros become a word. Brackets are parsed as queries of their own. Also the body of a fuzzing harness. */
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

static const struct macro *find_macro(void *host, str name, uint32_t count)
{
    static const str          argument[8] = { { "a", 1 }, { "b", 1 }, { "c", 1 }, { "d", 1 }, { "e", 1 }, { "f", 1 } };
    static _Thread_local struct macro macro;

    if (str_is(name, "comment"))
        return NULL;
    macro = (struct macro){ .name = name, .argument = argument, .count = count > 8 ? 8 : count,
                            .definition = STR("macro_here") };
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
        printf("PRINT %.*s\n  %.*s\n  %.*s\n", (int)first.size, first.at, (int)text.size, text.at, (int)second.size,
               second.at ? second.at : "");
        outcome = FAIL_BUG;
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

static status parse_one(struct heap *heap, str text, bool show)
{
    struct corpus corpus = { .depth = 0 };
    struct macros macros = { .find = find_macro };
    struct source source;
    struct buf    out;
    status        outcome;

    arena_init(&corpus.arena, heap);
    diag_init(&corpus.diag, heap);
    buf_init(&out, heap);
    outcome = expand(&corpus.arena, &corpus.diag, text, &macros, &source);
    if (outcome == OK)
        outcome = parse_query(&corpus, passage_of(source.expanded));
    diag_sort(&corpus.diag);
    for (uint32_t i = 0; i < corpus.diag.count; i++)
        if (corpus.diag.item[i].severity == SEVERITY_ERROR || outcome == OK)
            source_render(&source, &corpus.diag.item[i], &out);
    if (show && outcome != OK)
        printf("%.*s\n", (int)out.size, out.at ? out.at : "");
    buf_free(&out);
    diag_free(&corpus.diag);
    arena_free(&corpus.arena);
    return outcome;
}

int main(int count, char **argument)
{
    struct heap heap;
    FILE       *file = count > 1 ? fopen(argument[1], "rb") : stdin;
    char       *text;
    size_t      size, at = 0, good = 0, all = 0;

    if (!file)
        return 2;
    text = malloc(64 << 20);
    size = fread(text, 1, 64 << 20, file);
    heap_init(&heap, NULL, NULL, 0);
    for (; at < size; all++) {
        size_t end = at;
        while (end < size && text[end])
            end++;
        good += parse_one(&heap, str_make(text + at, end - at), count > 2) == OK;
        at = end + 1;
    }
    printf("%zu of %zu parse; %zu bytes left\n", good, all, (size_t)heap.used);
    free(text);
    return heap.used ? 1 : 0;
}
