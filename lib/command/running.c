#include "command/running.h"

#include "value/number.h"

#include <math.h>

enum { SLOTS = 64 };                        /* states used up before they are cleared together */

struct running_row {                        /* a row in a window */
    struct running_row *next;               /* of its group */
    struct running_row *older, *newer;      /* of all */
    size_t              size;               /* of this block: the lists and texts of the cells are in it */
    uint64_t            serial, ordinal;
    double              time;
    uint32_t            group, cells;       /* a cell for each argument there was */
    struct cell         cell[];
};

status running_init(struct running *running, const struct measures *measures, struct context *context,
                    struct arena *arena)
{
    arena_init(&running->states, context->heap);
    arena_init(&running->row, context->heap);
    running->epoch = 1;
    return tallies_init(&running->tallies, measures, context, arena);
}

/* --- states -------------------------------------------------------------------------------------------------------- */

/* A fresh state for every aggregate. Single states cannot be given back, so a window clears them all now and then. */
static status take_slot(struct running *running, uint32_t *slot)
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

static status group_at(struct running *running, uint32_t number, struct running_group **out)
{
    uint32_t before = running->groups;

    if (number >= before) {
        if (!heap_grow(running->tallies.heap, &running->group, &running->groups, number + 1, sizeof *running->group))
            return FAIL_MEMORY;
        memset(running->group + before, 0, (running->groups - before) * sizeof *running->group);
    }
    *out = &running->group[number];
    return OK;
}

static status group_slot(struct running *running, struct running_group *group, uint32_t *slot)
{
    if (group->epoch != running->epoch) {
        TRY(take_slot(running, &group->slot));
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
    running->time = NULL;
    if (!running->timed)
        return OK;
    TRY(batch_decode(in, batch_column(in, tallies->time)));
    return feed_read_numbers(in, batch_column(in, tallies->time), step, &running->time);
}

/* --- values -------------------------------------------------------------------------------------------------------- */

static inline bool is_rows(const struct argument_values *argument) { return !argument->field && !argument->machine; }

/* Do its aggregates look at the texts, or is it enough to know the numbers and how many values there are? */
static inline bool wants_text(const struct argument_values *argument)
{
    return (argument->takes & (FEED_CELLS | FEED_DISTINCT)) != 0;
}

static bool is_number(const struct cell *cell, double *number)
{
    if (cell->kind == KIND_NUMBER) {
        *number = cell->number;
        return isfinite(cell->number);
    }
    return cell->kind == KIND_TEXT && number_parse_loose(cell_str(cell), number) && isfinite(*number);
}

/* Appends what an argument has in a row to scratch.cell. */
static status gather(struct running *running, uint32_t *count, const struct cell *cell, bool unsettled)
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
static status gather_row(struct running *running, uint32_t number, uint32_t row, uint32_t *count)
{
    const struct argument_values *argument = running->tallies.argument[number];
    const struct column          *column = running->column[number];
    struct cell                   cell = is_rows(argument) ? cell_number(1) : cell_null();

    *count = 0;
    if (column)
        cell = column_cell(column, row);
    return gather(running, count, &cell, column && column->encoding == ENCODING_NUMBER && column->unsettled &&
                                         wants_text(argument));
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
        if (is_number(&feed->cell[i], &scratch->number[feed->numbers]))
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
static status feed_scratch(struct running *running, struct argument_values *argument, uint32_t count, uint32_t slot,
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

static status set_times(struct running *running, uint32_t from, uint32_t to, double time)
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

static status keep_results(const struct running *running, struct cell *out, struct arena *arena)
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
        TRY(gather_row(running, a, row, &count));
        if (count == 0)
            continue;
        most = count > most ? count : most;
        TRY(set_times(running, 0, count, running->time ? running->time[row] : NAN));
        TRY(feed_scratch(running, argument, count, slot, running->ordinal, step, &feed));
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
                TRY(group_at(running, group[i], &at));
                TRY(group_slot(running, at, &slot));
                TRY(grow_state(running, row, slot, &running->row));
            }
        else {
            TRY(group_at(running, group[0], &at));
            TRY(group_slot(running, at, &slot));
            for (uint32_t i = 0; i < running->tallies.works; i++)
                TRY(tallies_cell(&running->tallies, running->tallies.work[i], slot, &running->row, &out[i]));
            TRY(keep_results(running, out, arena));
        }
    }
    return OK;
}

