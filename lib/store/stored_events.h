/* Rows as the events that collect stores (reporting 7.4). */
#pragma once

#include "store/stash.h"
#include "store/stored_rows.h"

struct time_format;
struct zone_view;

enum { STORED_INFOS = 3, STORED_ORIGINS = 4 };

struct stored_events_bound {
    bool                info, time, hec;    /* addinfo, addtime, output_format=hec */
    bool                lines;              /* uselb=f: every line of a text is an event */
    bool                partials;           /* rows may be partial results */
    const char         *index, *source, *sourcetype, *host;     /* NULL: not told */
    str                 marker;
    struct marker_pair *pair;
    uint32_t            pairs;
    struct time_format *format;
};

struct stored_events {
    struct op                        *op;
    const struct stored_events_bound *bound;
    const struct name                *time, *raw, *server;
    const struct name                *origin[STORED_ORIGINS];           /* index, source, sourcetype, host */
    const struct name                *extracted[STORED_ORIGINS];
    const struct name                *info[STORED_INFOS];
    const struct name               **pair;         /* of the marker's pairs */
    struct cell                       info_cell[STORED_INFOS];      /* null: there is no such bound */
    char                              info_text[STORED_INFOS][32];
    struct zone_view                 *zone;
    struct buf                        text;
    uint64_t                          next;         /* ordinal behind the last row */
};

status stored_events_open(struct stored_events *events, struct op *op, const struct stored_events_bound *bound);
void   stored_events_close(struct stored_events *events);
/* A batch of its own for the selected rows: _time, index, source, sourcetype, host, _raw, then fields by name. */
status stored_events_make(struct stored_events *events, struct batch *in, struct batch **out);
