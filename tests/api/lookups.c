/* Lookups: tables of the host, files that change, files that nobody may read, threads, no memory. */
#include "host.h"

#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>

static char folder[] = "/tmp/spl_lookups_XXXXXX";

static const char *path_of(const char *name)
{
    static char path[4][300];
    static int  turn;

    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static void write_file(const char *name, const char *text)
{
    char  path[300];
    FILE *out;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    out = fopen(path, "wb");
    if (!out || fputs(text, out) < 0 || fclose(out) != 0)       /* not CHECK: threads come here */
        exit(3);
}

/* --- tables of the host -------------------------------------------------------------------------------------------- */

/* Squares: n, square, both. Asked for 3 it gives two rows, for "list" a list, for "odd" a truth value and a number that is
 * none, for "fail" a failure, for "wrong" a row for a key that is not there, for others nothing. */
static long asked, keys_asked, dropped, broken;

/* Callbacks are called by several threads. */
static void expect_in_thread(int holds)
{
    __atomic_add_fetch(&broken, !holds, __ATOMIC_RELAXED);
}

static spl_status give(spl_call *call, const spl_keys *keys, size_t k, spl_cell first, spl_cell second)
{
    spl_cell cells[8];

    for (size_t i = 0; i < keys->outputs; i++)
        cells[i] = strcmp(keys->output[i], "square") == 0 ? first : strcmp(keys->output[i], "both") == 0 ? second : text_cell("?");
    return spl_give_row(call, k, cells);
}

static spl_status answer_key(spl_call *call, const spl_keys *keys, size_t k)
{
    static const spl_cell members[] = { { .kind = SPL_TEXT, .text = "a", .length = 1 }, { .kind = SPL_NULL },
                                        { .kind = SPL_NUMBER, .decimals = SPL_EXACT, .number = 2 } };
    spl_cell    list = { .kind = SPL_LIST, .list = members, .length = 3 }, truth = { .kind = SPL_TRUTH, .number = 1 };
    spl_cell    key = keys->value[k * keys->matches];
    char        text[100];
    double      number;

    expect_in_thread(key.kind == SPL_TEXT);
    snprintf(text, sizeof text, "%.*s", (int)key.length, key.text);
    number = atof(text);

    if (strcmp(text, "list") == 0)
        return give(call, keys, k, list, text_cell("x"));
    if (strcmp(text, "odd") == 0)
        return give(call, keys, k, truth, number_cell(0.0 / 0.0 * 1));
    if (strcmp(text, "fail") == 0)
        return spl_call_fail(call, "the server is away");
    if (strcmp(text, "wrong") == 0) {
        expect_in_thread(spl_give_row(call, keys->count, members) == SPL_FAIL_MISUSE);
        return SPL_OK;
    }
    if (number <= 0)
        return SPL_OK;
    if (number == 3 && give(call, keys, k, number_cell(-9), text_cell("before")) < 0)
        return SPL_FAIL_MEMORY;
    return give(call, keys, k, number_cell(number * number), key);
}

/* From the last key to the first: the order of keys does not matter. */
static spl_status squares_find(spl_call *call, void *host, const spl_keys *keys)
{
    expect_in_thread(host == &asked && keys->size == sizeof *keys && keys->matches == 1 && !keys->time &&
                     strcmp(keys->match[0], "n") == 0);
    __atomic_add_fetch(&asked, 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&keys_asked, (long)keys->count, __ATOMIC_RELAXED);
    for (size_t k = keys->count; k-- > 0;) {
        spl_status status = answer_key(call, keys, k);
        if (status < 0)
            return status;
    }
    return SPL_OK;
}

/* 5 rows, 2 at a time. */
static spl_status squares_rows(spl_call *call, void *host, uint64_t from)
{
    (void)host;
    for (uint64_t n = from; n < from + 2 && n < 5; n++) {
        spl_cell   cells[3] = { number_cell((double)n), number_cell((double)(n * n)), { .kind = SPL_NULL } };
        spl_status status = spl_give_row(call, 99, cells);
        if (status < 0)
            return status;
    }
    return SPL_OK;
}

static void squares_drop(void *host)
{
    CHECK(host == &asked);
    dropped++;
}

static spl_lookup squares_given(void)
{
    spl_lookup lookup = { .size = sizeof lookup, .name = "squares", .columns = "n, square ,both", .find = squares_find,
                          .rows = squares_rows, .host = &asked, .drop = squares_drop };
    return lookup;
}

/* The number of seconds since the key's. */
static spl_status ages_find(spl_call *call, void *host, const spl_keys *keys)
{
    (void)host;
    for (size_t k = 0; k < keys->count; k++) {
        spl_cell   cell = number_cell(keys->time[k] - (keys->value[k].text[0] - '0'));
        spl_status status = spl_give_row(call, k, &cell);
        if (status < 0)
            return status;
    }
    return SPL_OK;
}

static void host_tables(spl_engine *engine)
{
    spl_lookup squares = squares_given();
    spl_lookup ages = { .size = sizeof ages, .name = "ages", .columns = "since,age", .flags = SPL_TIMED, .find = ages_find };

    CHECK(spl_engine_add_host_lookup(engine, &squares, NULL) == SPL_OK);
    CHECK(spl_engine_add_host_lookup(engine, &ages, NULL) == SPL_OK);
    EXPECT("lookup squares n AS a | table a square both",
           "{\"a\":1,\"square\":1,\"both\":1}\n{\"a\":2,\"square\":4,\"both\":2}\n"
           "{\"a\":3,\"square\":[-9,9],\"both\":[\"before\",3]}\n");
    asked = keys_asked = 0;
    EXPECT("lookup squares n AS b OUTPUT square | stats count(square) AS n", "{\"n\":0}\n");
    CHECK(asked == 1 && keys_asked == 2);
    EXPECT("eval k=if(a=1,\"list\",\"odd\") | lookup squares n AS k | table square both",
           "{\"square\":[\"a\",2],\"both\":\"x\"}\n{\"square\":\"true\"}\n{\"square\":\"true\"}\n");
    EXPECT("eval k=\"wrong\" | lookup squares n AS k | table square", "{}\n{}\n{}\n");
    EXPECT("eval x=lookup(\"squares\",json_object(\"n\",a),json_array(\"square\")) | table x",
           "{\"x\":\"{\\\"square\\\":1}\"}\n{\"x\":\"{\\\"square\\\":4}\"}\n{\"x\":\"{\\\"square\\\":[-9,9]}\"}\n");
    EXPECT("| inputlookup squares | table n square both", "{\"n\":0,\"square\":0}\n{\"n\":1,\"square\":1}\n{\"n\":2,\"square\":4}\n"
           "{\"n\":3,\"square\":9}\n{\"n\":4,\"square\":16}\n");
    EXPECT("| inputlookup start=1 max=2 squares where square>0 | table n", "{\"n\":2}\n{\"n\":3}\n");
    EXPECT("lookup ages since AS a | table age", "{\"age\":0}\n{\"age\":0}\n{\"age\":0}\n");
    REFUSE("eval k=\"fail\" | lookup squares n AS k", SPL_FAIL_HOST, "lookup 'squares' failed: the server is away", NULL);
    REFUSE("lookup squares m AS a", SPL_FAIL_QUERY, "lookup table 'squares' has no column 'm'", NULL);
    REFUSE("| inputlookup ages", SPL_FAIL_QUERY, "the rows of lookup table 'ages' cannot be listed", NULL);
    CHECK(spl_engine_define(engine, SPL_LOOKUP, "squares", "min_matches=1; default_match=none; max_matches=1", NULL) == SPL_OK);
    EXPECT("eval a=if(a=1,\"z\",a) | lookup squares n AS a OUTPUT square | table square",
           "{\"square\":\"none\"}\n{\"square\":4}\n{\"square\":-9}\n");
    CHECK(spl_engine_define(engine, SPL_LOOKUP, "squares", "match_type=CIDR(n)", NULL) == SPL_OK);
    REFUSE("lookup squares n AS a", SPL_FAIL_QUERY, "lookup 'squares' is the host program's: its definition can set "
           "max_matches, min_matches, default_match only", NULL);
    CHECK(spl_engine_define(engine, SPL_LOOKUP, "squares", "", NULL) == SPL_OK);
}

/* Tables are offered where their names may stand. */
static void completion(spl_engine *engine)
{
    char *text = spl_engine_complete(engine, "a=1 | lookup squ", SPL_NTS);

    CHECK_TEXT(text, "squares\n");
    spl_free(text);
    text = spl_engine_complete(engine, "| inputlookup ", SPL_NTS);
    CHECK(text && strstr(text, "squares\nages\n") && strstr(text, "append=\n") && strstr(text, "where\n"));
    spl_free(text);
}

static void wrong_tables(spl_engine *engine)
{
    static const char *const columns[] = { "", "a,,b", "a,a", ",", NULL };
    spl_lookup               odd = squares_given();

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        odd.columns = columns[i];
        CHECK(spl_engine_add_host_lookup(engine, &odd, NULL) == SPL_FAIL_MISUSE);
    }
    odd = squares_given();
    odd.find = NULL;
    CHECK(spl_engine_add_host_lookup(engine, &odd, NULL) == SPL_FAIL_MISUSE);
    odd = squares_given();
    odd.size = 8;
    CHECK(spl_engine_add_host_lookup(engine, &odd, NULL) == SPL_FAIL_MISUSE);
    odd = squares_given();
    odd.name = " ";
    CHECK(spl_engine_add_host_lookup(engine, &odd, NULL) == SPL_FAIL_MISUSE);
    CHECK(spl_engine_add_lookup(engine, "", path_of("t.csv"), NULL) == SPL_FAIL_MISUSE);
    CHECK(spl_engine_add_lookup(engine, "x", "/nosuch/file.csv", NULL) == SPL_FAIL_IO);
    CHECK(spl_engine_define(engine, SPL_LOOKUP, "x", "max_matches=7.5", NULL) == SPL_FAIL_MISUSE);
    CHECK(spl_engine_define(engine, SPL_LOOKUP, " ", "max_matches=7", NULL) == SPL_FAIL_MISUSE);
}

