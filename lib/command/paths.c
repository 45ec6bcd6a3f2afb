#include "command/paths.h"

#include "flow/run.h"
#include "group/feeds.h"
#include "value/list.h"

#include <math.h>
#include <stdlib.h>

struct paths {
    struct op          op;
    const struct name *path, *size[PATHS_SIZES], *column[PATHS_SIZES + 2];
    struct interner    texts;
    double            *sum;             /* by code, bound->sizes each */
    uint32_t           sum_room;
    struct path       *row;
    struct results     results;
};

/* --- rows come ----------------------------------------------------------------------------------------------------- */

static void add_size(double *into, double size)
{
    if (isfinite(size))
        *into = isnan(*into) ? size : *into + size;
}

static status add_path(struct paths *paths, const struct cell *cell, uint32_t *code)
{
    const struct paths_bound *bound = paths->op.stage->bound;
    uint32_t                  count, before = paths->texts.count;

    TRY(interner_cell(&paths->texts, list_members(cell, &count), code));
    if (paths->texts.count == before)
        return OK;
    if (paths->texts.count > UINT32_MAX / PATHS_SIZES ||
        !heap_grow(paths->op.context->heap, &paths->sum, &paths->sum_room, paths->texts.count * PATHS_SIZES, sizeof(double)))
        return FAIL_MEMORY;
    for (uint32_t s = 0; s < bound->sizes; s++)
        paths->sum[*code * PATHS_SIZES + s] = NAN;
    return OK;
}

static status paths_push(struct op *op, struct batch *in)
{
    struct paths             *paths = container_of(op, struct paths, op);
    const struct paths_bound *bound = op->stage->bound;
    struct column            *column = batch_column(in, paths->path);
    const double             *size[PATHS_SIZES];

    if (!column)
        return OK;
    TRY(batch_decode(in, column));
    for (uint32_t s = 0; s < bound->sizes; s++) {
        TRY(batch_decode(in, batch_column(in, paths->size[s])));
        TRY(feed_read_numbers(in, batch_column(in, paths->size[s]), &op->step, &size[s]));
    }
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        uint32_t    row = batch_row(in, i), code;
        struct cell cell = column_settled(column, row);

        if (cell.kind == KIND_NULL)
            continue;
        TRY(add_path(paths, &cell, &code));
        for (uint32_t s = 0; s < bound->sizes; s++)
            add_size(&paths->sum[code * PATHS_SIZES + s], size[s][row]);
    }
    return OK;
}

/* --- folders ------------------------------------------------------------------------------------------------------- */

static uint32_t count_pieces(str text, str separator)
{
    uint32_t pieces = 1;

    for (size_t at = 0; pieces < PATHS_DEPTH && (at = str_find(text, separator, at)) != SIZE_MAX; at += separator.size)
        pieces++;
    return pieces;
}

static str first_pieces(str text, str separator, uint32_t pieces)
{
    size_t at = 0;

    for (uint32_t i = 0; i < pieces; i++) {
        size_t found = str_find(text, separator, at);
        if (found == SIZE_MAX)
            return text;
        if (i + 1 == pieces)
            return str_slice(text, 0, found);
        at = found + separator.size;
    }
    return text;
}

static void merge_paths(struct path *into, const struct path *from, uint32_t sizes)
{
    into->files += from->files;
    into->number = from->number < into->number ? from->number : into->number;
    for (uint32_t s = 0; s < sizes; s++)
        add_size(&into->size[s], from->size[s]);
}

static int by_number(const void *left, const void *right)
{
    const struct path *a = left, *b = right;

    return a->number < b->number ? -1 : a->number > b->number;
}

static int by_place(const void *left, const void *right)
{
    const struct path *a = left, *b = right;
    int                order = str_compare(a->place, b->place);

    return order ? order : by_number(left, right);
}

/* --- folderize ----------------------------------------------------------------------------------------------------- */

