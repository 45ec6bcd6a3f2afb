/* Groups and the states of their aggregates, put aside on disk when memory is short and merged on the way out. Part of
 * group/group_table.h, which everybody else uses.
 *
 * What is put aside is a run: the groups in the order of their values, each with its saved states (aggregate->save, as
 * group/partials has them) and behind it the distinct values of its arguments, sorted as well. So everything comes back
 * by merging: groups in the order of the result, a few thousand at a time, and distinct values one by one: to count those
 * of a single group, or to find the most frequent one, takes no memory.
 * What one group keeps must fit: all values of values(), in one list that is its result, and all numbers of exactperc: their
 * order is not that of texts, and as an array they are smaller than any table of values.
 *
 * The result is that of one table, sums of fractions included (aggregate/README.md). Where a run ends in the middle of a
 * segment of the input, its sums are torn: the run has what they came to so far, and for the rest of the segment numbers are
 * not added up but put aside one by one, to be added to that on the way back. As that is dear, runs end where segments do
 * while one segment's groups fit into a sixteenth of the memory. */
#pragma once

#include "group/tallies.h"
#include "state/groups.h"
#include "state/merge.h"
#include "state/record.h"

struct group_run {
    struct record_run     bytes;
    struct tallies       *of;               /* whose works the numbers in it mean */
};

struct group_source {                       /* a run being read */
    struct record_reader   reader;
    struct arena           lists;           /* of the record at hand */
    const struct tallies  *of;
    struct cell           *key;             /* of the group at hand */
    uint64_t              *mark;            /* of each key: the first has the smallest, equal ones decide nothing */
    int64_t               *his;             /* by argument of ours: the number of his; -1: none */
    uint64_t              *values;          /* by argument of his: distinct values behind the record, still to come */
    str                    value;           /* the one at hand */
    uint64_t               times;
};

struct group_runs {
    struct op           *op;
    struct groups       *groups;            /* both the operator's */
    struct tallies      *tallies;
    struct arena         states;            /* the tallies' */
    struct spool         spool;
    struct group_run    *run;
    uint32_t             count, room;
    bool                 can;               /* all states can be saved, and there is a place for them */
    bool                 whole;             /* distinct values are asked for, not only how many there are */
    bool                 pouring;           /* other groups are made of those at hand: there is to be room for both */
    bool                 amended;           /* rows are added to groups that came back */
    uint32_t             natural;           /* the order of the keys: groups_order */
    uint32_t             segment;           /* of the batch before */

    struct arena         reading;           /* what follows, while runs are merged */
    struct group_source *source;            /* by run */
    struct merge         merge, values;     /* sources by group; those of one group by value */
    uint32_t            *same;              /* the sources that have the group at hand */
    struct buf           last;              /* the value at hand */
    struct buf           best;              /* the most frequent one so far of those that nobody wants all of, */
    uint64_t             best_times;        /* how often it is there, */
    uint32_t             passed;            /* and how many were no better */
    bool                 wanted;            /* all values of the argument at hand are wanted */
    uint32_t            *by_name;           /* arguments in the order of the values in runs */
    uint64_t             loaded;            /* distinct values and bins of the groups at hand */
};

/* The tallies are new, and without rows: the runs clear them from now on, and what they keep is in the runs' arena. */
void   group_runs_init(struct group_runs *runs, struct op *op, struct groups *groups, struct tallies *tallies,
                       uint32_t natural);
void   group_runs_free(struct group_runs *runs);            /* after the tallies; harmless where nothing was initialised */

/* To be called before the groups of a batch are looked up: puts aside what there is if memory is short. */
status group_runs_before(struct group_runs *runs, const struct batch *in);
/* Will it? */
bool   group_runs_are_pressed(const struct group_runs *runs, const struct batch *in);

/* Puts aside what there is if memory is too short for `more` more groups and values. Sums are complete then, whether their
 * segment is or not: whatever is counted afterwards is another part of it. */
status group_runs_relieve(struct group_runs *runs, uint64_t more);

/* The same before other groups are made, if these take up much of the memory. */
status group_runs_yield(struct group_runs *runs);

/* To be called before the tables of another instance are merged: if either has put groups aside, or if there is no room
 * for the merged tables, his are all put aside, and his runs become ours. Then his tables are empty. */
status group_runs_merge(struct group_runs *runs, struct group_runs *from);

/* Takes over his runs, whose tables are empty; both live until ours are no longer read. */
status group_runs_take(struct group_runs *runs, struct group_runs *from);

/* After the last row, if runs->count > 0: what is in the tables is put aside, too, and merging begins; also once more. */
status group_runs_open(struct group_runs *runs);
/* Groups and distinct values in the tables. */
uint64_t group_runs_items(const struct group_runs *runs);
/* The tables hold the next groups, at most `most`, numbered in the order of the result. DONE: there are no more. */
status group_runs_next(struct group_runs *runs, uint32_t most);
