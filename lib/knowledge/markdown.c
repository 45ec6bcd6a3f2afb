/* Analytics out of ATT&CK-style Markdown pages.
 *
 * Read by lines and not by a Markdown library: real pages put the first line of a search behind the fence's backticks
 * (```sourcetype=a OR ...), which CommonMark takes for an info string and drops. */
#include "knowledge/pack.h"

#include <stdio.h>

enum { MOST_IDS = 32 };

struct page {
    struct arena *arena;
    struct pack  *pack;
    str           rest;                 /* lines not read yet */
    uint32_t      line;                 /* number of the current one */
    str           technique;            /* "T1610" */
    str           attack[MOST_IDS], tactic[MOST_IDS];
    uint32_t      attacks, tactics;
    bool          wants_id;             /* a "Title:" was seen, its "ID:" not yet */

    str           source;               /* "DS0032"; empty outside a component */
    str           component;            /* "Container Start" */
    uint32_t      ordinal;              /* analytics of this component so far */
    uint32_t      component_line;
    str           description;          /* first paragraph of the component */
    str           title;                /* of the analytic announced last; empty: none is waiting for its search */
    bool          title_was_last;       /* the line before this one (blank ones aside) was the title */
};

static bool next_line(struct page *page, str *out)
{
    const char *end;

    if (page->rest.size == 0)
        return false;
    end = memchr(page->rest.at, '\n', page->rest.size);
    *out = str_slice(page->rest, 0, end ? (size_t)(end - page->rest.at) : page->rest.size);
    page->rest = str_slice(page->rest, out->size + (end != NULL), page->rest.size);
    if (out->size && out->at[out->size - 1] == '\r')
        out->size--;
    page->line++;
    return true;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static size_t digits(str text, size_t from)
{
    size_t at = from;

    while (at < text.size && is_digit(text.at[at]))
        at++;
    return at - from;
}

/* T1234, T1234.001 or T1234/001 at a place of the text; its size, or 0. */
static size_t technique_at(str text, size_t at)
{
    if (at + 5 > text.size || text.at[at] != 'T' || digits(text, at + 1) != 4)
        return 0;
    if (at > 0 && (is_letter(text.at[at - 1]) || is_digit(text.at[at - 1])))
        return 0;
    if (at + 9 <= text.size && (text.at[at + 5] == '.' || text.at[at + 5] == '/') && digits(text, at + 6) == 3)
        return 9;
    return 5;
}

static status add_id(struct page *page, str *list, uint32_t *count, str id)
{
    uint32_t at = 0;

    TRY_NEW((id = arena_str(page->arena, id)).at);
    if (id.size == 9)
        ((char *)id.at)[5] = '.';
    while (at < *count && str_compare(list[at], id) < 0)
        at++;
    if (*count == MOST_IDS || (at < *count && str_equal(list[at], id)))
        return OK;
    memmove(list + at + 1, list + at, (*count - at) * sizeof *list);
    list[at] = id;
    ++*count;
    return OK;
}

/* The first technique named in the text becomes the page's. */
static status take_technique(struct page *page, str text)
{
    for (size_t at = 0; at < text.size && page->technique.size == 0; at++) {
        size_t size = technique_at(text, at);
        if (!size)
            continue;
        page->technique = str_slice(text, at, at + 5);
        TRY(add_id(page, page->attack, &page->attacks, str_slice(text, at, at + size)));
        if (size == 9)
            page->technique = page->attack[0];
    }
    return OK;
}

static status take_tactics(struct page *page, str text)
{
    for (size_t at = 0; at + 6 <= text.size; at++)
        if (text.at[at] == 'T' && text.at[at + 1] == 'A' && digits(text, at + 2) == 4)
            TRY(add_id(page, page->tactic, &page->tactics, str_slice(text, at, at + 6)));
    return OK;
}

static str without_marks(str text)
{
    return str_trim(str_trim_blanks(text), STR("*_ \t"));
}

/* "Container Start" -> "container-start" */
static status slug(struct arena *arena, str text, str *out)
{
    char  *at = arena_alloc(arena, text.size + 1);
    size_t size = 0;

    TRY_NEW(at);
    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];
        if (is_letter(c) || is_digit(c))
            at[size++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        else if (size && at[size - 1] != '-')
            at[size++] = '-';
    }
    while (size && at[size - 1] == '-')
        size--;
    *out = (str){ at, size };
    return OK;
}

