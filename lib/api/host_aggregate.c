/* Aggregates of the host. A group's state is allocated when its first value comes and never moves: the array
 * that tallies keep holds pointers. */
#include "api/host.h"

struct host_aggregate {
    struct hosted    hosted;
    struct aggregate aggregate;         /* what tallies see */
    spl_aggregate    given;
};

struct slot {
    void *state;                        /* NULL: no value yet */
};

enum { PARTS_MOST = COUNT_OF(((struct aggregate *)0)->part) };

static const struct host_aggregate *own_of(const struct tally *tally)
{
    return container_of(tally->aggregate, struct host_aggregate, aggregate);
}

static status failed(const struct tally *tally, const char *why)
{
    return diag_at(tally->context->diag, FAIL_HOST, (struct span){ 0, 0 }, "host-failed", "%s() failed: %s",
                   tally->aggregate->name, why);
}

/* An answer of the host. */
static status outcome(const struct tally *tally, const struct spl_call *call, spl_status answer)
{
    return answer < 0 ? failed(tally, call_message(call)) : OK;
}

/* A fresh state, if there is none. */
static status make(const struct tally *tally, struct spl_call *call, struct slot *slot)
{
    const spl_aggregate *given = &own_of(tally)->given;
    void                *state;

    if (slot->state)
        return OK;
    TRY_NEW(state = arena_zero(call->arena, 1, given->state_size + 1));
    if (given->init)
        TRY(outcome(tally, call, given->init(call, given->host, state)));
    slot->state = state;
    return OK;
}

static status host_update(struct tally *tally, const struct feed *feed)
{
    const spl_aggregate *given = &own_of(tally)->given;
    struct spl_call      call = call_make(tally->context, tally->arena);

    for (uint32_t i = 0; i < feed->count; i++) {
        struct slot *slot = tally_state(tally, feed->group ? feed->group[i] : 0);
        spl_cell     value;
        call.place = feed->ordinal + (feed->row ? feed->row[i] : i);
        if (!slot->state)
            TRY(make(tally, &call, slot));
        TRY(cell_give(&feed->cell[i], tally->arena, &value));
        TRY(outcome(tally, &call, given->update(&call, given->host, slot->state, &value)));
    }
    return OK;
}

static status host_finish(struct tally *tally, uint32_t group, struct arena *arena, struct cell *out)
{
    const spl_aggregate *given = &own_of(tally)->given;
    struct slot         *slot = tally_state(tally, group);
    struct spl_call      call = call_make(tally->context, tally->arena);
    spl_cell             answer = { .kind = SPL_NULL, .decimals = SPL_EXACT };
    status               result;

    *out = cell_null();
    if (!slot->state && !tally->aggregate->counts)
        return OK;
    TRY(make(tally, &call, slot));
    call.arena = arena;
    TRY(outcome(tally, &call, given->finish(&call, given->host, slot->state, &answer)));
    result = cell_take_field(&answer, arena, out);
    return result == FAIL_HOST ? failed(tally, "its result is no value") : result;
}

/* --- partial results ------------------------------------------------------------------------------------ */

static status host_save(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part)
{
    const spl_aggregate *given = &own_of(tally)->given;
    const struct slot   *slot = tally_state(tally, group);
    struct spl_call      call = call_make(tally->context, arena);
    spl_cell             saved[PARTS_MOST];

    for (uint32_t i = 0; i < given->parts; i++) {
        saved[i] = (spl_cell){ .kind = SPL_NULL, .decimals = SPL_EXACT };
        part[i] = cell_null();
    }
    if (!slot->state)
        return OK;
    TRY(outcome(tally, &call, given->save(&call, given->host, slot->state, saved)));
    for (uint32_t i = 0; i < given->parts; i++) {
        status result = cell_take(&saved[i], arena, &part[i]);
        if (result == OK && part[i].kind == KIND_BOOLEAN)       /* nothing that a field could hold */
            result = FAIL_HOST;
        TRY(result == FAIL_HOST ? failed(tally, "a part of its state is no value") : result);
    }
    return OK;
}

static status host_load(struct tally *tally, uint32_t group, const struct cell *part)
{
    const spl_aggregate *given = &own_of(tally)->given;
    struct slot         *slot = tally_state(tally, group);
    struct spl_call      call = call_make(tally->context, tally->arena);
    spl_cell             saved[PARTS_MOST];

    for (uint32_t i = 0; i < given->parts; i++)
        TRY(cell_give(&part[i], tally->arena, &saved[i]));
    TRY(make(tally, &call, slot));
    return outcome(tally, &call, given->load(&call, given->host, slot->state, saved));
}

