/* foreach <names> [ <stages> ]: a copy of the stages for each field, its name put in place of <<FIELD>> (language 10).
 *
 * Which columns a wildcard chooses is fixed before the first row is looked at: all there are in any of the rows. So, unless
 * the columns are known with the first batch, the rows are held back until the last has come; then it does not matter how
 * they were cut into batches. A column is chosen for rows without a value in it as well. */
#include "command/foreach_items.h"

#include "batch/pattern.h"
#include "rows/sorted_rows.h"

static const struct param foreach_params[] = {
    [FOREACH_MODE] = { "mode", PARAM_WORD, PLACE_NAMED, .preset = "multifield",
                       .choices = "multifield|multivalue|json_array|auto_collections",
                       .help = "fields, or elements of one" },
    [FOREACH_FIELDSTR] = { "fieldstr", PARAM_TEXT, PLACE_NAMED, .preset = "<<FIELD>>",
                           .help = "word for the field's name" },
    [FOREACH_MATCHSTR] = { "matchstr", PARAM_TEXT, PLACE_NAMED, .preset = "<<MATCHSTR>>",
                           .help = "word for what the wildcards matched" },
    [FOREACH_MATCHSEG] = { "matchseg1", PARAM_TEXT, PLACE_NAMED, .preset = "<<MATCHSEG1>>",
                           .help = "what the first matched" },
    { "matchseg2", PARAM_TEXT, PLACE_NAMED, .preset = "<<MATCHSEG2>>", .help = "what the second matched" },
    { "matchseg3", PARAM_TEXT, PLACE_NAMED, .preset = "<<MATCHSEG3>>", .help = "what the third matched" },
    [FOREACH_ITEMSTR] = { "itemstr", PARAM_TEXT, PLACE_NAMED, .preset = ITEM_FIELD, .help = "word for the element" },
    [FOREACH_ITERSTR] = { "iterstr", PARAM_TEXT, PLACE_NAMED, .preset = ITER_FIELD, .help = "word for its number, from 0" },
    [FOREACH_TEMPLATE] = { "template", PARAM_SUBSEARCH, PLACE_NAMED, .required = true, .help = "[ streaming commands ]" },
    [FOREACH_NAMES] = { "names", PARAM_FIELDS, PLACE_LIST, .wild = true, .required = true,
                        .help = "fields, wildcards allowed" },
    { 0 }
};

/* --- running ------------------------------------------------------------------------------------------------------- */

struct batches {
    struct batch **item;
    uint32_t       count, room;
};

/* The end of a copy: batches wait here for the next one. */
struct collector {
    struct op      op;
    struct batches held;
};

struct foreach {
    struct op         op;
    struct collector *collector;
    struct batches    turn;             /* on their way into an operator */
    struct stage     *first, **end;     /* copies made here, to be dropped; where the next one goes */
    struct op       **inner;
    uint32_t          inners;
    bool              ready;            /* the columns are known, the operators open */
    struct sorted_rows rows;
    struct layout     layout;
};

static status collector_push(struct op *op, struct batch *in)
{
    struct batches *held = &container_of(op, struct collector, op)->held;

    if (!heap_grow(&op->run->heap, &held->item, &held->room, held->count + 1, sizeof *held->item))
        return FAIL_MEMORY;
    batch_retain(in);
    held->item[held->count++] = in;
    return OK;
}

static void batches_release(struct batches *batches, uint32_t from)
{
    for (uint32_t i = from; i < batches->count; i++)
        batch_release(batches->item[i]);
    batches->count = 0;
}

static void collector_close(struct op *op)
{
    struct batches *held = &container_of(op, struct collector, op)->held;

    batches_release(held, 0);
    heap_free(&op->run->heap, held->item, held->room * sizeof *held->item);
}

static const struct op_kind collector_kind = { "foreach end", .push = collector_push, .close = collector_close };

