/* associate [supcnt=] [supfreq=] [improv=] [<fields>]: values of one field that tell about another (reporting 8).
 *
 * For each value of a reference field and each other field: how much the Shannon entropy of the other field, in bits,
 * falls when only the rows with that value count (Splunk's reference, "associate"). Entropies are over the rows that have
 * the field. Rows: by reference field, its value and the target field, in order of bytes. A field with more than 10000
 * values is left out, with a note (Splunk's maxvalues): it would tell about everything and learn from nothing.
 *
 * It has no partial results: which values are references is known at the end, and before that the counts of all values with
 * all others would be more than the rows. */
#include "rows/results.h"
#include "rows/sorted_rows.h"
#include "group/tabulation.h"
#include "plan/bind.h"
#include "value/number.h"

#include <math.h>
#include <stdlib.h>

enum { SUPCNT, SUPFREQ, IMPROV, FIELDS };
enum { SLICE = 4096 };

static const struct param associate_params[] = {
    [SUPCNT] = { "supcnt", PARAM_COUNT, PLACE_NAMED, .preset = "100", .help = "rows that a value must have" },
    [SUPFREQ] = { "supfreq", PARAM_NUMBER, PLACE_NAMED, .preset = "0.1", .least = 0, .most = 1,
                  .help = "and which part of all rows" },
    [IMPROV] = { "improv", PARAM_NUMBER, PLACE_NAMED, .preset = "0.5", .least = 0, .most = 1000,
                 .help = "bits by which the entropy of the other field must fall" },
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .wild = true, .help = "which fields; by default all" },
    { 0 }
};

struct found {                              /* how often a value occurs with a reference */
    uint32_t reference;                     /* pair of the tabulation */
    uint32_t field, pair;
    uint64_t times;
};

struct association {                        /* a row of the result */
    uint32_t reference, field;
    double   before, after;                 /* entropies */
    str      top;
};

struct associate {
    struct op           op;
    struct tabulation   tabulation;
    struct sorted_rows  rows;
    uint8_t            *refers;             /* by pair: it is a reference */
    uint32_t           *rank;               /* by code: of the text among all */
    double             *entropy;            /* by field */
    uint64_t           *values;             /* by field: how many there are */
    struct pairs        meetings;           /* (pair of a reference, pair of a value) */
    uint64_t           *times;              /* by meeting */
    uint32_t            room;
    uint32_t           *slice[2], sliced;   /* meetings that are still to be counted */
    struct association *association;
    uint32_t            associations, association_room;
};

static status associate_push(struct op *op, struct batch *in)
{
    struct associate *associate = container_of(op, struct associate, op);

    TRY(tabulation_add(&associate->tabulation, in, &op->step));
    return sorted_rows_add(&associate->rows, in);
}

/* --- references ---------------------------------------------------------------------------------------------------- */

/* The values of fields with few. */
static status remember(struct associate *associate)
{
    struct tabulation     *tabulation = &associate->tabulation;
    uint64_t               most = context_limit(associate->op.context, LIMIT_ASSOCIATE);
    struct tabulated_value value;
    status                 result;

    TRY(tabulation_read(tabulation));
    for (uint32_t f = 0; f < tabulation->fields; f++)
        if (tabulation->field[f].values > most)
            op_note(&associate->op, "associate", STR("fields had more values than limit.associate: they were left out"));
    TRY(tabulation_start(tabulation, true));
    while ((result = tabulation_next(tabulation, &value)) == OK)
        if (tabulation->field[value.field].values <= most)
            TRY(tabulation_remember(tabulation, &value));
    TRY(distinct_reserve(&tabulation->known, tabulation->fields));
    tabulation_forget(tabulation);
    return result == DONE ? OK : result;
}

