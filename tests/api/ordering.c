/* The order of columns is made by rows, never by how they were cut into batches: random events whose keys come and go and
 * change places, through random pipelines, give the same bytes whatever the batch size, the partitions and the threads.
 *
 *     api_ordering [SEED [CASES]]        other cases than those of every run */
#include "check.h"

#include <unistd.h>

struct text {
    char  *at;
    size_t size, room;
};

static void put(struct text *text, const char *more)
{
    size_t size = strlen(more);

    if (text->size + size + 1 > text->room)
        text->at = realloc(text->at, text->room = (text->size + size + 1) * 2);
    memcpy(text->at + text->size, more, size + 1);
    text->size += size;
}

static uint64_t    state;
static char        table_path[] = "/tmp/spl-ordering-table-XXXXXX";

static unsigned pick(unsigned most)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % most;
}

/* --- events -------------------------------------------------------------------------------------------------------- */

enum { NAMES = 8 };

static const char *const names[NAMES] = { "n", "a", "b", "c", "d", "o.x", "host", "_time" };
static const char *const values[] = { "1", "2", "3", "10", "0.1", "x", "y", "a b", "t\\u0041", "q\\\"q" };

/* Some of the names, in any order; now and then one twice. */
static unsigned shuffle(const char **name)
{
    unsigned count = 0, most = 1 + pick(6);

    while (count < most) {
        unsigned i = 0;
        name[count] = names[pick(pick(4) ? 6 : NAMES)];
        while (i < count && strcmp(name[i], name[count]) != 0)
            i++;
        if (i == count || pick(8) == 0)
            count++;
    }
    return count;
}

static const char *value_of(const char *name, unsigned kinds)
{
    return strcmp(name, "_time") == 0 ? values[pick(4)] : values[pick(kinds)];
}

static void put_member(struct text *text, const char *name)
{
    const char *value = value_of(name, sizeof values / sizeof *values);

    put(text, "\"");
    if (strcmp(name, "o.x") == 0) {
        put(text, "o\":{\"x\":\"");
        put(text, value);
        put(text, "\"}");
        return;
    }
    put(text, name);
    if (value[0] <= '9' || pick(12) == 0) {
        put(text, "\":");
        put(text, value[0] <= '9' ? value : pick(2) ? "null" : "[true,{}]");
        return;
    }
    put(text, "\":\"");
    put(text, value);
    put(text, "\"");
}

static void put_object(struct text *text)
{
    const char *name[NAMES * 2];
    unsigned    count = shuffle(name);

    put(text, "{");
    for (unsigned i = 0; i < count; i++) {
        put(text, i ? "," : "");
        put_member(text, name[i]);
    }
    put(text, "}");
}

static void put_ndjson(struct text *text)
{
    put_object(text);
    put(text, "\n");
}

static void put_pairs(struct text *text)
{
    const char *name[NAMES * 2];
    unsigned    count = shuffle(name);

    for (unsigned i = 0; i < count; i++) {
        const char *value = value_of(name[i], sizeof values / sizeof *values);
        put(text, name[i]);
        put(text, strchr(value, ' ') || strchr(value, '\\') ? "=\"" : "=");
        put(text, value);
        put(text, strchr(value, ' ') || strchr(value, '\\') ? "\" " : " ");
    }
    put(text, "\n");
}

static void put_syslog(struct text *text)
{
    static const char *const heads[] = { "<34>", "<7>", "", "severity=3 facility=2 " };
    static const char *const hosts[] = { "h1 app: ", "h2 app[7]: ", "app[8]: ", "" };

    put(text, heads[pick(4)]);
    put(text, "Oct 11 22:14:15 ");
    put(text, hosts[pick(4)]);
    put_pairs(text);
}

static void put_xml(struct text *text)
{
    const char *name[NAMES * 2];
    unsigned    count = shuffle(name);

    put(text, "<e>");
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(name[i], "_time") == 0)
            continue;
        put(text, "<");
        put(text, name[i]);
        put(text, pick(4) ? ">" : " k='v'>");
        put(text, pick(4) ? value_of(name[i], 8) : "a&amp;b");
        put(text, "</");
        put(text, name[i]);
        put(text, ">");
    }
    put(text, "</e>\n");
}

static void put_envelope(struct text *text)
{
    static const char *const parts[] = { "\"time\":17", "\"host\":\"h\\u0041\"", "\"source\":\"s\"", "\"fields\":" };
    unsigned                 from = pick(4), event = pick(5);

    put(text, "{");
    for (unsigned i = 0; i < 5; i++) {
        if (i == event) {
            put(text, i ? "," : "");
            put(text, "\"event\":");
            if (pick(4))
                put_object(text);
            else
                put(text, "\"b=1 a=\\\"2\\\" c=3\"");
        } else if (pick(2) || event > 0) {
            put(text, i ? "," : "");
            put(text, parts[(from + i) % 4]);
            if ((from + i) % 4 == 3)
                put_object(text);
        } else {
            put(text, i ? ",\"u\":1" : "\"u\":1");
        }
    }
    put(text, "}\n");
}

