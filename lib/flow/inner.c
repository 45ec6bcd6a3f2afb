#include "flow/inner.h"

#include "flow/chain.h"
#include "flow/input.h"
#include "text/regex.h"
#include "value/number.h"
#include "value/order.h"

/* The memory of an inner run is the outer one's, so that its limit holds for all of them together. */
static void *outer_memory(void *host, void *block, size_t old_size, size_t size)
{
    return heap_resize(host, block, old_size, size);
}

static status make(struct run *run, const struct plan *plan, struct run **out)
{
    struct run_options options = run->options;
    const struct run  *from = run;
    status             s;

    while (from->plan->fed && from->outer)
        from = from->outer;             /* whose inputs are the search's */

    options.names = run->names;
    options.limit_rows = 0;
    options.earliest = run->asked_earliest;
    options.latest = run->asked_latest;
    options.seed += run_root(run)->made;        /* of several alike each has random numbers of its own */
    if (plan->fed)
        options.threads = 1, options.partitions = 0;
    s = run_make(plan, &options, outer_memory, &run->heap, run, out);
    return s == OK && !plan->fed && plan->reads ? sources_share(*out, from) : s;
}

status inner_new(struct run *run, const struct plan *plan, struct run **out)
{
    status s = make(run, plan, out);

    if (s == OK || !*out)
        return s;
    inner_account(run, *out, s);
    run_free(*out);
    *out = NULL;
    return s;
}

status inner_feed(struct run *run, const struct subsearch *subsearch, struct run **out)
{
    struct inner_rows *rows = &run->inner[subsearch->number];

    TRY(inner_new(run, subsearch->plan, &rows->run));
    *out = rows->run;
    return OK;
}

enum { STATS_MOST = 100 };              /* runs whose stages are told of */

/* --- when it is over ----------------------------------------------------------------------------------------------- */

static status add_stats(struct run *run, struct run *inner)
{
    uint32_t number = ++run->inner_number;

    for (uint32_t i = 0; i < run_stages(inner) && number <= STATS_MOST; i++) {
        struct stage_stats stats;
        struct buf         name;

        run_stage_stats(inner, i, &stats);
        buf_init(&name, &run->heap);
        buf_print(&name, "[%u] %.*s", number, SHOW(stats.name));
        stats.name = arena_str(&run->arena, buf_str(&name));
        buf_free(&name);
        TRY_NEW(stats.name.at);
        if (!heap_grow(&run->heap, &run->inner_stats, &run->inner_stats_room, run->inner_stages + 1, sizeof stats))
            return FAIL_MEMORY;
        run->inner_stats[run->inner_stages++] = stats;
    }
    return OK;
}

static void add_notes(struct run *run, const struct run *inner)
{
    for (uint32_t i = 0; i < run_note_count(inner); i++) {
        const struct note *note = run_note_at(inner, i);

        if (note_is_of_input(note))
            notes_raise(run->input_notes, note);
        else
            notes_add(run->notes, note->code, note->message, note->count, 0);
    }
}

/* Its places are in a text of its own if it had subsearches that gave text. */
static status adopt_failure(struct run *run, const struct run *inner, status failure)
{
    struct source *source;

    if (failure == FAIL_MEMORY || failure == FAIL_CANCELLED || run->diag.errors)
        return failure;
    diag_copy(&run->diag, &inner->diag);
    if (inner->source == run->source || !inner->own)
        return failure;
    TRY_NEW(source = ARENA_NEW(&run->arena, struct source));
    TRY(source_copy(&run->arena, inner->source, source));
    run->source = source;
    return failure;
}

status inner_account(struct run *run, struct run *inner, status outcome)
{
    uint64_t events = run_events(inner), bytes = run_bytes(inner);

    run->inner_events = events > run->inner_events ? events : run->inner_events;
    run->inner_bytes = bytes > run->inner_bytes ? bytes : run->inner_bytes;
    if (outcome < 0)
        return adopt_failure(run, inner, outcome);
    add_notes(run, inner);
    return add_stats(run, inner);
}

/* --- text ---------------------------------------------------------------------------------------------------------- */

