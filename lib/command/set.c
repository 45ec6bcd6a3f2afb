/* set (union|diff|intersect) [a search] [a search]: the rows of both searches, of one of them only, or of both at once
 * (commands 4).
 *
 * Rows are the same if all of their fields are, internal ones too; each is there once. Those of the first search stand
 * before those of the second, as they came. */
#include "rows/late_rows.h"
#include "command/placing.h"
#include "flow/inner.h"
#include "plan/bind.h"
#include "plan/subsearch.h"
#include "state/keys.h"

enum { OPERATION, FIRST, SECOND };
enum { SIDES = 2 };

static const struct param set_params[] = {
    [OPERATION] = { "operation", PARAM_WORD, PLACE_FIRST, .choices = "union|diff|intersect", .required = true,
                    .help = "rows of either search, of one only, of both" },
    [FIRST] = { "subsearch", PARAM_SUBSEARCH, PLACE_NAMED, .required = true, .help = "[ a search ]" },
    [SECOND] = { "second subsearch", PARAM_SUBSEARCH, PLACE_NAMED, .required = true, .help = "[ a search ]" },
    { 0 }
};

struct set_bound {
    struct subsearch *side[SIDES];
    bool              one, both;        /* rows that are on one side, on both, are wanted */
};

struct set {
    struct op               op;
    const struct set_bound *bound;
    struct late_rows        late;       /* the rows, by themselves as keys */
    struct placing          placing;
    struct buf              key, group; /* of the row at hand; of those before it */
    uint64_t                firsts;     /* rows of the first side */
    uint64_t                judged, all;
    bool                    gathered, begun;
    bool                    on[SIDES];  /* the rows at hand are on this side */
    struct batch           *head;       /* the first of them, if it is not in the batch at hand */
    uint32_t                row;        /* else */
};

static status set_bind(struct binder *binder, struct stage *stage)
{
    struct set_bound *bound = stage->bound;
    str               operation = stage_argument(stage, OPERATION)->text;
    status            result = OK;

    for (uint32_t i = 0; i < SIDES; i++) {
        status s = subsearch_bind(binder, stage, SUBSEARCH_ROWS, stage_argument(stage, FIRST + i), &bound->side[i]);

        if (s != OK && s != FAIL_QUERY)
            return s;
        if (s == OK)
            bound->side[i]->most = context_limit(binder->compile.context, LIMIT_SET);
        result = s == OK ? result : s;
    }
    bound->one = !str_is(operation, "intersect");
    bound->both = !str_is(operation, "diff");
    return result;
}

/* --- rows in ------------------------------------------------------------------------------------------------------- */

struct whole {
    struct set         *set;
    const struct field *field;
    uint32_t            fields;
};

static status key_of(void *host, uint32_t row, str *out, bool *none)
{
    const struct whole *whole = host;

    (void)none;
    buf_clear(&whole->set->key);
    key_put_row(&whole->set->key, whole->field, whole->fields, row);
    *out = buf_str(&whole->set->key);
    return buf_status(&whole->set->key);
}

static status take_batch(struct set *set, struct batch *batch)
{
    struct whole  whole = { .set = set, .fields = batch->fields };
    struct field *field = NULL;
    status        s = placing_apply(&set->placing, batch);

    if (s == OK)
        s = key_fields(batch, &set->op.step, &field);
    whole.field = field;
    if (s == OK)
        s = late_rows_sort(&set->late, batch, key_of, &whole, false);
    arena_reset(&set->op.step);
    return s;
}

static status take_side(struct set *set, struct inner_rows *rows)
{
    struct batch *batch;
    status        s;

    TRY(inner_rows_open(rows, set->op.context->diag));
    TRY(placing_begin(&set->placing, &rows->store.layout));
    while ((s = inner_rows_next(rows, send_most(&set->op), &batch)) == OK) {
        batch->ordinal = set->all;
        set->all += batch->size;
        s = take_batch(set, batch);
        batch_release(batch);
        TRY(s);
    }
    inner_rows_drop(rows);
    return s == DONE ? OK : s;
}

static status gather(struct set *set)
{
    TRY(take_side(set, inner_rows(set->op.run, set->bound->side[0])));
    set->firsts = set->all;
    TRY(take_side(set, inner_rows(set->op.run, set->bound->side[1])));
    set->gathered = true;
    return OK;
}

