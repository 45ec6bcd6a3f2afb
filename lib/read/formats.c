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

enum { HEAD = 64 * 1024 };              /* a format is recognised by its first lines (JSON: the first), or so much of them */

static const struct format *sniff(str head, bool final)
{
    for (int i = 0; formats[i]; i++)
        if (formats[i]->sniff && formats[i]->sniff(head, final))
            return formats[i];
    return NULL;
}

static size_t past_blanks(str text, size_t at)
{
    while (at < text.size && (text.at[at] == ' ' || (text.at[at] >= '\t' && text.at[at] <= '\r')))
        at++;
    return at;
}

/* How much tells the format: two lines; of JSON the first line, or what follows the bracket. Never more, so
 * that it does not matter how the bytes come. 0: that has not come. */
static size_t telling(str text)
{
    size_t blank = past_blanks(text, 0), line;

    if (blank < text.size && text.at[blank] == '[') {
        size_t value = past_blanks(text, blank + 1);
        return value < text.size ? value + 1 : 0;
    }
    line = str_find(text, STR("\n"), blank);
    if (line != SIZE_MAX && text.at[blank] != '{')
        line = str_find(text, STR("\n"), line + 1);
    return line != SIZE_MAX ? line + 1 : 0;
}

static str chosen(str own, const char *fallback) { return own.size ? own : str_of(fallback); }

status input_recognise(struct input *input, str begun, bool final, const char *name)
{
    struct defaults *defaults = &input->defaults;

    if (defaults->host.size)
        return OK;
    if (!input->format) {
        str    text = str_slice(begun, 0, begun.size < HEAD ? begun.size : HEAD);
        size_t size = telling(text);

        if (!size && !final && text.size < HEAD)
            return HUNGRY;
        input->format = sniff(size ? str_make(text.at, size) : text, text.size < HEAD);
        if (!input->format)
            return FAIL_BUG;                    /* the last one of the list takes everything */
    }
    input->format = format_at_work(input->format, input->reading->kv_mode);
    *defaults = input->reading->defaults;
    defaults->index = chosen(defaults->index, "main");
    defaults->source = chosen(defaults->source, name);
    defaults->sourcetype = chosen(defaults->sourcetype, input->format->sourcetype);
    defaults->host = chosen(defaults->host, "-");
    return OK;
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
