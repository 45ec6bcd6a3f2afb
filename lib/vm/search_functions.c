#include "vm/search_functions.h"

#include "function/text_set.h"
#include "text/cidr.h"
#include "text/fold.h"
#include "text/terms.h"
#include "text/wildcard.h"
#include "time/relative.h"
#include "value/number.h"
#include "value/order.h"
#include "vm/fold_equal.h"

#include <math.h>

/* The right side of a comparison, or several of them. */
enum pattern_kind { PATTERN_ANY, PATTERN_TEXT, PATTERN_CASED, PATTERN_WILDCARD, PATTERN_BLOCK };

struct pattern {
    uint8_t          kind;
    bool             reaches;           /* texts that are not ASCII may match as well */
    bool             spells_number;
    str              text;              /* PATTERN_TEXT: folded */
    struct wildcard *wildcard;
    struct cidr      block;
};

struct search_site {
    struct pattern *pattern;
    uint32_t        patterns;
    struct text_set plain;              /* IN: folded texts without wildcards */
    bool            has_plain, plain_reaches, negated, is_index;
    struct term    *term;
    double          number;             /* < and friends: the literal, if it is one */
    bool            is_number;
};

enum { COMPARED_MOST = 6 };         /* so many are compared one by one, more are looked up */

/* --- preparing ------------------------------------------------------------------------------------------ */

static bool is_test(const struct site *site, enum search_function a, enum search_function b)
{
    return site->function == &search_functions[a] || site->function == &search_functions[b];
}

static status make_pattern(struct pattern *pattern, str text, bool cased, struct arena *arena,
                           struct context *context)
{
    double number;

    pattern->spells_number = number_parse(text, &number, NULL);
    if (str_equal(text, STR("*"))) {
        pattern->kind = PATTERN_ANY;
        return OK;
    }
    if (memchr(text.at, '*', text.size)) {
        pattern->kind = PATTERN_WILDCARD;
        return wildcard_compile(arena, context->cpu, WILDCARD_STAR, !cased, text, &pattern->wildcard);
    }
    if (cidr_parse_block(text, &pattern->block)) {
        pattern->kind = PATTERN_BLOCK;
        pattern->text = text;
        return OK;
    }
    pattern->kind = cased ? PATTERN_CASED : PATTERN_TEXT;
    pattern->reaches = fold_reaches(text);
    pattern->text = cased ? text : fold_copy(arena, text);
    TRY_NEW(pattern->text.at);
    return OK;
}

static status literal_text(const struct cell *cell, struct arena *arena, str *text)
{
    char room[NUMBER_ROOM];

    *text = arena_str(arena, cell_show(cell, room));
    TRY_NEW(text->at);
    return OK;
}

static status prepare_pattern(struct site *site, struct arena *arena, struct context *context,
                              struct diag *diag)
{
    struct search_site *search = ARENA_NEW(arena, struct search_site);
    str                 text;
    bool                cased = is_test(site, SEARCH_CASED_EQUAL, SEARCH_CASED_UNEQUAL);

    (void)diag;
    TRY_NEW(search);
    TRY_NEW(search->pattern = ARENA_NEW(arena, struct pattern));
    search->patterns = 1;
    search->negated = is_test(site, SEARCH_UNEQUAL, SEARCH_CASED_UNEQUAL)
                      || site->function == &search_functions[SEARCH_INDEX_UNEQUAL];
    search->is_index = is_test(site, SEARCH_INDEX_EQUAL, SEARCH_INDEX_UNEQUAL);
    TRY(literal_text(&site->literal[1], arena, &text));
    TRY(make_pattern(search->pattern, text, cased, arena, context));
    site->prepared = search;
    return OK;
}

