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

/* RFC 8259: -? int frac? exp? */
static bool is_number(const char *a, const char *b)
{
    if (a < b && *a == '-')
        a++;
    if (a == b || !is_digit(*a))
        return false;
    if (*a == '0')
        a++;
    else
        while (a < b && is_digit(*a))
            a++;
    if (a < b && *a == '.') {
        if (++a == b || !is_digit(*a))
            return false;
        while (a < b && is_digit(*a))
            a++;
    }
    if (a < b && (*a == 'e' || *a == 'E')) {
        if (++a < b && (*a == '+' || *a == '-'))
            a++;
        if (a == b || !is_digit(*a))
            return false;
        while (a < b && is_digit(*a))
            a++;
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

static ALWAYS_INLINE status put(struct walk *walk, struct place *place, struct cell cell)
{
    if (LIKELY(place->slot))
        TRY(slot_put(walk->builder, place->slot, cell));
    if (UNLIKELY(place->time))
        TRY(slot_put_time(walk->builder, place->time, cell));
    return OK;
}

static NOINLINE status put_word(struct walk *walk, struct place *place, const char *a, const char *b)
{
    if (is_word(a, b, "null", 4))
        return OK;                              /* no field (11.2) */
    if (is_number(a, b) || is_word(a, b, "true", 4) || is_word(a, b, "false", 5))
        return put(walk, place, cell_field_text(str_make(a, (size_t)(b - a))));
    walk->reason = "what stands for a value is neither a number nor true, false or null";
    return FAIL_DATA;
}

/* The scalar between two structural characters; `place` NULL: nobody wants it. */
static ALWAYS_INLINE status scalar(struct walk *walk, const char *bytes, struct place *place, const char *a, const char *b)
{
    if (UNLIKELY((unsigned char)*a <= ' ' || (unsigned char)b[-1] <= ' '))
        trim(&a, &b);
    if (UNLIKELY(a >= b)) {
        walk->reason = "a value is missing";
        return FAIL_DATA;
    }
    if (LIKELY(*a == '"')) {
        if (UNLIKELY(b - a < 2 || b[-1] != '"')) {
            walk->reason = "a string has no end";
            return FAIL_DATA;
        }
        if (place) {
            struct cell cell = cell_field_text(str_make(a + 1, (size_t)(b - a) - 2));
            if (UNLIKELY(is_escaped(walk, bytes, a, b)))
                cell.flags |= CELL_ESCAPED;
            return put(walk, place, cell);
        }
        return OK;
    }
    if (place)
        return put_word(walk, place, a, b);
    if (LIKELY((is_digit(*a) || *a == '-') && is_digit(b[-1])))
        return OK;
    if (is_word(a, b, "true", 4) || is_word(a, b, "false", 5) || is_word(a, b, "null", 4))
        return OK;
    walk->reason = "what stands for a value is neither a number nor true, false or null";
    return FAIL_DATA;
}

#define BRACE   1
#define BRACKET ((int64_t)1 << 32)
#define NEVER   INT64_MIN / 4

/* What a character at a structural position does to the count of open brackets; all but these end the search. */
static ALWAYS_INLINE int64_t opens(char c)
{
    switch (c) {
    case '{': return BRACE;
    case '}': return -BRACE;
    case '[': return BRACKET;
    case ']': return -BRACKET;
    case ',': case ':': return 0;
    default:  return NEVER;
    }
}

/* From the opening bracket at `at` to its partner; NULL: there is none, or it is nested too deep. */
static const uint32_t *skip(const char *bytes, const uint32_t *at, uint32_t depth)
{
    const uint32_t *from = at;
    int64_t         open = 0;

    do
        open += opens(bytes[*at++]);
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

/* A bracket opens at `at`, where a value was expected: pass over it, or say that it is to be walked. */
static ALWAYS_INLINE enum step nested(struct walk *walk, struct state *state, struct place *place)
{
    const uint32_t *close;
    bool            object = state->bytes[*state->at] == '{';

    if (place) {
        if (UNLIKELY(object ? !place->object_known : !place->array_known)) {
            state->failure = object ? place_objects(walk->paths, place) : place_arrays(walk->paths, place);
            if (state->failure != OK)
                return STEP_FAILED;
        }
        if (object ? place->object != NULL : place->array != NULL) {
            state->place = place;
            return STEP_OPENED;
        }
    }
    close = skip(state->bytes, state->at, walk->depth);
    if (UNLIKELY(!close))
        return bad(walk, state, "brackets do not match, or are nested deeper than 512");
    state->at = close;
    return STEP_CLOSED;
}

/* Members of an object: from its brace, or from behind a value, to the closing brace or a bracket to be walked. */
static enum step members(struct walk *walk, struct state *out)
{
    struct frame *frame = &walk->frame[walk->depth - 1];
    struct state  state = *out;
    const char   *bytes = state.bytes;

    for (;;) {
        const uint32_t *at = state.at;
        const char     *a = bytes + at[0] + 1, *b = bytes + at[1], *end;
        struct key     *key;
        struct place   *place;

        if (UNLIKELY(*b != ':' || *a != '"' || b[-1] != '"' || b - a < 2)) {
            if (*b == '}' && bytes[at[0]] == '{' && json_is_blank(a, b)) {
                out->at = at + 1;
                return STEP_CLOSED;
            }
            if (*b != ':')
                return bad(walk, out, *b == '\n' ? "the line ends within an object" : "a key without a colon");
            trim(&a, &b);
            if (b - a < 2 || *a != '"' || b[-1] != '"')
                return bad(walk, out, "a key is not a string");
        }
        if (UNLIKELY((out->failure = keys_next(walk->paths, frame->keys, &frame->last, a + 1, (size_t)(b - a) - 2,
                                                 &key)) != OK))
            return STEP_FAILED;
        place = &key->place;
        a = bytes + at[1] + 1;
        end = bytes + at[2];
        if (LIKELY(*end == ',' || *end == '}')) {
            out->failure = scalar(walk, bytes, place->scalar ? place : NULL, a, end);
            if (UNLIKELY(out->failure != OK))
                return STEP_FAILED;
            state.at = at + 2;
        } else {
            enum step step;
            if (UNLIKELY((*end != '{' && *end != '[') || !nothing_between(bytes, at + 1)))
                return bad(walk, out, *end == '\n' ? "the line ends within an object" : "a comma is missing");
            state.at = at + 2;
            step = nested(walk, &state, key == &walk->paths->ignored ? NULL : place);
            if (step != STEP_CLOSED) {
                *out = state;
                return step;
            }
            if (UNLIKELY(!nothing_between(bytes, state.at)))
                return bad(walk, out, "text behind a closing bracket");
            end = bytes + *++state.at;
            if (UNLIKELY(*end != ',' && *end != '}'))
                return bad(walk, out, "a comma is missing");
        }
        if (*end == '}') {
            out->at = state.at;
            return STEP_CLOSED;
        }
    }
}

/* Elements of an array, likewise. */
static enum step elements(struct walk *walk, struct state *out)
{
    struct place *place = walk->frame[walk->depth - 1].element;
    struct state  state = *out;
    const char   *bytes = state.bytes;

    for (;;) {
        const uint32_t *at = state.at;
        const char     *a = bytes + at[0] + 1, *end = bytes + at[1];

        if (LIKELY(*end == ',' || *end == ']')) {
            if (*end == ']' && bytes[at[0]] == '[' && json_is_blank(a, end)) {
                out->at = at + 1;
                return STEP_CLOSED;
            }
            out->failure = scalar(walk, bytes, place->scalar ? place : NULL, a, end);
            if (UNLIKELY(out->failure != OK))
                return STEP_FAILED;
            state.at = at + 1;
        } else {
            enum step step;
            if ((*end != '{' && *end != '[') || !nothing_between(bytes, at))
                return bad(walk, out, *end == '\n' ? "the line ends within an array" : "a comma is missing");
            state.at = at + 1;
            step = nested(walk, &state, place);
            if (step != STEP_CLOSED) {
                *out = state;
                return step;
            }
            if (!nothing_between(bytes, state.at))
                return bad(walk, out, "text behind a closing bracket");
            end = bytes + *++state.at;
            if (*end != ',' && *end != ']')
                return bad(walk, out, "a comma is missing");
        }
        if (*end == ']') {
            out->at = state.at;
            return STEP_CLOSED;
        }
    }
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
