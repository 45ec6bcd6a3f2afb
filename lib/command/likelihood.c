/* How likely an event is: the product of the frequencies of its values, each the part of all rows that have this value in
 * this field (Splunk's reference, "anomalydetection"). Of a field of numbers alone the frequency is that of the histogram
 * bin that the value falls into; bins begin at the smallest value and are as wide as Scott's rule says: 3.49 stdev /
 * n^(1/3) for n values. No value is a value as well; of several values the rarest counts.
 *
 * Events are anomalous when the logarithm of their probability is below the threshold: that of pthresh, or the first
 * quartile of all logarithms less 1.5 times the distance to the third. Splunk lowers that with cutoff=true and does not
 * say how far; here it is 3 times the distance, Tukey's outer fence. */
#include "command/anomaly.h"
#include "base/search.h"
#include "rows/results.h"
#include "rows/sorted_rows.h"

#include <math.h>

struct weighed {                            /* a field */
    bool     is_numeric;                    /* all of its values */
    double   width;                         /* of bins; 0: there is one */
    uint32_t first, bins;                   /* its bins */
};

struct bin {                                /* of the numbers of a field */
    double   number;                        /* 0: the one that begins at the smallest */
    uint64_t times;
};

struct likely {                             /* an event */
    double   log;                           /* of its probability */
    double   rarest, commonest;             /* frequencies of its values */
    uint32_t cause;                         /* the field of the rarest */
};

enum { LOG_EVENT_PROB, PROBABLE_CAUSE, PROBABLE_CAUSE_FREQ, MAX_FREQ, ADDED };

static const char *const ADDED_NAMES[ADDED] = {
    "log_event_prob", "probable_cause", "probable_cause_freq", "max_freq",
};

enum { NUM_ANOMALIES, THRESH, MAX_LOGPROB, MIN_LOGPROB, FIRST_QUARTILE, THIRD_QUARTILE, COLUMNS };

static const char *const COLUMN_NAMES[COLUMNS] = {
    "num_anomalies", "thresh", "max_logprob", "min_logprob", "1st_quartile", "3rd_quartile",
};

struct likelihood {
    struct op                      op;
    const struct likelihood_bound *bound;
    struct tabulation              tabulation;
    struct sorted_rows             rows;
    struct weighed                *field;   /* by number of the tabulation */
    uint32_t                      *sorted;  /* these numbers in order of the names */
    uint32_t                       fields;
    struct bin                    *bin;     /* of all fields, ascending in each; those that are empty are not there */
    uint32_t                       bins, bin_room;
    struct likely                 *event;       /* by row of the batch at hand */
    uint32_t                       room;
    const struct name             *log_name;    /* a column for the time being, of a name that no field has */
    struct sort_by                 by_log;
    struct sorted_rows             logs;        /* of all events, ascending */
    bool                           summarized;
    double                         summary[COLUMNS];
    const struct name             *added[ADDED];
};

static status likelihood_push(struct op *op, struct batch *in)
{
    struct likelihood *likelihood = container_of(op, struct likelihood, op);

    TRY(tabulation_add(&likelihood->tabulation, in, &op->step));
    return sorted_rows_add(&likelihood->rows, in);
}

/* --- frequencies --------------------------------------------------------------------------------------------------- */

static double bin_of(const struct weighed *field, double low, double number)
{
    return field->width > 0 ? floor((number - low) / field->width) : 0;
}

/* Numbers come in ascending order, field after field. */
static status count_number(struct likelihood *likelihood, const struct tabulated_value *value)
{
    struct weighed *field = &likelihood->field[value->field];
    double          number = bin_of(field, likelihood->tabulation.field[value->field].least, value->number);

    if (field->bins && likelihood->bin[likelihood->bins - 1].number == number) {
        likelihood->bin[likelihood->bins - 1].times += value->times;
        return OK;
    }
    if (!heap_grow(likelihood->op.context->heap, &likelihood->bin, &likelihood->bin_room, likelihood->bins + 1,
                   sizeof *likelihood->bin))
        return FAIL_MEMORY;
    field->first = field->bins++ ? field->first : likelihood->bins;
    likelihood->bin[likelihood->bins++] = (struct bin){ number, value->times };
    return OK;
}

