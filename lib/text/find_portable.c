#include "text/find_level.h"

static const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;

struct probe {
    uint64_t byte[2], fold[2];
};

static inline struct probe probe_make(const struct needle *needle)
{
    return (struct probe){
        { ones * needle->byte[0], ones * needle->byte[1] },
        { ones * needle->fold[0], ones * needle->fold[1] },
    };
}

static inline uint64_t probe_hits(const struct probe *probe, const char *a, const char *b)
{
    uint64_t miss = ((find_load(a) | probe->fold[0]) ^ probe->byte[0])
                  | ((find_load(b) | probe->fold[1]) ^ probe->byte[1]);
    uint64_t zero = ~(((miss & ~tops) + ~tops) | miss) & tops;     /* the top bit of each byte that is zero */

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    zero = __builtin_bswap64(zero);
#endif
    return zero ? (zero >> 7) * 0x0102040810204080u >> 56 : 0;
}

#define WIDTH 8
#define FIND  find_portable
#define SHORT find_short
#include "text/find_body.inc"
