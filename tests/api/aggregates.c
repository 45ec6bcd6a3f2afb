/* Every aggregate there is, and commands that count, divided among one to seven parts of the input and put together again in trees of any shape and
 * order: the result is that of the whole, to the last digits, and to the last bit that of any other tree. */
#include "../runner/divided.h"
#include "halves.h"

enum { PARTS = 7, LINES = 60, FORMS_LEAST = 12 };

/* --- the input ----------------------------------------------------------------------------------------------------- */

static unsigned random_state = 1;

static unsigned chance(unsigned of)
{
    random_state = random_state * 1103515245u + 12345u;
    return (random_state >> 16) % of;
}

static char        lines[LINES * 200];
static const char *line[LINES + 1];             /* where each begins; the last: the end */

/* Numbers, fractions, numbers as text, texts, empty ones, nulls, lists; some fields are in a few lines only; data points. */
static void write_lines(void)
{
    static const char *const values[] = { "3", "1", "2.5", "-7", "0.1", "\"4\"", "\"9.50\"", "\"t\"", "\"\"", "null", "1e3", "0.7" };
    static const char *const lists[] = { "[1,2]", "[\"a\",\"b\",\"a\"]", "[]", "5", "[0.5,\"x\",3]", "null" };
    static const char *const groups[] = { "\"p\"", "\"q\"", "\"r\"", "null", "[\"p\",\"s\"]" };
    static const char *const times[] = { "100", "115.5", "90", "131", "102", "null", "160" };
    char                    *at = lines;

    for (int i = 0; i < LINES; i++) {
        line[i] = at;
        at += sprintf(at, "{\"_time\":%s,\"g\":%s,\"h\":%u,\"x\":%s,\"m\":%s", times[chance(7)], groups[chance(i % 3 ? 3 : 5)],
                      chance(2), values[chance(12)], lists[chance(6)]);
        if (i > 15 && i < 25)
            at += sprintf(at, ",\"x1\":%s", values[chance(12)]);
        if (i > 20)
            at += sprintf(at, ",\"x2\":%u", chance(5));
        at += sprintf(at, ",\"metric_name:c\":%d}\n", i * i + (i > 30 ? -900 : 0));
    }
    line[LINES] = at;
}

/* --- one query, one division --------------------------------------------------------------------------------------- */

static size_t size_of(int from, int to) { return (size_t)(line[to] - line[from]); }

/* Some of the rows become one, in the order they happen to be in. */
static spl_status merge_some(const spl_query *merge, struct rows *rows, int *count, spl_error **err)
{
    int         from = (int)chance((unsigned)*count), some = 1 + (int)chance((unsigned)(*count - from));
    struct rows made = { .any = 0 };
    spl_run    *run = NULL;
    spl_status  status = give(merge, rows + from, some, &run, err);

    if (status >= 0)
        status = take(run, &made, err);
    spl_run_free(run);
    for (int i = from; i < from + some; i++)
        drop(&rows[i]);
    rows[from] = made;
    memmove(rows + from + 1, rows + from + some, (size_t)(*count - from - some) * sizeof *rows);
    *count -= some - 1;
    return status;
}

static void shuffle(struct rows *rows, int count)
{
    for (int i = count - 1; i > 0; i--) {
        int         other = (int)chance((unsigned)i + 1);
        struct rows kept = rows[i];
        rows[i] = rows[other];
        rows[other] = kept;
    }
}

/* `cut`: where the parts end; parts may be empty. */
static char *run_divided(spl_engine *engine, spl_query *const *half, const int *cut, int parts, spl_error **err)
{
    struct rows rows[PARTS] = { { .any = 0 } };
    spl_run    *run = NULL;
    spl_status  status = SPL_OK;
    char       *text = NULL;
    int         count = parts;

    for (int i = 0; i < parts && status >= 0; i++)
        status = map_part(half[0], i, line[i ? cut[i - 1] : 0], size_of(i ? cut[i - 1] : 0, cut[i]), &rows[i], err);
    shuffle(rows, count);
    for (unsigned merges = chance(4); merges > 0 && status >= 0; merges--) {
        status = merge_some(half[1], rows, &count, err);
        shuffle(rows, count);
    }
    if (status >= 0)
        status = give(half[2], rows, count, &run, err);
    if (status >= 0)
        text = check_rows(engine, run, err);
    spl_run_free(run);
    for (int i = 0; i < count; i++)
        drop(&rows[i]);
    return text;
}

static void cut_lines(int *cut, int parts)
{
    for (int i = 0; i < parts; i++)
        cut[i] = i + 1 < parts ? (int)chance(LINES + 1) : LINES;
    for (int i = 1; i < parts; i++)
        for (int j = i; j > 0 && cut[j] < cut[j - 1]; j--) {
            int kept = cut[j];
            cut[j] = cut[j - 1];
            cut[j - 1] = kept;
        }
    if (parts > 2 && chance(2))                 /* one without any line */
        cut[1] = cut[0];
}

static void show(const char *query, const int *cut, int parts, const char *is, const char *not)
{
    printf("%s\n  parts end at", query);
    for (int i = 0; i < parts; i++)
        printf(" %d", cut[i]);
    printf("\n--- is\n%s--- not\n%s", is ? is : "(failed)\n", not);
}

