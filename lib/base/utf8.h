/* UTF-8 and case, the only door to utf8proc.
 *
 * Nothing here refuses data: a byte that is no part of a valid sequence stands for itself, one unit, with the
 * code UTF8_INVALID + byte, which is above every real code point and has no case. (Overlong forms, surrogates
 * and codes past U+10FFFF are invalid bytes too.)
 *
 * Folding is Unicode simple case folding: one code point to one code point, so sharp s stays what it is. */
#pragma once

#include "base/buf.h"
#include "base/str.h"

enum { UTF8_MAX = 0x10FFFF, UTF8_INVALID = 0x110000, UTF8_REPLACEMENT = 0xFFFD };

bool   utf8_is_ascii(str text);
bool   utf8_is_valid(str text);
size_t utf8_valid_size(str text);                   /* bytes before the first invalid one */

size_t utf8_count(str text);                        /* code points and invalid bytes */
/* where unit number `count` starts; text.size when past the end */
size_t utf8_offset(str text, size_t count);

size_t utf8_next_slow(const char *at, const char *end, uint32_t *code);

/* The unit at `at` (< end); returns its size, 1 to 4. */
static inline size_t utf8_next(const char *at, const char *end, uint32_t *code)
{
    if ((unsigned char)*at < 0x80) {
        *code = (unsigned char)*at;
        return 1;
    }
    return utf8_next_slow(at, end, code);
}

/* The size of the unit that ends at `at` (> begin). */
size_t utf8_back(const char *begin, const char *at);

/* 1 to 4 bytes; codes of invalid bytes give the byte back */
size_t utf8_write(char *out, uint32_t code);
void   utf8_put(struct buf *buf, uint32_t code);

uint32_t utf8_fold(uint32_t code);
uint32_t utf8_lower(uint32_t code);
uint32_t utf8_upper(uint32_t code);

void   utf8_put_fold(struct buf *buf, str text);
void   utf8_put_lower(struct buf *buf, str text);
void   utf8_put_upper(struct buf *buf, str text);

bool   utf8_equal_fold(str a, str b);

unsigned utf8_columns(uint32_t code);       /* of a terminal: 0, 1 or 2; invalid bytes take 1 */
