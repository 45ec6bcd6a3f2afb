/* How the values of an interner sort: keys of eight bytes decide nearly always, the texts the rest. Many keys are sorted by
 * digits; what ties then, and few keys, by comparing. */
#include "state/interner.h"

#include "value/number.h"

enum {
    DIGIT = 11, DIGITS = 6, RADIX = 1 << DIGIT,
    MANY = 4 * RADIX                    /* so many items are sorted by digits */
};

struct item {
    uint64_t key;
    uint32_t code;
};

static bool before(const struct interner *interner, const struct item *a, const struct item *b)
{
    if (a->key != b->key)
        return a->key < b->key;
    return str_compare(interner_str(interner, a->code), interner_str(interner, b->code)) < 0;
}

/* Bottom-up merge sort; the result is in `item`. */
static void sort_few(const struct interner *interner, struct item *item, struct item *spare, uint32_t count)
{
    struct item *from = item, *to = spare;

    for (uint64_t run = 1; run < count; run *= 2) {
        struct item *swap = from;
        for (uint64_t start = 0; start < count; start += 2 * run) {
            uint64_t middle = start + run < count ? start + run : count;
            uint64_t end = middle + run < count ? middle + run : count;
            uint64_t a = start, b = middle;
            for (uint64_t at = start; at < end; at++)
                to[at] = a < middle && (b == end || !before(interner, &from[b], &from[a])) ? from[a++]
                    : from[b++];
        }
        from = to;
        to = swap;
    }
    if (from != item && count)
        memcpy(item, from, count * sizeof *item);
}

static inline uint32_t digit_of(const struct item *item, uint32_t digit)
{
    return item->key >> (digit * DIGIT) & (RADIX - 1);
}

/* By keys alone, from the last digit to the first; the result is in `item`. */
static void sort_keys(struct item *item, struct item *spare, uint32_t (*place)[RADIX], uint32_t count)
{
    struct item *from = item, *to = spare;

    memset(place, 0, DIGITS * sizeof *place);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t d = 0; d < DIGITS; d++)
            place[d][digit_of(&item[i], d)]++;
    for (uint32_t d = 0; d < DIGITS; d++) {
        struct item *swap = from;
        uint32_t     sum = 0;
        if (place[d][digit_of(from, d)] == count)       /* the same everywhere */
            continue;
        for (uint32_t i = 0; i < RADIX; i++) {
            uint32_t here = place[d][i];
            place[d][i] = sum;
            sum += here;
        }
        for (uint32_t i = 0; i < count; i++)
            to[place[d][digit_of(&from[i], d)]++] = from[i];
        from = to;
        to = swap;
    }
    if (from != item)
        memcpy(item, from, count * sizeof *item);
}

static status sort(const struct interner *interner, struct item *item, struct item *spare, uint32_t count)
{
    uint32_t (*place)[RADIX];

    if (count < MANY) {
        sort_few(interner, item, spare, count);
        return OK;
    }
    TRY_NEW(place = heap_alloc(interner->heap, DIGITS * sizeof *place));
    sort_keys(item, spare, place, count);
    heap_free(interner->heap, place, DIGITS * sizeof *place);
    for (uint32_t i = 0, j; i < count; i = j) {
        for (j = i + 1; j < count && item[j].key == item[i].key; j++)
            ;
        if (j - i > 1)
            sort_few(interner, item + i, spare, j - i);
    }
    return OK;
}

static uint64_t text_key(str text)
{
    uint64_t key = 0;

    for (size_t i = 0; i < 8; i++)
        key = key << 8 | (i < text.size ? (unsigned char)text.at[i] : 0);
    return key;
}

static uint64_t number_key(double number)
{
    uint64_t bits;

    number += 0.0;                      /* -0 is 0 */
    memcpy(&bits, &number, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

bool interner_order_number(enum interner_order order, str text, double *number)
{
    double high;

    if (order == ORDER_BYTE)
        return false;
    return number_parse_loose(text, number) ||
        (order == ORDER_BINS && number_parse_range(text, number, &high) && *number < high);
}

status interner_rank(const struct interner *interner, enum interner_order order, uint32_t *rank)
{
    uint32_t     count = interner->count, numbers = 0, texts = 0;
    struct item *item = heap_alloc(interner->heap, (2 * (size_t)count + 1) * sizeof *item),
        *spare = item + count;
    status       result;

    TRY_NEW(item);
    for (uint32_t i = 0; i < count; i++) {      /* numbers from the front, texts from the back */
        double number;
        if (interner->cell[i].kind == KIND_NULL)
            rank[i] = count - 1;
        else if (order != ORDER_BYTE && interner_order_number(order, interner_str(interner, i), &number))
            item[numbers++] = (struct item){ number_key(number), i };
        else
            item[count - ++texts] = (struct item){ text_key(interner_str(interner, i)), i };
    }
    result = sort(interner, item, spare, numbers);
    if (result == OK)
        result = sort(interner, item + count - texts, spare, texts);
    for (uint32_t i = 0; i < numbers; i++)
        rank[item[i].code] = i;
    for (uint32_t i = 0; i < texts; i++)
        rank[item[count - texts + i].code] = numbers + i;
    heap_free(interner->heap, item, (2 * (size_t)count + 1) * sizeof *item);
    return result;
}
