#include "plan/passes.h"
#include "plan/subsearch.h"

const struct argument *stage_given(const struct stage *stage, enum param_kind kind)
{
    const struct param *params = stage->command->params;

    for (uint32_t i = 0; params && params[i].kind != PARAM_END; i++)
        if (params[i].kind == kind && stage->argument[i].given)
            return &stage->argument[i];
    return NULL;
}

/* From the last of `count` stages to the first. `record`: the sets are the stages'. */
static status walk(struct stage *const *stages, uint32_t count, struct wanted *wanted, bool record)
{
    for (uint32_t i = count; i-- > 0;) {
        struct stage *stage = stages[i];

        if (record)
            TRY(wanted_copy(&stage->output, wanted));
        if (stage->command->needs)
            TRY(stage->command->needs(stage, wanted));
        if (record)
            TRY(wanted_copy(&stage->input, wanted));
    }
    return OK;
}

/* A sort that keeps few rows behind the filters: only its keys are read, it completes the rows it keeps. Not when fields
 * nobody can count are wanted behind it: then their order would depend on which rows it kept for a while. */
static status split_at_sort(struct plan *plan, struct stage *const *stages, uint32_t filters)
{
    const struct stage *sort = filters < plan->stages ? stages[filters] : NULL;
    struct wanted       tested;

    if (!sort || !(sort->traits & TRAIT_COMPLETES) || sort->output.all || sort->output.patterns)
        return OK;
    wanted_init(&tested, &plan->arena, false);
    TRY(walk(stages, filters + 1, &tested, false));
    if (tested.all || tested.patterns || tested.names >= plan->read.names)
        return OK;
    plan->lines = true;
    plan->completes = filters + 1;
    return wanted_copy(&plan->read, &tested);
}

/* Filters first look at rows that have only the fields they test; the rest is read for the rows they keep. Worth it when
 * the stages behind them want fields nobody can count. */
static status split_reading(struct plan *plan, struct stage *const *stages)
{
    struct wanted tested;
    uint32_t      filters = 0;

    if (plan->generates || plan->fed)
        return OK;
    while (filters < plan->stages && stage_is_filter(stages[filters]))
        filters++;
    TRY(split_at_sort(plan, stages, filters));
    if (filters == 0 || plan->completes)
        return OK;
    if (!stages[filters - 1]->output.all && !stages[filters - 1]->output.patterns)
        return OK;
    wanted_init(&tested, &plan->arena, false);
    TRY(walk(stages, filters, &tested, false));
    if (tested.all || tested.patterns)
        return OK;
    plan->complete_after = true;
    plan->filters = filters;
    return wanted_copy(&plan->read, &tested);
}

static bool is_projection(const struct stage *stage)
{
    return str_is(str_of(stage->command->name), "table") || str_is(str_of(stage->command->name), "fields");
}

/* Internal fields that a table or fields command names are shown in results (language 12.4). */
static status find_shown(struct plan *plan, bool internal)
{
    static const str every = { "_*", 2 };
    str     *shown = NULL;
    uint32_t room = 0;

    if (internal) {
        plan->shown = &every;
        plan->showns = 1;
        return OK;
    }
    for (int collecting = 0; collecting < 2; collecting++) {
        if (collecting)
            TRY_NEW(shown = ARENA_ARRAY(&plan->arena, str, room + 1));
        for (const struct stage *stage = plan->first; stage; stage = stage->next) {
            const struct argument *list = is_projection(stage) ? stage_given(stage, PARAM_FIELDS) : NULL;

            if (!list || !list->count || str_is(list->names[0], "-"))
                continue;
            for (uint32_t i = 0; i < list->count; i++) {
                if (list->names[i].size == 0 || list->names[i].at[0] != '_')
                    continue;
                if (collecting)
                    shown[plan->showns++] = list->names[i];
                else
                    room++;
            }
        }
    }
    plan->shown = shown;
    return OK;
}

/* Are all columns known with the first batch that leaves the stage, if `before` says so of those that come in? So it is
 * behind a stage that makes a table of its own, and names it without wildcards, as long as columns only pass. */
static bool is_closed_behind(const struct stage *stage, bool before)
{
    static const char *const keep[] = { "sort", "head", "tail", "reverse", "dedup", "uniq", "fieldformat" };
    const struct command    *command = stage->command;
    const struct argument   *list = stage_given(stage, PARAM_FIELDS);

    if (command->traits & TRAIT_FILTER)
        return before;
    for (size_t i = 0; i < COUNT_OF(keep); i++)
        if (str_is(str_of(command->name), keep[i]))
            return before;
    for (uint32_t i = 0; list && i < list->count; i++)
        if (memchr(list->names[i].at, '*', list->names[i].size))
            return false;
    return command->traits & TRAIT_TRANSFORMS;
}

