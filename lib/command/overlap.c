/* overlap: where the searches that fill a summary index looked at a time twice, or not at all (commands 6).
 *
 * Each event of a summary says which search wrote it (info_search_name, info_search_id, or info_sid as addinfo has it) and
 * over which time (info_min_time, and info_max_time, which is not in it any more). The runs of a search are held against
 * each other in order of time: a row for each gap between what was looked at so far and the next run, and for each stretch
 * that the next run looks at again. Splunk does not say what its rows are like: these have the name of the search, the type,
 * the stretch of time and both runs. Events that lack one of the fields are passed over. */
#include "flow/run.h"
#include "group/feeds.h"
#include "plan/bind.h"
#include "rows/results.h"
#include "state/interner.h"
#include "value/list.h"

#include <math.h>
#include <stdlib.h>

enum { NAME, TYPE, START, END, SECONDS, EARLIER, LATER, COLUMNS };
enum { SEARCH, ID, SID, LEAST, MOST, FIELDS };

static const char *const FIELD_NAMES[FIELDS] = {
    "info_search_name", "info_search_id", "info_sid", "info_min_time", "info_max_time",
};

struct search_run {
    uint32_t name, id;                  /* codes */
    double   from, to;
};

struct finding {
    uint32_t name, earlier, later;
    bool     gap;
    double   from, to;
};

struct overlap {
    struct op          op;
    const struct name *field[FIELDS], *column[COLUMNS];
    struct interner    texts, known;    /* names and ids; whole runs */
    struct search_run *run;             /* by code of `known` */
    uint32_t           run_room;
    struct finding    *finding;
    uint32_t           findings, finding_room;
    bool               done;
    struct results     results;
};

static status add_run(struct overlap *overlap, const struct cell *name, const struct cell *id, double from, double to)
{
    struct search_run run;
    uint32_t          count, code, before = overlap->known.count;

    memset(&run, 0, sizeof run);        /* it is told apart by its bytes */
    TRY(interner_cell(&overlap->texts, list_members(name, &count), &run.name));
    TRY(interner_cell(&overlap->texts, list_members(id, &count), &run.id));
    run.from = from + 0.0;
    run.to = to + 0.0;
    TRY(interner_text(&overlap->known, str_make((const char *)&run, sizeof run), &code));
    if (overlap->known.count == before)
        return OK;
    if (!heap_grow(overlap->op.context->heap, &overlap->run, &overlap->run_room, code + 1, sizeof run))
        return FAIL_MEMORY;
    overlap->run[code] = run;
    return OK;
}

static status overlap_push(struct op *op, struct batch *in)
{
    struct overlap *overlap = container_of(op, struct overlap, op);
    struct column  *column[FIELDS];
    const double   *least, *most;

    for (uint32_t f = 0; f < FIELDS; f++) {
        column[f] = batch_column(in, overlap->field[f]);
        TRY(batch_decode(in, column[f]));
    }
    TRY(feed_read_numbers(in, column[LEAST], &op->step, &least));
    TRY(feed_read_numbers(in, column[MOST], &op->step, &most));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        uint32_t    row = batch_row(in, i);
        struct cell name = column[SEARCH] ? column_settled(column[SEARCH], row) : cell_null();
        struct cell id = column[ID] ? column_settled(column[ID], row) : cell_null();

        if (id.kind == KIND_NULL && column[SID])
            id = column_settled(column[SID], row);
        if (name.kind != KIND_NULL && id.kind != KIND_NULL && isfinite(least[row]) && isfinite(most[row]))
            TRY(add_run(overlap, &name, &id, least[row], most[row]));
    }
    return OK;
}

/* --- runs in order of time ----------------------------------------------------------------------------------------- */

struct ordered {
    struct search_run run;
    str               name, id;
};

static int compare_runs(const void *left, const void *right)
{
    const struct ordered *a = left, *b = right;
    int                   order = str_compare(a->name, b->name);

    if (order)
        return order;
    if (a->run.from != b->run.from)
        return a->run.from < b->run.from ? -1 : 1;
    if (a->run.to != b->run.to)
        return a->run.to < b->run.to ? -1 : 1;
    return str_compare(a->id, b->id);
}

static status add_finding(struct overlap *overlap, const struct search_run *last, const struct search_run *next)
{
    bool           gap = next->from > last->to;
    struct finding finding = { next->name, last->id, next->id, gap, gap ? last->to : next->from,
                               gap ? next->from : fmin(last->to, next->to) };

    if (!(finding.to > finding.from) || (!gap && last->id == next->id))
        return OK;
    if (!heap_grow(overlap->op.context->heap, &overlap->finding, &overlap->finding_room, overlap->findings + 1,
                   sizeof finding))
        return FAIL_MEMORY;
    overlap->finding[overlap->findings++] = finding;
    return OK;
}

