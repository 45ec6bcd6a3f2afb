#include "group/states.h"

#include "group/partials.h"
#include "group/sparks.h"
#include "text/json.h"
#include "value/number.h"

#include <stdio.h>
#include <stdlib.h>

/* One name in the text. Several works may have the same state: each takes it in, one of them gives it out. */
struct state_key {
    struct state_holder {
        struct tally_work      *work;
        struct argument_values *spoiled;        /* "allnum(x)" is a mark of the argument, no state of the work */
        bool                    shared;         /* another before it takes in what both look at */
        struct state_holder    *next;
    } *first;
};

void states_init(struct states *states, struct tallies *tallies)
{
    *states = (struct states){ .tallies = tallies, .met = states->met };
    map_init(&states->keys, tallies->heap);
    arena_init(&states->scratch, tallies->heap);
}

void states_free(struct states *states)
{
    if (states->tallies) {
        map_free(&states->keys);
        arena_free(&states->scratch);
    }
    *states = (struct states){ .met = states->met };
}

static status note_met(struct states *states, const struct measure *measure)
{
    const struct measures *measures = states->tallies->measures;

    if (!states->met)
        TRY_NEW(states->met = ARENA_ARRAY(states->tallies->arena, bool, measures->count + (size_t)1));
    states->met[measure - measures->item] = true;
    return OK;
}

/* --- names ---------------------------------------------------------------------------------------------- */

static status key_text(const struct tallies *tallies, const struct tally_work *work, const char *kind, str *out)
{
    const struct measure *measure = work->measure;
    struct buf            text;

    buf_init(&text, tallies->heap);
    if (measure->sparkline)
        buf_text(&text, "sparkline ");
    if (measure->sparkline && measure->step)
        buf_print(&text, "%u:%u ", (unsigned)measure->step->unit, (unsigned)measure->step->count);
    buf_text(&text, kind);
    if (work->argument->field || measure->program) {
        buf_byte(&text, '(');
        buf_put(&text, work->argument->field ? name_str(work->argument->field) : measure->expression);
        buf_byte(&text, ')');
    }
    *out = buf_status(&text) == OK ? arena_str(tallies->arena, buf_str(&text)) : (str){ NULL, 0 };
    buf_free(&text);
    return out->at ? OK : FAIL_MEMORY;
}

static status hold(struct states *states, struct tally_work *work, struct argument_values *spoiled, const char *kind)
{
    struct arena        *arena = states->tallies->arena;
    struct state_key    *key;
    struct state_holder *holder, **end;
    str                  text;
    bool                 shared = false;

    TRY(key_text(states->tallies, work, kind, &text));
    key = map_get(&states->keys, text);
    if (!key) {
        TRY_NEW(key = ARENA_NEW(arena, struct state_key));
        TRY(map_put(&states->keys, text, key));
    }
    for (end = &key->first; *end; end = &(*end)->next)
        if ((*end)->work->argument == work->argument && (spoiled || (!work->sparks && !work->tally.aggregate->update)))
            shared = true;                      /* the values that several share are taken in once */
    TRY_NEW(holder = ARENA_NEW(arena, struct state_holder));
    *holder = (struct state_holder){ .work = work, .spoiled = spoiled, .shared = shared };
    *end = holder;
    return OK;
}

/* Works that have come since. */
static status catch_up(struct states *states)
{
    struct tallies *tallies = states->tallies;

    for (; states->works < tallies->works; states->works++) {
        struct tally_work      *work = tallies->work[states->works];
        const struct aggregate *aggregate = work->tally.aggregate;
        if (work->sparks || partials_can(aggregate))
            TRY(hold(states, work, NULL, aggregate->state ? aggregate->state : aggregate->name));
        if (tallies->measures->allnum && aggregate->numeric && !work->sparks)
            TRY(hold(states, work, work->argument, "allnum"));
    }
    return OK;
}

/* --- out ------------------------------------------------------------------------------------------------ */

status states_save_one(struct tally *tally, uint32_t group, struct arena *arena, struct cell *part)
{
    status s;

    tally->partial = true;
    s = tally->aggregate->save(tally, group, arena, part);
    tally->partial = false;
    return s;
}

static void put_cell(struct buf *out, const struct cell *cell)
{
    char room[NUMBER_ROOM];
    bool plain = cell->kind == KIND_NUMBER && cell->decimals == EXACT && cell->number - cell->number == 0;

    switch (cell->kind) {
    case KIND_NUMBER:
        if (!plain)
            buf_text(out, "{\"");
        buf_put(out, str_make(room, number_format(cell->number, EXACT, room)));
        if (!plain)
            buf_print(out, "\":%d}", (int)cell->decimals);
        break;
    case KIND_TEXT:
        json_put_string(out, cell_str(cell));
        break;
    case KIND_LIST:
        buf_byte(out, '[');
        for (uint32_t i = 0; i < cell->size; i++) {
            if (i)
                buf_byte(out, ',');
            put_cell(out, &cell->list[i]);      /* no lists inside of lists */
        }
        buf_byte(out, ']');
        break;
    default:
        buf_text(out, "null");
    }
}

