#include "read/formats.h"

const struct format *const formats[] = {
    &format_ndjson, &format_json, &format_csv, &format_tsv, &format_kv, &format_raw,
    &format_hec, &format_syslog, NULL
};

const struct format *format_named(str name)
{
    for (int i = 0; formats[i]; i++)
        if (str_is_nocase(name, formats[i]->name))
            return formats[i];
    return NULL;
}

const struct format *format_at_work(const struct format *format, enum kv_mode mode)
{
    return format == &format_kv && mode == KV_MULTI ? &format_tables : format;
}

const struct format *format_sniff(str head, bool final)
{
    for (int i = 0; formats[i]; i++)
        if (formats[i]->sniff && formats[i]->sniff(head, final))
            return formats[i];
    return NULL;
}

status lines_cut(struct input *input, str bytes, size_t from, bool final, size_t *whole)
{
    const char *newline = bytes.size > from ? memrchr(bytes.at + from, '\n', bytes.size - from) : NULL;

    *whole = newline ? (size_t)(newline - bytes.at) + 1 : 0;
    return OK;
}

size_t line_limit(const struct reading *reading)
{
    enum { USUAL = 16 << 20, MOST = 1 << 28 };

    return !reading->limit_line ? USUAL : reading->limit_line < MOST ? reading->limit_line : MOST;
}
