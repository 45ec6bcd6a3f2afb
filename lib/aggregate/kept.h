/* A value that a state holds on to: its text is copied, and the room used again when a later one fits. */
#pragma once

#include "base/arena.h"
#include "base/status.h"
#include "value/cell.h"

struct kept {
    struct cell cell;                   /* null: nothing yet */
    uint32_t    room;                   /* bytes at the text of `cell`, or of the text it had */
    uint32_t    note;                   /* the holder's */
    char       *text;
};

status kept_set(struct kept *kept, struct cell value, struct arena *arena);
