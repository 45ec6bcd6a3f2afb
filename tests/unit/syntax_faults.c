/* Every allocation of parsing fails once: no crash, no leak, FAIL_MEMORY. */
#include "check.h"

#include "syntax/expand.h"
#include "syntax/parse.h"
#include "syntax/print.h"

#include <stdlib.h>

struct faulty {
    size_t count, fatal;
};

static void *faulty_resize(void *host, void *block, size_t old_size, size_t size)
{
    struct faulty *faulty = host;

    if (size == 0) {
        free(block);
        return NULL;
    }
    return faulty->count++ == faulty->fatal ? NULL : realloc(block, size);
}

static const struct macro *find(void *host, str name, uint32_t count)
{
    static const str          argument[] = { { "a", 1 } };
    static const struct macro one = { .name = { "m", 1 }, .argument = argument, .count = 1, .definition = { "x=$a$", 5 } };

    return count == 1 ? &one : NULL;
}

static status parse_all(struct arena *arena, struct diag *diag, str text)
{
    struct macros      macros = { .find = find };
    struct source      source;
    struct pipeline    pipeline;
    struct node       *node;
    struct assignments assignments;
    struct tokens      tokens;
    struct aggregates  aggregates = { .count = 0 };
    uint32_t           at = 0;

    TRY(expand(arena, diag, text, &macros, &source));
    TRY(parse_pipeline(arena, diag, passage_of(source.expanded), NULL, &pipeline));
    TRY(parse_search(arena, diag, clause_argument(&pipeline.clause[0]), &node));
    TRY(parse_expr(arena, diag, clause_argument(&pipeline.clause[1]), &node));
    TRY(parse_assignments(arena, diag, clause_argument(&pipeline.clause[2]), &assignments));
    TRY(parse_tokens(arena, diag, clause_argument(&pipeline.clause[3]), &tokens));
    return parse_aggregates(arena, diag, &tokens, &at, &aggregates);
}

int main(void)
{
    static char   text[64000];
    struct faulty faulty = { .count = 0 };
    struct heap   heap;
    struct arena  arena;
    struct diag   diag;
    status        outcome = FAIL_MEMORY;

    strcat(text, "`m(1)` a OR b \"c\\\"d\" x IN (1, 2, 3, 4, 5) | where ");
    for (int i = 0; i < 300; i++)
        strcat(text, "(a+f(b, \"c\\\\\", ");
    strcat(text, "1");
    for (int i = 0; i < 300; i++)
        strcat(text, "))");
    for (int i = 0; i < 300; i++)
        strcat(text, i ? ", a=1" : " | eval {a}=b");
    strcat(text, "| stats ");
    for (int i = 0; i < 300; i++)
        strcat(text, "count(x) AS \"a\\\"b\", sum(eval(a.b)) AS q sparkline(avg(x), 1h) ");
    for (faulty.fatal = 0; outcome == FAIL_MEMORY && faulty.fatal < 100000; faulty.fatal++) {
        faulty.count = 0;
        heap_init(&heap, faulty_resize, &faulty, 0);
        arena_init(&arena, &heap);
        diag_init(&diag, &heap);
        outcome = parse_all(&arena, &diag, str_of(text));
        diag_free(&diag);
        arena_free(&arena);
        CHECK(heap.used == 0);
        CHECK(outcome == FAIL_MEMORY || (outcome == OK && faulty.count <= faulty.fatal));
    }
    CHECK(outcome == OK && faulty.fatal > 20);
    return check_done();
}
