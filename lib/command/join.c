/* join [type=] [max=] [usetime=] [earlier=] [overwrite=] [<fields>] <dataset>: each row that comes in with the fields of
 * those rows of another search that have the same values in these fields (commands 5).
 *
 * Values are the same if their texts are: case counts, 1 and 1.0 differ, a list equals only a list of the same values; null
 * equals nothing. Without fields those count that both sides have, internal ones aside; if there are none, every row suits
 * every other, as published searches that look up thresholds expect.
 * With left=L right=R where L.a=R.b the fields may have different names; all columns are then called L.x and R.y. */
#include "command/joining.h"
#include "plan/bind.h"
#include "plan/subsearch.h"

enum { TYPE, USETIME, EARLIER, OVERWRITE, MAX, LEFT, RIGHT, WHERE, FIELDS, BRACKETS };

static const struct param join_params[] = {
    [TYPE] = { "type", PARAM_WORD, PLACE_NAMED, .preset = "inner", .choices = "inner|outer|left",
               .help = "outer and left keep rows that find no other" },
    [USETIME] = { "usetime", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "only rows that are not later, or not" },
    [EARLIER] = { "earlier", PARAM_BOOL, PLACE_NAMED, .preset = "t", .help = "with usetime: not later; else not earlier" },
    [OVERWRITE] = { "overwrite", PARAM_BOOL, PLACE_NAMED, .preset = "t", .help = "values of the subsearch win" },
    [MAX] = { "max", PARAM_COUNT, PLACE_NAMED, .preset = "1", .help = "rows of the subsearch for each row; 0: all" },
    [LEFT] = { "left", PARAM_TEXT, PLACE_NAMED, .help = "alias of the rows that come in" },
    [RIGHT] = { "right", PARAM_TEXT, PLACE_NAMED, .help = "alias of the rows of the subsearch" },
    [WHERE] = { "where", PARAM_PAIRS, PLACE_KEYWORD, .help = "L.field=R.field ..." },
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .help = "what both sides have in common" },
    [BRACKETS] = { "subsearch", PARAM_SUBSEARCH, PLACE_LIST, .help = "[ a search ]" },
    { 0 }
};

/* --- compiling ----------------------------------------------------------------------------------------------------- */

/* The alias with its dot. */
static status read_alias(struct binder *binder, const struct stage *stage, uint32_t number, str *out)
{
    const struct argument *alias = stage_argument(stage, number);
    char                  *text;

    if (!alias->given || alias->text.size == 0)
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "missing-argument",
                       "'join' with where wants left= and right=");
    TRY_NEW(text = arena_alloc(binder->arena, alias->text.size + 1));
    memcpy(text, alias->text.at, alias->text.size);
    text[alias->text.size] = '.';
    *out = str_make(text, alias->text.size + 1);
    return OK;
}

static bool strip(str name, str alias, str *out)
{
    *out = str_starts(name, alias) ? str_slice(name, alias.size, name.size) : STR("");
    return out->size > 0;
}

/* L.a=R.b, or R.b=L.a. */
static status read_where(struct binder *binder, const struct stage *stage, struct join_bound *bound)
{
    const struct argument *where = stage_argument(stage, WHERE);

    TRY(read_alias(binder, stage, LEFT, &bound->left));
    TRY(read_alias(binder, stage, RIGHT, &bound->right));
    if (str_equal(bound->left, bound->right))
        return diag_at(binder->diag, FAIL_QUERY, stage_argument(stage, RIGHT)->span, "bad-argument",
                       "'join' wants two different aliases");
    TRY_NEW(bound->key = ARENA_ARRAY(binder->arena, struct join_key, where->count));
    for (uint32_t i = 0; i < where->count; i++) {
        const struct rename_pair *pair = &where->renames[i];
        struct join_key          *key = &bound->key[bound->keys++];

        if ((strip(pair->from, bound->left, &key->left) && strip(pair->to, bound->right, &key->right)) ||
            (strip(pair->to, bound->left, &key->left) && strip(pair->from, bound->right, &key->right)))
            continue;
        diag_at(binder->diag, FAIL_QUERY, pair->span, "bad-argument", "'join' cannot tell the sides of '%.*s=%.*s'",
                SHOW(pair->from), SHOW(pair->to));
        diag_hint(binder->diag, "write %.*sfield=%.*sfield", SHOW(bound->left), SHOW(bound->right));
        return FAIL_QUERY;
    }
    return OK;
}

static status read_fields(struct binder *binder, const struct stage *stage, struct join_bound *bound)
{
    const struct argument *fields = stage_argument(stage, FIELDS);

    TRY_NEW(bound->key = ARENA_ARRAY(binder->arena, struct join_key, fields->count + (size_t)1));
    for (uint32_t i = 0; i < fields->count; i++) {
        bool dataset = false;

        for (uint32_t t = 0; t < stage->tokens.count; t++)
            dataset |= stage->tokens.item[t].span.from == fields->spans[i].from &&
                token_is_dataset(&stage->tokens.item[t]);
        if (!dataset)
            bound->key[bound->keys++] = (struct join_key){ fields->names[i], fields->names[i] };
    }
    bound->common = bound->keys == 0;
    return OK;
}

