#include "text/ways.h"

enum { DEPTH = 256, ROUNDS = 4 };       /* PCRE2 is told to refuse deeper groups */

struct frame {
    uint64_t before, now;               /* of the alternatives that are over; of this one as far as it goes */
};

struct scan {
    const char  *at, *end;
    bool         extended;              /* comments from # on, which may hold anything */
    uint32_t     depth;
    struct frame frame[DEPTH];
};

static uint64_t times(uint64_t a, uint64_t b)
{
    return a * b < WAYS_MOST ? a * b : WAYS_MOST;                   /* neither is above WAYS_MOST */
}

static uint64_t power(uint64_t ways, uint32_t exponent)
{
    uint64_t product = 1;

    while (exponent-- > 0 && product < WAYS_MOST && ways > 1)
        product = times(product, ways);
    return product;
}

static bool follows(const struct scan *scan, const char *text)
{
    size_t size = strlen(text);

    return (size_t)(scan->end - scan->at) >= size && memcmp(scan->at, text, size) == 0;
}

/* Behind a backslash; false: who knows what it calls. */
static bool escape(struct scan *scan)
{
    char c = scan->at < scan->end ? *scan->at++ : 0;

    if (c == 'Q')
        while (scan->at < scan->end && !follows(scan, "\\E"))
            scan->at++;
    else if (c == 'c' && scan->at < scan->end)
        scan->at++;
    return !(c == 'g' && (follows(scan, "<") || follows(scan, "'")));
}

/* Behind "[": a class is one way. */
static void skip_class(struct scan *scan)
{
    scan->at += follows(scan, "^");
    scan->at += follows(scan, "]");
    while (scan->at < scan->end && *scan->at != ']') {
        bool named = follows(scan, "[:") || follows(scan, "[.") || follows(scan, "[=");

        if (*scan->at == '\\') {
            scan->at++;
            escape(scan);
        } else if (named) {
            char mark = scan->at[1];
            const char *p = scan->at + 2;
            while (p < scan->end && *p != ']' && *p != mark)
                p++;
            scan->at = scan->end - p >= 2 && p[0] == mark && p[1] == ']' ? p + 2 : scan->at + 1;
        } else {
            scan->at++;
        }
    }
    scan->at += scan->at < scan->end;
}

/* The largest number of {n}, {n,} or {n,m}. */
static uint32_t most_times(const struct scan *scan)
{
    uint32_t most = 0, number = 0;

    for (const char *p = scan->at + 1; p < scan->end && *p != '}'; p++) {
        number = *p >= '0' && *p <= '9' ? number * 10 + (uint32_t)(*p - '0') : 0;
        number = number < WAYS_MOST ? number : WAYS_MOST;
        most = number > most ? number : most;
    }
    return most;
}

/* Of a group that has just been closed, with what stands behind it. */
static uint64_t repeated(const struct scan *scan, uint64_t ways)
{
    if (scan->at == scan->end)
        return ways;
    switch (*scan->at) {
    case '*': case '+': return power(ways, ROUNDS);
    case '?': return ways + (ways > 1);
    case '{': return power(ways + (ways > 1), most_times(scan) > ROUNDS ? most_times(scan) : ROUNDS);
    default: return ways;
    }
}

static bool open_group(struct scan *scan)
{
    static const char *const calls[] = { "?R", "?&", "?P>", "?+", "?#", "?C" };

    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (follows(scan, calls[i]))
            return false;
    if (follows(scan, "?")) {
        const char *p = scan->at + 1;
        p += p < scan->end && *p == '-';
        if (p < scan->end && *p >= '0' && *p <= '9')
            return false;
    }
    if (follows(scan, "?|"))
        scan->at += 2;                                              /* this bar parts nothing */
    else if (follows(scan, "?"))
        for (const char *p = scan->at + 1; p < scan->end && strchr("imnsxJU-^", *p) && *p; p++)
            scan->extended |= *p == 'x';
    if (scan->depth + 1 == DEPTH)
        return false;
    scan->frame[++scan->depth] = (struct frame){ 0, 1 };
    return true;
}

static bool close_group(struct scan *scan)
{
    struct frame *frame = &scan->frame[scan->depth];
    uint64_t      ways = frame->before + frame->now;

    if (scan->depth == 0)
        return false;
    scan->depth--;
    frame[-1].now = times(frame[-1].now, repeated(scan, ways < WAYS_MOST ? ways : WAYS_MOST));
    return true;
}

uint32_t regex_ways(str pattern, bool extended)
{
    struct scan scan = { .at = pattern.at, .end = pattern.at + pattern.size, .extended = extended };
    bool        known = true;
    uint64_t    ways;

    scan.frame[0] = (struct frame){ 0, 1 };
    while (known && scan.at < scan.end) {
        struct frame *frame = &scan.frame[scan.depth];

        switch (*scan.at++) {
        case '\\': known = escape(&scan); break;
        case '[': skip_class(&scan); break;
        case '(': known = open_group(&scan); break;
        case ')': known = close_group(&scan); break;
        case '#': known = !scan.extended; break;
        case '|':
            frame->before += frame->now;
            frame->now = 1;
            known = frame->before < WAYS_MOST;
            break;
        default: break;
        }
    }
    ways = scan.frame[0].before + scan.frame[0].now;
    return known && scan.depth == 0 && ways < WAYS_MOST ? (uint32_t)ways : WAYS_MOST;
}
