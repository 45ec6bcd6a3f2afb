/* Words of the host: the same structs as ours, with bodies that cross the border and come back. Private to the
 * host_ files, but for `struct hosted`, by which a lexicon knows whom to tell that a word is gone. */
#pragma once

#include "api/lexicon.h"

#include <spl_extend.h>

struct hosted {                         /* first member of every word of the host */
    struct hosted *next;
    void          *host;
    void         (*drop)(void *host);
};

struct work;                            /* api/host_work.h: a command at work */
struct given_rows;                      /* api/host_lookup.c */

struct spl_call {
    const struct context *context;
    struct arena         *arena;        /* for spl_call_memory */
    const struct stage   *stage;        /* a command's; otherwise NULL */
    struct work          *work;         /* while it may emit rows; otherwise NULL */
    struct given_rows    *rows;         /* while it may give rows; otherwise NULL */
    uint64_t              place;
    char                  message[200]; /* told to spl_call_fail */
};

static inline struct spl_call call_make(const struct context *context, struct arena *arena)
{
    struct spl_call call;

    call.context = context;
    call.arena = arena;
    call.stage = NULL;
    call.work = NULL;
    call.rows = NULL;
    call.place = 0;
    call.message[0] = 0;                /* the rest is not looked at */
    return call;
}

/* For "%s failed: %s". */
static inline const char *call_message(const struct spl_call *call)
{
    return *call->message ? call->message : "it did not say why";
}

/* A cell from the host, text and lists copied. FAIL_HOST: it is none. */
status cell_take(const spl_cell *given, struct arena *arena, struct cell *out);
/* The same, to be put into a field: no truth values, and text that may read as a number. */
status cell_take_field(const spl_cell *given, struct arena *arena, struct cell *out);

/* --- adding --------------------------------------------------------------------------------------------- */

/* Adds a word to a version of the vocabulary that may be changed. FAIL_MISUSE: *wrong says what is. */
typedef status host_adder(struct lexicon *lexicon, const void *given, const char **wrong);

/* `what`: "function"; `code`: of the error. */
spl_status host_add(struct spl_engine *engine, const char *what, const char *code, host_adder *add,
                    const void *given, struct spl_error **err);

bool   host_is_word(const char *name);
/* A copy in the lexicon; `preset` for a missing one. */
status host_text(struct lexicon *lexicon, const char *given, const char *preset, const char **out);
/* From here on the lexicon drops it. */
void   host_keep(struct lexicon *lexicon, struct hosted *own, void *host, void (*drop)(void *host));

/* A usage string as a table of parameters. FAIL_MISUSE: *wrong says what is. */
status usage_read(struct arena *arena, const char *name, const char *usage, const struct param **out,
                  const char **wrong);
