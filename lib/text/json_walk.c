/* The walker over JSON text, and passing over what nobody wants to see. */
#include "text/json.h"

#include "base/bytes.h"
#include "text/json_escape.h"

enum state { WANT_VALUE, WANT_FIRST_VALUE, WANT_FIRST_KEY, WANT_KEY, WANT_COLON, AFTER_VALUE };

void json_walk_start(struct json_walk *walk, str text)
{
    *walk = (struct json_walk){ .begin = text.at, .at = text.at, .end = text.at + text.size,
        .state = WANT_VALUE };
}

static enum json_token fail(struct json_walk *walk, const char *reason)
{
    if (!walk->reason) {
        walk->reason = reason;
        walk->offset = (size_t)(walk->at - walk->begin);
    }
    return JSON_ERROR;
}

static ALWAYS_INLINE bool is_object_at(const struct json_walk *walk, uint32_t level)
{
    return walk->is_object[level / 64] >> level % 64 & 1;
}

static ALWAYS_INLINE void note_kind(struct json_walk *walk, uint32_t level, bool object)
{
    uint64_t bit = 1ull << level % 64;

    if (object)
        walk->is_object[level / 64] |= bit;
    else
        walk->is_object[level / 64] &= ~bit;
}

static bool inside_object(const struct json_walk *walk)
{
    return walk->depth && is_object_at(walk, walk->depth - 1);
}

static enum json_token open_container(struct json_walk *walk, bool object)
{
    if (walk->depth == JSON_DEPTH)
        return fail(walk, "nested too deeply");
    note_kind(walk, walk->depth++, object);
    walk->at++;
    walk->state = object ? WANT_FIRST_KEY : WANT_FIRST_VALUE;
    return object ? JSON_OBJECT : JSON_ARRAY;
}

static enum json_token close_container(struct json_walk *walk)
{
    bool object = inside_object(walk);

    walk->at++;
    walk->depth--;
    walk->state = AFTER_VALUE;
    return object ? JSON_OBJECT_END : JSON_ARRAY_END;
}

/* A bit for each of 16 bytes that has to be looked at in a string: a quote, a backslash, a control character. */
static ALWAYS_INLINE unsigned notable(const char *at)
{
    bytes16 word;

    memcpy(&word, at, 16);
    return bytes16_bits((bytes16)((word == '"') | (word == '\\') | (word < 0x20)));
}

/* The first byte of [at, end) to be looked at; `end`: none. */
static ALWAYS_INLINE const char *next_notable(const char *at, const char *end)
{
    for (; end - at >= 16; at += 16) {
        unsigned found = notable(at);
        if (found)
            return at + __builtin_ctz(found);
    }
    while (at < end && (unsigned char)*at >= 0x20 && *at != '"' && *at != '\\')
        at++;
    return at;
}

/* Of the escape at the backslash at `at`; 0: it is none. */
static ALWAYS_INLINE size_t escape_size(const char *at, const char *end)
{
    if (end - at >= 2 && escaped_byte(at[1]))
        return 2;
    return end - at >= 2 && at[1] == 'u' && hex_four(at + 2, end) >= 0 ? 6 : 0;
}

/* At the opening quote; leaves walk->text inside the quotes and goes past the closing one. */
static bool take_string(struct json_walk *walk)
{
    const char *start = ++walk->at;
    size_t      size;

    walk->escaped = false;
    for (;;) {
        walk->at = next_notable(walk->at, walk->end);
        if (walk->at == walk->end) {
            walk->at = start - 1;
            return fail(walk, "a string without an end"), false;
        }
        if (*walk->at == '"')
            break;
        if (*walk->at != '\\')
            return fail(walk, "a control character in a string"), false;
        size = escape_size(walk->at, walk->end);
        if (!size)
            return fail(walk, "not an escape of JSON"), false;
        walk->escaped = true;
        walk->at += size;
    }
    walk->text = str_make(start, (size_t)(walk->at - start));
    walk->at++;
    return true;
}

static size_t digits(const char *at, const char *end)
{
    const char *start = at;

    while (at < end && (unsigned char)(*at - '0') < 10)
        at++;
    return (size_t)(at - start);
}

