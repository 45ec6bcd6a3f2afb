#include "divided.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct piece {                      /* rows that one run gave, as Arrow */
    struct ArrowSchema *schema;
    struct ArrowArray  *array;
    size_t              count;
    int                 partial;    /* they are partial results */
};

static void *grow(void *block, size_t size)
{
    void *grown = realloc(block, size);

    if (!grown)
        exit(3);
    return grown;
}

static spl_status keep(struct piece *piece, spl_batch *batch, spl_error **err)
{
    piece->schema = grow(piece->schema, (piece->count + 1) * sizeof *piece->schema);
    piece->array = grow(piece->array, (piece->count + 1) * sizeof *piece->array);
    piece->partial |= spl_batch_find(batch, "psrsvd_v") != SPL_NTS;
    return spl_batch_to_arrow(batch, &piece->schema[piece->count], &piece->array[piece->count], err);
}

/* All that the run gives, to its end. */
static spl_status take_all(spl_run *run, struct piece *out, spl_writer *writer, spl_error **err)
{
    spl_batch *batch;
    spl_status status;

    while ((status = spl_run_next(run, &batch, err)) == SPL_BATCH) {
        status = writer ? spl_writer_batch(writer, batch, err) : keep(out, batch, err);
        if (status >= 0 && !writer)
            out->count++;
        spl_batch_release(batch);
        if (status < 0)
            return status;
    }
    return status;
}

static spl_status give(spl_run *run, struct piece *piece, spl_error **err)
{
    spl_status status = SPL_OK;

    for (size_t i = 0; i < piece->count && status >= 0; i++) {
        status = status == SPL_DONE ? SPL_DONE : spl_run_push_arrow(run, &piece->schema[i], &piece->array[i], err);
        if (piece->schema[i].release)
            piece->schema[i].release(&piece->schema[i]);
        if (piece->array[i].release)
            piece->array[i].release(&piece->array[i]);
    }
    free(piece->schema);
    free(piece->array);
    *piece = (struct piece){ 0 };
    return status;
}

static spl_status map_part(const spl_query *map, int number, const char *bytes, size_t size, struct piece *out,
                           spl_error **err)
{
    spl_run   *run = NULL;
    char       text[16] = { (char)('0' + number / 10), (char)('0' + number % 10), 0 };
    spl_status status = spl_run_new(map, &run, err);

    if (status >= 0)
        status = spl_run_set(run, "part", text, err);
    if (status >= 0)
        status = spl_run_push(run, "auto", bytes, size, err);
    if (status >= 0)
        status = spl_run_end(run, err);
    if (status >= 0)
        status = take_all(run, out, NULL, err);
    spl_run_free(run);
    return status;
}

/* The pieces as the input of one run: partial results last part first, as their order does not matter; rows in order. */
static spl_status finish(const spl_query *query, struct piece *piece, int count, struct piece *out, spl_writer *writer,
                         spl_error **err)
{
    spl_run   *run = NULL;
    int        turned = count > 0 && piece[0].partial;
    spl_status status = spl_run_new(query, &run, err);

    for (int i = 0; i < count && status >= 0; i++)
        status = give(run, &piece[turned ? count - 1 - i : i], err);
    if (status >= 0)
        status = spl_run_end(run, err);
    if (status >= 0)
        status = take_all(run, out, writer, err);
    spl_run_free(run);
    return status;
}

/* Neighbours in pairs, until few are left: those at the end were merged less often. */
static spl_status merge_tree(const spl_query *merge, struct piece *piece, int *count, spl_error **err)
{
    while (merge && *count > 2) {
        int made = 0;
        for (int i = 0; i < *count; i += 2, made++) {
            struct piece out = { 0 };
            if (i + 1 < *count) {
                spl_status status = finish(merge, &piece[i], 2, &out, NULL, err);
                if (status < 0)
                    return status;
                piece[made] = out;
            } else {
                piece[made] = piece[i];
            }
        }
        *count = made;
    }
    return SPL_OK;
}

/* Lines of JSON alone can be cut anywhere between them. */
static int count_lines(const char *input)
{
    int lines = 0;

    for (const char *at = input; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL, lines++)
        if (*at != '{')
            return 0;
    return lines;
}

static spl_status map_all(const spl_query *map, const char *input, int lines, int parts, struct piece *piece, int *count,
                          spl_error **err)
{
    int        each = (lines + parts - 1) / parts;
    spl_status status = SPL_OK;

    for (*count = 0; *input && status >= 0; ++*count) {
        const char *from = input;
        for (int i = 0; i < each && *input; i++)
            input = strchr(input, '\n') ? strchr(input, '\n') + 1 : input + strlen(input);
        status = map_part(map, *count, from, (size_t)(input - from), &piece[*count], err);
    }
    return status;
}

int divided_run(spl_engine *engine, const spl_query *query, int parts, const char *input, const char *format_out,
                char **output, spl_error **err)
{
    spl_query   *map, *merge, *reduce;
    spl_writer  *writer = NULL;
    struct piece piece[PARTS_MOST + 1] = { { 0 } };
    int          count = 0, lines = count_lines(input);
    const char  *at;
    size_t       size;
    spl_status   status;

    if (!lines || lines < 2 || strcmp(format_out, "json") != 0)
        return 0;
    status = spl_query_split(query, &map, &merge, &reduce, err);
    if (status >= 0 && !merge) {
        spl_query_free(map);
        spl_query_free(reduce);
        return 0;
    }
    if (status >= 0)
        status = spl_writer_new(engine, format_out, &writer, err);
    if (status >= 0)
        status = map_all(map, input, lines, parts, piece, &count, err);
    if (status >= 0)
        status = merge_tree(merge, piece, &count, err);
    if (status >= 0)
        status = finish(reduce, piece, count, NULL, writer, err);
    if (status >= 0)
        status = spl_writer_end(writer, err);
    if (status >= 0) {
        spl_writer_take(writer, &at, &size);
        *output = grow(NULL, size + 1);
        memcpy(*output, at, size);
        (*output)[size] = 0;
    }
    spl_writer_free(writer);
    spl_query_free(map);
    spl_query_free(merge);
    spl_query_free(reduce);
    return 1;
}

/* --- judging ------------------------------------------------------------------------------------------------------- */

static int is_digit(char c) { return c >= '0' && c <= '9'; }

int divided_same(const char *a, const char *b)
{
    while (*a && *b) {
        char  *after_a, *after_b;
        double number_a, number_b;
        if (!is_digit(*a) || !is_digit(*b)) {
            if (*a++ != *b++)
                return 0;
            continue;
        }
        number_a = strtod(a, &after_a);
        number_b = strtod(b, &after_b);
        if (fabs(number_a - number_b) > 1e-12 * fabs(number_a))
            return 0;
        a = after_a;
        b = after_b;
    }
    return *a == *b;
}
