/* rate(x): growth of a counter per second of _time. A fall means that the counter was reset: the value
 * reached before it is added (reporting 9.4). Every point is kept, since input need not come in the order of
 * time.
 *
 * rate_avg(x), rate_sum(x): the same for each time series of a group, then their mean or sum (reporting 7.2). Where groups
 * are bins of time, a series goes on from its last point in an earlier bin: so one point a bin is enough, and the value of a
 * group depends on others. */
#include "aggregate/collect.h"
#include "state/interner.h"

#include <math.h>
#include <stdlib.h>

struct point {
    double         time, value;
    struct ordinal ordinal;
    uint32_t       series;              /* rate: 0 */
    uint32_t       place;                     /* among the points of its row: values of a multivalue keep their order */
};

struct rate {
    struct point *point;
    uint32_t      count, room;
    uint32_t      series;               /* of rate_avg, rate_sum: that have a rate; `sum` of these */
    double        sum;
    bool          settled;              /* `series` and `sum` are of all points there are */
};

static status add(struct rate *rate, struct point point, struct arena *arena)
{
    if (rate->count == rate->room) {
        uint64_t      room = rate->room ? (uint64_t)rate->room * 2 : 4;
        struct point *moved;
        if (room > UINT32_MAX)
            return FAIL_LIMIT;
        TRY_NEW(moved = arena_alloc(arena, room * sizeof *moved));
        if (rate->count)
            memcpy(moved, rate->point, rate->count * sizeof *moved);
        rate->point = moved;
        rate->room = (uint32_t)room;
    }
    point.place = rate->count;
    rate->point[rate->count++] = point;
    rate->settled = false;
    return OK;
}

static status rate_update(struct tally *tally, const struct feed *feed)
{
    for (uint32_t i = 0; i < feed->numbers; i++) {
        uint32_t entry = feed->number_entry ? feed->number_entry[i] : i, row = feed->row ? feed->row[entry] : entry;
        if (!isnan(feed->time[entry]))
            TRY(add(tally_state(tally, feed->number_group ? feed->number_group[i] : 0),
                    (struct point){ feed->time[entry], feed->number[i], ordinal_of(feed->ordinal + row),
                                    tally->series ? feed->series[row] : 0, 0 }, tally->arena));
    }
    return OK;
}

/* His numbers of series as ours. */
static status match_series(struct tally *into, const struct tally *from, uint32_t **out)
{
    TRY_NEW(*out = arena_alloc(into->arena, (from->series->count + (size_t)1) * sizeof **out));
    for (uint32_t i = 0; i < from->series->count; i++)
        TRY(interner_text(into->series, interner_str(from->series, i), &(*out)[i]));
    return OK;
}

static status rate_merge(struct tally *into, struct tally *from, const uint32_t *group)
{
    uint32_t *series = NULL;

    if (into->series && from->series)
        TRY(match_series(into, from, &series));
    for (uint32_t i = 0; i < from->groups; i++) {
        const struct rate *his = tally_state(from, i);
        for (uint32_t at = 0; at < his->count && group[i] != UINT32_MAX; at++) {
            struct point point = his->point[at];
            point.series = series ? series[point.series] : 0;
            TRY(add(tally_state(into, group[i]), point, into->arena));
        }
    }
    return OK;
}

static int compare(const void *left, const void *right)
{
    const struct point *a = left, *b = right;

    if (a->series != b->series)
        return a->series < b->series ? -1 : 1;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    if (ordinal_compare(a->ordinal, b->ordinal))
        return ordinal_compare(a->ordinal, b->ordinal);
    return a->place < b->place ? -1 : a->place > b->place;
}

static void sort_points(struct rate *rate)
{
    if (rate->count)
        qsort(rate->point, rate->count, sizeof *rate->point, compare);
}

/* Of points in the order of time, which go on from `before` (NULL: from the first of them). False: it has none. */
static bool rate_of(const struct point *before, const struct point *point, uint32_t count, double *out)
{
    const struct point *first = before ? before : point, *last = &point[count - 1], *previous = first;
    double              falls = 0;

    if (!(last->time > first->time))
        return false;
    for (uint32_t i = 0; i < count; i++, previous = &point[i - 1])
        if (point[i].value < previous->value)
            falls += previous->value;
    *out = (last->value + falls - first->value) / (last->time - first->time);
    return true;
}

static status rate_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    struct rate *rate = tally_state(tally, group);
    double       value;

    sort_points(rate);
    *out = rate->count && rate_of(NULL, rate->point, rate->count, &value) ? cell_number(value) : cell_null();
    return OK;
}

/* --- of time series ------------------------------------------------------------------------------------- */

