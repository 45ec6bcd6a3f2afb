/* Rows and partial results of them in one table: sums of fractions are the same to the last digit whatever the batches, the
 * threads, the bound on memory and the pieces that the input comes in, and wherever the partial results stand among the rows;
 * so is what is told of them as partial results again.
 *
 *     api_partials [SEED [CASES]]        other cases than those of every run */
#include "check.h"

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

struct text {
    char  *at;
    size_t size, room;
};

static void put(struct text *text, const char *more, size_t size)
{
    if (text->size + size + 1 > text->room)
        text->at = realloc(text->at, text->room = (text->size + size + 1) * 2);
    memcpy(text->at + text->size, more, size);
    text->at[text->size += size] = 0;
}

static uint64_t state;

static unsigned pick(unsigned most)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % most;
}

/* --- input --------------------------------------------------------------------------------------------------------- */

#define AGGREGATES "count sum(v) AS s avg(v) AS a sumsq(v) AS q stdev(v) AS d varp(v) AS w range(v) AS r"
#define SPARKLINE " sparkline(avg(v), 10) AS l"

/* What makes last digits: tenths, numbers that swallow others, both signs. */
static const char *const values[] = { "0.1", "0.2", "0.3", "0.7", "-0.1", "-0.6", "1.1", "1e16", "-1e16", "3", "1e-3", "-7.7",
                                      "1e15", "0.5", "1e17", "-1e17", "9007199254740993", "12345.678", "\"x\"", "1e-9" };

static void put_row(struct text *text, unsigned groups)
{
    char line[200];
    int  size = snprintf(line, sizeof line, "{\"_time\":%u,\"k\":\"%s\",\"g\":\"g%u\",\"c\":\"c%u\",\"v\":%s}\n", pick(60),
                         pick(2) ? "r" : "p", pick(groups), pick(3), values[pick(sizeof values / sizeof *values)]);

    put(text, line, (size_t)size);
}

static struct text some_rows(unsigned count, unsigned groups)
{
    struct text text = { 0 };

    put(&text, "", 0);
    while (count-- > 0)
        put_row(&text, groups);
    return text;
}

/* The partial results of some rows. */
static struct text some_partials(spl_engine *engine, unsigned count, unsigned groups)
{
    static const char *const ways[] = {
        "bin _time span=20 | sistats " AGGREGATES SPARKLINE " BY g c _time",
        "sistats " AGGREGATES SPARKLINE " BY g c _time | sistats " AGGREGATES SPARKLINE " BY g c _time",
        "sistats " AGGREGATES " BY g c _time | fields - psrsvd_state",
    };
    struct text rows = some_rows(count, groups), out = { 0 };
    spl_error  *err = NULL;
    char       *text = check_query(engine, ways[pick(3)], rows.at, &err);

    if (CHECK(text != NULL))
        put(&out, text, strlen(text));
    free(text);
    free(rows.at);
    return out;
}

static size_t line_size(const char *at) { return (size_t)(strchr(at, '\n') - at) + 1; }

/* The lines of both in one, each in their order. */
static struct text mix(const struct text *rows, const struct text *partials)
{
    const char *row = rows->at, *partial = partials->at;
    struct text out = { 0 };

    while (*row || *partial) {
        unsigned     run = 1 + pick(5);
        const char **from = *row && (!*partial || pick(2)) ? &row : &partial;
        for (; **from && run > 0; run--) {
            size_t size = line_size(*from);
            put(&out, *from, size);
            *from += size;
        }
    }
    return out;
}

static struct text turned(const struct text *lines)
{
    struct text out = { 0 };
    const char *end = lines->at + lines->size;

    put(&out, "", 0);
    while (end > lines->at) {
        const char *at = end - 1;
        while (at > lines->at && at[-1] != '\n')
            at--;
        put(&out, at, (size_t)(end - at));
        end = at;
    }
    return out;
}

/* --- one run ------------------------------------------------------------------------------------------------------- */

struct regime {
    const char *set[3][2];
    unsigned    piece;              /* bytes pushed at a time; 0: read from the file */
};

static spl_status give(spl_run *run, const char *path, const struct text *events, unsigned piece, spl_error **err)
{
    spl_status status = SPL_OK;

    if (!piece)
        return spl_run_open(run, path, "ndjson", err);
    for (size_t at = 0; at < events->size && status >= 0; at += piece)
        status = spl_run_push(run, "ndjson", events->at + at, events->size - at < piece ? events->size - at : piece, err);
    return status < 0 ? status : spl_run_end(run, err);
}

