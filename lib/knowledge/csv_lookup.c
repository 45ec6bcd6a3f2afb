#include "knowledge/csv_lookup.h"

#include "base/thread.h"
#include "knowledge/match_index.h"
#include "syntax/parse.h"
#include "text/fold.h"
#include "time/strptime.h"
#include "value/number.h"
#include "vm/program.h"

#include <math.h>
#include <stdlib.h>

struct csv_lookup {
    struct lookup                 lookup;
    struct heap                   heap;         /* bounded */
    struct heap                  *parent;
    struct arena                  arena;
    struct mutex                  lock;         /* of `column` and `index`, which grow; their members do not change */
    struct csv_table             *table;
    const struct lookup_settings *settings;
    uint32_t                     *kept;         /* rows that pass the filter; NULL: all do */
    uint32_t                      rows;         /* so many */
    uint32_t                     *row;          /* by place, NULL: places are rows */
    double                       *time;         /* by place, descending; NULL: not timed */
    uint32_t                      places;
    struct match_column          *column;       /* made so far */
    struct match_index           *index;
};

static struct csv_lookup *csv_of(const struct lookup *lookup)
{
    return container_of((struct lookup *)lookup, struct csv_lookup, lookup);
}

static void close(struct lookup *lookup)
{
    struct csv_lookup *csv = csv_of(lookup);
    struct heap       *parent = csv->parent;

    csv_table_release(csv->table);
    arena_free(&csv->arena);
    mutex_free(&csv->lock);
    heap_free(parent, csv, sizeof *csv);
}

/* --- indexes ------------------------------------------------------------------------------------------------------- */

static enum match_type type_of(const struct csv_lookup *csv, uint32_t column)
{
    for (uint32_t i = 0; i < csv->settings->rules; i++)
        if (str_equal(csv->settings->rule[i].column, csv->lookup.column[column]))
            return csv->settings->rule[i].type;
    return MATCH_EXACT;
}

static status ready_column(struct csv_lookup *csv, uint32_t column, enum cpu_level cpu, struct match_column **out)
{
    for (*out = csv->column; *out; *out = (*out)->next)
        if ((*out)->column == column)
            return OK;
    TRY_NEW(*out = ARENA_NEW(&csv->arena, struct match_column));
    **out = (struct match_column){ .column = column, .type = type_of(csv, column), .places = csv->places };
    TRY(match_column_make(*out, &csv->arena, cpu, csv->settings->any_case, csv->table->column[column], csv->row));
    (*out)->next = csv->column;
    csv->column = *out;
    return OK;
}

static bool is_for(const struct match_index *index, const struct lookup_use *use)
{
    bool same = index->matches == use->matches;

    for (uint32_t m = 0; same && m < use->matches; m++)
        same = index->key[m]->column == use->match[m];
    return same;
}

static status ready_index(struct csv_lookup *csv, const struct lookup_use *use, enum cpu_level cpu,
                          struct match_index **out)
{
    struct match_index *index;

    for (*out = csv->index; *out; *out = (*out)->next)
        if (is_for(*out, use))
            return OK;
    TRY_NEW(index = ARENA_NEW(&csv->arena, struct match_index));
    TRY_NEW(index->key = ARENA_ARRAY(&csv->arena, struct match_column *, use->matches));
    index->matches = use->matches;
    for (uint32_t m = 0; m < use->matches; m++) {
        TRY(ready_column(csv, use->match[m], cpu, &index->key[m]));
        if (index->key[m]->type == MATCH_CIDR)
            index->leader = m;
    }
    TRY(match_index_build(index, &csv->arena));
    index->next = csv->index;
    csv->index = *out = index;
    return OK;
}

static status prepare(struct lookup_use *use, struct context *context)
{
    struct csv_lookup  *csv = csv_of(use->lookup);
    struct match_index *index;
    status              result;

    mutex_lock(&csv->lock);
    result = ready_index(csv, use, context->cpu, &index);
    mutex_unlock(&csv->lock);
    use->prepared = index;
    return result == FAIL_MEMORY && atomic_load(&csv->heap.refused) ? FAIL_LIMIT : result;
}

/* --- finding ------------------------------------------------------------------------------------------------------- */