/* What the collector holds goes through the operators from number `from` on, one after the other, and then on. */
static status push_through(struct foreach *foreach, uint32_t from)
{
    struct batches *held = &foreach->collector->held;
    status          result = OK;

    for (uint32_t i = from; i < foreach->inners; i++) {
        struct batches turn = foreach->turn;

        foreach->turn = *held;
        *held = turn;
        for (uint32_t j = 0; j < foreach->turn.count; j++) {
            if (result == OK)
                result = op_push(foreach->inner[i], foreach->turn.item[j]);
            result = result == ENOUGH ? OK : result;            /* of this copy: others may still have rows to end with */
            batch_release(foreach->turn.item[j]);
        }
        foreach->turn.count = 0;
    }
    for (uint32_t i = 0; i < held->count; i++) {
        if (result == OK)
            result = op_emit(&foreach->op, held->item[i]);
        else
            batch_release(held->item[i]);
    }
    held->count = 0;
    return result;
}

static status push_rows(struct op *op, struct batch *takes)
{
    struct foreach *foreach = container_of(op, struct foreach, op);
    status          result = collector_push(&foreach->collector->op, takes);

    batch_release(takes);
    return result == OK ? push_through(foreach, 0) : result;
}

/* --- opening ------------------------------------------------------------------------------------------------------- */

static status open_inner(struct foreach *foreach, const struct stage *first)
{
    struct op      *self = &foreach->op;
    struct context *before = self->run->context;
    uint32_t        count = 0;
    status          result = OK;

    for (const struct stage *stage = first; stage; stage = stage->next)
        count++;
    if (count > FOREACH_INNER_MOST)
        return op_fail(self, FAIL_LIMIT, "limit-table", "'foreach' would run more than %d commands", FOREACH_INNER_MOST);
    TRY_NEW(foreach->inner = ARENA_ARRAY(&self->arena, struct op *, count + (size_t)1));
    self->run->context = self->context;
    for (const struct stage *stage = first; stage && result == OK; stage = stage->next) {
        struct op *op = NULL;

        result = stage->command->open(stage, self->run, &op);
        if (op) {
            op->next = &foreach->collector->op;
            foreach->inner[foreach->inners++] = op;
        }
    }
    self->run->context = before;
    foreach->ready = true;
    return result;
}

/* A copy that makes no sense for this field: it is left out, and a note says so. */
static status note_misfit(struct foreach *foreach, str name, const struct diag *diag)
{
    struct buf text;
    status     result;

    buf_init(&text, &foreach->op.run->heap);
    buf_print(&text, "fields did not fit into the template of 'foreach' and were left out; first '%.*s'", SHOW(name));
    if (diag->count)
        buf_print(&text, ": %.*s", SHOW(diag->item[0].message));
    result = buf_status(&text);
    if (result == OK)
        op_note(&foreach->op, "bad-template", buf_str(&text));
    buf_free(&text);
    return result;
}

static status add_copy(struct foreach *foreach, struct binder *binder, str pattern, str name)
{
    struct op              *op = &foreach->op;
    const struct foreach_bound *bound = op->stage->bound;
    struct copy_words       values;
    struct stage           *first = NULL;
    struct diag             diag;
    status                  result;

    if (pattern_has_star(pattern))
        copy_values(pattern, name, &op->arena, &values);
    else
        values = (struct copy_words){ .field = name };
    diag_init(&diag, &op->run->heap);
    binder->diag = binder->compile.diag = &diag;
    result = copy_bind(binder, op->stage->rank, foreach_template(op->stage), &bound->words, &values, &first);
    if (result == OK)
        *foreach->end = first;
    else
        copies_drop(first);
    while (*foreach->end)
        foreach->end = &(*foreach->end)->next;
    if (result == FAIL_QUERY && binder->copies >= COPIES_MOST)
        result = op_fail(op, FAIL_LIMIT, "limit-table", "'foreach' would copy templates more than %d times", COPIES_MOST);
    else if (result == FAIL_QUERY)
        result = note_misfit(foreach, name, &diag);
    diag_free(&diag);
    return result;
}

