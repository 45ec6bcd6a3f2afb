/* Files that queries write into the folder of --allow-write: names, waiting for the end, messages. */
#pragma once

#include "record.h"

#include <spl_extend.h>

struct store {
    int         folder;
    const char *path;                       /* of the folder, for messages */
};

struct stream {
    struct store *store;
    char         *name;                     /* of the file */
    int           waiting;                  /* what was written so far; -1: nothing */
    struct record lines;                    /* being made */
    int           table;                    /* it is a table: store_table.c */
    uint32_t      how;                      /* SPL_APPEND ... */
    char         *key;                      /* NULL: none */
};

/* Why the stream fails, for callbacks to return. */
spl_status store_fail(spl_call *call, const struct stream *stream, const char *what, int number);
spl_status store_refuse(spl_call *call, const char *what, const char *name, const char *why);
/* A file that nobody can name, until the search has succeeded. False: errno. */
bool       store_wait(struct stream *stream);
bool       store_write(int file, const char *at, size_t size);

/* store_table.c: a table as CSV. */
spl_status store_table_begin(spl_call *call, const spl_target *target, struct stream *stream);
spl_status store_table_write(spl_call *call, struct stream *stream, const spl_batch *rows);
spl_status store_table_finish(spl_call *call, struct stream *stream);
