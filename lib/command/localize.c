/* localize [maxpause=] [timeafter=] [timebefore=]: stretches of time in which events follow closely on each other
 * (commands 3). Made for map, which runs a search for each of them.
 *
 * Events belong together while the next one is at most maxpause away, whichever way time goes; a row goes out when its
 * stretch is over. _time is that of its earliest event, starttime and endtime are widened. Rows without a time are passed
 * over. */
#include "plan/bind.h"
#include "rows/results.h"
#include "group/feeds.h"
#include "time/span.h"

#include <math.h>

enum { MAXPAUSE, TIMEAFTER, TIMEBEFORE };

static const struct param localize_params[] = {
    [MAXPAUSE] = { "maxpause", PARAM_SPAN, PLACE_NAMED, .preset = "1m", .help = "longest pause between two events" },
    [TIMEAFTER] = { "timeafter", PARAM_SPAN, PLACE_NAMED, .preset = "30s", .help = "added behind the last event" },
    [TIMEBEFORE] = { "timebefore", PARAM_SPAN, PLACE_NAMED, .preset = "30s", .help = "added before the first event" },
    { 0 }
};

enum { TIME, STARTTIME, ENDTIME, COLUMNS };

struct localize_bound {
    double pause, after, before;        /* seconds */
};

struct stretch {
    double first, last;                 /* earliest and latest time */
};

struct localize {
    struct op          op;
    const struct name *time, *column[COLUMNS];
    struct stretch     at_hand;
    double             latest;          /* the time of the row before; NaN: there is none */
    struct stretch    *over;            /* those that end in the batch at hand, */
    uint64_t           first;           /* with this number */
    struct results     results;
};

/* <count>[s|m|h|d], and unlike in other spans none is a number, too. */
static status read_seconds(struct binder *binder, const struct argument *argument, double *out)
{
    static const double seconds[] = { 1, 60, 3600, 86400 };
    str                 text = argument->text;
    enum time_unit      unit = UNIT_SECOND;
    size_t              digits = 0;

    *out = 0;
    while (digits < text.size && digits < 10 && text.at[digits] >= '0' && text.at[digits] <= '9')
        *out = *out * 10 + (text.at[digits++] - '0');
    if (digits < text.size)
        unit = time_unit_named(str_slice(text, digits, text.size));
    if (digits == 0 || unit < UNIT_SECOND || unit > UNIT_DAY) {
        diag_at(binder->diag, FAIL_QUERY, argument->span, "bad-span", "'%.*s' is not a span of time", SHOW(text));
        diag_hint(binder->diag, "'localize' takes a number with s, m, h or d, such as 90s");
        return FAIL_QUERY;
    }
    *out *= seconds[unit - UNIT_SECOND];
    return OK;
}

static status localize_bind(struct binder *binder, struct stage *stage)
{
    struct localize_bound *bound = stage->bound;

    TRY(read_seconds(binder, stage_argument(stage, MAXPAUSE), &bound->pause));
    TRY(read_seconds(binder, stage_argument(stage, TIMEAFTER), &bound->after));
    return read_seconds(binder, stage_argument(stage, TIMEBEFORE), &bound->before);
}

static status localize_needs(const struct stage *stage, struct wanted *wanted)
{
    (void)stage;
    wanted_clear(wanted);
    return wanted_add(wanted, STR("_time"));
}

/* --- at work ------------------------------------------------------------------------------------------------------- */

static status localize_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct localize       *localize = host;
    const struct localize_bound *bound = localize->op.stage->bound;
    const struct stretch        *stretch = &localize->over[row - localize->first];

    (void)arena;
    *out = cell_number(column == TIME ? stretch->first : column == STARTTIME ? stretch->first - bound->before
                                                                             : stretch->last + bound->after);
    return OK;
}

static status localize_push(struct op *op, struct batch *in)
{
    struct localize             *localize = container_of(op, struct localize, op);
    const struct localize_bound *bound = op->stage->bound;
    struct column               *column = batch_column(in, localize->time);
    const double                *time;

    TRY(batch_decode(in, column));
    TRY(feed_read_numbers(in, column, &op->step, &time));
    TRY_NEW(localize->over = ARENA_ARRAY(&op->step, struct stretch, batch_rows(in) + (size_t)1));
    localize->first = localize->results.rows;
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        double at = time[batch_row(in, i)];

        if (!isfinite(at))
            continue;
        if (fabs(at - localize->latest) <= bound->pause) {
            localize->at_hand.first = fmin(localize->at_hand.first, at);
            localize->at_hand.last = fmax(localize->at_hand.last, at);
        } else {
            if (!isnan(localize->latest))
                localize->over[localize->results.rows++ - localize->first] = localize->at_hand;
            localize->at_hand = (struct stretch){ at, at };
        }
        localize->latest = at;
    }
    return results_emit(&localize->results);
}

static status localize_finish(struct op *op)
{
    struct localize *localize = container_of(op, struct localize, op);

    if (isnan(localize->latest))
        return OK;
    localize->over = &localize->at_hand;
    localize->first = localize->results.rows++;
    return results_emit(&localize->results);
}

static const struct op_kind localize_kind = { "localize", .push = localize_push, .finish = localize_finish };

static status localize_open(const struct stage *stage, struct run *run, struct op **out)
{
    static const char *const names[COLUMNS] = { "_time", "starttime", "endtime" };
    struct localize         *localize;

    TRY(op_new(&localize_kind, sizeof *localize, stage, run, out));
    localize = container_of(*out, struct localize, op);
    for (uint32_t i = 0; i < COLUMNS; i++)
        TRY_NEW(localize->column[i] = names_intern((*out)->context->names, str_of(names[i])));
    localize->time = localize->column[TIME];
    localize->latest = NAN;
    localize->results = (struct results){ *out, localize->column, COLUMNS, 0, localize_cell, localize };
    return OK;
}

const struct command command_localize = {
    .name = "localize", .usage = "localize [maxpause=<span>] [timeafter=<span>] [timebefore=<span>]",
    .summary = "Stretches of time in which events follow closely on each other",
    .params = localize_params, .traits = TRAIT_TRANSFORMS, .bound_size = sizeof(struct localize_bound),
    .bind = localize_bind, .needs = localize_needs, .open = localize_open,
    .example = { "localize maxpause=10s | table starttime endtime",
                 "{\"_time\":1000}\n{\"_time\":995}\n{\"_time\":900}",
                 "{\"starttime\":965,\"endtime\":1030}\n{\"starttime\":870,\"endtime\":930}" },
};
