#include "command/sed.h"

#include "base/utf8.h"

struct reader {
    str           text;
    size_t        at;
    struct span   span;
    struct arena *arena;
    struct heap  *heap;
    struct diag  *diag;
    enum cpu_level level;
};

static status bad(struct reader *in, const char *reason)
{
    diag_at(in->diag, FAIL_QUERY, in->span, "bad-sed", "the sed expression is malformed: %s", reason);
    diag_hint(in->diag, "s/regex/replacement/flags or y/from/to/");
    return FAIL_QUERY;
}

static bool at_end(const struct reader *in) { return in->at >= in->text.size; }
static bool at_blank(const struct reader *in) { return memchr(" \t\r\n", in->text.at[in->at], 4) != NULL; }

/* The text up to the next delimiter that has no backslash before it; backslashes stay. */
static status read_part(struct reader *in, char delimiter, str *out)
{
    size_t from = in->at;

    while (!at_end(in) && in->text.at[in->at] != delimiter)
        in->at += in->text.at[in->at] == '\\' ? 2 : 1;
    if (at_end(in))
        return bad(in, "a delimiter is missing");
    *out = str_slice(in->text, from, in->at);
    in->at++;
    return OK;
}

/* --- s ------------------------------------------------------------------------------------------------------------- */

static char unescape(char c)
{
    return (char)(c == 'n' ? '\n' : c == 't' ? '\t' : c);
}

static status read_replacement(struct reader *in, str text, struct sed_step *step)
{
    char  *plain = arena_alloc(in->arena, text.size + 1);
    size_t size = 0, from = 0;

    step->piece = ARENA_ARRAY(in->arena, struct sed_piece, text.size + 1);
    TRY_NEW(plain && step->piece ? plain : NULL);
    for (size_t i = 0; i < text.size; i++) {
        char next = i + 1 < text.size ? text.at[i + 1] : 0;
        if (text.at[i] != '\\' || i + 1 == text.size) {
            plain[size++] = text.at[i];
            continue;
        }
        i++;
        if (next < '1' || next > '9') {
            plain[size++] = unescape(next);
            continue;
        }
        if ((uint32_t)(next - '0') > regex_groups(step->regex))
            return bad(in, "the replacement names a group that the regex does not have");
        if (size > from)
            step->piece[step->pieces++] = (struct sed_piece){ .text = { plain + from, size - from } };
        from = size;
        step->piece[step->pieces++] = (struct sed_piece){ .group = (uint32_t)(next - '0') };
    }
    if (size > from)
        step->piece[step->pieces++] = (struct sed_piece){ .text = { plain + from, size - from } };
    return OK;
}

static status read_flags(struct reader *in, struct sed_step *step)
{
    uint64_t number = 0;
    size_t   from = in->at;

    while (!at_end(in) && in->text.at[in->at] >= '0' && in->text.at[in->at] <= '9' && number < UINT32_MAX)
        number = number * 10 + (uint64_t)(in->text.at[in->at++] - '0');
    step->which = in->at == from ? 1 : (uint32_t)number;
    if (in->at > from && (number == 0 || number >= UINT32_MAX))
        return bad(in, "a number as a flag counts matches from 1");
    if (in->at == from && !at_end(in) && (in->text.at[in->at] | 0x20) == 'g') {
        step->which = 0;
        in->at++;
    }
    return at_end(in) || at_blank(in) ? OK : bad(in, "flags are g or a number");
}

static status read_substitution(struct reader *in, char delimiter, struct sed_step *step)
{
    struct regex_error error;
    str                pattern, replacement;
    status             result;

    TRY(read_part(in, delimiter, &pattern));
    TRY(read_part(in, delimiter, &replacement));
    result = regex_compile(in->heap, in->level, pattern, 0, &step->regex, &error);
    if (result == FAIL_QUERY)
        return diag_at(in->diag, FAIL_QUERY, in->span, "bad-regex", "the regex '%.*s' is invalid: %s", SHOW(pattern),
                       error.message);
    TRY(result);
    TRY(read_replacement(in, replacement, step));
    return read_flags(in, step);
}

/* --- y ------------------------------------------------------------------------------------------------------------- */

static status read_characters(struct reader *in, str text, uint32_t **code, uint32_t *count)
{
    const char *at = text.at, *end = text.at + text.size;

    TRY_NEW(*code = ARENA_ARRAY(in->arena, uint32_t, text.size + 1));
    *count = 0;
    while (at < end) {
        bool escaped = *at == '\\' && at + 1 < end;
        at += escaped;
        at += utf8_next(at, end, &(*code)[*count]);
        if (escaped && (*code)[*count] < 0x80)
            (*code)[*count] = (uint32_t)unescape((char)(*code)[*count]);
        ++*count;
    }
    return OK;
}

