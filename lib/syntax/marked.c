#include "syntax/marked.h"

#include "base/search.h"
#include "syntax/expand.h"

void marked_init(struct marked *marked, struct heap *heap)
{
    *marked = (struct marked){ .piece = NULL };
    buf_init(&marked->text, heap);
}

void marked_free(struct marked *marked)
{
    heap_free(marked->text.heap, marked->piece, marked->capacity * sizeof *marked->piece);
    buf_free(&marked->text);
}

status marked_put(struct marking *marking, struct marked *to, str text, uint32_t frame, uint32_t offset)
{
    struct source_piece *last = to->pieces ? &to->piece[to->pieces - 1] : NULL;

    if (text.size == 0)
        return OK;
    marking->made += text.size;
    if (marking->made > EXPAND_BYTES)
        return diag_at(marking->diag, FAIL_QUERY, (struct span){ 0, 0 }, "macro-size",
                       "the macros expand to more than %d MB", EXPAND_BYTES >> 20);
    if (!last || last->frame != frame || last->offset + (to->text.size - last->at) != offset) {
        if (!heap_grow(marking->heap, &to->piece, &to->capacity, to->pieces + 1, sizeof *to->piece))
            return FAIL_MEMORY;
        to->piece[to->pieces++] = (struct source_piece){ (uint32_t)to->text.size, frame, offset };
    }
    buf_put(&to->text, text);
    return buf_status(&to->text);
}

uint32_t marked_piece(const struct marked *marked, uint32_t at)
{
    return search_last_u32(&marked->piece->at, sizeof *marked->piece, marked->pieces, at);
}

status marked_put_part(struct marking *marking, struct marked *to, const struct marked *in, uint32_t from,
                       uint32_t end)
{
    for (uint32_t i = from < end ? marked_piece(in, from) : 0; from < end; i++) {
        uint32_t stop = i + 1 < in->pieces && in->piece[i + 1].at < end ? in->piece[i + 1].at : end;
        TRY(marked_put(marking, to, str_slice(buf_str(&in->text), from, stop), in->piece[i].frame,
                      in->piece[i].offset + (from - in->piece[i].at)));
        from = stop;
    }
    return OK;
}
