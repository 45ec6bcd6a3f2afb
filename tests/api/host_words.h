/* Commands of the host that tests use: one of every kind. */
#pragma once

#include "host.h"

/* Streaming: mark <field> [as <field>] [text=<text>] */

static int opened, closed;

static inline spl_status mark_check(spl_call *call, void *host)
{
    spl_cell text;

    (void)host;
    CHECK(spl_call_argument(call, "text", &text) == SPL_OK && text.kind == SPL_TEXT);
    CHECK(spl_call_argument(call, "nosuch", &text) == SPL_FAIL_MISUSE);
    CHECK(spl_emit_row(call, NULL, NULL, 0) == SPL_FAIL_MISUSE);
    spl_call_argument(call, "text", &text);
    return text.length > 5 ? spl_call_fail(call, "the text is too long") : SPL_OK;
}

struct mark {
    const char *field, *as;
    spl_cell    text;
};

static inline char *copy_text(spl_call *call, const spl_cell *cell)
{
    char *text = spl_call_memory(call, cell->length + 1);

    if (text) {
        memcpy(text, cell->text, cell->length);
        text[cell->length] = 0;
    }
    return text;
}

static inline spl_status mark_open(spl_call *call, void *host, void **state)
{
    struct mark *mark = spl_call_memory(call, sizeof *mark);
    spl_cell     cell;

    (void)host;
    if (!mark)
        return SPL_FAIL_MEMORY;
    spl_call_argument(call, "field", &cell);
    mark->field = copy_text(call, &cell);
    spl_call_argument(call, "as", &cell);
    mark->as = cell.kind == SPL_NULL ? "mark" : copy_text(call, &cell);
    spl_call_argument(call, "text", &mark->text);
    mark->text.text = copy_text(call, &mark->text);
    *state = mark;
    __atomic_add_fetch(&opened, 1, __ATOMIC_RELAXED);
    return mark->field && mark->as && mark->text.text ? SPL_OK : spl_call_fail(call, "no memory");
}

static inline void mark_close(void *host, void *state)
{
    (void)host;
    CHECK(state != NULL);
    __atomic_add_fetch(&closed, 1, __ATOMIC_RELAXED);
}

/* Rows with the field get the text before its value; rows without it are dropped. */
static inline spl_status mark_push(spl_call *call, void *host, void *state, const spl_batch *batch)
{
    struct mark    *mark = state;
    size_t          rows = spl_batch_rows(batch), column = spl_batch_find(batch, mark->field);
    spl_cell       *cells = spl_call_memory(call, rows * sizeof *cells);
    unsigned char  *keep = spl_call_memory(call, rows);
    const spl_cell *columns[1];

    (void)host;
    if (!cells || !keep)
        return spl_call_fail(call, "no memory");
    memset(cells, 0, rows * sizeof *cells);
    for (size_t i = 0; i < rows; i++) {
        spl_cell cell = { 0 };
        char    *text;
        if (column != SPL_NTS)
            spl_batch_cell(batch, i, column, &cell);
        keep[i] = cell.kind == SPL_TEXT;
        if (!keep[i])
            continue;
        text = spl_call_memory(call, mark->text.length + cell.length);
        if (!text)
            return spl_call_fail(call, "no memory");
        memcpy(text, mark->text.text, mark->text.length);
        memcpy(text + mark->text.length, cell.text, cell.length);
        cells[i].kind = SPL_TEXT;
        cells[i].text = text;
        cells[i].length = mark->text.length + cell.length;
    }
    columns[0] = cells;
    return spl_emit_batch(call, batch, keep, &mark->as, columns, 1);
}

static inline spl_command mark_given(void)
{
    spl_command mark = { .size = sizeof mark, .name = "mark" };

    mark.usage = "mark <field> [as <field>] [text=<text=!>] [mode=<fast|full=full>] [limit=<count>] [deep=<bool>]";
    mark.reads = "";
    mark.kind = SPL_STREAMING;
    mark.check = mark_check;
    mark.open = mark_open;
    mark.push = mark_push;
    mark.close = mark_close;
    return mark;
}

/* Generating: numbers [<count>] [names=<fields>] */
static inline spl_status numbers_finish(spl_call *call, void *host, void *state)
{
    static const char *const names[] = { "n", "square", "odd" }, *const other[] = { "odd", "list" };
    spl_cell                 count;

    (void)host;
    (void)state;
    spl_call_argument(call, "count", &count);
    for (double n = 1; n <= count.number; n++) {
        spl_cell   pair[2] = { number_cell(n), text_cell("x") }, cells[3] = { number_cell(n), number_cell(n * n), { .kind = SPL_TRUTH } };
        spl_status status;
        cells[2].number = (int)n % 2;
        if ((int)n == 2) {
            cells[0] = cells[2];
            cells[1] = (spl_cell){ .kind = SPL_LIST, .list = pair, .length = 2 };
            status = spl_emit_row(call, other, cells, 2);
        } else {
            status = spl_emit_row(call, names, cells, 3);
        }
        if (status != SPL_OK)
            return status;
    }
    return SPL_OK;
}