static status prepare(struct associate *associate)
{
    const struct stage      *stage = associate->op.stage;
    const struct tabulation *tabulation = &associate->tabulation;
    const struct distinct   *distinct = &tabulation->known;
    struct arena            *arena = &associate->op.arena;

    TRY_NEW(associate->refers = ARENA_ARRAY(arena, uint8_t, distinct->pairs.count + (size_t)1));
    TRY_NEW(associate->rank = ARENA_ARRAY(arena, uint32_t, distinct->values.count + (size_t)1));
    TRY_NEW(associate->entropy = ARENA_ARRAY(arena, double, tabulation->fields + (size_t)1));
    TRY_NEW(associate->values = ARENA_ARRAY(arena, uint64_t, tabulation->fields + (size_t)1));
    TRY_NEW(associate->slice[0] = ARENA_ARRAY(arena, uint32_t, SLICE));
    TRY_NEW(associate->slice[1] = ARENA_ARRAY(arena, uint32_t, SLICE));
    TRY(interner_rank(&distinct->values, ORDER_BYTE, associate->rank));
    for (uint32_t f = 0; f < tabulation->fields; f++) {
        double total = 0, sum = 0;
        for (uint32_t pair = distinct_first(distinct, f); pair != PAIR_NONE; pair = distinct_after(distinct, f, pair)) {
            double times = (double)distinct->times[pair];
            total += times;
            sum += times * log2(times);
            associate->refers[pair] = times >= stage_argument(stage, SUPCNT)->number
                && times / (double)tabulation->rows >= stage_argument(stage, SUPFREQ)->number;
        }
        associate->entropy[f] = total > 0 ? log2(total) - sum / total : 0;
        associate->values[f] = (uint64_t)total;
    }
    return OK;
}

/* --- meetings ------------------------------------------------------------------------------------------------------ */

static status count_slice(struct associate *associate)
{
    uint32_t pairs = associate->tabulation.known.pairs.count;

    TRY(pairs_number(&associate->meetings, associate->slice[0], associate->slice[1], associate->sliced, pairs, pairs,
                     associate->slice[0]));
    if (!heap_grow_zero(associate->op.context->heap, &associate->times, &associate->room, associate->meetings.count,
                   sizeof *associate->times))
        return FAIL_MEMORY;
    for (uint32_t i = 0; i < associate->sliced; i++)
        associate->times[associate->slice[0][i]]++;
    associate->sliced = 0;
    return OK;
}

/* The values of one row: each reference meets all values of other fields. */
static status meet(struct associate *associate, const uint32_t *pair, uint32_t count)
{
    const struct pairs *pairs = &associate->tabulation.known.pairs;

    for (uint32_t i = 0; i < count; i++) {
        if (!associate->refers[pair[i]])
            continue;
        for (uint32_t j = 0; j < count; j++) {
            if (pairs_first(pairs, pair[i]) == pairs_first(pairs, pair[j]))
                continue;
            associate->slice[0][associate->sliced] = pair[i];
            associate->slice[1][associate->sliced++] = pair[j];
            if (associate->sliced == SLICE)
                TRY(count_slice(associate));
        }
    }
    return OK;
}

/* Values of all fields, row by row: `first` of a row's values; one more at the end. */
static status list_values(struct associate *associate, struct batch *batch, uint32_t **first, uint32_t **pair)
{
    struct arena            *step = &associate->op.step;
    struct tabulated_pairs *values = ARENA_ARRAY(step, struct tabulated_pairs, batch->fields + (size_t)1);
    uint32_t                *next;

    TRY_NEW(values);
    TRY_NEW(*first = ARENA_ARRAY(step, uint32_t, batch->size + (size_t)2));
    for (uint32_t f = 0; f < batch->fields; f++) {
        uint32_t number = tabulation_find(&associate->tabulation, batch->field[f].name);
        if (number == TABULATION_NONE || associate->values[number] == 0)
            continue;
        TRY(tabulation_pairs(&associate->tabulation, number, batch, batch->field[f].column, step, &values[f]));
        for (uint32_t i = 0; i < values[f].count; i++)
            (*first)[(values[f].row ? values[f].row[i] : i) + 1]++;
    }
    for (uint32_t row = 0; row < batch->size; row++)
        (*first)[row + 1] += (*first)[row];
    TRY_NEW(*pair = ARENA_ARRAY(step, uint32_t, (*first)[batch->size] + (size_t)1));
    TRY_NEW(next = ARENA_ARRAY(step, uint32_t, batch->size + (size_t)1));
    memcpy(next, *first, batch->size * sizeof *next);
    for (uint32_t f = 0; f < batch->fields; f++)
        for (uint32_t i = 0; i < values[f].count; i++)
            (*pair)[next[values[f].row ? values[f].row[i] : i]++] = values[f].pair[i];
    return OK;
}

