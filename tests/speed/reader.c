/* How fast the reader alone is: a file in memory, parsed into batches that nobody looks at.
 *
 *     reader FILE ROUNDS [-c LEVEL] [-f FORMAT] [-p LITERAL,LITERAL...]... [FIELD...]
 *
 * No field: all of them; "-": none; "_raw": the lines. Each -p is an arm of the prefilter.
 */
#include "read/feed.h"
#include "read/prefilter.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static status count_rows(void *host, struct batch *batch)
{
    *(uint64_t *)host += batch_rows(batch);
    batch_release(batch);
    return OK;
}

static void fail(const char *what)
{
    fprintf(stderr, "reader: %s\n", what);
    exit(1);
}

struct blocks {
    struct block **block;
    uint32_t       count, room;
    uint64_t       bytes;
};

static struct blocks load(struct heap *heap, struct feed *feed)
{
    struct blocks blocks = { 0 };
    struct block *block;

    while (feed_next(feed, NULL, &block) == OK) {
        if (!heap_grow(heap, &blocks.block, &blocks.room, blocks.count + 1, sizeof block))
            fail("out of memory");
        blocks.block[blocks.count++] = block;
        blocks.bytes += block->size;
    }
    return blocks;
}

static struct prefilter_arm arm_of(struct arena *arena, char *list)
{
    struct prefilter_arm arm = { .escapes_pass = true };
    str                 *literal = ARENA_ARRAY(arena, str, 64);

    for (char *word = strtok(list, ","); word && arm.count < 64; word = strtok(NULL, ","))
        literal[arm.count++] = str_of(word);
    arm.literal = literal;
    return arm;
}

int main(int argc, char **argv)
{
    struct heap         heap;
    struct reading      reading = { .heap = &heap };
    struct feed        *feed;
    struct blocks       blocks;
    struct block_result result = { 0 };
    const struct name  *field[64];
    struct prefilter_arm arm[16];
    struct literal_set *set = NULL;
    struct arena        arena;
    uint32_t            arms = 0;
    const char         *format = "auto";
    uint64_t            rows = 0;
    double              best = 1e9;
    int                 rounds, i = 3;

    if (argc < 3)
        fail("FILE ROUNDS [-c LEVEL] [-f FORMAT] [-p LITERAL,...] [FIELD...]");
    rounds = atoi(argv[2]);
    heap_init(&heap, NULL, NULL, 0);
    arena_init(&arena, &heap);
    reading.names = names_new(&heap);
    reading.cpu = cpu_best();
    for (; i + 1 < argc && argv[i][0] == '-' && argv[i][1]; i += 2) {
        if (argv[i][1] == 'c' && !cpu_named(str_of(argv[i + 1]), &reading.cpu))
            fail("no such level");
        if (argv[i][1] == 'f')
            format = argv[i + 1];
        if (argv[i][1] == 'p' && arms < 16)
            arm[arms++] = arm_of(&arena, argv[i + 1]);
    }
    reading.projection = (struct projection){ .field = field, .all = i == argc, .raw = i == argc, .time = i == argc };
    for (; i < argc && reading.projection.fields < 64; i++)
        if (argv[i][0] != '-')
            field[reading.projection.fields++] = names_intern(reading.names, str_of(argv[i]));
    if (literal_set_make(&arena, reading.cpu, arm, arms, TEXT_PLAIN, &set) != OK)
        fail("out of memory");
    reading.prefilter = set;
    if (feed_open_file(&reading, argv[1], str_of(format), 0, NULL, &feed) != OK)
        fail("cannot open");
    blocks = load(&heap, feed);
    for (int round = 0; round < rounds; round++) {
        double start = seconds();
        rows = 0;
        result = (struct block_result){ 0 };
        for (uint32_t b = 0; b < blocks.count; b++)
            if (feed_parse(feed, blocks.block[b], count_rows, &rows, &result) != OK)
                fail("parse failed");
        start = seconds() - start;
        if (start < best)
            best = start;
    }
    printf("%-8s %8.3f s  %6.2f GB/s  %6.3f ns/byte  %llu rows, %llu bad %s\n", cpu_name(reading.cpu), best,
           (double)blocks.bytes / best * 1e-9, best * 1e9 / (double)blocks.bytes, (unsigned long long)rows,
           (unsigned long long)result.bad.count, result.bad.reason);
    for (uint32_t b = 0; b < blocks.count; b++)
        block_release(blocks.block[b]);
    feed_close(feed);
    names_free(reading.names);
    arena_free(&arena);
    return 0;
}
