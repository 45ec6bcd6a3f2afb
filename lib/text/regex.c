#include "text/regex.h"

#include "base/arena.h"
#include "base/compiler.h"
#include "base/utf8.h"
#include "text/find.h"
#include "text/required.h"
#include "text/ways.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdatomic.h>

enum {
    JIT_AFTER = 100,            /* searches that are interpreted before a pattern is worth machine code */
    HEAP_KILOBYTES = 65536,     /* for the interpreter's backtracking */
    STACK_MOST = 1 << 20,       /* for the machine code's */
    LEAST_LITERAL = 3           /* shorter ones PCRE2 looks for well enough itself */
};

struct regex {
    struct heap           *heap;
    struct arena           arena;
    pcre2_general_context *general;
    pcre2_code            *code;            /* as compiled; never changes */
    _Atomic(pcre2_code *)  fast;            /* its copy with machine code, once there is one */
    _Atomic uint32_t       searches;        /* until JIT_AFTER */
    str                    pattern;
    uint32_t               groups, names;
    struct regex_name     *name;
    str                    required;
    bool                   required_caseless;
    struct needle          needle;          /* the required text, if it is worth looking for */
    bool                   has_needle;
    bool                   interpreted;     /* always: machine code might never end */
};

struct regex_match {
    struct heap           *heap;
    pcre2_general_context *general;
    pcre2_match_context   *context;
    pcre2_match_data      *data;
    pcre2_jit_stack       *stack;           /* a larger one, once it was needed */
    uint32_t               pairs;           /* room in `data` */
    uint32_t               found;           /* groups of the newest match that may be set */
    /* How the literal does for the regex last searched: it is dropped while it rejects too little. */
    const struct regex    *regex;
    uint32_t               tried, rejected;
};

/* Blocks carry their size in front, since PCRE2 does not hand it back. */
static void *pcre_alloc(size_t size, void *heap)
{
    size_t *block;

    if (size > SIZE_MAX - 16)
        return NULL;
    block = heap_alloc(heap, size + 16);
    if (!block)
        return NULL;
    *block = size + 16;
    return (char *)block + 16;
}

static void pcre_free(void *block, void *heap)
{
    if (block) {
        size_t *start = (size_t *)(void *)((char *)block - 16);
        heap_free(heap, start, *start);
    }
}

/* ---- compiling */

static status compile_code(struct regex *regex, unsigned options, struct regex_error *error)
{
    pcre2_compile_context *context = pcre2_compile_context_create(regex->general);
    uint32_t               flags = PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
    int                    code;
    PCRE2_SIZE             offset;

    TRY_NEW(context);
    /* A pattern that is no UTF-8 is one of bytes, and so is what it is matched with. */
    if (!utf8_is_valid(regex->pattern))
        flags = 0;
    flags |= options & REGEX_CASELESS ? PCRE2_CASELESS : 0;
    flags |= options & REGEX_MULTILINE ? PCRE2_MULTILINE : 0;
    flags |= options & REGEX_DOTALL ? PCRE2_DOTALL : 0;
    flags |= options & REGEX_EXTENDED ? PCRE2_EXTENDED : 0;
    flags |= PCRE2_DUPNAMES;
    pcre2_set_parens_nest_limit(context, 250);
    regex->code = pcre2_compile((PCRE2_SPTR)regex->pattern.at, regex->pattern.size, flags, &code, &offset,
                                context);
    pcre2_compile_context_free(context);
    if (regex->code)
        return OK;
    if (code == PCRE2_ERROR_HEAP_FAILED)
        return FAIL_MEMORY;
    if (error) {
        error->offset = offset;
        if (pcre2_get_error_message(code, (PCRE2_UCHAR *)error->message, sizeof error->message) < 0)
            memcpy(error->message, "not a regular expression", 25);
    }
    return FAIL_QUERY;
}

static status note_names(struct regex *regex)
{
    PCRE2_SPTR table;
    uint32_t   entry, count = 0;

    pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &regex->groups);
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMECOUNT, &count);
    if (count == 0)
        return OK;
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMETABLE, &table);
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMEENTRYSIZE, &entry);
    regex->name = ARENA_ARRAY(&regex->arena, struct regex_name, count);
    TRY_NEW(regex->name);
    for (uint32_t i = 0; i < count; i++, table += entry) {
        struct regex_name name = { arena_str(&regex->arena, str_of((const char *)table + 2)),
                                   (uint32_t)table[0] << 8 | table[1] };
        uint32_t          at = regex->names++;
        TRY_NEW(name.name.at);
        for (; at > 0 && regex->name[at - 1].group > name.group; at--)
            regex->name[at] = regex->name[at - 1];
        regex->name[at] = name;
    }
    return OK;
}

static status note_required(struct regex *regex, enum cpu_level level, unsigned options)
{
    char *room;

    if (options & REGEX_EXTENDED)
        return OK;
    room = arena_alloc(&regex->arena, regex->pattern.size + 1);
    TRY_NEW(room);
    regex->required_caseless = options & REGEX_CASELESS;
    regex->required = str_make(room, required_literal(regex->pattern, &regex->required_caseless, room));
    regex->has_needle = regex->required.size >= LEAST_LITERAL;
    if (!regex->has_needle)
        return OK;
    return needle_make(&regex->needle, &regex->arena, level, regex->required, regex->required_caseless);
}

