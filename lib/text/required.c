/* Reads a PCRE pattern just far enough to see which characters no match can do without. Runs of literal
 * characters at the top level or in plain groups count; whatever is optional, alternative, repeated or not
 * understood ends the run. Anything that could change the meaning of what follows (options set half-way,
 * verbs, \Q) makes it give up. */
#include "text/required.h"

#include "base/compiler.h"

enum { DEPTH = 50 };

struct scan {
    const char *at, *end;
    bool        caseless, given_up;
    char       *run;            /* where the current run is built */
    size_t      size;
    char       *best;
    size_t      best_size;
};

static void end_run(struct scan *scan)
{
    if (scan->size > scan->best_size) {
        memcpy(scan->best, scan->run, scan->size);
        scan->best_size = scan->size;
    }
    scan->size = 0;
}

static void give_up(struct scan *scan)
{
    scan->given_up = true;
    scan->at = scan->end;
}

/* {n}, {n,} or {n,m} at the scan's place; any other brace makes the scan give up. */
static int counted(struct scan *scan)
{
    const char *p = scan->at + 1, *end = scan->end, *number = p;
    bool        zero = true;

    while (p < end && *p >= '0' && *p <= '9')
        zero &= *p++ == '0';
    if (p > number && p < end && *p == ',')
        for (p++; p < end && *p >= '0' && *p <= '9';)
            p++;
    if (p == number || p == end || *p != '}') {
        give_up(scan);
        return 0;
    }
    scan->at = p + 1;
    return !zero;
}

/* Quantifiers at the scan's place? Steps over them. 1: at least once; 0: perhaps never; -1: there are
 * none. */
static int quantifier(struct scan *scan)
{
    int least = -1;

    while (scan->at < scan->end) {
        int one;
        switch (*scan->at) {
        case '*': case '?': one = 0; scan->at++; break;
        case '+': one = 1; scan->at++; break;
        case '{': one = counted(scan); break;
        default: return least;
        }
        if (scan->at < scan->end && (*scan->at == '+' || *scan->at == '?'))
            scan->at++;
        least = least == 0 ? 0 : one;
    }
    return least;
}

/* One literal character, perhaps repeated. */
static void literal(struct scan *scan, char c)
{
    bool stops = scan->caseless && ((unsigned char)c >= 0x80 || (c | 0x20) == 'k' || (c | 0x20) == 's');
    int  least;

    /* A quantifier after a character of several bytes takes all of them, so none of them is certain. */
    if ((unsigned char)c >= 0x80) {
        end_run(scan);
        quantifier(scan);
        return;
    }
    least = quantifier(scan);
    if (stops || least == 0) {
        end_run(scan);
        return;
    }
    scan->run[scan->size++] = c;
    if (least == 1)
        end_run(scan);
}

static bool is_word(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10 || c == '_';
}

/* [...]: scan->at is past the opening bracket. */
static void skip_class(struct scan *scan)
{
    const char *at = scan->at, *end = scan->end;

    if (at < end && *at == '^')
        at++;
    if (at < end && *at == ']')
        at++;
    while (at < end && *at != ']') {
        if (*at == '\\') {
            if (at + 1 < end && (at[1] == 'Q' || at[1] == 'c')) {       /* quoting, or "\c]": no end of the class */
                give_up(scan);
                return;
            }
            at++;
        } else if (*at == '[' && at + 1 < end && (at[1] == ':' || at[1] == '.' || at[1] == '=')) {
            const char *p = at + 2;
            while (p < end && (is_word(*p) || *p == '^'))
                p++;
            if (end - p < 2 || p[0] != at[1] || p[1] != ']') {      /* "[[:[:]": no class of a name, and who knows what */
                give_up(scan);
                return;
            }
            at = p + 1;
        }
        if (at < end)
            at++;
    }
    scan->at = at < end ? at + 1 : end;
    end_run(scan);
    quantifier(scan);
}

static void escape(struct scan *scan)
{
    char c;

    if (scan->at == scan->end) {
        give_up(scan);
        return;
    }
    c = *scan->at++;
    if ((unsigned char)c < 0x80 && !((unsigned char)((c | 0x20) - 'a') < 26)
        && !((unsigned char)(c - '0') < 10)) {
        literal(scan, c);
        return;
    }
    if (strchr("dDwWsShHvVRNXbBAzZGtrnfea", c)) {       /* sets, assertions and controls of one letter */
        end_run(scan);
        if (c == 'N' && scan->at < scan->end && *scan->at == '{')
            give_up(scan);
        else
            quantifier(scan);
        return;
    }
    give_up(scan);
}

/* Goes past the group whose opening parenthesis is behind; reads nothing in it. */
static void skip_group(struct scan *scan)
{
    struct scan inner = *scan;
    int         depth = 1;

    while (depth && inner.at < inner.end && !inner.given_up) {
        switch (*inner.at++) {
        case '\\':
            if (inner.at < inner.end && (*inner.at == 'Q' || *inner.at == 'c'))
                give_up(&inner);
            else if (inner.at < inner.end)
                inner.at++;
            break;
        case '[': inner.size = 0; skip_class(&inner); break;
        case '(': depth++; break;
        case ')': depth--; break;
        default: break;
        }
    }
    scan->at = inner.at;
    scan->given_up |= inner.given_up || depth;
}

