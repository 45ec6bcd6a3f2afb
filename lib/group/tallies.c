#include "group/tallies.h"

#include "group/sparks.h"

#include <stdlib.h>

enum { PART_BYTES = 48, POOLED_BYTES = 192 };   /* of a group whose segment is complete, about */

/* --- what there is to do --------------------------------------------------------------------------------- */

static struct argument_values *argument_of_rows(const struct tallies *tallies)
{
    for (uint32_t i = 0; i < tallies->arguments; i++)
        if (!tallies->argument[i]->field && !tallies->argument[i]->machine)
            return tallies->argument[i];
    return NULL;
}

/* The argument of a measure: shared with whoever has the same field. */
static status find_argument(struct tallies *tallies, const struct measure *measure, const struct name *field,
                            struct argument_values **out)
{
    struct argument_values *argument;

    *out = measure->program ? NULL : field ? tallies_argument(tallies, field) : argument_of_rows(tallies);
    if (*out)
        return OK;
    if (!heap_grow(tallies->heap, &tallies->argument, &tallies->argument_room, tallies->arguments + 1,
                   sizeof *tallies->argument))
        return FAIL_MEMORY;
    TRY_NEW(argument = ARENA_NEW(tallies->arena, struct argument_values));
    argument->field = field;
    if (measure->program)
        TRY(machine_new(measure->program, tallies->context, &argument->machine));
    tallies->argument[tallies->arguments++] = *out = argument;
    if (!field)
        return OK;
    if (!heap_grow_zero(tallies->heap, &tallies->of_field, &tallies->of_field_room, field->number + 1,
                        sizeof *tallies->of_field))
        return FAIL_MEMORY;
    tallies->of_field[field->number] = tallies->arguments;
    return OK;
}

/* A table that has values cannot get counts any more, but all functions that a wildcard stands for come
 * before the first value of a field. */
static status want(struct tallies *tallies, struct argument_values *argument, uint32_t takes)
{
    if ((takes & FEED_DISTINCT) && !(argument->takes & FEED_DISTINCT))
        distinct_init(&argument->distinct, tallies->heap, false, false);
    argument->takes |= takes;
    argument->distinct.counted |= (takes & FEED_COUNTS) != 0;
    return takes & FEED_LINKS ? distinct_link(&argument->distinct) : OK;
}

static status reserve_states(struct tallies *tallies, struct tally_work *work, uint32_t groups);
static status reserve_argument(struct tallies *tallies, struct argument_values *argument, uint32_t groups);

static status want_series(struct tallies *tallies)
{
    if (tallies->series)
        return OK;
    TRY_NEW(tallies->series = ARENA_NEW(tallies->arena, struct interner));
    interner_init(tallies->series, tallies->heap);
    return OK;
}

static status add_work(struct tallies *tallies, const struct measure *measure, const struct name *field,
                       const struct name *name)
{
    struct tally_work *work;

    if (!heap_grow(tallies->heap, &tallies->work, &tallies->work_room, tallies->works + 1,
                   sizeof *tallies->work))
        return FAIL_MEMORY;
    TRY_NEW(work = ARENA_NEW(tallies->arena, struct tally_work));
    work->measure = measure;
    work->name = name;
    work->tally = (struct tally){ .aggregate = measure->aggregate, .context = tallies->context,
                                  .arena = tallies->states, .percent = measure->percent, .parted = tallies->parted,
                                  .pooled = tallies->pooled, .exact = tallies->exact };
    tallies->work[tallies->works++] = work;
    if (measure->sparkline)
        TRY(sparks_new(measure, field ? name_str(field) : (str){ "", 0 }, tallies->context, tallies->arena,
                       &work->sparks));
    TRY(find_argument(tallies, measure, field, &work->argument));
    work->next = work->argument->first;
    work->argument->first = work;
    work->argument->settles |= !measure->sparkline && measure->aggregate->settle;
    TRY(want(tallies, work->argument, measure->sparkline ? FEED_TIME : measure->aggregate->takes));
    work->tally.distinct = &work->argument->distinct;
    if (!measure->sparkline && (measure->aggregate->takes & FEED_SERIES)) {
        TRY(want_series(tallies));
        work->tally.series = tallies->series;
    }
    TRY(reserve_argument(tallies, work->argument, tallies->groups));
    return work->sparks ? OK : reserve_states(tallies, work, tallies->groups);
}

