#include "text/xml.h"

#include "base/compiler.h"
#include "base/utf8.h"

static bool is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_name(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10 || c == '_' || c == ':'
        || c == '-' || c == '.' || (unsigned char)c >= 0x80;
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && is_white(*at))
        at++;
    return at;
}

static const char *skip_name(const char *at, const char *end)
{
    if (at < end && (*at == '-' || *at == '.' || (unsigned char)(*at - '0') < 10))
        return at;                                      /* names do not begin so */
    while (at < end && is_name(*at))
        at++;
    return at;
}

static bool starts(const char *at, const char *end, str word)
{
    return (size_t)(end - at) >= word.size && memcmp(at, word.at, word.size) == 0;
}

/* Behind the first `mark` after `at`; NULL if it never comes. */
static const char *behind(const char *at, const char *end, str mark)
{
    size_t found = str_find(str_make(at, (size_t)(end - at)), mark, 0);

    return found == SIZE_MAX ? NULL : at + found + mark.size;
}

void xml_walk_start(struct xml_walk *walk, str text)
{
    walk->begin = walk->at = walk->tag = text.at;
    walk->end = text.at + text.size;
    if (starts(walk->at, walk->end, STR("\xEF\xBB\xBF")))
        walk->at += 3;
    walk->name = walk->attributes = str_make(text.at, 0);
    walk->empty = walk->rooted = false;
    walk->depth = 0;
    walk->reason = NULL;
    walk->offset = 0;
}

static enum xml_token fail(struct xml_walk *walk, const char *at, const char *reason)
{
    walk->reason = reason;
    walk->offset = (size_t)(at - walk->begin);
    return XML_ERROR;
}

/* --- tags ----------------------------------------------------------------------------------------------- */

/* name = "value", blanks before it and around the sign. NULL: it is none. */
static const char *read_attribute(const char *at, const char *end, str *name, str *value)
{
    const char *from = skip_blanks(at, end), *to = skip_name(from, end), *close;

    at = skip_blanks(to, end);
    if (to == from || at == end || *at != '=')
        return NULL;
    at = skip_blanks(at + 1, end);
    if (at == end || (*at != '"' && *at != '\''))
        return NULL;
    close = memchr(at + 1, *at, (size_t)(end - at - 1));
    if (!close)
        return NULL;
    *name = str_make(from, (size_t)(to - from));
    *value = str_make(at + 1, (size_t)(close - at - 1));
    return close + 1;
}

bool xml_attribute_next(str *attributes, str *name, str *value)
{
    const char *end = attributes->at + attributes->size, *at = read_attribute(attributes->at, end, name, value);

    if (at)
        *attributes = str_make(at, (size_t)(end - at));
    return at != NULL;
}

bool xml_attribute(str attributes, str name, str *value)
{
    str found;

    while (xml_attribute_next(&attributes, &found, value))
        if (str_equal(found, name))
            return true;
    return false;
}

static enum xml_token open_tag(struct xml_walk *walk)
{
    const char *name = walk->tag + 1, *at = skip_name(name, walk->end), *next;
    str         ignored, value;

    if (at == name)
        return fail(walk, walk->tag, "a tag without a name");
    if (walk->depth == 0 && walk->rooted)
        return fail(walk, walk->tag, "a second root");
    if (walk->depth == XML_DEPTH)
        return fail(walk, walk->tag, "nested too deeply");
    walk->name = str_make(name, (size_t)(at - name));
    walk->attributes.at = at;
    while (at < walk->end && is_white(*at) &&
           (next = read_attribute(at, walk->end, &ignored, &value)) != NULL)
        at = next;
    walk->attributes.size = (size_t)(at - walk->attributes.at);
    at = skip_blanks(at, walk->end);
    walk->empty = at < walk->end && *at == '/';
    at += walk->empty;
    if (at >= walk->end || *at != '>')
        return fail(walk, at, "a tag that does not end");
    walk->at = at + 1;
    walk->rooted = true;
    walk->open[walk->depth++] = walk->name;
    return XML_OPEN;
}

static enum xml_token close_tag(struct xml_walk *walk)
{
    const char *name = walk->tag + 2, *to = skip_name(name, walk->end), *at = skip_blanks(to, walk->end);

    walk->name = str_make(name, (size_t)(to - name));
    if (at == walk->end || *at != '>')
        return fail(walk, walk->tag, "a tag that does not end");
    if (walk->depth == 0 || !str_equal(walk->open[walk->depth - 1], walk->name))
        return fail(walk, walk->tag, "an end tag without its start");
    walk->depth--;
    walk->at = at + 1;
    return XML_CLOSE;
}

/* --- what is no tag ------------------------------------------------------------------------------------- */

/* Behind <!DOCTYPE ...>: brackets hold declarations, quotes anything. */
static const char *skip_doctype(const char *at, const char *end)
{
    bool inside = false;

    while (at < end) {
        char c = *at++;
        if (c == '"' || c == '\'') {
            at = memchr(at, c, (size_t)(end - at));
            if (!at)
                return NULL;
            at++;
        } else if (c == '[' || c == ']') {
            inside = c == '[';
        } else if (c == '>' && !inside) {
            return at;
        }
    }
    return NULL;
}

/* Behind a comment, an instruction, a section of character data or a document type; `at` itself if it is
 * none; NULL if it has no end. */
static const char *skip_other(const char *at, const char *end)
{
    if (starts(at, end, STR("<!--")))
        return behind(at + 4, end, STR("-->"));
    if (starts(at, end, STR("<?")))
        return behind(at + 2, end, STR("?>"));
    if (starts(at, end, STR("<![CDATA[")))
        return behind(at + 9, end, STR("]]>"));
    if (starts(at, end, STR("<!")))
        return skip_doctype(at + 2, end);
    return at;
}