/* What format and return end in: one row with a field `search`. */
static status take_text(struct run *run, struct run *inner, struct batch *batch, str *out)
{
    const struct name *name = names_intern(inner->names, STR("search"));
    struct column     *column = name ? batch_column(batch, name) : NULL;
    struct cell        cell = cell_null();
    char               room[NUMBER_ROOM];

    TRY_NEW(name);
    TRY(batch_decode(batch, column));
    if (column && batch_rows(batch))
        cell = column_cell(column, batch_row(batch, 0));
    TRY_NEW((*out = arena_str(&run->arena, cell.kind == KIND_NULL ? STR("") : cell_show(&cell, room))).at);
    return OK;
}

static status run_text(struct run *run, const struct plan *plan, str *out)
{
    struct run   *inner;
    struct batch *batch;
    status        s;

    *out = STR("");
    TRY(inner_new(run, plan, &inner));
    while ((s = run_next(inner, &batch)) == OK) {
        s = take_text(run, inner, batch, out);
        batch_release(batch);
        if (s != OK)
            break;
    }
    s = inner_account(run, inner, s == DONE ? OK : s);
    run_free(inner);
    return s;
}

/* Folding needs what compiling had, with names and patterns of the run. */
status inner_context(struct run *run, struct context *out)
{
    *out = *run->plan->compile.context;
    out->heap = &run->heap;
    out->zone = run->zone;
    out->now = run->options.now;
    out->names = run->names;
    out->diag = NULL;
    out->regexes = NULL;
    return regex_cache_new(&run->heap, out->cpu, &out->regexes);
}

/* Advice on the query was given when it was compiled. */
static status make_plan(struct run *run, const str *text, struct diag *diag)
{
    struct context *context = &run->compile_context;
    status          s;

    TRY(inner_context(run, context));
    context->diag = diag;
    s = plan_substitute(run->plan, text, &run->heap, context, diag, &run->own);
    context->diag = NULL;
    return s;
}

static status substitute(struct run *run, const str *text)
{
    struct diag diag;
    status      s;

    diag_init(&diag, &run->heap);
    s = make_plan(run, text, &diag);
    if (run->own)
        run->source = &run->own->source;
    if (s == OK)
        run->plan = run->own;
    else
        diag_copy(&run->diag, &diag);
    diag_free(&diag);
    return s;
}

static status run_texts(struct run *run)
{
    str     *text;
    uint32_t count = 0;

    if (run->plan->texts == 0)
        return OK;
    TRY_NEW(text = ARENA_ARRAY(&run->arena, str, run->plan->texts));
    for (const struct subsearch *one = run->plan->subsearch; one; one = one->next)
        if (one->kind == SUBSEARCH_TEXT)
            TRY(run_text(run, one->plan, &text[count++]));
    return substitute(run, text);
}

/* --- rows ---------------------------------------------------------------------------------------------------------- */

enum { PLACING = 16 };                  /* bytes a row that finding it takes, when it is put aside */

static status put_aside(struct inner_rows *rows)
{
    TRY(row_runs_put(&rows->runs, &rows->store, NULL, rows->store.rows));
    row_store_clear(&rows->store);
    return OK;
}

/* Takes the batch. ENOUGH: there are more rows than may be. */
static status keep_rows(struct run *run, struct inner_rows *rows, uint64_t most, struct batch *takes)
{
    struct batch *kept = takes;
    bool          over = most && batch_rows(takes) > most - rows->rows;
    status        s;

    if (over) {
        kept = batch_slice(takes, 0, (uint32_t)(most - rows->rows));
        batch_release(takes);
        TRY_NEW(kept);
    }
    rows->rows += batch_rows(kept);
    s = row_store_add(&rows->store, kept);
    batch_release(kept);
    TRY(s);
    if (run_pressed(run, rows->store.rows, run->options.limit_memory / 16 + (size_t)rows->store.rows * PLACING))
        TRY(put_aside(rows));
    return over ? ENOUGH : OK;
}

/* Nobody wants more rows, but commands inside write what they see. */
static status run_out(struct run *run, struct run *inner)
{
    struct batch *batch;
    status        s;

    while ((s = run_next(inner, &batch)) == OK)
        batch_release(batch);
    return s == DONE ? OK : inner_account(run, inner, s);
}

