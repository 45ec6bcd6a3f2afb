#include "group/tabulation.h"

#include "flow/run.h"
#include "value/number.h"

#include <math.h>
#include <stdlib.h>

enum { FIELD, VALUE, KEYS };

enum {
    AHEAD = 8,                              /* values whose memory is fetched before they are looked at */
    LATELY_MOST = 1 << 14                   /* values looked up that stay known when the next batch comes */
};

status tabulation_bind(struct binder *binder, const struct argument *listed, struct tabulated_fields *out)
{
    uint32_t number;

    out->listed = listed;
    return measures_count_rows(binder, &out->counts, &number);
}

status tabulation_needs(const struct tabulated_fields *fields, struct wanted *wanted)
{
    for (uint32_t i = 0; i < fields->listed->count; i++)
        TRY(wanted_add_pattern(wanted, fields->listed->names[i]));
    return fields->listed->count ? OK : wanted_add_pattern(wanted, STR("*"));
}

status tabulation_open(struct tabulation *tabulation, struct op *op, const struct tabulated_fields *fields, bool natural)
{
    struct group_shape shape = { .measures = &fields->counts, .keys = KEYS, .natural = natural ? 1 << VALUE : 0 };
    struct heap       *heap = op->context->heap;

    *tabulation = (struct tabulation){ .op = op, .fields_of = fields };
    distinct_init(&tabulation->known, heap, true, true);
    interner_init(&tabulation->lately, heap);
    pairs_init(&tabulation->seen, heap);
    return group_table_open(op, &shape, &tabulation->table);
}

void tabulation_free(struct tabulation *tabulation)
{
    struct heap *heap = tabulation->op ? tabulation->op->context->heap : NULL;

    if (!heap)
        return;
    group_table_close(tabulation->table);
    distinct_free(&tabulation->known);
    interner_free(&tabulation->lately);
    pairs_free(&tabulation->seen);
    heap_free(heap, tabulation->found, tabulation->found_room * sizeof *tabulation->found);
    heap_free(heap, tabulation->field, tabulation->field_room * sizeof *tabulation->field);
    heap_free(heap, tabulation->position, tabulation->positions * sizeof *tabulation->position);
}

/* --- counting ------------------------------------------------------------------------------------------------------ */

static bool is_listed(const struct argument *listed, const struct name *name)
{
    for (uint32_t i = 0; i < listed->count; i++)
        if (names_match(listed->names[i], name_str(name)))
            return true;
    return listed->count == 0 && !name_is_internal(name);
}

uint32_t tabulation_find(const struct tabulation *tabulation, const struct name *name)
{
    return name->number < tabulation->positions ? tabulation->position[name->number] - 1 : TABULATION_NONE;
}

static status field_number(struct tabulation *tabulation, const struct name *name, uint32_t *out)
{
    struct heap *heap = tabulation->op->context->heap;
    if (name->number >= tabulation->positions
        && !heap_grow_zero(heap, &tabulation->position, &tabulation->positions, name->number + 1,
                           sizeof *tabulation->position))
        return FAIL_MEMORY;
    if (tabulation->position[name->number] == 0) {
        if (!heap_grow(heap, &tabulation->field, &tabulation->field_room, tabulation->fields + 1, sizeof *tabulation->field))
            return FAIL_MEMORY;
        tabulation->field[tabulation->fields] = (struct tabulated){ .name = name };
        tabulation->position[name->number] = ++tabulation->fields;
    }
    *out = tabulation->position[name->number] - 1;
    return OK;
}

static struct tally *tally_of(const struct group_table *table) { return &table->tallies.work[0]->tally; }

static status add_field(struct tabulation *tabulation, struct batch *batch, const struct field *field, struct arena *step)
{
    struct group_table        *table = tabulation->table;
    struct column              name = { .encoding = ENCODING_CONSTANT, .constant = cell_field_text(name_str(field->name)) };
    const struct column *const key[KEYS] = { &name, field->column };
    struct grouping            grouping;
    struct feed                feed;
    uint32_t                   number;

    TRY(batch_decode(batch, field->column));
    TRY(field_number(tabulation, field->name, &number));
    for (uint32_t i = 0; i < batch_rows(batch); i++)
        tabulation->field[number].rows += !column_is_null(field->column, batch_row(batch, i));
    TRY(group_table_assign(table, key, batch, &batch->rows, step, &grouping));
    feed = (struct feed){ .count = grouping.count, .row = grouping.row, .group = grouping.group };
    return tally_of(table)->aggregate->update(tally_of(table), &feed);
}

status tabulation_add(struct tabulation *tabulation, struct batch *batch, struct arena *step)
{
    for (uint32_t i = 0; i < batch->fields; i++)
        if (is_listed(tabulation->fields_of->listed, batch->field[i].name))
            TRY(add_field(tabulation, batch, &batch->field[i], step));
    tabulation->rows += batch_rows(batch);
    return OK;
}

