/* top and rare, sitop and sirare: the values of some fields by how often they occur (reporting 3.8).
 *
 * frequency.c counts, frequency_result.c sorts what was counted within each BY combination. */
#pragma once

#include "group/group_table.h"
#include "rows/results.h"
#include "rows/sorted_rows.h"
#include "plan/bind.h"

enum { FREQUENCY_PARAMS = 9 };

struct frequency_bound {
    bool        rare;                       /* least frequent first */
    bool        emits, meets;               /* partial results go out, come in (group/states.h) */
    double      limit;                      /* 0: none */
    const str  *by, *field;
    uint32_t    bys, fields;
    bool        shows_count, shows_percent, other;
    str         count_name, percent_name, other_text;
    struct measures measures;               /* one that counts rows */
};

struct line {                               /* a row of the result */
    uint64_t count;
    double   percent;
    uint32_t group;                         /* of the BY values, at least */
    bool     other;
};

/* The groups of one BY combination that do not come together: rows, of which those that are shown are kept. */
struct straggling {
    struct sorted_rows  rows;
    struct sort_by     *by;                 /* the count, and what decides among equals */
    const struct name **name;               /* of the keys, then of the count */
    struct arena        texts;
    struct cell        *key;                /* of some group */
    uint64_t            groups, total, shown;
    bool                open, sending;
    struct batch       *sent;               /* on its way out */
};

struct frequency {
    struct op            op;
    struct group_table  *table;             /* BY fields first; counts */
    const struct name  **name;              /* of the keys, then of count and percent */
    struct column      **key;
    uint32_t             keys;
    struct line         *line;
    uint32_t             lines, line_room;
    struct straggling    straggling;
    struct results       results;
    uint64_t             base;              /* row of the first line, or of `sent` */
    struct partial_fields partial;
    uint32_t             at;                /* the group that is next, among those at hand */
    bool                 meets, reads, over;
};

extern const struct param frequency_params[FREQUENCY_PARAMS + 1];

/* `emits`: sitop, sirare. */
status frequency_bind(struct binder *binder, struct stage *stage, bool rare, bool emits);
status frequency_needs(const struct stage *stage, struct wanted *wanted);
status frequency_gives(const struct stage *stage, struct wanted *columns);
status frequency_open(const struct stage *stage, struct run *run, struct op **out);

/* All rows are counted: the result goes out. AGAIN: op_kind.finish. */
status frequency_finish(struct op *op);

#define FREQUENCY .params = frequency_params, .bound_size = sizeof(struct frequency_bound), \
    .needs = frequency_needs, .gives = frequency_gives, .open = frequency_open, \
    .traits = TRAIT_MERGEABLE | TRAIT_TRANSFORMS | TRAIT_MERGES_ROWS | TRAIT_SPLITS