static status gather_rows(struct run *run, uint64_t most, struct inner_rows *rows)
{
    struct batch *batch;
    status        s;

    row_store_init(&rows->store, &run->heap);
    row_runs_init(&rows->runs, &run->heap, run->options.temp_folder, &run->diag);
    while ((s = run_next(rows->run, &batch)) == OK)
        if ((s = keep_rows(run, rows, most, batch)) != OK)
            break;
    return s;
}

static status run_rows(struct run *run, const struct subsearch *one, struct inner_rows *rows)
{
    status s;

    TRY(inner_new(run, one->plan, &rows->run));
    s = gather_rows(run, one->most, rows);
    if (s == ENOUGH && one->plan->effects)
        TRY(run_out(run, rows->run));
    run_stop(rows->run);
    if (s == ENOUGH)
        notes_add(run->notes, "subsearch-rows", NOTE_SUBSEARCH_ROWS, 1, 0);
    return inner_account(run, rows->run, s == DONE || s == ENOUGH ? OK : s);
}

status inner_search(struct run *run, const struct plan *plan, struct inner_rows *rows, struct diag *diag)
{
    status s;

    *rows = (struct inner_rows){ 0 };
    if (plan->reads && !run->plan->inner_reads)         /* the inputs were not kept for it */
        return diag_at(diag, FAIL_BUG, DIAG_NOWHERE, "internal", "a search reads the input, and was not expected to");
    run_root(run)->made++;
    s = make(run, plan, &rows->run);
    if (s == OK)
        s = gather_rows(run, 0, rows);
    if (s == DONE) {
        run_stop(rows->run);
        return inner_account(run, rows->run, OK);
    }
    if (rows->run)
        diag_copy(diag, &rows->run->diag);
    return s;
}

status inners_run(struct run *run)
{
    TRY(run_texts(run));
    if (run->plan->inner == 0)
        return OK;
    TRY_NEW(run->inner = ARENA_ARRAY(&run->arena, struct inner_rows, run->plan->inner));
    for (const struct subsearch *one = run->plan->subsearch; one; one = one->next)
        if (one->kind == SUBSEARCH_ROWS)
            TRY(run_rows(run, one, &run->inner[one->number]));
    return OK;
}

void inner_rows_free(struct inner_rows *rows)
{
    if (rows->store.heap)
        row_store_free(&rows->store);
    row_merge_free(&rows->merge);
    row_runs_free(&rows->runs);
    run_free(rows->run);
    *rows = (struct inner_rows){ 0 };
}

/* The last first: a fed run may hold rows of one before it. */
void inners_free(struct run *run)
{
    for (uint32_t i = run->inner ? run->plan->inner : 0; i-- > 0;)
        inner_rows_free(&run->inner[i]);
    heap_free(&run->heap, run->inner_stats, run->inner_stats_room * sizeof *run->inner_stats);
    if (run->compile_context.regexes)
        regex_cache_free(run->compile_context.regexes);
    plan_free(run->own);
}

struct inner_rows *inner_rows(const struct run *run, const struct subsearch *subsearch)
{
    return &run->inner[subsearch->number];
}

status inner_rows_open(struct inner_rows *rows, struct diag *diag)
{
    rows->runs.diag = diag;
    for (uint32_t i = 0; i < rows->runs.spools; i++)
        rows->runs.spool[i]->diag = diag;
    return rows->runs.count ? inner_rows_flush(rows) : row_store_seal(&rows->store);
}

status inner_rows_flush(struct inner_rows *rows)
{
    static const struct row_order as_they_came = { 0 };

    if (rows->store.rows)
        TRY(put_aside(rows));
    return rows->merge.runs ? OK : row_merge_open(&rows->merge, &rows->runs, &rows->store, as_they_came);
}

void inner_rows_drop(struct inner_rows *rows)
{
    rows->read = rows->rows;
    row_store_clear(&rows->store);
    row_merge_free(&rows->merge);
    row_runs_free(&rows->runs);
}

status inner_rows_next(struct inner_rows *rows, uint32_t most, struct batch **out)
{
    uint64_t left = rows->rows - rows->read;

    if (left == 0)
        return DONE;
    most = left < most ? (uint32_t)left : most;
    if (rows->runs.count)
        TRY(row_merge_next(&rows->merge, most, out));
    else
        TRY(row_store_gather(&rows->store, NULL, (uint32_t)rows->read, most, out));
    rows->read += (*out)->size;
    return OK;
}
