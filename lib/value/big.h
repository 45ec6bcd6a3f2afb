/* Whole numbers of bounded size, for the rare cases in which a double's decimal text needs all of its
 * digits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 8,960 bits: a double's largest or smallest value next to 800 digits */
enum { BIG_LIMBS = 280 };

struct big {
    uint32_t count;                     /* limbs in use, the top one not 0; 0: zero */
    uint32_t limb[BIG_LIMBS];           /* lowest first */
};

void big_set(struct big *big, uint64_t value);
void big_multiply(struct big *big, uint32_t factor, uint32_t add);      /* big * factor + add */
void big_multiply_fives(struct big *big, uint32_t count);               /* * 5^count */
bool big_divide_fives(struct big *big, uint32_t count);                 /* floor; true if anything was lost */
void big_shift_left(struct big *big, uint32_t bits);
bool big_shift_right(struct big *big, uint32_t bits);                   /* floor; true if anything was lost */
int  big_compare(const struct big *a, const struct big *b);
/* decimal text; destroys the number */
size_t big_digits(struct big *big, char *out, size_t room);