/* --- windows: rows that are kept ------------------------------------------------------------------------------------- */

/* Sums of at most 10000 such numbers are exact, and so is taking them away again. (One row's multivalue would have to
 * hold millions of values to break that.) */
static bool is_exact(double number) { return number == floor(number) && fabs(number) <= 1073741824.0; }

static void slide(struct running_slide *slide, const struct cell *cell, bool leaves)
{
    const struct cell *member = cell->kind == KIND_LIST ? cell->list : cell;
    uint32_t           count = cell->kind == KIND_LIST ? cell->size : cell->kind != KIND_NULL;
    uint64_t           one = leaves ? UINT64_MAX : 1;      /* unsigned numbers go round: this is -1 */

    for (uint32_t i = 0; i < count; i++) {
        double number;
        slide->values += one;
        if (!is_number(&member[i], &number))
            continue;
        slide->numbers += one;
        if (is_exact(number))
            slide->sum += leaves ? -number : number;
        else
            slide->inexact += one;
    }
}

static void slide_row(struct running *running, const struct running_row *row, bool leaves)
{
    struct running_group *group = &running->group[row->group];

    for (uint32_t a = 0; a < row->cells; a++)
        slide(&group->slide[a], &row->cell[a], leaves);
}

/* Takes the first row of a group out of its window. */
static void drop_first(struct running *running, struct running_group *group)
{
    struct running_row *row = group->first;

    slide_row(running, row, true);
    group->first = row->next;
    if (!group->first)
        group->last = NULL;
    group->rows--;
    *(row->older ? &row->older->newer : &running->oldest) = row->newer;
    *(row->newer ? &row->newer->older : &running->newest) = row->older;
    heap_free(running->tallies.heap, row, row->size);
}

/* Bytes that a value needs besides its cell. Where only numbers count, the text of another value does not matter. */
static size_t value_size(const struct cell *cell, uint32_t count, bool text)
{
    size_t size = count > 1 ? count * sizeof *cell : 0;

    for (uint32_t i = 0; i < count && text; i++)
        size += cell[i].kind == KIND_TEXT ? cell[i].size : 0;
    return (size + 15) & ~(size_t)15;
}

static void keep_cell(struct cell *cell, bool text, char **at)
{
    double number;

    if (cell->kind != KIND_TEXT)
        return;
    if (text) {
        if (cell->size)
            memcpy(*at, cell->text, cell->size);
        cell->text = *at;
        *at += cell->size;
    } else {
        *cell = is_number(cell, &number) ? cell_number(number) : cell_field_text(STR(""));
    }
}

/* Puts the gathered values of an argument into the block from `at` on. */
static struct cell keep_value(const struct cell *from, uint32_t count, bool text, char *at)
{
    struct cell cell = count ? from[0] : cell_null(), *list = (struct cell *)(void *)at;

    if (count <= 1) {
        keep_cell(&cell, text, &at);
        return cell;
    }
    memcpy(list, from, count * sizeof *list);
    at += count * sizeof *list;
    for (uint32_t i = 0; i < count; i++)
        keep_cell(&list[i], text, &at);
    return (struct cell){ .kind = KIND_LIST, .flags = CELL_SOFT, .size = count, .list = list };
}

