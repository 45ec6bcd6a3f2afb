/* Pipelines in brackets inside a query (language 3, commands 1.6).
 *
 * A text subsearch stands where text can. It runs before the pipeline that holds it, and its text takes the place of the
 * brackets; it ends in format or return, in an implied format if need be. Until its text is there nobody knows the query:
 * such a plan is only compiled so that mistakes outside the texts are found, with placeholders, and never run. The plan
 * that is run is made by plan_substitute.
 * Of a row subsearch (append) the command gets the rows; a fed one (appendpipe) gets its own rows from the command. */
#pragma once

#include "plan/plan.h"
#include "syntax/fill.h"

enum subsearch_kind { SUBSEARCH_TEXT, SUBSEARCH_ROWS, SUBSEARCH_FED };

struct subsearch {
    enum subsearch_kind kind;
    struct span         span;           /* of the brackets */
    struct plan        *plan;
    uint32_t            number;         /* among the row and fed ones, or among the text ones of its plan */
    uint32_t            rank;           /* of the stage that holds it */
    bool                templated;      /* it stands in a template, which its text must not cut */
    bool                failed;         /* its mistakes were told */
    uint64_t            most;           /* ROWS: so many; 0: all */
    bool                narrows;        /* ROWS: of its fields only those matter that are wanted behind the command, */
    const str          *looked_at;      /* and these */
    uint32_t            looks;
    struct subsearch   *next;           /* in order of their places */
};

/* Where a filled template comes from. A subsearch in it is one of the pipeline that holds the template: it runs once, before
 * any field is known, and its text stands in every copy. */
struct template_place {
    struct binder       *outer;
    const struct filled *filled;
    uint32_t             rank;          /* of the stage that holds it */
};

/* Compiles the pipeline at `inside`, between the brackets at `span`, and adds it to the binder's plan. A text
 * subsearch that is there already (a template is filled several times) is added once. */
status subsearch_add(struct binder *binder, const struct stage *stage, enum subsearch_kind kind, struct passage inside,
                     struct span span, struct subsearch **out);

/* For commands that take datasets (join, union): one token, a bracket or type:name, which means the search that reads it. */
status subsearch_dataset(struct binder *binder, const struct stage *stage, const struct token *token,
                         struct subsearch **out);
bool   token_is_dataset(const struct token *token);

/* The search that reads the dataset type:name, as text in the binder's arena; mistakes are told at `span`. */
bool   dataset_known(str type);
status dataset_search(struct binder *binder, struct span span, str type, str name, str *out);

/* For commands: the argument of PARAM_SUBSEARCH. */
status subsearch_bind(struct binder *binder, const struct stage *stage, enum subsearch_kind kind,
                      const struct argument *argument, struct subsearch **out);

/* Marks and adds all text subsearches in an expression. */
status subsearch_find(struct binder *binder, const struct stage *stage, const struct node *node, bool copied);

/* A search that a command makes up (TRAIT_SEARCHES), from a text without macros, in so many others. Of its rows only those
 * fields are looked at that are `wanted` (NULL: all). *out is good for plan_free also after a failure. */
status plan_made(const struct compile *compile, const struct plan_options *options, str text, uint32_t depth,
                 const struct wanted *wanted, struct diag *diag, struct plan **out);

/* The plan with the texts in place, one for each text subsearch in their order. `context` is for folding; `diag` gets
 * mistakes, whose places are in (*out)->source. *out is good for that and for plan_free also after a failure. The new plan
 * needs the old one to live on. */
status plan_substitute(const struct plan *plan, const str *text, struct heap *heap, struct context *context,
                       struct diag *diag, struct plan **out);
