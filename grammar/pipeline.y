/* Stages between pipes, brackets inside them. What a stage's arguments mean is the business of whoever
 * knows the command.
 *
 * Canonical LR for the same reason as in expr.y. */
%require "3.8"
%define api.pure full
%define api.prefix {spl_pipeline_}
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
int spl_pipeline_lex(SPL_PIPELINE_STYPE *value, struct span *at, struct builder *builder, void *scanner);
static void spl_pipeline_error(struct span *at, struct builder *builder, void *scanner, const char *message);
}

%union {
    struct node *node;
}

%token TEXT PIPE "|" OPEN "[" CLOSE "]"

%%

query
    : stages arguments                  { build_clause(builder, @2, true); }
    ;

stages
    : %empty
    | stages arguments "|"              { build_clause(builder, @2, false); }
    ;

arguments
    : %empty
    | arguments TEXT
    | arguments bracket
    ;

bracket
    : "[" inside "]"
    ;

inside
    : %empty
    | inside TEXT
    | inside "|"
    | inside bracket
    ;

%%

static int yyreport_syntax_error(const yypcontext_t *context, struct builder *builder, void *scanner)
{
    struct span at = *yypcontext_location(context);

    /* An end inside a bracket is blamed on the bracket. */
    if (yypcontext_token(context) != YYSYMBOL_CLOSE && builder->brackets > 0)
        at = (struct span){ builder->bracket_from, builder->bracket_from + 1 };
    build_unbalanced(builder, at, "brackets");
    return 0;
}

static void spl_pipeline_error(struct span *at, struct builder *builder, void *scanner, const char *message)
{
    build_too_deep(builder, *at);       /* the stack is full: the only message bison itself has */
}
