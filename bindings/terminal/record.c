#include "record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_ROOM = 400 };

static bool reserve(struct record *to, size_t more)
{
    size_t room = to->room;
    char  *moved;

    if (more <= to->room - to->size)
        return true;
    while (room - to->size < more) {
        if (room > SIZE_MAX / 2)
            return false;
        room = room ? 2 * room : 4096;
    }
    if (!(moved = realloc(to->at, room)))
        return false;
    to->at = moved;
    to->room = room;
    return true;
}

static bool put(struct record *to, const char *text, size_t size)
{
    if (!reserve(to, size))
        return false;
    memcpy(to->at + to->size, text, size);
    to->size += size;
    return true;
}

static bool put_string(struct record *to, const char *text, size_t size)
{
    static const char hex[] = "0123456789abcdef";

    if (size > SIZE_MAX / 6 - 2 || !reserve(to, 6 * size + 2))
        return false;
    to->at[to->size++] = '"';
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '\n' || c == '\t') {
            to->at[to->size++] = '\\';
            to->at[to->size++] = c == '\n' ? 'n' : 't';
            continue;
        }
        if (c < 0x20) {
            memcpy(to->at + to->size, "\\u00", 4);
            to->at[to->size + 4] = hex[c >> 4];
            to->at[to->size + 5] = hex[c & 15];
            to->size += 6;
            continue;
        }
        if (c == '"' || c == '\\')
            to->at[to->size++] = '\\';
        to->at[to->size++] = (char)c;
    }
    to->at[to->size++] = '"';
    return true;
}

static size_t digits(const char *text, size_t size, size_t from)
{
    while (from < size && text[from] >= '0' && text[from] <= '9')
        from++;
    return from;
}

/* Does it spell a number of JSON? Then it goes bare, as with -o json. */
static bool is_number(const char *text, size_t size)
{
    size_t at = size && text[0] == '-', end = digits(text, size, at);

    if (end == at || (text[at] == '0' && end - at > 1))
        return false;
    if (end < size && text[end] == '.') {
        at = end + 1;
        if ((end = digits(text, size, at)) == at)
            return false;
    }
    if (end < size && (text[end] == 'e' || text[end] == 'E')) {
        at = end + 1;
        at += at < size && (text[at] == '+' || text[at] == '-');
        if ((end = digits(text, size, at)) == at)
            return false;
    }
    return end == size;
}

static bool put_member(struct record *to, const char *name, const spl_cell *cell, bool *first)
{
    char   number[NUMBER_ROOM];
    size_t size;

    if (!put(to, *first ? "{" : ",", 1) || !put_string(to, name, strlen(name)) || !put(to, ":", 1))
        return false;
    *first = false;
    if (cell->kind == SPL_TEXT)
        return is_number(cell->text, cell->length) ? put(to, cell->text, cell->length)
                                                   : put_string(to, cell->text, cell->length);
    size = spl_cell_text(cell, number, sizeof number);
    if (cell->kind == SPL_NUMBER && isfinite(cell->number))
        return put(to, number, size);
    return put_string(to, number, size);
}

static bool put_field(struct record *to, const char *name, const spl_cell *cell, bool *first)
{
    if (cell->kind == SPL_NULL)
        return true;
    if (cell->kind != SPL_LIST)
        return put_member(to, name, cell, first);
    for (size_t i = 0; i < cell->length; i++)
        if (!put_member(to, name, &cell->list[i], first))
            return false;
    return true;
}

bool record_row(struct record *to, const spl_batch *rows, size_t row)
{
    bool first = true;

    for (size_t column = 0; column < spl_batch_columns(rows); column++) {
        spl_cell cell;

        if (spl_batch_cell(rows, row, column, &cell) < 0 || !put_field(to, spl_batch_name(rows, column), &cell, &first))
            return false;
    }
    return put(to, first ? "{}\n" : "}\n", first ? 3 : 2);
}
