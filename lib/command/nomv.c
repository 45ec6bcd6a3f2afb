/* nomv <field>: a list becomes one text, a value a line (commands 3), or joined by the delim= of the stats or
 * mvcombine that made it. */
#include "command/change.h"

#include "batch/pattern.h"
#include "plan/bind.h"
#include "plan/plan.h"
#include "value/number.h"

struct nomv {
    struct op          op;
    const struct name *field;
};

struct nomv_bound {
    str joint;
};

static const struct param nomv_params[] = {
    { "field", PARAM_FIELD, PLACE_FIRST, .required = true, .help = "the list" },
    { 0 }
};

/* Does the argument name the field as one that the stage makes, perhaps as one of many (values(*) AS *)? */
static bool names(const struct param *param, const struct argument *argument, str field)
{
    bool     aggregates = param->kind == PARAM_AGGREGATES && argument->aggregates;
    bool     assignments = param->kind == PARAM_ASSIGNMENTS && argument->assignments;
    uint32_t count = aggregates ? argument->aggregates->count : assignments ? argument->assignments->count : 0;

    for (uint32_t i = 0; i < count; i++)
        if (names_match(aggregates ? argument->aggregates->item[i].name : argument->assignments->item[i].target, field))
            return true;
    return false;
}

/* Does the stage make the field? Then *joint is what its values are joined by. */
static bool makes(const struct stage *stage, str field, str *joint)
{
    const struct param *param = stage->open ? NULL : stage->command->params;
    bool                unites = str_is(str_of(stage->command->name), "transaction"), found = unites;
    bool                combines = str_is(str_of(stage->command->name), "mvcombine");

    *joint = STR("\n");
    for (uint32_t i = 0; param && param[i].kind != PARAM_END; i++) {
        found |= combines ? param[i].kind == PARAM_FIELD && str_equal(stage->argument[i].text, field)
            : names(&param[i], &stage->argument[i], field);
        if (param[i].kind == PARAM_TEXT && (stage->argument[i].given || combines || unites) &&
            str_is(str_of(param[i].name), "delim"))
            *joint = stage->argument[i].text;
    }
    return found;
}

/* The name that the field had before the stage. */
static status name_before(struct arena *arena, const struct stage *stage, str *field)
{
    const struct param *param = stage->open ? NULL : stage->command->params;

    for (uint32_t i = 0; param && param[i].kind != PARAM_END; i++)
        for (uint32_t j = param[i].kind == PARAM_RENAMES ? stage->argument[i].count : 0; j-- > 0;) {
            const struct rename_pair *pair = &stage->argument[i].renames[j];
            char                     *room;
            size_t                    size;

            if (!names_match(pair->to, *field))
                continue;
            if (!pattern_has_star(pair->to)) {
                *field = pair->from;
                return OK;
            }
            TRY_NEW(room = arena_alloc(arena, pair->from.size + field->size + 1));
            if ((size = pattern_rewrite(pair->to, pair->from, *field, room)) != SIZE_MAX)
                *field = str_make(room, size);
            return OK;
        }
    return OK;
}

/* From the stage before this one to the first. */
static status nomv_bind(struct binder *binder, struct stage *stage)
{
    struct nomv_bound   *bound = stage->bound;
    const struct stage  *first = binder->plan && !binder->template ? binder->plan->first : NULL;
    const struct stage **before;
    uint32_t             count = 0;
    str                  field = stage_argument(stage, 0)->text;

    bound->joint = STR("\n");
    for (const struct stage *at = first; at && at != stage; at = at->next)
        count++;
    TRY_NEW(before = ARENA_ARRAY(binder->arena, const struct stage *, count + (size_t)1));
    count = 0;
    for (const struct stage *at = first; at && at != stage; at = at->next)
        before[count++] = at;
    while (count-- > 0 && !makes(before[count], field, &bound->joint))
        TRY(name_before(binder->arena, before[count], &field));
    return OK;
}

static status join(void *host, const struct cell *in, struct arena *arena, struct cell *out)
{
    char   room[NUMBER_ROOM], *text;
    str    joint = *(const str *)host;
    size_t size = 0, at = 0;

    *out = *in;
    if (in->kind != KIND_LIST)
        return OK;
    for (uint32_t i = 0; i < in->size; i++)
        size += cell_show(&in->list[i], room).size + joint.size;
    if (size > UINT32_MAX)
        return FAIL_MEMORY;
    TRY_NEW(text = arena_alloc(arena, size + 1));
    for (uint32_t i = 0; i < in->size; i++) {
        str member = cell_show(&in->list[i], room);
        if (i && joint.size) {
            memcpy(text + at, joint.at, joint.size);
            at += joint.size;
        }
        memcpy(text + at, member.at, member.size);
        at += member.size;
    }
    *out = cell_field_text(str_make(text, at));
    return OK;
}

static status nomv_push(struct op *op, struct batch *in)
{
    const struct nomv_bound *bound = op->stage->bound;
    struct change            change = { .value = join, .host = (void *)&bound->joint };

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
    .name = "nomv", .usage = "nomv <field>",
    .summary = "A list becomes one text, with a value a line or joined by the delim of stats and mvcombine",
    .params = nomv_params, .bound_size = sizeof(struct nomv_bound), .bind = nomv_bind,
    .traits = TRAIT_ROWWISE, .gives = columns_stay, .open = nomv_open,
    .example = { "eval v=split(v,\",\") | nomv v | eval v=replace(v,\"\\n\",\"/\") | table v", "{\"v\":\"a,b\"}",
                 "{\"v\":\"a/b\"}" },
};
