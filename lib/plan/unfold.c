/* Commands that stand for another pipeline (savedsearch, from), unfolded before the query is parsed: the text of the
 * pipeline takes the place of the command and its arguments, as that of a macro does, and may hold such commands, too. */
#include "plan/passes.h"
#include "syntax/outside.h"
#include "syntax/parse.h"

enum { NESTED_MOST = 10, UNFOLDED_MOST = 1000, TEXT_MOST = 64 << 20, BRACKETS = 100, WORD_MOST = 64 };

struct bracket {
    bool fed;                           /* rows come from the command that holds it: no first command could make some */
    bool feeding;                       /* the clause around it, as below */
};

/* How far the text has been looked through. */
struct unfolding {
    const struct vocabulary *words;
    str                      text;
    size_t                   at;        /* where a clause begins, or goes on behind a bracket; */
    bool                     begins;    /* the first one of a pipeline */
    bool                     feeding;   /* its brackets are fed with its rows */
    struct bracket           bracket[BRACKETS];
    uint32_t                 brackets;
};

static bool is_feeding(str command)
{
    return str_is_nocase(command, "appendpipe") || str_is_nocase(command, "foreach") ||
           str_is_nocase(command, "multireport");
}

static size_t skip_blanks(str text, size_t at)
{
    while (at < text.size && is_blank(text.at[at]))
        at++;
    return at;
}

/* The word of letters at `at`, if it ends as the name of a command does. */
static str word_at(str text, size_t at)
{
    size_t end = at;

    while (end < text.size && end - at < WORD_MOST &&
           ((text.at[end] >= 'a' && text.at[end] <= 'z') || (text.at[end] >= 'A' && text.at[end] <= 'Z')))
        end++;
    if (end < text.size && !is_blank(text.at[end]) && (!text.at[end] || !strchr("|[]\"", text.at[end])))
        return STR("");
    at = end > at ? at : end;
    return str_slice(text, at, end);
}

/* The command at the beginning of a pipeline that stands for another one, and where it is; NULL: there is none. */
static const struct command *command_here(const struct unfolding *unfolding, struct span *name)
{
    const struct command *command;
    str                   text = unfolding->text, word;
    size_t                at = skip_blanks(text, unfolding->at);

    if (!unfolding->begins || (unfolding->brackets && unfolding->bracket[unfolding->brackets - 1].fed))
        return NULL;
    if (at < text.size && text.at[at] == '|')
        at = skip_blanks(text, at + 1);
    word = word_at(text, at);
    command = word.size ? vocabulary_command(unfolding->words, word) : NULL;
    *name = (struct span){ (uint32_t)at, (uint32_t)(at + word.size) };
    at = skip_blanks(text, name->to);
    return command && command->stands_for && (at == text.size || text.at[at] != '=') ? command : NULL;  /* a field else */
}

/* Goes on to the next clause. False: there is none. */
static bool step(struct unfolding *unfolding)
{
    str    text = unfolding->text;
    size_t mark = outside_find(text, unfolding->at, "|[]", NULL);

    if (mark == text.size)
        return false;
    if (text.at[mark] == '[') {
        if (unfolding->brackets == BRACKETS)
            return false;               /* the parser will say so */
        unfolding->bracket[unfolding->brackets++] = (struct bracket){ unfolding->feeding, unfolding->feeding };
    }
    if (text.at[mark] == ']' && unfolding->brackets)
        unfolding->feeding = unfolding->bracket[--unfolding->brackets].feeding;
    else
        unfolding->feeding = is_feeding(word_at(text, skip_blanks(text, mark + 1)));
    unfolding->begins = text.at[mark] == '[';
    unfolding->at = mark + 1;
    if (unfolding->begins) {            /* with a pipe, perhaps */
        mark = skip_blanks(text, mark + 1);
        unfolding->feeding = is_feeding(word_at(text, mark < text.size && text.at[mark] == '|'
                                                          ? skip_blanks(text, mark + 1) : mark));
    }
    return true;
}

