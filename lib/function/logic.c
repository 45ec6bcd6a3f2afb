/* NOT, XOR, IN and LIKE. (AND and OR do not evaluate all they are given: the compiler expands them.) */
#include "function/family.h"
#include "function/text_set.h"
#include "text/wildcard.h"
#include "value/number.h"

#include <math.h>
#include <stdlib.h>

static status not_row(struct call *call, const struct cell *arg, struct cell *out)
{
    (void)call;
    return give(out, cell_truth(!arg[0].truth));
}

static status not_vector(struct call *call, const struct rows *rows, uint32_t size, struct column *const *arg,
                         struct column *out)
{
    const uint8_t *restrict truth = arg[0]->truth;
    uint8_t *restrict made;

    if (arg[0]->encoding != ENCODING_TRUTH)
        return PASS;
    TRY_NEW(made = arena_alloc(call->arena, size));
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        made[row] = truth[row] == TRUTH_NULL ? TRUTH_NULL : !truth[row];
    }
    out->encoding = ENCODING_TRUTH;
    out->truth = made;
    return OK;
}

static status xor_row(struct call *call, const struct cell *arg, struct cell *out)
{
    (void)call;
    return give(out, cell_truth(arg[0].truth != arg[1].truth));
}

/* --- IN ------------------------------------------------------------------------------------------------- */

/* The literal items. A value equals a number that it spells, or the very text; no text that spells no number
 * spells one. */
struct items {
    struct text_set text;
    double         *number;             /* ascending */
    uint32_t        numbers;
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static status in_prepare(struct site *site, struct arena *arena, struct context *context, struct diag *diag)
{
    struct items *items = ARENA_NEW(arena, struct items);
    str          *text = ARENA_ARRAY(arena, str, site->members + 1);
    uint32_t      texts = 0;

    (void)context;
    (void)diag;
    TRY_NEW(items && text ? items : NULL);
    TRY_NEW(items->number = ARENA_ARRAY(arena, double, site->members + 1));
    for (uint32_t i = 0; i < site->members; i++) {
        const struct cell *member = &site->member[i];
        double             number;
        if (!cell_spells_number(member, &number))
            text[texts++] = member->kind == KIND_TEXT ? cell_str(member) : cell_show(member, NULL);
        else if (!isnan(number))
            items->number[items->numbers++] = number;
    }
    qsort(items->number, items->numbers, sizeof *items->number, by_value);
    site->prepared = items;
    return text_set_make(&items->text, arena, text, texts);
}

static bool has_number(const struct items *items, double number)
{
    uint32_t from = 0, to = items->numbers;

    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (items->number[middle] < number)
            from = middle + 1;
        else
            to = middle;
    }
    return from < items->numbers && items->number[from] == number;
}

static inline bool has_text(const struct items *items, str text)
{
    double number;

    if (text_set_has(&items->text, text))
        return true;
    return items->numbers && text.size && ((unsigned char)text.at[0] <= '9' || (text.at[0] | 0x20) == 'i')
        && number_parse(text, &number, NULL) && has_number(items, number);
}

static bool has_cell(const struct items *items, const struct cell *cell)
{
    switch (cell->kind) {
    case KIND_TEXT:
        return has_text(items, cell_str(cell));
    case KIND_NUMBER:
        return has_number(items, cell->number);
    case KIND_LIST:
        for (uint32_t i = 0; i < cell->size; i++)
            if (has_cell(items, &cell->list[i]))
                return true;
        return false;
    default:
        return false;
    }
}

/* Any value of one against any value of the other. */
static bool meets(const struct cell *a, const struct cell *b)
{
    bool unordered;

    for (uint32_t i = 0; a->kind == KIND_LIST && i < a->size; i++)
        if (meets(&a->list[i], b))
            return true;
    for (uint32_t i = 0; b->kind == KIND_LIST && i < b->size; i++)
        if (meets(a, &b->list[i]))
            return true;
    if (a->kind == KIND_LIST || b->kind == KIND_LIST || a->kind == KIND_NULL || b->kind == KIND_NULL)
        return false;
    return order_eval(a, b, &unordered) == 0 && !unordered;
}

/* Null items are passed over; a null subject gives null. */
static status in_row(struct call *call, const struct cell *arg, struct cell *out)
{
    bool found;

    if (arg[0].kind == KIND_NULL)
        return give(out, cell_null());
    found = has_cell(call->site->prepared, &arg[0]);
    for (uint32_t i = 1; i < call->count && !found; i++)
        found = meets(&arg[0], &arg[i]);
    return give(out, cell_truth(found));
}

static status in_numbers(struct call *call, const struct rows *rows, uint32_t size,
                         const struct column *column, struct column *out)
{
    const struct items *items = call->site->prepared;
    uint8_t            *truth;

    TRY_NEW(truth = arena_alloc(call->arena, size));
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        truth[row] = column->null && column->null[row] ? TRUTH_NULL : has_number(items, column->number[row]);
    }
    out->encoding = ENCODING_TRUTH;
    out->truth = truth;
    return OK;
}

static status in_vector(struct call *call, const struct rows *rows, uint32_t size, struct column *const *arg,
                        struct column *out)
{
    const struct items      *items = call->site->prepared;
    const struct cell *restrict cell = arg[0]->cell;
    uint8_t *restrict truth;

    if (call->count == 1 && arg[0]->encoding == ENCODING_NUMBER)
        return in_numbers(call, rows, size, arg[0], out);
    if (call->count != 1 || arg[0]->encoding != ENCODING_CELLS)
        return PASS;
    TRY_NEW(truth = arena_alloc(call->arena, size));
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        if (cell[row].kind == KIND_TEXT)
            truth[row] = has_text(items, cell_str(&cell[row]));
        else
            truth[row] = cell[row].kind == KIND_NULL ? TRUTH_NULL : has_cell(items, &cell[row]);
    }
    out->encoding = ENCODING_TRUTH;
    out->truth = truth;
    return OK;
}

