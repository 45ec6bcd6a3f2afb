/* IPv4 and IPv6 addresses and blocks, as numbers of 128 bits.
 *
 * The two families never match each other; an IPv4-mapped IPv6 address is IPv6. */
#pragma once

#include "base/str.h"

struct address {
    uint64_t high, low;         /* IPv4: the 32 low bits of `low` */
    uint8_t  family;            /* 4 or 6 */
};

struct cidr {
    struct address base;        /* host bits masked off */
    uint64_t       mask_high, mask_low;
    uint8_t        bits;
};

enum { ADDRESS_ROOM = 48 };

/* Dotted quad without leading zeros of more than three digits; any legal IPv6 form (a zone index is
 * refused). */
bool address_parse(str text, struct address *out);

/* address/prefix; host bits are masked. Without a slash: that one address. */
bool cidr_parse(str text, struct cidr *out);
/* a slash is required: what makes a search literal a block */
bool cidr_parse_block(str text, struct cidr *out);

/* The block of so many bits that the address is in; at most 32, of IPv6 128. */
struct cidr cidr_around(const struct address *address, uint8_t bits);

bool cidr_contains(const struct cidr *block, const struct address *address);
bool cidr_contains_text(const struct cidr *block, str text);


/* Dotted quad, or RFC 5952 text; returns the size. `out` holds ADDRESS_ROOM bytes. */
size_t address_format(const struct address *address, char *out);
