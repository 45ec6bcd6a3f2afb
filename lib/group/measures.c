#include "group/measures.h"

#include "base/compiler.h"
#include "batch/names.h"
#include "group/partials.h"
#include "syntax/print.h"

static uint32_t stars_in(str text)
{
    uint32_t stars = 0;

    for (size_t i = 0; i < text.size; i++)
        stars += text.at[i] == '*';
    return stars;
}

/* timechart span 1h count */
static bool is_option(str word)
{
    static const char *const words[] = { "span", "bins", "limit", "window", "current", "global", "useother", "usenull" };

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_is_nocase(word, words[i]))
            return true;
    return false;
}

/* p101, percentile95 */
static bool is_percentile(str text)
{
    char first = text.size ? text.at[0] : 0, last = text.size ? text.at[text.size - 1] : 0;

    return (first == 'p' || first == 'P') && last >= '0' && last <= '9';
}

static status find_aggregate(struct binder *binder, const struct aggregate_term *term, unsigned allowed,
                             struct measure *out)
{
    const struct vocabulary *words = binder->compile.words;

    out->aggregate = vocabulary_aggregate(words, term->function, &out->percent);
    if (!out->aggregate) {
        str                     near = vocabulary_suggest(&words->aggregates, term->function);
        const struct aggregate *meant = vocabulary_aggregate(words, near, NULL);
        diag_at(binder->diag, FAIL_QUERY, term->function_span, "unknown-aggregate",
                "unknown aggregate function '%.*s'", SHOW(term->function));
        if (str_is_nocase(term->function, "distinct"))
            diag_hint(binder->diag, "in SPL that is 'dc'");
        else if (!term->has_argument && is_option(term->function))
            diag_hint(binder->diag, "an option is written with =, as in span=1h");
        else if ((meant && meant->percent) || is_percentile(term->function))
            diag_hint(binder->diag, "a percentile is written p95(field), with a number from 0 to 100");
        else if (near.size)
            diag_suggest(binder->diag, near);
        else if (!term->has_argument)
            diag_hint(binder->diag, "fields stand in parentheses or behind BY");
        return FAIL_QUERY;
    }
    if (out->aggregate->per > 0 && !(allowed & MEASURES_RATES))
        return diag_at(binder->diag, FAIL_QUERY, term->function_span, "bad-aggregate",
                       "'%.*s' can only be used in timechart", SHOW(term->function));
    if ((out->aggregate->takes & FEED_SERIES) && !(allowed & MEASURES_SERIES) && !binder->series)
        return diag_at(binder->diag, FAIL_QUERY, term->function_span, "bad-aggregate",
                       "'%.*s' can only be used in mstats", SHOW(term->function));
    return OK;
}

static status name_expression(struct binder *binder, const struct node *expression, str *out)
{
    struct buf text;

    buf_init(&text, binder->compile.heap);
    buf_text(&text, "eval(");
    print_expr(&text, expression);
    buf_byte(&text, ')');
    *out = buf_status(&text) == OK ? arena_str(binder->arena, buf_str(&text)) : (str){ NULL, 0 };
    buf_free(&text);
    return out->at ? OK : FAIL_MEMORY;
}

static status bind_expression(struct binder *binder, const struct aggregate_term *term, unsigned allowed,
                              struct measure *out)
{
    if (!term->renamed && !(allowed & MEASURES_UNNAMED)) {
        diag_at(binder->diag, FAIL_QUERY, term->span, "bad-aggregate",
                "an aggregate over eval() must be named");
        diag_hint(binder->diag, "write '%.*s(eval(...)) AS name'", SHOW(term->function));
        return FAIL_QUERY;
    }
    TRY(name_expression(binder, term->expression, &out->expression));
    return program_value(&binder->compile, term->expression, true, &out->program);
}

/* avg alone is avg(*); only count stands for rows. */
static status bind_bare(struct binder *binder, const struct aggregate_term *term, unsigned allowed, struct measure *out)
{
    if (out->aggregate->bare)
        return OK;
    if (allowed & MEASURES_FIELDS) {
        diag_at(binder->diag, FAIL_QUERY, term->span, "bad-aggregate", "'%.*s' wants a field here", SHOW(term->function));
        diag_hint(binder->diag, "for all fields write '%.*s(*)'", SHOW(term->function));
        return FAIL_QUERY;
    }
    out->field = STR("*");
    out->wild = true;
    if (!term->renamed) {
        struct buf name;
        buf_init(&name, binder->compile.heap);
        buf_put(&name, term->name);
        buf_text(&name, "(*)");
        out->name = arena_str(binder->arena, buf_str(&name));
        buf_free(&name);
    }
    diag_warn(binder->diag, term->span, "bare-aggregate", "'%.*s' without a field means '%.*s(*)'",
              SHOW(term->function), SHOW(term->function));
    return OK;
}