/* --- files --------------------------------------------------------------------------------------------------------- */

/* A query keeps what it found; the next one sees the file as it is then. */
static void changing_files(spl_engine *engine)
{
    spl_query *old = NULL;
    spl_run   *run = NULL;
    spl_error *err = NULL;
    char      *rows;

    write_file("change.csv", "a,v\n1,old\n");
    CHECK(spl_engine_add_lookup(engine, "change", path_of("change.csv"), NULL) == SPL_OK);
    CHECK(spl_compile(engine, "lookup change a | table v", SPL_NTS, &old, NULL) == SPL_OK);
    write_file("change.csv", "a,v\n1,new\n2,newer\n");
    EXPECT("lookup change a | table v", "{\"v\":\"new\"}\n{\"v\":\"newer\"}\n{}\n");
    CHECK(spl_run_new(old, &run, NULL) == SPL_OK);
    spl_query_free(old);
    CHECK(spl_run_push(run, "ndjson", events, sizeof events - 1, NULL) == SPL_OK && spl_run_end(run, NULL) == SPL_OK);
    rows = check_rows(engine, run, &err);
    CHECK_TEXT(rows, "{\"v\":\"old\"}\n{}\n{}\n");
    free(rows);
    spl_run_free(run);
    unlink(path_of("change.csv"));
    REFUSE("lookup change a | table v", SPL_FAIL_QUERY, "lookup table 'change' cannot be read: No such file or directory", NULL);
}

