/* Trees as text: stable, for people, --explain and tests. */
#pragma once

#include "base/buf.h"
#include "syntax/ast.h"

/* One line: (and (= status "500") (not (term "a b"))). Numbers as written, fields bare, texts quoted. */
void print_node(struct buf *out, const struct node *node);

/* In quotes, with those inside and backslashes escaped: how SPL writes a text. */
void print_quoted(struct buf *out, str text);

/* The expression as SPL that parses to an equal tree; parentheses only where needed. */
void print_expr(struct buf *out, const struct node *node);
void print_search(struct buf *out, const struct node *node);

/* A line a stage: "search (implied)  index=a". */
void print_pipeline(struct buf *out, const struct pipeline *pipeline);
void print_tokens(struct buf *out, const struct tokens *tokens);
void print_assignments(struct buf *out, const struct assignments *assignments);
void print_aggregates(struct buf *out, const struct aggregates *aggregates);