static status read_map(struct reader *in, char delimiter, struct sed_step *step)
{
    uint32_t *from, *to, others;
    str       left, right;

    TRY(read_part(in, delimiter, &left));
    TRY(read_part(in, delimiter, &right));
    TRY(read_characters(in, left, &from, &step->pairs));
    TRY(read_characters(in, right, &to, &others));
    if (step->pairs != others)
        return bad(in, "both lists of y need the same number of characters");
    if (!at_end(in) && !at_blank(in))
        return bad(in, "y has no flags");
    TRY_NEW(step->pair = ARENA_ARRAY(in->arena, struct sed_pair, others));
    for (uint32_t i = 0; i < others; i++)
        step->pair[i] = (struct sed_pair){ from[i], to[i] };
    return OK;
}

status sed_compile(struct sed *sed, str text, struct span span, struct arena *arena, struct heap *heap,
                   enum cpu_level level, struct diag *diag)
{
    struct reader in = { .text = text, .span = span, .arena = arena, .heap = heap, .diag = diag, .level = level };

    TRY_NEW(sed->step = ARENA_ARRAY(arena, struct sed_step, text.size / 4 + 1));   /* s/// is the shortest */
    for (;;) {
        char letter, delimiter;

        while (!at_end(&in) && at_blank(&in))
            in.at++;
        if (at_end(&in))
            return sed->steps ? OK : bad(&in, "it is empty");
        letter = in.text.at[in.at];
        if ((letter != 's' && letter != 'y') || in.at + 1 >= in.text.size)
            return bad(&in, "it must begin with s or y");
        delimiter = in.text.at[in.at + 1];
        if (delimiter == '\\' || delimiter == '\n')
            return bad(&in, "that is no delimiter");
        in.at += 2;
        sed->steps++;
        TRY(letter == 's' ? read_substitution(&in, delimiter, &sed->step[sed->steps - 1])
                          : read_map(&in, delimiter, &sed->step[sed->steps - 1]));
    }
}

void sed_drop(struct sed *sed)
{
    for (uint32_t i = 0; i < sed->steps; i++)
        if (sed->step[i].regex)
            regex_free(sed->step[i].regex);
}

/* --- editing ------------------------------------------------------------------------------------------------------- */

static void put_replacement(const struct sed_step *step, const struct regex_match *match, str text, struct buf *out)
{
    for (uint32_t i = 0; i < step->pieces; i++) {
        const struct sed_piece *piece = &step->piece[i];
        str                     group = piece->group ? regex_group(match, text, piece->group) : piece->text;
        if (group.at)
            buf_put(out, group);
    }
}

static status substitute(const struct sed_step *step, struct regex_match *match, str text, struct buf *out)
{
    size_t   done = 0, from, to;
    uint32_t number = 0;
    status   result = regex_find(step->regex, match, text, 0);

    for (; result == OK; result = regex_find_next(step->regex, match, text)) {
        if (++number < step->which)
            continue;
        regex_place(match, 0, &from, &to);
        buf_put(out, str_slice(text, done, from));
        put_replacement(step, match, text, out);
        done = to;
        if (step->which)
            break;
    }
    if (result != OK && result != DONE)
        return result;
    if (number == 0 || number < step->which)
        return PASS;
    buf_put(out, str_slice(text, done, text.size));
    return buf_status(out);
}

static status map(const struct sed_step *step, str text, struct buf *out)
{
    const char *at = text.at, *end = text.at + text.size;

    while (at < end) {
        uint32_t code;
        at += utf8_next(at, end, &code);
        for (uint32_t i = 0; i < step->pairs; i++) {
            if (step->pair[i].from == code) {
                code = step->pair[i].to;
                break;
            }
        }
        utf8_put(out, code);
    }
    return buf_status(out);
}

status sed_edit(const struct sed *sed, struct regex_match *match, str text, struct buf *out, struct buf *spare)
{
    bool changed = false;

    for (uint32_t i = 0; i < sed->steps; i++) {
        const struct sed_step *step = &sed->step[i];
        struct buf             other;
        status                 result;

        buf_clear(spare);
        result = step->regex ? substitute(step, match, text, spare) : map(step, text, spare);
        if (result == PASS)
            continue;
        TRY(result);
        other = *out;
        *out = *spare;
        *spare = other;
        text = buf_str(out);
        changed = true;
    }
    return changed ? OK : PASS;
}
