#include "text/xpath.h"

struct reading {
    str    text;
    size_t at;
};

static bool is_name_byte(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10 || c == '_' || c == '-' || c == '.' ||
        c == ':' || (unsigned char)c >= 0x80;
}

static void skip_blanks(struct reading *in)
{
    while (in->at < in->text.size && (in->text.at[in->at] == ' ' || in->text.at[in->at] == '\t'))
        in->at++;
}

static bool take(struct reading *in, str word)
{
    skip_blanks(in);
    if (!str_starts(str_slice(in->text, in->at, in->text.size), word))
        return false;
    in->at += word.size;
    return true;
}

/* A name, or with `any` a star. An axis, "child::a", is none: it is not known here. */
static bool take_name(struct reading *in, bool any, str *out)
{
    size_t from;

    if (any && take(in, STR("*"))) {
        *out = STR("*");
        return true;
    }
    skip_blanks(in);
    from = in->at;
    if (from < in->text.size && (in->text.at[from] == '-' || in->text.at[from] == '.' || in->text.at[from] == ':' ||
                                 (unsigned char)(in->text.at[from] - '0') < 10))
        return false;
    while (in->at < in->text.size && is_name_byte(in->text.at[in->at]))
        in->at++;
    *out = str_slice(in->text, from, in->at);
    return out->size && str_find(*out, STR("::"), 0) == SIZE_MAX;
}

static bool take_quoted(struct reading *in, str *out)
{
    size_t close;
    char   quote;

    skip_blanks(in);
    quote = in->at < in->text.size ? in->text.at[in->at] : 0;
    if (quote != '"' && quote != '\'')
        return false;
    close = str_find(in->text, str_make(&in->text.at[in->at], 1), in->at + 1);
    if (close == SIZE_MAX)
        return false;
    *out = str_slice(in->text, in->at + 1, close);
    in->at = close + 1;
    return true;
}

/* text(), @name or name */
static bool take_node(struct reading *in, enum xpath_kind *kind, str *name)
{
    *name = STR("");
    if (take(in, STR("text()"))) {
        *kind = XPATH_TEXT;
        return true;
    }
    *kind = take(in, STR("@")) ? XPATH_ATTRIBUTE : XPATH_ELEMENT;
    return take_name(in, true, name);
}

static bool take_position(struct reading *in, uint64_t *out)
{
    size_t from;

    skip_blanks(in);
    from = in->at;
    for (*out = 0; in->at < in->text.size && (unsigned char)(in->text.at[in->at] - '0') < 10; in->at++)
        if (in->at - from > 15)
            return false;
        else
            *out = *out * 10 + (uint64_t)(in->text.at[in->at] - '0');
    return in->at > from && *out > 0;
}

/* Behind the bracket. */
static bool take_test(struct reading *in, struct xpath_test *test)
{
    size_t from = in->at;

    *test = (struct xpath_test){ .position = 0 };
    if (!take_position(in, &test->position)) {
        in->at = from;
        test->position = 0;
        if (!take_node(in, &test->kind, &test->name))
            return false;
        if (take(in, STR("=")) && !take_quoted(in, &test->value))
            return false;
    }
    return take(in, STR("]"));
}

static bool take_step(struct reading *in, bool deep, struct xpath_step *step)
{
    *step = (struct xpath_step){ .deep = deep };
    if (!take_node(in, &step->kind, &step->name))
        return false;
    while (take(in, STR("[")))
        if (step->kind != XPATH_ELEMENT || step->tests == XPATH_TESTS || !take_test(in, &step->test[step->tests++]))
            return false;
    return true;
}

static bool take_path(struct reading *in, struct xpath_path *path)
{
    bool deep = take(in, STR("//"));

    if (!deep)
        take(in, STR("/"));
    path->steps = 0;
    do {
        if (path->steps == XPATH_STEPS || (path->steps && path->step[path->steps - 1].kind != XPATH_ELEMENT) ||
            !take_step(in, deep, &path->step[path->steps++]))
            return false;
        deep = take(in, STR("//"));
    } while (deep || take(in, STR("/")));
    return true;
}

bool xpath_parse(str text, struct xpath *out, size_t *at)
{
    struct reading in = { .text = text };
    bool           good;

    out->paths = 0;
    do
        good = out->paths < XPATH_PATHS && take_path(&in, &out->path[out->paths++]);
    while (good && take(&in, STR("|")));
    skip_blanks(&in);
    *at = in.at;
    return good && in.at == text.size;
}