/* The first place whose time is not above (`below`: is below) that. */
static uint32_t place_of_time(const struct csv_lookup *csv, double time, bool below)
{
    uint32_t from = 0, count = csv->places;

    while (from < count) {
        uint32_t middle = from + (count - from) / 2;

        if (csv->time[middle] > time || (below && csv->time[middle] == time))
            from = middle + 1;
        else
            count = middle;
    }
    return from;
}

/* Entries are as much older than the event as the offsets say. */
static void bound_places(const struct csv_lookup *csv, const struct lookup_keys *keys, uint32_t key,
                         struct match_search *search)
{
    search->first = 0;
    search->end = csv->places;
    if (!keys->time)
        return;
    search->first = place_of_time(csv, keys->time[key] - csv->settings->min_offset, false);
    search->end = place_of_time(csv, keys->time[key] - csv->settings->max_offset, true);
    if (isnan(keys->time[key]))
        search->end = search->first;
}

static status give_cells(const struct csv_lookup *csv, const struct lookup_use *use, const struct match_search *search,
                         struct arena *arena, struct lookup_hits *hits)
{
    TRY_NEW(hits->cell = arena_alloc(arena, (size_t)search->count * use->outputs * sizeof *hits->cell));
    for (uint32_t h = 0; h < search->count; h++) {
        uint32_t row = csv->row ? csv->row[search->found[h]] : search->found[h];

        for (uint32_t o = 0; o < use->outputs; o++)
            hits->cell[(size_t)h * use->outputs + o] = csv->table->column[use->output[o]][row];
    }
    return OK;
}

static status find(const struct lookup_use *use, const struct lookup_keys *keys, struct context *context,
                   struct arena *arena, struct lookup_hits *hits)
{
    const struct csv_lookup  *csv = csv_of(use->lookup);
    const struct match_index *index = use->prepared;
    struct match_search       search = { .index = index, .arena = arena, .most = csv->lookup.max_matches };
    str                      *text;

    (void)context;
    TRY_NEW(search.text = text = arena_alloc(arena, use->matches * sizeof *text));
    TRY_NEW(search.address = ARENA_ARRAY(arena, struct address, use->matches));
    TRY_NEW(search.seen = ARENA_ARRAY(arena, uint32_t, index->grams.count + (size_t)1));
    TRY_NEW(hits->from = arena_alloc(arena, (keys->count + (size_t)1) * sizeof *hits->from));
    for (uint32_t k = 0; k < keys->count; k++) {
        hits->from[k] = search.count;
        search.number = k + 1;
        for (uint32_t m = 0; m < use->matches; m++) {
            text[m] = cell_str(&keys->value[(size_t)k * use->matches + m]);
            if (csv->settings->any_case && index->key[m]->type != MATCH_CIDR)
                TRY_NEW((text[m] = fold_copy(arena, text[m])).at);
        }
        bound_places(csv, keys, k, &search);
        TRY(match_search_run(&search));
    }
    hits->from[keys->count] = search.count;
    return give_cells(csv, use, &search, arena, hits);
}

/* --- rows ---------------------------------------------------------------------------------------------------------- */

static status rows(const struct lookup *lookup, uint64_t from, uint32_t most, struct context *context,
                   struct arena *arena, struct column **column, uint32_t *got)
{
    const struct csv_lookup *csv = csv_of(lookup);

    (void)context;
    *got = from >= csv->rows ? 0 : csv->rows - from < most ? csv->rows - (uint32_t)from : most;
    for (uint32_t i = 0; i < lookup->columns && *got; i++) {
        if (csv->kept) {
            TRY_NEW(column[i] = column_cells(arena, *got, KINDS_TEXT));
            for (uint32_t r = 0; r < *got; r++)
                column[i]->cell[r] = csv->table->column[i][csv->kept[from + r]];
        } else {
            TRY_NEW(column[i] = column_cells(arena, 0, KINDS_TEXT));
            column[i]->cell = csv->table->column[i] + from;
        }
    }
    return OK;
}

static void print(const struct lookup *lookup, struct buf *out)
{
    static const char *const       words[] = { "EXACT", "WILDCARD", "CIDR" };
    const struct csv_lookup       *csv = csv_of(lookup);
    const struct lookup_settings  *settings = csv->settings;

    buf_print(out, "CSV, %u rows", csv->rows);
    for (uint32_t i = 0; i < settings->rules; i++)
        buf_print(out, ", %s(%.*s)", words[settings->rule[i].type], SHOW(settings->rule[i].column));
    if (settings->any_case)
        buf_text(out, ", in any case");
    if (settings->time_field.size)
        buf_print(out, ", by %.*s", SHOW(settings->time_field));
}