static status join(struct arena *arena, str *out, const str *parts, uint32_t count)
{
    size_t size = 0;
    char  *at;

    for (uint32_t i = 0; i < count; i++)
        size += parts[i].size;
    TRY_NEW(at = arena_alloc(arena, size + 1));
    *out = (str){ at, size };
    for (uint32_t i = 0; i < count; i++) {
        if (parts[i].size)
            memcpy(at, parts[i].at, parts[i].size);
        at += parts[i].size;
    }
    *at = 0;
    return OK;
}

static status add_rule(struct page *page, struct rule_record **out)
{
    struct pack *pack = page->pack;

    if (pack->count == pack->capacity) {
        uint32_t            capacity = pack->capacity ? pack->capacity * 2 : 8;
        struct rule_record *moved = arena_alloc(page->arena, capacity * sizeof *moved);
        TRY_NEW(moved);
        if (pack->count)
            memcpy(moved, pack->rule, pack->count * sizeof *moved);
        pack->rule = moved;
        pack->capacity = capacity;
    }
    *out = &pack->rule[pack->count++];
    **out = (struct rule_record){ .pack = page->pack->title, .severity = STR("medium"),
                                  .description = page->description };
    return OK;
}

static status make_id(struct page *page, str tail, str *out)
{
    str part[8], component;
    uint32_t count = 0;

    TRY(slug(page->arena, page->component, &component));
    part[count++] = page->technique.size ? page->technique : STR("page");
    part[count++] = STR("/");
    if (page->source.size) {
        part[count++] = page->source;
        part[count++] = STR("-");
    }
    part[count++] = component.size ? component : STR("search");
    if (tail.size) {
        part[count++] = STR("/");
        part[count++] = tail;
    }
    return join(page->arena, out, part, count);
}

static status add_search(struct page *page, str search, uint32_t line, str remark)
{
    struct rule_record *rule;
    char                number[16];
    int                 size = snprintf(number, sizeof number, "%u", ++page->ordinal);
    str                 tail;

    TRY(add_rule(page, &rule));
    TRY_NEW((tail = arena_str(page->arena, (str){ number, (size_t)size })).at);
    TRY(make_id(page, tail, &rule->id));
    rule->title = page->title.size ? page->title : page->component.size ? page->component : page->pack->title;
    rule->search = search;
    rule->line = line;
    rule->remark = remark;
    page->title = STR("");
    return OK;
}

/* A component that ended without a search is a record of its own: prose. */
static status end_component(struct page *page)
{
    struct rule_record *rule;

    if (page->source.size && page->ordinal == 0) {
        TRY(add_rule(page, &rule));
        TRY(make_id(page, STR(""), &rule->id));
        rule->title = page->component;
        rule->kind = RULE_PROSE;
        rule->line = page->component_line;
    }
    page->source = page->component = page->description = page->title = STR("");
    page->ordinal = 0;
    return OK;
}

/* "Container: Container Start (DS0032):" */
static status begin_component(struct page *page, str text)
{
    size_t open = text.size, colon;

    text = str_trim(text, STR("*: \t"));
    for (size_t i = 0; i + 6 < text.size; i++)
        if (text.at[i] == '(' && text.at[i + 1] == 'D' && text.at[i + 2] == 'S' && digits(text, i + 3) == 4)
            open = i;
    if (open >= text.size)
        return OK;
    page->source = str_slice(text, open + 1, open + 7);
    text = str_trim_blanks(str_slice(text, 0, open));
    colon = str_find(text, STR(":"), 0);
    page->component = colon == SIZE_MAX ? text : str_trim_blanks(str_slice(text, colon + 1, text.size));
    page->component_line = page->line;
    return OK;
}

