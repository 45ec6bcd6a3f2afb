/* How a command's arguments are written: a table, walked by plan/bind.c.
 *
 * From it come parsing, range checks, "did you mean limit?", completion and help. */
#pragma once

#include "base/diag.h"
#include "catalog/limits.h"

enum param_kind {
    PARAM_END,
    PARAM_BOOL,             /* t true 1 yes / f false 0 no */
    PARAM_COUNT,            /* whole number, 0 or more */
    PARAM_NUMBER,
    PARAM_TEXT,             /* a word or a quoted string */
    PARAM_TABLE,            /* likewise: the name of a lookup table */
    PARAM_WORD,             /* one of `choices` ("tf|transform|rm") */
    PARAM_SPAN,             /* 5m, 1d, log2, 1w@w1: kept as text */
    PARAM_FIELD,            /* one name */
    PARAM_FIELDS,           /* names, wildcards where `wild`; a lone + or - in front is kept as a name */
    PARAM_RENAMES,          /* a AS b, ... */
    PARAM_PAIRS,            /* a=b c=d ..., commas or AND between them: names on both sides */
    PARAM_BY,               /* BY names, wherever it stands */
    PARAM_EXPR,             /* eval expression */
    PARAM_SEARCH,           /* search expression */
    PARAM_ASSIGNMENTS,      /* a=expr, b=expr */
    PARAM_AGGREGATES,       /* count dc(x) AS y ... */
    PARAM_SORT_KEYS,        /* -a +num(b) */
    PARAM_SUBSEARCH,        /* [ ... ]; with PLACE_LIST any number of them: stage->tokens has them */
    PARAM_REST              /* all that is left, as text; stage->tokens has the pieces */
};

enum param_place {          /* where it may stand without its name */
    PLACE_NAMED,            /* only name=value */
    PLACE_FIRST,            /* bare, before anything else that is bare */
    PLACE_LIST,             /* all bare words that no other parameter takes */
    PLACE_KEYWORD,          /* after its name as a word of its own, to the next keyword or option: sortby -a, AS x */
    PLACE_PARENTHESES,      /* ( ... ) */
    PLACE_ALL               /* the whole argument text (search, where, eval) */
};

struct param {
    const char      *name;
    enum param_kind  kind;
    enum param_place place;
    const char      *preset;        /* default, as text; NULL: absent */
    const char      *choices;       /* PARAM_WORD: "a|b|c" */
    bool             wild;          /* wildcards allowed in names */
    bool             required;
    bool             vital;         /* FIELDS: where one is missing, nothing comes of the rows */
    const char      *help;          /* a few words */
    const char      *aliases[2];
    double           least, most;   /* COUNT, NUMBER: range when most > least */
    enum limit       limit;         /* COUNT: the default is that of the engine; */
    enum limit       ceiling;       /* and the upper end of the range */
};
