/* Variances by Welford's recurrence inside a segment and Chan's combination between segments (README.md). */
#include "aggregate/collect.h"
#include "aggregate/exact.h"

#include <math.h>

enum { VARIANCE_PARTS = 4 };             /* of a saved state */

struct moments {
    double count, mean, square;         /* square: sum of squared differences from the mean */
};

struct moments_part {
    struct part    part;
    struct moments moments;
};

struct variance {
    struct moments open;                    /* the open segment; never any when tally->exact */
    union {                                 /* those before it: */
        struct moments       folded;
        struct part         *parts;         /* struct moments_part, when tally->parted */
        struct exact_moments exact;         /* when tally->pooled */
    };
    uint32_t segment;
};

static void combine(struct moments *into, const struct moments *more)
{
    double count = into->count + more->count, difference = more->mean - into->mean;

    if (more->count == 0)
        return;
    if (into->count == 0) {
        *into = *more;
        return;
    }
    into->mean += difference * (more->count / count);
    into->square += more->square + difference * difference * (into->count * more->count / count);
    into->count = count;
}

static const struct moments *moments_of(const struct part *part)
{
    return &((const struct moments_part *)(const void *)part)->moments;
}

static status make_part(struct tally *tally, const struct moments *moments, uint32_t segment, struct part **out)
{
    struct moments_part *part = ARENA_NEW(tally->arena, struct moments_part);

    TRY_NEW(part);
    *part = (struct moments_part){ { NULL, segment }, *moments };
    *out = &part->part;
    return OK;
}

/* A segment that is complete. */
static status add_part(struct tally *tally, struct variance *variance, uint32_t segment, const struct moments *moments)
{
    struct part *part;

    if (moments->count == 0)
        return OK;
    if (tally->pooled)
        return exact_moments_merge(tally->arena, &variance->exact, moments->count, moments->mean, moments->square);
    if (!tally->parted) {
        combine(&variance->folded, moments);
        return OK;
    }
    TRY(make_part(tally, moments, segment, &part));
    parts_insert(&variance->parts, part);
    return OK;
}

static status close_segment(struct tally *tally, struct variance *variance)
{
    struct moments open = variance->open;

    variance->open = (struct moments){ 0 };
    return add_part(tally, variance, variance->segment, &open);
}

static status add_exactly(struct tally *tally, const struct feed *feed)
{
    for (uint32_t i = 0; i < feed->numbers; i++) {
        struct variance *at = tally_state(tally, feed->number_group ? feed->number_group[i] : 0);
        TRY(exact_moments_add(tally->arena, &at->exact, feed->number[i]));
    }
    return OK;
}

static status variance_update(struct tally *tally, const struct feed *feed)
{
    const uint32_t *restrict group = feed->number_group;
    const double *restrict   number = feed->number;

    if (tally->exact)
        return add_exactly(tally, feed);
    for (uint32_t i = 0; i < feed->numbers; i++) {
        struct variance *at = tally_state(tally, group ? group[i] : 0);
        double           difference;
        if (at->segment != feed->segment) {
            TRY(close_segment(tally, at));
            at->segment = feed->segment;
        }
        at->open.count++;
        difference = number[i] - at->open.mean;
        at->open.mean += difference / at->open.count;
        at->open.square += difference * (number[i] - at->open.mean);
    }
    return OK;
}

static status variance_settle(struct tally *tally, uint32_t group)
{
    return close_segment(tally, tally_state(tally, group));
}

/* Parts must live as long as `mine`: copies. */
static status join(struct tally *tally, struct variance *mine, const struct variance *his)
{
    struct part *copies = NULL, *last = NULL, *copy;

    if (tally->pooled)
        return exact_moments_add_all(tally->arena, &mine->exact, &his->exact);
    if (!tally->parted) {
        combine(&mine->folded, &his->folded);
        return OK;
    }
    for (const struct part *part = his->parts; part; part = part->next) {
        TRY(make_part(tally, moments_of(part), part->segment, &copy));
        TRY(parts_append(&copies, &last, copy));
    }
    mine->parts = parts_merge(mine->parts, copies);
    return OK;
}

static status variance_merge(struct tally *into, struct tally *from, const uint32_t *group)
{
    for (uint32_t i = 0; i < from->groups; i++) {
        const struct variance *his = tally_state(from, i);
        struct variance       *mine;
        if (group[i] == UINT32_MAX)
            continue;
        mine = tally_state(into, group[i]);
        TRY(close_segment(into, mine));
        TRY(join(into, mine, his));
        TRY(add_part(into, mine, his->segment, &his->open));
    }
    return OK;
}

static status total(struct tally *tally, struct variance *variance, struct arena *scratch, struct moments *out)
{
    *out = (struct moments){ 0 };
    if (!tally->parted) {
        *out = variance->folded;
        combine(out, &variance->open);
        return OK;
    }
    if (tally->pooled || !part_is_newest(tally, variance->parts, variance->segment))
        TRY(close_segment(tally, variance));
    if (tally->pooled) {
        out->count = variance->exact.count;
        return exact_moments_spread(scratch, &variance->exact, &out->mean, &out->square);
    }
    variance->parts = parts_turn(variance->parts);
    for (const struct part *at = variance->parts; at; at = at->next)
        combine(out, moments_of(at));
    variance->parts = parts_turn(variance->parts);
    combine(out, &variance->open);
    return OK;
}

