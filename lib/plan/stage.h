/* A query as a chain of bound commands: immutable, shared by all its runs. */
#pragma once

#include "base/diag.h"
#include "catalog/command.h"
#include "plan/wanted.h"
#include "syntax/ast.h"
#include "value/order.h"

/* The value of one parameter, as plan/bind.c read it. */
struct argument {
    bool         given;
    struct span  span;
    union {
        bool     truth;
        double   number;                /* COUNT, NUMBER */
        str      text;                  /* TEXT, WORD, SPAN, FIELD, REST, SUBSEARCH */
    };
    const str         *names;           /* FIELDS, BY */
    const struct span *spans;           /* of `names` */
    uint32_t           count;           /* of names, renames, keys */
    const struct node *node;            /* EXPR, SEARCH */
    const struct assignments *assignments;
    const struct aggregates  *aggregates;
    struct passage     passage;         /* of what was read: REST, SUBSEARCH, and texts that are parsed later */
    const struct rename_pair { str from, to; struct span span; } *renames;     /* PAIRS, too */
    const struct sort_key    { str field; enum sort_kind kind; bool descending; struct span span; } *keys;
};

struct stage {
    const struct command *command;
    uint32_t              traits;       /* the command's; its bind may take some away */
    str                   name;         /* as typed */
    bool                  implied;      /* nobody typed it: a search without the word, the format behind a subsearch */
    struct span           span;         /* of the whole stage */
    bool                  failed;       /* its mistakes were told: what is known of it may be half the truth */
    bool                  behind_gap;   /* what stands before it was told of, too, and is no stage at all */
    bool                  open;         /* text to come stands among its arguments: they were not read, it is not bound */
    struct argument      *argument;     /* by position in command->params */
    struct tokens
        tokens; /* the pieces of the argument text, for commands that read them themselves; may be empty */
    uint32_t              rank;         /* RANK_STAGE * (1 + number in the chain): for new fields */
    void                 *bound;        /* command->bound_size bytes */
    bool                  closed;       /* the first batch that comes in has all the columns there will ever be */
    struct wanted         input;        /* fields wanted before this stage (after plan_fields) */
    struct wanted         output;       /* and behind it */
    struct stage         *next;
};

/* The `gives` of commands that neither add nor remove fields. */
status columns_stay(const struct stage *stage, struct wanted *columns);

static inline const struct argument *stage_argument(const struct stage *stage, uint32_t number)
{
    return &stage->argument[number];
}
