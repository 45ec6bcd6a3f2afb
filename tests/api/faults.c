/* Every allocation of a query fails once, alone or with all that follow: a proper failure, nothing leaked, no crash.
 * Inputs are cut at every byte: the rows are those of the whole lines, whatever the pieces. */
#include "check.h"

#include <unistd.h>

static const char events[] =
    "{\"_time\":1700000000,\"host\":\"h1\",\"a\":1,\"b\":\"x y\",\"c\":[\"p\",\"q\"],\"d\":\"k=v, q=\\\"w\\\"\",\"metric_name:a\":5}\n"
    "{\"_time\":1700000060,\"host\":\"h2\",\"a\":\"2.50\",\"b\":\"X\",\"ip\":\"10.1.2.3\",\"o\":{\"k\":[{\"v\":1},{\"v\":2}]}}\n"
    "{\"_time\":1700003600,\"host\":\"h1\",\"a\":-3,\"b\":\"\\u00e9\\n\",\"c\":\"q\",\"metric_name:a\":7}\n"
    "{\"_time\":1700090000,\"a\":\"abc\",\"b\":\"x\"}\n";

static const char *const queries[] = {
    "table *",
    "search a>1 OR b=\"x*\" NOT host=h9 q | fields - _raw",
    "where like(b, \"x%\") AND a IN (1, 2, \"names\") | eval z=a*2+len(b), w=if(z>3, \"big\", null()) | table z w",
    "eval m=mvappend(c, b), n=mvjoin(m, \";\"), s=strftime(_time, \"%F %T %Z\"), j=json_object(\"a\", a), r=replace(b, \"(x)\", \"<\\1>\")",
    "| tstats prestats=t count, avg(D.a) FROM datamodel=M.D WHERE D.b=x* BY D.host _time | tstats prestats=t append=t"
    " fillnull_value=n dc(PREFIX(a=)) BY o.k | stats count BY D.host",
    "| mstats chart=t avg(a) max(_v*) WHERE host=* span=1h BY host",
    "| mstats rate_avg(a) rate_sum(a) WHERE host=* span=auto BY _timeseries | head 3",
    "sistats avg(a) stdev(a) count(a) BY host | fields - psrsvd_state | stats avg(a) var(a) count(a) BY host",
    "contingency prestats=t a b | contingency a b | fieldsummary prestats=t | fieldsummary maxvals=1 | correlate prestats=t | correlate",
    "sitimechart span=1h count, sum(a) BY host | timechart span=1d count, avg(a) BY host",
    "sichart count OVER a BY host | chart count OVER a",
    "sitop b BY host | top b",
    "sistats count, sum(a), avg(a), min(b), dc(b), values(*), list(b), first(a), perc50(a), sparkline(count) AS s BY host"
    " | stats count sum(a) min(b) dc(*) first(a) sparkline(count) AS s BY host",
    "stats count, sum(a), avg(a), min(b), max(b), dc(b), values(c), list(b), first(a), latest(b), perc50(a), stdev(a), mode(b) BY host",
    "eventstats avg(a) AS m BY host | sort - a, b | head 3 | table a m",
    "timechart span=1h count, sum(a) BY host | fillnull value=0",
    "top 2 b BY host | rename percent AS p",
    "rare b showperc=false | reverse",
    "rex field=d \"(?<key>\\w+)=(?<value>\\w+)\" | rex field=b mode=sed \"s/x/z/g\" | regex b!=\"^q\" | dedup b | uniq | tail 2",
    "bin span=10 a | stats sparkline(count, 1h) AS s BY a | `macro(3)`",
    "| makeresults count=3 | eval x=random() % 1, y=md5(\"q\") | table x y",
    "| makeresults format=csv data=\"a,b\n1,2\n3,4\" | table a b",
    "spath | spath path=o.k{}.v output=v | fromjson _raw prefix=r_ | tojson auto(a) b output_field=j | makejson d* j output=k | table *",
    "extract mv_add=t | eval _raw=\"<r><i n='1'>x&lt;y</i></r>\" | xmlkv | xpath \"//i/@n\" | spath | xmlunescape | reltime"
    " | addinfo | setfields q=\"1\" | extract pairdelim=\">\" kvdelim=\"=\" | table *",
    "eval _raw=\"A B\n1 2\n\nC D\n3 4\" | multikv rmorig=f | typer | tags outputfield=t | table a A C t | mvcombine A | nomv A",
    "| gentimes start=-3 increment=12h | table starthuman endtime",
    "foreach a b* c [eval <<FIELD>>_x=<<FIELD>>.\"!\" | rex field=<<FIELD>> \"(?<<<FIELD>>_y>.)\"] | fieldformat b=a.b | sort b"
    " | rename b AS q | table a_x b_y q",
    "makemv delim=\"x\" b | foreach mode=multivalue b [eval n=mvappend(n, <<ITEM>>), <<ITEM>>_<<ITER>>=\"<<ITEM>>:\".a] | table n",
    "search starttime=\"2023 11 14\" timeformat=\"%Y %m %d\" eventtype=x OR tag=y | where searchmatch(b.\"=x*\") | table a",
    "bin bins=3 a | search [ search b | head 1 | fields b ]",
    "concurrency duration=a output=n | outlier a n param=0 mark=t | fieldsummary a b c | contingency field count | correlate",
    "anomalydetection action=annotate | anomalousvalue action=annotate minsupcount=1 maxanofreq=1 pthresh=0.9"
    " | associate supcnt=0 supfreq=0 improv=0 b host a",
    "anomalousvalue action=summary | anomalydetection action=summary | anomalydetection method=iqr action=remove",
    "timechart span=1d count sum(a) AS s | predict count AS p algorithm=LL | timewrap 1d series=exact time_format=%A",
    "eval z=_time%7, y=z+1 | predict z y algorithm=BiLL future_timespan=1 | predict z AS q period=2 future_timespan=0",
    "eval lat=10, lon=20 | geostats maxzoomlevel=1 globallimit=1 count values(b) BY host | geostats count",
    "eval lat=10, lon=20 | geostats maxzoomlevel=1 prestats=t count avg(a) BY host | geostats maxzoomlevel=1 globallimit=1"
    " count avg(a) BY host",
    "head [search host=h1 | stats count | return $count] | eval x=[makeresults | eval y=5 | return $y],"
    " z=[search [search b=x | return 2 host] | return $a] | table x z",
    "foreach a c* [eval x=<<FIELD>> [makeresults | eval y=\"+ 5\" | return $y]] | stats sum([makeresults | eval y=\"x\""
    " | return $y]) BY [makeresults | eval y=\"host\" | return $y] | eval b=1, z=b [makeresults | eval y=\".b\" | return $y]",
    "table b | map maxsearches=9 search=\"search b=\\\"$b$\\\" [search a=1 | return host] | eval z=$_serial_id$ | append [makeresults"
    " | map [search host=h1 | head $_serial_id$ | table a]]\"",
    "eval ip=split(\"192.0.2.1 \".ip, \" \") | iplocation prefix=g allfields=t lang=\"de,code\" ip | table g*",
    "| savedsearch s u=x* earliest=0 | append [from savedsearch:s] | union savedsearch:s | map [savedsearch s u=$a$]",
    "table a host | append [search b=x | table host z] | appendpipe [stats count BY host | append [makeresults]]",
    "| nosuch | eval x=uper(1)) | stats cont",
    "lookup t k AS b OUTPUT v | lookup w k AS b OUTPUTNEW v AS n, net | eval x=lookup(\"w\", json_object(\"k\", b), json_array(\"v\"))",
    "| inputlookup start=1 w where v=* | inputlookup append=t t | lookup nosuch k",
    "join max=0 type=left usetime=t b [search host=* | eval z=split(b, \",\")] | join a overwrite=f [search * | table a n z]",
    "error | abstract maxlines=1 | relevancy | anomalies field=b labelonly=t by host | diff attribute=b context=t",
    "multireport [cofilter host b] [arules sup=1 conf=0 host b a] [analyzefields classfield=host] [overlap]",
    "| makeresults count=12 | streamstats count AS a | x11 add5(a) AS b | kmeans k=2-3 a b",
    "multireport [folderize attr=b sep=x maxfolders=1] [bucketdir pathfield=b sizefield=a maxcount=1 sep=x] [anomalies denylist=t field=k]",
    "cluster field=b t=0.5 match=ngramset showcount=t | gauge a cluster_count 5 | multireport [localize] [outputtext]",
    "transaction b host connected=f maxspan=1m endswith=\"a=2\" mvraw=t | union [search b=x | table b] lookup:t",
};