/* Each field once, in the order of the list, and of the columns for what a pattern matches. */
static status make_copies(struct foreach *foreach)
{
    struct op             *op = &foreach->op;
    const struct argument *list = stage_argument(op->stage, FOREACH_NAMES);
    struct binder          binder = ((const struct foreach_bound *)op->stage->bound)->binder;
    bool                  *done = ARENA_ARRAY(&op->arena, bool, foreach->layout.count + (size_t)1);

    TRY_NEW(done);
    binder.arena = binder.compile.arena = &op->arena;
    binder.compile.heap = &op->run->heap;
    binder.compile.context = op->context;
    binder.copies = 0;
    foreach->end = &foreach->first;
    for (uint32_t i = 0; i < list->count; i++) {
        if (!pattern_has_star(list->names[i])) {
            const struct name *name = names_intern(op->run->names, list->names[i]);
            int64_t            place = name ? layout_find(&foreach->layout, name) : -1;

            TRY_NEW(name);
            if (place < 0 || !done[place])
                TRY(add_copy(foreach, &binder, list->names[i], list->names[i]));
            if (place >= 0)
                done[place] = true;
            continue;
        }
        for (uint32_t j = 0; j < foreach->layout.count; j++) {
            str name = name_str(foreach->layout.column[j].name);

            if (done[j] || !names_match(list->names[i], name))
                continue;
            done[j] = true;
            TRY(add_copy(foreach, &binder, list->names[i], name));
        }
    }
    TRY(copies_join(&binder, op->stage->rank, &foreach->first));
    return open_inner(foreach, foreach->first);
}

/* --- the operator -------------------------------------------------------------------------------------------------- */

static status foreach_push(struct op *op, struct batch *in)
{
    struct foreach *foreach = container_of(op, struct foreach, op);

    if (!foreach->ready) {
        TRY(layout_show(&foreach->layout, in));
        if (!op->stage->closed)
            return sorted_rows_add(&foreach->rows, in);
        TRY(make_copies(foreach));
    }
    batch_retain(in);
    return push_rows(op, in);
}

static status foreach_finish(struct op *op)
{
    struct foreach *foreach = container_of(op, struct foreach, op);

    if (!foreach->ready)
        TRY(make_copies(foreach));
    TRY(sorted_rows_send(&foreach->rows, push_rows));
    for (uint32_t i = 0; i < foreach->inners; i++) {
        status s;
        do {                                /* AGAIN: what came out has been taken from the collector */
            s = op_finish(foreach->inner[i]);
            if (s != OK && s != AGAIN)
                return s;
            TRY(push_through(foreach, i + 1));
        } while (s == AGAIN);
    }
    return OK;
}

static void foreach_close(struct op *op)
{
    struct foreach *foreach = container_of(op, struct foreach, op);

    for (uint32_t i = 0; i < foreach->inners; i++)
        op_free(foreach->inner[i]);
    if (foreach->collector)
        op_free(&foreach->collector->op);
    heap_free(&op->run->heap, foreach->turn.item, foreach->turn.room * sizeof *foreach->turn.item);
    copies_drop(foreach->first);
    layout_free(&foreach->layout);
    sorted_rows_free(&foreach->rows);
}

static const struct op_kind foreach_kind = {
    "foreach", .push = foreach_push, .finish = foreach_finish, .close = foreach_close, .spills = true,
};

static status foreach_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct foreach_bound *bound = stage->bound;
    struct foreach             *foreach;
    struct op                  *collector;

    if (bound->program)
        return foreach_items_open(stage, run, out);
    TRY(op_new(&foreach_kind, sizeof *foreach, stage, run, out));
    foreach = container_of(*out, struct foreach, op);
    sorted_rows_init(&foreach->rows, *out, NULL, 0, 0);
    layout_init_all(&foreach->layout, &run->heap);
    TRY(op_new(&collector_kind, sizeof *foreach->collector, stage, run, &collector));
    foreach->collector = container_of(collector, struct collector, op);
    return bound->wild ? OK : open_inner(foreach, bound->first);
}

const struct command command_foreach = {
    .name = "foreach",
    .usage = "foreach <names, wildcards allowed> [ <commands with <<FIELD>>, <<MATCHSTR>>, <<MATCHSEG1>>> ] | "
             "foreach mode=multivalue|json_array|auto_collections <field> [ eval ... <<ITEM>> <<ITER>> ]",
    .summary = "Runs commands once for each of some fields, or an eval for each element of one",
    .params = foreach_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct foreach_bound),
    .bind = foreach_bind, .drop = foreach_drop, .needs = foreach_needs, .open = foreach_open, .print = foreach_print,
    .example = { "foreach test* [eval <<FIELD>> = <<FIELD>> + <<MATCHSTR>>] | table test1 test2",
                 "{\"test1\":5,\"test2\":10}", "{\"test1\":6,\"test2\":12}" },
};
