/* spath [input=<field>] [output=<field>] [path=<path>|<path>]: fields out of JSON or XML text (commands 3).
 *
 * With a path the values that it leads to, as they are written (strings decoded, null as the text null); without one all
 * leaves, each as a field named by its path. What a path does not lead to stays as it was. */
#include "command/change.h"
#include "command/leaves.h"
#include "plan/bind.h"
#include "text/json_path.h"
#include "text/xml_path.h"
#include "value/number.h"

enum { INPUT, OUTPUT, PATH };

static const struct param spath_params[] = {
    [INPUT] = { "input", PARAM_FIELD, PLACE_NAMED, .preset = "_raw", .help = "where the text is" },
    [OUTPUT] = { "output", PARAM_FIELD, PLACE_NAMED, .help = "gets the values; if not given a field named like the path" },
    [PATH] = { "path", PARAM_TEXT, PLACE_FIRST, .help = "a.b{}.c{2}; if not given all leaves become fields" },
    { 0 }
};

/* A path read both ways, as the text tells which it is for. */
struct spath_bound {
    bool             all;                   /* no path: all leaves */
    str              output;
    struct json_path path;
    struct xml_path  element;
    bool             is_path, is_element;
};

struct spath {
    struct op                 op;
    const struct spath_bound *bound;
    const struct name        *input, *output;
    struct finds              finds;        /* all leaves: */
    struct leaves             leaves;
    struct cell              *value;        /* those that the path led to in the row at hand */
    uint32_t                  values, room;
    struct arena             *arena;
};

static status spath_bind(struct binder *binder, struct stage *stage)
{
    struct spath_bound    *bound = stage->bound;
    const struct argument *path = stage_argument(stage, PATH), *output = stage_argument(stage, OUTPUT);

    bound->all = !path->given;
    if (bound->all && output->given)
        return diag_at(binder->diag, FAIL_QUERY, output->span, "bad-argument",
                       "'output' of 'spath' wants a path: without one every leaf is a field of its own");
    if (bound->all)
        return OK;
    bound->output = output->given ? output->text : path->text;
    bound->is_path = path->text.size && json_path_parse(path->text, &bound->path);
    bound->is_element = xml_path_parse(path->text, &bound->element);
    if (!bound->is_path && !bound->is_element)
        return diag_at(binder->diag, FAIL_QUERY, path->span, "bad-argument",
                       "'%.*s' is no path: steps are joined by dots, braces hold nothing, a number or an @attribute",
                       SHOW(path->text));
    return OK;
}

static status spath_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct spath_bound *bound = stage->bound;
    bool any = bound->all ? wanted->all || wanted->names || wanted->patterns : wanted_has(wanted, bound->output);

    return any ? wanted_add(wanted, stage_argument(stage, INPUT)->text) : OK;
}

static status spath_gives(const struct stage *stage, struct wanted *columns)
{
    const struct spath_bound *bound = stage->bound;

    return bound->all ? wanted_everything(columns) : wanted_add(columns, bound->output);
}

/* --- a path -------------------------------------------------------------------------------------------------------- */

static status add_value(struct spath *spath, struct cell cell)
{
    if (!heap_grow(&spath->op.run->heap, &spath->value, &spath->room, spath->values + 1, sizeof cell))
        return FAIL_MEMORY;
    spath->value[spath->values++] = cell;
    return OK;
}

static status found_value(void *host, str value)
{
    struct spath *spath = host;
    struct cell   cell;

    TRY(leaf_value(value, spath->arena, &cell));
    return add_value(spath, cell);
}

static status found_element(void *host, str inner, bool markup)
{
    struct spath *spath = host;

    if (!markup)
        TRY(leaf_content(inner, spath->arena, &inner));
    return add_value(spath, cell_field_text(inner));
}

