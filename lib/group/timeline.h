/* Bins of time whose span is found while the data comes in: timechart and sparkline without a span.
 *
 * What is counted by is `fine`: a span that nests in every coarser one that may still be needed, so that bins
 * can be merged when the range grows: timeline_widen tells when. What is shown is `shown`, which is never
 * finer than `fine`. */
#pragma once

#include "catalog/context.h"
#include "time/span.h"

struct timeline {
    struct time_span        shown, fine;
    const struct time_span *least;          /* nothing finer than this; may be NULL */
    uint32_t                bins;           /* as many as shown at most */
    double                  align;          /* for spans below a day */
    bool                    fixed;          /* `shown` was given */
    bool                    strict;         /* no more than `bins` even where the range begins within a bin */
    bool                    seen;           /* some time was */
    double                  from, to;       /* of the times seen; both inclusive */
    struct zone_view        view;
    double                  bin, bin_end;   /* of the latest answer */
};

void   timeline_init(struct timeline *timeline, const struct context *context, uint32_t bins);
void   timeline_fix(struct timeline *timeline, const struct time_span *span);

/* A range of times was seen, or is known to come. True: `fine` has become coarser, bins must be merged. */
bool   timeline_widen(struct timeline *timeline, double from, double to);

double timeline_start(struct timeline *timeline, const struct time_span *span, double time);

/* Is what is counted by what is shown? */
static inline bool timeline_is_fine(const struct timeline *timeline)
{
    return timeline->shown.unit == timeline->fine.unit && timeline->shown.count == timeline->fine.count;
}

/* Start of the fine bin; quick for neighbouring times. */
static inline double timeline_bin(struct timeline *timeline, double time)
{
    if (!(time >= timeline->bin && time < timeline->bin_end)) {
        timeline->bin = timeline_start(timeline, &timeline->fine, time);
        timeline->bin_end = time_span_next(&timeline->fine, &timeline->view, timeline->align, timeline->bin);
    }
    return timeline->bin;
}

/* The shown bins from the one that holds `from` to the one that holds `to`, in `arena`. FAIL_LIMIT: more than
 * `most`. */
status timeline_bins(struct timeline *timeline, double from, double to, uint32_t most, struct arena *arena,
                     double **start, uint32_t *count);
