/* xmlunescape: entities of XML in _raw become the characters that they stand for (commands 3): the five named ones and
 * numbers; others stay. */
#include "command/change.h"
#include "plan/bind.h"
#include "text/xml.h"

static const struct param xmlunescape_params[] = {
    { "maxinputs", PARAM_COUNT, PLACE_NAMED, .preset = "50000", .help = "read and not needed: all rows are looked at" },
    { 0 }
};

struct xmlunescape {
    struct op          op;
    const struct name *raw;
};

static status unescape(void *host, const struct cell *in, struct arena *arena, struct cell *out)
{
    char *room;

    (void)host;
    *out = *in;
    if (in->kind != KIND_TEXT || !in->size || !memchr(in->text, '&', in->size))
        return OK;
    TRY_NEW(room = arena_alloc(arena, in->size));
    *out = cell_field_text(str_make(room, xml_unescape(cell_str(in), room)));
    return OK;
}

static status unescape_members(void *host, const struct cell *in, struct arena *arena, struct cell *out)
{
    struct change scalar = { unescape, host };

    return change_members(&scalar, in, arena, out);
}

static status xmlunescape_push(struct op *op, struct batch *in)
{
    struct change change = { unescape_members, NULL };

    return change_push(op, &change, in, container_of(op, struct xmlunescape, op)->raw);
}

static const struct op_kind xmlunescape_kind = { "xmlunescape", .push = xmlunescape_push };

static status xmlunescape_open(const struct stage *stage, struct run *run, struct op **out)
{
    TRY(op_new(&xmlunescape_kind, sizeof(struct xmlunescape), stage, run, out));
    TRY_NEW(container_of(*out, struct xmlunescape, op)->raw = names_intern(run->names, STR("_raw")));
    return OK;
}

const struct command command_xmlunescape = {
    .name = "xmlunescape", .usage = "xmlunescape [maxinputs=<count>]", .summary = "Entities of XML in _raw as characters",
    .params = xmlunescape_params, .traits = TRAIT_ROWWISE, .gives = columns_stay, .open = xmlunescape_open,
    .example = { "eval _raw=x | xmlunescape | table _raw", "{\"x\":\"&lt;a&gt; &amp;amp; &#65;\"}",
                 "{\"_raw\":\"<a> &amp; A\"}" },
};
