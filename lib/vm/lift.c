#include "vm/lift.h"

#include "batch/gather.h"
#include "value/list.h"
#include "value/number.h"
#include "value/order.h"

enum { ARGUMENTS_NEAR = 8 };

/* One call at work: arguments of the row at hand, converted; constants once and for all. */
struct lift {
    struct call           *call;
    const struct function *function;
    struct column *const  *column;
    struct cell           *arg;
    uint8_t               *want;            /* enum want, per argument */
    uint32_t              *varies;          /* the arguments that do */
    uint32_t               count, varying;
    bool                   lists;           /* a constant is a multivalue */
    struct cell            near[ARGUMENTS_NEAR];
    uint32_t               near_varies[ARGUMENTS_NEAR];
    uint8_t                near_want[ARGUMENTS_NEAR];
};

static uint8_t wants_of(const struct function *function, uint32_t argument)
{
    uint32_t wanted = function->wanted ? function->wanted : (uint32_t)sizeof function->wants;
    uint8_t  want = function->wants[argument < wanted ? argument : wanted - 1];

    return want == WANT_VALUE ? WANT_ANY : want;
}

static status number_text(const struct cell *cell, struct arena *arena, struct cell *out)
{
    char   text[NUMBER_ROOM];
    size_t size = number_format(cell->number, cell->decimals, text);
    char  *copy = arena_alloc(arena, size + 1);

    TRY_NEW(copy);
    memcpy(copy, text, size);
    *out = cell_text(str_make(copy, size));
    return OK;
}

status lift_convert(uint8_t want, const struct context *context, const struct cell *cell, struct arena *arena,
                    struct cell *out)
{
    *out = *cell;
    if (want == WANT_ANY || cell->kind == KIND_NULL)
        return OK;
    if (want == WANT_TEXT) {
        if (cell->kind == KIND_NUMBER)
            return number_text(cell, arena, out);
        if (cell->kind == KIND_BOOLEAN)
            *out = cell_text(cell->truth ? STR("true") : STR("false"));
        return OK;
    }
    if (want == WANT_BOOLEAN) {
        if (cell->kind != KIND_BOOLEAN)
            *out = cell_null();
        return OK;
    }
    *out = cell_as_number(cell);
    if (context->plain_numbers)
        out->decimals = EXACT;
    return OK;
}

static status lift_open(struct lift *lift, struct call *call, struct column *const *column)
{
    lift->call = call;
    lift->function = call->site->function;
    lift->column = column;
    lift->count = call->count;
    lift->varying = 0;
    lift->lists = false;
    lift->arg = lift->near;
    lift->varies = lift->near_varies;
    lift->want = lift->near_want;
    if (lift->count > ARGUMENTS_NEAR) {
        TRY_NEW(lift->arg = arena_alloc(call->arena, lift->count * sizeof *lift->arg));
        TRY_NEW(lift->varies = arena_alloc(call->arena, lift->count * sizeof *lift->varies));
        TRY_NEW(lift->want = arena_alloc(call->arena, lift->count));
    }
    for (uint32_t i = 0; i < lift->count; i++) {
        struct cell cell;
        lift->want[i] = wants_of(lift->function, i);
        if (column[i]->encoding > ENCODING_CONSTANT) {
            lift->varies[lift->varying++] = i;
            continue;
        }
        cell = column_cell(column[i], 0);
        lift->lists |= cell.kind == KIND_LIST;
        lift->arg[i] = cell;
        if (cell.kind != KIND_LIST)
            TRY(lift_convert(lift->want[i], call->context, &cell, call->arena, &lift->arg[i]));
    }
    return OK;
}

static bool has_null(const struct lift *lift, const struct cell *arg)
{
    for (uint32_t i = 0; i < lift->count; i++)
        if (arg[i].kind == KIND_NULL)
            return true;
    return false;
}

static status run_row(struct lift *lift, const struct cell *arg, struct cell *out)
{
    *out = cell_null();
    if (lift->function->nulls == NULL_IN_NULL_OUT && has_null(lift, arg))
        return OK;
    return lift->function->row(lift->call, arg, out);
}

/* --- multivalues ---------------------------------------------------------------------------------------- */

