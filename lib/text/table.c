#include "text/table.h"

#include <stdio.h>

enum { LOOK_AHEAD = 8 };                /* lines behind the first that may name columns */

static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool is_letter(char c) { return is_upper(c) || (c >= 'a' && c <= 'z'); }

/* --- words ---------------------------------------------------------------------------------------------- */

struct words {                          /* a walk over those of a line */
    const char *at, *end;
    size_t      place;                  /* characters before `at` */
    str         word;
    size_t      from, to;
};

static struct words words_of(str line)
{
    return (struct words){ .at = line.at, .end = line.at + line.size };
}

static bool next_word(struct words *words)
{
    const char *from;

    for (; words->at < words->end && is_blank(*words->at); words->at++)
        words->place = *words->at == '\t' ? (words->place | 7) + 1 : words->place + 1;
    from = words->at;
    words->from = words->place;
    for (; words->at < words->end && !is_blank(*words->at); words->at++)
        words->place += ((unsigned char)*words->at & 0xC0) != 0x80;     /* not inside of a character */
    words->to = words->place;
    words->word = str_make(from, (size_t)(words->at - from));
    return words->at > from;
}

static uint32_t count_words(str line)
{
    struct words words = words_of(line);
    uint32_t     count = 0;

    while (next_word(&words))
        count++;
    return count;
}

/* --- lines ---------------------------------------------------------------------------------------------- */

/* +----+ and the like. */
static bool is_drawn(str line)
{
    for (size_t i = 0; i < line.size; i++)
        if (!is_blank(line.at[i]) && !memchr("-=+|_*#~", line.at[i], 8))
            return false;
    return true;
}

/* The next line that says something; false: there is none. `parted`: empty ones stand before it. */
static bool next_line(str *rest, str *line, bool *parted)
{
    while (rest->size) {
        const char *newline = memchr(rest->at, '\n', rest->size);
        size_t      size = newline ? (size_t)(newline - rest->at) : rest->size;

        *line = str_make(rest->at, size);
        *rest = str_slice(*rest, newline ? size + 1 : size, rest->size);
        if (str_trim_blanks(*line).size == 0)
            *parted = true;
        else if (!is_drawn(*line))
            return true;
    }
    return false;
}

/* --- which line names the columns ----------------------------------------------------------------------- */

/* Reads the words of a line that may name columns; `sure`: it does, whatever they are like. */
static bool read_names(struct table *table, str line, bool sure, bool *capitalised)
{
    struct words words = words_of(line);

    table->columns = 0;
    *capitalised = true;
    while (next_word(&words)) {
        size_t letter = 0;
        while (letter < words.word.size && !is_letter(words.word.at[letter]) && (unsigned char)words.word.at[letter] < 0x80)
            letter++;
        if ((letter == words.word.size && !sure) || words.word.size > TABLE_WORD || table->columns == TABLE_COLUMNS)
            return false;
        *capitalised = *capitalised && letter < words.word.size && is_upper(words.word.at[letter]);
        table->column[table->columns++] = (struct table_column){ words.word, words.from, words.to };
    }
    return table->columns > (sure ? 0 : 1);
}

/* The column that the word begins or ends with, from `*at` on, which goes past those that lie before the word;
 * columns: none. */
static uint32_t anchor(const struct table *table, uint32_t *at, const struct words *words)
{
    while (*at < table->columns && table->column[*at].to < words->from)
        ++*at;
    for (uint32_t i = *at; i < table->columns && table->column[i].from <= words->to; i++)
        if (table->column[i].from == words->from || table->column[i].to == words->to)
            return i;
    return table->columns;
}

/* Does the line look as if it stood under these names? */
static bool fits(const struct table *table, str line)
{
    struct words words = words_of(line);
    uint32_t     look = 0, count = 0;

    if (count_words(line) == table->columns)
        return true;
    for (; next_word(&words); count++) {
        uint32_t found = anchor(table, &look, &words);
        if (found == table->columns)
            return false;
        look = found + 1;
    }
    return count > 1;
}

bool table_begin(struct table *table, str text)
{
    str  rest = text, line, below, behind, first = { NULL, 0 }, behind_first = { NULL, 0 };
    bool parted = false, capitalised;

    table->parted = table->single = table->nameless = false;
    table->renamed = true;
    for (uint32_t tries = 0; tries < LOOK_AHEAD && next_line(&rest, &line, &parted);) {
        tries += first.at != NULL;
        behind = rest;
        if (!next_line(&behind, &below, &parted))
            break;                                      /* nothing under it */
        if (!read_names(table, line, false, &capitalised))
            continue;
        table->rest = rest;
        if (capitalised || fits(table, below))
            return true;
        if (!first.at) {
            first = line;
            behind_first = rest;
        }
    }
    table->rest = behind_first;
    return first.at && read_names(table, first, false, &capitalised);
}

