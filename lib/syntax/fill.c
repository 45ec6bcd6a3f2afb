#include "syntax/fill.h"

#include "base/buf.h"
#include "base/search.h"

enum { FILLED_MOST = 1 << 28 };

/* The longest word that begins here, or NULL. */
static const struct fill_word *word_at(str rest, const struct fill_word *word, uint32_t words)
{
    const struct fill_word *best = NULL;

    for (uint32_t i = 0; i < words; i++)
        if (word[i].word.size && str_starts(rest, word[i].word) && (!best || word[i].word.size > best->word.size))
            best = &word[i];
    return best;
}

static status add_piece(struct heap *heap, struct filled *out, uint32_t *room, struct fill_piece piece)
{
    if (!heap_grow(heap, &out->piece, room, out->pieces + 1, sizeof *out->piece))
        return FAIL_MEMORY;
    out->piece[out->pieces++] = piece;
    return OK;
}

/* From template byte `from` to `to`, as it stands. */
static status copy_part(struct buf *text, struct filled *out, uint32_t *room, size_t from, size_t to)
{
    if (from == to)
        return OK;
    TRY(add_piece(text->heap, out, room, (struct fill_piece){ (uint32_t)text->size, (uint32_t)from, 0 }));
    buf_put(text, str_slice(out->template.text, from, to));
    return buf_status(text);
}

static status fill_text(struct buf *text, const struct fill_word *word, uint32_t words, struct filled *out, uint32_t *room)
{
    str    template = out->template.text;
    size_t done = 0;

    for (size_t at = 0; at < template.size;) {
        const struct fill_word *found = word_at(str_slice(template, at, template.size), word, words);

        if (!found) {
            at++;
            continue;
        }
        TRY(copy_part(text, out, room, done, at));
        TRY(add_piece(text->heap, out, room, (struct fill_piece){ (uint32_t)text->size, (uint32_t)at,
                                                                  (uint32_t)found->word.size }));
        buf_put(text, found->value);
        TRY(buf_status(text));
        if (text->size > FILLED_MOST)
            return FAIL_LIMIT;
        done = at += found->word.size;
    }
    return copy_part(text, out, room, done, template.size);
}

status fill(struct arena *arena, struct passage template, const struct fill_word *word, uint32_t words, struct filled *out)
{
    struct buf         text;
    struct filled      made = { .template = template };
    uint32_t           room = 0;
    status             result;

    buf_init(&text, arena->heap);
    result = fill_text(&text, word, words, &made, &room);
    *out = made;
    if (result == OK) {
        out->text = arena_str(arena, buf_str(&text));
        out->piece = ARENA_ARRAY(arena, struct fill_piece, made.pieces + 1);
        if (!out->text.at || !out->piece)
            result = FAIL_MEMORY;
        else if (made.pieces)
            memcpy(out->piece, made.piece, made.pieces * sizeof *made.piece);
    }
    heap_free(arena->heap, made.piece, room * sizeof *made.piece);
    buf_free(&text);
    return result;
}

/* The bytes of the template that a byte of the text goes back to; `at` may be the end of the text. */
static struct span origin_of(const struct filled *filled, uint32_t at)
{
    const struct fill_piece *piece = filled->piece + search_last_u32(&filled->piece->at, sizeof *filled->piece,
                                                                     filled->pieces, at);

    if (piece->size)
        return (struct span){ piece->from, piece->from + piece->size };
    return (struct span){ piece->from + (at - piece->at), piece->from + (at - piece->at) + 1 };
}

struct span filled_place(const struct filled *filled, struct span at)
{
    const struct passage *template = &filled->template;
    struct span           first, last;

    if (template->copied || filled->pieces == 0)
        return template->span;
    first = origin_of(filled, at.from);
    last = at.to > at.from ? origin_of(filled, at.to - 1) : (struct span){ first.from, first.from };
    if (first.from > template->text.size)
        first.from = (uint32_t)template->text.size;
    if (last.to < first.from)
        last.to = first.from;
    return (struct span){ template->span.from + first.from, template->span.from + last.to };
}

void filled_report(const struct filled *filled, const struct diag *from, struct diag *out)
{
    for (uint32_t i = 0; i < from->count; i++) {
        const struct diagnostic *one = &from->item[i];
        struct span              place = filled_place(filled, one->span);

        if (one->severity == SEVERITY_ERROR)
            diag_at(out, OK, place, one->code, "%.*s", (int)one->message.size, one->message.at);
        else if (one->severity == SEVERITY_WARNING)
            diag_warn(out, place, one->code, "%.*s", (int)one->message.size, one->message.at);
        else
            diag_note(out, place, one->code, "%.*s", (int)one->message.size, one->message.at);
        if (one->hint.size)
            diag_hint(out, "%.*s", (int)one->hint.size, one->hint.at);
    }
}