/* The text of the subsearch is no expression. */
static const char *const failing[] = {
    "where foo=[search host=h1 | return $b]", "map search=\"search host=$host$ | head $b$\"",
};

/* Those that put state aside on disk, here after every row. */
static const char *const spilling[] = {
    "sort 0 - a, b | table *",
    "stats count sum(a) avg(a) dc(b) values(c) mode(b) list(b) perc50(a) stdev(a) first(c) latest(b) BY host",
    "stats allnum=t dc(*) sum(*) values(c)",
    "dedup keepevents=t keepempty=t b host sortby a | table *",
    "eventstats avg(a) AS m list(b) BY host | reverse | bin bins=3 m",
    "top 2 b c BY host | rare b showperc=f limit=1 useother=t",
    "top limit=0 a | sitop a | top a",
    "timechart limit=1 span=1h count avg(a) BY b | table *",
    "chart agg=min limit=1 useother=t count dc(b) values(c) eval(sum(a)/count) AS e OVER a BY host",
    "chart sparkline(count) AS s sum(a) BY host b | sichart count OVER a",
    "sitimechart count, sum(a) BY host | timechart count, avg(a) BY host",
    "contingency a host maxrows=2 | stats sparkline(sum(a), 1h) AS s BY host",
    "fillnull | untable host k v | xyseries host k v",
    "foreach a b* [eval <<FIELD>>=1] | tail 3 | xyseries grouped=t host b a",
    "makecontinuous a span=1 | timewrap 1d | correlate",
    "concurrency duration=a output=n | predict _time AS p algorithm=LL future_timespan=1",
    "anomalydetection method=histogram action=annotate | appendpipe [eval z=1] | append [search b=x]",
    "join max=0 type=left b [search host=* | eval z=a, b=split(b, \",\")] | join [makeresults count=2 | eval q=1]",
    "join left=L right=R where L.b=R.b [search *] | appendcols override=t [search * | eval z=split(b, \"x\")]",
    "sort b | map [search b=$b$ | table *]",
    "union [search b=x] [search host=* | eval z=1] | selfjoin max=0 keepsingle=t b | rtorder buffer_span=1s | require",
    "| set diff [search b=x | table b host] [| union lookup:t [search host=* | table b host]]",
    "transaction host maxevents=2 startswith=(a=1) endswith=eval(a>1) keepevicted=t keeporphans=t mvlist=b | nomv b",
    "eventstats sum(a) AS s values(b) by b | eventstats dc(a)",
    "kmeans a | multireport [kmeans k=2-3 a] [analyzefields classfield=b] | relevancy",
    "| makeresults count=12 | streamstats count AS a | x11 add5(a) AS b | reverse",
    "cluster field=b t=0.5 labelonly=t showcount=t | multireport [sort 0 - a] [stats count BY cluster_label]",
    "| tstats count avg(a) WHERE host=* BY _time host",
    ("eval lat=a*10, lon=20 | geostats maxzoomlevel=1 prestats=t count avg(a) values(c) BY b | geostats maxzoomlevel=1"
     " globallimit=2 locallimit=1 count avg(a) values(c) BY b"),
};
static int spills;