/* --- rows that are the same stand side by side --------------------------------------------------------------------- */

/* The first row of those at hand stands for all of them. */
static status decide(struct set *set, uint32_t *row, uint32_t *count)
{
    bool   wanted = set->on[0] && set->on[1] ? set->bound->both : set->bound->one;
    status result = OK;

    if (set->begun && wanted && set->head)
        result = late_rows_decided(&set->late, set->head);
    else if (set->begun && wanted)
        row[(*count)++] = set->row;
    batch_release(set->head);
    set->head = NULL;
    set->on[0] = set->on[1] = false;
    return result;
}

static status begin(struct set *set, str key, uint32_t row)
{
    set->begun = true;
    set->row = row;
    buf_clear(&set->group);
    buf_put(&set->group, key);
    return buf_status(&set->group);
}

static status judge_rows(struct set *set, struct batch *out)
{
    const struct column *key = batch_column(out, set->late.key), *place = batch_column(out, set->late.place);
    uint32_t            *row = ARENA_ARRAY(&out->arena, uint32_t, out->size + (size_t)1), count = 0;

    TRY_NEW(row);
    for (uint32_t i = 0; i < out->size; i++) {
        struct cell cell = column_cell(key, i);

        if (!set->begun || !str_equal(cell_str(&cell), buf_str(&set->group))) {
            TRY(decide(set, row, &count));
            TRY(begin(set, cell_str(&cell), i));
        }
        set->on[column_cell(place, i).number >= (double)set->firsts] = true;
    }
    set->judged += out->size;
    if (set->judged == set->all)
        TRY(decide(set, row, &count));
    else if (!set->head)
        TRY_NEW(set->head = batch_slice(out, set->row, 1));
    out->rows = (struct rows){ count, row };
    return count ? late_rows_decided(&set->late, out) : OK;
}

static status judge(struct op *op, struct batch *takes)
{
    struct batch *out = batch_derive(takes);
    status        result = out ? judge_rows(container_of(op, struct set, op), out) : FAIL_MEMORY;

    batch_release(out);
    batch_release(takes);
    return result;
}

static status emit(struct op *op, struct batch *takes)
{
    return late_rows_emit(&container_of(op, struct set, op)->late, takes);
}

/* --- the operator -------------------------------------------------------------------------------------------------- */

/* In the brackets of appendpipe rows come in that nobody asked for. */
static status set_push(struct op *op, struct batch *in)
{
    (void)op;
    (void)in;
    return ENOUGH;
}

static status set_finish(struct op *op)
{
    struct set *set = container_of(op, struct set, op);

    if (!set->gathered)
        TRY(gather(set));
    return late_rows_finish(&set->late, judge, emit);
}

static void set_close(struct op *op)
{
    struct set *set = container_of(op, struct set, op);

    batch_release(set->head);
    late_rows_close(&set->late);
    placing_free(&set->placing);
    buf_free(&set->key);
    buf_free(&set->group);
}

static const struct op_kind set_kind = {
    "set", .push = set_push, .finish = set_finish, .close = set_close, .spills = true,
};

static status set_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct set *set;

    TRY(op_new(&set_kind, sizeof *set, stage, run, out));
    set = container_of(*out, struct set, op);
    set->bound = stage->bound;
    buf_init(&set->key, &run->heap);
    buf_init(&set->group, &run->heap);
    placing_init(&set->placing, *out);
    return late_rows_open(&set->late, *out);
}

static status set_needs(const struct stage *stage, struct wanted *wanted)
{
    (void)stage;
    wanted_clear(wanted);
    return OK;
}

const struct command command_set = {
    .name = "set", .usage = "set (union|diff|intersect) <subsearch> <subsearch>",
    .summary = "Rows of either of two searches, of one of them only, or of both",
    .params = set_params, .traits = TRAIT_GENERATES, .bound_size = sizeof(struct set_bound),
    .bind = set_bind, .needs = set_needs, .open = set_open,
    .example = { "set diff [search a=1 | table n] [search b=1 | table n]",
                 "{\"n\":1,\"a\":1}\n{\"n\":2,\"a\":1,\"b\":1}\n{\"n\":3,\"b\":1}", "{\"n\":1}\n{\"n\":3}" },
};
