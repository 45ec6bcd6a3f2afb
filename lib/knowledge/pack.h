/* Detection content as records, whatever it was written in (knowledge 2.1).
 *
 * A pack never fails as a whole: what cannot be used becomes a record that says why.
 * Lifetime: the arena handed to the reader; texts point into it or into the text that was read, which must live on. */
#pragma once

#include "base/arena.h"
#include "base/status.h"

enum rule_kind { RULE_DETECTION, RULE_PROSE };      /* PROSE: words about a detection, no search */

struct rule_record {
    str            id;              /* "T1610/DS0032-container-start/1", unique in the pack */
    str            title;
    str            pack;            /* title of the document */
    enum rule_kind kind;
    str            search;          /* SPL, verbatim; empty for prose */
    str            description;
    str            severity;        /* informational low medium high critical */
    const str     *attack;          /* "T1610", sorted, unique */
    uint32_t       attacks;
    const str     *tactic;          /* "TA0005" */
    uint32_t       tactics;
    uint32_t       line;            /* of the search in the file, from 1 */
    str            remark;          /* odd about its source: "the fence is never closed"; may be empty */
};

struct pack {
    str                 title;
    struct rule_record *rule;
    uint32_t            count, capacity;
};

/* An ATT&CK-style page (knowledge 2.4). `name`: the file's, for titles that are missing. */
status pack_read_markdown(struct arena *arena, str text, str name, struct pack *out);