/* Text that is broken has no values at all. */
static status follow(struct spath *spath, str text)
{
    const struct spath_bound *bound = spath->bound;
    uint32_t                  before = spath->values;
    status                    result = OK;

    text = str_trim_blanks(text);
    if (text.size && text.at[0] == '<' && bound->is_element)
        result = xml_path_walk(text, &bound->element, found_element, spath);
    else if (text.size && (text.at[0] == '{' || text.at[0] == '[') && bound->is_path)
        result = json_path_walk(text, &bound->path, &spath->op.step, found_value, spath);
    if (result != FAIL_DATA)
        return result;
    spath->values = before;
    return OK;
}

/* The values of a row; null: the path leads nowhere. */
static status path_values(void *host, const struct cell *in, struct arena *arena, struct cell *out)
{
    struct spath      *spath = host;
    uint32_t           count;
    const struct cell *member = list_members(in, &count);
    struct cell       *list;

    spath->values = 0;
    spath->arena = arena;
    for (uint32_t i = 0; i < count; i++)
        if (member[i].kind == KIND_TEXT)
            TRY(follow(spath, cell_str(&member[i])));
    *out = cell_null();
    if (spath->values == 0)
        return OK;
    TRY_NEW(list = arena_alloc(arena, spath->values * sizeof *list));
    memcpy(list, spath->value, spath->values * sizeof *list);
    *out = list_value(list, spath->values);
    return OK;
}

/* --- all leaves ---------------------------------------------------------------------------------------------------- */

static status read_row(void *host, const struct cell *value)
{
    struct spath      *spath = host;
    uint32_t           count;
    const struct cell *member = list_members(value, &count);

    for (uint32_t i = 0; i < count; i++)
        if (member[i].kind == KIND_TEXT)
            TRY(leaves_find(&spath->leaves, cell_str(&member[i])));
    return OK;
}

/* --- at work ------------------------------------------------------------------------------------------------------- */

static status spath_push(struct op *op, struct batch *in)
{
    struct spath *spath = container_of(op, struct spath, op);
    struct change change = { path_values, spath };

    if (spath->bound->all)
        return finds_push(&spath->finds, in, spath->input, read_row, spath);
    return change_push_into(op, &change, in, spath->input, spath->output);
}

static void spath_close(struct op *op)
{
    struct spath *spath = container_of(op, struct spath, op);

    leaves_close(&spath->leaves);
    finds_close(&spath->finds);
    heap_free(&op->run->heap, spath->value, spath->room * sizeof *spath->value);
}

static const struct op_kind spath_kind = { "spath", .push = spath_push, .close = spath_close };

static status spath_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct spath_bound *bound = stage->bound;
    struct spath             *spath;

    TRY(op_new(&spath_kind, sizeof *spath, stage, run, out));
    spath = container_of(*out, struct spath, op);
    spath->bound = bound;
    TRY_NEW(spath->input = names_intern(run->names, stage_argument(stage, INPUT)->text));
    if (!bound->all) {
        TRY_NEW(spath->output = names_intern(run->names, bound->output));
        return OK;
    }
    TRY(finds_init(&spath->finds, *out, AGAIN_LIST));
    return leaves_init(&spath->leaves, &spath->finds, context_limit((*out)->context, LIMIT_SPATH));
}

const struct command command_spath = {
    .name = "spath", .usage = "spath [input=<field>] [output=<field>] [path=<path>|<path>]",
    .summary = "Fields out of JSON or XML text: where a path leads, or all leaves",
    .params = spath_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct spath_bound),
    .bind = spath_bind, .needs = spath_needs, .gives = spath_gives, .open = spath_open,
    .example = { "spath input=j | spath input=j path=d{1} output=second | table a b.c d{} second",
                 "{\"j\":\"{\\\"a\\\":1,\\\"b\\\":{\\\"c\\\":\\\"x\\\"},\\\"d\\\":[2,3]}\"}",
                 "{\"a\":1,\"b.c\":\"x\",\"d{}\":[2,3],\"second\":3}" },
};
