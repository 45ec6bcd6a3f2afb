#include "group/timeline.h"

#include <math.h>

void timeline_init(struct timeline *timeline, const struct context *context, uint32_t bins)
{
    *timeline = (struct timeline){ .bins = bins, .bin = 1, .bin_end = 0 };
    zone_view_init(&timeline->view, context->zone, NULL);
}

void timeline_fix(struct timeline *timeline, const struct time_span *span)
{
    timeline->shown = timeline->fine = *span;
    timeline->fixed = true;
}

static struct time_span span_of(uint8_t unit, uint32_t count)
{
    return (struct time_span){ .unit = unit, .weekday = -1, .count = count };
}

/* Bins of an hour do not nest in days where the zone is 30 or 45 minutes off; bins of a quarter of an hour
 * do. */
static struct time_span fine_span(const struct time_span *shown)
{
    if (shown->unit == UNIT_HOUR || (shown->unit == UNIT_MINUTE && shown->count == 30))
        return span_of(UNIT_MINUTE, 15);
    if (shown->unit == UNIT_MINUTE && shown->count == 10)
        return span_of(UNIT_MINUTE, 5);
    return *shown;
}

static void choose(struct timeline *timeline)
{
    double           end = nextafter(timeline->to, INFINITY), start;
    struct time_span longer;

    time_span_choose(timeline->from, end, timeline->bins, timeline->least, &timeline->shown);
    if (!timeline->strict)
        return;
    start = timeline_start(timeline, &timeline->shown, timeline->from);
    if ((end - start) / time_span_seconds(&timeline->shown) <= timeline->bins)
        return;
    longer = span_of(timeline->shown.unit, timeline->shown.count + 1);
    time_span_choose(timeline->from, end, timeline->bins, &longer, &timeline->shown);
}

bool timeline_widen(struct timeline *timeline, double from, double to)
{
    struct time_span before = timeline->fine;
    bool             first = !timeline->seen;

    if (!first && from >= timeline->from && to <= timeline->to)
        return false;
    timeline->from = first || from < timeline->from ? from : timeline->from;
    timeline->to = first || to > timeline->to ? to : timeline->to;
    timeline->seen = true;
    if (timeline->fixed)
        return false;
    choose(timeline);
    timeline->fine = fine_span(&timeline->shown);
    if (!first && before.unit == timeline->fine.unit && before.count == timeline->fine.count)
        return false;
    timeline->bin = 1;
    timeline->bin_end = 0;
    return !first;
}

double timeline_start(struct timeline *timeline, const struct time_span *span, double time)
{
    return time_span_start(span, &timeline->view, timeline->align, time);
}

status timeline_bins(struct timeline *timeline, double from, double to, uint32_t most, struct arena *arena,
                     double **start, uint32_t *count)
{
    double   at = timeline_start(timeline, &timeline->shown, from);
    uint32_t room = 128;

    *count = 0;
    TRY_NEW(*start = arena_alloc(arena, room * sizeof **start));
    while (at <= to) {
        double next = time_span_next(&timeline->shown, &timeline->view, timeline->align, at);
        if (*count >= most)
            return FAIL_LIMIT;
        if (*count == room) {
            double *moved = arena_alloc(arena, 2 * (size_t)room * sizeof *moved);
            TRY_NEW(moved);
            memcpy(moved, *start, room * sizeof *moved);
            *start = moved;
            room *= 2;
        }
        (*start)[(*count)++] = at;
        if (!(next > at) || !isfinite(next))    /* so far out that spans have no meaning */
            return at < to ? FAIL_LIMIT : OK;
        at = next;
    }
    return OK;
}
