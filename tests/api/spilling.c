/* A bound on memory with a folder for temporary files: the same rows as without a bound, memory below it, no file left or
 * even to be seen; and what is said where there is no folder, a wrong one, or no room in it. */
#include "check.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

/* 150,000 rows: n counts, k has as many values, g a thousand. Unbounded each of these holds more than 10 MB. */
#define ROWS "| makeresults count=150000 | streamstats count AS n | eval k=md5(tostring(n)), g=n%1000, v=n/7 | "

static const char *const queries[] = {
    ROWS "sort 0 k | table k n g",
    ROWS "sort 100000 - g, k | table k n",
    ROWS "stats count sum(v) avg(v) stdev(v) min(k) last(n) BY k",
    ROWS "stats dc(k) count",
    ROWS "eval k=if(n%40000==1, \"zz\", k) | stats mode(k) dc(k) AS d first(k)",
    ROWS "stats dc(k) mode(g) perc90(v) list(n) BY g",
    ROWS "eval m=split(tostring(g).\",\".k, \",\") | stats values(g) first(n) BY m n | stats count sum(n)",
    ROWS "dedup k sortby - n | table n k",
    ROWS "eventstats avg(v) AS m min(k) AS d BY g | table n k g m d",
    ROWS "reverse | streamstats count AS m | table n m k",
    ROWS "bin bins=30 v | stats count BY v g",
    ROWS "eval k=substr(k,1,5) | dedup 2 k g keepevents=t | table n k g v",
    ROWS "eval w=if(n%3==0,null(),n.k) | dedup w keepempty=t | stats count avg(v) first(n) last(n)",
    ROWS "top 10 k",
    ROWS "top limit=5 useother=t g BY k",
    ROWS "rare limit=0 k | table k count",
    ROWS "eval _time=n | timechart span=1h count avg(v) BY k",
    ROWS "eval _time=n*60, c=n%50 | timechart limit=3 agg=max span=10m avg(v) max(k) BY c",
    ROWS "eval _time=n*7 | timechart bins=40000 dc(k) sum(n)",
    ROWS "eval c=n%7 | chart limit=4 useother=t count sum(v) AS s eval(sum(v)/2) AS e OVER k BY c",
    ROWS "eval c=v%3 | chart values(c) sparkline(sum(v)) AS s count OVER k",
    ROWS "eval _time=n | stats sparkline(count) AS s sparkline(avg(v), 1h) BY k",
    ROWS "contingency k g maxrows=20 maxcols=30",
    ROWS "eval lat=n%1700/9.7-80, lon=n%3500/9.9-170, c=n%50 | geostats globallimit=20 locallimit=2 maxzoomlevel=6"
         " count avg(v) dc(k) BY c",
    ROWS "eval lat=n%17*10-80, lon=n%35 | geostats translatetoxy=f maxzoomlevel=1 sum(v) min(k) BY k",
    ROWS "eval lat=n%1700/9.7-80, lon=n/900-80 | geostats sum(v) BY g",
    ROWS "eval lat=n%1700/9.7-80, lon=n/900-80 | geostats prestats=t sum(v) BY k",
    ROWS "eval _time=n | sitimechart span=1m avg(v) BY k | timechart span=1h avg(v) BY k",
    ROWS "eventstats count max(v) AS m first(n) AS f BY k | table n k m count f",
    ROWS "eval k=if(n%5==0,null(),substr(k,1,4)), m=\"old\" | eventstats dc(v) AS m values(g) AS w sum(n) BY k | table n k m w sum*",
    ROWS "eventstats dc(k) AS d | table n k d",
    ROWS "eval k=substr(k,1,4) | table k n | mvcombine n | eval c=mvcount(n), l=mvindex(n,-1) | table k c l",
    ROWS "eval w=if(n%3==0,null(),k) | fillnull value=none | table n w k",
    ROWS "foreach k* [eval <<FIELD>>=<<FIELD>>.n] | table n k",
    ROWS "tail 140000 | table n k g",
    ROWS "table n k v | untable n f w",
    ROWS "makecontinuous g span=3 | table g n k",
    ROWS "eval h=n%5 | xyseries k h v | table k 0 1 2 3 4",
    ROWS "eval h=n%3, t=floor(n/3) | xyseries grouped=t t h k v",
    ROWS "eval _time=n*60 | table _time k | timewrap 7d series=short",
    ROWS "concurrency start=g duration=v | table n k concurrency",
    ROWS "eval k=substr(k,1,8) | stats values(k) AS v dc(k)",     /* 3.6 MB of cells and texts */
    ROWS "eval k=substr(k,1,3).g | stats mode(k) values(k) AS v dc(v) BY g",
    ROWS "fieldsummary",
    ROWS "eval m=split(k.\",\".g.\",\".(n%50000), \",\") | fieldsummary maxvals=3 m v",
    ROWS "fieldsummary prestats=t k v",
    ROWS "fieldsummary prestats=t k v | fieldsummary",
    ROWS "outlier param=0.1 uselower=t v | table n v",
    ROWS "eval k=if(n%40==0, k, \"x\") | anomalousvalue action=annotate | table n Anomaly*",
    ROWS "anomalydetection method=histogram action=annotate | table n log_event_prob probable_cause",
    ROWS "eval h=g%90 | associate supcnt=100 supfreq=0 | fields - Description",
    ROWS "anomalydetection method=histogram action=annotate g | table n k log_event_prob probable_cause",
    ROWS "head 60000 | eval l=k.k.k.k | predict v AS p algorithm=LLT | table n l p",
    ROWS "table n k | appendpipe [eval k=upper(k)] | table n k",
    ROWS "table n k g | multireport [eval k=upper(k)] [stats count BY g] | table n k g count",
    ROWS "eval v=v+n%10*100000 | table n k v | kmeans k=4 reps=1 v | table n k v CLUSTERNUM",
    ROWS "eval c=n%3, v=v*c | table n k c v | analyzefields classfield=c",
    ROWS "head 60000 | eval v=1000+n%12*n | table n k v | x11 12(v) AS y | table n k y",
    ROWS "table n k | eval _raw=k | search a* OR NOT zz | relevancy | table n k relevancy",
    ROWS "eval k=substr(k,1,2) | table n k g | cluster field=k labelonly=t showcount=t | table n k cluster*",
    ROWS "table n k g | outputlookup kept.csv",
    ROWS "eval k=k.k | table n k | outputcsv kept | stats count",
    "| makeresults count=3 | streamstats count AS i | map [" ROWS "where n%3>0 OR $i$=2 | eval i=$i$ | table n k i] | table n k i",
    "| makeresults count=3 | append maxout=0 [" ROWS "table n k] | table n k",
    "| union maxout=0 [" ROWS "table n k] [" ROWS "eval k=n | table k g] | table n k g",
    ROWS "table n k | join max=0 k [" ROWS "eval w=n | where w%3>0 | table k w g] | table n k w g",
    ROWS "table n k | join type=left overwrite=f g k [" ROWS "eval n=-n | sort 0 - k | table k n g] | table n k g",
    ROWS "table n v | join type=left max=2 [" ROWS "reverse | eval w=g | table n w] | table n w v",
    "| set diff [" ROWS "eval m=n%70000 | table m g] [" ROWS "eval m=n%30000 | table m g] | table m g",
    ROWS "eval k=substr(k,1,4), m=n%7 | table n k g m | selfjoin max=0 keepsingle=t k m | table n k g m",
    ROWS "eval _time=n, id=n%9000 | transaction id maxspan=30000 keeporphans=t | table _time id n duration eventcount k",
    ROWS "table n k | appendcols override=t maxout=0 [" ROWS "eval k=upper(k) | table k g] | table n k g",
};

