#include "plan/passes.h"

#include "batch/pattern.h"

/* fieldformat changes what results show and nothing that commands see (language 9). So its stages move behind the last
 * command that looks at values, and become one: each of its expressions sees the values as they are. On the way names
 * change with rename; a field that is made anew, or does not survive, takes its format along. What only chooses, orders
 * or names columns need not be passed: so the fields that an expression reads are still there when table drops them. */

static bool is_format(const struct stage *stage)
{
    return stage->traits & TRAIT_DISPLAY;
}

static bool is_named(const struct stage *stage, const char *name)
{
    return str_is(str_of(stage->command->name), name);
}

static bool is_projection(const struct stage *stage)
{
    return is_named(stage, "table") || is_named(stage, "fields");
}

/* Would it do the same if it saw formatted values? */
static bool is_blind(const struct stage *stage)
{
    return is_projection(stage) || is_named(stage, "rename") || is_named(stage, "tail") || is_named(stage, "reverse") ||
           (is_named(stage, "head") && !stage_given(stage, PARAM_EXPR));
}

/* --- one name on its way behind other stages ----------------------------------------------------------------------- */

/* *name empty: another field has taken its place. */
static status rename_one(struct arena *arena, const struct rename_pair *pair, str *name)
{
    char  *room;
    size_t size;

    if (!pattern_has_star(pair->from)) {
        if (str_equal(*name, pair->from))
            *name = pair->to;
        else if (str_equal(*name, pair->to))
            *name = STR("");
        return OK;
    }
    if (!names_match(pair->from, *name))
        return OK;
    TRY_NEW(room = arena_alloc(arena, pair->to.size + name->size));
    size = pattern_rewrite(pair->from, pair->to, *name, room);
    if (size != SIZE_MAX)
        *name = str_make(room, size);
    return OK;
}

/* What the field is called behind the stage. Empty: it is not there any more, or, if it is `made` that counts, another. */
static status follow(struct arena *arena, const struct stage *stage, bool made, str *name)
{
    const struct argument *renames = stage_given(stage, PARAM_RENAMES);
    const struct argument *eval = stage_given(stage, PARAM_ASSIGNMENTS);

    if ((stage->command->traits & TRAIT_TRANSFORMS) && !is_projection(stage))
        *name = STR("");
    for (uint32_t i = 0; made && eval && i < eval->assignments->count; i++)
        if (str_equal(eval->assignments->item[i].target, *name))
            *name = STR("");
    for (uint32_t i = 0; renames && i < renames->count && name->size; i++)
        TRY(rename_one(arena, &renames->renames[i], name));
    return OK;
}

/* From stage `from` to the stages [.., to]. */
static status follow_all(struct arena *arena, struct stage *const *stage, uint32_t from, uint32_t to, bool made, str *name)
{
    for (uint32_t i = from + 1; i <= to && name->size; i++)
        if (!is_format(stage[i]) || made)
            TRY(follow(arena, stage[i], made, name));
    return OK;
}

/* --- expressions --------------------------------------------------------------------------------------------------- */

struct journey {
    struct arena        *arena;
    struct stage *const *stage;
    uint32_t             from, to;
};

/* A copy of the tree in which fields have their later names. One that is gone keeps its name: there is none of it. */
static status move_tree(const struct journey *journey, const struct node *node, struct node **out)
{
    struct node *copy = ARENA_NEW(journey->arena, struct node);
    str          name = node->text;

    TRY_NEW(*out = copy);
    *copy = *node;
    if (node->kind == NODE_FIELD) {
        TRY(follow_all(journey->arena, journey->stage, journey->from, journey->to, false, &name));
        copy->text = name.size ? name : node->text;
    }
    if (node->count)
        TRY_NEW(copy->kid = ARENA_ARRAY(journey->arena, struct node *, node->count));
    for (uint32_t i = 0; i < node->count; i++)              /* NESTING_MOST deep at most */
        TRY(move_tree(journey, node->kid[i], &copy->kid[i]));
    return OK;
}

static status move_format(const struct journey *journey, const struct assignment *item, struct assignments *into)
{
    struct assignment moved = *item;

    TRY(follow_all(journey->arena, journey->stage, journey->from, journey->to, true, &moved.target));
    if (moved.target.size == 0)
        return OK;
    TRY(move_tree(journey, item->value, &moved.value));
    into->item[into->count++] = moved;
    return OK;
}