static uint64_t times_of_bin(const struct likelihood *likelihood, uint32_t field, double number)
{
    const struct weighed *weighed = &likelihood->field[field];
    const struct bin     *bin = likelihood->bin + weighed->first;
    double                wanted = bin_of(weighed, likelihood->tabulation.field[field].least, number);

    return bin[search_last_double(&bin->number, sizeof *bin, weighed->bins, wanted)].times;
}

/* Bins of fields of numbers, and of the others those values that are more than once. */
static status weigh_values(struct likelihood *likelihood)
{
    struct tabulated_value value;
    status                 result;

    TRY(tabulation_start(&likelihood->tabulation, true));
    while ((result = tabulation_next(&likelihood->tabulation, &value)) == OK)
        if (likelihood->field[value.field].is_numeric)
            TRY(count_number(likelihood, &value));
        else if (value.times > 1)
            TRY(tabulation_remember(&likelihood->tabulation, &value));
    return result == DONE ? OK : result;
}

static status weigh_fields(struct likelihood *likelihood)
{
    struct tabulation *tabulation = &likelihood->tabulation;

    TRY_NEW(likelihood->field = ARENA_ARRAY(&likelihood->op.arena, struct weighed, tabulation->fields + (size_t)1));
    TRY(tabulation_sorted(tabulation, &likelihood->op.arena, &likelihood->sorted, &likelihood->fields));
    TRY(tabulation_read(tabulation));
    TRY(tabulation_read(tabulation));
    for (uint32_t i = 0; i < tabulation->fields; i++) {
        const struct tabulated *field = &tabulation->field[i];
        likelihood->field[i].is_numeric = field->numbers && field->numbers == field->values;
        if (likelihood->field[i].is_numeric)
            likelihood->field[i].width = 3.49 * field->stdev / cbrt((double)field->number_times);
    }
    TRY(weigh_values(likelihood));
    tabulation_forget(tabulation);
    return OK;
}

/* --- events -------------------------------------------------------------------------------------------------------- */

/* Of the rarest value of each row; 0: it has none. Of many multivalues it can be above 1. */
static status find_frequencies(struct likelihood *likelihood, struct batch *batch, uint32_t number, double *frequency)
{
    struct tabulation       *tabulation = &likelihood->tabulation;
    struct column           *column = batch_column(batch, tabulation->field[number].name);
    bool                     is_numeric = likelihood->field[number].is_numeric;
    double                   rows = (double)tabulation->rows;
    struct tabulated_numbers numbers = { 0 };
    struct tabulated_pairs   pairs = { 0 };

    if (column && is_numeric)
        TRY(tabulation_numbers(batch, column, &likelihood->op.step, &numbers));
    else if (column)
        TRY(tabulation_pairs(tabulation, number, batch, column, &likelihood->op.step, &pairs));
    for (uint32_t i = 0; i < numbers.count + pairs.count; i++) {
        const uint32_t *rows_of = is_numeric ? numbers.row : pairs.row;
        uint32_t        row = rows_of ? rows_of[i] : i;
        double          found = (double)(is_numeric ? times_of_bin(likelihood, number, numbers.number[i])
                                                    : tabulation_times(tabulation, pairs.pair[i])) / rows;
        found = found < 1 ? found : 1;
        frequency[row] = frequency[row] > 0 && frequency[row] < found ? frequency[row] : found;
    }
    return OK;
}

/* `place`: of the field in the order of the names. */
static status weigh_column(struct likelihood *likelihood, struct batch *batch, uint32_t place)
{
    uint32_t       number = likelihood->sorted[place];
    double         rows = (double)likelihood->tabulation.rows;
    double         missing = (rows - (double)likelihood->tabulation.field[number].rows) / rows;
    struct likely *event = likelihood->event;
    double        *frequency;

    TRY_NEW(frequency = ARENA_ARRAY(&likelihood->op.step, double, batch->size));
    TRY(find_frequencies(likelihood, batch, number, frequency));
    for (uint32_t row = 0; row < batch->size; row++) {
        double found = frequency[row] > 0 ? frequency[row] : missing;
        if (place == 0 || found < event[row].rarest) {
            event[row].rarest = found;
            event[row].cause = number;
        }
        if (place == 0 || found > event[row].commonest)
            event[row].commonest = found;
        event[row].log += log(found);
    }
    return OK;
}

