/* selfjoin [overwrite=] [max=] [keepsingle=] <fields>: rows with the same values in these fields become one (commands 5).
 *
 * The first row of those that are alike is joined with each of the following ones, so many at most, as join does it. A row
 * that is alone is dropped unless it is to be kept; so is one that lacks a field, as null is the same as nothing. */
#include "rows/late_rows.h"
#include "command/overlay.h"
#include "plan/bind.h"
#include "state/keys.h"

enum { OVERWRITE, MAX, KEEPSINGLE, FIELDS };

static const struct param selfjoin_params[] = {
    [OVERWRITE] = { "overwrite", PARAM_BOOL, PLACE_NAMED, .preset = "t", .help = "values of the later rows win" },
    [MAX] = { "max", PARAM_COUNT, PLACE_NAMED, .preset = "1", .help = "later rows to join with the first; 0: all" },
    [KEEPSINGLE] = { "keepsingle", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "keep rows that have no other" },
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .required = true, .help = "what makes rows alike" },
    { 0 }
};

struct selfjoin {
    struct op                op;
    const struct name      **field;
    uint32_t                 fields;
    uint64_t                 most;
    bool                     keeps;
    struct late_rows         late;
    struct layout            columns;
    struct overlay           overlay;       /* the first row of those that are alike, over the others */
    struct buf               key, group;    /* of the row at hand; of those before it */
    uint64_t                 judged, all;   /* rows */
    struct overlay_place     head;          /* the first of them */
    bool                     carried;       /* it is not in the batch at hand: we hold it */
    uint64_t                 found;         /* others so far */
    bool                     alone;
};

/* Rows of the batch at hand: those that are joined, over each of which its head is laid, and those that stay alone. */
struct verdicts {
    uint32_t             *joined, *single, *number;
    struct overlay_place *head;
    uint32_t              joins, singles;
};

/* --- rows in ------------------------------------------------------------------------------------------------------- */

struct columns {
    struct selfjoin *selfjoin;
    struct column  **column;
};

static status key_of(void *host, uint32_t row, str *out, bool *none)
{
    const struct columns *columns = host;
    struct buf           *key = &columns->selfjoin->key;

    buf_clear(key);
    for (uint32_t f = 0; f < columns->selfjoin->fields; f++) {
        struct cell cell = columns->column[f] ? column_settled(columns->column[f], row) : cell_null();

        *none |= cell.kind == KIND_NULL;
        key_put(key, &cell);
    }
    *out = buf_str(key);
    return buf_status(key);
}

static status selfjoin_push(struct op *op, struct batch *in)
{
    struct selfjoin *selfjoin = container_of(op, struct selfjoin, op);
    struct columns   columns = { selfjoin, ARENA_ARRAY(&op->step, struct column *, selfjoin->fields) };

    TRY_NEW(columns.column);
    for (uint32_t f = 0; f < selfjoin->fields; f++) {
        columns.column[f] = batch_column(in, selfjoin->field[f]);
        TRY(batch_decode(in, columns.column[f]));
    }
    return late_rows_sort(&selfjoin->late, in, key_of, &columns, selfjoin->keeps);
}

/* --- rows that are alike stand side by side ------------------------------------------------------------------------ */

static void drop_head(struct selfjoin *selfjoin)
{
    if (selfjoin->carried)
        batch_release(selfjoin->head.batch);
    selfjoin->carried = false;
}

/* There are no more rows like the head. */
static status end_group(struct selfjoin *selfjoin, struct verdicts *verdicts)
{
    struct batch *slice;
    status        result;

    if (!selfjoin->alone || !selfjoin->keeps)
        return OK;
    selfjoin->alone = false;
    if (!selfjoin->carried) {
        verdicts->single[verdicts->singles++] = selfjoin->head.row;
        return OK;
    }
    TRY_NEW(slice = batch_slice(selfjoin->head.batch, selfjoin->head.row, 1));
    result = late_rows_decided(&selfjoin->late, slice);
    batch_release(slice);
    return result;
}

