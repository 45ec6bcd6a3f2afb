#include "read/walk.h"

/* One place for each way out of a run of members or elements. */
enum step { STEP_CLOSED, STEP_OPENED, STEP_FAILED };

struct state {                      /* locals of a walk, kept together so that they stay in registers */
    const char     *bytes;
    const uint32_t *at;             /* the position of the character before the next key or element */
    struct place   *place;          /* STEP_OPENED: what opens at `at` */
    status          failure;
};

bool json_is_blank(const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t' || *from == '\r' || *from == '\n'))
        from++;
    return from == to;
}

static NOINLINE void trim(const char **from, const char **to)
{
    const char *a = *from, *b = *to;

    while (a < b && (*a == ' ' || *a == '\t' || *a == '\r'))
        a++;
    while (b > a && (b[-1] == ' ' || b[-1] == '\t' || b[-1] == '\r'))
        b--;
    *from = a;
    *to = b;
}

static enum step bad(struct walk *walk, struct state *state, const char *reason)
{
    walk->reason = reason;
    state->failure = FAIL_DATA;
    return STEP_FAILED;
}

static bool is_digit(char c) { return (unsigned char)(c - '0') < 10; }

/* RFC 8259: -? int frac? exp? What stands at `b` is no part of a number, so the loops end there by
 * themselves. */
static inline bool is_number(const char *a, const char *b)
{
    const char *digits;

    a += *a == '-';
    digits = a;
    while (is_digit(*a))
        a++;
    if (a == digits || (*digits == '0' && a - digits > 1))
        return false;
    if (*a == '.') {
        digits = ++a;
        while (is_digit(*a))
            a++;
        if (a == digits)
            return false;
    }
    if (*a == 'e' || *a == 'E') {
        a++;
        a += *a == '+' || *a == '-';
        digits = a;
        while (is_digit(*a))
            a++;
        if (a == digits)
            return false;
    }
    return a == b;
}

static ALWAYS_INLINE bool is_word(const char *a, const char *b, const char *word, size_t size)
{
    return (size_t)(b - a) == size && memcmp(a, word, size) == 0;
}

/* Does [a, b) hold a backslash? The index says where one may be. */
static ALWAYS_INLINE bool is_escaped(const struct walk *walk, const char *bytes, const char *a, const char *b)
{
    size_t from = (size_t)(a - bytes) / 64, to = (size_t)(b - bytes) / 64;

    if (LIKELY(to - from < 2)) {
        if (LIKELY(!(walk->backslash[from] | walk->backslash[to])))
            return false;
    }
    return memchr(a, '\\', (size_t)(b - a)) != NULL;
}

/* Whatever is neither a plain string nor, where nobody wants it, a number: blanks around it, a word, or an
 * error. */
static NOINLINE status put_odd(struct walk *walk, struct place *place, const char *a, const char *b)
{
    trim(&a, &b);
    if (a >= b) {
        walk->reason = "a value is missing";
        return FAIL_DATA;
    }
    if (*a == '"') {
        struct cell cell = cell_field_text(str_make(a + 1, (size_t)(b - a) - 2));
        if (b - a < 2 || b[-1] != '"') {
            walk->reason = "a string has no end";
            return FAIL_DATA;
        }
        if (place && memchr(a, '\\', (size_t)(b - a)))
            cell.flags |= CELL_ESCAPED;
        return place ? place_put(walk->builder, place, cell) : OK;
    }
    if (is_word(a, b, "null", 4))
        return place && walk->builder->input->reading->null_text
            ? place_put(walk->builder, place, cell_field_text(STR("null"))) : OK;   /* no field (11.2) */
    if (is_number(a, b) || is_word(a, b, "true", 4) || is_word(a, b, "false", 5))
        return place ? place_put(walk->builder, place, cell_field_text(str_make(a, (size_t)(b - a)))) : OK;
    walk->reason = "what stands for a value is neither a number nor true, false or null";
    return FAIL_DATA;
}

/* A scalar that is wanted. */
static NOINLINE status put_scalar(struct walk *walk, struct place *place, const char *a, const char *b)
{
    struct cell cell;

    if (UNLIKELY(*a != '"' || b[-1] != '"' || b - a < 2)) {
        if (LIKELY(is_number(a, b)))
            return place_put(walk->builder, place, cell_field_text(str_make(a, (size_t)(b - a))));
        return put_odd(walk, place, a, b);
    }
    cell = cell_field_text(str_make(a + 1, (size_t)(b - a) - 2));
    if (UNLIKELY(is_escaped(walk, walk->bytes, a, b)))
        cell.flags |= CELL_ESCAPED;
    return place_put(walk->builder, place, cell);
}

