#include "command/binning.h"

#include "plan/plan.h"
#include "value/number.h"

#include <math.h>


/* [C]log[B] */
static bool parse_log(str text, double *factor, double *base)
{
    size_t log = str_find(text, STR("log"), 0);

    *factor = 1;
    *base = 10;
    if (log == SIZE_MAX)
        return false;
    if (log > 0 && !number_parse(str_slice(text, 0, log), factor, NULL))
        return false;
    if (log + 3 < text.size && !number_parse(str_slice(text, log + 3, text.size), base, NULL))
        return false;
    return *base > 1 && *factor >= 1 && *factor < *base && isfinite(*base);
}

static bool parse_width(str text, double *width, int *places)
{
    int16_t decimals;

    if (!number_parse(text, width, &decimals) || !isfinite(*width) || !(*width > 0))
        return false;
    *places = decimals == EXACT || decimals < 0 ? 0 : decimals;
    if (*width == floor(*width))
        *places = 0;
    return true;
}

static status bad_span(struct binder *binder, struct span at, str text, const char *what)
{
    diag_at(binder->diag, FAIL_QUERY, at, "bad-span", "'%.*s' is no %s", SHOW(text), what);
    diag_hint(binder->diag, "spans are written 5m, 1d, 3mon, 10, 0.5 or log2");
    return FAIL_QUERY;
}

static status bind_span(struct binder *binder, const struct binning_words *words, struct binning *out)
{
    if (out->of_time) {
        out->kind = BINNING_TIME;
        if (time_span_parse(words->span, &out->span) != OK)
            return bad_span(binder, words->span_at, words->span, "span of time");
        if (words->snaps || out->span.weekday < 0)
            return OK;
        diag_at(binder->diag, FAIL_QUERY, words->span_at, "bad-span", "'%.*s': only timechart can snap to weeks",
                SHOW(words->span));
        diag_hint(binder->diag, "a week's beginning is relative_time(_time, \"@w1\")");
        return FAIL_QUERY;
    }
    out->kind = BINNING_WIDTH;
    if (parse_width(words->span, &out->width, &out->places))
        return OK;
    out->kind = BINNING_LOG;
    return parse_log(words->span, &out->factor, &out->base) ? OK
        : bad_span(binder, words->span_at, words->span, "span");
}

static status bind_least(struct binder *binder, const struct binning_words *words, struct binning *out)
{
    int places;

    out->has_least = true;
    if (out->of_time ? time_span_parse(words->minspan, &out->least_time) == OK
                     : parse_width(words->minspan, &out->least, &places))
        return OK;
    return bad_span(binder, words->minspan_at, words->minspan, "span");
}

static status bind_align(struct binder *binder, const struct binning_words *words, struct binning *out)
{
    struct zone_view view;
    double           instant;

    out->align = words->align;
    if (str_is_nocase(words->align, "earliest") || str_is_nocase(words->align, "latest"))
        return OK;
    zone_view_init(&view, binder->compile.context->zone, NULL);
    if (time_modifier(words->align, &view, binder->compile.context->now, &instant) != OK)
        return diag_at(binder->diag, FAIL_QUERY, words->align_at, "bad-time", "'%.*s' is no time",
                       SHOW(words->align));
    return OK;
}

status binning_bind(struct binder *binder, str field, const struct binning_words *words, struct binning *out)
{
    double most = (double)context_limit(binder->compile.context, LIMIT_BINS_MOST);

    *out = (struct binning){ .kind = BINNING_AUTO, .has_start = words->has_start, .has_end = words->has_end,
                             .start = words->start, .end = words->end };
    out->of_time = str_is(field, "_time") || (words->span.size && time_span_has_unit(words->span)) ||
                   (!words->span.size && words->minspan.size && time_span_has_unit(words->minspan));
    if (words->has_bins && (words->bins < 1 || words->bins > most))
        return diag_at(binder->diag, FAIL_QUERY, words->span_at, "bad-argument", "bins must be from 1 to %.0f", most);
    out->time_bins = (uint32_t)context_limit(binder->compile.context, LIMIT_BINS_TIME);
    out->bins = words->has_bins ? (uint32_t)words->bins : 0;
    if (words->minspan.size)
        TRY(bind_least(binder, words, out));
    if (words->align.size)
        TRY(bind_align(binder, words, out));
    return words->span.size ? bind_span(binder, words, out) : OK;
}

/* What the labels of a stage of bin are called in the end. */
static str name_of_labels(const struct stage *bin)
{
    str name = ((const struct bin_bound *)bin->bound)->into;

    for (const struct stage *at = bin->next; at; at = at->next) {
        bool is_rename = str_is(str_of(at->command->name), "rename") && at->argument && !at->open && !at->failed;
        const struct argument *renames = is_rename ? stage_argument(at, 0) : NULL;

        for (uint32_t i = 0; renames && i < renames->count; i++)
            if (str_equal(renames->renames[i].from, name))
                name = renames->renames[i].to;
    }
    return name;
}

bool binning_labels(const struct binder *binder, str field)
{
    for (const struct stage *at = binder->plan ? binder->plan->first : NULL; at; at = at->next)
        if ((at->traits & TRAIT_BINS) && str_equal(name_of_labels(at), field))
            return true;
    return false;
}

double binning_align(const struct binning *binning, const struct context *context, struct zone_view *view)
{
    double instant = 0;

    if (str_is_nocase(binning->align, "earliest"))
        instant = context->earliest;
    else if (str_is_nocase(binning->align, "latest"))
        instant = context->latest;
    else if (binning->align.size && time_modifier(binning->align, view, context->now, &instant) != OK)
        instant = 0;
    return isfinite(instant) ? instant : 0;
}

