/* Multivalues. A scalar counts as a list of one everywhere here; empty results are null, one value is a
 * scalar. */
#include "base/map.h"
#include "function/loop.h"
#include "time/relative.h"
#include "time/span.h"
#include "time/zone.h"
#include "value/number.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_RANGE = 1000000 };

static status new_list(struct call *call, uint32_t count, struct cell **out)
{
    *out = arena_alloc(call->arena, (size_t)(count + 1) * sizeof **out);
    return *out ? OK : FAIL_MEMORY;
}

static status mvcount_row(struct call *call, const struct cell *arg, struct cell *out)
{
    uint32_t count;

    list_members(&arg[0], &count);
    return give(out, count ? cell_number(count) : cell_null());
}

COLUMN_BODY(mvcount, 0, LOOP_ANY, numbers)

/* An index, negative from the end; false if it is no whole number. */
static inline bool index_of(const struct cell *cell, uint32_t count, double *out)
{
    double number = cell->number;

    if (cell->kind != KIND_NUMBER && !cell_reads_number(cell, &number))
        return false;
    if (fabs(number) < 1e9 ? number != (int32_t)number : number != floor(number))
        return false;
    *out = number < 0 ? number + count : number;
    return true;
}

static ALWAYS_INLINE status mvindex_row(struct call *call, const struct cell *arg, struct cell *out)
{
    uint32_t           count;
    const struct cell *member = list_members(&arg[0], &count);
    double             from, to;

    if (!index_of(&arg[1], count, &from))
        return give(out, cell_null());
    if (call->count == 2)
        return give(out, from >= 0 && from < count ? member[(uint32_t)from] : cell_null());
    if (!index_of(&arg[2], count, &to))
        return give(out, cell_null());
    if (from < 0)
        from = 0;
    if (to >= count)
        to = count - 1;
    if (from >= count || from > to)
        return give(out, cell_null());
    return give(out, list_value(member + (uint32_t)from, (uint32_t)(to - from) + 1));
}

COLUMN_BODY(mvindex, 0, LOOP_ANY, cells)

static status mvjoin_row(struct call *call, const struct cell *arg, struct cell *out)
{
    uint32_t           count;
    const struct cell *member = list_members(&arg[0], &count);
    char               room[NUMBER_ROOM];
    struct buf         buf;

    if (arg[1].kind != KIND_TEXT)               /* several values */
        return give(out, cell_null());
    if (arg[0].kind == KIND_TEXT)
        return give(out, cell_text(cell_str(&arg[0])));
    take_buf(call, &buf);
    for (uint32_t i = 0; i < count; i++) {
        if (i)
            buf_put(&buf, cell_str(&arg[1]));
        buf_put(&buf, cell_show(&member[i], room));
    }
    return give_buf(call, out, &buf);
}

COLUMN_BODY(mvjoin, 0, LOOP_ANY, cells)

static status mvreverse_row(struct call *call, const struct cell *arg, struct cell *out)
{
    uint32_t           count;
    const struct cell *member = list_members(&arg[0], &count);
    struct cell       *list;

    TRY(new_list(call, count, &list));
    for (uint32_t i = 0; i < count; i++)
        list[i] = member[count - 1 - i];
    return give(out, list_value(list, count));
}

static bool is_among(str text, const struct cell *member, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (str_equal(cell_str(&member[i]), text))
            return true;
    return false;
}

static status mvdedup_row(struct call *call, const struct cell *arg, struct cell *out)
{
    enum { FEW = 16 };          /* so many are compared with one another sooner than a table of them is made */
    uint32_t           count, kept = 0;
    const struct cell *member = list_members(&arg[0], &count);
    struct cell       *text, *list;
    struct map         seen;
    status             done = OK;

    if (count == 1)
        return give(out, arg[0]);
    TRY(texts_of(call, member, count, &text));
    TRY(new_list(call, count, &list));
    if (count <= FEW) {
        for (uint32_t i = 0; i < count; i++)
            if (!is_among(cell_str(&text[i]), text, i))
                list[kept++] = member[i];
        return give(out, list_value(list, kept));
    }
    map_init(&seen, call->context->heap);
    for (uint32_t i = 0; i < count && done == OK; i++)
        if (!map_find(&seen, cell_str(&text[i]))) {
            list[kept++] = member[i];
            done = map_put(&seen, cell_str(&text[i]), NULL);
        }
    map_free(&seen);
    *out = list_value(list, kept);
    return done;
}

