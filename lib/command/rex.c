/* rex [field=<field>] "<regex with named groups>": groups become fields (commands 3).
 *
 * A row without a match keeps what its target fields held; a group that took no part in a match assigns nothing. Captures
 * are views into the subject, which outlives the batch as every value of a parent batch does; nothing is copied.
 * mode=sed edits the field in place instead, see command/sed.h. */
#include "base/utf8.h"
#include "command/sed.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "value/number.h"
#include "text/regex_doubt.h"

struct rex_bound {
    struct regex            *regex;         /* extraction */
    const struct regex_name *name;          /* its named groups */
    uint32_t                 names;
    uint64_t                 most;          /* matches of a value */
    bool                     edits;
    struct sed               sed;
};

struct rex_list {                           /* captures of one group in one row, when there are several */
    struct cell *cell;
    uint32_t     count, room;
};

struct rex {
    struct op               op;
    const struct rex_bound *bound;
    const struct name      *field, *offset_field;       /* offset_field NULL: none */
    const struct name     **target;                     /* of each named group */
    struct regex_match     *match;
    struct rex_list        *list;                       /* of each named group, then of the offsets */
    struct buf              out, spare;                 /* sed; offsets */
};

enum { REX_FIELD, REX_MAX_MATCH, REX_OFFSET_FIELD, REX_MODE, REX_PATTERN };

static const struct param rex_params[] = {
    { "field", PARAM_FIELD, PLACE_NAMED, .preset = "_raw", .help = "where to look" },
    { "max_match", PARAM_COUNT, PLACE_NAMED, .preset = "1", .help = "matches of a value; 0: all" },
    { "offset_field", PARAM_FIELD, PLACE_NAMED, .help = "gets the places of the captures" },
    { "mode", PARAM_WORD, PLACE_NAMED, .choices = "sed", .help = "sed: edit the field" },
    { "regex", PARAM_TEXT, PLACE_FIRST, .required = true, .help = "regex with named groups, or sed expressions" },
    { 0 }
};

/* --- compiling ----------------------------------------------------------------------------------------------------- */

static status bind_regex(struct binder *binder, const struct argument *pattern, struct rex_bound *bound)
{
    struct regex_error error;
    status             result;
    const char        *doubt = regex_doubt(pattern->text);

    result = regex_compile(binder->compile.heap, binder->compile.context->cpu, pattern->text, 0, &bound->regex, &error);
    if (result == FAIL_QUERY)
        return diag_at(binder->diag, FAIL_QUERY, pattern->span, "bad-regex", "the regex is invalid: %s at character %zu",
                       error.message, error.offset);
    TRY(result);
    if (doubt)
        diag_warn(binder->diag, pattern->span, "never-matches", "the regex can match nothing: %s", doubt);
    bound->name = regex_names(bound->regex, &bound->names);
    if (bound->names == 0)
        return diag_at(binder->diag, FAIL_QUERY, pattern->span, "bad-regex",
                       "the regex does not extract anything; specify at least one named group, (?<name>...)");
    return OK;
}

static status rex_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *pattern = stage_argument(stage, REX_PATTERN), *most = stage_argument(stage, REX_MAX_MATCH);
    struct rex_bound      *bound = stage->bound;

    bound->edits = stage_argument(stage, REX_MODE)->given;
    bound->most = most->number > 0 ? (uint64_t)most->number : UINT64_MAX;
    if (!bound->edits)
        return bind_regex(binder, pattern, bound);
    if (most->given || stage_argument(stage, REX_OFFSET_FIELD)->given)
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "bad-argument",
                       "'rex' takes neither max_match nor offset_field with mode=sed");
    return sed_compile(&bound->sed, pattern->text, pattern->span, binder->arena, binder->compile.heap,
                       binder->compile.context->cpu, binder->diag);
}

static void rex_drop(struct stage *stage)
{
    struct rex_bound *bound = stage->bound;

    if (bound->regex)
        regex_free(bound->regex);
    sed_drop(&bound->sed);
}

