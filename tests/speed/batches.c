/* What queries cost when the events are batches in memory already: a file is read once, then each query runs over the
 * same batches. Of the fields in FIELDS those whose values are all numbers become columns of numbers, as a host that
 * pushes columns would make them.
 *
 *     speed_batches FILE FIELD,FIELD... ROUNDS QUERY...        a line a query: nanoseconds a row (median), rows out
 */
#include "api/handles.h"
#include "flow/run.h"
#include "plan/plan.h"
#include "read/feed.h"
#include "value/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FIELDS = 64, ROUNDS = 101 };

struct table {
    struct heap    heap;
    struct names  *names;
    struct batch **batch;
    uint32_t       batches, room;
    uint64_t       rows;
};

static void fail(const char *what)
{
    fprintf(stderr, "batches: %s\n", what);
    exit(1);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* The column as numbers; itself where a value is none. */
static struct column *numbers(struct batch *batch, struct column *column)
{
    struct column *made = column_number(&batch->arena, batch->size);
    bool           exact = true;

    if (!made || batch_decode(batch, column) != OK)
        fail("out of memory");
    made->soft = 1;
    made->null = arena_zero(&batch->arena, batch->size, 1);
    made->decimals = ARENA_ARRAY(&batch->arena, int16_t, batch->size);
    for (uint32_t i = 0; i < batch->size; i++) {
        struct cell cell = column_cell(column, i);

        made->null[i] = cell.kind == KIND_NULL;
        made->decimals[i] = EXACT;
        if (cell.kind == KIND_NUMBER)
            made->number[i] = cell.number, made->decimals[i] = cell.decimals;
        else if (cell.kind == KIND_NULL)
            made->number[i] = 0;
        else if (cell.kind != KIND_TEXT || !number_parse(cell_str(&cell), &made->number[i], &made->decimals[i]))
            return column;
        exact = exact && made->decimals[i] == EXACT;
    }
    if (exact)
        made->decimals = NULL;
    return made;
}

/* Texts side by side in memory of the batch, and not where they were read. */
static struct column *texts(struct batch *batch, struct column *column)
{
    if (column->encoding != ENCODING_CELLS)
        return column;
    for (uint32_t i = 0; i < batch->size; i++)
        if (column->cell[i].kind == KIND_TEXT) {
            str copy = arena_str(&batch->arena, cell_str(&column->cell[i]));
            if (!copy.at)
                fail("out of memory");
            column->cell[i].text = copy.at;
        }
    return column;
}

static status keep(void *host, struct batch *takes)
{
    struct table *table = host;

    for (uint32_t i = 0; i < takes->fields; i++)
        takes->field[i].column = texts(takes, numbers(takes, takes->field[i].column));
    if (!heap_grow(&table->heap, &table->batch, &table->room, table->batches + 1, sizeof takes))
        fail("out of memory");
    table->batch[table->batches++] = takes;
    table->rows += batch_rows(takes);
    return OK;
}

static void read_file(struct table *table, const char *path, char *fields)
{
    struct reading      reading = { .heap = &table->heap, .cpu = cpu_best() };
    const struct name  *field[FIELDS];
    struct block_result result = { 0 };
    struct feed        *feed;
    struct block       *block;

    heap_init(&table->heap, NULL, NULL, 0);
    reading.names = table->names = names_new(&table->heap);
    reading.projection = (struct projection){ .field = field, .time = true };
    for (char *word = strtok(fields, ","); word && reading.projection.fields < FIELDS; word = strtok(NULL, ","))
        field[reading.projection.fields++] = names_intern(table->names, str_of(word));
    if (feed_open_file(&reading, path, STR("auto"), 0, NULL, &feed) != OK)
        fail("cannot open the file");
    while (feed_next(feed, NULL, &block) == OK) {
        if (feed_parse(feed, block, keep, table, &result) != OK)
            fail("cannot read the file");
        block_release(block);
    }
}

static uint64_t drain(struct run *run)
{
    struct batch *out;
    uint64_t      rows = 0;

    while (run_next(run, &out) == OK) {
        rows += batch_rows(out);
        batch_release(out);
    }
    if (run->failure != OK)
        fail("a query failed");
    return rows;
}

/* The batches with the columns that the query reads. */
static struct batch **narrow(const struct table *table, const struct plan *plan)
{
    struct batch **narrowed = calloc(table->batches + 1, sizeof *narrowed);

    for (uint32_t i = 0; narrowed && i < table->batches; i++) {
        struct batch *batch = narrowed[i] = batch_derive(table->batch[i]);
        uint32_t      kept = 0;

        if (!batch)
            fail("out of memory");
        for (uint32_t f = 0; f < batch->fields; f++)
            if (plan->read.all || wanted_has(&plan->read, name_str(batch->field[f].name)))
                batch->field[kept++] = batch->field[f];
        batch->fields = kept;
    }
    return narrowed;
}

static double once(const struct table *table, struct batch **batch, const struct plan *plan, uint64_t *rows)
{
    struct run_options options = { .threads = 1, .cpu = -1, .names = table->names, .window_off = true };
    struct run        *run;
    double             begin = now();

    if (run_new(plan, &options, NULL, NULL, NULL, &run) != OK)
        fail("a query does not start");
    *rows = 0;
    for (uint32_t i = 0; i < table->batches; i++) {
        batch_retain(batch[i]);
        if (run_push_batch(run, batch[i]) != OK)
            break;
        if (run->ready_count)
            *rows += drain(run);
    }
    if (run_end(run) != OK)
        fail("a query does not end");
    *rows += drain(run);
    run_free(run);
    return now() - begin;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int count, char **word)
{
    static double took[ROUNDS];
    struct table  table = { 0 };
    spl_engine   *engine;
    spl_query    *query;
    int           rounds = count > 4 ? atoi(word[3]) : 0;

    if (rounds < 1 || rounds > ROUNDS || spl_engine_new(NULL, &engine) < 0)
        fail("FILE FIELD,FIELD... ROUNDS QUERY...");
    read_file(&table, word[1], word[2]);
    for (int i = 4; i < count; i++) {
        struct batch **batch;
        uint64_t       rows = 0;

        if (spl_compile(engine, word[i], SPL_NTS, &query, NULL) < 0)
            fail("a query does not compile");
        batch = narrow(&table, query->plan);
        for (int round = -1; round < rounds; round++)       /* one to warm up */
            took[round < 0 ? 0 : round] = once(&table, batch, query->plan, &rows);
        qsort(took, (size_t)rounds, sizeof *took, by_value);
        printf("%.2f %llu %s\n", took[rounds / 2] / (double)table.rows, (unsigned long long)rows, word[i]);
        fflush(stdout);
        for (uint32_t b = 0; b < table.batches; b++)
            batch_release(batch[b]);
        free(batch);
        spl_query_free(query);
    }
    return 0;
}