status tabulation_add_counts(struct tabulation *tabulation, const struct name *name, uint64_t rows,
                             const struct cell *value, const uint64_t *times, uint32_t count)
{
    struct group_table *table = tabulation->table;
    uint32_t            number, group;

    if (!is_listed(tabulation->fields_of->listed, name))
        return OK;
    TRY(field_number(tabulation, name, &number));
    tabulation->field[number].rows += rows;
    for (uint32_t i = 0; i < count; i++) {
        struct cell key[KEYS] = { cell_field_text(name_str(name)), value[i] }, part = cell_number((double)times[i]);
        TRY(group_table_make(table, key, &group));
        TRY(tally_of(table)->aggregate->load(tally_of(table), group, &part));
    }
    return OK;
}

status tabulation_merge(struct tabulation *into, struct tabulation *from)
{
    for (uint32_t i = 0; i < from->fields; i++) {
        uint32_t number;
        TRY(field_number(into, from->field[i].name, &number));
        into->field[number].rows += from->field[i].rows;
    }
    into->rows += from->rows;
    return group_table_merge(into->table, from->table);
}

static int by_name(const void *left, const void *right)
{
    const struct tabulated *const *a = left, *const *b = right;

    return str_compare(name_str((*a)->name), name_str((*b)->name));
}

status tabulation_sorted(const struct tabulation *tabulation, struct arena *arena, uint32_t **number, uint32_t *count)
{
    const struct tabulated **field = arena_alloc(arena, (tabulation->fields + (size_t)1) * sizeof *field);

    TRY_NEW(field);
    TRY_NEW(*number = ARENA_ARRAY(arena, uint32_t, tabulation->fields + (size_t)1));
    *count = 0;
    for (uint32_t i = 0; i < tabulation->fields; i++)
        if (tabulation->field[i].rows)
            field[(*count)++] = &tabulation->field[i];
    if (*count)
        qsort(field, *count, sizeof *field, by_name);
    for (uint32_t i = 0; i < *count; i++)
        (*number)[i] = (uint32_t)(field[i] - tabulation->field);
    return OK;
}

/* --- reading ------------------------------------------------------------------------------------------------------- */

/* Groups lie in memory as they came, and are read in another order. */
static void fetch(const struct group_table *table, uint32_t at)
{
    const struct groups *groups = &table->groups;
    uint32_t             left = table->count - at;

    if (left > 3 * AHEAD) {
        groups_fetch(groups, table->order[at + 3 * AHEAD]);
        tally_fetch(tally_of(table), table->order[at + 3 * AHEAD]);
    }
    if (left > 2 * AHEAD)
        PREFETCH(&groups->key[VALUE].values.cell[groups_code(groups, table->order[at + 2 * AHEAD], VALUE)]);
    if (left > AHEAD)
        PREFETCH(groups_cell(groups, table->order[at + AHEAD], VALUE).text);
}

/* Neumaier's sum: as if it were rounded once. */
static void add_number(struct tabulated *field, double number)
{
    double sum = field->sum + number;

    if (isfinite(sum))
        field->lost += fabs(field->sum) >= fabs(number) ? field->sum - sum + number : number - sum + field->sum;
    field->sum = sum;
}

/* What the first reading finds out, and what the second. */
static void note_value(struct tabulated *field, const struct tabulated_value *value, uint32_t reading)
{
    double times = (double)value->times;

    if (reading == 0) {
        field->values++;
        field->times += value->times;
    }
    if (!value->is_number)
        return;
    if (reading == 1)
        add_number(field, (value->number - field->mean) * (value->number - field->mean) * times);
    if (reading > 0)
        return;
    add_number(field, value->number * times);
    field->least = field->numbers && field->least <= value->number ? field->least : value->number;
    field->most = field->numbers && field->most >= value->number ? field->most : value->number;
    field->numbers++;
    field->number_times += value->times;
}

static void note_end(struct tabulated *field, uint32_t reading)
{
    double times = (double)field->number_times, sum = field->sum + field->lost;

    if (reading == 0 && field->number_times)
        field->mean = sum / times;
    if (reading == 1)
        field->stdev = field->number_times > 1 ? sqrt(sum / (times - 1)) : 0;
    field->sum = field->lost = 0;
}

static status find_field(struct tabulation *tabulation, uint32_t group)
{
    const struct groups *groups = &tabulation->table->groups;
    const struct name   *name;
    uint32_t             code = groups_code(groups, group, FIELD);

    if (tabulation->at > 0 && code == tabulation->code)
        return OK;
    TRY_NEW(name = names_intern(tabulation->op->context->names, interner_str(&groups->key[FIELD].values, code)));
    tabulation->code = code;
    tabulation->number = tabulation_find(tabulation, name);
    return OK;
}

status tabulation_start(struct tabulation *tabulation, bool remembers)
{
    struct group_runs *runs = &tabulation->table->runs;

    if (remembers)
        TRY(group_runs_relieve(runs, group_runs_items(runs)));
    tabulation->at = tabulation->table->count = 0;
    return group_table_read(tabulation->table);
}

/* Groups that can be read; DONE: there were none left. */
static status come_by(struct tabulation *tabulation)
{
    status result;

    do {
        TRY(run_check(tabulation->op->run));
        result = group_table_next(tabulation->table);
    } while (result == OK && tabulation->table->count == 0);
    tabulation->at = 0;
    if (result != DONE)
        return result;
    for (uint32_t i = 0; i < tabulation->fields; i++)
        note_end(&tabulation->field[i], tabulation->readings);
    tabulation->readings++;
    return DONE;
}