status tallies_init(struct tallies *tallies, const struct measures *measures, struct context *context,
                    struct arena *arena, bool parted)
{
    *tallies = (struct tallies){ .measures = measures, .context = context, .heap = context->heap,
                                 .arena = arena, .states = arena, .parted = parted };
    TRY_NEW(tallies->time = names_intern(context->names, STR("_time")));
    for (uint32_t i = 0; i < measures->count; i++) {
        const struct measure *measure = &measures->item[i];
        const struct name    *name, *field = NULL;
        if (measure->wild) {
            tallies->wild = true;
            continue;
        }
        TRY_NEW(name = names_intern(context->names, measure->name));
        if (measure->field.size)
            TRY_NEW(field = names_intern(context->names, measure->field));
        TRY(add_work(tallies, measure, field, name));
    }
    return OK;
}

void tallies_free(struct tallies *tallies)
{
    struct heap *heap = tallies->heap;

    if (!heap)
        return;
    tallies_free_late(tallies);
    for (uint32_t i = 0; i < tallies->works; i++) {
        struct tally_work *work = tallies->work[i];
        if (work->tally.aggregate->close && work->tally.state)
            work->tally.aggregate->close(&work->tally);
        heap_free(heap, work->tally.state, (size_t)work->room * work->tally.aggregate->size);
        sparks_free(work->sparks);
    }
    for (uint32_t i = 0; i < tallies->arguments; i++) {
        struct argument_values *argument = tallies->argument[i];
        if (argument->machine)
            machine_free(argument->machine);
        distinct_free(&argument->distinct);
        heap_free(heap, argument->spoiled, argument->spoiled_room);
    }
    if (tallies->series)
        interner_free(tallies->series);
    heap_free(heap, tallies->work, tallies->work_room * sizeof *tallies->work);
    heap_free(heap, tallies->argument, tallies->argument_room * sizeof *tallies->argument);
    heap_free(heap, tallies->of_field, tallies->of_field_room * sizeof *tallies->of_field);
    heap_free(heap, tallies->known, tallies->known_room);
    *tallies = (struct tallies){ 0 };
}

/* --- room for groups ------------------------------------------------------------------------------------- */

/* Grows by half, not by two: states are the bulk of the memory of a large stats. */
static status reserve_states(struct tallies *tallies, struct tally_work *work, uint32_t groups)
{
    size_t   size = work->tally.aggregate->size;
    uint64_t room = work->room + (uint64_t)work->room / 2;
    char    *state;

    if (groups <= work->room || size == 0) {
        work->tally.groups = groups;
        return OK;
    }
    room = room < groups ? groups : room;
    room = room < 16 ? 16 : room;
    if (room > UINT32_MAX)
        return FAIL_LIMIT;
    TRY_NEW(state = heap_resize(tallies->heap, work->tally.state, work->room * size, room * size));
    memset(state + work->room * size, 0, (room - work->room) * size);
    work->tally.state = state;
    work->room = (uint32_t)room;
    work->tally.groups = groups;
    return OK;
}

static status reserve_argument(struct tallies *tallies, struct argument_values *argument, uint32_t groups)
{
    if (argument->takes & FEED_DISTINCT)
        TRY(distinct_reserve(&argument->distinct, groups));
    if (!tallies->measures->allnum)
        return OK;
    if (!heap_grow_zero(tallies->heap, &argument->spoiled, &argument->spoiled_room, groups, 1))
        return FAIL_MEMORY;
    return OK;
}

status tallies_reserve(struct tallies *tallies, uint32_t groups)
{
    tallies->groups = groups > tallies->groups ? groups : tallies->groups;
    for (uint32_t i = 0; i < tallies->works; i++)
        if (!tallies->work[i]->sparks)
            TRY(reserve_states(tallies, tallies->work[i], tallies->groups));
    for (uint32_t i = 0; i < tallies->arguments; i++)
        TRY(reserve_argument(tallies, tallies->argument[i], tallies->groups));
    return OK;
}

void tallies_clear(struct tallies *tallies, uint32_t groups)
{
    for (uint32_t i = 0; i < tallies->works; i++) {
        struct tally *tally = &tallies->work[i]->tally;
        if (tallies->work[i]->sparks)
            sparks_clear(tallies->work[i]->sparks);
        if (tally->aggregate->close && tally->state)
            tally->aggregate->close(tally);
        if (tally->state)
            memset(tally->state, 0, (size_t)groups * tally->aggregate->size);
        tally->groups = 0;
    }
    for (uint32_t i = 0; i < tallies->arguments; i++) {
        struct argument_values *argument = tallies->argument[i];
        bool                    linked = argument->distinct.linked, counted = argument->distinct.counted;
        if (argument->takes & FEED_DISTINCT) {
            distinct_free(&argument->distinct);
            distinct_init(&argument->distinct, tallies->heap, linked, counted);
        }
        if (argument->spoiled)
            memset(argument->spoiled, 0, groups);
    }
    tallies_free_late(tallies);
    tallies->groups = 0;
}

