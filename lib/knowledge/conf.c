#include "knowledge/conf.h"

#include "base/str.h"
#include "base/utf8.h"

enum { LINES_MOST = UINT32_MAX - 1 };

void conf_init(struct conf *conf, struct arena *arena, struct heap *heap)
{
    *conf = (struct conf){ .arena = arena };
    map_init(&conf->stanzas, heap);
}

void conf_free(struct conf *conf)
{
    for (uint32_t i = 0; i < conf->stanzas.count; i++)
        map_free(&((struct conf_stanza *)conf->stanzas.entry[i].value)->settings);
    map_free(&conf->stanzas);
    conf->common = NULL;
}

/* --- clean text ---------------------------------------------------------------------------------------------------- */

static uint32_t unit16(const unsigned char *at, bool big)
{
    return big ? (uint32_t)at[0] << 8 | at[1] : (uint32_t)at[1] << 8 | at[0];
}

/* UTF-16 behind its mark. A surrogate without its other half is what no text can show. */
static void put_wide(struct buf *out, str text, bool big)
{
    const unsigned char *at = (const unsigned char *)text.at;

    for (size_t i = 0; i + 1 < text.size; i += 2) {
        uint32_t code = unit16(at + i, big);

        if (code >= 0xD800 && code < 0xDC00 && i + 3 < text.size && unit16(at + i + 2, big) >> 10 == 0xDC00 >> 10) {
            code = 0x10000 + ((code & 0x3FF) << 10) + (unit16(at + i + 2, big) & 0x3FF);
            i += 2;
        } else if (code >> 11 == 0xD800 >> 11) {
            code = UTF8_REPLACEMENT;
        }
        if (code)
            utf8_put(out, code);
    }
}

static void put_narrow(struct buf *out, str text)
{
    const char *at = text.at, *end = at + text.size;

    while (at < end) {
        uint32_t code;

        at += utf8_next(at, end, &code);
        if (code >= UTF8_INVALID)
            code = UTF8_REPLACEMENT;
        if (code)
            utf8_put(out, code);
    }
}

/* Lines end with LF, and every byte is one of valid UTF-8. In the arena. */
static status clean(struct arena *arena, str text, str *out)
{
    struct buf buf;
    size_t     to = 0;

    buf_init(&buf, arena->heap);
    if (str_starts(text, STR("\xff\xfe")) || str_starts(text, STR("\xfe\xff")))
        put_wide(&buf, str_slice(text, 2, text.size), text.at[0] == '\xfe');
    else
        put_narrow(&buf, str_starts(text, STR("\xef\xbb\xbf")) ? str_slice(text, 3, text.size) : text);
    for (size_t i = 0; i < buf.size; i++) {
        if (buf.at[i] == '\r' && i + 1 < buf.size && buf.at[i + 1] == '\n')
            continue;
        buf.at[to++] = buf.at[i] == '\r' ? '\n' : buf.at[i];
    }
    *out = buf.failed ? (str){ NULL, 0 } : arena_str(arena, str_make(buf.at, to));
    buf_free(&buf);
    return out->at ? OK : FAIL_MEMORY;
}

/* --- lines --------------------------------------------------------------------------------------------------------- */

struct laying {
    struct conf        *conf;
    struct diag        *diag;
    struct conf_stanza *stanza;         /* NULL: before the first one */
    str                 file, text;
    size_t              at;
    uint32_t            line;           /* the newest one taken */
};

static str next_line(struct laying *in)
{
    size_t from = in->at, end;
    const char *newline = memchr(in->text.at + from, '\n', in->text.size - from);

    end = newline ? (size_t)(newline - in->text.at) : in->text.size;
    in->at = end + (newline != NULL);
    in->line += in->line < LINES_MOST;
    return str_slice(in->text, from, end);
}

static status find_stanza(struct laying *in, str name, struct conf_stanza **out)
{
    struct conf *conf = in->conf;

    *out = map_get(&conf->stanzas, name);
    if (*out)
        return OK;
    TRY_NEW(*out = ARENA_NEW(conf->arena, struct conf_stanza));
    (*out)->name = name;
    (*out)->file = in->file;
    (*out)->line = in->line;
    map_init(&(*out)->settings, conf->stanzas.heap);
    TRY(map_put(&conf->stanzas, name, *out));
    if (str_is(name, "default"))
        conf->common = *out;
    return OK;
}

