/* searchmatch(text) with a text that only the row knows: each distinct text is compiled once, and run for the rows that have
 * it. A text that is no search gives null, and a note. */
#include "base/map.h"
#include "syntax/parse.h"
#include "value/number.h"
#include "value/order.h"
#include "vm/emit.h"
#include "vm/machine.h"

enum { TEXTS_MOST = 1000 };         /* kept compiled; with one more all are forgotten */

struct matcher {
    struct program *program;        /* NULL: the text is no search */
    struct machine *machine;
    uint32_t        first, count;   /* its rows, in this run */
    uint32_t        run;            /* the run in which it was met last */
};

struct matched {
    struct heap  *heap;
    struct arena  arena;            /* programs, texts */
    struct map    by_text;
    uint32_t      run;
};

static void forget(struct matched *matched)
{
    for (uint32_t i = 0; i < matched->by_text.count; i++) {
        struct matcher *matcher = matched->by_text.entry[i].value;

        machine_free(matcher->machine);
        program_drop(matcher->program);
    }
    map_free(&matched->by_text);
    arena_reset(&matched->arena);
}

void matched_free(struct matched *matched)
{
    if (!matched)
        return;
    forget(matched);
    arena_free(&matched->arena);
    heap_free(matched->heap, matched, sizeof *matched);
}

static status open_matched(struct machine *machine)
{
    struct matched *matched = heap_zero(machine->heap, 1, sizeof *matched);

    TRY_NEW(machine->matched = matched);
    matched->heap = machine->heap;
    arena_init(&matched->arena, machine->heap);
    map_init(&matched->by_text, machine->heap);
    return OK;
}

static status note_bad(struct machine *machine, str text, const struct diag *diag)
{
    struct context *context = machine->context;
    struct buf      message;
    status          result;

    if (!context->note)
        return OK;
    buf_init(&message, machine->heap);
    buf_print(&message, "values given to searchmatch are no searches; first '%.*s'", SHOW(text));
    if (diag->count)
        buf_print(&message, ": %.*s", SHOW(diag->item[0].message));
    result = buf_status(&message);
    if (result == OK)
        context->note(context->host, "bad-search", buf_str(&message));
    buf_free(&message);
    return result;
}

static status compile_text(struct machine *machine, str text, struct matcher *matcher)
{
    struct arena  *arena = &machine->matched->arena;
    struct compile compile = *machine->program->late;
    struct diag    diag;
    struct node   *search;
    status         result;

    diag_init(&diag, machine->heap);
    compile.arena = arena;
    compile.heap = machine->heap;
    compile.context = machine->context;
    compile.diag = &diag;
    result = parse_search(arena, &diag, passage_of(text), &search);
    if (result == OK)
        result = program_search(&compile, search, &matcher->program);
    if (result == OK)
        result = machine_new(matcher->program, machine->context, &matcher->machine);
    else
        matcher->program = NULL;
    if (result == FAIL_QUERY)
        result = note_bad(machine, text, &diag);
    diag_free(&diag);
    return result;
}

static status find_matcher(struct machine *machine, str text, struct matcher **out)
{
    struct matched *matched = machine->matched;
    struct matcher *matcher = map_get(&matched->by_text, text);

    if (!matcher) {
        text = arena_str(&matched->arena, text);
        TRY_NEW(matcher = ARENA_NEW(&matched->arena, struct matcher));
        TRY_NEW(text.at);
        TRY(map_put(&matched->by_text, text, matcher));     /* from here on `forget` knows it */
        TRY(compile_text(machine, text, matcher));
    }
    *out = matcher;
    return OK;
}

/* The matcher of each row that has a text; NULL for the others. */
static status find_matchers(struct machine *machine, const struct column *texts, const struct rows *rows,
                            struct matcher **of)
{
    char room[NUMBER_ROOM];

    for (uint32_t i = 0; i < rows->count; i++) {
        struct cell cell = column_cell(texts, rows_at(rows, i));

        of[i] = NULL;
        if (cell.kind != KIND_TEXT && cell.kind != KIND_NUMBER)
            continue;
        if (texts->encoding == ENCODING_NUMBER && texts->unsettled)
            cell_settle(&cell);
        TRY(find_matcher(machine, cell_show(&cell, room), &of[i]));
        if (of[i]->run != machine->matched->run)
            of[i]->count = 0;
        of[i]->run = machine->matched->run;
        of[i]->count++;
    }
    return OK;
}

static status run_matcher(struct machine *machine, const struct matcher *matcher, uint32_t *row, struct column *out)
{
    struct batch *part;
    struct rows   found;
    status        result;

    if (!matcher->program)
        return OK;
    TRY_NEW(part = batch_derive(machine->batch));
    part->rows = (struct rows){ matcher->count, row };
    for (uint32_t i = 0; i < matcher->count; i++)
        out->truth[row[i]] = TRUTH_FALSE;
    result = machine_filter(matcher->machine, part, &part->arena, &found);
    for (uint32_t i = 0; result == OK && i < found.count; i++)
        out->truth[rows_at(&found, i)] = TRUTH_TRUE;
    batch_release(part);
    return result;
}

status execute_MATCH(struct machine *machine, const struct instruction *at, const struct selection *under)
{
    const struct rows *rows = &under->rows;
    struct matcher   **of = arena_alloc(&machine->scratch, rows->count * sizeof *of);
    uint32_t          *row = arena_alloc(&machine->scratch, rows->count * sizeof *row), place = 0;
    struct column     *out = column_truth(machine_arena(machine, at), under->space->size);

    TRY_NEW(of && row ? out : NULL);
    if (!machine->program->late)
        return FAIL_BUG;
    if (!machine->matched)
        TRY(open_matched(machine));
    if (machine->matched->by_text.count > TEXTS_MOST)
        forget(machine->matched);
    machine->matched->run++;
    TRY(find_matchers(machine, machine->reg[at->a], rows, of));
    for (uint32_t i = 0; i < rows->count; i++) {            /* each one's rows side by side, in their order */
        out->truth[rows_at(rows, i)] = TRUTH_NULL;
        if (of[i] && of[i]->run == machine->matched->run) {
            of[i]->first = place;
            place += of[i]->count;
            of[i]->count = 0;
            of[i]->run--;
        }
    }
    for (uint32_t i = 0; i < rows->count; i++)
        if (of[i])
            row[of[i]->first + of[i]->count++] = rows_at(rows, i);
    for (uint32_t i = 0; i < rows->count; i++)
        if (of[i] && of[i]->run != machine->matched->run) {
            of[i]->run = machine->matched->run;
            TRY(run_matcher(machine, of[i], row + of[i]->first, out));
        }
    machine->reg[at->into] = out;
    return OK;
}
