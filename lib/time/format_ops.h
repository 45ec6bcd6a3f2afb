/* What a time format is compiled to; for strftime.c and strptime.c. */
#pragma once

#include "time/format.h"

struct time_op {
    /* the conversion's letter; 0: literal text; ' ': a run of blanks in the format */
    char    code;
    char    flag;               /* '-' '_' '0' '^' '#', or 0 */
    uint8_t width;              /* digits asked for; 0: the usual */
    uint8_t colons;             /* of %:z */
    str     text;               /* literal; for a blank run, as written */
};

struct time_format {
    bool           has_date;    /* some part of a date, or an epoch, is read */
    uint32_t       count;
    struct time_op op[];
};

/* Abbreviations are the first three letters. */
extern const char *const time_month_names[12];
extern const char *const time_weekday_names[7];

/* 1..12 from the first three letters, or 0; 0..6 or -1. *size: letters taken, the whole name if it is
 * spelled out. */
int time_month_named(const char *at, const char *end, size_t *size);
int time_weekday_named(const char *at, const char *end, size_t *size);

/* +hhmm, +hh:mm, +hh:mm:ss, +hh, Z, UTC or GMT: seconds east. Returns the bytes taken, 0 if it is none. */
size_t time_offset_read(const char *at, const char *end, int32_t *offset);
