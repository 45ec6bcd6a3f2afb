/* Texts of subsearches in the place of their brackets, and of searches in that of commands that stand for them: they are
 * places like those inside macros. */
#include "syntax/source.h"

#include "base/search.h"

struct changer {
    const struct source *of;
    struct source       *out;
    char                *text;
    uint32_t             size;
};

/* The piece of the old text that the byte `at` is in. */
static uint32_t piece_of(const struct source *of, uint32_t at)
{
    return search_last_u32(&of->piece->at, sizeof *of->piece, of->pieces, at);
}

static void put_piece(struct changer *changer, uint32_t frame, uint32_t offset)
{
    changer->out->piece[changer->out->pieces++] = (struct source_piece){ changer->size, frame, offset };
}

/* Bytes [from, to) of the old text, with their origins. */
static void put_old(struct changer *changer, uint32_t from, uint32_t to)
{
    const struct source *of = changer->of;

    if (from >= to)
        return;
    if (of->pieces == 0)
        put_piece(changer, 0, from);
    for (uint32_t i = of->pieces ? piece_of(of, from) : 0; i < of->pieces && of->piece[i].at < to; i++) {
        uint32_t skipped = from > of->piece[i].at ? from - of->piece[i].at : 0;

        put_piece(changer, of->piece[i].frame, of->piece[i].offset + skipped);
        changer->out->piece[changer->out->pieces - 1].at = changer->size + of->piece[i].at + skipped - from;
    }
    memcpy(changer->text + changer->size, of->expanded.at + from, to - from);
    changer->size += to - from;
}

/* A frame for the text; the call is where the brackets were, if they were in one piece. */
static void put_new(struct changer *changer, const struct source_change *change)
{
    const struct source *of = changer->of;
    struct source_frame *frame = &changer->out->frame[changer->out->frames];
    uint32_t             size = change->span.to - change->span.from;

    *frame = (struct source_frame){ .name = STR("subsearch"), .offset = change->span.from, .size = size, .subsearch = true };
    if (change->name.size) {
        frame->name = change->name;
        frame->subsearch = false;
        frame->command = true;
    }
    if (of->pieces) {
        const struct source_piece *piece = &of->piece[piece_of(of, change->span.from)];

        frame->parent = piece->frame;
        frame->offset = piece->offset + (change->span.from - piece->at);
        if (piece_of(of, change->span.to - 1) != (uint32_t)(piece - of->piece))
            frame->size = 1;
    }
    frame->definition = str_make(changer->text + changer->size, change->text.size);
    if (change->text.size == 0)
        return;
    put_piece(changer, changer->out->frames++, 0);
    memcpy(changer->text + changer->size, change->text.at, change->text.size);
    changer->size += (uint32_t)change->text.size;
}

status source_change(struct arena *arena, const struct source *of, const struct source_change *change, uint32_t count,
                     struct source *out)
{
    struct changer changer = { .of = of, .out = out };
    size_t         size = of->expanded.size, frames = of->frames ? of->frames : 1;
    uint32_t       at = 0;

    for (uint32_t i = 0; i < count; i++)
        size += change[i].text.size;
    if (size > UINT32_MAX / 2)
        return FAIL_LIMIT;
    *out = (struct source){ .text = of->text, .frames = (uint32_t)frames };
    TRY_NEW(changer.text = arena_alloc(arena, size));
    TRY_NEW(out->frame = ARENA_ARRAY(arena, struct source_frame, frames + count));
    TRY_NEW(out->piece = ARENA_ARRAY(arena, struct source_piece, of->pieces + 2 * (size_t)count + 2));
    if (of->frames)
        memcpy(out->frame, of->frame, of->frames * sizeof *out->frame);
    for (uint32_t i = 0; i < count; i++) {
        put_old(&changer, at, change[i].span.from);
        put_new(&changer, &change[i]);
        at = change[i].span.to;
    }
    put_old(&changer, at, (uint32_t)of->expanded.size);
    out->expanded = str_make(changer.text, changer.size);
    return OK;
}

uint32_t source_moved(const struct source_change *change, uint32_t count, uint32_t at)
{
    uint32_t moved = at;

    for (uint32_t i = 0; i < count && change[i].span.to <= at; i++)
        moved += (uint32_t)change[i].text.size - (change[i].span.to - change[i].span.from);
    return moved;
}

status source_copy(struct arena *arena, const struct source *of, struct source *out)
{
    *out = *of;
    TRY_NEW((out->text = arena_str(arena, of->text)).at);
    TRY_NEW((out->expanded = arena_str(arena, of->expanded)).at);
    TRY_NEW(out->frame = ARENA_ARRAY(arena, struct source_frame, of->frames + (size_t)1));
    TRY_NEW(out->piece = ARENA_ARRAY(arena, struct source_piece, of->pieces + (size_t)1));
    for (uint32_t i = 0; i < of->frames; i++) {
        out->frame[i] = of->frame[i];
        TRY_NEW((out->frame[i].name = arena_str(arena, of->frame[i].name)).at);
        TRY_NEW((out->frame[i].definition = arena_str(arena, of->frame[i].definition)).at);
    }
    if (of->pieces)
        memcpy(out->piece, of->piece, of->pieces * sizeof *out->piece);
    return OK;
}