bool table_begin_as(struct table *table, str text, struct table_kind kind)
{
    str  rest = text, line;
    bool parted = false, any, capitalised;

    if (!kind.header && !kind.nameless) {
        any = table_begin(table, text);
        table->single = kind.single;
        return any;
    }
    table->parted = false;
    table->renamed = true;
    table->nameless = kind.nameless;
    table->single = kind.single || kind.nameless;
    table->columns = 0;
    for (uint64_t i = 0; i < (kind.nameless ? 0 : kind.header); i++)
        if (!next_line(&rest, &line, &parted))
            return false;
    table->rest = rest;
    if (!kind.nameless && !read_names(table, line, true, &capitalised))
        return false;
    return next_line(&rest, &line, &parted);
}

/* --- rows ----------------------------------------------------------------------------------------------- */

static void put_word(struct table *table, uint32_t column, str word)
{
    str *value = &table->value[column];

    if (value->at)
        value->size = (size_t)(word.at + word.size - value->at);
    else
        *value = word;
}

static void clear_values(struct table *table)
{
    memset(table->value, 0, table->columns * sizeof *table->value);
}

/* Every word begins or ends where a name does, or goes on behind one blank and under no other name. Not so if there
 * is a word for every column, unless it is the last one that goes on. */
static bool take_places(struct table *table, str line, bool even)
{
    struct words words = words_of(line);
    uint32_t     look = 0, at = 0;
    size_t       before = 0;

    clear_values(table);
    for (bool first = true; next_word(&words); first = false) {
        uint32_t found = anchor(table, &look, &words);
        if (found < table->columns) {
            at = found;
            look = found + 1;
        } else if (first || words.from != before + 1 || (even && at + 1 < table->columns)
                   || (look < table->columns && table->column[look].from < words.to)) {
            return false;
        }
        put_word(table, at, words.word);
        before = words.to;
    }
    return true;
}

/* No word stands under two names; one that stands under none goes on with the column before it. */
static bool take_overlaps(struct table *table, str line)
{
    struct words words = words_of(line);
    uint32_t     look = 0;

    clear_values(table);
    while (next_word(&words)) {
        while (look < table->columns && table->column[look].to <= words.from)
            look++;
        bool under = look < table->columns && table->column[look].from < words.to;
        if (under && look + 1 < table->columns && table->column[look + 1].from < words.to)
            return false;
        put_word(table, under || look == 0 ? look : look - 1, words.word);
    }
    return true;
}

static void take_order(struct table *table, str line)
{
    struct words words = words_of(line);

    clear_values(table);
    for (uint32_t at = 0; next_word(&words); at++)
        put_word(table, at < table->columns ? at : table->columns - 1, words.word);
}

/* A column a word. */
static void take_words(struct table *table, str line)
{
    struct words words = words_of(line);
    uint32_t     before = table->columns, count = 0;

    while (count < TABLE_COLUMNS && next_word(&words)) {
        table->column[count] = (struct table_column){ str_make(words.word.at, 0), words.from, words.to };
        table->value[count++] = words.word;
    }
    if (count == TABLE_COLUMNS)         /* the last one takes the rest */
        table->value[count - 1].size = (size_t)(table->line.at + table->line.size - table->value[count - 1].at);
    table->columns = count;
    table->renamed |= count != before;
}

/* Does the line begin another table? There must be something under it. */
static bool begins_another(struct table *table, str line)
{
    struct table_column saved[TABLE_COLUMNS];
    uint32_t            columns = table->columns;
    str                 rest = table->rest, below;
    bool                capitalised, parted;

    if (table->single || !table->parted || !next_line(&rest, &below, &parted))
        return false;
    memcpy(saved, table->column, columns * sizeof *saved);
    if (read_names(table, line, false, &capitalised) && capitalised)
        return true;
    memcpy(table->column, saved, columns * sizeof *saved);
    table->columns = columns;
    return false;
}

bool table_next(struct table *table)
{
    str  line;
    bool even;

    while (next_line(&table->rest, &line, &table->parted)) {
        if (begins_another(table, line)) {
            table->renamed = true;
            table->parted = false;
            continue;
        }
        table->parted = false;
        table->line = str_trim_blanks(line);
        if (table->nameless) {
            take_words(table, line);
            return true;
        }
        even = count_words(line) == table->columns;
        if (!take_places(table, line, even) && (even || !take_overlaps(table, line)))
            take_order(table, line);
        return true;
    }
    return false;
}

size_t table_name(const struct table *table, uint32_t i, char out[TABLE_NAME])
{
    str    word = table->column[i].word;
    size_t size = 0;
    bool   letters = false;

    for (size_t at = 0; at < word.size; at++) {
        if (word.at[at] == '%') {
            memcpy(out + size, "pct", 3);
            size += 3;
        } else {
            out[size++] = word.at[at];
        }
        letters = letters || is_letter(word.at[at]);
    }
    return letters ? size : (size_t)snprintf(out, TABLE_NAME, "Column_%u", i + 1);
}
