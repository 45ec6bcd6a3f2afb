#include "command/running_window.h"

#include "value/number.h"

#include <math.h>

enum { SLOTS = 64 };                        /* states used up before they are cleared together */

status running_init(struct running *running, const struct measures *measures, struct context *context,
                    struct arena *arena)
{
    arena_init(&running->states, context->heap);
    arena_init(&running->row, context->heap);
    running->epoch = 1;
    return tallies_init(&running->tallies, measures, context, arena, false);    /* nobody else counts what it counts */
}

/* --- states -------------------------------------------------------------------------------------------------------- */

/* A fresh state for every aggregate. Single states cannot be given back, so a window clears them all now and then. */
status running_slot(struct running *running, uint32_t *slot)
{
    if (running->window && running->slots >= SLOTS) {
        tallies_clear(&running->tallies, running->slots);
        arena_reset(&running->states);
        running->slots = 0;
    }
    if (running->slots == UINT32_MAX - 1)
        return FAIL_LIMIT;
    *slot = running->slots++;
    return tallies_reserve(&running->tallies, running->slots);
}

status running_group_at(struct running *running, uint32_t number, struct running_group **out)
{
    if (number >= running->groups
        && !heap_grow_zero(running->tallies.heap, &running->group, &running->groups, number + 1, sizeof *running->group))
        return FAIL_MEMORY;
    *out = &running->group[number];
    return OK;
}

static status group_slot(struct running *running, struct running_group *group, uint32_t *slot)
{
    if (group->epoch != running->epoch) {
        TRY(running_slot(running, &group->slot));
        group->epoch = running->epoch;
    }
    *slot = group->slot;
    return OK;
}

/* --- a batch ------------------------------------------------------------------------------------------------------- */

static status read_column(struct running *running, uint32_t number, struct batch *in, struct arena *step)
{
    struct argument_values *argument = running->tallies.argument[number];
    struct column          *column = argument->field ? batch_column(in, argument->field) : NULL;

    if (argument->machine)
        TRY(machine_value(argument->machine, in, step, &column));
    TRY(batch_decode(in, column));
    running->column[number] = column;
    running->timed |= (argument->takes & FEED_TIME) != 0;
    return OK;
}

/* The works of each argument: those of argument a are work[first[a]] to before work[first[a + 1]]. */
static status sort_works(struct running *running, struct arena *step)
{
    const struct tallies *tallies = &running->tallies;
    uint32_t              count = 0;

    TRY_NEW(running->first = ARENA_ARRAY(step, uint32_t, tallies->arguments + (size_t)1));
    TRY_NEW(running->work = ARENA_ARRAY(step, uint32_t, tallies->works + (size_t)1));
    TRY_NEW(running->extremes = ARENA_ARRAY(step, uint8_t, tallies->arguments + (size_t)1));
    for (uint32_t i = 0; i < tallies->works; i++)
        tallies->work[i]->number = i;
    for (uint32_t a = 0; a < tallies->arguments; a++) {
        for (const struct tally_work *work = tallies->argument[a]->first; work; work = work->next) {
            running->work[count++] = work->number;
            running->extremes[a] |= (uint8_t)(str_is(str_of(work->tally.aggregate->name), "min")
                                              | str_is(str_of(work->tally.aggregate->name), "max") << 1);
        }
        running->first[a + 1] = count;
    }
    return OK;
}

status running_batch(struct running *running, struct batch *in, struct arena *step)
{
    struct tallies *tallies = &running->tallies;

    TRY(tallies_see(tallies, in));
    for (uint32_t i = 0; i < tallies->works; i++)
        tallies->work[i]->tally.arena = &running->states;
    TRY_NEW(running->column = ARENA_ARRAY(step, struct column *, tallies->arguments + (size_t)1));
    running->timed = running->span > 0;
    for (uint32_t i = 0; i < tallies->arguments; i++)
        TRY(read_column(running, i, in, step));
    TRY(sort_works(running, step));
    running->time = NULL;
    if (!running->timed)
        return OK;
    TRY(batch_decode(in, batch_column(in, tallies->time)));
    return feed_read_numbers(in, batch_column(in, tallies->time), step, &running->time);
}

/* --- values -------------------------------------------------------------------------------------------------------- */

static inline bool is_rows(const struct argument_values *argument) { return !argument->field && !argument->machine; }

/* Do its aggregates look at the texts, or is it enough to know the numbers and how many values there are? */
bool running_wants_text(const struct argument_values *argument)
{
    return (argument->takes & (FEED_CELLS | FEED_DISTINCT)) != 0;
}

