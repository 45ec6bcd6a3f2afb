#include "value/big.h"

#include <assert.h>
#include <string.h>

/* 5^13 is the largest power of five below 2^32. */
enum { FIVES = 13 };
static const uint32_t fives[FIVES + 1] = { 1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625,
    48828125,
    244140625, 1220703125 };

static void push(struct big *big, uint32_t limb)
{
    assert(big->count < BIG_LIMBS);
    if (big->count < BIG_LIMBS)
        big->limb[big->count++] = limb;
}

static void trim(struct big *big)
{
    while (big->count && big->limb[big->count - 1] == 0)
        big->count--;
}

void big_set(struct big *big, uint64_t value)
{
    big->count = 0;
    for (; value; value >>= 32)
        push(big, (uint32_t)value);
}

void big_multiply(struct big *big, uint32_t factor, uint32_t add)
{
    uint64_t carry = add;

    for (uint32_t i = 0; i < big->count; i++) {
        carry += (uint64_t)big->limb[i] * factor;
        big->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry)
        push(big, (uint32_t)carry);
}

static uint32_t divide(struct big *big, uint32_t divisor)
{
    uint64_t rest = 0;

    for (uint32_t i = big->count; i-- > 0;) {
        rest = rest << 32 | big->limb[i];
        big->limb[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    trim(big);
    return (uint32_t)rest;
}

void big_multiply_fives(struct big *big, uint32_t count)
{
    for (; count > FIVES; count -= FIVES)
        big_multiply(big, fives[FIVES], 0);
    big_multiply(big, fives[count], 0);
}

bool big_divide_fives(struct big *big, uint32_t count)
{
    bool lost = false;

    for (; count > FIVES; count -= FIVES)
        lost |= divide(big, fives[FIVES]) != 0;
    lost |= divide(big, fives[count]) != 0;
    return lost;
}

void big_shift_left(struct big *big, uint32_t bits)
{
    uint32_t limbs = bits / 32;

    if (big->count == 0)
        return;
    if (bits % 32)
        big_multiply(big, 1u << bits % 32, 0);
    assert(big->count + limbs <= BIG_LIMBS);
    if (limbs == 0 || big->count + limbs > BIG_LIMBS)
        return;
    memmove(big->limb + limbs, big->limb, big->count * sizeof *big->limb);
    memset(big->limb, 0, limbs * sizeof *big->limb);
    big->count += limbs;
}

bool big_shift_right(struct big *big, uint32_t bits)
{
    uint32_t limbs = bits / 32, lost = 0;

    if (limbs >= big->count) {
        lost = big->count;
        big->count = 0;
        return lost != 0;
    }
    for (uint32_t i = 0; i < limbs; i++)
        lost |= big->limb[i];
    if (limbs) {
        big->count -= limbs;
        memmove(big->limb, big->limb + limbs, big->count * sizeof *big->limb);
    }
    bits %= 32;
    if (bits) {
        lost |= big->limb[0] << (32 - bits);
        for (uint32_t i = 0; i < big->count; i++) {
            uint32_t above = i + 1 < big->count ? big->limb[i + 1] : 0;
            big->limb[i] = big->limb[i] >> bits | above << (32 - bits);
        }
        trim(big);
    }
    return lost != 0;
}

int big_compare(const struct big *a, const struct big *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (uint32_t i = a->count; i-- > 0;)
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

size_t big_digits(struct big *big, char *out, size_t room)
{
    size_t at = room, size;

    while (big->count && at > 0) {
        uint32_t nine = divide(big, 1000000000u);
        for (int i = 0; i < 9 && at > 0 && (nine || big->count); i++, nine /= 10)
            out[--at] = (char)('0' + nine % 10);
    }
    if (at == room && at > 0)
        out[--at] = '0';
    size = room - at;
    memmove(out, out + at, size);
    return size;
}
