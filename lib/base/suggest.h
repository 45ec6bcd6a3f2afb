/* "Did you mean": the nearest of many words, whatever holds them.
 *
 *     struct suggest near = suggest_for(word);
 *     for (...) suggest_offer(&near, candidate);
 *     if (near.best.size) ...
 *
 * Distance: letters dropped, added, changed or swapped, case ignored; at most a third of the word's
 * letters. */
#pragma once

#include "base/str.h"

struct suggest {
    str      word, best;        /* best.size 0: nothing near */
    unsigned distance;          /* of best; at first one more than is accepted */
};

struct suggest suggest_for(str word);
void           suggest_offer(struct suggest *near, str candidate);
