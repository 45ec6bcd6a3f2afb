/* Commands of the host: of every kind, their arguments and failures; the rules of callbacks. */
#include "host.h"

/* --- streaming: mark <field> [as <field>] [text=<text>] ------------------------------------------------- */

static int opened, closed;

static spl_status mark_check(spl_call *call, void *host)
{
    spl_cell text;

    (void)host;
    CHECK(spl_call_argument(call, "text", &text) == SPL_OK && text.kind == SPL_TEXT);
    CHECK(spl_call_argument(call, "nosuch", &text) == SPL_FAIL_MISUSE);
    CHECK(spl_emit_row(call, NULL, NULL, 0) == SPL_FAIL_MISUSE);
    spl_call_argument(call, "text", &text);
    return text.length > 5 ? spl_call_fail(call, "the text is too long") : SPL_OK;
}

struct mark {
    const char *field, *as;
    spl_cell    text;
};

static char *copy_text(spl_call *call, const spl_cell *cell)
{
    char *text = spl_call_memory(call, cell->length + 1);

    if (text) {
        memcpy(text, cell->text, cell->length);
        text[cell->length] = 0;
    }
    return text;
}

static spl_status mark_open(spl_call *call, void *host, void **state)
{
    struct mark *mark = spl_call_memory(call, sizeof *mark);
    spl_cell     cell;

    (void)host;
    if (!mark)
        return SPL_FAIL_MEMORY;
    spl_call_argument(call, "field", &cell);
    mark->field = copy_text(call, &cell);
    spl_call_argument(call, "as", &cell);
    mark->as = cell.kind == SPL_NULL ? "mark" : copy_text(call, &cell);
    spl_call_argument(call, "text", &mark->text);
    mark->text.text = copy_text(call, &mark->text);
    *state = mark;
    __atomic_add_fetch(&opened, 1, __ATOMIC_RELAXED);
    return mark->field && mark->as && mark->text.text ? SPL_OK : spl_call_fail(call, "no memory");
}

static void mark_close(void *host, void *state)
{
    (void)host;
    CHECK(state != NULL);
    __atomic_add_fetch(&closed, 1, __ATOMIC_RELAXED);
}

/* Rows with the field get the text before its value; rows without it are dropped. */
static spl_status mark_push(spl_call *call, void *host, void *state, const spl_batch *batch)
{
    struct mark    *mark = state;
    size_t          rows = spl_batch_rows(batch), column = spl_batch_find(batch, mark->field);
    spl_cell       *cells = spl_call_memory(call, rows * sizeof *cells);
    unsigned char  *keep = spl_call_memory(call, rows);
    const spl_cell *columns[1];

    (void)host;
    if (!cells || !keep)
        return spl_call_fail(call, "no memory");
    memset(cells, 0, rows * sizeof *cells);
    for (size_t i = 0; i < rows; i++) {
        spl_cell cell = { 0 };
        char    *text;
        if (column != SPL_NTS)
            spl_batch_cell(batch, i, column, &cell);
        keep[i] = cell.kind == SPL_TEXT;
        if (!keep[i])
            continue;
        text = spl_call_memory(call, mark->text.length + cell.length);
        if (!text)
            return spl_call_fail(call, "no memory");
        memcpy(text, mark->text.text, mark->text.length);
        memcpy(text + mark->text.length, cell.text, cell.length);
        cells[i].kind = SPL_TEXT;
        cells[i].text = text;
        cells[i].length = mark->text.length + cell.length;
    }
    columns[0] = cells;
    return spl_emit_batch(call, batch, keep, &mark->as, columns, 1);
}

