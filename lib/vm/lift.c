#include "vm/lift.h"

#include "value/number.h"
#include "value/order.h"
#include "vm/gather.h"

enum { ARGUMENTS_NEAR = 8 };

/* One call at work: arguments of the row at hand, converted; constants once and for all. */
struct lift {
    struct call           *call;
    const struct function *function;
    struct column *const  *column;
    struct cell           *arg;
    uint8_t               *varies;
    uint32_t               count;
    uint32_t               varying;         /* how many do */
    uint32_t               last;            /* the last that does */
    bool                   lists;           /* a constant is a multivalue */
    struct cell            near[ARGUMENTS_NEAR];
    uint8_t                near_varies[ARGUMENTS_NEAR];
};

static uint8_t wants_of(const struct function *function, uint32_t argument)
{
    uint32_t wanted = function->wanted ? function->wanted : (uint32_t)sizeof function->wants;

    return function->wants[argument < wanted ? argument : wanted - 1];
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
    if (cell->kind == KIND_TEXT && (cell->flags & CELL_SOFT)) {
        struct cell number = cell_number(0);
        *out = number_parse(cell_str(cell), &number.number, &number.decimals) ? number : cell_null();
    } else if (cell->kind != KIND_NUMBER) {
        *out = cell_null();
    }
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
    lift->varying = lift->last = 0;
    lift->lists = false;
    lift->arg = lift->near;
    lift->varies = lift->near_varies;
    if (lift->count > ARGUMENTS_NEAR) {
        TRY_NEW(lift->arg = arena_alloc(call->arena, lift->count * sizeof *lift->arg));
        TRY_NEW(lift->varies = arena_alloc(call->arena, lift->count));
    }
    for (uint32_t i = 0; i < lift->count; i++) {
        struct cell cell;
        lift->varies[i] = column[i]->encoding > ENCODING_CONSTANT;
        if (lift->varies[i]) {
            lift->varying++;
            lift->last = i;
            continue;
        }
        cell = column_cell(column[i], 0);
        lift->lists |= cell.kind == KIND_LIST;
        lift->arg[i] = cell;
        if (cell.kind != KIND_LIST)
            TRY(lift_convert(wants_of(lift->function, i), call->context, &cell, call->arena, &lift->arg[i]));
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
        TRY(lift_convert(wants_of(lift->function, which), lift->call->context, &each.list[i],
                         lift->call->arena, slot));
        TRY(run_row(lift, arg, &made[count]));
        count += made[count].kind != KIND_NULL;
        *slot = each;
    }
    *out = count == 0 ? cell_null() : count == 1 ? made[0]
         : (struct cell){ .kind = KIND_LIST, .size = count, .list = made };
    return OK;
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
            TRY(lift_convert(wants_of(lift->function, i), lift->call->context, cell, lift->call->arena,
                             &one[i]));
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
    struct cell *copy = arena_alloc(lift->call->arena, lift->count * sizeof *copy);

    TRY_NEW(copy);
    memcpy(copy, arg, lift->count * sizeof *copy);
    *out = cell_null();
    switch (lift->function->multi) {
    case MULTI_EACH:
        return run_each(lift, copy, out);
    case MULTI_ANY:
        return run_any(lift, copy, out);
    case MULTI_SEEN:
        return run_row(lift, copy, out);
    default:
        return OK;
    }
}

/* --- rows ----------------------------------------------------------------------------------------------- */

/* `raw`: the varying arguments of this row are in lift->arg already, not converted. */
static status run_converted(struct lift *lift, struct cell *out)
{
    bool lists = lift->lists;

    for (uint32_t i = 0; i < lift->count; i++) {
        struct cell raw = lift->arg[i];
        if (!lift->varies[i])
            continue;
        if (raw.kind == KIND_LIST)
            lists = true;
        else
            TRY(lift_convert(wants_of(lift->function, i), lift->call->context, &raw, lift->call->arena,
                             &lift->arg[i]));
    }
    return lists ? run_lists(lift, lift->arg, out) : run_row(lift, lift->arg, out);
}

static int expected_kind(const struct function *function)
{
    return function->gives == TYPE_BOOLEAN ? KIND_BOOLEAN : function->gives == TYPE_NUMBER ? KIND_NUMBER
        : KIND_TEXT;
}

static status run_rows(struct lift *lift, const struct rows *rows, uint32_t size, struct column *out)
{
    struct gather gather;

    TRY(gather_open(&gather, out, size, lift->call->arena, expected_kind(lift->function)));
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t    row = rows_at(rows, i);
        struct cell cell;
        for (uint32_t j = 0; j < lift->count; j++)
            if (lift->varies[j])
                lift->arg[j] = column_cell(lift->column[j], row);
        TRY(run_converted(lift, &cell));
        TRY(gather_put(&gather, row, &cell));
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
    const struct column *column = lift->column[lift->last];

    return lift->varying == 1 && column->encoding == ENCODING_DICTIONARY && lift->function->pure
        && (lasting || column->dictionary->count <= rows->count);
}

static status run_codes(struct lift *lift, const struct rows *rows, uint32_t size, struct column *out,
                        struct lift_memo *memo)
{
    const struct column     *column = lift->column[lift->last];
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
            lift->arg[lift->last] = dictionary->cell[code];
            TRY(run_converted(lift, &memo->answer[code]));
            memo->known[code] = 1;
        }
        TRY(gather_put(&gather, row, &memo->answer[code]));
    }
    return gather_close(&gather, rows);
}

/* --- the whole ------------------------------------------------------------------------------------------ */

status lift_call(struct call *call, const struct rows *rows, uint32_t size, struct column *const *arg,
                 struct column *out,
                 struct lift_memo *memo)
{
    struct lift            lift;
    const struct function *function = call->site->function;
    bool                   lasting = memo && (function->gives == TYPE_BOOLEAN
                                              || function->gives == TYPE_NUMBER);

    TRY(lift_open(&lift, call, arg));
    if (function->nulls == NULL_IN_NULL_OUT)
        for (uint32_t i = 0; i < lift.count; i++)
            if (!lift.varies[i] && lift.arg[i].kind == KIND_NULL)
                return OK;
    if (rows->count == 0)
        return OK;
    if (lift.varying == 0 && function->pure)
        return run_constant(&lift, out);
    if (worth_coding(&lift, rows, lasting))
        return run_codes(&lift, rows, size, out, lasting ? memo : NULL);
    if (function->vector && !call->context->row_bodies) {
        status done = function->vector(call, rows, size, arg, out);
        if (done != PASS)
            return done;
        *out = (struct column){ .encoding = ENCODING_ABSENT };
    }
    return run_rows(&lift, rows, size, out);
}
