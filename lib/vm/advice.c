/* Expressions that are right and yet hardly ever meant: a word to the author. */
#include "vm/emit.h"

/* Whoever comes from search writes where name="*power*". A lone star is a value of its own, as in access policies, and
 * ".*" tells of a regex. */
static void warn_star(struct emit *emit, const struct node *text)
{
    str written = text->text;

    if (text->kind != NODE_STRING || written.size < 3 || str_find(written, STR(".*"), 0) != SIZE_MAX ||
        (written.at[0] != '*' && written.at[written.size - 1] != '*'))
        return;
    diag_warn(emit->compile->diag, text->span, "star-is-text", "'*' is no wildcard in eval and where");
    diag_hint(emit->compile->diag, "use search, like() with %% or match()");
}

/* user='root' compares with the field root. */
static void note_quoted(struct emit *emit, const struct node *field)
{
    str name = field->text;

    if (field->kind != NODE_FIELD || !(field->flags & NODE_QUOTED) || name.size == 0)
        return;
    for (size_t i = 0; i < name.size; i++) {
        char c = name.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (i && c >= '0' && c <= '9')))
            return;                         /* a name that needs its quotes */
    }
    diag_note(emit->compile->diag, field->span, "quoted-field", "'%.*s' in single quotes is a field", SHOW(name));
    diag_hint(emit->compile->diag, "text is written \"%.*s\"", SHOW(name));
}

/* "user"="root" compares two texts. Text on the left of a field is a matter of taste. */
static void warn_text(struct emit *emit, const struct node *node)
{
    const struct node *text = node->kid[0];

    if (text->kind != NODE_STRING || text->text.size == 0)
        return;
    if (node->kind != NODE_CALL)
        for (uint32_t i = 1; i < node->count; i++)
            if (node->kid[i]->kind != NODE_STRING && node->kid[i]->kind != NODE_NUMBER)
                return;
    diag_warn(emit->compile->diag, text->span, "text-for-field", "\"%.*s\" is text, not a field", SHOW(text->text));
    diag_hint(emit->compile->diag, "a field's name is bare or in single quotes: '%.*s'", SHOW(text->text));
}

/* x=null() is NULL for every x, so nothing passes. */
static void warn_null(struct emit *emit, const struct node *node)
{
    for (uint32_t i = 0; i < node->count; i++) {
        const struct node *kid = node->kid[i];

        if (kid->kind != NODE_CALL || kid->count > 0 || !str_is_nocase(kid->text, "null"))
            continue;
        diag_warn(emit->compile->diag, node->span, "compares-null", "a comparison with null() is never true");
        diag_hint(emit->compile->diag, "write isnull(field) or isnotnull(field)");
        return;
    }
}

/* user LIKE "adm*" */
static void warn_like(struct emit *emit, const struct node *pattern)
{
    str written = pattern->text;

    if (pattern->kind != NODE_STRING || written.size < 2 || memchr(written.at, '%', written.size) ||
        (written.at[0] != '*' && written.at[written.size - 1] != '*'))
        return;
    diag_warn(emit->compile->diag, pattern->span, "star-is-text", "'*' is no wildcard in like()");
    diag_hint(emit->compile->diag, "any text is %%, one character _");
}

/* strftime(_time, '%H:%M') formats by a field of that name. */
static void warn_format(struct emit *emit, const struct node *format)
{
    if (format->kind != NODE_FIELD || !(format->flags & NODE_QUOTED) ||
        !memchr(format->text.at, '%', format->text.size))
        return;
    diag_note(emit->compile->diag, format->span, "quoted-field", "'%.*s' in single quotes is a field", SHOW(format->text));
    diag_hint(emit->compile->diag, "text is written \"%.*s\"", SHOW(format->text));
}

/* cidrmatch(ip, "10.0.0.0/8") and like("adm%", user): the wrong way round. */
static void warn_order(struct emit *emit, const struct node *call)
{
    const struct node *left = call->kid[0], *right = call->kid[1];

    if (str_is_nocase(call->text, "cidrmatch") && right->kind == NODE_STRING && left->kind != NODE_STRING &&
        memchr(right->text.at, '/', right->text.size)) {
        diag_warn(emit->compile->diag, right->span, "bad-block", "this is no address, so nothing matches");
        diag_hint(emit->compile->diag, "the block comes first: cidrmatch(block, address)");
    }
    if (str_is_nocase(call->text, "like") && left->kind == NODE_STRING && right->kind == NODE_FIELD &&
        memchr(left->text.at, '%', left->text.size)) {
        diag_warn(emit->compile->diag, left->span, "text-for-field", "the pattern is the field here, this is the text");
        diag_hint(emit->compile->diag, "the text comes first: like(text, pattern)");
    }
}

void advise_call(struct emit *emit, const struct node *node)
{
    if (node->count == 1 && (str_is_nocase(node->text, "isnull") || str_is_nocase(node->text, "isnotnull")))
        warn_text(emit, node);
    if (node->count != 2)
        return;
    warn_order(emit, node);
    if (str_is_nocase(node->text, "like"))
        warn_like(emit, node->kid[1]);
    if (str_is_nocase(node->text, "strftime") || str_is_nocase(node->text, "strptime"))
        warn_format(emit, node->kid[1]);
}

static bool compares(str name)
{
    static const char *const words[] = { "=", "!=", "<", "<=", ">", ">=", "like" };

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_is(name, words[i]))
            return true;
    return false;
}

void advise_operator(struct emit *emit, const struct node *node)
{
    if (compares(node->text)) {
        warn_text(emit, node);
        warn_null(emit, node);
    }
    if (str_is(node->text, "like"))
        warn_like(emit, node->kid[1]);
    if (!str_is(node->text, "=") && !str_is(node->text, "!="))
        return;
    warn_star(emit, node->kid[0]);
    warn_star(emit, node->kid[1]);
    note_quoted(emit, node->kid[1]);
}

void advise_member(struct emit *emit, const struct node *node)
{
    warn_text(emit, node);
    for (uint32_t i = 1; i < node->count; i++) {
        warn_star(emit, node->kid[i]);
        note_quoted(emit, node->kid[i]);
    }
}
