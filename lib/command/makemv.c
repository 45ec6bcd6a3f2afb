/* makemv [delim=<text>|tokenizer=<regex>] [allowempty=<bool>] [setsv=<bool>] <field>: a text becomes a list
 * (commands 3). With a tokenizer the first group of every match is a value. Where that makes no value the
 * field stays. */
#include "command/change.h"
#include "plan/bind.h"
#include "syntax/parse.h"
#include "text/regex.h"
#include "value/number.h"

enum { DELIM, TOKENIZER, ALLOWEMPTY, SETSV, FIELD };

static const struct param makemv_params[] = {
    [DELIM] = { "delim", PARAM_TEXT, PLACE_NAMED, .preset = " ", .help = "what stands between values" },
    [TOKENIZER] = { "tokenizer", PARAM_TEXT, PLACE_NAMED, .help = "a regex; its first group is a value" },
    [ALLOWEMPTY] = { "allowempty", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "keep empty values" },
    [SETSV] = { "setsv", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "join the values again, by blanks" },
    [FIELD] = { "field", PARAM_FIELD, PLACE_FIRST, .required = true, .help = "what is split" },
    { 0 }
};

struct makemv_bound {
    str           delim;
    struct regex *tokenizer;            /* NULL: delim */
    bool          empty, single;
};

struct makemv {
    struct op                  op;
    const struct makemv_bound *bound;
    const struct name         *field;
    struct regex_match        *match;
    struct cell               *piece;   /* of the value at hand */
    uint32_t                   pieces, room;
};

static status bind_tokenizer(struct binder *binder, struct stage *stage, struct makemv_bound *bound)
{
    str                pattern = STR("");
    struct regex_error error;
    status             result;

    for (uint32_t i = 0; i < stage->tokens.count; i++)
        if (stage->tokens.item[i].kind == TOKEN_PAIR && str_is_nocase(stage->tokens.item[i].name, "tokenizer"))
            pattern = token_value(&stage->tokens.item[i]);
    result = regex_compile(binder->compile.heap, binder->compile.context->cpu, pattern, 0, &bound->tokenizer, &error);
    if (result == FAIL_QUERY)
        return diag_at(binder->diag, FAIL_QUERY, stage_argument(stage, TOKENIZER)->span, "bad-regex",
                       "the regex is invalid: %s at character %zu", error.message, error.offset);
    TRY(result);
    if (regex_groups(bound->tokenizer) == 0)
        return diag_at(binder->diag, FAIL_QUERY, stage_argument(stage, TOKENIZER)->span, "bad-regex",
                       "the tokenizer needs a group in parentheses: that is the value");
    return OK;
}

static status makemv_bind(struct binder *binder, struct stage *stage)
{
    struct makemv_bound *bound = stage->bound;

    bound->delim = stage_argument(stage, DELIM)->text;
    bound->empty = stage_argument(stage, ALLOWEMPTY)->truth;
    bound->single = stage_argument(stage, SETSV)->truth;
    if (bound->delim.size == 0)
        return diag_at(binder->diag, FAIL_QUERY, stage_argument(stage, DELIM)->span, "bad-argument",
                       "'delim' of 'makemv' is empty");
    if (stage_argument(stage, DELIM)->given && stage_argument(stage, TOKENIZER)->given)
        return diag_at(binder->diag, FAIL_QUERY, stage_argument(stage, TOKENIZER)->span, "bad-argument",
                       "'makemv' takes either 'delim' or 'tokenizer'");
    return stage_argument(stage, TOKENIZER)->given ? bind_tokenizer(binder, stage, bound) : OK;
}

static void makemv_drop(struct stage *stage)
{
    struct makemv_bound *bound = stage->bound;

    if (bound->tokenizer)
        regex_free(bound->tokenizer);
}

static status put(struct makemv *makemv, str text)
{
    if (text.size == 0 && !makemv->bound->empty)
        return OK;
    if (!heap_grow(&makemv->op.run->heap, &makemv->piece, &makemv->room, makemv->pieces + 1, sizeof *makemv->piece))
        return FAIL_MEMORY;
    makemv->piece[makemv->pieces++] = cell_field_text(text);
    return OK;
}

