/* min and max of windows: of the values in sight only those can become the smallest that are smaller than all that came
 * after them. They stand in a queue, ascending, so that the first one is the result; a new value takes all behind it that
 * are not smaller out at the end. Each value comes and goes once. */
#include "command/running_window.h"

#include "value/list.h"
#include "value/number.h"
#include "value/order.h"

/* As min and max have it: numbers before all else, equal ones by their texts. */
static int compare(const struct cell *a, const struct cell *b)
{
    char   room_a[NUMBER_ROOM], room_b[NUMBER_ROOM];
    double left, right;
    bool   is_left = running_number(a, &left), is_right = running_number(b, &right);

    if (is_left != is_right)
        return is_left ? -1 : 1;
    if (is_left && left != right)
        return left < right ? -1 : 1;
    return str_compare(cell_show(a, room_a), cell_show(b, room_b));
}

static status push(struct heap *heap, struct running_extreme *extreme, const struct running_row *row,
                   const struct cell *cell, int sign)
{
    while (extreme->count && sign * compare(cell, extreme->item[extreme->from + extreme->count - 1].cell) <= 0)
        extreme->count--;
    if (extreme->from > extreme->count) {           /* moved at most once for each value that went */
        memmove(extreme->item, extreme->item + extreme->from, extreme->count * sizeof *extreme->item);
        extreme->from = 0;
    }
    if (!heap_grow(heap, &extreme->item, &extreme->room, extreme->from + extreme->count + 1, sizeof *extreme->item))
        return FAIL_MEMORY;
    extreme->item[extreme->from + extreme->count++] = (struct running_candidate){ row, cell };
    return OK;
}

status running_extremes_enter(struct heap *heap, struct running_slide *slide, unsigned wanted,
                              const struct running_row *row, const struct cell *cell)
{
    uint32_t           count;
    const struct cell *member = list_members(cell, &count);

    for (int side = 0; side < 2; side++) {
        const struct cell *best = member;
        int                sign = side ? -1 : 1;
        if (!(wanted >> side & 1) || count == 0)
            continue;
        for (uint32_t i = 1; i < count; i++)
            if (sign * compare(&member[i], best) < 0)
                best = &member[i];
        TRY(push(heap, &slide->extreme[side], row, best, sign));
    }
    return OK;
}

void running_extremes_leave(struct running_slide *slide, const struct running_row *row)
{
    for (int side = 0; side < 2; side++) {
        struct running_extreme *extreme = &slide->extreme[side];
        if (extreme->count == 0 || extreme->item[extreme->from].row != row)
            continue;
        extreme->from++;
        if (--extreme->count == 0)
            extreme->from = 0;
    }
}

void running_extremes_free(struct heap *heap, struct running_slide *slide)
{
    for (int side = 0; side < 2; side++)
        heap_free(heap, slide->extreme[side].item, slide->extreme[side].room * sizeof *slide->extreme[side].item);
}
