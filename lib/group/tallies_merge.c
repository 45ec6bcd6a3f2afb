/* What two have counted apart becomes one. */
#include "base/thread.h"
#include "group/partials.h"
#include "group/sparks.h"
#include "group/tallies.h"

enum { WORTH_A_THREAD = 16384 };        /* groups */

/* Merging by two threads, which keep to what is theirs: first one takes the arguments, whose sets of distinct
 * values are the dear part, and the other the states; then both count what is new in sets that only count. */
struct joint_merge {
    struct tallies *into, *from;
    const uint32_t *group;
    bool            last;               /* nothing is counted or merged afterwards */
    struct joint_argument {
        struct argument_values *mine, *his;
        uint32_t               *code;   /* his values as ours, where counting is left to do */
        uint32_t               *fresh[2];       /* then: by his group and thread, how many values are new */
    } *argument;
    status          result;
};

static status merge_argument(struct joint_merge *merge, struct joint_argument *argument)
{
    struct argument_values *mine = argument->mine, *his = argument->his;

    mine->any_value |= his->any_value;
    mine->any_number |= his->any_number;
    for (uint32_t i = 0; his->spoiled && i < merge->from->groups; i++)
        if (his->spoiled[i] && merge->group[i] != GROUP_NONE)
            mine->spoiled[merge->group[i]] = 1;
    if (!(his->takes & FEED_DISTINCT) || merge->into->context->saved_states)
        return OK;
    return merge->last && distinct_only_counts(&mine->distinct)
               ? distinct_codes(&mine->distinct, &his->distinct, &argument->code)
               : distinct_merge(&mine->distinct, &his->distinct, merge->group);
}

static void *merge_arguments(void *job)
{
    struct joint_merge *merge = job;

    for (uint32_t i = 0; i < merge->from->arguments && merge->result == OK; i++)
        merge->result = merge_argument(merge, &merge->argument[i]);
    return NULL;
}

static void count_new(struct joint_merge *merge, uint32_t part, uint32_t parts)
{
    for (uint32_t i = 0; i < merge->from->arguments; i++) {
        struct joint_argument *argument = &merge->argument[i];
        uint64_t               pairs = argument->his->distinct.pairs.count;

        if (argument->code)
            distinct_count_new(&argument->mine->distinct, &argument->his->distinct, merge->group, argument->code,
                               (uint32_t)(pairs * part / parts), (uint32_t)(pairs * (part + 1) / parts),
                               argument->fresh[part]);
    }
}

static void *count_second_part(void *job)
{
    count_new(job, 1, 2);
    return NULL;
}

static status count_jointly(struct joint_merge *merge, bool threads)
{
    struct thread other;

    for (uint32_t i = 0; i < merge->from->arguments; i++)
        for (uint32_t part = 0; merge->argument[i].code && part <= threads; part++)
            TRY_NEW(merge->argument[i].fresh[part] =
                        heap_zero(merge->into->heap, merge->from->groups + (size_t)1, sizeof(uint32_t)));
    threads = threads && thread_start(&other, count_second_part, merge) == OK;
    count_new(merge, 0, threads ? 2 : 1);
    if (threads)
        thread_join(&other);
    for (uint32_t i = 0; i < merge->from->arguments; i++) {
        struct joint_argument *argument = &merge->argument[i];
        for (uint32_t part = 0; argument->code && part <= threads; part++)
            distinct_add_new(&argument->mine->distinct, &argument->his->distinct, merge->group, argument->fresh[part]);
    }
    return OK;
}

static void free_arguments(struct joint_merge *merge)
{
    struct heap *heap = merge->into->heap;

    for (uint32_t i = 0; i < merge->from->arguments; i++) {
        struct joint_argument *argument = &merge->argument[i];
        if (argument->code)
            distinct_codes_free(&argument->mine->distinct, &argument->his->distinct, argument->code);
        for (uint32_t part = 0; part < COUNT_OF(argument->fresh); part++)
            heap_free(heap, argument->fresh[part], (merge->from->groups + (size_t)1) * sizeof(uint32_t));
    }
    heap_free(heap, merge->argument, (merge->from->arguments + (size_t)1) * sizeof *merge->argument);
}

/* As it would be if his states had come as columns. */
static status merge_saved(struct tally_work *mine, struct tally_work *his, const uint32_t *group)
{
    if (!his->tally.aggregate->update)      /* one for all that share the set of distinct values */
        for (const struct tally_work *at = his->argument->first; at != his; at = at->next)
            if (!at->sparks && !at->tally.aggregate->update)
                return OK;
    return partials_merge(&mine->tally, &his->tally, group);
}

static status merge_states(struct tallies *into, struct tallies *from, const uint32_t *group)
{
    struct tally_work *mine;

    for (uint32_t i = 0; i < from->works; i++) {
        struct tally_work *his = from->work[i];
        TRY(tallies_counterpart(into, from, his, &mine));
        if (his->sparks)
            TRY(sparks_merge(mine->sparks, his->sparks, group));
        else if (into->context->saved_states && partials_can(his->tally.aggregate))
            TRY(merge_saved(mine, his, group));
        else if (his->tally.aggregate->merge)
            TRY(his->tally.aggregate->merge(&mine->tally, &his->tally, group));
    }
    return OK;
}

static status merge_jointly(struct joint_merge *merge, bool threads)
{
    struct thread other;
    bool          started = threads && thread_start(&other, merge_arguments, merge) == OK;
    status        result;

    if (!started)
        merge_arguments(merge);
    result = merge_states(merge->into, merge->from, merge->group);
    if (started)
        thread_join(&other);
    TRY(merge->result);
    TRY(result);
    return count_jointly(merge, threads);
}

status tallies_merge(struct tallies *into, struct tallies *from, const uint32_t *group, unsigned how)
{
    struct joint_merge merge = { into, from, group, .last = how & MERGE_LAST, .result = OK };
    struct tally_work *mine;
    status             result = OK;

    TRY_NEW(merge.argument = heap_zero(into->heap, from->arguments + (size_t)1, sizeof *merge.argument));
    /* Before there are two threads: nothing is made afterwards that both would see. */
    for (uint32_t i = 0; i < from->works && result == OK; i++)
        result = tallies_counterpart(into, from, from->work[i], &mine);
    for (uint32_t i = 0; i < from->arguments && result == OK; i++) {
        merge.argument[i].his = from->argument[i];
        result = tallies_counterpart(into, from, from->argument[i]->first, &mine);
        merge.argument[i].mine = result == OK ? mine->argument : NULL;
    }
    if (result == OK)
        result = merge_jointly(&merge, how & MERGE_THREADS && from->groups >= WORTH_A_THREAD
                                           && !into->context->saved_states);
    free_arguments(&merge);
    return result;
}
