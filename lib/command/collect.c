/* collect [index=] ...: rows as events to the host's sink; they pass on as they are (reporting 7.4).
 *
 * What surprises: without index= it is "summary", as the reference says since 9.4. A row that has a _raw is stored with it,
 * and gets neither time nor info in front. addtime is about the text alone: _time is stored by itself, the first there is of
 * info_min_time and _time of the row, the beginning of the search, now. */
#include "store/storing.h"
#include "store/stored_events.h"

#include "time/format.h"

enum {
    INDEX, ADDINFO, ADDTIME, FILE_NAME, HOST, MARKER, FORMAT, PREVIEW, SOURCE, SOURCETYPE, SPOOL, TESTMODE, TIMEFORMAT, USELB
};

static const struct param collect_params[] = {
    [INDEX] = { "index", PARAM_TEXT, PLACE_NAMED, .preset = "summary", .help = "where to" },
    [ADDINFO] = { "addinfo", PARAM_BOOL, PLACE_NAMED, .preset = "true",
                  .help = "info_min_time, info_max_time, info_search_time of the search" },
    [ADDTIME] = { "addtime", PARAM_BOOL, PLACE_NAMED, .preset = "true", .help = "texts that are made begin with the time" },
    [FILE_NAME] = { "file", PARAM_TEXT, PLACE_NAMED, .help = "name of the file; $timestamp$ and $random$ are filled in" },
    [HOST] = { "host", PARAM_TEXT, PLACE_NAMED, .help = "host of the events" },
    [MARKER] = { "marker", PARAM_TEXT, PLACE_NAMED, .help = "\"a=b, c=d\": behind the text of every event" },
    [FORMAT] = { "output_format", PARAM_WORD, PLACE_NAMED, .preset = "raw", .choices = "raw|hec",
                 .help = "texts that are made are pairs, or JSON" },
    [PREVIEW] = { "run_in_preview", PARAM_BOOL, PLACE_NAMED, .help = "read and not needed: there are no previews" },
    [SOURCE] = { "source", PARAM_TEXT, PLACE_NAMED, .help = "source of the events" },
    [SOURCETYPE] = { "sourcetype", PARAM_TEXT, PLACE_NAMED, .help = "sourcetype of the events; stash if not given" },
    [SPOOL] = { "spool", PARAM_BOOL, PLACE_NAMED, .preset = "true", .help = "false: to be kept, not to be indexed" },
    [TESTMODE] = { "testmode", PARAM_BOOL, PLACE_NAMED, .preset = "false",
                   .help = "shows what would be stored and stores nothing" },
    [TIMEFORMAT] = { "timeformat", PARAM_TEXT, PLACE_NAMED, .preset = "%m/%d/%Y %H:%M:%S %z",
                     .help = "of the time in texts" },
    [USELB] = { "uselb", PARAM_BOOL, PLACE_NAMED, .preset = "true", .help = "false: every line of a text is an event" },
    { 0 }
};

struct collect_bound {
    struct storing_bound       storing;
    struct stored_events_bound events;
    bool                       test;
};

struct collect {
    struct op            op;
    struct storing       storing;
    struct stored_events events;
};

/* --- binding ------------------------------------------------------------------------------------------------------- */

/* Options that cannot stand beside another one (the reference names those of hec). */
static status check_options(struct binder *binder, const struct stage *stage, const struct collect_bound *bound)
{
    static const uint32_t not_hec[] = { ADDTIME, HOST, MARKER, SOURCE, SOURCETYPE, TIMEFORMAT, USELB };

    for (size_t i = 0; bound->events.hec && i < COUNT_OF(not_hec); i++)
        if (stage_argument(stage, not_hec[i])->given)
            return diag_at(binder->diag, FAIL_QUERY, stage_argument(stage, not_hec[i])->span, "bad-argument",
                           "'%s' cannot be used with output_format=hec", collect_params[not_hec[i]].name);
    if (stage_argument(stage, TIMEFORMAT)->given && !bound->events.time)
        return diag_at(binder->diag, FAIL_QUERY, stage_argument(stage, TIMEFORMAT)->span, "bad-argument",
                       "'timeformat' cannot be used with addtime=false");
    return OK;
}