/* The scalar between two structural characters, wanted or not. */
static ALWAYS_INLINE status scalar(struct walk *walk, struct place *place, const char *a, const char *b)
{
    if (place->scalar)
        return put_scalar(walk, place, a, b);
    if (LIKELY(*a == '"' && b[-1] == '"' && b - a >= 2))
        return OK;
    if ((is_digit(*a) || *a == '-') && is_digit(b[-1]))
        return OK;
    return put_odd(walk, NULL, a, b);
}

#define BRACE   1
#define BRACKET ((int64_t)1 << 32)
#define NEVER   (INT64_MIN / 4)

/* What a character at a structural position does to the count of open brackets, less NEVER; all but these
 * end the search. */
static const int64_t opens[256] = {
    ['{'] = BRACE - NEVER, ['}'] = -BRACE - NEVER, ['['] = BRACKET - NEVER, [']'] = -BRACKET - NEVER,
    [','] = -NEVER, [':'] = -NEVER,
};

/* From the opening bracket at `at` to its partner; NULL: there is none, or it is nested too deep. */
static const uint32_t *skip(const char *bytes, const uint32_t *at, uint32_t depth)
{
    const uint32_t *from = at;
    int64_t         open = 0;

    do
        open += opens[(unsigned char)bytes[*at++]] + NEVER;
    while (open > 0);
    if (open != 0)
        return NULL;
    if (UNLIKELY((size_t)(at - from) + depth > WALK_DEPTH)) {
        for (const uint32_t *look = from; look < at; look++) {
            char c = bytes[*look];
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
            if (depth > WALK_DEPTH)
                return NULL;
        }
    }
    return at - 1;
}

/* Between two structural positions nothing but blanks? */
static ALWAYS_INLINE bool nothing_between(const char *bytes, const uint32_t *at)
{
    return LIKELY(at[1] == at[0] + 1) || json_is_blank(bytes + at[0] + 1, bytes + at[1]);
}

static NOINLINE status look_below(struct paths *paths, struct place *place, bool object)
{
    return object ? place_objects(paths, place) : place_arrays(paths, place);
}

/* What follows a position is a bracket, where a value was expected: to be walked, or passed over. Then *at
 * is the position of what follows it, which is a comma or `close`. */
static ALWAYS_INLINE enum step nested(struct walk *walk, struct state *state, struct place *place, const uint32_t **at,
                                      char close)
{
    const char     *bytes = state->bytes;
    const uint32_t *bracket = *at + 1;
    bool            object = bytes[*bracket] == '{';

    if (UNLIKELY((!object && bytes[*bracket] != '[') || !nothing_between(bytes, *at)))
        return bad(walk, state, bytes[*bracket] == '\n' ? "the line ends within brackets" : "a comma is missing");
    if (UNLIKELY(object ? !place->object_known : !place->array_known)) {
        state->failure = look_below(walk->paths, place, object);
        if (state->failure != OK)
            return STEP_FAILED;
    }
    if (object ? place->object != NULL : place->array != NULL) {
        state->at = bracket;
        state->place = place;
        return STEP_OPENED;
    }
    bracket = skip(bytes, bracket, walk->depth);
    if (UNLIKELY(!bracket))
        return bad(walk, state, "brackets do not match, or are nested deeper than 512");
    if (UNLIKELY(!nothing_between(bytes, bracket)))
        return bad(walk, state, "text behind a closing bracket");
    *at = ++bracket;
    if (UNLIKELY(bytes[*bracket] != ',' && bytes[*bracket] != close))
        return bad(walk, state, "a comma is missing");
    return STEP_CLOSED;
}

/* A key with blanks around it, or none at all: STEP_CLOSED at the end of an empty object, STEP_OPENED with
 * a key. */
static NOINLINE enum step odd_key(struct walk *walk, struct state *state, const uint32_t *at, const char **a,
                                  const char **b)
{
    if (**b == '}' && state->bytes[at[0]] == '{' && json_is_blank(*a, *b)) {
        state->at = at + 1;
        return STEP_CLOSED;
    }
    if (**b != ':')
        return bad(walk, state, **b == '\n' ? "the line ends within an object" : "a key without a colon");
    trim(a, b);
    if (*b - *a < 2 || **a != '"' || (*b)[-1] != '"')
        return bad(walk, state, "a key is not a string");
    return STEP_OPENED;
}

/* Members of an object: from its brace, or from behind a value, to the closing brace or a bracket to be
 * walked. */
static enum step members(struct walk *walk, struct state *state)
{
    struct frame   *frame = &walk->frame[walk->depth - 1];
    const char     *bytes = state->bytes;
    const uint32_t *at = state->at;
    struct key     *key = frame->last;

