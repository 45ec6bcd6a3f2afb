/* cofilter <field1> <field2>: for every two values of field2 how many values of field1 they occur with, each by itself and
 * both (commands 6): of users and items, which items have users in common.
 *
 * Values of a multivalue count each by itself; a pair that has nothing in common has no row. Item 1 is the one that was met
 * first, and rows stand in that order. */
#include "plan/bind.h"
#include "rows/results.h"
#include "flow/run.h"
#include "state/distinct.h"
#include "value/list.h"

#include <stdlib.h>

enum { FIELDS };
enum { SLICE = 4096 };

static const struct param cofilter_params[] = {
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .required = true, .help = "users, then items" },
    { 0 }
};

enum { ITEM_1, USERS_1, ITEM_2, USERS_2, PAIR, COLUMNS };

struct couple {
    uint32_t first, second;             /* items; the first was met first */
    uint64_t users;
};

struct cofilter {
    struct op          op;
    const struct name *user, *item;
    struct interner    users;
    struct distinct    items;           /* of each user */
    struct pairs       couples;
    uint64_t          *together;        /* by couple: users */
    uint32_t           together_room;
    uint64_t          *popularity;      /* by item: users */
    uint32_t          *slice[2], sliced;    /* couples that are still to be counted */
    struct couple     *couple;
    struct results     results;
};

static status cofilter_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *fields = stage_argument(stage, FIELDS);

    if (fields->count == 2)
        return OK;
    diag_at(binder->diag, FAIL_QUERY, stage->span, fields->count < 2 ? "missing-argument" : "unexpected-argument",
            "'cofilter' takes two fields");
    diag_hint(binder->diag, "usage: %s", stage->command->usage);
    return FAIL_QUERY;
}

static status add_row(struct cofilter *cofilter, const struct cell *user, const struct cell *item)
{
    uint32_t           users, items, code;
    const struct cell *member = list_members(user, &users), *of = list_members(item, &items);

    for (uint32_t u = 0; u < users && items; u++) {
        TRY(interner_cell(&cofilter->users, &member[u], &code));
        TRY(distinct_reserve(&cofilter->items, code + 1));
        for (uint32_t i = 0; i < items; i++)
            TRY(distinct_add_cell(&cofilter->items, code, &of[i], 1));
    }
    return OK;
}

static status cofilter_push(struct op *op, struct batch *in)
{
    struct cofilter *cofilter = container_of(op, struct cofilter, op);
    struct column   *user = batch_column(in, cofilter->user), *item = batch_column(in, cofilter->item);

    if (!user || !item)
        return OK;
    TRY(batch_decode(in, user));
    TRY(batch_decode(in, item));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        struct cell left = column_settled(user, batch_row(in, i)), right = column_settled(item, batch_row(in, i));
        TRY(add_row(cofilter, &left, &right));
    }
    return OK;
}

/* --- couples ------------------------------------------------------------------------------------------------------- */

static status count_slice(struct cofilter *cofilter)
{
    uint32_t items = cofilter->items.values.count;

    TRY(run_check(cofilter->op.run));
    TRY(pairs_number(&cofilter->couples, cofilter->slice[0], cofilter->slice[1], cofilter->sliced, items, items,
                     cofilter->slice[0]));
    if (!heap_grow_zero(cofilter->op.context->heap, &cofilter->together, &cofilter->together_room, cofilter->couples.count,
                        sizeof *cofilter->together))
        return FAIL_MEMORY;
    for (uint32_t i = 0; i < cofilter->sliced; i++)
        cofilter->together[cofilter->slice[0][i]]++;
    cofilter->sliced = 0;
    return OK;
}

static status couple_items(struct cofilter *cofilter, const uint32_t *item, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        cofilter->popularity[item[i]]++;
        for (uint32_t j = i + 1; j < count; j++) {
            bool ordered = item[i] < item[j];
            cofilter->slice[0][cofilter->sliced] = item[ordered ? i : j];
            cofilter->slice[1][cofilter->sliced++] = item[ordered ? j : i];
            if (cofilter->sliced == SLICE)
                TRY(count_slice(cofilter));
        }
    }
    return OK;
}

static int compare_couples(const void *left, const void *right)
{
    const struct couple *a = left, *b = right;

    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    return a->second < b->second ? -1 : a->second > b->second;
}