enum group { GROUP_PLAIN, GROUP_SKIP, GROUP_UNKNOWN };

/* What kind of group begins after "("; for a plain one the place moves to its contents. */
static enum group group_kind(struct scan *scan)
{
    const char *at = scan->at, *end = scan->end;
    char        close;

    if (at < end && *at == '*')
        return GROUP_UNKNOWN;
    if (at == end || *at != '?')
        return GROUP_PLAIN;
    if (++at == end)
        return GROUP_UNKNOWN;
    if (*at == ':' || *at == '>') {
        scan->at = at + 1;
        return GROUP_PLAIN;
    }
    if (*at == '=' || *at == '!' || *at == '#')
        return *at == '#' ? GROUP_UNKNOWN : GROUP_SKIP;
    if (*at == 'P' && at + 1 < end && at[1] == '<')
        at++;
    if (*at == '<' && at + 1 < end && (at[1] == '=' || at[1] == '!'))
        return GROUP_SKIP;
    if (*at != '<' && *at != '\'')
        return GROUP_UNKNOWN;
    close = *at == '<' ? '>' : '\'';
    for (at++; at < end && is_word(*at); at++)          /* not a name: one of the rarer kinds of groups, "(?<*" */
        ;
    if (at == end || *at != close)
        return GROUP_UNKNOWN;
    scan->at = at + 1;
    return GROUP_PLAIN;
}

/* Has the group (or pattern) that starts here an alternative at its own level? */
static bool has_alternative(const struct scan *scan)
{
    struct scan inner = *scan;

    while (inner.at < inner.end && !inner.given_up) {
        switch (*inner.at++) {
        case '\\':
            if (inner.at < inner.end && (*inner.at == 'Q' || *inner.at == 'c'))
                return true;
            if (inner.at < inner.end)
                inner.at++;
            break;
        case '[': inner.size = 0; skip_class(&inner); break;
        case '(': inner.size = 0; skip_group(&inner); break;
        case '|': return true;
        case ')': return false;
        default: break;
        }
    }
    return inner.given_up;
}

static void sequence(struct scan *scan, int depth);

static void group(struct scan *scan, int depth)
{
    switch (group_kind(scan)) {
    case GROUP_PLAIN: {
        struct scan probe = *scan;
        if (depth == DEPTH || has_alternative(scan)) {
            end_run(scan);
            skip_group(scan);
            quantifier(scan);
            return;
        }
        /* Optional groups are known by what follows them. */
        skip_group(&probe);
        if (probe.given_up || quantifier(&probe) >= 0) {
            end_run(scan);
            skip_group(scan);
            quantifier(scan);
            return;
        }
        sequence(scan, depth + 1);
        return;
    }
    case GROUP_SKIP:
        end_run(scan);
        skip_group(scan);
        quantifier(scan);
        return;
    default:
        give_up(scan);
    }
}

/* To the end of the pattern, or past the closing parenthesis. */
static void sequence(struct scan *scan, int depth)
{
    while (scan->at < scan->end) {
        char c = *scan->at++;
        switch (c) {
        case '\\': escape(scan); break;
        case '[': skip_class(scan); break;
        case '(': group(scan, depth); break;
        case ')':
            if (depth == 0)
                give_up(scan);
            return;
        case '.': case '^': case '$':
            end_run(scan);
            quantifier(scan);
            break;
        case '|':
            give_up(scan);
            break;
        default:
            literal(scan, c);
        }
    }
}

/* Things that change how the text around them is to be read, wherever they stand. */
static bool is_too_clever(str pattern)
{
    if (str_find(pattern, STR("\\Q"), 0) != SIZE_MAX || str_find(pattern, STR("(*"), 0) != SIZE_MAX)
        return true;
    for (size_t at = 0; (at = str_find(pattern, STR("(?"), at)) != SIZE_MAX;) {
        at += 2;
        if (at < pattern.size && pattern.at[at] == '#')
            return true;
        for (size_t p = at; p < pattern.size && strchr("imsxnJU^-", pattern.at[p]); p++)
            if (pattern.at[p] == 'x' || pattern.at[p] == 0)
                return true;
    }
    return false;
}

size_t required_literal(str pattern, bool *caseless, char *out)
{
    char        room[512];
    struct scan scan = { .at = pattern.at, .end = pattern.at + pattern.size, .caseless = *caseless,
                         .run = room, .best = out };

    if (pattern.size > sizeof room || is_too_clever(pattern))
        return 0;
    /* Options for the whole pattern are often set at its start. */
    while (str_starts(str_make(scan.at, (size_t)(scan.end - scan.at)), STR("(?"))) {
        const char *p = scan.at + 2;
        while (p < scan.end && (*p == 'i' || *p == 's' || *p == 'm'))
            scan.caseless |= *p++ == 'i';
        if (p == scan.at + 2 || p == scan.end || *p != ')') {
            if (p > scan.at + 2)
                return 0;
            break;
        }
        scan.at = p + 1;
    }
    if (has_alternative(&scan))
        return 0;
    sequence(&scan, 0);
    end_run(&scan);
    *caseless = scan.caseless;
    return scan.given_up ? 0 : scan.best_size;
}