void tallies_pool(struct tallies *tallies)
{
    tallies->parted = tallies->pooled = true;
    for (uint32_t i = 0; i < tallies->works; i++)
        tallies->work[i]->tally.parted = tallies->work[i]->tally.pooled = true;
}

void tallies_sum_exactly(struct tallies *tallies)
{
    tallies_pool(tallies);
    tallies->exact = true;
    for (uint32_t i = 0; i < tallies->works; i++)
        tallies->work[i]->tally.exact = true;
}

void tallies_keep_in(struct tallies *tallies, struct arena *states)
{
    tallies->states = states;
    for (uint32_t i = 0; i < tallies->works; i++)
        tallies->work[i]->tally.arena = states;
}

void tallies_drop(struct tallies *tallies)
{
    tallies_clear(tallies, 0);
    for (uint32_t i = 0; i < tallies->works; i++) {
        struct tally_work *work = tallies->work[i];
        heap_free(tallies->heap, work->tally.state, (size_t)work->room * work->tally.aggregate->size);
        work->tally.state = NULL;
        work->room = 0;
    }
    for (uint32_t i = 0; i < tallies->arguments; i++) {
        heap_free(tallies->heap, tallies->argument[i]->spoiled, tallies->argument[i]->spoiled_room);
        tallies->argument[i]->spoiled = NULL;
        tallies->argument[i]->spoiled_room = 0;
    }
}

uint64_t tallies_items(const struct tallies *tallies)
{
    uint64_t count = tallies->lates;

    for (uint32_t i = 0; i < tallies->arguments; i++)
        if (tallies->argument[i]->takes & FEED_DISTINCT)
            count += distinct_items(&tallies->argument[i]->distinct);
    for (uint32_t i = 0; i < tallies->works; i++)
        count += tallies->work[i]->sparks ? sparks_cells(tallies->work[i]->sparks) : 0;
    return count;
}

/* What a sum keeps of a segment, in the arena. */
static size_t part_bytes(const struct tally *tally)
{
    return !tally->aggregate->settle || !tally->parted ? 0 : tally->pooled ? POOLED_BYTES : PART_BYTES;
}

size_t tallies_growth(const struct tallies *tallies, uint32_t more)
{
    size_t bytes = tallies_late_growth(tallies, more);

    for (uint32_t i = 0; i < tallies->works; i++) {
        const struct tally_work *work = tallies->work[i];
        if (work->sparks)
            bytes += sparks_growth(work->sparks, more);
        else if ((uint64_t)tallies->groups + more > work->room)
            bytes += (work->room / 2 + (size_t)more) * work->tally.aggregate->size;
        bytes += work->sparks ? 0 : more * part_bytes(&work->tally);
    }
    for (uint32_t i = 0; i < tallies->arguments; i++)
        if (tallies->argument[i]->takes & FEED_DISTINCT)
            bytes += distinct_growth(&tallies->argument[i]->distinct, more);
    return bytes;
}

/* --- wildcards ------------------------------------------------------------------------------------------- */

static bool is_by(const struct measures *measures, str name)
{
    for (uint32_t i = 0; i < measures->bys; i++)
        if (str_equal(measures->by[i], name))
            return true;
    return false;
}

static status expand_one(struct tallies *tallies, const struct measure *measure, const struct name *field)
{
    const struct name *name;
    str                text = measure_rename(measure->field, name_str(field), measure->name, tallies->arena);

    TRY_NEW(text.at);
    TRY_NEW(name = names_intern(tallies->context->names, text));
    return add_work(tallies, measure, field, name);
}

status tallies_see_field(struct tallies *tallies, const struct name *field)
{
    if (!tallies->wild || str_starts(name_str(field), STR("psrsvd_")))
        return OK;
    if (field->number < tallies->known_room && tallies->known[field->number])
        return OK;
    if (!heap_grow_zero(tallies->heap, &tallies->known, &tallies->known_room, field->number + 1, 1))
        return FAIL_MEMORY;
    tallies->known[field->number] = 1;
    if (is_by(tallies->measures, name_str(field)))
        return OK;
    for (uint32_t i = 0; i < tallies->measures->count; i++)
        if (tallies->measures->item[i].wild && names_match(tallies->measures->item[i].field, name_str(field)))
            TRY(expand_one(tallies, &tallies->measures->item[i], field));
    return OK;
}

status tallies_see(struct tallies *tallies, const struct batch *batch)
{
    for (uint32_t i = 0; tallies->wild && i < batch->fields; i++)
        TRY(tallies_see_field(tallies, batch->field[i].name));
    return OK;
}

