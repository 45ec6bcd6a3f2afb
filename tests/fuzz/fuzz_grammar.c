/* Bytes as choices of a grammar: expressions of all functions and operators there are, over fields and constants of every
 * kind, so that most of them compile; in a query that filters, groups or spreads what they give. */
#include "query.h"

#include "catalog/function.h"

#define FUNCTION(name, family) extern const struct function function_##name;
#include "function/functions.def"
#undef FUNCTION

static const struct function *const functions[] = {
#define FUNCTION(name, family) &function_##name,
#include "function/functions.def"
#undef FUNCTION
};

enum { FUNCTIONS = sizeof functions / sizeof *functions, MOST_TEXT = 4096, DEPTH = 4 };

static const char *const fields[] = {
    "a", "b", "c", "d", "e", "n", "_time", "host", "user", "t", "u", "ip", "_raw", "nosuch", "'c{}'", "'o.k{}.v'", "o.k", "x",
};
static const char *const texts[] = {
    "a", "", "x", ",", " ", "1", "-0", "1e400", "nan", "0x1F", "true", "now", "hex", "commas", "duration", "binary", "str", "num",
    "auto", "utf8", "base64", "%Y-%m-%d", "%H:%M:%S.%3N", "%s-%d", "-1d@d", "@h", "1h", "2023-11-14 22:13:20", "UTC", "root",
    "[a-z]+", "(.)", "(?<k>x)", "^a|b$", "x%", "_", "*", "\\\\d", "\\n", "a=1 OR b=x", "stats count", "o.k", "a{}.b", "{}", "[1,2]",
    "{\\\"a\\\":[1,{\\\"b\\\":null}]}", "10.1.0.0/16", "::1", "\u00e9\U0001f600", "\xff", "a;b;c", "sha", "<a b='1'>x</a>",
};
static const char *const numbers[] = {
    "1", "0", "2", "-1", "3", "0.1", "3.50", "0.0", "-0.5", "10", "16", "36", "100", "65535", "1700000000", "1e15", "1e400",
    "9007199254740993", "123456789012345678", "1e-320", "1.005",
};
static const char *const joints[] = { "+", "-", "*", "/", "%", "." };
static const char *const comparisons[] = { "=", "!=", "<", "<=", ">", ">=", "==" };
static const char *const behind[] = {
    "", " | where x>1", " | stats count sum(x) BY x", " | sort x | streamstats sum(x)", " | dedup x", " | chart max(x) BY a",
    " | mvexpand x", " | fields x", " | search x=1*", " | eventstats avg(x) BY b | table *", " | top x", " | stats values(x) list(y)",
};

struct maker {
    const uint8_t *at;
    size_t         left, size;
    char           text[MOST_TEXT];
};

/* Bytes that have run out choose what is simple: 0. */
static unsigned choose(struct maker *maker, size_t count)
{
    if (!maker->left)
        return 0;
    maker->left--;
    return *maker->at++ % (unsigned)count;
}

static void put(struct maker *maker, const char *text)
{
    size_t size = strlen(text);

    if (size > MOST_TEXT - maker->size)
        return;
    memcpy(maker->text + maker->size, text, size);
    maker->size += size;
}

#define PUT_ONE(maker, list) put(maker, (list)[choose(maker, sizeof(list) / sizeof *(list))])

static void put_expression(struct maker *maker, int depth, enum want want);

static void put_text(struct maker *maker)
{
    put(maker, "\"");
    PUT_ONE(maker, texts);
    put(maker, "\"");
}

static void put_leaf(struct maker *maker, enum want want)
{
    unsigned choice = choose(maker, 10);

    if (want == WANT_BOOLEAN) {
        put(maker, choice < 5 ? "isnull(" : choice < 8 ? "isnum(" : choice < 9 ? "(1=" : "(true()!=");
        PUT_ONE(maker, fields);
        put(maker, ")");
    } else if (choice < 6 && want == WANT_TEXT)
        put_text(maker);
    else if (choice < 4 && want == WANT_NUMBER)
        PUT_ONE(maker, numbers);
    else if (choice < 7)
        PUT_ONE(maker, fields);
    else if (choice < 8)
        put_text(maker);
    else if (choice < 9)
        PUT_ONE(maker, numbers);
    else
        put(maker, "null()");
}

/* What the form or the function wants at this place. */
static enum want wanted(const struct function *function, unsigned i)
{
    unsigned count = function->wanted ? function->wanted : sizeof function->wants / sizeof *function->wants;