/* Sums that are not whole, in so many groups that those of one segment of the input do not fit: to the last digit. The
 * rows are those from above, or are pushed as the shortest lines there are. */
#define NUMBERS "streamstats count AS n | eval k=md5(tostring(n%40000)), g=n%1000, v=n/7 | "
#define BY_PLACE "eval lat=n%1700/9.7-80, lon=n%3500/9.9-170, c=n%50 | "

static const char *const fractions[] = {
    "stats sum(v) avg(v) sumsq(v) stdev(v) varp(v) first(v) dc(n) BY k",
    "stats sum(v) AS s count BY k, n | stats sum(s) var(s) BY k",
    "eventstats sum(v) AS s stdev(v) AS d BY k | table n k s d",
    "eval c=n%7 | chart limit=3 sum(v) AS s stdev(v) AS d OVER k BY c",
    "chart limit=0 avg(v) OVER k BY g",
    "eval _time=n*7 | timechart limit=5 span=1h avg(v) stdev(v) BY k",
    "eval _time=n*7 | timechart bins=40000 per_hour(v) var(v)",
    "eval _time=n*n%1000003 | timechart limit=3 bins=40000 avg(v) varp(v) BY g",
    "eval _time=n*40 | timechart limit=2 agg=stdev bins=300 sum(v) BY k",
    "eval _time=n | stats sparkline(avg(v)) AS s sparkline(stdev(v), 1h) AS d sum(v) BY k",
    BY_PLACE "geostats maxzoomlevel=6 avg(v) stdev(v) sum(v)",
    BY_PLACE "geostats globallimit=20 locallimit=2 maxzoomlevel=6 avg(v) var(v) BY c",
    BY_PLACE "geostats prestats=t avg(v) list(g) BY k | geostats globallimit=3 avg(v) list(g) BY k",
    "sistats sum(v) avg(v) stdev(v) BY k | stats sum(v) avg(v) stdev(v) BY k",
    "eval _time=n | sitimechart span=1m avg(v) var(v) BY k | timechart span=1h avg(v) var(v) BY k",
};