    /* Only cold branches take addresses of locals, so that the loop's own stay in registers. */
    do {
        const char *a = bytes + at[0] + 1, *b = bytes + at[1];

        if (UNLIKELY(memcmp(b - 1, "\":", 2) != 0 || *a != '"' || b - a < 2)) {
            const char *from = a, *to = b;
            enum step   step = odd_key(walk, state, at, &from, &to);
            if (step != STEP_OPENED)
                return step;
            a = from;
            b = to;
        }
        if (UNLIKELY(!key_is(key->next[0], key_head(a + 1, (size_t)(b - a) - 2), a + 1, (size_t)(b - a) - 2))) {
            struct key *turned;
            state->failure = keys_turn(walk->paths, frame->keys, key, str_make(a + 1, (size_t)(b - a) - 2), &turned);
            if (state->failure != OK)
                return STEP_FAILED;
            key = turned;
        } else {
            key = key->next[0];
        }
        a = bytes + at[1] + 1;
        b = bytes + at[2];
        if (LIKELY(*b == ',' || *b == '}')) {
            status failure = scalar(walk, &key->place, a, b);
            if (UNLIKELY(failure != OK)) {
                state->failure = failure;
                return STEP_FAILED;
            }
            at += 2;
        } else {
            const uint32_t *before = at + 1;
            enum step       step = nested(walk, state, &key->place, &before, '}');
            if (step != STEP_CLOSED) {
                frame->last = key;
                return step;
            }
            at = before;
        }
    } while (bytes[*at] == ',');
    state->at = at;
    return STEP_CLOSED;
}

/* Elements of an array, likewise. */
static enum step elements(struct walk *walk, struct state *state)
{
    struct place   *place = walk->frame[walk->depth - 1].element;
    const char     *bytes = state->bytes;
    const uint32_t *at = state->at;

    do {
        const char *a = bytes + at[0] + 1, *b = bytes + at[1];

        if (LIKELY(*b == ',' || *b == ']')) {
            if (*b == ']' && bytes[at[0]] == '[' && json_is_blank(a, b)) {
                state->at = at + 1;
                return STEP_CLOSED;
            }
            status failure = scalar(walk, place, a, b);
            if (UNLIKELY(failure != OK)) {
                state->failure = failure;
                return STEP_FAILED;
            }
            at++;
        } else {
            const uint32_t *before = at;
            enum step       step = nested(walk, state, place, &before, ']');
            if (step != STEP_CLOSED)
                return step;
            at = before;
        }
    } while (bytes[*at] == ',');
    state->at = at;
    return STEP_CLOSED;
}

static bool enter(struct walk *walk, struct place *place, bool object)
{
    struct frame *frame = &walk->frame[walk->depth];

    if (walk->depth == WALK_DEPTH)
        return false;
    *frame = (struct frame){ .keys = object ? place->object : NULL, .element = object ? NULL : place->array };
    if (object)
        frame->last = frame->keys->none;
    walk->depth++;
    return true;
}

/* A container closed at `at`: onto what follows it in the one around. */
static enum step leave(struct walk *walk, struct state *state)
{
    char end;

    walk->depth--;
    if (!nothing_between(state->bytes, state->at))
        return bad(walk, state, walk->depth ? "text behind a closing bracket" : "text behind the record");
    end = state->bytes[*++state->at];
    if (walk->depth == 0)
        return end == '\n' ? STEP_CLOSED : bad(walk, state, "text behind the record");
    if (end == ',')
        return STEP_OPENED;
    if (end == (walk->frame[walk->depth - 1].keys ? '}' : ']'))
        return STEP_CLOSED;
    return bad(walk, state, end == '\n' ? "the line ends within brackets" : "a comma is missing");
}

status walk_record(struct walk *walk, const uint32_t **at)
{
    struct state  state = { .bytes = walk->bytes, .at = *at };
    struct place *top = &walk->paths->top;
    enum step     step;

    walk->depth = 0;
    if (UNLIKELY(!(state.bytes[**at] == '{' ? top->object_known : top->array_known))) {
        TRY(place_objects(walk->paths, top));
        TRY(place_arrays(walk->paths, top));
    }
    if (state.bytes[**at] == '[' && !top->array) {
        const uint32_t *close = skip(state.bytes, state.at, 0);
        state.at = close ? close : state.at;
        walk->depth = 1;
        step = close ? STEP_CLOSED : bad(walk, &state, "brackets do not match, or are nested deeper than 512");
    } else {
        enter(walk, top, state.bytes[**at] == '{');
        step = STEP_OPENED;
    }
    for (;;) {
        if (step == STEP_OPENED)
            step = walk->frame[walk->depth - 1].keys ? members(walk, &state) : elements(walk, &state);
        if (step == STEP_OPENED) {
            if (!enter(walk, state.place, state.bytes[*state.at] == '{'))
                step = bad(walk, &state, "brackets do not match, or are nested deeper than 512");
        } else if (step == STEP_CLOSED) {
            step = leave(walk, &state);
            while (step == STEP_CLOSED && walk->depth)
                step = leave(walk, &state);
            if (step == STEP_CLOSED) {
                *at = state.at;
                return OK;
            }
        }
        if (step == STEP_FAILED) {
            *at = state.at;
            return state.failure;
        }
    }
}