static void put_table(struct text *text)
{
    static const char *const tables[] = { "N  A  B\n1  x  y\n3  z  2\n", "B  N  C\n1  2  3\n", "A=1 B=2\n" };

    put(text, tables[pick(3)]);
    put(text, "\n");
}

/* Events that hold their own text, which is a table. */
static void put_texts(struct text *text)
{
    static const char *const tables[] = { "N  A  B\\n1  x  y\\n3  z  2\\n", "B  a  C\\n1  2  3\\n", "a=1" };

    put_object(text);
    text->at[--text->size] = 0;
    put(text, ",\"_raw\":\"");
    put(text, tables[pick(3)]);
    put(text, "\",\"z\":1}\n");
}

static void put_csv(struct text *text)
{
    for (unsigned i = 0; i < 5; i++) {
        static const char *const cells[] = { "", "", "1", "3", "x y", "\"q\"\"q\"" };
        put(text, i ? "," : "");
        put(text, cells[pick(i == 2 ? 4 : 6)]);
    }
    put(text, "\n");
}

static const struct kind {
    const char *format, *mode;
    void      (*put)(struct text *text);
    const char *head;
} kinds[] = {
    { "ndjson", "auto", put_ndjson, "" }, { "ndjson", "auto", put_ndjson, "" }, { "json", "auto", put_ndjson, "" },
    { "hec", "auto", put_envelope, "" }, { "kv", "auto", put_pairs, "" }, { "kv", "auto_escaped", put_pairs, "" },
    { "syslog", "auto", put_syslog, "" }, { "kv", "xml", put_xml, "" }, { "kv", "multi", put_table, "" },
    { "ndjson", "multi", put_texts, "" }, { "ndjson", "xml", put_ndjson, "" },
    { "csv", "auto", put_csv, "a,b,n,host,o.x\n" },
};

/* --- pipelines ----------------------------------------------------------------------------------------------------- */

/* @ is a field's name. */
static const char *const first[] = { "search @=*", "search n>2", "search NOT @=1", "search *", "search @=*1 OR @=x", "where @>1" };
static const char *const stages[] = {
    "where n>2", "where isnull(@)", "where @!=\"x\"", "search @=*", "search NOT @=1", "where len(@)>1", "regex @=\"[0-9x]\"",
    "dedup @", "dedup @ keepempty=t", "dedup @ @ sortby - @", "sort 0 - @", "sort @", "sort 3 @", "head 3", "tail 3", "reverse",
    "head (isnull(@)) keeplast=t", "uniq", "eval @=@.\"z\"", "eval new=@", "eval @=null()", "eval @=if(n>2,\"i\",@), e=@",
    "fields - @", "fields - _raw", "fields n @ *", "fields @ a*", "table *", "table @ * _time", "table n, *x, @", "rename @ AS r",
    "rename * AS z*", "rename @ AS @", "fillnull", "fillnull value=f @", "fillnull value=f @ *a*", "filldown", "filldown @",
    "addtotals", "addtotals col=t row=f", "addcoltotals labelfield=l", "transpose", "transpose 3 header_field=@",
    "untable @ k v", "fieldsummary | fields field count", "streamstats count BY @", "eventstats count BY @", "eventstats count",
    "append [| makeresults | eval b=1, a=2]", "append [search n>2]", "appendpipe [where n>2]", "appendpipe [stats count BY @]",
    "makemv delim=\" \" @", "mvexpand @", "rex field=@ \"(?<g>.)(?<a>.)?\"", "rex field=@ mode=sed \"s/x/y/\"",
    "replace x WITH w", "replace 1 WITH one IN @", "convert num(@)", "convert auto(*)", "bin @ span=2", "foreach * [eval t=1]",
    "foreach a* [eval m_<<FIELD>>=<<FIELD>>]", "stats count BY @", "stats values(*) AS *", "stats first(@) last(@) list(@)",
    "top @", "outlier @", "accum n", "delta n", "autoregress n", "rangemap field=n low=0-2", "strcat @ \"-\" @ s",
    "makecontinuous n", "xyseries @ b c", "chart count OVER @ BY @", "anomalydetection", "correlate", "nomv @", "concurrency duration=n",
    "rex field=@ \"(?<b>.)(?<a>.)?\"", "eventstats count AS b, sum(n) AS a BY @", "streamstats count AS c sum(n) AS @",
    "lookup t n OUTPUT b a", "eval b=1, a=2", "eval a=1 | eval @=2", "inputlookup append=t t", "sort 0 a | head 4", "dedup a b",
    "contingency @ @", "associate", "anomalousvalue", "format", "return 3 @ b", "timechart span=1s count BY @", "trendline sma2(n)",
    "sistats count BY @ | stats count BY @", "chart values(n) BY @", "predict n", "tail 2", "reverse | head 4", "uniq | tail 5",
    "eval {@}=n", "eval @.q=n", "fields - @ a*", "table b*, @, *", "collect index=x", "sort 0 - n, @ | streamstats last(@) AS p",
    "union [search n>2]", "appendcols [search @=*]",
    "append [| set union [search @=*] [search n>2]]", "join @ [search n>2 | fields @ c d]",
    "setfields new=1, @=2", "addinfo", "appendcols override=t [search n>2]", "xmlkv", "tojson @ a* output_field=j",
    "join type=left @ [search n>2 | fields @ c d]", "selfjoin @", "spath input=_raw", "mvcombine @", "tags", "rtorder",
    "cluster field=@ labelonly=t showcount=t", "anomalies field=@ labelonly=t by a", "multireport [stats count BY @] [search n>2]",
    "kmeans n", "cluster field=@ t=0.5 match=ngramset", "outputtext", "abstract maxlines=1", "relevancy",
    "eval j=json_object(\"a\",a)", "fieldformat n=n.\"!\"", "streamstats sum(n) AS s", "head 1", "tail 1", "dedup n",
};