/* Do rows of the input get to a stage that merges partial results? */
static bool merges_rows(const struct plan *plan)
{
    for (const struct stage *stage = plan->first; stage; stage = stage->next)
        if (stage->traits & (TRAIT_MERGES_ROWS | TRAIT_TRANSFORMS))
            return stage->traits & TRAIT_MERGES_ROWS;
    return false;
}

/* The fields wanted before and behind each stage, if those in `wanted` are wanted of the results. */
static status decide(struct plan *plan, const struct plan_options *options, struct wanted *wanted)
{
    struct stage **stages = ARENA_ARRAY(&plan->arena, struct stage *, plan->stages + 1);
    uint32_t       count = 0;

    TRY_NEW(stages);
    for (struct stage *stage = plan->first; stage; stage = stage->next) {
        stages[count++] = stage;
        stage->input = stage->output = (struct wanted){ .arena = &plan->arena };
    }
    TRY(walk(stages, count, wanted, true));
    plan->read = (struct wanted){ .arena = &plan->arena };
    TRY(wanted_copy(&plan->read, wanted));
    plan->completes = plan->filters = 0;
    plan->complete_after = plan->closed = false;
    plan->lines = options->fields;
    if (!options->fields)
        TRY(split_reading(plan, stages));
    plan->lines |= plan->complete_after;
    for (uint32_t i = 0; i < count; i++) {
        stages[i]->closed = plan->closed;
        plan->closed = is_closed_behind(stages[i], plan->closed);
    }
    plan->partials = merges_rows(plan);
    return find_shown(plan, options->internal);
}

/* A search whose rows a command takes was planned before it was known which fields are wanted behind the command. */
static status narrow(struct plan *plan)
{
    for (struct subsearch *one = plan->subsearch; one; one = one->next) {
        const struct stage *stage = plan->first;
        struct wanted       wanted;

        while (stage && stage->rank != one->rank)
            stage = stage->next;
        if (!one->narrows || one->failed || one->plan->texts || !stage || stage->output.all)
            continue;
        wanted_init(&wanted, &one->plan->arena, false);
        TRY(wanted_copy(&wanted, &stage->output));
        for (uint32_t i = 0; i < one->looks; i++)
            TRY(wanted_add(&wanted, one->looked_at[i]));
        TRY(decide(one->plan, &one->plan->options, &wanted));
        TRY(narrow(one->plan));             /* as deep as subsearches nest */
    }
    return OK;
}

status plan_fields(struct plan *plan, const struct plan_options *options)
{
    struct wanted wanted;

    wanted_init(&wanted, &plan->arena, !options->only_raw);
    if (options->only_raw)
        TRY(wanted_add(&wanted, STR("_raw")));
    if (options->fields)
        TRY(wanted_copy(&wanted, options->fields));
    TRY(decide(plan, options, &wanted));
    return narrow(plan);
}

status plan_narrow(struct plan *plan, const struct wanted *fields)
{
    struct wanted wanted;

    wanted_init(&wanted, &plan->arena, false);
    TRY(wanted_copy(&wanted, fields));
    TRY(decide(plan, &plan->options, &wanted));
    return narrow(plan);
}

status plan_reads(const struct plan *plan, struct wanted *out)
{
    const struct wanted *read = &plan->read;
    bool                 own = !plan->generates && !plan->fed;

    if (own && read->all)
        TRY(wanted_everything(out));
    for (uint32_t i = 0; own && i < read->names && !read->all; i++)
        TRY(wanted_add(out, read->name[i]));
    for (uint32_t i = 0; own && i < read->patterns && !read->all; i++)
        TRY(wanted_add_pattern(out, read->pattern[i]));
    for (const struct stage *stage = plan->first; stage; stage = stage->next)
        if (stage->traits & TRAIT_SEARCHES_INPUT)
            TRY(wanted_everything(out));
    for (const struct subsearch *one = plan->subsearch; one; one = one->next)
        TRY(plan_reads(one->plan, out));            /* as deep as subsearches nest */
    return OK;
}

status plan_await(struct plan *plan)
{
    for (struct stage *stage = plan->first; stage; stage = stage->next) {
        stage->input.arena = stage->output.arena = &plan->arena;
        TRY(wanted_everything(&stage->input));
        TRY(wanted_everything(&stage->output));
    }
    plan->read.arena = &plan->arena;
    plan->bounds = (struct time_bounds){ 0 };
    return wanted_everything(&plan->read);
}
