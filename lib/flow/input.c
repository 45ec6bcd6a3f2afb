#include "flow/input.h"

#include "flow/kept.h"
#include "read/prefilter.h"
#include "text/find.h"

enum {
    PIECE = 64 * 1024,
    PATIENCE = 20                   /* milliseconds */
};

struct source_input {
    struct feed *feed;
    uint64_t     lines;             /* in the blocks accounted for */
    const char  *path, *format;     /* as the host named them, of a run with subsearches */
    struct kept *kept;              /* its bytes, and how many of them the feed has got; NULL: it reads a file itself */
    uint64_t     given;
    bool         borrowed;          /* `kept` belongs to another run */
};

struct sources {
    struct reading       reading;
    struct source_input *input;
    uint32_t             count, room;
    uint32_t             current;   /* being read */
    struct feed         *pushed;    /* the input that run_push feeds: always the last one */
    bool                 ended;
    struct batch       **batch;     /* kept, for runs with subsearches */
    uint32_t             batches, batch_room, batch_at;
    bool                 borrowed;  /* they belong to another run */
    uint64_t             place;     /* of the next row that the host makes, as long as */
    uint32_t             placed;    /* so many segments were numbered */
    uint64_t             bad;       /* lines that could not be read; of the first: */
    uint32_t             bad_input;
    uint64_t             bad_line;  /* from 1 */
    char                 bad_reason[120];
};

static status projection_make(struct run *run, struct projection *out)
{
    const struct wanted *wanted = &run->plan->read;

    /* A row of a table cannot be read again by itself. */
    bool lines = run->plan->lines && run->options.kv_mode != KV_MULTI;

    *out = (struct projection){ .all = wanted->all || lines != run->plan->lines, .lines = lines };
    out->partials = run->plan->partials && run->options.takes_partials;
    out->raw = wanted_has(wanted, STR("_raw"));
    out->time = wanted_has(wanted, STR("_time")) || run->has_window;
    if (out->all) {
        out->raw = out->time = true;
        return OK;
    }
    TRY_NEW(out->field = ARENA_ARRAY(&run->arena, const struct name *, wanted->names + 1));
    for (uint32_t i = 0; i < wanted->names; i++) {
        if (str_is(wanted->name[i], "_raw") || str_is(wanted->name[i], "_time"))
            continue;
        TRY_NEW(out->field[out->fields++] = names_intern(run->names, wanted->name[i]));
    }
    out->pattern = wanted->pattern;
    out->patterns = wanted->patterns;
    return OK;
}

static bool has_any(const struct prefilter_arm *arm, str text)
{
    for (uint32_t i = 0; i < arm->count; i++)
        if (find_bytes(CPU_PORTABLE, text, 0, arm->literal[i], true) != SIZE_MAX)
            return true;
    return false;
}

/* Could events without a sourcetype pass the arm because of the default they get? */
static bool default_passes(const struct run *run, const struct prefilter_arm *arm)
{
    if (!str_is(arm->field, "sourcetype"))
        return false;
    if (run->options.default_sourcetype)
        return has_any(arm, str_of(run->options.default_sourcetype));
    for (size_t i = 0; formats[i]; i++)
        if (formats[i]->sourcetype && has_any(arm, str_of(formats[i]->sourcetype)))
            return true;
    return false;
}

static status prefilter_make(struct run *run, struct reading *reading)
{
    const struct plan    *plan = run->plan;
    struct prefilter_arm *arm = ARENA_ARRAY(&run->arena, struct prefilter_arm, plan->prefilters + 1);
    struct literal_set   *set = NULL;
    uint32_t              count = 0;

    TRY_NEW(arm);
    for (uint32_t i = 0; i < plan->prefilters; i++)
        if (!default_passes(run, &plan->prefilter[i]))
            arm[count++] = plan->prefilter[i];
    if (count && !run->options.prefilter_off)
        TRY(literal_set_make(&run->arena, reading->cpu, arm, count, reading->kv_mode == KV_XML ? TEXT_XML : TEXT_PLAIN,
                             &set));
    reading->prefilter = set;
    return OK;
}

