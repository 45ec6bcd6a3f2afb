#include "syntax/expand.h"

#include "base/suggest.h"
#include "syntax/macro_call.h"
#include "syntax/marked.h"
#include "value/number.h"

enum { TRAIL = 4 };                     /* macros named in a message about one inside others */

struct expander {
    struct arena        *arena;
    struct heap         *heap;
    struct diag         *diag;
    const struct macros *macros;
    struct source       *out;
    uint32_t             frames_capacity;
    struct marked       *result;
    struct marking       marking;       /* the same heap and diag */
    uint32_t            *edge;          /* where calls began and ended in the result, in order */
    uint32_t             edges, edges_capacity;
    uint32_t             calls;
    status               failure;       /* an unknown macro is reported and the rest read on */
};

/* --- errors: nothing is expanded yet, so places are those of the user's text -------------------------------------- */

static struct span user_span(const struct expander *expander, const struct marked *in, struct span at)
{
    const struct source_piece *piece = &in->piece[marked_piece(in, at.from)];
    uint32_t                   frame, offset, size = at.to - at.from;

    if (in->pieces == 0)
        return (struct span){ 0, 0 };
    frame = piece->frame;
    offset = piece->offset + (at.from - piece->at);
    while (frame != 0) {
        offset = expander->out->frame[frame].offset;
        size = expander->out->frame[frame].size;
        frame = expander->out->frame[frame].parent;
    }
    if (size > expander->out->text.size - offset)
        size = (uint32_t)expander->out->text.size - offset;
    return (struct span){ offset, offset + size };
}

/* " (in macro inner(1), called in outer)": the macros that a byte came from, innermost first; empty for what was typed. */
static str trail_of(struct expander *expander, const struct marked *in, uint32_t at)
{
    const struct source *out = expander->out;
    uint32_t             frame = in->pieces ? in->piece[marked_piece(in, at)].frame : 0, shown = 0;
    struct buf           text;
    str                  trail = STR("");

    if (frame == 0)
        return trail;
    buf_init(&text, expander->heap);
    for (; frame && shown < TRAIL; frame = out->frame[frame].parent, shown++)
        buf_print(&text, "%s%.*s", shown ? ", called in " : " (in macro ", SHOW(out->frame[frame].name));
    buf_text(&text, frame ? ", ...)" : ")");
    if (!text.failed)
        trail = arena_str(expander->arena, buf_str(&text));
    buf_free(&text);
    return trail.at ? trail : STR("");
}

static status fail(struct expander *expander, const struct marked *in, struct span at, const char *code,
                   const char *message)
{
    str trail = trail_of(expander, in, at.from);

    return diag_at(expander->diag, FAIL_QUERY, user_span(expander, in, at), code, "%s%.*s", message, SHOW(trail));
}

static status read_call(struct expander *expander, const struct marked *in, uint32_t *at, struct macro_call *call)
{
    TRY(macro_call_read(buf_str(&in->text), at, expander->heap, call));
    return call->message ? fail(expander, in, call->wrong, call->code, call->message) : OK;
}

/* --- one call ----------------------------------------------------------------------------------------------------- */

static str call_label(struct expander *expander, str name, uint32_t count)
{
    char  *text = arena_alloc(expander->arena, name.size + 16);
    char   digits[12];
    size_t size = name.size, length = 0;

    if (!text)
        return name;
    memcpy(text, name.at, name.size);
    if (count) {
        text[size++] = '(';
        for (uint32_t rest = count; rest; rest /= 10)
            digits[length++] = (char)('0' + rest % 10);
        while (length)
            text[size++] = digits[--length];
        text[size++] = ')';
    }
    return (str){ text, size };
}

