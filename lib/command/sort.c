/* sort [<count>] <keys>: the first rows in the order of the keys, 10000 of them unless told otherwise (reporting 3.5).
 * Small counts keep only so many rows; the others keep all and sort at the end. */
#include "rows/sorted_rows.h"
#include "plan/bind.h"
#include "state/topn.h"

enum { TOP_MOST = 65536, KEYS_MOST = 1000 };

struct sort {
    struct op          op;
    struct sort_by    *by;
    uint32_t           keys, most;      /* most 0: all */
    uint64_t           rows;            /* so far */
    bool               top;
    struct topn        first;           /* if `top`, */
    struct sorted_rows all;             /* else */
};

enum { SORT_LIMIT, SORT_KEYS };

static const struct param sort_params[] = {
    { "limit", PARAM_COUNT, PLACE_FIRST, .limit = LIMIT_SORT, .help = "rows to keep; 0: all" },
    { "keys", PARAM_SORT_KEYS, PLACE_LIST, .required = true, .help = "[+|-]field or type(field), type: auto str ip num" },
    { 0 }
};

static bool keeps_few(const struct stage *stage)
{
    double limit = stage_argument(stage, SORT_LIMIT)->number;

    return limit > 0 && limit <= TOP_MOST;
}

static status sort_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *keys = stage_argument(stage, SORT_KEYS);

    if (keys->count == 0 || keys->count > KEYS_MOST)
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "bad-argument",
                       keys->count ? "'sort' takes at most 1000 keys" : "'sort' wants fields to sort by");
    if (stage_argument(stage, SORT_LIMIT)->number == 0)
        stage->traits &= ~(uint32_t)TRAIT_SPLITS;
    if (!keeps_few(stage))
        stage->traits &= ~(uint32_t)TRAIT_COMPLETES;
    return OK;
}

static status sort_push(struct op *op, struct batch *in)
{
    struct sort *sort = container_of(op, struct sort, op);

    sort->rows += batch_rows(in);
    return sort->top ? topn_add(&sort->first, in, &op->step) : sorted_rows_add(&sort->all, in);
}

static status sort_finish(struct op *op)
{
    struct sort *sort = container_of(op, struct sort, op);
    uint64_t     ordinal = 0;
    uint32_t    *order;

    if (sort->most && sort->rows > sort->most && !stage_argument(op->stage, SORT_LIMIT)->given)
        op_note(op, "sort", STR("results of sort were cut at limit.sort rows; 'sort 0' keeps all"));
    if (!sort->top)
        return sorted_rows_send(&sort->all, op_emit);
    TRY(topn_order(&sort->first, &op->arena, &order));
    return send_rows(op, &sort->first.store, order, sort->first.count, &ordinal);
}

static status sort_merge(struct op *op, struct op *from)
{
    struct sort *sort = container_of(op, struct sort, op), *other = container_of(from, struct sort, op);

    sort->rows += other->rows;
    return sort->top ? topn_merge(&sort->first, &other->first) : sorted_rows_merge(&sort->all, &other->all);
}

static void sort_close(struct op *op)
{
    struct sort *sort = container_of(op, struct sort, op);

    topn_free(&sort->first);
    sorted_rows_free(&sort->all);
}

static const struct op_kind sort_kind = {
    "sort", .push = sort_push, .finish = sort_finish, .merge = sort_merge, .close = sort_close, .spills = true,
};

static status sort_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct argument *keys = stage_argument(stage, SORT_KEYS);
    double                 limit = stage_argument(stage, SORT_LIMIT)->number;
    struct sort           *sort;

    TRY(op_new(&sort_kind, sizeof *sort, stage, run, out));
    sort = container_of(*out, struct sort, op);
    sort->most = limit < UINT32_MAX ? (uint32_t)limit : 0;
    sort->keys = keys->count;
    TRY_NEW(sort->by = ARENA_ARRAY(&(*out)->arena, struct sort_by, keys->count));
    for (uint32_t i = 0; i < keys->count; i++) {
        TRY_NEW(sort->by[i].name = names_intern(run->names, keys->keys[i].field));
        sort->by[i].kind = keys->keys[i].kind;
        sort->by[i].descending = keys->keys[i].descending;
    }
    sorted_rows_init(&sort->all, *out, sort->by, sort->keys, sort->most);
    sort->top = keeps_few(stage);
    return sort->top ? topn_init(&sort->first, &run->heap, sort->by, sort->keys, sort->most) : OK;
}

static status sort_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct argument *keys = stage_argument(stage, SORT_KEYS);

    for (uint32_t i = 0; i < keys->count; i++)
        TRY(wanted_add(wanted, keys->keys[i].field));
    return OK;
}

const struct command command_sort = {
    .name = "sort", .usage = "sort [<count>|limit=<count>] [+|-]<field>|<type>(<field>)... [d|desc]",
    .summary = "The first rows in the order of some fields; 10000 by default, 0 for all",
    .params = sort_params, .map = "sort", .traits = TRAIT_SPLITS | TRAIT_MERGEABLE | TRAIT_COMPLETES,
    .bind = sort_bind, .needs = sort_needs, .gives = columns_stay, .open = sort_open,
    .example = { "sort 2 -n | table n", "{\"n\":9}\n{\"n\":10}\n{\"n\":1}", "{\"n\":10}\n{\"n\":9}" },
};
