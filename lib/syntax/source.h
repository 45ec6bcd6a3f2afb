/* The query as the user wrote it, as the parser sees it, and where every byte came from.
 *
 * Spans everywhere count bytes of `expanded`. A byte that no macro made has a place in `text`; one that
 * came from a macro's definition has the place of the outermost call in `text`, and a trail of macros. An
 * argument's bytes keep the place where the user typed them.
 * Lifetime: the arena of expand(); without macros and comments `expanded` is `text`. */
#pragma once

#include "base/buf.h"
#include "base/diag.h"

/* One macro call, a subsearch that gave text, a command that stands for some, or the user's text (frame 0). */
struct source_frame {
    str      name;              /* "hi(2)" */
    str      definition;        /* argument tokens not replaced */
    uint32_t parent, offset, size;      /* the call: in which frame, where, how long */
    bool     subsearch;                 /* `definition` is the text it gave, */
    bool     command;                   /* or what a command stands for */
};

/* From `at` on, bytes of `expanded` come from frame `frame` at `offset`, one by one. */
struct source_piece {
    uint32_t at, frame, offset;
};

struct source {
    str                  text, expanded;
    struct source_frame *frame;
    uint32_t             frames;
    struct source_piece *piece;
    uint32_t             pieces;
};

/* A place in the user's text. Lines and columns count from 1, columns in code points. */
struct source_place {
    uint32_t offset, length;    /* bytes */
    uint32_t line, column;
    uint32_t frame;             /* of the innermost macro the place came from; 0: none */
};

/* A source without macros. */
struct source source_plain(str text);

/* A text to stand where some bytes of `expanded` are. */
struct source_change {
    struct span span;
    str         text;
    str         name;           /* of the command that stood there; empty: a subsearch did */
};

/* `of` with the changes made; they are apart and in order. Bytes of their texts go back to the bytes that were replaced.
 * Names, definitions and `text` stay those of `of`. FAIL_LIMIT: too long. */
status source_change(struct arena *arena, const struct source *of, const struct source_change *change, uint32_t count,
                     struct source *out);
/* Where a byte behind or between the changes has gone. */
uint32_t source_moved(const struct source_change *change, uint32_t count, uint32_t at);
/* A copy that needs nothing of `of`. */
status source_copy(struct arena *arena, const struct source *of, struct source *out);

struct source_place source_locate(const struct source *source, struct span span);

/* The way from a place inside macros to the user's text: innermost macro first. `inside`: where in its definition. */
struct source_step {
    const struct source_frame *macro;       /* NULL: there is no further one */
    struct span                inside;
};

struct source_step source_first_step(const struct source *source, struct span span);
struct source_step source_next_step(const struct source *source, struct source_step step);

/* "error: message; hint", the line of the query and a caret line, each ended by a newline; then, when the
 * place is inside a macro, "  in macro name: definition" lines. Blanks at the line's start are left out,
 * tabs are shown as one space. */
void source_render(const struct source *source, const struct diagnostic *diagnostic, struct buf *out);

const char *severity_name(enum severity severity);      /* "error", "warning", "note" */