static status find_couples(struct cofilter *cofilter)
{
    const struct distinct *items = &cofilter->items;
    struct arena          *arena = &cofilter->op.arena;
    uint32_t               most = 0, *item;

    for (uint32_t user = 0; user < cofilter->users.count; user++)
        most = distinct_count(items, user) > most ? distinct_count(items, user) : most;
    TRY_NEW(item = ARENA_ARRAY(arena, uint32_t, most + (size_t)1));
    TRY_NEW(cofilter->popularity = ARENA_ARRAY(arena, uint64_t, items->values.count + (size_t)1));
    TRY_NEW(cofilter->slice[0] = ARENA_ARRAY(arena, uint32_t, SLICE));
    TRY_NEW(cofilter->slice[1] = ARENA_ARRAY(arena, uint32_t, SLICE));
    for (uint32_t user = 0; user < cofilter->users.count; user++) {
        uint32_t count = 0;
        for (uint32_t pair = distinct_first(items, user); pair != PAIR_NONE; pair = distinct_after(items, user, pair))
            item[count++] = pairs_second(&items->pairs, pair);
        TRY(couple_items(cofilter, item, count));
    }
    TRY(count_slice(cofilter));
    TRY_NEW(cofilter->couple = ARENA_ARRAY(arena, struct couple, cofilter->couples.count + (size_t)1));
    for (uint32_t i = 0; i < cofilter->couples.count; i++)
        cofilter->couple[i] = (struct couple){ pairs_first(&cofilter->couples, i), pairs_second(&cofilter->couples, i),
                                               cofilter->together[i] };
    qsort(cofilter->couple, cofilter->couples.count, sizeof *cofilter->couple, compare_couples);
    return OK;
}

static status cofilter_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct cofilter *cofilter = host;
    const struct couple   *couple = &cofilter->couple[row];

    (void)arena;
    switch (column) {
    case ITEM_1:  *out = cofilter->items.values.cell[couple->first]; break;
    case USERS_1: *out = cell_number((double)cofilter->popularity[couple->first]); break;
    case ITEM_2:  *out = cofilter->items.values.cell[couple->second]; break;
    case USERS_2: *out = cell_number((double)cofilter->popularity[couple->second]); break;
    default:      *out = cell_number((double)couple->users); break;
    }
    return OK;
}

static status cofilter_finish(struct op *op)
{
    struct cofilter *cofilter = container_of(op, struct cofilter, op);

    if (!cofilter->couple) {
        TRY(find_couples(cofilter));
        cofilter->results.rows = cofilter->couples.count;
    }
    return results_emit(&cofilter->results);
}

static void cofilter_close(struct op *op)
{
    struct cofilter *cofilter = container_of(op, struct cofilter, op);

    if (!cofilter->items.heap)
        return;
    interner_free(&cofilter->users);
    distinct_free(&cofilter->items);
    pairs_free(&cofilter->couples);
    heap_free(op->context->heap, cofilter->together, cofilter->together_room * sizeof *cofilter->together);
}

static const struct op_kind cofilter_kind = {
    .name = "cofilter", .push = cofilter_push, .finish = cofilter_finish, .close = cofilter_close,
};

static status cofilter_open(const struct stage *stage, struct run *run, struct op **out)
{
    static const char *const names[COLUMNS] = {
        "Item 1", "Item 1 user count", "Item 2", "Item 2 user count", "Pair count",
    };
    const struct name **column;
    struct cofilter    *cofilter;
    struct heap        *heap;

    TRY(op_new(&cofilter_kind, sizeof *cofilter, stage, run, out));
    cofilter = container_of(*out, struct cofilter, op);
    heap = (*out)->context->heap;
    interner_init(&cofilter->users, heap);
    distinct_init(&cofilter->items, heap, true, false);
    pairs_init(&cofilter->couples, heap);
    TRY_NEW(cofilter->user = names_intern(run->names, stage_argument(stage, FIELDS)->names[0]));
    TRY_NEW(cofilter->item = names_intern(run->names, stage_argument(stage, FIELDS)->names[1]));
    TRY_NEW(column = ARENA_ARRAY(&(*out)->arena, const struct name *, COLUMNS));
    for (uint32_t i = 0; i < COLUMNS; i++)
        TRY_NEW(column[i] = names_intern(run->names, str_of(names[i])));
    cofilter->results = (struct results){ *out, column, COLUMNS, 0, cofilter_cell, cofilter, .rests = true };
    return OK;
}

static status cofilter_needs(const struct stage *stage, struct wanted *wanted)
{
    wanted_clear(wanted);
    TRY(wanted_add(wanted, stage_argument(stage, FIELDS)->names[0]));
    return wanted_add(wanted, stage_argument(stage, FIELDS)->names[1]);
}

const struct command command_cofilter = {
    .name = "cofilter", .usage = "cofilter <field1> <field2>",
    .summary = "Which values of a field have values of another in common",
    .keeps = "the values of both fields, and a number for every two that have something in common",
    .params = cofilter_params, .traits = TRAIT_TRANSFORMS,
    .bind = cofilter_bind, .needs = cofilter_needs, .open = cofilter_open,
    .example = { "cofilter user item",
                 "{\"user\":\"a\",\"item\":\"x\"}\n{\"user\":\"a\",\"item\":\"y\"}\n{\"user\":\"b\",\"item\":\"x\"}",
                 "{\"Item 1\":\"x\",\"Item 1 user count\":2,\"Item 2\":\"y\",\"Item 2 user count\":1,\"Pair count\":1}" },
};