void state_put(struct buf *out, const struct cell *part, uint32_t parts)
{
    buf_byte(out, '[');
    for (uint32_t i = 0; i < parts; i++) {
        if (i)
            buf_byte(out, ',');
        put_cell(out, &part[i]);
    }
    buf_byte(out, ']');
}

static bool is_empty(const struct cell *part, uint32_t parts)
{
    for (uint32_t i = 0; i < parts; i++)
        if (part[i].kind != KIND_NULL)
            return false;
    return true;
}

static status save_one(const struct state_holder *holder, uint32_t group, struct arena *arena, struct cell *part,
                       uint32_t *parts)
{
    struct tally_work      *work = holder->work;
    const struct aggregate *aggregate = work->tally.aggregate;

    *parts = 0;
    if (holder->spoiled) {
        part[0] = cell_number(1);
        *parts = group < holder->spoiled->spoiled_room && holder->spoiled->spoiled[group];
        return OK;
    }
    if (!tallies_show(work))
        return OK;
    if (work->sparks) {
        *parts = SPARKS_PARTS;
        return sparks_save(work->sparks, group, arena, part);
    }
    *parts = aggregate->parts;
    return states_save_one(&work->tally, group, arena, part);
}

static int by_name(const void *left, const void *right)
{
    const struct map_entry *const *a = left, *const *b = right;

    return str_compare((*a)->key, (*b)->key);
}

status states_save(struct states *states, uint32_t group, struct arena *arena, struct cell *out)
{
    const struct map_entry **entry;
    struct cell              part[AGGREGATE_PARTS];
    struct buf               text;
    uint32_t                 parts;
    const char              *between = "";
    status                   s = OK;

    TRY(catch_up(states));
    arena_reset(&states->scratch);
    TRY_NEW(entry = ARENA_ARRAY(&states->scratch, const struct map_entry *, states->keys.count + (size_t)1));
    for (uint32_t i = 0; i < states->keys.count; i++)
        entry[i] = &states->keys.entry[i];
    qsort(entry, states->keys.count, sizeof *entry, by_name);
    buf_init(&text, states->tallies->heap);
    buf_byte(&text, '{');
    for (uint32_t i = 0; i < states->keys.count && s == OK; i++) {
        const struct state_holder *holder = ((const struct state_key *)entry[i]->value)->first;
        s = save_one(holder, group, &states->scratch, part, &parts);
        if (s != OK)
            break;
        if (is_empty(part, parts)) {            /* that it was counted is told all the same, if it was asked for by name */
            if (holder->spoiled || holder->work->measure->wild)
                continue;
            parts = 0;
        }
        buf_text(&text, between);
        json_put_string(&text, entry[i]->key);
        buf_byte(&text, ':');
        state_put(&text, part, parts);
        between = ",";
    }
    buf_byte(&text, '}');
    if (s == OK && (s = buf_status(&text)) == OK) {
        *out = cell_field_text(arena_str(arena, buf_str(&text)));
        s = out->text ? OK : FAIL_MEMORY;
    }
    buf_free(&text);
    return s;
}

/* --- in ------------------------------------------------------------------------------------------------- */

status state_get_name(const struct json_walk *walk, struct arena *arena, str *out)
{
    char *decoded;

    *out = walk->text;
    if (!walk->escaped)
        return OK;
    TRY_NEW(decoded = arena_alloc(arena, walk->text.size + 1));
    *out = str_make(decoded, json_decode(walk->text, decoded));
    return OK;
}

/* {"1.5": 1} */
static status get_odd(struct json_walk *walk, struct arena *arena, struct cell *out)
{
    double decimals;
    str    number;

    if (json_next(walk) != JSON_KEY)
        return FAIL_DATA;
    TRY(state_get_name(walk, arena, &number));
    *out = cell_number(0);
    if (!number_parse(number, &out->number, NULL) || json_next(walk) != JSON_NUMBER ||
        !number_parse(walk->text, &decimals, NULL) || !(decimals >= -400 && decimals <= EXACT) ||
        json_next(walk) != JSON_OBJECT_END)
        return FAIL_DATA;
    out->decimals = (int16_t)decimals;
    return OK;
}

static status get_scalar(struct json_walk *walk, enum json_token token, struct arena *arena, struct cell *out)
{
    str text;

    switch (token) {
    case JSON_NULL:
        *out = cell_null();
        return OK;
    case JSON_NUMBER:
        *out = cell_number(0);
        return number_parse(walk->text, &out->number, NULL) ? OK : FAIL_DATA;
    case JSON_STRING:
        TRY(state_get_name(walk, arena, &text));
        *out = cell_field_text(text);
        return OK;
    case JSON_OBJECT:
        return get_odd(walk, arena, out);
    default:
        return FAIL_DATA;
    }
}

