/* What stats costs beyond reading: columns made in memory go through groups and tallies.
 *
 *   speed_stats [rows]      default 1500000; prints nanoseconds a row, best of three, and the memory peak */
#include "group/tallies.h"

#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCH = 1600, USERS = 400, IMAGES = 900, ADDRESSES = 65000 };

struct bench {
    const char *title;
    const char *by[3];
    struct { const struct aggregate *aggregate; const char *field; } term[6];
};

extern const struct aggregate aggregate_count, aggregate_dc, aggregate_min, aggregate_max, aggregate_avg,
    aggregate_values,
    aggregate_sum, aggregate_perc, aggregate_stdev;

static const struct bench benches[] = {
    { "count", { NULL }, { { &aggregate_count, NULL } } },
    { "count by user (400)", { "user" }, { { &aggregate_count, NULL } } },
    { "count by src_ip (65000)", { "src_ip" }, { { &aggregate_count, NULL } } },
    { "count by user image", { "user", "image" }, { { &aggregate_count, NULL } } },
    { "sum(bytes) avg(bytes) by user", { "user" },
      { { &aggregate_sum, "bytes" }, { &aggregate_avg, "bytes" } } },
    { "avg(duration) stdev(duration) by user", { "user" },
      { { &aggregate_avg, "duration" }, { &aggregate_stdev, "duration" } } },
    { "perc95(duration) by user", { "user" }, { { &aggregate_perc, "duration" } } },
    { "dc(src_ip) by user", { "user" }, { { &aggregate_dc, "src_ip" } } },
    { "values(image) by user", { "user" }, { { &aggregate_values, "image" } } },
    { "Q4: count dc(src_ip) min(_time) max(_time) avg(bytes) by user image", { "user", "image" },
      { { &aggregate_count, NULL }, { &aggregate_dc, "src_ip" }, { &aggregate_min, "_time" },
        { &aggregate_max, "_time" },
        { &aggregate_avg, "bytes" } } },
};

static uint64_t state = 1;

static uint32_t skewed(uint32_t most)
{
    double x = (double)(hash_u64(state++) >> 11) / 9007199254740992.0;
    return (uint32_t)(x * x * x * most);
}

static struct cell text(struct arena *arena, const char *format, unsigned a, unsigned b)
{
    char room[80];
    int  size = snprintf(room, sizeof room, format, a, b);
    return cell_field_text(arena_str(arena, (str){ room, (size_t)size }));
}

static struct batch *make(struct heap *heap, struct names *names, uint32_t number)
{
    struct batch  *batch = batch_new(heap, BATCH);
    struct arena  *arena = &batch->arena;
    struct column *user = column_cells(arena, BATCH, KINDS_TEXT),
        *image = column_cells(arena, BATCH, KINDS_TEXT),
                  *address = column_cells(arena, BATCH, KINDS_TEXT),
                      *bytes = column_cells(arena, BATCH, KINDS_TEXT),
                  *duration = column_cells(arena, BATCH, KINDS_TEXT), *when = column_number(arena, BATCH);

