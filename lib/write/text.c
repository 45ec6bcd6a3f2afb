#include "write/text.h"

#include "base/utf8.h"
#include "text/json.h"
#include "value/order.h"

#define ONES  0x0101010101010101u
#define HIGHS 0x8080808080808080u

/* What ends a run that can be copied as it is, besides quotes and control characters. */
struct marks {
    char byte;
    bool above_ascii;
};

static inline uint64_t load(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

/* High bit of each byte that needs a closer look. */
static inline uint64_t special(uint64_t word, struct marks marks)
{
    uint64_t quote = word ^ ONES * '"', mark = word ^ ONES * (unsigned char)marks.byte;
    uint64_t low = (quote - ONES) | (mark - ONES) | (word - ONES * 0x20);

    return (marks.above_ascii ? low | word : low & ~word) & HIGHS;
}

/* Copies while nothing needs a closer look; how far that went. `out` has room for size bytes. The false positives of
 * `special` (a borrow after a hit) only shorten the run. */
static ALWAYS_INLINE size_t copy_plain(char *out, const char *at, size_t size, struct marks marks)
{
    size_t i = 0;

    for (; i + 8 <= size; i += 8) {
        uint64_t word = load(at + i);
        memcpy(out + i, &word, sizeof word);
        if (special(word, marks))
            return i;
    }
    if (size >= 8) {
        uint64_t word = load(at + size - 8);
        memcpy(out + size - 8, &word, sizeof word);
        return special(word, marks) ? i : size;
    }
    for (; i < size; i++) {
        unsigned char byte = (unsigned char)at[i];
        if (byte < 0x20 || byte == '"' || byte == (unsigned char)marks.byte || (marks.above_ascii && byte >= 0x80))
            return i;
        out[i] = (char)byte;
    }
    return i;
}

bool write_csv_plain(struct buf *out, str text)
{
    if (buf_reserve(out, text.size) != OK)
        return true;
    if (copy_plain(out->at + out->size, text.at, text.size, (struct marks){ ',', false }) < text.size)
        return false;
    out->size += text.size;
    return true;
}

void write_json_inner(struct buf *out, str text)
{
    size_t plain;

    if (buf_reserve(out, text.size) != OK || text.size == 0)
        return;
    plain = copy_plain(out->at + out->size, text.at, text.size, (struct marks){ '\\', true });
    out->size += plain;
    if (plain < text.size)
        json_put_inner(out, str_slice(text, plain, text.size));
}

/* Would decoding and escaping give the same bytes? Then there is no need to. */
static bool is_canonical(str inner)
{
    const char *at = inner.at, *end = at + inner.size;
    bool        ascii = true;

    while (at < end) {
        unsigned char byte = (unsigned char)*at++;
        if (byte < 0x20 || byte == '"')
            return false;
        ascii = ascii && byte < 0x80;
        if (byte != '\\')
            continue;
        if (at == end || !*at || !strchr("\"\\nrt", *at))
            return false;
        at++;
    }
    return ascii || utf8_is_valid(inner);
}

static str decode(str inner, struct buf *scratch)
{
    scratch->size = 0;
    if (buf_reserve(scratch, inner.size + 1) != OK)
        return STR("");
    return str_make(scratch->at, json_decode(inner, scratch->at));
}

void write_json_escaped(struct buf *out, str inner, struct buf *scratch)
{
    if (is_canonical(inner)) {
        buf_put(out, inner);
        return;
    }
    write_json_inner(out, decode(inner, scratch));
    if (scratch->failed)
        out->failed = 1;
}

str write_cell_text(const struct cell *cell, char *room, struct buf *scratch)
{
    if (cell->kind == KIND_TEXT && cell->flags & CELL_ESCAPED)
        return decode(cell_str(cell), scratch);
    return cell_show(cell, room);
}

/* --- for a terminal ------------------------------------------------------------------------------------------------ */

enum { WIDEST = 2000 };

static uint32_t shown_code(uint32_t code)
{
    if (code == '\n' || code == '\t' || code == '\r')
        return ' ';
    if (code < 0x20 || (code >= 0x7f && code < 0xa0))
        return '?';
    return code >= UTF8_INVALID ? UTF8_REPLACEMENT : code;
}

uint32_t write_shown(struct buf *out, str text, uint32_t most)
{
    const char *at = text.at, *end = at + text.size;
    uint32_t    used = 0;

    while (at < end) {
        uint32_t code, width;
        at += utf8_next(at, end, &code);
        code = shown_code(code);
        width = utf8_columns(code);
        if (used + width > most)
            break;
        utf8_put(out, code);
        used += width;
    }
    return used;
}

uint32_t write_shown_width(str text)
{
    const char *at = text.at, *end = at + text.size;
    uint32_t    used = 0, code;

    while (at < end && used < WIDEST) {
        at += utf8_next(at, end, &code);
        used += utf8_columns(shown_code(code));
    }
    return used;
}

void write_cut(struct buf *out, str text, uint32_t width, bool right)
{
    uint32_t wide = write_shown_width(text);

    if (wide > width) {
        uint32_t used = write_shown(out, text, width - 1);
        utf8_put(out, 0x2026);                          /* an ellipsis */
        buf_repeat(out, ' ', width - 1 - used);
        return;
    }
    if (right)
        buf_repeat(out, ' ', width - wide);
    write_shown(out, text, width);
    if (!right)
        buf_repeat(out, ' ', width - wide);
}
