#include "aggregate/kept.h"

status kept_set(struct kept *kept, struct cell value, struct arena *arena)
{
    if (value.kind == KIND_TEXT) {
        if (value.size > kept->room || !kept->text) {
            uint64_t room = ((uint64_t)value.size + (kept->text ? value.size / 2 : 0) + 16) & ~(uint64_t)15;
            if (room > UINT32_MAX)
                return FAIL_LIMIT;
            TRY_NEW(kept->text = arena_alloc(arena, room));
            kept->room = (uint32_t)room;
        }
        if (value.size)
            memcpy(kept->text, value.text, value.size);
        value.text = kept->text;
        value.flags = CELL_SOFT;
    }
    kept->cell = value;
    return OK;
}
