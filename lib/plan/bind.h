/* Compile-time services for commands, and the reader of their arguments. */
#pragma once

#include "catalog/vocabulary.h"
#include "plan/stage.h"
#include "syntax/parse.h"
#include "vm/program.h"

struct macros;                          /* syntax/expand.h */
struct template_place;                  /* plan/subsearch.h */
struct plan;
struct plan_options;                    /* plan/plan.h */

/* What a query says about time in its first search, before it is known when it will run (language 5.1). */
struct time_bounds {
    str         earliest, latest;       /* as written; empty: open. `earliest` alone ends at now */
    struct span earliest_span, latest_span;
    bool        rows;                   /* time terms are predicates of rows: the host's default range does not count */
};

/* Data models: the search that the events of a dataset pass. `dataset`: "Processes", a path of several, or empty: the root.
 * False: there is none of that name. */
struct models {
    void *host;
    bool (*find)(void *host, str model, str dataset, str *search);
};

struct binder {
    struct compile      compile;        /* arena, heap, vocabulary, context, diag for programs */
    struct arena       *arena;          /* = compile.arena; plan_compile sets both to the plan's */
    struct diag        *diag;
    str                 text;           /* the query as parsed (macros expanded); spans are places in it */
    const struct plan_options *options;
    struct plan        *plan;           /* being made: subsearches are added to it; NULL: there may be none */
    const struct template_place *template;  /* `text` is a filled template; NULL: it is the query */
    uint32_t            depth;          /* in so many brackets */
    bool                settled;        /* the texts of subsearches are in place: there may be no further ones */
    uint32_t            stages;         /* bound so far: ranks of new fields */
    uint32_t            copies;         /* of templates, made so far: they nest and multiply */
    const struct macros *macros;        /* NULL: there are none */
    bool                expanded;       /* the text has neither macros nor comments: what looks like them is data */
    bool                unfilled;       /* $field$ in it stand for values that are not known yet */
    bool                partials;       /* a stage so far gives partial results */
    bool                series;         /* the stage is the chart of an mstats: rates of time series may be in it */
    struct stage       *source;         /* the first, if it is one that reads events itself (TRAIT_SOURCE) */
    struct stage       *previous;       /* bound before this one; NULL: it is the first */
    const struct models *models;        /* NULL: nobody knows of any */
    struct time_bounds  bounds;         /* taken out of the first search */
};

/* Reads the argument text of a parsed stage by the command's table into stage->argument. */
status bind_arguments(struct binder *binder, struct stage *stage, const struct clause *clause);

/* Which first words of a pipeline are commands. */
struct words binder_words(const struct binder *binder);

/* For commands that read their pieces themselves: what stands there is the value of that parameter (a search). Time terms of
 * the first stage bound the whole query. */
status bind_passage(struct binder *binder, struct stage *stage, uint32_t number, struct passage passage);

/* Likewise: a pair among the pieces is an option of the command, wherever it stands. */
status bind_option(struct binder *binder, struct stage *stage, const struct token *token);

/* One whole stage: arguments, then command->bind. *out is set, also after a failure, when command->drop is due. */
status bind_stage(struct binder *binder, const struct clause *clause, struct stage **out);
