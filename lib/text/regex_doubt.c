#include "text/regex_doubt.h"

/* Walks over the outermost sequence of the pattern only: what stands in groups may be optional, and an alternative
 * at the top settles nothing. */
struct walk {
    str    text;
    size_t at;
    bool   consumed;            /* what was passed takes one character at least */
    bool   ended;               /* a $ was passed */
};

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/* Behind a class that begins at `at`. */
static size_t skip_class(str text, size_t at)
{
    at++;
    at += at < text.size && text.at[at] == '^';
    at += at < text.size && text.at[at] == ']';
    while (at < text.size && text.at[at] != ']') {
        if (text.at[at] == '[' && at + 1 < text.size && text.at[at + 1] == ':') {
            size_t end = str_find(text, STR(":]"), at + 2);
            at = end == SIZE_MAX ? at + 1 : end + 2;
        } else {
            at += text.at[at] == '\\' ? 2 : 1;
        }
    }
    return at + 1;
}

static size_t skip_group(str text, size_t at)
{
    size_t depth = 0;

    while (at < text.size) {
        char c = text.at[at];

        if (c == '\\') {
            at += 2;
        } else if (c == '[') {
            at = skip_class(text, at);
        } else {
            depth += c == '(';
            depth -= c == ')';
            at++;
            if (depth == 0)
                break;
        }
    }
    return at;
}

/* Options such as (?m), verbs such as (*ANYCRLF), quoting with \Q and alternatives at the top change what is certain. */
static bool is_beyond_us(str text)
{
    for (size_t i = 0; i < text.size;) {
        char c = text.at[i], next = i + 1 < text.size ? text.at[i + 1] : 0, third = i + 2 < text.size ? text.at[i + 2] : 0;

        if ((c == '(' && next == '*') || (c == '(' && next == '?' && (is_letter(third) || third == '^' || third == '#')
                                          && third != 'P')
            || (c == '\\' && (next == 'Q' || next == 'K')))
            return true;
        i = c == '\\' ? i + 2 : c == '[' ? skip_class(text, i) : i + 1;
    }
    for (size_t i = 0; i < text.size;) {
        char c = text.at[i];

        if (c == '|')
            return true;
        i = c == '\\' ? i + 2 : c == '[' ? skip_class(text, i) : c == '(' ? skip_group(text, i) : i + 1;
    }
    return false;
}

/* Passes a quantifier; false: what it belongs to may be absent. */
static bool pass_quantifier(struct walk *walk)
{
    char c = walk->at < walk->text.size ? walk->text.at[walk->at] : 0;
    bool must = c != '?' && c != '*' && c != '{';       /* {0,3}: who knows */

    if (c == '{') {
        size_t end = str_find(walk->text, STR("}"), walk->at);
        walk->at = end == SIZE_MAX ? walk->text.size : end + 1;
    } else if (c == '?' || c == '*' || c == '+') {
        walk->at++;
    }
    c = walk->at < walk->text.size ? walk->text.at[walk->at] : 0;
    walk->at += c == '?' || c == '+';
    return must;
}

/* One atom that takes exactly one character; `newline`: it might take the newline that $ may stand before. */
static const char *pass_atom(struct walk *walk, size_t size, bool newline)
{
    walk->at += size;
    if (!pass_quantifier(walk))
        return NULL;
    if (walk->ended && !newline)
        return "'$' means the end of the text; a dollar is written \\$";
    walk->consumed = true;
    return NULL;
}

static const char *pass_escape(struct walk *walk)
{
    char c = walk->at + 1 < walk->text.size ? walk->text.at[walk->at + 1] : 0;

    if (c && strchr("dw", c))
        return pass_atom(walk, 2, false);
    if (c && strchr("DWsS", c))
        return pass_atom(walk, 2, true);
    if (!is_letter(c) && !(c >= '0' && c <= '9'))
        return pass_atom(walk, 2, c == '\n');
    walk->at += 2;                          /* \b, \1, \x41: no claims */
    pass_quantifier(walk);
    return NULL;
}

const char *regex_doubt(str pattern)
{
    struct walk walk = { .text = pattern };
    const char *why = NULL;

    if (is_beyond_us(pattern))
        return NULL;
    while (!why && walk.at < pattern.size) {
        char c = pattern.at[walk.at];

        if (c == '^' && walk.consumed)
            return "'^' means the beginning of the text; the character itself is written \\^";
        if (c == '^' || c == '$') {
            walk.at++;
            walk.ended |= pass_quantifier(&walk) && c == '$';
        } else if (c == '\\') {
            why = pass_escape(&walk);
        } else if (c == '(') {
            walk.at = skip_group(pattern, walk.at);
            pass_quantifier(&walk);
        } else if (c == '[') {
            size_t end = skip_class(pattern, walk.at);
            why = pass_atom(&walk, end - walk.at, true);
        } else {
            why = pass_atom(&walk, 1, c == '\n');
        }
    }
    return why;
}