static status get_list(struct json_walk *walk, struct arena *arena, struct cell *out)
{
    struct cell    *member = NULL;
    uint32_t        count = 0, room = 0;
    enum json_token token;

    while ((token = json_next(walk)) != JSON_ARRAY_END) {
        if (count == room) {
            struct cell *more;
            if (room > UINT32_MAX / 4)
                return FAIL_DATA;
            room = room ? 2 * room : 16;
            TRY_NEW(more = arena_alloc(arena, room * sizeof *more));
            if (count)
                memcpy(more, member, count * sizeof *more);
            member = more;
        }
        TRY(get_scalar(walk, token, arena, &member[count]));
        if (member[count].kind == KIND_NULL)
            return FAIL_DATA;
        count++;
    }
    *out = count == 0 ? cell_null() : count == 1 ? member[0]
        : (struct cell){ .kind = KIND_LIST, .size = count, .list = member };
    return OK;
}

status state_get(struct json_walk *walk, struct arena *arena, struct cell *part, uint32_t *parts)
{
    enum json_token token;

    *parts = 0;
    if (json_next(walk) != JSON_ARRAY)
        return FAIL_DATA;
    while ((token = json_next(walk)) != JSON_ARRAY_END) {
        if (*parts == AGGREGATE_PARTS)
            return FAIL_DATA;
        TRY(token == JSON_ARRAY ? get_list(walk, arena, &part[*parts])
                                : get_scalar(walk, token, arena, &part[*parts]));
        ++*parts;
    }
    return OK;
}

/* The field in "sum(x)", for wildcards. */
static status show_field(struct states *states, str key)
{
    const struct name *field;
    size_t             open = str_find(key, STR("("), 0);

    if (!states->tallies->wild || open == SIZE_MAX || key.at[key.size - 1] != ')' || map_find(&states->keys, key))
        return OK;
    key = str_slice(key, open + 1, key.size - 1);
    if (str_starts(key, STR("eval(")))
        return OK;
    TRY_NEW(field = names_intern(states->tallies->context->names, key));
    return tallies_see_field(states->tallies, field);
}

static status load_one(const struct states *states, const struct state_holder *holder, uint32_t group,
                       const struct cell *part, uint32_t parts)
{
    struct tally_work      *work = holder->work;
    const struct aggregate *aggregate = work->tally.aggregate;
    status                  s;

    if (holder->spoiled) {
        holder->spoiled->spoiled[group] = 1;
        return OK;
    }
    work->argument->any_value = true;
    work->argument->any_number |= aggregate->numeric;
    if (parts != (work->sparks ? (uint32_t)SPARKS_PARTS : aggregate->parts))
        return FAIL_DATA;
    if (work->sparks)
        return sparks_load(work->sparks, group, part, states->holder);
    work->tally.partial = true;
    work->tally.holder = states->holder;
    s = aggregate->load(&work->tally, group, part);
    work->tally.partial = false;
    return s;
}

status states_load_key(struct states *states, uint32_t group, str key, const struct cell *part, uint32_t parts)
{
    struct state_key *found;

    TRY(show_field(states, key));
    TRY(catch_up(states));
    found = map_get(&states->keys, key);
    for (struct state_holder *holder = found ? found->first : NULL; holder; holder = holder->next) {
        if (!holder->spoiled)
            TRY(note_met(states, holder->work->measure));
        if (!holder->shared && !is_empty(part, parts))
            TRY(load_one(states, holder, group, part, parts));
    }
    return OK;
}

status states_load(struct states *states, uint32_t group, str text)
{
    struct json_walk walk;
    struct cell      part[AGGREGATE_PARTS];
    enum json_token  token;
    uint32_t         parts;
    str              key;

    TRY(catch_up(states));
    json_walk_start(&walk, text);
    if (json_next(&walk) != JSON_OBJECT)
        return FAIL_DATA;
    arena_reset(&states->scratch);
    while ((token = json_next(&walk)) == JSON_KEY) {
        TRY(state_get_name(&walk, &states->scratch, &key));
        TRY(state_get(&walk, &states->scratch, part, &parts));
        TRY(states_load_key(states, group, key, part, parts));
    }
    return token == JSON_OBJECT_END && json_next(&walk) == JSON_END ? OK : FAIL_DATA;
}

/* --- what did not come ---------------------------------------------------------------------------------- */

status states_join(struct states *states, const struct states *from)
{
    const struct measures *measures = states->tallies->measures;

    for (uint32_t i = 0; from->met && i < measures->count; i++)
        if (from->met[i])
            TRY(note_met(states, &measures->item[i]));
    return OK;
}

void states_note_missing(const struct states *states, struct op *op)
{
    const struct measures *measures = states->tallies->measures;
    char                   text[200];

    for (uint32_t i = 0; i < measures->count; i++) {
        const struct measure *measure = &measures->item[i];
        if ((states->met && states->met[i]) || measure->wild || measure->hidden)
            continue;
        snprintf(text, sizeof text, "aggregates were not among the partial results (psrsvd_v); the first is '%.*s'",
                 SHOW(measure->name));
        op_note(op, "missing-partials", str_of(text));
    }
}