/* Rows without a match keep their targets, so what those held before stays wanted. */
static status rex_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct rex_bound *bound = stage->bound;
    const struct argument  *offset = stage_argument(stage, REX_OFFSET_FIELD);
    str                     field = stage_argument(stage, REX_FIELD)->text;
    bool                    any = offset->given && wanted_has(wanted, offset->text);

    for (uint32_t i = 0; i < bound->names; i++)
        any |= wanted_has(wanted, bound->name[i].name);
    return any ? wanted_add(wanted, field) : OK;
}

static status rex_gives(const struct stage *stage, struct wanted *columns)
{
    const struct rex_bound *bound = stage->bound;
    const struct argument  *offset = stage_argument(stage, REX_OFFSET_FIELD);

    for (uint32_t i = 0; i < bound->names; i++)
        TRY(wanted_add(columns, bound->name[i].name));
    return offset->given ? wanted_add(columns, offset->text) : OK;
}

/* --- extracting ---------------------------------------------------------------------------------------------------- */

static void note_limit(struct rex *rex)
{
    op_note(&rex->op, "regex-limit", STR("values made a regex give up; they count as no match"));
}

static status list_add(struct rex *rex, uint32_t list, struct cell cell)
{
    struct rex_list *to = &rex->list[list];

    if (!heap_grow(&rex->op.run->heap, &to->cell, &to->room, to->count + 1, sizeof cell))
        return FAIL_MEMORY;
    to->cell[to->count++] = cell;
    return OK;
}

/* "name=start-end" of every group that took part, in characters from 0, both ends included. */
static status add_offsets(struct rex *rex, str text, struct arena *arena)
{
    struct buf *out = &rex->spare;
    str         copy;

    buf_clear(out);
    for (uint32_t i = 0; i < rex->bound->names; i++) {
        size_t from, to, first;
        if (!regex_place(rex->match, rex->bound->name[i].group, &from, &to))
            continue;
        first = utf8_count(str_slice(text, 0, from));
        if (out->size)
            buf_byte(out, '&');
        buf_put(out, rex->bound->name[i].name);
        buf_print(out, "=%zu-%lld", first, (long long)(first + utf8_count(str_slice(text, from, to))) - 1);
    }
    TRY(buf_status(out));
    copy = arena_str(arena, buf_str(out));
    TRY_NEW(copy.at);
    return list_add(rex, rex->bound->names, cell_field_text(copy));
}

/* All matches in one value, captures appended to the lists. */
static status extract_value(struct rex *rex, str text, struct arena *arena)
{
    uint64_t left = rex->bound->most;
    status   result = regex_find(rex->bound->regex, rex->match, text, 0);

    for (; result == OK; result = regex_find_next(rex->bound->regex, rex->match, text)) {
        for (uint32_t i = 0; i < rex->bound->names; i++) {
            str group = regex_group(rex->match, text, rex->bound->name[i].group);
            if (group.at)
                TRY(list_add(rex, i, cell_field_text(group)));
        }
        if (rex->offset_field)
            TRY(add_offsets(rex, text, arena));
        if (--left == 0)
            break;
    }
    if (result == FAIL_LIMIT)
        note_limit(rex);
    return result == FAIL_MEMORY ? result : OK;
}

/* A scalar for one capture, a list for several, nothing for none. */
static status store_list(struct rex_list *list, struct arena *arena, struct cell *cell, unsigned *kinds)
{
    struct cell *copy;

    if (list->count == 0)
        return OK;
    *cell = list->cell[0];
    if (list->count > 1) {
        copy = ARENA_ARRAY(arena, struct cell, list->count);
        TRY_NEW(copy);
        memcpy(copy, list->cell, list->count * sizeof *copy);
        *cell = (struct cell){ .kind = KIND_LIST, .size = list->count, .list = copy };
    }
    *kinds |= KINDS(cell->kind);
    list->count = 0;
    return OK;
}

/* The text of a scalar; a number's is made in the arena, as captures will point into it. */
static status subject_of(const struct cell *cell, struct arena *arena, str *text)
{
    char room[NUMBER_ROOM];

    *text = cell_show(cell, room);
    if (cell->kind == KIND_NUMBER)
        TRY_NEW((*text = arena_str(arena, *text)).at);
    return OK;
}

