/* Lookups of the host: tables that it answers for itself. */
#include "api/host.h"
#include "api/lookups.h"
#include "knowledge/lookup_settings.h"

enum { COLUMNS_MOST = 1000 };

struct host_lookup {
    struct hosted hosted;
    spl_lookup    given;
    str          *column;
    const char  **column_text;          /* the same, terminated */
    uint32_t      columns;
};

/* As one query sees it. */
struct host_table {
    struct lookup             lookup;
    struct heap              *heap;
    char                     *name;
    size_t                    name_size;
    const struct host_lookup *host;
};

/* What the host gives during one call. */
struct given_rows {
    struct heap  *heap;
    struct arena *arena;                /* for texts and lists */
    uint32_t      columns;              /* cells a row */
    uint32_t      keys;                 /* 0: rows of the table, no matter which key */
    struct cell  *cell;                 /* row by row */
    uint32_t     *key;                  /* by row */
    uint32_t      rows, cell_room, key_room;
    status        failure;              /* of a spl_give_row */
};

static struct host_table *table_of(const struct lookup *lookup)
{
    return container_of((struct lookup *)lookup, struct host_table, lookup);
}

/* --- rows that the host gives -------------------------------------------------------------------------------------- */

static status put_row(struct given_rows *rows, size_t key, const spl_cell *cells)
{
    uint64_t cells_needed = (uint64_t)(rows->rows + 1) * rows->columns;

    if (cells_needed > UINT32_MAX ||
        !heap_grow(rows->heap, &rows->cell, &rows->cell_room, (uint32_t)cells_needed, sizeof *rows->cell) ||
        !heap_grow(rows->heap, &rows->key, &rows->key_room, rows->rows + 1, sizeof *rows->key))
        return FAIL_MEMORY;
    for (uint32_t i = 0; i < rows->columns; i++)
        TRY(cell_take_field(&cells[i], rows->arena, &rows->cell[(size_t)rows->rows * rows->columns + i]));
    rows->key[rows->rows++] = (uint32_t)key;
    return OK;
}

spl_status spl_give_row(spl_call *call, size_t key, const spl_cell *cells)
{
    struct given_rows *rows = call->rows;
    status             result;

    if (!rows || (rows->keys && key >= rows->keys) || rows->rows == UINT32_MAX - 1)
        return SPL_FAIL_MISUSE;
    result = put_row(rows, rows->keys ? key : 0, cells);
    if (result != OK)
        rows->failure = result;
    return result;
}

static void rows_free(struct given_rows *rows)
{
    heap_free(rows->heap, rows->cell, rows->cell_room * sizeof *rows->cell);
    heap_free(rows->heap, rows->key, rows->key_room * sizeof *rows->key);
}

static status outcome(const struct host_table *table, struct context *context, const struct spl_call *call,
                      const struct given_rows *rows, spl_status answer)
{
    if (rows->failure == FAIL_MEMORY)
        return FAIL_MEMORY;
    if (answer >= 0 && rows->failure == OK)
        return OK;
    return diag_at(context->diag, FAIL_HOST, DIAG_NOWHERE, "host-failed", "lookup '%.*s' failed: %s",
                   SHOW(table->lookup.name), rows->failure == OK ? call_message(call) : "a cell it gave is no value");
}

/* --- asking -------------------------------------------------------------------------------------------------------- */

/* Key by key; rows of one key keep their order. */
static status sort_rows(const struct given_rows *rows, uint32_t keys, struct arena *arena, struct lookup_hits *hits)
{
    size_t    width = rows->columns * sizeof *rows->cell;
    uint32_t *next = ARENA_ARRAY(arena, uint32_t, keys + (size_t)2);

    TRY_NEW(next);
    TRY_NEW(hits->cell = arena_alloc(arena, rows->rows * width));
    for (uint32_t i = 0; i < rows->rows; i++)
        next[rows->key[i] + 2]++;
    for (uint32_t k = 2; k <= keys; k++)
        next[k] += next[k - 1];
    for (uint32_t i = 0; i < rows->rows; i++)
        memcpy(&hits->cell[(size_t)next[rows->key[i] + 1]++ * rows->columns],
               &rows->cell[(size_t)i * rows->columns], width);
    hits->from = next;
    return OK;
}