/* --- automatic widths ----------------------------------------------------------------------------------- */

/* Ten to a whole power, exact wherever doubles are. */
static double power_of_ten(int exponent)
{
    char   text[16];
    size_t at = sizeof text;
    int    rest = exponent < 0 ? -exponent : exponent;
    double number = 0;

    do {
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (exponent < 0)
        text[--at] = '-';
    text[--at] = 'e';
    text[--at] = '1';
    number_parse((str){ text + at, sizeof text - at }, &number, NULL);
    return number;
}

static int exponent_below(double number)        /* the largest whole e with 10^e <= number */
{
    int exponent;

    if (!(number >= 1e-300))
        return -300;
    exponent = (int)floor(log10(number));
    if (power_of_ten(exponent + 1) <= number)
        return exponent + 1;
    return power_of_ten(exponent) > number ? exponent - 1 : exponent;
}

/* Splunk promises bounds that suit humans; what it does is known from samples only (reporting 5.4). */
static int natural_exponent(double low, double high)
{
    int exponent;

    if (!(high > low))
        return 0;
    exponent = exponent_below(high - low);
    return power_of_ten(exponent) == high - low ? exponent - 1 : exponent;
}

static int exponent_for_bins(double low, double high, uint32_t bins)
{
    int exponent = high > low ? exponent_below((high - low) / bins) : 0;

    bins = low < 0 && high >= 0 && bins < 2 ? 2 : bins;     /* no bin is on both sides of 0 */
    while (floor(high / power_of_ten(exponent)) - floor(low / power_of_ten(exponent)) + 1 > bins)
        exponent++;
    return exponent;
}

void binning_choose(struct binning *binning, bool any, double low, double high)
{
    int exponent;

    if (binning->kind != BINNING_AUTO)
        return;
    low = binning->has_start && (!any || binning->start < low) ? binning->start : low;
    high = binning->has_end && (!any || binning->end > high) ? binning->end : high;
    if (!any || !isfinite(high - low)) {
        binning->kind = BINNING_NONE;
        return;
    }
    if (binning->of_time) {
        binning->kind = BINNING_TIME;
        time_span_choose(low, nextafter(high, INFINITY), binning->bins ? binning->bins : binning->time_bins,
                         binning->has_least ? &binning->least_time : NULL, &binning->span);
        return;
    }
    exponent = binning->bins ? exponent_for_bins(low, high, binning->bins) : natural_exponent(low, high);
    while (binning->has_least && power_of_ten(exponent) < binning->least)
        exponent++;
    binning->kind = BINNING_WIDTH;
    binning->width = power_of_ten(exponent);
    binning->places = exponent < 0 ? -exponent : 0;
}

/* --- labels --------------------------------------------------------------------------------------------- */

/* Which multiple of `width` is at or below `value`; a value that is one but for rounding counts as one. */
static double multiple_below(double value, double width)
{
    double share = value / width, near = floor(share + 0.5);

    return fabs(share - near) <= 1e-12 * (fabs(share) + 1) ? near : floor(share);
}

static size_t put_bound(double bound, int places, char *room)
{
    return places > 0 ? number_format_fixed(bound, places > 60 ? 60 : places, room)
        : number_format(bound, EXACT, room);
}

static size_t put_label(double low, double high, int places, char *room)
{
    size_t size = put_bound(low, places, room);

    room[size++] = '-';
    return size + put_bound(high, places, room + size);
}

static size_t log_label(const struct binning *binning, double value, char *room, double *low)
{
    double power = floor(log(value / binning->factor) / log(binning->base)), high;

    if (!(value > 0) || !isfinite(value))
        return 0;
    /* log rounds: an exact power belongs to the bin it begins. */
    if (binning->factor * pow(binning->base, power + 1) <= value)
        power++;
    else if (binning->factor * pow(binning->base, power) > value)
        power--;
    *low = binning->factor * pow(binning->base, power);
    high = binning->factor * pow(binning->base, power + 1);
    return put_label(*low, high, 0, room);
}

size_t binning_label(const struct binning *binning, double value, char *room, double *low)
{
    double multiple;

    if (binning->kind == BINNING_LOG)
        return log_label(binning, value, room, low);
    if (binning->kind != BINNING_WIDTH || !isfinite(value))
        return 0;
    multiple = multiple_below(value, binning->width);
    if (!isfinite(multiple))
        return 0;                               /* the span is nothing against the value */
    *low = multiple * binning->width + 0.0;
    return put_label(*low, (multiple + 1) * binning->width, binning->places, room);
}

/* The middle of a bin is safely inside. */
double binning_next(const struct binning *binning, double low)
{
    double middle = binning->kind == BINNING_LOG ? low * (binning->base + binning->base * binning->base) / 2
        : low + binning->width * 1.5, next;
    char   room[LABEL_ROOM];

    return binning_label(binning, middle, room, &next) ? next : NAN;
}

/* --- values --------------------------------------------------------------------------------------------- */

bool binning_reads(const struct cell *cell, double *number)
{
    if (cell->kind == KIND_TEXT)
        return number_parse_loose(cell_str(cell), number) && isfinite(*number);
    *number = cell->number;
    return cell->kind == KIND_NUMBER && isfinite(*number);
}

bool binning_leaves_out(const struct binning *binning, const struct cell *cell)
{
    double number;

    return (binning->has_start || binning->has_end) && binning_reads(cell, &number) &&
        ((binning->has_start && number < binning->start) || (binning->has_end && number > binning->end));
}
