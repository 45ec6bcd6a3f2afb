/* Looking a number up in ascending ones: the place of the last that is not above it; 0 if all are, or there are none.
 *
 * The numbers may stand inside of other things: `first` is that of the first, the next one comes `stride` bytes behind. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SEARCH_LAST(name, type)                                                                         \
    static inline uint32_t name(const type *first, size_t stride, uint32_t count, type wanted)          \
    {                                                                                                   \
        uint32_t low = 0, high = count;                                                                 \
                                                                                                        \
        while (high - low > 1) {                                                                        \
            uint32_t middle = low + (high - low) / 2;                                                   \
            if (*(const type *)(const void *)((const char *)first + middle * stride) <= wanted)         \
                low = middle;                                                                           \
            else                                                                                        \
                high = middle;                                                                          \
        }                                                                                               \
        return low;                                                                                     \
    }

SEARCH_LAST(search_last_u32, uint32_t)
SEARCH_LAST(search_last_i64, int64_t)
SEARCH_LAST(search_last_double, double)

#undef SEARCH_LAST
