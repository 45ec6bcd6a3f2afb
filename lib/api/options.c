#include "api/options.h"

#include "base/cpu.h"
#include "base/suggest.h"
#include "time/relative.h"
#include "time/zone.h"
#include "value/number.h"

#include <inttypes.h>
#include <math.h>

#include <spl.h>

static const spl_option table[] = {
#define X(id, name, type, preset, scope, help) { name, type, preset, help, SPL_OF_##scope },
    OPTIONS(X)
#undef X
#define X(id, name, preset, least, most, help) { name, "count", #preset, help, SPL_OF_ENGINE },
    LIMITS(X)
#undef X
#define X(id, name, help) { name, "bool", "off", help, SPL_OF_ENGINE },
    CHOICES(X)
#undef X
};

static const struct span nowhere = { 0, 0 };

const spl_option *spl_options(size_t i)
{
    return i < COUNT_OF(table) ? &table[i] : NULL;
}

void settings_init(struct settings *settings, struct heap *heap)
{
    memset(settings, 0, sizeof *settings);
    arena_init(&settings->arena, heap);
}

void settings_free(struct settings *settings)
{
    if (settings->arena.heap)
        arena_free(&settings->arena);
}

status settings_copy(struct settings *into, const struct settings *from)
{
    for (int i = 0; i < OPTIONS_COUNT; i++)
        if (from->value[i].at)
            TRY_NEW((into->value[i] = arena_str(&into->arena, from->value[i])).at);
    return OK;
}

/* --- reading values ------------------------------------------------------------------------------------------------ */

static bool read_truth(str text, bool *out)
{
    static const char *const words[] = { "on", "true", "yes", "1", "off", "false", "no", "0" };

    for (unsigned i = 0; i < COUNT_OF(words); i++)
        if (str_is_nocase(text, words[i])) {
            *out = i < COUNT_OF(words) / 2;
            return true;
        }
    return false;
}

/* "64M", "1.5GB", "1000" */
static bool read_size(str text, double *out)
{
    static const char units[] = "kmgt";
    double            factor = 1;

    if (text.size && (text.at[text.size - 1] | 32) == 'b')
        text.size--;
    for (int i = 0; text.size && units[i]; i++)
        if ((text.at[text.size - 1] | 32) == units[i]) {
            factor = ldexp(1, 10 * (i + 1));
            text.size--;
            break;
        }
    if (!number_parse(text, out, NULL) || !isfinite(*out) || *out < 0 || *out * factor > 0x1p60)
        return false;
    *out = floor(*out * factor);
    return true;
}

/* Which of the words the value is, from 1; 0: none. */
static unsigned choice(str choices, str value)
{
    for (unsigned i = 1; choices.size; i++) {
        size_t end = str_find(choices, STR("|"), 0);
        str    one = end == SIZE_MAX ? choices : str_slice(choices, 0, end);
        if (str_equal(one, value))
            return i;
        choices = end == SIZE_MAX ? STR("") : str_slice(choices, end + 1, choices.size);
    }
    return 0;
}

static bool read_time(str text, const struct zone *zone, double now, double *out)
{
    struct zone_view view;

    zone_view_init(&view, zone, NULL);
    return time_modifier(text, &view, now, out) == OK;
}

static bool is_valid(const spl_option *option, str value)
{
    str    type = str_of(option->type);
    bool   truth;
    double number;

    if (value.size == 0)
        return !*option->preset;
    if (str_is(type, "text"))
        return true;
    if (str_is(type, "bool"))
        return read_truth(value, &truth);
    if (str_is(type, "time"))
        return read_time(value, &zone_utc, 0, &number);
    if (str_is(type, "size"))
        return read_size(value, &number);
    if (str_is(type, "number"))
        return number_parse(value, &number, NULL) && isfinite(number) && number >= 0;
    if (str_is(type, "count"))
        return number_parse(value, &number, NULL) && number >= 0 && number <= 0x1p53 && number == floor(number);
    return choice(type, value) != 0;
}

/* The limit that an option sets; NULL: none of those with bounds. */
static const struct limit_row *limit_of(unsigned i)
{
    return i < OPTIONS_OF_LIMITS ? NULL : limit_row((enum limit)(i - OPTIONS_OF_LIMITS + 1));
}

static status check_limit(const struct limit_row *limit, str value, struct diag *diag)
{
    double number = 0;

    read_size(value, &number);
    if (!limit || (number >= (double)limit->least && number <= (double)limit->most))
        return OK;
    return diag_at(diag, FAIL_MISUSE, nowhere, "bad-value", "option '%s' must be from %" PRIu64 " to %" PRIu64 ", not %.*s",
                   limit->name, limit->least, limit->most, SHOW(value));
}

