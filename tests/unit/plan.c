/* What a query is compiled to, by the lines of its printed plan, and the mistakes that binding finds. */
#include "api/builtin.h"
#include "check.h"
#include "plan/plan.h"
#include "time/zone.h"

static struct heap       heap;
static struct vocabulary words;

/* Compiles; then `out` holds the plan or the messages, a line each. */
static void compile(const char *query, bool rewrite, struct buf *out)
{
    struct context      context = { .heap = &heap, .zone = &zone_utc, .now = 1700000000, .cpu = CPU_PORTABLE };
    struct plan_options options = { .rewrite = rewrite };
    struct diag         diag;
    struct plan        *plan;

    diag_init(&diag, &heap);
    context.names = names_new(&heap);
    {
        struct binder binder = { .compile = { .heap = &heap, .words = &words, .context = &context }, .diag = &diag };

        if (plan_compile(&binder, str_of(query), &options, &plan) == OK)
            plan_print(plan, out);
    }
    diag_sort(&diag);
    for (uint32_t i = 0; i < diag.count; i++) {
        const struct diagnostic *one = &diag.item[i];

        buf_print(out, "%u-%u %s: %.*s%s%.*s\n", one->span.from, one->span.to, one->code, SHOW(one->message),
                  one->hint.size ? "; " : "", SHOW(one->hint));
    }
    plan_free(plan);
    names_free(context.names);
    diag_free(&diag);
}

/* `lines`: each must be a line of what compile() says. */
static void expect(const char *query, bool rewrite, const char *lines)
{
    struct buf out;
    str        text;

    buf_init(&out, &heap);
    buf_byte(&out, '\n');
    compile(query, rewrite, &out);
    text = buf_str(&out);
    for (const char *at = lines; *at;) {
        const char *end = strchr(at, '\n') ? strchr(at, '\n') : at + strlen(at);
        char        line[600];
        int         size = snprintf(line, sizeof line, "\n%.*s\n", (int)(end - at), at);

        if (str_find(text, str_make(line, (size_t)size), 0) != SIZE_MAX) {
            check_passed++;
        } else {
            check_failed++;
            printf("%s\n  lacks the line: %.*s\n  in:%.*s", query, (int)(end - at), at, (int)text.size, text.at);
        }
        at = *end ? end + 1 : end;
    }
    buf_free(&out);
}

static void fields(void)
{
    expect("search a=1 b=xyz", true, "reads: a, b\n       then the other fields of rows that pass the first 1");
    expect("search a=1 | table c", true, "reads: c, a");
    expect("| stats count by user", true, "reads: user");
    expect("| stats count", true, "reads: none");
    expect("| eval x=a+b | table x", true, "reads: a, b");
    expect("| eval x=a+b | table c", true, "reads: c");
    expect("| search * | fields a*, _raw", true, "reads: _time, _raw, a*");
    expect("| fields - _raw", true, "reads: all but _raw");
    expect("| rename user AS u | stats dc(u)", true, "reads: user");
    expect("search a=1 | where b>2 | eval c=1", true, "reads: b, a\n       then the other fields of rows that pass the first 2");
    expect("| makeresults | eval a=1", true, "input: none");
}

static void prefilter(void)
{
    expect("search nsenter", true, "prefilter: \"nsenter\" or an escape");
    expect("search a=desk", true, "prefilter: none");               /* k and s have other spellings */
    expect("search a=\"*delete shadows*\"", true, "prefilter: \"delete \" or an escape");
    expect("search a=\"C:\\\\Windowz\\\\Temp\"", true, "prefilter: \"Windowz\" or an escape");
    expect("search a=1", true, "prefilter: none");
    expect("search a!=hello", true, "prefilter: none");
    expect("search NOT hello", true, "prefilter: none");
    expect("search a=hello OR b=world", true, "prefilter: \"hello\" or \"world\" or an escape");
    expect("search a=hello OR b>5", true, "prefilter: none");
    expect("search hello big-world", true, "prefilter: \"big-world\" or an escape and \"hello\" or an escape");
    expect("search ip=10.0.0.0/8", true, "prefilter: none");
    expect("search index=hello host=world", true, "prefilter: none");
    expect("search a IN (hello, *world)", true, "prefilter: \"hello\" or \"world\" or an escape");
    expect("where a=\"mask\"", true, "prefilter: \"mask\" or an escape");
    expect("where a=\"1234\"", true, "prefilter: none");            /* 1234.0 is equal to it */
    expect("where like(a, \"%under_score%\")", true, "prefilter: \"under\" or an escape");
    expect("where a!=\"hello\"", true, "prefilter: none");
    expect("| eval a=b | search a=hello", true, "prefilter: none");
    expect("| rex \"(?<a>x)\" | search a=hello", true, "prefilter: none");
}

