/* spl_query_split: what the halves are, and that no way of putting the parts together changes the result. */
#include "halves.h"

enum { PARTS = 4 };

static const char *const part[PARTS] = {
    "{\"h\":\"a\",\"x\":0.1,\"u\":\"p\"}\n{\"h\":\"b\",\"x\":0.2,\"u\":\"q\"}\n",
    "{\"h\":\"a\",\"x\":0.7,\"u\":\"q\"}\n",
    "{\"h\":\"c\",\"x\":1e9,\"u\":\"\"}\n{\"h\":\"a\",\"x\":1e-9,\"u\":\"s\"}\n{\"h\":\"b\",\"x\":\"none\"}\n",
    "{\"h\":\"b\",\"x\":0.3,\"u\":\"r\"}\n{\"h\":\"a\",\"x\":3.3,\"u\":\"p\"}\n",
};

/* `order`: numbers of parts, with ( and ) around those that are merged first: "(01)2(3)". */
static char *put_together(spl_engine *engine, spl_query *const *half, const char *order, spl_error **err)
{
    struct rows rows[PARTS + 1] = { { .any = 0 } };
    int         count = 0, open = -1;
    spl_run    *run = NULL;
    spl_status  status = SPL_OK;
    char       *text = NULL;

    for (; *order && status >= 0; order++) {
        if (*order == '(') {
            open = count;
        } else if (*order == ')') {
            status = give(half[1], rows + open, count - open, &run, err);
            if (status >= 0)
                status = take(run, &rows[open], err);
            spl_run_free(run);
            run = NULL;
            count = open + 1;
        } else {
            status = map_part(half[0], *order - '0', part[*order - '0'], strlen(part[*order - '0']), &rows[count++], err);
        }
    }
    if (status >= 0)
        status = give(half[2], rows, count, &run, err);
    if (status >= 0)
        text = check_rows(engine, run, err);
    spl_run_free(run);
    for (int i = 0; i <= PARTS; i++)
        drop(&rows[i]);
    return text;
}

static char *text_of(const spl_query *query) { return query ? spl_query_show(query, SPL_SHOW_TEXT) : NULL; }

static void expect(spl_engine *engine, const char *query, const char *map, const char *merge, const char *reduce)
{
    const char *want[3] = { map, merge, reduce };
    spl_query  *half[3] = { NULL, NULL, NULL };
    spl_error  *err = NULL;

    CHECK(split(engine, query, half, &err) == SPL_OK && !err);
    for (int i = 0; i < 3; i++) {
        char *text = text_of(half[i]);
        if (want[i])
            CHECK_TEXT(text, want[i]);
        else
            CHECK(!half[i]);
        spl_free(text);
    }
    free_halves(half);
}

/* The texts, a query for every class of command. */
static void test_halves(spl_engine *engine)
{
    spl_error *err = NULL;

    expect(engine, "error | eval y=x+1 | stats count BY h | where count>1", "error | eval y=x+1 | sistats count BY h\n",
           "| sistats count BY h\n", "| stats count BY h | where count>1\n");
    expect(engine, "| STATS avg(x)", "| sistats avg(x)\n", "| sistats avg(x)\n", "| STATS avg(x)\n");
    expect(engine, "search earliest=10 latest=20 a | timechart count", "search earliest=10 latest=20 a | sitimechart count\n",
           "| sitimechart count\n", "search earliest=\"10\" latest=\"20\" | timechart count\n");
    expect(engine, "x | chart limit=2 count OVER h", "x | sichart limit=2 count OVER h\n",
           "| sichart limit=2 count OVER h\n", "| chart limit=2 count OVER h\n");
    expect(engine, "x | top 3 u", "x | sitop 3 u\n", "| sitop 3 u\n", "| top 3 u\n");
    expect(engine, "x | rare u", "x | sirare u\n", "| sirare u\n", "| rare u\n");
    expect(engine, "x | sistats count", "x | sistats count\n", "| sistats count\n", "| sistats count\n");
    expect(engine, "x | sort 5 -u | head 1", "x | sort 5 -u\n", "| sort 5 -u\n", "| sort 5 -u | head 1\n");
    expect(engine, "x | head 5", "x | head 5\n", "| head 5\n", "| head 5\n");
    expect(engine, "x | tail 5", "x | tail 5 | reverse\n", "| tail 5 | reverse\n", "| tail 5\n");
    expect(engine, "x | dedup u sortby x", "x | dedup u sortby x\n", "| dedup u sortby x\n", "| dedup u sortby x\n");
    /* nothing to merge: what is row-wise, with the fields that the rest reads */
    expect(engine, "x | sort 0 u | table u, x", "x | table \"u\", \"x\"\n", NULL, "| sort 0 u | table u, x\n");
    expect(engine, "streamstats count", "search *\n", NULL, "| streamstats count\n");
    expect(engine, "x | dedup u consecutive=t", "x\n", NULL, "| dedup u consecutive=t\n");
    expect(engine, "x | dedup u keepevents=t", "x\n", NULL, "| dedup u keepevents=t\n");
    expect(engine, "x | head (y<5)", "x\n", NULL, "| head (y<5)\n");
    expect(engine, "x | eventstats count", "x\n", NULL, "| eventstats count\n");
    expect(engine, "x | eval y=1", "x | eval y=1\n", NULL, "search *\n");
    expect(engine, "x | fieldformat y=tostring(y) | sort 0 y", "x\n", NULL, "| fieldformat y=tostring(y) | sort 0 y\n");
    /* not to be divided */
    expect(engine, "| makeresults count=3 | stats count", NULL, NULL, "| makeresults count=3 | stats count\n");
    CHECK(spl_engine_add_macro(engine, "half", "stats count BY h", &err) == SPL_OK);
    expect(engine, "x | `half` | sort h", "x | sistats count BY h\n", "| sistats count BY h\n",
           "| stats count BY h | sort h\n");
}