static void suggest_name(struct expander *expander, str name)
{
    const struct macros *macros = expander->macros;
    struct suggest       near = suggest_for(name);

    if (!expander->diag || expander->diag->dropped)
        return;
    for (uint32_t i = 0; macros && macros->name; i++) {
        str known = macros->name(macros->host, i);
        if (known.size == 0)
            break;
        if (str_equal(known, name)) {
            diag_hint(expander->diag, "it is defined for another number of arguments");
            return;
        }
        suggest_offer(&near, known);
    }
    if (near.best.size)
        diag_hint(expander->diag, "did you mean '%.*s'?", SHOW(near.best));
}

/* An argument as the macro sees it: outer quotes off, and then \" is a quote. */
static bool is_quoted(str text, struct span at)
{
    return at.to - at.from >= 2 && text.at[at.from] == '"'
        && macro_skip_string(str_slice(text, 0, at.to), at.from) == at.to && text.at[at.to - 1] == '"';
}

static status put_argument(struct expander *expander, struct marked *to, const struct marked *in, struct span at)
{
    str      text = buf_str(&in->text);
    uint32_t from;

    if (!is_quoted(text, at))
        return marked_put_part(&expander->marking, to, in, at.from, at.to);
    from = ++at.from;
    at.to--;
    for (uint32_t i = at.from; i + 1 < at.to; i++) {
        if (text.at[i] != '\\')
            continue;
        if (text.at[i + 1] == '"') {
            TRY(marked_put_part(&expander->marking, to, in, from, i));
            from = i + 1;
        }
        i++;
    }
    return marked_put_part(&expander->marking, to, in, from, at.to);
}

static status argument_values(struct expander *expander, const struct marked *in, const struct macro_call *call, str **out)
{
    struct marked one;
    status        outcome = OK;

    *out = ARENA_ARRAY(expander->arena, str, call->count + 1);
    TRY_NEW(*out);
    marked_init(&one, expander->heap);
    for (uint32_t i = 0; i < call->count && outcome == OK; i++) {
        buf_clear(&one.text);
        one.pieces = 0;
        outcome = put_argument(expander, &one, in, call->argument[i]);
        (*out)[i] = arena_str(expander->arena, buf_str(&one.text));
        if (outcome == OK && !(*out)[i].at)
            outcome = FAIL_MEMORY;
    }
    marked_free(&one);
    return outcome;
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'
        || c == '.' || c == ':';
}

/* The argument that $name$ at text.at[at] stands for; *end: behind the second dollar. Count when there is
 * none. */
static uint32_t argument_token(const struct macro *macro, str text, uint32_t at, uint32_t *end)
{
    uint32_t to = at + 1, i = 0;

    while (to < text.size && is_name_byte(text.at[to]))
        to++;
    if (to >= text.size || text.at[to] != '$')
        return macro->count;
    while (i < macro->count && !str_equal(macro->argument[i], str_slice(text, at + 1, to)))
        i++;
    *end = to + 1;
    return i;
}

/* The definition with its arguments filled in. */
static status fill(struct expander *expander, const struct macro *macro, str definition, uint32_t frame,
                   const struct marked *in, const struct macro_call *call, struct marked *out)
{
    uint32_t from = 0, end = 0;

    for (uint32_t i = 0; i < definition.size; i++) {
        uint32_t argument;
        if (definition.at[i] != '$' || (argument = argument_token(macro, definition, i, &end)) == macro->count)
            continue;
        TRY(marked_put(&expander->marking, out, str_slice(definition, from, i), frame, from));
        if (argument < call->count)
            TRY(put_argument(expander, out, in, call->argument[argument]));
        from = end;
        i = end - 1;
    }
    return marked_put(&expander->marking, out, str_slice(definition, from, definition.size), frame, from);
}

/* An expression of the macro, arguments filled in textually and as fields; its mistakes are told at the
 * call. */