/* The rows as JSON lines, or what went wrong. */
static char *run(const char *text, const char *path, const struct text *events, const struct regime *regime)
{
    spl_engine *engine = NULL;
    spl_query  *query = NULL;
    spl_run    *run = NULL;
    spl_error  *err = NULL;
    char       *rows = NULL;
    spl_status  status = spl_engine_new(NULL, &engine);

    spl_engine_set(engine, "now", "1000", NULL);
    for (size_t i = 0; i < 3 && regime->set[i][0]; i++)
        CHECK(spl_engine_set(engine, regime->set[i][0], regime->set[i][1], NULL) == SPL_OK);
    if (status >= 0)
        status = spl_compile(engine, text, SPL_NTS, &query, &err);
    if (status >= 0)
        status = spl_run_new(query, &run, &err);
    if (status >= 0)
        status = give(run, path, events, regime->piece, &err);
    if (status >= 0)
        rows = check_rows(engine, run, &err);
    if (err) {
        char *shown = spl_error_render(err, 0);
        free(rows);
        rows = malloc(strlen(shown) + 1);
        strcpy(rows, shown);
        spl_free(shown);
    }
    spl_error_free(err);
    spl_run_free(run);
    spl_query_free(query);
    spl_engine_free(engine);
    return rows;
}

static const char *const queries[] = {
    "stats " AGGREGATES " BY g",
    "stats " AGGREGATES,
    "sistats " AGGREGATES " BY g",
    "sistats " AGGREGATES " | stats " AGGREGATES,
    "chart sum(v) stdev(v) avg(v) OVER g BY c",
    "chart sum(v) varp(v) OVER g",
    "sichart sum(v) stdev(v) OVER g BY c",
    "chart limit=1 sum(v) AS s stdev(v) AS d OVER c BY g",
    "timechart span=20 sum(v) avg(v) stdev(v) per_hour(v)",
    "timechart bins=7 sum(v) varp(v) BY c",
    "sitimechart span=30 sum(v) stdev(v) BY c",
    "sitimechart span=10 avg(v) stdev(v) | timechart span=30 avg(v) stdev(v)",
    "stats sparkline(avg(v), 10) AS l sum(v) BY c",
    "sistats sparkline(avg(v), 10) AS l sum(v) BY c",
    "eval v=0-v | stats sum(v) avg(v) BY c",
};
enum { QUERIES = sizeof queries / sizeof *queries };

static const char *const beginnings[] = {
    "",
    "search k=r OR psrsvd_v=1 | append [search k=p | bin _time span=20 | sistats " AGGREGATES
        SPARKLINE " BY g c _time] | ",
    "search k=r OR psrsvd_v=1 | append [search k=r OR psrsvd_v=1 | sistats " AGGREGATES SPARKLINE " BY g c _time]"
        " | append [search k=p] | ",
};
enum { BEGINNINGS = sizeof beginnings / sizeof *beginnings };

/* From the line on in which they differ. */
static size_t difference(const char *got, const char *want)
{
    size_t at = 0, line = 0;

    for (; got[at] && got[at] == want[at]; at++)
        line = got[at] == '\n' ? at + 1 : line;
    return line;
}

static void compare(const char *query, const char *path, const struct text *events, const struct regime *regime,
                    const char *want)
{
    char *got = run(query, path, events, regime);

    if (CHECK(got && want) && !CHECK(strcmp(got, want) == 0)) {
        size_t at = difference(got, want);
        for (size_t i = 0; i < 3 && regime->set[i][0]; i++)
            printf("    %s=%s", regime->set[i][0], regime->set[i][1]);
        printf("    pieces of %u: %s\n--- wanted\n%.700s\n--- got\n%.700s\n--- events\n%.3000s\n", regime->piece, query, want + at,
               got + at, events->at);
    }
    free(got);
}

static const struct regime plain = { .piece = 0 };

/* --- cases --------------------------------------------------------------------------------------------------------- */

#define ASIDE { "temp.directory", "/tmp" }

static const struct regime small_regimes[] = {
    { { { "batch.rows", "1" } }, 0 }, { { { "batch.rows", "2" } }, 0 }, { { { "batch.rows", "7" } }, 33 }, { { { NULL } }, 7 },
    { { ASIDE, { "debug.spill", "1" } }, 0 }, { { ASIDE, { "debug.spill", "3" }, { "batch.rows", "1" } }, 0 },
    { { ASIDE, { "debug.spill", "2" }, { "batch.rows", "2" } }, 0 }, { { ASIDE, { "debug.spill", "5" } }, 100 },
    { { { "threads", "3" } }, 0 },
};

