#include "read/derived.h"

#include "time/civil.h"

#include <math.h>

enum derived {
    LINECOUNT, PUNCT, INDEXTIME, TIMESTAMP, SECOND, MINUTE, HOUR, MONTHDAY, WEEKDAY, MONTH, YEAR, ZONE, DERIVED
};

static const struct { const char *name; unsigned needs; } table[DERIVED] = {
    [LINECOUNT] = { "linecount", DERIVED_RAW },      [PUNCT] = { "punct", DERIVED_RAW },
    [INDEXTIME] = { "_indextime", 0 },               [TIMESTAMP] = { "timestamp", DERIVED_TIME },
    [SECOND] = { "date_second", DERIVED_TIME },      [MINUTE] = { "date_minute", DERIVED_TIME },
    [HOUR] = { "date_hour", DERIVED_TIME },          [MONTHDAY] = { "date_mday", DERIVED_TIME },
    [WEEKDAY] = { "date_wday", DERIVED_TIME },       [MONTH] = { "date_month", DERIVED_TIME },
    [YEAR] = { "date_year", DERIVED_TIME },          [ZONE] = { "date_zone", DERIVED_TIME },
};

static bool find(str name, enum derived *which)
{
    for (int i = 0; i < DERIVED; i++)
        if (str_is(name, table[i].name)) {
            *which = (enum derived)i;
            return true;
        }
    return false;
}

unsigned derived_needs(const struct projection *projection)
{
    unsigned     needs = 0;
    enum derived which;

    for (uint32_t i = 0; i < projection->fields; i++)
        if (find(name_str(projection->field[i]), &which))
            needs |= table[which].needs;
    return needs;
}

/* A time as an event spells it: not moved to any zone. */
struct stamp {
    struct moment moment;
    int           zone;             /* minutes east of UTC, or ZONE_LOCAL */
};

enum { ZONE_LOCAL = INT32_MAX };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static int two_digits(const char *at) { return (at[0] - '0') * 10 + (at[1] - '0'); }

/* Does `text` have this shape at `at`? 0 stands for a digit, - for - or /, T for T or a blank. */
static bool has_shape(str text, size_t at, const char *shape)
{
    for (size_t i = 0; shape[i]; i++) {
        char c = at + i < text.size ? text.at[at + i] : 0;
        if (shape[i] == '0' ? !is_digit(c) : shape[i] == '-' ? c != '-' && c != '/'
            : shape[i] == 'T' ? c != 'T' && c != ' ' : c != shape[i])
            return false;
    }
    return true;
}

static int zone_behind(str text, size_t at)
{
    if (at < text.size && (text.at[at] == '.' || text.at[at] == ','))
        for (at++; at < text.size && is_digit(text.at[at]); at++)
            continue;
    if (at < text.size && text.at[at] == ' ')
        at++;
    if (at < text.size && text.at[at] == 'Z')
        return 0;
    if (at < text.size && (text.at[at] == '+' || text.at[at] == '-')) {
        int sign = text.at[at] == '-' ? -1 : 1;
        if (has_shape(text, at + 1, "00:00"))
            return sign * (two_digits(text.at + at + 1) * 60 + two_digits(text.at + at + 4));
        if (has_shape(text, at + 1, "0000"))
            return sign * (two_digits(text.at + at + 1) * 60 + two_digits(text.at + at + 3));
    }
    return ZONE_LOCAL;
}

/* The first ISO-like time in the text. */
static bool find_stamp(str text, struct stamp *stamp)
{
    enum { FAR = 256 };

    for (size_t at = 0; at < text.size && at < FAR; at++) {
        const char *p = text.at + at;
        if (!is_digit(*p) || !has_shape(text, at, "0000-00-00T00:00:00"))
            continue;
        stamp->moment = moment_of(civil_days(two_digits(p) * 100 + two_digits(p + 2), two_digits(p + 5), two_digits(p + 8))
                                  * 86400 + two_digits(p + 11) * 3600 + two_digits(p + 14) * 60 + two_digits(p + 17));
        stamp->zone = zone_behind(text, at + 19);
        return true;
    }
    return false;
}

/* Where the event says its time. Numbers count from 1970 in UTC; of other spellings the search's zone is
 * assumed. */
