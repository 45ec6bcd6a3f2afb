/* eval and where expressions, and the assignments of eval (language 8.1, 9).
 *
 * Precedence, loosest first: XOR, OR, AND, NOT, comparisons (which do not chain), concatenation, sums,
 * products, signs. Canonical LR without default reductions: an error is seen at the very token, so the
 * expected ones are exact, and unlike parse.lac it needs no stack of its own. */
%require "3.8"
%define api.pure full
%define api.prefix {spl_expr_}
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
int spl_expr_lex(SPL_EXPR_STYPE *value, struct span *at, struct builder *builder, void *scanner);
static void spl_expr_error(struct span *at, struct builder *builder, void *scanner, const char *message);
}

%union {
    struct node      *node;
    struct node_list *list;
    const char       *word;
}

%token FOR_EXPR FOR_ASSIGNMENTS
%token NUMBER STRING FIELD QUOTED_FIELD SUBSEARCH TARGET_WORD ASSIGN UNKNOWN
%token <word> COMPARE ADD MULTIPLY
%token XOR OR AND NOT LIKE NOT_LIKE IN NOT_IN
%token DOT "." COMMA "," OPEN "(" CLOSE ")"

%left XOR
%left OR
%left AND
%precedence NOT
%nonassoc COMPARE LIKE NOT_LIKE IN NOT_IN
%left DOT
%left ADD
%left MULTIPLY
%precedence SIGN

%type <node> expr primary
%type <list> list

%%

start
    : FOR_EXPR expr                     { builder->root = $2; }
    | FOR_ASSIGNMENTS assignments
    ;

assignments
    : assignment
    | assignments "," assignment
    ;

assignment
    : TARGET_WORD ASSIGN expr                { build_assignment(builder, @1, $3, @$); }
    | SUBSEARCH                         { build_assignment(builder, @1, build_subsearch(builder, @1), @$); }
    ;

expr
    : primary
    | expr XOR expr                     { $$ = build_binary(builder, "xor", $1, $3, @$, @2); }
    | expr OR expr                      { $$ = build_gather(builder, "or", $1, $3, @$, @2); }
    | expr AND expr                     { $$ = build_gather(builder, "and", $1, $3, @$, @2); }
    | NOT expr                          { $$ = build_unary(builder, "not", $2, @$, @1); }
    | expr COMPARE expr                 { $$ = build_binary(builder, $2, $1, $3, @$, @2); }
    | expr LIKE expr                    { $$ = build_binary(builder, "like", $1, $3, @$, @2); }
    | expr NOT_LIKE expr                { $$ = build_not_like(builder, $1, $3, @$, @2); }
    | expr IN "(" list ")"              { $$ = build_in(builder, $1, $4, false, @$, @2); }
    | expr NOT_IN "(" list ")"          { $$ = build_in(builder, $1, $4, true, @$, @2); }
    | expr "." expr %prec DOT           { $$ = build_binary(builder, ".", $1, $3, @$, @2); }
    | expr ADD expr                     { $$ = build_binary(builder, $2, $1, $3, @$, @2); }
    | expr MULTIPLY expr                { $$ = build_binary(builder, $2, $1, $3, @$, @2); }
    | ADD expr %prec SIGN               { $$ = build_unary(builder, $1, $2, @$, @1); }
    ;

primary
    : NUMBER                            { $$ = build_leaf(builder, NODE_NUMBER, 0, build_text(builder, @1), @1); }
    | STRING                            { $$ = build_string(builder, @1); }
    | FIELD                             { $$ = build_field(builder, @1); }
    | QUOTED_FIELD                      { $$ = build_quoted_field(builder, @1); }
    | SUBSEARCH                         { $$ = build_subsearch(builder, @1); }
    | FIELD "(" ")"                     { $$ = build_call(builder, @1, NULL, @$); }
    | FIELD "(" list ")"                { $$ = build_call(builder, @1, $3, @$); }
    | "(" expr ")"                      { $$ = build_parentheses($2); }
    ;

list
    : expr                              { $$ = build_list(builder, NULL, $1); }
    | list "," expr                     { $$ = build_list(builder, $1, $3); }
    ;

%%

/* The tokens as a person would call them. */
static const char *expected_name(yysymbol_kind_t symbol)
{
    switch (symbol) {
    case YYSYMBOL_NUMBER: case YYSYMBOL_STRING: case YYSYMBOL_FIELD: case YYSYMBOL_QUOTED_FIELD:
    case YYSYMBOL_NOT:
        return "a value";
    case YYSYMBOL_TARGET_WORD: return "a field to assign to";
    case YYSYMBOL_ASSIGN:   return "'='";
    case YYSYMBOL_COMMA:    return "','";
    case YYSYMBOL_CLOSE:    return "')'";
    case YYSYMBOL_COMPARE: case YYSYMBOL_DOT: case YYSYMBOL_MULTIPLY: case YYSYMBOL_AND:
        return "an operator";
    default:                return NULL;
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
    build_unexpected(builder, *yypcontext_location(context), "expression", name, names);
    return 0;
}

static void spl_expr_error(struct span *at, struct builder *builder, void *scanner, const char *message)
{
    build_too_deep(builder, *at);       /* the stack is full: the only message bison itself has */
}