/* Rows alone: partial results tell where they stood, first() and the like go by it. That does not show how the input was cut. */
static const char *const places[] = {
    "sistats first(v) last(v) list(v) earliest(v) latest(v) rate(v) BY g",
    "search k=r | append [search k=p] | sistats first(v) last(v) list(v) BY c",
    "search k=p | append [search k=r | head 3] | append [search k=p | tail 2] | sistats list(v) latest(v)",
    "search k=r | appendcols [search k=p | table v] | sistats list(v) BY c",
    "search k=p | addcoltotals _time | sistats list(_time) sum(v)",
    "sitimechart span=10 list(v) BY c",
};

static void place_case(uint64_t seed, const char *path)
{
    struct text rows;
    char       *want;

    state = seed;
    pick(2);
    rows = some_rows(1 + pick(60), 1 + pick(4));
    check_write(path, rows.at, rows.size);
    want = run(places[seed % (sizeof places / sizeof *places)], path, &rows, &plain);
    for (size_t i = 0; i < sizeof small_regimes / sizeof *small_regimes; i++)
        compare(places[seed % (sizeof places / sizeof *places)], path, &rows, &small_regimes[i], want);
    free(want);
    free(rows.at);
}

/* All of it is one segment: so it does not matter either where the partial results stand. */
static void small_case(uint64_t seed, spl_engine *engine, const char *path)
{
    struct text rows, partials, turn, events[3];
    char        query[2000];
    char       *want;
    unsigned    groups;

    state = seed * 2654435761u + 1;
    pick(2);
    groups = 1 + pick(4);
    rows = some_rows(1 + pick(40), groups);
    partials = some_partials(engine, 1 + pick(20), groups);
    for (unsigned more = pick(3); more > 0; more--) {
        struct text again = some_partials(engine, 1 + pick(20), groups);
        put(&partials, again.at, again.size);
        free(again.at);
    }
    turn = turned(&partials);
    events[0] = mix(&rows, &partials);
    events[1] = mix(&rows, &turn);
    events[2] = mix(&rows, &partials);
    snprintf(query, sizeof query, "%s%s", beginnings[pick(BEGINNINGS)], queries[seed % QUERIES]);
    check_write(path, events[0].at, events[0].size);
    want = run(query, path, &events[0], &plain);
    for (size_t i = 0; i < sizeof small_regimes / sizeof *small_regimes; i++)
        compare(query, path, &events[0], &small_regimes[i], want);
    for (int i = 1; i < 3; i++)
        compare(query, path, &events[i], &(struct regime){ .piece = 1 << 16 }, want);
    free(want);
    for (int i = 0; i < 3; i++)
        free(events[i].at);
    free(turn.at);
    free(partials.at);
    free(rows.at);
}

/* Several segments, so that threads have something to share; so many groups that they do not fit. The last two are for queries
 * without subsearches, whose rows are held. */
static const struct regime large_regimes[] = {
    { { { "threads", "2" } }, 0 }, { { { "threads", "4" } }, 0 }, { { { "batch.rows", "300" } }, 0 }, { { { NULL } }, 100000 },
    { { ASIDE, { "debug.spill", "1000" } }, 0 }, { { ASIDE, { "debug.spill", "1000" }, { "threads", "3" } }, 0 },
    { { ASIDE, { "limit.memory", "12M" } }, 0 }, { { ASIDE, { "limit.memory", "24M" }, { "threads", "4" } }, 0 },
};
enum { LARGE_REGIMES = sizeof large_regimes / sizeof *large_regimes };

static void large_case(uint64_t seed, spl_engine *engine, const char *path, unsigned groups)
{
    struct text rows, partials, events;
    char        query[2000];

    state = seed;
    pick(2);
    rows = some_rows(40000, groups);
    partials = some_partials(engine, 1000, groups);
    events = mix(&rows, &partials);
    check_write(path, events.at, events.size);
    for (size_t i = 0; i < BEGINNINGS * QUERIES; i += 2 + pick(7)) {
        char *want;
        snprintf(query, sizeof query, "%s%s", beginnings[i % BEGINNINGS], queries[i / BEGINNINGS]);
        want = run(query, path, &events, &plain);
        for (size_t j = 0; j < LARGE_REGIMES - (i % BEGINNINGS ? 2 : 0); j++)
            compare(query, path, &events, &large_regimes[j], want);
        free(want);
    }
    free(events.at);
    free(partials.at);
    free(rows.at);
}

