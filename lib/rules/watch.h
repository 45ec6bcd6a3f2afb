/* Many detections over one pass of the events.
 *
 * One run reads (the source); each rule is a run of its own that gets the source's batches pushed and shares its table of
 * names. The source extracts the fields that the rules' leading filters look at; a rule completes the rows that pass.
 * A rule whose run fails is out; the others go on. One with subsearches over events needs these more than once: it reads
 * files by itself (`alone`); of what is pushed, or comes out of a pipe, its run keeps the batches until the end.
 * Threads: one. */
#pragma once

#include "flow/run.h"

struct watched {
    struct run *run;
    bool        over;               /* failed, or wants no more rows */
    bool        alone;              /* reads the inputs itself, when the source has: its subsearches read them, too */
    status      failure;
    uint64_t    rows;
};

struct watch {
    struct run     *source;
    struct watched *rule;           /* `rules` of them */
    uint32_t        rules;
    bool            ended;

    /* Results of a rule; takes the batch. A failure stops the watch. */
    status        (*found)(void *host, uint32_t rule, struct batch *takes);
    void           *host;
};

/* Fields that the source must extract so that every plan finds what it reads. */
status watch_fields(struct wanted *out, const struct plan *const *plan, uint32_t plans);

/* Pulls one batch through all rules. HUNGRY: the source needs bytes. DONE: everything was read and the rules have
 * finished. A failure is the source's or the host's. */
status watch_step(struct watch *watch);