static status evaluate(struct expander *expander, const struct macro *macro, str expression, const struct marked *in,
                       const struct macro_call *call, struct cell *value)
{
    struct marked filled;
    struct diag   inner;
    str          *values, text;
    status        outcome;

    if (!expander->macros->evaluate)
        return fail(expander, in, call->whole, "macro-eval", "this macro cannot be evaluated here");
    TRY(argument_values(expander, in, call, &values));
    marked_init(&filled, expander->heap);
    diag_init(&inner, expander->heap);
    outcome = fill(expander, macro, expression, 0, in, call, &filled);
    if (outcome == OK) {
        text = arena_str(expander->arena, buf_str(&filled.text));
        outcome = text.at ? expander->macros->evaluate(expander->macros->host, text, macro, values,
                                                       expander->macros->context, expander->arena, &inner, value)
                          : FAIL_MEMORY;
    }
    if (outcome != OK && outcome != FAIL_MEMORY) {
        str why = inner.count ? inner.item[0].message : STR("it cannot be evaluated");
        str trail = trail_of(expander, in, call->whole.from);
        outcome = diag_at(expander->diag, FAIL_QUERY, user_span(expander, in, call->whole), "macro-eval",
                          "macro '%.*s': %.*s%.*s", SHOW(macro->name), SHOW(why), SHOW(trail));
    }
    diag_free(&inner);
    marked_free(&filled);
    return outcome;
}

/* A condition passes when it is true; any other expression when it is null, and its text is the message. */
static status validate(struct expander *expander, const struct macro *macro, const struct marked *in,
                       const struct macro_call *call)
{
    struct cell value = cell_null();
    str         message = macro->message, trail;

    if (str_trim_blanks(macro->validation).size == 0)
        return OK;
    TRY(evaluate(expander, macro, macro->validation, in, call, &value));
    if ((value.kind == KIND_BOOLEAN && value.truth) || value.kind == KIND_NULL || value.kind == KIND_NUMBER)
        return OK;
    if (value.kind == KIND_TEXT)
        message = cell_str(&value);
    if (message.size == 0)
        message = STR("its arguments are not valid");
    trail = trail_of(expander, in, call->whole.from);
    return diag_at(expander->diag, FAIL_QUERY, user_span(expander, in, call->whole), "macro-validation",
                   "macro '%.*s': %.*s%.*s", SHOW(macro->name), SHOW(message), SHOW(trail));
}

/* The text of an iseval macro. */
static status evaluated_text(struct expander *expander, const struct macro *macro, const struct marked *in,
                             const struct macro_call *call, str *out)
{
    struct cell value = cell_null();
    char        number[NUMBER_ROOM];

    TRY(evaluate(expander, macro, macro->definition, in, call, &value));
    if (value.kind == KIND_NUMBER)
        *out = arena_str(expander->arena, (str){ number, number_format(value.number, value.decimals, number) });
    else if (value.kind == KIND_TEXT)
        *out = arena_str(expander->arena, cell_str(&value));
    else
        return fail(expander, in, call->whole, "macro-eval", "the macro's expression gave no text");
    TRY_NEW(out->at);
    return OK;
}

static status new_frame(struct expander *expander, const struct marked *in, const struct macro_call *call, str name,
                        str definition, uint32_t *frame)
{
    struct source             *out = expander->out;
    const struct source_piece *piece = &in->piece[marked_piece(in, call->whole.from)];
    const struct source_piece *last = &in->piece[marked_piece(in, call->whole.to - 1)];
    uint32_t                   offset = piece->offset + (call->whole.from - piece->at);
    uint32_t                   size = call->whole.to - call->whole.from;

    /* in the definition the call may be written with arguments that are shorter or longer than what they stand for */
    if (last->frame == piece->frame)
        size = last->offset + (call->whole.to - last->at) - offset;

    if (out->frames == expander->frames_capacity) {
        uint32_t             capacity = out->frames ? 2 * out->frames : 16;
        struct source_frame *more = ARENA_ARRAY(expander->arena, struct source_frame, capacity);
        TRY_NEW(more);
        if (out->frames)
            memcpy(more, out->frame, out->frames * sizeof *more);
        out->frame = more;
        expander->frames_capacity = capacity;
        if (out->frames == 0)
            out->frames = 1;            /* frame 0 is the user's text */
    }
    *frame = out->frames++;
    out->frame[*frame] = (struct source_frame){
        .name = name, .definition = definition, .parent = piece->frame,
        .offset = offset, .size = size,
    };
    return OK;
}