static status weigh_rows(struct likelihood *likelihood, struct batch *batch)
{
    struct op *op = &likelihood->op;

    if (!heap_grow(op->context->heap, &likelihood->event, &likelihood->room, batch->size, sizeof *likelihood->event))
        return FAIL_MEMORY;
    memset(likelihood->event, 0, batch->size * sizeof *likelihood->event);
    for (uint32_t i = 0; i < likelihood->fields; i++) {
        arena_reset(&op->step);
        TRY(weigh_column(likelihood, batch, i));
    }
    return OK;
}

static status put_logs(struct likelihood *likelihood, struct batch *batch)
{
    struct batch  *logs = batch_new(likelihood->op.context->heap, batch->size);
    struct column *column = logs ? column_number(&logs->arena, batch->size) : NULL;
    status         result = column ? OK : FAIL_MEMORY;

    for (uint32_t row = 0; row < batch->size && result == OK; row++)
        column->number[row] = likelihood->event[row].log;
    if (result == OK)
        result = batch_set(logs, likelihood->log_name, column, likelihood->op.stage->rank);
    if (result == OK)
        result = sorted_rows_add(&likelihood->logs, logs);
    batch_release(logs);
    return result;
}

/* The logarithms of all rows. */
static status collect_logs(struct likelihood *likelihood)
{
    struct batch *batch;
    status        result;

    TRY(sorted_rows_yield(&likelihood->rows));
    while ((result = sorted_rows_next(&likelihood->rows, 0, &batch)) == OK) {
        result = weigh_rows(likelihood, batch);
        if (result == OK)
            result = put_logs(likelihood, batch);
        batch_release(batch);
        TRY(result);
    }
    return result == DONE ? sorted_rows_rewind(&likelihood->rows) : result;
}

/* Calls `see` with the logarithms, ascending, and their ranks, until it says ENOUGH. */
static status each_log(struct likelihood *likelihood,
                       status (*see)(struct likelihood *likelihood, uint64_t rank, double log))
{
    struct batch *batch;
    uint64_t      rank = 0;
    status        result;

    TRY(sorted_rows_rewind(&likelihood->logs));
    while ((result = sorted_rows_next(&likelihood->logs, 0, &batch)) == OK) {
        const struct column *column = batch_column(batch, likelihood->log_name);
        for (uint32_t row = 0; row < batch->size && result == OK; row++)
            result = see(likelihood, rank++, column_cell(column, row).number);
        batch_release(batch);
        if (result != OK)
            break;
    }
    return result == DONE || result == ENOUGH ? OK : result;
}

/* Quartiles lie between two neighbours. */
static void see_quantile(double *quantile, double part, uint64_t count, uint64_t rank, double log)
{
    double place = part * (double)(count - 1), low = floor(place);

    if (rank == (uint64_t)low)
        *quantile = log;
    else if (rank == (uint64_t)low + 1 && place > low)
        *quantile += (place - low) * (log - *quantile);
}

static status see_log(struct likelihood *likelihood, uint64_t rank, double log)
{
    double  *summary = likelihood->summary;
    uint64_t count = likelihood->tabulation.rows;

    if (rank == 0)
        summary[MIN_LOGPROB] = log;
    summary[MAX_LOGPROB] = log;
    see_quantile(&summary[FIRST_QUARTILE], 0.25, count, rank, log);
    see_quantile(&summary[THIRD_QUARTILE], 0.75, count, rank, log);
    return OK;
}

static status count_anomaly(struct likelihood *likelihood, uint64_t rank, double log)
{
    (void)rank;
    if (!(log < likelihood->summary[THRESH]))
        return ENOUGH;
    likelihood->summary[NUM_ANOMALIES]++;
    return OK;
}

static status summarize(struct likelihood *likelihood)
{
    double *summary = likelihood->summary;

    TRY(sorted_rows_yield(&likelihood->rows));
    TRY(weigh_fields(likelihood));
    TRY(collect_logs(likelihood));
    TRY(each_log(likelihood, see_log));
    summary[THRESH] = likelihood->bound->threshold > 0 ? log(likelihood->bound->threshold)
        : summary[FIRST_QUARTILE]
            - (likelihood->bound->cutoff ? 3 : 1.5) * (summary[THIRD_QUARTILE] - summary[FIRST_QUARTILE]);
    TRY(each_log(likelihood, count_anomaly));
    sorted_rows_free(&likelihood->logs);
    likelihood->summarized = true;
    return OK;
}