/* Behind the number at `at`; NULL and *reason: it is none. */
static ALWAYS_INLINE const char *past_number(const char *at, const char *end, const char **reason)
{
    const char *start;
    size_t      count;

    at += *at == '-';
    start = at;
    count = digits(at, end);
    *reason = "not a number of JSON";
    if (count == 0 || (*start == '0' && count > 1))
        return NULL;
    at += count;
    if (at < end && *at == '.') {
        count = digits(++at, end);
        *reason = "a number needs digits after its point";
        if (count == 0)
            return NULL;
        at += count;
    }
    if (at < end && (*at | 0x20) == 'e') {
        at++;
        at += at < end && (*at == '-' || *at == '+');
        count = digits(at, end);
        *reason = "a number needs digits in its exponent";
        if (count == 0)
            return NULL;
        at += count;
    }
    return at;
}

static enum json_token take_number(struct json_walk *walk)
{
    const char *reason, *at = past_number(walk->at, walk->end, &reason);

    if (!at)
        return fail(walk, reason);
    walk->text = str_make(walk->at, (size_t)(at - walk->at));
    walk->at = at;
    walk->state = AFTER_VALUE;
    return JSON_NUMBER;
}

static enum json_token take_word(struct json_walk *walk)
{
    static const struct { str word; enum json_token token; } words[] = {
        { { "true", 4 }, JSON_TRUE }, { { "false", 5 }, JSON_FALSE }, { { "null", 4 }, JSON_NULL } };

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        str rest = str_make(walk->at, (size_t)(walk->end - walk->at));
        if (str_starts(rest, words[i].word)) {
            walk->text = str_slice(rest, 0, words[i].word.size);
            walk->at += walk->text.size;
            walk->state = AFTER_VALUE;
            return words[i].token;
        }
    }
    return fail(walk, "a value was expected here");
}

static enum json_token take_value(struct json_walk *walk)
{
    char c = *walk->at;

    switch (c) {
    case '{': return open_container(walk, true);
    case '[': return open_container(walk, false);
    case '"':
        if (!take_string(walk))
            return JSON_ERROR;
        walk->state = AFTER_VALUE;
        return JSON_STRING;
    default:
        return c == '-' || (unsigned char)(c - '0') < 10 ? take_number(walk) : take_word(walk);
    }
}

enum json_token json_next(struct json_walk *walk)
{
    if (walk->reason)
        return JSON_ERROR;
    for (;;) {
        char c;

        while (walk->at < walk->end && (*walk->at == ' ' || *walk->at == '\n' || *walk->at == '\r'
                                        || *walk->at == '\t'))
            walk->at++;
        if (walk->at == walk->end) {
            if (walk->state == AFTER_VALUE && walk->depth == 0)
                return JSON_END;
            return fail(walk, "the text ends too early");
        }
        c = *walk->at;
        switch (walk->state) {
        case WANT_FIRST_KEY:
            if (c == '}')
                return close_container(walk);
            /* fall through */
        case WANT_KEY:
            if (c != '"')
                return fail(walk, "a key in quotes was expected here");
            if (!take_string(walk))
                return JSON_ERROR;
            walk->state = WANT_COLON;
            return JSON_KEY;
        case WANT_COLON:
            if (c != ':')
                return fail(walk, "a colon was expected here");
            walk->at++;
            walk->state = WANT_VALUE;
            continue;
        case WANT_FIRST_VALUE:
            if (c == ']')
                return close_container(walk);
            /* fall through */
        case WANT_VALUE:
            return take_value(walk);
        default:
            if (walk->depth == 0)
                return fail(walk, "text after the value");
            if (c == ',') {
                walk->at++;
                walk->state = inside_object(walk) ? WANT_KEY : WANT_VALUE;
                continue;
            }
            if (c == (inside_object(walk) ? '}' : ']'))
                return close_container(walk);
            return fail(walk, inside_object(walk) ? "a comma or } was expected here"
                        : "a comma or ] was expected here");
        }
    }
}

