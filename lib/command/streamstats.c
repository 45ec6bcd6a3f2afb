/* streamstats: to every row the aggregates of the rows up to it (reporting 4.3), or of a window of them. A row without a
 * value in some BY field passes unchanged, but takes its place in a window of all rows; of a multivalue BY field the row
 * counts in the group of each value and gets the results of the first. With time_window a row without a time passes as well,
 * and every group has a window of its own.
 *
 * Each row wants the state of its group, or the rows of its window, at once: these stay in memory, counted, and where there
 * are too many groups for it the search ends with an error. */
#include "command/running.h"

#include "command/filter.h"
#include "flow/run.h"
#include "plan/subsearch.h"
#include "syntax/parse.h"

#include <math.h>

enum { AGGREGATES, BY, CURRENT, WINDOW, GLOBAL, ALLNUM, TIME_WINDOW, RESET_ON_CHANGE, RESET_BEFORE, RESET_AFTER };

static const struct param streamstats_params[] = {
    [AGGREGATES] = { "aggregates", PARAM_AGGREGATES, PLACE_LIST, .required = true,
                     .help = "count, dc(user) AS users ..." },
    [BY] = { "by", PARAM_BY, PLACE_KEYWORD, .help = "separately for each combination of their values" },
    [CURRENT] = { "current", PARAM_BOOL, PLACE_NAMED, .preset = "true", .help = "the row itself counts" },
    [WINDOW] = { "window", PARAM_COUNT, PLACE_NAMED, .preset = "0", .ceiling = LIMIT_WINDOW,
                 .help = "only so many rows count; 0: all" },
    [GLOBAL] = { "global", PARAM_BOOL, PLACE_NAMED, .preset = "true", .help = "one window for all groups" },
    [ALLNUM] = { "allnum", PARAM_BOOL, PLACE_NAMED, .preset = "false",
                 .help = "numeric functions give nothing where a value is no number" },
    [TIME_WINDOW] = { "time_window", PARAM_SPAN, PLACE_NAMED,
                      .help = "only rows this near in time count; they must be sorted" },
    [RESET_ON_CHANGE] = { "reset_on_change", PARAM_BOOL, PLACE_NAMED, .preset = "false",
                          .help = "start anew when the BY fields change" },
    [RESET_BEFORE] = { "reset_before", PARAM_TEXT, PLACE_NAMED, .help = "start anew before rows for which this is true" },
    [RESET_AFTER] = { "reset_after", PARAM_TEXT, PLACE_NAMED,
                      .help = "start anew after such rows; may use the results" },
    { 0 }
};

struct streamstats_bound {
    struct measures measures;
    struct program *before, *after;
    double          span;
};

struct streamstats {
    struct op           op;
    struct running      running;
    struct groups       groups;
    const struct name **by;
    struct column     **key;
    bool                on_change;
    uint32_t           *last;           /* groups of the latest row that had any */
    uint32_t            lasts, last_room;
    double              time;           /* time_window: of the latest row; NaN: none yet */
    int                 direction;      /* of time: 1, -1; 0: not known yet */
    struct machine     *before, *after;
    struct batch       *row;            /* the fields that `after` reads, of one row */
    struct arena        scratch;        /* for `after` */
};

/* --- binding ------------------------------------------------------------------------------------------------------- */

/* (EXPR), "(EXPR)", and what people copy from the manual: "("EXPR")". In quotes, \" stands for a quote. */
static status reset_passage(struct binder *binder, const struct argument *argument, struct passage *out)
{
    str  text = argument->passage.text;
    bool odd = str_starts(text, STR("\"(\"")) && text.size >= 6
            && str_equal(str_slice(text, text.size - 3, text.size), STR("\")\""));
    bool quoted = odd || argument->text.at != text.at;
    char *copy;
    size_t size = 0;

    *out = argument->passage;
    if (odd) {
        out->text = text = str_slice(text, 3, text.size - 3);
        if (!out->copied) {
            out->span.from += 3;
            out->span.to -= 3;
        }
    }
    if (!quoted || str_find(text, STR("\\\""), 0) == SIZE_MAX)
        return OK;
    TRY_NEW(copy = arena_alloc(binder->arena, text.size + 1));
    for (size_t i = 0; i < text.size; i++)
        if (text.at[i] != '\\' || i + 1 == text.size || text.at[i + 1] != '"')
            copy[size++] = text.at[i];
    copy[size] = 0;
    *out = (struct passage){ .text = { copy, size }, .span = out->span, .copied = true };
    return OK;
}