static void put_stage(struct text *text, const char *stage)
{
    for (; *stage; stage++) {
        char letter[2] = { *stage, 0 };
        put(text, *stage == '@' ? names[pick(5)] : letter);
    }
}

static void put_query(struct text *text)
{
    unsigned count = 1 + pick(4);

    put_stage(text, first[pick(sizeof first / sizeof *first)]);
    for (unsigned i = 0; i < count; i++) {
        put(text, " | ");
        put_stage(text, stages[pick(sizeof stages / sizeof *stages)]);
    }
}

/* --- one run ------------------------------------------------------------------------------------------------------- */

static void put_taken(struct text *text, spl_writer *writer)
{
    const char *at;
    size_t      size;

    spl_writer_take(writer, &at, &size);
    if (!size)
        return;
    if (text->size + size + 1 > text->room)
        text->at = realloc(text->at, text->room = (text->size + size + 1) * 2);
    memcpy(text->at + text->size, at, size);
    text->at[text->size += size] = 0;
}

/* The rows as JSON lines and as CSV, or what went wrong. */
static struct text run(const struct kind *kind, const char *query_text, const char *path, const char *const (*set)[2])
{
    spl_engine *engine = NULL;
    spl_query  *query = NULL;
    spl_run    *run = NULL;
    spl_writer *json = NULL, *csv = NULL;
    spl_batch  *rows;
    spl_error  *err = NULL;
    struct text out = { 0 }, table = { 0 };
    spl_status  status = spl_engine_new(NULL, &engine);

    put(&out, "");
    spl_engine_set(engine, "now", "1000", NULL);
    spl_engine_set(engine, "kv-mode", kind->mode, NULL);
    CHECK(spl_engine_add_lookup(engine, "t", table_path, NULL) == SPL_OK);
    for (size_t i = 0; i < 4 && set[i][0]; i++)
        CHECK(spl_engine_set(engine, set[i][0], set[i][1], NULL) == SPL_OK);
    if (status >= 0)
        status = spl_compile(engine, query_text, SPL_NTS, &query, &err);
    if (status >= 0)
        status = spl_run_new(query, &run, &err);
    if (status >= 0)
        status = spl_run_open(run, path, kind->format, &err);
    if (status >= 0)
        status = spl_writer_new(engine, "json", &json, &err);
    if (status >= 0)
        status = spl_writer_new(engine, "csv", &csv, &err);
    while (status >= 0 && (status = spl_run_next(run, &rows, &err)) == SPL_BATCH) {
        status = spl_writer_batch(json, rows, &err);
        if (status >= 0)
            status = spl_writer_batch(csv, rows, &err);
        spl_batch_release(rows);
        put_taken(&out, json);
        put_taken(&table, csv);
    }
    while (status >= 0 && (status = spl_writer_end(csv, &err)) == SPL_BATCH)
        put_taken(&table, csv);
    if (csv)
        put_taken(&table, csv);
    if (table.at)
        put(&out, table.at);
    if (err) {
        char *shown = spl_error_render(err, 0);
        put(&out, shown);
        spl_free(shown);
    }
    free(table.at);
    spl_error_free(err);
    spl_writer_free(json);
    spl_writer_free(csv);
    spl_run_free(run);
    spl_query_free(query);
    spl_engine_free(engine);
    return out;
}