static status find_heads(struct selfjoin *selfjoin, struct batch *in, struct verdicts *verdicts)
{
    const struct column *key = batch_column(in, selfjoin->late.key);

    for (uint32_t row = 0; row < in->size; row++) {
        struct cell cell = column_cell(key, row);

        if (selfjoin->head.batch && str_equal(cell_str(&cell), buf_str(&selfjoin->group))) {
            selfjoin->alone = false;
            if (selfjoin->most && selfjoin->found == selfjoin->most)
                continue;
            selfjoin->found++;
            verdicts->head[verdicts->joins] = selfjoin->head;
            verdicts->number[verdicts->joins] = verdicts->joins;
            verdicts->joined[verdicts->joins++] = row;
            continue;
        }
        TRY(end_group(selfjoin, verdicts));
        selfjoin->head = (struct overlay_place){ in, row };
        selfjoin->carried = false;          /* whoever holds the old one lets go of it when the batch is done */
        selfjoin->alone = true;
        selfjoin->found = 0;
        buf_clear(&selfjoin->group);
        buf_put(&selfjoin->group, cell_str(&cell));
        TRY(buf_status(&selfjoin->group));
    }
    selfjoin->judged += in->size;
    return selfjoin->judged == selfjoin->all ? end_group(selfjoin, verdicts) : OK;
}

static double number_of(const struct overlay_place *head, const struct name *name)
{
    return column_cell(batch_column(head->batch, name), head->row).number;
}

/* What was joined stands where its first row stood. */
static status put_joined(struct selfjoin *selfjoin, struct batch *in, const struct verdicts *verdicts)
{
    struct batch  *out = verdicts->joins ? batch_derive(in) : NULL;
    struct column *place = out ? column_number(&out->arena, out->size) : NULL;
    struct column *segment = place ? column_number(&out->arena, out->size) : NULL;
    status         result = segment ? OK : FAIL_MEMORY;

    if (verdicts->joins == 0)
        return OK;
    for (uint32_t i = 0; i < verdicts->joins && result == OK; i++) {
        place->number[verdicts->joined[i]] = number_of(&verdicts->head[i], selfjoin->late.place);
        segment->number[verdicts->joined[i]] = number_of(&verdicts->head[i], selfjoin->late.segment);
    }
    if (result == OK) {
        out->rows = (struct rows){ verdicts->joins, verdicts->joined };
        result = overlay_rows(&selfjoin->overlay, out, &(struct overlay_source){ .place = verdicts->head },
                              verdicts->number);
    }
    if (result == OK)
        result = batch_set(out, selfjoin->late.place, place, 0);
    if (result == OK)
        result = batch_set(out, selfjoin->late.segment, segment, 0);
    if (result == OK)
        result = late_rows_decided(&selfjoin->late, out);
    batch_release(out);
    return result;
}

static status put_singles(struct selfjoin *selfjoin, struct batch *in, const struct verdicts *verdicts)
{
    struct batch *out;
    status        result;

    if (verdicts->singles == 0)
        return OK;
    TRY_NEW(out = batch_derive(in));
    out->rows = (struct rows){ verdicts->singles, verdicts->single };
    result = late_rows_decided(&selfjoin->late, out);
    batch_release(out);
    return result;
}

/* Any row may become a head, whose values are laid over those of other batches. */
static status decode_all(struct batch *in)
{
    for (uint32_t f = 0; f < in->fields; f++)
        TRY(batch_decode(in, in->field[f].column));
    return OK;
}

/* The selections live in the batch's own arena, which those derived from it hold. */
static status judge_rows(struct selfjoin *selfjoin, struct batch *in)
{
    size_t          room = in->size + (size_t)1;
    struct verdicts verdicts = { ARENA_ARRAY(&in->arena, uint32_t, room), ARENA_ARRAY(&in->arena, uint32_t, room),
                                 ARENA_ARRAY(&in->arena, uint32_t, room),
                                 ARENA_ARRAY(&in->arena, struct overlay_place, room), 0, 0 };

    TRY_NEW(verdicts.joined && verdicts.single && verdicts.number && verdicts.head ? verdicts.joined : NULL);
    TRY(decode_all(in));
    TRY(find_heads(selfjoin, in, &verdicts));
    TRY(put_joined(selfjoin, in, &verdicts));
    return put_singles(selfjoin, in, &verdicts);
}

