#include "command/steps.h"

#include "time/civil.h"

#include <math.h>

static bool is_midnight(double time, struct zone_view *view, struct civil *date)
{
    int64_t local;

    if (!(fabs(time) < 1e14) || time != floor(time))
        return false;
    local = zone_local(view, (int64_t)time);
    *date = civil_of(floor_divide(local, 86400));
    return local == floor_divide(local, 86400) * 86400;
}

static int64_t place_of(struct civil date, bool months)
{
    return months ? date.year * 12 + date.month : civil_days(date.year, date.month, date.day);
}

void series_step_find(const double *time, uint32_t count, struct zone_view *view, struct series_step *out)
{
    bool         days = count > 1, months = count > 1;
    struct civil date;
    double       before = NAN, place;

    *out = (struct series_step){ UNIT_SECOND, count > 1 ? INFINITY : 1 };
    for (uint32_t i = 0; i < count && days; i++) {
        days = is_midnight(time[i], view, &date);
        months &= days && date.day == 1;
    }
    for (uint32_t i = 0; i < count && count > 1; i++) {
        place = time[i];
        if (days && is_midnight(time[i], view, &date))
            place = (double)place_of(date, months);
        if (i > 0 && place - before > 0 && place - before < out->amount)
            out->amount = place - before;
        before = place;
    }
    if (days)
        out->unit = months ? UNIT_MONTH : UNIT_DAY;
}

double series_step_add(const struct series_step *step, struct zone_view *view, double from, int64_t steps)
{
    if (step->unit == UNIT_SECOND)
        return from + step->amount * (double)steps;
    return calendar_add(step->unit, steps * (int64_t)step->amount, view, from);
}

double calendar_add(enum time_unit unit, int64_t amount, struct zone_view *view, double from)
{
    struct relative relative = { .count = 1, .step = { { .unit = (uint8_t)unit, .amount = amount } } };

    return relative_apply(&relative, view, from);
}
