/* Vector bodies made of row bodies: the row body inlined in a loop over the one column that varies.
 *
 *     COLUMN_BODY(len, 0, LOOP_TEXTS, numbers)        len_vector, of len_row, over argument 0
 *     MEMO_BODY(match, 0, truths)                     match_vector; a text that was met before is not matched again
 *
 * Nulls, numbers of columns and texts that spell them, and the column that results are looked after here, as the lifter
 * does for row bodies: a body of one variable argument is the same computation in both. A column that holds anything but
 * the kinds named (a multivalue, say), and a second column, are left to the lifter. */
#pragma once

#include "base/compiler.h"
#include "base/hash.h"
#include "batch/gather.h"
#include "function/family.h"

enum { LOOP_ARGUMENTS = 4 };

/* What the column may hold. NUMBERS: numbers, or texts that are read as numbers (null where they spell none). */
enum {
    LOOP_TEXTS = KINDS_TEXT, LOOP_ANY = KINDS_ANY, LOOP_SINGLE = KINDS_ANY & ~KINDS(KIND_LIST), LOOP_NUMBERS = 0x100,
    LOOP_EACH = KINDS_TEXT | KINDS(KIND_LIST)           /* with MULTI_EACH, results cells: also lists of texts */
};

static inline bool loop_takes(const struct call *call, struct column *const *arg, uint32_t which, unsigned take)
{
    const struct column *column = arg[which];
    unsigned             kinds = take == LOOP_NUMBERS ? LOOP_SINGLE : take;

    for (uint32_t i = 0; i < call->count; i++)
        if (i != which && (arg[i]->encoding > ENCODING_CONSTANT || call->fixed[i].kind == KIND_LIST))
            return false;
    return call->count <= LOOP_ARGUMENTS
        && (column->encoding == ENCODING_CELLS ? !(column->kinds & ~kinds)
            : column->encoding == ENCODING_NUMBER && (kinds & KINDS(KIND_NUMBER)));
}

/* What does not change from row to row. */
struct loop {
    struct call         *call;
    const struct rows   *rows;
    const struct column *from;
    const struct cell   *cell;              /* of `from`; NULL: numbers */
    uint32_t             which;
    unsigned             take;
    bool                 nulls;             /* the body sees them */
    bool                 direct;            /* it may look at the column's cells where they are */
    bool                 memo;
};

/* a row body */
#define LOOP_BODY status (*body)(struct call *, const struct cell *, struct cell *)

static ALWAYS_INLINE struct loop loop_over(struct call *call, const struct rows *rows, struct column *const *arg,
                                           uint32_t which, unsigned take, bool memo, struct cell *given)
{
    const struct column *from = arg[which];
    bool                 cells = from->encoding == ENCODING_CELLS;

    for (uint32_t i = 0; i < call->count; i++)
        if (i != which)
            given[i] = call->fixed[i];
    return (struct loop){ .call = call, .rows = rows, .from = from, .cell = cells ? from->cell : NULL, .which = which,
                          .take = take, .nulls = call->site->function->nulls == NULLS_SEEN,
                          .direct = call->count == 1 && cells && take != LOOP_NUMBERS, .memo = memo };
}

static ALWAYS_INLINE void loop_number(const struct loop *loop, uint32_t row, struct cell *out)
{
    const struct column *from = loop->from;

    out->kind = from->null && from->null[row] ? KIND_NULL : KIND_NUMBER;
    out->flags = from->soft ? CELL_SOFT : 0;
    out->decimals = !from->decimals || (loop->take == LOOP_NUMBERS && loop->call->context->plain_numbers)
        ? EXACT : from->decimals[row];
    out->size = 0;
    out->number = from->number[row];
}

/* The body's answers for each text of a list; PASS where there is something else among them, or a list is the answer. */
static ALWAYS_INLINE status loop_each(const struct loop *loop, const struct cell *list, struct cell *given,
                                      struct cell *out, LOOP_BODY)
{
    struct cell *made = arena_alloc(loop->call->arena, list->size * sizeof *made);
    uint32_t     count = 0;

    TRY_NEW(made);
    for (uint32_t i = 0; i < list->size; i++) {
        if (list->list[i].kind != KIND_TEXT)
            return PASS;
        given[loop->which] = list->list[i];
        TRY(body(loop->call, given, &made[count]));
        if (made[count].kind == KIND_LIST)
            return PASS;
        count += made[count].kind != KIND_NULL;
    }
    return give(out, list_value(made, count));
}

/* The body's answer for a row. */
static ALWAYS_INLINE status loop_row(const struct loop *loop, uint32_t row, struct cell *given, struct cell *out,
                                     LOOP_BODY)
{
    struct cell *slot = &given[loop->which];

    if (loop->take == LOOP_EACH && loop->cell && loop->cell[row].kind == KIND_LIST)
        return loop_each(loop, &loop->cell[row], given, out, body);
    if (loop->direct) {
        if (loop->cell[row].kind != KIND_NULL || loop->nulls)
            return body(loop->call, &loop->cell[row], out);
        return give(out, cell_null());
    }
    if (!loop->cell) {
        loop_number(loop, row, slot);
    } else {
        *slot = loop->cell[row];
        if (loop->take == LOOP_NUMBERS && slot->kind != KIND_NULL) {
            *slot = cell_as_number(slot);
            if (loop->call->context->plain_numbers)
                slot->decimals = EXACT;
        }
    }
    if (slot->kind == KIND_NULL && !loop->nulls)
        return give(out, cell_null());
    return body(loop->call, given, out);
}

