/* Text to instants by a format (language 13): blanks in the format match any run of blanks, text left over
 * is ignored. */
#pragma once

#include "time/format.h"
#include "time/zone.h"

/* `now` supplies what the text leaves out: the year, or the whole date if no part of one is in the format.
 * FAIL_DATA: the text does not fit, a day is missing, or the instant is before 1971. */
status time_parse(const struct time_format *format, struct zone_view *view, double now, str text,
                  double *instant);
