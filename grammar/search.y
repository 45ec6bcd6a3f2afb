/* Search expressions (language 4): words, phrases, comparisons, IN.
 *
 * NOT binds tightest, then OR, then AND, written or implied: a b OR c is a AND (b OR c).
 * Canonical LR for the same reason as in expr.y. */
%require "3.8"
%define api.pure full
%define api.prefix {spl_search_}
%define api.location.type {struct span}
%define parse.error custom
%define lr.type canonical-lr
%define lr.default-reduction accepting
%locations
%expect 0
%param { struct builder *builder } { void *scanner }

%code requires {
#include "syntax/build.h"
}
%code top {
#include "syntax/parse_glue.h"
}
%code {
int spl_search_lex(SPL_SEARCH_STYPE *value, struct span *at, struct builder *builder, void *scanner);
static void spl_search_error(struct span *at, struct builder *builder, void *scanner, const char *message);
}

%union {
    struct node      *node;
    struct node_list *list;
}

%token WORD DIRECTIVE VALUE VALUE_DIRECTIVE SUBSEARCH COMPARE UNKNOWN
%token AND OR NOT
%token IN_OPEN NOT_IN_OPEN OPEN "(" CLOSE ")"

%type <node> all any one primary comparison value
%type <list> values

%%

start
    : %empty                            { builder->root = build_leaf(builder, NODE_EVERYTHING, 0, STR(""), @$); }
    | all                               { builder->root = $1; }
    ;

all
    : any
    | all any                           { $$ = build_gather(builder, "and", $1, $2, @$, @2); }
    | all AND any                       { $$ = build_gather(builder, "and", $1, $3, @$, @2); }
    ;

any
    : one
    | any OR one                        { $$ = build_gather(builder, "or", $1, $3, @$, @2); }
    ;

one
    : primary
    | NOT one                           { $$ = build_unary(builder, "not", $2, @$, @1); }
    ;

primary
    : WORD                              { $$ = build_term(builder, @1); }
    | DIRECTIVE                         { $$ = build_directive(builder, @1); }
    | SUBSEARCH                         { $$ = build_subsearch(builder, @1); }
    | comparison
    | "(" ")"                           { $$ = build_leaf(builder, NODE_EVERYTHING, 0, STR(""), @$); }
    | "(" all ")"                       { $$ = build_parentheses($2); }
    ;

comparison
    : WORD COMPARE value                { $$ = build_compare(builder, build_name(builder, @1), @2, $3, @$); }
    | WORD IN_OPEN values ")"           { $$ = build_in(builder, build_name(builder, @1), $3, false, @$, @2); }
    | WORD NOT_IN_OPEN values ")"       { $$ = build_in(builder, build_name(builder, @1), $3, true, @$, @2); }
    ;

values
    : value                             { $$ = build_list(builder, NULL, $1); }
    | values value                      { build_advise_listed(builder, @2); $$ = build_list(builder, $1, $2); }
    ;

value
    : VALUE                             { $$ = build_value(builder, @1); }
    | VALUE_DIRECTIVE                   { $$ = build_directive(builder, @1); }
    | SUBSEARCH                         { $$ = build_subsearch(builder, @1); }
    ;

%%

static const char *expected_name(yysymbol_kind_t symbol)
{
    switch (symbol) {
    case YYSYMBOL_WORD: case YYSYMBOL_DIRECTIVE: case YYSYMBOL_NOT: case YYSYMBOL_OPEN:
        return "a search term";
    case YYSYMBOL_VALUE: case YYSYMBOL_VALUE_DIRECTIVE:
        return "a value";
    case YYSYMBOL_CLOSE:
        return "')'";
    default:
        return NULL;
    }
}

static int yyreport_syntax_error(const yypcontext_t *context, struct builder *builder, void *scanner)
{
    yysymbol_kind_t symbol[YYNTOKENS];
    const char     *name[YYNTOKENS];
    int             count = yypcontext_expected_tokens(context, symbol, YYNTOKENS), names = 0;

    for (int i = 0; i < count; i++)
        if (expected_name(symbol[i]))
            name[names++] = expected_name(symbol[i]);
    build_unexpected(builder, *yypcontext_location(context), "search", name, names);
    return 0;
}

static void spl_search_error(struct span *at, struct builder *builder, void *scanner, const char *message)
{
    build_too_deep(builder, *at);       /* the stack is full: the only message bison itself has */
}
