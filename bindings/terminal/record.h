/* A row as a line of JSON that spl-run reads back as it was: a member a field, nulls left out; of a field with several
 * values a member each, all of one name, which the reader takes for one field. */
#pragma once

#include <spl.h>

#include <stdbool.h>
#include <stddef.h>

struct record {
    char  *at;                      /* NULL at first; free() it */
    size_t size, room;
};

/* Appends the line. False: out of memory. */
bool record_row(struct record *to, const spl_batch *rows, size_t row);
