#include "base/hash.h"
#include "command/transactions.h"

enum { SMALL = 512 - 32 };              /* bytes: thousands of transactions are open, most of few events */

static void detach(struct open_set *set, struct open_transaction *transaction)
{
    *(transaction->newer ? &transaction->newer->older : &set->newest) = transaction->older;
    *(transaction->older ? &transaction->older->newer : &set->oldest) = transaction->newer;
    transaction->newer = transaction->older = NULL;
}

static void attach(struct open_set *set, struct open_transaction *transaction)
{
    transaction->older = set->newest;
    transaction->newer = NULL;
    *(set->newest ? &set->newest->newer : &set->oldest) = transaction;
    set->newest = transaction;
}

void open_transaction_free(struct open_set *set, struct open_transaction *transaction)
{
    struct arena arena;

    if (!transaction)
        return;
    arena = transaction->arena;
    heap_free(set->heap, transaction, sizeof *transaction);
    arena_free(&arena);
}

void open_set_free(struct open_set *set)
{
    while (set->newest) {
        struct open_transaction *transaction = set->newest;

        detach(set, transaction);
        open_transaction_free(set, transaction);
    }
    if (set->heap)
        heap_free(set->heap, set->slot, set->slots * sizeof *set->slot);
    set->slot = NULL;
}

status open_set_new(struct open_set *set, uint32_t fields, struct open_transaction **out)
{
    struct open_transaction *transaction = heap_zero(set->heap, 1, sizeof *transaction);

    TRY_NEW(*out = transaction);
    arena_init(&transaction->arena, set->heap);
    transaction->arena.chunk_size = SMALL;
    transaction->tie = ARENA_ARRAY(&transaction->arena, struct tie *, fields + (size_t)1);
    if (transaction->tie)
        return OK;
    open_transaction_free(set, transaction);
    return FAIL_MEMORY;
}

/* --- values -------------------------------------------------------------------------------------------------------- */

static status grow(struct open_set *set)
{
    uint32_t     slots = set->slots ? set->slots * 2 : 256;
    struct tie **slot;

    if (set->ties < set->slots)
        return OK;
    TRY_NEW(slot = heap_zero(set->heap, slots, sizeof *slot));
    for (uint32_t i = 0; i < set->slots; i++)
        for (struct tie *tie = set->slot[i], *next; tie; tie = next) {
            next = tie->next;
            tie->next = slot[tie->hash & (slots - 1)];
            slot[tie->hash & (slots - 1)] = tie;
        }
    heap_free(set->heap, set->slot, set->slots * sizeof *set->slot);
    set->slot = slot;
    set->slots = slots;
    return OK;
}

static status tie(struct open_set *set, struct open_transaction *transaction, const struct event *event, uint32_t field)
{
    struct tie *made;

    TRY(grow(set));
    TRY_NEW(made = ARENA_NEW(&transaction->arena, struct tie));
    *made = (struct tie){ .owner = transaction, .hash = event->hash[field], .field = field };
    TRY_NEW((made->key = arena_str(&transaction->arena, event->key[field])).at);
    made->next = set->slot[made->hash & (set->slots - 1)];
    set->slot[made->hash & (set->slots - 1)] = made;
    set->ties++;
    transaction->tie[field] = made;
    return OK;
}

static void untie(struct open_set *set, const struct tie *tie)
{
    struct tie **link = &set->slot[tie->hash & (set->slots - 1)];

    while (*link != tie)
        link = &(*link)->next;
    *link = tie->next;
    set->ties--;
}

/* --- events -------------------------------------------------------------------------------------------------------- */

status open_set_add(struct open_set *set, struct open_transaction *transaction, const struct event *event, uint32_t fields,
                    uint32_t columns, struct member **out)
{
    struct member *member;

    if (transaction->count) {
        detach(set, transaction);
    } else {
        set->count++;
        transaction->newest = event->time;
    }
    attach(set, transaction);
    transaction->touched = ++set->touches;
    transaction->oldest = event->time;
    transaction->matches += event->present;
    transaction->count++;
    set->events++;
    for (uint32_t f = 0; f < fields; f++)
        if (event->key[f].at && !transaction->tie[f])
            TRY(tie(set, transaction, event, f));
    TRY_NEW(member = ARENA_NEW(&transaction->arena, struct member));
    TRY_NEW(member->cell = ARENA_ARRAY(&transaction->arena, struct cell, columns + (size_t)1));
    member->next = transaction->first;
    transaction->first = member;
    *out = member;
    return OK;
}

void open_set_remove(struct open_set *set, struct open_transaction *transaction, uint32_t fields)
{
    detach(set, transaction);
    for (uint32_t f = 0; f < fields; f++)
        if (transaction->tie[f])
            untie(set, transaction->tie[f]);
    set->count--;
    set->events -= transaction->count;
}

static bool suits(const struct open_transaction *transaction, const struct event *event, uint32_t fields)
{
    for (uint32_t f = 0; f < fields; f++)
        if (event->key[f].at && transaction->tie[f] && !str_equal(event->key[f], transaction->tie[f]->key))
            return false;
    return true;
}

struct open_transaction *open_set_find(const struct open_set *set, const struct event *event, uint32_t fields, bool any)
{
    struct open_transaction *best = NULL;

    for (struct open_transaction *one = any ? set->newest : NULL; one; one = one->older)
        if (suits(one, event, fields))
            return one;
    for (uint32_t f = 0; f < fields && !any && set->slots; f++) {
        if (!event->key[f].at)
            continue;
        for (struct tie *tie = set->slot[event->hash[f] & (set->slots - 1)]; tie; tie = tie->next)
            if (tie->hash == event->hash[f] && tie->field == f && (!best || tie->owner->touched > best->touched) &&
                str_equal(tie->key, event->key[f]) && suits(tie->owner, event, fields))
                best = tie->owner;
    }
    return best;
}
