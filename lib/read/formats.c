#include "read/formats.h"

const struct format *const formats[] = { &format_ndjson, NULL };

const struct format *format_named(str name)
{
    for (int i = 0; formats[i]; i++)
        if (str_is_nocase(name, formats[i]->name))
            return formats[i];
    return NULL;
}

const struct format *format_sniff(str head, bool final)
{
    for (int i = 0; formats[i]; i++)
        if (formats[i]->sniff && formats[i]->sniff(head, final))
            return formats[i];
    return NULL;
}

status lines_cut(struct input *input, str bytes, bool final, size_t *whole)
{
    const char *newline = bytes.size ? memrchr(bytes.at, '\n', bytes.size) : NULL;

    *whole = newline ? (size_t)(newline - bytes.at) + 1 : 0;
    return OK;
}