/* Rows are many: their number, and a sum over their bytes that minds the order. */
struct sum {
    spl_status status;
    uint64_t   rows, bytes, hash;
    uint64_t   stored;          /* a sum over what went to the sink */
    uint64_t   peak, most;      /* of memory; of bytes written at once */
    char       said[300];
};

static int is_empty(const char *folder)
{
    DIR           *open = opendir(folder);
    struct dirent *entry;
    int            names = 0;

    while (open && (entry = readdir(open)))
        names += entry->d_name[0] != '.';
    if (open)
        closedir(open);
    return open && names == 0;
}

static uint64_t add(uint64_t hash, const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)at[i]) * 1099511628211u;
    return hash;
}

/* Never more than some, so that nobody need hold all of the result. */
static void take(spl_writer *writer, struct sum *sum)
{
    const char *at;
    size_t      size;

    spl_writer_take(writer, &at, &size);
    sum->bytes += size;
    sum->most = size > sum->most ? size : sum->most;
    sum->hash = add(sum->hash, at, size);
}

static spl_status store(spl_call *call, void *host, void *state, const spl_batch *rows)
{
    struct sum *sum = host;

    (void)call;
    (void)state;
    for (size_t row = 0; row < spl_batch_rows(rows); row++)
        for (size_t column = 0; column < spl_batch_columns(rows); column++) {
            spl_cell cell;
            if (spl_batch_cell(rows, row, column, &cell) < 0)
                return SPL_FAIL_MISUSE;
            sum->stored = add(sum->stored, (const char *)&cell.number, cell.kind == SPL_NUMBER ? sizeof cell.number : 0);
            sum->stored = add(sum->stored, cell.text, cell.kind == SPL_TEXT ? cell.length : 0);
        }
    return SPL_OK;
}

static void sink(spl_engine *engine, struct sum *sum)
{
    spl_sink sink = { .size = sizeof sink, .stores = SPL_TABLE | SPL_CSV, .write = store, .host = sum };

    CHECK(spl_engine_set_sink(engine, &sink, NULL) == SPL_OK);
}

/* What is asked for next. `lines` of input are pushed, some at a time, whenever the run is hungry. */
static spl_status next(spl_run *run, int *lines, spl_batch **rows, spl_error **err)
{
    spl_status status;

    while ((status = spl_run_next(run, rows, err)) == SPL_HUNGRY) {
        char bytes[8000];
        int  size = 0;
        for (; *lines > 0 && size < (int)sizeof bytes - 8; --*lines)
            size += snprintf(bytes + size, sizeof bytes - (size_t)size, "{}\n");
        status = size ? spl_run_push(run, "ndjson", bytes, (size_t)size, err) : spl_run_end(run, err);
        if (status < 0)
            break;
    }
    return status;
}

