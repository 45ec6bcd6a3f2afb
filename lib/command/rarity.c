/* What is anomalous about values: a value of a field is when its share of the field's values is below the threshold
 * (Anomaly_Score_Cat), and, in a field of numbers alone, when a value of a normal distribution with the field's mean and
 * standard deviation would be as far from the mean with a probability below the threshold, erfc(|x - mean| / (stdev
 * sqrt 2)) (Anomaly_Score_Num). Splunk names the two tests and the distribution, and not the scale of its scores: here a
 * score is the probability that was compared. Fields are left out by Splunk's rules: too few values, too many or too few
 * of them anomalous. */
#include "command/anomalies.h"
#include "command/results.h"
#include "command/sorted_rows.h"
#include "command/tabulation.h"
#include "value/number.h"

#include <math.h>
#include <stdlib.h>


struct judged {                             /* a field */
    uint32_t           number;              /* of the tabulation */
    const struct name *name, *score[2];     /* by test */
    double             anomalous[2];        /* part of the values */
    bool               used[2], is_numeric;
    double             mean, stdev;
};

enum { CATEGORICAL, NUMERICAL, TESTS };

struct rarity {
    struct op                  op;
    const struct rarity_bound *bound;
    struct tabulation          tabulation;
    struct sorted_rows         rows;
    struct judged             *field;       /* in order of the names */
    uint32_t                   fields;
    double                    *chance[TESTS];   /* by pair of the tabulation; 1 and more: not anomalous */
    uint64_t                   sent;
};

enum anomaly_action anomaly_action_named(str word)
{
    char first = word.size ? (char)(word.at[0] | 0x20) : 'f';

    return first == 'f' ? ANOMALY_FILTER : first == 'a' ? ANOMALY_ANNOTATE : ANOMALY_SUMMARY;
}

status anomalies_needs(const struct argument *fields, enum anomaly_action action, struct wanted *wanted)
{
    if (action == ANOMALY_SUMMARY)
        wanted_clear(wanted);
    return tabulation_needs(fields, wanted);
}

static status rarity_push(struct op *op, struct batch *in)
{
    struct rarity *rarity = container_of(op, struct rarity, op);

    TRY(tabulation_add(&rarity->tabulation, in, &op->step));
    return rarity->bound->action == ANOMALY_SUMMARY ? OK : sorted_rows_add(&rarity->rows, in);
}

/* --- fields -------------------------------------------------------------------------------------------------------- */

/* The chance of each value by both tests, and how many values are anomalous. */
static void judge_values(struct rarity *rarity, struct judged *field, double total)
{
    const struct distinct *distinct = &rarity->tabulation.distinct;

    for (uint32_t pair = distinct_newest(distinct, field->number); pair != PAIR_NONE; pair = distinct->next[pair]) {
        double times = (double)distinct->times[pair], number;
        rarity->chance[CATEGORICAL][pair] = times / total;
        rarity->chance[NUMERICAL][pair] = 1;
        if (field->is_numeric && field->stdev > 0 && number_parse_loose(distinct_text(distinct, pair), &number))
            rarity->chance[NUMERICAL][pair] = erfc(fabs(number - field->mean) / (field->stdev * sqrt(2)));
        for (uint32_t t = 0; t < TESTS; t++)
            if (rarity->chance[t][pair] < rarity->bound->threshold)
                field->anomalous[t] += times;
    }
    for (uint32_t t = 0; t < TESTS; t++)
        field->anomalous[t] /= total;
}

static status judge_field(struct rarity *rarity, uint32_t number, struct judged *field)
{
    const struct rarity_bound *bound = rarity->bound;
    const struct distinct     *distinct = &rarity->tabulation.distinct;
    double                     rows = (double)rarity->tabulation.field[number].rows, total = 0;
    struct numbers             numbers;

    arena_reset(&rarity->op.step);
    *field = (struct judged){ .number = number, .name = rarity->tabulation.field[number].name };
    TRY(tabulation_numbers(&rarity->tabulation, number, &rarity->op.step, &numbers));
    for (uint32_t pair = distinct_newest(distinct, number); pair != PAIR_NONE; pair = distinct->next[pair])
        total += (double)distinct->times[pair];
    field->is_numeric = numbers.count == distinct_count(distinct, number);
    if (field->is_numeric) {
        field->mean = numbers_mean(&numbers);
        field->stdev = numbers_stdev(&numbers, field->mean);
    }
    judge_values(rarity, field, total);
    for (uint32_t t = 0; t < TESTS; t++)
        field->used[t] = rows >= bound->least_count && rows / (double)rarity->tabulation.rows >= bound->least_support
            && field->anomalous[t] <= bound->most_anomalous && field->anomalous[t] >= bound->least_anomalous
            && (t == CATEGORICAL || field->is_numeric);
    return OK;
}