/* Where the keys and the names are known, it is known which fields of the subsearch matter, too. */
static status look_at(struct binder *binder, const struct join_bound *bound)
{
    struct subsearch *subsearch = bound->subsearch;
    str              *name = ARENA_ARRAY(binder->arena, str, bound->keys + (size_t)1);

    TRY_NEW(name);
    for (uint32_t k = 0; k < bound->keys; k++)
        name[k] = bound->key[k].right;
    name[bound->keys] = STR("_time");
    subsearch->narrows = !bound->common && bound->right.size == 0;
    subsearch->looked_at = name;
    subsearch->looks = bound->keys + bound->timed;
    return OK;
}

static status read_dataset(struct binder *binder, const struct stage *stage, struct join_bound *bound)
{
    const struct token *found = NULL;

    for (uint32_t t = 0; t < stage->tokens.count; t++) {
        const struct token *token = &stage->tokens.item[t];

        if (!token_is_dataset(token))
            continue;
        if (found)
            return diag_at(binder->diag, FAIL_QUERY, token->span, "given-twice", "'join' takes one subsearch");
        found = token;
    }
    if (!found) {
        diag_at(binder->diag, FAIL_QUERY, stage->span, "missing-argument", "'join' lacks its argument 'subsearch'");
        diag_hint(binder->diag, "usage: %s", stage->command->usage);
        return FAIL_QUERY;
    }
    TRY(subsearch_dataset(binder, stage, found, &bound->subsearch));
    bound->subsearch->most = context_limit(binder->compile.context, LIMIT_JOIN);
    return look_at(binder, bound);
}

static status join_bind(struct binder *binder, struct stage *stage)
{
    struct join_bound *bound = stage->bound;

    bound->outer = !str_is(stage_argument(stage, TYPE)->text, "inner");
    bound->timed = stage_argument(stage, USETIME)->truth;
    bound->earlier = stage_argument(stage, EARLIER)->truth;
    bound->overwrites = stage_argument(stage, OVERWRITE)->truth;
    bound->most = (uint64_t)stage_argument(stage, MAX)->number;
    if (stage_argument(stage, WHERE)->given && stage_argument(stage, FIELDS)->count)
        return diag_at(binder->diag, FAIL_QUERY, stage_argument(stage, FIELDS)->span, "unexpected-argument",
                       "'join' takes fields or where, not both");
    if (stage_argument(stage, WHERE)->given)
        TRY(read_where(binder, stage, bound));
    else
        TRY(read_fields(binder, stage, bound));
    return read_dataset(binder, stage, bound);
}

/* Behind an alias what is wanted of the left side has its name in front. */
static status strip_wanted(const struct join_bound *bound, struct wanted *wanted)
{
    struct wanted behind;

    if (wanted->all || wanted->patterns)
        return wanted_everything(wanted);
    wanted_init(&behind, wanted->arena, false);
    for (uint32_t i = 0; i < wanted->names; i++) {
        str name;

        if (strip(wanted->name[i], bound->left, &name))
            TRY(wanted_add(&behind, name));
    }
    return wanted_copy(wanted, &behind);
}

static status join_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct join_bound *bound = stage->bound;

    if (bound->common)
        return wanted_everything(wanted);
    if (bound->left.size)
        TRY(strip_wanted(bound, wanted));
    for (uint32_t k = 0; k < bound->keys; k++)
        TRY(wanted_add(wanted, bound->key[k].left));
    return bound->timed ? wanted_add(wanted, STR("_time")) : OK;
}

const struct command command_join = {
    .name = "join",
    .usage = "join [type=inner|left] [max=<count>] [usetime=<bool>] [earlier=<bool>] [overwrite=<bool>] "
             "([<fields>] | left=<alias> right=<alias> where <alias>.<field>=<alias>.<field> ...) <subsearch>",
    .summary = "Each row with the fields of those of a subsearch that have the same values",
    .keeps = "rows of the subsearch with one and the same key, where it does not fit",
    .params = join_params, .bound_size = sizeof(struct join_bound),
    .bind = join_bind, .needs = join_needs, .open = join_open,
    .example = { "join u [search name=* | table u name] | table u n name",
                 "{\"u\":1,\"n\":1}\n{\"u\":2,\"n\":2}\n{\"u\":1,\"name\":\"ann\"}",
                 "{\"u\":1,\"n\":1,\"name\":\"ann\"}\n{\"u\":1,\"name\":\"ann\"}" },
};
