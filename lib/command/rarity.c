/* What is anomalous about values: a value of a field is when its share of the field's values is below the threshold
 * (Anomaly_Score_Cat), and, in a field of numbers alone, when a value of a normal distribution with the field's mean and
 * standard deviation would be as far from the mean with a probability below the threshold, erfc(|x - mean| / (stdev
 * sqrt 2)) (Anomaly_Score_Num). Splunk names the two tests and the distribution, and not the scale of its scores: here a
 * score is the probability that was compared. Fields are left out by Splunk's rules: too few values, too many or too few
 * of them anomalous. */
#include "command/anomaly.h"
#include "rows/results.h"
#include "rows/sorted_rows.h"

#include <math.h>

enum { CATEGORICAL, NUMERICAL, TESTS };

struct judged {                             /* a field */
    const struct name *score[TESTS];
    double             anomalous[TESTS];    /* part of the values */
    bool               used[TESTS], is_numeric;
};

struct rarity {
    struct op                  op;
    const struct rarity_bound *bound;
    struct tabulation          tabulation;
    struct sorted_rows         rows;
    struct judged             *field;       /* by number of the tabulation */
    uint32_t                  *sorted;      /* these numbers in order of the names */
    uint32_t                   fields;
    uint64_t                   sent;
};

enum anomaly_action anomaly_action_named(str word)
{
    char first = word.size ? (char)(word.at[0] | 0x20) : 'f';

    return first == 'f' ? ANOMALY_FILTER : first == 'a' ? ANOMALY_ANNOTATE : ANOMALY_SUMMARY;
}

status anomalies_needs(const struct tabulated_fields *fields, enum anomaly_action action, struct wanted *wanted)
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

static double chance_of_times(const struct tabulated *field, uint64_t times) { return (double)times / (double)field->times; }

/* 1: not anomalous. */
static double chance_of_number(const struct tabulated *field, double number)
{
    return field->stdev > 0 ? erfc(fabs(number - field->mean) / (field->stdev * sqrt(2))) : 1;
}

/* How many values are anomalous. */
static status judge_values(struct rarity *rarity)
{
    struct tabulation     *tabulation = &rarity->tabulation;
    double                 threshold = rarity->bound->threshold;
    struct tabulated_value value;
    status                 result;

    TRY(tabulation_start(tabulation, false));
    while ((result = tabulation_next(tabulation, &value)) == OK) {
        const struct tabulated *field = &tabulation->field[value.field];
        struct judged          *judged = &rarity->field[value.field];
        if (chance_of_times(field, value.times) < threshold)
            judged->anomalous[CATEGORICAL] += (double)value.times;
        if (judged->is_numeric && chance_of_number(field, value.number) < threshold)
            judged->anomalous[NUMERICAL] += (double)value.times;
    }
    return result == DONE ? OK : result;
}

static void judge_field(const struct rarity *rarity, const struct tabulated *field, struct judged *judged)
{
    const struct rarity_bound *bound = rarity->bound;
    double                     rows = (double)field->rows;

    for (uint32_t t = 0; t < TESTS; t++) {
        judged->anomalous[t] /= (double)field->times;
        judged->used[t] = rows >= bound->least_count && rows / (double)rarity->tabulation.rows >= bound->least_support
            && judged->anomalous[t] <= bound->most_anomalous && judged->anomalous[t] >= bound->least_anomalous
            && (t == CATEGORICAL || judged->is_numeric);
    }
}

/* Of fields that are judged by how often their values occur, these are needed again; all but those that occur once. */
static status remember(struct rarity *rarity)
{
    struct tabulated_value value;
    status                 result;

    TRY(tabulation_start(&rarity->tabulation, true));
    while ((result = tabulation_next(&rarity->tabulation, &value)) == OK)
        if (value.times > 1 && rarity->field[value.field].used[CATEGORICAL])
            TRY(tabulation_remember(&rarity->tabulation, &value));
    return result == DONE ? OK : result;
}

static status name_scores(struct rarity *rarity, const struct name *field, struct judged *judged)
{
    static const char *const begin[] = { "Anomaly_Score_Cat(", "Anomaly_Score_Num(" };
    status                   result = OK;

    for (uint32_t t = 0; t < TESTS && result == OK; t++) {
        struct buf name;
        buf_init(&name, rarity->op.context->heap);
        buf_text(&name, begin[t]);
        buf_put(&name, name_str(field));
        buf_byte(&name, ')');
        result = buf_status(&name);
        if (result == OK && !(judged->score[t] = names_intern(rarity->op.context->names, buf_str(&name))))
            result = FAIL_MEMORY;
        buf_free(&name);
    }
    return result;
}