static status unknown(str name, struct diag *diag)
{
    struct suggest near = suggest_for(name);

    for (unsigned i = 0; i < COUNT_OF(table); i++)
        suggest_offer(&near, str_of(table[i].name));
    diag_at(diag, FAIL_MISUSE, nowhere, "unknown-setting", "no option named '%.*s'", SHOW(name));
    if (near.best.size)
        diag_suggest(diag, near.best);
    return FAIL_MISUSE;
}

status settings_set(struct settings *settings, str name, str value, bool for_run, struct diag *diag)
{
    const spl_option *option = NULL;
    unsigned          i;

    for (i = 0; i < COUNT_OF(table) && !option; i++)
        if (str_is(name, table[i].name))
            option = &table[i];
    if (!option)
        return unknown(name, diag);
    if (for_run && option->scope != SPL_OF_RUN)
        return diag_at(diag, FAIL_MISUSE, nowhere, "not-for-a-run", "option '%s' is set on an engine, not on a run",
                       option->name);
    if (!is_valid(option, value))
        return diag_at(diag, FAIL_MISUSE, nowhere, "bad-value", "option '%s' cannot be '%.*s': it wants %s%s",
                       option->name, SHOW(value), strchr(option->type, '|') ? "" : "a ", option->type);
    if (!str_is(str_of(option->type), "bool"))
        TRY(check_limit(limit_of(i - 1), value, diag));
    TRY_NEW((settings->value[i - 1] = arena_str(&settings->arena, value)).at);
    return OK;
}

/* --- using them ---------------------------------------------------------------------------------------------------- */

str settings_text(const struct settings *settings, enum option option)
{
    return settings->value[option].at ? settings->value[option] : str_of(table[option].preset);
}

bool settings_truth(const struct settings *settings, enum option option)
{
    bool truth = false;

    read_truth(settings_text(settings, option), &truth);
    return truth;
}

unsigned settings_choice(const struct settings *settings, enum option option)
{
    return choice(str_of(table[option].type), settings_text(settings, option)) - 1;
}

double settings_number(const struct settings *settings, enum option option)
{
    double number = 0;

    read_size(settings_text(settings, option), &number);
    if (str_is(str_of(table[option].type), "number"))
        number_parse(settings_text(settings, option), &number, NULL);
    return number;
}

void settings_limits(const struct settings *settings, struct limit_values *out)
{
    out->value[LIMIT_NONE] = 0;
    for (enum limit i = LIMIT_NONE + 1; i < LIMITS_COUNT; i++) {
        enum option option = (enum option)(OPTIONS_OF_LIMITS + i - 1);
        out->value[i] = str_is(str_of(table[option].type), "bool") ? settings_truth(settings, option)
                                                                   : (uint64_t)settings_number(settings, option);
    }
}

int settings_cpu(const struct settings *settings)
{
    enum cpu_level level;

    return cpu_named(settings_text(settings, OPTION_DEBUG_CPU), &level) && cpu_has(level) ? (int)level : -1;
}

static status window(const struct settings *settings, enum option option, const struct zone *zone, double now,
                     double open, struct diag *diag, double *out)
{
    str text = settings_text(settings, option);

    *out = open;
    if (text.size == 0 || read_time(text, zone, now, out))
        return OK;
    return diag_at(diag, FAIL_MISUSE, nowhere, "bad-value", "'%.*s' is not a time", SHOW(text));
}

status settings_times(const struct settings *settings, struct heap *heap, double clock, struct diag *diag,
                      struct zone **zone, struct instants *out)
{
    str    name = settings_text(settings, OPTION_TIMEZONE);
    status result = zone_open(heap, name, zone);

    if (result == FAIL_DATA)
        return diag_at(diag, FAIL_MISUSE, nowhere, "unknown-zone", "no time zone named '%.*s'", SHOW(name));
    TRY(result);
    out->fixed = settings_text(settings, OPTION_NOW).size > 0;
    TRY(window(settings, OPTION_NOW, *zone, floor(clock), floor(clock), diag, &out->now));
    out->now = floor(out->now);
    TRY(window(settings, OPTION_EARLIEST, *zone, out->now, -INFINITY, diag, &out->earliest));
    return window(settings, OPTION_LATEST, *zone, out->now, INFINITY, diag, &out->latest);
}
