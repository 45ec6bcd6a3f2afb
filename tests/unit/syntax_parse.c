/* Text to tree and back: the three grammars, tokens, aggregates, and what their errors say. */
#include "check.h"

#include "syntax/parse.h"
#include "syntax/print.h"

static struct heap  heap;
static struct arena arena;
static struct diag  diag;

static enum word_meaning meaning(void *host, str word)
{
    return str_is_nocase(word, "top") ? WORD_DOUBTFUL
        : str_is_nocase(word, "stats") || str_is_nocase(word, "search") ? WORD_COMMAND : WORD_PLAIN;
}

static const struct words words = { .meaning = meaning };

/* Runs one parser and gives what it printed, or its first error and hint. */
static str read_as(char language, const char *text)
{
    struct passage     passage = passage_of(str_of(text));
    struct buf         out;
    struct node       *node = NULL;
    struct pipeline    pipeline;
    struct assignments assignments;
    struct tokens      tokens;
    struct aggregates  aggregates = { .count = 0 };
    uint32_t           at = 0;
    status             outcome = OK;
    str                result;

    diag_free(&diag);
    buf_init(&out, &heap);
    switch (language) {
    case 's': if ((outcome = parse_search(&arena, &diag, passage, &node)) == OK) print_node(&out, node); break;
    case 'S': if ((outcome = parse_search(&arena, &diag, passage, &node)) == OK) print_search(&out, node); break;
    case 'e': if ((outcome = parse_expr(&arena, &diag, passage, &node)) == OK) print_node(&out, node); break;
    case 'E': if ((outcome = parse_expr(&arena, &diag, passage, &node)) == OK) print_expr(&out, node); break;
    case 'a': if ((outcome = parse_assignments(&arena, &diag, passage, &assignments)) == OK)
                  print_assignments(&out, &assignments);
              break;
    case 'p': if ((outcome = parse_pipeline(&arena, &diag, passage, &words, &pipeline)) == OK)
                  print_pipeline(&out, &pipeline);
              break;
    case 't': if ((outcome = parse_tokens(&arena, &diag, passage, &tokens)) == OK) print_tokens(&out, &tokens); break;
    case 'g': if ((outcome = parse_tokens(&arena, &diag, passage, &tokens)) == OK
                  && (outcome = parse_aggregates(&arena, &diag, &tokens, &at, &aggregates)) == OK)
                  print_aggregates(&out, &aggregates);
              break;
    }
    if (outcome != OK) {
        buf_clear(&out);
        buf_print(&out, "%u-%u %.*s", diag.item[0].span.from, diag.item[0].span.to, SHOW(diag.item[0].message));
        if (diag.item[0].hint.size)
            buf_print(&out, "; %.*s", SHOW(diag.item[0].hint));
    }
    result = arena_str(&arena, buf_str(&out));
    buf_free(&out);
    return result;
}