static status expand_text(struct expander *expander, const struct marked *in, uint32_t depth);

static status expand_known(struct expander *expander, const struct macro *macro, const struct marked *in,
                           const struct macro_call *call, uint32_t depth)
{
    struct marked filled;
    uint32_t      frame;
    status        outcome;
    str           definition;

    if (depth > EXPAND_DEPTH)
        return fail(expander, in, call->whole, "macro-depth", "macros call each other without end");
    TRY(validate(expander, macro, in, call));
    if (macro->iseval)
        TRY(evaluated_text(expander, macro, in, call, &definition));
    else
        definition = arena_str(expander->arena, macro->definition);
    TRY_NEW(definition.at);
    TRY(new_frame(expander, in, call, call_label(expander, macro->name, macro->count), definition, &frame));
    marked_init(&filled, expander->heap);
    outcome = macro->iseval ? marked_put(&expander->marking, &filled, definition, frame, 0)
                            : fill(expander, macro, definition, frame, in, call, &filled);
    if (outcome == OK && filled.pieces)
        outcome = expand_text(expander, &filled, depth);
    marked_free(&filled);
    return outcome;
}

static status expand_call(struct expander *expander, const struct marked *in, const struct macro_call *call, uint32_t depth)
{
    const struct macros *macros = expander->macros;
    str                  name = str_slice(buf_str(&in->text), call->name.from, call->name.to), label, trail;
    const struct macro  *macro = NULL;

    if (++expander->calls > EXPAND_CALLS)
        return fail(expander, in, call->whole, "macro-depth", "the query calls too many macros");
    if (macros && macros->find) {
        macro = macros->find(macros->host, name, call->count);
        if (!macro && call->count == 0 && call->parentheses)    /* `m()` is m(1) with an empty argument if there is no m */
            macro = macros->find(macros->host, name, 1);
    }
    if (macro)
        return expand_known(expander, macro, in, call, depth);
    if (str_is_nocase(name, "comment"))             /* built in; a host's own comes first */
        return marked_put(&expander->marking, expander->result, STR(" "), 0, user_span(expander, in, call->whole).from);
    label = call_label(expander, name, call->count);
    trail = trail_of(expander, in, call->whole.from);
    expander->failure = diag_at(expander->diag, FAIL_QUERY, user_span(expander, in, call->whole), "unknown-macro",
                                "unknown macro '%.*s'%.*s", SHOW(label), SHOW(trail));
    suggest_name(expander, name);
    return OK;
}

/* --- the text ----------------------------------------------------------------------------------------------------- */

static status skip_comment(struct expander *expander, const struct marked *in, uint32_t *at)
{
    uint32_t from = *at;
    size_t   end = str_find(buf_str(&in->text), STR("```"), from + 3);

    if (end == SIZE_MAX)
        return fail(expander, in, (struct span){ from, from + 3 }, "unbalanced", "this comment has no end");
    *at = (uint32_t)end + 3;
    return marked_put(&expander->marking, expander->result, STR(" "), 0,
                     user_span(expander, in, (struct span){ from, from + 1 }).from);
}

static status put_edge(struct expander *expander)
{
    TRY_NEW(heap_grow(expander->heap, &expander->edge, &expander->edges_capacity, expander->edges + 1,
                      sizeof *expander->edge));
    expander->edge[expander->edges++] = (uint32_t)expander->result->text.size;
    return OK;
}

