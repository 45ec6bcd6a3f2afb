/* What a backslash stands for in a string of JSON; for the files of text/json.h only. */
#pragma once

#include "base/str.h"

/* Four hexadecimal digits, or -1. */
static inline int32_t hex_four(const char *at, const char *end)
{
    int32_t code = 0;

    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        code = code << 4 | digit;
    }
    return code;
}

/* What a backslash and this letter stand for; 0: nothing. */
static inline char escaped_byte(char letter)
{
    switch (letter) {
    case '"': case '\\': case '/': return letter;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
    }
}
