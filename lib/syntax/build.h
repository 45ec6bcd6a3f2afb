/* What the generated parsers and scanners share: the builder that their actions call.
 *
 * Seen only by grammar/ and syntax/. Each action is one call; a call that fails returns NULL and leaves
 * the status in `failure`, accepts NULL from a call that failed before it, and the scanner ends the text
 * as soon as it sees that. Places from the scanners count from the start of the passage; build_place turns
 * them into places of the query. */
#pragma once

#include "syntax/ast.h"

enum { BUILDER_RESERVE = 1024, BRACKETS_MOST = 100, PASSAGE_MOST = 1 << 30 };

struct node_list {
    struct node **item;
    uint32_t      count, capacity;
};

struct builder {
    struct arena  *arena;
    struct diag   *diag;
    struct passage passage;
    status         failure;
    bool           unbalanced;          /* said once */

    /* what comes out */
    struct node       *root;
    struct assignments assignments;
    uint32_t           assignments_capacity;
    struct pipeline   *pipeline;
    uint32_t           pipeline_capacity;
    const struct words *words;

    /* the scanner's own */
    bool        begun;                  /* the token that chooses the start symbol was sent */
    bool        assigning;              /* a comma outside parentheses starts an assignment */
    uint32_t    at;                     /* of the next byte */
    uint32_t    opened;                 /* parentheses */
    uint32_t    opened_at[NESTING_MOST];
    uint32_t    failed_at;              /* place of the mistake that ended the text */
    uint32_t    escapes;                /* \n before a pipe, seen so far */
    uint32_t    last_pipe;
    uint32_t    brackets;
    uint32_t    bracket_from;           /* of the last bracket, */
    uint32_t    bracket_to;             /* once it is closed */
    bool        loose;                  /* a bracket stands where no value can: its text decides what this says */
    uint32_t    assigned_to;            /* the end of the last whole assignment */
    int         resume;                 /* the state after a bracket */
    size_t      reserved;
    _Alignas(16) char reserve[BUILDER_RESERVE];     /* all that flex allocates: it never fails */
};

/* A scanner over a copy of the text that it may scribble on; `text` ends in two zero bytes. */
typedef int scan_fn(struct builder *builder, char *text, size_t size);

/* Copies the text, scans and parses it, sums up the outcome. */
status build_run(struct builder *builder, scan_fn *scan);

void       *build_reserve(struct builder *builder, size_t size);
struct span build_place(const struct builder *builder, struct span at);
str         build_text(const struct builder *builder, struct span at);
void       *build_lost(struct builder *builder);        /* out of memory; NULL */
void       *build_stack(struct builder *builder, size_t size);      /* for the parsers' stacks */

static inline struct span passage_place(const struct passage *passage, size_t from, size_t to)
{
    if (passage->copied)
        return passage->span;
    return (struct span){ passage->span.from + (uint32_t)from, passage->span.from + (uint32_t)to };
}

/* Errors */
void build_fail(struct builder *builder, struct span at, const char *code, const char *message);
void build_unbalanced(struct builder *builder, struct span at, const char *what);
void build_unclosed_name(struct builder *builder, struct span at);  /* a single quote that is opened, not closed */
void build_nameless(struct builder *builder, struct span at);
void build_too_deep(struct builder *builder, struct span at);
/* `expected` are words for people, `count` of them, repetitions welcome. */
void build_unexpected(struct builder *builder, struct span at, const char *language, const char **expected, int count);

/* Brackets in places where only their texts can tell whether the words around them make sense (awaited.c) */
bool         build_begins_subsearch(const struct builder *builder);     /* behind the "[" just read */
bool         build_is_loose(const struct builder *builder, struct span at);
struct node *build_awaited(struct builder *builder, uint32_t from, bool names);

/* Text of a quoted or bare word: quotes off, backslashes resolved (language 1.5). */
enum unescape { UNESCAPE_PIPE = 1 };    /* a backslash before a pipe goes */
str unescape_text(struct arena *arena, str raw, int how);      /* at NULL: out of memory */
str unescape_word(struct arena *arena, str raw, int how);      /* pieces in double quotes are joined in */

/* Nodes */
struct node *build_leaf(struct builder *builder, enum node_kind kind, int flags, str text, struct span at);
struct node *build_node(struct builder *builder, enum node_kind kind, str text, struct span at, struct span inner,
                        struct node *const *kid, uint32_t count);
struct node *build_unary(struct builder *builder, const char *operator_name, struct node *kid, struct span at,
                         struct span inner);
struct node *build_binary(struct builder *builder, const char *operator_name, struct node *left, struct node *right,
                          struct span at, struct span inner);
/* As build_binary, but a left side of the same operator without parentheses takes the right one in. */
struct node *build_gather(struct builder *builder, const char *operator_name, struct node *left, struct node *right,
                          struct span at, struct span inner);
struct node *build_parentheses(struct node *node);
struct node *build_subsearch(struct builder *builder, struct span at);

bool raw_is_string(str raw);                                    /* nothing but one quoted string */
/* A word to the author about curly quotes, which are letters of the word at `at`. */
void         build_advise_quotes(struct builder *builder, struct span at);

struct node_list *build_list(struct builder *builder, struct node_list *list, struct node *item);   /* list NULL: new */
/* A word to the author about an operator among the values of IN. */
void         build_advise_listed(struct builder *builder, struct span at);
struct node *build_in(struct builder *builder, struct node *subject, const struct node_list *list, bool negated,
                      struct span at, struct span inner);

/* expr */
struct node *build_not_like(struct builder *builder, struct node *left, struct node *right, struct span at,
                            struct span inner);
struct node *build_string(struct builder *builder, struct span at);
struct node *build_field(struct builder *builder, struct span at);
struct node *build_quoted_field(struct builder *builder, struct span at);
struct node *build_call(struct builder *builder, struct span name, const struct node_list *arguments, struct span at);
void         build_assignment(struct builder *builder, struct span target, struct node *value, struct span at);

/* search */
struct node *build_term(struct builder *builder, struct span at);           /* a word, a phrase, field::value */
struct node *build_value(struct builder *builder, struct span at);
struct node *build_directive(struct builder *builder, struct span at);      /* CASE(...), TERM(...) */
struct node *build_name(struct builder *builder, struct span at);           /* left of an operator */
struct node *build_compare(struct builder *builder, struct node *field, struct span operator_at, struct node *value,
                           struct span at);

/* pipeline */
void build_clause(struct builder *builder, struct span at, bool last);

/* The parsers: 0 fine, 1 syntax error (reported), 2 out of stack or memory. */
int spl_pipeline_scan(struct builder *builder, char *text, size_t size);
int spl_search_scan(struct builder *builder, char *text, size_t size);
int spl_expr_scan(struct builder *builder, char *text, size_t size);
