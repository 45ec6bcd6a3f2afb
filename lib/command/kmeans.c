/* kmeans [k=] [reps=] [maxiters=] [t=] [distype=] [cnumfield=] [showcentroid=] [<fields>]: rows in clusters around means
 * (commands 6; command/centroids.h).
 *
 * Rows of a cluster stand together, the clusters in the order of their first rows, and get its number and centroid. Rows
 * that lack a number in one of the fields are left out. Without fields it is those that have a number in every row, internal
 * ones aside. For a range of k there is a row for each: k, the distortion, the sizes of the clusters. */
#include "command/centroids.h"
#include "group/feeds.h"
#include "plan/bind.h"
#include "rows/results.h"
#include "rows/sorted_rows.h"

#include <math.h>
#include <stdlib.h>

enum { REPS, MAXITERS, T, K, CNUMFIELD, DISTYPE, SHOWCENTROID, FIELDS };

static const struct param kmeans_params[] = {
    [REPS] = { "reps", PARAM_COUNT, PLACE_NAMED, .preset = "10", .least = 1, .most = 1000000,
               .help = "starts, of which the best counts" },
    [MAXITERS] = { "maxiters", PARAM_COUNT, PLACE_NAMED, .preset = "10000", .least = 1, .most = 1000000000,
                   .help = "most iterations of each" },
    [T] = { "t", PARAM_NUMBER, PLACE_NAMED, .preset = "0", .least = 0, .most = 1e300,
            .help = "done when the distortion falls by no more" },
    [K] = { "k", PARAM_TEXT, PLACE_NAMED, .preset = "2", .help = "clusters; or a range, 2-5" },
    [CNUMFIELD] = { "cnumfield", PARAM_FIELD, PLACE_NAMED, .preset = "CLUSTERNUM", .aliases = { "cfield" },
                    .help = "where the number of the cluster goes" },
    [DISTYPE] = { "distype", PARAM_WORD, PLACE_NAMED, .preset = "sqeuclidean",
                  .choices = "sqeuclidean|l2|l2norm|sq|cityblock|l1|l1norm|cb|cosine|cos",
                  .help = "squares, sums or angles of differences" },
    [SHOWCENTROID] = { "showcentroid", PARAM_BOOL, PLACE_NAMED, .preset = "t", .help = "with the centroid of the cluster" },
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .help = "fields with numbers; by default all that have nothing else" },
    { 0 }
};

struct kmeans_bound {
    uint32_t      least, most;          /* k */
    enum distance distance;
};

struct candidate {                      /* a field, where none are listed */
    const struct name *name;
    uint64_t           numbers;
};

struct outcome {                        /* a row of a range */
    uint32_t  count;
    double    distortion;
    uint64_t *size;
};

struct kmeans {
    struct op            op;
    struct sorted_rows   rows, grouped;
    struct sort_by       by_cluster;
    const struct name  **field, **shown;        /* shown: centroid_<field> */
    uint32_t             fields;
    struct candidate    *candidate;
    uint32_t             candidates, candidate_room;
    uint32_t            *position;      /* by name->number: candidate + 1 */
    uint32_t             positions;
    double              *point;
    size_t               point_size;    /* of the block */
    struct centroids     centroids;
    bool                 done;
    uint64_t             sent;
    const struct name   *column[3];
    struct outcome      *outcome;
    struct results       results;
};

/* --- compiling ----------------------------------------------------------------------------------------------------- */

static bool read_count(str text, uint32_t most, uint32_t *out)
{
    return str_count(text, most, out) && *out >= 2;
}

static status kmeans_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *k = stage_argument(stage, K);
    struct kmeans_bound   *bound = stage->bound;
    uint32_t               most = (uint32_t)context_limit(binder->compile.context, LIMIT_KMEANS);
    uint32_t               range = (uint32_t)context_limit(binder->compile.context, LIMIT_KMEANS_RANGE);
    size_t                 dash = str_find(k->text, STR("-"), 0);
    char                   kind = stage_argument(stage, DISTYPE)->text.at[0] | 0x20;
    char                   then = stage_argument(stage, DISTYPE)->text.at[1] | 0x20;
    bool                   good;

    if (dash == SIZE_MAX) {
        good = read_count(k->text, most, &bound->least);
        bound->most = bound->least;
    } else {
        good = read_count(str_slice(k->text, 0, dash), most, &bound->least) &&
            read_count(str_slice(k->text, dash + 1, k->text.size), most, &bound->most) && bound->least < bound->most &&
            bound->most - bound->least < range;
    }
    bound->distance = (kind == 'c' && then == 'o') ? DISTANCE_COSINE
        : kind == 'c' || (kind == 'l' && then == '1') ? DISTANCE_CITYBLOCK : DISTANCE_SQUARES;
    if (bound->least < bound->most)
        stage->traits |= TRAIT_TRANSFORMS;
    if (good)
        return OK;
    return diag_at(binder->diag, FAIL_QUERY, k->span, "bad-argument",
                   "'k' must be a number from 2 to %u, or a range of at most %u of them, such as 2-5", most, range);
}