    if (function->form == FORM_IF)
        return i == 0 ? WANT_BOOLEAN : WANT_ANY;
    if (function->form == FORM_CASE || function->form == FORM_VALIDATE)
        return i % 2 == 0 ? WANT_BOOLEAN : WANT_ANY;
    return (enum want)function->wants[i < count ? i : count - 1];
}

static void put_call(struct maker *maker, int depth, const struct function *function)
{
    unsigned most = (unsigned)(function->most < 0 ? function->least + 3 : function->most), count;

    count = (unsigned)function->least + choose(maker, most - (unsigned)function->least + 1);
    if (function->form == FORM_CASE || function->form == FORM_VALIDATE)
        count += count % 2;
    put(maker, function->name);
    put(maker, "(");
    for (unsigned i = 0; i < count; i++) {
        put(maker, i ? "," : "");
        if (function->form == FORM_MVMAP && i == 0)
            PUT_ONE(maker, fields);
        else
            put_expression(maker, depth - 1, wanted(function, i));
    }
    put(maker, ")");
}

/* Operators are made here; random() gives something else each time; lookup() wants a table. */
static bool is_called(const struct function *function)
{
    static const char *const others[] = { "random", "lookup", "neg", "not", "xor", "in" };

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(function->name, others[i]) == 0)
            return false;
    return function->name[0] >= 'a' && function->name[0] <= 'z';
}

/* The first from a chosen one on that gives a truth value, or none. */
static void put_some_call(struct maker *maker, int depth, bool truth)
{
    unsigned from = choose(maker, 256) * FUNCTIONS / 256;

    for (unsigned i = 0; i < FUNCTIONS; i++) {
        const struct function *function = functions[(from + i) % FUNCTIONS];
        if (is_called(function) && (function->gives == TYPE_BOOLEAN) == truth) {
            put_call(maker, depth, function);
            return;
        }
    }
}

static void put_condition(struct maker *maker, int depth)
{
    unsigned choice = choose(maker, 8), count;

    switch (choice) {
    case 0:
    case 1:
        put_expression(maker, depth - 1, WANT_ANY);
        PUT_ONE(maker, comparisons);
        put_expression(maker, depth - 1, WANT_ANY);
        return;
    case 2:
    case 3:
        put(maker, "(");
        put_condition(maker, depth - 1);
        put(maker, choice == 2 ? " AND " : " OR ");
        put_expression(maker, depth - 1, WANT_BOOLEAN);
        put(maker, ")");
        return;
    case 4:
        put(maker, "NOT ");
        put_expression(maker, depth - 1, WANT_BOOLEAN);
        return;
    case 5:
        put_expression(maker, depth - 1, WANT_ANY);
        put(maker, " IN (");
        count = 1 + choose(maker, 3);
        for (unsigned i = 0; i < count; i++) {
            put(maker, i ? "," : "");
            put_expression(maker, choose(maker, 3) ? 0 : depth - 1, WANT_ANY);
        }
        put(maker, ")");
        return;
    default:
        put_some_call(maker, depth, true);
    }
}

static void put_expression(struct maker *maker, int depth, enum want want)
{
    unsigned choice = depth > 0 ? choose(maker, 12) : 0;

    if (choice == 0)
        put_leaf(maker, want);
    else if (want == WANT_BOOLEAN)
        put_condition(maker, depth);
    else if (choice < 4) {
        put(maker, "(");
        put_expression(maker, depth - 1, WANT_ANY);
        PUT_ONE(maker, joints);
        put_expression(maker, depth - 1, WANT_ANY);
        put(maker, ")");
    } else if (choice == 4) {
        put(maker, "-");
        put_expression(maker, depth - 1, WANT_NUMBER);
    } else
        put_some_call(maker, depth, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct maker maker = { .at = bytes, .left = size };
    bool         filters = choose(&maker, 4) == 3;

    if (filters) {
        put(&maker, "where ");
        put_expression(&maker, DEPTH, WANT_BOOLEAN);
        put(&maker, " | ");
    }
    put(&maker, "eval x=");
    put_expression(&maker, DEPTH, WANT_ANY);
    if (choose(&maker, 3) == 2) {
        put(&maker, ", y=");
        put_expression(&maker, DEPTH, WANT_ANY);
    }
    PUT_ONE(&maker, behind);
    compare_query(maker.text, maker.size);
    return 0;
}