COLUMN_BODY(mvdedup, 0, LOOP_ANY, cells)

static int by_bytes(const void *a, const void *b)
{
    return str_compare(cell_str(a), cell_str(b));
}

/* Never numerically: 10 comes before 9. Equal texts are the same, so the sort need not be stable. */
static status mvsort_row(struct call *call, const struct cell *arg, struct cell *out)
{
    uint32_t           count;
    const struct cell *member = list_members(&arg[0], &count);
    struct cell       *text;

    if (count < 2)
        return give(out, arg[0]);
    TRY(texts_of(call, member, count, &text));
    qsort(text, count, sizeof *text, by_bytes);
    return give(out, list_value(text, count));
}

COLUMN_BODY(mvsort, 0, LOOP_ANY, cells)

/* --- ranges --------------------------------------------------------------------------------------------- */

static status number_range(struct call *call, double from, double to, double step, struct cell *out)
{
    double       size = ceil((to - from) / step);
    struct cell *list;

    if (!(size > 0))
        return give(out, cell_null());
    if (size > MOST_RANGE)
        size = MOST_RANGE;
    TRY(new_list(call, (uint32_t)size, &list));
    for (uint32_t i = 0; i < (uint32_t)size; i++)
        list[i] = cell_number(from + i * step);
    return give(out, list_value(list, (uint32_t)size));
}

static bool read_step(str step, struct relative *move)
{
    char text[64];

    if (step.size == 0 || step.size > 60)
        return false;
    text[0] = '+';
    memcpy(text + 1, step.at, step.size);
    return relative_parse((str){ text, step.size + 1 }, move) == OK;
}

static status time_range(struct call *call, double from, double to, str step, struct cell *out)
{
    struct zone_view view;
    struct relative  move;
    struct cell     *list;
    uint32_t         count = 0, room = 16;

    zone_view_init(&view, call->context->zone, NULL);
    if (!read_step(step, &move) || relative_apply(&move, &view, from) <= from)
        return give(out, cell_null());
    TRY(new_list(call, room, &list));
    for (; from < to && count < MOST_RANGE; from = relative_apply(&move, &view, from)) {
        if (count == room) {
            struct cell *moved;
            TRY(new_list(call, room *= 2, &moved));
            memcpy(moved, list, count * sizeof *list);
            list = moved;
        }
        list[count++] = cell_number(from);
    }
    return give(out, list_value(list, count));
}

static status mvrange_prepare(struct site *site, struct arena *arena, struct context *context, struct diag *diag)
{
    struct relative move;

    if (!site_is_written(site, 2) || site->literal[2].kind != KIND_TEXT || read_step(cell_str(&site->literal[2]), &move))
        return OK;
    return diag_at(diag, FAIL_QUERY, site->span[2], "bad-argument",
                   "The arguments to the 'mvrange' function are invalid: \"%.*s\" is no span of time",
                   SHOW(cell_str(&site->literal[2])));
}

static status mvrange_row(struct call *call, const struct cell *arg, struct cell *out)
{
    double from, to, step = 1;

    if (!cell_reads_number(&arg[0], &from) || !cell_reads_number(&arg[1], &to))
        return give(out, cell_null());
    if (call->count > 2 && !cell_reads_number(&arg[2], &step))
        return arg[2].kind == KIND_TEXT ? time_range(call, from, to, cell_str(&arg[2]), out)
            : give(out, cell_null());
    return step == 0 ? give(out, cell_null()) : number_range(call, from, to, step, out);
}

/* --- rows ----------------------------------------------------------------------------------------------- */

#define LISTING(word, shown, from, to, kinds, count_of_kinds, type, text, ...)                               \
    const struct function function_##word = {                                                                \
        .name = #word, .usage = shown, .summary = text, .least = from, .most = to, .wants = kinds,           \
        .wanted = count_of_kinds, .gives = type, .nulls = NULL_IN_NULL_OUT, .multi = MULTI_SEEN,             \
        .pure = true,                                                                                        \
        .cost = 30, .row = word##_row, __VA_ARGS__                                                           \
    }
