#include "flow/notes.h"

void notes_init(struct notes *notes, struct heap *heap)
{
    notes->count = 0;
    arena_init(&notes->arena, heap);
}

void notes_free(struct notes *notes)
{
    arena_free(&notes->arena);
    notes->count = 0;
}

/* A note that finds no memory is lost: it is no reason to fail. */
void notes_add(struct notes *notes, const char *code, str message, uint64_t count, uint64_t order)
{
    uint32_t i = 0;

    while (i < notes->count && notes->note[i].code != code && !str_is(str_of(code), notes->note[i].code))
        i++;
    if (i == NOTES_MOST)
        return;
    if (i == notes->count) {
        notes->note[i] = (struct note){ .code = code };
        notes->count++;
    }
    if (notes->note[i].count == 0 || order < notes->order[i]) {
        str kept = arena_str(&notes->arena, str_slice(message, 0, message.size < 400 ? message.size : 400));

        notes->note[i].message = kept.at ? kept : STR("");
        notes->order[i] = order;
    }
    notes->note[i].count += count;
}

void notes_merge(struct notes *into, const struct notes *from)
{
    for (uint32_t i = 0; i < from->count; i++)
        notes_add(into, from->note[i].code, from->note[i].message, from->note[i].count, from->order[i]);
}

bool note_is_of_input(const struct note *note)
{
    return str_is(str_of(note->code), "bad-lines") || str_is(str_of(note->code), "long-lines");
}

void notes_raise(struct notes *notes, const struct note *note)
{
    for (uint32_t i = 0; i < notes->count; i++) {
        if (!str_is(str_of(note->code), notes->note[i].code))
            continue;
        if (notes->note[i].count >= note->count)
            return;
        notes->note[i].count = 0;           /* so that the message changes, too */
    }
    notes_add(notes, note->code, note->message, note->count, 0);
}