static void refuse_file(spl_engine *engine, const char *name)
{
    char text[400], message[400];

    snprintf(text, sizeof text, "| inputlookup \"%s\"", name);
    snprintf(message, sizeof message, "no lookup table '%s' is known", name);
    REFUSE(text, SPL_FAIL_QUERY, message, NULL);
}

/* Of the folder's files those that are right in it, whatever links say; nothing else, nowhere else. */
static void allowed_files(void)
{
    spl_engine *engine;
    char        outside[] = "/tmp/spl_outside_XXXXXX", here[1000];
    int         file = mkstemp(outside);

    CHECK(file >= 0 && write(file, "k\n1\n", 4) == 4);
    close(file);
    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    write_file("t.csv", "k\n1\n");
    CHECK(getcwd(here, sizeof here) && chdir(folder) == 0);
    refuse_file(engine, "t.csv");                       /* no folder is allowed: the present one counts for nothing */
    refuse_file(engine, "./t.csv");
    refuse_file(engine, path_of("t.csv"));
    CHECK(chdir(here) == 0);

    CHECK(spl_engine_set(engine, "lookup.directory", folder, NULL) == SPL_OK);
    EXPECT("| inputlookup t.csv", "{\"k\":1}\n");
    refuse_file(engine, path_of("t.csv"));
    refuse_file(engine, "../t.csv");
    refuse_file(engine, "inner/t.csv");
    refuse_file(engine, "t");
    refuse_file(engine, ".csv");
    CHECK(mkdir(path_of("inner"), 0700) == 0 && mkdir(path_of("folder.csv"), 0700) == 0);
    write_file("inner/t.csv", "k\n2\n");
    CHECK(symlink(outside, path_of("out.csv")) == 0 && symlink("inner/t.csv", path_of("in.csv")) == 0);
    CHECK(symlink("/tmp", path_of("tmp.csv")) == 0 && mkfifo(path_of("pipe.csv"), 0600) == 0);
    EXPECT("| inputlookup in.csv", "{\"k\":2}\n");       /* as mounted configuration has it */
    refuse_file(engine, "inner/t.csv");
    refuse_file(engine, "out.csv");
    refuse_file(engine, "tmp.csv");
    refuse_file(engine, "folder.csv");
    refuse_file(engine, "pipe.csv");
    CHECK(spl_engine_add_lookup(engine, "out.csv", outside, NULL) == SPL_OK);
    EXPECT("| inputlookup out.csv", "{\"k\":1}\n");      /* what the host named itself may be anywhere */
    CHECK(spl_engine_set(engine, "limit.lookup", "100K", NULL) == SPL_OK);
    CHECK(spl_engine_add_lookup(engine, "limited", path_of("t.csv"), NULL) == SPL_OK);
    spl_engine_free(engine);
    unlink(outside);
}

