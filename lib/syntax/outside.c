#include "syntax/outside.h"

#include <string.h>

size_t outside_find(str text, size_t from, const char *wanted, bool *open)
{
    bool quoted = false;

    for (size_t i = from; i < text.size; i++) {
        char c = text.at[i];

        if (c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (c && !quoted && strchr(wanted, c))
            return i;
    }
    if (open)
        *open = quoted;
    return text.size;
}
