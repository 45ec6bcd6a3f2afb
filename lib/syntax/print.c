#include "syntax/print.h"

#include "base/compiler.h"

void print_quoted(struct buf *out, str text)
{
    buf_byte(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] == '"' || text.at[i] == '\\')
            buf_byte(out, '\\');
        buf_byte(out, text.at[i]);
    }
    buf_byte(out, '"');
}

/* Not buf_print: its texts end at a zero byte. */
static void put_between(struct buf *out, char before, str text, char behind)
{
    buf_byte(out, before);
    buf_put(out, text);
    buf_byte(out, behind);
}

static bool is_bare_name(str name)
{
    static const char *const operators[] = { "and", "or", "xor", "not", "like", "in" };

    for (size_t i = 0; i < name.size; i++) {
        char c = name.at[i];
        bool digit = c >= '0' && c <= '9';
        if (!(digit && i > 0) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '_'
            && (unsigned char)c < 0x80)
            return false;
    }
    for (size_t i = 0; i < COUNT_OF(operators); i++)
        if (str_is_nocase(name, operators[i]))
            return false;
    return name.size > 0;
}

/* --- the tree itself --------------------------------------------------------------------------------------------- */

static const char *head_of(const struct node *node)
{
    switch (node->kind) {
    case NODE_IN:         return "in";
    case NODE_SUBSEARCH:  return "subsearch";
    case NODE_CALL:       return "call";
    case NODE_TERM:       return node->flags & NODE_CASED ? "case" : node->flags & NODE_WHOLE ? "whole"
                               : node->flags & NODE_QUOTED ? "phrase" : "term";
    case NODE_EVERYTHING: return "everything";
    default:              return NULL;
    }
}

void print_node(struct buf *out, const struct node *node)
{
    const char *head = head_of(node);

    if (node->kind == NODE_NUMBER || (node->kind == NODE_FIELD && is_bare_name(node->text))) {
        buf_put(out, node->text);
        return;
    }
    if (node->kind == NODE_FIELD || node->kind == NODE_STRING) {
        buf_text(out, node->kind == NODE_FIELD ? "$" : "");
        print_quoted(out, node->text);
        return;
    }
    buf_byte(out, '(');
    if (head)
        buf_text(out, head);
    else
        buf_put(out, node->text);
    if (node->kind == NODE_CALL) {
        buf_byte(out, ' ');
        buf_put(out, node->text);
    } else if (node->kind == NODE_TERM || node->kind == NODE_SUBSEARCH) {
        buf_byte(out, ' ');
        print_quoted(out, node->text);
    }
    for (uint32_t i = 0; i < node->count; i++) {
        buf_byte(out, ' ');
        print_node(out, node->kid[i]);
    }
    buf_byte(out, ')');
}

/* --- expr as SPL ------------------------------------------------------------------------------------------------- */

struct level {
    const char *name, *written;
    int         level;
    bool        chains;         /* a op b op c without parentheses */
};

static const struct level levels[] = {
    { "xor", " XOR ", 1, true },  { "or", " OR ", 2, true }, { "and", " AND ", 3, true },
    { "=", "=", 5, false },       { "!=", "!=", 5, false },  { "<", "<", 5, false },      { "<=", "<=", 5, false },
    { ">", ">", 5, false },       { ">=", ">=", 5, false },  { "like", " LIKE ", 5, false },
    { ".", " . ", 6, true },      { "+", " + ", 7, true },   { "-", " - ", 7, true },
    { "*", " * ", 8, true },      { "/", " / ", 8, true },   { "%", " % ", 8, true },
};

enum { LEVEL_LOOSEST = 0, LEVEL_NOT = 4, LEVEL_COMPARE = 5, LEVEL_SIGN = 9, LEVEL_PRIMARY = 10 };

static const struct level *level_of(const struct node *node)
{
    for (size_t i = 0; i < COUNT_OF(levels); i++)
        if (node->kind == NODE_BINARY && str_is(node->text, levels[i].name))
            return &levels[i];
    return NULL;
}

static int looseness(const struct node *node)
{
    const struct level *level = level_of(node);

    if (level)
        return level->level;
    if (node->kind == NODE_UNARY)
        return str_is(node->text, "not") ? LEVEL_NOT : LEVEL_SIGN;
    return node->kind == NODE_IN ? LEVEL_COMPARE : LEVEL_PRIMARY;
}

