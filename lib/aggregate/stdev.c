/* Variances by Welford's recurrence inside a segment and Chan's combination between segments (README.md). */
#include "aggregate/collect.h"
#include "aggregate/segments.h"

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
    struct moments open, folded;        /* the open segment; those before it unless tally->parted */
    struct part *parts;                 /* struct moments_part */
    uint32_t     segment;
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

static status keep_open(struct tally *tally, struct variance *variance)
{
    struct part *part;

    if (variance->open.count == 0)
        return OK;
    TRY(make_part(tally, &variance->open, variance->segment, &part));
    if (!tally->pooled) {
        parts_insert(&variance->parts, part);
        return OK;
    }
    part->next = variance->parts;
    variance->parts = part;
    return OK;
}

static status close_segment(struct tally *tally, struct variance *variance)
{
    if (tally->parted)
        TRY(keep_open(tally, variance));
    else
        combine(&variance->folded, &variance->open);
    variance->open = (struct moments){ 0 };
    return OK;
}

static status variance_update(struct tally *tally, const struct feed *feed)
{
    const uint32_t *restrict group = feed->number_group;
    const double *restrict   number = feed->number;

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

/* `last`: of `parts`, if there are any. */
static void join(const struct tally *tally, struct variance *variance, struct part *parts, struct part *last)
{
    if (!tally->pooled) {
        variance->parts = parts_merge(variance->parts, parts);
    } else if (last) {
        last->next = variance->parts;
        variance->parts = parts;
    }
}

static void settle(const struct tally *tally, struct variance *variance)
{
    if (tally->pooled)
        variance->parts = parts_sort(variance->parts, sizeof(struct moments));
}

static status variance_merge(struct tally *into, struct tally *from, const uint32_t *group)
{
    for (uint32_t i = 0; i < from->groups; i++) {
        struct variance *his = tally_state(from, i), *mine;
        struct part     *copies = NULL, *last = NULL, *copy;
        if (group[i] == UINT32_MAX)
            continue;
        mine = tally_state(into, group[i]);
        TRY(close_segment(into, mine));
        TRY(close_segment(from, his));
        settle(from, his);
        combine(&mine->folded, &his->folded);
        for (const struct part *part = his->parts; part; part = part->next) {
            TRY(make_part(into, moments_of(part), part->segment, &copy));
            TRY(parts_append(&copies, &last, copy));
        }
        join(into, mine, copies, last);
    }
    return OK;
}

static status total(struct tally *tally, struct variance *variance, struct moments *out)
{
    *out = variance->folded;
    if (tally->parted) {
        TRY(close_segment(tally, variance));
        settle(tally, variance);
        variance->parts = parts_turn(variance->parts);
        for (const struct part *at = variance->parts; at; at = at->next)
            combine(out, moments_of(at));
        variance->parts = parts_turn(variance->parts);
    }
    combine(out, &variance->open);
    return OK;
}

static status finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out,
                     bool sample, bool root)
{
    struct moments moments;
    double         value;

    TRY(total(tally, tally_state(tally, group), &moments));
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

/* Lists, an entry a part, newest segment first. What has been folded already is one part. */
static status variance_save(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part)
{
    struct variance    *variance = tally_state(tally, group);
    struct moments_part folded = { .part.segment = variance->segment };
    const struct part  *first;
    struct cell        *cell;
    uint32_t            count = 0, i = 0;

    TRY(close_segment(tally, variance));
    settle(tally, variance);
    folded.moments = variance->folded;
    if (tally->one_part) {
        folded.part.segment = tally->context->part;
        if (tally->parted)
            TRY(total(tally, variance, &folded.moments));
    }
    first = tally->parted && !tally->one_part ? variance->parts : folded.moments.count > 0 ? &folded.part : NULL;
    for (const struct part *at = first; at; at = at->next)
        count++;
    TRY_NEW(cell = arena_alloc(arena, (VARIANCE_PARTS * (size_t)count + 1) * sizeof *cell));
    for (const struct part *at = first; at; at = at->next, i++) {
        cell[i] = cell_number(at->segment);
        cell[count + i] = cell_number(moments_of(at)->count);
        cell[2 * (size_t)count + i] = cell_number(moments_of(at)->mean);
        cell[3 * (size_t)count + i] = cell_number(moments_of(at)->square);
    }
    for (i = 0; i < VARIANCE_PARTS; i++)
        part[i] = collect_cell(cell + i * (size_t)count, count);
    return OK;
}

static status variance_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    struct variance   *variance = tally_state(tally, group);
    const struct cell *cell[VARIANCE_PARTS];
    uint32_t           count[VARIANCE_PARTS];
    struct part       *parts = NULL, *last = NULL, *one;

    for (uint32_t i = 0; i < VARIANCE_PARTS; i++) {
        cell[i] = collect_members(&part[i], &count[i]);
        if (count[i] != count[0])
            return FAIL_DATA;
    }
    TRY(close_segment(tally, variance));
    for (uint32_t i = 0; i < count[0]; i++) {
        struct moments moments = { collect_number(&cell[1][i]), collect_number(&cell[2][i]), collect_number(&cell[3][i]) };
        if (!(moments.count > 0))
            return FAIL_DATA;
        if (!tally->parted) {
            combine(&variance->folded, &moments);
            continue;
        }
        TRY(make_part(tally, &moments, (uint32_t)collect_count(&cell[0][i]), &one));
        TRY(parts_append(&parts, &last, one));
    }
    join(tally, variance, parts, last);
    return OK;
}

#define VARIANCE .size = sizeof(struct variance), .takes = FEED_NUMBERS, .numeric = true, \
    .update = variance_update, .merge = variance_merge, \
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