/* Texts met so far, by hash: the last row with each. It has to earn its keep: where few come again it is left alone. What
 * a regular expression does not match counts as not met, as most of that is known quicker than a hash; until something is
 * found no text is looked up. */
enum { MEMO_SLOTS = 1024, MEMO_TRIAL = 64, MEMO_SHARE = 8 };

struct memo {
    bool     awake;
    uint32_t looks, hits;
    uint32_t row[MEMO_SLOTS];               /* + 1 */
};

/* The row whose text is the same and whose answer stands, or UINT32_MAX. */
static inline uint32_t memo_find(struct memo *memo, const struct cell *cell, uint32_t row)
{
    const struct cell *mine = &cell[row];
    uint32_t          *slot, before;

    if (!memo->awake || mine->kind != KIND_TEXT || (memo->looks >= MEMO_TRIAL && memo->hits < memo->looks / MEMO_SHARE))
        return UINT32_MAX;
    slot = &memo->row[hash_str(cell_str(mine)) % MEMO_SLOTS];
    before = *slot - 1;
    memo->looks++;
    *slot = row + 1;
    if (before == UINT32_MAX || cell[before].size != mine->size || cell[before].flags != mine->flags ||
        memcmp(cell[before].text, mine->text, mine->size) != 0)
        return UINT32_MAX;
    return before;
}

static inline void memo_note(struct memo *memo, bool again, bool found)
{
    memo->awake |= found;
    memo->hits += again && found;
}

static ALWAYS_INLINE status loop_cells(const struct loop *loop, struct cell *given, uint32_t size, struct column *out,
                                       LOOP_BODY)
{
    const struct rows *rows = loop->rows;
    unsigned           kinds = 0;
    struct memo        memo;
    struct gather      gather;
    struct cell       *made;

    if (loop->memo)
        memset(&memo, 0, sizeof memo);
    TRY(gather_open(&gather, out, size, loop->call->arena, KIND_TEXT));
    made = out->cell;
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i), before = loop->memo ? memo_find(&memo, loop->cell, row) : UINT32_MAX;
        if (before != UINT32_MAX) {
            made[row] = made[before];
            memo_note(&memo, true, made[before].text != loop->cell[before].text);
            continue;
        }
        TRY(loop_row(loop, row, given, &made[row], body));
        if (loop->memo)
            memo_note(&memo, false, made[row].kind != KIND_NULL && made[row].text != loop->cell[row].text);
        kinds |= KINDS(made[row].kind);
    }
    out->kinds = (uint8_t)kinds;
    return gather_close(&gather, rows);
}

static ALWAYS_INLINE status loop_truths(const struct loop *loop, struct cell *given, uint32_t size, struct column *out,
                                        LOOP_BODY)
{
    const struct rows *rows = loop->rows;
    struct memo        memo;
    struct gather      gather;
    uint8_t           *truth;

    if (loop->memo)
        memset(&memo, 0, sizeof memo);
    TRY(gather_open(&gather, out, size, loop->call->arena, KIND_BOOLEAN));
    truth = out->truth;
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t    row = rows_at(rows, i), before = loop->memo ? memo_find(&memo, loop->cell, row) : UINT32_MAX;
        struct cell answer;
        if (before != UINT32_MAX) {
            truth[row] = truth[before];
            memo_note(&memo, true, truth[before] == TRUTH_TRUE);
            continue;
        }
        TRY(loop_row(loop, row, given, &answer, body));
        if (loop->memo)
            memo_note(&memo, false, answer.kind == KIND_BOOLEAN && answer.truth);
        truth[row] = answer.kind == KIND_NULL ? TRUTH_NULL : (uint8_t)answer.truth;
    }
    return OK;
}

/* The body gives numbers and nulls only. */
static ALWAYS_INLINE status loop_numbers(const struct loop *loop, struct cell *given, uint32_t size, struct column *out,
                                         LOOP_BODY)
{
    const struct rows *rows = loop->rows;
    struct memo        memo;
    struct gather      gather;

    if (loop->memo)
        memset(&memo, 0, sizeof memo);
    TRY(gather_open(&gather, out, size, loop->call->arena, KIND_NUMBER));
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t    row = rows_at(rows, i), before = loop->memo ? memo_find(&memo, loop->cell, row) : UINT32_MAX;
        struct cell answer;
        if (before != UINT32_MAX) {
            answer = column_cell(out, before);
            memo_note(&memo, true, true);
        } else {
            TRY(loop_row(loop, row, given, &answer, body));
            if (loop->memo)
                memo_note(&memo, false, true);
        }
        if (answer.kind == KIND_NULL || (answer.decimals != EXACT && !out->decimals)) {
            TRY(gather_slow(&gather, row, &answer));
            continue;
        }
        out->number[row] = answer.number;
        if (out->decimals)
            out->decimals[row] = answer.decimals;
    }
    return OK;
}

#define COLUMN_LOOP(word, argument, kinds, result, remembers)                                                \
    static status word##_vector(struct call *call, const struct rows *rows, uint32_t size,                   \
                                struct column *const *arg, struct column *out)                               \
    {                                                                                                        \
        struct cell given[LOOP_ARGUMENTS];                                                                   \
        struct loop loop;                                                                                    \
        if (!loop_takes(call, arg, argument, kinds))                                                         \
            return PASS;                                                                                     \
        loop = loop_over(call, rows, arg, argument, kinds, remembers, given);                                \
        return loop_##result(&loop, given, size, out, word##_row);                                           \
    }
#define COLUMN_BODY(word, argument, kinds, result) COLUMN_LOOP(word, argument, kinds, result, false)
#define MEMO_BODY(word, argument, result)          COLUMN_LOOP(word, argument, LOOP_TEXTS, result, true)