static char table[] = "/tmp/spl_faults_XXXXXX";

static int make_table(void)
{
    static const char text[] = "k,v,net\nx,1,10.0.0.0/8\n*x*,2,\nlonger*pattern,3,::/0\n";
    int               file = mkstemp(table), whole;

    if (file < 0)
        return 0;
    whole = write(file, text, sizeof text - 1) == (ssize_t)sizeof text - 1;
    close(file);
    return whole;
}

/* Those that are read in other ways, a row a batch. */
static const struct given { const char *mode, *format, *events; } given[] = {
    { "xml", "kv", "<r k='1'><a>x &amp; y</a><a>2</a><b/></r>\n<r><c d=\"e\">f</c>\n" },
    { "xml", "ndjson", "{\"host\":\"h\",\"_raw\":\"<r>\\n<a>1</a></r>\"}\n" },
    { "multi", "hec", "{\"time\":5,\"event\":\"A B\\n1 2\\n3 4\\n\\nC D\\n5 6\",\"fields\":{\"f\":[1,\"\\u00e9\"]}}" },
    { "multi", "kv", "A B\n1 2\n\nx=1\n" },
    { "none", "hec", "{\"time\":5,\"event\":{\"a\":1},\"fields\":{\"f\":[1,2]}}" },
    { "auto_escaped", "kv", "a=\"x\\\"y\" b=1\n" },
};
static const struct given *now_given;       /* NULL: `events`, as they are recognised */