static status bind_reset(struct binder *binder, const struct stage *stage, uint32_t number, struct program **out)
{
    const struct argument *argument = stage_argument(stage, number);
    struct passage         passage;
    struct node           *node;

    if (!argument->given)
        return OK;
    TRY(reset_passage(binder, argument, &passage));
    TRY(parse_expr(binder->arena, binder->diag, passage, &node));
    TRY(subsearch_find(binder, stage, node, passage.copied));
    return program_condition(&binder->compile, node, out);
}

static status bind_time_window(struct binder *binder, const struct stage *stage, double *seconds)
{
    const struct argument *argument = stage_argument(stage, TIME_WINDOW);
    struct time_span       span;

    if (!argument->given)
        return OK;
    if (time_span_parse(argument->text, &span) != OK)
        return diag_at(binder->diag, FAIL_QUERY, argument->span, "bad-span", "'%.*s' is no span of time",
                       SHOW(argument->text));
    *seconds = time_span_seconds(&span);
    return OK;
}

static status streamstats_bind(struct binder *binder, struct stage *stage)
{
    struct streamstats_bound *bound = stage->bound;
    const struct argument    *by = stage_argument(stage, BY), *on_change = stage_argument(stage, RESET_ON_CHANGE);

    if (on_change->truth && by->count == 0)
        diag_warn(binder->diag, on_change->span, "unused-option", "without BY nothing changes for 'reset_on_change'");
    bound->measures.by = by->names;
    bound->measures.bys = by->count;
    bound->measures.allnum = stage_argument(stage, ALLNUM)->truth;
    TRY(measures_bind(binder, stage_argument(stage, AGGREGATES)->aggregates, 0, &bound->measures));
    TRY(bind_time_window(binder, stage, &bound->span));
    TRY(bind_reset(binder, stage, RESET_BEFORE, &bound->before));
    return bind_reset(binder, stage, RESET_AFTER, &bound->after);
}

static void streamstats_drop(struct stage *stage)
{
    struct streamstats_bound *bound = stage->bound;

    measures_drop(&bound->measures);
    program_drop(bound->before);
    program_drop(bound->after);
}

static status streamstats_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct streamstats_bound *bound = stage->bound;

    for (uint32_t i = 0; i < bound->measures.bys; i++)
        TRY(wanted_add(wanted, bound->measures.by[i]));
    if (bound->span > 0)
        TRY(wanted_add(wanted, STR("_time")));
    if (bound->before)
        TRY(wants_program(wanted, bound->before));
    if (bound->after)
        TRY(wants_program(wanted, bound->after));
    return measures_needs(&bound->measures, wanted);
}

/* --- rows ---------------------------------------------------------------------------------------------------------- */

struct stream {                         /* a batch on its way */
    struct streamstats *streamstats;
    struct batch       *in, *out;
    struct grouping     grouping;
    uint32_t            entry;          /* the next of `grouping` */
    struct rows         resets;         /* rows for which reset_before is true */
    uint32_t            reset;          /* the next of them */
    struct cell        *cell;           /* results: by place of the row in the selection, then by work */
    uint8_t            *grouped;        /* by place: the row has results */
    uint32_t           *from;           /* by work: the place from which on it is known that there is such a field */
    uint32_t            works;
};

/* The tuple of BY values counts as changed if any of its groups is another. */
static status note_change(struct streamstats *streamstats, const uint32_t *group, uint32_t count)
{
    if (streamstats->lasts && (streamstats->lasts != count || memcmp(streamstats->last, group, count * sizeof *group)))
        running_clear(&streamstats->running);
    if (!heap_grow(streamstats->op.context->heap, &streamstats->last, &streamstats->last_room, count, sizeof *group))
        return FAIL_MEMORY;
    memcpy(streamstats->last, group, count * sizeof *group);
    streamstats->lasts = count;
    return OK;
}

