/* How a lookup matches, under the names of transforms.conf. */
#pragma once

#include "base/arena.h"
#include "base/diag.h"

enum match_type { MATCH_EXACT, MATCH_WILDCARD, MATCH_CIDR };

struct match_rule {
    str             column;
    enum match_type type;
};

struct lookup_settings {
    str                filename;        /* empty: the table of the lookup's own name */
    bool               any_case;        /* case_sensitive_match=false */
    struct match_rule *rule;            /* of match_type; columns that are not there: exact */
    uint32_t           rules;
    uint32_t           max_matches;     /* 0: 100, with time_field 1 */
    uint32_t           min_matches;
    str                default_match;
    str                time_field, time_format;
    double             min_offset, max_offset;
    str                filter;          /* a search over the columns; empty: all rows */
    str                columns;         /* of a table that may not be there yet, with commas between: then it is empty */
    str                refusal;         /* why it cannot be asked; empty: it can */
};

void   lookup_settings_init(struct lookup_settings *settings);

/* One setting; the texts must live as long as the settings. PASS: there is none of this name; FAIL_MISUSE: it is wrong,
 * which was reported, and stays as it was. */
status lookup_settings_set(struct arena *arena, struct lookup_settings *settings, str name, str value, struct diag *diag);
/* When all are set: FAIL_MISUSE, reported: they contradict each other. */
status lookup_settings_check(const struct lookup_settings *settings, struct diag *diag);

/* "filename = x.csv; max_matches = 1": settings in lines, or in one line with semicolons (outside of quotes) between them.
 * Texts live in `arena`. FAIL_MISUSE: one is wrong, which was reported. */
status lookup_settings_read(struct arena *arena, str text, struct diag *diag, struct lookup_settings *out);