static struct faulty {
    long calls, fatal, blocks;          /* from call `fatal` on: one fails, or all */
    int  all;
} faulty;

static void *faulty_resize(void *host, void *block, size_t old_size, size_t size)
{
    long call;

    if (size == 0) {
        faulty.blocks -= block != NULL;
        free(block);
        return NULL;
    }
    call = faulty.calls++;
    if (call == faulty.fatal || (faulty.all && call > faulty.fatal && faulty.fatal >= 0))
        return NULL;
    faulty.blocks += block == NULL;
    return realloc(block, size);
}

static spl_status attempt(const char *text, size_t piece, spl_error **err)
{
    spl_allocator memory = { sizeof memory, faulty_resize, &faulty };
    spl_engine   *engine = NULL;
    spl_query    *query = NULL;
    spl_run      *run = NULL;
    spl_writer   *writer = NULL;
    spl_batch    *rows = NULL;
    spl_status    status = spl_engine_new(&memory, &engine);
    const char   *at, *bytes = now_given ? now_given->events : events;
    size_t        size = 0, end = strlen(bytes);

    if (status < 0)
        return status;
    if (now_given)
        status = spl_engine_set(engine, "kv-mode", now_given->mode, err);
    if (status >= 0 && now_given)
        status = spl_engine_set(engine, "batch.rows", "1", err);
    if (status >= 0)
        status = spl_engine_set(engine, "now", "1700000000", err);
    if (status >= 0 && spills)
        status = spl_engine_set(engine, "temp.directory", "/tmp", err);
    if (status >= 0 && spills)
        status = spl_engine_set(engine, "debug.spill", "1", err);
    if (status >= 0 && spills)
        status = spl_engine_set(engine, "batch.rows", "1", err);
    if (status >= 0)
        status = spl_engine_set(engine, "geo.database", PLACES, err);
    if (status >= 0)
        status = spl_engine_add_macro(engine, "macro(x)", "head $x$", err);
    if (status >= 0)
        status = spl_engine_add_list(engine, "names", "1, x", err);
    if (status >= 0)
        status = spl_engine_add_lookup(engine, "t", table, err);
    if (status >= 0)
        status = spl_engine_define(engine, SPL_LOOKUP, "w", "filename=t; match_type=WILDCARD(k); filter=v>0; max_matches=5", err);
    if (status >= 0)
        status = spl_engine_define(engine, SPL_MACRO_EVAL, "made(n)", "\"b=\".n", err);
    if (status >= 0)
        status = spl_engine_define(engine, SPL_MACRO_VALIDATION, "made(n)", "len(n)>0", err);
    if (status >= 0)
        status = spl_engine_define(engine, SPL_EVENTTYPE, "x", "`made(x*)` OR tag=z", err);
    if (status >= 0)
        status = spl_engine_define(engine, SPL_TAG, "y", "eventtype=x", err);
    if (status >= 0)
        status = spl_engine_define(engine, SPL_SAVED_SEARCH, "s", "`made($u$)` | table a", err);
    if (status >= 0)
        status = spl_compile(engine, text, SPL_NTS, &query, err);
    for (int32_t what = SPL_SHOW_TEXT; status >= 0 && what <= SPL_SHOW_FIELDS; what++)
        spl_free(spl_query_show(query, what));
    if (status >= 0)
        status = spl_run_new(query, &run, err);
    if (status >= 0)
        status = spl_writer_new(engine, "csv", &writer, err);
    for (size_t i = 0; status >= 0 && status != SPL_DONE && i < end; i += piece)
        status = spl_run_push(run, now_given ? now_given->format : "auto", bytes + i, end - i < piece ? end - i : piece, err);
    if (status >= 0 && status != SPL_DONE)
        status = spl_run_end(run, err);
    while (status >= 0 && (status = spl_run_next(run, &rows, err)) == SPL_BATCH) {
        status = spl_writer_batch(writer, rows, err);
        spl_batch_release(rows);
    }
    if (status >= 0)
        while ((status = spl_writer_end(writer, err)) == SPL_BATCH)
            spl_writer_take(writer, &at, &size);
    if (status >= 0)
        spl_writer_take(writer, &at, &size);
    spl_writer_free(writer);
    spl_run_free(run);
    spl_query_free(query);
    spl_engine_free(engine);
    return status;
}

