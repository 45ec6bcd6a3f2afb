#include "state/sort_packed.h"

#include "base/compiler.h"

enum { DIGIT = 11, RADIX = 1 << DIGIT };

static const double factors[] = { 1, 10, 100, 1000, 1e6 };

#define WHOLE_MOST 0x1p50       /* beyond it a number with decimals times its factor may be off by a half */
#define NO_NUMBER  INT64_MAX

struct packing {
    double   factor;            /* makes whole numbers of all keys */
    uint32_t next;              /* factor to try */
    int64_t  least, most;       /* least > most: no key yet */
};

/* The whole number that divided by the factor gives the key. False: there is none. */
static inline bool whole_of(double number, double factor, int64_t *out)
{
    double product = number * factor;

    if (!(product > -WHOLE_MOST && product < WHOLE_MOST))
        return false;
    *out = (int64_t)(product + (product < 0 ? -0.5 : 0.5));
    return (double)*out / factor == number;
}

/* The next factor, also for the keys that were made whole already. */
static bool take_next_factor(struct packing *packing, uint64_t *item, uint32_t count)
{
    int64_t ratio;

    if (packing->next == COUNT_OF(factors))
        return false;
    ratio = (int64_t)(factors[packing->next] / packing->factor);
    packing->factor = factors[packing->next++];
    if (packing->least > packing->most)
        return true;
    if ((double)packing->least * (double)ratio < -WHOLE_MOST || (double)packing->most * (double)ratio > WHOLE_MOST)
        return false;
    packing->least *= ratio;
    packing->most *= ratio;
    for (uint32_t i = 0; i < count; i++)
        if (item[i] != NO_NUMBER)
            item[i] *= (uint64_t)ratio;
    return true;
}

/* The keys as whole numbers. */
static bool read_keys(const struct row_store *store, uint32_t column, const uint32_t *order, uint32_t count, uint64_t *item,
                      struct packing *packing)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct row_place *place = &store->place[order[i]];
        const struct column    *source = row_store_column(store, place->kept, column);
        int64_t                 whole;
        if (source->null && source->null[place->row]) {
            item[i] = NO_NUMBER;
            continue;
        }
        while (UNLIKELY(!whole_of(source->number[place->row], packing->factor, &whole)))
            if (!take_next_factor(packing, item, i))
                return false;
        packing->least = whole < packing->least ? whole : packing->least;
        packing->most = whole > packing->most ? whole : packing->most;
        item[i] = (uint64_t)whole;
    }
    return true;
}

static uint32_t bits_of(uint64_t number)
{
    uint32_t bits = 0;

    for (; number; number >>= 1)
        bits++;
    return bits;
}

/* One digit: from `item` to `spare`. False: all rows have the same, nothing was moved. */
static bool sort_digit(const uint64_t *item, uint64_t *spare, uint32_t count, uint32_t shift, uint32_t width)
{
    uint32_t place[RADIX] = { 0 }, mask = (1u << width) - 1, sum = 0;

    for (uint32_t i = 0; i < count; i++)
        place[item[i] >> shift & mask]++;
    if (place[item[0] >> shift & mask] == count)
        return false;
    for (uint32_t i = 0; i <= mask; i++) {
        uint32_t here = place[i];
        place[i] = sum;
        sum += here;
    }
    for (uint32_t i = 0; i < count; i++)
        spare[place[item[i] >> shift & mask]++] = item[i];
    return true;
}

bool sort_packed(const struct row_store *store, uint32_t column, bool descending, uint32_t *order, uint32_t count,
                 uint64_t *item, uint64_t *spare, struct sort_packing *out)
{
    struct packing packing = { factors[0], 1, INT64_MAX, INT64_MIN };
    uint32_t       row_bits = bits_of(store->rows), bits, digits, width;
    uint64_t       null;

    if (!read_keys(store, column, order, count, item, &packing) || packing.least > packing.most)
        return false;
    null = (uint64_t)(packing.most - packing.least) + 1;
    bits = bits_of(null);
    if (bits + row_bits > 64)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t key = descending ? (uint64_t)packing.most - item[i] : item[i] - (uint64_t)packing.least;
        item[i] = (item[i] == NO_NUMBER ? null : key) << row_bits | order[i];
    }
    digits = (bits + DIGIT - 1) / DIGIT;
    width = (bits + digits - 1) / digits;
    for (uint32_t d = 0; d < digits; d++) {
        uint64_t *swap = item;
        if (!sort_digit(item, spare, count, row_bits + d * width, width))
            continue;
        item = spare;
        spare = swap;
    }
    for (uint32_t i = 0; i < count; i++)
        order[i] = (uint32_t)(item[i] & (((uint64_t)1 << row_bits) - 1));
    *out = (struct sort_packing){ row_bits, item };
    return true;
}