static bool stamp_of(struct builder *builder, uint32_t row, const struct column *time, struct stamp *stamp)
{
    double  instant = time->number[row];
    uint8_t rank = builder->time_rank[row];
    str     text = builder->line ? cell_str(&builder->line[row]) : STR("");

    if ((time->null && time->null[row]) || !(fabs(instant) < 1e15))
        return false;
    if (rank) {
        const struct cell *cell = &builder->time->cell[row];
        text = cell_str(cell->kind == KIND_LIST ? &cell->list[0] : cell);
    }
    if (find_stamp(text, stamp))
        return true;
    stamp->zone = rank && text.size && is_digit(text.at[0]) ? 0 : ZONE_LOCAL;
    stamp->moment = moment_of(stamp->zone == 0 ? (int64_t)floor(instant)
                                               : zone_local(&builder->zone, (int64_t)floor(instant)));
    return true;
}

static struct cell word_cell(const char *word) { return cell_field_text(str_of(word)); }

static struct cell date_part(const struct stamp *stamp, enum derived which)
{
    static const char *const days[] = { "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday" };
    static const char *const months[] = { "january", "february", "march", "april", "may", "june", "july", "august",
                                          "september", "october", "november", "december" };

    switch (which) {
    case SECOND:   return cell_number(stamp->moment.second);
    case MINUTE:   return cell_number(stamp->moment.minute);
    case HOUR:     return cell_number(stamp->moment.hour);
    case MONTHDAY: return cell_number(stamp->moment.date.day);
    case WEEKDAY:  return word_cell(days[stamp->moment.weekday]);
    case MONTH:    return word_cell(months[stamp->moment.date.month - 1]);
    case YEAR:     return cell_number((double)stamp->moment.date.year);
    default:       return stamp->zone == ZONE_LOCAL ? word_cell("local") : cell_number(stamp->zone);
    }
}

static struct cell count_lines(str raw)
{
    size_t lines = raw.size != 0;

    for (size_t i = 0; i + 1 < raw.size; i++)
        lines += raw.at[i] == '\n';
    return cell_number((double)lines);
}

/* The first 30 characters of the first line that are neither letters nor digits; blanks as _, tabs as t. */
static status punctuation(struct arena *arena, str raw, struct cell *out)
{
    enum { MOST = 30 };
    char  *text = arena_alloc(arena, MOST);
    size_t size = 0;

    TRY_NEW(text);
    for (size_t i = 0; i < raw.size && size < MOST && raw.at[i] != '\n'; i++) {
        char c = raw.at[i];
        bool word = is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
        if (!word)
            text[size++] = c == ' ' ? '_' : c == '\t' ? 't' : c;
    }
    *out = cell_field_text(str_make(text, size));
    return OK;
}

static status derive(struct builder *builder, struct batch *batch, enum derived which, uint32_t row, struct cell *out)
{
    struct column *time = builder->time ? batch_column(batch, builder->time->name) : NULL;
    struct column *raw = builder->raw ? batch_column(batch, builder->raw->name) : NULL;
    struct stamp   stamp;
    struct cell    text = raw ? column_cell(raw, row) : cell_null();

    *out = cell_null();
    if (which == INDEXTIME) {
        *out = cell_number(floor(builder->input->reading->now));
    } else if (which == LINECOUNT || which == PUNCT) {
        if (text.kind != KIND_TEXT)
            return OK;
        if (which == PUNCT)
            return punctuation(&batch->arena, cell_str(&text), out);
        *out = count_lines(cell_str(&text));
    } else if (which == TIMESTAMP) {
        if (time && time->null && time->null[row])
            *out = word_cell(builder->time_rank[row] ? "invalid" : "none");
    } else if (time && stamp_of(builder, row, time, &stamp)) {
        *out = date_part(&stamp, which);
    }
    return OK;
}

status derived_add(struct builder *builder, struct batch *batch)
{
    const struct projection *projection = builder->projection;

    for (uint32_t i = 0; i < projection->fields; i++) {
        const struct name *name = projection->field[i];
        struct column     *column, *own = batch_column(batch, name);
        enum derived       which;

        if (!find(name_str(name), &which))
            continue;
        TRY_NEW(column = column_cells(&batch->arena, batch->size, own ? KINDS_ANY : KINDS_TEXT | KINDS(KIND_NUMBER)));
        for (uint32_t row = 0; row < batch->size; row++)
            if (own && !column_is_null(own, row))
                column->cell[row] = column_cell(own, row);
            else
                TRY(derive(builder, batch, which, row, &column->cell[row]));
        TRY(batch_set(batch, name, column, 0));
    }
    return OK;
}
