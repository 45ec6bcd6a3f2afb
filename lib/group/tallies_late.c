/* Numbers of a segment whose beginning went to disk: they wait to be added to it, from left to right. */
#include "group/tallies.h"

void tallies_leave(struct tallies *tallies, bool leaving)
{
    for (uint32_t i = 0; i < tallies->works; i++)
        tallies->work[i]->tally.leaving = leaving;
}

status tallies_add_late(struct tallies *tallies, struct argument_values *argument, const struct feed *feed)
{
    uint64_t count = (uint64_t)argument->lates + feed->numbers;

    if (count > UINT32_MAX)
        return FAIL_LIMIT;
    if (!heap_grow(tallies->heap, &argument->late, &argument->late_room, (uint32_t)count, sizeof *argument->late))
        return FAIL_MEMORY;
    for (uint32_t i = 0; i < feed->numbers; i++)
        argument->late[argument->lates + i] =
            (struct late_number){ feed->number[i], feed->number_group ? feed->number_group[i] : 0 };
    argument->lates = (uint32_t)count;
    tallies->late_segment = feed->segment;
    tallies->lates += feed->numbers;
    return OK;
}

/* By counting. */
status tallies_sort_late(const struct tallies *tallies, const struct argument_values *argument, const uint32_t *place,
                         uint32_t count, struct late_number **out)
{
    uint32_t *next = heap_zero(tallies->heap, count + (size_t)1, sizeof *next), before = 0;

    TRY_NEW(next);
    *out = heap_alloc(tallies->heap, (argument->lates + (size_t)1) * sizeof **out);
    for (uint32_t i = 0; *out && i < argument->lates; i++)
        next[place[argument->late[i].group]]++;
    for (uint32_t i = 0; *out && i < count; i++) {
        uint32_t here = next[i];
        next[i] = before;
        before += here;
    }
    for (uint32_t i = 0; *out && i < argument->lates; i++)
        (*out)[next[place[argument->late[i].group]]++] = argument->late[i];
    heap_free(tallies->heap, next, (count + (size_t)1) * sizeof *next);
    return *out ? OK : FAIL_MEMORY;
}

void tallies_free_late(struct tallies *tallies)
{
    for (uint32_t i = 0; i < tallies->arguments; i++) {
        struct argument_values *argument = tallies->argument[i];
        heap_free(tallies->heap, argument->late, argument->late_room * sizeof *argument->late);
        argument->late = NULL;
        argument->lates = argument->late_room = 0;
    }
    tallies->lates = 0;
}

size_t tallies_late_growth(const struct tallies *tallies, uint32_t more)
{
    size_t bytes = 0;

    for (uint32_t i = 0; tallies->torn && i < tallies->arguments; i++) {
        const struct argument_values *argument = tallies->argument[i];
        size_t                        count = argument->lates + (size_t)more;
        if (!argument->settles)
            continue;
        bytes += count * sizeof *argument->late;                                /* sorted */
        if (count > argument->late_room)
            bytes += 2 * count * sizeof *argument->late;
    }
    return bytes + (bytes ? (tallies->groups + (size_t)more) * sizeof(uint32_t) : 0);
}