    batch->ordinal = (uint64_t)number << 24;
    batch->segment = number;
    for (uint32_t i = 0; i < BATCH; i++) {
        unsigned n = skewed(ADDRESSES);
        user->cell[i] = text(arena, "system:serviceaccount:team-%u:controller", skewed(USERS), 0);
        image->cell[i] = text(arena, "registry.example.com/platform/scheduler-worker:0.%u.33", skewed(IMAGES),
                              0);
        address->cell[i] = text(arena, "10.13.%u.%u", n >> 8, n & 255);
        bytes->cell[i] = text(arena, "%u", skewed(1000000), 0);
        duration->cell[i] = text(arena, "%u.%u", skewed(10000), skewed(10));
        when->number[i] = 1714521600 + number + i / 1600.0;
    }
    batch_set(batch, names_intern(names, STR("user")), user, 0);
    batch_set(batch, names_intern(names, STR("image")), image, 0);
    batch_set(batch, names_intern(names, STR("src_ip")), address, 0);
    batch_set(batch, names_intern(names, STR("bytes")), bytes, 0);
    batch_set(batch, names_intern(names, STR("duration")), duration, 0);
    batch_set(batch, names_intern(names, STR("_time")), when, 0);
    return batch;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fail(const char *what)
{
    fprintf(stderr, "%s failed\n", what);
    exit(1);
}

static double run(const struct bench *bench, struct names *names, struct batch **batch, uint32_t batches,
                  uint32_t *count, size_t *peak)
{
    struct heap     heap;
    struct arena    arena, step;
    struct measure  item[6] = { { 0 } };
    struct measures measures = { .item = item };
    struct groups   groups;
    struct tallies  tallies;
    struct context  context = { .heap = &heap, .names = names };
    uint32_t        keys = 0, *order;
    double          begin;

    heap_init(&heap, NULL, NULL, 0);
    arena_init(&arena, &heap);
    arena_init(&step, &heap);
    while (keys < 3 && bench->by[keys])
        keys++;
    for (; bench->term[measures.count].aggregate; measures.count++)
        item[measures.count] = (struct measure){ .aggregate = bench->term[measures.count].aggregate,
                                                 .percent = 95,
            .field = str_of(bench->term[measures.count].field), .name = STR("x") };
    begin = now();
    if (groups_init(&groups, &heap, keys) != OK || tallies_init(&tallies, &measures, &context, &arena) != OK)
        fail("init");
    for (uint32_t i = 0; i < batches; i++) {
        const struct column *key[3];
        struct grouping      grouping;
        for (uint32_t k = 0; k < keys; k++)
            key[k] = batch_column(batch[i], names_intern(names, str_of(bench->by[k])));
        if (groups_assign(&groups, key, &batch[i]->rows, &step, &grouping) != OK ||
            tallies_push(&tallies, batch[i], &grouping, groups_count(&groups), &step) != OK)
            fail("push");
        arena_reset(&step);
    }
    *count = groups_count(&groups);
    if (groups_sort(&groups, 0, &order) != OK)
        fail("sort");
    for (uint32_t i = 0; i < tallies.works; i++)
        for (uint32_t g = 0; g < *count; g++) {
            struct cell cell;
            if (tallies_cell(&tallies, tallies.work[i], order[g], &step, &cell) != OK)
                fail("finish");
            if ((g & 4095) == 4095)
                arena_reset(&step);
        }
    begin = now() - begin;
    heap_free(&heap, order, (*count + (size_t)1) * sizeof *order);
    tallies_free(&tallies);
    groups_free(&groups);
    arena_free(&step);
    arena_free(&arena);
    *peak = heap.peak;
    return begin;
}

int main(int count, char **argument)
{
    uint32_t       rows = count > 1 ? (uint32_t)atoi(argument[1]) : 1500000,
        batches = (rows + BATCH - 1) / BATCH;
    struct batch **batch = calloc(batches, sizeof *batch);
    struct heap    heap;
    struct names  *names;

    heap_init(&heap, NULL, NULL, 0);
    names = names_new(&heap);
    for (uint32_t i = 0; i < batches; i++)
        batch[i] = make(&heap, names, i);
    for (size_t i = 0; i < sizeof benches / sizeof *benches; i++) {
        double   best = 1e9;
        uint32_t groups = 0;
        size_t   peak = 0;
        for (int turn = 0; turn < 3; turn++) {
            double time = run(&benches[i], names, batch, batches, &groups, &peak);
            best = time < best ? time : best;
        }
        printf("%-72s %8.1f ns %8u groups %6.1f MiB %6.3f s\n", benches[i].title,
               best * 1e9 / (batches * (double)BATCH),
               groups, (double)peak / 1048576, best);
    }
    for (uint32_t i = 0; i < batches; i++)
        batch_release(batch[i]);
    names_free(names);
    free(batch);
    return 0;
}