static void test_search(void)
{
    CHECK_TEXT(read_as('s', ""), "(everything)");
    CHECK_TEXT(read_as('s', "a b OR c d"), "(and (term \"a\") (or (term \"b\") (term \"c\")) (term \"d\"))");
    CHECK_TEXT(read_as('s', "x=1 AND y=2 OR z=3"),
               "(and (= x (term \"1\")) (or (= y (term \"2\")) (= z (term \"3\"))))");
    CHECK_TEXT(read_as('s', "error NOT 403 OR 404"),
               "(and (term \"error\") (or (not (term \"403\")) (term \"404\")))");
    CHECK_TEXT(read_as('s', "()"), "(everything)");
    CHECK_TEXT(read_as('s', "status = 200, url=/a?b=c"), "(and (= status (term \"200\")) (= url (term \"/a?b=c\")))");
    CHECK_TEXT(read_as('s', "sourcetype=docker:daemon OR sourcetype=kubernetes:event"),
               "(or (= sourcetype (term \"docker:daemon\")) (= sourcetype (term \"kubernetes:event\")))");
    CHECK_TEXT(read_as('s', "user NOT IN (\"a b\", c*) x in(1 2)"),
               "(and (not (in user (phrase \"a b\") (term \"c*\"))) (in x (term \"1\") (term \"2\")))");
    CHECK_TEXT(read_as('s', "\"tag::eventtype\"=x host::web tag::host!=\"q\""),
               "(and (= $\"tag::eventtype\" (term \"x\")) (= host (term \"web\")) (!= $\"tag::host\" (phrase \"q\")))");
    CHECK_TEXT(read_as('s', "CASE(Err) a=CASE(B) TERM(ip=10.0.0.1)"),
               "(and (case \"Err\") (= a (case \"B\")) (whole \"ip=10.0.0.1\"))");
    CHECK_TEXT(read_as('s', "foo\"bar baz\" path=\"D:\\\\Dig\\ital\" p=a\\|b"),
               "(and (term \"foobar baz\") (= path (phrase \"D:\\\\Dig\\\\ital\")) (= p (term \"a|b\")))");
    CHECK_TEXT(read_as('s', "[search x | y] earliest=[z]"), "(and (subsearch \"search x | y\") (= earliest (subsearch \"z\")))");
    CHECK_TEXT(read_as('s', "earliest=now() items{}.n=* path=C:\\ x"),
               "(and (= earliest (term \"now()\")) (= $\"items{}.n\" (term \"*\")) (= path (term \"C:\\\\\")) (term \"x\"))");
    CHECK_TEXT(read_as('s', "2001:db8::1"), "(term \"2001:db8::1\")");
    CHECK_TEXT(read_as('S', "(a OR b) NOT (c d) x=\"q r\" y IN (1,2) host::z"),
               "a OR b NOT (c d) x=\"q r\" y IN (1, 2) host::z");
    read_as('s', "a and b");
    CHECK(diag.count == 1 && diag.item[0].severity == SEVERITY_WARNING);

    CHECK_TEXT(read_as('s', "a)"), "1-2 Unbalanced parentheses");
    CHECK_TEXT(read_as('s', "(a "), "0-1 Unbalanced parentheses");
    CHECK_TEXT(read_as('s', "x="), "2-2 The search is malformed: it ends too early; expected a value");
    CHECK_TEXT(read_as('s', "x IN ()"), "6-7 The search is malformed: unexpected ')'; expected a value");
    CHECK_TEXT(read_as('s', "OR a"), "0-2 The search is malformed: unexpected 'OR'; expected a search term");
    CHECK_TEXT(read_as('s', "a \"b"), "2-3 Unbalanced quotes");
}