static void limited(void)
{
    spl_engine *engine;
    FILE       *out = fopen(path_of("large.csv"), "wb");

    CHECK(out != NULL);
    fputs("k,v\n", out);
    for (int i = 0; i < 100000; i++)
        fprintf(out, "%d,%d\n", i, i);
    fclose(out);
    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    CHECK(spl_engine_add_lookup(engine, "large", path_of("large.csv"), NULL) == SPL_OK);
    EXPECT("lookup large k AS a | stats count(v) AS n", "{\"n\":3}\n");
    CHECK(spl_engine_set(engine, "limit.lookup", "1M", NULL) == SPL_OK);     /* the table is there, now for the index */
    REFUSE("lookup large k AS a", SPL_FAIL_LIMIT,
           "to find rows of lookup table 'large' takes more than the bytes of limit.lookup", NULL);
    CHECK(spl_engine_set(engine, "limit.lookup", "3M", NULL) == SPL_OK);
    CHECK(spl_engine_add_lookup(engine, "other", path_of("./large.csv"), NULL) == SPL_OK);
    REFUSE("lookup other k AS a", SPL_FAIL_QUERY,
           "lookup table 'other' cannot be read: it needs more than the 3145728 bytes of limit.lookup", NULL);
    spl_engine_free(engine);
}

/* --- threads and memory -------------------------------------------------------------------------------------------- */

static void *compile_often(void *engine)
{
    long good = 0;

    for (int i = 0; i < 200; i++) {
        spl_query *query = NULL;
        good += spl_compile(engine, i % 2 ? "lookup t a | stats count by v" : "lookup w a OUTPUT v | inputlookup append=t t",
                            SPL_NTS, &query, NULL) == SPL_OK;
        spl_query_free(query);
        if (i % 50 == 49)
            write_file("t.csv", i % 100 == 49 ? "a,v\n1,x\n" : "a,v\n1,x\n2,yy\n");
    }
    return (void *)good;
}

static void threaded(spl_engine *engine)
{
    static const char *const queries[] = {
        "lookup t a AS b | lookup w a AS b OUTPUT v AS w | stats count count(v) count(w) by b",
        "lookup squares n AS a OUTPUT square | stats sum(square) count", "lookup w a OUTPUT v | head 5 | table a v",
        "eval x=lookup(\"w\",json_object(\"a\",b),json_array(\"v\")) | stats count by x",
    };
    pthread_t thread[4];

    write_file("t.csv", "a,v\n1,x\n");
    CHECK(spl_engine_add_lookup(engine, "t", path_of("t.csv"), NULL) == SPL_OK);
    CHECK(spl_engine_define(engine, SPL_LOOKUP, "w", "filename=t; match_type=WILDCARD(a)", NULL) == SPL_OK);
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&thread[i], NULL, compile_often, engine) == 0);
    for (int i = 0; i < 4; i++) {
        void *good;
        pthread_join(thread[i], &good);
        CHECK((long)good > 0);              /* a file that is being written may be empty for a moment */
    }
    write_file("t.csv", "a,v\n\"a\n1\",x\nb*,y\n\"b\n2\",z\n");
    check_threads(engine, queries, sizeof queries / sizeof *queries, "eval k=\"fail\" | lookup squares n AS k");
}

static spl_status add_some(spl_engine *engine)
{
    spl_lookup squares = squares_given();
    spl_status status;

    squares.drop = NULL;
    status = spl_engine_add_host_lookup(engine, &squares, NULL);
    if (status >= 0)
        status = spl_engine_add_lookup(engine, "t", path_of("t.csv"), NULL);
    if (status >= 0)
        status = spl_engine_set(engine, "lookup.directory", folder, NULL);
    if (status >= 0)
        status = spl_engine_define(engine, SPL_LOOKUP, "w", "filename=t; match_type=WILDCARD(k) EXACT(v); default_match=-;"
                                   " min_matches=2; case_sensitive_match=f; filter=v=*", NULL);
    if (status >= 0)
        status = spl_engine_define(engine, SPL_LOOKUP, "c", "filename=t; match_type=CIDR(net); time_field=v", NULL);
    return status;
}