struct stretch {                        /* of one series, in one group */
    struct rate        *rate;
    const struct point *point;
    uint32_t            count, rank;    /* rank: of the series, by its text */
};

static int by_time(const void *left, const void *right)
{
    const struct stretch *a = left, *b = right;

    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->point->time != b->point->time)
        return a->point->time < b->point->time ? -1 : 1;
    if (ordinal_compare(a->point->ordinal, b->point->ordinal))
        return ordinal_compare(a->point->ordinal, b->point->ordinal);
    return a->rate < b->rate ? -1 : a->rate > b->rate;
}

static uint32_t count_stretches(const struct rate *rate)
{
    uint32_t count = rate->count > 0;

    for (uint32_t i = 1; i < rate->count; i++)
        count += rate->point[i].series != rate->point[i - 1].series;
    return count;
}

static void cut_stretches(struct rate *rate, const uint32_t *rank, struct stretch *out)
{
    for (uint32_t i = 0; i < rate->count; i++) {
        if (i == 0 || rate->point[i].series != rate->point[i - 1].series)
            *out++ = (struct stretch){ rate, &rate->point[i], 0, rank[rate->point[i].series] };
        out[-1].count++;
    }
}

/* In the order of series, which does not depend on who met which first. */
static void add_rates(const struct stretch *stretch, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct stretch *at = &stretch[i], *before = i && stretch[i - 1].rank == at->rank ? &stretch[i - 1] : NULL;
        const struct point   *base = before ? &before->point[before->count - 1] : NULL;
        double                rate;
        if (base && !(base->time < at->point->time))    /* groups that are no bins of time */
            base = NULL;
        if (!rate_of(base, at->point, at->count, &rate))
            continue;
        at->rate->sum += rate;
        at->rate->series++;
    }
}

/* All groups at once. */
static status settle(struct tally *tally)
{
    struct arena    arena;
    struct stretch *stretch;
    uint32_t       *rank;
    uint64_t        count = 0, at = 0;
    status          s = OK;

    for (uint32_t i = 0; i < tally->groups; i++) {
        struct rate *rate = tally_state(tally, i);
        sort_points(rate);
        rate->settled = true;
        rate->series = 0;
        rate->sum = 0;
        count += count_stretches(rate);
    }
    if (count > UINT32_MAX)
        return FAIL_LIMIT;
    arena_init(&arena, tally->context->heap);
    stretch = arena_alloc(&arena, ((size_t)count + 1) * sizeof *stretch);
    rank = arena_alloc(&arena, (tally->series->count + (size_t)1) * sizeof *rank);
    if (!stretch || !rank)
        s = FAIL_MEMORY;
    if (s == OK)
        s = interner_rank(tally->series, ORDER_BYTE, rank);
    if (s == OK) {
        for (uint32_t i = 0; i < tally->groups; i++) {
            cut_stretches(tally_state(tally, i), rank, stretch + at);
            at += count_stretches(tally_state(tally, i));
        }
        qsort(stretch, count, sizeof *stretch, by_time);
        add_rates(stretch, (uint32_t)count);
    }
    arena_free(&arena);
    return s;
}

static status series_finish(struct tally *tally, uint32_t group, struct cell *out, bool mean)
{
    const struct rate *rate = tally_state(tally, group);

    if (!rate->settled)
        TRY(settle(tally));
    *out = !rate->series ? cell_null() : cell_number(mean ? rate->sum / rate->series : rate->sum);
    return OK;
}

static status rate_avg_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    return series_finish(tally, group, out, true);
}

static status rate_sum_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    return series_finish(tally, group, out, false);
}

/* --- saved states ---------------------------------------------------------------------------------------- */

static status rate_save(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part)
{
    struct rate *rate = tally_state(tally, group);
    uint32_t     count = rate->count;
    struct cell *time, *value, *ordinal;

    if (tally->partial)
        sort_points(rate);              /* who met which of them first is nobody's business */
    TRY_NEW(time = arena_alloc(arena, (3 * (size_t)count + 1) * sizeof *time));
    value = time + count;
    ordinal = value + count;
    for (uint32_t i = 0; i < count; i++) {
        time[i] = cell_number(rate->point[i].time);
        value[i] = cell_number(rate->point[i].value);
        TRY(collect_put_ordinal(tally, rate->point[i].ordinal, arena, &ordinal[i]));
    }
    part[0] = collect_cell(time, count);
    part[1] = collect_cell(value, count);
    part[2] = collect_cell(ordinal, count);
    return OK;
}

