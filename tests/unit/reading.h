/* Reads bytes the way a run would and writes down what came out, for the tests of read/. */
#pragma once

#include "check.h"
#include "batch/layout.h"
#include "read/feed.h"
#include "read/prefilter.h"
#include "value/number.h"

struct attempt {                    /* how to read */
    const char    *format;          /* "auto" */
    size_t         chunk;           /* bytes pushed at a time; 0: all */
    bool           drain;           /* take blocks after every push, not only at the end */
    const char    *fields[8];       /* none: all */
    bool           complete;        /* read fields[] first, complete the rows then */
    enum cpu_level cpu;
    uint32_t       rows;            /* of a batch */
    size_t         limit_line;
    const char    *literal;         /* prefilter */
    enum kv_mode   mode;
};

struct outcome {
    struct heap         heap;
    struct buf          text;       /* a line for each row: name=value, separated by "; " */
    struct block_result result;
    struct diag         diag;
    status              end;
    uint64_t            too_long;
    const struct attempt *attempt;
    struct layout       layout;     /* of all rows, so that the order of columns does not hang on batches */
};

static void put_cell(struct buf *buf, struct cell cell)
{
    char room[NUMBER_ROOM];

    switch (cell.kind) {
    case KIND_NUMBER:
        buf_put(buf, str_make(room, number_format(cell.number, cell.decimals, room)));
        break;
    case KIND_TEXT:
        buf_put(buf, cell_str(&cell));
        break;
    case KIND_LIST:
        for (uint32_t i = 0; i < cell.size; i++) {
            buf_text(buf, i ? "|" : "");
            put_cell(buf, cell.list[i]);
        }
        break;
    default:
        buf_text(buf, "?");
    }
}

/* host, source and so on are left out: they are the same everywhere. */
static bool is_shown(const struct name *name)
{
    static const char *const hidden[] = { "host", "source", "sourcetype", "index", "_raw" };

    for (size_t i = 0; i < COUNT_OF(hidden); i++)
        if (str_is(name_str(name), hidden[i]))
            return false;
    return true;
}

static status write_down(void *host, struct batch *batch)
{
    struct outcome *outcome = host;

    if (outcome->attempt->complete) {
        struct batch *whole;
        status        failure = batch->origin->complete(batch->origin, batch, &whole);
        batch_release(batch);
        TRY(failure);
        batch = whole;
    }
    batch_check(batch);
    TRY(layout_show(&outcome->layout, batch));
    for (uint32_t f = 0; f < batch->fields; f++)
        TRY(batch_decode(batch, batch->field[f].column));
    for (uint32_t i = 0; i < batch_rows(batch); i++) {
        for (uint32_t f = 0; f < outcome->layout.count; f++) {
            const struct name *name = outcome->layout.column[f].name;
            struct column     *column = batch_column(batch, name);
            struct cell        cell = column ? column_cell(column, batch_row(batch, i)) : cell_null();

            if (cell.kind == KIND_NULL || (!outcome->attempt->fields[0] && !is_shown(name)))
                continue;
            buf_put(&outcome->text, name_str(name));
            buf_byte(&outcome->text, '=');
            put_cell(&outcome->text, cell);
            buf_text(&outcome->text, "; ");
        }
        buf_byte(&outcome->text, '\n');
    }
    batch_release(batch);
    return buf_status(&outcome->text);
}

static status drain(struct feed *feed, struct outcome *outcome)
{
    struct block *block;
    status        state;

    while ((state = feed_next(feed, &outcome->diag, &block)) == OK) {
        state = feed_parse(feed, block, write_down, outcome, &outcome->result);
        block_release(block);
        TRY(state);
    }
    return state;
}