static status compile(struct regex *regex, enum cpu_level level, str pattern, unsigned options,
                      struct regex_error *error)
{
    regex->pattern = arena_str(&regex->arena, pattern);
    TRY_NEW(regex->pattern.at);
    regex->general = pcre2_general_context_create(pcre_alloc, pcre_free, regex->heap);
    TRY_NEW(regex->general);
    TRY(compile_code(regex, options, error));
    TRY(note_names(regex));
    regex->interpreted = regex_ways(pattern, options & REGEX_EXTENDED) >= WAYS_MOST;
    return note_required(regex, level, options);
}

status regex_compile(struct heap *heap, enum cpu_level level, str pattern, unsigned options,
                     struct regex **out, struct regex_error *error)
{
    struct regex *regex = heap_zero(heap, 1, sizeof *regex);
    status        done;

    *out = NULL;
    if (error)
        *error = (struct regex_error){ .message = "out of memory" };
    TRY_NEW(regex);
    regex->heap = heap;
    arena_init(&regex->arena, heap);
    regex->arena.chunk_size = 512;
    done = compile(regex, level, pattern, options, error);
    if (done != OK) {
        regex_free(regex);
        return done;
    }
    *out = regex;
    return OK;
}

void regex_free(struct regex *regex)
{
    if (!regex)
        return;
    pcre2_code_free(atomic_load(&regex->fast));
    pcre2_code_free(regex->code);
    pcre2_general_context_free(regex->general);
    arena_free(&regex->arena);
    heap_free(regex->heap, regex, sizeof *regex);
}

uint32_t regex_groups(const struct regex *regex)
{
    return regex->groups;
}

const struct regex_name *regex_names(const struct regex *regex, uint32_t *count)
{
    *count = regex->names;
    return regex->name;
}

str regex_pattern(const struct regex *regex)
{
    return regex->pattern;
}

str regex_required(const struct regex *regex, bool *caseless)
{
    *caseless = regex->required_caseless;
    return regex->required;
}

/* ---- matching */

status regex_match_new(struct heap *heap, struct regex_match **out)
{
    struct regex_match *match = heap_zero(heap, 1, sizeof *match);

    *out = NULL;
    TRY_NEW(match);
    match->heap = heap;
    match->general = pcre2_general_context_create(pcre_alloc, pcre_free, heap);
    if (match->general)
        match->context = pcre2_match_context_create(match->general);
    if (!match->context) {
        regex_match_free(match);
        return FAIL_MEMORY;
    }
    pcre2_set_match_limit(match->context, REGEX_STEPS);
    pcre2_set_depth_limit(match->context, REGEX_STEPS);
    pcre2_set_heap_limit(match->context, HEAP_KILOBYTES);
    *out = match;
    return OK;
}

void regex_match_free(struct regex_match *match)
{
    if (!match)
        return;
    pcre2_match_data_free(match->data);
    pcre2_match_context_free(match->context);
    pcre2_jit_stack_free(match->stack);
    pcre2_general_context_free(match->general);
    heap_free(match->heap, match, sizeof *match);
}

static status match_room(struct regex_match *match, uint32_t groups)
{
    if (LIKELY(match->data && match->pairs > groups))
        return OK;
    pcre2_match_data_free(match->data);
    match->pairs = groups + 8;
    match->data = pcre2_match_data_create(match->pairs, match->general);
    TRY_NEW(match->data);
    return OK;
}

/* The machine code, if there is some by now. Exactly one thread makes it; the others go on interpreting
 * meanwhile. The regex stays what it was for them: the code goes into a copy. */
static const pcre2_code *fast_code(const struct regex *regex, bool now)
{
    struct regex     *shared = (struct regex *)regex;           /* only the atomic members change */
    const pcre2_code *fast = atomic_load_explicit(&shared->fast, memory_order_acquire);
    uint32_t          before;
    pcre2_code       *copy;

    if (LIKELY(fast != NULL))
        return fast;
    if (regex->interpreted)
        return NULL;
    before = atomic_load_explicit(&shared->searches, memory_order_relaxed);
    if (before > JIT_AFTER)
        return NULL;
    before = atomic_fetch_add(&shared->searches, now ? 2 * JIT_AFTER : 1);
    if (before > JIT_AFTER || (before < JIT_AFTER && !now))
        return NULL;
    atomic_fetch_add(&shared->searches, JIT_AFTER);             /* nobody else tries */
    copy = pcre2_code_copy(regex->code);
    if (copy && pcre2_jit_compile(copy, PCRE2_JIT_COMPLETE) != 0) {
        pcre2_code_free(copy);
        copy = NULL;
    }
    atomic_store_explicit(&shared->fast, copy, memory_order_release);
    return copy;
}

