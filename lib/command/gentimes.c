/* gentimes start=<time> [end=<time>] [increment=<n><unit>]: stretches of time that touch each other, one a row (commands 4).
 *
 * Times are dates, with a time of day or without, or numbers of days from this midnight on; days are those of the search's
 * time zone, however long. */
#include "rows/results.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "time/civil.h"
#include "time/relative.h"
#include "time/strftime.h"
#include "value/number.h"

enum { START, END, INCREMENT };

static const struct param gentimes_params[] = {
    [START] = { "start", PARAM_TEXT, PLACE_NAMED, .required = true, .help = "10/31/2026, 10/31/26:15:00:00, or days: -5" },
    [END] = { "end", PARAM_TEXT, PLACE_NAMED, .preset = "0", .help = "as start; if not given this midnight" },
    [INCREMENT] = { "increment", PARAM_TEXT, PLACE_NAMED, .preset = "1d", .help = "of each: 30s, 5m, 6h, 1d" },
    { 0 }
};

struct edge {                           /* a beginning or end, as written */
    bool    relative;
    int64_t value;                      /* days, or seconds on the wall clock */
};

struct gentimes_bound {
    struct edge         start, end;
    int64_t             step;           /* seconds; on the wall clock where `days` */
    bool                days;
    struct time_format *format;
};

struct gentimes {
    struct op          op;
    struct zone_view   view;
    const struct name *name[4];
    struct results     results;
    struct buf         text;
    int64_t            local, start;    /* of row 0: on the wall clock, and the instant */
    bool               begun;
};

/* --- binding ------------------------------------------------------------------------------------------------------- */

enum { DAYS_MOST = 1000000 };

static status read_edge(struct binder *binder, const struct argument *argument, struct edge *edge)
{
    double  days;
    int16_t decimals;

    edge->relative = number_parse(argument->text, &days, &decimals) && days == (double)(int64_t)days &&
        days >= -DAYS_MOST && days <= DAYS_MOST;
    if (edge->relative)
        edge->value = (int64_t)days;
    if (edge->relative || time_date(argument->text, false, &edge->value))
        return OK;
    diag_at(binder->diag, FAIL_QUERY, argument->span, "bad-time", "'%.*s' is no time of 'gentimes'", SHOW(argument->text));
    diag_hint(binder->diag, "write 10/31/2026, 10/31/2026:15:00:00 or a number of days, as -5");
    return FAIL_QUERY;
}

static status read_step(struct binder *binder, const struct argument *argument, struct gentimes_bound *bound)
{
    str     text = argument->text;
    char    unit = text.size ? text.at[text.size - 1] : 0;
    int64_t seconds = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : unit == 'd' ? 86400 : 0;
    double  count;

    if (!seconds || !number_parse(str_slice(text, 0, text.size - 1), &count, NULL) || count < 1 || count > 1e9 ||
        count != (double)(int64_t)count) {
        diag_at(binder->diag, FAIL_QUERY, argument->span, "bad-span", "'%.*s' is no increment of 'gentimes'", SHOW(text));
        diag_hint(binder->diag, "write a whole number and s, m, h or d, as 6h");
        return FAIL_QUERY;
    }
    bound->step = (int64_t)count * seconds;
    bound->days = unit == 'd';
    return OK;
}

static status gentimes_bind(struct binder *binder, struct stage *stage)
{
    struct gentimes_bound *bound = stage->bound;

    TRY(read_edge(binder, stage_argument(stage, START), &bound->start));
    TRY(read_edge(binder, stage_argument(stage, END), &bound->end));
    TRY(read_step(binder, stage_argument(stage, INCREMENT), bound));
    return time_format_compile(binder->arena, STR("%a %b %d %H:%M:%S %Y"), &bound->format);
}

/* --- rows ---------------------------------------------------------------------------------------------------------- */

static int64_t local_of(struct gentimes *gentimes, const struct edge *edge)
{
    int64_t today;

    if (!edge->relative)
        return edge->value;
    today = floor_divide(zone_local(&gentimes->view, (int64_t)gentimes->op.context->now), 86400);
    return (today + edge->value) * 86400;
}

/* When the row begins. */
static int64_t begins(struct gentimes *gentimes, uint64_t row)
{
    const struct gentimes_bound *bound = gentimes->op.stage->bound;

    if (bound->days)
        return zone_instant(&gentimes->view, gentimes->local + (int64_t)row * bound->step);
    return gentimes->start + (int64_t)row * bound->step;
}

