#include "command/transactions.h"
#include "state/keep.h"
#include "value/list.h"
#include "value/order.h"

#include <stdlib.h>

/* Fields that a transaction has besides those of its events, in the order of their columns. */
enum which { DURATION, EVENTCOUNT, CLOSED, MATCHES, LINES, ORPHAN, OWN_COUNT };

static const char *const own_name[] = {
    [DURATION] = "duration", [EVENTCOUNT] = "eventcount", [CLOSED] = "closed_txn", [MATCHES] = "field_match_sum",
    [LINES] = "linecount", [ORPHAN] = "_txn_orphan",
};

/* --- values of all events ------------------------------------------------------------------------------------------ */

struct value {
    str         text;
    struct cell cell;
};

static int compare_values(const void *a, const void *b)
{
    const struct value *left = a, *right = b;

    return str_compare(left->text, right->text);
}

static uint32_t count_values(const struct open_transaction *transaction, uint32_t column)
{
    uint32_t all = 0, count;

    for (const struct member *member = transaction->first; member; member = member->next) {
        list_members(&member->cell[column], &count);
        all += count;
    }
    return all;
}

/* Each value once, in order of bytes. */
static status distinct(const struct open_transaction *transaction, uint32_t column, struct arena *arena, struct cell *out)
{
    uint32_t      all = count_values(transaction, column), made = 0;
    struct value *value = arena_alloc(arena, (all + (size_t)1) * sizeof *value);
    struct cell  *list = arena_alloc(arena, (all + (size_t)1) * sizeof *list);
    uint32_t      count, at = 0;

    TRY_NEW(value && list ? value : NULL);
    for (const struct member *member = transaction->first; member; member = member->next) {
        const struct cell *cell = list_members(&member->cell[column], &count);

        for (uint32_t i = 0; i < count; i++) {
            char room[NUMBER_ROOM];

            TRY_NEW((value[at].text = arena_str(arena, cell_show(&cell[i], room))).at);
            value[at++].cell = cell[i];
        }
    }
    if (all > 1)
        qsort(value, all, sizeof *value, compare_values);
    for (uint32_t i = 0; i < all; i++)
        if (i == 0 || !str_equal(value[i].text, value[i - 1].text))
            list[made++] = value[i].cell;
    *out = list_value(list, made);
    return OK;
}

/* A value an event, or more if it has more; `null` for none, if some event has one. */
static status in_order(const struct open_transaction *transaction, uint32_t column, str null, struct arena *arena,
                       struct cell *out)
{
    uint32_t     all = count_values(transaction, column), count, at = 0;
    struct cell *list = arena_alloc(arena, ((size_t)all + transaction->count) * sizeof *list);

    TRY_NEW(list);
    for (const struct member *member = transaction->first; member && all; member = member->next) {
        const struct cell *cell = list_members(&member->cell[column], &count);

        for (uint32_t i = 0; i < count; i++)
            list[at++] = cell[i];
        if (count == 0)
            list[at++] = cell_field_text(null);
    }
    *out = list_value(list, at);
    return OK;
}

static status joined(const struct open_transaction *transaction, uint32_t column, str with, struct arena *arena,
                     struct cell *out)
{
    char   room[NUMBER_ROOM], *at, *text;
    size_t size = 0;
    bool   any = false;

    for (const struct member *member = transaction->first; member; member = member->next)
        if (member->cell[column].kind != KIND_NULL && member->cell[column].kind != KIND_LIST)
            size += cell_show(&member->cell[column], room).size + with.size;
    if (size > UINT32_MAX)
        return FAIL_LIMIT;
    TRY_NEW(text = at = arena_alloc(arena, size + 1));
    for (const struct member *member = transaction->first; member; member = member->next) {
        str piece;

        if (member->cell[column].kind == KIND_NULL || member->cell[column].kind == KIND_LIST)
            continue;
        piece = cell_show(&member->cell[column], room);
        if (any && with.size)
            memcpy(at, with.at, with.size);
        at += any ? with.size : 0;
        if (piece.size)
            memcpy(at, piece.at, piece.size);
        at += piece.size;
        any = true;
    }
    *out = any ? cell_field_text(str_make(text, (size_t)(at - text))) : cell_null();
    return OK;
}

/* The row outlives the events. */
static status own(struct cell *cell, struct arena *arena)
{
    struct kept_cell kept = { .cell = *cell };

    return kept_cell_copy(&kept, arena, cell);
}

static status render(const struct transactions *transactions, const struct open_transaction *transaction, uint32_t column,
                     struct arena *arena, struct cell *out)
{
    const struct transaction_bound *bound = transactions->bound;
    bool                            raw = column == transactions->raw_column;