static status bind_field(struct binder *binder, const struct aggregate_term *term, struct measure *out)
{
    uint32_t stars = stars_in(term->argument), named = stars_in(term->name);

    out->field = term->argument;
    out->wild = stars > 0;
    if (term->renamed && named != stars && named > 0)
        return diag_at(binder->diag, FAIL_QUERY, term->name_span, "bad-rename",
                       "'%.*s' and '%.*s' must have the same number of wildcards", SHOW(term->argument),
                       SHOW(term->name));
    return OK;
}

static bool can_spark(const struct aggregate *aggregate)
{
    static const char *const names[] = {
        "count", "dc", "avg", "stdev", "stdevp", "var", "varp", "sum", "sumsq", "min", "max", "range"
    };

    for (uint32_t i = 0; i < COUNT_OF(names); i++)
        if (str_is(str_of(aggregate->name), names[i]))
            return true;
    return false;
}

/* sparkline alone is sparkline(count). */
static status bind_sparkline(struct binder *binder, const struct aggregate_term *term, unsigned allowed,
                             struct measure *out)
{
    if (!(allowed & MEASURES_SPARKS))
        return diag_at(binder->diag, FAIL_QUERY, term->function_span, "bad-aggregate",
                       "sparkline cannot be used here");
    if (term->inner)
        TRY(measure_bind(binder, term->inner, MEASURES_UNNAMED, out));
    else
        out->aggregate = vocabulary_aggregate(binder->compile.words, STR("count"), &out->percent);
    if (!out->aggregate || !can_spark(out->aggregate))
        return diag_at(binder->diag, FAIL_QUERY, term->span, "bad-aggregate",
                       "sparkline cannot show that aggregate");
    out->sparkline = true;
    out->name = term->name;
    out->span = term->span;
    if (term->step.size) {
        TRY_NEW(out->step = ARENA_NEW(binder->arena, struct time_span));
        if (time_span_parse(term->step, out->step) != OK)
            return diag_at(binder->diag, FAIL_QUERY, term->span, "bad-span", "'%.*s' is no span of time",
                           SHOW(term->step));
    }
    return OK;
}

status measure_bind(struct binder *binder, const struct aggregate_term *term, unsigned allowed,
                    struct measure *out)
{
    *out = (struct measure){ .name = term->name, .span = term->span };
    if (str_is_nocase(term->function, "sparkline"))
        return bind_sparkline(binder, term, allowed, out);
    if (str_is_nocase(term->function, "eval"))
        return diag_at(binder->diag, FAIL_QUERY, term->span, "bad-aggregate",
                       "eval() over aggregates cannot be used here");
    TRY(find_aggregate(binder, term, allowed, out));
    if (term->is_eval)
        return bind_expression(binder, term, allowed, out);
    if (term->has_argument)
        return bind_field(binder, term, out);
    TRY(bind_bare(binder, term, allowed, out));
    TRY_NEW(out->name.at);
    return OK;
}

status measures_add(struct binder *binder, struct measures *measures, const struct measure *measure)
{
    if (measures->count == measures->capacity) {
        uint32_t        capacity = measures->capacity ? 2 * measures->capacity : 8;
        struct measure *more = ARENA_ARRAY(binder->arena, struct measure, capacity);
        TRY_NEW(more);
        if (measures->count)
            memcpy(more, measures->item, measures->count * sizeof *more);
        measures->item = more;
        measures->capacity = capacity;
    }
    measures->item[measures->count++] = *measure;
    return OK;
}

/* NULL: found at run time. */
static bool same_step(const struct time_span *a, const struct time_span *b)
{
    return a && b ? a->unit == b->unit && a->weekday == b->weekday && a->count == b->count : a == b;
}

/* The same function over the same argument. Two programs are never known to be the same. */
static bool same_measure(const struct measure *a, const struct measure *b)
{
    return a->aggregate == b->aggregate && a->percent == b->percent && !a->program && !b->program &&
           str_equal(a->field, b->field) && a->sparkline == b->sparkline && same_step(a->step, b->step);
}

/* Identical terms collapse; of two terms with one name the last one counts. False: `measure` is not to be
 * added. */
static bool settle_names(struct binder *binder, struct measures *measures, const struct measure *measure)
{
    for (uint32_t i = 0; i < measures->count; i++) {
        struct measure *before = &measures->item[i];
        bool            same = same_measure(before, measure), named = str_equal(before->name, measure->name);
        if (before->hidden)
            continue;
        if (same && named)
            return false;
        if (same)
            diag_warn(binder->diag, measure->span, "two-names", "'%.*s' and '%.*s' are the same aggregate",
                      SHOW(before->name), SHOW(measure->name));
        if (named) {
            diag_warn(binder->diag, measure->span, "one-name", "two aggregates are named '%.*s': the last one counts",
                      SHOW(measure->name));
            if (before->program)
                program_drop(before->program);
            memmove(before, before + 1, (measures->count - i - 1) * sizeof *before);
            measures->count--;
            i--;
        }
    }
    return true;
}

