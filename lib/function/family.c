#include "function/family.h"

#include "text/regex.h"
#include "text/regex_doubt.h"
#include "value/number.h"

enum { MOST_SPARE = 65536 };

status give_text(struct call *call, struct cell *out, str text)
{
    char *copy = arena_alloc(call->arena, text.size + 1);

    TRY_NEW(copy);
    if (text.size)
        memcpy(copy, text.at, text.size);
    *out = cell_text((str){ copy, text.size });
    return OK;
}

status give_buf(struct call *call, struct cell *out, struct buf *buf)
{
    status made = buf_status(buf);

    if (made == OK)
        made = give_text(call, out, buf_str(buf));
    if (call->spare.at || buf->capacity > MOST_SPARE) {
        buf_free(buf);
        return made;
    }
    call->spare = *buf;
    buf_init(buf, call->context->heap);
    return made;
}

status texts_of(struct call *call, const struct cell *member, uint32_t count, struct cell **out)
{
    char room[NUMBER_ROOM];

    TRY_NEW(*out = arena_alloc(call->arena, (size_t)count * sizeof **out));
    for (uint32_t i = 0; i < count; i++) {
        (*out)[i] = member[i];
        if (member[i].kind != KIND_TEXT)
            TRY(give_text(call, &(*out)[i], cell_show(&member[i], room)));
    }
    return OK;
}

status gather_cell(struct call *call, struct gathered *to, struct cell cell)
{
    if (to->count == to->room) {
        uint32_t     room = to->room ? to->room * 2 : 8;
        struct cell *moved = ARENA_ARRAY(call->arena, struct cell, room);
        TRY_NEW(moved);
        if (to->count)
            memcpy(moved, to->cell, to->count * sizeof *moved);
        to->cell = moved;
        to->room = room;
    }
    to->cell[to->count++] = cell;
    return OK;
}

struct pattern {
    struct regex *regex;
};

status pattern_prepare(struct site *site, uint32_t i, struct arena *arena, struct context *context,
                       struct diag *diag)
{
    struct pattern    *pattern;
    struct regex_error error;
    status             compiled;
    const char        *doubt;

    if (!site_is_literal(site, i) || site->literal[i].kind != KIND_TEXT)
        return OK;
    TRY_NEW(pattern = ARENA_NEW(arena, struct pattern));
    compiled = regex_compile(context->heap, context->cpu, cell_str(&site->literal[i]), 0, &pattern->regex,
                             &error);
    if (compiled == FAIL_QUERY && !site_is_written(site, i)) {
        diag_warn(diag, site->span[i], "never-matches", "the regex can match nothing: %s", error.message);
        return OK;
    }
    if (compiled == FAIL_QUERY)
        return diag_at(diag, FAIL_QUERY, site->span[i], "bad-regex",
                       "invalid regular expression: %s at offset %zu",
                       error.message, error.offset);
    TRY(compiled);
    site->prepared = pattern;
    doubt = regex_doubt(cell_str(&site->literal[i]));
    if (doubt)
        diag_warn(diag, site->span[i], "never-matches", "the regex can match nothing: %s", doubt);
    return OK;
}

void pattern_drop(struct site *site)
{
    struct pattern *pattern = site->prepared;

    if (pattern)
        regex_free(pattern->regex);
}

status pattern_use(struct call *call, const struct cell *text, const struct regex **regex,
                   struct regex_match **match)
{
    const struct pattern *pattern = call->site->prepared;
    struct regex_match   *made = call->scratch;
    status                found;

    if (!made) {
        TRY(regex_match_new(call->context->heap, &made));
        call->scratch = made;
    }
    *match = made;
    if (pattern) {
        *regex = pattern->regex;
        return OK;
    }
    found = regex_cache_get(call->context->regexes, cell_str(text), 0, regex);
    if (found != FAIL_QUERY)
        return found;
    if (call->context->note)
        call->context->note(call->context->host, "bad-regex",
                            STR("values had a computed regex that does not compile; they count as null"));
    return DONE;
}

status pattern_found(struct call *call, status found)
{
    if (found != FAIL_LIMIT)
        return found;
    if (call->context->note)
        call->context->note(call->context->host, "regex-limit",
                            STR("values made a regex give up; they count as no match"));
    return DONE;
}

void pattern_close(struct call *call)
{
    regex_match_free(call->scratch);
    call->scratch = NULL;
}