/* The row as it is kept; its values are read twice, first for their size. */
static status make_row(struct running *running, uint32_t row, struct running_row **out)
{
    struct argument_values **argument = running->tallies.argument;
    uint32_t                 arguments = running->tallies.arguments, count, most = 1;
    size_t                   size = sizeof **out + arguments * sizeof(struct cell);
    char                    *at;

    for (uint32_t a = 0; a < arguments; a++) {
        TRY(gather_row(running, a, row, &count));
        size += value_size(running->scratch.cell, count, wants_text(argument[a]));
    }
    TRY_NEW(*out = heap_alloc(running->tallies.heap, size));
    **out = (struct running_row){ .size = size, .serial = running->serial, .ordinal = running->ordinal,
                                  .time = running->time ? running->time[row] : NAN, .cells = arguments };
    at = (char *)&(*out)->cell[arguments];
    for (uint32_t a = 0; a < arguments; a++) {
        struct cell *cell = &(*out)->cell[a];
        double       number;
        if (gather_row(running, a, row, &count) != OK)
            count = 0;                      /* cannot be: there was room a moment ago */
        *cell = keep_value(running->scratch.cell, count, wants_text(argument[a]), at);
        at += value_size(running->scratch.cell, count, wants_text(argument[a]));
        argument[a]->any_value |= count > 0;
        for (uint32_t i = 0; i < count && !argument[a]->any_number; i++)
            argument[a]->any_number = is_number(&running->scratch.cell[i], &number);
        most = count > most ? count : most;
    }
    running->ordinal += most;
    return OK;
}

static status slide_room(struct running *running, struct running_group *group)
{
    uint32_t before = group->slides;

    if (running->tallies.arguments <= before)
        return OK;
    if (!heap_grow(running->tallies.heap, &group->slide, &group->slides, running->tallies.arguments,
                   sizeof *group->slide))
        return FAIL_MEMORY;
    memset(group->slide + before, 0, (group->slides - before) * sizeof *group->slide);
    return OK;
}

static status enter(struct running *running, uint32_t row, uint32_t number)
{
    struct running_group *group;
    struct running_row   *made;

    TRY(group_at(running, number, &group));
    TRY(slide_room(running, group));
    TRY(make_row(running, row, &made));
    made->group = number;
    made->older = running->newest;
    *(running->newest ? &running->newest->newer : &running->oldest) = made;
    running->newest = made;
    *(group->last ? &group->last->next : &group->first) = made;
    group->last = made;
    group->rows++;
    slide_row(running, made, false);
    return OK;
}

/* What the window has left behind. */
static status leave(struct running *running, uint32_t row, uint32_t number)
{
    struct running_group *group;

    TRY(group_at(running, number, &group));
    TRY(slide_room(running, group));
    if (running->global && running->span == 0) {
        while (running->oldest && running->serial - running->oldest->serial >= (uint64_t)running->window + !running->current)
            drop_first(running, &running->group[running->oldest->group]);
        return OK;
    }
    while (group->rows > running->window)
        drop_first(running, group);
    while (running->span > 0 && group->first && fabs(group->first->time - running->time[row]) >= running->span)
        drop_first(running, group);
    return OK;
}

/* --- windows: results ------------------------------------------------------------------------------------------------ */

/* Is the result to be had from what slides along? */
static bool slides(const struct running_group *group, const struct tally_work *work, uint32_t argument,
                   struct cell *out)
{
    const struct running_slide *slide = &group->slide[argument];
    str                         name = str_of(work->tally.aggregate->name);

    if (work->tally.aggregate->numeric && work->argument->spoiled && slide->values > slide->numbers) {
        *out = cell_null();
        return true;
    }
    if (str_is(name, "count")) {
        *out = cell_number((double)slide->values);
        return true;
    }
    if (slide->inexact || (!str_is(name, "sum") && !str_is(name, "avg")))
        return false;
    *out = slide->numbers == 0 ? cell_null()
         : cell_number(str_is(name, "sum") ? slide->sum : slide->sum / (double)slide->numbers);
    return true;
}

