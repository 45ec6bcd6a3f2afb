/* xmlkv [<field>]: elements of XML that hold nothing but text become fields called like them (commands 3).
 *
 * Parents and attributes do not matter; of several with one name the last counts. The text around need not be XML: such
 * elements are found in a log line as well. Values stay as they are written, blanks and entities, too. */
#include "command/finds.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "text/xml.h"
#include "value/list.h"

enum { FIELD, MAXINPUTS };

static const struct param xmlkv_params[] = {
    [FIELD] = { "field", PARAM_FIELD, PLACE_FIRST, .preset = "_raw", .help = "where the text is" },
    [MAXINPUTS] = { "maxinputs", PARAM_COUNT, PLACE_NAMED, .preset = "50000",
                    .help = "read and not needed: all rows are looked at" },
    { 0 }
};

struct xmlkv {
    struct op          op;
    const struct name *field;
    struct finds       finds;
};

static status xmlkv_needs(const struct stage *stage, struct wanted *wanted)
{
    bool any = wanted->all || wanted->names || wanted->patterns;

    return any ? wanted_add(wanted, stage_argument(stage, FIELD)->text) : OK;
}

static status xmlkv_gives(const struct stage *stage, struct wanted *columns)
{
    (void)stage;
    return wanted_everything(columns);
}

static status read_row(void *host, const struct cell *in)
{
    struct finds      *finds = &((struct xmlkv *)host)->finds;
    uint32_t           count;
    const struct cell *member = list_members(in, &count);

    for (uint32_t i = 0; i < count; i++) {
        str text = cell_str(&member[i]), name, content;
        if (member[i].kind != KIND_TEXT)
            continue;
        while (xml_find_leaf(&text, &name, &content))
            if (content.size)
                TRY(finds_put(finds, name, cell_field_text(content)));
    }
    return OK;
}

static status xmlkv_push(struct op *op, struct batch *in)
{
    struct xmlkv *xmlkv = container_of(op, struct xmlkv, op);

    return finds_push(&xmlkv->finds, in, xmlkv->field, read_row, xmlkv);
}

static void xmlkv_close(struct op *op)
{
    finds_close(&container_of(op, struct xmlkv, op)->finds);
}

static const struct op_kind xmlkv_kind = { "xmlkv", .push = xmlkv_push, .close = xmlkv_close };

static status xmlkv_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct xmlkv *xmlkv;

    TRY(op_new(&xmlkv_kind, sizeof *xmlkv, stage, run, out));
    xmlkv = container_of(*out, struct xmlkv, op);
    TRY_NEW(xmlkv->field = names_intern(run->names, stage_argument(stage, FIELD)->text));
    return finds_init(&xmlkv->finds, *out, AGAIN_LAST);
}

const struct command command_xmlkv = {
    .name = "xmlkv", .usage = "xmlkv [<field>] [maxinputs=<count>]", .summary = "Elements of XML become fields",
    .params = xmlkv_params, .traits = TRAIT_ROWWISE, .needs = xmlkv_needs, .gives = xmlkv_gives, .open = xmlkv_open,
    .example = { "xmlkv x | table Id U", "{\"x\":\"<E><Id>7</Id><U a='1'>bob</U></E>\"}", "{\"Id\":7,\"U\":\"bob\"}" },
};
