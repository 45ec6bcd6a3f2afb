/* Where a value found in JSON goes: paths of keys and arrays, resolved to slots once and then found by the key's bytes.
 *
 * `a.b`, `a{}`, `a{}.b` (language 11.2). Keys are cached by their spelling, escapes and all, so a key written with
 * backslashes is decoded once; several spellings and nestings may lead to one slot.
 * Fields come in much the same order line after line: each key remembers which two followed it last. */
#pragma once

#include "read/builder.h"

struct keys;

struct place {                      /* a path */
    str           path;             /* as a field is called */
    struct slot  *slot;             /* scalars here; NULL: nobody wants them */
    struct keys  *object;           /* objects here; NULL: skip them */
    struct place *array;            /* elements of arrays here; NULL: skip them */
    uint8_t       time;             /* candidate for the time; 0: none */
    bool          scalar;           /* slot or time */
    bool          object_known, array_known;
    bool          top;              /* the record itself, not a field with an empty name */
};

struct key {
    uint64_t     head;              /* first 8 bytes of the spelling, zero filled, as a little word */
    uint32_t     size;
    uint32_t     hash;
    const char  *tail;              /* the rest, from byte 8 */
    struct key  *next[2];           /* which followed last; never NULL: at first a key that matches nothing */
    struct place place;
};

struct keys {                       /* of the objects at one place */
    str          prefix;            /* "a." */
    struct key  *none;              /* before the first one: place unused, next[] is what lines begin with */
    struct key **slot;              /* hash table, half full at most */
    uint32_t     count, slots;
};

struct paths {
    struct builder *builder;
    struct arena    arena;
    struct place    top;
    struct key      ignored;        /* stands for keys nobody wants when there are too many to remember */
    struct key      nothing;
    uint32_t        keys;
};

status paths_init(struct paths *paths, struct builder *builder);
void   paths_free(struct paths *paths);

/* What to do with objects and arrays at a place: sets place->object, place->array. */
status place_objects(struct paths *paths, struct place *place);
status place_arrays(struct paths *paths, struct place *place);

/* The key with that spelling, made if need be. */
status keys_find(struct paths *paths, struct keys *keys, uint64_t head, str spelling, struct key **out);
