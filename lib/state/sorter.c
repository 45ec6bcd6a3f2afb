#include "state/sorter.h"

#include "state/sort_packed.h"

enum {
    DIGIT = 11, DIGITS = 6, RADIX = 1 << DIGIT,
    SMALL = 48,                         /* runs up to here are sorted by insertion */
    CHECK_EVERY = 64 * 1024
};

/* One row in a run that is being sorted: by rank, then mark, then rest. */
struct item {
    uint64_t mark;
    uint32_t row;
    uint8_t  rank;
    uint8_t  rest;          /* of texts: how many bytes stand where `mark` looks, 9: more than it sees */
    bool     more;          /* items that tie with this one have more to compare in the same key */
};

/* Rows [from, to) tie in all keys before `key`, and in `depth` bytes of it. At a depth all are texts, or all addresses. */
struct run_of_rows {
    uint32_t from, to, key, depth;
    bool     texts;
};

struct sorting {
    struct row_store      *store;
    const struct sort_by  *key;
    int64_t               *column;      /* of each key in the layout, -1: in no row */
    bool                  *numbers;     /* of each key: a column of numbers in every batch */
    uint32_t               keys;
    struct sort_check      check;
    uint32_t              *order;
    struct item           *item, *spare;
    uint32_t               room;        /* of each of the two */
    struct run_of_rows    *run;         /* still to be sorted */
    uint32_t               runs, run_room;
    uint32_t               since_check;
    uint32_t               count[DIGITS][RADIX];
};

enum { REST_MORE = 9 };

static void set_text(struct item *item, const char *text, uint32_t size, uint32_t depth)
{
    uint32_t rest = size > depth ? size - depth : 0;

    item->rank = SORTS_TEXT;
    item->mark = sort_bytes(text, size, depth);
    item->more = rest > 8;
    item->rest = item->more ? REST_MORE : (uint8_t)rest;
}

static struct item item_of(const struct sort_by *key, const struct cell *cell, const struct run_of_rows *run)
{
    char              room[NUMBER_ROOM];
    struct item       item = { 0 };
    struct sort_value value;

    if (run->depth && run->texts) {     /* known to be text: not to be parsed at every depth again */
        const struct cell *scalar = cell->kind == KIND_LIST ? cell->list : cell;
        str                text = cell_show(scalar, room);
        set_text(&item, text.at, (uint32_t)text.size, run->depth);
    } else {
        value = sort_value_of(key->kind, cell, room);
        if (value.rank == SORTS_NULL)
            return (struct item){ .rank = SORTS_NULL };
        item.rank = value.rank;
        item.mark = run->depth ? value.low : value.high;
        item.more = value.rank == SORTS_ADDRESS_6 && run->depth == 0;
        if (value.rank == SORTS_TEXT)
            set_text(&item, value.text, value.size, 0);
    }
    if (key->descending) {
        item.mark = ~item.mark;
        item.rest = (uint8_t)(REST_MORE - item.rest);
        item.rank = (uint8_t)(SORTS_TEXT - item.rank);
    }
    return item;
}

static void read_items(struct sorting *sorting, const struct run_of_rows *run)
{
    const struct row_store *store = sorting->store;
    const struct sort_by   *key = &sorting->key[run->key];
    int64_t                 number = sorting->column[run->key];

    for (uint32_t i = run->from; i < run->to; i++) {
        struct item            *item = &sorting->item[i - run->from];
        uint32_t                row = sorting->order[i];
        const struct row_place *place = &store->place[row];
        const struct column    *column = number < 0 ? NULL : row_store_column(store, place->kept, (uint32_t)number);
        struct cell             cell = column ? column_cell(column, place->row) : cell_null();
        *item = item_of(key, &cell, run);
        item->row = row;
    }
}

static int before(const struct item *a, const struct item *b)
{
    if (a->rank != b->rank)
        return a->rank < b->rank;
    if (a->mark != b->mark)
        return a->mark < b->mark;
    return a->rest < b->rest;
}

static void sort_few(struct item *item, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct item one = item[i];
        uint32_t    at = i;
        for (; at > 0 && before(&one, &item[at - 1]); at--)
            item[at] = item[at - 1];
        item[at] = one;
    }
}