static status meet_rows(struct op *op, struct batch *takes)
{
    struct associate *associate = container_of(op, struct associate, op);
    uint32_t         *first, *pair;
    status            result;

    arena_reset(&op->step);
    result = list_values(associate, takes, &first, &pair);
    for (uint32_t row = 0; row < takes->size && result == OK; row++)
        result = meet(associate, pair + first[row], first[row + 1] - first[row]);
    batch_release(takes);
    return result;
}

/* --- associations -------------------------------------------------------------------------------------------------- */

static int by_reference(const void *left, const void *right)
{
    const struct found *a = left, *b = right;

    if (a->reference != b->reference)
        return a->reference < b->reference ? -1 : 1;
    if (a->field != b->field)
        return a->field < b->field ? -1 : 1;
    if (a->times != b->times)
        return a->times > b->times ? -1 : 1;
    return a->pair < b->pair ? -1 : a->pair > b->pair;
}

/* 503 (17.44% -> 33.96%): the commonest value, how common it is in all and how common here. */
static status describe_top(struct associate *associate, const struct found *top, uint64_t total, str *out)
{
    const struct distinct *distinct = &associate->tabulation.known;
    double                 here = 100.0 * (double)top->times / (double)total;
    double                 in_all = 100.0 * (double)distinct->times[top->pair] / (double)associate->values[top->field];
    struct buf             text;
    char                   room[NUMBER_ROOM];

    buf_init(&text, associate->op.context->heap);
    buf_put(&text, distinct_text(distinct, top->pair));
    buf_text(&text, " (");
    buf_put(&text, str_make(room, number_format_fixed(in_all, 2, room)));
    buf_text(&text, "% -> ");
    buf_put(&text, str_make(room, number_format_fixed(here, 2, room)));
    buf_text(&text, "%)");
    *out = buf_status(&text) == OK ? arena_str(&associate->op.arena, buf_str(&text)) : (str){ 0 };
    buf_free(&text);
    return out->at ? OK : FAIL_MEMORY;
}

/* The values of one field that occur with one reference, the commonest first; of equal ones that with the smaller text. */
static status judge(struct associate *associate, const struct found *found, uint32_t count)
{
    const struct pairs *pairs = &associate->tabulation.known.pairs;
    const struct found *top = found;
    struct association  made = { .reference = found->reference, .field = found->field,
                                 .before = associate->entropy[found->field] };
    uint64_t            total = 0;
    double              sum = 0;

    for (uint32_t i = 0; i < count; i++) {
        double times = (double)found[i].times;
        total += found[i].times;
        sum += times * log2(times);
        if (found[i].times == top->times
            && associate->rank[pairs_second(pairs, found[i].pair)] < associate->rank[pairs_second(pairs, top->pair)])
            top = &found[i];
    }
    made.after = log2((double)total) - sum / (double)total;
    made.after = made.after > 0 ? made.after : 0;
    if (made.before - made.after < stage_argument(associate->op.stage, IMPROV)->number - 1e-9)     /* rounded */
        return OK;
    TRY(describe_top(associate, top, total, &made.top));
    if (!heap_grow(associate->op.context->heap, &associate->association, &associate->association_room,
                   associate->associations + 1, sizeof made))
        return FAIL_MEMORY;
    associate->association[associate->associations++] = made;
    return OK;
}

static status judge_all(struct associate *associate, struct found *found)
{
    const struct pairs *pairs = &associate->tabulation.known.pairs;
    uint32_t            count = associate->meetings.count;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t pair = pairs_second(&associate->meetings, i);
        found[i] = (struct found){ pairs_first(&associate->meetings, i), pairs_first(pairs, pair), pair,
                                   associate->times[i] };
    }
    qsort(found, count, sizeof *found, by_reference);
    for (uint32_t from = 0, to; from < count; from = to) {
        to = from;
        while (to < count && found[to].reference == found[from].reference && found[to].field == found[from].field)
            to++;
        if (from % 1024 == 0)
            TRY(run_check(associate->op.run));
        TRY(judge(associate, found + from, to - from));
    }
    return OK;
}