/* How the query ends when nothing fails. */
static spl_status healthy(const char *text)
{
    spl_error *err = NULL;
    spl_status status;

    faulty = (struct faulty){ .fatal = -1 };
    status = attempt(text, 100, &err);
    if (status < 0 && status != SPL_FAIL_QUERY) {
        char *shown = spl_error_render(err, 0);
        printf("%s\n%s", text, shown);
        spl_free(shown);
    }
    CHECK((status < 0) == (err != NULL));
    spl_error_free(err);
    CHECK(faulty.blocks == 0);
    return status;
}

static void out_of_memory(const char *text, int all)
{
    spl_status end = healthy(text), status, told;
    long       calls = faulty.calls, bad = 0;
    spl_error *err;
    int        good;

    CHECK(calls > 50);
    for (long fatal = 0; fatal < calls; fatal++) {
        err = NULL;
        faulty = (struct faulty){ .fatal = fatal, .all = all };
        status = attempt(text, 100, &err);
        told = spl_error_status(err);               /* the error itself may be what there was no memory for */
        good = err ? told == status || told == SPL_FAIL_MEMORY : status >= 0 || status == SPL_FAIL_MEMORY;
        spl_error_free(err);
        /* A cache that could not be made may be done without: then the end is the usual one. */
        if ((faulty.blocks || !good || !(status == SPL_FAIL_MEMORY || status == end)) && !bad++)
            printf("%s\n  allocation %ld%s: status %d, told %d, %ld blocks left\n", text, fatal,
                   all ? " and all that follow" : "", status, told, faulty.blocks);
    }
    CHECK(bad == 0);
}

static void cut_everywhere(const char *text)
{
    spl_engine *engine;
    spl_query  *query;
    spl_error  *err = NULL;
    char       *whole = NULL;
    size_t      size = sizeof events - 1;

    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    if (spl_engine_set(engine, "now", "1700000000", NULL) < 0 || spl_engine_add_macro(engine, "macro(x)", "head $x$", NULL) < 0 ||
        spl_compile(engine, text, SPL_NTS, &query, NULL) < 0) {
        spl_engine_free(engine);
        return;
    }
    for (size_t cut = 0; cut <= size; cut++) {
        spl_run *run;
        char    *rows;

        CHECK(spl_run_new(query, &run, NULL) == SPL_OK);
        if (spl_run_push(run, "ndjson", events, cut, &err) >= 0 && spl_run_push(run, "ndjson", events + cut, size - cut, &err) >= 0)
            spl_run_end(run, &err);
        rows = check_rows(engine, run, &err);
        CHECK(rows != NULL);
        if (!whole)
            whole = rows;
        else if (rows && strcmp(whole, rows) != 0)
            check_text(rows, whole, text, __FILE__, (int)cut);
        if (rows != whole)
            free(rows);
        spl_run_free(run);
    }
    free(whole);

    /* An input that ends too early: rows or a failure, never worse. */
    for (size_t cut = 0; cut <= size; cut++) {
        spl_run *run;

        CHECK(spl_run_new(query, &run, NULL) == SPL_OK);
        err = NULL;
        if (spl_run_push(run, cut % 2 ? "auto" : "json", events, cut, &err) >= 0)
            spl_run_end(run, &err);
        free(check_rows(engine, run, err ? NULL : &err));
        spl_error_free(err);
        spl_run_free(run);
    }
    spl_query_free(query);
    spl_engine_free(engine);
}

int main(void)
{
    if (!make_table())
        return 3;
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        out_of_memory(queries[i], 0);
        out_of_memory(queries[i], 1);
        cut_everywhere(queries[i]);
    }
    for (size_t i = 0; i < sizeof failing / sizeof *failing; i++) {
        out_of_memory(failing[i], 0);
        out_of_memory(failing[i], 1);
    }
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        now_given = &given[i];
        out_of_memory("table *", 0);
        out_of_memory("table *", 1);
    }
    now_given = NULL;
    spills = 1;
    for (size_t i = 0; i < sizeof spilling / sizeof *spilling; i++) {
        out_of_memory(spilling[i], 0);
        out_of_memory(spilling[i], 1);
    }
    unlink(table);
    return check_done();
}
