#include "time/strftime.h"

#include "base/compiler.h"
#include "time/civil.h"
#include "time/format_ops.h"

#include <math.h>

/* Years 0 to 9999. */
#define EARLIEST -62167132800.0
#define LATEST   253402214400.0

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
    if (!(instant >= EARLIEST && instant < LATEST))          /* NaN fails both comparisons */
        return FAIL_DATA;
    time->view = view;
    time_split(instant, &time->seconds, &time->microseconds);
    time->offset = zone_offset(view, time->seconds);
    time->local = moment_of(time->seconds + time->offset);
    return OK;
}

/* --- one format, many instants -------------------------------------------------------------------------- */

void time_printer_init(struct time_printer *printer, struct heap *heap, const struct time_format *format,
                       struct zone_view *view)
{
    *printer = (struct time_printer){ .format = format, .view = view };
    buf_init(&printer->text, heap);
}

void time_printer_free(struct time_printer *printer)
{
    buf_free(&printer->text);
}

/* What this conversion prints at another time of the same day, given that it takes the same room then. False:
 * it does not say; that is never wrong, only slow. */
static bool place_of(const struct time_op *op, uint32_t at, struct time_place *out)
{
    bool hour = op->code == 'k' || op->code == 'l';

    *out = (struct time_place){ .code = op->code, .width = 2, .at = at, .pad = '0' };
    switch (op->code) {
    case 'H': case 'I': case 'k': case 'l': case 'M': case 'S':
        if (op->flag == '_' || (hour && op->flag != '0'))
            out->pad = ' ';
        return op->width <= 2 && op->flag != '-';
    case 'f': case 'N': case 'Q':
        out->width = op->width ? op->width : op->code == 'f' ? 6 : op->code == 'N' ? 9 : 3;
        return out->width <= 9;
    case 'p': case 'P':
        return op->width <= 2 && op->flag == 0;
    default:
        return false;
    }
}

/* Does it print the same at any time of a day while the zone's offset stays? */
static bool is_of_day(char code)
{
    return strchr("HIklMSfNQpPs", code) == NULL || code == 0;
}

static void write_two(char *out, uint32_t value, char pad)
{
    out[0] = value < 10 ? pad : (char)('0' + value / 10);
    out[1] = (char)('0' + value % 10);
}

static void write_place(const struct time_place *place, uint32_t second, int32_t microseconds, char *out)
{
    uint32_t hour = second / 3600, rest = second % 3600;

    switch (place->code) {
    case 'H': case 'k': write_two(out, hour, place->pad); return;
    case 'I': case 'l': write_two(out, hour % 12 ? hour % 12 : 12, place->pad); return;
    case 'M': write_two(out, rest / 60, place->pad); return;
    case 'S': write_two(out, rest % 60, place->pad); return;
    case 'p': memcpy(out, hour < 12 ? "AM" : "PM", 2); return;
    case 'P': memcpy(out, hour < 12 ? "am" : "pm", 2); return;
    default:
        memset(out, '0', place->width);
        for (int i = 5; i >= 0; i--, microseconds /= 10)
            if (i < place->width)
                out[i] = (char)('0' + microseconds % 10);
    }
}

/* How long what a place shows stays as it is. */
static uint32_t grain_of(char code)
{
    switch (code) {
    case 'H': case 'k': case 'I': case 'l': case 'p': case 'P': return 3600;
    case 'M': return 60;
    case 'S': return 1;
    default:  return 0;
    }
}

/* Prints the whole text and notes where it will change. */
static status printer_begin(struct time_printer *printer, double instant)
{
    const struct time_format *format = printer->format;
    const struct zone_span   *span = &printer->view->span;
    struct printed            time;
    bool                      steady = true;

    buf_clear(&printer->text);
    printer->places = 0;
    printer->grain = 86400;
    printer->from = printer->to = 0;
    TRY(take_apart(printer->view, instant, &time));
    for (uint32_t i = 0; i < format->count; i++) {
        const struct time_op *op = &format->op[i];
        struct time_place     place;
        if (place_of(op, (uint32_t)printer->text.size, &place) && printer->places < TIME_PRINTER_PLACES)
            printer->place[printer->places++] = place;
        else
            steady &= is_of_day(op->code);
        if (!put_day(&printer->text, op, &time.local))
            put_op(&printer->text, op, &time);
    }
    TRY(buf_status(&printer->text));
    if (!steady)
        return OK;
    for (uint32_t i = 0; i < printer->places; i++)
        if (grain_of(printer->place[i].code) < printer->grain)
            printer->grain = grain_of(printer->place[i].code);
    printer->midnight = floor_divide(time.seconds + time.offset, 86400) * 86400 - time.offset;
    printer->from = printer->midnight > span->from ? printer->midnight : span->from;
    printer->to = printer->midnight + 86400 < span->to ? printer->midnight + 86400 : span->to;
    return OK;
}

status time_printer_print(struct time_printer *printer, double instant, str *out)
{
    int64_t seconds;
    int32_t microseconds;

    if (!(instant >= EARLIEST && instant < LATEST))
        return FAIL_DATA;
    time_split(instant, &seconds, &microseconds);
    if (seconds < printer->from || seconds >= printer->to)
        TRY(printer_begin(printer, instant));
    else
        for (uint32_t i = 0; i < printer->places; i++)
            write_place(&printer->place[i], (uint32_t)(seconds - printer->midnight), microseconds,
                        printer->text.at + printer->place[i].at);
    *out = buf_str(&printer->text);
    return OK;
}

/* Just before a full second an instant is rounded up to it. */
void time_printer_reach(const struct time_printer *printer, double instant, double *from, double *to)
{
    int64_t seconds = (int64_t)instant, grain = printer->grain, begin;

    *from = *to = 0;
    if (grain == 0 || seconds < printer->from || seconds + 1 >= printer->to)
        return;
    begin = seconds - (grain == 1 ? 0 : (seconds - printer->midnight) % grain);
    *from = (double)(begin > printer->from ? begin : printer->from);
    *to = (double)(begin + grain < printer->to ? begin + grain : printer->to) - 1e-5;
    if (!(instant >= *from && instant < *to))
        *to = *from;
}

/* --- one instant ---------------------------------------------------------------------------------------- */

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