/* --- the result ---------------------------------------------------------------------------------------------------- */

enum {
    REFERENCE_KEY, REFERENCE_VALUE, TARGET_KEY, UNCONDITIONAL, CONDITIONAL, IMPROVEMENT, DESCRIPTION, SUPPORT, TOP, COLUMNS
};

static const char *const COLUMN_NAMES[COLUMNS] = {
    "Reference_Key", "Reference_Value", "Target_Key", "Unconditional_Entropy", "Conditional_Entropy",
    "Entropy_Improvement", "Description", "Support", "Top_Conditional_Value",
};

struct sorted {                             /* an association and its texts */
    str      reference_key, reference_value, target_key;
    uint32_t number;
};

struct table {
    struct associate *associate;
    struct sorted    *row;
};

static int compare_rows(const void *left, const void *right)
{
    const struct sorted *a = left, *b = right;
    int                  order = str_compare(a->reference_key, b->reference_key);

    if (order == 0)
        order = str_compare(a->reference_value, b->reference_value);
    return order ? order : str_compare(a->target_key, b->target_key);
}

static status describe(const struct association *association, const struct sorted *row, struct heap *heap,
                       struct arena *arena, struct cell *out)
{
    struct buf text;
    char       room[NUMBER_ROOM];

    buf_init(&text, heap);
    buf_print(&text, "When '%.*s' has the value '", SHOW(row->reference_key));
    buf_put(&text, row->reference_value);
    buf_print(&text, "', the entropy of '%.*s' decreases from ", SHOW(row->target_key));
    buf_put(&text, str_make(room, number_format_fixed(association->before, 3, room)));
    buf_text(&text, " to ");
    buf_put(&text, str_make(room, number_format_fixed(association->after, 3, room)));
    buf_byte(&text, '.');
    *out = cell_field_text(buf_status(&text) == OK ? arena_str(arena, buf_str(&text)) : (str){ 0 });
    buf_free(&text);
    return out->text ? OK : FAIL_MEMORY;
}

static status associate_cell(void *host, uint32_t column, uint64_t number, struct arena *arena, struct cell *out)
{
    const struct table       *table = host;
    const struct sorted      *row = &table->row[number];
    const struct association *association = &table->associate->association[row->number];
    const struct tabulation  *tabulation = &table->associate->tabulation;

    switch (column) {
    case REFERENCE_KEY:   *out = cell_field_text(row->reference_key); break;
    case REFERENCE_VALUE: *out = cell_field_text(row->reference_value); break;
    case TARGET_KEY:      *out = cell_field_text(row->target_key); break;
    case UNCONDITIONAL:   *out = cell_number(association->before); break;
    case CONDITIONAL:     *out = cell_number(association->after); break;
    case IMPROVEMENT:     *out = cell_number(association->before - association->after); break;
    case DESCRIPTION:     return describe(association, row, table->associate->op.context->heap, arena, out);
    case SUPPORT:
        *out = cell_number((double)tabulation->known.times[association->reference] / (double)tabulation->rows);
        break;
    default:              *out = cell_field_text(association->top); break;
    }
    return OK;
}

static status emit_associations(struct associate *associate)
{
    const struct tabulation *tabulation = &associate->tabulation;
    struct op               *op = &associate->op;
    const struct name       *name[COLUMNS];
    struct table             table = { .associate = associate };

    TRY_NEW(table.row = ARENA_ARRAY(&op->arena, struct sorted, associate->associations + (size_t)1));
    for (uint32_t i = 0; i < COLUMNS; i++)
        TRY_NEW(name[i] = names_intern(op->context->names, str_of(COLUMN_NAMES[i])));
    for (uint32_t i = 0; i < associate->associations; i++) {
        const struct association *association = &associate->association[i];
        uint32_t                  field = pairs_first(&tabulation->known.pairs, association->reference);
        table.row[i] = (struct sorted){ name_str(tabulation->field[field].name),
                                        distinct_text(&tabulation->known, association->reference),
                                        name_str(tabulation->field[association->field].name), i };
    }
    qsort(table.row, associate->associations, sizeof *table.row, compare_rows);
    return results_emit(&(struct results){ op, name, COLUMNS, associate->associations, associate_cell, &table });
}