/* Goes to the next tag; the text before it is the caller's business. */
static bool find_tag(struct xml_walk *walk)
{
    const char *at = walk->at, *next;

    for (;; at = next) {
        const char *tag = memchr(at, '<', (size_t)(walk->end - at));
        const char *until = tag ? tag : walk->end;
        if (walk->depth == 0 && skip_blanks(at, until) != until) {
            fail(walk, at, "text outside of the root");
            return false;
        }
        if (!tag) {
            walk->at = walk->end;
            return false;
        }
        next = skip_other(tag, walk->end);
        if (!next || (walk->depth == 0 && starts(tag, walk->end, STR("<![CDATA[")))) {
            fail(walk, tag, next ? "text outside of the root" : "a section that does not end");
            return false;
        }
        if (next == tag) {
            walk->tag = tag;
            return true;
        }
    }
}

enum xml_token xml_next(struct xml_walk *walk)
{
    if (walk->reason)
        return XML_ERROR;
    if (walk->empty) {
        walk->empty = false;
        walk->tag = walk->at;
        walk->name = walk->open[--walk->depth];
        return XML_CLOSE;
    }
    if (!find_tag(walk)) {
        if (walk->reason)
            return XML_ERROR;
        if (walk->depth || !walk->rooted)
            return fail(walk, walk->end, "it ends too early");
        return XML_END;
    }
    return walk->tag + 1 < walk->end && walk->tag[1] == '/' ? close_tag(walk) : open_tag(walk);
}

/* --- text ----------------------------------------------------------------------------------------------- */

/* &#10; or &#xA; */
static uint32_t digit_of(char c)
{
    unsigned char letter = (unsigned char)((c | 0x20) - 'a');

    return (unsigned char)(c - '0') < 10 ? (uint32_t)(c - '0') : letter < 6 ? letter + 10u : 99;
}

static size_t read_number(const char *at, const char *end, uint32_t *code)
{
    const char *from = at += 2;
    unsigned    base = at < end && (*at | 0x20) == 'x' ? 16 : 10;

    from += base == 16;
    *code = 0;
    for (at = from; at < end && *code <= UTF8_MAX && digit_of(*at) < base; at++)
        *code = *code * base + digit_of(*at);
    if (at == from || at == end || *at != ';' || *code == 0 || *code > UTF8_MAX ||
        (*code >= 0xD800 && *code < 0xE000))
        return 0;
    return (size_t)(at - from) + 3 + (base == 16);
}

/* The entity at the ampersand; its size, or 0 if it is none that is known. */
static size_t read_entity(const char *at, const char *end, uint32_t *code)
{
    static const struct { const char *name; char code; } named[] = {
        { "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&quot;", '"' }, { "&apos;", '\'' } };

    if (end - at > 2 && at[1] == '#')
        return read_number(at, end, code);
    for (size_t i = 0; i < COUNT_OF(named); i++)
        if (starts(at, end, str_of(named[i].name))) {
            *code = (unsigned char)named[i].code;
            return strlen(named[i].name);
        }
    return 0;
}

size_t xml_decode(str inner, char *out)
{
    const char *at = inner.at, *end = at + inner.size, *next;
    size_t      size = 0, step;
    uint32_t    code;
    /* until one has no end: then there is none, and none is looked for */
    bool        sections = true;

    while (at < end) {
        if (*at == '&' && (step = read_entity(at, end, &code)) != 0) {
            size += utf8_write(out + size, code);
            at += step;
        } else if (*at == '<' && sections && (next = skip_other(at, end)) != at) {
            if (!next) {
                sections = false;
                continue;
            }
            if (starts(at, end, STR("<![CDATA["))) {
                step = (size_t)(next - at) - 12;
                memmove(out + size, at + 9, step);
                size += step;
            }
            at = next;
        } else {
            out[size++] = *at++;
        }
    }
    return size;
}

size_t xml_unescape(str text, char *out)
{
    const char *end = text.at + text.size;
    size_t      size = 0, step;
    uint32_t    code;

    for (const char *at = text.at; at < end; at += step) {
        step = *at == '&' ? read_entity(at, end, &code) : 0;
        if (step) {
            size += utf8_write(out + size, code);
            continue;
        }
        out[size++] = *at;
        step = 1;
    }
    return size;
}

/* Behind the start tag at `at`, with its name; NULL: it is none, or closed at once. */
static const char *past_start_tag(const char *at, const char *end, str *name)
{
    const char *from = at + 1, *next;
    str         ignored, value;

    at = skip_name(from, end);
    if (at == from)
        return NULL;
    *name = str_make(from, (size_t)(at - from));
    while (at < end && is_white(*at) && (next = read_attribute(at, end, &ignored, &value)) != NULL)
        at = next;
    at = skip_blanks(at, end);
    return at < end && *at == '>' ? at + 1 : NULL;
}

bool xml_find_leaf(str *text, str *name, str *content)
{
    const char *end = text->at + text->size, *at = text->at;

    while (at < end && (at = memchr(at, '<', (size_t)(end - at))) != NULL) {
        const char *from = past_start_tag(at, end, name), *tag, *behind;

        at++;
        if (!from)
            continue;
        tag = memchr(from, '<', (size_t)(end - from));
        if (!tag)
            break;
        behind = tag + 2 + name->size;
        if (starts(tag, end, STR("</")) && starts(tag + 2, end, *name) &&
            (behind = skip_blanks(behind, end)) < end && *behind == '>') {
            *content = str_make(from, (size_t)(tag - from));
            *text = str_make(behind + 1, (size_t)(end - behind - 1));
            return true;
        }
        at = tag;                   /* what stands before it holds no tag */
    }
    *text = str_make(end, 0);
    return false;
}
