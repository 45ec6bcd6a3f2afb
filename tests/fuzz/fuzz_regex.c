/* First line a pattern, the rest a text: no crash, groups inside the text, and the literal that every match must contain
 * is in every match. */
#include "inside.h"

#include "text/find.h"
#include "text/regex.h"

static void scan(const struct regex *regex, struct regex_match *match, str text)
{
    bool   caseless;
    str    required = regex_required(regex, &caseless);
    status result = regex_find(regex, match, text, 0);
    size_t last = 0;

    for (int i = 0; result == OK && i < 200; i++) {
        for (uint32_t g = 0; g <= regex_groups(regex); g++) {
            size_t from, to;
            if (regex_place(match, g, &from, &to))
                MUST(from <= to && to <= text.size);
            else
                MUST(g > 0);
        }
        if (required.size)
            MUST(find_bytes(CPU_PORTABLE, text, 0, required, caseless) != SIZE_MAX);
        result = regex_find_next(regex, match, text);
        MUST(last++ <= 2 * text.size + 1);      /* an empty match and one behind it at each place */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    str                 copy = exact_copy(bytes, size), text = copy, pattern;
    struct bench        bench;
    struct regex       *regex = NULL;
    struct regex_match *match = NULL;
    struct regex_error  error;
    unsigned            options = size ? bytes[0] & 15 : 0;

    if (size)
        text = str_slice(text, 1, text.size);
    pattern = take_line(&text);
    bench_open(&bench);
    if (pattern.size < 300 && text.size < 4000 &&
        regex_compile(&bench.heap, cpu_best(), pattern, options, &regex, &error) == OK &&
        regex_match_new(&bench.heap, &match) == OK)
        for (int i = 0; i < 3; i++)             /* later rounds may run as machine code */
            scan(regex, match, text);
    regex_match_free(match);
    regex_free(regex);
    bench_close(&bench);
    free((char *)copy.at);
    return 0;
}
