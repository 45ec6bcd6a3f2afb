/* Time zones: the offset from UTC at any instant, and the instant of any local time.
 *
 * A `struct zone` is immutable and may be shared by threads. It comes from the system's zone files, read by
 * one function (zone_open); nothing here looks at the environment or at the C library's zone.
 *
 * Instants are seconds since 1970-01-01 UTC; a `local` time is such a count read off the wall clock. A
 * `struct zone_view` is one thread's way of asking: it remembers the interval of the last answer, so that
 * neighbouring times cost a comparison. */
#pragma once

#include "base/heap.h"
#include "base/status.h"
#include "base/str.h"

struct zone;

enum { ZONE_ABBREVIATION = 12 };

/* The stretch [from, to) in which nothing changes. */
struct zone_span {
    int64_t from, to;
    int32_t offset;                             /* seconds east of UTC */
    bool    daylight;
    char    abbreviation[ZONE_ABBREVIATION];    /* terminated */
};

extern const struct zone zone_utc;

/* A name of the zone database ("Europe/Berlin"), "UTC", "GMT", "Z", or a fixed offset ("+01:00", "-0800",
 * "UTC+2"). FAIL_DATA: no such zone. zone_free takes NULL and &zone_utc as well. */
status zone_open(struct heap *heap, str name, struct zone **out);
void   zone_free(struct zone *zone);

void   zone_look(const struct zone *zone, int64_t instant, struct zone_span *out);

/* Does the zone know this abbreviation ("CET")? Then its offset. */
bool   zone_abbreviation(const struct zone *zone, str name, int32_t *offset);

/* Zones named in data ("%Z"), the last few. For one thread. */
struct zone_cache;
status zone_cache_new(struct heap *heap, struct zone_cache **out);
void   zone_cache_free(struct zone_cache *cache);
const struct zone *zone_cache_get(struct zone_cache *cache, str name);      /* NULL: no such zone */

struct zone_view {
    const struct zone *zone;
    struct zone_span   span;                    /* of the last answer; from > to before the first */
    /* may be NULL: then data can name no zones but abbreviations */
    struct zone_cache *cache;
};

void   zone_view_init(struct zone_view *view, const struct zone *zone, struct zone_cache *cache);

static inline int32_t zone_offset(struct zone_view *view, int64_t instant)
{
    if (instant < view->span.from || instant >= view->span.to)
        zone_look(view->zone, instant, &view->span);
    return view->span.offset;
}

static inline int64_t zone_local(struct zone_view *view, int64_t instant)
{
    return instant + zone_offset(view, instant);
}

/* The instant of a local time. In a gap (clocks put forward) the time moves on by the gap; of two, the
 * earlier. */
int64_t zone_instant(struct zone_view *view, int64_t local);
