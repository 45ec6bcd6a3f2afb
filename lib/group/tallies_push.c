/* Rows into tallies: the values of each argument are prepared once, for all aggregates over it. */
#include "group/tallies.h"

#include "group/sparks.h"

struct push {
    struct tallies        *tallies;
    struct batch          *batch;
    const struct grouping *grouping;
    struct arena          *step;
    const double          *time;            /* by row, once somebody wants it */
    uint32_t              *series;
};

static status read_times(struct push *push)
{
    struct column *column = batch_column(push->batch, push->tallies->time);

    if (push->time)
        return OK;
    TRY(batch_decode(push->batch, column));
    return feed_read_numbers(push->batch, column, push->step, &push->time);
}

/* By row. Rows that are no data points, as nobody asks for, are all of one series. */
static status read_series(struct push *push)
{
    struct batch      *batch = push->batch;
    const struct name *name = names_intern(push->tallies->context->names, STR(SERIES_FIELD));
    struct column     *column;

    TRY_NEW(name);
    if (push->series)
        return OK;
    TRY_NEW(push->series = ARENA_ARRAY(push->step, uint32_t, batch->size + (size_t)1));
    column = batch_column(batch, name);
    TRY(batch_decode(batch, column));
    for (uint32_t i = 0; i < batch_rows(batch); i++) {
        uint32_t    row = batch_row(batch, i);
        struct cell cell = column ? column_cell(column, row) : cell_null();
        TRY(interner_text(push->tallies->series, cell.kind == KIND_TEXT ? cell_str(&cell) : STR(""), &push->series[row]));
    }
    return OK;
}

static void note_others(struct argument_values *argument, const struct feed *feed)
{
    for (uint32_t i = 0; argument->spoiled && i < feed->others; i++)
        argument->spoiled[feed->group ? feed->group[feed->other_entry[i]] : 0] = 1;
}

/* `column` NULL: rows, or what a program makes of them. */
static status prepare(struct push *push, struct argument_values *argument, struct column *column,
                      struct feed *feed)
{
    if (argument->machine)
        TRY(machine_value(argument->machine, push->batch, push->step, &column));
    if (column)
        TRY(batch_decode(push->batch, column));
    *feed = (struct feed){ .ordinal = push->batch->ordinal, .segment = push->batch->segment };
    TRY(feed_entries(feed, column, push->grouping, push->step));
    if (feed->count == 0)
        return OK;
    argument->any_value = true;
    if (argument->takes & FEED_CELLS)
        TRY(feed_cells(feed, column, push->step));
    if ((argument->takes & FEED_NUMBERS) && column) {
        TRY(feed_numbers(feed, column, push->step));
        argument->any_number |= feed->numbers > 0;
        note_others(argument, feed);
    }
    if (argument->takes & FEED_TIME) {
        TRY(read_times(push));
        TRY(feed_times(feed, push->time, push->step));
    }
    if (argument->takes & FEED_SERIES) {
        TRY(read_series(push));
        feed->series = push->series;
    }
    return (argument->takes & FEED_DISTINCT) && column
        ? feed_distinct(feed, column, &argument->distinct, push->step) : OK;
}

static status push_argument(struct push *push, struct argument_values *argument, struct column *column)
{
    bool        late = push->tallies->torn && argument->settles;
    struct feed feed;

    TRY(prepare(push, argument, column, &feed));
    if (late)
        TRY(tallies_add_late(push->tallies, argument, &feed));
    for (struct tally_work *work = argument->first; work && feed.count > 0; work = work->next)
        if (!work->sparks && work->tally.aggregate->update && !(late && work->tally.aggregate->settle))
            TRY(work->tally.aggregate->update(&work->tally, &feed));
    return OK;
}

/* Rows without a value, too, say over what time a sparkline goes. */
static status push_sparks(struct push *push)
{
    struct tallies *tallies = push->tallies;

    for (uint32_t i = 0; i < tallies->works; i++) {
        if (!tallies->work[i]->sparks)
            continue;
        TRY(read_times(push));
        TRY(sparks_push(tallies->work[i]->sparks, push->batch, push->grouping, push->time, push->step));
    }
    return OK;
}

status tallies_push(struct tallies *tallies, struct batch *batch, const struct grouping *grouping,
                    uint32_t groups, struct arena *step)
{
    struct push push = { .tallies = tallies, .batch = batch, .grouping = grouping, .step = step };

    TRY(tallies_see(tallies, batch));
    if (groups > tallies->groups)
        TRY(tallies_reserve(tallies, groups));
    for (uint32_t i = 0; i < tallies->arguments; i++)
        if (!tallies->argument[i]->field)
            TRY(push_argument(&push, tallies->argument[i], NULL));
    for (uint32_t i = 0; i < batch->fields; i++) {
        struct argument_values *argument = tallies_argument(tallies, batch->field[i].name);
        if (argument)
            TRY(push_argument(&push, argument, batch->field[i].column));
    }
    return push_sparks(&push);
}
