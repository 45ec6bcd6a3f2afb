/* What an engine knows at one moment: lexicon, macros, value lists. One version of it.
 *
 * A version that only the engine holds is changed in place; one that a query was compiled with is copied first, so queries
 * keep what they were compiled with. A copy keeps the older version alive for the texts in its arena. */
#pragma once

#include "api/handles.h"
#include "catalog/vocabulary.h"
#include "syntax/expand.h"
#include "vm/program.h"

struct hosted;                          /* api/host.h */

enum { MACRO_ARGUMENTS = 1000 };

struct definition {
    str      name, field, text;         /* `field` of tags: that of field=value */
    uint32_t priority;                  /* of event types, from 1 */
};

struct lexicon {
    _Atomic uint32_t  references;
    struct heap      *heap;
    struct lexicon     *older;
    struct arena      arena;
    struct vocabulary vocabulary;
    struct map        macros;           /* "name/2" -> struct macro */
    struct map        lists;            /* name -> struct value_list */
    struct map        eventtypes, saved;    /* name -> struct definition */
    struct map        tags;             /* each tag of each pair -> struct definition */
    struct map        tables;           /* name -> struct table_source */
    struct map        lookups;          /* name -> struct lookup_settings */
    const struct sinks *sinks;          /* NULL: the host takes nothing that commands write */
    struct hosted    *hosted;           /* words of the host that came with this version */
};

status        lexicon_new(struct heap *heap, struct lexicon **out);         /* the library's own words */
struct lexicon *lexicon_retain(struct lexicon *lexicon);
void          lexicon_release(struct lexicon *lexicon);                       /* NULL welcome */

/* The engine's version, fit to be changed; under the engine's lock. */
status        lexicon_change(struct spl_engine *engine, struct lexicon **out);

/* For expand(): `host` is the struct lexicon. */
const struct macro *lexicon_macro(void *host, str name, uint32_t count);
str                 lexicon_macro_name(void *host, uint32_t i);
/* For the compiler. */
const struct value_list *lexicon_list(void *host, str name);

extern const struct definitions lexicon_definitions;

/* Tells the host that its words are gone. */
void                host_drop(struct hosted *first);