static status prepare_list(struct site *site, struct arena *arena, struct context *context, struct diag *diag)
{
    struct search_site *search = ARENA_NEW(arena, struct search_site);
    str                *plain = ARENA_ARRAY(arena, str, site->members + 1);
    uint32_t            plains = 0;

    (void)diag;
    TRY_NEW(search && plain ? search : NULL);
    TRY_NEW(search->pattern = ARENA_ARRAY(arena, struct pattern, site->members + 1));
    search->is_index = site->function == &search_functions[SEARCH_INDEX_IN];
    for (uint32_t i = 0; i < site->members; i++) {
        struct pattern pattern = { 0 };
        str            text;
        TRY(literal_text(&site->member[i], arena, &text));
        TRY(make_pattern(&pattern, text, false, arena, context));
        if (pattern.kind == PATTERN_TEXT && site->members > COMPARED_MOST) {
            plain[plains++] = pattern.text;
            search->plain_reaches |= pattern.reaches;
        } else {
            search->pattern[search->patterns++] = pattern;
        }
    }
    search->has_plain = plains > 0;
    site->prepared = search;
    return text_set_make(&search->plain, arena, plain, plains);
}

static status prepare_order(struct site *site, struct arena *arena, struct context *context,
                            struct diag *diag)
{
    struct search_site *search = ARENA_NEW(arena, struct search_site);

    (void)context;
    (void)diag;
    TRY_NEW(search);
    search->is_number = cell_spells_number(&site->literal[1], &search->number);
    site->prepared = search;
    return OK;
}

static status prepare_term(struct site *site, struct arena *arena, struct context *context, struct diag *diag)
{
    struct search_site *search = ARENA_NEW(arena, struct search_site);
    enum term_kind      kind = site->function == &search_functions[SEARCH_WORD] ? TERM_WORD
                             : site->function == &search_functions[SEARCH_PHRASE] ? TERM_PHRASE
                             : site->function == &search_functions[SEARCH_EXACT] ? TERM_EXACT : TERM_CASE;

    (void)diag;
    TRY_NEW(search);
    site->prepared = search;
    return term_compile(arena, context->cpu, kind, cell_str(&site->literal[1]), &search->term);
}

/* --- one text ------------------------------------------------------------------------------------------- */

static bool equal_folded(const struct pattern *pattern, str text)
{
    if (text.size == pattern->text.size && fold_equal_ascii(text.at, pattern->text.at, text.size))
        return true;
    return pattern->reaches && !utf8_is_ascii(text) && utf8_equal_fold(text, pattern->text);
}

static bool pattern_matches(const struct pattern *pattern, str text, bool is_index)
{
    switch (pattern->kind) {
    case PATTERN_ANY:
        /* index=* leaves internal indexes out */
        return !is_index || text.size == 0 || text.at[0] != '_';
    case PATTERN_TEXT:
        return equal_folded(pattern, text);
    case PATTERN_CASED:
        return str_equal(text, pattern->text);
    case PATTERN_WILDCARD:
        return wildcard_match(pattern->wildcard, text);
    default:
        return cidr_contains_text(&pattern->block, text) || str_equal(text, pattern->text);
    }
}

/* Is the text, folded, among the plain ones? */
static status in_plain(struct call *call, const struct search_site *search, str text, bool *found)
{
    const struct text_set *set = &search->plain;
    char        near[256];
    struct buf *folded;

    *found = false;
    if (!search->plain_reaches && !(set->sizes >> (text.size & 63) & 1))
        return OK;
    if (text.size <= sizeof near && utf8_is_ascii(text)) {
        fold_lower_ascii(near, text.at, text.size);
        *found = text_set_has(set, str_make(near, text.size));
        return OK;
    }
    if (!call->scratch) {
        TRY_NEW(call->scratch = heap_zero(call->context->heap, 1, sizeof *folded));
        buf_init(call->scratch, call->context->heap);
    }
    folded = call->scratch;
    buf_clear(folded);
    utf8_put_fold(folded, text);
    *found = text_set_has(set, buf_str(folded));
    return buf_status(folded);
}

static void close_fold(struct call *call)
{
    if (!call->scratch)
        return;
    buf_free(call->scratch);
    heap_free(call->context->heap, call->scratch, sizeof(struct buf));
    call->scratch = NULL;
}

static status text_matches(struct call *call, const struct search_site *search, str text, bool *found)
{
    *found = false;
    if (search->has_plain)
        TRY(in_plain(call, search, text, found));
    for (uint32_t i = 0; i < search->patterns && !*found; i++)
        *found = pattern_matches(&search->pattern[i], text, search->is_index);
    *found ^= search->negated;
    return OK;
}