static status finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out,
                     bool sample, bool root)
{
    struct moments moments;
    double         value;

    TRY(total(tally, tally_state(tally, group), arena, &moments));
    *out = cell_null();
    if (moments.count == 0)
        return OK;
    value = sample ? (moments.count > 1
                      ? moments.square / (moments.count - 1) : 0) : moments.square / moments.count;
    *out = cell_number(root ? sqrt(value) : value);
    return OK;
}

static status stdev_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    return finish(tally, group, arena, out, true, true);
}

static status stdevp_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    return finish(tally, group, arena, out, false, true);
}

static status var_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    return finish(tally, group, arena, out, true, false);
}

static status varp_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    return finish(tally, group, arena, out, false, false);
}

/* --- saved states -------------------------------------------------------------------------------------------------- */

/* Lists of as many entries as there are parts: segments, counts, means, squares; the newest segment first. Before it what is
 * open; it is told to stay so if the state is `leaving`. */
static status save_parts(const struct part *parts, const struct variance *open, bool leaving, struct arena *arena,
                         struct cell *part)
{
    uint32_t     count = open != NULL, at = 0;
    struct cell *cell;

    for (const struct part *each = parts; each; each = each->next)
        count++;
    TRY_NEW(cell = arena_alloc(arena, (VARIANCE_PARTS * (size_t)count + 1) * sizeof *cell));
    while (at < count) {
        const struct moments *moments = open ? &open->open : moments_of(parts);
        cell[at] = open ? segment_cell(open->segment, leaving) : segment_cell(parts->segment, false);
        cell[count + at] = cell_number(moments->count);
        cell[2 * (size_t)count + at] = cell_number(moments->mean);
        cell[3 * (size_t)count + at++] = cell_number(moments->square);
        parts = open ? parts : parts->next;
        open = NULL;
    }
    for (at = 0; at < VARIANCE_PARTS; at++)
        part[at] = collect_cell(cell + at * (size_t)count, count);
    return OK;
}

/* Numbers that make a sum, and one more. */
static status save_numbers(const struct part *sum, const double *more, struct arena *arena, struct cell *out)
{
    struct cell *cell;
    uint32_t     count = more != NULL;

    for (const struct part *at = sum; at; at = at->next)
        count++;
    TRY_NEW(cell = arena_alloc(arena, (count + (size_t)1) * sizeof *cell));
    count = 0;
    for (const struct part *at = sum; at; at = at->next)
        cell[count++] = cell_number(*sum_part_of(at));
    if (more)
        cell[count++] = cell_number(*more);
    *out = collect_cell(cell, count);
    return OK;
}

/* One count more than there are segments, as these are only what is open: then the last count, sum and square are its
 * moments. The first count is that of all others, which the sums are of, and those of squares. */
static status save_exactly(const struct variance *variance, const struct variance *open, struct arena *arena,
                           struct cell *part)
{
    struct cell *count = ARENA_ARRAY(arena, struct cell, 2);

    TRY_NEW(count);
    part[0] = open ? segment_cell(open->segment, true) : cell_null();
    count[0] = cell_number(variance->exact.count);
    if (open)
        count[1] = cell_number(open->open.count);
    part[1] = collect_cell(count, open ? 2 : variance->exact.count > 0);
    TRY(save_numbers(variance->exact.sum, open ? &open->open.mean : NULL, arena, &part[2]));
    return save_numbers(variance->exact.squares, open ? &open->open.square : NULL, arena, &part[3]);
}

static status variance_save(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part)
{
    struct variance    *variance = tally_state(tally, group), *open = NULL;
    struct moments_part folded = { .part.segment = tally->one_part ? tally->context->part : variance->segment };

    if (!tally->leaving && (tally->pooled || !part_is_newest(tally, variance->parts, variance->segment)))
        TRY(close_segment(tally, variance));
    if (variance->open.count > 0)
        open = variance;
    if (tally->pooled)
        return save_exactly(variance, open, arena, part);
    if (tally->parted && (tally->leaving || !tally->one_part))
        return save_parts(variance->parts, open, tally->leaving, arena, part);
    TRY(total(tally, variance, arena, &folded.moments));
    return save_parts(folded.moments.count > 0 ? &folded.part : NULL, NULL, false, arena, part);
}

struct saved {                          /* by cell of a saved state, its members */
    const struct cell *cell[VARIANCE_PARTS];
    uint32_t           count[VARIANCE_PARTS];
};

static struct moments moments_at(const struct saved *saved, uint32_t count, uint32_t mean, uint32_t square)
{
    return (struct moments){ collect_number(&saved->cell[1][count]), collect_number(&saved->cell[2][mean]),
                             collect_number(&saved->cell[3][square]) };
}

