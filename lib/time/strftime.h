/* Instants to text by a format. English names, C layouts. */
#pragma once

#include "time/format.h"
#include "time/zone.h"

#include "base/buf.h"

/* Appends. FAIL_DATA: not finite or outside the years 0 to 9999 (nothing appended); FAIL_MEMORY. */
status time_print(const struct time_format *format, struct zone_view *view, double instant, struct buf *out);

/* 2023-11-14T22:13:20.123+01:00, the form for output and for messages; always millisecond digits. */
status time_print_iso(struct zone_view *view, double instant, struct buf *out);

/* Prints one instant after another by one format. Instants of one local day differ in a few digits, which are
 * written over those of the last one. For one thread. */
enum { TIME_PRINTER_PLACES = 12 };

struct time_place {             /* of a conversion in the text */
    char     code, pad;         /* pad: '0' or ' ' of two digits */
    uint8_t  width;
    uint32_t at;
};

struct time_printer {
    const struct time_format *format;
    struct zone_view         *view;
    struct buf                text;         /* of an instant in [from, to) */
    int64_t                   from, to, midnight;
    uint32_t                  places;
    uint32_t                  grain;        /* seconds from a change of the text to the next, from midnight on; 0: less */
    struct time_place         place[TIME_PRINTER_PLACES];
};

void   time_printer_init(struct time_printer *printer, struct heap *heap, const struct time_format *format,
                         struct zone_view *view);
void   time_printer_free(struct time_printer *printer);
/* As time_print; the text stands until the next call. */
status time_printer_print(struct time_printer *printer, double instant, str *out);
/* The instants from *from to before *to have the text printed last, which was that of `instant`; maybe none. */
void   time_printer_reach(const struct time_printer *printer, double instant, double *from, double *to);
