/* Macros and comments, the way back to the user's text, and carets. */
#include "check.h"

#include "syntax/expand.h"

static struct heap  heap;
static struct arena arena;
static struct diag  diag;

static const str two[] = { { "f", 1 }, { "n", 1 } };

static const struct macro macros_known[] = {
    { .name = { "hi", 2 }, .argument = two, .count = 2, .definition = { "$f$>$n$ $f$!=\"$n$\"", 18 } },
    { .name = { "hi", 2 }, .definition = { "plain", 5 } },
    { .name = { "nest", 4 }, .argument = two, .count = 1, .definition = { "<`hi($f$,1)`>", 13 } },
    { .name = { "loop", 4 }, .definition = { "x `loop`", 8 } },
    { .name = { "bomb", 4 }, .argument = two, .count = 1, .definition = { "`bomb($f$$f$)`", 14 } },
    { .name = { "made", 4 }, .definition = { "\"text\"", 6 }, .iseval = true },
    { .name = { "sure", 4 }, .argument = two, .count = 1, .definition = { "ok", 2 }, .validation = { "no", 2 },
      .message = { "wants more", 10 } },
};

static const struct macro *find(void *host, str name, uint32_t count)
{
    for (size_t i = 0; i < COUNT_OF(macros_known); i++)
        if (str_equal(macros_known[i].name, name) && macros_known[i].count == count)
            return &macros_known[i];
    return NULL;
}

static str name_of(void *host, uint32_t i)
{
    return i < COUNT_OF(macros_known) ? macros_known[i].name : STR("");
}

static status evaluate(void *host, str expression, const struct macro *macro, const str *value, struct context *context,
                       struct arena *memory, struct diag *errors, struct cell *out)
{
    *out = str_is(expression, "no") ? cell_truth(0) : cell_text(STR("a b"));
    return OK;
}

static const struct macros macros = { .find = find, .evaluate = evaluate, .name = name_of };

/* The expanded text, or the first error and hint. */
static str expanded(const char *text, struct source *source)
{
    diag_free(&diag);
    if (expand(&arena, &diag, str_of(text), &macros, source) == OK)
        return source->expanded;
    return arena_str(&arena, diag.item[0].hint.size ? diag.item[0].hint : diag.item[0].message);
}

static str rendered(const struct source *source, uint32_t from, uint32_t to)
{
    struct buf        out;
    struct diagnostic item = { .severity = SEVERITY_ERROR, .code = "x", .span = { from, to }, .message = STR("bad"),
                               .hint = STR("mend it") };
    str               text;

    buf_init(&out, &heap);
    source_render(source, &item, &out);
    text = arena_str(&arena, buf_str(&out));
    buf_free(&out);
    return text;
}

static void test_expand(void)
{
    struct source source;

    CHECK_TEXT(expanded("a `hi(len,5)` b", &source), "a len>5 len!=\"5\" b");
    CHECK_TEXT(expanded("`hi` ```x | \"y``` `nest(q)`", &source), "plain   <q>1 q!=\"1\">");
    CHECK_TEXT(expanded("\"a `hi` b\" `hi(\"x, \\\"y)\", f(1,2))`", &source),
               "\"a `hi` b\" x, \"y)>f(1,2) x, \"y)!=\"f(1,2)\"");
    CHECK_TEXT(expanded("a `comment(\"x | `y` (\")`b", &source), "a  b");
    CHECK_TEXT(expanded("[`made`]", &source), "[a b]");
    CHECK_TEXT(expanded("\xEF\xBB\xBFx", &source), "x");

    CHECK_TEXT(expanded("`hj`", &source), "did you mean 'hi'?");
    CHECK_TEXT(expanded("`hi(1)`", &source), "it is defined for another number of arguments");
    CHECK_TEXT(expanded("a `nothing_such(1)`", &source), "unknown macro 'nothing_such(1)'");
    CHECK_TEXT(expanded("`sure(1)`", &source), "macro 'sure': wants more");
    CHECK_TEXT(expanded("`loop`", &source), "macros call each other without end (in macro loop, called in loop, called in loop, called in loop, ...)");
    CHECK_TEXT(expanded("a `hi", &source), "Unbalanced backticks");
    CHECK_TEXT(expanded("a ```hi", &source), "this comment has no end");
    CHECK(str_starts(expanded("`bomb(0123456789)`", &source), STR("the macros expand to more than")));
}

static void test_places(void)
{
    struct source       source;
    struct source_place place;

    expanded("a\n\xC3\xA9 `nest(qqq)` zz", &source);       /* a / e-acute <qqq>1 qqq!="1"> zz */
    place = source_locate(&source, (struct span){ 6, 9 });
    CHECK(place.offset == 11 && place.length == 3 && place.line == 2 && place.column == 9);
    place = source_locate(&source, (struct span){ 9, 10 });
    CHECK(place.offset == 5 && place.length == 11 && place.line == 2 && place.column == 3 && place.frame != 0);
    place = source_locate(&source, (struct span){ 22, 24 });
    CHECK(place.offset == 17 && place.length == 2);
    place = source_locate(&source, (struct span){ 24, 24 });
    CHECK(place.offset == 19 && place.length == 0 && place.column == 17);

    CHECK_TEXT(rendered(&source, 22, 24), "error: bad; mend it\n  \xC3\xA9 `nest(qqq)` zz\n                ^^\n");
    CHECK_TEXT(rendered(&source, 9, 10),
               "error: bad; mend it\n  \xC3\xA9 `nest(qqq)` zz\n    ^^^^^^^^^^^\n"
               "  in macro hi(2):\n  $f$>$n$ $f$!=\"$n$\"\n     ^\n  in macro nest(1):\n  <`hi($f$,1)`>\n   ^^^^^^^^^^^\n");
    source = source_plain(STR("x\n   | where cidrmach(1)\n"));
    CHECK_TEXT(rendered(&source, 13, 21), "error: bad; mend it\n  | where cidrmach(1)\n          ^^^^^^^^\n");
    source = source_plain(STR(""));
    CHECK_TEXT(rendered(&source, 0, 0), "error: bad; mend it\n");
}

int main(void)
{
    heap_init(&heap, NULL, NULL, 0);
    arena_init(&arena, &heap);
    diag_init(&diag, &heap);
    test_expand();
    test_places();
    diag_free(&diag);
    arena_free(&arena);
    CHECK(heap.used == 0);
    return check_done();
}
