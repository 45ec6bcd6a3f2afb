/* Tables of outputlookup and outputcsv as CSV files (RFC 4180) of the folder.
 *
 * The new file takes the place of the old one at once, by its name, when the search has succeeded: whoever reads it has the
 * one or the other. With append, and with a key, the old rows are read and written again. Several values of a cell
 * are joined by a blank. */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct csv {                                /* a file in memory; cells are terminated, and lie in `text` */
    char  *text;
    size_t size;
    char **cell;                            /* row by row; row 0: the names of the columns */
    size_t columns, rows, room;             /* of cells */
};

static bool ends_in(const char *name, const char *end)
{
    size_t size = strlen(name), tail = strlen(end);

    return size >= tail && strcmp(name + size - tail, end) == 0;
}

spl_status store_table_begin(spl_call *call, const spl_target *target, struct stream *stream)
{
    size_t size = target->key ? strlen(target->key) + 1 : 0;

    if (ends_in(stream->name, ".gz") || ends_in(stream->name, ".zst"))
        return store_refuse(call, "table", stream->name, "compressed files are only read");
    if (target->how & SPL_LISTS)
        return spl_call_fail(call, "files of --allow-write cannot keep several values of a cell apart (splunk_mv_csv)");
    stream->how = target->how;
    if (!size)
        return SPL_OK;
    if (!(stream->key = spl_call_memory(call, size)))
        return spl_call_fail(call, "out of memory");
    memcpy(stream->key, target->key, size);
    return SPL_OK;
}

/* --- rows that wait ------------------------------------------------------------------------------------------------ */

static bool put_bytes(struct record *to, const char *text, size_t size)
{
    while (to->room - to->size < size) {
        size_t room = 2 * to->room + 4096;
        char  *moved = realloc(to->at, room);
        if (!moved)
            return false;
        to->at = moved;
        to->room = room;
    }
    memcpy(to->at + to->size, text, size);
    to->size += size;
    return true;
}

/* In quotes where need be. */
static bool put_cell(struct record *to, const char *text, size_t size, bool first)
{
    bool   plain = true, good = first || put_bytes(to, ",", 1);
    size_t from = 0;

    for (size_t i = 0; i < size && plain; i++)
        plain = text[i] != '"' && text[i] != ',' && text[i] != '\n' && text[i] != '\r';
    if (plain && size && text[0] != ' ' && text[size - 1] != ' ')
        return good && put_bytes(to, text, size);
    if (!size && !first)
        return good;
    good = good && put_bytes(to, "\"", 1);
    for (size_t i = 0; i < size && good; i++)
        if (text[i] == '"') {
            good = put_bytes(to, text + from, i + 1 - from) && put_bytes(to, "\"", 1);
            from = i + 1;
        }
    return good && put_bytes(to, text + from, size - from) && put_bytes(to, "\"", 1);
}

/* The text of a cell, lists joined; in `room`, which grows. */
static bool show_cell(const spl_cell *cell, struct record *room)
{
    char number[400];

    if (cell->kind == SPL_TEXT)
        return put_bytes(room, cell->text, cell->length);
    if (cell->kind != SPL_LIST)
        return put_bytes(room, number, spl_cell_text(cell, number, sizeof number));
    for (size_t i = 0; i < cell->length; i++)
        if ((i && !put_bytes(room, " ", 1)) || !show_cell(&cell->list[i], room))
            return false;
    return true;
}

static bool put_row(struct record *to, const spl_batch *rows, size_t row, struct record *room)
{
    for (size_t i = 0; i < spl_batch_columns(rows); i++) {
        spl_cell cell;

        room->size = 0;
        if (spl_batch_cell(rows, row, i, &cell) < 0 || !show_cell(&cell, room) ||
            !put_cell(to, room->at ? room->at : "", room->size, i == 0))
            return false;
    }
    return put_bytes(to, "\n", 1);
}

