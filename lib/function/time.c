/* Times: epoch seconds to text and back, in the search's zone. */
#include "function/loop.h"
#include "time/format.h"
#include "time/relative.h"
#include "time/strftime.h"
#include "time/strptime.h"
#include "time/zone.h"

static struct cell instant(double seconds)
{
    return (struct cell){ .kind = KIND_NUMBER, .decimals = 6, .number = seconds };
}

/* What a call site keeps for its thread. */
struct clockwork {
    struct zone_view   view;
    struct zone_cache *zones;
    struct arena       arena;           /* of computed formats */
    struct time_format *format;
    str                text;            /* of `format` */
    struct time_printer printer;
    struct cell         last;           /* of the column at hand: */
    double              from, to;       /* instants in there have this text */
};

static status clockwork_use(struct call *call, struct clockwork **out)
{
    struct clockwork *work = call->scratch;

    if (!work) {
        TRY_NEW(work = heap_zero(call->context->heap, 1, sizeof *work));
        call->scratch = work;
        arena_init(&work->arena, call->context->heap);
        TRY(zone_cache_new(call->context->heap, &work->zones));
        zone_view_init(&work->view, call->context->zone, work->zones);
    }
    *out = work;
    return OK;
}

static void clockwork_close(struct call *call)
{
    struct clockwork *work = call->scratch;

    if (!work)
        return;
    zone_cache_free(work->zones);
    time_printer_free(&work->printer);
    arena_free(&work->arena);
    heap_free(call->context->heap, work, sizeof *work);
    call->scratch = NULL;
}

/* The compiled format: the literal one, or the last one computed. */
static status format_use(struct call *call, struct clockwork *work, str text, const struct time_format **out)
{
    *out = call->site->prepared;
    if (*out)
        return OK;
    if (!work->format || !str_equal(work->text, text)) {
        time_printer_free(&work->printer);
        work->printer.format = NULL;
        arena_reset(&work->arena);
        work->format = NULL;
        TRY_NEW((work->text = arena_str(&work->arena, text)).at);
        TRY(time_format_compile(&work->arena, text, &work->format));
    }
    *out = work->format;
    return OK;
}

static status format_prepare(struct site *site, struct arena *arena, struct context *context,
                             struct diag *diag)
{
    struct time_format *format;

    if (!site_is_literal(site, 1) || site->literal[1].kind != KIND_TEXT)
        return OK;
    TRY(time_format_compile(arena, cell_str(&site->literal[1]), &format));
    site->prepared = format;
    return OK;
}

static status strftime_row(struct call *call, const struct cell *arg, struct cell *out)
{
    const struct time_format *format;
    struct clockwork         *work;
    str                       text;
    status                    printed;

    TRY(clockwork_use(call, &work));
    TRY(format_use(call, work, cell_str(&arg[1]), &format));
    if (!work->printer.format)
        time_printer_init(&work->printer, call->context->heap, format, &work->view);
    printed = time_printer_print(&work->printer, arg[0].number, &text);
    if (printed == FAIL_DATA)
        return give(out, cell_null());
    TRY(printed);
    return give_text(call, out, text);
}

/* Times mostly come in order: as long as the text stays the same it is neither printed nor kept again. */
static status strftime_next_row(struct call *call, const struct cell *arg, struct cell *out)
{
    struct clockwork *work = call->scratch;

    if (arg[0].number >= work->from && arg[0].number < work->to)
        return give(out, work->last);
    TRY(strftime_row(call, arg, out));
    if (out->kind == KIND_TEXT) {               /* a number that is no time leaves the text before as it is */
        work->last = *out;
        time_printer_reach(&work->printer, arg[0].number, &work->from, &work->to);
    }
    return OK;
}

COLUMN_BODY(strftime_next, 0, LOOP_NUMBERS, cells)

static status strftime_vector(struct call *call, const struct rows *rows, uint32_t size, struct column *const *arg,
                              struct column *out)
{
    struct clockwork *work;

    TRY(clockwork_use(call, &work));
    work->from = work->to = 0;                  /* the text of another batch is gone */
    return strftime_next_vector(call, rows, size, arg, out);
}

static status strptime_row(struct call *call, const struct cell *arg, struct cell *out)
{
    const struct time_format *format;
    struct clockwork         *work;
    double                    seconds;
    status                    parsed;

    TRY(clockwork_use(call, &work));
    TRY(format_use(call, work, cell_str(&arg[1]), &format));
    parsed = time_parse(format, &work->view, call->context->now, cell_str(&arg[0]), &seconds);
    if (parsed == FAIL_DATA)
        return give(out, cell_null());
    TRY(parsed);
    return give(out, instant(seconds));
}

MEMO_BODY(strptime, 0, numbers)