static status add_columns(struct likelihood *likelihood, struct batch *batch)
{
    struct column *column[ADDED];

    for (uint32_t c = 0; c < ADDED; c++)
        TRY(column_to_cells(NULL, &batch->rows, batch->size, &batch->arena, &column[c]));
    for (uint32_t row = 0; row < batch->size && likelihood->fields; row++) {
        const struct likely *event = &likelihood->event[row];
        column[LOG_EVENT_PROB]->cell[row] = cell_number(event->log);
        column[PROBABLE_CAUSE]->cell[row] = cell_field_text(name_str(likelihood->tabulation.field[event->cause].name));
        column[PROBABLE_CAUSE_FREQ]->cell[row] = cell_number(event->rarest);
        column[MAX_FREQ]->cell[row] = cell_number(event->commonest);
    }
    for (uint32_t c = 0; c < ADDED; c++)
        TRY(send_column(&likelihood->op, batch, likelihood->added[c], column[c], c));
    return OK;
}

static status emit_weighed(struct op *op, struct batch *takes)
{
    struct likelihood *likelihood = container_of(op, struct likelihood, op);
    uint32_t          *row = ARENA_ARRAY(&takes->arena, uint32_t, takes->size), count = 0;
    status             result = row ? weigh_rows(likelihood, takes) : FAIL_MEMORY;

    if (result == OK)
        result = add_columns(likelihood, takes);
    if (result != OK) {
        batch_release(takes);
        return result;
    }
    for (uint32_t r = 0; r < takes->size; r++)
        if (likelihood->bound->action == ANOMALY_ANNOTATE
            || likelihood->event[r].log < likelihood->summary[THRESH])
            row[count++] = r;
    return send_selected(op, takes, row, count);
}

static status summary_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    (void)row;
    (void)arena;
    *out = cell_number(((const struct likelihood *)host)->summary[column]);
    return OK;
}

static status likelihood_finish(struct op *op)
{
    struct likelihood *likelihood = container_of(op, struct likelihood, op);
    const struct name *name[COLUMNS];

    if (likelihood->tabulation.rows == 0)
        return OK;
    if (!likelihood->summarized)
        TRY(summarize(likelihood));
    if (likelihood->bound->action != ANOMALY_SUMMARY)
        return sorted_rows_send(&likelihood->rows, emit_weighed);
    for (uint32_t i = 0; i < COLUMNS; i++)
        TRY_NEW(name[i] = names_intern(op->context->names, str_of(COLUMN_NAMES[i])));
    return results_emit(&(struct results){ op, name, COLUMNS, 1, summary_cell, likelihood });
}

static void likelihood_close(struct op *op)
{
    struct likelihood *likelihood = container_of(op, struct likelihood, op);

    heap_free(op->context->heap, likelihood->event, likelihood->room * sizeof *likelihood->event);
    heap_free(op->context->heap, likelihood->bin, likelihood->bin_room * sizeof *likelihood->bin);
    tabulation_free(&likelihood->tabulation);
    sorted_rows_free(&likelihood->rows);
    sorted_rows_free(&likelihood->logs);
}

static const struct op_kind likelihood_kind = {
    .name = "likelihood", .push = likelihood_push, .finish = likelihood_finish, .close = likelihood_close,
    .spills = true,
};

status likelihood_open(const struct likelihood_bound *bound, const struct stage *stage, struct run *run, struct op **out)
{
    struct likelihood *likelihood;

    TRY(op_new(&likelihood_kind, sizeof *likelihood, stage, run, out));
    likelihood = container_of(*out, struct likelihood, op);
    likelihood->bound = bound;
    TRY(tabulation_open(&likelihood->tabulation, *out, bound->fields, true));
    sorted_rows_init(&likelihood->rows, *out, NULL, 0, 0);
    TRY_NEW(likelihood->log_name = names_intern(run->names, STR("\xff" "log")));
    likelihood->by_log = (struct sort_by){ .name = likelihood->log_name, .kind = SORT_NUMBER };
    sorted_rows_init(&likelihood->logs, *out, &likelihood->by_log, 1, 0);
    for (uint32_t i = 0; i < ADDED; i++)
        TRY_NEW(likelihood->added[i] = names_intern(run->names, str_of(ADDED_NAMES[i])));
    return OK;
}