static status make_keys(const struct lookup_use *use, const struct lookup_keys *keys, struct arena *arena, spl_keys *out)
{
    const struct host_lookup *host = table_of(use->lookup)->host;
    const char              **match = arena_alloc(arena, use->matches * sizeof *match);
    const char              **output = arena_alloc(arena, use->outputs * sizeof *output);
    size_t                    values = (size_t)keys->count * use->matches;
    spl_cell                 *value = arena_alloc(arena, values * sizeof *value);

    TRY_NEW(match && output ? match : NULL);
    TRY_NEW(value);
    for (uint32_t i = 0; i < use->matches; i++)
        match[i] = host->column_text[use->match[i]];
    for (uint32_t i = 0; i < use->outputs; i++)
        output[i] = host->column_text[use->output[i]];
    for (size_t i = 0; i < values; i++)
        TRY(cell_give(&keys->value[i], arena, &value[i]));
    *out = (spl_keys){ sizeof *out, keys->count, match, use->matches, value, output, use->outputs, keys->time };
    return OK;
}

static status find(const struct lookup_use *use, const struct lookup_keys *keys, struct context *context,
                   struct arena *arena, struct lookup_hits *hits)
{
    const struct host_table *table = table_of(use->lookup);
    struct spl_call          call = call_make(context, arena);
    struct given_rows        rows = { .heap = context->heap, .arena = arena, .columns = use->outputs,
                                      .keys = keys->count };
    spl_keys                 asked;
    status                   result;

    TRY(make_keys(use, keys, arena, &asked));
    call.rows = &rows;
    result = outcome(table, context, &call, &rows, table->host->given.find(&call, table->host->given.host, &asked));
    if (result == OK)
        result = sort_rows(&rows, keys->count, arena, hits);
    rows_free(&rows);
    return result;
}

static status fill_columns(const struct given_rows *rows, uint32_t count, struct arena *arena, struct column **column)
{
    for (uint32_t i = 0; i < rows->columns; i++) {
        unsigned kinds = 0;

        TRY_NEW(column[i] = column_cells(arena, count, 0));
        for (uint32_t r = 0; r < count; r++) {
            column[i]->cell[r] = rows->cell[(size_t)r * rows->columns + i];
            kinds |= KINDS(column[i]->cell[r].kind);
        }
        column[i]->kinds = (uint8_t)kinds;
    }
    return OK;
}

static status rows(const struct lookup *lookup, uint64_t from, uint32_t most, struct context *context,
                   struct arena *arena, struct column **column, uint32_t *got)
{
    const struct host_table *table = table_of(lookup);
    struct spl_call          call = call_make(context, arena);
    struct given_rows        rows = { .heap = context->heap, .arena = arena, .columns = lookup->columns };
    status                   result;

    call.rows = &rows;
    result = outcome(table, context, &call, &rows, table->host->given.rows(&call, table->host->given.host, from));
    *got = rows.rows < most ? rows.rows : most;         /* what is too much is asked for again */
    if (result == OK && *got)
        result = fill_columns(&rows, *got, arena, column);
    rows_free(&rows);
    return result;
}

static void close(struct lookup *lookup)
{
    struct host_table *table = table_of(lookup);

    heap_free(table->heap, table->name, table->name_size);
    heap_free(table->heap, table, sizeof *table);
}

static void print(const struct lookup *lookup, struct buf *out)
{
    (void)lookup;
    buf_text(out, "the host program's");
}

static const struct lookup_kind host_kind = { .find = find, .rows = rows, .print = print, .close = close };
static const struct lookup_kind unlisted_kind = { .find = find, .print = print, .close = close };

