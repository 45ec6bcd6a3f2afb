/* Reading a command's arguments, in three files: bind.c walks the tokens by the table, arguments.c reads single values,
 * lists.c reads names, renames and sort keys. Private to plan/. */
#pragma once

#include "plan/bind.h"
#include "syntax/parse.h"

enum { LIST_MOST = 10000 };         /* names are compared with each other; nobody writes so many */

/* At work on one stage. `at` is the next token; the list ends in TOKEN_END, so looking at it is always safe. */
struct arguments {
    struct binder       *binder;
    struct stage        *stage;
    const struct param  *params;
    uint32_t             count;         /* of params */
    const struct tokens *tokens;
    uint32_t             at;
    bool                 brackets;      /* texts of subsearches may come */
    bool                 refused;       /* a word that is of no use was told */
};

static inline const struct token *arguments_token(const struct arguments *in) { return &in->tokens->item[in->at]; }

/* --- values: `text` from a name=value pair, a bare word, or (as written in the table) a preset ------------------- */

/* Would this bare word do for the parameter? Texts and names always, numbers and choices if they are such. */
bool   value_fits(const struct param *param, const struct token *token);

/* Reports a wrong type or range. `token` NULL: a preset. */
status value_read(struct arguments *in, const struct param *param, str text, struct span span,
                  const struct token *token, struct argument *out);

/* Expressions, searches and so on: the passage is parsed by the parser of the parameter's kind. */
status value_parse(struct arguments *in, const struct param *param, struct passage passage, struct argument *out);

/* The token is a text subsearch: what the stage is given is not known yet. */
status arguments_await(struct arguments *in, const struct token *token);
/* All of them, also those that nobody has read, and those in expressions of aggregates. */
status arguments_await_all(struct arguments *in);
/* Finds those among the tokens, with their own mistakes; none if brackets are the command's own arguments. */
status arguments_find_brackets(struct arguments *in);
/* Is it the name of an option of the command? */
bool   arguments_have_option(const struct arguments *in, str name);
/* Is there one among the words from `from` on that were read, or right beside them? */
bool   arguments_beside(const struct arguments *in, uint32_t from);

/* --- lists: from token `at` on, to the first token that does not belong ------------------------------------------- */

status list_add_name(struct arguments *in, const struct param *param, str name, struct span span,
                     struct argument *out);
status list_read_names(struct arguments *in, const struct param *param, struct argument *out);
status list_read_renames(struct arguments *in, const struct param *param, struct argument *out);
status list_read_pairs(struct arguments *in, struct argument *out);
status list_read_keys(struct arguments *in, struct argument *out);

/* The same tree with the old time terms under their newer names: oldtimes.c. */
status bounds_modern(struct binder *binder, const struct node *node, const struct node **out);

/* Time terms of the first search leave its tree and go to binder->bounds: bounds.c. */
status bounds_take(struct binder *binder, struct stage *stage);
/* In any other: they are predicates of rows. */
status bounds_make_rows(struct binder *binder, struct stage *stage);

/* Does the token at `at` end a list: an option, a keyword of the command, a bracket or parenthesis, the end? */
bool   list_ends(const struct arguments *in);
