/* A prefilter at work on blocks: which lines can matter. One a worker, so that each measures what pays. */
#pragma once

#include "read/prefilter.h"
#include "read/reader.h"
#include "text/find.h"

struct filter {
    const struct literal_set *set;
    uint32_t    arm;                /* whole blocks are searched for this one */
    uint32_t    blocks, rest;       /* filtered since it was chosen; to be parsed whole before it is tried again */
    uint64_t    unusable;           /* arms that the input's defaults may satisfy; the last bit speaks for all beyond */
    str         bytes;
    size_t      at, passed;         /* searched as far as; bytes of lines that passed */
    bool        fresh;
    const char *next[6];            /* next hit of each needle; NULL: no more */
};

/* Shall this block be filtered? Then filter_next gives the lines, without their newlines, in order. */
bool filter_begin(struct filter *filter, const struct input *input, str bytes);
bool filter_next(struct filter *filter, str *line);