static const struct lookup_kind csv_kind = {
    .lasting = true, .prepare = prepare, .find = find, .rows = rows, .print = print, .close = close,
};

/* --- the filter ---------------------------------------------------------------------------------------------------- */

static status table_batch(const struct csv_lookup *csv, struct context *context, struct batch *batch)
{
    for (uint32_t i = 0; i < csv->lookup.columns; i++) {
        const struct name *name = names_intern(context->names, csv->lookup.column[i]);
        struct column     *column = column_cells(&batch->arena, 0, KINDS_TEXT);

        TRY_NEW(name && column ? column : NULL);
        column->cell = csv->table->column[i];
        TRY(batch_set(batch, name, column, 0));
    }
    return OK;
}

static status keep_rows(struct csv_lookup *csv, const struct rows *passed)
{
    TRY_NEW(csv->kept = arena_alloc(&csv->arena, passed->count * sizeof *csv->kept));
    for (uint32_t i = 0; i < passed->count; i++)
        csv->kept[i] = rows_at(passed, i);
    csv->rows = passed->count;
    return OK;
}

static status run_filter(struct csv_lookup *csv, struct context *context, const struct program *program)
{
    struct machine *machine = NULL;
    struct batch   *batch = batch_new(context->heap, csv->table->rows);
    status          result = batch ? table_batch(csv, context, batch) : FAIL_MEMORY;
    struct rows     passed;

    if (result == OK)
        result = machine_new(program, context, &machine);
    if (result == OK)
        result = machine_filter(machine, batch, &batch->arena, &passed);
    if (result == OK)
        result = keep_rows(csv, &passed);
    machine_free(machine);
    batch_release(batch);
    return result;
}

/* Mistakes in the filter have places in it, not in the query. */
static status apply_filter(struct csv_lookup *csv, const struct compile *given, struct span span)
{
    struct compile  compile = *given;
    struct program *program = NULL;
    struct diag     diag;
    struct arena    arena;
    struct node    *node;
    status          result;

    diag_init(&diag, given->heap);
    arena_init(&arena, given->heap);
    compile.diag = &diag;
    compile.arena = &arena;
    compile.rewrite = true;
    result = parse_search(&arena, &diag, (struct passage){ csv->settings->filter, span, true }, &node);
    if (result == OK)
        result = program_search(&compile, node, &program);
    if (result == OK)
        result = run_filter(csv, given->context, program);
    if (result == FAIL_QUERY)
        diag_at(given->diag, FAIL_QUERY, span, "lookup-definition", "the filter of lookup '%.*s' is wrong: %.*s",
                SHOW(csv->lookup.name), SHOW(diag.count ? diag.item[0].message : STR("")));
    program_drop(program);
    diag_free(&diag);
    arena_free(&arena);
    return result;
}

/* --- time ---------------------------------------------------------------------------------------------------------- */

struct timed_row {
    double   time;
    uint32_t row;
};

/* The latest first; of one time as in the file. */
static int latest_first(const void *a, const void *b)
{
    const struct timed_row *one = a, *other = b;

    if (one->time != other->time)
        return one->time > other->time ? -1 : 1;
    return one->row < other->row ? -1 : 1;
}

static bool read_time(const struct csv_lookup *csv, const struct time_format *format, struct zone_view *view,
                      struct context *context, const struct cell *cell, double *out)
{
    if (cell->kind == KIND_NULL)
        return false;
    if (str_is(csv->settings->time_format, "%s.%Q") && number_parse(cell_str(cell), out, NULL))
        return isfinite(*out);                      /* whole seconds have no point behind them */
    return time_parse(format, view, context->now, cell_str(cell), out) == OK;
}

