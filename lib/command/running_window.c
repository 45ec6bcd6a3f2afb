/* Windows of command/running.h: the rows in them, what slides along, what is computed from them. */
#include "command/running_window.h"

#include <math.h>

struct running_row {                        /* a row in a window */
    struct running_row *next;               /* of its group */
    struct running_row *older, *newer;      /* of all */
    size_t              size;               /* of this block: the lists and texts of the cells are in it */
    uint64_t            serial, ordinal;
    double              time;
    uint32_t            group, cells;       /* a cell for each argument there was */
    struct cell         cell[];
};

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
        if (!running_number(&member[i], &number))
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

    for (uint32_t a = 0; a < row->cells; a++) {
        slide(&group->slide[a], &row->cell[a], leaves);
        if (leaves)
            running_extremes_leave(&group->slide[a], row);
    }
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

void running_drop_rows(struct running *running)
{
    while (running->oldest)
        drop_first(running, &running->group[running->oldest->group]);
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
        *cell = running_number(cell, &number) ? cell_number(number) : cell_field_text(STR(""));
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
        TRY(running_gather_row(running, a, row, &count));
        size += value_size(running->scratch.cell, count, running_wants_text(argument[a]));
    }
    TRY_NEW(*out = heap_alloc(running->tallies.heap, size));
    **out = (struct running_row){ .size = size, .serial = running->serial, .ordinal = running->ordinal,
                                  .time = running->time ? running->time[row] : NAN, .cells = arguments };
    at = (char *)&(*out)->cell[arguments];
    for (uint32_t a = 0; a < arguments; a++) {
        struct cell *cell = &(*out)->cell[a];
        double       number;
        if (running_gather_row(running, a, row, &count) != OK)
            count = 0;                      /* cannot be: there was room a moment ago */
        *cell = keep_value(running->scratch.cell, count, running_wants_text(argument[a]), at);
        at += value_size(running->scratch.cell, count, running_wants_text(argument[a]));
        argument[a]->any_value |= count > 0;
        for (uint32_t i = 0; i < count && !argument[a]->any_number; i++)
            argument[a]->any_number = running_number(&running->scratch.cell[i], &number);
        most = count > most ? count : most;
    }
    running->ordinal += most;
    return OK;
}

static status slide_room(struct running *running, struct running_group *group)
{
    if (running->tallies.arguments <= group->slides)
        return OK;
    if (!heap_grow_zero(running->tallies.heap, &group->slide, &group->slides, running->tallies.arguments,
                   sizeof *group->slide))
        return FAIL_MEMORY;
    return OK;
}

static bool is_away(const struct running *running, double seconds)
{
    return running->closed ? seconds > running->span : seconds >= running->span;
}

static status enter(struct running *running, uint32_t row, uint32_t number)
{
    struct running_group *group;
    struct running_row   *made;

    TRY(running_group_at(running, number, &group));
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
    for (uint32_t a = 0; a < made->cells; a++)
        if (running->extremes[a])
            TRY(running_extremes_enter(running->tallies.heap, &group->slide[a], running->extremes[a], made, &made->cell[a]));
    return OK;
}

/* What the window has left behind. */
static status leave(struct running *running, uint32_t row, uint32_t number)
{
    struct running_group *group;

    TRY(running_group_at(running, number, &group));
    TRY(slide_room(running, group));
    if (running->global && running->span == 0) {
        while (running->oldest && running->serial - running->oldest->serial >= (uint64_t)running->window + !running->current)
            drop_first(running, &running->group[running->oldest->group]);
        return OK;
    }
    while (group->rows > running->window)
        drop_first(running, group);
    while (running->span > 0 && group->first && is_away(running, fabs(group->first->time - running->time[row])))
        drop_first(running, group);
    return OK;
}

/* --- windows: results ------------------------------------------------------------------------------------------------ */

/* Is the result to be had from what slides along? */
static bool slides(const struct running_group *group, const struct tally_work *work, uint32_t argument, bool allnum,
                   struct cell *out)
{
    const struct running_slide *slide = &group->slide[argument];
    str                         name = str_of(work->tally.aggregate->name);

    if (work->tally.aggregate->numeric && allnum && slide->values > slide->numbers) {
        *out = cell_null();
        return true;
    }
    if (str_is(name, "count")) {
        *out = cell_number((double)slide->values);
        return true;
    }
    if (str_is(name, "min") || str_is(name, "max")) {
        const struct running_extreme *extreme = &slide->extreme[str_is(name, "max")];
        *out = extreme->count ? *extreme->item[extreme->from].cell : cell_null();
        out->flags |= out->kind == KIND_TEXT ? CELL_SOFT : 0;
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
        TRY(running_gather(running, count, &row->cell[argument], false));
        TRY(running_times(running, before, *count, row->time));
    }
    return OK;
}

/* One argument's results in a window: what slides along is there, the rest is computed from its rows, in one state for all
 * (GROUP_NONE: not taken yet). */
static status argument_results(struct running *running, uint32_t number, const struct running_group *group,
                               uint32_t *slot, struct cell *out)
{
    struct tallies  *tallies = &running->tallies;
    const uint32_t  *work = running->work, from = running->first[number], to = running->first[number + 1];
    struct arena    *scratch = &running->row;
    bool            *done = ARENA_ARRAY(scratch, bool, to - from + (size_t)1), all = true;
    struct feed      feed;
    uint32_t         count;

    TRY_NEW(done);
    for (uint32_t i = from; i < to; i++)
        all &= done[i - from] = slides(group, tallies->work[work[i]], number, tallies->measures->allnum,
                                          &out[work[i]]);
    if (all)
        return OK;
    if (*slot == GROUP_NONE)
        TRY(running_slot(running, slot));
    TRY(gather_window(running, group, number, &count));
    if (count)
        TRY(running_feed(running, tallies->argument[number], count, *slot, group->first->ordinal, scratch, &feed));
    for (uint32_t i = from; i < to; i++) {
        struct tally_work *at = tallies->work[work[i]];
        if (done[i - from])
            continue;
        if (count && at->tally.aggregate->update)
            TRY(at->tally.aggregate->update(&at->tally, &feed));
        TRY(tallies_cell(tallies, at, *slot, scratch, &out[work[i]]));
    }
    return OK;
}

static status window_results(struct running *running, uint32_t number, struct cell *out)
{
    uint32_t slot = GROUP_NONE;

    for (uint32_t a = 0; a < running->tallies.arguments; a++)
        TRY(argument_results(running, a, &running->group[number], &slot, out));
    return OK;
}

status running_window(struct running *running, uint32_t row, const uint32_t *group, uint32_t count,
                      struct arena *arena, struct cell *out)
{
    for (uint32_t i = 0; running->current && i < count; i++)
        TRY(enter(running, row, group[i]));
    for (uint32_t i = 0; i < count; i++)
        TRY(leave(running, row, group[i]));
    TRY(window_results(running, group[0], out));
    TRY(running_keep(running, out, arena));
    for (uint32_t i = 0; !running->current && i < count; i++)
        TRY(enter(running, row, group[i]));
    return OK;
}
