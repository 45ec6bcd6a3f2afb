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

void series_steps_begin(struct series_steps *steps, struct zone_view *view)
{
    *steps = (struct series_steps){ .view = view, .days = true, .months = true, .seconds = INFINITY,
                                    .whole_days = INFINITY, .whole_months = INFINITY };
}

static void measure(double *least, double from, double to)
{
    if (to - from > 0 && to - from < *least)
        *least = to - from;
}

void series_steps_add(struct series_steps *steps, double time)
{
    struct civil date = { 0 };
    double       day = 0, month = 0;

    if (steps->count && time == steps->time)
        return;
    steps->days = steps->days && is_midnight(time, steps->view, &date);
    steps->months = steps->days && steps->months && date.day == 1;
    if (steps->days) {
        day = (double)civil_days(date.year, date.month, date.day);
        month = (double)(date.year * 12 + date.month);
    }
    if (steps->count++) {
        measure(&steps->seconds, steps->time, time);
        measure(&steps->whole_days, steps->day, day);
        measure(&steps->whole_months, steps->month, month);
    }
    steps->time = time;
    steps->day = day;
    steps->month = month;
}

void series_steps_end(const struct series_steps *steps, struct series_step *out)
{
    if (steps->count < 2)
        *out = (struct series_step){ UNIT_SECOND, 1 };
    else if (steps->months)
        *out = (struct series_step){ UNIT_MONTH, steps->whole_months };
    else if (steps->days)
        *out = (struct series_step){ UNIT_DAY, steps->whole_days };
    else
        *out = (struct series_step){ UNIT_SECOND, steps->seconds };
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
