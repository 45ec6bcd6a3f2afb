/* estdc: exact below limit.estdc distinct values, an estimate from 2^limit.estdc.bits registers from there on
 * (HyperLogLog). */
#include "aggregate/collect.h"
#include "base/hash.h"
#include "value/number.h"
#include "value/order.h"

#include <math.h>

struct estimate {
    /* open addressing over hashes, 0 free; NULL once there are registers */
    uint64_t *hash;
    uint32_t  count, room;
    uint8_t  *reg;
};

static uint32_t bits_of(const struct tally *tally)
{
    return (uint32_t)context_limit(tally->context, LIMIT_ESTDC_BITS);
}

static void add_register(struct estimate *estimate, uint32_t bits, uint64_t hash)
{
    uint32_t at = (uint32_t)(hash >> (64 - bits));
    uint64_t rest = hash << bits;
    uint8_t  zeros = 1;

    for (; zeros <= 64 - bits && !(rest >> 63); rest <<= 1)
        zeros++;
    if (zeros > estimate->reg[at])
        estimate->reg[at] = zeros;
}

static status give_up_exactness(struct estimate *estimate, const struct tally *tally)
{
    uint32_t bits = bits_of(tally);

    TRY_NEW(estimate->reg = arena_zero(tally->arena, (size_t)1 << bits, 1));
    for (uint32_t i = 0; i < estimate->room; i++)
        if (estimate->hash[i])
            add_register(estimate, bits, estimate->hash[i]);
    estimate->hash = NULL;
    estimate->count = estimate->room = 0;
    return OK;
}

static void place(struct estimate *estimate, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & (estimate->room - 1);

    while (estimate->hash[at] && estimate->hash[at] != hash)
        at = (at + 1) & (estimate->room - 1);
    estimate->count += estimate->hash[at] == 0;
    estimate->hash[at] = hash;
}

static status widen(struct estimate *estimate, struct arena *arena)
{
    struct estimate wider = { .room = estimate->room ? estimate->room * 2 : 8 };

    TRY_NEW(wider.hash = arena_zero(arena, wider.room, sizeof *wider.hash));
    for (uint32_t i = 0; i < estimate->room; i++)
        if (estimate->hash[i])
            place(&wider, estimate->hash[i]);
    *estimate = wider;
    return OK;
}

static status add(struct estimate *estimate, uint64_t hash, const struct tally *tally)
{
    hash += hash == 0;
    if (estimate->reg) {
        add_register(estimate, bits_of(tally), hash);
        return OK;
    }
    if (2 * (estimate->count + 1) > estimate->room)
        TRY(widen(estimate, tally->arena));
    place(estimate, hash);
    return estimate->count >= context_limit(tally->context, LIMIT_ESTDC) ? give_up_exactness(estimate, tally) : OK;
}

static status estdc_update(struct tally *tally, const struct feed *feed)
{
    const uint32_t *restrict group = feed->group;
    char                     room[NUMBER_ROOM];

    for (uint32_t i = 0; i < feed->count; i++)
        TRY(add(tally_state(tally, group ? group[i] : 0), hash_u64(hash_str(cell_show(&feed->cell[i], room))), tally));
    return OK;
}

static status merge_one(struct estimate *into, const struct estimate *from, const struct tally *tally)
{
    for (uint32_t i = 0; i < from->room; i++)
        if (from->hash[i])
            TRY(add(into, from->hash[i], tally));
    if (!from->reg)
        return OK;
    if (!into->reg)
        TRY(give_up_exactness(into, tally));
    for (uint32_t i = 0; !(i >> bits_of(tally)); i++)
        if (from->reg[i] > into->reg[i])
            into->reg[i] = from->reg[i];
    return OK;
}

static status estdc_merge(struct tally *into, struct tally *from, const uint32_t *group)
{
    for (uint32_t i = 0; i < from->groups; i++)
        if (group[i] != UINT32_MAX)
            TRY(merge_one(tally_state(into, group[i]), tally_state(from, i), into));
    return OK;
}

