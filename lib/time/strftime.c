#include "time/strftime.h"

#include "base/compiler.h"
#include "time/civil.h"
#include "time/format_ops.h"

#include <math.h>

/* An instant and what a format may ask about it. */
struct printed {
    int64_t           seconds;
    int32_t           microseconds, offset;
    struct moment     local;
    struct zone_view *view;
};

/* `width` digits, padded with `pad` ('-': none). */
static void put_number(struct buf *out, int64_t value, int width, char pad)
{
    char     text[24];
    size_t   at = sizeof text;
    uint64_t rest = (uint64_t)(value < 0 ? -value : value);

    do {
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        text[--at] = '-';
    if (pad != '-' && (int)(sizeof text - at) < width)
        buf_repeat(out, pad, (size_t)width - (sizeof text - at));
    buf_put(out, str_make(text + at, sizeof text - at));
}

static void put_field(struct buf *out, const struct time_op *op, int64_t value, int width, char pad)
{
    if (op->flag == '-' || op->flag == '_' || op->flag == '0')
        pad = op->flag == '_' ? ' ' : op->flag;
    put_number(out, value, op->width > width ? op->width : width, pad);
}

static void put_word(struct buf *out, const struct time_op *op, str word)
{
    size_t from;

    if (op->width > word.size)
        buf_repeat(out, op->flag == '0' ? '0' : ' ', op->width - word.size);
    from = out->size;
    buf_put(out, word);
    if (op->flag == '^' || op->flag == '#')
        for (size_t i = from; i < out->size; i++)
            if ((unsigned char)(out->at[i] - 'a') < 26)
                out->at[i] = (char)(out->at[i] - 32);
}

/* Year and week by ISO 8601: a week belongs to the year of its Thursday. */
static int iso_week(const struct moment *local, int64_t *year)
{
    int64_t      today = civil_days(local->date.year, local->date.month, local->date.day);
    struct civil date = civil_of(today - (local->weekday + 6) % 7 + 3);       /* Thursday */

    *year = date.year;
    return civil_yearday(date) / 7 + 1;
}

static void put_offset(struct buf *out, int32_t offset, int colons)
{
    int32_t size = offset < 0 ? -offset : offset;

    buf_byte(out, offset < 0 ? '-' : '+');
    put_number(out, size / 3600, 2, '0');
    if (colons == 3 && size % 3600 == 0)
        return;
    if (colons)
        buf_byte(out, ':');
    put_number(out, size / 60 % 60, 2, '0');
    if (colons == 2 || (colons == 3 && size % 60)) {
        buf_byte(out, ':');
        put_number(out, size % 60, 2, '0');
    }
}

/* Sub-seconds: cut, never rounded. */
static void put_fraction(struct buf *out, int32_t microseconds, int width)
{
    char    text[9];
    int32_t rest = microseconds;

    memset(text, '0', sizeof text);
    for (int i = 5; i >= 0; i--, rest /= 10)
        text[i] = (char)('0' + rest % 10);
    buf_put(out, str_make(text, (size_t)(width > 9 ? 9 : width)));
}

/* Conversions that name or number a day. */
static bool put_day(struct buf *out, const struct time_op *op, const struct moment *local)
{
    int64_t year;
    int     week;

    switch (op->code) {
    case 'a': put_word(out, op, str_make(time_weekday_names[local->weekday], 3)); return true;
    case 'A': put_word(out, op, str_of(time_weekday_names[local->weekday])); return true;
    case 'b': put_word(out, op, str_make(time_month_names[local->date.month - 1], 3)); return true;
    case 'B': put_word(out, op, str_of(time_month_names[local->date.month - 1])); return true;
    case 'C': put_field(out, op, floor_divide(local->date.year, 100), 2, '0'); return true;
    case 'd': put_field(out, op, local->date.day, 2, '0'); return true;
    case 'e': put_field(out, op, local->date.day, 2, ' '); return true;
    case 'g': iso_week(local, &year); put_field(out, op, year % 100, 2, '0'); return true;
    case 'G': iso_week(local, &year); put_field(out, op, year, 4, '0'); return true;
    case 'j': put_field(out, op, local->yearday + 1, 3, '0'); return true;
    case 'm': put_field(out, op, local->date.month, 2, '0'); return true;
    case 'u': put_field(out, op, local->weekday ? local->weekday : 7, 1, '0'); return true;
    case 'U': put_field(out, op, (local->yearday + 7 - local->weekday) / 7, 2, '0'); return true;
    case 'V': week = iso_week(local, &year); put_field(out, op, week, 2, '0'); return true;
    case 'w': put_field(out, op, local->weekday, 1, '0'); return true;
    case 'W': put_field(out, op, (local->yearday + 7 - (local->weekday + 6) % 7) / 7, 2, '0'); return true;
    case 'y': put_field(out, op, local->date.year % 100, 2, '0'); return true;
    case 'Y': put_field(out, op, local->date.year, 4, '0'); return true;
    default: return false;
    }
}

static void put_op(struct buf *out, const struct time_op *op, const struct printed *time)
{
    const struct moment *local = &time->local;
    int                  hour = local->hour % 12 ? local->hour % 12 : 12;

    switch (op->code) {
    case 'f': put_fraction(out, time->microseconds, op->width ? op->width : 6); return;
    case 'H': put_field(out, op, local->hour, 2, '0'); return;
    case 'I': put_field(out, op, hour, 2, '0'); return;
    case 'k': put_field(out, op, local->hour, 2, ' '); return;
    case 'l': put_field(out, op, hour, 2, ' '); return;
    case 'M': put_field(out, op, local->minute, 2, '0'); return;
    case 'n': buf_byte(out, '\n'); return;
    case 'N': put_fraction(out, time->microseconds, op->width ? op->width : 9); return;
    case 'p':
        if (op->flag != '#') {
            put_word(out, op, local->hour < 12 ? STR("AM") : STR("PM"));
            return;
        }
        /* fall through */
    case 'P': put_word(out, op, local->hour < 12 ? STR("am") : STR("pm")); return;
    case 'Q': put_fraction(out, time->microseconds, op->width ? op->width : 3); return;
    case 's': put_field(out, op, time->seconds, 1, '0'); return;
    case 'S': put_field(out, op, local->second, 2, '0'); return;
    case 't': buf_byte(out, '\t'); return;
    case 'z': put_offset(out, time->offset, op->colons); return;
    case 'E':
        buf_byte(out, time->offset < 0 ? '-' : '+');
        put_number(out, (time->offset < 0 ? -time->offset : time->offset) / 60, 1, '-');
        return;
    case 'Z': put_word(out, op, str_of(time->view->span.abbreviation)); return;
    case '%': buf_byte(out, '%'); return;
    default: buf_put(out, op->text); return;
    }
}

static status take_apart(struct zone_view *view, double instant, struct printed *time)
{
    /* Years 0 to 9999; NaN fails both comparisons. */
    if (!(instant >= -62167132800.0 && instant < 253402214400.0))
        return FAIL_DATA;
    time->view = view;
    time_split(instant, &time->seconds, &time->microseconds);
    time->offset = zone_offset(view, time->seconds);
    time->local = moment_of(time->seconds + time->offset);
    return OK;
}

status time_print(const struct time_format *format, struct zone_view *view, double instant, struct buf *out)
{
    struct printed time;

    TRY(take_apart(view, instant, &time));
    for (uint32_t i = 0; i < format->count; i++)
        if (!put_day(out, &format->op[i], &time.local))
            put_op(out, &format->op[i], &time);
    return buf_status(out);
}

status time_print_iso(struct zone_view *view, double instant, struct buf *out)
{
    struct printed time;

    TRY(take_apart(view, instant, &time));
    put_number(out, time.local.date.year, 4, '0');
    buf_byte(out, '-');
    put_number(out, time.local.date.month, 2, '0');
    buf_byte(out, '-');
    put_number(out, time.local.date.day, 2, '0');
    buf_byte(out, 'T');
    put_number(out, time.local.hour, 2, '0');
    buf_byte(out, ':');
    put_number(out, time.local.minute, 2, '0');
    buf_byte(out, ':');
    put_number(out, time.local.second, 2, '0');
    buf_byte(out, '.');
    put_fraction(out, time.microseconds, 3);
    put_offset(out, time.offset, 1);
    return buf_status(out);
}