static void put_expr(struct buf *out, const struct node *node, int least);

static void put_list(struct buf *out, const struct node *node, uint32_t from)
{
    buf_byte(out, '(');
    for (uint32_t i = from; i < node->count; i++) {
        if (i > from)
            buf_text(out, ", ");
        put_expr(out, node->kid[i], LEVEL_LOOSEST);
    }
    buf_byte(out, ')');
}

static void put_binary(struct buf *out, const struct node *node)
{
    const struct level *level = level_of(node);
    int                 first = node->count == 2 && level->chains ? level->level : level->level + 1;

    if (str_is(node->text, "and") || str_is(node->text, "or"))
        first = level->level + 1;       /* the same operator in parentheses stays a node of its own */
    for (uint32_t i = 0; i < node->count; i++) {
        if (i > 0)
            buf_text(out, level->written);
        put_expr(out, node->kid[i], i == 0 ? first : level->level + 1);
    }
}

static void put_primary(struct buf *out, const struct node *node)
{
    switch (node->kind) {
    case NODE_STRING:
        print_quoted(out, node->text);
        break;
    case NODE_FIELD:
        if (is_bare_name(node->text))
            buf_put(out, node->text);
        else
            put_between(out, '\'', node->text, '\'');
        break;
    case NODE_SUBSEARCH:
        put_between(out, '[', node->text, ']');
        break;
    case NODE_CALL:
        buf_put(out, node->text);
        put_list(out, node, 0);
        break;
    default:
        buf_put(out, node->text);
    }
}

static void put_expr(struct buf *out, const struct node *node, int least)
{
    int own = looseness(node);

    if (own < least)
        buf_byte(out, '(');
    if (node->kind == NODE_UNARY) {
        buf_text(out, own == LEVEL_NOT ? "NOT " : str_is(node->text, "-") ? "-" : "+");
        put_expr(out, node->kid[0], own);
    } else if (node->kind == NODE_BINARY) {
        put_binary(out, node);
    } else if (node->kind == NODE_IN) {
        put_expr(out, node->kid[0], LEVEL_COMPARE + 1);
        buf_text(out, " IN ");
        put_list(out, node, 1);
    } else {
        put_primary(out, node);
    }
    if (own < least)
        buf_byte(out, ')');
}

void print_expr(struct buf *out, const struct node *node)
{
    put_expr(out, node, LEVEL_LOOSEST);
}

/* --- search as SPL ------------------------------------------------------------------------------------------------ */

/* A word as it was typed, or could have been: what would end it goes into quotes. */
static void put_word(struct buf *out, str text, const char *special)
{
    if (text.size == 0)
        buf_text(out, "\"\"");
    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];
        if (c == '"' || c == '\\' || c == '|')
            buf_print(out, "\\%c", c);
        else if (c && (strchr(special, c) || (i == 0 && strchr("=<>!", c))))
            buf_print(out, "\"%c\"", c);
        else
            buf_byte(out, c);
    }
}

static const char word_special[] = " \t\r\n\v\f()[],=<>!", value_special[] = " \t\r\n\v\f()[],";

static bool is_niladic(str text)
{
    return text.size > 2 && str_ends(text, STR("()")) && is_bare_name(str_slice(text, 0, text.size - 2));
}

/* Bare, it would be an operator. (A bare "in" never has a parenthesis behind it: it would have been read as one.) */
static bool reads_otherwise(str word)
{
    return str_is(word, "!") || str_is(word, "OR") || str_is(word, "AND") || str_is(word, "NOT");
}

static void put_term(struct buf *out, const struct node *term, const char *special)
{
    if (term->flags & (NODE_CASED | NODE_WHOLE))
        buf_text(out, term->flags & NODE_CASED ? "CASE(" : "TERM(");
    if (term->kind == NODE_SUBSEARCH)
        put_between(out, '[', term->text, ']');
    else if ((term->flags & NODE_QUOTED) || reads_otherwise(term->text))
        print_quoted(out, term->text);
    else if ((term->flags & (NODE_CASED | NODE_WHOLE)) || (special == value_special && is_niladic(term->text)))
        buf_put(out, term->text);
    else
        put_word(out, term->text, special);
    if (term->flags & (NODE_CASED | NODE_WHOLE))
        buf_byte(out, ')');
}