static void test_expr(void)
{
    CHECK_TEXT(read_as('e', "a OR b AND NOT c=1 XOR d"), "(xor (or a (and b (not (= c 1)))) d)");
    CHECK_TEXT(read_as('e', "\"n=\" . a + 1 * -b % 2"), "(. \"n=\" (+ a (% (* 1 (- b)) 2)))");
    CHECK_TEXT(read_as('e', "a.1"), "(. a 1)");
    CHECK_TEXT(read_as('E', "f('XOR') + 'not' + 'orx'"), "f('XOR') + 'not' + orx");
    CHECK_TEXT(read_as('e', "1.5 . 'a.b'"), "(. 1.5 $\"a.b\")");
    CHECK_TEXT(read_as('e', "x in (1,\"2\", y) and not like(z, \"%\")"),
               "(and (in x 1 \"2\" y) (not (call like z \"%\")))");
    CHECK_TEXT(read_as('e', "user NOT IN (\"known_admins\")"), "(not (in user \"known_admins\"))");
    CHECK_TEXT(read_as('e', "a not like \"x\\\"\\d\" or b <> 2 or c==3"),
               "(or (not (like a \"x\\\"\\\\d\")) (!= b 2) (= c 3))");
    CHECK_TEXT(read_as('e', "in(x, 1) OR x IN(1)"), "(or (call in x 1) (in x 1))");
    CHECK_TEXT(read_as('e', "case(a>1e3, now(), true(), [search q])"),
               "(call case (> a 1e3) (call now) (call true) (subsearch \"search q\"))");
    CHECK_TEXT(read_as('E', "(a OR b) AND (c+(d-e))*2 = -(f)"), "(a OR b) AND (c + (d - e)) * 2=-f");
    CHECK_TEXT(read_as('a', "a.b-c=1, \"x y\"=2,{f}_n=3, i{}.n = 4"),
               "\"a.b-c\" = 1\n\"x y\" = 2\n\"{f}_n\" (dynamic) = 3\n\"i{}.n\" = 4\n");
    CHECK_TEXT(read_as('a', "size(MB)=f(a,b), z=1"), "\"size(MB)\" = (call f a b)\n\"z\" = 1\n");

    CHECK_TEXT(read_as('e', "a=1 b=2"), "4-5 The expression is malformed: unexpected 'b'; conditions are joined with AND or OR");
    CHECK_TEXT(read_as('e', "a=b=c"), "3-4 The expression is malformed: unexpected '='; expected an operator");
    CHECK_TEXT(read_as('e', "f(a,)"), "4-5 The expression is malformed: unexpected ')'; expected a value");
    CHECK_TEXT(read_as('e', "5minutes>1"), "1-8 The expression is malformed: unexpected 'minutes'; "
               "a field of this name is written '5minutes', in single quotes");
    CHECK_TEXT(read_as('a', "a=1,"), "4-4 The expression is malformed: it ends too early; expected a field to assign to");
    CHECK_TEXT(read_as('a', "a b=1"), "2-3 The expression is malformed: unexpected 'b'; expected '='");
}

static void test_pipeline(void)
{
    CHECK_TEXT(read_as('p', "a=1 | stats count by x|where y=\"p|q\" [r|s]"),
               "search (implied) a=1\nstats count by x\nwhere y=\"p|q\" [r|s]\n");
    CHECK_TEXT(read_as('p', " | stats x"), "stats x\n");
    CHECK_TEXT(read_as('p', "stats count"), "stats count\n");
    CHECK_TEXT(read_as('p', "stats=1"), "search (implied) stats=1\n");
    CHECK_TEXT(read_as('p', "stats OR a"), "search (implied) stats OR a\n");
    CHECK_TEXT(read_as('p', "top-level | fields- b"), "search (implied) top-level\nfields - b\n");
    CHECK_TEXT(read_as('p', "x=a\\n | y b\\r\\n"), "search (implied) x=a\ny b\n");
    CHECK(diag.count == 1);                     /* said once for all of them */
    CHECK_TEXT(read_as('p', "rex \"a\\|b\" | x a\\|b"), "search (implied) rex \"a\\|b\"\nx a\\|b\n");
    read_as('p', "top error");
    CHECK(diag.count == 1 && diag.item[0].severity == SEVERITY_WARNING);
    read_as('p', "top 10 error");
    CHECK(diag.count == 0);
    read_as('p', "top error | head 5");
    CHECK(diag.count == 0);

    CHECK_TEXT(read_as('p', "a || b"), "3-4 Missing a search command before '|'; '||' is no operator: "
               "text is joined with a dot, conditions are joined with OR");
    CHECK_TEXT(read_as('p', "a | b | "), "6-7 Missing a search command after '|'");
    CHECK_TEXT(read_as('p', ""), "0-0 there is no query");
    CHECK_TEXT(read_as('p', "a | [b"), "4-5 Unbalanced brackets");
    CHECK_TEXT(read_as('p', "a] | b"), "1-2 Unbalanced brackets");
    CHECK_TEXT(read_as('p', "a | b \"c"), "6-7 Unbalanced quotes");
    CHECK_TEXT(read_as('p', "a | (b)"), "4-5 expected the name of a command");
}