static status judge_fields(struct rarity *rarity)
{
    struct tabulation *tabulation = &rarity->tabulation;
    struct arena      *arena = &rarity->op.arena;
    bool               by_times = false;

    TRY_NEW(rarity->field = ARENA_ARRAY(arena, struct judged, tabulation->fields + (size_t)1));
    TRY(tabulation_sorted(tabulation, arena, &rarity->sorted, &rarity->fields));
    TRY(tabulation_read(tabulation));
    for (uint32_t i = 0; i < tabulation->fields; i++)
        rarity->field[i].is_numeric = tabulation->field[i].numbers == tabulation->field[i].values;
    TRY(tabulation_read(tabulation));
    TRY(judge_values(rarity));
    for (uint32_t i = 0; i < rarity->fields; i++) {
        const struct tabulated *field = &tabulation->field[rarity->sorted[i]];
        struct judged          *judged = &rarity->field[rarity->sorted[i]];
        judge_field(rarity, field, judged);
        TRY(name_scores(rarity, field->name, judged));
        by_times |= judged->used[CATEGORICAL];
    }
    if (rarity->bound->action != ANOMALY_SUMMARY && by_times)
        TRY(remember(rarity));
    tabulation_forget(tabulation);
    return OK;
}

/* --- events -------------------------------------------------------------------------------------------------------- */

struct chances {                            /* of the values in a column */
    uint32_t        count;
    const uint32_t *row;                    /* NULL: value i is of row i */
    double         *chance;
};

static status find_chances(struct rarity *rarity, struct batch *batch, struct column *column, uint32_t number, uint32_t test,
                           struct chances *out)
{
    struct arena             *step = &rarity->op.step;
    struct tabulation        *tabulation = &rarity->tabulation;
    const struct tabulated   *field = &tabulation->field[number];
    struct tabulated_numbers  numbers = { 0 };
    struct tabulated_pairs    pairs = { 0 };

    if (test == NUMERICAL)
        TRY(tabulation_numbers(batch, column, step, &numbers));
    else
        TRY(tabulation_pairs(tabulation, number, batch, column, step, &pairs));
    *out = (struct chances){ .count = numbers.count + pairs.count, .row = test == NUMERICAL ? numbers.row : pairs.row };
    TRY_NEW(out->chance = ARENA_ARRAY(step, double, out->count + (size_t)1));
    for (uint32_t i = 0; i < numbers.count; i++)
        out->chance[i] = chance_of_number(field, numbers.number[i]);
    for (uint32_t i = 0; i < pairs.count; i++)
        out->chance[i] = chance_of_times(field, tabulation_times(tabulation, pairs.pair[i]));
    return OK;
}

/* The least probable of a row's values is its score. */
static status score_field(struct rarity *rarity, struct batch *batch, uint32_t number, uint32_t place, uint8_t *found)
{
    const struct judged *field = &rarity->field[number];
    struct column       *column = batch_column(batch, rarity->tabulation.field[number].name);
    struct chances       chances;

    for (uint32_t t = 0; t < TESTS && column; t++) {
        struct column *scores;
        if (!field->used[t])
            continue;
        TRY(find_chances(rarity, batch, column, number, t, &chances));
        TRY(column_to_cells(NULL, &batch->rows, batch->size, &batch->arena, &scores));
        for (uint32_t i = 0; i < chances.count; i++) {
            uint32_t     row = chances.row ? chances.row[i] : i;
            double       chance = chances.chance[i];
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
        TRY(score_field(rarity, batch, rarity->sorted[i], TESTS * i, found));
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

    return op_emit_if(op, result, takes);
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
    const struct rarity    *rarity = host;
    const struct judged    *field = &rarity->field[rarity->sorted[row]];
    const struct tabulated *tabulated = &rarity->tabulation.field[rarity->sorted[row]];
    double                  rows = (double)tabulated->rows;

    (void)arena;
    switch (column) {
    case FIELDNAME:      *out = cell_field_text(name_str(tabulated->name)); break;
    case COUNT:          *out = cell_number(rows); break;
    case DISTINCT_COUNT: *out = cell_number((double)tabulated->values); break;
    case CAT_ANO:        *out = cell_number(100 * field->anomalous[CATEGORICAL]); break;
    case CAT_NORM:       *out = cell_number(100 - 100 * field->anomalous[CATEGORICAL]); break;
    case SUPPORT:        *out = cell_number(100 * (rows / (double)rarity->tabulation.rows)); break;
    case USE_CAT:        *out = yes_or_no(field->used[CATEGORICAL]); break;
    case USE_NUM:        *out = yes_or_no(field->used[NUMERICAL]); break;
    case IS_NUM:         *out = yes_or_no(field->is_numeric); break;
    default:
        if (field->is_numeric)
            *out = cell_number(column == MEAN ? tabulated->mean : column == STDEV ? tabulated->stdev
                               : 100 * field->anomalous[NUMERICAL]);
        break;
    }
    return OK;
}

static status rarity_finish(struct op *op)
{
    struct rarity     *rarity = container_of(op, struct rarity, op);
    const struct name *name[COLUMNS];

    if (!sorted_rows_sending(&rarity->rows)) {
        TRY(sorted_rows_yield(&rarity->rows));
        TRY(judge_fields(rarity));
    }
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
    sorted_rows_init(&rarity->rows, *out, NULL, 0, 0);
    return tabulation_open(&rarity->tabulation, *out, bound->fields, false);
}