status host_lookup_new(struct heap *heap, str name, const struct host_lookup *host, const struct lookup_settings *settings,
                       struct lookup **out)
{
    struct host_table *table;
    uint32_t           most = settings ? settings->max_matches : 0;
    bool               timed = host->given.flags & SPL_TIMED;

    if (settings && (settings->rules || settings->any_case || settings->filter.size || settings->time_field.size))
        return FAIL_MISUSE;
    TRY_NEW(table = heap_zero(heap, 1, sizeof *table));
    table->heap = heap;
    table->host = host;
    table->name_size = name.size + 1;
    table->name = heap_zero(heap, 1, table->name_size);
    if (!table->name) {
        heap_free(heap, table, sizeof *table);
        return FAIL_MEMORY;
    }
    memcpy(table->name, name.at, name.size);
    table->lookup = (struct lookup){
        .kind = host->given.rows ? &host_kind : &unlisted_kind, .name = { table->name, name.size }, .column = host->column,
        .columns = host->columns, .timed = timed, .max_matches = most ? most : timed ? 1 : 100,
        .min_matches = settings ? settings->min_matches : 0,
        .default_match = settings && settings->default_match.at ? settings->default_match : STR(""),
    };
    *out = &table->lookup;
    return OK;
}

/* --- adding -------------------------------------------------------------------------------------------------------- */

/* "a, b" as names. False: one is empty or there twice, or they are too many. */
static status read_columns(struct arena *arena, str text, struct host_lookup *own, bool *good)
{
    uint32_t most = 1;

    for (size_t i = 0; i < text.size; i++)
        most += text.at[i] == ',';
    *good = most <= COLUMNS_MOST;
    TRY_NEW(own->column = ARENA_ARRAY(arena, str, most));
    TRY_NEW(own->column_text = ARENA_ARRAY(arena, const char *, most));
    for (uint32_t i = 0; i < most && *good; i++) {
        size_t end = str_find(text, STR(","), 0);
        str    name = str_trim_blanks(end == SIZE_MAX ? text : str_slice(text, 0, end));

        text = end == SIZE_MAX ? STR("") : str_slice(text, end + 1, text.size);
        *good &= name.size > 0;
        for (uint32_t j = 0; j < i; j++)
            *good &= !str_equal(own->column[j], name);
        TRY_NEW((own->column[i] = arena_str(arena, name)).at);
        own->column_text[i] = own->column[i].at;
        own->columns++;
    }
    return OK;
}

static status add(struct lexicon *lexicon, const void *input, const char **wrong)
{
    const spl_lookup    *given = input;
    struct host_lookup  *own;
    struct table_source *source;
    str                  name;
    bool                 good;

    *wrong = given->size < sizeof *given ? "its size is not sizeof(spl_lookup)"
        : str_trim_blanks(str_of(given->name)).size == 0 ? "it has no name" : !given->find ? "it has no find" : NULL;
    if (*wrong)
        return FAIL_MISUSE;
    TRY_NEW(own = ARENA_NEW(&lexicon->arena, struct host_lookup));
    TRY_NEW(source = ARENA_NEW(&lexicon->arena, struct table_source));
    TRY_NEW((name = arena_str(&lexicon->arena, str_trim_blanks(str_of(given->name)))).at);
    own->given = *given;
    source->host = own;
    TRY(read_columns(&lexicon->arena, str_of(given->columns), own, &good));
    if (!good) {
        *wrong = "its columns are not at most 1000 different names with commas between";
        return FAIL_MISUSE;
    }
    TRY(map_put(&lexicon->tables, name, source));
    host_keep(lexicon, &own->hosted, given->host, given->drop);
    return OK;
}

spl_status spl_engine_add_host_lookup(spl_engine *engine, const spl_lookup *lookup, spl_error **err)
{
    return host_add(engine, "lookup", "bad-definition", add, lookup, err);
}