static status merge_saved(struct tally *into, struct tally *from, uint32_t group, uint32_t into_group)
{
    struct arena scratch;
    struct cell  part[PARTS_MOST];
    status       result;

    arena_init(&scratch, into->context->heap);
    result = host_save(from, group, &scratch, part);
    if (result == OK)
        result = host_load(into, into_group, part);
    arena_free(&scratch);
    return result;
}

static status merge_group(struct tally *into, struct tally *from, uint32_t group, uint32_t into_group)
{
    const spl_aggregate *given = &own_of(into)->given;
    struct slot         *his = tally_state(from, group), *mine = tally_state(into, into_group);
    struct spl_call      call = call_make(into->context, into->arena);

    if (!his->state)
        return OK;
    if (!given->merge)
        return merge_saved(into, from, group, into_group);
    TRY(make(into, &call, mine));
    return outcome(into, &call, given->merge(&call, given->host, mine->state, his->state));
}

static status host_merge(struct tally *into, struct tally *from, const uint32_t *group)
{
    for (uint32_t i = 0; i < from->groups; i++)
        if (group[i] != UINT32_MAX)
            TRY(merge_group(into, from, i, group[i]));
    return OK;
}

static void host_close(struct tally *tally)
{
    const spl_aggregate *given = &own_of(tally)->given;

    for (uint32_t i = 0; given->clear && i < tally->groups; i++) {
        struct slot *slot = tally_state(tally, i);
        if (slot->state)
            given->clear(given->host, slot->state);
    }
}

/* --- adding --------------------------------------------------------------------------------------------- */

static const char *is_wrong(const struct vocabulary *words, const spl_aggregate *given)
{
    const struct aggregate *known;
    double                  percent;

    if (given->size < sizeof *given)
        return "its size is not sizeof(spl_aggregate)";
    if (!host_is_word(given->name))
        return "its name is not made of at most 64 lower-case letters, digits and underscores";
    if (!given->update || !given->finish)
        return "it lacks update or finish";
    if (!given->save != !given->load || given->parts > PARTS_MOST || (given->save && !given->parts))
        return "save, load and the number of parts, 1 to 6, belong together";
    if (!given->merge && !given->save)
        return "it can neither merge states nor save and load them";
    if (given->state_size > UINT32_MAX)
        return "its states are too large";
    known = vocabulary_aggregate(words, str_of(given->name), &percent);
    if (known && known->finish != host_finish && !(given->flags & SPL_HIDES))
        return "a built-in aggregate has its name";
    return NULL;
}

static status add(struct lexicon *lexicon, const void *input, const char **wrong)
{
    static const char *const names[PARTS_MOST] = { "part1", "part2", "part3", "part4", "part5", "part6" };
    const spl_aggregate     *given = input;
    struct host_aggregate   *own;

    if ((*wrong = is_wrong(&lexicon->vocabulary, given)) != NULL)
        return FAIL_MISUSE;
    TRY_NEW(own = ARENA_NEW(&lexicon->arena, struct host_aggregate));
    own->given = *given;
    own->aggregate = (struct aggregate){
        .size = sizeof(struct slot), .takes = FEED_CELLS | FEED_ROWS, .counts = given->flags & SPL_COUNTS,
        .update = host_update, .merge = host_merge, .finish = host_finish, .close = host_close,
    };
    if (given->save) {
        own->aggregate.parts = (uint8_t)given->parts;
        memcpy(own->aggregate.part, names, sizeof names);
        own->aggregate.save = host_save;
        own->aggregate.load = host_load;
    }
    TRY(host_text(lexicon, given->name, NULL, &own->aggregate.name));
    TRY(host_text(lexicon, given->usage, given->name, &own->aggregate.usage));
    TRY(host_text(lexicon, given->summary, "an aggregate of the host", &own->aggregate.summary));
    TRY(vocabulary_add_aggregate(&lexicon->vocabulary, &own->aggregate));
    host_keep(lexicon, &own->hosted, given->host, given->drop);
    return OK;
}

spl_status spl_engine_add_aggregate(spl_engine *engine, const spl_aggregate *aggregate, spl_error **err)
{
    return host_add(engine, "aggregate", "bad-definition", add, aggregate, err);
}

uint64_t spl_call_place(const spl_call *call)
{
    return call->place;
}