static status rate_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    uint32_t           count, values, ordinals;
    const struct cell *time = collect_members(&part[0], &count), *value = collect_members(&part[1], &values);
    const struct cell *ordinal = collect_members(&part[2], &ordinals);

    if (values != count || ordinals != count)
        return FAIL_DATA;
    for (uint32_t i = 0; i < count; i++) {
        if (!collect_finite(&time[i]) || !collect_finite(&value[i]))
            return FAIL_DATA;
        TRY(add(tally_state(tally, group),
                (struct point){ time[i].number, value[i].number, collect_ordinal(tally, &ordinal[i]), 0, 0 }, tally->arena));
    }
    return OK;
}

/* As of rate, then the number of each point's series among the series of the group, and their texts. */
enum { RATE_PARTS = 3, SERIES_PARTS = 5 };

static status series_save(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part)
{
    struct rate *rate = tally_state(tally, group);
    struct cell *number, *text;
    uint32_t     count = 0;

    sort_points(rate);
    TRY(rate_save(tally, group, arena, part));
    TRY_NEW(number = arena_alloc(arena, (2 * (size_t)rate->count + 1) * sizeof *number));
    text = number + rate->count;
    for (uint32_t i = 0; i < rate->count; i++) {
        if (i == 0 || rate->point[i].series != rate->point[i - 1].series)
            text[count++] = tally->series->cell[rate->point[i].series];
        number[i] = cell_number(count - 1);
    }
    part[RATE_PARTS] = collect_cell(number, rate->count);
    part[RATE_PARTS + 1] = collect_cell(text, count);
    return OK;
}

static status load_points(struct tally *tally, struct rate *rate, uint32_t before, uint32_t group, const struct cell *part)
{
    uint32_t           numbers, texts;
    const struct cell *number = collect_members(&part[RATE_PARTS], &numbers);
    const struct cell *text = collect_members(&part[RATE_PARTS + 1], &texts);

    TRY(rate_load(tally, group, part));
    if (numbers != rate->count - before)
        return FAIL_DATA;
    for (uint32_t i = 0; i < numbers; i++) {
        uint64_t at = collect_count(&number[i]);
        if (at >= texts || text[at].kind != KIND_TEXT)
            return FAIL_DATA;
        TRY(interner_text(tally->series, cell_str(&text[at]), &rate->point[before + i].series));
    }
    return OK;
}

static status series_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    struct rate *rate = tally_state(tally, group);
    uint32_t     before = rate->count;
    status       s = load_points(tally, rate, before, group, part);

    if (s != OK)                        /* no points without a series */
        rate->count = before;
    return s;
}

const struct aggregate aggregate_rate = {
    .name = "rate", .usage = "rate(<field>)",
    .summary = "The growth of a counter per second; resets are made good",
    .size = sizeof(struct rate), .takes = FEED_NUMBERS | FEED_ROWS | FEED_TIME, .numeric = true,
    .update = rate_update, .merge = rate_merge, .finish = rate_finish,
    .parts = RATE_PARTS, .part = { "times", "values", "ordinals" }, .save = rate_save, .load = rate_load,
    .example = { "stats rate(a)", "{\"_time\":0,\"a\":10}\n{\"_time\":10,\"a\":30}", "{\"rate(a)\":2}" },
};

#define OF_SERIES .size = sizeof(struct rate), .numeric = true, .joint = true, \
    .takes = FEED_NUMBERS | FEED_ROWS | FEED_TIME | FEED_SERIES, \
    .update = rate_update, .merge = rate_merge, .parts = SERIES_PARTS, \
    .part = { "times", "values", "ordinals", "series", "texts" }, .save = series_save, .load = series_load

#define COUNTERS \
    "{\"_time\":0,\"metric_name:m\":10,\"host\":\"a\"}\n{\"_time\":0,\"metric_name:m\":50,\"host\":\"b\"}\n" \
    "{\"_time\":10,\"metric_name:m\":30,\"host\":\"a\"}\n{\"_time\":10,\"metric_name:m\":90,\"host\":\"b\"}"

const struct aggregate aggregate_rate_avg = {
    .name = "rate_avg", .state = "rate_avg", .usage = "rate_avg(<metric>)",
    .summary = "The mean of the rates of the time series of a counter (mstats)", OF_SERIES, .finish = rate_avg_finish,
    .example = { "| mstats rate_avg(m)", COUNTERS,
                 "{\"rate_avg(m)\":3}" },
};

const struct aggregate aggregate_rate_sum = {
    .name = "rate_sum", .state = "rate_avg", .usage = "rate_sum(<metric>)",
    .summary = "The sum of the rates of the time series of a counter (mstats)", OF_SERIES, .finish = rate_sum_finish,
    .example = { "| mstats rate_sum(m)", COUNTERS,
                 "{\"rate_sum(m)\":6}" },
};
