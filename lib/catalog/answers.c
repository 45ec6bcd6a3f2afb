#include "catalog/answers.h"

#include "state/keys.h"
#include "value/list.h"
#include "value/number.h"
#include "value/order.h"

enum {
    KNOWN_MOST = 1 << 16,               /* keys */
    CELLS_MOST = 1 << 20,               /* of their answers */
    BYTES_MOST = 64 << 20               /* of their texts, and of lists and texts in answers */
};

static void forget(struct answers *answers, struct known_answers *known)
{
    heap_free(answers->context->heap, known->cell, known->room * sizeof *known->cell);
    interner_free(&known->interner);
    interner_init(&known->interner, answers->context->heap);
    known->cell = NULL;
    known->count = known->room = 0;
}

void answers_open(struct answers *answers, const struct lookup_use *use, struct context *context)
{
    *answers = (struct answers){ .use = use, .context = context };
    interner_init(&answers->simple.interner, context->heap);
    interner_init(&answers->compound.interner, context->heap);
    arena_init(&answers->arena, context->heap);
    buf_init(&answers->key, context->heap);
}

void answers_close(struct answers *answers)
{
    if (!answers->context)
        return;
    forget(answers, &answers->simple);
    forget(answers, &answers->compound);
    interner_free(&answers->simple.interner);
    interner_free(&answers->compound.interner);
    arena_free(&answers->arena);
    buf_free(&answers->key);
}

/* --- questions: what a row asks ------------------------------------------------------------------------------------ */

struct questions {
    struct answers       *answers;
    struct column *const *column;
    const struct column  *time;
    struct arena         *step;
    uint32_t             *row;          /* of each new code, one that has it */
    uint32_t              count, room;  /* keys of the table so far */
    uint32_t             *from;         /* by question */
    struct cell          *value;
    double               *at;
};

static struct cell row_cell(const struct column *column, uint32_t row)
{
    struct cell cell = column ? column_cell(column, row) : cell_null();

    if (column && column->encoding == ENCODING_NUMBER && column->unsettled)
        cell_settle(&cell);
    return cell;
}

static status as_text(struct arena *arena, const struct cell *cell, struct cell *out)
{
    char room[NUMBER_ROOM];
    str  text = cell_show(cell, room);

    *out = cell_field_text(cell->kind == KIND_TEXT ? text : arena_str(arena, text));
    return out->text ? OK : FAIL_MEMORY;
}

static status room_for(struct questions *ask, uint32_t more)
{
    uint32_t     matches = ask->answers->use->matches, room = ask->room;
    struct cell *value;
    double      *at;

    if (more <= room - ask->count)
        return OK;
    while (more > room - ask->count) {
        if (room > UINT32_MAX / 4)
            return FAIL_MEMORY;
        room = room ? room * 2 : 64;
    }
    TRY_NEW(value = arena_alloc(ask->step, (size_t)room * matches * sizeof *value));
    TRY_NEW(at = arena_alloc(ask->step, room * sizeof *at));
    if (ask->count) {
        memcpy(value, ask->value, (size_t)ask->count * matches * sizeof *value);
        memcpy(at, ask->at, ask->count * sizeof *at);
    }
    ask->value = value;
    ask->at = at;
    ask->room = room;
    return OK;
}

/* Of several lists: their members side by side where they are equally long, else every combination, so many at most. */
static uint32_t combinations(const struct cell *cell, uint32_t matches, uint32_t most, bool *aligned)
{
    uint64_t product = 1;
    uint32_t lists = 0, size = 1;

    *aligned = true;
    for (uint32_t m = 0; m < matches; m++) {
        if (cell[m].kind != KIND_LIST)
            continue;
        *aligned &= !lists || size == cell[m].size;
        size = cell[m].size;
        lists++;
        product = product * size > most ? (uint64_t)most + 1 : product * size;
    }
    if (*aligned)
        return size;
    return product > most ? most : (uint32_t)product;
}

/* The keys of one row: one, or several where a field has several values. */
static status put_keys(struct questions *ask, uint32_t row)
{
    const struct lookup_use *use = ask->answers->use;
    struct cell             *cell = arena_alloc(ask->step, use->matches * sizeof *cell);
    struct cell              time = row_cell(ask->time, row);
    uint32_t                 count;
    bool                     aligned;

    TRY_NEW(cell);
    for (uint32_t m = 0; m < use->matches; m++)
        cell[m] = row_cell(ask->column[m], row);
    count = combinations(cell, use->matches, use->lookup->max_matches, &aligned);
    TRY(room_for(ask, count));
    for (uint32_t i = 0; i < count; i++, ask->count++) {
        uint32_t left = i;

        for (uint32_t m = use->matches; m-- > 0;) {
            uint32_t           members;
            const struct cell *member = list_members(&cell[m], &members);
            uint32_t           at = members < 2 ? 0 : aligned ? i : left % members;

            left /= members;
            TRY(as_text(ask->step, &member[at], &ask->value[(size_t)ask->count * use->matches + m]));
        }
        if (ask->time)
            cell_reads_number(&time, &ask->at[ask->count]);
    }
    return OK;
}

