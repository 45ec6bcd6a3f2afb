/* First line a format, second a zone, the rest a text: times parsed, printed, and read back; relative times and zone data
 * rules in any spelling. */
#include "inside.h"

#include "time/relative.h"
#include "time/span.h"
#include "time/strftime.h"
#include "time/strptime.h"

#include <math.h>

static void check_format(struct bench *bench, struct zone *zone, str format, str text)
{
    struct time_format *compiled;
    struct zone_view    view;
    struct buf          out;
    double              instant, again;

    zone_view_init(&view, zone, NULL);
    buf_init(&out, &bench->heap);
    MUST(time_format_compile(&bench->arena, format, &compiled) == OK);
    if (time_parse(compiled, &view, 1700000000, text, &instant) == OK) {
        MUST(isfinite(instant));
        if (time_print(compiled, &view, instant, &out) == OK)
            time_parse(compiled, &view, 1700000000, buf_str(&out), &again);
        buf_clear(&out);
        MUST(time_print_iso(&view, instant, &out) != FAIL_MEMORY);
    }
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    str              copy = exact_copy(bytes, size), text = copy, format = take_line(&text), name = take_line(&text);
    struct bench     bench;
    struct zone     *zone = NULL;
    struct zone_view view;
    double           instant;

    bench_open(&bench);
    if (zone_open(&bench.heap, name, &zone) == OK) {
        check_format(&bench, zone, format, text);
        zone_view_init(&view, zone, NULL);
        if (time_modifier(format, &view, 1700000000.5, &instant) == OK)
            MUST(!isnan(instant));
        zone_free(zone);
    }
    bench_close(&bench);
    free((char *)copy.at);
    return 0;
}
