/* The usage string of a host's command as a table of parameters; spl_extend.h has the language. */
#include "api/host.h"

enum { PARAMS_MOST = 30 };

struct usage {
    struct arena *arena;
    str           text;                 /* what has not been read yet */
    bool          optional;             /* inside brackets */
    struct param  param[PARAMS_MOST + 1];
    uint32_t      count;
    const char   *wrong;
};

/* --- one kind ------------------------------------------------------------------------------------------- */

static status wrong(struct usage *usage, const char *what)
{
    usage->wrong = what;
    return FAIL_MISUSE;
}

static status copy(struct usage *usage, str text, const char **out)
{
    TRY_NEW(*out = arena_text(usage->arena, text));
    return OK;
}

/* Up to the first `mark`, which is dropped; the whole if there is none. */
static str cut(str *text, const char *mark)
{
    size_t at = str_find(*text, str_of(mark), 0);
    str    before = str_slice(*text, 0, at == SIZE_MAX ? text->size : at);

    *text = str_slice(*text, at == SIZE_MAX ? text->size : at + 1, text->size);
    return before;
}

static bool has(str text, const char *mark)
{
    return str_find(text, str_of(mark), 0) != SIZE_MAX;
}

static status read_kind(struct usage *usage, str word, struct param *out)
{
    static const struct { const char *word; enum param_kind kind; } kinds[] = {
        { "bool", PARAM_BOOL }, { "count", PARAM_COUNT }, { "number", PARAM_NUMBER }, { "text", PARAM_TEXT },
        { "span", PARAM_SPAN }, { "field", PARAM_FIELD }, { "fields", PARAM_FIELDS }, { "rest", PARAM_REST },
    };

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_is(word, kinds[i].word)) {
            out->kind = kinds[i].kind;
            return OK;
        }
    if (!has(word, "|"))
        return wrong(usage, "a kind in its usage is none of bool, count, number, text, span, field, fields, "
                            "rest, a|b");
    out->kind = PARAM_WORD;
    return copy(usage, word, &out->choices);
}

/* [name:]kind[=preset], or the inside of <...>. `label` may be empty before and after. */
static status read_inner(struct usage *usage, str inner, str *label, struct param *out)
{
    bool has_preset = has(inner, "=");
    str  kind = cut(&inner, "=");

    if (has_preset)
        TRY(copy(usage, inner, &out->preset));
    if (has(kind, ":")) {
        if (label->size)
            return wrong(usage, "an argument in its usage has two names");
        *label = cut(&kind, ":");
    }
    TRY(read_kind(usage, kind, out));
    if (!label->size)
        *label = kind;
    return OK;
}

/* --- items ---------------------------------------------------------------------------------------------- */

static bool is_list(const struct param *param)
{
    return param->kind == PARAM_FIELDS || param->kind == PARAM_REST;
}

static status keep(struct usage *usage, struct param *param, str label)
{
    TRY(copy(usage, label, &param->name));
    if (!host_is_word(param->name))
        return wrong(usage, "a name in its usage is not made of lower-case letters, digits and underscores");
    param->required = !usage->optional && !param->preset;
    if (param->place == PLACE_KEYWORD && param->kind == PARAM_FIELDS && str_is(label, "by"))
        param->kind = PARAM_BY;
    for (uint32_t i = 0; i < usage->count; i++) {
        if (str_is(label, usage->param[i].name))
            return wrong(usage, "a name occurs twice in its usage");
        if (param->place == PLACE_LIST && usage->param[i].place == PLACE_LIST)
            return wrong(usage, "its usage has two lists that stand alone");
    }
    if (usage->count == PARAMS_MOST)
        return wrong(usage, "its usage has more than 30 arguments");
    usage->param[usage->count++] = *param;
    return OK;
}

/* To the next blank or bracket outside of <...>. */
static str next_word(struct usage *usage)
{
    size_t end = 0;
    bool   inside = false;
    str    word;

    for (; end < usage->text.size; end++) {
        char c = usage->text.at[end];
        if (!inside && (c == ' ' || c == '[' || c == ']'))
            break;
        inside = c == '<' || (inside && c != '>');
    }
    word = str_slice(usage->text, 0, end);
    usage->text = str_trim_blanks(str_slice(usage->text, end, usage->text.size));
    return word;
}

static bool is_enclosed(str word)
{
    return word.size > 2 && word.at[0] == '<' && word.at[word.size - 1] == '>';
}

static str inside(str word)
{
    return str_slice(word, 1, word.size - 1);
}

/* name=<kind> or name=one|another */
static status read_option(struct usage *usage, str word)
{
    struct param param = { .place = PLACE_NAMED };
    str          label = cut(&word, "=");

    if (is_enclosed(word))
        TRY(read_inner(usage, inside(word), &label, &param));
    else
        TRY(read_kind(usage, word, &param));
    if (param.kind == PARAM_REST)
        return wrong(usage, "<rest> in its usage stands behind =");
    return keep(usage, &param, label);
}

static status read_item(struct usage *usage)
{
    struct param param = { 0 };
    str          word = next_word(usage), label = STR("");

    if (is_enclosed(word)) {
        TRY(read_inner(usage, inside(word), &label, &param));
        param.place = is_list(&param) ? PLACE_LIST : PLACE_FIRST;
        return keep(usage, &param, label);
    }
    if (has(word, "="))
        return read_option(usage, word);
    label = word;
    word = next_word(usage);
    if (!is_enclosed(word))
        return wrong(usage, "a word in its usage is not followed by = or <kind>");
    TRY(read_inner(usage, inside(word), &label, &param));
    param.place = PLACE_KEYWORD;
    return keep(usage, &param, label);
}

static status read_items(struct usage *usage)
{
    while (usage->text.size) {
        char c = usage->text.at[0];
        if (c == '[' || c == ']') {
            if (usage->optional == (c == '['))
                return wrong(usage, "the brackets in its usage do not match, or nest");
            usage->optional = c == '[';
            usage->text = str_trim_blanks(str_slice(usage->text, 1, usage->text.size));
            continue;
        }
        TRY(read_item(usage));
    }
    return usage->optional ? wrong(usage, "the brackets in its usage do not match, or nest") : OK;
}

status usage_read(struct arena *arena, const char *name, const char *text, const struct param **out,
                  const char **why)
{
    struct usage  usage = { .arena = arena, .text = str_trim_blanks(str_of(text)) };
    struct param *params;
    status        result;

    if (str_is(next_word(&usage), name))
        result = read_items(&usage);
    else
        result = wrong(&usage, "its usage does not begin with its name");
    *why = usage.wrong;
    TRY(result);
    TRY_NEW(params = ARENA_ARRAY(arena, struct param, usage.count + 1));
    memcpy(params, usage.param, usage.count * sizeof *params);
    *out = params;                      /* PARAM_END is 0 */
    return OK;
}