static status tokenize(struct makemv *makemv, str text)
{
    const struct regex *regex = makemv->bound->tokenizer;
    status              result = regex_find(regex, makemv->match, text, 0);

    for (; result == OK; result = regex_find_next(regex, makemv->match, text)) {
        str group = regex_group(makemv->match, text, 1);
        if (group.at)
            TRY(put(makemv, group));
    }
    if (result == FAIL_LIMIT)
        op_note(&makemv->op, "regex-limit", STR("values made a regex give up; they count as no match"));
    return result == FAIL_MEMORY ? result : OK;
}

static status cut(struct makemv *makemv, str text)
{
    str    delim = makemv->bound->delim;
    size_t from = 0;

    for (size_t end; (end = str_find(text, delim, from)) != SIZE_MAX; from = end + delim.size)
        TRY(put(makemv, str_slice(text, from, end)));
    return put(makemv, str_slice(text, from, text.size));
}

static status join_pieces(const struct makemv *makemv, struct arena *arena, struct cell *out)
{
    size_t size = 0, at = 0;
    char  *text;

    for (uint32_t i = 0; i < makemv->pieces; i++)
        size += makemv->piece[i].size + (size_t)1;
    if (size > UINT32_MAX)
        return FAIL_MEMORY;
    TRY_NEW(text = arena_alloc(arena, size));
    for (uint32_t i = 0; i < makemv->pieces; i++) {
        if (i)
            text[at++] = ' ';
        memcpy(text + at, makemv->piece[i].text, makemv->piece[i].size);
        at += makemv->piece[i].size;
    }
    *out = cell_field_text(str_make(text, at));
    return OK;
}

static status split_value(void *host, const struct cell *in, struct arena *arena, struct cell *out)
{
    struct makemv     *makemv = host;
    uint32_t           count;
    const struct cell *member = list_members(in, &count);
    struct cell       *list;

    makemv->pieces = 0;
    for (uint32_t i = 0; i < count; i++) {
        char *room = NULL;
        str   text;
        if (member[i].kind != KIND_TEXT)
            TRY_NEW(room = arena_alloc(arena, NUMBER_ROOM));    /* pieces point into it */
        text = cell_show(&member[i], room);
        TRY(makemv->bound->tokenizer ? tokenize(makemv, text) : cut(makemv, text));
    }
    *out = *in;
    if (makemv->pieces == 0)
        return OK;
    if (makemv->bound->single)
        return join_pieces(makemv, arena, out);
    TRY_NEW(list = arena_alloc(arena, makemv->pieces * sizeof *list));
    memcpy(list, makemv->piece, makemv->pieces * sizeof *list);
    *out = list_value(list, makemv->pieces);
    return OK;
}

static status makemv_push(struct op *op, struct batch *in)
{
    struct makemv *makemv = container_of(op, struct makemv, op);
    struct change  change = { split_value, makemv };

    return change_push(op, &change, in, makemv->field);
}

static void makemv_close(struct op *op)
{
    struct makemv *makemv = container_of(op, struct makemv, op);

    regex_match_free(makemv->match);
    heap_free(&op->run->heap, makemv->piece, makemv->room * sizeof *makemv->piece);
}

static const struct op_kind makemv_kind = { "makemv", .push = makemv_push, .close = makemv_close };

static status makemv_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct makemv *makemv;

    TRY(op_new(&makemv_kind, sizeof *makemv, stage, run, out));
    makemv = container_of(*out, struct makemv, op);
    makemv->bound = stage->bound;
    TRY_NEW(makemv->field = names_intern(run->names, stage_argument(stage, FIELD)->text));
    return regex_match_new(&run->heap, &makemv->match);
}

const struct command command_makemv = {
    .name = "makemv",
    .usage = "makemv [delim=<text>|tokenizer=<regex>] [allowempty=<bool>] [setsv=<bool>] <field>",
    .summary = "A text becomes a list of its pieces",
    .params = makemv_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct makemv_bound),
    .bind = makemv_bind, .drop = makemv_drop, .gives = columns_stay, .open = makemv_open,
    .example = { "makemv delim=\",\" a | table a", "{\"a\":\"x,,y\"}", "{\"a\":[\"x\",\"y\"]}" },
};