/* --- the pass ------------------------------------------------------------------------------------------------------ */

static void drop(struct stage *stage)
{
    if (stage->command->drop)
        stage->command->drop(stage);
}

/* All formats of the chain as one stage; NULL: none has survived. Copies of foreach, whose fields may not be known yet, are
 * left to themselves. */
static status join(struct plan *plan, struct binder *binder, struct stage *const *stage, uint32_t to, struct stage **out)
{
    struct assignments *all = ARENA_NEW(&plan->arena, struct assignments);
    struct argument    *argument = ARENA_ARRAY(&plan->arena, struct argument, 2);
    struct stage       *made = ARENA_NEW(&plan->arena, struct stage);
    const struct stage *like = NULL;
    uint32_t            most = 0;

    *out = NULL;
    TRY_NEW(all && argument ? made : NULL);
    for (uint32_t i = 0; i < plan->stages; i++)
        if (is_format(stage[i]) && stage_given(stage[i], PARAM_ASSIGNMENTS))
            most += stage_given(stage[i], PARAM_ASSIGNMENTS)->assignments->count;
    TRY_NEW(all->item = ARENA_ARRAY(&plan->arena, struct assignment, most + (size_t)1));
    for (uint32_t i = 0; i < plan->stages; i++) {
        const struct argument *own = is_format(stage[i]) ? stage_given(stage[i], PARAM_ASSIGNMENTS) : NULL;
        struct journey         journey = { &plan->arena, stage, i, to };

        for (uint32_t j = 0; own && j < own->assignments->count; j++)
            TRY(move_format(&journey, &own->assignments->item[j], all));
        like = own ? stage[i] : like;
    }
    if (all->count == 0)
        return OK;
    *made = *like;
    argument[0] = like->argument[0];
    argument[0].assignments = all;
    made->argument = argument;
    TRY_NEW(made->bound = arena_zero(&plan->arena, 1, made->command->bound_size));
    *out = made;
    return made->command->bind(binder, made);
}

/* Number `to` is the last stage that formats must stand behind, or the last of them. */
static uint32_t find_place(struct stage *const *stage, uint32_t count)
{
    while (count > 0 && is_blind(stage[count - 1]))
        count--;
    return count ? count - 1 : 0;
}

/* A foreach over fieldformats stays alive unless a table of another kind is made behind it. */
static bool is_copied_format(struct stage *const *stage, uint32_t at, uint32_t count)
{
    if (!is_format(stage[at]) || stage_given(stage[at], PARAM_ASSIGNMENTS))
        return false;
    for (uint32_t i = at + 1; i < count; i++)
        if ((stage[i]->command->traits & TRAIT_TRANSFORMS) && !is_projection(stage[i]))
            return false;
    return true;
}

static struct stage **put(struct stage **link, struct stage *stage)
{
    *link = stage;
    return &stage->next;
}

static status rebuild(struct plan *plan, struct binder *binder, struct stage *const *stage)
{
    uint32_t       count = plan->stages, to = find_place(stage, count);
    struct stage **link = &plan->first, *joined = NULL;
    status         result = OK;

    if (binder->depth == 0)
        result = join(plan, binder, stage, to, &joined);
    plan->stages = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!is_format(stage[i])) {
            link = put(link, stage[i]);
            plan->stages++;
        }
        if (i != to)
            continue;
        if (joined) {
            link = put(link, joined);
            plan->stages++;
        }
        for (uint32_t j = 0; j < count; j++)
            if (binder->depth == 0 && is_copied_format(stage, j, count)) {
                link = put(link, stage[j]);
                plan->stages++;
            }
    }
    for (uint32_t i = 0; i < count; i++)
        if (is_format(stage[i]) && (binder->depth || !is_copied_format(stage, i, count)))
            drop(stage[i]);
    *link = NULL;
    return result;
}

status plan_formats(struct plan *plan, struct binder *binder)
{
    struct stage **stage = ARENA_ARRAY(&plan->arena, struct stage *, plan->stages + (size_t)1);
    uint32_t       count = 0, formats = 0;

    TRY_NEW(stage);
    for (struct stage *one = plan->first; one; one = one->next) {
        formats += is_format(one);
        stage[count++] = one;
    }
    return formats ? rebuild(plan, binder, stage) : OK;
}