static status judge(struct op *op, struct batch *takes)
{
    struct selfjoin *selfjoin = container_of(op, struct selfjoin, op);
    struct batch    *held = selfjoin->carried ? selfjoin->head.batch : NULL;
    status           result = judge_rows(selfjoin, takes);

    if (!selfjoin->carried)
        batch_release(held);
    if (selfjoin->head.batch == takes && !selfjoin->carried) {
        selfjoin->carried = true;           /* others may follow in the next batch */
        return result;
    }
    batch_release(takes);
    return result;
}

/* --- the operator -------------------------------------------------------------------------------------------------- */

static status emit(struct op *op, struct batch *takes)
{
    return late_rows_emit(&container_of(op, struct selfjoin, op)->late, takes);
}

static status selfjoin_finish(struct op *op)
{
    struct selfjoin *selfjoin = container_of(op, struct selfjoin, op);

    if (!selfjoin->overlay.name) {
        struct row_store *rows = &selfjoin->late.waiting.rows;

        TRY(row_store_seal(rows));
        selfjoin->all = sorted_rows_count(&selfjoin->late.waiting);
        for (uint32_t c = 0; c < rows->layout.count; c++)
            TRY(layout_add(&selfjoin->columns, rows->layout.column[c].name, rows->layout.column[c].rank));
        TRY(overlay_name(&selfjoin->overlay));
    }
    return late_rows_finish(&selfjoin->late, judge, emit);
}

static void selfjoin_close(struct op *op)
{
    struct selfjoin *selfjoin = container_of(op, struct selfjoin, op);

    drop_head(selfjoin);
    late_rows_close(&selfjoin->late);
    buf_free(&selfjoin->key);
    buf_free(&selfjoin->group);
    if (selfjoin->columns.heap)
        layout_free(&selfjoin->columns);
}

static const struct op_kind selfjoin_kind = {
    "selfjoin", .push = selfjoin_push, .finish = selfjoin_finish, .close = selfjoin_close, .spills = true,
};

static status selfjoin_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct argument *fields = stage_argument(stage, FIELDS);
    struct selfjoin       *selfjoin;

    TRY(op_new(&selfjoin_kind, sizeof *selfjoin, stage, run, out));
    selfjoin = container_of(*out, struct selfjoin, op);
    buf_init(&selfjoin->key, &run->heap);
    buf_init(&selfjoin->group, &run->heap);
    layout_init(&selfjoin->columns, &run->heap);
    selfjoin->most = (uint64_t)stage_argument(stage, MAX)->number;
    selfjoin->keeps = stage_argument(stage, KEEPSINGLE)->truth;
    selfjoin->overlay = (struct overlay){ .op = *out, .layout = &selfjoin->columns, .copies = true, .own = true,
                                          .overwrites = !stage_argument(stage, OVERWRITE)->truth };
    TRY_NEW(selfjoin->field = ARENA_ARRAY(&(*out)->arena, const struct name *, fields->count));
    for (; selfjoin->fields < fields->count; selfjoin->fields++)
        TRY_NEW(selfjoin->field[selfjoin->fields] = names_intern(run->names, fields->names[selfjoin->fields]));
    return late_rows_open(&selfjoin->late, *out);
}

static status selfjoin_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct argument *fields = stage_argument(stage, FIELDS);

    for (uint32_t i = 0; i < fields->count; i++)
        TRY(wanted_add(wanted, fields->names[i]));
    return OK;
}

const struct command command_selfjoin = {
    .name = "selfjoin", .usage = "selfjoin [overwrite=<bool>] [max=<count>] [keepsingle=<bool>] <fields>",
    .summary = "Rows with the same values become one",
    .params = selfjoin_params, .needs = selfjoin_needs, .gives = columns_stay, .open = selfjoin_open,
    .example = { "table k a b | selfjoin k", "{\"k\":1,\"a\":\"x\"}\n{\"k\":1,\"b\":\"y\"}\n{\"k\":2,\"a\":\"z\"}",
                 "{\"k\":1,\"a\":\"x\",\"b\":\"y\"}" },
};