static int run_fast(const pcre2_code *code, struct regex_match *match, str text, size_t from, uint32_t flags)
{
    int found = pcre2_jit_match(code, (PCRE2_SPTR)text.at, text.size, from, flags, match->data,
                                match->context);

    if (UNLIKELY(found == PCRE2_ERROR_JIT_STACKLIMIT) && !match->stack) {
        match->stack = pcre2_jit_stack_create(32768, STACK_MOST, match->general);
        if (match->stack) {
            pcre2_jit_stack_assign(match->context, NULL, match->stack);
            found = pcre2_jit_match(code, (PCRE2_SPTR)text.at, text.size, from, flags, match->data,
                                    match->context);
        }
    }
    return found;
}

static int run_slow(const struct regex *regex, struct regex_match *match, str text, size_t from,
                    uint32_t flags)
{
    return pcre2_match(regex->code, (PCRE2_SPTR)text.at, text.size, from, flags | PCRE2_NO_JIT, match->data,
                       match->context);
}

/* The answer must not depend on how often a pattern was used before. The two ways count their steps differently: where the
 * interpreter gives up, machine code has the last word. And behind an empty match they differ in text that is no UTF-8: the
 * interpreter does not look past the bad byte. */
static int run(const struct regex *regex, struct regex_match *match, str text, size_t from, uint32_t flags)
{
    const pcre2_code *fast = fast_code(regex, flags & PCRE2_NOTEMPTY_ATSTART);
    int               found;

    if (LIKELY(fast != NULL)) {
        found = run_fast(fast, match, text, from, flags);
        return found == PCRE2_ERROR_JIT_STACKLIMIT || found == PCRE2_ERROR_JIT_BADOPTION
            ? run_slow(regex, match, text, from, flags) : found;
    }
    found = run_slow(regex, match, text, from, flags);
    if (found == PCRE2_ERROR_MATCHLIMIT || found == PCRE2_ERROR_DEPTHLIMIT
        || found == PCRE2_ERROR_HEAPLIMIT) {
        fast = fast_code(regex, true);
        if (fast) {
            int again = run_fast(fast, match, text, from, flags);
            return again == PCRE2_ERROR_JIT_STACKLIMIT ? found : again;
        }
    }
    return found;
}

static status search(const struct regex *regex, struct regex_match *match, str text, size_t from,
                     uint32_t flags)
{
    int found;

    match->found = 0;
    TRY(match_room(match, regex->groups));
    found = run(regex, match, text, from, flags);
    if (found > 0) {
        match->found = (uint32_t)found;
        return OK;
    }
    switch (found) {
    case PCRE2_ERROR_NOMATCH: case PCRE2_ERROR_BADUTFOFFSET:
        return DONE;
    case PCRE2_ERROR_NOMEMORY:
        return FAIL_MEMORY;
    default:
        /* Steps, depth, heap, stack; and patterns that cannot be run, such as a recursion without end. */
        return FAIL_LIMIT;
    }
}

/* Is the required literal missing? Asked only as long as it pays: more than a quarter of the texts must
 * lack it. */
static bool lacks_literal(const struct regex *regex, struct regex_match *match, str text, size_t from)
{
    enum { TRIAL = 64, PAUSE = 4096 };
    bool lacks;

    if (match->regex != regex) {
        match->regex = regex;
        match->tried = match->rejected = 0;
    }
    if (match->tried >= TRIAL && match->rejected < TRIAL / 4) {
        if (match->tried++ < PAUSE)
            return false;
        match->tried = match->rejected = 0;
    }
    /* \K and lookbehind may look at text before `from`; the literal itself lies after the start of the
     * match. */
    lacks = !needle_find(&regex->needle, text.at + from, text.at + text.size);
    match->rejected += lacks;
    if (++match->tried == TRIAL && match->rejected >= TRIAL / 4)
        match->tried = match->rejected = 0;             /* good: another round */
    return lacks;
}

status regex_find(const struct regex *regex, struct regex_match *match, str text, size_t from)
{
    match->found = 0;
    if (from > text.size)
        return DONE;
    if (!text.at)
        text.at = "";
    if (regex->has_needle && lacks_literal(regex, match, text, from))
        return DONE;
    return search(regex, match, text, from, 0);
}

status regex_find_next(const struct regex *regex, struct regex_match *match, str text)
{
    size_t from, to;

    if (!regex_place(match, 0, &from, &to))
        return DONE;
    if (to > from)
        return regex_find(regex, match, text, to);
    /* After an empty match: something longer here, or anything further on. */
    if (!text.at)
        text.at = "";
    return search(regex, match, text, from, PCRE2_NOTEMPTY_ATSTART);
}

bool regex_place(const struct regex_match *match, uint32_t group, size_t *from, size_t *to)
{
    PCRE2_SIZE *place;

    if (group >= match->found)
        return false;
    place = pcre2_get_ovector_pointer(match->data) + 2 * group;
    *from = place[0];
    *to = place[1];
    return place[0] != PCRE2_UNSET;
}

str regex_group(const struct regex_match *match, str text, uint32_t group)
{
    size_t from, to;

    if (!regex_place(match, group, &from, &to) || to < from)
        return (str){ NULL, 0 };
    if (!text.at)
        text.at = "";
    return str_slice(text, from, to);
}