static status name_scores(struct rarity *rarity, struct judged *field)
{
    static const char *const begin[] = { "Anomaly_Score_Cat(", "Anomaly_Score_Num(" };
    status                   result = OK;

    for (uint32_t t = 0; t < TESTS && result == OK; t++) {
        struct buf name;
        buf_init(&name, rarity->op.context->heap);
        buf_text(&name, begin[t]);
        buf_put(&name, name_str(field->name));
        buf_byte(&name, ')');
        result = buf_status(&name);
        if (result == OK && !(field->score[t] = names_intern(rarity->op.context->names, buf_str(&name))))
            result = FAIL_MEMORY;
        buf_free(&name);
    }
    return result;
}

static int compare_fields(const void *left, const void *right)
{
    return str_compare(name_str(((const struct judged *)left)->name), name_str(((const struct judged *)right)->name));
}

static status judge_fields(struct rarity *rarity)
{
    const struct tabulation *tabulation = &rarity->tabulation;
    struct arena            *arena = &rarity->op.arena;

    TRY_NEW(rarity->field = ARENA_ARRAY(arena, struct judged, tabulation->fields + (size_t)1));
    for (uint32_t t = 0; t < TESTS; t++)
        TRY_NEW(rarity->chance[t] = ARENA_ARRAY(arena, double, tabulation->distinct.pairs.count + (size_t)1));
    for (uint32_t i = 0; i < tabulation->fields; i++) {
        TRY(run_check(rarity->op.run));
        if (tabulation->field[i].rows)
            TRY(judge_field(rarity, i, &rarity->field[rarity->fields++]));
    }
    qsort(rarity->field, rarity->fields, sizeof *rarity->field, compare_fields);
    for (uint32_t i = 0; i < rarity->fields; i++)
        TRY(name_scores(rarity, &rarity->field[i]));
    return OK;
}

/* --- events -------------------------------------------------------------------------------------------------------- */

/* The least probable of a row's values is its score. */
static status score_field(struct rarity *rarity, struct batch *batch, struct judged *field, uint32_t place, uint8_t *found)
{
    struct column          *column = batch_column(batch, field->name);
    struct tabulated_values values;

    if (!column || !(field->used[CATEGORICAL] || field->used[NUMERICAL]))
        return OK;
    TRY(tabulation_values(&rarity->tabulation, field->number, batch, column, &rarity->op.step, &values));
    for (uint32_t t = 0; t < TESTS; t++) {
        struct column *scores;
        if (!field->used[t])
            continue;
        TRY(column_to_cells(NULL, &batch->rows, batch->size, &batch->arena, &scores));
        for (uint32_t i = 0; i < values.count; i++) {
            uint32_t     row = values.row ? values.row[i] : i;
            double       chance = rarity->chance[t][values.pair[i]];
            struct cell *cell = &scores->cell[row];
            if (!(chance < rarity->bound->threshold) || (cell->kind == KIND_NUMBER && cell->number <= chance))
                continue;
            *cell = cell_number(chance);
            found[row] = 1;
        }
        TRY(send_column(&rarity->op, batch, field->score[t], scores, place + t));
    }
    return OK;
}

static status score_rows(struct rarity *rarity, struct batch *batch)
{
    uint8_t  *found = ARENA_ARRAY(&batch->arena, uint8_t, batch->size);
    uint32_t *row = ARENA_ARRAY(&batch->arena, uint32_t, batch->size), count = 0;

    if (!found || !row)
        return FAIL_MEMORY;
    for (uint32_t i = 0; i < rarity->fields; i++) {
        arena_reset(&rarity->op.step);
        TRY(score_field(rarity, batch, &rarity->field[i], TESTS * i, found));
    }
    for (uint32_t r = 0; r < batch->size; r++) {
        if (rarity->bound->action == ANOMALY_FILTER && !found[r])
            continue;
        if (rarity->sent++ >= context_limit(rarity->op.context, LIMIT_ANOMALIES)) {
            op_note(&rarity->op, "anomalousvalue", STR("rows beyond limit.anomalousvalue were dropped"));
            continue;
        }
        row[count++] = r;
    }
    batch->rows = (struct rows){ count, row };
    return OK;
}