/* Windows of time want rows in the order of time, either way round. */
static status check_time(struct streamstats *streamstats, double time)
{
    int direction = time > streamstats->time ? 1 : time < streamstats->time ? -1 : 0;

    if (direction && streamstats->direction && direction != streamstats->direction)
        return op_fail(&streamstats->op, FAIL_DATA, "unsorted", "time_window wants events sorted by _time");
    streamstats->direction = direction ? direction : streamstats->direction;
    streamstats->time = time;
    return OK;
}

/* What a field has in a row: a result if one has that name. */
static struct cell field_of(const struct stream *stream, const struct name *name, uint32_t place)
{
    const struct tallies *tallies = &stream->streamstats->running.tallies;
    const struct column  *column = batch_column(stream->in, name);

    for (uint32_t i = 0; stream->grouped[place] && i < tallies->works; i++)
        if (tallies->work[i]->name == name && tallies_show(tallies->work[i]))
            return stream->cell[(size_t)place * stream->works + i];
    return column ? column_cell(column, batch_row(stream->in, place)) : cell_null();
}

static status reset_after(struct stream *stream, uint32_t place)
{
    struct streamstats *streamstats = stream->streamstats;
    struct batch       *one = streamstats->row;
    struct rows         rows;

    for (uint32_t i = 0; i < one->fields; i++) {
        struct cell *cell = &one->field[i].column->cell[0];
        *cell = field_of(stream, one->field[i].name, place);
        if (cell->kind == KIND_NUMBER)
            cell->flags |= CELL_SOFT;
    }
    TRY(machine_filter(streamstats->after, one, &streamstats->scratch, &rows));
    if (rows.count)
        running_clear(&streamstats->running);
    arena_reset(&streamstats->scratch);
    return OK;
}

static status next_row(struct stream *stream, uint32_t place)
{
    struct streamstats    *streamstats = stream->streamstats;
    struct running        *running = &streamstats->running;
    const struct grouping *grouping = &stream->grouping;
    static const uint32_t  all[1] = { 0 };
    uint32_t               row = batch_row(stream->in, place), count = 0;
    const uint32_t        *group = grouping->group ? grouping->group + stream->entry : all;

    for (; stream->entry < grouping->count; stream->entry++, count++)
        if ((grouping->row ? grouping->row[stream->entry] : stream->entry) != row)
            break;
    if (stream->reset < stream->resets.count && rows_at(&stream->resets, stream->reset) == row) {
        running_clear(running);
        stream->reset++;
    }
    if (running->span > 0 && isnan(running->time[row]))
        count = 0;
    if (count && streamstats->on_change && streamstats->groups.keys)
        TRY(note_change(streamstats, group, count));
    if (count && running->span > 0)
        TRY(check_time(streamstats, running->time[row]));
    stream->grouped[place] = count > 0;
    TRY(running_next(running, row, group, count, &stream->out->arena, stream->cell + (size_t)place * stream->works));
    for (uint32_t i = 0; i < stream->works; i++)
        if (running->tallies.work[i]->measure->wild && !tallies_show(running->tallies.work[i]))
            stream->from[i] = place + 1;
    return streamstats->after ? reset_after(stream, place) : OK;
}

/* --- results ------------------------------------------------------------------------------------------------------- */

/* Rows without results keep what the field had. */
static status set_column(struct stream *stream, const struct tally_work *work, uint32_t number)
{
    struct streamstats    *streamstats = stream->streamstats;
    const struct measures *measures = streamstats->running.tallies.measures;
    struct batch          *out = stream->out;
    struct column         *column, *before = batch_column(stream->in, work->name);
    uint32_t               rank = rank_at(streamstats->op.stage->rank, (uint32_t)(work->measure - measures->item));

    TRY(batch_decode(stream->in, before));
    TRY(column_to_cells(before, &out->rows, out->size, &out->arena, &column));
    for (uint32_t i = stream->from[number]; i < batch_rows(out); i++) {
        struct cell cell = stream->cell[(size_t)i * stream->works + number];
        if (!stream->grouped[i])
            continue;
        if (cell.kind == KIND_NUMBER)
            cell.flags |= CELL_SOFT;
        column->cell[batch_row(out, i)] = cell;
        column->kinds |= (uint8_t)KINDS(cell.kind);
    }
    return work->measure->wild ? batch_assign_some(out, work->name, column, rank | RANK_BY_NAME)
        : batch_assign(out, work->name, column, rank);
}