/* --- one value ------------------------------------------------------------------------------------------ */

typedef status (*scalar_test)(struct call *call, const struct search_site *search, const struct cell *cell,
                              bool *found);

static status test_pattern(struct call *call, const struct search_site *search, const struct cell *cell,
                           bool *found)
{
    char room[NUMBER_ROOM];

    if (cell->kind == KIND_TEXT)
        return text_matches(call, search, cell_str(cell), found);
    return text_matches(call, search, cell_show(cell, room), found);
}

/* Numeric when both sides are numbers in full, else by bytes. A NaN is less than nothing and more than
 * nothing. */
static status test_order(struct call *call, const struct search_site *search, const struct cell *cell,
                         bool *found)
{
    enum search_function test = (enum search_function)(call->site->function - search_functions);
    char                 room[NUMBER_ROOM];
    double               number;
    int                  order;

    if (search->is_number && cell_spells_number(cell, &number)) {
        *found = test == SEARCH_LESS ? number < search->number
               : test == SEARCH_LESS_EQUAL ? number <= search->number
               : test == SEARCH_GREATER ? number > search->number : number >= search->number;
        return OK;
    }
    order = str_compare(cell_show(cell, room), cell_str(&call->site->literal[1]));
    *found = test == SEARCH_LESS ? order < 0 : test == SEARCH_LESS_EQUAL ? order <= 0
           : test == SEARCH_GREATER ? order > 0 : order >= 0;
    return OK;
}

/* A time of the row against earliest= or latest= under OR or NOT. "now" is the run's, so the text is read here. */
static status test_time(struct call *call, const struct search_site *search, const struct cell *cell, bool *found)
{
    const struct context *context = call->context;
    double               *instant = call->scratch, number;
    struct zone_view      view;

    (void)search;
    if (!instant) {
        TRY_NEW(instant = call->scratch = heap_zero(context->heap, 1, sizeof *instant));
        zone_view_init(&view, context->zone ? context->zone : &zone_utc, NULL);
        if (time_modifier(cell_str(&call->site->literal[1]), &view, context->now, instant) != OK)
            *instant = NAN;
        if (*instant == 0 && call->site->function == &search_functions[SEARCH_SINCE])
            *instant = -INFINITY;                           /* earliest=0 is no bound */
    }
    *found = cell_spells_number(cell, &number)
             && (call->site->function == &search_functions[SEARCH_SINCE] ? number >= *instant
                 : call->site->function == &search_functions[SEARCH_UNTIL] ? number <= *instant : number < *instant);
    return OK;
}

static void close_time(struct call *call)
{
    heap_free(call->context->heap, call->scratch, sizeof(double));
    call->scratch = NULL;
}

static status test_term(struct call *call, const struct search_site *search, const struct cell *cell,
                        bool *found)
{
    char room[NUMBER_ROOM];

    (void)call;
    *found = term_match(search->term, cell_show(cell, room));
    return OK;
}

/* No value satisfies nothing; of many values one is enough. */
static status test_cell(struct call *call, scalar_test test, const struct search_site *search,
                        const struct cell *cell,
                        bool *found)
{
    static const struct cell main_index = { .kind = KIND_TEXT, .size = 4, .text = "main" };

    *found = false;
    if (cell->kind == KIND_NULL)
        return search && search->is_index ? test(call, search, &main_index, found) : OK;
    if (cell->kind != KIND_LIST)
        return test(call, search, cell, found);
    for (uint32_t i = 0; i < cell->size && !*found; i++)
        TRY(test(call, search, &cell->list[i], found));
    return OK;
}

static scalar_test test_of(const struct site *site)
{
    enum search_function which = (enum search_function)(site->function - search_functions);

    if (which >= SEARCH_WORD)
        return test_term;
    if (which >= SEARCH_SINCE)
        return test_time;
    return which >= SEARCH_LESS && which <= SEARCH_GREATER_EQUAL ? test_order : test_pattern;
}