static bool put_names(struct record *to, const spl_batch *rows)
{
    for (size_t i = 0; i < spl_batch_columns(rows); i++)
        if (!put_cell(to, spl_batch_name(rows, i), strlen(spl_batch_name(rows, i)), i == 0))
            return false;
    return put_bytes(to, "\n", 1);
}

spl_status store_table_write(spl_call *call, struct stream *stream, const spl_batch *rows)
{
    struct record room = { 0 };
    bool          first = stream->waiting < 0, good = true;

    if (!store_wait(stream))
        return store_fail(call, stream, "cannot write to", errno);
    stream->lines.size = 0;
    if (first)
        good = put_names(&stream->lines, rows);
    for (size_t row = 0; row < spl_batch_rows(rows) && good; row++)
        good = put_row(&stream->lines, rows, row, &room);
    free(room.at);
    if (!good)
        return spl_call_fail(call, "out of memory");
    if (!store_write(stream->waiting, stream->lines.at, stream->lines.size))
        return store_fail(call, stream, "cannot write to", errno);
    return SPL_OK;
}

/* --- files in memory ----------------------------------------------------------------------------------------------- */

static void csv_free(struct csv *csv)
{
    free(csv->text);
    free(csv->cell);
}

/* False: errno. */
static bool csv_load(int file, struct csv *csv)
{
    struct stat known;
    size_t      size;

    if (lseek(file, 0, SEEK_SET) != 0 || fstat(file, &known) != 0 || !(csv->text = malloc((size_t)known.st_size + 1)))
        return false;
    for (size = (size_t)known.st_size; csv->size < size;) {
        ssize_t got = read(file, csv->text + csv->size, size - csv->size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0)
            break;
        csv->size += (size_t)got;
    }
    csv->text[csv->size] = 0;
    return true;
}

static bool add_cell(struct csv *csv, size_t *count, char *cell)
{
    if (*count == csv->room) {
        size_t room = 2 * csv->room + 256;
        char **moved = realloc(csv->cell, room * sizeof *moved);
        if (!moved)
            return false;
        csv->cell = moved;
        csv->room = room;
    }
    csv->cell[(*count)++] = cell;
    return true;
}

/* One cell: unquoted in place and terminated. Returns what stood behind it: ',', '\n' or 0. */
static char next_cell(char **at, char *end, char **cell)
{
    char *from = *at, *to = from, behind;

    *cell = to;
    if (from < end && *from == '"') {
        for (from++; from < end && (*from != '"' || (from + 1 < end && from[1] == '"')); *to++ = *from++)
            from += *from == '"';
        from += from < end;
    }
    while (from < end && *from != ',' && *from != '\n')
        *to++ = *from++;
    behind = from < end ? *from : 0;
    if (behind != ',' && to > *cell && to[-1] == '\r')
        to--;
    *at = from + (from < end);
    *to = 0;
    return behind;
}

/* Rows are as long as the first; blank lines are none. False: out of memory. */
static bool csv_parse(struct csv *csv)
{
    static char nothing[] = "";
    char       *at = csv->text, *end = at + csv->size;
    size_t      count = 0;

    if (csv->size >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0)
        at += 3;
    while (at < end) {
        size_t start = count, width = 0;
        char   behind, *cell;
        do {
            behind = next_cell(&at, end, &cell);
            if ((csv->rows == 0 || width < csv->columns) && !add_cell(csv, &count, cell))
                return false;
            width++;
        } while (behind == ',');
        if (width == 1 && !*csv->cell[start] && (csv->rows == 0 || csv->columns > 1)) {
            count = start;
            continue;
        }
        if (csv->rows == 0)
            csv->columns = width;
        while (count - start < csv->columns)
            if (!add_cell(csv, &count, nothing))
                return false;
        csv->rows++;
    }
    return true;
}

static size_t column_of(const struct csv *csv, const char *name)
{
    for (size_t i = 0; csv->rows && i < csv->columns; i++)
        if (strcmp(csv->cell[i], name) == 0)
            return i;
    return SIZE_MAX;
}