static status associate_finish(struct op *op)
{
    struct associate *associate = container_of(op, struct associate, op);
    size_t            size;
    struct found     *found;
    status            result;

    if (sorted_rows_count(&associate->rows) == 0)
        return OK;
    if (!sorted_rows_sending(&associate->rows)) {
        TRY(sorted_rows_yield(&associate->rows));
        TRY(remember(associate));
        TRY(prepare(associate));
    }
    TRY(sorted_rows_send(&associate->rows, meet_rows));
    TRY(count_slice(associate));
    size = (associate->meetings.count + (size_t)1) * sizeof *found;
    TRY_NEW(found = heap_alloc(op->context->heap, size));
    result = judge_all(associate, found);
    heap_free(op->context->heap, found, size);
    return result == OK ? emit_associations(associate) : result;
}

static void associate_close(struct op *op)
{
    struct associate *associate = container_of(op, struct associate, op);
    struct heap      *heap = op->context->heap;

    tabulation_free(&associate->tabulation);
    sorted_rows_free(&associate->rows);
    pairs_free(&associate->meetings);
    heap_free(heap, associate->times, associate->room * sizeof *associate->times);
    heap_free(heap, associate->association, associate->association_room * sizeof *associate->association);
}

static const struct op_kind associate_kind = {
    .name = "associate", .push = associate_push, .finish = associate_finish, .close = associate_close,
    .spills = true,
};

static status associate_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct associate *associate;

    TRY(op_new(&associate_kind, sizeof *associate, stage, run, out));
    associate = container_of(*out, struct associate, op);
    sorted_rows_init(&associate->rows, *out, NULL, 0, 0);
    pairs_init(&associate->meetings, (*out)->context->heap);
    return tabulation_open(&associate->tabulation, *out, stage->bound, false);
}

static status associate_bind(struct binder *binder, struct stage *stage)
{
    return tabulation_bind(binder, stage_argument(stage, FIELDS), stage->bound);
}

static status associate_needs(const struct stage *stage, struct wanted *wanted)
{
    wanted_clear(wanted);
    return tabulation_needs(stage->bound, wanted);
}

const struct command command_associate = {
    .name = "associate", .usage = "associate [supcnt=<count>] [supfreq=<0..1>] [improv=<bits>] [<fields>]",
    .summary = "Values of one field that tell about another",
    .keeps = "the distinct values of fields with at most limit.associate of them, and how often these meet frequent ones",
    .params = associate_params, .traits = TRAIT_TRANSFORMS, .bound_size = sizeof(struct tabulated_fields),
    .bind = associate_bind, .needs = associate_needs, .open = associate_open,
    .example = { "associate supcnt=2 method status | table Reference_* Target_Key Top_Conditional_Value",
                 "{\"method\":\"GET\",\"status\":200}\n{\"method\":\"GET\",\"status\":200}\n"
                 "{\"method\":\"PUT\",\"status\":403}\n{\"method\":\"PUT\",\"status\":404}",
                 "{\"Reference_Key\":\"method\",\"Reference_Value\":\"GET\",\"Target_Key\":\"status\","
                 "\"Top_Conditional_Value\":\"200 (50.00% -> 100.00%)\"}\n"
                 "{\"Reference_Key\":\"method\",\"Reference_Value\":\"PUT\",\"Target_Key\":\"status\","
                 "\"Top_Conditional_Value\":\"403 (25.00% -> 50.00%)\"}\n"
                 "{\"Reference_Key\":\"status\",\"Reference_Value\":200,\"Target_Key\":\"method\","
                 "\"Top_Conditional_Value\":\"GET (50.00% -> 100.00%)\"}" },
};