static spl_command mark_given(void)
{
    spl_command mark = { .size = sizeof mark, .name = "mark" };

    mark.usage = "mark <field> [as <field>] [text=<text=!>] [mode=<fast|full=full>] [limit=<count>] [deep=<bool>]";
    mark.reads = "";
    mark.kind = SPL_STREAMING;
    mark.check = mark_check;
    mark.open = mark_open;
    mark.push = mark_push;
    mark.close = mark_close;
    return mark;
}

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
/* Generating: numbers [<count>] [names=<fields>] */
static spl_status numbers_finish(spl_call *call, void *host, void *state)
{
    static const char *const names[] = { "n", "square", "odd" }, *const other[] = { "odd", "list" };
    spl_cell                 count;

    (void)host;
    (void)state;
    spl_call_argument(call, "count", &count);
    for (double n = 1; n <= count.number; n++) {
        spl_cell   pair[2] = { number_cell(n), text_cell("x") }, cells[3] = { number_cell(n), number_cell(n * n), { .kind = SPL_TRUTH } };
        spl_status status;
        cells[2].number = (int)n % 2;
        if ((int)n == 2) {
            cells[0] = cells[2];
            cells[1] = (spl_cell){ .kind = SPL_LIST, .list = pair, .length = 2 };
            status = spl_emit_row(call, other, cells, 2);
        } else {
            status = spl_emit_row(call, names, cells, 3);
        }
        if (status != SPL_OK)
            return status;
    }
    return SPL_OK;
}

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
    spl_command numbers = { .size = sizeof numbers, .name = "numbers", .usage = "numbers [<count=3>]", .kind = SPL_GENERATING,
                            .finish = numbers_finish };
    spl_command echo = { .size = sizeof echo, .name = "echo", .kind = SPL_GENERATING, .finish = echo_finish, .host = &six,
                         .usage = " echo [span=<span>] [number=<number>] [<fields>] [by <fields>] [with <rest:rest>]" };
    spl_error  *err = NULL;
    char       *rows;

    CHECK(spl_engine_add_command(engine, &numbers, NULL) == SPL_OK);
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

/* Stateful: counter [<most>]: a running number; behind row `most` it wants no more. Each row is followed by one of its own. */
static spl_status counter_push(spl_call *call, void *host, void *state, const spl_batch *batch)
{
    static const char *const n = "n", *const made = "made";
    size_t                   rows = spl_batch_rows(batch);
    spl_cell                *cells = spl_call_memory(call, rows * sizeof *cells), most, one = text_cell("yes");
    const spl_cell          *columns[1];
    long                    *count = state;
    spl_status               status;

    (void)host;
    if (!cells)
        return SPL_FAIL_MEMORY;
    spl_call_argument(call, "most", &most);
    for (size_t i = 0; i < rows; i++)
        cells[i] = number_cell((double)++*count);
    columns[0] = cells;
    status = spl_emit_batch(call, batch, NULL, &n, columns, 1);
    if (status == SPL_OK)
        status = spl_emit_row(call, &made, &one, 1);
    return status != SPL_OK ? status : most.kind == SPL_NUMBER && (double)*count >= most.number ? SPL_DONE : SPL_OK;
}

static spl_status counter_open(spl_call *call, void *host, void **state)
{
    (void)host;
    *state = spl_call_memory(call, sizeof(long));
    if (*state)
        memset(*state, 0, sizeof(long));
    return *state ? SPL_OK : SPL_FAIL_MEMORY;
}

/* Eventing: backwards: keeps its batches, puts them out last first, with their last row only; then a row of its own. */
struct kept {
    spl_batch *batch[100];
    size_t     count;
};

static spl_status backwards_open(spl_call *call, void *host, void **state)
{
    (void)call;
    (void)host;
    *state = calloc(1, sizeof(struct kept));
    return *state ? SPL_OK : SPL_FAIL_MEMORY;
}

static spl_status backwards_push(spl_call *call, void *host, void *state, const spl_batch *batch)
{
    struct kept *kept = state;

    (void)call;
    (void)host;
    if (kept->count == 100)
        return spl_call_fail(call, "too many");
    spl_batch_retain(kept->batch[kept->count++] = (spl_batch *)batch);
    return SPL_OK;
}

static spl_status backwards_finish(spl_call *call, void *host, void *state)
{
    struct kept *kept = state;
    spl_status   status = SPL_OK;

    (void)host;
    for (size_t i = kept->count; i-- > 0 && status == SPL_OK;) {
        unsigned char keep[5000] = { 0 };
        keep[spl_batch_rows(kept->batch[i]) - 1] = 1;
        status = spl_emit_batch(call, kept->batch[i], keep, NULL, NULL, 0);
    }
    return status;
}