static void attempt_read(const struct attempt *attempt, str bytes, struct outcome *outcome)
{
    struct reading       reading = { .heap = &outcome->heap };
    struct prefilter_arm arm = { .count = 1, .escapes_pass = true };
    str                  literal = str_of(attempt->literal);
    struct literal_set  *set = NULL;
    const struct name   *field[8];
    struct arena         arena;
    struct feed         *feed;
    size_t               chunk = attempt->chunk ? attempt->chunk : bytes.size;

    *outcome = (struct outcome){ .attempt = attempt };
    heap_init(&outcome->heap, NULL, NULL, 0);
    buf_init(&outcome->text, &outcome->heap);
    diag_init(&outcome->diag, &outcome->heap);
    layout_init(&outcome->layout, &outcome->heap);
    arena_init(&arena, &outcome->heap);
    reading.names = names_new(&outcome->heap);
    reading.cpu = attempt->cpu;
    reading.batch_rows = attempt->rows;
    reading.limit_line = attempt->limit_line;
    reading.kv_mode = attempt->mode;
    reading.projection = (struct projection){ .field = field, .lines = attempt->complete };
    for (; attempt->fields[reading.projection.fields]; reading.projection.fields++)
        field[reading.projection.fields] = names_intern(reading.names,
                                                        str_of(attempt->fields[reading.projection.fields]));
    if (!reading.projection.fields)
        reading.projection.all = reading.projection.raw = reading.projection.time = true;
    arm.literal = &literal;
    if (attempt->literal)
        CHECK(literal_set_make(&arena, attempt->cpu, &arm, 1, attempt->mode == KV_XML ? TEXT_XML : TEXT_PLAIN, &set) == OK);
    reading.prefilter = set;
    CHECK(feed_open_push(&reading, STR("test"), str_of(attempt->format ? attempt->format : "auto"), 0, &outcome->diag,
                         &feed) == OK);
    for (size_t at = 0; at < bytes.size; at += chunk) {
        CHECK(feed_push(feed, bytes.at + at, bytes.size - at < chunk ? bytes.size - at : chunk) == OK);
        if (attempt->drain) {
            outcome->end = drain(feed, outcome);
            if (outcome->end != HUNGRY)
                break;
        }
    }
    feed_end(feed);
    if (outcome->end == OK || outcome->end == HUNGRY)
        outcome->end = drain(feed, outcome);
    outcome->too_long = feed_too_long(feed);
    feed_close(feed);
    names_free(reading.names);
    arena_free(&arena);
}

static void outcome_free(struct outcome *outcome)
{
    buf_free(&outcome->text);
    diag_free(&outcome->diag);
    layout_free(&outcome->layout);
    CHECK(outcome->heap.used == 0);
}

static inline void check_same_text(str got, str want, const char *what, const char *file, int line)
{
    bool same = str_equal(got, want);

    check_claim(same, what, file, line);
    if (!same)
        printf("    is     %.*s\n    not    %.*s\n", (int)got.size, got.at, (int)want.size, want.at);
}

/* The rows that `bytes` give, all fields, on every level, as one piece and byte by byte. */
static inline void check_rows(const char *format, str bytes, str want, uint64_t bad, const char *file, int line)
{
    for (int cpu = 0; cpu < CPU_LEVELS; cpu++)
        for (size_t chunk = 0; chunk < 2 && cpu_has((enum cpu_level)cpu); chunk++) {
            struct attempt attempt = { .format = format, .cpu = (enum cpu_level)cpu, .chunk = chunk, .drain = chunk };
            struct outcome outcome;

            attempt_read(&attempt, bytes, &outcome);
            check_same_text(buf_str(&outcome.text), want, cpu_name((enum cpu_level)cpu), file, line);
            check_number((double)outcome.result.bad.count, (double)bad, "bad lines", file, line);
            check_claim(outcome.end == DONE, "the end is reached", file, line);
            outcome_free(&outcome);
        }
}

#define CHECK_ROWS(format, bytes, want, bad) check_rows((format), STR(bytes), STR(want), (bad), __FILE__, __LINE__)