static void swap(struct sorting *sorting)
{
    struct item *item = sorting->item;
    sorting->item = sorting->spare;
    sorting->spare = item;
}

/* From counts to places; false when all rows have the same digit. */
static bool places_of(uint32_t *count, uint32_t digits, uint32_t rows)
{
    uint32_t sum = 0;

    for (uint32_t d = 0; d < digits; d++) {
        uint32_t here = count[d];
        if (here == rows)
            return false;
        count[d] = sum;
        sum += here;
    }
    return true;
}

/* By one small number of each item, if it varies. */
static void sort_by_grade(struct sorting *sorting, uint32_t count, bool by_rank)
{
    uint32_t place[16] = { 0 };

    for (uint32_t i = 0; i < count; i++)
        place[by_rank ? sorting->item[i].rank : sorting->item[i].rest]++;
    if (!places_of(place, 16, count))
        return;
    for (uint32_t i = 0; i < count; i++)
        sorting->spare[place[by_rank ? sorting->item[i].rank : sorting->item[i].rest]++] = sorting->item[i];
    swap(sorting);
}

static void sort_by_marks(struct sorting *sorting, uint32_t count)
{
    memset(sorting->count, 0, sizeof sorting->count);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t mark = sorting->item[i].mark;
        for (uint32_t d = 0; d < DIGITS; d++)
            sorting->count[d][mark >> (d * DIGIT) & (RADIX - 1)]++;
    }
    for (uint32_t d = 0; d < DIGITS; d++) {
        uint32_t          *place = sorting->count[d];
        const struct item *item = sorting->item;
        struct item       *spare = sorting->spare;

        if (!places_of(place, RADIX, count))
            continue;
        for (uint32_t i = 0; i < count; i++)
            spare[place[item[i].mark >> (d * DIGIT) & (RADIX - 1)]++] = item[i];
        swap(sorting);
    }
}

static status push_run(struct sorting *sorting, struct run_of_rows run)
{
    if (!heap_grow(sorting->store->heap, &sorting->run, &sorting->run_room, sorting->runs + 1, sizeof run))
        return FAIL_MEMORY;
    sorting->run[sorting->runs++] = run;
    return OK;
}

/* Rows that tie are a run to be sorted by what comes next: more of the same key, or the next key. */
static status push_ties(struct sorting *sorting, const struct run_of_rows *run)
{
    const struct item *item = sorting->item;
    uint32_t           count = run->to - run->from;
    bool               descending = sorting->key[run->key].descending;

    for (uint32_t i = 0, j; i < count; i = j) {
        struct run_of_rows tie = { .from = run->from + i, .key = run->key + 1 };

        for (j = i + 1; j < count && !before(&item[i], &item[j]); j++)
            ;
        tie.to = run->from + j;
        if (j - i < 2)
            continue;
        if (item[i].more) {
            tie.key = run->key;
            tie.depth = run->depth + 8;
            tie.texts = item[i].rank == (descending ? 0 : SORTS_TEXT);
        }
        if (tie.key < sorting->keys)
            TRY(push_run(sorting, tie));
    }
    return OK;
}

/* Rows whose key packs well; *done: they did. */
static status sort_numbers(struct sorting *sorting, const struct run_of_rows *run, bool *done)
{
    uint32_t            count = run->to - run->from;
    struct sort_packing packing;

    *done = count > SMALL && sorting->numbers[run->key]
        && sort_packed(sorting->store, (uint32_t)sorting->column[run->key], sorting->key[run->key].descending,
                       sorting->order + run->from, count, (uint64_t *)(void *)sorting->item,
                       (uint64_t *)(void *)sorting->spare, &packing);
    for (uint32_t i = 0, j; *done && i < count && run->key + 1 < sorting->keys; i = j) {
        for (j = i + 1; j < count && sort_packed_ties(&packing, i, j); j++)
            ;
        if (j - i > 1)
            TRY(push_run(sorting, (struct run_of_rows){ .from = run->from + i, .to = run->from + j, .key = run->key + 1 }));
    }
    return OK;
}