/* Counts the folders; `merge`: and makes them. Each in the place of its first path. */
static status cut_paths(struct op *op, const struct paths_bound *bound, struct path *path, uint32_t count, uint32_t pieces,
                        bool merge, uint32_t *folders)
{
    struct interner known;
    status          result = OK;

    TRY(run_check(op->run));
    interner_init(&known, op->context->heap);
    for (uint32_t i = 0; i < count && result == OK; i++) {
        str      text = first_pieces(path[i].text, bound->separator, pieces);
        uint32_t before = known.count, code;

        result = interner_text(&known, text, &code);
        if (result != OK || !merge)
            continue;
        path[i].text = text;
        if (known.count > before)
            path[code] = path[i];
        else
            merge_paths(&path[code], &path[i], bound->sizes);
    }
    *folders = known.count;
    interner_free(&known);
    return result;
}

status paths_cut(struct op *op, const struct paths_bound *bound, struct path *path, uint32_t *count)
{
    uint32_t low = 1, high = 1, folders;

    for (uint32_t i = 0; i < *count; i++)
        high = path[i].pieces > high ? path[i].pieces : high;
    while (low < high) {                /* the more pieces, the more folders */
        uint32_t middle = low + (high - low + 1) / 2;
        TRY(cut_paths(op, bound, path, *count, middle, false, &folders));
        if (folders <= bound->most)
            low = middle;
        else
            high = middle - 1;
    }
    TRY(cut_paths(op, bound, path, *count, low, false, &folders));
    return cut_paths(op, bound, path, *count, folders < bound->least ? low + 1 : low, true, count);
}

/* --- bucketdir ----------------------------------------------------------------------------------------------------- */

struct folder {                         /* paths side by side that can become one */
    uint32_t from, to;
    uint64_t files;
    double   size;
};

static int by_promise(const void *left, const void *right)
{
    const struct folder *a = left, *b = right;
    double               first = (double)a->files / (1 + a->size), second = (double)b->files / (1 + b->size);

    if (first != second)
        return first > second ? -1 : 1;
    return a->from < b->from ? -1 : a->from > b->from;
}

static str folder_of(const struct path *path, str separator)
{
    return first_pieces(path->place, separator, path->pieces - 1);
}

/* Those with the most pieces, `from` to `to`: folders with several of them become one as long as there are too many rows;
 * who is alone in a folder is taken for it. */
static status roll_up(struct op *op, const struct paths_bound *bound, struct path *path, uint32_t from, uint32_t to,
                      uint32_t *rows)
{
    struct folder *folder = ARENA_ARRAY(&op->step, struct folder, to - from + (size_t)1);
    uint32_t       folders = 0;

    TRY_NEW(folder);
    TRY(run_check(op->run));
    qsort(path + from, to - from, sizeof *path, by_place);
    for (uint32_t i = from; i < to; i++) {
        str  place = folder_of(&path[i], bound->separator);
        bool same = folders && str_equal(place, folder_of(&path[folder[folders - 1].from], bound->separator));

        if (!same)
            folder[folders++] = (struct folder){ .from = i };
        folder[folders - 1].to = i + 1;
        folder[folders - 1].files += path[i].files;
        folder[folders - 1].size += isnan(path[i].size[bound->sizes - 1]) ? 0 : fabs(path[i].size[bound->sizes - 1]);
    }
    qsort(folder, folders, sizeof *folder, by_promise);
    for (uint32_t f = 0; f < folders; f++) {
        struct path *first = &path[folder[f].from];
        uint32_t     count = folder[f].to - folder[f].from;
        str          place = folder_of(first, bound->separator);

        if (count > 1 && *rows > bound->most) {
            first->text = place;
            for (uint32_t i = 1; i < count; i++) {
                merge_paths(first, first + i, bound->sizes);
                first[i].files = 0;     /* it is no more */
            }
            *rows -= count - 1;
        }
        for (uint32_t i = 0; i < count; i++) {
            first[i].place = place;
            first[i].pieces--;
        }
    }
    return OK;
}

