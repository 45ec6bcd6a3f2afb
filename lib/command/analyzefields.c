/* analyzefields classfield=<field>: how well each field of numbers tells the value of a field of classes (commands 6).
 *
 * As Splunk's reference says: the numbers of each class have a mean and a standard deviation; a row is taken for the class
 * in which its number is the most probable, the one where it is the fewest deviations away from the mean; of equal ones the
 * class with more numbers, then the one that was met first. acc is the part of the rows, with the field and a class, that
 * are taken for what they are, balacc the mean of that part over the classes, cocur the part of the rows with a class that
 * have the field. A field counts as one of numbers if all of its values are, those of rows without a class as well. Of
 * multivalues the first value counts. The rows wait for the second look (rows/sorted_rows.h). */
#include "group/feeds.h"
#include "plan/bind.h"
#include "rows/results.h"
#include "rows/sorted_rows.h"
#include "value/list.h"

#include <math.h>
#include <stdlib.h>

enum { CLASSFIELD };

static const struct param analyzefields_params[] = {
    [CLASSFIELD] = { "classfield", PARAM_FIELD, PLACE_NAMED, .required = true, .help = "the field with the classes" },
    { 0 }
};

enum { FIELD, COUNT, COCUR, ACC, BALACC, COLUMNS };
enum { CLASSES_MOST = 1000 };           /* a number is held against all of them */

struct judged {                         /* a field */
    const struct name *name;
    uint64_t           count, with_class, right;
    bool               other;           /* it has values that are no numbers */
    double             balance;
};

struct class_numbers {                  /* of a field in a class */
    uint64_t count, right;
    double   mean, squares;             /* squares: of the distances from the mean */
};

struct analyzefields {
    struct op             op;
    const struct name    *classes;
    struct interner       values;       /* of the class field */
    uint64_t              rows;         /* with a class */
    struct judged        *field;
    uint32_t              fields, field_room;
    uint32_t             *position;     /* by name->number: number of the field + 1 */
    uint32_t              positions;
    struct pairs          pairs;        /* (field, class) */
    struct class_numbers *numbers;      /* by pair */
    uint32_t              numbers_room;
    struct sorted_rows    kept;
    struct judged       **sorted;       /* those that are shown, in order of their names */
    struct results        results;
};

/* --- rows come ----------------------------------------------------------------------------------------------------- */

/* The class of each row, by row; INTERNER_NULL: none. */
static status find_classes(struct analyzefields *analyze, struct batch *in, bool known, uint32_t **out)
{
    struct column *column = batch_column(in, analyze->classes);

    TRY_NEW(*out = ARENA_ARRAY(&analyze->op.step, uint32_t, in->size + (size_t)1));
    TRY(batch_decode(in, column));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        uint32_t           row = batch_row(in, i), count;
        struct cell        cell = column ? column_settled(column, row) : cell_null();
        const struct cell *first = list_members(&cell, &count);

        (*out)[row] = INTERNER_NULL;
        if (count)
            TRY(interner_cell(&analyze->values, first, &(*out)[row]));
        analyze->rows += count && !known;
    }
    if (analyze->values.count > CLASSES_MOST)
        return op_fail(&analyze->op, FAIL_LIMIT, "limit-table", "'%.*s' has more than %d values: they are no classes",
                       SHOW(name_str(analyze->classes)), CLASSES_MOST);
    return OK;
}

static status field_of(struct analyzefields *analyze, const struct name *name, uint32_t *out)
{
    struct heap *heap = analyze->op.context->heap;

    if (!heap_grow_zero(heap, &analyze->position, &analyze->positions, name->number + 1, sizeof *analyze->position))
        return FAIL_MEMORY;
    if (analyze->position[name->number] == 0) {
        if (!heap_grow_zero(heap, &analyze->field, &analyze->field_room, analyze->fields + 1, sizeof *analyze->field))
            return FAIL_MEMORY;
        analyze->field[analyze->fields].name = name;
        analyze->position[name->number] = ++analyze->fields;
    }
    *out = analyze->position[name->number] - 1;
    return OK;
}

static status add_number(struct analyzefields *analyze, uint32_t field, uint32_t class, double number)
{
    struct class_numbers *numbers;
    uint32_t              pair;
    double                away;

    TRY(pairs_number(&analyze->pairs, &field, &class, 1, analyze->fields, analyze->values.count, &pair));
    if (!heap_grow_zero(analyze->op.context->heap, &analyze->numbers, &analyze->numbers_room, pair + 1,
                        sizeof *analyze->numbers))
        return FAIL_MEMORY;
    numbers = &analyze->numbers[pair];
    numbers->count++;
    away = number - numbers->mean;
    numbers->mean += away / (double)numbers->count;
    numbers->squares += away * (number - numbers->mean);
    return OK;
}