static void backwards_close(void *host, void *state)
{
    struct kept *kept = state;

    (void)host;
    for (size_t i = 0; i < kept->count; i++)
        spl_batch_release(kept->batch[i]);
    free(kept);
    closed++;
}

/* Reporting: tallied: how many rows. */
static spl_status tallied_push(spl_call *call, void *host, void *state, const spl_batch *batch)
{
    (void)call;
    (void)host;
    *(long *)state += (long)spl_batch_rows(batch);
    return SPL_OK;
}

static spl_status tallied_finish(spl_call *call, void *host, void *state)
{
    static const char *const name = "rows";
    spl_cell                 cell = number_cell((double)*(long *)state);

    (void)host;
    return spl_emit_row(call, &name, &cell, 1);
}

static void sequential(spl_engine *engine)
{
    spl_command counter = { .size = sizeof counter, .name = "counter", .usage = "counter [<most:count>]", .kind = SPL_STATEFUL,
                            .reads = "", .open = counter_open, .push = counter_push };
    spl_command backwards = { .size = sizeof backwards, .name = "backwards", .kind = SPL_EVENTING, .open = backwards_open,
                              .push = backwards_push, .finish = backwards_finish, .close = backwards_close };
    spl_command tallied = { .size = sizeof tallied, .name = "tallied", .kind = SPL_REPORTING, .reads = "", .open = counter_open,
                            .push = tallied_push, .finish = tallied_finish };
    spl_query  *query;
    spl_run    *run;
    spl_batch  *rows = NULL;
    int         before = closed;
    char       *text;

    CHECK(spl_engine_add_command(engine, &counter, NULL) == SPL_OK);
    CHECK(spl_engine_add_command(engine, &backwards, NULL) == SPL_OK);
    CHECK(spl_engine_add_command(engine, &tallied, NULL) == SPL_OK);
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

/* --- rules of callbacks --------------------------------------------------------------------------------- */

static spl_run *current;

/* bad <what>: a failure of some sort. */
static spl_status bad_push(spl_call *call, void *host, void *state, const spl_batch *batch)
{
    static const char *const names[] = { "x", "" };
    spl_cell                 what, cell = number_cell(1);
    spl_batch               *rows;
    char                     is;

    (void)state;
    spl_call_argument(call, "what", &what);
    is = *what.text;
    if (is == 'm')
        return spl_call_fail(call, "because");
    if (is == 's')
        return SPL_FAIL_HOST;
    if (is == 'k')
        spl_batch_retain(*(spl_batch **)host = (spl_batch *)batch);
    if (is == 'c') {
        cell.kind = 77;
        spl_emit_row(call, names, &cell, 1);
    }
    if (is == 'n')
        spl_emit_row(call, names + 1, &cell, 1);
    if (is == 'r') {
        CHECK(spl_run_next(current, &rows, NULL) == SPL_FAIL_MISUSE);
        CHECK(spl_run_push(current, NULL, "", 0, NULL) == SPL_FAIL_MISUSE);
        CHECK(spl_run_end(current, NULL) == SPL_FAIL_MISUSE);
        spl_run_cancel(current);
    }
    return spl_emit_batch(call, batch, NULL, NULL, NULL, 0);
}

static spl_status bad_open(spl_call *call, void *host, void **state)
{
    spl_cell what;

    (void)host;
    (void)state;
    spl_call_argument(call, "what", &what);
    return *what.text == 'o' ? spl_call_fail(call, "not today") : SPL_OK;
}

static void failures(spl_engine *engine)
{
    static spl_batch *kept;
    spl_command       bad = { .size = sizeof bad, .name = "bad", .usage = "bad <what:text>", .kind = SPL_STREAMING, .host = &kept,
                              .open = bad_open, .push = bad_push };
    spl_query        *query;
    spl_batch        *rows;

    CHECK(spl_engine_add_command(engine, &bad, NULL) == SPL_OK);
    REFUSE("bad m", SPL_FAIL_HOST, "bad failed: because", NULL);
    REFUSE("bad s | stats count", SPL_FAIL_HOST, "bad failed: it did not say why", NULL);
    REFUSE("bad o", SPL_FAIL_HOST, "bad failed: not today", NULL);
    REFUSE("bad c", SPL_FAIL_HOST, "bad: it emitted a cell that is no value", NULL);
    REFUSE("bad n", SPL_FAIL_HOST, "bad: it emitted a field without a name", NULL);
    REFUSE("bad x | bad m", SPL_FAIL_HOST, "bad failed: because", NULL);
    REFUSE("bad k", SPL_FAIL_HOST, "bad failed: a streaming command may not keep its batches", NULL);
    spl_batch_release(kept);
    CHECK(spl_compile(engine, "bad r", SPL_NTS, &query, NULL) == SPL_OK);
    CHECK(spl_run_new(query, &current, NULL) == SPL_OK);
    CHECK(spl_run_push(current, "ndjson", events, strlen(events), NULL) >= 0);
    spl_run_end(current, NULL);
    CHECK(spl_run_next(current, &rows, NULL) == SPL_FAIL_CANCELLED);
    spl_run_free(current);
    spl_query_free(query);
}

/* A command that does something outside sees all its rows; one that keeps a batch may do so beyond its run. */
static spl_status effect_push(spl_call *call, void *host, void *state, const spl_batch *batch)
{
    static const char *const name = "n";
    spl_cell                 cell = number_cell(1);

    (void)state;
    *(long *)host += (long)spl_batch_rows(batch);
    return spl_emit_row(call, &name, &cell, 1);
}

static spl_status keep_push(spl_call *call, void *host, void *state, const spl_batch *batch)
{
    (void)state;
    if (!*(spl_batch **)host)
        spl_batch_retain(*(spl_batch **)host = (spl_batch *)batch);
    return spl_emit_batch(call, batch, NULL, NULL, NULL, 0);
}

static void effects(spl_engine *engine)
{
    static long       seen;
    static spl_batch *kept;
    spl_command       effect = { .size = sizeof effect, .name = "effect", .kind = SPL_STREAMING, .flags = SPL_EFFECT, .host = &seen,
                                 .push = effect_push };
    spl_command       keep = { .size = sizeof keep, .name = "keep", .kind = SPL_STATEFUL, .host = &kept, .push = keep_push };
    spl_cell          cell;

    CHECK(spl_engine_add_command(engine, &effect, NULL) == SPL_OK);
    CHECK(spl_engine_add_command(engine, &keep, NULL) == SPL_OK);
    CHECK(spl_engine_set(engine, "batch.rows", "1", NULL) == SPL_OK);
    EXPECT("effect | head 1", "{\"n\":1}\n");
    CHECK(seen == 3);
    CHECK(spl_engine_set(engine, "batch.rows", "4096", NULL) == SPL_OK);
    EXPECT("where a>1 | keep | mark b | table a b mark",
           "{\"a\":2,\"b\":\"y\",\"mark\":\"!y\"}\n{\"a\":3,\"b\":\"x\",\"mark\":\"!x\"}\n");
    CHECK(kept && spl_batch_rows(kept) == 2);
    CHECK(kept && spl_batch_cell(kept, 1, spl_batch_find(kept, "b"), &cell) == SPL_OK && cell.length == 1 && *cell.text == 'x');
    spl_batch_release(kept);
}

static int32_t found(void *host, const spl_rule *rule, spl_batch *batch)
{
    CHECK(spl_watch_end(*(spl_watch **)host, NULL) == SPL_FAIL_MISUSE);
    CHECK(spl_batch_rows(batch) > 0 && rule != NULL);
    return 0;
}

static void watches(spl_engine *engine)
{
    static spl_watch *watch;
    spl_rules        *rules;

    CHECK(spl_rules_new(engine, &rules, NULL) == SPL_OK);
    CHECK(spl_rules_add(rules, "one", NULL, "mark b | counter", SPL_NTS, NULL) == SPL_OK);
    CHECK(spl_rules_add(rules, "two", NULL, "where a=2 | mark b | backwards", SPL_NTS, NULL) == SPL_OK);
    CHECK(spl_watch_new(rules, found, &watch, &watch, NULL) == SPL_OK);
    CHECK(spl_watch_push(watch, "ndjson", events, strlen(events), NULL) == SPL_OK);
    CHECK(spl_watch_end(watch, NULL) == SPL_OK);
    CHECK(spl_watch_rows(watch, 0) == 4 && spl_watch_rows(watch, 1) == 1);
    spl_watch_free(watch);
    spl_rules_free(rules);
}

static int drops;

static void drop(void *host)
{
    drops += host == &drops;
}

/* A word replaced stays with the queries that were compiled with it; each is dropped once. */
static void versions(void)
{
    spl_command word = { .size = sizeof word, .name = "word", .kind = SPL_GENERATING, .finish = numbers_finish, .usage = "word [<count=1>]",
                         .host = &drops, .drop = drop };
    spl_engine *engine;
    spl_query  *old, *newer;
    spl_run    *run;
    char       *rows;

    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    CHECK(spl_engine_add_command(engine, &word, NULL) == SPL_OK);
    CHECK(spl_compile(engine, "| word | table n", SPL_NTS, &old, NULL) == SPL_OK);
    word.usage = "word";
    CHECK(spl_engine_add_command(engine, &word, NULL) == SPL_OK);
    CHECK(spl_compile(engine, "| word 1", SPL_NTS, &newer, NULL) == SPL_FAIL_QUERY);
    CHECK(spl_run_new(old, &run, NULL) == SPL_OK);
    rows = check_rows(engine, run, NULL);
    CHECK_TEXT(rows, "{\"n\":1}\n");
    free(rows);
    spl_query_free(old);
    spl_engine_free(engine);
    CHECK(drops == 0);
    spl_run_free(run);
    CHECK(drops == 2);
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
    spl_command word = { .size = sizeof word, .name = "word", .kind = SPL_STREAMING, .push = bad_push }, odd;
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

/* --- threads and memory --------------------------------------------------------------------------------- */

static void threaded(spl_engine *engine)
{
    static const char *const queries[] = {
        "mark b text=\"<\" | where a%5000=0 | table a mark", "mark b | stats count list(a) min(mark) by b",
        "counter | where a%9000=7 | table n a", "mark b | tallied", "backwards | mark b | table a b mark", "backwards | stats list(a) by b",
        "mark b | bad x | head 3 | table a",
    };

    check_threads(engine, queries, sizeof queries / sizeof queries[0], "bad m | stats count");
}

static spl_status add_some(spl_engine *engine)
{
    spl_command mark = mark_given();
    spl_command counter = { .size = sizeof counter, .name = "counter", .usage = "counter [<most:count>]", .kind = SPL_STATEFUL,
                            .reads = "", .open = counter_open, .push = counter_push };
    spl_command backwards = { .size = sizeof backwards, .name = "backwards", .kind = SPL_EVENTING, .open = backwards_open,
                              .push = backwards_push, .finish = backwards_finish, .close = backwards_close };
    spl_command numbers = { .size = sizeof numbers, .name = "numbers", .usage = "numbers [<count=3>]", .kind = SPL_GENERATING,
                            .finish = numbers_finish };
    const spl_command *const given[] = { &mark, &counter, &backwards, &numbers };
    spl_status               status = SPL_OK;

    for (size_t i = 0; i < sizeof given / sizeof given[0] && status >= 0; i++)
        status = spl_engine_add_command(engine, given[i], NULL);
    return status;
}

int main(void)
{
    spl_command mark = mark_given();
    spl_engine *engine;
    long        left = 0;

    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    CHECK(spl_engine_add_command(engine, &mark, NULL) == SPL_OK);
    streaming(engine);
    generating(engine);
    sequential(engine);
    failures(engine);
    effects(engine);
    watches(engine);
    versions();
    threaded(engine);
    wrong_words(engine);
    spl_engine_free(engine);
    check_allocations(add_some, "mark b | counter | stats min(mark) max(n) by b", events, &left);
    check_allocations(add_some, "| numbers 3 | backwards | table n list", NULL, &left);
    return check_done();
}