static str text_of(const char *text) { return text ? str_of(text) : STR(""); }

status sources_new(struct run *run, struct sources **out)
{
    const struct run_options *options = &run->options;
    struct sources           *sources = ARENA_NEW(&run->arena, struct sources);

    *out = sources;
    TRY_NEW(sources);
    sources->reading = (struct reading){
        .cancelled = &run->cancelled,
        .heap = &run->heap,
        .names = run->names,
        .zone = run->zone,
        .now = options->now,
        .defaults = { .index = text_of(options->default_index), .source = text_of(options->default_source),
                      .sourcetype = text_of(options->default_sourcetype), .host = text_of(options->default_host),
                      .time_field = text_of(options->time_field) },
        .batch_rows = options->batch_rows,
        .null_text = options->null_text,
        .kv_mode = options->kv_mode,
        .limit_line = options->limit_line,
        .part = options->part,
    };
    return OK;
}

status sources_project(struct run *run)
{
    struct reading *reading = &run->sources->reading;

    reading->cpu = run->rest->context.cpu;
    TRY(projection_make(run, &reading->projection));
    return prefilter_make(run, reading);
}

void sources_free(struct sources *sources)
{
    if (!sources)
        return;
    for (uint32_t i = 0; i < sources->count; i++) {
        feed_close(sources->input[i].feed);
        if (sources->input[i].kept && !sources->input[i].borrowed)
            kept_free(sources->input[i].kept);
    }
    if (!sources->borrowed) {
        for (uint32_t i = 0; i < sources->batches; i++)
            batch_release(sources->batch[i]);
        heap_free(sources->reading.heap, sources->batch, sources->batch_room * sizeof *sources->batch);
    }
    sources->batches = 0;
    heap_free(sources->reading.heap, sources->input, sources->room * sizeof *sources->input);
    sources->input = NULL;
    sources->count = sources->room = 0;
}

bool sources_are_files(const struct sources *sources)
{
    return sources->count && !sources->pushed;
}

static status misuse(struct run *run, const char *what)
{
    return diag_at(&run->diag, FAIL_MISUSE, (struct span){ 0, 0 }, "misuse", "%s", what);
}

static status add(struct run *run, struct feed *feed)
{
    struct sources *sources = run->sources;

    if (!heap_grow(&run->heap, &sources->input, &sources->room, sources->count + 1, sizeof *sources->input)) {
        feed_close(feed);
        return FAIL_MEMORY;
    }
    sources->input[sources->count++] = (struct source_input){ .feed = feed };
    return OK;
}

status run_open(struct run *run, const char *path, const char *format)
{
    struct sources *sources = run->sources;
    struct feed    *feed;

    if ((run->state != RUN_READING && run->state != RUN_PREPARING) || sources->pushed || sources->ended || run->exchange)
        return misuse(run, "inputs must be opened before the first result is asked for");
    TRY(feed_open_file(&sources->reading, path, text_of(format), sources->count, &run->diag, &feed));
    TRY(add(run, feed));
    if (run->state != RUN_PREPARING)
        return OK;
    TRY_NEW(sources->input[sources->count - 1].path = arena_text(&run->arena, str_of(path)));
    TRY_NEW(sources->input[sources->count - 1].format = arena_text(&run->arena, text_of(format)));
    return OK;
}

status run_push(struct run *run, const char *format, str bytes)
{
    struct sources *sources = run->sources;

    if (sources->ended || run->exchange)
        return misuse(run, "nothing can be pushed any more");
    TRY(run_prepare(run));
    if (run->failure != OK)
        return run->failure;
    if (run->state == RUN_PREPARING)
        return sources_keep(run, format, bytes);
    if (run->state != RUN_READING)
        return ENOUGH;
    if (!sources->pushed) {
        struct feed *feed;

        TRY(feed_open_push(&sources->reading, STR(""), text_of(format), sources->count, &run->diag, &feed));
        TRY(add(run, feed));
        sources->pushed = feed;
    }
    return feed_push(sources->pushed, bytes.at, bytes.size);
}