static status add_field(struct analyzefields *analyze, struct batch *in, const struct field *from, const uint32_t *class)
{
    const double *number;
    uint32_t      field;

    TRY(batch_decode(in, from->column));
    TRY(field_of(analyze, from->name, &field));
    TRY(feed_read_numbers(in, from->column, &analyze->op.step, &number));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        uint32_t row = batch_row(in, i);

        if (column_is_null(from->column, row))
            continue;
        analyze->field[field].count++;
        analyze->field[field].other |= !isfinite(number[row]);
        if (class[row] == INTERNER_NULL)
            continue;
        analyze->field[field].with_class++;
        if (isfinite(number[row]))
            TRY(add_number(analyze, field, class[row], number[row]));
    }
    return OK;
}

static bool is_analyzed(const struct analyzefields *analyze, const struct field *field)
{
    return !name_is_internal(field->name) && field->name != analyze->classes && field->column->encoding != ENCODING_ABSENT;
}

static status analyzefields_push(struct op *op, struct batch *in)
{
    struct analyzefields *analyze = container_of(op, struct analyzefields, op);
    uint32_t             *class;

    TRY(find_classes(analyze, in, false, &class));
    for (uint32_t f = 0; f < in->fields; f++)
        if (is_analyzed(analyze, &in->field[f]))
            TRY(add_field(analyze, in, &in->field[f], class));
    return sorted_rows_add(&analyze->kept, in);
}

/* --- the second look ----------------------------------------------------------------------------------------------- */

/* How many deviations away. */
static double distance(const struct class_numbers *numbers, double number)
{
    double away = fabs(number - numbers->mean), deviation = sqrt(numbers->squares / (double)numbers->count);

    return away == 0 ? 0 : deviation > 0 ? away / deviation : INFINITY;
}

/* The class that a number is taken for; there is one. */
static uint32_t take_for(const struct analyzefields *analyze, uint32_t field, double number)
{
    const struct class_numbers *best = NULL;
    uint32_t                    out = 0;
    double                      nearest = 0;

    for (uint32_t class = 0; class < analyze->values.count; class++) {
        uint32_t                    pair = pairs_find(&analyze->pairs, field, class);
        const struct class_numbers *numbers = pair == UINT32_MAX ? NULL : &analyze->numbers[pair];
        double                      away = numbers ? distance(numbers, number) : 0;

        if (!numbers || (best && (away > nearest || (away == nearest && numbers->count <= best->count))))
            continue;
        best = numbers;
        nearest = away;
        out = class;
    }
    return out;
}

static status judge_field(struct analyzefields *analyze, struct batch *batch, const struct field *from,
                          const uint32_t *class)
{
    const double *number;
    uint32_t      field;

    TRY(field_of(analyze, from->name, &field));
    if (analyze->field[field].other)
        return OK;
    TRY(batch_decode(batch, from->column));
    TRY(feed_read_numbers(batch, from->column, &analyze->op.step, &number));
    for (uint32_t row = 0; row < batch->size; row++) {
        if (row % 1024 == 0)
            TRY(run_check(analyze->op.run));
        if (class[row] == INTERNER_NULL || column_is_null(from->column, row) ||
            take_for(analyze, field, number[row]) != class[row])
            continue;
        analyze->field[field].right++;
        analyze->numbers[pairs_find(&analyze->pairs, field, class[row])].right++;
    }
    return OK;
}

static status judge_batch(struct op *op, struct batch *takes)
{
    struct analyzefields *analyze = container_of(op, struct analyzefields, op);
    uint32_t             *class;
    status                result;

    arena_reset(&op->step);
    result = find_classes(analyze, takes, true, &class);
    for (uint32_t f = 0; f < takes->fields && result == OK; f++)
        if (is_analyzed(analyze, &takes->field[f]))
            result = judge_field(analyze, takes, &takes->field[f], class);
    batch_release(takes);
    return result;
}

static int compare_fields(const void *left, const void *right)
{
    return str_compare(name_str((*(struct judged *const *)left)->name), name_str((*(struct judged *const *)right)->name));
}