static status set_columns(struct stream *stream)
{
    struct streamstats   *streamstats = stream->streamstats;
    struct tallies       *tallies = &streamstats->running.tallies;
    struct tally_work   **column;
    const struct measure *clash;
    uint32_t              columns;
    status                s = tallies_columns(tallies, &streamstats->op.step, &column, &columns, &clash);

    if (clash)
        return op_fail(&streamstats->op, FAIL_DATA, "name-clash", "'%.*s' stands for several fields, but they have one name",
                       SHOW(clash->field));
    TRY(s);
    for (uint32_t i = 0; i < columns; i++)
        for (uint32_t w = 0; w < tallies->works; w++)
            if (tallies->work[w] == column[i])
                TRY(set_column(stream, column[i], w));
    return OK;
}

/* The columns that rows are read from one by one. */
static status decode(struct streamstats *streamstats, struct batch *in)
{
    for (uint32_t i = 0; i < streamstats->groups.keys; i++) {
        streamstats->key[i] = batch_column(in, streamstats->by[i]);
        TRY(batch_decode(in, streamstats->key[i]));
    }
    for (uint32_t i = 0; streamstats->row && i < streamstats->row->fields; i++)
        TRY(batch_decode(in, batch_column(in, streamstats->row->field[i].name)));
    return OK;
}

static status stream_rows(struct stream *stream)
{
    struct streamstats *streamstats = stream->streamstats;
    struct arena       *step = &streamstats->op.step;
    uint32_t            rows = batch_rows(stream->in);

    TRY(decode(streamstats, stream->in));
    TRY(groups_assign(&streamstats->groups, (const struct column *const *)streamstats->key, &stream->in->rows, step,
                      &stream->grouping));
    TRY(running_batch(&streamstats->running, stream->in, step));
    if (streamstats->before)
        TRY(machine_filter(streamstats->before, stream->in, step, &stream->resets));
    stream->works = streamstats->running.tallies.works;
    TRY_NEW(stream->cell = ARENA_ARRAY(step, struct cell, (size_t)rows * stream->works + 1));
    TRY_NEW(stream->from = ARENA_ARRAY(step, uint32_t, stream->works + (size_t)1));
    TRY_NEW(stream->grouped = ARENA_ARRAY(step, uint8_t, rows + (size_t)1));
    for (uint32_t i = 0; i < rows; i++) {
        if (i % 64 == 0)
            TRY(run_check(streamstats->op.run));
        TRY(next_row(stream, i));
    }
    return set_columns(stream);
}

static status streamstats_push(struct op *op, struct batch *in)
{
    struct stream stream = { .streamstats = container_of(op, struct streamstats, op), .in = in };
    status        s;

    TRY_NEW(stream.out = batch_derive(in));
    s = stream_rows(&stream);
    if (s != OK) {
        batch_release(stream.out);
        return s;
    }
    return op_emit(op, stream.out);
}

static void streamstats_close(struct op *op)
{
    struct streamstats *streamstats = container_of(op, struct streamstats, op);

    running_free(&streamstats->running);
    groups_free(&streamstats->groups);
    heap_free(op->context->heap, streamstats->last, streamstats->last_room * sizeof *streamstats->last);
    machine_free(streamstats->before);
    machine_free(streamstats->after);
    batch_release(streamstats->row);
    arena_free(&streamstats->scratch);
}

static status streamstats_gives(const struct stage *stage, struct wanted *columns)
{
    return measures_give(&((const struct streamstats_bound *)stage->bound)->measures, columns);
}

static const struct op_kind streamstats_kind = {
    .name = "streamstats", .push = streamstats_push, .close = streamstats_close,
};