/* --- one after another ----------------------------------------------------------------------------------- */

status tallies_counterpart(struct tallies *into, const struct tallies *from, const struct tally_work *his,
                           struct tally_work **out)
{
    const struct measure   *measure = into->measures->item + (his->measure - from->measures->item);
    const struct name      *field = his->argument->field;
    struct argument_values *argument = field ? tallies_argument(into, field) : NULL;

    for (*out = argument ? argument->first : NULL; *out; *out = (*out)->next)
        if ((*out)->measure == measure)
            return OK;
    for (uint32_t i = 0; !field && i < into->works; i++) {
        *out = into->work[i];
        if ((*out)->measure == measure)
            return OK;
    }
    TRY(add_work(into, measure, field, his->name));
    *out = into->work[into->works - 1];
    return OK;
}

status tallies_follow(struct tallies *into, struct tallies *from)
{
    struct tally_work *mine;

    for (uint32_t i = 0; i < into->works; i++)
        into->work[i]->number = i;
    for (uint32_t i = 0; i < from->works; i++) {
        struct tally_work *his = from->work[i];
        uint32_t           works = into->works;
        TRY(tallies_counterpart(into, from, his, &mine));
        if (into->works > works)
            mine->number = works;
        his->number = mine->number;
        mine->argument->any_value |= his->argument->any_value;
        mine->argument->any_number |= his->argument->any_number;
    }
    return OK;
}

/* --- results --------------------------------------------------------------------------------------------- */

bool tallies_show(const struct tally_work *work)
{
    if (!work->measure->wild)
        return true;
    if (work->sparks)
        return sparks_show(work->sparks);
    return work->tally.aggregate->numeric ? work->argument->any_number : work->argument->any_value;
}

static int by_field(const void *left, const void *right)
{
    const struct tally_work *const *a = left, *const *b = right;

    return str_compare(name_str((*a)->argument->field), name_str((*b)->argument->field));
}

/* All works by measure: wildcards make many of one. */
static status works_by_measure(struct tallies *tallies, struct arena *arena, struct tally_work ***out,
                               uint32_t **first)
{
    uint32_t  measures = tallies->measures->count;
    uint32_t *at;

    TRY_NEW(*out = arena_alloc(arena, (tallies->works + (size_t)1) * sizeof **out));
    TRY_NEW(*first = ARENA_ARRAY(arena, uint32_t, measures + (size_t)2));
    TRY_NEW(at = ARENA_ARRAY(arena, uint32_t, measures + (size_t)2));
    for (uint32_t i = 0; i < tallies->works; i++)
        (*first)[tallies->work[i]->measure - tallies->measures->item + 1]++;
    for (uint32_t i = 0; i < measures; i++)
        at[i + 1] = (*first)[i + 1] += (*first)[i];
    for (uint32_t i = 0; i < tallies->works; i++)
        (*out)[at[tallies->work[i]->measure - tallies->measures->item]++] = tallies->work[i];
    return OK;
}

status tallies_columns(struct tallies *tallies, struct arena *arena, struct tally_work ***column,
                       uint32_t *count,
                       const struct measure **clash)
{
    struct tally_work **out = arena_alloc(arena, (tallies->works + (size_t)1) * sizeof *out), **all;
    uint32_t           *first;

    *column = out;
    *count = 0;
    *clash = NULL;
    TRY_NEW(out);
    TRY(works_by_measure(tallies, arena, &all, &first));
    for (uint32_t m = 0; m < tallies->measures->count; m++) {
        const struct measure *measure = &tallies->measures->item[m];
        uint32_t              from = *count;
        for (uint32_t i = first[m]; i < first[m + 1] && !measure->hidden; i++)
            if (tallies_show(all[i]))
                out[(*count)++] = all[i];
        if (measure->wild)
            qsort(out + from, *count - from, sizeof *out, by_field);
        if (*count > from + 1 && out[from]->name == out[from + 1]->name) {
            *clash = measure;
            return FAIL_DATA;
        }
    }
    return OK;
}

status tallies_cell(struct tallies *tallies, const struct tally_work *work, uint32_t group,
                    struct arena *arena,
                    struct cell *out)
{
    struct tally *tally = (struct tally *)&work->tally;

    if (work->sparks)
        return sparks_cell(work->sparks, group, arena, out);
    if (tally->aggregate->numeric && work->argument->spoiled && work->argument->spoiled[group]) {
        *out = cell_null();
        return OK;
    }
    return tally->aggregate->finish(tally, group, arena, out);
}
