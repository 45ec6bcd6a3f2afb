/* Variances by Welford's recurrence inside a segment and Chan's combination between segments (README.md). */
#include "aggregate/collect.h"
#include "aggregate/exact.h"

#include <math.h>

enum { VARIANCE_PARTS = 4 };             /* of a saved state */

struct moments {
    double count, mean, square;         /* square: sum of squared differences from the mean */
};

struct moments_part {
    struct part part;
    union {
        struct moments       moments;
        struct exact_moments exact;         /* when part.exact: of the partial results that came in */
    };
};

struct variance {
    struct moments open;                    /* the open segment; never any when tally->exact */
    union {                                 /* those before it: */
        struct moments       folded;
        struct part         *parts;         /* struct moments_part, when `listed` */
        struct exact_moments exact;         /* when tally->pooled */
    };
    uint32_t segment;
    bool     listed;                        /* when tally->parted, or partial results came in */
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
    part->part.segment = segment;
    part->moments = *moments;
    *out = &part->part;
    return OK;
}

/* What was folded on the fly is the first part. */
static status list_moments(struct tally *tally, struct variance *variance)
{
    struct moments folded = variance->folded;

    if (variance->listed || tally->pooled)
        return OK;
    variance->parts = NULL;
    variance->listed = true;
    return folded.count == 0 ? OK : make_part(tally, &folded, 0, &variance->parts);
}

/* What is exact; NULL: nothing. */
static struct exact_moments *exact_of(const struct tally *tally, const struct variance *variance)
{
    if (tally->pooled)
        return (struct exact_moments *)&variance->exact;
    return variance->listed && variance->parts && variance->parts->exact
               ? &((struct moments_part *)(void *)variance->parts)->exact : NULL;
}