/* Multivalues among the values are taken apart: a list holds no lists. */
static status flatten(struct arena *arena, struct cell *cell, uint32_t count, struct cell *out)
{
    uint32_t     total = 0;
    struct cell *flat = cell;

    for (uint32_t i = 0; i < count; i++)
        total += cell[i].kind == KIND_LIST ? cell[i].size : 1;
    if (total > count)
        TRY_NEW(flat = arena_alloc(arena, total * sizeof *flat));
    for (uint32_t i = 0, to = 0; i < count && total > count; i++) {
        uint32_t           size;
        const struct cell *member = list_members(&cell[i], &size);
        memcpy(flat + to, member, size * sizeof *member);
        to += size;
    }
    *out = list_value(flat, total);
    return OK;
}

static status run_each(struct lift *lift, struct cell *arg, struct cell *out)
{
    uint32_t           which = 0, count = 0;
    const struct cell *list;
    struct cell       *made;

    while (arg[which].kind != KIND_LIST)
        which++;
    list = &arg[which];
    made = arena_alloc(lift->call->arena, list->size * sizeof *made);
    TRY_NEW(made);
    for (uint32_t i = 0; i < lift->count; i++)
        if (i != which && arg[i].kind == KIND_LIST)
            arg[i] = cell_null();
    for (uint32_t i = 0, size = list->size; i < size; i++) {
        struct cell each = arg[which], *slot = &arg[which];
        TRY(lift_convert(lift->want[which], lift->call->context, &each.list[i],
                         lift->call->arena, slot));
        TRY(run_row(lift, arg, &made[count]));
        count += made[count].kind != KIND_NULL;
        *slot = each;
    }
    return flatten(lift->call->arena, made, count, out);
}

/* True if the body is true for some combination of values; false if it is false for one and true for none. */
static status run_any(struct lift *lift, const struct cell *arg, struct cell *out)
{
    struct cell *one = arena_alloc(lift->call->arena, lift->count * sizeof *one);
    uint32_t    *at = arena_zero(lift->call->arena, lift->count, sizeof *at);
    bool         more = true, no = false;

    TRY_NEW(one && at ? one : NULL);
    while (more) {
        struct cell answer;
        for (uint32_t i = 0; i < lift->count; i++) {
            const struct cell *cell = arg[i].kind == KIND_LIST ? &arg[i].list[at[i]] : &arg[i];
            TRY(lift_convert(lift->want[i], lift->call->context, cell, lift->call->arena, &one[i]));
        }
        TRY(run_row(lift, one, &answer));
        no |= answer.kind == KIND_BOOLEAN && !answer.truth;
        if (answer.kind == KIND_BOOLEAN && answer.truth) {
            *out = answer;
            return OK;
        }
        more = false;
        for (uint32_t i = 0; i < lift->count && !more; i++) {
            if (arg[i].kind != KIND_LIST)
                continue;
            more = ++at[i] < arg[i].size;
            at[i] = more ? at[i] : 0;
        }
    }
    *out = no ? cell_truth(false) : cell_null();
    return OK;
}

static status run_lists(struct lift *lift, const struct cell *arg, struct cell *out)
{
    struct cell *copy;

    *out = cell_null();
    switch (lift->function->multi) {
    case MULTI_EACH:
        TRY_NEW(copy = arena_alloc(lift->call->arena, lift->count * sizeof *copy));
        memcpy(copy, arg, lift->count * sizeof *copy);
        return run_each(lift, copy, out);
    case MULTI_ANY:
        return run_any(lift, arg, out);
    case MULTI_SEEN:
        return run_row(lift, arg, out);
    default:
        return OK;
    }
}

/* --- rows ----------------------------------------------------------------------------------------------- */

/* The argument as a cell, converted. Cells are read where they lie and written where they are wanted: one
 * that is copied whole right after it was put together costs more than most bodies. */
static status fetch_cell(struct lift *lift, uint32_t i, const struct cell *cell, bool *lists)
{
    uint8_t want = lift->want[i];

    *lists |= cell->kind == KIND_LIST;
    if (want == WANT_ANY || cell->kind == KIND_LIST || (want == WANT_TEXT && cell->kind == KIND_TEXT)) {
        lift->arg[i] = *cell;
        return OK;
    }
    return lift_convert(want, lift->call->context, cell, lift->call->arena, &lift->arg[i]);
}

static status fetch_number(struct lift *lift, uint32_t i, const struct column *column, uint32_t row)
{
    struct cell *arg = &lift->arg[i];

    if (lift->want[i] == WANT_TEXT || lift->want[i] == WANT_BOOLEAN) {
        struct cell cell = column_cell(column, row);
        return lift_convert(lift->want[i], lift->call->context, &cell, lift->call->arena, arg);
    }
    arg->kind = column->null && column->null[row] ? KIND_NULL : KIND_NUMBER;
    arg->flags = column->soft ? CELL_SOFT : 0;
    arg->decimals = !column->decimals || (lift->want[i] == WANT_NUMBER && lift->call->context->plain_numbers)
        ? EXACT : column->decimals[row];
    arg->size = 0;
    arg->number = column->number[row];
    return OK;
}