static status add_numbers(struct arena *arena, struct part **sum, const struct cell *cell, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        TRY(exact_add(arena, sum, collect_number(&cell[i])));
    return OK;
}

/* Where parts are kept, all of it is one. */
static status load_exactly(struct tally *tally, struct variance *variance, const struct saved *saved, bool open)
{
    struct exact_moments one = { 0 }, *into = tally->pooled ? &variance->exact : &one;
    struct moments       moments = { .count = collect_number(&saved->cell[1][0]) };

    if (!(moments.count >= 0) || saved->count[2] < open || saved->count[3] < open)
        return FAIL_DATA;
    into->count += moments.count;
    TRY(add_numbers(tally->arena, &into->sum, saved->cell[2], saved->count[2] - open));
    TRY(add_numbers(tally->arena, &into->squares, saved->cell[3], saved->count[3] - open));
    if (tally->pooled)
        return OK;
    TRY(exact_moments_spread(tally->arena, &one, &moments.mean, &moments.square));
    return add_part(tally, variance, 0, &moments);
}

static status load_parts(struct tally *tally, struct variance *variance, const struct saved *saved, uint32_t from)
{
    struct variance his = { 0 };
    struct part    *last = NULL, *one;

    for (uint32_t i = 1; i < VARIANCE_PARTS; i++)
        if (saved->count[i] != saved->count[0])
            return FAIL_DATA;
    for (uint32_t i = from; i < saved->count[0]; i++) {
        struct moments moments = moments_at(saved, i, i, i);
        if (!(moments.count > 0))
            return FAIL_DATA;
        if (!tally->parted)
            combine(&variance->folded, &moments);
        else if (tally->pooled)
            TRY(exact_moments_merge(tally->arena, &variance->exact, moments.count, moments.mean, moments.square));
        else {
            TRY(make_part(tally, &moments, (uint32_t)collect_count(&saved->cell[0][i]), &one));
            TRY(parts_append(&his.parts, &last, one));
        }
    }
    if (last)
        variance->parts = parts_merge(variance->parts, his.parts);
    return OK;
}

/* See sum_load. */
static status variance_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    struct variance *variance = tally_state(tally, group);
    struct saved     saved;
    struct moments   open = { 0 };
    uint32_t         segment = 0;
    bool             exact;

    for (uint32_t i = 0; i < VARIANCE_PARTS; i++)
        saved.cell[i] = collect_members(&part[i], &saved.count[i]);
    exact = saved.count[1] == saved.count[0] + 1;
    if (saved.count[0] && segment_is_open(saved.cell[0], &segment) && saved.count[1] && saved.count[2] && saved.count[3])
        open = exact ? moments_at(&saved, saved.count[1] - 1, saved.count[2] - 1, saved.count[3] - 1)
                     : moments_at(&saved, 0, 0, 0);
    if (open.count > 0 || !tally->pooled)
        TRY(close_segment(tally, variance));
    TRY(exact ? load_exactly(tally, variance, &saved, open.count > 0) : load_parts(tally, variance, &saved, open.count > 0));
    if (open.count > 0) {
        variance->segment = segment;
        variance->open = open;
    }
    return OK;
}

#define VARIANCE .size = sizeof(struct variance), .takes = FEED_NUMBERS, .numeric = true, \
    .update = variance_update, .merge = variance_merge, .settle = variance_settle, \
    .parts = VARIANCE_PARTS, .part = { "segments", "counts", "means", "squares" }, \
    .save = variance_save, .load = variance_load

const struct aggregate aggregate_stdev = {
    .name = "stdev", .usage = "stdev(<field>)",
    .summary = "The standard deviation of a sample; 0 for one number",
    VARIANCE, .finish = stdev_finish,
    .example = { "stats stdev(a)", "{\"a\":1}\n{\"a\":2}\n{\"a\":3}", "{\"stdev(a)\":1}" },
};

const struct aggregate aggregate_stdevp = {
    .name = "stdevp", .state = "stdev",
    .usage = "stdevp(<field>)", .summary = "The standard deviation of a whole population",
    VARIANCE, .finish = stdevp_finish,
    .example = { "stats stdevp(a)", "{\"a\":1}\n{\"a\":3}", "{\"stdevp(a)\":1}" },
};

const struct aggregate aggregate_var = {
    .name = "var", .state = "stdev", .usage = "var(<field>)", .summary = "The variance of a sample; 0 for one number",
    VARIANCE, .finish = var_finish,
    .example = { "stats var(a)", "{\"a\":1}\n{\"a\":3}", "{\"var(a)\":2}" },
};

const struct aggregate aggregate_varp = {
    .name = "varp", .state = "stdev", .usage = "varp(<field>)", .summary = "The variance of a whole population",
    VARIANCE, .finish = varp_finish,
    .example = { "stats varp(a)", "{\"a\":1}\n{\"a\":3}", "{\"varp(a)\":1}" },
};
