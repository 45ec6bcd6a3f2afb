/* Spans of time and the bins they cut: span=5m, 1d, 2w@w1, 3mon (reporting 5.2, 5.4). */
#pragma once

#include "time/relative.h"

struct time_span {
    uint8_t  unit;              /* enum time_unit */
    int8_t   weekday;           /* of an `@wK` snap, else -1 */
    uint32_t count;             /* at least 1 */
};

/* [count]unit[@wK]; no unit: seconds. FAIL_DATA: not a span, or one that is not allowed (sub-second spans
 * must divide a second, months 1,2,3,4,6,12, quarters 1,2,4). */
status time_span_parse(str text, struct time_span *out);

/* Has the text a time unit, so that it is a span of time even for a field other than _time? */
bool   time_span_has_unit(str text);

double time_span_seconds(const struct time_span *span);         /* nominal: a month has 30 days */
/* d, w, mon, q, y: bins follow the zone's calendar */
bool   time_span_is_calendar(const struct time_span *span);

/* Start of the bin that holds `instant`; `align` counts for spans below a day only. */
double time_span_start(const struct time_span *span, struct zone_view *view, double align, double instant);
/* Start of the bin after the one that starts at `start`. */
double time_span_next(const struct time_span *span, struct zone_view *view, double align, double start);

/* The automatic choice for [from, to): the smallest usual span with at most `bins` bins; `least` (may be
 * NULL) skips finer ones. */
void   time_span_choose(double from, double to, uint32_t bins, const struct time_span *least,
                        struct time_span *out);
