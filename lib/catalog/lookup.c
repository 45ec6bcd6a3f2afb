#include "catalog/lookup.h"

#include "base/suggest.h"

status lookup_find(struct context *context, str name, struct span span, struct diag *diag, struct lookup **out)
{
    if (!context->lookups)
        return diag_at(diag, FAIL_QUERY, span, "unknown-lookup", "no lookup table '%.*s' is known", SHOW(name));
    return context->lookups->find(context->lookups->host, name, span, context, diag, out);
}

status lookup_column(const struct lookup *lookup, str name, struct span span, struct diag *diag, uint32_t *out)
{
    struct suggest near = suggest_for(name);

    *out = 0;
    if (lookup->missing)
        return OK;
    for (uint32_t i = 0; i < lookup->columns; i++) {
        *out = i;
        if (str_equal(lookup->column[i], name))
            return OK;
        suggest_offer(&near, lookup->column[i]);
    }
    diag_at(diag, FAIL_QUERY, span, "unknown-column", "lookup table '%.*s' has no column '%.*s'", SHOW(lookup->name),
            SHOW(name));
    diag_suggest(diag, near.best);
    return FAIL_QUERY;
}

status lookup_prepare(struct lookup_use *use, struct context *context, struct span span, struct diag *diag)
{
    const struct lookup_kind *kind = use->lookup->kind;
    status                    result = use->lookup->missing || !kind->prepare ? OK : kind->prepare(use, context);

    if (result != FAIL_LIMIT)
        return result;
    return diag_at(diag, FAIL_LIMIT, span, "limit-size", "to find rows of lookup table '%.*s' takes more than the bytes of "
                   "limit.lookup", SHOW(use->lookup->name));
}

/* --- answers out of hits ------------------------------------------------------------------------------------------- */

struct answering {
    const struct lookup_use  *use;
    const struct lookup_hits *hits;
    struct arena             *arena;
};

static uint32_t hits_of(const struct answering *to, uint32_t key)
{
    uint32_t hits = to->hits->from[key + 1] - to->hits->from[key], most = to->use->lookup->max_matches;

    return hits < most ? hits : most;
}

/* So many values that are missing: default_match for each. */
static uint32_t lacks(const struct answering *to, uint32_t key)
{
    uint32_t hits = hits_of(to, key), least = to->use->lookup->min_matches;

    return hits < least ? least - hits : 0;
}

/* The values of output `o` for keys `from` to `to_key`. Nulls of rows that match count as matches and give nothing. `into`
 * NULL: counts only. */
static uint32_t gather(const struct answering *to, uint32_t from, uint32_t end, uint32_t o, struct cell *into)
{
    uint32_t count = 0;

    for (uint32_t key = from; key < end; key++) {
        const struct cell *hit = to->hits->cell + (size_t)to->hits->from[key] * to->use->outputs + o;

        for (uint32_t i = hits_of(to, key); i > 0; i--, hit += to->use->outputs) {
            if (hit->kind == KIND_NULL)
                continue;
            for (uint32_t m = 0; m < (hit->kind == KIND_LIST ? hit->size : 1); m++, count++)
                if (into)
                    into[count] = hit->kind == KIND_LIST ? hit->list[m] : *hit;
        }
        for (uint32_t i = lacks(to, key); i > 0; i--, count++)
            if (into)
                into[count] = cell_field_text(to->use->lookup->default_match);
    }
    return count;
}

static status answer_one(const struct answering *to, uint32_t from, uint32_t end, uint32_t o, struct cell *out)
{
    uint32_t     count = gather(to, from, end, o, NULL);
    struct cell *list;

    *out = cell_null();
    if (count < 2) {
        gather(to, from, end, o, out);
        return OK;
    }
    TRY_NEW(list = arena_alloc(to->arena, count * sizeof *list));
    gather(to, from, end, o, list);
    *out = (struct cell){ .kind = KIND_LIST, .size = count, .list = list };
    return OK;
}

status lookup_answer(const struct lookup_use *use, const struct lookup_keys *keys, const uint32_t *from, uint32_t count,
                     struct context *context, struct arena *arena, struct arena *scratch, struct cell *answer)
{
    struct lookup_hits hits;
    struct answering   to = { use, &hits, arena };

    if (use->lookup->missing) {
        memset(answer, 0, (size_t)count * use->outputs * sizeof *answer);       /* KIND_NULL is 0 */
        return OK;
    }
    TRY(use->lookup->kind->find(use, keys, context, scratch, &hits));
    for (uint32_t q = 0; q < count; q++)
        for (uint32_t o = 0; o < use->outputs; o++)
            TRY(answer_one(&to, from[q], from[q + 1], o, &answer[(size_t)q * use->outputs + o]));
    return OK;
}
