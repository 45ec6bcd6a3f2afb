/* Subsearches that stand where no value can: x [search ... | return $operator_and_value].
 *
 * Splunk puts the text of a subsearch in its place before it reads the words around it. So whether these make sense nobody
 * can tell before, where the grammar stumbles over a bracket or right behind one; elsewhere a mistake is one whatever the
 * texts will be. Of such an expression only the brackets are kept, in one node: it is read again when their texts are
 * there. */
#include "syntax/build.h"
#include "syntax/parse.h"

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool text_begins_subsearch(str text)
{
    size_t at = 0, word;

    while (at < text.size && is_blank(text.at[at]))
        at++;
    if (at < text.size && text.at[at] == '|')
        return true;
    for (word = at; word < text.size && is_letter(text.at[word]);)
        word++;
    return word > at && word < text.size && (is_blank(text.at[word]) || text.at[word] == '|');
}

bool build_begins_subsearch(const struct builder *builder)
{
    return text_begins_subsearch(str_slice(builder->passage.text, builder->at, builder->passage.text.size));
}

/* Is what cannot stand at this place the last bracket, or the first thing behind it? */
bool build_is_loose(const struct builder *builder, struct span at)
{
    if (builder->bracket_to == 0 || builder->failure == FAIL_MEMORY)
        return false;
    if (at.from == builder->bracket_from && at.to == builder->bracket_to)
        return true;
    for (uint32_t i = builder->bracket_to; i < at.from; i++)
        if (!is_blank(builder->passage.text.at[i]))
            return false;
    return at.from >= builder->bracket_to && at.to > at.from;
}

uint32_t text_skip_quoted(str text, uint32_t at)
{
    char quote = text.at[at++];

    while (at < text.size && text.at[at] != quote)
        at += text.at[at] == '\\' && quote == '"' ? 2 : 1;
    return at < text.size ? at + 1 : (uint32_t)text.size;
}

uint32_t text_skip_bracket(str text, uint32_t at)
{
    uint32_t depth = 0;

    while (at < text.size) {
        char c = text.at[at];

        if (c == '"') {
            at = text_skip_quoted(text, at);
            continue;
        }
        depth += c == '[';
        if (c == ']' && --depth == 0)
            return at + 1;
        at += c == '\\' ? 2 : 1;
    }
    return 0;
}

/* From `from` on; `names`: single quotes enclose names. The builder's bracket is the first of them afterwards. */
struct node *build_awaited(struct builder *builder, uint32_t from, bool names)
{
    str               text = builder->passage.text;
    struct node_list *list = NULL;
    struct node      *first;

    builder->failure = OK;
    builder->bracket_to = 0;
    for (uint32_t at = from; at < text.size && builder->failure == OK;) {
        char     c = text.at[at];
        uint32_t end = at + 1;

        if (c == '"' || (names && c == '\'')) {
            end = text_skip_quoted(text, at);
        } else if (c == '[') {
            end = text_skip_bracket(text, at);
            if (end == 0) {
                build_unbalanced(builder, (struct span){ at, at + 1 }, "brackets");
                return NULL;
            }
            if (builder->bracket_to == 0) {
                builder->bracket_from = at;
                builder->bracket_to = end;
            }
            list = build_list(builder, list, build_subsearch(builder, (struct span){ at, end }));
        }
        at = end;
    }
    if (builder->failure != OK || !list)
        return NULL;
    first = list->item[0];
    first->kid = list->item + 1;
    first->count = list->count - 1;
    first->depth = first->count ? 2 : 1;
    return first;
}
