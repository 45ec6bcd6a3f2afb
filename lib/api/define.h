/* Putting what a site calls by names into a version of the lexicon. */
#pragma once

#include "api/lexicon.h"
#include "knowledge/lookup_settings.h"

/* A kind SPL_MACRO ... of spl.h. FAIL_MISUSE: name or text cannot be one (of lookups `diag` says what is wrong); ENOUGH:
 * there is no macro yet that it belongs to; PASS: no such kind. Everything is copied. */
status lexicon_define(struct lexicon *lexicon, int32_t kind, str name, str text, struct diag *diag);

/* The settings are taken as they are: in the lexicon's arena, or static. */
status lexicon_define_lookup(struct lexicon *lexicon, str name, struct lookup_settings *settings);

/* `priority` 1 to 10: where its name stands among those of an event, 1 first (SPL_EVENTTYPE: 1). */
status lexicon_define_eventtype(struct lexicon *lexicon, str name, str text, uint32_t priority);

/* A table of a file. */
status lexicon_add_table(struct lexicon *lexicon, str name, const char *path);