/* A database of places that is not as it was written: rows, or a failure that says so. */
static int damaged_places(const char *bytes, size_t size)
{
    static const char query[] = "iplocation allfields=t ip | table *", events[] =
        "{\"ip\":\"192.0.2.1\"}\n{\"ip\":\"2001:db8::1\"}\n{\"ip\":\"203.0.113.7\"}\n";
    FILE       *file = fopen(path_of("places.mmdb"), "wb");
    spl_engine *engine;
    spl_query  *compiled = NULL;
    spl_run    *run = NULL;
    spl_error  *err = NULL;
    char       *rows = NULL, *said;
    int         damaged;

    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0 || spl_engine_new(NULL, &engine) < 0)
        return 0;
    CHECK(spl_engine_set(engine, "geo.database", path_of("places.mmdb"), NULL) == SPL_OK);
    if (spl_compile(engine, query, SPL_NTS, &compiled, &err) >= 0 && spl_run_new(compiled, &run, &err) >= 0 &&
        spl_run_push(run, "ndjson", events, sizeof events - 1, &err) >= 0 && spl_run_end(run, &err) >= 0)
        rows = check_rows(engine, run, &err);
    said = err ? spl_error_render(err, 0) : NULL;
    damaged = said && strstr(said, "is damaged") != NULL;
    CHECK(rows || (said && (damaged || strstr(said, "cannot be read"))));
    spl_free(said);
    free(rows);
    spl_error_free(err);
    spl_run_free(run);
    spl_query_free(compiled);
    spl_engine_free(engine);
    return damaged;
}

static void places(void)
{
    FILE  *file = fopen(PLACES, "rb");
    char   whole[8192], bytes[sizeof whole];
    size_t size = file ? fread(whole, 1, sizeof whole, file) : 0;
    size_t end = size;
    int    damaged = 0;

    if (file)
        fclose(file);
    CHECK(size > 1000 && size < sizeof whole);
    /* What a file says about itself is left alone: libmaxminddb 1.7 leaks some memory where that makes no sense. */
    while (end > 3 && memcmp(whole + end - 3, "\xab\xcd\xef", 3) != 0)
        end--;
    for (size_t at = 0; at < end; at++) {
        memcpy(bytes, whole, size);
        bytes[at] = (char)(bytes[at] ^ (at % 3 == 0 ? 0xff : at % 3 == 1 ? 0x21 : 0x80));
        damaged += damaged_places(bytes, size);
    }
    CHECK(damaged > 0);
    for (size_t cut = 0; cut + 3 < end; cut += 7)
        damaged_places(whole, cut);
    unlink(path_of("places.mmdb"));
}

static void remove_all(void)
{
    static const char *const names[] = { "t.csv", "large.csv", "inner/t.csv", "out.csv", "in.csv", "tmp.csv", "pipe.csv" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(path_of(names[i]));
    rmdir(path_of("inner"));
    rmdir(path_of("folder.csv"));
    CHECK(rmdir(folder) == 0);
}

int main(void)
{
    spl_engine *engine;
    long        left = 0;

    if (!mkdtemp(folder))
        return 3;
    write_file("t.csv", "k,v,net\nx,1,10.0.0.0/8\n\"*y*\",2,\nlong*patterns*,3,::/0\n,4,1.2.3.4\n");
    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    host_tables(engine);
    completion(engine);
    wrong_tables(engine);
    changing_files(engine);
    threaded(engine);
    spl_engine_free(engine);
    CHECK(dropped == 1);
    CHECK(broken == 0);
    allowed_files();
    limited();
    places();
    write_file("t.csv", "k,v,net\nx,1,10.0.0.0/8\n\"*y*\",2,\nlong*patterns*,3,::/0\n,4,1.2.3.4\n");
    check_allocations(add_some, "lookup w k AS b OUTPUT v AS w, net | lookup c net AS b OUTPUT k | lookup t k AS b OUTPUTNEW v"
                      " | table w net k v", events, &left);
    check_allocations(add_some, "| inputlookup w where k=x | inputlookup append=t t.csv | lookup squares n AS v OUTPUT square",
                      NULL, &left);
    check_allocations(add_some, "eval x=lookup(\"w\",json_object(\"k\",b),json_array(\"v\",\"net\")),"
                      " y=lookup(\"squares\",json_object(\"n\",a),json_array(\"both\"))", events, &left);
    remove_all();
    return check_done();
}
