#include "knowledge/lookup_settings.h"

#include "base/suggest.h"
#include "value/number.h"

#include <math.h>

enum setting { FILENAME, MATCH_CASE, MATCH_TYPE, MAX_MATCHES, MIN_MATCHES, DEFAULT_MATCH, TIME_FIELD, TIME_FORMAT,
               MIN_OFFSET, MAX_OFFSET, FILTER };

static const char *const names[] = {
    [FILENAME] = "filename", [MATCH_CASE] = "case_sensitive_match", [MATCH_TYPE] = "match_type",
    [MAX_MATCHES] = "max_matches", [MIN_MATCHES] = "min_matches", [DEFAULT_MATCH] = "default_match",
    [TIME_FIELD] = "time_field", [TIME_FORMAT] = "time_format", [MIN_OFFSET] = "min_offset_secs",
    [MAX_OFFSET] = "max_offset_secs", [FILTER] = "filter",
};

enum { MATCHES_MOST = 1000 };

struct reading {
    struct arena           *arena;
    struct diag            *diag;
    struct lookup_settings *out;
};

void lookup_settings_init(struct lookup_settings *settings)
{
    *settings = (struct lookup_settings){ .time_format = STR("%s.%Q"), .max_offset = 2000000000 };
}

static status wrong(struct reading *in, str name, str value, const char *wants)
{
    return diag_at(in->diag, FAIL_MISUSE, DIAG_NOWHERE, "bad-definition", "'%.*s' of a lookup wants %s, not '%.*s'",
                   SHOW(name), wants, SHOW(value));
}

static bool read_number(str text, double least, double most, double *out)
{
    return number_parse(text, out, NULL) && isfinite(*out) && *out == floor(*out) && *out >= least && *out <= most;
}

/* WILDCARD(a), CIDR(b) EXACT(c): the kinds in any case, commas or blanks between. */
static status read_match_type(struct reading *in, str text)
{
    static const char *const kinds[] = { [MATCH_EXACT] = "EXACT", [MATCH_WILDCARD] = "WILDCARD", [MATCH_CIDR] = "CIDR" };
    str                      all = text;

    TRY_NEW(in->out->rule = ARENA_ARRAY(in->arena, struct match_rule, text.size / 3 + 1));
    in->out->rules = 0;
    for (;;) {
        size_t             open, close;
        struct match_rule *rule = &in->out->rule[in->out->rules];
        str                kind;
        unsigned           type = 0;

        text = str_trim(text, STR(" \t,"));
        if (text.size == 0)
            return OK;
        open = str_find(text, STR("("), 0);
        close = str_find(text, STR(")"), 0);
        if (open == SIZE_MAX || close == SIZE_MAX || close < open + 2)
            return wrong(in, STR("match_type"), all, "WILDCARD(column), CIDR(column) and the like");
        kind = str_trim_blanks(str_slice(text, 0, open));
        while (type < COUNT_OF(kinds) && !str_is_nocase(kind, kinds[type]))
            type++;
        if (type == COUNT_OF(kinds))
            return wrong(in, STR("match_type"), kind, "EXACT, WILDCARD or CIDR");
        rule->type = (enum match_type)type;
        rule->column = str_trim_blanks(str_slice(text, open + 1, close));
        in->out->rules++;
        text = str_slice(text, close + 1, text.size);
    }
}

static status read_setting(struct reading *in, enum setting setting, str value)
{
    struct lookup_settings *out = in->out;
    str                     name = str_of(names[setting]);
    double                  number = 0;
    bool                    truth;

    switch (setting) {
    case FILENAME:      out->filename = value; return OK;
    case DEFAULT_MATCH: out->default_match = value; return OK;
    case TIME_FIELD:    out->time_field = value; return OK;
    case TIME_FORMAT:   out->time_format = value; return OK;
    case FILTER:        out->filter = value; return OK;
    case MATCH_TYPE:    return read_match_type(in, value);
    case MATCH_CASE:
        if (!str_truth(value, &truth))
            return wrong(in, name, value, "true or false");
        out->any_case = !truth;
        return OK;
    case MAX_MATCHES:
    case MIN_MATCHES:
        if (!read_number(value, setting == MAX_MATCHES, MATCHES_MOST, &number))
            return wrong(in, name, value, setting == MAX_MATCHES ? "a whole number from 1 to 1000"
                                                                 : "a whole number from 0 to 1000");
        *(setting == MAX_MATCHES ? &out->max_matches : &out->min_matches) = (uint32_t)number;
        return OK;
    default:
        if (!read_number(value, -1e12, 1e12, &number))
            return wrong(in, name, value, "a whole number of seconds");
        *(setting == MAX_OFFSET ? &out->max_offset : &out->min_offset) = number;
        return OK;
    }
}

status lookup_settings_set(struct arena *arena, struct lookup_settings *settings, str name, str value, struct diag *diag)
{
    struct reading in = { arena, diag, settings };

    for (unsigned i = 0; i < COUNT_OF(names); i++)
        if (str_is(name, names[i]))
            return read_setting(&in, (enum setting)i, value);
    return PASS;
}

status lookup_settings_check(const struct lookup_settings *settings, struct diag *diag)
{
    if (settings->min_offset > settings->max_offset)
        return diag_at(diag, FAIL_MISUSE, DIAG_NOWHERE, "bad-definition",
                       "min_offset_secs of a lookup is larger than max_offset_secs");
    return OK;
}

static status read_line(struct reading *in, str line)
{
    size_t         is = str_find(line, STR("="), 0);
    str            name = str_trim_blanks(is == SIZE_MAX ? line : str_slice(line, 0, is));
    struct suggest near = suggest_for(name);
    status         result;

    if (str_trim_blanks(line).size == 0)
        return OK;
    if (is == SIZE_MAX)
        return diag_at(in->diag, FAIL_MISUSE, DIAG_NOWHERE, "bad-definition",
                       "the definition of a lookup is made of settings, name = value, not '%.*s'", SHOW(line));
    line = str_trim_blanks(str_slice(line, is + 1, line.size));
    result = lookup_settings_set(in->arena, in->out, name, line, in->diag);
    if (result != PASS)
        return result;
    for (unsigned i = 0; i < COUNT_OF(names); i++)
        suggest_offer(&near, str_of(names[i]));
    diag_at(in->diag, FAIL_MISUSE, DIAG_NOWHERE, "bad-definition", "a lookup has no setting '%.*s'", SHOW(name));
    diag_suggest(in->diag, near.best);
    return FAIL_MISUSE;
}

/* Where the next setting begins, or the end. */
static size_t line_end(str text, bool semicolons)
{
    bool quoted = false;

    for (size_t i = 0; i < text.size; i++) {
        quoted ^= text.at[i] == '"';
        if (text.at[i] == '\n' || (semicolons && !quoted && text.at[i] == ';'))
            return i;
    }
    return text.size;
}

status lookup_settings_read(struct arena *arena, str text, struct diag *diag, struct lookup_settings *out)
{
    struct reading in = { arena, diag, out };
    bool           semicolons = !text.size || !memchr(text.at, '\n', text.size);

    lookup_settings_init(out);
    TRY_NEW((text = arena_str(arena, text)).at);
    while (text.size) {
        size_t end = line_end(text, semicolons);

        TRY(read_line(&in, str_slice(text, 0, end)));
        text = str_slice(text, end + (end < text.size), text.size);
    }
    return lookup_settings_check(out, diag);
}