bool running_number(const struct cell *cell, double *number)
{
    if (cell->kind == KIND_NUMBER) {
        *number = cell->number;
        return isfinite(cell->number);
    }
    return cell->kind == KIND_TEXT && number_parse_loose(cell_str(cell), number) && isfinite(*number);
}

/* Appends what an argument has in a row to scratch.cell. */
status running_gather(struct running *running, uint32_t *count, const struct cell *cell, bool unsettled)
{
    struct running_scratch *scratch = &running->scratch;
    uint32_t                members = cell->kind == KIND_LIST ? cell->size : 1;
    const struct cell      *member = cell->kind == KIND_LIST ? cell->list : cell;

    if (members > UINT32_MAX / 2 - *count)
        return FAIL_LIMIT;
    if (!heap_grow(running->tallies.heap, &scratch->cell, &scratch->cells, *count + members, sizeof *scratch->cell))
        return FAIL_MEMORY;
    for (uint32_t i = 0; i < members; i++) {
        if (member[i].kind == KIND_NULL)
            continue;
        scratch->cell[*count] = member[i];
        if (unsettled)
            cell_settle(&scratch->cell[*count]);
        ++*count;
    }
    return OK;
}

/* The values of the row at work. An argument that is no field counts rows: one value, whatever it is. */
status running_gather_row(struct running *running, uint32_t number, uint32_t row, uint32_t *count)
{
    const struct argument_values *argument = running->tallies.argument[number];
    const struct column          *column = running->column[number];
    struct cell                   cell = is_rows(argument) ? cell_number(1) : cell_null();

    *count = 0;
    if (column)
        cell = column_cell(column, row);
    return running_gather(running, count, &cell, column && column->encoding == ENCODING_NUMBER && column->unsettled &&
                                         running_wants_text(argument));
}

static status feed_room(struct running *running, uint32_t count)
{
    struct running_scratch *scratch = &running->scratch;
    struct heap            *heap = running->tallies.heap;

    return heap_grow(heap, &scratch->number, &scratch->numbers, count, sizeof *scratch->number)
        && heap_grow(heap, &scratch->group, &scratch->groups, count, sizeof *scratch->group)
        && heap_grow(heap, &scratch->entry, &scratch->entries, count, sizeof *scratch->entry)
        && heap_grow(heap, &scratch->other, &scratch->others, count, sizeof *scratch->other) ? OK : FAIL_MEMORY;
}

static void split_numbers(const struct running *running, struct feed *feed)
{
    const struct running_scratch *scratch = &running->scratch;

    for (uint32_t i = 0; i < feed->count; i++) {
        if (running_number(&feed->cell[i], &scratch->number[feed->numbers]))
            scratch->entry[feed->numbers++] = i;
        else
            scratch->other[feed->others++] = i;
    }
    feed->number = scratch->number;
    feed->number_group = feed->group;
    feed->number_entry = feed->others ? scratch->entry : NULL;
    feed->other_entry = scratch->other;
}

/* The first `count` of scratch.cell, of times scratch.time if they are wanted, go to a state. */
status running_feed(struct running *running, struct argument_values *argument, uint32_t count, uint32_t slot,
                    uint64_t ordinal, struct arena *step, struct feed *feed)
{
    const struct running_scratch *scratch = &running->scratch;

    TRY(feed_room(running, count));
    for (uint32_t i = 0; i < count; i++)
        scratch->group[i] = slot;
    *feed = (struct feed){ .count = count, .group = scratch->group, .cell = scratch->cell, .time = scratch->time,
                           .ordinal = ordinal };
    argument->any_value = true;
    if ((argument->takes & FEED_NUMBERS) && !is_rows(argument)) {
        split_numbers(running, feed);
        argument->any_number |= feed->numbers > 0;
        if (argument->spoiled && feed->others)
            argument->spoiled[slot] = 1;
    }
    if ((argument->takes & FEED_DISTINCT) && !is_rows(argument)) {
        struct column members = { .encoding = ENCODING_CELLS, .kinds = KINDS_ANY & ~KINDS(KIND_LIST),
                                  .cell = scratch->cell };
        return feed_distinct(feed, &members, &argument->distinct, step);
    }
    return OK;
}

status running_times(struct running *running, uint32_t from, uint32_t to, double time)
{
    struct running_scratch *scratch = &running->scratch;

    if (!running->timed)
        return OK;
    if (!heap_grow(running->tallies.heap, &scratch->time, &scratch->times, to, sizeof *scratch->time))
        return FAIL_MEMORY;
    for (uint32_t i = from; i < to; i++)
        scratch->time[i] = time;
    return OK;
}

