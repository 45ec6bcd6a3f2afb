/* outputtext [usexml=]: _raw goes to _xml, in a form that XML can hold (commands 3). */
#include "command/change.h"
#include "plan/bind.h"

enum { USEXML };

static const struct param outputtext_params[] = {
    [USEXML] = { "usexml", PARAM_BOOL, PLACE_NAMED, .preset = "t",
                .help = "characters that XML gives a meaning as entities" },
    { 0 }
};

struct outputtext {
    struct op          op;
    const struct name *raw, *xml;
    struct buf         text;
};

static const char *entity_of(char byte)
{
    switch (byte) {
    case '&':  return "&amp;";
    case '<':  return "&lt;";
    case '>':  return "&gt;";
    case '"':  return "&quot;";
    case '\'': return "&apos;";
    default:   return NULL;
    }
}

static status escape(void *host, const struct cell *in, struct arena *arena, struct cell *out)
{
    struct outputtext *outputtext = host;
    struct buf        *text = &outputtext->text;
    str                made;

    *out = *in;
    if (in->kind != KIND_TEXT)
        return OK;
    buf_clear(text);
    for (uint32_t i = 0; i < in->size; i++) {
        const char *entity = entity_of(in->text[i]);
        if (entity)
            buf_text(text, entity);
        else
            buf_byte(text, in->text[i]);
    }
    TRY(buf_status(text));
    if (text->size == in->size)
        return OK;
    if (text->size > UINT32_MAX)
        return FAIL_MEMORY;
    TRY_NEW((made = arena_str(arena, buf_str(text))).at);
    *out = cell_field_text(made);
    return OK;
}

static status escape_members(void *host, const struct cell *in, struct arena *arena, struct cell *out)
{
    struct change scalar = { escape, host };

    return change_members(&scalar, in, arena, out);
}

static status copy(void *host, const struct cell *in, struct arena *arena, struct cell *out)
{
    (void)host;
    (void)arena;
    *out = *in;
    return OK;
}

static status outputtext_push(struct op *op, struct batch *in)
{
    struct outputtext *outputtext = container_of(op, struct outputtext, op);
    struct change      change = { stage_argument(op->stage, USEXML)->truth ? escape_members : copy, outputtext };

    return change_push_into(op, &change, in, outputtext->raw, outputtext->xml);
}

static void outputtext_close(struct op *op)
{
    buf_free(&container_of(op, struct outputtext, op)->text);
}

static const struct op_kind outputtext_kind = { "outputtext", .push = outputtext_push, .close = outputtext_close };

static status outputtext_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct outputtext *outputtext;

    TRY(op_new(&outputtext_kind, sizeof *outputtext, stage, run, out));
    outputtext = container_of(*out, struct outputtext, op);
    buf_init(&outputtext->text, (*out)->context->heap);
    TRY_NEW(outputtext->raw = names_intern(run->names, STR("_raw")));
    TRY_NEW(outputtext->xml = names_intern(run->names, STR("_xml")));
    return OK;
}

static status outputtext_needs(const struct stage *stage, struct wanted *wanted)
{
    (void)stage;
    return wanted_add(wanted, STR("_raw"));
}

static status outputtext_gives(const struct stage *stage, struct wanted *columns)
{
    (void)stage;
    return wanted_add(columns, STR("_xml"));
}

const struct command command_outputtext = {
    .name = "outputtext", .usage = "outputtext [usexml=<bool>]", .summary = "The text of events in _xml, escaped for XML",
    .params = outputtext_params, .traits = TRAIT_ROWWISE,
    .needs = outputtext_needs, .gives = outputtext_gives, .open = outputtext_open,
    .example = { "eval _raw=x | outputtext | table _xml", "{\"x\":\"<a> & b\"}", "{\"_xml\":\"&lt;a&gt; &amp; b\"}" },
};