static status fetch(struct lift *lift, uint32_t i, uint32_t row, bool *lists)
{
    const struct column *column = lift->column[i];
    struct cell          cell;

    switch (column->encoding) {
    case ENCODING_CELLS:
        return fetch_cell(lift, i, &column->cell[row], lists);
    case ENCODING_DICTIONARY:
        return fetch_cell(lift, i, &column->dictionary->cell[column->code[row]], lists);
    case ENCODING_NUMBER:
        return fetch_number(lift, i, column, row);
    default:
        cell = column_cell(column, row);
        return fetch_cell(lift, i, &cell, lists);
    }
}

static status run_fetched(struct lift *lift, bool lists, struct cell *out)
{
    return lists ? run_lists(lift, lift->arg, out) : run_row(lift, lift->arg, out);
}

static int expected_kind(const struct function *function)
{
    return function->gives == TYPE_BOOLEAN ? KIND_BOOLEAN : function->gives == TYPE_NUMBER ? KIND_NUMBER
        : KIND_TEXT;
}

/* One argument varies, and the body may see its cells as they are: the shortest way through. */
static bool is_plain(const struct lift *lift)
{
    const struct column *column;
    unsigned             fit;

    if (lift->varying != 1 || lift->lists)
        return false;
    column = lift->column[lift->varies[0]];
    fit = lift->want[lift->varies[0]] == WANT_TEXT ? KINDS_TEXT
        : lift->want[lift->varies[0]] == WANT_ANY ? KINDS_ANY & ~KINDS(KIND_LIST) : 0;
    return column->encoding == ENCODING_CELLS && !(column->kinds & ~fit);
}

static status run_plain(struct lift *lift, const struct rows *rows, uint32_t size, struct column *out)
{
    const struct cell *restrict from = lift->column[lift->varies[0]]->cell;
    struct cell      *slot = &lift->arg[lift->varies[0]];
    bool              nulls = lift->function->nulls == NULLS_SEEN;
    struct gather     gather;

    TRY(gather_open(&gather, out, size, lift->call->arena, expected_kind(lift->function)));
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t     row = rows_at(rows, i);
        struct cell  spare, *cell = gather_slot(&gather, row, &spare);
        *cell = cell_null();
        *slot = from[row];
        if (nulls || slot->kind != KIND_NULL)
            TRY(lift->function->row(lift->call, lift->arg, cell));
        TRY(gather_put(&gather, row, cell));
    }
    return gather_close(&gather, rows);
}

static status run_rows(struct lift *lift, const struct rows *rows, uint32_t size, struct column *out)
{
    struct gather gather;

    TRY(gather_open(&gather, out, size, lift->call->arena, expected_kind(lift->function)));
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t     row = rows_at(rows, i);
        bool         lists = lift->lists;
        struct cell  spare, *cell = gather_slot(&gather, row, &spare);
        for (uint32_t j = 0; j < lift->varying; j++)
            TRY(fetch(lift, lift->varies[j], row, &lists));
        TRY(run_fetched(lift, lists, cell));
        TRY(gather_put(&gather, row, cell));
    }
    return gather_close(&gather, rows);
}

static status run_constant(struct lift *lift, struct column *out)
{
    struct cell cell;

    TRY(lift->lists ? run_lists(lift, lift->arg, &cell) : run_row(lift, lift->arg, &cell));
    if (cell.kind != KIND_NULL)
        *out = (struct column){ .encoding = ENCODING_CONSTANT, .constant = cell };
    return OK;
}

/* --- dictionaries --------------------------------------------------------------------------------------- */

void lift_memo_free(struct lift_memo *memo, struct heap *heap)
{
    (void)heap;
    if (memo->open)
        arena_free(&memo->arena);
    *memo = (struct lift_memo){ 0 };
}

/* Room for the answers of all codes. Answers hold no text when they are kept from batch to batch: the arena
 * may go. */
