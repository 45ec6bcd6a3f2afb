/* Instants to text by a format. English names, C layouts. */
#pragma once

#include "time/format.h"
#include "time/zone.h"

#include "base/buf.h"

/* Appends. FAIL_DATA: not finite or outside the years 0 to 9999 (nothing appended); FAIL_MEMORY. */
status time_print(const struct time_format *format, struct zone_view *view, double instant, struct buf *out);

/* 2023-11-14T22:13:20.123+01:00, the form for output and for messages; always millisecond digits. */
status time_print_iso(struct zone_view *view, double instant, struct buf *out);
