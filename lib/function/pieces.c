/* Multivalues made of pieces: split() takes a text apart, mvappend() and mvzip() put values together.
 *
 * Pieces of a text are views into it. What a row gets is one block of the batch's arena, cells first and the texts they
 * need behind them. */
#include "base/bytes.h"
#include "base/utf8.h"
#include "function/loop.h"
#include "text/find.h"

/* --- split ---------------------------------------------------------------------------------------------- */

/* A delimiter of several bytes that is a literal is looked for by a needle; one byte needs no preparation. */
static status split_prepare(struct site *site, struct arena *arena, struct context *context, struct diag *diag)
{
    struct needle *needle;

    if (!site_is_literal(site, 1) || site->literal[1].kind != KIND_TEXT || site->literal[1].size < 2)
        return OK;
    TRY_NEW(needle = ARENA_NEW(arena, struct needle));
    TRY(needle_make(needle, arena, context->cpu, cell_str(&site->literal[1]), false));
    site->prepared = needle;
    return OK;
}

static ALWAYS_INLINE void put_piece(struct cell *list, uint32_t count, str text, size_t from, size_t to)
{
    if (list)
        list[count] = cell_text(str_slice(text, from, to));
}

static ALWAYS_INLINE uint32_t cut_at_byte(str text, unsigned char byte, struct cell *list)
{
    uint32_t count = 0;
    size_t   from = 0;

    for (size_t base = 0; base < text.size; base += 64) {
        size_t   stride = text.size - base < 64 ? text.size - base : 64;
        uint64_t found = byte_places(text.at + base, stride, byte);
        if (!list) {
            count += (uint32_t)__builtin_popcountll(found);
            continue;
        }
        for (; found; found &= found - 1) {
            size_t to = base + (size_t)__builtin_ctzll(found);
            put_piece(list, count++, text, from, to);
            from = to + 1;
        }
    }
    put_piece(list, count, text, from, text.size);
    return count + 1;
}

static uint32_t cut_at_text(str text, str between, const struct needle *needle, struct cell *list)
{
    const char *end = text.at + text.size;
    uint32_t    count = 0;
    size_t      from = 0;

    for (;;) {
        const char *hit = needle ? needle_find(needle, text.at + from, end) : NULL;
        size_t      to = needle ? hit ? (size_t)(hit - text.at) : SIZE_MAX : str_find(text, between, from);
        if (to == SIZE_MAX)
            break;
        put_piece(list, count++, text, from, to);
        from = to + between.size;
    }
    put_piece(list, count, text, from, text.size);
    return count + 1;
}

static uint32_t cut_everywhere(str text, struct cell *list)
{
    uint32_t count = 0, code;
    size_t   step;

    for (size_t from = 0; from < text.size; from += step) {
        step = utf8_next(text.at + from, text.at + text.size, &code);
        put_piece(list, count++, text, from, from + step);
    }
    return count;
}

/* How many pieces there are; they are put down if there is a list. */
static ALWAYS_INLINE uint32_t cut(const struct call *call, str text, str between, struct cell *list)
{
    if (between.size == 1)
        return cut_at_byte(text, (unsigned char)between.at[0], list);
    return between.size ? cut_at_text(text, between, call->site->prepared, list) : cut_everywhere(text, list);
}

/* Where as many pieces as bytes would do no harm they are not counted beforehand. */
static ALWAYS_INLINE status split_text(struct call *call, str text, str between, struct cell *out)
{
    enum { NEAR = 256 };
    size_t       most = between.size ? text.size / between.size + 1 : text.size;
    uint32_t     count;
    struct cell *list;

    if (most > NEAR)
        most = cut(call, text, between, NULL);
    TRY_NEW(list = arena_alloc(call->arena, most * sizeof *list));
    count = cut(call, text, between, list);
    *out = list_value(list, count);
    arena_cut(call->arena, list, most * sizeof *list, count > 1 ? count * sizeof *list : 0);
    return OK;
}

static NOINLINE status split_list(struct call *call, const struct cell *arg, struct cell *out)
{
    uint32_t           members, count = 0;
    const struct cell *member = list_members(arg, &members);
    str                between = cell_str(&arg[1]);
    struct cell       *text, *list;

    TRY(texts_of(call, member, members, &text));
    for (uint32_t i = 0; i < members; i++)
        count += cut(call, cell_str(&text[i]), between, NULL);
    TRY_NEW(list = arena_alloc(call->arena, count * sizeof *list));
    count = 0;
    for (uint32_t i = 0; i < members; i++)
        count += cut(call, cell_str(&text[i]), between, list + count);
    return give(out, list_value(list, count));
}

