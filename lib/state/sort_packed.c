#include "state/sort_packed.h"

#include "base/compiler.h"

enum { DIGIT = 11, RADIX = 1 << DIGIT };

static const double factors[] = { 1, 10, 100, 1000, 1e6 };

#define WHOLE_MOST 0x1p50       /* up to here a number with decimals times its factor is off by less than a half */

static inline int64_t scaled(double number, double factor)
{
    number *= factor;
    return (int64_t)(number + (number < 0 ? -0.5 : 0.5));
}

/* Is it the double next to a whole number divided by the factor? Then so are all numbers of larger factors. */
static inline bool is_whole(double number, double factor)
{
    double product = number * factor;

    return product > -WHOLE_MOST && product < WHOLE_MOST && (double)scaled(number, factor) / factor == number;
}

static uint32_t bits_of(uint64_t number)
{
    uint32_t bits = 0;

    for (; number; number >>= 1)
        bits++;
    return bits;
}

static inline const struct column *source_of(const struct sort_packing *packing, uint32_t row, uint32_t *at)
{
    const struct row_place *place = &packing->store->place[row];

    *at = place->row;
    return row_store_column(packing->store, place->kept, packing->column);
}

bool sort_packing_of(const struct row_store *store, uint32_t column, bool descending, const uint32_t *order, uint32_t count,
                     struct sort_packing *out)
{
    struct sort_packing packing = { .store = store, .column = column, .descending = descending, .factor = factors[0] };
    double              least = 0, most = 0;
    bool                any = false;

    for (uint32_t i = 0, next = 1, at; i < count; i++) {
        const struct column *source = source_of(&packing, order[i], &at);
        double               number;
        if (source->null && source->null[at])
            continue;
        number = source->number[at];
        while (UNLIKELY(!is_whole(number, packing.factor))) {
            if (next == COUNT_OF(factors))
                return false;
            packing.factor = factors[next++];
        }
        least = !any || number < least ? number : least;
        most = !any || number > most ? number : most;
        any = true;
    }
    if (!is_whole(least, packing.factor) || !is_whole(most, packing.factor))
        return false;
    packing.least = scaled(least, packing.factor);
    packing.most = scaled(most, packing.factor);
    packing.row_bits = bits_of(store->rows);
    packing.bits = bits_of((uint64_t)(packing.most - packing.least) + 1);
    *out = packing;
    return packing.bits + packing.row_bits <= 64;
}

static void pack(const struct sort_packing *packing, const uint32_t *order, uint32_t count, uint64_t *item)
{
    uint64_t null = (uint64_t)(packing->most - packing->least) + 1;

    for (uint32_t i = 0, at; i < count; i++) {
        const struct column *source = source_of(packing, order[i], &at);
        uint64_t             key = null;
        if (!source->null || !source->null[at]) {
            int64_t number = scaled(source->number[at], packing->factor);
            key = (uint64_t)(packing->descending ? packing->most - number : number - packing->least);
        }
        item[i] = key << packing->row_bits | order[i];
    }
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

const uint64_t *sort_packed(const struct sort_packing *packing, uint32_t *order, uint32_t count, uint64_t *item,
                            uint64_t *spare)
{
    uint32_t digits = (packing->bits + DIGIT - 1) / DIGIT, width = (packing->bits + digits - 1) / digits;

    pack(packing, order, count, item);
    for (uint32_t d = 0; d < digits; d++) {
        uint64_t *swap = item;
        if (!sort_digit(item, spare, count, packing->row_bits + d * width, width))
            continue;
        item = spare;
        spare = swap;
    }
    for (uint32_t i = 0; i < count; i++)
        order[i] = (uint32_t)(item[i] & (((uint64_t)1 << packing->row_bits) - 1));
    return item;
}
