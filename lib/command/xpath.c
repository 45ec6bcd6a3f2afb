/* xpath [outfield=<field>] "<path>" [field=<field>] [default=<text>]: what a path of XPath leads to (commands 3); see
 * text/xpath.h for the part that is known.
 *
 * An element with others inside gives its XML as it is written, other nodes their text; several make a list. Without a node
 * the default counts, if there is one; else the field stays as it was, as it always does where the text is no XML. */
#include "command/change.h"
#include "command/leaves.h"
#include "plan/bind.h"
#include "text/xpath.h"

enum { OUTFIELD, FIELD, DEFAULT, PATH };

static const struct param xpath_params[] = {
    [OUTFIELD] = { "outfield", PARAM_FIELD, PLACE_NAMED, .preset = "xpath", .help = "gets what is found" },
    [FIELD] = { "field", PARAM_FIELD, PLACE_NAMED, .preset = "_raw", .help = "where the XML is" },
    [DEFAULT] = { "default", PARAM_TEXT, PLACE_NAMED, .help = "where nothing is found" },
    [PATH] = { "xpath", PARAM_TEXT, PLACE_FIRST, .required = true, .help = "//event[@id='7']/name" },
    { 0 }
};

struct xpath_bound {
    struct xpath xpath;
};

struct xpath_op {
    struct op          op;
    const struct name *field, *outfield;
    struct cell       *value;               /* of the row at hand */
    uint32_t           values, room;
    struct arena      *arena;
    bool               broken;              /* something in it was no XML */
};

static status xpath_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *path = stage_argument(stage, PATH);
    struct xpath_bound    *bound = stage->bound;
    size_t                 at;

    if (xpath_parse(path->text, &bound->xpath, &at))
        return OK;
    diag_at(binder->diag, FAIL_QUERY, path->span, "bad-argument", "'%.*s' is no path of 'xpath', from its character %zu on",
            SHOW(path->text), at + 1);
    diag_hint(binder->diag, "it knows / // * @name text() | [1] [@a] [@a='x'] [b='x'] [text()='x']");
    return FAIL_QUERY;
}

static status xpath_needs(const struct stage *stage, struct wanted *wanted)
{
    if (!wanted_has(wanted, stage_argument(stage, OUTFIELD)->text))
        return OK;
    return wanted_add(wanted, stage_argument(stage, FIELD)->text);
}

static status xpath_gives(const struct stage *stage, struct wanted *columns)
{
    return wanted_add(columns, stage_argument(stage, OUTFIELD)->text);
}

static status found_node(void *host, str text, bool markup)
{
    struct xpath_op *xpath = host;

    if (!markup)
        TRY(leaf_content(text, xpath->arena, &text));
    if (!heap_grow(&xpath->op.run->heap, &xpath->value, &xpath->room, xpath->values + 1, sizeof *xpath->value))
        return FAIL_MEMORY;
    xpath->value[xpath->values++] = cell_field_text(text);
    return OK;
}

static status read_text(struct xpath_op *xpath, str text)
{
    const struct xpath_bound *bound = xpath->op.stage->bound;
    uint32_t                  before = xpath->values;
    struct arena              scratch;
    status                    result;

    arena_init(&scratch, &xpath->op.run->heap);
    result = xpath_walk(&bound->xpath, str_trim_blanks(text), &scratch, found_node, xpath);
    arena_free(&scratch);
    if (result != FAIL_DATA)
        return result;
    xpath->values = before;
    xpath->broken = true;
    op_note(&xpath->op, "bad-xml", STR("values were no well-formed XML; xpath left them out"));
    return OK;
}

static status read_value(void *host, const struct cell *in, struct arena *arena, struct cell *out)
{
    struct xpath_op       *xpath = host;
    const struct argument *preset = stage_argument(xpath->op.stage, DEFAULT);
    uint32_t               count;
    const struct cell     *member = list_members(in, &count);
    struct cell           *list;

    xpath->values = 0;
    xpath->arena = arena;
    xpath->broken = false;
    for (uint32_t i = 0; i < count; i++) {
        xpath->broken |= member[i].kind != KIND_TEXT;
        if (member[i].kind == KIND_TEXT)
            TRY(read_text(xpath, cell_str(&member[i])));
    }
    *out = preset->given && !xpath->broken ? cell_field_text(preset->text) : cell_null();
    if (xpath->values == 0)
        return OK;
    TRY_NEW(list = arena_alloc(arena, xpath->values * sizeof *list));
    memcpy(list, xpath->value, xpath->values * sizeof *list);
    *out = list_value(list, xpath->values);
    return OK;
}

static status xpath_push(struct op *op, struct batch *in)
{
    struct xpath_op *xpath = container_of(op, struct xpath_op, op);
    struct change    change = { read_value, xpath };

    return change_push_into(op, &change, in, xpath->field, xpath->outfield);
}

static void xpath_close(struct op *op)
{
    struct xpath_op *xpath = container_of(op, struct xpath_op, op);

    heap_free(&op->run->heap, xpath->value, xpath->room * sizeof *xpath->value);
}

static const struct op_kind xpath_kind = { "xpath", .push = xpath_push, .close = xpath_close };

static status xpath_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct xpath_op *xpath;

    TRY(op_new(&xpath_kind, sizeof *xpath, stage, run, out));
    xpath = container_of(*out, struct xpath_op, op);
    TRY_NEW(xpath->field = names_intern(run->names, stage_argument(stage, FIELD)->text));
    TRY_NEW(xpath->outfield = names_intern(run->names, stage_argument(stage, OUTFIELD)->text));
    return OK;
}

const struct command command_xpath = {
    .name = "xpath", .usage = "xpath [outfield=<field>] \"<path>\" [field=<field>] [default=<text>]",
    .summary = "What a path of XPath leads to in XML",
    .params = xpath_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct xpath_bound),
    .bind = xpath_bind, .needs = xpath_needs, .gives = xpath_gives, .open = xpath_open,
    .example = { "xpath field=x outfield=n \"//i/@n\" | xpath field=x \"//i[@n='2']\" | table n xpath",
                 "{\"x\":\"<r><i n='1'>x</i><i n='2'>y</i></r>\"}", "{\"n\":[1,2],\"xpath\":\"y\"}" },
};
