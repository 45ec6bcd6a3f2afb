/* Commands of the host: of every kind, their arguments, and words that cannot be added. */
#include "host_words.h"

static void streaming(spl_engine *engine)
{
    spl_query *query;
    char      *text;

    EXPECT("mark b | table a mark", "{\"a\":1,\"mark\":\"!x\"}\n{\"a\":2,\"mark\":\"!y\"}\n{\"a\":3,\"mark\":\"!x\"}\n");
    EXPECT("where a!=2 | mark b as b text=\"<>\" | table a b", "{\"a\":1,\"b\":\"<>x\"}\n{\"a\":3,\"b\":\"<>x\"}\n");
    EXPECT("mark nothing", "");
    EXPECT("MARK b AS m | head 1 | table m", "{\"m\":\"!x\"}\n");
    EXPECT("mark b | stats count, list(a) by mark", "{\"mark\":\"!x\",\"count\":2,\"list(a)\":[1,3]}\n{\"mark\":\"!y\",\"count\":1,\"list(a)\":2}\n");
    EXPECT("mark a text=1 as n | eval s=n+1 | table s", "{\"s\":12}\n{\"s\":13}\n{\"s\":14}\n");
    EXPECT("sort - a | mark b | table a", "{\"a\":3}\n{\"a\":2}\n{\"a\":1}\n");
    REFUSE("mark", SPL_FAIL_QUERY, "'mark' lacks its argument 'field'",
           "usage: mark <field> [as <field>] [text=<text=!>] [mode=<fast|full=full>] [limit=<count>] [deep=<bool>]");
    REFUSE("mark b txt=x", SPL_FAIL_QUERY, "'mark' has no option 'txt'", "did you mean 'text'?");
    REFUSE("mark b mode=slow", SPL_FAIL_QUERY, "'mark' wants another word for 'mode', not 'slow'", "it is one of fast|full");
    REFUSE("mark b limit=-1", SPL_FAIL_QUERY, "'mark' wants a whole number for 'limit', not '-1'", NULL);
    REFUSE("mark b deep=so", SPL_FAIL_QUERY, "'mark' wants true or false for 'deep', not 'so'", NULL);
    REFUSE("mark b text=abcdef", SPL_FAIL_QUERY, "'mark' cannot be used so: the text is too long", NULL);
    REFUSE("mark b | mar b", SPL_FAIL_QUERY, "unknown search command 'mar'", "did you mean 'mark'?");

    CHECK(spl_compile(engine, "mark b | table mark a", SPL_NTS, &query, NULL) == SPL_OK);
    text = spl_query_show(query, SPL_SHOW_FIELDS);
    CHECK(strstr(text, "b\n") && strstr(text, "a\n") && !strstr(text, "*"));
    spl_free(text);
    text = spl_query_show(query, SPL_SHOW_PLAN);
    CHECK(strstr(text, "1 mark (row-wise)") && strstr(text, "of the host: streaming"));
    spl_free(text);
    spl_query_free(query);
    text = spl_engine_help(engine, "mark");
    CHECK(text && strstr(text, "mark: a command of the host") && strstr(text, "(default full)"));
    spl_free(text);
    text = spl_engine_words(engine, "command");
    CHECK(text && strstr(text, "\nmark\n"));
    spl_free(text);
    CHECK(spl_engine_has(engine, "command:mark") && !spl_has("command:mark"));
    CHECK(opened > 0 && opened == closed);
}

/* --- rows one by one ------------------------------------------------------------------------------------ */

/* Generating: list of its arguments as it was given them. */
static spl_status echo_finish(spl_call *call, void *host, void *state)
{
    static const char *const names[] = { "all", "fields", "by", "rest", "span", "number" };
    spl_cell                 cells[6];
    size_t                   count = *(int *)host;

    (void)state;
    for (size_t i = 0; i < count; i++)
        CHECK(spl_call_argument(call, i ? names[i] : "", &cells[i]) == SPL_OK);
    return spl_emit_row(call, names, cells, count);
}