/* Summaries of many days tell of the same places, each for itself: then the rows that hold them decide. They are long, so that
 * there are several segments. */
static void summaries_case(uint64_t seed, spl_engine *engine, const char *path)
{
    static const char *const asked[] = {
        "stats first(v) last(v) list(v) earliest(v) latest(v) rate(v) BY g",
        "stats first(v) last(v) list(v) earliest_time(v) latest(v)",
        "sistats first(v) last(v) list(v) earliest(v) latest(v) rate(v) BY g",
        "append [search * | head 50] | stats first(v) last(v) list(v) latest(v) BY g",
    };
    static char pad[30000];
    struct text days = { 0 };

    state = seed;
    memset(pad, 'x', sizeof pad);
    for (int day = 0; day < 300; day++) {
        struct text rows = some_rows(1 + pick(6), 2);
        spl_error  *err = NULL;
        char       *text = check_query(engine, asked[2], rows.at, &err);

        for (const char *at = text; CHECK(at != NULL) && *at; at += line_size(at)) {
            put(&days, "{\"pad\":\"", 8);
            put(&days, pad, sizeof pad);
            put(&days, "\",", 2);
            put(&days, at + 1, line_size(at) - 1);
        }
        free(text);
        free(rows.at);
    }
    check_write(path, days.at, days.size);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        char *want = run(asked[i], path, &days, &plain);
        for (size_t j = 0; j < LARGE_REGIMES - (i == 3 ? 2 : 0); j++)
            if (!large_regimes[j].piece)
                compare(asked[i], path, &days, &large_regimes[j], want);
        free(want);
    }
    free(days.at);
}

struct pouring {
    const struct text *text;
    const char        *path;
};

/* Into a pipe that is empty now and then, long enough for its segments to go on in pieces. */
static void *pour(void *argument)
{
    const struct pouring *pouring = argument;
    FILE                 *pipe = fopen(pouring->path, "w");

    for (size_t at = 0, piece = 20000; pipe && at < pouring->text->size; at += piece, piece = piece * 5 / 2) {
        size_t left = pouring->text->size - at;
        fwrite(pouring->text->at + at, 1, left < piece ? left : piece, pipe);
        fflush(pipe);
        usleep(60000);
    }
    if (pipe)
        fclose(pipe);
    return NULL;
}

/* Rows of one segment that come in several blocks are added up from left to right by several threads, too. */
static void piped_case(uint64_t seed, const char *path)
{
    static const char *const threads[] = { "1", "2", "4" };
    static const char        query[] = "sistats " AGGREGATES " list(v) last(v) BY g";
    struct text              rows;
    char                    *want;

    state = seed;
    rows = some_rows(40000, 4);
    check_write(path, rows.at, rows.size);
    want = run(query, path, &rows, &plain);
    unlink(path);
    CHECK(mkfifo(path, 0600) == 0);
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        struct pouring pouring = { &rows, path };
        pthread_t      thread;
        CHECK(pthread_create(&thread, NULL, pour, &pouring) == 0);
        compare(query, path, &rows, &(struct regime){ .set = { { "threads", threads[i] } } }, want);
        pthread_join(thread, NULL);
    }
    free(want);
    free(rows.at);
}

/* Sanitizers make each many times slower. */
#if defined __SANITIZE_THREAD__ || defined __SANITIZE_ADDRESS__
enum { CASES = 60 };
#else
enum { CASES = 300 };
#endif

int main(int count, char **word)
{
    uint64_t    seed = count > 1 ? strtoull(word[1], NULL, 10) : 1, cases = count > 2 ? strtoull(word[2], NULL, 10) : CASES;
    char        path[] = "/tmp/spl-partials-XXXXXX";
    int         file = mkstemp(path);
    spl_engine *engine = NULL;

    CHECK(file >= 0 && spl_engine_new(NULL, &engine) == SPL_OK);
    close(file);
    for (uint64_t i = 0; i < cases; i++)
        small_case(seed + i, engine, path);
    for (uint64_t i = 0; i < cases; i++)
        place_case(seed + i, path);
    large_case(seed, engine, path, 5);
    large_case(seed + 1, engine, path, 20000);
    summaries_case(seed, engine, path);
    piped_case(seed, path);
    spl_engine_free(engine);
    unlink(path);
    return check_done();
}
