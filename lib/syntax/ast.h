/* What a query says, as trees: clauses, search and eval expressions, assignments, aggregates, tokens.
 *
 * One node type serves both expression languages; a consumer switches on `kind`.
 * Always true: `depth` is 1 + the deepest kid's and at most NESTING_MOST, so recursion over a tree needs no
 * check of its own. No kid is NULL. Nodes are never changed after parsing; threads may share them.
 * Lifetime: the arena handed to the parser; texts point into that arena or into the parsed text, which must
 * live on. */
#pragma once

#include "base/diag.h"
#include "base/str.h"

enum { NESTING_MOST = 1000 };

enum node_kind {
    /* both languages */
    NODE_FIELD,         /* text: the name; NODE_QUOTED when it was written in quotes */
    NODE_UNARY,         /* text: "not", "-" or "+"; one kid */
    NODE_BINARY,        /* text: see operators below; two kids, but "and" and "or" gather two or more */
    NODE_IN,            /* kid[0] is looked for among kid[1..]; NOT IN is NODE_UNARY "not" over it */
    NODE_SUBSEARCH,     /* text: inside the brackets, at `inner`; its rows become text before evaluation. With kids, all
                         * NODE_SUBSEARCH: what this says only their texts will tell; it stands for everything around them */

    /* expr only: operators are or xor and not  = != < <= > >= like  .  + -  * / %  (lower case; == is "=",
     * <> is "!=") */
    NODE_NUMBER,        /* text: the spelling (value/number.h reads it) */
    NODE_STRING,        /* text: unescaped */
    NODE_CALL,          /* text: the function as written; kids: arguments */

    /* search only: and or not, comparisons, terms */
    NODE_TERM,          /* a word or phrase to find in _raw, or the right side of a comparison; text: unescaped */
    NODE_COMPARE,       /* text: = != < <= > >= ; kid[0] NODE_FIELD, kid[1] NODE_TERM or NODE_SUBSEARCH */
    NODE_EVERYTHING     /* "()" or an empty search: every row */
};

enum {
    NODE_QUOTED = 1,        /* written in quotes */
    NODE_CASED = 2,         /* CASE(...) */
    NODE_WHOLE = 4,         /* TERM(...) */
    NODE_WILDCARD = 8,      /* a NODE_TERM holding a star */
    NODE_PARENTHESES = 16,  /* stood in parentheses of its own */
    NODE_INDEXED = 32,      /* a NODE_COMPARE written field::value */
    NODE_AWAITED = 64       /* a NODE_SUBSEARCH that will run (plan/subsearch.h): until then anything may come of it, and of
                             * an operator beside it, whose operands its text may take; of a call with such an argument */
};

struct node {
    uint8_t       kind;     /* enum node_kind */
    uint8_t       flags;    /* NODE_* */
    uint16_t      depth;
    uint32_t      count;
    struct span   span;     /* all of it, own parentheses not included */
    struct span   inner;    /* the operator; the function's name; the text inside brackets; else as span */
    str           text;
    struct node **kid;
};

/* Text to be parsed, and where it stands in the (expanded) query. Spans in the result count from
 * span.from. `copied`: the text does not stand there letter by letter (a filled template): every place is
 * then `span`, whole. */
struct passage {
    str         text;
    struct span span;
    bool        copied;
};

static inline struct passage passage_of(str text)
{
    return (struct passage){ .text = text, .span = { 0, (uint32_t)text.size } };
}

/* One command as written. `name` keeps its case ("Stats"); "search" with an empty name_span when implied. */
struct clause {
    str         name;
    struct span name_span;
    str         argument;           /* blanks around it cut off */
    struct span argument_span;
    struct span span;               /* from the name to the end of the argument */
    bool        implied;            /* a search without the word */
    bool        copied;             /* see passage */
};

static inline struct passage clause_argument(const struct clause *clause)
{
    return (struct passage){ .text = clause->argument, .span = clause->argument_span, .copied = clause->copied };
}

struct pipeline {
    struct clause *clause;
    uint32_t       count;
    bool           piped;           /* began with a pipe: the first word is a generating command */
    struct span    span;
};

/* eval: target=value, ... A bracket in the place of an assignment has an empty target and a
 * NODE_SUBSEARCH: the text its rows become holds the assignments. */
struct assignment {
    str          target;            /* without quotes; braces still in it */
    struct span  target_span;
    bool         quoted;
    bool         dynamic;           /* holds {field}, to be replaced row by row */
    struct node *value;
    struct span  span;
};

struct assignments {
    struct assignment *item;
    uint32_t           count;
};

/* The pieces of a command's arguments.
 *   TOKEN_WORD     sort, -x, a.b{}, max(x): parentheses glued to a word belong to it; quoted pieces are joined in
 *   TOKEN_STRING   "...": nothing but one quoted string
 *   TOKEN_PAIR     name=value, blanks around the operator allowed; also != < <= > >= ==
 *   TOKEN_OPERATOR such an operator without a name before it or without a value after it
 *   TOKEN_GROUP    ( ... ), text: inside
 *   TOKEN_BRACKET  [ ... ], text: inside
 *   TOKEN_COMMA    ,
 *   TOKEN_END      always the last one */
enum token_kind {
    TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_PAIR, TOKEN_OPERATOR, TOKEN_GROUP, TOKEN_BRACKET, TOKEN_COMMA
};

struct token {
    uint8_t     kind;               /* enum token_kind */
    uint8_t     value_kind;         /* of a pair: WORD, STRING, GROUP, BRACKET; otherwise equal to kind */
    bool        spaced;             /* blanks before it */
    str         name;               /* of a pair; the part of a word before its first '(' */
    str         operator_text;      /* of a pair or operator: as written */
    str         text;               /* unescaped; of a pair: the value */
    str         raw;                /* as written, quotes and brackets included; of a pair: the value */
    const char *start;              /* first byte, in the passage's text; raw ends where the token ends */
    struct span span;               /* all of it */
    struct span name_span;          /* of a pair */
    struct span value_span;         /* of `text`: inside quotes, brackets, the parentheses of a word f(...) */
};

struct tokens {
    struct token  *item;            /* `count` of them, then one TOKEN_END */
    uint32_t       count;
    struct passage passage;
};

/* stats: count, dc(x) AS y, sum(eval(a*b)) AS z, sparkline(avg(x), 1h), eval(avg(a)/max(b)) */
struct aggregate_term {
    str          function;          /* as written; "eval" for an expression over aggregates */
    struct span  function_span;
    str          argument;          /* a field, wildcards allowed, quotes removed; empty: none, or an expression */
    struct span  argument_span;
    bool         has_argument;      /* count() and count have none */
    bool         is_eval;           /* f(eval(...)): `expression` is its argument; "eval": it is the term */
    struct node *expression;
    struct aggregate_term *inner;   /* sparkline's aggregate */
    str          step;              /* sparkline's span, or empty */
    str          name;              /* the output column: what AS says, or the default name */
    struct span  name_span;
    bool         renamed;           /* there was an AS */
    struct span  span;              /* without AS */
};

struct aggregates {
    struct aggregate_term *item;
    uint32_t               count, capacity;
};