static status settle(struct analyzefields *analyze)
{
    uint32_t count = 0;

    TRY_NEW(analyze->sorted = ARENA_ARRAY(&analyze->op.arena, struct judged *, analyze->fields + (size_t)1));
    for (uint32_t f = 0; f < analyze->fields; f++) {
        struct judged *field = &analyze->field[f];
        uint32_t       classes = 0;

        for (uint32_t class = 0; class < analyze->values.count; class++) {
            uint32_t pair = pairs_find(&analyze->pairs, f, class);
            if (pair == UINT32_MAX)
                continue;
            classes++;
            field->balance += (double)analyze->numbers[pair].right / (double)analyze->numbers[pair].count;
        }
        field->balance /= classes ? classes : 1;
        if (!field->other && field->with_class)
            analyze->sorted[count++] = field;
    }
    qsort(analyze->sorted, count, sizeof *analyze->sorted, compare_fields);
    analyze->results.rows = count;
    return OK;
}

static status analyzefields_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct analyzefields *analyze = host;
    const struct judged        *field = analyze->sorted[row];

    (void)arena;
    switch (column) {
    case FIELD:  *out = cell_field_text(name_str(field->name)); break;
    case COUNT:  *out = cell_number((double)field->count); break;
    case COCUR:  *out = cell_number((double)field->with_class / (double)analyze->rows); break;
    case ACC:    *out = cell_number((double)field->right / (double)field->with_class); break;
    default:     *out = cell_number(field->balance); break;
    }
    return OK;
}

static status analyzefields_finish(struct op *op)
{
    struct analyzefields *analyze = container_of(op, struct analyzefields, op);

    if (!analyze->sorted) {
        TRY(sorted_rows_send(&analyze->kept, judge_batch));
        TRY(settle(analyze));
    }
    return results_emit(&analyze->results);
}

static void analyzefields_close(struct op *op)
{
    struct analyzefields *analyze = container_of(op, struct analyzefields, op);
    struct heap          *heap = op->context->heap;

    if (!analyze->values.heap)
        return;
    interner_free(&analyze->values);
    pairs_free(&analyze->pairs);
    heap_free(heap, analyze->field, analyze->field_room * sizeof *analyze->field);
    heap_free(heap, analyze->position, analyze->positions * sizeof *analyze->position);
    heap_free(heap, analyze->numbers, analyze->numbers_room * sizeof *analyze->numbers);
    sorted_rows_free(&analyze->kept);
}

static const struct op_kind analyzefields_kind = {
    .name = "analyzefields", .push = analyzefields_push, .finish = analyzefields_finish, .close = analyzefields_close,
    .spills = true,
};

static status analyzefields_open(const struct stage *stage, struct run *run, struct op **out)
{
    static const char *const names[COLUMNS] = { "field", "count", "cocur", "acc", "balacc" };
    const struct name      **column;
    struct analyzefields    *analyze;

    TRY(op_new(&analyzefields_kind, sizeof *analyze, stage, run, out));
    analyze = container_of(*out, struct analyzefields, op);
    interner_init(&analyze->values, (*out)->context->heap);
    pairs_init(&analyze->pairs, (*out)->context->heap);
    sorted_rows_init(&analyze->kept, *out, NULL, 0, 0);
    TRY_NEW(analyze->classes = names_intern(run->names, stage_argument(stage, CLASSFIELD)->text));
    TRY_NEW(column = ARENA_ARRAY(&(*out)->arena, const struct name *, COLUMNS));
    for (uint32_t i = 0; i < COLUMNS; i++)
        TRY_NEW(column[i] = names_intern(run->names, str_of(names[i])));
    analyze->results = (struct results){ *out, column, COLUMNS, 0, analyzefields_cell, analyze, .rests = true };
    return OK;
}

static status analyzefields_needs(const struct stage *stage, struct wanted *wanted)
{
    wanted_clear(wanted);
    TRY(wanted_add_pattern(wanted, STR("*")));
    return wanted_add(wanted, stage_argument(stage, CLASSFIELD)->text);
}

const struct command command_analyzefields = {
    .name = "analyzefields", .aliases = { "af" }, .usage = "analyzefields classfield=<field>",
    .summary = "How well the numbers of each field tell the class of a row",
    .keeps = "three numbers for each field and class",
    .params = analyzefields_params, .traits = TRAIT_TRANSFORMS,
    .needs = analyzefields_needs, .open = analyzefields_open,
    .example = { "analyzefields classfield=c",
                 "{\"c\":\"a\",\"n\":1,\"t\":\"x\"}\n{\"c\":\"a\",\"n\":3}\n{\"c\":\"b\",\"n\":10}\n{\"c\":\"b\",\"n\":14}",
                 "{\"field\":\"n\",\"count\":4,\"cocur\":1,\"acc\":1,\"balacc\":1}" },
};
