#include "api/lexicon.h"
#include "api/lookups.h"

#include "base/file.h"
#include "base/str.h"

enum { LIST_FILE_MOST = 256 << 20 };

/* --- life ---------------------------------------------------------------------------------------------------------- */

spl_status spl_engine_new(const spl_allocator *memory, spl_engine **out)
{
    struct heap        heap;
    struct spl_engine *engine;
    status             result;

    *out = NULL;
    if (memory && (memory->size < sizeof *memory || !memory->resize))
        return FAIL_MISUSE;
    heap_init(&heap, memory ? memory->resize : NULL, memory ? memory->host : NULL, 0);
    engine = heap.resize(heap.host, NULL, 0, sizeof *engine);       /* not counted: it holds the count */
    TRY_NEW(engine);
    memset(engine, 0, sizeof *engine);
    heap_init(&engine->heap, heap.resize, heap.host, 0);
    atomic_store(&engine->references, 1);
    settings_init(&engine->settings, &engine->heap);
    result = mutex_init(&engine->lock);
    if (result != OK) {
        heap.resize(heap.host, engine, sizeof *engine, 0);
        return result;
    }
    result = tables_init(&engine->tables, &engine->heap);
    if (result != OK) {
        mutex_free(&engine->lock);
        heap.resize(heap.host, engine, sizeof *engine, 0);
        return result;
    }
    result = lexicon_new(&engine->heap, &engine->lexicon);
    if (result != OK)
        engine_release(engine);
    else
        *out = engine;
    return result;
}

struct spl_engine *engine_retain(const struct spl_engine *engine)
{
    struct spl_engine *mine = (struct spl_engine *)engine;      /* counting does not change what it means */

    atomic_fetch_add_explicit(&mine->references, 1, memory_order_relaxed);
    return mine;
}

void engine_release(struct spl_engine *engine)
{
    if (!engine || atomic_fetch_sub_explicit(&engine->references, 1, memory_order_acq_rel) != 1)
        return;
    lexicon_release(engine->lexicon);
    settings_free(&engine->settings);
    tables_free(&engine->tables);
    mutex_free(&engine->lock);
    engine->heap.resize(engine->heap.host, engine, sizeof *engine, 0);
}

void spl_engine_free(spl_engine *engine)
{
    engine_release(engine);
}

spl_status spl_engine_set(spl_engine *engine, const char *option, const char *value, spl_error **err)
{
    struct diag diag;
    status      result;

    diag_init(&diag, &engine->heap);
    mutex_lock(&engine->lock);
    result = settings_set(&engine->settings, str_of(option), str_of(value), false, &diag);
    mutex_unlock(&engine->lock);
    if (result != OK)
        error_from(engine, NULL, result, &diag, err);
    diag_free(&diag);
    return result;
}

/* --- value lists --------------------------------------------------------------------------------------------------- */

static status add_list(struct lexicon *lexicon, str name, str text, char separator)
{
    struct value_list *list = ARENA_NEW(&lexicon->arena, struct value_list);
    struct cell       *cell;
    uint32_t           room = 1;

    name = arena_str(&lexicon->arena, name);
    text = arena_str(&lexicon->arena, text);
    if (!list || !name.at || !text.at || text.size > UINT32_MAX - 2)
        return FAIL_MEMORY;
    for (size_t i = 0; i < text.size; i++)
        room += text.at[i] == separator;
    TRY_NEW(cell = ARENA_ARRAY(&lexicon->arena, struct cell, room));
    for (size_t at = 0; at <= text.size;) {
        const char *end = memchr(text.at + at, separator, text.size - at);
        size_t      to = end ? (size_t)(end - text.at) : text.size;
        str         value = str_trim_blanks(str_slice(text, at, to));
        if (value.size)
            cell[list->count++] = cell_field_text(value);
        at = to + 1;
    }
    list->cell = cell;
    return map_put(&lexicon->lists, name, list);
}

static status change_list(struct spl_engine *engine, str name, str text, char separator)
{
    struct lexicon *lexicon;
    status        result;

    mutex_lock(&engine->lock);
    result = lexicon_change(engine, &lexicon);
    if (result == OK)
        result = add_list(lexicon, name, text, separator);
    mutex_unlock(&engine->lock);
    return result;
}

spl_status spl_engine_add_list(spl_engine *engine, const char *name, const char *values, spl_error **err)
{
    if (!*name)
        return error_new(engine, FAIL_MISUSE, err, "bad-definition", "a list needs a name");
    return change_list(engine, str_of(name), str_of(values), ',') == OK ? OK : error_out_of_memory(err);
}

spl_status spl_engine_add_list_file(spl_engine *engine, const char *name, const char *path, spl_error **err)
{
    struct buf text;
    str        lines;
    status     result;

    buf_init(&text, &engine->heap);
    result = file_read(path, LIST_FILE_MOST, &text);
    lines = buf_str(&text);
    if (str_starts(lines, STR("\xef\xbb\xbf")))
        lines = str_slice(lines, 3, lines.size);        /* a byte order mark is no part of the first value */
    if (result == OK)
        result = change_list(engine, str_of(name), lines, '\n');
    buf_free(&text);
    if (result == OK)
        return OK;
    if (result == FAIL_MEMORY)
        return error_out_of_memory(err);
    return error_new(engine, result, err, "unreadable", "cannot read '%.300s'", path);
}
