/* Three bytes say how to read the rest: format and KV mode; size of the pieces; rows a batch, completion, prefilter,
 * projection. The rows must be those that the portable level makes of it in one piece. */
#include "../unit/reading.h"
#include "inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const format[] = { "ndjson", "json", "csv", "tsv", "kv", "raw", "auto", "hec", "syslog" };
    struct attempt one, two;
    struct outcome first, second;
    str            copy;

    if (size < 3)
        return 0;
    copy = exact_copy(bytes + 3, size - 3);
    one = (struct attempt){
        .format = format[bytes[0] % COUNT_OF(format)], .cpu = cpu_best(), .chunk = bytes[1], .drain = bytes[1] & 1,
        .rows = bytes[2] & 3, .complete = bytes[2] & 4, .limit_line = bytes[2] & 8 ? 50 : 0,
        .literal = bytes[2] & 16 ? "abc" : NULL,
        .mode = (enum kv_mode)(bytes[0] / COUNT_OF(format) % (KV_MULTI + 1)),
    };
    if (one.mode == KV_MULTI)
        one.complete = false;                   /* runs do not, either */
    if (bytes[2] & 32 || one.complete) {
        one.fields[0] = "a";
        one.fields[1] = "b.c";
        one.fields[2] = "_time";
    }
    two = one;
    two.chunk = two.rows = 0;
    two.cpu = CPU_PORTABLE;
    attempt_read(&one, copy, &first);
    attempt_read(&two, copy, &second);
    /* A failure may come before or behind what was read; what a prefilter lets pass depends on the blocks. */
    if (!one.literal && first.end == DONE && second.end == DONE)
        MUST(str_equal(buf_str(&first.text), buf_str(&second.text)));
    outcome_free(&first);
    outcome_free(&second);
    MUST(!check_failed);
    free((char *)(uintptr_t)copy.at);
    return 0;
}