static int by_pieces(const void *left, const void *right)
{
    const struct path *a = left, *b = right;

    if (!a->files != !b->files)
        return a->files ? -1 : 1;
    if (a->pieces != b->pieces)
        return a->pieces > b->pieces ? -1 : 1;
    return by_number(left, right);
}

status paths_roll_up(struct op *op, const struct paths_bound *bound, struct path *path, uint32_t *count)
{
    uint32_t rows = *count;

    qsort(path, *count, sizeof *path, by_pieces);
    while (rows > bound->most && path[0].pieces > 1) {
        uint32_t to = 0;

        while (to < rows && path[to].pieces == path[0].pieces)
            to++;
        arena_reset(&op->step);
        TRY(roll_up(op, bound, path, 0, to, &rows));
        qsort(path, *count, sizeof *path, by_pieces);
        *count = rows;
    }
    qsort(path, *count, sizeof *path, by_number);
    return OK;
}

/* --- the result ---------------------------------------------------------------------------------------------------- */

static status choose(struct paths *paths)
{
    const struct paths_bound *bound = paths->op.stage->bound;
    uint32_t                  count = paths->texts.count;

    TRY_NEW(paths->row = ARENA_ARRAY(&paths->op.arena, struct path, count + (size_t)1));
    for (uint32_t i = 0; i < count; i++) {
        struct path *row = &paths->row[i];

        *row = (struct path){ .text = interner_str(&paths->texts, i), .number = i, .files = 1 };
        row->place = row->text;
        row->pieces = count_pieces(row->text, bound->separator);
        for (uint32_t s = 0; s < bound->sizes; s++)
            row->size[s] = paths->sum[i * PATHS_SIZES + s];
    }
    if (count)
        TRY(bound->choose(&paths->op, bound, paths->row, &count));
    paths->results.rows = count;
    return OK;
}

static status paths_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct paths       *paths = host;
    const struct paths_bound *bound = paths->op.stage->bound;
    const struct path        *path = &paths->row[row];
    bool                      root = path->text.size == 0 && path->files > 1;

    (void)arena;
    if (column == 0)
        *out = cell_field_text(root ? bound->separator : path->text);
    else if (column <= bound->sizes)
        *out = isnan(path->size[column - 1]) ? cell_null() : cell_number(path->size[column - 1]);
    else
        *out = cell_number((double)path->files);
    return OK;
}

static status paths_finish(struct op *op)
{
    struct paths *paths = container_of(op, struct paths, op);

    if (!paths->row)
        TRY(choose(paths));
    return results_emit(&paths->results);
}

static void paths_close(struct op *op)
{
    struct paths *paths = container_of(op, struct paths, op);

    if (!paths->texts.heap)
        return;
    interner_free(&paths->texts);
    heap_free(op->context->heap, paths->sum, paths->sum_room * sizeof *paths->sum);
}

static const struct op_kind paths_kind = { "paths", .push = paths_push, .finish = paths_finish, .close = paths_close };

status paths_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct paths_bound *bound = stage->bound;
    struct paths             *paths;
    uint32_t                  columns = 1 + bound->sizes;

    TRY(op_new(&paths_kind, sizeof *paths, stage, run, out));
    paths = container_of(*out, struct paths, op);
    interner_init(&paths->texts, (*out)->context->heap);
    TRY_NEW(paths->path = paths->column[0] = names_intern(run->names, bound->path));
    for (uint32_t s = 0; s < bound->sizes; s++)
        TRY_NEW(paths->size[s] = paths->column[1 + s] = names_intern(run->names, bound->size[s]));
    if (bound->members)
        TRY_NEW(paths->column[columns++] = names_intern(run->names, STR("memberCount")));
    paths->results = (struct results){ *out, paths->column, columns, 0, paths_cell, paths, .rests = true };
    return OK;
}

status paths_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct paths_bound *bound = stage->bound;

    wanted_clear(wanted);
    TRY(wanted_add(wanted, bound->path));
    for (uint32_t s = 0; s < bound->sizes; s++)
        TRY(wanted_add(wanted, bound->size[s]));
    return OK;
}