#define ANY { WANT_VALUE }
#define THEN_NUMBER { WANT_VALUE, WANT_NUMBER }
#define THEN_TEXT { WANT_VALUE, WANT_TEXT }
#define RANGE { WANT_NUMBER, WANT_NUMBER, WANT_VALUE }

LISTING(mvcount, "mvcount(<values>)", 1, 1, ANY, 1, TYPE_NUMBER, "Number of values, null for none",
        .vector = mvcount_vector,
        .example = { "eval y=mvcount(m), z=mvcount(nosuch) | table y z", "{\"m\":1,\"m\":2}", "{\"y\":2}" });
LISTING(mvindex, "mvindex(<values>,<start>[,<end>])", 2, 3, THEN_NUMBER, 2, TYPE_ANY,
        "A value, or the values from start to end; from 0, negative from the end",
        .vector = mvindex_vector,
        .example = { "eval m=split(x,\",\"), a=mvindex(m,1), b=mvindex(m,-2,-1) | table a b",
                     "{\"x\":\"a,b,c\"}",
                     "{\"a\":\"b\",\"b\":[\"b\",\"c\"]}" });
LISTING(mvjoin, "mvjoin(<values>,<between>)", 2, 2, THEN_TEXT, 2, TYPE_TEXT, "All values as one text",
        .vector = mvjoin_vector,
        .example = { "eval y=mvjoin(m,\"-\") | table y", "{\"m\":1,\"m\":2}", "{\"y\":\"1-2\"}" });
LISTING(mvdedup, "mvdedup(<values>)", 1, 1, ANY, 1, TYPE_ANY, "The first of each distinct value, in order",
        .vector = mvdedup_vector,
        .example = { "eval y=mvdedup(split(\"b,a,b,B\",\",\")) | table y", "{}",
                     "{\"y\":[\"b\",\"a\",\"B\"]}" });
LISTING(mvsort, "mvsort(<values>)", 1, 1, ANY, 1, TYPE_ANY, "Sorted by bytes, never numerically",
        .vector = mvsort_vector,
        .example = { "eval y=mvsort(split(\"10,9,70,100\",\",\")) | table y", "{}",
                     "{\"y\":[10,100,70,9]}" });
LISTING(mvreverse, "mvreverse(<values>)", 1, 1, ANY, 1, TYPE_ANY, "In reverse order",
        .example = { "eval y=mvreverse(split(\"a,b\",\",\")) | table y", "{}", "{\"y\":[\"b\",\"a\"]}" });
LISTING(mvrange, "mvrange(<start>,<end>[,<step>|<span>])", 2, 3, RANGE, 3, TYPE_ANY,
        "Numbers, or times a span apart, from start up to but not including end",
        .prepare = mvrange_prepare,
        .example = { "eval y=mvrange(1,11,2) | table y", "{}", "{\"y\":[1,3,5,7,9]}" });

const struct function function_mvfilter = {
    .name = "mvfilter", .usage = "mvfilter(<condition>)",
    .summary = "The values of the one field in the condition for which it is true",
    .least = 1, .most = 1, .wants = { WANT_BOOLEAN }, .wanted = 1, .gives = TYPE_ANY, .nulls = NULLS_SEEN,
    .multi = MULTI_SEEN, .form = FORM_MVFILTER, .pure = true,
    .example = { "eval y=mvfilter(match(m,\"^b\") OR m=\"a1\") | table y",
                 "{\"m\":\"a1\",\"m\":\"b2\",\"m\":\"c3\"}",
                 "{\"y\":[\"a1\",\"b2\"]}" },
};

const struct function function_mvmap = {
    .name = "mvmap", .usage = "mvmap(<values>,<expression>)",
    .summary = "The expression computed for each value",
    .least = 2, .most = 2, .wants = { WANT_ANY }, .wanted = 1, .gives = TYPE_ANY, .nulls = NULLS_SEEN,
    .multi = MULTI_SEEN, .form = FORM_MVMAP, .pure = true,
    .example = { "eval y=mvmap(r,r*10) | table y", "{\"r\":1,\"r\":2}", "{\"y\":[10,20]}" },
};