static status bind_events(struct binder *binder, struct stage *stage, struct collect_bound *bound)
{
    struct sink_target         *target = &bound->storing.target;
    struct stored_events_bound *events = &bound->events;
    const char                 *marker, *format, *odd;

    *events = (struct stored_events_bound){
        .info = stage_argument(stage, ADDINFO)->truth, .time = stage_argument(stage, ADDTIME)->truth,
        .hec = str_is(stage_argument(stage, FORMAT)->text, "hec"), .lines = !stage_argument(stage, USELB)->truth,
        .partials = binder->partials, .index = target->index, .source = target->source, .sourcetype = target->sourcetype,
        .host = target->host,
    };
    TRY(check_options(binder, stage, bound));
    TRY(storing_text(binder, stage, MARKER, &marker));
    events->marker = str_of(marker ? marker : "");
    TRY(marker_read(events->marker, binder->arena, &events->pair, &events->pairs, &odd));
    TRY(storing_text(binder, stage, TIMEFORMAT, &format));
    return time_format_compile(binder->arena, str_of(format), &events->format);
}

static status collect_bind(struct binder *binder, struct stage *stage)
{
    struct collect_bound *bound = stage->bound;
    struct sink_target   *target = &bound->storing.target;

    target->store = STORE_EVENTS;
    target->spool = stage_argument(stage, SPOOL)->truth;
    TRY(storing_text(binder, stage, INDEX, &target->index));
    TRY(storing_text(binder, stage, FILE_NAME, &target->file));
    TRY(storing_text(binder, stage, HOST, &target->host));
    TRY(storing_text(binder, stage, SOURCE, &target->source));
    TRY(storing_text(binder, stage, SOURCETYPE, &target->sourcetype));
    TRY(bind_events(binder, stage, bound));
    bound->test = stage_argument(stage, TESTMODE)->truth;
    if (!bound->test)
        return storing_bind(binder, stage, &bound->storing);
    stage->traits &= ~(uint32_t)TRAIT_EFFECT;
    return OK;
}

static status collect_gives(const struct stage *stage, struct wanted *columns)
{
    return ((const struct collect_bound *)stage->bound)->test ? wanted_everything(columns) : OK;
}

/* --- running ------------------------------------------------------------------------------------------------------- */

static status collect_push(struct op *op, struct batch *in)
{
    struct collect             *collect = container_of(op, struct collect, op);
    const struct collect_bound *bound = op->stage->bound;
    struct batch               *stored;
    status                      s;

    if (bound->test) {
        TRY(stored_events_make(&collect->events, in, &stored));
        return op_emit(op, stored);
    }
    if (collect->storing.stream) {
        TRY(stored_events_make(&collect->events, in, &stored));
        s = storing_write(&collect->storing, stored);
        batch_release(stored);
        TRY(s);
    }
    return storing_pass(&collect->storing, in);
}

static void collect_close(struct op *op)
{
    stored_events_close(&container_of(op, struct collect, op)->events);
}

static const struct op_kind collect_kind = { .name = "collect", .push = collect_push, .close = collect_close };

static status collect_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct collect_bound *bound = stage->bound;
    struct collect             *collect;

    TRY(op_new(&collect_kind, sizeof *collect, stage, run, out));
    collect = container_of(*out, struct collect, op);
    TRY(stored_events_open(&collect->events, *out, &bound->events));
    return bound->test ? OK : storing_open(&collect->storing, *out, &bound->storing);
}

const struct command command_collect = {
    .name = "collect", .aliases = { "summaryindex", "sumindex", "stash" },
    .usage = "collect [index=<text>] [marker=\"<pairs>\"] [source=<text>] [sourcetype=<text>] [host=<text>]"
             " [addinfo=<bool>] [addtime=<bool>] [timeformat=<format>] [output_format=raw|hec] [testmode=<bool>]"
             " [file=<text>] [spool=<bool>] [uselb=<bool>] [run_in_preview=<bool>]",
    .summary = "Rows as events to an index of the host's; they pass on as they are",
    .params = collect_params, .traits = TRAIT_EFFECT, .bound_size = sizeof(struct collect_bound),
    .bind = collect_bind, .needs = storing_needs, .gives = collect_gives, .open = collect_open,
    .example = { "stats count BY u | eval _time=0 | collect testmode=t marker=\"report=users\" addinfo=f | table _raw",
                 "{\"u\":\"a\"}\n{\"u\":\"b\"}\n{\"u\":\"a\"}",
                 "{\"_raw\":\"01/01/1970 00:00:00 +0000, count=\\\"2\\\", u=\\\"a\\\", report=users\"}\n"
                 "{\"_raw\":\"01/01/1970 00:00:00 +0000, count=\\\"1\\\", u=\\\"b\\\", report=users\"}" },
};