static status kmeans_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct argument     *fields = stage_argument(stage, FIELDS);
    const struct kmeans_bound *bound = stage->bound;

    if (bound->least < bound->most)
        wanted_clear(wanted);
    for (uint32_t i = 0; i < fields->count; i++)
        TRY(wanted_add(wanted, fields->names[i]));
    return fields->count ? OK : wanted_add_pattern(wanted, STR("*"));
}

/* --- rows come ----------------------------------------------------------------------------------------------------- */

/* Rows with a number in all fields. */
static status select_rows(struct kmeans *kmeans, struct batch *out)
{
    uint32_t *row = ARENA_ARRAY(&out->arena, uint32_t, batch_rows(out) + (size_t)1), count = batch_rows(out);

    TRY_NEW(row);
    for (uint32_t i = 0; i < count; i++)
        row[i] = batch_row(out, i);
    for (uint32_t f = 0; f < kmeans->fields; f++) {
        struct column *column = batch_column(out, kmeans->field[f]);
        const double  *number;
        uint32_t       kept = 0;

        TRY(batch_decode(out, column));
        TRY(feed_read_numbers(out, column, &kmeans->op.step, &number));
        for (uint32_t i = 0; i < count; i++)
            if (isfinite(number[row[i]]))
                row[kept++] = row[i];
        count = kept;
    }
    out->rows = (struct rows){ count, row };
    return OK;
}

/* How many rows have a number in each field. */
static status count_numbers(struct kmeans *kmeans, struct batch *in)
{
    struct heap *heap = kmeans->op.context->heap;

    for (uint32_t f = 0; f < in->fields; f++) {
        const struct name *name = in->field[f].name;
        const double      *number;

        if (name_is_internal(name) || in->field[f].column->encoding == ENCODING_ABSENT)
            continue;
        if (!heap_grow_zero(heap, &kmeans->position, &kmeans->positions, name->number + 1, sizeof *kmeans->position))
            return FAIL_MEMORY;
        if (kmeans->position[name->number] == 0) {
            if (!heap_grow(heap, &kmeans->candidate, &kmeans->candidate_room, kmeans->candidates + 1,
                           sizeof *kmeans->candidate))
                return FAIL_MEMORY;
            kmeans->candidate[kmeans->candidates] = (struct candidate){ name, 0 };
            kmeans->position[name->number] = ++kmeans->candidates;
        }
        TRY(batch_decode(in, in->field[f].column));
        TRY(feed_read_numbers(in, in->field[f].column, &kmeans->op.step, &number));
        for (uint32_t i = 0; i < batch_rows(in); i++)
            kmeans->candidate[kmeans->position[name->number] - 1].numbers += isfinite(number[batch_row(in, i)]) ? 1 : 0;
    }
    return OK;
}

static status kmeans_push(struct op *op, struct batch *in)
{
    struct kmeans *kmeans = container_of(op, struct kmeans, op);
    struct batch  *out;
    status         result;

    if (kmeans->fields == 0) {
        TRY(count_numbers(kmeans, in));
        return sorted_rows_add(&kmeans->rows, in);
    }
    TRY_NEW(out = batch_derive(in));
    result = select_rows(kmeans, out);
    if (result == OK && batch_rows(out))
        result = sorted_rows_add(&kmeans->rows, out);
    batch_release(out);
    return result;
}

/* --- clusters ------------------------------------------------------------------------------------------------------ */

static int compare_names(const void *left, const void *right)
{
    return str_compare(name_str(*(const struct name *const *)left), name_str(*(const struct name *const *)right));
}

static status choose_fields(struct kmeans *kmeans)
{
    if (kmeans->fields)
        return OK;
    TRY_NEW(kmeans->field = ARENA_ARRAY(&kmeans->op.arena, const struct name *, kmeans->candidates + (size_t)1));
    for (uint32_t i = 0; i < kmeans->candidates; i++)
        if (kmeans->candidate[i].numbers == sorted_rows_count(&kmeans->rows))
            kmeans->field[kmeans->fields++] = kmeans->candidate[i].name;
    qsort(kmeans->field, kmeans->fields, sizeof *kmeans->field, compare_names);
    return OK;
}