static void generating(spl_engine *engine)
{
    static int  six = 6, one = 1;
    spl_command echo = { .size = sizeof echo, .name = "echo", .kind = SPL_GENERATING, .finish = echo_finish, .host = &six,
                         .usage = " echo [span=<span>] [number=<number>] [<fields>] [by <fields>] [with <rest:rest>]" };
    spl_error  *err = NULL;
    char       *rows;

    EXPECT("| numbers", "{\"n\":1,\"square\":1,\"odd\":\"true\"}\n{\"odd\":\"false\",\"list\":[2,\"x\"]}\n{\"n\":3,\"square\":9,\"odd\":\"true\"}\n");
    EXPECT("| numbers 10000 | stats count sum(n) max(square)", "{\"count\":10000,\"sum(n)\":50004998,\"max(square)\":100000000}\n");
    EXPECT("| numbers 100000000 | head 2 | table n", "{\"n\":1}\n{}\n");
    EXPECT("| numbers 0 | stats count", "{\"count\":0}\n");
    REFUSE("head 1 | numbers", SPL_FAIL_QUERY, "'numbers' makes rows of its own: it must be the first command", NULL);

    CHECK(spl_engine_add_command(engine, &echo, &err) == SPL_FAIL_MISUSE);
    CHECK_TEXT(spl_error_message(err, 0), "the command cannot be added: an argument in its usage has two names");
    spl_error_free(err);
    err = NULL;
    echo.usage = " echo [span=<span>] [number=<number>] [<fields>] [by <fields>] [rest <rest>]";
    CHECK(spl_engine_add_command(engine, &echo, NULL) == SPL_OK);
    EXPECT("| echo", "{\"all\":\"\"}\n");
    EXPECT("| echo span=5m a, b number=2.5 by c", "{\"all\":\"span=5m a, b number=2.5 by c\",\"fields\":[\"a\",\"b\"],\"by\":\"c\",\"span\":\"5m\",\"number\":2.5}\n");
    EXPECT("| echo c rest of it = x", "{\"all\":\"c rest of it = x\",\"fields\":\"c\",\"rest\":\"of it = x\"}\n");

    echo = (spl_command){ .size = sizeof echo, .name = "raw", .kind = SPL_GENERATING, .flags = SPL_RAW_ARGUMENTS,
                          .finish = echo_finish, .host = &one, .usage = "raw <anything [you like" };
    CHECK(spl_engine_add_command(engine, &echo, NULL) == SPL_OK);
    rows = check_query(engine, "| raw  a=(\"b|c\" , d) == %", events, NULL);
    CHECK_TEXT(rows, "{\"all\":\"a=(\\\"b|c\\\" , d) == %\"}\n");
    free(rows);
}

/* --- stateful, eventing, reporting ---------------------------------------------------------------------- */

static void sequential(spl_engine *engine)
{
    spl_query  *query;
    spl_run    *run;
    spl_batch  *rows = NULL;
    int         before = closed;
    char       *text;

    EXPECT("counter | table n a made", "{\"n\":1,\"a\":1}\n{\"n\":2,\"a\":2}\n{\"n\":3,\"a\":3}\n{\"made\":\"yes\"}\n");
    EXPECT("tallied", "{\"rows\":3}\n");
    EXPECT("where a>5 | tallied", "{\"rows\":0}\n");
    CHECK(spl_engine_set(engine, "batch.rows", "1", NULL) == SPL_OK);
    EXPECT("counter 2 | table n made", "{\"n\":1}\n{\"made\":\"yes\"}\n{\"n\":2}\n{\"made\":\"yes\"}\n");
    EXPECT("backwards | table a", "{\"a\":3}\n{\"a\":2}\n{\"a\":1}\n");
    EXPECT("backwards | stats list(a) first(b) last(a)", "{\"list(a)\":[3,2,1],\"first(b)\":\"x\",\"last(a)\":1}\n");
    EXPECT("backwards | sort b | table a", "{\"a\":3}\n{\"a\":1}\n{\"a\":2}\n");
    EXPECT("backwards | tallied", "{\"rows\":3}\n");
    EXPECT("backwards | head 1 | backwards | table a", "{\"a\":3}\n");
    CHECK(spl_engine_set(engine, "batch.rows", "4096", NULL) == SPL_OK);
    CHECK(closed - before == 6);

    /* `close` comes with spl_run_free, also if rows are held and the run has not ended. */
    CHECK(spl_compile(engine, "backwards", SPL_NTS, &query, NULL) == SPL_OK);
    CHECK(spl_run_new(query, &run, NULL) == SPL_OK);
    CHECK(spl_run_push(run, "ndjson", events, strlen(events), NULL) >= 0);
    CHECK(spl_run_end(run, NULL) >= 0);
    CHECK(spl_run_next(run, &rows, NULL) == SPL_BATCH);
    spl_run_free(run);
    CHECK(closed - before == 7);
    spl_batch_release(rows);
    CHECK(spl_run_new(query, &run, NULL) == SPL_OK);
    CHECK(spl_run_push(run, "ndjson", events, strlen(events), NULL) >= 0);
    spl_run_free(run);
    CHECK(closed - before == 8);
    text = spl_query_show(query, SPL_SHOW_FIELDS);
    CHECK_TEXT(text, "*\n");
    spl_free(text);
    spl_query_free(query);
}