/* Instead of a number of lines: */
enum { FROM_FILE = -1 };

static char input_path[] = "/tmp/spl-spilling-input-XXXXXX";

static struct sum run(const char *text, int lines, const char *memory, const char *folder, const char *threads)
{
    struct sum  sum = { .hash = 1469598103934665603u };
    spl_engine *engine = NULL;
    spl_query  *query = NULL;
    spl_run    *run = NULL;
    spl_writer *writer = NULL;
    spl_batch  *rows;
    spl_error  *err = NULL;
    spl_status  ended;

    CHECK(spl_engine_new(NULL, &engine) == SPL_OK && spl_engine_set(engine, "limit.memory", memory, NULL) == SPL_OK);
    CHECK(spl_engine_set(engine, "temp.directory", folder, NULL) == SPL_OK);
    CHECK(spl_engine_set(engine, "threads", threads, NULL) == SPL_OK && spl_engine_set(engine, "now", "1", NULL) == SPL_OK);
    sink(engine, &sum);
    CHECK(spl_compile(engine, text, SPL_NTS, &query, NULL) == SPL_OK && spl_run_new(query, &run, NULL) == SPL_OK);
    if (lines == FROM_FILE)
        CHECK(spl_run_open(run, input_path, "ndjson", NULL) == SPL_OK);
    CHECK(spl_writer_new(engine, "csv", &writer, NULL) == SPL_OK);
    while ((sum.status = next(run, &lines, &rows, &err)) == SPL_BATCH) {
        sum.rows += spl_batch_rows(rows);
        sum.status = spl_writer_batch(writer, rows, &err);
        spl_batch_release(rows);
        if (sum.status < 0)
            break;
        take(writer, &sum);
    }
    while (sum.status >= 0 && (ended = spl_writer_end(writer, &err)) != SPL_OK) {
        if (ended < 0)
            sum.status = ended;
        take(writer, &sum);
    }
    take(writer, &sum);
    if (err) {
        char *shown = spl_error_render(err, 0);
        snprintf(sum.said, sizeof sum.said, "%s", shown);
        spl_free(shown);
    }
    if (*folder)
        CHECK(is_empty(folder) || sum.status == SPL_FAIL_IO);
    sum.peak = spl_run_figure(run, SPL_MEMORY_PEAK);
    spl_error_free(err);
    spl_writer_free(writer);
    spl_run_free(run);
    spl_query_free(query);
    spl_engine_free(engine);
    return sum;
}

static void same_rows(const char *text, int lines, const char *folder)
{
    static const char *const bounds[] = { "16M", "10M" }, *const threads[] = { "1", "4" };
    struct sum               whole = run(text, lines, "0", "", "1");

    CHECK(whole.status == SPL_DONE && whole.rows > 0);
    if (!CHECK(whole.peak > 10 << 20))
        printf("    %s: %llu bytes at most\n", text, (unsigned long long)whole.peak);
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        struct sum part = run(text, lines, bounds[i], folder, lines ? threads[i] : "1");
        if (!CHECK(part.status == SPL_DONE && part.rows == whole.rows && part.bytes == whole.bytes && part.hash == whole.hash
                   && part.stored == whole.stored))
            printf("    %s: %s\n%s", bounds[i], text, part.said);
        CHECK(part.peak <= (uint64_t)strtoull(bounds[i], NULL, 10) << 20);
        if (!CHECK(part.bytes < 4 << 20 || part.most < 2 << 20))
            printf("    %s: %llu bytes at once\n", text, (unsigned long long)part.most);
    }
}

