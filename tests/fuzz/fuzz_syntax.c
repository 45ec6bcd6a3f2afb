/* Any text through every parser of lib/syntax, printed and parsed again: an expression printed from a tree gives that tree. */
#include "inside.h"

#include "syntax/expand.h"
#include "syntax/parse.h"
#include "syntax/print.h"

static const struct macro *find_macro(void *host, str name, uint32_t count)
{
    static const str          argument[] = { { "a", 1 }, { "b", 1 } };
    static const struct macro known[] = {
        { .name = { "m", 1 }, .definition = { "x=1 OR `m(1)`", 13 } },
        { .name = { "m", 1 }, .argument = argument, .count = 1, .definition = { "search $a$ | eval b=\"$a$\"", 25 } },
        { .name = { "m", 1 }, .argument = argument, .count = 2, .definition = { "`m($a$,$b$)` $b$", 16 } },
    };

    return name.size == 1 && name.at[0] == 'm' && count < COUNT_OF(known) ? &known[count] : NULL;
}

static void check_places(const struct source *source, struct diag *diag, struct heap *heap)
{
    struct buf text;

    buf_init(&text, heap);
    diag_sort(diag);
    for (uint32_t i = 0; i < diag->count; i++) {
        struct source_place place = source_locate(source, diag->item[i].span);
        MUST(place.offset <= source->text.size && place.length <= source->text.size - place.offset);
        source_render(source, &diag->item[i], &text);
    }
    buf_free(&text);
}

/* An expression as printed parses to a tree that prints the same. A search need not: its words have many spellings. */
static void reparse(struct bench *bench, const struct node *node)
{
    struct buf   first, second;
    struct node *again;

    buf_init(&first, &bench->heap);
    buf_init(&second, &bench->heap);
    print_expr(&first, node);
    if (parse_expr(&bench->arena, NULL, passage_of(buf_str(&first)), &again) == OK) {
        print_expr(&second, again);
        MUST(str_equal(buf_str(&first), buf_str(&second)));
    } else {
        MUST(node->depth > 100);            /* parentheses put in may pass the limit of depth */
    }
    buf_free(&first);
    buf_free(&second);
}

static void show_search(struct bench *bench, const struct node *node)
{
    struct buf   shown;
    struct node *again;

    buf_init(&shown, &bench->heap);
    print_search(&shown, node);
    print_node(&shown, node);
    parse_search(&bench->arena, NULL, passage_of(buf_str(&shown)), &again);
    buf_free(&shown);
}

static void parse_clause(struct bench *bench, const struct clause *clause)
{
    struct passage     passage = clause_argument(clause);
    struct node       *node;
    struct assignments assignments;
    struct tokens      tokens;
    struct aggregates  aggregates = { .count = 0 };
    uint32_t           at = 0;

    if (parse_search(&bench->arena, &bench->diag, passage, &node) == OK)
        show_search(bench, node);
    if (parse_expr(&bench->arena, &bench->diag, passage, &node) == OK)
        reparse(bench, node);
    parse_assignments(&bench->arena, &bench->diag, passage, &assignments);
    if (parse_tokens(&bench->arena, &bench->diag, passage, &tokens) == OK)
        parse_aggregates(&bench->arena, &bench->diag, &tokens, &at, &aggregates);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct macros   macros = { .find = find_macro };
    struct bench    bench;
    struct source   source;
    struct pipeline pipeline = { .count = 0 };
    struct buf      text;
    str             copy = exact_copy(bytes, size);

    bench_open(&bench);
    buf_init(&text, &bench.heap);
    expand(&bench.arena, &bench.diag, copy, &macros, &source);
    parse_pipeline(&bench.arena, &bench.diag, passage_of(source.expanded), NULL, &pipeline);
    print_pipeline(&text, &pipeline);
    for (uint32_t i = 0; i < pipeline.count && i < 50; i++)
        parse_clause(&bench, &pipeline.clause[i]);
    check_places(&source, &bench.diag, &bench.heap);
    buf_free(&text);
    bench_close(&bench);
    free((char *)copy.at);
    return 0;
}