static status heading(struct page *page, str line, size_t level)
{
    str    text = str_trim(str_slice(line, level, line.size), STR("# \t"));
    size_t open;

    TRY(end_component(page));
    if (level > 1)
        return begin_component(page, text);
    TRY(take_technique(page, text));
    open = str_find(text, STR(" (T"), 0);
    if (page->pack->title.size == 0)
        page->pack->title = open == SIZE_MAX ? text : str_trim_blanks(str_slice(text, 0, open));
    return OK;
}

/* "Analytic 1 - Title", dash or colon, perhaps bold. */
static bool analytic_title(str line, str *title)
{
    str    text = without_marks(line);
    size_t at = sizeof "Analytic " - 1, count;

    if (!str_starts(text, STR("Analytic ")) || !(count = digits(text, at)))
        return false;
    text = str_trim_blanks(str_slice(text, at + count, text.size));
    if (str_starts(text, STR("-")) || str_starts(text, STR(":")))
        text = str_slice(text, 1, text.size);
    else if (str_starts(text, STR("\xe2\x80\x93")) || str_starts(text, STR("\xe2\x80\x94")))    /* en and em dash */
        text = str_slice(text, 3, text.size);
    *title = without_marks(text);
    return true;
}

/* Size of a fence's run of backticks or tildes, and what follows; 0: not a fence. */
static size_t fence(str line, char *mark, str *rest)
{
    size_t at = 0, from;

    while (at < line.size && at < 4 && line.at[at] == ' ')
        at++;
    from = at;
    if (at > 3 || at == line.size || (line.at[at] != '`' && line.at[at] != '~'))
        return 0;
    *mark = line.at[at];
    while (at < line.size && line.at[at] == *mark)
        at++;
    *rest = str_trim_blanks(str_slice(line, at, line.size));
    return at - from >= 3 ? at - from : 0;
}

static bool is_language(str rest)
{
    for (size_t i = 0; i < rest.size; i++)
        if (!is_letter(rest.at[i]) && !is_digit(rest.at[i]) && !memchr("+#._-", rest.at[i], 5))
            return false;
    return rest.size > 0;
}

static bool looks_like_search(str language, str text)
{
    static const char *const SIGNS[] = { "index=", "sourcetype=", "source=", "eventtype=", "tag=" };
    static const char *const COMMANDS[] = { "search", "where", "eval", "stats", "table", "fields", "rex", "tstats",
                                            "inputlookup", "lookup", "rename", "sort", "dedup", "timechart", "top" };

    if (language.size)
        return str_is_nocase(language, "spl") || str_is_nocase(language, "splunk");
    text = str_trim_blanks(text);
    if (text.size && (text.at[0] == '|' || text.at[0] == '`'))
        return true;
    for (size_t i = 0; i < sizeof SIGNS / sizeof *SIGNS; i++)
        if (str_find(text, str_of(SIGNS[i]), 0) != SIZE_MAX)
            return true;
    for (size_t bar = str_find(text, STR("|"), 0); bar != SIZE_MAX; bar = str_find(text, STR("|"), bar + 1))
        for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++)
            if (str_starts(str_trim_blanks(str_slice(text, bar + 1, text.size)), str_of(COMMANDS[i])))
                return true;
    return false;
}

/* From an opening fence to its closing one, or to the next heading when it is never closed. */
static status block(struct page *page, size_t ticks, char mark, str rest)
{
    uint32_t    first_line = page->line;
    str         language = is_language(rest) ? rest : STR(""), line, after, text, remark = STR("");
    const char *begin = language.size || rest.size == 0 ? page->rest.at : rest.at, *end = begin;
    char        closing;
    bool        closed = false;

    if (begin == page->rest.at)
        first_line++;
    else
        end = rest.at + rest.size;
    while (page->rest.size) {
        struct page before = *page;
        size_t      size;
        next_line(page, &line);
        size = fence(str_trim_blanks(line), &closing, &after);
        if (size >= ticks && closing == mark && after.size == 0) {
            closed = true;
            break;
        }
        if (line.size && line.at[0] == '#' && str_find(line, STR(" "), 0) < 7) {
            *page = before;
            remark = STR("the fence is never closed");
            break;
        }
        end = line.at + line.size;
    }
    if (!closed && remark.size == 0)
        remark = STR("the fence is never closed");
    text = str_trim_blanks((str){ begin, (size_t)(end - begin) });
    return text.size && looks_like_search(language, text) ? add_search(page, text, first_line, remark) : OK;
}