static size_t clause_end(str text, size_t at)
{
    for (;;) {
        size_t mark = outside_find(text, at, "|[]", NULL);

        if (mark == text.size || text.at[mark] != '[')
            return mark;
        at = text_skip_bracket(text, (uint32_t)mark);
        if (at == 0)
            return text.size;
    }
}

/* The text that stands for the clause; NULL: it stays as it is. */
static status read_clause(struct binder *binder, const struct command *command, struct span name, size_t end, str *out)
{
    str           text = binder->text, argument = str_trim_blanks(str_slice(text, name.to, end));
    uint32_t      from = argument.size ? (uint32_t)(argument.at - text.at) : name.to;
    struct clause clause = {
        .name = str_slice(text, name.from, name.to), .name_span = name, .argument = argument,
        .argument_span = { from, from + (uint32_t)argument.size }, .span = { name.from, from + (uint32_t)argument.size },
    };
    struct stage stage = { .command = command, .name = clause.name, .span = clause.span };

    if (memchr(argument.at, '[', argument.size) && outside_find(argument, 0, "[", NULL) < argument.size)
        return diag_at(binder->diag, FAIL_QUERY, clause.argument_span, "subsearch",
                       "a subsearch cannot say what '%s' stands for", command->name);
    TRY(bind_arguments(binder, &stage, &clause));
    return command->stands_for(binder, &stage, out);
}

struct changes {
    struct source_change *item;         /* of the heap */
    uint32_t              count, room;
    uint32_t              total;        /* with those of former rounds */
};

static status add_change(struct heap *heap, struct changes *changes, struct span span, str name, str text)
{
    if (!heap_grow(heap, &changes->item, &changes->room, changes->count + 1, sizeof *changes->item))
        return FAIL_MEMORY;
    changes->item[changes->count++] = (struct source_change){ .span = span, .text = text, .name = name };
    return OK;
}

/* What stands for all such commands in the text, as it is. */
static status read_all(struct binder *binder, struct changes *changes)
{
    struct unfolding unfolding = { .words = binder->compile.words, .text = binder->text, .begins = true };

    do {
        struct span           name;
        const struct command *command = command_here(&unfolding, &name);
        size_t                end = command ? clause_end(unfolding.text, name.to) : 0;
        str                   text = { NULL, 0 };

        if (!command)
            continue;
        if (changes->total++ == UNFOLDED_MOST)
            return diag_at(binder->diag, FAIL_QUERY, name, "too-long", "more than %d commands stand for searches",
                           UNFOLDED_MOST);
        TRY(read_clause(binder, command, name, end, &text));
        if (text.at)
            TRY(add_change(binder->compile.heap, changes, (struct span){ name.from, (uint32_t)end }, str_of(command->name),
                           text));
        unfolding.at = end;
    } while (step(&unfolding));
    return OK;
}

/* All at once, as each change copies the text. */
static status replace(struct binder *binder, const struct changes *changes, struct source *source)
{
    struct source made;
    status        s = source_change(binder->arena, source, changes->item, changes->count, &made);

    if (s == FAIL_LIMIT || (s == OK && made.expanded.size > TEXT_MOST))
        return diag_at(binder->diag, FAIL_QUERY, changes->item[0].span, "too-long", "the query is too long");
    TRY(s);
    *source = made;
    return OK;
}

/* Once through the text. DONE: there is nothing more to unfold. */
static status unfold_some(struct binder *binder, uint32_t round, struct changes *changes, struct source *source)
{
    binder->text = source->expanded;
    changes->count = 0;
    TRY(read_all(binder, changes));
    if (changes->count == 0)
        return DONE;
    if (round == NESTED_MOST)
        return diag_at(binder->diag, FAIL_QUERY, changes->item[0].span, "too-long",
                       "saved searches refer to each other without end");
    return replace(binder, changes, source);
}

status plan_unfold(struct binder *binder, struct source *source)
{
    struct changes changes = { 0 };
    status         s = OK;

    for (uint32_t round = 0; s == OK; round++)
        s = unfold_some(binder, round, &changes, source);
    heap_free(binder->compile.heap, changes.item, changes.room * sizeof *changes.item);
    return s == DONE ? OK : s;
}