/* 0: the query cannot be compiled, as the aggregate may not stand there. */
static int test_query(spl_engine *engine, const char *text)
{
    spl_query *half[3] = { NULL, NULL, NULL };
    spl_error *err = NULL;
    char      *whole;
    int        cut[PARTS];

    if (split(engine, text, half, &err) < 0) {
        spl_error_free(err);
        return 0;
    }
    whole = check_query(engine, text, lines, &err);
    if (!CHECK(whole && half[0] && half[1])) {
        printf("  %s\n", text);
        free(whole);
        free_halves(half);
        return 1;
    }
    for (int parts = 1; parts <= PARTS; parts++) {
        char *first = NULL;
        cut_lines(cut, parts);
        for (int tree = 0; tree < 3; tree++) {
            char *got = run_divided(engine, half, cut, parts, &err);
            if (!CHECK(got && !err && (divided_same(whole, got))))
                show(text, cut, parts, got, whole);
            if (first && got && !CHECK(strcmp(first, got) == 0))
                show(text, cut, parts, got, first);
            if (first)
                free(got);
            else
                first = got;
            spl_error_free(err);
            err = NULL;
        }
        free(first);
    }
    free(whole);
    free_halves(half);
    return 1;
}

/* --- all aggregates ------------------------------------------------------------------------------------------------ */

/* % stands for the function. */
static const char *const forms[] = {
    "stats %(x)", "stats %(x) BY g", "stats %(x) %(m) BY g h", "stats %(m)", "stats %(m) BY m", "stats %(x1) BY g",
    "stats %(nothing)", "stats %(nothing) count BY g", "stats %(*) BY g", "stats %(x*) AS y*", "stats allnum=t %(x) BY g",
    "stats %(eval(x*2)) AS v BY g", "stats %(eval(if(h=1, m, null()))) AS v", "stats %(eval(h=1)) AS v BY g",
    "stats dedup_splitvals=t %(x) BY m", "search h=7 | stats %(x) BY g", "search x=3 | stats %(x) count",
    "stats sparkline(%(x), 10s) AS s BY g", "stats sparkline(%(x)) AS s", "stats sparkline(%(x*), 20s) AS s*",
    "eval _time=_time*_time/3 | stats sparkline(%(x)) AS s BY h", "eval _time=_time*_time/3 | timechart %(x) BY h",
    "chart %(x) OVER g BY h", "chart %(x) %(m) BY g", "chart limit=1 %(x) OVER h BY g", "chart %(eval(x+1)) OVER h BY g",
    "timechart span=20s %(x)", "timechart %(x) BY g", "timechart span=20s limit=1 %(x) BY g",
    "sistats %(x) BY g | stats %(x) BY g", "| tstats %(x) BY g h", "| tstats %(x) WHERE h=1",
    "| mstats %(c)", "| mstats %(c) WHERE h=1 BY g", "| mstats %(c) BY g span=20s", "| mstats %(c*) AS c*",
    "| mstats %(_value) AS v WHERE metric_name=* BY metric_name h",
    "| mstats chart=t %(c) BY h span=20s", "eval x=x/7 | stats %(x) BY h", "stats %", "stats % BY g", "timechart span=20s %",
    "eval lat=_time/7, lon=h*10 | geostats maxzoomlevel=2 %(x) BY g",
    "eval lat=_time/7, lon=h*10 | geostats maxzoomlevel=1 globallimit=1 locallimit=1 %(x) %(m) BY g",
    "eval lat=_time/7, lon=_time/3 | geostats translatetoxy=f maxzoomlevel=1 %(x) BY g h",
    "eval lat=_time/7, lon=_time/3 | geostats %(x)",
};

/* Commands that count values instead. */
static const char *const counting[] = {
    "fieldsummary", "fieldsummary maxvals=2 x* m* g*", "contingency g h", "contingency maxrows=2 mincolcover=0.5 x m{}",
    "correlate", "fields - source* | correlate", "top 3 x BY g", "rare x h", "sitop x | top x",
};

static void fill_form(const char *form, const char *function, char *out)
{
    for (; *form; form++) {
        if (*form == '%')
            out += sprintf(out, "%s", function);
        else
            *out++ = *form;
    }
    *out = 0;
}

static void test_aggregate(spl_engine *engine, const char *name)
{
    static const char *const percents[] = { "0", "25", "99.9" };
    char                     function[64], text[400], asked[64];
    int                      compiled = 0;
    int                      percent;

    snprintf(asked, sizeof asked, "aggregate:%s", name);
    percent = strcmp(name, "p") == 0 || strcmp(name + strlen(name) - (strlen(name) < 4 ? 0 : 4), "perc") == 0;
    for (int i = 0; i < (percent ? 3 : 1); i++) {
        snprintf(function, sizeof function, "%s%s", name, percent ? percents[i] : "");
        for (size_t j = 0; j < sizeof forms / sizeof *forms; j++) {
            fill_form(forms[j], function, text);
            compiled += test_query(engine, text);
        }
    }
    if (!CHECK(compiled >= (strncmp(name, "per_", 4) == 0 ? 3 : strncmp(name, "rate_", 5) == 0 ? 5 : FORMS_LEAST)))
        printf("  only %d forms of %s\n", compiled, name);
}

int main(void)
{
    spl_engine *engine;
    char       *names, *name, *end;
    int         count = 0;

    if (spl_engine_new(NULL, &engine) < 0)
        return 3;
    write_lines();
    names = spl_engine_words(engine, "aggregate");
    for (name = names; name && *name; name = end + 1, count++) {
        end = strchr(name, '\n');
        *end = 0;
        test_aggregate(engine, name);
    }
    CHECK(count >= 38);
    for (size_t i = 0; i < sizeof counting / sizeof *counting; i++)
        CHECK(test_query(engine, counting[i]));
    spl_free(names);
    spl_engine_free(engine);
    return check_done();
}
