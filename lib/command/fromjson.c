/* fromjson <field> [prefix=<text>]: the members of a JSON object become fields (commands 3).
 *
 * An array becomes a list of its elements; objects inside stay JSON text as it was written. What is no object has no
 * members. */
#include "command/leaves.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "text/json.h"
#include "value/list.h"

enum { FIELD, PREFIX };

static const struct param fromjson_params[] = {
    [FIELD] = { "field", PARAM_FIELD, PLACE_FIRST, .required = true, .help = "where the object is" },
    [PREFIX] = { "prefix", PARAM_TEXT, PLACE_NAMED, .preset = "", .help = "goes before the keys" },
    { 0 }
};

struct fromjson {
    struct op          op;
    const struct name *field;
    str                prefix;
    struct finds       finds;
    struct buf         name;
};

static status fromjson_needs(const struct stage *stage, struct wanted *wanted)
{
    bool any = wanted->all || wanted->names || wanted->patterns;

    return any ? wanted_add(wanted, stage_argument(stage, FIELD)->text) : OK;
}

static status fromjson_gives(const struct stage *stage, struct wanted *columns)
{
    (void)stage;
    return wanted_everything(columns);
}

/* Behind the key: the member's name is in fromjson->name. */
static status read_name(struct fromjson *fromjson, const struct json_walk *walk)
{
    struct buf *name = &fromjson->name;

    buf_clear(name);
    buf_put(name, fromjson->prefix);
    if (!walk->escaped) {
        buf_put(name, walk->text);
        return buf_status(name);
    }
    TRY(buf_reserve(name, walk->text.size));
    name->size += json_decode(walk->text, name->at + name->size);
    return OK;
}

static uint32_t count_elements(str array)
{
    struct json_walk walk;
    uint32_t         count = 0;
    str              value;

    json_walk_start(&walk, array);
    json_next(&walk);
    for (enum json_token token = json_next(&walk); token != JSON_ARRAY_END; token = json_next(&walk)) {
        if (token == JSON_ERROR || !json_skip(&walk, token, &value))
            break;
        count++;
    }
    return count;
}

static status read_array(str array, struct arena *arena, struct cell *out)
{
    uint32_t         most = count_elements(array), count = 0;
    struct cell     *list = ARENA_ARRAY(arena, struct cell, most + (size_t)1);
    struct json_walk walk;
    str              value;

    TRY_NEW(list);
    json_walk_start(&walk, array);
    json_next(&walk);
    while (count < most && json_skip(&walk, json_next(&walk), &value))
        TRY(leaf_value(value, arena, &list[count++]));
    *out = list_value(list, count);
    return OK;
}

static status put_member(struct fromjson *fromjson, str value)
{
    struct finds *finds = &fromjson->finds;
    struct arena *arena;
    struct cell   cell;
    bool          wanted;

    TRY(finds_wants(finds, buf_str(&fromjson->name), &wanted));
    if (!wanted)
        return OK;
    arena = &finds->batch->arena;
    TRY(value.at[0] == '[' ? read_array(value, arena, &cell) : leaf_value(value, arena, &cell));
    return cell.kind == KIND_NULL ? OK : finds_put(finds, buf_str(&fromjson->name), cell);
}

static status read_object(struct fromjson *fromjson, str text)
{
    struct json_walk walk;
    str              value;

    text = str_trim_blanks(text);
    if (!text.size || text.at[0] != '{' || !json_is_valid(text))
        return OK;
    json_walk_start(&walk, text);
    json_next(&walk);
    while (json_next(&walk) == JSON_KEY) {
        TRY(read_name(fromjson, &walk));
        if (!json_skip(&walk, JSON_KEY, &value))
            return OK;
        TRY(put_member(fromjson, value));
    }
    return OK;
}

static status read_row(void *host, const struct cell *in)
{
    struct fromjson   *fromjson = host;
    uint32_t           count;
    const struct cell *member = list_members(in, &count);

    for (uint32_t i = 0; i < count; i++)
        if (member[i].kind == KIND_TEXT)
            TRY(read_object(fromjson, cell_str(&member[i])));
    return OK;
}

static status fromjson_push(struct op *op, struct batch *in)
{
    struct fromjson *fromjson = container_of(op, struct fromjson, op);

    return finds_push(&fromjson->finds, in, fromjson->field, read_row, fromjson);
}

static void fromjson_close(struct op *op)
{
    struct fromjson *fromjson = container_of(op, struct fromjson, op);

    buf_free(&fromjson->name);
    finds_close(&fromjson->finds);
}

static const struct op_kind fromjson_kind = { "fromjson", .push = fromjson_push, .close = fromjson_close };

static status fromjson_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct fromjson *fromjson;

    TRY(op_new(&fromjson_kind, sizeof *fromjson, stage, run, out));
    fromjson = container_of(*out, struct fromjson, op);
    buf_init(&fromjson->name, &run->heap);
    fromjson->prefix = stage_argument(stage, PREFIX)->text;
    TRY_NEW(fromjson->field = names_intern(run->names, stage_argument(stage, FIELD)->text));
    return finds_init(&fromjson->finds, *out, AGAIN_LAST);
}

const struct command command_fromjson = {
    .name = "fromjson", .usage = "fromjson <field> [prefix=<text>]", .summary = "The members of a JSON object as fields",
    .params = fromjson_params, .traits = TRAIT_ROWWISE, .needs = fromjson_needs, .gives = fromjson_gives,
    .open = fromjson_open,
    .example = { "fromjson o prefix=x_ | table x_n x_t x_p",
                 "{\"o\":\"{\\\"n\\\":\\\"Al\\\",\\\"t\\\":[1,2],\\\"p\\\":{\\\"q\\\":3}}\"}",
                 "{\"x_n\":\"Al\",\"x_t\":[1,2],\"x_p\":\"{\\\"q\\\":3}\"}" },
};