static status find_all(struct overlap *overlap)
{
    uint32_t        count = overlap->known.count;
    struct ordered *ordered = ARENA_ARRAY(&overlap->op.arena, struct ordered, count + (size_t)1);
    uint32_t        last = 0;           /* the run that reaches furthest */

    TRY_NEW(ordered);
    for (uint32_t i = 0; i < count; i++)
        ordered[i] = (struct ordered){ overlap->run[i], interner_str(&overlap->texts, overlap->run[i].name),
                                       interner_str(&overlap->texts, overlap->run[i].id) };
    qsort(ordered, count, sizeof *ordered, compare_runs);
    for (uint32_t i = 1; i < count; i++) {
        bool same = ordered[i].run.name == ordered[last].run.name;

        if (same)
            TRY(add_finding(overlap, &ordered[last].run, &ordered[i].run));
        if (!same || ordered[i].run.to > ordered[last].run.to)
            last = i;
    }
    return OK;
}

static status overlap_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct overlap *overlap = host;
    const struct finding *finding = &overlap->finding[row];

    (void)arena;
    switch (column) {
    case NAME:    *out = overlap->texts.cell[finding->name]; break;
    case TYPE:    *out = cell_field_text(finding->gap ? STR("gap") : STR("overlap")); break;
    case START:   *out = cell_number(finding->from); break;
    case END:     *out = cell_number(finding->to); break;
    case SECONDS: *out = cell_number(finding->to - finding->from); break;
    case EARLIER: *out = overlap->texts.cell[finding->earlier]; break;
    default:      *out = overlap->texts.cell[finding->later]; break;
    }
    return OK;
}

static status overlap_finish(struct op *op)
{
    struct overlap *overlap = container_of(op, struct overlap, op);

    if (!overlap->done) {
        TRY(find_all(overlap));
        overlap->done = true;
        overlap->results.rows = overlap->findings;
    }
    return results_emit(&overlap->results);
}

static void overlap_close(struct op *op)
{
    struct overlap *overlap = container_of(op, struct overlap, op);
    struct heap    *heap = op->context->heap;

    if (!overlap->texts.heap)
        return;
    interner_free(&overlap->texts);
    interner_free(&overlap->known);
    heap_free(heap, overlap->run, overlap->run_room * sizeof *overlap->run);
    heap_free(heap, overlap->finding, overlap->finding_room * sizeof *overlap->finding);
}

static const struct op_kind overlap_kind = {
    .name = "overlap", .push = overlap_push, .finish = overlap_finish, .close = overlap_close,
};

static status overlap_open(const struct stage *stage, struct run *run, struct op **out)
{
    static const char *const columns[COLUMNS] = {
        "info_search_name", "type", "starttime", "endtime", "duration", "earlier", "later",
    };
    struct overlap *overlap;

    TRY(op_new(&overlap_kind, sizeof *overlap, stage, run, out));
    overlap = container_of(*out, struct overlap, op);
    interner_init(&overlap->texts, (*out)->context->heap);
    interner_init(&overlap->known, (*out)->context->heap);
    for (uint32_t f = 0; f < FIELDS; f++)
        TRY_NEW(overlap->field[f] = names_intern(run->names, str_of(FIELD_NAMES[f])));
    for (uint32_t c = 0; c < COLUMNS; c++)
        TRY_NEW(overlap->column[c] = names_intern(run->names, str_of(columns[c])));
    overlap->results = (struct results){ *out, overlap->column, COLUMNS, 0, overlap_cell, overlap, .rests = true };
    return OK;
}

static status overlap_needs(const struct stage *stage, struct wanted *wanted)
{
    (void)stage;
    wanted_clear(wanted);
    for (uint32_t f = 0; f < FIELDS; f++)
        TRY(wanted_add(wanted, str_of(FIELD_NAMES[f])));
    return OK;
}

const struct command command_overlap = {
    .name = "overlap", .usage = "overlap", .summary = "Times that the searches of a summary looked at twice, or not at all",
    .keeps = "the runs of the searches",
    .traits = TRAIT_TRANSFORMS, .needs = overlap_needs, .open = overlap_open,
    .example = { "overlap | table info_search_name type starttime endtime",
                 "{\"info_search_name\":\"s\",\"info_search_id\":\"1\",\"info_min_time\":0,\"info_max_time\":60}\n"
                 "{\"info_search_name\":\"s\",\"info_search_id\":\"2\",\"info_min_time\":90,\"info_max_time\":120}",
                 "{\"info_search_name\":\"s\",\"type\":\"gap\",\"starttime\":60,\"endtime\":90}" },
};
