#include "base/suggest.h"

enum { LONGEST = 64 };      /* longer words are no slips of the pen */

static char folded(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Changes that make `b` of `a`; neighbours that swap count once. */
static unsigned distance(str a, str b)
{
    unsigned  row[3][LONGEST + 1];
    unsigned *before = row[0], *last = row[1], *now = row[2];

    for (unsigned j = 0; j <= b.size; j++)
        last[j] = j;
    for (unsigned i = 1; i <= a.size; i++) {
        unsigned *free_row = before;
        now[0] = i;
        for (unsigned j = 1; j <= b.size; j++) {
            char x = folded(a.at[i - 1]), y = folded(b.at[j - 1]);
            now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == folded(b.at[j - 2]) && y == folded(a.at[i - 2]))
                now[j] = least(now[j], before[j - 2] + 1);
        }
        before = last;
        last = now;
        now = free_row;
    }
    return last[b.size];
}

/* The same letters in another order: two that swapped, rather than one that is wrong. */
static bool is_swapped(str a, str b)
{
    int count[256] = { 0 };

    for (size_t i = 0; i < a.size; i++)
        count[(unsigned char)folded(a.at[i])]++;
    for (size_t i = 0; i < b.size; i++)
        if (--count[(unsigned char)folded(b.at[i])] < 0)
            return false;
    return a.size == b.size;
}

/* Among words that are equally near: the same letters; then the same ends, which people seldom get wrong; then a word that
 * was not typed to its end. */
static int likeness(str a, str b)
{
    bool ends = folded(a.at[0]) == folded(b.at[0]) && folded(a.at[a.size - 1]) == folded(b.at[b.size - 1]);
    bool begins = b.size > a.size && str_equal_nocase(a, str_slice(b, 0, a.size));

    return is_swapped(a, b) ? 3 : ends ? 2 : begins;
}

struct suggest suggest_for(str word)
{
    unsigned most = word.size < 3 ? 1 : (unsigned)(word.size + 2) / 3;

    return (struct suggest){ .word = word, .best = { "", 0 }, .distance = most + 1 };
}

void suggest_offer(struct suggest *near, str candidate)
{
    size_t   a = near->word.size, b = candidate.size, gap = a > b ? a - b : b - a;
    unsigned far;

    if (a == 0 || b == 0 || a > LONGEST || b > LONGEST || gap > near->distance)
        return;
    far = distance(near->word, candidate);
    if (near->best.size && far == near->distance && likeness(near->word, candidate) > likeness(near->word, near->best))
        near->best = candidate;
    if (far < near->distance && far < least((unsigned)a, (unsigned)b)) {
        near->distance = far;
        near->best = candidate;
    }
}