static status extract_row(struct rex *rex, const struct cell *subject, struct arena *arena)
{
    uint32_t count = subject->kind == KIND_LIST ? subject->size : 1;

    for (uint32_t i = 0; i < count; i++) {
        str text;
        TRY(subject_of(subject->kind == KIND_LIST ? &subject->list[i] : subject, arena, &text));
        TRY(extract_value(rex, text, arena));
    }
    return OK;
}

/* The common case: one match of one text. */
static status extract_first(struct rex *rex, str text, struct column *const *target, uint32_t row)
{
    const struct rex_bound *bound = rex->bound;
    status                  result = regex_find(bound->regex, rex->match, text, 0);

    if (result != OK) {
        if (result == FAIL_LIMIT)
            note_limit(rex);
        return result == FAIL_MEMORY ? result : OK;
    }
    for (uint32_t i = 0; i < bound->names; i++) {
        str group = regex_group(rex->match, text, bound->name[i].group);
        if (group.at)
            target[i]->cell[row] = cell_field_text(group);
    }
    return OK;
}

static status extract_rows(struct rex *rex, const struct column *source, struct batch *out, struct column *const *target)
{
    uint32_t targets = rex->bound->names + (rex->offset_field != NULL);
    unsigned kinds = KINDS(KIND_TEXT);
    bool     simple = rex->bound->most == 1 && !rex->offset_field;

    for (uint32_t i = 0; i < batch_rows(out); i++) {
        uint32_t    row = batch_row(out, i);
        struct cell subject = column_cell(source, row);
        if (subject.kind == KIND_NULL)
            continue;
        if (simple && subject.kind == KIND_TEXT) {
            TRY(extract_first(rex, cell_str(&subject), target, row));
            continue;
        }
        TRY(extract_row(rex, &subject, &out->arena));
        for (uint32_t t = 0; t < targets; t++)
            TRY(store_list(&rex->list[t], &out->arena, &target[t]->cell[row], &kinds));
    }
    for (uint32_t t = 0; t < targets; t++)
        target[t]->kinds |= (uint8_t)kinds;
    return OK;
}

static const struct name *target_name(const struct rex *rex, uint32_t target)
{
    return target < rex->bound->names ? rex->target[target] : rex->offset_field;
}

static status extract(struct rex *rex, struct column *source, struct batch *out)
{
    uint32_t        targets = rex->bound->names + (rex->offset_field != NULL);
    struct column **target = arena_alloc(&rex->op.step, targets * sizeof *target);

    TRY_NEW(target);
    for (uint32_t t = 0; t < targets; t++) {
        const struct name *name = target_name(rex, t);
        /* (?J) may give two groups one name: they share a column, the later one wins. */
        target[t] = NULL;
        for (uint32_t other = 0; other < t && !target[t]; other++)
            if (target_name(rex, other) == name)
                target[t] = target[other];
        if (!target[t])
            TRY(column_to_cells(batch_column(out, name), &out->rows, out->size, &out->arena, &target[t]));
    }
    TRY(extract_rows(rex, source, out, target));
    for (uint32_t t = 0; t < targets; t++)
        TRY(batch_assign_some(out, target_name(rex, t), target[t], rank_at(rex->op.stage->rank, t)));
    return OK;
}

/* --- editing ------------------------------------------------------------------------------------------------------- */

static status edit_scalar(struct rex *rex, struct cell *cell, struct arena *arena)
{
    char   room[NUMBER_ROOM];
    status result = sed_edit(&rex->bound->sed, rex->match, cell_show(cell, room), &rex->out, &rex->spare);
    str    copy;

    if (result == FAIL_LIMIT)
        note_limit(rex);
    if (result != OK)
        return result == FAIL_MEMORY ? result : OK;
    copy = arena_str(arena, buf_str(&rex->out));
    TRY_NEW(copy.at);
    *cell = cell_field_text(copy);
    return OK;
}