/* --- old and new --------------------------------------------------------------------------------------------------- */

struct merge {
    const struct csv *old, *new;
    size_t           *from;                 /* of each column that is written: the new table's; SIZE_MAX: it has none */
    size_t           *row;                  /* rows that are written: old ones from 0, new ones behind them */
    size_t            rows;
    size_t           *slot, slots;          /* by key: place in `row` + 1 */
};

static void merge_free(struct merge *merge)
{
    free(merge->from);
    free(merge->row);
    free(merge->slot);
}

/* The old table says which columns there are, if it does. */
static const struct csv *shape(const struct merge *merge)
{
    return merge->old->rows ? merge->old : merge->new;
}

static size_t rows_of(const struct csv *csv) { return csv->rows ? csv->rows - 1 : 0; }

static const char *key_at(const struct merge *merge, size_t row, const size_t column[2])
{
    size_t olds = rows_of(merge->old);

    return row < olds ? merge->old->cell[(row + 1) * merge->old->columns + column[0]]
                      : merge->new->cell[(row - olds + 1) * merge->new->columns + column[1]];
}

/* The slot of a key, or a free one. */
static size_t *slot_of(struct merge *merge, const char *key, const size_t column[2])
{
    uint64_t hash = 14695981039346656037u;
    size_t   at;

    for (const char *c = key; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    at = (size_t)(hash ^ hash >> 32) & (merge->slots - 1);
    while (merge->slot[at] && strcmp(key_at(merge, merge->row[merge->slot[at] - 1], column), key) != 0)
        at = (at + 1) & (merge->slots - 1);
    return &merge->slot[at];
}

/* A row that has a key takes the place of the one that had it before; without one it is added. */
static void add_row(struct merge *merge, size_t row, const size_t column[2], bool insert)
{
    const char *key = merge->slot ? key_at(merge, row, column) : "";
    size_t     *slot = *key ? slot_of(merge, key, column) : NULL;

    if (slot && *slot) {
        if (!insert)
            merge->row[*slot - 1] = row;
        return;
    }
    merge->row[merge->rows++] = row;
    if (slot)
        *slot = merge->rows;
}

/* False: out of memory. */
static bool merge_rows(struct merge *merge, const size_t column[2], bool keyed, bool insert)
{
    size_t olds = rows_of(merge->old), all = olds + rows_of(merge->new);

    merge->from = malloc((shape(merge)->columns + 1) * sizeof *merge->from);
    merge->row = malloc((all + 1) * sizeof *merge->row);
    for (merge->slots = 16; merge->slots / 2 < all;)
        merge->slots *= 2;
    merge->slot = keyed ? calloc(merge->slots, sizeof *merge->slot) : NULL;
    if (!merge->from || !merge->row || (keyed && !merge->slot))
        return false;
    for (size_t i = 0; i < shape(merge)->columns; i++)
        merge->from[i] = column_of(merge->new, shape(merge)->cell[i]);
    for (size_t row = 0; row < all; row++)
        add_row(merge, row, column, insert && row >= olds);
    return true;
}

static bool put_merged(struct merge *merge, struct record *to)
{
    const struct csv *table = shape(merge);
    size_t            olds = rows_of(merge->old);
    bool              good = true;

    for (size_t i = 0; i < table->columns && good; i++)
        good = put_cell(to, table->cell[i], strlen(table->cell[i]), i == 0);
    good = good && put_bytes(to, "\n", 1);
    for (size_t r = 0; r < merge->rows && good; r++) {
        size_t row = merge->row[r];
        for (size_t i = 0; i < table->columns && good; i++) {
            const char *cell = row < olds ? merge->old->cell[(row + 1) * table->columns + i]
                             : merge->from[i] == SIZE_MAX ? ""
                             : merge->new->cell[(row - olds + 1) * merge->new->columns + merge->from[i]];
            good = put_cell(to, cell, strlen(cell), i == 0);
        }
        good = good && put_bytes(to, "\n", 1);
    }
    return good;
}

/* --- the end ------------------------------------------------------------------------------------------------------- */

/* The old file; -1 with errno 0: there is none. */
static int open_old(const struct stream *stream)
{
    int         flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int         file = openat(stream->store->folder, stream->name, flags);
    struct stat known;

    if (file < 0) {
        errno = errno == ENOENT ? 0 : errno;
        return -1;
    }
    if (fstat(file, &known) == 0 && S_ISREG(known.st_mode))
        return file;
    close(file);
    errno = EINVAL;
    return -1;
}

/* Under another name first. False: errno. */
static bool put_in_place(const struct stream *stream, const char *at, size_t size)
{
    char name[300];
    int  file, number = 0;

    snprintf(name, sizeof name, ".%ld.%s", (long)getpid(), stream->name);
    file = openat(stream->store->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (file < 0)
        return false;
    if (!store_write(file, at, size))
        number = errno;
    if (close(file) != 0 && !number)
        number = errno;
    if (!number && renameat(stream->store->folder, name, stream->store->folder, stream->name) != 0)
        number = errno;
    if (number)
        unlinkat(stream->store->folder, name, 0);
    errno = number;
    return number == 0;
}

/* A result without rows. */
static bool finish_empty(const struct stream *stream, bool there)
{
    if ((stream->how & (SPL_APPEND | SPL_KEEP)) && there)
        return true;
    if (stream->how & SPL_EMPTY)
        return put_in_place(stream, "", 0);
    return !there || (stream->how & SPL_KEEP) || unlinkat(stream->store->folder, stream->name, 0) == 0;
}

static spl_status put_table(spl_call *call, struct stream *stream, struct merge *merge)
{
    size_t column[2] = { 0, 0 };

    if (stream->key) {
        column[0] = merge->old->rows ? column_of(merge->old, stream->key) : 0;
        column[1] = column_of(merge->new, stream->key);
        if (column[0] == SIZE_MAX || column[1] == SIZE_MAX)
            return spl_call_fail(call, column[1] == SIZE_MAX ? "the result has no field of the name of key_field"
                                                             : "the table has no column of the name of key_field");
    }
    stream->lines.size = 0;
    if (!merge_rows(merge, column, stream->key != NULL, stream->how & SPL_INSERT) || !put_merged(merge, &stream->lines))
        return spl_call_fail(call, "out of memory");
    return put_in_place(stream, stream->lines.at, stream->lines.size) ? SPL_OK
                                                                      : store_fail(call, stream, "cannot write to", errno);
}

static spl_status finish_rows(spl_call *call, struct stream *stream, int old_file)
{
    struct csv   old = { 0 }, new = { 0 };
    struct merge merge = { .old = &old, .new = &new };
    bool         append = (stream->how & SPL_APPEND) && old_file >= 0;
    spl_status   status;

    if (!csv_load(stream->waiting, &new) || (append && !csv_load(old_file, &old)))
        status = store_fail(call, stream, "cannot read", errno);
    else if (!csv_parse(&new) || (append && !csv_parse(&old)))
        status = spl_call_fail(call, "out of memory");
    else
        status = put_table(call, stream, &merge);
    merge_free(&merge);
    csv_free(&old);
    csv_free(&new);
    return status;
}

spl_status store_table_finish(spl_call *call, struct stream *stream)
{
    int        folder = stream->store->folder, old;
    spl_status status = SPL_OK;

    while (flock(folder, LOCK_EX) < 0 && errno == EINTR)
        continue;
    if ((old = open_old(stream)) < 0 && errno)
        status = errno == ELOOP ? store_refuse(call, "table", stream->name, "there is a symbolic link of that name")
                                : store_fail(call, stream, "cannot write to", errno);
    else if (stream->waiting < 0)
        status = finish_empty(stream, old >= 0) ? SPL_OK : store_fail(call, stream, "cannot write to", errno);
    else
        status = finish_rows(call, stream, old);
    if (old >= 0)
        close(old);
    flock(folder, LOCK_UN);
    return status;
}
