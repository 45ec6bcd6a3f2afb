/* Where bytes come from and how they are cut: compression, long lines, files, segments. */
#include "reading.h"

#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static void put_gz(struct buf *buf, str text)
{
    z_stream stream = { 0 };
    char     out[65536];

    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = (Bytef *)(uintptr_t)text.at;
    stream.avail_in = (uInt)text.size;
    do {
        stream.next_out = (Bytef *)out;
        stream.avail_out = sizeof out;
        deflate(&stream, Z_FINISH);
        buf_put(buf, str_make(out, sizeof out - stream.avail_out));
    } while (stream.avail_out == 0);
    deflateEnd(&stream);
}

static void put_zst(struct buf *buf, str text)
{
    size_t room = ZSTD_compressBound(text.size);
    char  *out = malloc(room);

    buf_put(buf, str_make(out, ZSTD_compress(out, room, text.at, text.size, 3)));
    free(out);
}

static void put_events(struct buf *buf, int from, int count)
{
    for (int i = 0; i < count; i++)
        buf_print(buf, "{\"n\":%d}\n", from + i);
}

static void check_count(str bytes, size_t chunk, bool take, uint64_t events, status end, const char *what)
{
    struct attempt attempt = { .cpu = cpu_best(), .chunk = chunk, .drain = take, .fields = { "n" } };
    struct outcome outcome;

    attempt_read(&attempt, bytes, &outcome);
    check_number((double)outcome.result.events, (double)events, what, __FILE__, __LINE__);
    check_number(outcome.end, end, what, __FILE__, __LINE__);
    outcome_free(&outcome);
}

static void check_compression(void)
{
    static const size_t chunks[] = { 0, 1, 1000 };
    struct heap heap;
    struct buf  plain, packed;

    heap_init(&heap, NULL, NULL, 0);
    buf_init(&plain, &heap);
    put_events(&plain, 0, 5000);
    for (int kind = 0; kind < 2; kind++) {
        buf_init(&packed, &heap);
        for (int member = 0; member < 3; member++)
            (kind ? put_zst : put_gz)(&packed, buf_str(&plain));
        for (size_t i = 0; i < COUNT_OF(chunks); i++)
            for (int take = 0; take < 2; take++)
                check_count(buf_str(&packed), chunks[i], take, 15000, DONE, kind ? "zstd" : "gzip");
        packed.size -= 10;              /* all of two members, and of the third what there is */
        check_count(buf_str(&packed), 0, false, kind ? 10000 : 15000, FAIL_DATA, "cut short");
        buf_free(&packed);
    }
    check_count(STR("\x1f\x8b\x08\x00garbage that is no deflate stream at all"), 0, false, 0, FAIL_DATA, "damaged");
    buf_free(&plain);
}

static void check_any_pieces(const char *format, str bytes)
{
    struct attempt whole = { .format = format, .cpu = cpu_best(), .fields = { "_raw", "a" } };
    struct outcome all, pieces;

    attempt_read(&whole, bytes, &all);
    CHECK(all.end == DONE && all.result.events > 0);
    for (size_t chunk = 1; chunk < 5; chunk++)
        for (int drain = 0; drain < 2; drain++) {
            struct attempt attempt = whole;

            attempt.chunk = chunk;
            attempt.drain = drain;
            attempt_read(&attempt, bytes, &pieces);
            CHECK(pieces.end == DONE && pieces.result.events == all.result.events);
            CHECK(str_equal(buf_str(&pieces.text), buf_str(&all.text)));
            outcome_free(&pieces);
        }
    outcome_free(&all);
}

/* Only the beginning of an input says that it is packed, or what its format is; and that does not hang on
 * how much of it has come. */
static void check_beginnings(void)
{
    check_any_pieces("raw", STR("\n\0\n\x1f\x8b\x08\n"));
    check_any_pieces("raw", STR("\xef\xbb\xbf\n\x28\xb5\x2f\xfd\n"));
    check_any_pieces("raw", STR("\xef\xbb\xbf\x1f\x8b\x08\0\n"));
    check_any_pieces("raw", STR("\x1f\x8b\n"));
    check_any_pieces("raw", STR("(\n\x1f\x8b\x08\0\n"));
    check_any_pieces("raw", STR("P"));
    check_any_pieces("auto", STR("a,b\n1,\"x\nz\",2\n3,4\n"));
    check_any_pieces("auto", STR("a,b\n1,\"x"));
    check_any_pieces("auto", STR("[\n\n {\"a\":1},\n{\"a\":2}]"));
    check_any_pieces("json", STR("\xef\xbb\xbf[x\n{\"a\":1}]"));
    check_any_pieces("json", STR("\xef\xbb\n{\"a\":1}"));
    check_any_pieces("auto", STR("[x] a=1\n[y] a=2\n"));
    check_any_pieces("auto", STR(" \n{\n\"a\":1}\n{\"a\":2}"));
}

struct firsts {                     /* the first record of each segment */
    struct buf text;
    uint32_t   segment;
};

static status note_first(void *host, struct batch *batch)
{
    struct firsts *firsts = host;

    if (batch->segment != firsts->segment)
        buf_print(&firsts->text, "%.*s ", (int)batch->field[0].column->cell[0].size, batch->field[0].column->cell[0].text);
    firsts->segment = batch->segment;
    batch_release(batch);
    return OK;
}

