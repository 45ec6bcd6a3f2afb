/* rename <field> AS <name>, ...: pair after pair (reporting 3.4). A plain pair leaves no trace of what the new name held
 * before, even in rows that lack the old field. A pair of patterns moves, row by row, only what is there. */
#include "command/change.h"
#include "plan/bind.h"

struct rename_names {               /* what a pattern makes of names seen so far, by name->number */
    const struct name **target;     /* NULL: not looked at yet; the name itself: no match */
    uint32_t            count;
};

struct rename {
    struct op                 op;
    const struct rename_pair *pair;
    uint32_t                  pairs;
    const struct name       **from, **to;       /* NULL: patterns */
    struct rename_names      *seen;             /* of each pair */
};

static const struct param rename_params[] = {
    { "pairs", PARAM_RENAMES, PLACE_LIST, .wild = true, .required = true, .help = "field AS name, ..." },
    { 0 }
};

/* --- names --------------------------------------------------------------------------------------------------------- */

/* The new name of a field, or NULL. */
static status target_of(struct rename *rename, uint32_t pair, const struct name *name, const struct name **out)
{
    struct rename_names      *seen = &rename->seen[pair];
    const struct rename_pair *names = &rename->pair[pair];
    struct heap              *heap = &rename->op.run->heap;
    const struct name        *target = name;
    char                     *room;
    size_t                    size;

    if (name->number >= seen->count
        && !heap_grow_zero(heap, &seen->target, &seen->count, name->number + 1, sizeof *seen->target))
        return FAIL_MEMORY;
    if (!seen->target[name->number]) {
        room = arena_alloc(&rename->op.step, names->to.size + name->size);
        TRY_NEW(room);
        size = names_match(names->from, name_str(name))
            ? pattern_rewrite(names->from, names->to, name_str(name), room) : SIZE_MAX;
        if (size != SIZE_MAX && size > 0)
            TRY_NEW(target = names_intern(rename->op.run->names, str_make(room, size)));
        seen->target[name->number] = target;
    }
    target = seen->target[name->number];
    *out = target == name ? NULL : target;
    return OK;
}

/* --- pairs --------------------------------------------------------------------------------------------------------- */

static void rename_plain(struct batch *out, const struct name *from, const struct name *to)
{
    struct field *field;

    if (from == to)
        return;
    batch_remove(out, to);
    field = batch_field(out, from);
    if (field)
        field->name = to;           /* in the old one's place */
}

struct move {
    struct field       field;       /* as it was */
    const struct name *target;
};

/* By name, so that of several sources of one target the last in byte order is the last to be put over it. */
static void sort_moves(struct move *move, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct move one = move[i];
        uint32_t    at = i;
        for (; at > 0 && str_compare(name_str(one.field.name), name_str(move[at - 1].field.name)) < 0; at--)
            move[at] = move[at - 1];
        move[at] = one;
    }
}

/* `over` where it has a value, else what `field` holds. */
static status put_over(struct batch *out, struct field *field, struct column *over)
{
    struct column *column;

    TRY(column_to_cells(field->column, &out->rows, out->size, &out->arena, &column));
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        uint32_t    row = batch_row(out, i);
        struct cell cell = column_cell(over, row);
        if (cell.kind == KIND_NULL)
            continue;
        if (over->encoding == ENCODING_NUMBER && over->unsettled)
            cell_settle(&cell);
        column->cell[row] = cell;
        column->kinds |= (uint8_t)KINDS(cell.kind);
    }
    column->escaped |= over->encoding == ENCODING_CELLS && over->escaped;
    field->column = column;
    return OK;
}

/* What fields are called afterwards, and how many come to each name. */
struct namesakes {
    const struct name **after;      /* by place in the batch */
    uint32_t           *count;      /* by name->number */
};