/* --- LIKE ----------------------------------------------------------------------------------------------- */

static status like_prepare(struct site *site, struct arena *arena, struct context *context, struct diag *diag)
{
    struct wildcard *wildcard;
    char             room[NUMBER_ROOM];

    (void)diag;
    if (!site_is_literal(site, 1) || site->literal[1].kind == KIND_NULL || site->literal[1].kind == KIND_LIST)
        return OK;
    TRY(wildcard_compile(arena, context->cpu, WILDCARD_LIKE, false, cell_show(&site->literal[1], room),
                         &wildcard));
    site->prepared = wildcard;
    return OK;
}

/* A pattern that is computed is kept until another comes. */
struct like {
    struct arena     arena;
    struct wildcard *wildcard;
    str              pattern;
};

static status like_pattern(struct call *call, str pattern, const struct wildcard **out)
{
    struct like *like = call->scratch;

    if (!like) {
        TRY_NEW(like = heap_zero(call->context->heap, 1, sizeof *like));
        arena_init(&like->arena, call->context->heap);
        call->scratch = like;
    }
    if (!like->wildcard || !str_equal(like->pattern, pattern)) {
        like->wildcard = NULL;
        arena_reset(&like->arena);
        TRY_NEW((like->pattern = arena_str(&like->arena, pattern)).at);
        TRY(wildcard_compile(&like->arena, call->context->cpu, WILDCARD_LIKE, false, pattern,
                             &like->wildcard));
    }
    *out = like->wildcard;
    return OK;
}

static status like_row(struct call *call, const struct cell *arg, struct cell *out)
{
    const struct wildcard *wildcard = call->site->prepared;

    if (!wildcard)
        TRY(like_pattern(call, cell_str(&arg[1]), &wildcard));
    return give(out, cell_truth(wildcard_match(wildcard, cell_str(&arg[0]))));
}

static status like_vector(struct call *call, const struct rows *rows, uint32_t size,
                          struct column *const *arg,
                          struct column *out)
{
    const struct wildcard *wildcard = call->site->prepared;
    const struct cell *restrict cell = arg[0]->cell;
    uint8_t *restrict truth;

    if (!wildcard || arg[0]->encoding != ENCODING_CELLS || (arg[0]->kinds & ~(unsigned)KINDS_TEXT))
        return PASS;
    TRY_NEW(truth = arena_alloc(call->arena, size));
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        truth[row] = cell[row].kind == KIND_NULL ? TRUTH_NULL
            : wildcard_match(wildcard, cell_str(&cell[row]));
    }
    out->encoding = ENCODING_TRUTH;
    out->truth = truth;
    return OK;
}

static void like_close(struct call *call)
{
    struct like *like = call->scratch;

    if (!like)
        return;
    arena_free(&like->arena);
    heap_free(call->context->heap, like, sizeof *like);
    call->scratch = NULL;
}

const struct function function_not = {
    .name = "not", .usage = "NOT <condition>", .summary = "The opposite; null stays null",
    .least = 1, .most = 1, .wants = { WANT_BOOLEAN }, .wanted = 1,
    .gives = TYPE_BOOLEAN, .nulls = NULL_IN_NULL_OUT, .multi = MULTI_NULL, .pure = true, .cost = 1,
    .row = not_row, .vector = not_vector,
    .example = { "where NOT x=1", "{\"x\":1}\n{\"x\":2}\n{\"y\":1}", "{\"x\":2}" },
};

const struct function function_xor = {
    .name = "xor", .usage = "<condition> XOR <condition>", .summary = "Is exactly one of them true?",
    .least = 2, .most = 2, .wants = { WANT_BOOLEAN }, .wanted = 1,
    .gives = TYPE_BOOLEAN, .nulls = NULL_IN_NULL_OUT, .multi = MULTI_NULL, .pure = true, .cost = 5,
    .row = xor_row,
    .example = { "where x=1 XOR y=1", "{\"x\":1,\"y\":1}\n{\"x\":1,\"y\":2}", "{\"x\":1,\"y\":2}" },
};

const struct function function_in = {
    .name = "in", .usage = "in(<value>,<item>,...)", .summary = "Is the value equal to one of the items?",
    .least = 1, .most = -1, .wants = { WANT_VALUE }, .wanted = 1, .gives = TYPE_BOOLEAN, .nulls = NULLS_SEEN,
    .multi = MULTI_SEEN, .pure = true, .cost = 5,
    .prepare = in_prepare, .row = in_row, .vector = in_vector,
    .example = { "where x IN (\"a\", 404)", "{\"x\":\"a\"}\n{\"x\":\"A\"}\n{\"x\":\"404.0\"}",
                 "{\"x\":\"a\"}\n{\"x\":404.0}" },
};

const struct function function_like = {
    .name = "like", .usage = "like(<text>,<pattern>)",
    .summary = "Does the whole text fit? % any run, _ one character", .least = 2, .most = 2,
    .wants = { WANT_TEXT }, .wanted = 1, .gives = TYPE_BOOLEAN, .nulls = NULL_IN_NULL_OUT,
    .multi = MULTI_ANY, .pure = true, .cost = 20,
    .prepare = like_prepare, .row = like_row, .vector = like_vector,
    .close = like_close,
    .example = { "where like(x,\"a_%\")", "{\"x\":\"abc\"}\n{\"x\":\"a\"}", "{\"x\":\"abc\"}" },
};
