/* Literals that every event of interest must hold in its raw text, searched in whole blocks before
 * anything is parsed.
 *
 * It may pass too much but never loses an event. Whether it pays is measured while reading: it is switched
 * off while more than a third of the lines pass, and tried again now and then. */
#pragma once

#include "base/arena.h"
#include "base/cpu.h"
#include "base/status.h"
#include "base/str.h"

/* An AND of ORs; ASCII case is ignored. */
struct prefilter_arm {
    const str *literal;             /* any of these, without ASCII case; no quotes, backslashes, slashes in them */
    uint32_t   count;
    bool       escapes_pass;        /* a line with any \u escape passes as well (a JSON member _raw: terms too) */
    str        field;               /* the field compared, empty for terms: drop the arm if its default could match */
};

struct literal_set;

/* How else the texts of values may be spelled: in XML by numbers of characters, and with sections, comments and
 * instructions inside. */
enum text_kind { TEXT_PLAIN, TEXT_XML };

/* *out is NULL when no arm can be used. Immutable once made but for the counts of what passed; any thread
 * may use it. */
status literal_set_make(struct arena *arena, enum cpu_level level, const struct prefilter_arm *arm, uint32_t count,
                        enum text_kind kind, struct literal_set **out);
