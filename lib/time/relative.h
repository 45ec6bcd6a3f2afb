/* Time modifiers: "-1d@d+6h", "now", "1700000000", "10/19/2018:0:0:0" (language 5). */
#pragma once

#include "time/zone.h"

enum time_unit {
    UNIT_MICROSECOND, UNIT_MILLISECOND, UNIT_CENTISECOND, UNIT_DECISECOND,      /* spans only */
    UNIT_SECOND, UNIT_MINUTE, UNIT_HOUR, UNIT_DAY, UNIT_WEEK, UNIT_MONTH, UNIT_QUARTER, UNIT_YEAR,
    UNIT_NONE
};

/* "hrs" -> UNIT_HOUR; lower case; UNIT_NONE if it is no unit. Sub-second units are not found here. */
enum time_unit time_unit_named(str word);

enum { RELATIVE_STEPS = 24 };

struct relative {
    uint32_t count;
    struct relative_step {
        uint8_t unit;               /* enum time_unit */
        bool    snap;
        int8_t  weekday;            /* snap to a week: 0 Sunday .. 6 */
        int64_t amount;             /* moves only */
    } step[RELATIVE_STEPS];
};

/* FAIL_DATA: not a relative expression. The empty text is one of no steps. */
status relative_parse(str text, struct relative *out);
double relative_apply(const struct relative *relative, struct zone_view *view, double instant);

/* A whole value of earliest=, latest= and the like: now, now(), a number, MM/DD/YYYY:HH:MM:SS, ISO 8601,
 * or relative to `now`. FAIL_DATA: none of these (real-time forms included). */
status time_modifier(str text, struct zone_view *view, double now, double *instant);

/* MM/DD/YYYY:HH:MM:SS on the wall clock; nothing need be padded. Unless strict the time may be missing, and a year of two
 * digits is one of this century. False: it is none. */
bool   time_date(str text, bool strict, int64_t *local);