static status memo_reserve(struct lift_memo *memo, const struct dictionary *dictionary, struct heap *heap)
{
    uint32_t     room = dictionary->count < 512 ? 1024 : dictionary->count * 2;
    struct cell *answer = memo->answer;
    uint8_t     *known = memo->known;
    uint32_t     old = memo->room;

    if (!memo->open) {
        arena_init(&memo->arena, heap);
        memo->open = true;
    }
    if (memo->stamp == dictionary->stamp && dictionary->count <= old)
        return OK;
    if (memo->stamp != dictionary->stamp) {
        arena_reset(&memo->arena);
        old = 0;
    }
    memo->room = 0;
    TRY_NEW(memo->answer = arena_alloc(&memo->arena, room * sizeof *answer));
    TRY_NEW(memo->known = arena_zero(&memo->arena, room, 1));
    if (old) {
        memcpy(memo->answer, answer, old * sizeof *answer);
        memcpy(memo->known, known, old);
    }
    memo->stamp = dictionary->stamp;
    memo->room = room;
    return OK;
}

static bool worth_coding(const struct lift *lift, const struct rows *rows, bool lasting)
{
    const struct column *column;

    if (lift->varying != 1 || !lift->function->pure)
        return false;
    column = lift->column[lift->varies[0]];
    return column->encoding == ENCODING_DICTIONARY && (lasting || column->dictionary->count <= rows->count);
}

static status run_codes(struct lift *lift, const struct rows *rows, uint32_t size, struct column *out,
                        struct lift_memo *memo)
{
    const struct column     *column = lift->column[lift->varies[0]];
    const struct dictionary *dictionary = column->dictionary;
    struct lift_memo         passing = { .room = dictionary->count };
    struct gather            gather;

    if (memo) {
        TRY(memo_reserve(memo, dictionary, lift->call->context->heap));
    } else {
        memo = &passing;
        TRY_NEW(memo->answer = arena_alloc(lift->call->arena, dictionary->count * sizeof *memo->answer));
        TRY_NEW(memo->known = arena_zero(lift->call->arena, dictionary->count, 1));
    }
    TRY(gather_open(&gather, out, size, lift->call->arena, expected_kind(lift->function)));
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i), code = column->code[row];
        if (!memo->known[code]) {
            bool lists = lift->lists;
            TRY(fetch_cell(lift, lift->varies[0], &dictionary->cell[code], &lists));
            TRY(run_fetched(lift, lists, &memo->answer[code]));
            memo->known[code] = 1;
        }
        TRY(gather_put(&gather, row, &memo->answer[code]));
    }
    return gather_close(&gather, rows);
}

/* --- the whole ------------------------------------------------------------------------------------------ */

static status call_body(struct call *call, const struct rows *rows, uint32_t size, struct column *const *arg,
                        struct column *out, struct lift_memo *memo)
{
    struct lift            lift;
    const struct function *function = call->site->function;
    bool                   lasting = memo && (function->gives == TYPE_BOOLEAN
                                              || function->gives == TYPE_NUMBER);

    TRY(lift_open(&lift, call, arg));
    if (function->nulls == NULL_IN_NULL_OUT)
        for (uint32_t i = 0; i < lift.count; i++)
            if (arg[i]->encoding <= ENCODING_CONSTANT && lift.arg[i].kind == KIND_NULL)
                return OK;
    if (rows->count == 0)
        return OK;
    if (lift.varying == 0 && function->pure)
        return run_constant(&lift, out);
    if (worth_coding(&lift, rows, lasting))
        return run_codes(&lift, rows, size, out, lasting ? memo : NULL);
    if (function->vector && !call->context->row_bodies) {
        status done;
        call->fixed = lift.arg;
        done = function->vector(call, rows, size, arg, out);
        if (done != PASS)
            return done;
        *out = (struct column){ .encoding = ENCODING_ABSENT };
    }
    return is_plain(&lift) ? run_plain(&lift, rows, size, out) : run_rows(&lift, rows, size, out);
}

/* Where every number is exact, those that functions make are, too: round(5,2) is 5. */
static void forget_decimals(struct column *column, const struct rows *rows)
{
    column->decimals = NULL;
    if (column->encoding == ENCODING_CONSTANT)
        column->constant.decimals = EXACT;
    if (column->encoding == ENCODING_CELLS)
        for (uint32_t i = 0; i < rows->count; i++)
            if (column->cell[rows_at(rows, i)].kind == KIND_NUMBER)
                column->cell[rows_at(rows, i)].decimals = EXACT;
}

status lift_call(struct call *call, const struct rows *rows, uint32_t size, struct column *const *arg,
                 struct column *out, struct lift_memo *memo)
{
    TRY(call_body(call, rows, size, arg, out, memo));
    if (call->context->plain_numbers && call->site->function->gives == TYPE_NUMBER)
        forget_decimals(out, rows);
    return OK;
}