/* A time picker says "now" for no move at all, so published dashboards put that here. */
static status read_move(str text, struct relative *out)
{
    return relative_parse(str_is(text, "now") || str_is(text, "now()") ? STR("") : text, out);
}

static status relative_prepare(struct site *site, struct arena *arena, struct context *context,
                               struct diag *diag)
{
    struct relative *move;

    if (!site_is_literal(site, 1) || site->literal[1].kind != KIND_TEXT)
        return OK;
    TRY_NEW(move = ARENA_NEW(arena, struct relative));
    if (read_move(cell_str(&site->literal[1]), move) != OK)
        return !site_is_written(site, 1) ? OK
             : diag_at(diag, FAIL_QUERY, site->span[1], "bad-time",
                       "The arguments to the '%s' function are invalid: \"%.*s\" is no relative time",
                       site->function->name,
                       SHOW(cell_str(&site->literal[1])));
    site->prepared = move;
    return OK;
}

static status relative_time_row(struct call *call, const struct cell *arg, struct cell *out)
{
    const struct relative *move = call->site->prepared;
    struct relative        computed;
    struct clockwork      *work;

    TRY(clockwork_use(call, &work));
    if (!move) {
        if (read_move(cell_str(&arg[1]), &computed) != OK)
            return give(out, cell_null());
        move = &computed;
    }
    return give(out, instant(relative_apply(move, &work->view, arg[0].number)));
}

COLUMN_BODY(relative_time, 0, LOOP_NUMBERS, numbers)

static status now_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_number((double)(int64_t)call->context->now));
}

static status now_vector(struct call *call, const struct rows *rows, uint32_t size, struct column *const *arg,
                         struct column *out)
{
    *out = (struct column){ .encoding = ENCODING_CONSTANT };
    return now_row(call, NULL, &out->constant);
}

static status time_row(struct call *call, const struct cell *arg, struct cell *out)
{
    struct context *context = call->context;

    if (context->now_is_fixed || !context->clock)
        return give(out, instant(context->now));
    return give(out, instant(context->clock(context->host)));
}

const struct function function_strftime = {
    .name = "strftime", .usage = "strftime(<time>,<format>)", .summary = "Epoch seconds as text",
    .least = 2, .most = 2, .wants = { WANT_NUMBER, WANT_TEXT }, .wanted = 2, .gives = TYPE_TEXT,
    .nulls = NULL_IN_NULL_OUT,
    .multi = MULTI_EACH, .pure = true, .cost = 100, .prepare = format_prepare, .row = strftime_row,
    .vector = strftime_vector,
    .close = clockwork_close,
    .example = { "eval y=strftime(t,\"%Y-%m-%dT%H:%M:%S.%3N%z\") | table y", "{\"t\":1700000000}",
                 "{\"y\":\"2023-11-14T22:13:20.000+0000\"}" },
};

const struct function function_strptime = {
    .name = "strptime", .usage = "strptime(<text>,<format>)", .summary = "Text as epoch seconds",
    .least = 2, .most = 2, .wants = { WANT_TEXT }, .wanted = 1, .gives = TYPE_NUMBER,
    .nulls = NULL_IN_NULL_OUT,
    .multi = MULTI_EACH, .pure = true, .cost = 100, .prepare = format_prepare, .row = strptime_row,
    .vector = strptime_vector,
    .close = clockwork_close,
    .example = { "eval y=strptime(t,\"%Y-%m-%d\") | table y", "{\"t\":\"2023-11-14\"}",
                 "{\"y\":1699920000.000000}" },
};

const struct function function_relative_time = {
    .name = "relative_time", .usage = "relative_time(<time>,<specifier>)",
    .summary = "A time moved and snapped: -1d@d",
    .least = 2, .most = 2, .wants = { WANT_NUMBER, WANT_TEXT }, .wanted = 2, .gives = TYPE_NUMBER,
    .nulls = NULL_IN_NULL_OUT,
    .multi = MULTI_NULL, .pure = true, .cost = 50, .prepare = relative_prepare, .row = relative_time_row,
    .vector = relative_time_vector,
    .close = clockwork_close,
    .example = { "eval y=relative_time(1700000000,\"-1d@d\") | table y", "{}", "{\"y\":1699833600.000000}" },
};

const struct function function_now = {
    .name = "now", .usage = "now()", .summary = "The start of the search, whole seconds",
    .gives = TYPE_NUMBER, .row = now_row, .vector = now_vector,
    .example = { "eval y=if(now()>1700000000,\"later\",\"sooner\") | table y", "{}", "{\"y\":\"later\"}" },
};

const struct function function_time = {
    .name = "time", .usage = "time()", .summary = "The time of day when the row is processed",
    .gives = TYPE_NUMBER,
    .row = time_row,
    .example = { "eval y=if(time()>=now(),\"ok\",\"no\") | table y", "{}", "{\"y\":\"ok\"}" },
};
