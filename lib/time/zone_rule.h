/* The rule at the end of a zone file, which holds for all times after its last transition:
 * "CET-1CEST,M3.5.0,M10.5.0/3". */
#pragma once

#include "time/zone.h"

struct rule_day {
    char    kind;               /* 'M' month, week, weekday; 'J' day of the year without leap day; 'D' with */
    int16_t month, week, day;
    int32_t time;               /* seconds after local midnight, -167 to 167 hours */
};

struct rule_half {
    int32_t offset;
    char    abbreviation[ZONE_ABBREVIATION];
};

struct zone_rule {
    bool             daylight;  /* there are two halves */
    struct rule_half half[2];   /* standard, daylight */
    struct rule_day  change[2]; /* to daylight, and back */
};

bool rule_parse(str text, struct zone_rule *out);
void rule_look(const struct zone_rule *rule, int64_t instant, struct zone_span *out);