static status name_centroids(struct kmeans *kmeans)
{
    struct buf name;
    status     result = OK;

    TRY_NEW(kmeans->shown = ARENA_ARRAY(&kmeans->op.arena, const struct name *, kmeans->fields + (size_t)1));
    buf_init(&name, kmeans->op.context->heap);
    for (uint32_t f = 0; f < kmeans->fields && result == OK; f++) {
        buf_clear(&name);
        buf_text(&name, "centroid_");
        buf_put(&name, name_str(kmeans->field[f]));
        result = buf_status(&name);
        if (result == OK && !(kmeans->shown[f] = names_intern(kmeans->op.context->names, buf_str(&name))))
            result = FAIL_MEMORY;
    }
    buf_free(&name);
    return result;
}

static status read_points(struct op *op, struct batch *takes)
{
    struct kmeans *kmeans = container_of(op, struct kmeans, op);
    status         result = OK;

    arena_reset(&op->step);
    for (uint32_t f = 0; f < kmeans->fields && result == OK; f++) {
        struct column *column = batch_column(takes, kmeans->field[f]);
        const double  *number;

        result = batch_decode(takes, column);
        if (result == OK)
            result = feed_read_numbers(takes, column, &op->step, &number);
        for (uint32_t i = 0; i < takes->size && result == OK; i++)
            kmeans->point[(kmeans->sent + i) * kmeans->fields + f] = number[i];
    }
    kmeans->sent += takes->size;
    batch_release(takes);
    return result;
}

static status find_clusters(struct kmeans *kmeans)
{
    const struct argument     *argument = kmeans->op.stage->argument;
    const struct kmeans_bound *bound = kmeans->op.stage->bound;
    uint64_t                   rows = sorted_rows_count(&kmeans->rows);
    uint32_t                   outcomes = 0;

    if (rows > UINT32_MAX / 8 || rows * kmeans->fields > SIZE_MAX / 64)
        return FAIL_MEMORY;
    kmeans->point_size = (size_t)rows * kmeans->fields * sizeof *kmeans->point;
    TRY_NEW(kmeans->point = heap_alloc(&kmeans->op.run->heap, kmeans->point_size));
    TRY(sorted_rows_send(&kmeans->rows, read_points));
    kmeans->centroids = (struct centroids){
        .run = kmeans->op.run, .point = kmeans->point, .points = (uint32_t)rows, .fields = kmeans->fields,
        .distance = bound->distance, .starts = (uint32_t)argument[REPS].number, .most = (uint32_t)argument[MAXITERS].number,
        .tolerance = argument[T].number,
    };
    TRY_NEW(kmeans->outcome = ARENA_ARRAY(&kmeans->op.arena, struct outcome, bound->most - bound->least + (size_t)1));
    for (uint32_t k = bound->least; k <= bound->most; k++) {
        struct outcome *outcome = &kmeans->outcome[outcomes++];

        TRY(centroids_find(&kmeans->centroids, k));
        *outcome = (struct outcome){ kmeans->centroids.count, kmeans->centroids.distortion, NULL };
        TRY_NEW(outcome->size = ARENA_ARRAY(&kmeans->op.arena, uint64_t, outcome->count));
        memcpy(outcome->size, kmeans->centroids.size, outcome->count * sizeof *outcome->size);
    }
    kmeans->results.rows = outcomes;
    return OK;
}

/* --- rows go ------------------------------------------------------------------------------------------------------- */

static status label_rows(struct kmeans *kmeans, struct batch *out)
{
    const struct centroids *centroids = &kmeans->centroids;
    uint32_t                fields = stage_argument(kmeans->op.stage, SHOWCENTROID)->truth ? kmeans->fields : 0;
    struct column          *column;

    for (uint32_t c = 0; c <= fields; c++) {
        TRY_NEW(column = column_number(&out->arena, out->size));
        column->soft = 1;
        for (uint32_t i = 0; i < out->size; i++) {
            uint32_t number = centroids->nearest[kmeans->sent + i];
            column->number[i] = c == 0 ? (double)number + 1
                                       : centroids->centroid[(size_t)number * kmeans->fields + c - 1];
        }
        TRY(batch_set(out, c ? kmeans->shown[c - 1] : kmeans->by_cluster.name, column,
                      rank_at(kmeans->op.stage->rank, c)));
    }
    kmeans->sent += out->size;
    return OK;
}

static status group_rows(struct op *op, struct batch *takes)
{
    struct kmeans *kmeans = container_of(op, struct kmeans, op);
    status         result = label_rows(kmeans, takes);

    if (result == OK)
        result = sorted_rows_add(&kmeans->grouped, takes);
    batch_release(takes);
    return result;
}

static status kmeans_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct kmeans       *kmeans = host;
    const struct kmeans_bound *bound = kmeans->op.stage->bound;
    const struct outcome      *outcome = &kmeans->outcome[row];
    struct cell               *list;

    *out = cell_number(column == 0 ? (double)(bound->least + row) : outcome->distortion);
    if (column < 2)
        return OK;
    TRY_NEW(list = ARENA_ARRAY(arena, struct cell, outcome->count));
    for (uint32_t i = 0; i < outcome->count; i++)
        list[i] = cell_number((double)outcome->size[i]);
    *out = outcome->count == 1 ? list[0] : (struct cell){ .kind = KIND_LIST, .size = outcome->count, .list = list };
    return OK;
}

