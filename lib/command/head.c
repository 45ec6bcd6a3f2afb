/* head [<count>] [(<expression>)]: rows up to a number, or up to the first for which an expression is false; then no more
 * are read (reporting 3.6). */
#include "command/filter.h"
#include "flow/run.h"

struct head {
    struct op       op;
    struct machine *machine, *nulls;    /* true rows; rows where it is null */
    uint64_t        left;
    bool            keeps_last, done;
};

struct head_bound {
    struct program *condition, *is_null;
};

enum { HEAD_LIMIT, HEAD_NULL, HEAD_KEEPLAST, HEAD_CONDITION };

static const struct param head_params[] = {
    { "limit", PARAM_COUNT, PLACE_FIRST, .limit = LIMIT_HEAD, .help = "rows to keep; without a condition" },
    { "null", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "go on where the condition is null" },
    { "keeplast", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "keep the row that ends it" },
    { "condition", PARAM_EXPR, PLACE_PARENTHESES, .help = "keep rows as long as it is true" },
    { 0 }
};

/* isnull(condition): a filter alone does not tell false from null. */
static status bind_nulls(struct binder *binder, const struct node *condition, struct program **out)
{
    struct node *call = ARENA_NEW(binder->arena, struct node);

    TRY_NEW(call);
    *call = *condition;
    call->kind = NODE_CALL;
    call->text = STR("isnull");
    call->flags = 0;
    call->depth = condition->depth < NESTING_MOST ? condition->depth + 1 : condition->depth;
    call->count = 1;
    TRY_NEW(call->kid = ARENA_ARRAY(binder->arena, struct node *, 1));
    call->kid[0] = (struct node *)condition;
    return program_condition(&binder->compile, call, out);
}

static status head_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *condition = stage_argument(stage, HEAD_CONDITION);
    struct head_bound     *bound = stage->bound;

    if (!condition->given)
        return OK;
    stage->traits &= ~(uint32_t)TRAIT_SPLITS;
    TRY(program_condition(&binder->compile, condition->node, &bound->condition));
    return stage_argument(stage, HEAD_NULL)->truth ? bind_nulls(binder, condition->node, &bound->is_null) : OK;
}

static void head_drop(struct stage *stage)
{
    struct head_bound *bound = stage->bound;

    program_drop(bound->condition);
    program_drop(bound->is_null);
}

/* How many rows stand before the first that is in neither list. */
static uint32_t count_leading(const struct batch *in, const struct rows *yes, const struct rows *null)
{
    uint32_t y = 0, n = 0, i = 0;

    for (; i < batch_rows(in); i++) {
        uint32_t row = batch_row(in, i);
        if (y < yes->count && rows_at(yes, y) == row)
            y++;
        else if (n < null->count && rows_at(null, n) == row)
            n++;
        else
            break;
    }
    return i;
}

static status head_push(struct op *op, struct batch *in)
{
    struct head  *head = container_of(op, struct head, op);
    uint32_t      count = batch_rows(in);
    struct rows   yes = { 0 }, null = { 0 };
    struct batch *out;

    if (head->done)
        return ENOUGH;
    if (head->machine) {
        TRY(machine_filter(head->machine, in, &op->step, &yes));
        if (head->nulls)
            TRY(machine_filter(head->nulls, in, &op->step, &null));
        count = count_leading(in, &yes, &null);
        if (count < batch_rows(in)) {
            head->done = true;
            count += head->keeps_last;
        }
    }
    if (count >= head->left) {
        count = (uint32_t)head->left;
        head->done = true;
    }
    head->left -= count;
    if (count > 0) {
        out = batch_slice(in, 0, count);
        TRY_NEW(out);
        TRY(op_emit(op, out));
    }
    return head->done ? ENOUGH : OK;
}

static void head_close(struct op *op)
{
    struct head *head = container_of(op, struct head, op);

    machine_free(head->machine);
    machine_free(head->nulls);
}

static const struct op_kind head_kind = { "head", .push = head_push, .close = head_close };

static status head_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct head_bound *bound = stage->bound;
    const struct argument   *limit = stage_argument(stage, HEAD_LIMIT);
    struct head             *head;

    TRY(op_new(&head_kind, sizeof *head, stage, run, out));
    head = container_of(*out, struct head, op);
    head->keeps_last = stage_argument(stage, HEAD_KEEPLAST)->truth;
    head->left = limit->given ? (uint64_t)limit->number : bound->condition ? UINT64_MAX : (uint64_t)limit->number;
    if (bound->condition)
        TRY(machine_new(bound->condition, (*out)->context, &head->machine));
    return bound->is_null ? machine_new(bound->is_null, (*out)->context, &head->nulls) : OK;
}

static status head_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct head_bound *bound = stage->bound;
    return bound->condition ? wants_program(wanted, bound->condition) : OK;
}

static void head_print(const struct stage *stage, struct buf *out)
{
    const struct head_bound *bound = stage->bound;

    if (bound->condition)
        program_print(bound->condition, out);
}

const struct command command_head = {
    .name = "head", .usage = "head [<count>|limit=<count>] [(<expression>)] [null=<bool>] [keeplast=<bool>]",
    .summary = "The first rows, or rows up to the first for which an expression is false",
    .params = head_params, .map = "head", .traits = TRAIT_STREAMING | TRAIT_SPLITS, .bound_size = sizeof(struct head_bound),
    .bind = head_bind, .drop = head_drop, .needs = head_needs, .gives = columns_stay,
    .open = head_open, .print = head_print,
    .example = { "head 2 | table n", "{\"n\":1}\n{\"n\":2}\n{\"n\":3}", "{\"n\":1}\n{\"n\":2}" },
};
