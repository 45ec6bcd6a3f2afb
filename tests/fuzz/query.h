/* A query of any kind over a few events, in several ways that must not matter. */
#pragma once

#include "outside.h"

#include <stdarg.h>

/* One of each kind of value, and of each way to lack it. */
static const char few_events[] =
    "{\"_time\":1700000000,\"host\":\"h1\",\"a\":1,\"b\":\"x\",\"c\":[\"p\",\"q\",\"p\"],\"d\":0.1,\"user\":\"root\"}\n"
    "{\"_time\":1700000060.5,\"host\":\"h2\",\"a\":\"2\",\"b\":\"X y\",\"ip\":\"10.1.2.3\",\"d\":1e400,\"e\":null}\n"
    "{\"_time\":1700000120,\"host\":\"h1\",\"a\":-3.50,\"b\":\"\",\"c\":\"q\",\"o\":{\"k\":[{\"v\":1},{\"v\":\"two\"}]}}\n"
    "{\"_time\":1700003600,\"host\":\"h3\",\"a\":\"abc\",\"b\":\"\\u00e9\\ud83d\\ude00\\n\",\"d\":12345678901234567890}\n"
    "{\"_time\":1700090000,\"host\":\"h2\",\"a\":1,\"b\":\"x\",\"t\":\"2023-11-14 22:13:20\",\"user\":\"jdoe\"}\n"
    "{\"a\":true,\"b\":\"a=1, b=\\\"two words\\\" c=3\",\"c\":[],\"u\":\"http://x/?q=%20\",\"d\":0}\n"
    "{\"_time\":1700090001,\"a\":1,\"b\":\"x\",\"d\":0.2}\n";

/* Ordinary values first, which are taken more often. */
static const char *const event_values[] = {
    "1", "2", "3", "0.1", "\"x\"", "\"y\"", "\"x y\"", "\"\"", "-3.50", "\"3\"", "0", "-0.0", "1e400", "-1e300", "null", "true",
    "\"nan\"", "\"0x1F\"", "\" 1\"", "\"1,234\"", "9007199254740993", "1700000000.25", "1e-320", "\"\\u00e9\"", "\"\xff\"",
    "\"a\\u0000b\"", "[1,2,3]", "[\"p\",null,\"q\"]", "[[1],[2,3]]", "[{\"v\":1},{\"v\":\"x\"}]", "[]", "{\"k\":{\"v\":[1,2]}}", "{}",
    "\"a=1, b=\\\"two words\\\"\"", "\"{\\\"a\\\":[1,{\\\"b\\\":2}]}\"", "\"<a><b k='1'>x</b></a>\"", "\"2023-11-14 22:13:20\"",
    "\"10.1.2.3\"", "\"1+02:03:04\"", "\"5k\"", "\"a;b;c\"", "\"A B\\n1 2\\n\"",
};

/* More rows than a batch or a part has, whose fields come and go. */
struct event_text {
    char     at[32768];
    size_t   size;
    uint32_t state;
};

static inline uint32_t event_pick(struct event_text *text, uint32_t most)
{
    text->state = text->state * 1664525 + 1013904223;
    return (text->state >> 8) % most;
}

static inline void event_put(struct event_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline void event_put(struct event_text *text, const char *format, ...)
{
    va_list more;

    va_start(more, format);
    text->size += (size_t)vsnprintf(text->at + text->size, sizeof text->at - text->size, format, more);
    va_end(more);
    MUST(text->size < sizeof text->at);
}

static inline void event_line(struct event_text *text, unsigned number)
{
    enum { ORDINARY = 8, VALUES = sizeof event_values / sizeof *event_values };
    static const char *const names[] = { "a", "b", "c", "d", "e", "host", "user", "ip", "o", "t", "u", "x" };

    event_put(text, "{\"n\":%u", number);
    if (event_pick(text, 8))
        event_put(text, ",\"_time\":%u", 1700000000 + event_pick(text, 4) * 3600 + event_pick(text, 100));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (i < 2 || event_pick(text, 3) == 0)
            event_put(text, ",\"%s\":%s", names[i], event_values[event_pick(text, event_pick(text, 2) ? VALUES : ORDINARY)]);
    event_put(text, "}\n");
}

/* Ways of one list give the same bytes. Parts are compared with one part, not with none: sums are made piece by piece there,
 * and the last digits of fractions differ. Which list and which events is settled by the text, as a throw would. */
static inline void compare_query(const char *query, size_t size)
{
    static const struct way whole[] = {
        { .name = "plain" },
        { .name = "rows by themselves", .option = { { "batch.rows", "1" }, { "debug.row-bodies", "on" },
                                                    { "debug.cpu", "portable" } }, .cut = 1 },
    };
    static const struct way parts[] = {
        { .name = "one part", .option = { { "batch.rows", "2" }, { "debug.partitions", "1" } } },
        { .name = "three parts, no rewriting", .option = { { "batch.rows", "2" }, { "debug.partitions", "3" },
                                                           { "debug.rewrite", "off" } } },
    };
    static struct event_text many;
    struct job               job = { .format = "ndjson", .query = query, .query_size = size, .seed = (unsigned)size };
    uint32_t                 hash = 2166136261;

    for (unsigned i = 0; many.size == 0 || (i > 0 && i < 40); i++)
        event_line(&many, i);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)query[i]) * 16777619;
    job.name = hash >> 16 & 1 ? "many events" : "few events";
    job.input = hash >> 16 & 1 ? many.at : few_events;
    job.input_size = strlen(job.input);
    if (holds_word(query, size, "random"))
        compare_ways(&job, whole, 1);
    else
        compare_ways(&job, hash >> 17 & 1 ? whole : parts, 2);
}