static const char *const regimes[][4][2] = {
    { { NULL } },
    { { "batch.rows", "1" } }, { { "batch.rows", "2" } }, { { "batch.rows", "3" } }, { { "batch.rows", "7" } },
    { { "batch.rows", "1" }, { "debug.partitions", "4" } }, { { "batch.rows", "2" }, { "debug.partitions", "4" } },
    { { "batch.rows", "3" }, { "debug.partitions", "4" } }, { { "threads", "4" } },
    { { "batch.rows", "3" }, { "debug.rewrite", "off" } }, { { "batch.rows", "2" }, { "debug.prefilter", "off" } },
    { { "batch.rows", "2" }, { "temp.directory", "/tmp" }, { "debug.spill", "2" } },
};
enum { REGIMES = sizeof regimes / sizeof *regimes };

/* Where dedup puts rows aside, columns of rows that it drops are there, if a command made rows with columns of their own;
 * where join does, columns stand in the order of the rows that waited; sums of fractions are rounded where they are put
 * aside. */
static int is_meant(size_t regime, const char *query)
{
    return regime + 1 < REGIMES || !((strstr(query, "dedup") && (strstr(query, "append") || strstr(query, "tot"))) ||
                                     strstr(query, "| join") || strstr(query, ", sum(n)"));
}

static void compare(const struct kind *kind, const char *query, const char *path, const struct text *events)
{
    struct text want = run(kind, query, path, regimes[0]);

    for (size_t i = 1; i < REGIMES && is_meant(i, query); i++) {
        struct text got = run(kind, query, path, regimes[i]);
        if (!CHECK(strcmp(got.at, want.at) == 0)) {
            printf("    %s=%s %s: %s (%s)\n", regimes[i][0][0], regimes[i][0][1], regimes[i][1][0] ? regimes[i][1][0] : "",
                   query, kind->format);
            printf("--- events\n%.3000s--- one batch\n%.2000s--- this\n%.2000s", events->at, want.at, got.at);
            free(got.at);
            break;
        }
        free(got.at);
    }
    free(want.at);
}

/* Few rows, so that it matters which are there. */
static void small_case(uint64_t seed, const char *path)
{
    struct text        events = { 0 }, query = { 0 };
    const struct kind *kind;
    unsigned           count;

    state = seed * 2654435761u + 1;
    pick(2);
    kind = &kinds[pick(sizeof kinds / sizeof *kinds)];
    put(&events, kind->head);
    for (count = 2 + pick(12); count > 0; count--)
        kind->put(&events);
    put_query(&query);
    check_write(path, events.at, events.size);
    compare(kind, query.at, path, &events);
    free(events.at);
    free(query.at);
}

/* Several blocks, so that threads have something to share; the last ones bring keys that the first do not have. */
static void large_case(const struct kind *kind, const char *path)
{
    static const char *const queries[] = { "search n=3 | dedup a b c d", "search n=10 | sort 20 - a", "search n=2 a=x | tail 30",
                                           "where n>2 AND isnull(a) | head 50", "search a=y | fillnull | head 40 | transpose 40" };
    struct text              events = { 0 };

    state = 7;
    put(&events, kind->head);
    while (events.size < 5 << 20)
        kind->put(&events);
    check_write(path, events.at, events.size);
    events.at[0] = 0;
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
        compare(kind, queries[i], path, &events);
    free(events.at);
}

/* The thread sanitizer makes each many times slower. */
#ifdef __SANITIZE_THREAD__
enum { CASES = 150 };
#else
enum { CASES = 600 };
#endif

int main(int count, char **word)
{
    uint64_t seed = count > 1 ? strtoull(word[1], NULL, 10) : 1, cases = count > 2 ? strtoull(word[2], NULL, 10) : CASES;
    char     path[] = "/tmp/spl-ordering-XXXXXX";
    int      file = mkstemp(path), table = mkstemp(table_path);

    CHECK(file >= 0 && table >= 0);
    close(file);
    CHECK(write(table, "n,a,b,c\n1,la,lb,\n2,,lb,\n3,x,,z\n", 32) == 32);
    close(table);
    for (uint64_t i = 0; i < cases; i++)
        small_case(seed + i, path);
    if (count < 2) {
        large_case(&kinds[0], path);
        large_case(&kinds[4], path);
    }
    unlink(path);
    unlink(table_path);
    return check_done();
}