status tabulation_next(struct tabulation *tabulation, struct tabulated_value *out)
{
    struct group_table *table = tabulation->table;
    struct tally       *tally = tally_of(table);
    uint32_t            group;
    struct cell         cell;

    if (tabulation->at == table->count)
        TRY(come_by(tabulation));
    fetch(table, tabulation->at);
    group = table->order[tabulation->at];
    TRY(find_field(tabulation, group));
    tabulation->at++;
    *out = (struct tabulated_value){ .field = tabulation->number };
    cell = groups_cell(&table->groups, group, VALUE);
    out->text = cell_str(&cell);
    out->is_number = number_parse_loose(out->text, &out->number) && isfinite(out->number);
    TRY(tally->aggregate->finish(tally, group, &tabulation->op->step, &cell));
    out->times = (uint64_t)cell.number;
    note_value(&tabulation->field[out->field], out, tabulation->readings);
    return OK;
}

status tabulation_read(struct tabulation *tabulation)
{
    struct tabulated_value value;
    status                 result;

    TRY(tabulation_start(tabulation, false));
    while ((result = tabulation_next(tabulation, &value)) == OK)
        ;
    return result == DONE ? OK : result;
}

status tabulation_remember(struct tabulation *tabulation, const struct tabulated_value *value)
{
    struct cell cell = cell_field_text(value->text);

    return distinct_add_cell(&tabulation->known, value->field, &cell, value->times);
}

void tabulation_forget(struct tabulation *tabulation)
{
    group_table_close(tabulation->table);
    tabulation->table = NULL;
}

/* --- seeing rows again --------------------------------------------------------------------------------------------- */

static uint32_t find_pair(const struct tabulation *tabulation, uint32_t field, uint32_t code)
{
    uint32_t known = interner_find(&tabulation->known.values, interner_str(&tabulation->lately, code));

    return known == INTERNER_NULL ? PAIR_NONE : pairs_find(&tabulation->known.pairs, field, known);
}

/* The pairs of values as the rows have them, each looked up once. */
static status find_pairs(struct tabulation *tabulation, uint32_t field, uint32_t *code, uint32_t *group, uint32_t count)
{
    uint32_t before = tabulation->seen.count;

    for (uint32_t i = 0; i < count; i++)
        group[i] = field;
    TRY(pairs_number(&tabulation->seen, group, code, count, tabulation->fields, tabulation->lately.count, code));
    if (!heap_grow(tabulation->op->context->heap, &tabulation->found, &tabulation->found_room, tabulation->seen.count,
                   sizeof *tabulation->found))
        return FAIL_MEMORY;
    for (uint32_t i = before; i < tabulation->seen.count; i++)
        tabulation->found[i] = find_pair(tabulation, field, pairs_second(&tabulation->seen, i));
    for (uint32_t i = 0; i < count; i++)
        code[i] = tabulation->found[code[i]];
    return OK;
}

status tabulation_pairs(struct tabulation *tabulation, uint32_t field, struct batch *batch, struct column *column,
                        struct arena *arena, struct tabulated_pairs *out)
{
    struct grouping grouping = { .count = batch_rows(batch), .row = batch->rows.row };
    struct feed     feed = { 0 };
    uint32_t       *code, *group;

    *out = (struct tabulated_pairs){ 0 };
    if (tabulation->seen.count > LATELY_MOST) {
        interner_free(&tabulation->lately);
        pairs_free(&tabulation->seen);
    }
    TRY(batch_decode(batch, column));
    TRY(feed_entries(&feed, column, &grouping, arena));
    if (feed.count == 0)
        return OK;
    TRY_NEW(code = arena_alloc(arena, feed.count * sizeof *code));
    TRY_NEW(group = arena_alloc(arena, feed.count * sizeof *group));
    TRY(feed_codes(&feed, column, &tabulation->lately, code));
    TRY(find_pairs(tabulation, field, code, group, feed.count));
    *out = (struct tabulated_pairs){ feed.count, feed.row, code };
    return OK;
}

status tabulation_numbers(struct batch *batch, struct column *column, struct arena *arena, struct tabulated_numbers *out)
{
    struct grouping grouping = { .count = batch_rows(batch), .row = batch->rows.row };
    struct feed     feed = { 0 };
    uint32_t       *row;

    *out = (struct tabulated_numbers){ 0 };
    TRY(batch_decode(batch, column));
    TRY(feed_entries(&feed, column, &grouping, arena));
    TRY(feed_numbers(&feed, column, arena));
    *out = (struct tabulated_numbers){ feed.numbers, feed.row, feed.number };
    if (!feed.number_entry)
        return OK;
    TRY_NEW(out->row = row = arena_alloc(arena, (feed.numbers + (size_t)1) * sizeof *row));
    for (uint32_t i = 0; i < feed.numbers; i++)
        row[i] = feed.row ? feed.row[feed.number_entry[i]] : feed.number_entry[i];
    return OK;
}
