/* Any bytes as input of the format FORMAT, read in KV_MODE: first a byte that picks the query, one that picks the cuts, then the data.
 * Whole or in pieces, with every vector instruction or none, with or without a look at the raw text first: same rows. */
#include "outside.h"

#ifndef KV_MODE
#define KV_MODE "auto"
#endif

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const queries[] = {
        "table *",
        "search a=1 OR b=\"x*\" | table _time a b",
        "error | fields a, b, _raw",
        "stats count, sum(a), dc(b), values(c) BY host, sourcetype",
        "search NOT a=2 | eval n=len(_raw), t=_time | table n t a.b a{} source",
        "where a>1 | sort - a | head 3",
        "search root user!=admin | fields - _raw",
        "timechart span=1h count BY a",
        "search r.a=\"root<\" OR A=root | table _time, A, B, r.a, r.b*, host, linecount",
    };
    static const struct way ways[] = {
        { .name = "plain", .option = { { "kv-mode", KV_MODE } } },
        { .name = "portable, in pieces", .option = { { "kv-mode", KV_MODE }, { "debug.cpu", "portable" },
                                                     { "batch.rows", "3" } }, .cut = 1 },
        { .name = "parts, no prefilter", .option = { { "kv-mode", KV_MODE }, { "debug.prefilter", "off" },
                                                     { "debug.partitions", "2" }, { "batch.rows", "2" } } },
    };
    /* What a format looks like depends on how much of it is there when the first push ends. */
    int        count = strcmp(FORMAT, "auto") == 0 ? 1 : 3;
    struct job job = { .format = FORMAT };

    if (size < 2)
        return 0;
    job.query = queries[bytes[0] % (sizeof queries / sizeof *queries)];
    job.query_size = strlen(job.query);
    job.seed = bytes[1];
    job.input = (const char *)bytes + 2;
    job.input_size = size - 2;
    compare_ways(&job, ways, count);
    return 0;
}
