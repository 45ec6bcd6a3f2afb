/* estdc: exact below a thousand distinct values, an estimate from 2^10 registers above (HyperLogLog). */
#include "aggregate/collect.h"
#include "base/hash.h"
#include "value/number.h"
#include "value/order.h"

#include <math.h>

enum { EXACT_MOST = 1000, REGISTERS = 1024, REGISTER_BITS = 10 };

struct estimate {
    /* open addressing over hashes, 0 free; NULL once there are registers */
    uint64_t *hash;
    uint32_t  count, room;
    uint8_t  *reg;
};

static void add_register(struct estimate *estimate, uint64_t hash)
{
    uint32_t at = (uint32_t)(hash >> (64 - REGISTER_BITS));
    uint64_t rest = hash << REGISTER_BITS;
    uint8_t  zeros = 1;

    for (; zeros <= 64 - REGISTER_BITS && !(rest >> 63); rest <<= 1)
        zeros++;
    if (zeros > estimate->reg[at])
        estimate->reg[at] = zeros;
}

static status give_up_exactness(struct estimate *estimate, struct arena *arena)
{
    TRY_NEW(estimate->reg = arena_zero(arena, REGISTERS, 1));
    for (uint32_t i = 0; i < estimate->room; i++)
        if (estimate->hash[i])
            add_register(estimate, estimate->hash[i]);
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

static status add(struct estimate *estimate, uint64_t hash, struct arena *arena)
{
    hash += hash == 0;
    if (estimate->reg) {
        add_register(estimate, hash);
        return OK;
    }
    if (2 * (estimate->count + 1) > estimate->room)
        TRY(widen(estimate, arena));
    place(estimate, hash);
    return estimate->count >= EXACT_MOST ? give_up_exactness(estimate, arena) : OK;
}

static status estdc_update(struct tally *tally, const struct feed *feed)
{
    const uint32_t *restrict group = feed->group;
    char                     room[NUMBER_ROOM];

    for (uint32_t i = 0; i < feed->count; i++)
        TRY(add(tally_state(tally, group ? group[i] : 0), hash_u64(hash_str(cell_show(&feed->cell[i], room))),
                tally->arena));
    return OK;
}

static status merge_one(struct estimate *into, const struct estimate *from, struct arena *arena)
{
    for (uint32_t i = 0; i < from->room; i++)
        if (from->hash[i])
            TRY(add(into, from->hash[i], arena));
    if (!from->reg)
        return OK;
    if (!into->reg)
        TRY(give_up_exactness(into, arena));
    for (uint32_t i = 0; i < REGISTERS; i++)
        if (from->reg[i] > into->reg[i])
            into->reg[i] = from->reg[i];
    return OK;
}

static status estdc_merge(struct tally *into, struct tally *from, const uint32_t *group)
{
    for (uint32_t i = 0; i < from->groups; i++)
        if (group[i] != UINT32_MAX)
            TRY(merge_one(tally_state(into, group[i]), tally_state(from, i), into->arena));
    return OK;
}

/* The usual estimator with its correction for few values; hashes of 64 bits need none for many. */
static double registers_estimate(const uint8_t *reg)
{
    double   sum = 0, estimate;
    uint32_t empty = 0;

    for (uint32_t i = 0; i < REGISTERS; i++) {
        sum += ldexp(1, -reg[i]);
        empty += reg[i] == 0;
    }
    estimate = 0.7213 / (1 + 1.079 / REGISTERS) * REGISTERS * REGISTERS / sum;
    if (estimate <= 2.5 * REGISTERS && empty)
        estimate = REGISTERS * log((double)REGISTERS / empty);
    return floor(estimate + 0.5);
}

static status estdc_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    const struct estimate *estimate = tally_state(tally, group);

    *out = cell_number(estimate->reg ? registers_estimate(estimate->reg) : estimate->count);
    return OK;
}

static status error_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    const struct estimate *estimate = tally_state(tally, group);

    *out = cell_number(estimate->reg ? 1.04 / 32 : 0);          /* 1.04 / sqrt(REGISTERS) */
    return OK;
}

/* Hashes as pairs of numbers of 32 bits; registers as numbers. */
static status estdc_save(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part)
{
    const struct estimate *estimate = tally_state(tally, group);
    uint32_t               count = 0;
    struct cell           *cell;

    TRY_NEW(cell = arena_alloc(arena, (2 * (size_t)EXACT_MOST + REGISTERS) * sizeof *cell));
    for (uint32_t i = 0; i < estimate->room; i++)
        if (estimate->hash[i]) {
            cell[count++] = cell_number((double)(estimate->hash[i] >> 32));
            cell[count++] = cell_number((double)(uint32_t)estimate->hash[i]);
        }
    for (uint32_t i = 0; estimate->reg && i < REGISTERS; i++)
        cell[count++] = cell_number(estimate->reg[i]);
    part[0] = collect_cell(cell, count);
    part[1] = cell_number(estimate->reg != NULL);
    return OK;
}

static status estdc_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    struct estimate   *estimate = tally_state(tally, group);
    uint8_t            reg[REGISTERS];
    uint32_t           count;
    const struct cell *cell = collect_members(&part[0], &count);

    if (collect_number(&part[1]) != 0) {
        for (uint32_t i = 0; i < REGISTERS; i++)
            reg[i] = i < count ? (uint8_t)(collect_count(&cell[i]) & 63) : 0;
        return merge_one(estimate, &(struct estimate){ .reg = reg }, tally->arena);
    }
    for (uint32_t i = 0; i + 2 <= count; i += 2)
        TRY(add(estimate, collect_count(&cell[i]) << 32 | (uint32_t)collect_count(&cell[i + 1]), tally->arena));
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
