/* Where a value found in JSON or XML goes: paths of keys and arrays, resolved to slots once and then found by
 * the key's bytes.
 *
 * `a.b`, `a{}`, `a{}.b` (language 11.2), `a.b{@c}` (11.3). Keys are cached by their spelling, escapes and all, so a key
 * written with backslashes is decoded once; several spellings and nestings may lead to one slot. Fields
 * come in much the same order line after line: each key remembers which two followed it last. */
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
    bool          object_known, array_known, attributes_known;
    bool          top;              /* the record itself, not a field with an empty name */
    struct keys  *attributes;       /* of XML elements here; NULL: skip them */
};

struct key {
    uint64_t     head;              /* first 8 bytes of the spelling, zero filled, as a little word */
    uint32_t     size;
    uint32_t     hash;
    uint64_t     last;              /* last 8 bytes, if it has more than 8 */
    const char  *tail;              /* all from byte 8 on */
    struct key  *next[2];           /* which followed last; never NULL: at first a key that matches nothing */
    struct place place;
};

enum spelling {
    SPELLED_JSON,                   /* decoded; names of XML elements hold nothing to decode */
    SPELLED_PLAIN,                  /* names of key=value text: cleaned */
    SPELLED_ATTRIBUTE               /* of XML: as they are, and a brace behind them */
};

struct keys {                       /* of the objects at one place */
    str          prefix;            /* "a." */
    enum spelling spelling;
    struct key  *none;              /* before the first one: place unused, next[] is what lines begin with */
    struct key **slot;              /* hash table, half full at most */
    uint32_t     count, slots;
};

struct paths {
    struct builder *builder;
    struct arena    arena;
    struct place    top;
    struct keys    *plain;          /* of key=value text; NULL: not met yet */
    struct key      ignored;        /* stands for keys nobody wants when there are too many to remember */
    struct key      nothing;
    uint32_t        keys;
    bool            bare;           /* only the time and what is known about an event: origin, _raw */
};

status paths_init(struct paths *paths, struct builder *builder, bool bare);
void   paths_free(struct paths *paths);

/* What to do with objects, arrays and attributes at a place: sets place->object, place->array,
 * place->attributes. XML elements are as objects inside of objects. */
status place_objects(struct paths *paths, struct place *place);
status place_arrays(struct paths *paths, struct place *place);
status place_attributes(struct paths *paths, struct place *place);

/* The place of a field by its name; `path` must live as long as the place. */
status place_make(struct paths *paths, str path, struct place *place);
/* Names of key=value text (language 11.3). */
status paths_plain(struct paths *paths);

/* A value found there, into the current row. */
static inline status place_put(struct builder *builder, const struct place *place, struct cell cell)
{
    if (LIKELY(place->slot))
        TRY(slot_put(builder, place->slot, cell));
    if (UNLIKELY(place->time))
        TRY(slot_put_time(builder, place->time, cell));
    return OK;
}

static inline uint64_t key_word(const char *at)
{
    uint64_t word;

    memcpy(&word, at, 8);
    return word;
}

static inline uint64_t key_head(const char *at, size_t size)
{
    uint64_t head;

    memcpy(&head, at, 8);           /* blocks are padded */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    head = __builtin_bswap64(head);
#endif
    return size >= 8 ? head : head & ((1ull << size * 8) - 1);
}

static inline bool key_is(const struct key *key, uint64_t head, const char *at, size_t size)
{
    return key->head == head && key->size == size
        && (size <= 8 || (key->last == key_word(at + size - 8)
                          && (size <= 16 || memcmp(key->tail, at + 8, size - 16) == 0)));
}

/* The key with that spelling although it is not the one that followed `last` most recently: that is
 * remembered. */
status keys_turn(struct paths *paths, struct keys *keys, struct key *last, str spelling, struct key **out);

/* The key that was seen to follow `last`, or whichever it is. */
static inline status keys_next(struct paths *paths, struct keys *keys, struct key *last, str spelling, struct key **out)
{
    *out = last->next[0];
    return LIKELY(key_is(*out, key_head(spelling.at, spelling.size), spelling.at, spelling.size)) ? OK
        : keys_turn(paths, keys, last, spelling, out);
}