static status sort_run(struct sorting *sorting, const struct run_of_rows *run)
{
    uint32_t count = run->to - run->from;
    bool     done;

    sorting->since_check += count;
    if (sorting->since_check > CHECK_EVERY && sorting->check.go_on) {
        sorting->since_check = 0;
        TRY(sorting->check.go_on(sorting->check.host));
    }
    TRY(sort_numbers(sorting, run, &done));
    if (done)
        return OK;
    read_items(sorting, run);
    if (count <= SMALL) {
        sort_few(sorting->item, count);
    } else {
        sort_by_grade(sorting, count, false);
        sort_by_marks(sorting, count);
        sort_by_grade(sorting, count, true);
    }
    for (uint32_t i = 0; i < count; i++)
        sorting->order[run->from + i] = sorting->item[i].row;
    return push_ties(sorting, run);
}

/* Rows of several instances are brought into input order first; all that follows keeps the order of ties. */
static void restore_input_order(struct sorting *sorting)
{
    uint32_t rows = sorting->store->rows;

    for (uint32_t i = 0; i < rows; i++)
        sorting->item[i] = (struct item){ .mark = row_store_ordinal(sorting->store, i), .row = i };
    sort_by_marks(sorting, rows);
    for (uint32_t i = 0; i < rows; i++)
        sorting->order[i] = sorting->item[i].row;
}

static status decode_keys(struct sorting *sorting)
{
    for (uint32_t k = 0; k < sorting->keys; k++) {
        const struct row_store *store = sorting->store;
        enum sort_kind          kind = sorting->key[k].kind;

        sorting->column[k] = layout_find(&store->layout, sorting->key[k].name);
        sorting->numbers[k] = sorting->column[k] >= 0 && (kind == SORT_AUTO || kind == SORT_NUMBER);
        for (uint32_t i = 0; sorting->column[k] >= 0 && i < store->count; i++) {
            struct column *column = row_store_column(store, i, (uint32_t)sorting->column[k]);
            TRY(batch_decode(store->kept[i].batch, column));
            sorting->numbers[k] &= column && column->encoding == ENCODING_NUMBER;
        }
    }
    return OK;
}

static status sort_all(struct sorting *sorting)
{
    uint32_t rows = sorting->store->rows;

    TRY(decode_keys(sorting));
    for (uint32_t i = 0; i < rows; i++)
        sorting->order[i] = i;
    if (sorting->store->merged)
        restore_input_order(sorting);
    if (rows > 1 && sorting->keys)
        TRY(push_run(sorting, (struct run_of_rows){ .to = rows }));
    while (sorting->runs) {
        struct run_of_rows run = sorting->run[--sorting->runs];
        TRY(sort_run(sorting, &run));
    }
    return OK;
}

status sorter_order(struct row_store *store, const struct sort_by *key, uint32_t keys, struct sort_check check,
                    uint32_t **order)
{
    struct heap    *heap = store->heap;
    struct sorting *sorting;
    size_t          items = (size_t)store->rows * sizeof(struct item), orders = (size_t)store->rows * sizeof **order;
    status          result;

    TRY(row_store_seal(store));
    *order = NULL;
    if (store->rows == 0)
        return OK;
    sorting = heap_zero(heap, 1, sizeof *sorting);
    TRY_NEW(sorting);
    sorting->store = store;
    sorting->key = key;
    sorting->keys = keys;
    sorting->check = check;
    sorting->order = heap_alloc(heap, orders);
    sorting->item = heap_alloc(heap, items);
    sorting->spare = heap_alloc(heap, items);
    sorting->column = heap_alloc(heap, (keys + 1) * sizeof *sorting->column);
    sorting->numbers = heap_zero(heap, keys + (size_t)1, sizeof *sorting->numbers);
    result = sorting->order && sorting->item && sorting->spare && sorting->column && sorting->numbers
        ? sort_all(sorting) : FAIL_MEMORY;
    if (result == OK)
        *order = sorting->order;
    else
        heap_free(heap, sorting->order, orders);
    heap_free(heap, sorting->item, items);
    heap_free(heap, sorting->spare, items);
    heap_free(heap, sorting->column, (keys + 1) * sizeof *sorting->column);
    heap_free(heap, sorting->numbers, (keys + (size_t)1) * sizeof *sorting->numbers);
    heap_free(heap, sorting->run, sorting->run_room * sizeof *sorting->run);
    heap_free(heap, sorting, sizeof *sorting);
    return result;
}