static status make_exact(struct tally *tally, struct variance *variance, struct exact_moments **out)
{
    struct moments_part *part;

    TRY(list_moments(tally, variance));
    if ((*out = exact_of(tally, variance)))
        return OK;
    TRY_NEW(part = ARENA_NEW(tally->arena, struct moments_part));
    part->part = (struct part){ .next = variance->parts, .exact = true };
    variance->parts = &part->part;
    *out = &part->exact;
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
    if (!tally->parted && !variance->listed) {
        combine(&variance->folded, moments);
        return OK;
    }
    TRY(list_moments(tally, variance));
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
    const struct exact_moments *exact = exact_of(tally, his);
    struct exact_moments       *into;
    struct part                *copies = NULL, *last = NULL, *copy, *his_parts = his->parts, **others;

    if (exact) {
        TRY(make_exact(tally, mine, &into));
        TRY(exact_moments_add_all(tally->arena, into, exact));
    }
    if (tally->pooled)
        return OK;
    if (!his->listed)
        return add_part(tally, mine, 0, &his->folded);
    TRY(list_moments(tally, mine));
    for (const struct part *part = *parts_others(&his_parts); part; part = part->next) {
        TRY(make_part(tally, moments_of(part), part->segment, &copy));
        TRY(parts_append(&copies, &last, copy));
    }
    others = parts_others(&mine->parts);
    *others = parts_merge(*others, copies);
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

static struct moments fold(struct variance *variance)
{
    struct moments out = { 0 };
    struct part  **others;

    if (!variance->listed)
        return variance->folded;
    others = parts_others(&variance->parts);
    *others = parts_turn(*others);
    for (const struct part *at = *others; at; at = at->next)
        combine(&out, moments_of(at));
    *others = parts_turn(*others);
    return out;
}

/* What the rows came to, of segments that are not pooled. */
static status rows_total(struct tally *tally, struct variance *variance, struct moments *out)
{
    *out = (struct moments){ 0 };
    if (tally->pooled || (variance->listed && !part_is_newest(variance->parts, variance->segment)))
        TRY(close_segment(tally, variance));
    if (!tally->pooled)
        *out = fold(variance);
    combine(out, &variance->open);
    return OK;
}

/* With what is exact. */
static status add_rows(struct arena *scratch, const struct exact_moments *exact, const struct moments *rows,
                       struct exact_moments *out)
{
    *out = (struct exact_moments){ 0 };
    TRY(exact_moments_add_all(scratch, out, exact));
    return rows->count > 0 ? exact_moments_merge(scratch, out, rows->count, rows->mean, rows->square) : OK;
}

static status total(struct tally *tally, struct variance *variance, struct arena *scratch, struct moments *out)
{
    const struct exact_moments *exact;
    struct exact_moments        all;

    TRY(rows_total(tally, variance, out));
    if (!(exact = exact_of(tally, variance)))
        return OK;
    if (out->count > 0) {
        TRY(add_rows(scratch, exact, out, &all));
        exact = &all;
    }
    out->count = exact->count;
    return exact_moments_spread(scratch, exact, &out->mean, &out->square);
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

/* Lists: of segments; of counts, means and squares, as many as there are segments, in front of what is exact: one count
 * more, and what makes up the sum and the sum of squares. */
struct told {
    struct cell *cell[VARIANCE_PARTS];
    uint32_t     count[VARIANCE_PARTS];
};

static void tell(struct told *told, uint32_t list, double number)
{
    told->cell[list][told->count[list]++] = cell_number(number);
}

static void tell_moments(struct told *told, const struct moments *moments, struct cell segment)
{
    told->cell[0][told->count[0]++] = segment;
    tell(told, 1, moments->count);
    tell(told, 2, moments->mean);
    tell(told, 3, moments->square);
}

static uint32_t parts_count(const struct part *part)
{
    uint32_t count = 0;

    for (; part; part = part->next)
        count++;
    return count;
}

/* The newest segment comes first; before it what is open, which is told to stay so if the state is `leaving`. */
static status save_parts(const struct tally *tally, struct variance *variance, struct arena *arena, struct cell *part)
{
    const struct exact_moments *exact = exact_of(tally, variance);
    struct part                *parts = variance->listed ? *parts_others(&variance->parts) : NULL;
    uint32_t                    most = parts_count(parts) + 2;
    struct told                 told = { .count = { 0 } };

    if (exact)
        most += parts_count(exact->sum) + parts_count(exact->squares);
    TRY_NEW(told.cell[0] = arena_alloc(arena, VARIANCE_PARTS * (size_t)most * sizeof *told.cell[0]));
    for (uint32_t i = 1; i < VARIANCE_PARTS; i++)
        told.cell[i] = told.cell[i - 1] + most;
    if (variance->open.count > 0)
        tell_moments(&told, &variance->open, segment_cell(variance->segment, tally->leaving));
    for (; parts; parts = parts->next)
        tell_moments(&told, moments_of(parts), segment_cell(parts->segment, false));
    if (exact && exact->count > 0)
        tell(&told, 1, exact->count);
    for (const struct part *at = exact ? exact->sum : NULL; at; at = at->next)
        tell(&told, 2, *sum_part_of(at));
    for (const struct part *at = exact ? exact->squares : NULL; at; at = at->next)
        tell(&told, 3, *sum_part_of(at));
    for (uint32_t i = 0; i < VARIANCE_PARTS; i++)
        part[i] = collect_cell(told.cell[i], told.count[i]);
    return OK;
}

static status save_partial(struct tally *tally, struct variance *variance, struct arena *arena, struct cell *part)
{
    const struct exact_moments *exact;
    struct exact_moments        all;
    struct moments              rows;

    for (uint32_t i = 0; i < VARIANCE_PARTS; i++)
        part[i] = cell_null();
    TRY(rows_total(tally, variance, &rows));
    if (!(exact = exact_of(tally, variance))) {
        if (rows.count == 0)
            return OK;
        part[0] = cell_number(0);
        part[1] = cell_number(rows.count);
        part[2] = cell_number(rows.mean);
        part[3] = cell_number(rows.square);
        return OK;
    }
    TRY(add_rows(arena, exact, &rows, &all));
    if (all.count == 0)
        return OK;
    part[1] = cell_number(all.count);
    TRY(exact_tell(arena, all.sum, 0, &part[2]));
    return exact_tell(arena, all.squares, 0, &part[3]);
}

static status variance_save(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part)
{
    struct variance *variance = tally_state(tally, group);

    if (tally->partial)
        return save_partial(tally, variance, arena, part);
    TRY(list_moments(tally, variance));
    if (!tally->leaving && (tally->pooled || !part_is_newest(variance->parts, variance->segment)))
        TRY(close_segment(tally, variance));
    return save_parts(tally, variance, arena, part);
}

struct saved {                          /* by cell of a saved state, its members */
    const struct cell *cell[VARIANCE_PARTS];
    uint32_t           count[VARIANCE_PARTS];
};

static struct moments moments_at(const struct saved *saved, uint32_t i)
{
    return (struct moments){ collect_number(&saved->cell[1][i]), collect_number(&saved->cell[2][i]),
                             collect_number(&saved->cell[3][i]) };
}

/* What is behind those that have a segment. */
static status load_exactly(struct tally *tally, struct variance *variance, const struct saved *saved)
{
    struct exact_moments *into;
    uint32_t              from = saved->count[0];
    double                count = saved->count[1] > from ? collect_number(&saved->cell[1][from]) : 0;

    if (!(count >= 0))
        return FAIL_DATA;
    if (count == 0)
        return OK;
    TRY(make_exact(tally, variance, &into));
    into->count += count;
    for (uint32_t i = from; i < saved->count[2]; i++)
        TRY(exact_add(tally->arena, &into->sum, collect_number(&saved->cell[2][i])));
    for (uint32_t i = from; i < saved->count[3]; i++)
        TRY(exact_add(tally->arena, &into->squares, collect_number(&saved->cell[3][i])));
    return OK;
}

static status load_parts(struct tally *tally, struct variance *variance, const struct saved *saved, uint32_t from)
{
    struct exact_moments *exact;
    struct part          *parts = NULL, *last = NULL, *one, **others;

    for (uint32_t i = from; i < saved->count[0]; i++) {
        struct moments moments = moments_at(saved, i);
        if (!(moments.count > 0))
            return FAIL_DATA;
        if (tally->partial || tally->pooled) {
            TRY(make_exact(tally, variance, &exact));
            TRY(exact_moments_merge(tally->arena, exact, moments.count, moments.mean, moments.square));
        } else {
            TRY(make_part(tally, &moments, (uint32_t)collect_count(&saved->cell[0][i]), &one));
            TRY(parts_append(&parts, &last, one));
        }
    }
    if (!parts)
        return OK;
    TRY(list_moments(tally, variance));
    others = parts_others(&variance->parts);
    *others = parts_merge(*others, parts);
    return OK;
}

static bool is_saved(const struct saved *saved)
{
    uint32_t segments = saved->count[0];

    if (saved->count[1] == segments)
        return saved->count[2] == segments && saved->count[3] == segments;
    return saved->count[1] == segments + 1 && saved->count[2] >= segments && saved->count[3] >= segments;
}

/* See sum_load. */
static status variance_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    struct variance *variance = tally_state(tally, group);
    struct saved     saved;
    uint32_t         segment = 0;
    bool             open;

    for (uint32_t i = 0; i < VARIANCE_PARTS; i++)
        saved.cell[i] = collect_members(&part[i], &saved.count[i]);
    if (!is_saved(&saved))
        return FAIL_DATA;
    open = !tally->partial && saved.count[0] > 0 && segment_is_open(&saved.cell[0][0], &segment);
    if (open)
        TRY(close_segment(tally, variance));
    TRY(load_parts(tally, variance, &saved, open));
    TRY(load_exactly(tally, variance, &saved));
    if (open) {
        variance->segment = segment;
        variance->open = moments_at(&saved, 0);
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