static void find_firsts(str bytes, size_t chunk, struct firsts *firsts)
{
    struct heap         heap;
    struct reading      reading = { .heap = &heap, .cpu = cpu_best() };
    const struct name  *name;
    struct feed        *feed;
    struct block       *block;
    struct block_result result = { 0 };

    heap_init(&heap, NULL, NULL, 0);
    reading.names = names_new(&heap);
    name = names_intern(reading.names, STR("n"));
    reading.projection = (struct projection){ .field = &name, .fields = 1 };
    CHECK(feed_open_push(&reading, STR(""), STR("ndjson"), 0, NULL, &feed) == OK);
    for (size_t at = 0; at < bytes.size; at += chunk) {
        CHECK(feed_push(feed, bytes.at + at, bytes.size - at < chunk ? bytes.size - at : chunk) == OK);
        if (at + chunk >= bytes.size)
            feed_end(feed);
        while (feed_next(feed, NULL, &block) == OK) {
            CHECK(feed_parse(feed, block, note_first, firsts, &result) == OK);
            block_release(block);
        }
    }
    feed_close(feed);
    names_free(reading.names);
    CHECK(heap.used == 0);
}

/* Segments end at the same records however the bytes come. */
static void check_segments(void)
{
    struct heap   heap;
    struct buf    text;
    struct firsts whole = { .segment = UINT32_MAX }, parts;

    heap_init(&heap, NULL, NULL, 0);
    buf_init(&text, &heap);
    buf_init(&whole.text, &heap);
    put_events(&text, 0, 200000);
    buf_text(&text, "{\"n\":\"long\",\"x\":\"");
    buf_repeat(&text, 'x', 3 << 20);
    buf_text(&text, "\"}\n");
    put_events(&text, 300000, 200000);
    find_firsts(buf_str(&text), text.size, &whole);
    CHECK(str_find(buf_str(&whole.text), STR(" long "), 0) != SIZE_MAX);
    for (size_t chunk = 7001; chunk < 3000000; chunk = chunk * 5 + 1) {
        parts.segment = UINT32_MAX;
        buf_init(&parts.text, &heap);
        find_firsts(buf_str(&text), chunk, &parts);
        CHECK(str_equal(buf_str(&whole.text), buf_str(&parts.text)));
        buf_free(&parts.text);
    }
    buf_free(&whole.text);
    buf_free(&text);
}

static void check_long_lines(void)
{
    struct heap heap;
    struct buf  text;

    heap_init(&heap, NULL, NULL, 0);
    for (size_t size = 500; size < 4 << 20; size *= 20) {
        struct attempt attempt = { .format = "ndjson", .cpu = cpu_best(), .limit_line = 400, .fields = { "n" } };
        struct outcome outcome;

        buf_init(&text, &heap);
        put_events(&text, 0, 3);
        buf_text(&text, "{\"n\":\"");
        buf_repeat(&text, 'x', size);
        buf_text(&text, "\"}\n");
        put_events(&text, 7, 2);
        for (int i = 0; i < 4; i++) {
            attempt.chunk = i & 1 ? 5000 : 0;
            attempt.drain = i & 2;
            attempt_read(&attempt, buf_str(&text), &outcome);
            CHECK_TEXT(buf_str(&outcome.text), "n=0; \nn=1; \nn=2; \nn=7; \nn=8; \n");
            CHECK_NUMBER((double)(outcome.result.bad.count + outcome.too_long), 1);
            CHECK(outcome.end == DONE);
            outcome_free(&outcome);
        }
        buf_free(&text);
    }
}

static void check_file(void)
{
    char           path[] = "/tmp/spl-read-feed-XXXXXX";
    int            file = mkstemp(path);
    struct heap    heap;
    struct reading reading = { .heap = &heap, .projection = { .all = true, .raw = true, .time = true } };
    struct diag    diag;
    struct feed   *feed;
    struct block  *block;
    uint64_t       bytes = 0;
    struct buf     text;

    heap_init(&heap, NULL, NULL, 0);
    diag_init(&diag, &heap);
    buf_init(&text, &heap);
    reading.names = names_new(&heap);
    put_events(&text, 0, 300000);
    CHECK(write(file, text.at, text.size) == (ssize_t)text.size);
    close(file);
    CHECK(feed_open_file(&reading, path, STR("auto"), 3, &diag, &feed) == OK);
    CHECK_TEXT(feed_source(feed), path);
    for (uint64_t number = 0; feed_next(feed, &diag, &block) == OK; number++) {
        CHECK(feed_load(feed, block) == OK);
        CHECK(block->number == number && block->input == 3 && block->offset == bytes && block->bytes[block->size - 1] == '\n');
        CHECK(memcmp(block->bytes, text.at + bytes, block->size) == 0);
        bytes += block->size;
        block_release(block);
    }
    CHECK_NUMBER((double)bytes, (double)text.size);
    CHECK_NUMBER((double)feed_bytes(feed), (double)text.size);
    feed_close(feed);
    unlink(path);
    CHECK(feed_open_file(&reading, path, STR("auto"), 0, &diag, &feed) == FAIL_IO);
    CHECK(feed_open_file(&reading, path, STR("yaml"), 0, &diag, &feed) == FAIL_QUERY);
    CHECK(feed_open_push(&reading, STR(""), STR("auto"), 0, &diag, &feed) == OK);
    CHECK(feed_push(feed, "\xff\xfe{\0", 4) == OK);
    feed_end(feed);
    CHECK(feed_next(feed, &diag, &block) == FAIL_DATA);
    CHECK(feed_push(feed, "x", 1) == FAIL_MISUSE);
    feed_close(feed);
    buf_free(&text);
    names_free(reading.names);
    diag_free(&diag);
    CHECK(heap.used == 0);
}

int main(void)
{
    check_compression();
    check_beginnings();
    check_segments();
    check_long_lines();
    check_file();
    return check_done();
}