static void put_search_field(struct buf *out, const struct node *field)
{
    if ((field->flags & NODE_QUOTED) || reads_otherwise(field->text))
        print_quoted(out, field->text);
    else
        put_word(out, field->text, word_special);
}

/* How tightly a search node holds: and 0, or 1, not 2, the rest 3. */
static int tightness(const struct node *node)
{
    if (node->kind == NODE_UNARY)
        return 2;
    return node->kind != NODE_BINARY ? 3 : str_is(node->text, "and") ? 0 : 1;
}

static void put_search(struct buf *out, const struct node *node, int least)
{
    int own = tightness(node);

    if (own < least)
        buf_byte(out, '(');
    switch (node->kind) {
    case NODE_UNARY:
        buf_text(out, "NOT ");
        put_search(out, node->kid[0], 2);
        break;
    case NODE_BINARY:
        for (uint32_t i = 0; i < node->count; i++) {
            buf_text(out, i == 0 ? "" : own == 0 ? " " : " OR ");
            put_search(out, node->kid[i], own + 1);
        }
        break;
    case NODE_COMPARE:
        put_search_field(out, node->kid[0]);
        if (node->flags & NODE_INDEXED)
            buf_text(out, "::");
        else
            buf_put(out, node->text);
        put_term(out, node->kid[1], value_special);
        break;
    case NODE_IN:
        put_search_field(out, node->kid[0]);
        for (uint32_t i = 1; i < node->count; i++) {
            buf_text(out, i == 1 ? " IN (" : ", ");
            put_term(out, node->kid[i], value_special);
        }
        buf_byte(out, ')');
        break;
    case NODE_EVERYTHING:
        buf_text(out, "()");
        break;
    default:
        put_term(out, node, word_special);
    }
    if (own < least)
        buf_byte(out, ')');
}

void print_search(struct buf *out, const struct node *node)
{
    put_search(out, node, 0);
}

/* --- the rest ----------------------------------------------------------------------------------------------------- */

void print_pipeline(struct buf *out, const struct pipeline *pipeline)
{
    for (uint32_t i = 0; i < pipeline->count; i++) {
        const struct clause *clause = &pipeline->clause[i];
        buf_put(out, clause->name);
        buf_text(out, clause->implied ? " (implied)" : "");
        if (clause->argument.size) {
            buf_byte(out, ' ');
            buf_put(out, clause->argument);
        }
        buf_byte(out, '\n');
    }
}

void print_tokens(struct buf *out, const struct tokens *tokens)
{
    static const char *const kind[] = { "end", "word", "string", "pair", "operator", "group", "bracket", "comma" };

    for (uint32_t i = 0; i < tokens->count; i++) {
        const struct token *token = &tokens->item[i];
        buf_print(out, "%s ", kind[token->kind]);
        if (token->kind == TOKEN_PAIR) {
            print_quoted(out, token->name);
            buf_byte(out, ' ');
            buf_put(out, token->operator_text);
            buf_print(out, " %s ", kind[token->value_kind]);
        }
        print_quoted(out, token->text);
        buf_byte(out, '\n');
    }
}

void print_assignments(struct buf *out, const struct assignments *assignments)
{
    for (uint32_t i = 0; i < assignments->count; i++) {
        print_quoted(out, assignments->item[i].target);
        buf_text(out, assignments->item[i].dynamic ? " (dynamic) = " : " = ");
        print_node(out, assignments->item[i].value);
        buf_byte(out, '\n');
    }
}

static void put_aggregate(struct buf *out, const struct aggregate_term *term)
{
    buf_put(out, term->function);
    buf_byte(out, '(');
    if (term->inner)
        put_aggregate(out, term->inner);
    if (term->expression)
        print_node(out, term->expression);
    else if (term->has_argument)
        print_quoted(out, term->argument);
    if (term->step.size) {
        buf_text(out, ", ");
        buf_put(out, term->step);
    }
    buf_byte(out, ')');
}

void print_aggregates(struct buf *out, const struct aggregates *aggregates)
{
    for (uint32_t i = 0; i < aggregates->count; i++) {
        put_aggregate(out, &aggregates->item[i]);
        buf_text(out, aggregates->item[i].renamed ? " as " : " named ");
        print_quoted(out, aggregates->item[i].name);
        buf_byte(out, '\n');
    }
}