static void split(void)
{
    expect("search x | eval a=1 | stats count by a | eval b=2", true,
           "split: 2 leading stages on any thread, stage 3 per thread, then merged");
    expect("search x | eval a=1 | stats count by a | eval b=2", true,
           "map: search x | eval a=1 | sistats count by a\nmerge: | sistats count by a\n"
           "reduce: | stats count by a | eval b=2\n");
    expect("eval a=1 | sort 0 a", true, "map: eval a=1\nreduce: | sort 0 a\n");
    expect("| makeresults | where 1=1", true, "parts: none, it makes its own rows\n");
    expect("| head 3", true, "split: none, all on one thread");
    expect("| table a", true, "split: 1 leading stage on any thread");
    expect("| makeresults | where 1=1", true, "split: none, all on one thread");
}

static void rewrites(void)
{
    expect("search * | table a", true, "rewritten: drop-empty-searches\n  1 table (row-wise, transforms)");
    expect("search * | table a", false, "  1 search (row-wise, filter)");
    expect("| eval x=a | where b=\"abcd\"", true, "rewritten: filter-before-eval\n  1 where (row-wise, filter)\n"
           "prefilter: \"abcd\" or an escape");
    expect("| eval b=a | where b=\"abcd\"", true, "  1 eval (row-wise)\nprefilter: none");
    expect("| eval x=random() | where b=\"abcd\"", true, "  1 eval (row-wise)");
    expect("| eval {a}=1 | where b=\"abcd\"", true, "  1 eval (row-wise)");
}

static void time_terms(void)
{
    expect("earliest=-1d@d index=a", true, "time: from -1d@d to now\n      terms: index=a\n  1 search (row-wise, filter)");
    expect("a=1 earliest=5 latest=10", true, "time: from 5 to 10\nreads: a");
    expect("earliest=whenever", true, "9-17 bad-time: Invalid value \"whenever\" for time term 'earliest'");
    expect("a=1 OR earliest=5", true, "r6 = call \"search:since\" r5 r1 under s3");
    expect("| search x | search earliest=5", true, "reads: earliest, _raw");
}

static void mistakes(void)
{
    expect("| stast count", true, "2-7 unknown-command: unknown search command 'stast'; did you mean 'stats'?");
    expect("| sendemail to=x", true, "2-11 absent-command: command 'sendemail' cannot be run: it sends mail");
    expect("| head limt=3", true, "7-11 unknown-option: 'head' has no option 'limt'; did you mean 'limit'?");
    expect("| head 3 limit=4", true, "9-16 given-twice: 'limit' of 'head' is given twice");
    expect("| head keeplast=maybe", true, "16-21 bad-argument: 'head' wants true or false for 'keeplast', not 'maybe'");
    expect("| sort limit=x a", true, "13-14 bad-argument: 'sort' wants a whole number for 'limit', not 'x'");
    expect("| rename a b", true, "9-10 bad-rename: expected 'a AS name'");
    expect("| rename a* AS b", true, "9-16 bad-rename: 'a*' and 'b' need the same number of wildcards");
    expect("| table a | makeresults", true, "12-23 not-first: 'makeresults' makes rows of its own: it must be the first command");
    expect("search [search x | heda] y", true, "19-23 unknown-command: unknown search command 'heda'; did you mean 'head'?");
    expect("| stats count BY", true, "14-16 missing-argument: 'BY' wants something behind it");
    expect("| nosuch | head limt=1 | wher x", true, "2-8 unknown-command: unknown search command 'nosuch'\n"
           "16-20 unknown-option: 'head' has no option 'limt'; did you mean 'limit'?\n"
           "25-29 unknown-command: unknown search command 'wher'; did you mean 'where'?");
    expect("a | | b", true, "4-5 missing-command: Missing a search command before '|'");
}

int main(void)
{
    heap_init(&heap, NULL, NULL, 0);
    CHECK(builtin_words(&words, &heap) == OK);
    fields();
    prefilter();
    split();
    rewrites();
    time_terms();
    mistakes();
    vocabulary_free(&words);
    CHECK_NUMBER((double)heap.used, 0);
    return check_done();
}