status measures_bind(struct binder *binder, const struct aggregates *terms, unsigned allowed,
                     struct measures *out)
{
    bool failed = false;

    for (uint32_t i = 0; terms && i < terms->count; i++) {
        struct measure measure;
        status         s = measure_bind(binder, &terms->item[i], allowed, &measure);
        for (uint32_t by = 0; s == OK && by < out->bys; by++)
            if (str_equal(out->by[by], measure.name))
                s = diag_at(binder->diag, FAIL_QUERY, terms->item[i].name_span, "name-clash",
                            "'%.*s' names both a BY field and an aggregate", SHOW(measure.name));
        if (s == OK && settle_names(binder, out, &measure))
            s = measures_add(binder, out, &measure);
        if (s != OK && s != FAIL_QUERY)
            return s;
        failed |= s != OK;
    }
    return failed ? FAIL_QUERY : OK;
}

status measures_check_partials(struct binder *binder, const struct measures *measures)
{
    for (uint32_t i = 0; i < measures->count; i++)
        if (!partials_can(measures->item[i].aggregate))
            return diag_at(binder->diag, FAIL_QUERY, measures->item[i].span, "bad-aggregate",
                           "'%s' gives no partial results", measures->item[i].aggregate->name);
    return OK;
}

bool measures_have_partials(const struct measures *measures)
{
    for (uint32_t i = 0; i < measures->count; i++)
        if (!partials_can(measures->item[i].aggregate))
            return false;
    return true;
}

status measures_count_rows(struct binder *binder, struct measures *measures, uint32_t *number)
{
    double         unused;
    struct measure rows = { .name = STR("rows counted"), .hidden = true };

    rows.aggregate = vocabulary_aggregate(binder->compile.words, STR("count"), &unused);
    if (!rows.aggregate)
        return FAIL_BUG;
    *number = measures->count;
    return measures_add(binder, measures, &rows);
}

status measures_needs(const struct measures *measures, struct wanted *wanted)
{
    for (uint32_t i = 0; i < measures->count; i++) {
        const struct measure *measure = &measures->item[i];
        if (measure->program) {
            struct program_names reads = program_reads(measure->program);
            if (reads.dynamic)
                return wanted_everything(wanted);
            for (uint32_t at = 0; at < reads.count; at++)
                TRY(wanted_add(wanted, reads.name[at]));
        } else if (measure->wild) {
            TRY(wanted_add_pattern(wanted, measure->field));
        } else if (measure->field.size) {
            TRY(wanted_add(wanted, measure->field));
        }
        if (measure->sparkline || measure->aggregate->takes & FEED_TIME)
            TRY(wanted_add(wanted, STR("_time")));
    }
    return OK;
}

status measures_give(const struct measures *measures, struct wanted *columns)
{
    for (uint32_t i = 0; i < measures->count; i++) {
        if (measures->item[i].wild)
            return wanted_everything(columns);
        if (!measures->item[i].hidden)
            TRY(wanted_add(columns, measures->item[i].name));
    }
    return OK;
}

void measures_drop(struct measures *measures)
{
    for (uint32_t i = 0; i < measures->count; i++)
        if (measures->item[i].program)
            program_drop(measures->item[i].program);
}

/* Each star takes as little as possible, the last one the rest. */
str measure_rename(str from, str name, str pattern, struct arena *arena)
{
    size_t      size = pattern.size + name.size + 1, at = 0, place = 0;
    char       *out;
    struct span take[16] = { { 0, 0 } };
    uint32_t    stars = 0, used = 0;

    for (size_t i = 0; i < from.size; i++) {
        size_t end = i + 1, hit;
        if (from.at[i] != '*') {
            at++;
            continue;
        }
        while (end < from.size && from.at[end] != '*')
            end++;
        hit = end == from.size ? name.size - (end - i - 1) : str_find(name, str_slice(from, i + 1, end), at);
        if (hit == SIZE_MAX)
            break;
        if (stars < COUNT_OF(take))
            take[stars++] = (struct span){ (uint32_t)at, (uint32_t)hit };
        at = hit;
    }
    size += (size_t)stars_in(pattern) * name.size;
    if (!(out = arena_alloc(arena, size)))
        return (str){ NULL, 0 };
    for (size_t i = 0; i < pattern.size; i++) {
        if (pattern.at[i] == '*' && used < stars) {
            struct span part = take[used++];
            memcpy(out + place, name.at + part.from, part.to - part.from);
            place += part.to - part.from;
        } else {
            out[place++] = pattern.at[i];
        }
    }
    out[place] = 0;
    return (str){ out, place };
}
