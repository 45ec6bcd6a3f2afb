/* Where in the world addresses are: a database in the MaxMind DB format, as a lookup of one address and what is known of its
 * place (commands, iplocation).
 *
 * The file is mapped, not read: it is not to be changed while it is open; replace it by renaming another one. Any number of
 * threads may ask at a time. lookup_use.prepared is the list of languages that names are wanted in, the best first, as a
 * text ended by a zero: "de,fr"; "code" stands for the short codes of ISO. English is what is left. */
#pragma once

#include "catalog/lookup.h"

enum { PLACES_REASON = 160 };

/* FAIL_IO: it cannot be read, for the reason given; there is no support for such files in this build. */
status places_open(struct heap *heap, const char *path, struct lookup **out, char reason[PLACES_REASON]);