/* --- opening ------------------------------------------------------------------------------------------------------- */

static status open_resets(struct streamstats *streamstats, const struct streamstats_bound *bound)
{
    struct op           *op = &streamstats->op;
    struct program_names reads;

    if (bound->before)
        TRY(machine_new(bound->before, op->context, &streamstats->before));
    if (!bound->after)
        return OK;
    TRY(machine_new(bound->after, op->context, &streamstats->after));
    TRY_NEW(streamstats->row = batch_new(op->context->heap, 1));
    reads = program_reads(bound->after);
    for (uint32_t i = 0; i < reads.count; i++) {
        const struct name *name = names_intern(op->context->names, reads.name[i]);
        struct column     *column = column_cells(&streamstats->row->arena, 1, KINDS_ANY);
        TRY_NEW(name && column ? column : NULL);
        column->cell[0] = cell_null();
        TRY(batch_append(streamstats->row, name, column, 0));
    }
    return OK;
}

static status setup(struct streamstats *streamstats, const struct streamstats_bound *bound)
{
    struct op             *op = &streamstats->op;
    const struct measures *measures = &bound->measures;
    struct running        *running = &streamstats->running;

    arena_init(&streamstats->scratch, op->context->heap);
    streamstats->time = NAN;
    streamstats->on_change = stage_argument(op->stage, RESET_ON_CHANGE)->truth;
    TRY(groups_init(&streamstats->groups, op->context->heap, measures->bys));
    TRY_NEW(streamstats->by = ARENA_ARRAY(&op->arena, const struct name *, measures->bys + (size_t)1));
    TRY_NEW(streamstats->key = ARENA_ARRAY(&op->arena, struct column *, measures->bys + (size_t)1));
    for (uint32_t i = 0; i < measures->bys; i++)
        TRY_NEW(streamstats->by[i] = names_intern(op->context->names, measures->by[i]));
    running->current = stage_argument(op->stage, CURRENT)->truth;
    running->global = stage_argument(op->stage, GLOBAL)->truth;
    running->window = (uint32_t)stage_argument(op->stage, WINDOW)->number;
    running->span = bound->span;
    running->closed = context_choice(op->context, CHOICE_CLOSED_WINDOW);
    if (running->span == 0 && !stage_argument(op->stage, WINDOW)->given)
        running->window = (uint32_t)context_limit(op->context, LIMIT_STREAMSTATS);
    if (running->span > 0 && running->window == 0)
        running->window = (uint32_t)context_limit(op->context, LIMIT_WINDOW);
    TRY(running_init(running, measures, op->context, &op->arena));
    return open_resets(streamstats, bound);
}

static status streamstats_open(const struct stage *stage, struct run *run, struct op **out)
{
    TRY(op_new(&streamstats_kind, sizeof(struct streamstats), stage, run, out));
    return setup(container_of(*out, struct streamstats, op), stage->bound);
}

const struct command command_streamstats = {
    .name = "streamstats",
    .usage = "streamstats [current=<bool>] [window=<rows>] [global=<bool>] [allnum=<bool>] [time_window=<span>] "
             "[reset_on_change=<bool>] [reset_before=(<expression>)] [reset_after=(<expression>)] <aggregates> "
             "[BY <fields>]",
    .summary = "Writes to every row the aggregates of the rows up to it, or of a window of them",
    .keeps = "a state of every group, and the rows in its window (at most limit.streamstats.window of them)",
    .params = streamstats_params, .traits = TRAIT_STREAMING, .bound_size = sizeof(struct streamstats_bound),
    .bind = streamstats_bind, .drop = streamstats_drop, .needs = streamstats_needs,
    .gives = streamstats_gives, .open = streamstats_open,
    .example = { "streamstats sum(x) AS s BY g",
                 "{\"g\":\"a\",\"x\":1}\n{\"g\":\"b\",\"x\":2}\n{\"g\":\"a\",\"x\":3}",
                 "{\"g\":\"a\",\"x\":1,\"s\":1}\n{\"g\":\"b\",\"x\":2,\"s\":2}\n{\"g\":\"a\",\"x\":3,\"s\":4}" },
};