static status emit_scored(struct op *op, struct batch *takes)
{
    status result = score_rows(container_of(op, struct rarity, op), takes);

    if (result != OK) {
        batch_release(takes);
        return result;
    }
    return op_emit(op, takes);
}

/* --- summary ------------------------------------------------------------------------------------------------------- */

enum {
    FIELDNAME, COUNT, DISTINCT_COUNT, MEAN, CAT_ANO, CAT_NORM, NUM_ANO, STDEV, SUPPORT, USE_CAT, USE_NUM, IS_NUM, COLUMNS
};

static const char *const COLUMN_NAMES[COLUMNS] = {
    "fieldname", "count", "distinct_count", "mean", "catAnoFreq%", "catNormFreq%", "numAnoFreq%", "stdev", "supportFreq%",
    "useCat", "useNum", "isNum",
};

static struct cell yes_or_no(bool truth)
{
    return cell_field_text(truth ? STR("YES") : STR("NO"));
}

static status summary_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct rarity *rarity = host;
    const struct judged *field = &rarity->field[row];
    double               rows = (double)rarity->tabulation.field[field->number].rows;

    (void)arena;
    switch (column) {
    case FIELDNAME:      *out = cell_field_text(name_str(field->name)); break;
    case COUNT:          *out = cell_number(rows); break;
    case DISTINCT_COUNT: *out = cell_number(distinct_count(&rarity->tabulation.distinct, field->number)); break;
    case CAT_ANO:        *out = cell_number(100 * field->anomalous[CATEGORICAL]); break;
    case CAT_NORM:       *out = cell_number(100 - 100 * field->anomalous[CATEGORICAL]); break;
    case SUPPORT:        *out = cell_number(100 * (rows / (double)rarity->tabulation.rows)); break;
    case USE_CAT:        *out = yes_or_no(field->used[CATEGORICAL]); break;
    case USE_NUM:        *out = yes_or_no(field->used[NUMERICAL]); break;
    case IS_NUM:         *out = yes_or_no(field->is_numeric); break;
    default:
        if (field->is_numeric)
            *out = cell_number(column == MEAN ? field->mean : column == STDEV ? field->stdev
                               : 100 * field->anomalous[NUMERICAL]);
        break;
    }
    return OK;
}

static status rarity_finish(struct op *op)
{
    struct rarity     *rarity = container_of(op, struct rarity, op);
    const struct name *name[COLUMNS];

    if (!sorted_rows_sending(&rarity->rows))
        TRY(judge_fields(rarity));
    if (rarity->bound->action != ANOMALY_SUMMARY)
        return sorted_rows_send(&rarity->rows, emit_scored);
    for (uint32_t i = 0; i < COLUMNS; i++)
        TRY_NEW(name[i] = names_intern(op->context->names, str_of(COLUMN_NAMES[i])));
    return results_emit(&(struct results){ op, name, COLUMNS, rarity->fields, summary_cell, rarity });
}

static void rarity_close(struct op *op)
{
    struct rarity *rarity = container_of(op, struct rarity, op);

    tabulation_free(&rarity->tabulation);
    sorted_rows_free(&rarity->rows);
}

static const struct op_kind rarity_kind = {
    .name = "rarity", .push = rarity_push, .finish = rarity_finish, .close = rarity_close,
    .spills = true,
};

status rarity_open(const struct rarity_bound *bound, const struct stage *stage, struct run *run, struct op **out)
{
    struct rarity *rarity;

    TRY(op_new(&rarity_kind, sizeof *rarity, stage, run, out));
    rarity = container_of(*out, struct rarity, op);
    rarity->bound = bound;
    tabulation_init(&rarity->tabulation, (*out)->context->heap, bound->fields);
    sorted_rows_init(&rarity->rows, *out, NULL, 0, 0);
    return OK;
}