static status find_namesakes(struct rename *rename, uint32_t pair, const struct batch *out, struct namesakes *all)
{
    uint32_t most = 0;

    TRY_NEW(all->after = arena_alloc(&rename->op.step, (out->fields + (size_t)1) * sizeof *all->after));
    for (uint32_t i = 0; i < out->fields; i++) {
        const struct name *target;
        TRY(target_of(rename, pair, out->field[i].name, &target));
        all->after[i] = target ? target : out->field[i].name;
        most = all->after[i]->number > most ? all->after[i]->number : most;
    }
    TRY_NEW(all->count = ARENA_ARRAY(&rename->op.step, uint32_t, most + (size_t)1));
    for (uint32_t i = 0; i < out->fields; i++)
        all->count[all->after[i]->number]++;
    return OK;
}

/* Of the fields that become one, the one whose place it takes: that which keeps its name, else the first. But what a row
 * lacks is not there, so the first row that has any of them decides, however the rows were cut into batches. */
static status find_place(struct rename *rename, const struct batch *out, const struct namesakes *all,
                         const struct name *name, uint32_t *place)
{
    uint32_t *at = arena_alloc(&rename->op.step, all->count[name->number] * sizeof *at), count = 0;

    TRY_NEW(at);
    for (int keeps = 1; keeps >= 0; keeps--)
        for (uint32_t i = 0; i < out->fields; i++)
            if (all->after[i] == name && (out->field[i].name == name) == keeps)
                at[count++] = i;
    *place = at[0];
    for (uint32_t i = 0; i < batch_rows(out) && !rename->op.stage->closed; i++)
        for (uint32_t j = 0; j < count; j++)
            if (!column_is_null(out->field[at[j]].column, batch_row(out, i))) {
                *place = at[j];
                return OK;
            }
    return OK;
}

/* All fields that match move at once. */
static status rename_matching(struct rename *rename, uint32_t pair, struct batch *out)
{
    struct move     *move = arena_alloc(&rename->op.step, (out->fields + (size_t)1) * sizeof *move);
    struct field    *kept = arena_alloc(&rename->op.step, (out->fields + (size_t)1) * sizeof *kept);
    struct namesakes all;
    uint32_t         moves = 0, keeps = 0;

    TRY_NEW(move && kept ? move : NULL);
    TRY(find_namesakes(rename, pair, out, &all));
    for (uint32_t i = 0; i < out->fields; i++)
        if (all.after[i] != out->field[i].name)
            move[moves++] = (struct move){ out->field[i], all.after[i] };
    if (moves == 0)
        return OK;
    for (uint32_t i = 0; i < out->fields; i++) {
        uint32_t      place = i;
        struct field *own = all.after[i] == out->field[i].name ? &out->field[i] : NULL;

        if (all.count[all.after[i]->number] > 1) {
            TRY(find_place(rename, out, &all, all.after[i], &place));
            own = batch_field(out, all.after[i]);
        }
        if (place != i)
            continue;
        kept[keeps] = out->field[i];
        kept[keeps].name = all.after[i];
        kept[keeps++].column = own && all.after[own - out->field] == own->name ? own->column : NULL;
    }
    memcpy(out->field, kept, keeps * sizeof *kept);
    out->fields = keeps;
    sort_moves(move, moves);
    for (uint32_t i = 0; i < moves; i++) {
        struct field *field = batch_field(out, move[i].target);
        if (field->column)
            TRY(put_over(out, field, move[i].field.column));
        else
            field->column = move[i].field.column;
    }
    return OK;
}

static status rename_push(struct op *op, struct batch *in)
{
    struct rename *rename = container_of(op, struct rename, op);
    struct batch  *out = batch_derive(in);
    status         result = OK;

    TRY_NEW(out);
    for (uint32_t i = 0; i < rename->pairs && result == OK; i++) {
        if (rename->from[i])
            rename_plain(out, rename->from[i], rename->to[i]);
        else
            result = rename_matching(rename, i, out);
    }
    return op_emit_if(op, result, out);
}

static void rename_close(struct op *op)
{
    struct rename *rename = container_of(op, struct rename, op);

    for (uint32_t i = 0; rename->seen && i < rename->pairs; i++)
        heap_free(&op->run->heap, rename->seen[i].target, rename->seen[i].count * sizeof *rename->seen[i].target);
}

