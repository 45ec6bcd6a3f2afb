#include "read/worker.h"

#include "read/formats.h"

static const struct projection everything = { .all = true, .raw = true, .time = true };

static void worker_free(struct worker *worker)
{
    struct heap *heap = worker->input->reading->heap;

    builder_free(&worker->builder);
    paths_free(&worker->paths);
    paths_free(&worker->full);
    xml_reader_free(heap, worker->xml);
    heap_free(heap, worker->place, worker->place_room * sizeof *worker->place);
    heap_free(heap, worker->backslash, worker->backslash_room);
    heap_free(heap, worker->column, worker->column_room * sizeof *worker->column);
    heap_free(heap, worker, sizeof *worker);
}

static status worker_new(struct input *input, bool all, struct worker **out)
{
    struct heap   *heap = input->reading->heap;
    struct worker *worker = heap_zero(heap, 1, sizeof *worker);
    bool           bare = !kv_reads_json(input->reading->kv_mode) && !input->format->columns;
    status         failure;

    TRY_NEW(worker);
    worker->input = input;
    worker->all = all;
    worker->own_text = reads_own_text(input);
    worker->index = index_level(input->reading->cpu);
    worker->newlines = count_level(input->reading->cpu);
    failure = builder_init(&worker->builder, input, all ? &everything : &input->reading->projection);
    if (failure == OK)
        failure = paths_init(&worker->paths, &worker->builder, bare);
    if (failure == OK)
        failure = paths_init(&worker->full, &worker->builder, false);
    if (failure != OK) {
        worker_free(worker);
        return failure;
    }
    worker->walk.paths = &worker->paths;
    worker->walk.builder = &worker->builder;
    *out = worker;
    return OK;
}

status worker_take(struct input *input, bool all, struct worker **out)
{
    mutex_lock(&input->lock);
    *out = input->idle[all];
    if (*out)
        input->idle[all] = (*out)->next;
    mutex_unlock(&input->lock);
    return *out ? OK : worker_new(input, all, out);
}

void worker_give(struct input *input, struct worker *worker)
{
    worker->table = STR("");
    builder_abandon(&worker->builder);
    mutex_lock(&input->lock);
    worker->next = input->idle[worker->all];
    input->idle[worker->all] = worker;
    mutex_unlock(&input->lock);
}

void workers_free(struct input *input)
{
    for (int all = 0; all < 2; all++)
        while (input->idle[all]) {
            struct worker *worker = input->idle[all];
            input->idle[all] = worker->next;
            worker_free(worker);
        }
}

status worker_reserve(struct worker *worker, size_t places, size_t bytes)
{
    struct heap *heap = worker->input->reading->heap;

    if (places > UINT32_MAX / 8 || bytes > UINT32_MAX)
        return FAIL_MEMORY;
    if (places > worker->place_room
        && !heap_grow(heap, &worker->place, &worker->place_room, (uint32_t)places, sizeof *worker->place))
        return FAIL_MEMORY;
    if (bytes / 64 + 2 > worker->backslash_room
        && !heap_grow(heap, &worker->backslash, &worker->backslash_room, (uint32_t)(bytes / 64 + 2), 1))
        return FAIL_MEMORY;
    worker->walk.backslash = worker->backslash;
    return OK;
}

void bad_line(struct block_result *result, const struct block *block, uint64_t line, const char *reason)
{
    size_t size = strlen(reason);

    if (result->bad.count++)
        return;
    result->bad.block = block->number;
    result->bad.line = line;
    if (size >= sizeof result->bad.reason)
        size = sizeof result->bad.reason - 1;
    memcpy(result->bad.reason, reason, size);
    result->bad.reason[size] = 0;
}

void bad_record(const struct worker *worker, struct block_result *result, const struct block *block, const char *at,
                const char *reason)
{
    uint64_t line = result->bad.count ? 0       /* only the first is told */
        : result->lines + worker->newlines(block->bytes, (size_t)(at - block->bytes));

    bad_line(result, block, line, reason);
}