/* Asks for the keys that are new since the last time. */
static status ask_table(struct questions *ask, struct known_answers *known)
{
    struct answers         *answers = ask->answers;
    uint32_t                outputs = answers->use->outputs, count = known->interner.count - known->count;
    struct lookup_keys      keys;

    if (count == 0)
        return OK;
    if ((uint64_t)known->interner.count * outputs > UINT32_MAX)
        return FAIL_MEMORY;
    TRY_NEW(ask->from = arena_alloc(ask->step, (count + (size_t)1) * sizeof *ask->from));
    for (uint32_t i = 0; i < count; i++) {
        ask->from[i] = ask->count;
        TRY(put_keys(ask, ask->row[i]));
    }
    ask->from[count] = ask->count;
    if (!heap_grow(answers->context->heap, &known->cell, &known->room, known->interner.count * outputs + 1,
                   sizeof *known->cell))
        return FAIL_MEMORY;
    keys = (struct lookup_keys){ ask->count, ask->value, answers->use->lookup->timed ? ask->at : NULL };
    TRY(lookup_answer(answers->use, &keys, ask->from, count, answers->context, &answers->arena,
                      answers->use->lookup->kind->lasting ? ask->step : &answers->arena,
                      &known->cell[(size_t)known->count * outputs]));
    known->count = known->interner.count;
    return OK;
}

/* --- codes of rows ------------------------------------------------------------------------------------------------- */

static bool has_lists(const struct column *column)
{
    if (!column)
        return false;
    if (column->encoding == ENCODING_CONSTANT)
        return column->constant.kind == KIND_LIST;
    return column->encoding >= ENCODING_CELLS && (column->kinds & KINDS(KIND_LIST));
}

/* The code of a row's values and time; INTERNER_NULL: one is null. */
static status compound_code(struct answers *answers, uint32_t row, struct column *const *key, const struct column *time,
                            uint32_t *code)
{
    struct cell cell = row_cell(time, row);
    double      at = 0;

    *code = INTERNER_NULL;
    buf_clear(&answers->key);
    if (answers->use->lookup->timed) {
        if (cell.kind == KIND_NULL || !cell_reads_number(&cell, &at))
            return OK;
        buf_put(&answers->key, str_make((const char *)&at, sizeof at));
    }
    for (uint32_t m = 0; m < answers->use->matches; m++) {
        cell = row_cell(key[m], row);
        if (cell.kind == KIND_NULL)
            return OK;
        key_put(&answers->key, &cell);
    }
    TRY(buf_status(&answers->key));
    return interner_text(&answers->compound.interner, buf_str(&answers->key), code);
}

static status find_codes(struct answers *answers, struct known_answers *known, const struct rows *rows,
                         struct column *const *key, const struct column *time, uint32_t *code)
{
    if (known == &answers->simple && key[0])
        return interner_column(&known->interner, key[0], rows->row, rows->count, code);
    for (uint32_t i = 0; i < rows->count; i++) {
        code[i] = INTERNER_NULL;
        if (known == &answers->compound)
            TRY(compound_code(answers, rows_at(rows, i), key, time, &code[i]));
    }
    return OK;
}

/* Time to begin anew: much is known, or memory is short. */
static bool is_full(const struct answers *answers, const struct known_answers *known)
{
    const struct heap *heap = answers->context->heap;

    if (known->count == 0)
        return false;
    return known->count > KNOWN_MOST || (uint64_t)known->count * answers->use->outputs > CELLS_MOST ||
           arena_size(&known->interner.texts) + arena_size(&answers->arena) > BYTES_MOST ||
           (heap->limit && atomic_load_explicit(&heap->used, memory_order_relaxed) > heap->limit / 2);
}

status answers_find(struct answers *answers, const struct rows *rows, struct column *const *key,
                    const struct column *time, struct arena *step, const struct cell ***out)
{
    bool                  simple = answers->use->matches == 1 && !answers->use->lookup->timed && !has_lists(key[0]);
    struct known_answers *known = simple ? &answers->simple : &answers->compound;
    struct questions      ask = { .answers = answers, .column = key, .step = step,
                                  .time = answers->use->lookup->timed ? time : NULL };
    uint32_t             *code = arena_alloc(step, rows->count * sizeof *code);

    TRY_NEW(*out = arena_alloc(step, rows->count * sizeof **out));
    TRY_NEW(code);
    if (is_full(answers, &answers->simple) || is_full(answers, &answers->compound)) {
        forget(answers, &answers->simple);
        forget(answers, &answers->compound);
        arena_free(&answers->arena);
    }
    TRY(find_codes(answers, known, rows, key, time, code));
    TRY_NEW(ask.row = arena_alloc(step, (known->interner.count - known->count) * sizeof *ask.row));
    for (uint32_t i = 0; i < rows->count; i++)
        if (code[i] != INTERNER_NULL && code[i] >= known->count)
            ask.row[code[i] - known->count] = rows_at(rows, i);
    TRY(ask_table(&ask, known));
    for (uint32_t i = 0; i < rows->count; i++)
        (*out)[i] = code[i] == INTERNER_NULL ? NULL : known->cell + (size_t)code[i] * answers->use->outputs;
    return OK;
}