static inline spl_command numbers_given(void)
{
    return (spl_command){ .size = sizeof(spl_command), .name = "numbers", .usage = "numbers [<count=3>]", .kind = SPL_GENERATING,
                          .finish = numbers_finish };
}

/* Stateful: counter [<most>]: a running number; behind row `most` it wants no more. Each row is followed by one of its own. */
static inline spl_status counter_push(spl_call *call, void *host, void *state, const spl_batch *batch)
{
    static const char *const n = "n", *const made = "made";
    size_t                   rows = spl_batch_rows(batch);
    spl_cell                *cells = spl_call_memory(call, rows * sizeof *cells), most, one = text_cell("yes");
    const spl_cell          *columns[1];
    long                    *count = state;
    spl_status               status;

    (void)host;
    if (!cells)
        return SPL_FAIL_MEMORY;
    spl_call_argument(call, "most", &most);
    for (size_t i = 0; i < rows; i++)
        cells[i] = number_cell((double)++*count);
    columns[0] = cells;
    status = spl_emit_batch(call, batch, NULL, &n, columns, 1);
    if (status == SPL_OK)
        status = spl_emit_row(call, &made, &one, 1);
    return status != SPL_OK ? status : most.kind == SPL_NUMBER && (double)*count >= most.number ? SPL_DONE : SPL_OK;
}

static inline spl_status counter_open(spl_call *call, void *host, void **state)
{
    (void)host;
    *state = spl_call_memory(call, sizeof(long));
    if (*state)
        memset(*state, 0, sizeof(long));
    return *state ? SPL_OK : SPL_FAIL_MEMORY;
}

/* Eventing: backwards: keeps its batches, puts them out last first, with their last row only; then a row of its own. */
struct kept {
    spl_batch *batch[100];
    size_t     count;
};

static inline spl_status backwards_open(spl_call *call, void *host, void **state)
{
    (void)call;
    (void)host;
    *state = calloc(1, sizeof(struct kept));
    return *state ? SPL_OK : SPL_FAIL_MEMORY;
}

static inline spl_status backwards_push(spl_call *call, void *host, void *state, const spl_batch *batch)
{
    struct kept *kept = state;

    (void)call;
    (void)host;
    if (kept->count == 100)
        return spl_call_fail(call, "too many");
    spl_batch_retain(kept->batch[kept->count++] = (spl_batch *)batch);
    return SPL_OK;
}

static inline spl_status backwards_finish(spl_call *call, void *host, void *state)
{
    struct kept *kept = state;
    spl_status   status = SPL_OK;

    (void)host;
    for (size_t i = kept->count; i-- > 0 && status == SPL_OK;) {
        unsigned char keep[5000] = { 0 };
        keep[spl_batch_rows(kept->batch[i]) - 1] = 1;
        status = spl_emit_batch(call, kept->batch[i], keep, NULL, NULL, 0);
    }
    return status;
}

static inline void backwards_close(void *host, void *state)
{
    struct kept *kept = state;

    (void)host;
    for (size_t i = 0; i < kept->count; i++)
        spl_batch_release(kept->batch[i]);
    free(kept);
    closed++;
}

/* Reporting: tallied: how many rows. */
static inline spl_status tallied_push(spl_call *call, void *host, void *state, const spl_batch *batch)
{
    (void)call;
    (void)host;
    *(long *)state += (long)spl_batch_rows(batch);
    return SPL_OK;
}

static inline spl_status tallied_finish(spl_call *call, void *host, void *state)
{
    static const char *const name = "rows";
    spl_cell                 cell = number_cell((double)*(long *)state);

    (void)host;
    return spl_emit_row(call, &name, &cell, 1);
}

static inline spl_command counter_given(void)
{
    return (spl_command){ .size = sizeof(spl_command), .name = "counter", .usage = "counter [<most:count>]", .kind = SPL_STATEFUL,
                          .reads = "", .open = counter_open, .push = counter_push };
}

static inline spl_command backwards_given(void)
{
    return (spl_command){ .size = sizeof(spl_command), .name = "backwards", .kind = SPL_EVENTING, .open = backwards_open,
                          .push = backwards_push, .finish = backwards_finish, .close = backwards_close };
}

static inline spl_command tallied_given(void)
{
    return (spl_command){ .size = sizeof(spl_command), .name = "tallied", .kind = SPL_REPORTING, .reads = "", .open = counter_open,
                          .push = tallied_push, .finish = tallied_finish };
}

/* All of them. */
static inline spl_status add_given(spl_engine *engine)
{
    const spl_command given[] = { mark_given(), counter_given(), backwards_given(), numbers_given(), tallied_given() };
    spl_status        status = SPL_OK;

    for (size_t i = 0; i < sizeof given / sizeof given[0] && status >= 0; i++)
        status = spl_engine_add_command(engine, &given[i], NULL);
    return status;
}