static status kmeans_finish(struct op *op)
{
    struct kmeans             *kmeans = container_of(op, struct kmeans, op);
    const struct kmeans_bound *bound = op->stage->bound;

    if (!kmeans->done) {
        kmeans->done = true;
        if (sorted_rows_count(&kmeans->rows) == 0)
            return OK;
        TRY(choose_fields(kmeans));
        if (kmeans->fields == 0) {
            op_note(op, "kmeans", STR("kmeans found no field with a number in every row"));
            return OK;
        }
        TRY(name_centroids(kmeans));
        TRY(find_clusters(kmeans));
        kmeans->sent = 0;
        if (bound->least == bound->most) {
            TRY(sorted_rows_rewind(&kmeans->rows));
            TRY(sorted_rows_send(&kmeans->rows, group_rows));
        }
    }
    return bound->least == bound->most ? sorted_rows_send(&kmeans->grouped, op_emit) : results_emit(&kmeans->results);
}

static void kmeans_close(struct op *op)
{
    struct kmeans *kmeans = container_of(op, struct kmeans, op);
    struct heap   *heap = op->context->heap;

    centroids_free(&kmeans->centroids);
    heap_free(&op->run->heap, kmeans->point, kmeans->point_size);
    heap_free(heap, kmeans->candidate, kmeans->candidate_room * sizeof *kmeans->candidate);
    heap_free(heap, kmeans->position, kmeans->positions * sizeof *kmeans->position);
    sorted_rows_free(&kmeans->rows);
    sorted_rows_free(&kmeans->grouped);
}

static const struct op_kind kmeans_kind = {
    .name = "kmeans", .push = kmeans_push, .finish = kmeans_finish, .close = kmeans_close, .spills = true,
};

static status kmeans_open(const struct stage *stage, struct run *run, struct op **out)
{
    static const char *const names[] = { "k", "distortion", "cluster_sizes" };
    const struct argument   *fields = stage_argument(stage, FIELDS);
    struct kmeans           *kmeans;

    TRY(op_new(&kmeans_kind, sizeof *kmeans, stage, run, out));
    kmeans = container_of(*out, struct kmeans, op);
    sorted_rows_init(&kmeans->rows, *out, NULL, 0, 0);
    TRY_NEW(kmeans->by_cluster.name = names_intern(run->names, stage_argument(stage, CNUMFIELD)->text));
    kmeans->by_cluster.kind = SORT_NUMBER;
    sorted_rows_init(&kmeans->grouped, *out, &kmeans->by_cluster, 1, 0);
    TRY_NEW(kmeans->field = ARENA_ARRAY(&(*out)->arena, const struct name *, fields->count + (size_t)1));
    for (uint32_t i = 0; i < fields->count; i++)
        TRY_NEW(kmeans->field[kmeans->fields++] = names_intern(run->names, fields->names[i]));
    for (uint32_t i = 0; i < COUNT_OF(names); i++)
        TRY_NEW(kmeans->column[i] = names_intern(run->names, str_of(names[i])));
    kmeans->results = (struct results){ *out, kmeans->column, COUNT_OF(names), 0, kmeans_cell, kmeans, .rests = true };
    return OK;
}

const struct command command_kmeans = {
    .name = "kmeans",
    .usage = "kmeans [k=<count>|<count>-<count>] [reps=<count>] [maxiters=<count>] [t=<number>] "
             "[distype=sqeuclidean|cityblock|cosine] [cnumfield=<field>] [showcentroid=<bool>] [<fields>]",
    .summary = "Rows in clusters around the means of their numbers",
    .keeps = "the numbers of the fields, and two more of each row",
    .params = kmeans_params, .bound_size = sizeof(struct kmeans_bound),
    .bind = kmeans_bind, .needs = kmeans_needs, .open = kmeans_open,
    .example = { "table n | kmeans n", "{\"n\":1}\n{\"n\":11}\n{\"n\":2}\n{\"n\":12}\n{\"n\":3}",
                 "{\"n\":1,\"CLUSTERNUM\":1,\"centroid_n\":2}\n{\"n\":2,\"CLUSTERNUM\":1,\"centroid_n\":2}\n"
                 "{\"n\":3,\"CLUSTERNUM\":1,\"centroid_n\":2}\n{\"n\":11,\"CLUSTERNUM\":2,\"centroid_n\":11.5}\n"
                 "{\"n\":12,\"CLUSTERNUM\":2,\"centroid_n\":11.5}" },
};
