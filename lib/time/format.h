/* Time formats, compiled once for both directions (time/strftime.h, time/strptime.h). Table: language 13. */
#pragma once

#include "base/arena.h"
#include "base/status.h"

struct time_format;             /* immutable */

/* Any text is a format. FAIL_MEMORY only. `text` is copied. */
status time_format_compile(struct arena *arena, str text, struct time_format **out);

/* Instants are doubles: seconds with microseconds at best. Digits past those come from binary rounding, so
 * they are dropped before anything is truncated: 0.3 seconds print as 300 milliseconds although the double
 * is a little less. */
void   time_split(double instant, int64_t *seconds, int32_t *microseconds);

/* seconds + nanoseconds / 10^9 as the nearest double; whole microseconds give the double that their
 * decimal spelling reads as. */
double time_join(int64_t seconds, int64_t nanoseconds);