/* Names hold brackets themselves: the last one on the line closes. */
static status read_stanza(struct laying *in, str line)
{
    size_t end = line.size;

    while (end > 1 && line.at[end - 1] != ']')
        end--;
    if (end > 1) {
        end--;
    } else {
        end = line.size;
        diag_warn(in->diag, DIAG_NOWHERE, "conf-line", "%.*s:%u: the name of a stanza is not closed: '%.*s'",
                  SHOW(in->file), in->line, SHOW(line));
    }
    line = str_slice(line, 1, end);
    if (str_is(line, "DEFAULT"))
        diag_warn(in->diag, DIAG_NOWHERE, "conf-line",
                  "%.*s:%u: [DEFAULT] is a stanza like others; what holds for all stands in [default]", SHOW(in->file),
                  in->line);
    return find_stanza(in, line, &in->stanza);
}

/* A value goes on in the next line where its last character is a backslash, in whose place the line end is part of it. What
 * follows is taken as it stands: no comment, no stanza. */
static status read_value(struct laying *in, str first, str *out)
{
    struct buf whole;

    if (!str_ends(first, STR("\\"))) {
        *out = str_trim_blanks(first);
        return OK;
    }
    buf_init(&whole, in->conf->arena->heap);
    for (str line = first;; line = next_line(in)) {
        bool goes_on = str_ends(line, STR("\\"));

        buf_put(&whole, goes_on ? str_slice(line, 0, line.size - 1) : line);
        if (!goes_on || in->at >= in->text.size)
            break;
        buf_byte(&whole, '\n');
    }
    *out = whole.failed ? (str){ NULL, 0 } : arena_str(in->conf->arena, str_trim_blanks(buf_str(&whole)));
    buf_free(&whole);
    return out->at ? OK : FAIL_MEMORY;
}

static status read_setting(struct laying *in, str line, size_t is)
{
    struct conf_setting *setting = ARENA_NEW(in->conf->arena, struct conf_setting);

    TRY_NEW(setting);
    setting->key = str_trim_blanks(str_slice(line, 0, is));
    setting->file = in->file;
    setting->line = in->line;
    TRY(read_value(in, str_slice(line, is + 1, line.size), &setting->value));
    if (!in->stanza)
        TRY(find_stanza(in, STR("default"), &in->stanza));
    return map_put(&in->stanza->settings, setting->key, setting);
}

static void skip_junk(struct laying *in, str line)
{
    diag_warn(in->diag, DIAG_NOWHERE, "conf-line", "%.*s:%u: neither a stanza nor a setting: '%.*s'", SHOW(in->file),
              in->line, (int)(line.size > 60 ? utf8_valid_size(str_slice(line, 0, 60)) : line.size), line.at);
}

static status read_line(struct laying *in)
{
    str    whole = next_line(in);
    size_t from = 0, is;
    str    line;

    while (from < whole.size && strchr(" \t\v\f", whole.at[from]))
        from++;
    line = str_slice(whole, from, whole.size);
    if (line.size == 0 || line.at[0] == '#' || whole.at[0] == ';')
        return OK;
    if (line.at[0] == '[')
        return read_stanza(in, line);
    is = str_find(line, STR("="), 0);
    if (is != SIZE_MAX && str_trim_blanks(str_slice(line, 0, is)).size)
        return read_setting(in, line, is);
    skip_junk(in, line);
    return OK;
}

status conf_lay(struct conf *conf, str file, str text, struct diag *diag)
{
    struct laying in = { .conf = conf, .diag = diag };

    TRY_NEW((in.file = arena_str(conf->arena, file)).at);
    TRY(clean(conf->arena, text, &in.text));
    while (in.at < in.text.size)
        TRY(read_line(&in));
    return OK;
}

/* --- settings ------------------------------------------------------------------------------------------------------ */

const struct conf_setting *conf_own(const struct conf_stanza *stanza, const char *key)
{
    return map_get(&stanza->settings, str_of(key));
}

const struct conf_setting *conf_get(const struct conf *conf, const struct conf_stanza *stanza, const char *key)
{
    const struct conf_setting *own = conf_own(stanza, key);

    return own || !conf->common ? own : conf_own(conf->common, key);
}

str conf_text(const struct conf *conf, const struct conf_stanza *stanza, const char *key)
{
    const struct conf_setting *setting = conf_get(conf, stanza, key);

    return setting ? setting->value : STR("");
}