/* --- passing over values: the walk as json_next goes it, but nobody is told what is met on the way --- */

static ALWAYS_INLINE const char *past_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

/* Behind the string whose opening quote is at `at`; NULL: it is broken. */
static ALWAYS_INLINE const char *past_string(const char *at, const char *end)
{
    size_t size;

    for (at++;; at += size) {
        at = next_notable(at, end);
        if (at == end)
            return NULL;
        if (*at == '"')
            return at + 1;
        size = *at == '\\' ? escape_size(at, end) : 0;
        if (size == 0)
            return NULL;
    }
}

static ALWAYS_INLINE const char *past_scalar(const char *at, const char *end)
{
    const char *reason;

    if (*at == '"')
        return past_string(at, end);
    if (*at == '-' || (unsigned char)(*at - '0') < 10)
        return past_number(at, end, &reason);
    if (end - at >= 4 && (memcmp(at, "true", 4) == 0 || memcmp(at, "null", 4) == 0))
        return at + 4;
    return end - at >= 5 && memcmp(at, "false", 5) == 0 ? at + 5 : NULL;
}

/* Where the value of the key at `at` begins; NULL: no key, or no value. */
static ALWAYS_INLINE const char *past_key(const char *at, const char *end)
{
    at = at < end && *at == '"' ? past_string(at, end) : NULL;
    if (!at)
        return NULL;
    at = past_blanks(at, end);
    return at < end && *at == ':' ? past_blanks(at + 1, end) : NULL;
}

static ALWAYS_INLINE char closing(bool object)
{
    return object ? '}' : ']';
}

/* Behind the container whose opening bracket is before `at` and which is number walk->depth of those open; NULL: it is
 * broken, or too deep, and json_next will say where. */
static const char *past_container(struct json_walk *walk, const char *at)
{
    const char *end = walk->end;
    uint32_t    depth = walk->depth;
    bool        object = inside_object(walk);

    at = past_blanks(at, end);
    if (at < end && *at == closing(object))
        return at + 1;
    for (;;) {
        if (object)
            at = past_key(at, end);
        if (!at || at == end)
            return NULL;
        if (*at == '{' || *at == '[') {
            bool inner = *at == '{';
            at = past_blanks(at + 1, end);
            if (at == end || depth == JSON_DEPTH)
                return NULL;
            if (*at != closing(inner)) {
                object = inner;
                note_kind(walk, depth++, object);
                continue;
            }
            at++;
        } else {
            at = past_scalar(at, end);
            if (!at)
                return NULL;
        }
        for (at = past_blanks(at, end); at < end && *at == closing(object); at = past_blanks(at, end)) {
            at++;
            if (depth-- == walk->depth)
                return at;
            object = is_object_at(walk, depth - 1);
        }
        if (at == end || *at != ',')
            return NULL;
        at = past_blanks(at + 1, end);
    }
}

bool json_skip(struct json_walk *walk, enum json_token token, str *value)
{
    const char *start = walk->at - 1, *end;
    uint32_t    outside = walk->depth - 1;

    if (token == JSON_KEY) {
        token = json_next(walk);
        if (token == JSON_ERROR)
            return false;
        start = walk->at - 1;
        outside = walk->depth - 1;
    }
    if (token == JSON_OBJECT || token == JSON_ARRAY) {
        end = past_container(walk, walk->at);
        if (!end) {                     /* the same way again, to say what is wrong and where */
            while (walk->depth > outside)
                if (json_next(walk) == JSON_ERROR)
                    return false;
            end = walk->at;
        }
        walk->at = end;
        walk->depth = outside;
        walk->state = AFTER_VALUE;
        *value = str_make(start, (size_t)(end - start));
        return true;
    }
    *value = token == JSON_STRING ? str_make(walk->text.at - 1, walk->text.size + 2) : walk->text;
    return token != JSON_ERROR;
}

bool json_is_valid(str text)
{
    struct json_walk walk;
    enum json_token  token;
    str              value;

    json_walk_start(&walk, text);
    token = json_next(&walk);
    return token > JSON_END && json_skip(&walk, token, &value) && json_next(&walk) == JSON_END;
}
