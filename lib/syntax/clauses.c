/* Cutting a clause into the command's name and its arguments. */
#include "syntax/build.h"
#include "syntax/parse.h"

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static struct span trim(str text, struct span at)
{
    while (at.from < at.to && is_blank(text.at[at.from]))
        at.from++;
    while (at.to > at.from && is_blank(text.at[at.to - 1]))
        at.to--;
    return at;
}

/* A backslash and n, r or t at the end, left over from JSON or YAML that nobody decoded, is a blank
 * (language 14). */
static struct span trim_escapes(struct builder *builder, struct span at)
{
    str text = builder->passage.text;

    while (at.to - at.from >= 2 && strchr("nrt", text.at[at.to - 1]) && text.at[at.to - 1]) {
        uint32_t slashes = 0;
        while (slashes < at.to - 1 - at.from && text.at[at.to - 2 - slashes] == '\\')
            slashes++;
        if (slashes % 2 == 0)
            break;
        if (!builder->escapes++)                /* where there is one there are more: said once */
            diag_warn(builder->diag, build_place(builder, (struct span){ at.to - 2, at.to }), "literal-escape",
                      "'\\%c' before a pipe or the end is read as a blank", text.at[at.to - 1]);
        at.to -= 2;
        at = trim(text, at);
    }
    return at;
}

static uint32_t word_end(str text, struct span at)
{
    uint32_t end = at.from;

    while (end < at.to && is_letter(text.at[end]))
        end++;
    return end;
}

static bool next_is_keyword(str rest)
{
    static const char *const keyword[] = { "AND", "OR", "IN" };

    for (size_t i = 0; i < COUNT_OF(keyword); i++) {
        size_t size = strlen(keyword[i]);
        if (str_starts(rest, str_of(keyword[i]))
            && (rest.size == size || is_blank(rest.at[size]) || rest.at[size] == '('))
            return true;
    }
    return false;
}

/* Could the whole query be meant as words to look for? "top secret" could, "top 10 user" and "top limit=3 user" not. */
static bool reads_as_words(str rest)
{
    for (size_t i = 0; i < rest.size; i++) {
        char c = rest.at[i];
        if (!is_blank(c) && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && (unsigned char)c < 0x80)
            return false;
    }
    return true;
}

/* Does the text that no pipe leads begin with a command? host=a, "top=5" and top-level do not. `alone`: there is no other
 * stage. */
static bool begins_with_command(struct builder *builder, struct span at, uint32_t end, bool alone)
{
    str               text = builder->passage.text, word = str_slice(text, at.from, end);
    str               rest = str_trim_blanks(str_slice(text, end, at.to));
    enum word_meaning meaning;

    if (word.size == 0)
        return false;
    if (str_is_nocase(word, "select") && rest.size && !strchr("=<>!", rest.at[0])) {
        diag_warn(builder->diag, build_place(builder, (struct span){ at.from, end }), "spl2",
                  "'%.*s' is searched for as a word", SHOW(word));
        diag_hint(builder->diag, "SPL has no SELECT: search first, then | table field, field");
    }
    if (end < at.to && !is_blank(text.at[end]) && !strchr("([\"'", text.at[end]))
        return false;
    if ((rest.size && strchr("=<>", rest.at[0])) || str_starts(rest, STR("!=")) || next_is_keyword(rest))
        return false;
    if (builder->words && builder->words->meaning)
        meaning = builder->words->meaning(builder->words->host, word);
    else
        meaning = str_is_nocase(word, "search") ? WORD_COMMAND : WORD_PLAIN;
    if (meaning == WORD_DOUBTFUL && alone && reads_as_words(rest)) {
        diag_warn(builder->diag, build_place(builder, (struct span){ at.from, end }), "doubtful-command",
                  "'%.*s' is read as a command", SHOW(word));
        diag_hint(builder->diag, "to find the word, begin with: search %.*s", SHOW(word));
    }
    return meaning != WORD_PLAIN;
}

static struct clause *new_clause(struct builder *builder)
{
    struct pipeline *pipeline = builder->pipeline;

    if (pipeline->count == builder->pipeline_capacity) {
        uint32_t      capacity = pipeline->count ? 2 * pipeline->count : 8;
        struct clause *more = ARENA_ARRAY(builder->arena, struct clause, capacity);
        if (!more)
            return build_lost(builder);
        if (pipeline->count)
            memcpy(more, pipeline->clause, pipeline->count * sizeof *more);
        pipeline->clause = more;
        builder->pipeline_capacity = capacity;
    }
    return &pipeline->clause[pipeline->count++];
}

static void empty_between(struct builder *builder, struct span at)
{
    build_fail(builder, (struct span){ at.to, at.to + 1 }, "missing-command", "Missing a search command before '|'");
    if (at.from == at.to && builder->diag)
        diag_hint(builder->diag, "'||' is no operator: text is joined with a dot, conditions are joined with OR");
}

static void empty_clause(struct builder *builder, struct span at, bool first, bool last)
{
    if (first && !last)
        builder->pipeline->piped = true;
    else if (first)
        build_fail(builder, at, "missing-command", "there is no query");
    else if (last)
        build_fail(builder, (struct span){ builder->last_pipe, builder->last_pipe + 1 }, "missing-command",
                   "Missing a search command after '|'");
    else
        empty_between(builder, at);
}

void build_clause(struct builder *builder, struct span at, bool last)
{
    str           text = builder->passage.text;
    struct span   whole = trim_escapes(builder, trim(text, at)), rest;
    struct clause *clause;
    uint32_t      end = word_end(text, whole);
    bool          first = !builder->begun, implied;

    builder->begun = true;
    if (whole.from == whole.to)
        empty_clause(builder, at, first, last);
    builder->last_pipe = at.to;
    if (whole.from == whole.to)
        return;
    implied = first && !begins_with_command(builder, whole, end, last);
    if (!implied && end == whole.from) {
        build_fail(builder, (struct span){ whole.from, whole.from + 1 }, "syntax", "expected the name of a command");
        return;
    }
    clause = new_clause(builder);
    if (!clause)
        return;
    rest = trim(text, (struct span){ implied ? whole.from : end, whole.to });
    *clause = (struct clause){
        .name = implied ? STR("search") : str_slice(text, whole.from, end),
        .name_span = build_place(builder, (struct span){ whole.from, implied ? whole.from : end }),
        .argument = build_text(builder, rest), .argument_span = build_place(builder, rest),
        .span = build_place(builder, whole), .implied = implied, .copied = builder->passage.copied,
    };
}