static status plain_line(struct page *page, str line)
{
    str title, text = str_trim_blanks(line);

    if (analytic_title(line, &title)) {
        page->title = title;
        page->title_was_last = true;
        return OK;
    }
    if (page->title_was_last && text.size > 2 && text.at[0] == '`' && text.at[text.size - 1] == '`') {
        page->title_was_last = false;
        return add_search(page, str_trim_blanks(str_trim(text, STR("`"))), page->line, STR(""));
    }
    if (text.size)
        page->title_was_last = false;
    if (str_starts(text, STR("Title:"))) {
        if (page->pack->title.size == 0)
            page->pack->title = str_trim_blanks(str_slice(text, 6, text.size));
        page->wants_id = true;
    }
    if (str_starts(text, STR("ID:")) || str_find(text, STR("attack.mitre.org/techniques/"), 0) != SIZE_MAX)
        TRY(take_technique(page, text));
    if (text.size > 6 && str_equal_nocase(str_slice(text, 0, 6), STR("tactic")))
        TRY(take_tactics(page, text));
    if (page->source.size && page->description.size == 0 && text.size)
        page->description = text;
    return OK;
}

/* Ids are unique: the second of a kind gets "#2". */
static status make_unique(struct page *page)
{
    for (uint32_t i = 1; i < page->pack->count; i++) {
        str      base = page->pack->rule[i].id;
        uint32_t same = 1;
        char     number[16];
        for (uint32_t j = 0; j < i; j++)
            same += str_equal(page->pack->rule[j].id, base)
                 || (str_starts(page->pack->rule[j].id, base) && page->pack->rule[j].id.at[base.size] == '#');
        if (same == 1)
            continue;
        str part[2] = { base, { number, (size_t)snprintf(number, sizeof number, "#%u", same) } };
        TRY(join(page->arena, &page->pack->rule[i].id, part, 2));
    }
    return OK;
}

static status finish(struct page *page, str name)
{
    struct rule_record *rule;
    str                *attack, *tactic;

    TRY(end_component(page));
    if (page->pack->title.size == 0)
        page->pack->title = name;
    if (page->pack->count == 0) {               /* no analytics at all: one record about the technique */
        page->component = page->pack->title;
        TRY(add_rule(page, &rule));
        TRY(make_id(page, STR(""), &rule->id));
        rule->title = page->pack->title;
        rule->kind = RULE_PROSE;
        rule->line = 1;
    }
    attack = ARENA_ARRAY(page->arena, str, page->attacks + 1);
    tactic = ARENA_ARRAY(page->arena, str, page->tactics + 1);
    if (!attack || !tactic)
        return FAIL_MEMORY;
    memcpy(attack, page->attack, page->attacks * sizeof *attack);
    memcpy(tactic, page->tactic, page->tactics * sizeof *tactic);
    for (uint32_t i = 0; i < page->pack->count; i++) {
        rule = &page->pack->rule[i];
        rule->pack = page->pack->title;
        rule->attack = attack;
        rule->attacks = page->attacks;
        rule->tactic = tactic;
        rule->tactics = page->tactics;
    }
    return make_unique(page);
}

status pack_read_markdown(struct arena *arena, str text, str name, struct pack *out)
{
    struct page page = { .arena = arena, .pack = out, .rest = text };
    str         line, rest;
    char        mark;

    *out = (struct pack){ .rule = NULL };
    if (str_starts(text, STR("\xef\xbb\xbf")))
        page.rest = str_slice(text, 3, text.size);
    while (next_line(&page, &line)) {
        size_t level = 0, ticks = fence(line, &mark, &rest);
        while (level < line.size && level < 7 && line.at[level] == '#')
            level++;
        if (ticks && !memchr(rest.at, '`', rest.size))
            TRY(block(&page, ticks, mark, rest));
        else if (level > 0 && level < 7 && (level == line.size || line.at[level] == ' '))
            TRY(heading(&page, line, level));
        else
            TRY(plain_line(&page, line));
    }
    return finish(&page, name);
}