static status edit_cell(struct rex *rex, struct cell *cell, struct arena *arena)
{
    struct cell *copy;

    if (cell->kind != KIND_LIST)
        return cell->kind == KIND_NULL ? OK : edit_scalar(rex, cell, arena);
    copy = ARENA_ARRAY(arena, struct cell, cell->size);
    TRY_NEW(copy);
    memcpy(copy, cell->list, cell->size * sizeof *copy);
    for (uint32_t i = 0; i < cell->size; i++)
        TRY(edit_scalar(rex, &copy[i], arena));
    cell->list = copy;
    return OK;
}

static status edit(struct rex *rex, struct column *source, struct batch *out)
{
    struct column *column;

    TRY(column_to_cells(source, &out->rows, out->size, &out->arena, &column));
    column->kinds |= KINDS(KIND_TEXT);
    for (uint32_t i = 0; i < batch_rows(out); i++)
        TRY(edit_cell(rex, &column->cell[batch_row(out, i)], &out->arena));
    return batch_set(out, rex->field, column, rex->op.stage->rank);
}

/* --- at work ------------------------------------------------------------------------------------------------------- */

static status rex_push(struct op *op, struct batch *in)
{
    struct rex    *rex = container_of(op, struct rex, op);
    struct column *source = batch_column(in, rex->field);
    struct batch  *out;
    status         result;

    if (!source || source->encoding == ENCODING_ABSENT) {
        batch_retain(in);
        return op_emit(op, in);
    }
    TRY(batch_decode(in, source));
    out = batch_derive(in);
    TRY_NEW(out);
    result = rex->bound->edits ? edit(rex, source, out) : extract(rex, source, out);
    return op_emit_if(op, result, out);
}

static void rex_close(struct op *op)
{
    struct rex  *rex = container_of(op, struct rex, op);
    struct heap *heap = &op->run->heap;

    regex_match_free(rex->match);
    for (uint32_t i = 0; rex->list && i <= rex->bound->names; i++)
        heap_free(heap, rex->list[i].cell, rex->list[i].room * sizeof *rex->list[i].cell);
    buf_free(&rex->out);
    buf_free(&rex->spare);
}

static const struct op_kind rex_kind = { "rex", .push = rex_push, .close = rex_close };

static status rex_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct rex_bound *bound = stage->bound;
    const struct argument  *offset = stage_argument(stage, REX_OFFSET_FIELD);
    struct rex             *rex;

    TRY(op_new(&rex_kind, sizeof *rex, stage, run, out));
    rex = container_of(*out, struct rex, op);
    rex->bound = bound;
    buf_init(&rex->out, &run->heap);
    buf_init(&rex->spare, &run->heap);
    TRY_NEW(rex->list = ARENA_ARRAY(&(*out)->arena, struct rex_list, bound->names + 1));
    TRY_NEW(rex->target = ARENA_ARRAY(&(*out)->arena, const struct name *, bound->names));
    TRY_NEW(rex->field = names_intern(run->names, stage_argument(stage, REX_FIELD)->text));
    for (uint32_t i = 0; i < bound->names; i++)
        TRY_NEW(rex->target[i] = names_intern(run->names, bound->name[i].name));
    if (offset->given)
        TRY_NEW(rex->offset_field = names_intern(run->names, offset->text));
    return regex_match_new(&run->heap, &rex->match);
}

const struct command command_rex = {
    .name = "rex",
    .usage = "rex [field=<field>] (\"<regex>\" [max_match=<count>] [offset_field=<field>] | mode=sed \"<sed>\")",
    .summary = "Extract fields with the named groups of a regex, or edit a field",
    .params = rex_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct rex_bound),
    .bind = rex_bind, .drop = rex_drop, .needs = rex_needs, .gives = rex_gives, .open = rex_open,
    .example = { "rex field=x max_match=0 \"(?<k>\\w)=(?<v>\\d)\" | table k v", "{\"x\":\"a=1,b=2\"}",
                 "{\"k\":[\"a\",\"b\"],\"v\":[1,2]}" },
};
