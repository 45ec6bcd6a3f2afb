/* Files of settings as Splunk's apps hold them (knowledge 1.2, 1.3): stanzas of "key = value", one file laid over another.
 *
 * A later file wins key by key, and so does a later line of one file. What a stanza does not say, the stanza [default] says
 * for it, whichever file that stands in; an empty value is a value. Nothing in a file makes it fail: lines that are neither
 * stanza nor setting are told as warnings and skipped. Names are case-sensitive; values are never unescaped.
 * Lifetime: everything is in the arena, but for the maps: conf_free. Threads: one. */
#pragma once

#include "base/arena.h"
#include "base/diag.h"
#include "base/map.h"

struct conf_setting {
    str      key, value;
    str      file;                      /* that it stands in, for messages */
    uint32_t line;                      /* from 1 */
};

struct conf_stanza {
    str                 name;
    struct map          settings;       /* key -> struct conf_setting, in the order they were first seen */
    str                 file;           /* that it begins in */
    uint32_t            line;
};

struct conf {
    struct arena       *arena;
    struct map          stanzas;        /* name -> struct conf_stanza, in the order they were first seen */
    struct conf_stanza *common;         /* [default], or NULL */
};

void conf_init(struct conf *conf, struct arena *arena, struct heap *heap);
void conf_free(struct conf *conf);

/* Lays a file over those before it. `text` is copied. `diag` takes what was odd. Fails for memory only. */
status conf_lay(struct conf *conf, str file, str text, struct diag *diag);

/* The setting of a stanza, or that of [default]; NULL: there is none. */
const struct conf_setting *conf_get(const struct conf *conf, const struct conf_stanza *stanza, const char *key);
/* Only what the stanza itself says. */
const struct conf_setting *conf_own(const struct conf_stanza *stanza, const char *key);

/* The value's text, "" where there is none. */
str  conf_text(const struct conf *conf, const struct conf_stanza *stanza, const char *key);