static status expand_text(struct expander *expander, const struct marked *in, uint32_t depth)
{
    str      text = buf_str(&in->text);
    uint32_t at = 0, from = 0, size = (uint32_t)text.size;

    while (at < size) {
        char c = text.at[at];
        if (c == '"') {
            at = macro_skip_string(text, at);
        } else if (c != '`') {
            at += c == '\\' && at + 1 < size ? 2 : 1;
        } else {
            TRY(marked_put_part(&expander->marking, expander->result, in, from, at));
            if (str_starts(str_slice(text, at, size), STR("```"))) {
                TRY(skip_comment(expander, in, &at));
            } else {
                struct macro_call call = { .count = 0 };
                status      outcome = read_call(expander, in, &at, &call);
                if (outcome == OK)
                    outcome = put_edge(expander);
                if (outcome == OK)
                    outcome = expand_call(expander, in, &call, depth + 1);
                if (outcome == OK)
                    outcome = put_edge(expander);
                macro_call_free(&call, expander->heap);
                TRY(outcome);
            }
            from = at;
        }
    }
    return marked_put_part(&expander->marking, expander->result, in, from, size);
}

/* Macros often begin or end with a pipe of their own, or are nothing but a comment between pipes: where two pipes meet at
 * the edge of a call, or one and the end of the text, the first is taken away (knowledge 1.4). An empty stage that somebody
 * typed stays the mistake it is. */
static void join_pipes(struct expander *expander)
{
    char    *text = expander->result->text.at;
    uint32_t size = (uint32_t)expander->result->text.size, seen = 0;

    for (uint32_t i = 0; i < expander->edges; i++) {
        uint32_t left = expander->edge[i], right = left;

        if (i > 0 && left <= seen)
            continue;                   /* among the blanks that were looked at just now */
        while (left > 0 && is_blank(text[left - 1]))
            left--;
        while (right < size && is_blank(text[right]))
            right++;
        seen = right;
        if (left > 0 && text[left - 1] == '|' && !(left > 1 && text[left - 2] == '\\')
            && (right == size || text[right] == '|'))
            text[left - 1] = ' ';
    }
}

static status keep_result(struct expander *expander)
{
    struct source *out = expander->out;
    struct marked *result = expander->result;

    join_pipes(expander);

    out->expanded = arena_str(expander->arena, buf_str(&result->text));
    out->piece = ARENA_ARRAY(expander->arena, struct source_piece, result->pieces + 1);
    if (!out->expanded.at || !out->piece)
        return FAIL_MEMORY;
    if (result->pieces)
        memcpy(out->piece, result->piece, result->pieces * sizeof *out->piece);
    out->pieces = result->pieces;
    return OK;
}

status expand(struct arena *arena, struct diag *diag, str text, const struct macros *macros, struct source *out)
{
    struct expander expander = { .arena = arena, .heap = arena->heap, .diag = diag, .macros = macros, .out = out,
                                 .marking = { .heap = arena->heap, .diag = diag } };
    struct marked   in, result;
    status          outcome;

    if (str_starts(text, STR("\xEF\xBB\xBF")))
        text = str_slice(text, 3, text.size);
    *out = source_plain(text);
    if (text.size > EXPAND_BYTES)
        return diag_at(diag, FAIL_QUERY, (struct span){ 0, 0 }, "too-long", "the query is too long");
    if (text.size == 0 || !memchr(text.at, '`', text.size))
        return OK;
    marked_init(&in, arena->heap);
    marked_init(&result, arena->heap);
    expander.result = &result;
    outcome = marked_put(&expander.marking, &in, text, 0, 0);
    if (outcome == OK)
        outcome = expand_text(&expander, &in, 0);
    if (outcome == OK)
        outcome = expander.failure;
    if (outcome == OK)
        outcome = keep_result(&expander);
    if (outcome != OK)
        *out = source_plain(text);      /* what was reported has places in the user's text */
    heap_free(arena->heap, expander.edge, expander.edges_capacity * sizeof *expander.edge);
    marked_free(&in);
    marked_free(&result);
    return outcome;
}