static const struct op_kind rename_kind = { "rename", .push = rename_push, .close = rename_close };

static status rename_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct argument *list = stage_argument(stage, 0);
    struct rename         *rename;
    struct arena          *arena;

    TRY(op_new(&rename_kind, sizeof *rename, stage, run, out));
    rename = container_of(*out, struct rename, op);
    arena = &(*out)->arena;
    rename->pair = list->renames;
    rename->pairs = list->count;
    TRY_NEW(rename->from = ARENA_ARRAY(arena, const struct name *, list->count));
    TRY_NEW(rename->to = ARENA_ARRAY(arena, const struct name *, list->count));
    TRY_NEW(rename->seen = ARENA_ARRAY(arena, struct rename_names, list->count));
    for (uint32_t i = 0; i < list->count; i++) {
        if (pattern_has_star(list->renames[i].from))
            continue;
        TRY_NEW(rename->from[i] = names_intern(run->names, list->renames[i].from));
        TRY_NEW(rename->to[i] = names_intern(run->names, list->renames[i].to));
    }
    return OK;
}

/* --- fields wanted ------------------------------------------------------------------------------------------------- */

/* Whatever could be moved onto something wanted is wanted. With several stars a name may come from several sources. */
static status pattern_needs(const struct rename_pair *pair, struct wanted *wanted)
{
    size_t   star = str_find(pair->from, STR("*"), 0);
    bool     single = str_find(pair->from, STR("*"), star + 1) == SIZE_MAX;
    uint32_t names = wanted->names;

    if (wanted->all)
        return wanted_add_pattern(wanted, pair->from);      /* takes what matches off the list of exceptions */
    if (wanted->patterns)
        return wanted_everything(wanted);
    for (uint32_t i = 0; i < names; i++) {
        str    name = wanted->name[i];
        char  *room = arena_alloc(wanted->arena, pair->from.size + name.size + 1);
        size_t size;

        TRY_NEW(room);
        size = pattern_rewrite(pair->to, pair->from, name, room);
        if (size != SIZE_MAX)
            TRY(single ? wanted_add(wanted, str_make(room, size)) : wanted_add_pattern(wanted, pair->from));
    }
    return OK;
}

static status rename_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct argument *list = stage_argument(stage, 0);

    for (uint32_t i = list->count; i-- > 0;) {
        const struct rename_pair *pair = &list->renames[i];
        bool                      has;

        if (pattern_has_star(pair->from)) {
            TRY(pattern_needs(pair, wanted));
            continue;
        }
        if (str_equal(pair->from, pair->to))
            continue;
        has = wanted_has(wanted, pair->to);
        TRY(wanted_remove(wanted, pair->to));
        TRY(wanted_remove(wanted, pair->from));
        if (has)
            TRY(wanted_add(wanted, pair->from));
    }
    return OK;
}

static status rename_gives(const struct stage *stage, struct wanted *columns)
{
    const struct argument *list = stage_argument(stage, 0);

    for (uint32_t i = 0; i < list->count; i++) {
        if (pattern_has_star(list->renames[i].from))
            return wanted_everything(columns);
        TRY(wanted_remove(columns, list->renames[i].from));
    }
    for (uint32_t i = 0; i < list->count; i++)
        TRY(wanted_add(columns, list->renames[i].to));
    return OK;
}

const struct command command_rename = {
    .name = "rename", .usage = "rename <field> AS <name> [, <field> AS <name>]...",
    .summary = "Give fields other names; wildcards on both sides",
    .params = rename_params, .traits = TRAIT_ROWWISE,
    .needs = rename_needs, .gives = rename_gives, .open = rename_open,
    .example = { "rename Processes.* AS *, host AS dest | table user path dest",
                 "{\"Processes.user\":\"root\",\"Processes.path\":\"/bin/sh\",\"host\":\"a\"}",
                 "{\"user\":\"root\",\"path\":\"/bin/sh\",\"dest\":\"a\"}" },
};
