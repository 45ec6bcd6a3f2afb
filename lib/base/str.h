/* Text as pointer and length, not terminated; the bytes belong to somebody else. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct str {
    const char *at;
    size_t      size;
} str;

#define STR(literal) ((str){ (literal), sizeof(literal) - 1 })

static inline str str_of(const char *text) { return (str){ text, text ? strlen(text) : 0 }; }
static inline str str_make(const char *at, size_t size) { return (str){ at, size }; }

static inline bool str_equal(str a, str b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

/* BYTE order: memcmp, a prefix first. */
int  str_compare(str a, str b);

/* ASCII case folded; for keywords, options and command names. */
bool str_equal_nocase(str a, str b);
bool str_is(str a, const char *word);               /* exact */
bool str_is_nocase(str a, const char *word);

bool str_starts(str text, str prefix);
bool str_ends(str text, str suffix);

/* Position of `needle` at or after `from`, or SIZE_MAX. */
size_t str_find(str text, str needle, size_t from);

/* Without the given characters (a set of bytes) at both ends. */
str  str_trim(str text, str set);
str  str_trim_blanks(str text);                     /* space, tab, CR, LF, VT, FF */

static inline str str_slice(str text, size_t from, size_t to)
{
    return (str){ text.at + from, to - from };
}

/* Space, tab, LF, VT, FF, CR. */
static inline bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* 0 to 15, or -1. */
static inline int hex_digit(char c)
{
    if ((unsigned char)(c - '0') < 10)
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* %2F and the like as the bytes they stand for; anything else stays. `out` has room for text.size bytes and may be where the
 * text is. Returns how many it became. */
size_t str_percent_decode(str text, char *out);

/* Digits and nothing else, at least one. False: something else, or more than `most`. */
bool str_count(str text, uint32_t most, uint32_t *out);

/* t true 1 yes, f false 0 no, in any case. False: none of them, *out stays. */
bool str_truth(str text, bool *out);
