#include "flow/kept.h"

enum { CHUNK = 256 * 1024 };

void kept_init(struct kept *kept, struct heap *heap, uint64_t room, const char *folder, struct diag *diag)
{
    *kept = (struct kept){ .heap = heap, .room = room };
    spool_init(&kept->spool, folder, diag);
}

void kept_free(struct kept *kept)
{
    for (uint32_t i = 0; i < kept->chunks; i++)
        heap_free(kept->heap, kept->chunk[i], CHUNK);
    heap_free(kept->heap, kept->chunk, kept->chunk_room * sizeof *kept->chunk);
    kept->chunks = 0;
    spool_free(&kept->spool);
}

static status add_chunk(struct kept *kept)
{
    if (!heap_grow(kept->heap, &kept->chunk, &kept->chunk_room, kept->chunks + 1, sizeof *kept->chunk))
        return FAIL_MEMORY;
    TRY_NEW(kept->chunk[kept->chunks] = heap_alloc(kept->heap, CHUNK));
    kept->chunks++;
    return OK;
}

status kept_put(struct kept *kept, str bytes)
{
    if (spool_can(&kept->spool) && (kept->size > kept->in_memory || kept->size + bytes.size > kept->room)) {
        TRY(spool_put(&kept->spool, bytes, NULL));
        kept->size += bytes.size;
        return OK;
    }
    while (bytes.size) {
        size_t at = kept->in_memory % CHUNK, part = bytes.size < CHUNK - at ? bytes.size : CHUNK - at;

        if (at == 0)
            TRY(add_chunk(kept));
        memcpy(kept->chunk[kept->chunks - 1] + at, bytes.at, part);
        bytes = str_slice(bytes, part, bytes.size);
        kept->size += part;
        kept->in_memory += part;
    }
    return OK;
}

status kept_get(const struct kept *kept, uint64_t at, char *to, size_t size, size_t *got)
{
    if (at >= kept->in_memory) {
        *got = kept->size - at < size ? (size_t)(kept->size - at) : size;
        return *got ? spool_get(&kept->spool, at - kept->in_memory, to, *got) : OK;
    }
    *got = CHUNK - at % CHUNK;
    if (*got > kept->in_memory - at)
        *got = (size_t)(kept->in_memory - at);
    if (*got > size)
        *got = size;
    memcpy(to, kept->chunk[at / CHUNK] + at % CHUNK, *got);
    return OK;
}