static void test_tokens(void)
{
    CHECK_TEXT(read_as('t', "limit = 10 -a, count(x) \"a b\" x=\"y z\" re!=\"(?<a>b|c)\""),
               "pair \"limit\" = word \"10\"\nword \"-a\"\ncomma \",\"\nword \"count(x)\"\nstring \"a b\"\n"
               "pair \"x\" = string \"y z\"\npair \"re\" != string \"(?<a>b|c)\"\n");
    CHECK_TEXT(read_as('t', "(a (b)) [c [d]] t=(\\S+) s/a=b/c/ q=[r]"),
               "group \"a (b)\"\nbracket \"c [d]\"\npair \"t\" = group \"\\\\S+\"\nword \"s/a=b/c/\"\n"
               "pair \"q\" = bracket \"r\"\n");
    CHECK_TEXT(read_as('t', "a= , <"), "word \"a\"\noperator \"=\"\ncomma \",\"\noperator \"<\"\n");
    CHECK_TEXT(read_as('t', "f(a"), "1-2 Unbalanced parentheses");
}

static void test_aggregates(void)
{
    CHECK_TEXT(read_as('g', "count, DC( 'a b' ) AS y perc95(x) by z"),
               "count() named \"count\"\nDC(\"a b\") as \"y\"\nperc95(\"x\") named \"perc95(x)\"\n");
    CHECK_TEXT(read_as('g', "sum(eval(a*b)) as \"Z z\" values(r.*) AS * count(eval(s=404)) AS n"),
               "sum((* a b)) as \"Z z\"\nvalues(\"r.*\") as \"*\"\ncount((= s 404)) as \"n\"\n");
    CHECK_TEXT(read_as('g', "sparkline(avg(x), 1h) eval(avg(a)/max(b)) AS q count() count (x)"),
               "sparkline(avg(\"x\"), 1h) named \"sparkline(avg(x), 1h)\"\neval((/ (call avg a) (call max b))) as \"q\"\n"
               "count() named \"count\"\ncount(\"x\") named \"count(x)\"\n");
    CHECK_TEXT(read_as('g', "count AS"), "6-8 AS wants the name of a field after it");
    CHECK_TEXT(read_as('g', "sum(eval(a+))"), "11-11 The expression is malformed: it ends too early; expected a value");
}

/* Hostile depth is refused, hostile width is not. */
static void test_limits(void)
{
    static char text[400001];

    memset(text, '(', 200000);
    memset(text + 200000, ')', 200000);
    CHECK_TEXT(read_as('e', text), "1000-1001 the query is nested too deeply");
    CHECK_TEXT(read_as('s', text), "1000-1001 the query is nested too deeply");
    memset(text, '[', 400000);
    CHECK_TEXT(read_as('p', text), "100-101 the query is nested too deeply");
    memset(text, '-', 400000);
    CHECK(str_ends(read_as('e', text), STR("the query is nested too deeply")));
    for (int i = 0; i < 400000; i += 4)
        memcpy(text + i, "NOT ", 4);
    CHECK(str_ends(read_as('s', text), STR("the query is nested too deeply")));
    for (int i = 0; i < 400000; i += 4)
        memcpy(text + i, "a+a+", 4);
    text[399999] = 0;
    CHECK(str_ends(read_as('e', text), STR("the query is nested too deeply")));
    for (int i = 0; i < 399996; i += 5)
        memcpy(text + i, "a or ", 5);
    text[399996] = 0;
    memcpy(text + 399990, " 1    ", 6);
    CHECK(read_as('e', text).size > 100000);
    for (int i = 0; i < 399996; i += 4)
        memcpy(text + i, "a b ", 4);
    CHECK(read_as('s', text).size > 100000);
}

int main(void)
{
    heap_init(&heap, NULL, NULL, 0);
    arena_init(&arena, &heap);
    diag_init(&diag, &heap);
    test_search();
    test_expr();
    test_pipeline();
    test_tokens();
    test_aggregates();
    test_limits();
    diag_free(&diag);
    arena_free(&arena);
    CHECK(heap.used == 0);
    return check_done();
}