static ALWAYS_INLINE status split_row(struct call *call, const struct cell *arg, struct cell *out)
{
    if (arg[1].kind != KIND_TEXT)               /* several values */
        return give(out, cell_null());
    if (arg[0].kind != KIND_TEXT)
        return split_list(call, arg, out);
    if (arg[0].size == 0)
        return give(out, arg[0]);
    return split_text(call, cell_str(&arg[0]), cell_str(&arg[1]), out);
}

COLUMN_BODY(split, 0, LOOP_ANY, cells)

/* --- values together ------------------------------------------------------------------------------------ */

/* A row body over pointers to the arguments. */
typedef status many_row(struct call *call, const struct cell *const *arg, struct cell *out);

enum { MANY_NEAR = 8 };

/* May a body look at the cells of these columns as they are? A want of any value converts nothing. */
static bool many_takes(const struct call *call, struct column *const *arg)
{
    const struct function *function = call->site->function;

    for (uint32_t i = 0; i < call->count; i++) {
        uint8_t want = function->wants[i < function->wanted ? i : function->wanted - 1u];
        if (want != WANT_VALUE && arg[i]->encoding > ENCODING_CONSTANT
            && (arg[i]->encoding != ENCODING_CELLS || (arg[i]->kinds & ~KINDS_TEXT)))
            return false;
    }
    return true;
}

/* The body row by row, with the arguments where they lie. */
static ALWAYS_INLINE status many_loop(struct call *call, const struct rows *rows, uint32_t size,
                                      struct column *const *arg, struct column *out, many_row *body)
{
    const struct cell *near[MANY_NEAR], **at = near;
    struct cell        near_spare[MANY_NEAR], *spare = near_spare;
    bool               nulls = call->site->function->nulls == NULLS_SEEN;
    unsigned           kinds = 0;
    struct gather      gather;

    if (!many_takes(call, arg))
        return PASS;
    if (call->count > MANY_NEAR) {
        TRY_NEW(at = arena_alloc(call->arena, call->count * sizeof *at));
        TRY_NEW(spare = arena_alloc(call->arena, call->count * sizeof *spare));
    }
    TRY(gather_open(&gather, out, size, call->arena, KIND_TEXT));
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t     row = rows_at(rows, i);
        struct cell *made = &out->cell[row];
        bool         null = false;

        for (uint32_t j = 0; j < call->count; j++) {
            at[j] = arg[j]->encoding <= ENCODING_CONSTANT ? &call->fixed[j] : column_look(arg[j], row, &spare[j]);
            null |= at[j]->kind == KIND_NULL;
        }
        *made = cell_null();
        if (nulls || !null)
            TRY(body(call, at, made));
        kinds |= KINDS(made->kind);
    }
    out->kinds = (uint8_t)kinds;
    return gather_close(&gather, rows);
}