static status search_row(struct call *call, const struct cell *arg, struct cell *out)
{
    bool found;

    TRY(test_cell(call, test_of(call->site), call->site->prepared, &arg[0], &found));
    *out = cell_truth(found);
    return OK;
}

/* --- many values ---------------------------------------------------------------------------------------- */

/* The common case by far: texts against one word without wildcards. */
static void equal_texts(const struct pattern *pattern, bool negated, const struct cell *restrict cell,
                        const struct rows *rows, uint8_t *restrict truth)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        truth[row] = cell[row].kind == KIND_TEXT && equal_folded(pattern, cell_str(&cell[row])) != negated;
    }
}

static status search_vector(struct call *call, const struct rows *rows, uint32_t size,
                            struct column *const *arg,
                            struct column *out)
{
    const struct search_site *search = call->site->prepared;
    const struct column      *column = arg[0];
    scalar_test               test = test_of(call->site);

    if (column->encoding != ENCODING_CELLS)
        return PASS;
    TRY_NEW(out->truth = arena_alloc(call->arena, size));
    out->encoding = ENCODING_TRUTH;
    if (test == test_pattern && search->patterns == 1 && !search->has_plain && !search->is_index
        && search->pattern->kind == PATTERN_TEXT && !(column->kinds & ~KINDS_TEXT)) {
        equal_texts(search->pattern, search->negated, column->cell, rows, out->truth);
        return OK;
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows_at(rows, i);
        bool     found;
        TRY(test_cell(call, test, search, &column->cell[row], &found));
        out->truth[row] = found;
    }
    return OK;
}

#define SEARCH_TIME(title) { .name = title, .summary = "a time term of search", .least = 2, .most = 2, \
    .gives = TYPE_BOOLEAN, .nulls = NULLS_SEEN, .multi = MULTI_SEEN, .cost = 5, .row = search_row, \
    .vector = search_vector, .close = close_time }

#define SEARCH(title, arguments, how) { .name = title, .summary = "a comparison of search", .least = 1, \
    .most = arguments, .gives = TYPE_BOOLEAN, .nulls = NULLS_SEEN, .multi = MULTI_SEEN, .pure = true, \
    .cost = 5, .prepare = how, .row = search_row, .vector = search_vector, .close = close_fold }

const struct function search_functions[SEARCH_FUNCTIONS] = {
    [SEARCH_EQUAL]         = SEARCH("search:=", 2, prepare_pattern),
    [SEARCH_UNEQUAL]       = SEARCH("search:!=", 2, prepare_pattern),
    [SEARCH_CASED_EQUAL]   = SEARCH("search:case=", 2, prepare_pattern),
    [SEARCH_CASED_UNEQUAL] = SEARCH("search:case!=", 2, prepare_pattern),
    [SEARCH_INDEX_EQUAL]   = SEARCH("search:index=", 2, prepare_pattern),
    [SEARCH_INDEX_UNEQUAL] = SEARCH("search:index!=", 2, prepare_pattern),
    [SEARCH_LESS]          = SEARCH("search:<", 2, prepare_order),
    [SEARCH_LESS_EQUAL]    = SEARCH("search:<=", 2, prepare_order),
    [SEARCH_GREATER]       = SEARCH("search:>", 2, prepare_order),
    [SEARCH_GREATER_EQUAL] = SEARCH("search:>=", 2, prepare_order),
    [SEARCH_IN]            = SEARCH("search:in", -1, prepare_list),
    [SEARCH_INDEX_IN]      = SEARCH("search:index-in", -1, prepare_list),
    [SEARCH_SINCE]         = SEARCH_TIME("search:since"),
    [SEARCH_BEFORE]        = SEARCH_TIME("search:before"),
    [SEARCH_UNTIL]         = SEARCH_TIME("search:until"),
    [SEARCH_WORD]          = SEARCH("search:word", 2, prepare_term),
    [SEARCH_PHRASE]        = SEARCH("search:phrase", 2, prepare_term),
    [SEARCH_EXACT]         = SEARCH("search:exact", 2, prepare_term),
    [SEARCH_CASED_WORD]    = SEARCH("search:case", 2, prepare_term),
};