static void wrong_words(spl_engine *engine)
{
    static const struct { const char *usage, *message; } usages[] = {
        { "other", "its usage does not begin with its name" },
        { "word [a", "a word in its usage is not followed by = or <kind>" },
        { "word [<text>", "the brackets in its usage do not match, or nest" },
        { "word [a=<text> [b=<text>]]", "the brackets in its usage do not match, or nest" },
        { "word <what>", "a kind in its usage is none of bool, count, number, text, span, field, fields, rest, a|b" },
        { "word a=<text> a=<bool>", "a name occurs twice in its usage" },
        { "word <fields> <rest>", "its usage has two lists that stand alone" },
        { "word A=<text>", "a name in its usage is not made of lower-case letters, digits and underscores" },
        { "word a=<rest>", "<rest> in its usage stands behind =" },
    };
    spl_command word = { .size = sizeof word, .name = "word", .kind = SPL_STREAMING, .push = mark_push }, odd;
    spl_error  *err;
    char        message[200];

    for (size_t i = 0; i < sizeof usages / sizeof usages[0]; i++) {
        err = NULL;
        word.usage = usages[i].usage;
        CHECK(spl_engine_add_command(engine, &word, &err) == SPL_FAIL_MISUSE);
        snprintf(message, sizeof message, "the command cannot be added: %s", usages[i].message);
        CHECK_TEXT(spl_error_message(err, 0), message);
        spl_error_free(err);
    }
    word.usage = NULL;
    word.name = "stats";
    CHECK(spl_engine_add_command(engine, &word, &err) == SPL_FAIL_MISUSE);
    CHECK_TEXT(spl_error_message(err, 0), "the command cannot be added: a built-in command has its name");
    spl_error_free(err);
    word.name = "head";
    word.flags = SPL_HIDES;
    CHECK(spl_engine_add_command(engine, &word, NULL) == SPL_OK);
    word.flags = 0;
    CHECK(spl_engine_add_command(engine, &word, NULL) == SPL_OK);       /* now it is the host's own */
    REFUSE("head 1", SPL_FAIL_QUERY, "'head' cannot use '1'", "usage: head");
    odd = word;
    odd.kind = 6;
    CHECK(spl_engine_add_command(engine, &odd, NULL) == SPL_FAIL_MISUSE);
    odd = word;
    odd.size = 8;
    CHECK(spl_engine_add_command(engine, &odd, NULL) == SPL_FAIL_MISUSE);
    odd = word;
    odd.finish = numbers_finish;
    CHECK(spl_engine_add_command(engine, &odd, NULL) == SPL_FAIL_MISUSE);
    odd = word;
    odd.push = NULL;
    CHECK(spl_engine_add_command(engine, &odd, NULL) == SPL_FAIL_MISUSE);
    odd = word;
    odd.name = NULL;
    CHECK(spl_engine_add_command(engine, &odd, NULL) == SPL_FAIL_MISUSE);
}

int main(void)
{
    spl_engine *engine;

    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    CHECK(add_given(engine) == SPL_OK);
    streaming(engine);
    generating(engine);
    sequential(engine);
    wrong_words(engine);
    spl_engine_free(engine);
    return check_done();
}