    *out = transaction->first->cell[column];
    if (transaction->orphan || column == transactions->time_column)
        return own(out, arena);         /* the time of the first event is the transaction's */
    if (raw && (!bound->raw_lists || bound->delimited))
        return joined(transaction, column, bound->raw_lists ? bound->delim : STR("\n"), arena, out);
    if (raw || transactions->listed[column])
        TRY(in_order(transaction, column, bound->null, arena, out));
    else
        TRY(distinct(transaction, column, arena, out));
    return own(out, arena);
}

/* --- what they have of their own ----------------------------------------------------------------------------------- */

/* What linecount says, or the lines of the text. */
static double count_lines(const struct transactions *transactions, const struct member *member)
{
    double number, lines = 0;

    if (transactions->lines_column >= 0 && cell_reads_number(&member->cell[transactions->lines_column], &number))
        return number;
    if (transactions->raw_column >= 0 && member->cell[transactions->raw_column].kind == KIND_TEXT) {
        str text = cell_str(&member->cell[transactions->raw_column]);

        for (size_t i = 0; i < text.size; i++)
            lines += text.at[i] == '\n';
        lines++;
    }
    return lines;
}

static struct cell own_cell(const struct transactions *transactions, const struct open_transaction *transaction,
                            enum which which)
{
    double lines = 0;

    if (which == ORPHAN)
        return transaction->orphan ? cell_number(1) : cell_null();
    if (transaction->orphan)
        return which == LINES && transactions->lines_column >= 0 ? transaction->first->cell[transactions->lines_column]
            : cell_null();
    switch (which) {
    case DURATION:   return cell_number(transaction->newest - transaction->oldest);
    case EVENTCOUNT: return cell_number(transaction->count);
    case CLOSED:     return cell_number(transaction->closed);
    case MATCHES:    return cell_number((double)transaction->matches);
    default:         break;
    }
    for (const struct member *member = transaction->first; member; member = member->next)
        lines += count_lines(transactions, member);
    return lines > 0 ? cell_number(lines) : cell_null();
}

/* --- rows ---------------------------------------------------------------------------------------------------------- */

static status put_cells(struct batch *out, const struct name *name, struct column *column, uint32_t rank, bool own)
{
    unsigned kinds = 0;

    for (uint32_t i = 0; i < out->size; i++) {
        if (column->cell[i].kind == KIND_NUMBER)
            column->cell[i].flags |= CELL_SOFT;
        kinds |= KINDS(column->cell[i].kind);
    }
    column->kinds = (uint8_t)kinds;
    return own ? batch_set(out, name, column, rank) : batch_append(out, name, column, rank);
}

static status fill(struct transactions *transactions, struct batch *out)
{
    const struct layout *layout = &transactions->layout;
    uint32_t             rank = transactions->op.stage->rank;

    for (uint32_t c = 0; c < layout->count; c++) {
        struct column *column = column_cells(&out->arena, out->size, 0);

        TRY_NEW(column);
        for (uint32_t i = 0; i < out->size; i++)
            TRY(render(transactions, transactions->over[i], c, &out->arena, &column->cell[i]));
        TRY(put_cells(out, layout->column[c].name, column, layout->column[c].rank, false));
    }
    for (uint32_t o = 0; o < OWN_COUNT; o++) {
        const struct name *name = names_intern(transactions->op.run->names, str_of(own_name[o]));
        struct column     *column = column_cells(&out->arena, out->size, 0);

        TRY_NEW(name && column ? column : NULL);
        for (uint32_t i = 0; i < out->size; i++) {
            column->cell[i] = own_cell(transactions, transactions->over[i], (enum which)o);
            TRY(own(&column->cell[i], &out->arena));
        }
        TRY(put_cells(out, name, column, rank_at(rank, o), true));
    }
    return OK;
}

status transactions_flush(struct transactions *transactions)
{
    struct batch *out;
    status        result;

    if (transactions->overs == 0)
        return OK;
    TRY(run_check(transactions->op.run));
    TRY_NEW(out = batch_new(transactions->op.context->heap, transactions->overs));
    batch_number(out, transactions->made_rows);
    transactions->made_rows += out->size;
    result = fill(transactions, out);
    if (result == OK)
        result = sorted_rows_add(&transactions->made, out);
    batch_release(out);
    while (transactions->overs)
        open_transaction_free(&transactions->open, transactions->over[--transactions->overs]);
    transactions->over_events = 0;
    return result;
}