static void count_rows(struct gentimes *gentimes)
{
    const struct gentimes_bound *bound = gentimes->op.stage->bound;
    int64_t                      local = local_of(gentimes, &bound->end), end = zone_instant(&gentimes->view, local), left;
    uint64_t                     rows = 0;

    gentimes->local = local_of(gentimes, &bound->start);
    gentimes->start = zone_instant(&gentimes->view, gentimes->local);
    left = bound->days ? local - gentimes->local : end - gentimes->start;
    if (left > 0)
        rows = (uint64_t)((left + bound->step - 1) / bound->step);
    while (rows > 0 && begins(gentimes, rows - 1) >= end)
        rows--;
    while (gentimes->start < end && begins(gentimes, rows) < end)
        rows++;
    gentimes->results.rows = rows;
}

static status gentimes_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    struct gentimes             *gentimes = host;
    const struct gentimes_bound *bound = gentimes->op.stage->bound;
    bool                         human = column % 2 == 0, end = column < 2;
    int64_t                      instant = end ? begins(gentimes, row + 1) - 1 : begins(gentimes, row);
    status                       result;
    str                          text;

    *out = cell_number((double)instant);
    if (!human)
        return OK;
    buf_clear(&gentimes->text);
    result = time_print(bound->format, &gentimes->view, (double)instant, &gentimes->text);
    *out = cell_null();
    if (result != OK)
        return result == FAIL_DATA ? OK : result;
    TRY_NEW((text = arena_str(arena, buf_str(&gentimes->text))).at);
    *out = cell_field_text(text);
    return OK;
}

static status gentimes_push(struct op *op, struct batch *in)
{
    (void)op;
    (void)in;
    return FAIL_BUG;        /* it has no input */
}

static status gentimes_finish(struct op *op)
{
    struct gentimes *gentimes = container_of(op, struct gentimes, op);

    if (!gentimes->begun) {
        gentimes->results = (struct results){ .op = op, .name = gentimes->name, .columns = 4, .cell = gentimes_cell,
                                              .host = gentimes, .rests = true };
        count_rows(gentimes);
        gentimes->begun = true;
    }
    return results_emit(&gentimes->results);
}

static void gentimes_close(struct op *op)
{
    buf_free(&container_of(op, struct gentimes, op)->text);
}

static const struct op_kind gentimes_kind = {
    "gentimes", .push = gentimes_push, .finish = gentimes_finish, .close = gentimes_close,
};

static const char *const gentimes_columns[] = { "endhuman", "endtime", "starthuman", "starttime" };

static status gentimes_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct gentimes *gentimes;

    TRY(op_new(&gentimes_kind, sizeof *gentimes, stage, run, out));
    gentimes = container_of(*out, struct gentimes, op);
    buf_init(&gentimes->text, &run->heap);
    zone_view_init(&gentimes->view, (*out)->context->zone, NULL);
    for (uint32_t i = 0; i < COUNT_OF(gentimes_columns); i++)
        TRY_NEW(gentimes->name[i] = names_intern(run->names, str_of(gentimes_columns[i])));
    return OK;
}

static status gentimes_needs(const struct stage *stage, struct wanted *wanted)
{
    (void)stage;
    wanted_clear(wanted);
    return OK;
}

static status gentimes_gives(const struct stage *stage, struct wanted *columns)
{
    (void)stage;
    wanted_clear(columns);
    for (uint32_t i = 0; i < COUNT_OF(gentimes_columns); i++)
        TRY(wanted_add(columns, str_of(gentimes_columns[i])));
    return OK;
}

const struct command command_gentimes = {
    .name = "gentimes", .usage = "gentimes start=<date or days> [end=<date or days>] [increment=<count>(s|m|h|d)]",
    .summary = "Stretches of time that touch each other, one a row",
    .params = gentimes_params, .traits = TRAIT_GENERATES, .bound_size = sizeof(struct gentimes_bound),
    .bind = gentimes_bind, .needs = gentimes_needs, .gives = gentimes_gives, .open = gentimes_open,
    .example = { "gentimes start=10/25/26 end=10/27/26 | table starthuman endtime", "",
                 "{\"starthuman\":\"Sun Oct 25 00:00:00 2026\",\"endtime\":1792972799}\n"
                 "{\"starthuman\":\"Mon Oct 26 00:00:00 2026\",\"endtime\":1793059199}" },
};
