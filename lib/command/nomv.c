/* nomv <field>: a list becomes one text, a value a line (commands 3). */
#include "command/change.h"
#include "plan/bind.h"
#include "value/number.h"

struct nomv {
    struct op          op;
    const struct name *field;
};

static const struct param nomv_params[] = {
    { "field", PARAM_FIELD, PLACE_FIRST, .required = true, .help = "the list" },
    { 0 }
};

static status join_lines(void *host, const struct cell *in, struct arena *arena, struct cell *out)
{
    char   room[NUMBER_ROOM], *text;
    size_t size = 0, at = 0;

    (void)host;
    *out = *in;
    if (in->kind != KIND_LIST)
        return OK;
    for (uint32_t i = 0; i < in->size; i++)
        size += cell_show(&in->list[i], room).size + 1;
    if (size > UINT32_MAX)
        return FAIL_MEMORY;
    TRY_NEW(text = arena_alloc(arena, size));
    for (uint32_t i = 0; i < in->size; i++) {
        str member = cell_show(&in->list[i], room);
        if (i)
            text[at++] = '\n';
        memcpy(text + at, member.at, member.size);
        at += member.size;
    }
    *out = cell_field_text(str_make(text, at));
    return OK;
}

static status nomv_push(struct op *op, struct batch *in)
{
    struct change change = { .value = join_lines };

    return change_push(op, &change, in, container_of(op, struct nomv, op)->field);
}

static const struct op_kind nomv_kind = { "nomv", .push = nomv_push };

static status nomv_open(const struct stage *stage, struct run *run, struct op **out)
{
    TRY(op_new(&nomv_kind, sizeof(struct nomv), stage, run, out));
    TRY_NEW(container_of(*out, struct nomv, op)->field = names_intern(run->names, stage_argument(stage, 0)->text));
    return OK;
}

const struct command command_nomv = {
    .name = "nomv", .usage = "nomv <field>", .summary = "A list becomes one text with a value a line",
    .params = nomv_params, .traits = TRAIT_ROWWISE, .gives = columns_stay, .open = nomv_open,
    .example = { "eval v=split(v,\",\") | nomv v | eval v=replace(v,\"\\n\",\"/\") | table v", "{\"v\":\"a,b\"}",
                 "{\"v\":\"a/b\"}" },
};