static const char *const queries[] = {
    "stats count sum(x) avg(x) stdev(x) var(x) first(u) last(u) list(u) earliest(u) values(u) mode(u) BY h",
    "stats sum(x) sumsq(x) perc50(x) dc(u) estdc(u) min(u) max(u) first(x) list(*)",
    "chart sum(x) OVER u BY h",
    "top u",
    "eval t=x*3 | stats sum(eval(t/7)) AS s count(eval(x>0.2)) AS n BY u",
};

/* The order of parts and the shape of the tree are of no account, to the last digit. */
static void test_trees(spl_engine *engine)
{
    static const char *const orders[] = { "3210", "(01)(23)", "(0)(1)(2)(3)", "(12)3(0)", "((23)1)0", "(0123)", "2031" };

    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        spl_query *half[3] = { NULL, NULL, NULL };
        spl_error *err = NULL;
        char      *first;
        CHECK(split(engine, queries[i], half, &err) == SPL_OK);
        first = put_together(engine, half, "0123", &err);
        CHECK(first && *first && !err);
        for (size_t j = 0; first && j < sizeof orders / sizeof *orders; j++) {
            char *again = put_together(engine, half, orders[j], &err);
            CHECK_TEXT(again, first);
            free(again);
        }
        free(first);
        free_halves(half);
    }
}

/* Rows in order: a part that gives nothing is no part. */
static void test_rows(spl_engine *engine)
{
    spl_query *half[3] = { NULL, NULL, NULL };
    spl_error *err = NULL;
    char      *rows;

    CHECK(split(engine, "search u=* | eval _k=-x | sort 2 _k | table h, x", half, &err) == SPL_OK);
    rows = put_together(engine, half, "(01)(23)", &err);
    CHECK_TEXT(rows, "{\"h\":\"c\",\"x\":1e9}\n{\"h\":\"a\",\"x\":3.3}\n");
    free(rows);
    free_halves(half);
    CHECK(split(engine, "search u=p | tail 1 | table x", half, &err) == SPL_OK);
    rows = put_together(engine, half, "01(23)", &err);
    CHECK_TEXT(rows, "{\"x\":3.3}\n");
    free(rows);
    free_halves(half);
    CHECK(!err);
}

/* `merge` need not be asked for; options that were set are kept. */
static void test_asking(void)
{
    spl_engine *engine;
    spl_query  *query, *map, *reduce;
    spl_error  *err = NULL;
    char       *rows;
    spl_run    *run;

    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    CHECK(spl_engine_set(engine, "now", "1700000000", &err) == SPL_OK);
    CHECK(spl_compile(engine, "eval n=now() | stats max(n) AS n", SPL_NTS, &query, &err) == SPL_OK);
    CHECK(spl_engine_set(engine, "now", "5", &err) == SPL_OK);
    CHECK(spl_query_split(query, &map, NULL, &reduce, &err) == SPL_OK);
    spl_query_free(query);
    CHECK(spl_run_new(map, &run, &err) == SPL_OK);
    CHECK(spl_run_push(run, "ndjson", "{}\n", 3, &err) == SPL_OK && spl_run_end(run, &err) == SPL_OK);
    rows = check_rows(engine, run, &err);
    CHECK(rows && strstr(rows, "1700000000"));
    free(rows);
    spl_run_free(run);
    spl_query_free(map);
    spl_query_free(reduce);
    spl_engine_free(engine);
}

/* Every allocation fails once. */
static void test_memory(void)
{
    struct counter counter = { 0 };
    spl_allocator  memory = counter_allocator(&counter);
    long           calls = 1;
    int            done = 0;

    for (counter.budget = 1; !done && calls < 20000; counter.budget += 7) {
        spl_engine *engine = NULL;
        spl_query  *half[3] = { NULL, NULL, NULL };
        spl_error  *err = NULL;
        char       *rows = NULL;
        calls = counter.budget;
        counter.calls = 0;
        if (spl_engine_new(&memory, &engine) >= 0 && split(engine, queries[0], half, &err) >= 0)
            rows = put_together(engine, half, "(01)2", &err);
        done = rows != NULL;
        if (!done)
            CHECK(!engine || err);
        free(rows);
        free_halves(half);
        spl_error_free(err);
        spl_engine_free(engine);
        CHECK(counter.blocks == 0);
    }
    CHECK(done);
}

int main(void)
{
    spl_engine *engine;

    if (spl_engine_new(NULL, &engine) < 0)
        return 3;
    test_halves(engine);
    test_trees(engine);
    test_rows(engine);
    test_asking();
    spl_engine_free(engine);
    test_memory();
    return check_done();
}