/* What one thread can do in little memory, many can: no more are used than there is room for. */
static void many_threads(const char *folder)
{
    static const char *const texts[] = {
        "stats count sum(v) avg(v) stdev(v) BY k", "stats dc(k) list(n) first(k) BY g", "sort 0 - v k | table k n g", "dedup k | table k n",
        "timechart span=1h sum(v) BY g", "eventstats count sum(v) AS s BY k | table k n s", "search g=7* | table k n v",
        "chart limit=3 sum(v) OVER k BY g", "sistats sum(v) list(n) BY g",
    };
    static const char *const bounds[] = { "8M", "16M", "24M" };
    int                      file = mkstemp(input_path);
    FILE                    *out = file < 0 ? NULL : fdopen(file, "w");

    if (!CHECK(out != NULL))
        return;
    for (unsigned n = 0; n < 100000; n++)
        fprintf(out, "{\"_time\":%u,\"n\":%u,\"k\":\"k%u\",\"g\":%u,\"v\":%u.%u}\n", n * 7, n, n * 7919 % 70001, n % 100, n % 977, n % 10);
    fclose(out);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct sum whole = run(texts[i], FROM_FILE, "0", "", "1");
        CHECK(whole.status == SPL_DONE && whole.rows > 0);
        for (size_t j = 0; j < 2 * sizeof bounds / sizeof *bounds; j++) {
            struct sum part = run(texts[i], FROM_FILE, bounds[j / 2], folder, j % 2 ? "4" : "1");
            if (!CHECK(part.status == SPL_DONE && part.rows == whole.rows && part.hash == whole.hash))
                printf("    %s, %d threads: %s\n%s", bounds[j / 2], j % 2 ? 4 : 1, texts[i], part.said);
        }
    }
    unlink(input_path);
}

static void refusals(const char *folder)
{
    struct rlimit small, before;
    struct sum    sum = run(queries[0], 0, "10M", "", "1");

    CHECK(sum.status == SPL_FAIL_LIMIT && strstr(sum.said, "sort needs more memory than the limit of 10485760 bytes")
          && strstr(sum.said, "temp.directory"));
    sum = run(queries[0], 0, "10M", "/no/such/folder", "1");
    CHECK(sum.status == SPL_FAIL_IO && strstr(sum.said, "cannot make temporary files in '/no/such/folder': there is no such folder"));

    /* What cannot be put aside: whoever asked for it is named, not who passed the rows on. */
    sum = run(ROWS "stats values(k) AS k", 0, "8M", folder, "1");
    CHECK(sum.status == SPL_FAIL_LIMIT && strstr(sum.said, "stats needs more memory than") == sum.said + strlen("error: "));
    sum = run(ROWS "stats count BY k | streamstats dc(k)", 0, "8M", folder, "1");
    CHECK(sum.status == SPL_FAIL_LIMIT && strstr(sum.said, "error: streamstats needs more memory than"));

    CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
    small = before;
    small.rlim_cur = 1 << 20;
    signal(SIGXFSZ, SIG_IGN);
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        sum = run(queries[i], 0, "10M", folder, "1");
        if (!CHECK(sum.status == SPL_FAIL_IO && strstr(sum.said, "files may not grow so large")))
            printf("    %s: %d\n%s", queries[i], sum.status, sum.said);
    }
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
}

/* Sanitizers make each many times slower; the cases in plain text spill under them, too. */
#if defined __SANITIZE_THREAD__
enum { STEP = 11 };
#elif defined __SANITIZE_ADDRESS__
enum { STEP = 4 };
#else
enum { STEP = 1 };
#endif

int main(void)
{
    char folder[] = "/tmp/spl-spilling-XXXXXX", text[500];

    CHECK(mkdtemp(folder) != NULL);
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i += STEP)
        same_rows(queries[i], 0, folder);
    for (size_t i = 0; i < sizeof fractions / sizeof *fractions; i += STEP) {
        int is_pushed = i % 2;
        snprintf(text, sizeof text, "%s%s%s", is_pushed ? "" : "| makeresults count=150000 | ", NUMBERS, fractions[i]);
        same_rows(text, is_pushed ? 200000 : 0, folder);
    }
    many_threads(folder);
    refusals(folder);
    CHECK(is_empty(folder) && rmdir(folder) == 0);
    return check_done();
}
