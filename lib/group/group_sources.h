/* What group_runs.c (groups go out) and group_sources.c (they come back) share. Private to them. */
#pragma once

#include "group/group_runs.h"

/* What a record has besides its keys, up to its end: numbers that begin with one of these and a work's or an argument's
 * number. Only what has something to tell is there. */
enum {
    HOLDS_STATE,                            /* of a work: its saved cells */
    HOLDS_VALUES,                           /* of an argument: how many distinct values follow the record */
    HOLDS_NUMBERS,                          /* of an argument: the segment, how many, and numbers that are late */
    HOLDS_SPOILED                           /* an argument had a value that is no number (allnum) */
};

/* The arguments' numbers in the order of their fields' names. Instances meet the fields that wildcards stand for in
 * different orders; distinct values stand in one that is the same for all. */
status group_runs_by_name(const struct tallies *tallies, struct arena *arena, uint32_t **out);

/* What is in the tables becomes a run. `over`: its sums are complete; else rows of the same segment are still to come. */
status group_runs_put_aside(struct group_runs *runs, bool over);

/* The tables hold nothing any more. */
void   group_runs_empty(struct group_runs *runs);

/* No run is read any more. */
void   group_runs_close_sources(struct group_runs *runs);
