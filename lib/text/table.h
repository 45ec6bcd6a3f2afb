/* Tables in text, as ps, df or netstat print them: a line of names, under it lines of values (multikv, and the
 * KV mode of that name).
 *
 * The line of names is the first one of two words or more that all hold a letter, and that either fits the
 * line under it or is Capitalised throughout; of lines that do neither the first one. Values stand under their
 * names: where words begin or end as names do the places count, so a column may be empty; else their order
 * counts, and the last column takes the rest of the line. Empty lines and lines that only draw are passed
 * over; behind an empty line a Capitalised line begins another table. Tabs go to multiples of eight, and a
 * character is as wide as another.
 *
 * Costs are linear in the text. Nothing is copied. */
#pragma once

#include "base/str.h"

enum {
    TABLE_COLUMNS = 256,            /* a line of more words names no columns */
    TABLE_WORD = 128,               /* nor does a longer word */
    TABLE_NAME = 3 * TABLE_WORD     /* most bytes of a column's name */
};

struct table_column {
    str    word;                    /* as written */
    size_t from, to;                /* characters from the start of the line */
};

struct table {
    str                 rest;       /* not looked at yet */
    uint32_t            columns;
    struct table_column column[TABLE_COLUMNS];
    bool                renamed;    /* the columns are others than those of the row before */
    bool                parted;     /* an empty line came last */
    bool                single;     /* no other table begins */
    bool                nameless;   /* no line names columns: each word is one */
    str                 line;       /* the row, without blanks at its ends */
    str                 value[TABLE_COLUMNS];   /* at NULL: it has none in that column */
};

/* false: there is no table with at least one row. */
bool   table_begin(struct table *table, str text);
/* The same where it is known which line names the columns, counted from 1 without empty ones (0: to be found out), or that
 * none does, and whether there may be several tables. */
struct table_kind { uint64_t header; bool nameless, single; };
bool   table_begin_as(struct table *table, str text, struct table_kind kind);
/* The next row; false: there are no more. */
bool   table_next(struct table *table);

/* What a field of column `i` is called before other characters are cleaned: %CPU is pctCPU, and a word
 * without letters of ASCII Column_1, counted from 1. Returns the size. */
size_t table_name(const struct table *table, uint32_t i, char out[TABLE_NAME]);