status run_end(struct run *run)
{
    if (run->sources->pushed && !run->sources->ended && run->state != RUN_PREPARING)
        feed_end(run->sources->pushed);
    run->sources->ended = true;
    return OK;
}

/* The feed of kept bytes gets some more of them. */
static status give_more(struct run *run, struct source_input *input)
{
    char  *piece = heap_alloc(&run->heap, PIECE);
    size_t got;
    status s;

    TRY_NEW(piece);
    s = kept_get(input->kept, input->given, piece, PIECE, &got);
    if (s == OK && got)
        s = feed_push(input->feed, piece, got);
    else if (s == OK)
        feed_end(input->feed);
    input->given += got;
    heap_free(&run->heap, piece, PIECE);
    return s;
}

status sources_next(struct run *run, struct diag *diag, struct block **out)
{
    struct sources *sources = run->sources;

    for (; sources->current < sources->count; sources->current++) {
        struct source_input *input = &sources->input[sources->current];
        status               s = feed_next(input->feed, diag, out);

        while (s == HUNGRY && input->kept) {
            TRY(give_more(run, input));
            s = feed_next(input->feed, diag, out);
        }
        if (s != DONE)
            return s;
    }
    return sources->ended || sources_are_files(sources) ? DONE : HUNGRY;
}

/* --- inputs that are read more than once --------------------------------------------------------------------------- */

bool sources_are_complete(const struct sources *sources)
{
    return sources->ended || (sources->count && !sources->pushed && !sources->batches);
}

static status keep(struct run *run, struct kept **out)
{
    uint64_t limit = run->options.limit_memory;

    TRY_NEW(*out = ARENA_NEW(&run->arena, struct kept));
    kept_init(*out, &run->heap, limit ? limit / 4 : 256 << 20, run->options.temp_folder, &run->diag);
    return OK;
}

status sources_keep(struct run *run, const char *format, str bytes)
{
    struct sources *sources = run->sources;

    if (!sources->pushed) {
        struct feed *feed;
        struct kept *kept;

        TRY(keep(run, &kept));
        TRY(feed_open_push(&sources->reading, STR(""), text_of(format), sources->count, &run->diag, &feed));
        TRY(add(run, feed));
        sources->pushed = feed;
        sources->input[sources->count - 1].kept = kept;
        TRY_NEW(sources->input[sources->count - 1].format = arena_text(&run->arena, text_of(format)));
    }
    return kept_put(sources->input[sources->count - 1].kept, bytes);
}

status sources_keep_batch(struct run *run, struct batch *takes)
{
    struct sources *sources = run->sources;

    if (!heap_grow(&run->heap, &sources->batch, &sources->batch_room, sources->batches + 1, sizeof *sources->batch)) {
        batch_release(takes);
        return FAIL_MEMORY;
    }
    sources->batch[sources->batches++] = takes;
    return OK;
}

/* A pipe to its end; from here on it is like pushed bytes. */
static status gather(struct run *run, struct source_input *input, uint32_t number)
{
    struct feed *feed;
    struct kept *kept;
    char         piece[PIECE / 4];
    size_t       got;

    TRY(keep(run, &kept));
    input->kept = kept;
    do {
        TRY(run_check(run));
        TRY(feed_take(input->feed, &run->diag, piece, sizeof piece, &got));
        TRY(kept_put(kept, str_make(piece, got)));
    } while (got);
    TRY(feed_open_push(&run->sources->reading, feed_source(input->feed), text_of(input->format), number, &run->diag, &feed));
    feed_close(input->feed);
    input->feed = feed;
    return OK;
}

status sources_gather(struct run *run)
{
    struct sources *sources = run->sources;

    for (uint32_t i = 0; i < sources->count; i++)
        if (!sources->input[i].kept && !feed_is_plain(sources->input[i].feed))
            TRY(gather(run, &sources->input[i], i));
    sources->pushed = NULL;
    sources->ended = true;
    return OK;
}

