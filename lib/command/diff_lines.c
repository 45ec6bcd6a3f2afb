#include "command/diff_lines.h"

static status cut_lines(str text, struct arena *arena, const str **out, uint32_t *count)
{
    uint32_t most = 1;
    str     *line;

    for (size_t i = 0; i < text.size; i++)
        most += text.at[i] == '\n';
    TRY_NEW(line = ARENA_ARRAY(arena, str, most));
    *count = 0;
    for (size_t from = 0, to; from < text.size; from = to + 1) {
        for (to = from; to < text.size && text.at[to] != '\n';)
            to++;
        line[*count] = str_slice(text, from, to);
        if (line[*count].size && line[*count].at[line[*count].size - 1] == '\r')
            line[*count].size--;
        (*count)++;
    }
    *out = line;
    return OK;
}

struct edit {                           /* the part of the texts that is not the same at both ends */
    const str *line[2];
    int32_t    lines[2];
    int32_t   *reach;                   /* by diagonal, DIFF_MOST + 1 to either side: how far in the first text */
    int32_t  **trace;                   /* by number of differences: `reach` as it was before, from -d to d */
};

static int32_t slide(const struct edit *edit, int32_t x, int32_t diagonal)
{
    while (x < edit->lines[0] && x - diagonal < edit->lines[1] && str_equal(edit->line[0][x], edit->line[1][x - diagonal]))
        x++;
    return x;
}

/* Is the diagonal reached by inserting, from the one above, or by deleting? */
static bool inserts(const int32_t *middle, int32_t diagonal, int32_t d)
{
    return diagonal == -d || (diagonal != d && middle[diagonal - 1] < middle[diagonal + 1]);
}

/* The number of differences; -1: too many. */
static status find_differences(struct edit *edit, struct arena *arena, int32_t *out)
{
    int32_t *middle = edit->reach + DIFF_MOST + 1;

    for (int32_t d = 0; d <= DIFF_MOST; d++) {
        TRY_NEW(edit->trace[d] = arena_alloc(arena, (2 * (size_t)d + 3) * sizeof(int32_t)));
        memcpy(edit->trace[d], middle - d - 1, (2 * (size_t)d + 3) * sizeof(int32_t));
        for (int32_t diagonal = -d; diagonal <= d; diagonal += 2) {
            int32_t x = inserts(middle, diagonal, d) ? middle[diagonal + 1] : middle[diagonal - 1] + 1;

            if (x - diagonal > edit->lines[1] || x > edit->lines[0]) {
                middle[diagonal] = x;
                continue;
            }
            middle[diagonal] = slide(edit, x, diagonal);
            if (middle[diagonal] >= edit->lines[0] && middle[diagonal] - diagonal >= edit->lines[1]) {
                *out = d;
                return OK;
            }
        }
    }
    *out = -1;
    return OK;
}

/* Marks the lines that are the same, from the end backwards. */
static void walk_back(const struct edit *edit, int32_t differences, uint8_t *kept[2])
{
    int32_t x = edit->lines[0], y = edit->lines[1];

    for (int32_t d = differences; d >= 0; d--) {
        const int32_t *middle = edit->trace[d] + d + 1;
        int32_t        diagonal = x - y, before = 0, start = 0;

        if (d > 0) {
            before = inserts(middle, diagonal, d) ? diagonal + 1 : diagonal - 1;
            start = inserts(middle, diagonal, d) ? middle[before] : middle[before] + 1;
        }
        while (x > start) {
            x--;
            y--;
            kept[0][x] = kept[1][y] = 1;
        }
        if (d > 0) {
            x = middle[before];
            y = x - before;
        }
    }
}

static status mark_same(struct diff_lines *diff, uint32_t begin, uint32_t end, struct arena *arena, uint8_t *kept[2])
{
    struct edit edit = { .line = { diff->line[0] + begin, diff->line[1] + begin },
                         .lines = { (int32_t)(diff->lines[0] - begin - end), (int32_t)(diff->lines[1] - begin - end) } };
    uint8_t    *inside[2] = { kept[0] + begin, kept[1] + begin };
    int32_t     differences;

    memset(kept[0], 1, begin);
    memset(kept[1], 1, begin);
    memset(kept[0] + diff->lines[0] - end, 1, end);
    memset(kept[1] + diff->lines[1] - end, 1, end);
    if (edit.lines[0] == 0 || edit.lines[1] == 0)
        return OK;
    TRY_NEW(edit.reach = ARENA_ARRAY(arena, int32_t, 2 * (DIFF_MOST + 2)));
    TRY_NEW(edit.trace = ARENA_ARRAY(arena, int32_t *, DIFF_MOST + 1));
    TRY(find_differences(&edit, arena, &differences));
    if (differences >= 0)
        walk_back(&edit, differences, inside);
    return OK;
}

static void list_steps(struct diff_lines *diff, uint8_t *const kept[2], struct diff_step *step)
{
    uint32_t at[2] = { 0, 0 };

    while (at[0] < diff->lines[0] || at[1] < diff->lines[1]) {
        struct diff_step *next = &step[diff->steps++];

        next->same = at[0] < diff->lines[0] && at[1] < diff->lines[1] && kept[0][at[0]] && kept[1][at[1]];
        for (unsigned i = 0; i < 2; i++) {
            next->from[i] = at[i];
            while (at[i] < diff->lines[i] && (kept[i][at[i]] != 0) == next->same)
                at[i]++;
            next->to[i] = at[i];
        }
        if (next->same) {               /* one may have more of them in a row */
            uint32_t count[2] = { next->to[0] - next->from[0], next->to[1] - next->from[1] };
            uint32_t least = count[0] < count[1] ? count[0] : count[1];
            for (unsigned i = 0; i < 2; i++)
                at[i] = next->to[i] = next->from[i] + least;
        }
    }
    diff->step = step;
}

status diff_lines(str left, str right, struct arena *arena, struct diff_lines *out)
{
    uint32_t          least, begin = 0, end = 0;
    uint8_t          *kept[2];
    struct diff_step *step;

    *out = (struct diff_lines){ 0 };
    TRY(cut_lines(left, arena, &out->line[0], &out->lines[0]));
    TRY(cut_lines(right, arena, &out->line[1], &out->lines[1]));
    least = out->lines[0] < out->lines[1] ? out->lines[0] : out->lines[1];
    while (begin < least && str_equal(out->line[0][begin], out->line[1][begin]))
        begin++;
    while (end < least - begin && str_equal(out->line[0][out->lines[0] - 1 - end], out->line[1][out->lines[1] - 1 - end]))
        end++;
    for (unsigned i = 0; i < 2; i++)
        TRY_NEW(kept[i] = ARENA_ARRAY(arena, uint8_t, out->lines[i] + (size_t)1));
    TRY(mark_same(out, begin, end, arena, kept));
    TRY_NEW(step = ARENA_ARRAY(arena, struct diff_step, out->lines[0] + (size_t)out->lines[1] + 1));
    list_steps(out, kept, step);
    return OK;
}