/* The usual estimator with its correction for few values; hashes of 64 bits need none for many. */
static double registers_estimate(const uint8_t *reg, uint32_t bits)
{
    double   count = ldexp(1, (int)bits), sum = 0, estimate;
    uint32_t empty = 0;

    for (uint32_t i = 0; i < count; i++) {
        sum += ldexp(1, -reg[i]);
        empty += reg[i] == 0;
    }
    estimate = 0.7213 / (1 + 1.079 / count) * count * count / sum;
    if (estimate <= 2.5 * count && empty)
        estimate = count * log(count / empty);
    return floor(estimate + 0.5);
}

static status estdc_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    const struct estimate *estimate = tally_state(tally, group);

    *out = cell_number(estimate->reg ? registers_estimate(estimate->reg, bits_of(tally)) : estimate->count);
    return OK;
}

static status error_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    const struct estimate *estimate = tally_state(tally, group);

    *out = cell_number(estimate->reg ? 1.04 / sqrt(ldexp(1, (int)bits_of(tally))) : 0);
    return OK;
}

/* Hashes as pairs of numbers of 32 bits; registers as numbers. */
static status estdc_save(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part)
{
    const struct estimate *estimate = tally_state(tally, group);
    uint32_t               count = 0, registers = estimate->reg ? (uint32_t)1 << bits_of(tally) : 0;
    struct cell           *cell;

    TRY_NEW(cell = arena_alloc(arena, (2 * (size_t)estimate->count + registers + 1) * sizeof *cell));
    for (uint32_t i = 0; i < estimate->room; i++)
        if (estimate->hash[i]) {
            cell[count++] = cell_number((double)(estimate->hash[i] >> 32));
            cell[count++] = cell_number((double)(uint32_t)estimate->hash[i]);
        }
    for (uint32_t i = 0; i < registers; i++)
        cell[count++] = cell_number(estimate->reg[i]);
    part[0] = collect_cell(cell, count);
    part[1] = cell_number(estimate->reg != NULL);
    return OK;
}

static status estdc_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    struct estimate   *estimate = tally_state(tally, group);
    uint32_t           count;
    const struct cell *cell = collect_members(&part[0], &count);

    if (collect_number(&part[1]) != 0) {
        if (count != (uint32_t)1 << bits_of(tally))
            return FAIL_DATA;
        if (!estimate->reg)
            TRY(give_up_exactness(estimate, tally));
        for (uint32_t i = 0; i < count; i++) {
            uint8_t his = (uint8_t)(collect_count(&cell[i]) & 63);
            estimate->reg[i] = his > estimate->reg[i] ? his : estimate->reg[i];
        }
        return OK;
    }
    for (uint32_t i = 0; i + 2 <= count; i += 2)
        TRY(add(estimate, collect_count(&cell[i]) << 32 | (uint32_t)collect_count(&cell[i + 1]), tally));
    return OK;
}

#define ESTIMATE .size = sizeof(struct estimate), .takes = FEED_CELLS, .counts = true, \
    .update = estdc_update, .merge = estdc_merge, \
    .parts = 2, .part = { "values", "registers" }, .save = estdc_save, .load = estdc_load

const struct aggregate aggregate_estdc = {
    .name = "estdc", .usage = "estdc(<field>)",
    .summary = "How many distinct values, estimated from a thousand on", ESTIMATE,
    .finish = estdc_finish,
    .example = { "stats estdc(a)", "{\"a\":1}\n{\"a\":2}\n{\"a\":1}", "{\"estdc(a)\":2}" },
};

const struct aggregate aggregate_estdc_error = {
    .name = "estdc_error", .state = "estdc", .usage = "estdc_error(<field>)",
    .summary = "The relative error of estdc; 0 while it is exact",
    ESTIMATE, .finish = error_finish,
    .example = { "stats estdc_error(a)", "{\"a\":1}", "{\"estdc_error(a)\":0}" },
};