/* Rows without a time match nothing. */
static status order_by_time(struct csv_lookup *csv, uint32_t column, struct context *context)
{
    struct time_format *format;
    struct zone_view    view;
    struct timed_row   *timed = arena_alloc(&csv->arena, csv->rows * sizeof *timed);
    uint32_t            count = 0;

    TRY_NEW(timed);
    TRY(time_format_compile(&csv->arena, csv->settings->time_format, &format));
    zone_view_init(&view, context->zone ? context->zone : &zone_utc, NULL);
    for (uint32_t i = 0; i < csv->rows; i++) {
        timed[count].row = csv->kept ? csv->kept[i] : i;
        count += read_time(csv, format, &view, context, &csv->table->column[column][timed[count].row], &timed[count].time);
    }
    if (count)
        qsort(timed, count, sizeof *timed, latest_first);
    TRY_NEW(csv->row = arena_alloc(&csv->arena, count * sizeof *csv->row));
    TRY_NEW(csv->time = arena_alloc(&csv->arena, count * sizeof *csv->time));
    csv->places = count;
    for (uint32_t i = 0; i < count; i++) {
        csv->row[i] = timed[i].row;
        csv->time[i] = timed[i].time;
    }
    return OK;
}

/* --- making one ---------------------------------------------------------------------------------------------------- */

static status check_column(const struct csv_lookup *csv, const char *setting, str name, struct diag *diag,
                           struct span span, uint32_t *out)
{
    for (*out = 0; *out < csv->lookup.columns; ++*out)
        if (str_equal(csv->lookup.column[*out], name))
            return OK;
    return diag_at(diag, FAIL_QUERY, span, "lookup-definition", "%s of lookup '%.*s' names '%.*s', which is none of its "
                   "columns", setting, SHOW(csv->lookup.name), SHOW(name));
}

static status apply_settings(struct csv_lookup *csv, const struct compile *compile, struct span span)
{
    const struct lookup_settings *settings = csv->settings;
    struct lookup                *lookup = &csv->lookup;
    uint32_t                      column;

    for (uint32_t i = 0; i < settings->rules; i++)
        TRY(check_column(csv, "match_type", settings->rule[i].column, compile->diag, span, &column));
    lookup->timed = settings->time_field.size > 0;
    lookup->max_matches = settings->max_matches ? settings->max_matches : lookup->timed ? 1 : 100;
    lookup->min_matches = settings->min_matches;
    lookup->default_match = settings->default_match.at ? settings->default_match : STR("");
    if (settings->filter.size)
        TRY(apply_filter(csv, compile, span));
    csv->row = csv->kept;
    csv->places = csv->rows;
    if (!lookup->timed)
        return OK;
    TRY(check_column(csv, "time_field", settings->time_field, compile->diag, span, &column));
    return order_by_time(csv, column, compile->context);
}

static struct csv_lookup *allocate(struct heap *parent, size_t limit, str name)
{
    struct csv_lookup *csv = heap_zero(parent, 1, sizeof *csv);

    if (!csv)
        return NULL;
    if (mutex_init(&csv->lock) != OK) {
        heap_free(parent, csv, sizeof *csv);
        return NULL;
    }
    csv->parent = parent;
    heap_inside(&csv->heap, parent, limit);
    arena_init(&csv->arena, &csv->heap);
    csv->lookup.kind = &csv_kind;
    csv->lookup.name = arena_str(&csv->arena, name);
    if (csv->lookup.name.at)
        return csv;
    close(&csv->lookup);
    return NULL;
}

status csv_lookup_new(struct heap *parent, size_t limit, str name, struct csv_table *table,
                      const struct lookup_settings *settings, const struct compile *compile, struct span span,
                      struct lookup **out)
{
    struct csv_lookup *csv = allocate(parent, limit, name);
    status             result;

    *out = NULL;
    TRY_NEW(csv);
    csv_table_retain(table);
    csv->table = table;
    csv->settings = settings;
    csv->rows = table->rows;
    csv->lookup.column = table->name;
    csv->lookup.columns = table->columns;
    result = apply_settings(csv, compile, span);
    if (result == OK)
        *out = &csv->lookup;
    else
        close(&csv->lookup);
    return result;
}

/* --- nothing ------------------------------------------------------------------------------------------------------- */

static void print_missing(const struct lookup *lookup, struct buf *out)
{
    (void)lookup;
    buf_text(out, "not there, so it is empty");
}

static const struct lookup_kind missing_kind = { .lasting = true, .print = print_missing, .close = close };

status missing_lookup_new(struct heap *parent, str name, struct lookup **out)
{
    struct csv_lookup *csv = allocate(parent, 0, name);

    TRY_NEW(csv);
    csv->lookup.kind = &missing_kind;
    csv->lookup.missing = true;
    *out = &csv->lookup;
    return OK;
}
