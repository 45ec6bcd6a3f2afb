/* Bits of whole numbers from 0 to 2^53 - 1; anything else gives null (functions 12). */
#include "function/family.h"

#include <math.h>

enum { BITS = 53 };
#define ALL_BITS ((UINT64_C(1) << BITS) - 1)

static bool bits_of(const struct cell *cell, uint64_t *out)
{
    if (!(cell->number >= 0) || cell->number > (double)ALL_BITS || cell->number != floor(cell->number))
        return false;
    *out = (uint64_t)cell->number;
    return true;
}

static status give_bits(struct cell *out, uint64_t bits)
{
    return give(out, cell_number((double)(bits & ALL_BITS)));
}

enum fold { FOLD_AND, FOLD_OR, FOLD_XOR };

static status fold_bits(struct call *call, const struct cell *arg, struct cell *out, enum fold fold)
{
    uint64_t bits, next;

    if (!bits_of(&arg[0], &bits))
        return give(out, cell_null());
    for (uint32_t i = 1; i < call->count; i++) {
        if (!bits_of(&arg[i], &next))
            return give(out, cell_null());
        bits = fold == FOLD_AND ? bits & next : fold == FOLD_OR ? bits | next : bits ^ next;
    }
    return give_bits(out, bits);
}

static status bit_and_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return fold_bits(call, arg, out, FOLD_AND);
}

static status bit_or_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return fold_bits(call, arg, out, FOLD_OR);
}

static status bit_xor_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return fold_bits(call, arg, out, FOLD_XOR);
}

static status bit_not_row(struct call *call, const struct cell *arg, struct cell *out)
{
    uint64_t bits, mask = ALL_BITS;

    if (!bits_of(&arg[0], &bits) || (call->count > 1 && !bits_of(&arg[1], &mask)))
        return give(out, cell_null());
    return give_bits(out, ~bits & mask);
}

static status bit_shift_left_row(struct call *call, const struct cell *arg, struct cell *out)
{
    uint64_t bits, by;

    if (!bits_of(&arg[0], &bits) || !bits_of(&arg[1], &by))
        return give(out, cell_null());
    return give_bits(out, by < BITS ? bits << by : 0);
}

static status bit_shift_right_row(struct call *call, const struct cell *arg, struct cell *out)
{
    uint64_t bits, by;

    if (!bits_of(&arg[0], &bits) || !bits_of(&arg[1], &by))
        return give(out, cell_null());
    return give_bits(out, by < BITS ? bits >> by : 0);
}

#define BITWISE(word, arguments, from, to, text, ...)                                                        \
    const struct function function_##word = {                                                                \
        .name = #word, .usage = #word arguments, .summary = text, .least = from, .most = to,                 \
        .wants = { WANT_NUMBER }, .wanted = 1, .gives = TYPE_NUMBER, .nulls = NULL_IN_NULL_OUT,              \
        .multi = MULTI_NULL,                                                                                 \
        .pure = true, .row = word##_row, __VA_ARGS__                                                         \
    }

BITWISE(bit_and, "(<number>,<number>,...)", 2, -1, "The bits that all numbers have",
        .example = { "eval y=bit_and(12,9) | table y", "{}", "{\"y\":8}" });
BITWISE(bit_or, "(<number>,<number>,...)", 2, -1, "The bits that any of the numbers has",
        .example = { "eval y=bit_or(4,2) | table y", "{}", "{\"y\":6}" });
BITWISE(bit_xor, "(<number>,<number>,...)", 2, -1, "The bits that an odd count of the numbers has",
        .example = { "eval y=bit_xor(3,2) | table y", "{}", "{\"y\":1}" });
BITWISE(bit_not, "(<number>[,<mask>])", 1, 2, "The bits that the number lacks, of 53 or of the mask",
        .example = { "eval y=bit_not(9), z=bit_not(9,15) | table y z", "{}",
                     "{\"y\":9007199254740982,\"z\":6}" });
BITWISE(bit_shift_left, "(<number>,<by>)", 2, 2, "The bits moved up; what leaves the 53 is lost",
        .example = { "eval y=bit_shift_left(3,2), z=bit_shift_left(1,53) | table y z", "{}",
                     "{\"y\":12,\"z\":0}" });
BITWISE(bit_shift_right, "(<number>,<by>)", 2, 2, "The bits moved down",
        .example = { "eval y=bit_shift_right(4,1) | table y", "{}", "{\"y\":2}" });
