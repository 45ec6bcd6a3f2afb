/* Any text as a query. What compiles is shown and run over a few events, in several ways that must not matter.
 * EXPRESSION: the text is what is behind "eval x=". */
#include "outside.h"

static const char events[] =
    "{\"_time\":1700000000,\"host\":\"h1\",\"a\":1,\"b\":\"x\",\"c\":[\"p\",\"q\",\"p\"],\"d\":0.1,\"user\":\"root\"}\n"
    "{\"_time\":1700000060.5,\"host\":\"h2\",\"a\":\"2\",\"b\":\"X y\",\"ip\":\"10.1.2.3\",\"d\":1e400,\"e\":null}\n"
    "{\"_time\":1700000120,\"host\":\"h1\",\"a\":-3.50,\"b\":\"\",\"c\":\"q\",\"o\":{\"k\":[{\"v\":1},{\"v\":\"two\"}]}}\n"
    "{\"_time\":1700003600,\"host\":\"h3\",\"a\":\"abc\",\"b\":\"\\u00e9\\ud83d\\ude00\\n\",\"d\":12345678901234567890}\n"
    "{\"_time\":1700090000,\"host\":\"h2\",\"a\":1,\"b\":\"x\",\"t\":\"2023-11-14 22:13:20\",\"user\":\"jdoe\"}\n"
    "{\"a\":true,\"b\":\"a=1, b=\\\"two words\\\" c=3\",\"c\":[],\"u\":\"http://x/?q=%20\",\"d\":0}\n"
    "{\"_time\":1700090001,\"a\":1,\"b\":\"x\",\"d\":0.2}\n";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct way ways[] = {
        { .name = "plain" },
        { .name = "rows by themselves", .option = { { "batch.rows", "1" }, { "debug.row-bodies", "on" },
                                                    { "debug.cpu", "portable" } }, .cut = 1 },
        { .name = "three parts, no rewriting", .option = { { "batch.rows", "2" }, { "debug.partitions", "3" },
                                                           { "debug.rewrite", "off" } } },
    };
#ifdef EXPRESSION
    static const char prefix[] = "eval x=";
#else
    static const char prefix[] = "";
#endif
    struct job job = { .format = "ndjson", .input = events, .input_size = sizeof events - 1, .seed = (unsigned)size };
    char      *text = malloc(size + sizeof prefix);

    if (!text)
        abort();
    memcpy(text, prefix, sizeof prefix - 1);
    if (size)
        memcpy(text + sizeof prefix - 1, bytes, size);
    job.query = text;
    job.query_size = size + sizeof prefix - 1;
    compare_ways(&job, ways, holds(text, job.query_size, "random") ? 1 : 3);
    free(text);
    return 0;
}