/* --- results that last ---------------------------------------------------------------------------------------------- */

/* What states tell is dead once they take in more. */
static status keep_result(struct cell *cell, struct arena *arena)
{
    if (cell->kind == KIND_TEXT) {
        str text = arena_str(arena, cell_str(cell));
        TRY_NEW(text.at);
        cell->text = text.at;
    } else if (cell->kind == KIND_LIST) {
        struct cell *list = arena_alloc(arena, cell->size * sizeof *list);
        TRY_NEW(list);
        memcpy(list, cell->list, cell->size * sizeof *list);
        for (uint32_t i = 0; i < cell->size; i++)
            TRY(keep_result(&list[i], arena));          /* members are no lists */
        cell->list = list;
    }
    return OK;
}

status running_keep(const struct running *running, struct cell *out, struct arena *arena)
{
    for (uint32_t i = 0; i < running->tallies.works; i++)
        TRY(keep_result(&out[i], arena));
    return OK;
}

/* --- without a window: states that grow ------------------------------------------------------------------------------ */

static status grow_state(struct running *running, uint32_t row, uint32_t slot, struct arena *step)
{
    uint32_t most = 1;

    for (uint32_t a = 0; a < running->tallies.arguments; a++) {
        struct argument_values *argument = running->tallies.argument[a];
        struct feed             feed;
        uint32_t                count;
        TRY(running_gather_row(running, a, row, &count));
        if (count == 0)
            continue;
        most = count > most ? count : most;
        TRY(running_times(running, 0, count, running->time ? running->time[row] : NAN));
        TRY(running_feed(running, argument, count, slot, running->ordinal, step, &feed));
        for (struct tally_work *work = argument->first; work; work = work->next)
            if (work->tally.aggregate->update)
                TRY(work->tally.aggregate->update(&work->tally, &feed));
    }
    running->ordinal += most;
    return OK;
}

static status next_without_window(struct running *running, uint32_t row, const uint32_t *group, uint32_t count,
                                  struct arena *arena, struct cell *out)
{
    struct running_group *at;
    uint32_t              slot;

    for (int turn = 0; turn < 2; turn++) {
        if (turn == !running->current)
            for (uint32_t i = 0; i < count; i++) {
                TRY(running_group_at(running, group[i], &at));
                TRY(group_slot(running, at, &slot));
                TRY(grow_state(running, row, slot, &running->row));
            }
        else {
            TRY(running_group_at(running, group[0], &at));
            TRY(group_slot(running, at, &slot));
            for (uint32_t i = 0; i < running->tallies.works; i++)
                TRY(tallies_cell(&running->tallies, running->tallies.work[i], slot, &running->row, &out[i]));
            TRY(running_keep(running, out, arena));
        }
    }
    return OK;
}

status running_next(struct running *running, uint32_t row, const uint32_t *group, uint32_t count, struct arena *arena,
                    struct cell *out)
{
    running->serial++;
    if (count == 0)
        return OK;
    TRY(running->window ? running_window(running, row, group, count, arena, out)
                        : next_without_window(running, row, group, count, arena, out));
    arena_reset(&running->row);
    return OK;
}

void running_clear(struct running *running)
{
    running_drop_rows(running);
    running->epoch++;
    if (running->slots < SLOTS)
        return;
    tallies_clear(&running->tallies, running->slots);
    arena_reset(&running->states);
    running->slots = 0;
}

void running_free(struct running *running)
{
    struct heap            *heap = running->tallies.heap;
    struct running_scratch *scratch = &running->scratch;

    if (!heap)
        return;
    running_drop_rows(running);
    for (uint32_t i = 0; i < running->groups; i++) {
        for (uint32_t a = 0; a < running->group[i].slides; a++)
            running_extremes_free(heap, &running->group[i].slide[a]);
        heap_free(heap, running->group[i].slide, running->group[i].slides * sizeof *running->group[i].slide);
    }
    heap_free(heap, running->group, running->groups * sizeof *running->group);
    heap_free(heap, scratch->cell, scratch->cells * sizeof *scratch->cell);
    heap_free(heap, scratch->number, scratch->numbers * sizeof *scratch->number);
    heap_free(heap, scratch->time, scratch->times * sizeof *scratch->time);
    heap_free(heap, scratch->group, scratch->groups * sizeof *scratch->group);
    heap_free(heap, scratch->entry, scratch->entries * sizeof *scratch->entry);
    heap_free(heap, scratch->other, scratch->others * sizeof *scratch->other);
    tallies_free(&running->tallies);
    arena_free(&running->states);
    arena_free(&running->row);
}