/* The row body and the vector body of `word`, whose body of pointers is word_many. */
#define MANY_BODIES(word)                                                                                    \
    static status word##_row(struct call *call, const struct cell *arg, struct cell *out)                    \
    {                                                                                                        \
        const struct cell *near[MANY_NEAR], **at = near;                                                     \
        if (call->count > MANY_NEAR)                                                                         \
            TRY_NEW(at = arena_alloc(call->arena, call->count * sizeof *at));                                \
        for (uint32_t i = 0; i < call->count; i++)                                                           \
            at[i] = &arg[i];                                                                                 \
        return word##_many(call, at, out);                                                                   \
    }                                                                                                        \
    static status word##_vector(struct call *call, const struct rows *rows, uint32_t size,                   \
                                struct column *const *arg, struct column *out)                               \
    {                                                                                                        \
        return many_loop(call, rows, size, arg, out, word##_many);                                           \
    }

static ALWAYS_INLINE status mvappend_many(struct call *call, const struct cell *const *arg, struct cell *out)
{
    const struct cell *some = NULL;
    uint64_t           total = 0;
    uint32_t           count;
    struct cell       *list, *to;

    for (uint32_t i = 0; i < call->count; i++) {
        list_members(arg[i], &count);
        total += count;
        some = count ? arg[i] : some;
    }
    if (total == 0 || (some->kind == KIND_LIST ? some->size : 1) == total)
        return give(out, some ? *some : cell_null());       /* all there is; lists are never written to */
    if (total > UINT32_MAX / 2)
        return FAIL_LIMIT;
    TRY_NEW(to = list = arena_alloc(call->arena, total * sizeof *list));
    for (uint32_t i = 0; i < call->count; i++) {
        const struct cell *member = list_members(arg[i], &count);
        for (uint32_t j = 0; j < count; j++)
            *to++ = member[j];
    }
    return give(out, list_value(list, (uint32_t)total));
}

MANY_BODIES(mvappend)

static ALWAYS_INLINE bool are_texts(const struct cell *member, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (member[i].kind != KIND_TEXT)
            return false;
    return true;
}

/* The first `count` members, numbers as their texts; *size: more by as many bytes as they have. */
static ALWAYS_INLINE status text_members(struct call *call, const struct cell **member, uint32_t count, size_t *size)
{
    struct cell *text;

    if (!are_texts(*member, count)) {
        TRY(texts_of(call, *member, count, &text));
        *member = text;
    }
    for (uint32_t i = 0; i < count; i++)
        *size += (*member)[i].size;
    return OK;
}

static ALWAYS_INLINE char *put_text(char *to, str text)
{
    if (text.size)
        memcpy(to, text.at, text.size);
    return to + text.size;
}

static ALWAYS_INLINE status mvzip_many(struct call *call, const struct cell *const *arg, struct cell *out)
{
    uint32_t           a, b;
    const struct cell *left = list_members(arg[0], &a), *right = list_members(arg[1], &b);
    uint32_t           count = a < b ? a : b;
    str                between = STR(",");
    size_t             size;
    struct cell       *list;
    char              *to;

    if (call->count > 2) {
        if (arg[2]->kind != KIND_TEXT)
            return give(out, cell_null());
        between = cell_str(arg[2]);
    }
    size = count * (sizeof *list + between.size);
    TRY(text_members(call, &left, count, &size));
    TRY(text_members(call, &right, count, &size));
    TRY_NEW(list = arena_alloc(call->arena, size));
    to = (char *)(list + count);
    for (uint32_t i = 0; i < count; i++) {
        char *from = to;
        to = put_text(to, cell_str(&left[i]));
        to = put_text(to, between);
        to = put_text(to, cell_str(&right[i]));
        list[i] = cell_text(str_make(from, (size_t)(to - from)));
    }
    return give(out, list_value(list, count));
}

MANY_BODIES(mvzip)

/* --- rows ----------------------------------------------------------------------------------------------- */

#define PIECES(word, shown, from, to, ...)                                                                   \
    const struct function function_##word = {                                                                \
        .name = #word, .usage = shown, .least = from, .most = to, .gives = TYPE_ANY, .multi = MULTI_SEEN,    \
        .pure = true, .cost = 30, .row = word##_row, .vector = word##_vector, __VA_ARGS__                    \
    }

PIECES(split, "split(<text>,<between>)", 2, 2, .summary = "The parts of a text between a delimiter",
       .wants = { WANT_VALUE, WANT_TEXT }, .wanted = 2, .prepare = split_prepare,
       .example = { "eval y=split(\"a,,b\",\",\") | table y", "{}", "{\"y\":[\"a\",\"\",\"b\"]}" });
PIECES(mvappend, "mvappend(<values>,...)", 1, -1, .summary = "All values of all arguments, nulls skipped",
       .wants = { WANT_VALUE }, .wanted = 1, .nulls = NULLS_SEEN,
       .example = { "eval y=mvappend(nosuch,\"a\",split(\"b,c\",\",\")) | table y", "{}",
                    "{\"y\":[\"a\",\"b\",\"c\"]}" });
PIECES(mvzip, "mvzip(<values>,<values>[,<between>])", 2, 3,
       .summary = "The first with the first, the second with the second, as texts",
       .wants = { WANT_VALUE, WANT_VALUE, WANT_TEXT }, .wanted = 3,
       .example = { "eval y=mvzip(split(\"a,b\",\",\"),split(\"1,2,3\",\",\"),\"=\") | table y", "{}",
                    "{\"y\":[\"a=1\",\"b=2\"]}" });