/* All values of an argument in a group's window. */
static status gather_window(struct running *running, const struct running_group *group, uint32_t argument,
                            uint32_t *count)
{
    *count = 0;
    for (const struct running_row *row = group->first; row; row = row->next) {
        uint32_t before = *count;
        if (argument >= row->cells)
            continue;
        TRY(gather(running, count, &row->cell[argument], false));
        TRY(set_times(running, before, *count, row->time));
    }
    return OK;
}

static uint32_t argument_number(const struct tallies *tallies, const struct argument_values *argument)
{
    uint32_t number = 0;

    while (tallies->argument[number] != argument)
        number++;
    return number;
}

/* Computes an argument's aggregates from the rows of the window; out of turn those that slide keep what they have. */
static status compute(struct running *running, const struct running_group *group, uint32_t number, uint32_t slot,
                      const bool *done, struct arena *step)
{
    struct tallies         *tallies = &running->tallies;
    struct argument_values *argument = tallies->argument[number];
    struct feed             feed;
    uint32_t                count;

    TRY(gather_window(running, group, number, &count));
    if (count == 0)
        return OK;
    TRY(feed_scratch(running, argument, count, slot, group->first->ordinal, step, &feed));
    for (uint32_t i = 0; i < tallies->works; i++)
        if (tallies->work[i]->argument == argument && !done[i] && tallies->work[i]->tally.aggregate->update)
            TRY(tallies->work[i]->tally.aggregate->update(&tallies->work[i]->tally, &feed));
    return OK;
}

static status window_results(struct running *running, uint32_t number, struct arena *arena, struct cell *out)
{
    struct tallies       *tallies = &running->tallies;
    struct running_group *group = &running->group[number];
    bool                 *done = ARENA_ARRAY(arena, bool, tallies->works + (size_t)1);
    bool                 *due = ARENA_ARRAY(arena, bool, tallies->arguments + (size_t)1), any = false;
    uint32_t              slot;

    TRY_NEW(done && due ? done : NULL);
    for (uint32_t i = 0; i < tallies->works; i++) {
        uint32_t argument = argument_number(tallies, tallies->work[i]->argument);
        done[i] = slides(group, tallies->work[i], argument, &out[i]);
        due[argument] |= !done[i];
        any |= !done[i];
    }
    if (!any)
        return OK;
    TRY(take_slot(running, &slot));
    for (uint32_t a = 0; a < tallies->arguments; a++)
        if (due[a])
            TRY(compute(running, group, a, slot, done, arena));
    for (uint32_t i = 0; i < tallies->works; i++)
        if (!done[i])
            TRY(tallies_cell(tallies, tallies->work[i], slot, arena, &out[i]));
    return OK;
}

static status next_in_window(struct running *running, uint32_t row, const uint32_t *group, uint32_t count,
                             struct arena *arena, struct cell *out)
{
    for (uint32_t i = 0; running->current && i < count; i++)
        TRY(enter(running, row, group[i]));
    for (uint32_t i = 0; i < count; i++)
        TRY(leave(running, row, group[i]));
    TRY(window_results(running, group[0], &running->row, out));
    TRY(keep_results(running, out, arena));
    for (uint32_t i = 0; !running->current && i < count; i++)
        TRY(enter(running, row, group[i]));
    return OK;
}

status running_next(struct running *running, uint32_t row, const uint32_t *group, uint32_t count, struct arena *arena,
                    struct cell *out)
{
    running->serial++;
    if (count == 0)
        return OK;
    TRY(running->window ? next_in_window(running, row, group, count, arena, out)
                        : next_without_window(running, row, group, count, arena, out));
    arena_reset(&running->row);
    return OK;
}

void running_clear(struct running *running)
{
    while (running->oldest)
        drop_first(running, &running->group[running->oldest->group]);
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
    while (running->oldest)
        drop_first(running, &running->group[running->oldest->group]);
    for (uint32_t i = 0; i < running->groups; i++)
        heap_free(heap, running->group[i].slide, running->group[i].slides * sizeof *running->group[i].slide);
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