status sources_share(struct run *run, const struct run *from)
{
    struct sources       *sources = run->sources;
    const struct sources *theirs = from->sources;

    for (uint32_t i = 0; i < theirs->count; i++) {
        const struct source_input *input = &theirs->input[i];
        struct feed               *feed;

        if (input->kept)
            TRY(feed_open_push(&sources->reading, feed_source(input->feed), text_of(input->format), i, &run->diag, &feed));
        else
            TRY(feed_open_file(&sources->reading, input->path, text_of(input->format), i, &run->diag, &feed));
        TRY(add(run, feed));
        sources->input[i].path = input->path;
        sources->input[i].format = input->format;
        sources->input[i].kept = input->kept;
        sources->input[i].borrowed = true;
    }
    sources->batch = theirs->batch;
    sources->batches = theirs->batches;
    sources->borrowed = true;
    sources->ended = true;
    return OK;
}

status sources_next_batch(struct run *run, struct batch **out)
{
    struct sources *sources = run->sources;

    *out = NULL;
    if (sources->batch_at == sources->batches)
        return OK;
    TRY_NEW(*out = batch_derive(sources->batch[sources->batch_at++]));
    return OK;
}

void sources_share_out(struct sources *sources) { sources->reading.patience = PATIENCE; }

void sources_follow_on(struct run *run, struct block *block)
{
    feed_place(run->sources->input[block->input].feed, block);
}

uint64_t sources_place(struct sources *sources, uint32_t rows)
{
    struct reading *reading = &sources->reading;
    uint64_t        place;

    if (sources->placed != reading->segments || !sources->placed)
        sources->place = (uint64_t)reading->segments << 24;
    place = sources->place;
    sources->place += rows;
    sources->placed = reading->segments = (uint32_t)(sources->place >> 24) + 1;
    return place;
}

status sources_parse(struct run *run, struct block *block, batch_sink sink, void *host, struct block_result *result)
{
    *result = (struct block_result){ 0 };
    return feed_parse(run->sources->input[block->input].feed, block, sink, host, result);
}

void sources_account(struct run *run, uint32_t input, size_t bytes, const struct block_result *result)
{
    struct sources *sources = run->sources;

    run->events += result->events;
    run->bytes += bytes;
    if (result->bad.count && !sources->bad) {
        sources->bad_input = input;
        sources->bad_line = sources->input[input].lines + result->bad.line + 1;
        memcpy(sources->bad_reason, result->bad.reason, sizeof sources->bad_reason);
    }
    sources->bad += result->bad.count;
    sources->input[input].lines += result->lines;
}

void sources_note(struct run *run, struct notes *notes)
{
    struct sources *sources = run->sources;
    uint64_t        too_long = 0, bytes = 0;
    struct buf      text;

    for (uint32_t i = 0; i < sources->count; i++) {
        too_long += feed_too_long(sources->input[i].feed);
        bytes += feed_bytes(sources->input[i].feed);
    }
    if (sources->count)
        run->bytes = bytes;
    buf_init(&text, &run->heap);
    if (sources->bad) {
        str format = feed_format(sources->input[sources->bad_input].feed);
        buf_text(&text, sources->bad == 1 ? "line was" : "lines were");
        buf_print(&text, " not valid %.*s; first at ", SHOW(str_ends(format, STR("json")) ? STR("JSON") : format));
        buf_put(&text, feed_source(sources->input[sources->bad_input].feed));
        buf_print(&text, ":%zu: %.*s", (size_t)sources->bad_line, (int)sizeof sources->bad_reason, sources->bad_reason);
        notes_add(notes, "bad-lines", buf_str(&text), sources->bad, 0);
    }
    buf_clear(&text);
    if (too_long) {
        buf_print(&text, "%s longer than the limit (option limit.line) and left out",
                  too_long == 1 ? "record was" : "records were");
        notes_add(notes, "long-lines", buf_str(&text), too_long, 0);
    }
    buf_free(&text);
}
