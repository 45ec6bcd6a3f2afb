/* arules [sup=] [conf=] <fields>: which values of some fields let expect which value of another (commands 6).
 *
 * As in the R package arules, which Splunk names: of all sets of values (at most one a field) that occur together in enough
 * rows, one value is implied by the others if enough of the rows that have the others have it as well. Of a
 * multivalue the first value counts, what is missing is no value. The strongest rules come first, then those with the most
 * rows, then in order of bytes. */
#include "flow/run.h"
#include "plan/bind.h"
#include "rows/results.h"
#include "state/groups.h"

#include <stdlib.h>

enum { SUP, CONF, FIELDS };
enum { FIELDS_MOST = 10 };              /* the package's own limit: every subset of them is looked at */

static const struct param arules_params[] = {
    [SUP] = { "sup", PARAM_COUNT, PLACE_NAMED, .preset = "3", .least = 1, .most = 9007199254740992,
              .help = "rows that a rule must hold in" },
    [CONF] = { "conf", PARAM_NUMBER, PLACE_NAMED, .preset = "0.5", .least = 0, .most = 1,
               .help = "and which part of the rows that its condition holds in" },
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .required = true, .help = "two fields or more" },
    { 0 }
};

enum { GIVEN, IMPLIED, STRENGTH, GIVEN_SUPPORT, IMPLIED_SUPPORT, COLUMNS };

struct item_set {                       /* text of `sets`: which fields, and a code for each of them */
    uint32_t fields;                    /* a bit each */
    uint32_t code[FIELDS_MOST];
};

struct rule {
    uint32_t given, implied;            /* sets */
    double   strength;
    uint64_t support;                   /* of what is given */
    str      text[2];
};

struct arules {
    struct op           op;
    const struct name **field;
    uint32_t            fields;
    struct groups       rows;           /* by the values of all fields */
    uint64_t           *times;          /* by group */
    uint32_t            times_room;
    struct interner     sets;
    uint64_t           *support;        /* by set: rows */
    uint32_t            support_room;
    struct rule        *rule;
    uint32_t            rules, rule_room;
    bool                done;
    struct results      results;
};

static status arules_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *fields = stage_argument(stage, FIELDS);

    if (fields->count >= 2 && fields->count <= FIELDS_MOST)
        return OK;
    diag_at(binder->diag, FAIL_QUERY, stage->span, fields->count < 2 ? "missing-argument" : "bad-argument",
            "'arules' takes two fields at least and %d at most", FIELDS_MOST);
    diag_hint(binder->diag, "usage: %s", stage->command->usage);
    return FAIL_QUERY;
}

static status first_values(struct batch *in, struct column *column, struct arena *step, const struct column **out)
{
    struct column *cells;

    TRY(batch_decode(in, column));
    *out = column;
    if (!column || !column_may_hold(column, KIND_LIST))
        return OK;
    TRY(column_to_cells(column, &in->rows, in->size, step, &cells));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        struct cell *cell = &cells->cell[batch_row(in, i)];
        if (cell->kind == KIND_LIST)
            *cell = cell->list[0];
    }
    cells->kinds = KINDS_ANY & ~KINDS(KIND_LIST);
    *out = cells;
    return OK;
}

static status arules_push(struct op *op, struct batch *in)
{
    struct arules         *arules = container_of(op, struct arules, op);
    const struct column  **key = ARENA_ARRAY(&op->step, const struct column *, arules->fields);
    struct grouping        grouping;

    TRY_NEW(key);
    for (uint32_t f = 0; f < arules->fields; f++)
        TRY(first_values(in, batch_column(in, arules->field[f]), &op->step, &key[f]));
    TRY(groups_assign(&arules->rows, key, &in->rows, &op->step, &grouping));
    if (!heap_grow_zero(op->context->heap, &arules->times, &arules->times_room, groups_count(&arules->rows),
                        sizeof *arules->times))
        return FAIL_MEMORY;
    for (uint32_t i = 0; i < grouping.count; i++)
        arules->times[grouping.group[i]]++;
    return OK;
}

/* --- sets ---------------------------------------------------------------------------------------------------------- */

/* The codes of fields that are not in it are 0. */
static str set_text(const struct item_set *set) { return str_make((const char *)set, sizeof *set); }

static struct item_set set_at(const struct arules *arules, uint32_t number)
{
    struct item_set set;

    memcpy(&set, interner_str(&arules->sets, number).at, sizeof set);
    return set;
}

/* Every set of values that a row has counts once more. */
static status count_sets(struct arules *arules, uint32_t group)
{
    uint32_t code[FIELDS_MOST], there = 0;

    for (uint32_t f = 0; f < arules->fields; f++) {
        code[f] = groups_code(&arules->rows, group, f);
        if (arules->rows.key[f].values.cell[code[f]].kind != KIND_NULL)
            there |= 1u << f;
    }
    for (uint32_t fields = there; fields; fields = (fields - 1) & there) {
        struct item_set set = { .fields = fields };
        uint32_t        number;

        for (uint32_t f = 0; f < arules->fields; f++)
            set.code[f] = fields >> f & 1 ? code[f] : 0;
        TRY(interner_text(&arules->sets, set_text(&set), &number));
        if (!heap_grow_zero(arules->op.context->heap, &arules->support, &arules->support_room, number + 1,
                            sizeof *arules->support))
            return FAIL_MEMORY;
        arules->support[number] += arules->times[group];
    }
    return OK;
}

/* a=1, b=2 */
static status describe(struct arules *arules, uint32_t number, str *out)
{
    struct item_set set = set_at(arules, number);
    struct buf      text;
    status          result;

    buf_init(&text, arules->op.context->heap);
    for (uint32_t f = 0; f < arules->fields; f++) {
        if (!(set.fields >> f & 1))
            continue;
        buf_text(&text, text.size ? ", " : "");
        buf_put(&text, name_str(arules->field[f]));
        buf_byte(&text, '=');
        buf_put(&text, interner_str(&arules->rows.key[f].values, set.code[f]));
    }
    result = buf_status(&text);
    if (result == OK && !(*out = arena_str(&arules->op.arena, buf_str(&text))).at)
        result = FAIL_MEMORY;
    buf_free(&text);
    return result;
}

static status add_rules(struct arules *arules, uint32_t number)
{
    struct item_set whole = set_at(arules, number);

    if ((double)arules->support[number] < stage_argument(arules->op.stage, SUP)->number ||
        (whole.fields & (whole.fields - 1)) == 0)
        return OK;
    for (uint32_t f = 0; f < arules->fields; f++) {
        struct item_set given = whole, implied = { .fields = 1u << f };
        struct rule     rule;

        if (!(whole.fields >> f & 1))
            continue;
        implied.code[f] = whole.code[f];
        given.fields &= ~(1u << f);
        given.code[f] = 0;
        rule.given = interner_find(&arules->sets, set_text(&given));
        rule.implied = interner_find(&arules->sets, set_text(&implied));
        rule.strength = (double)arules->support[number] / (double)arules->support[rule.given];
        rule.support = arules->support[rule.given];
        if (rule.strength < stage_argument(arules->op.stage, CONF)->number)
            continue;
        TRY(describe(arules, rule.given, &rule.text[0]));
        TRY(describe(arules, rule.implied, &rule.text[1]));
        if (!heap_grow(arules->op.context->heap, &arules->rule, &arules->rule_room, arules->rules + 1, sizeof rule))
            return FAIL_MEMORY;
        arules->rule[arules->rules++] = rule;
    }
    return OK;
}

/* --- the result ---------------------------------------------------------------------------------------------------- */

static int compare_rules(const void *left, const void *right)
{
    const struct rule *a = left, *b = right;
    int                order;

    if (a->strength != b->strength)
        return a->strength > b->strength ? -1 : 1;
    if (a->support != b->support)
        return a->support > b->support ? -1 : 1;
    order = str_compare(a->text[0], b->text[0]);
    return order ? order : str_compare(a->text[1], b->text[1]);
}

static status find_rules(struct arules *arules)
{
    uint32_t groups = groups_count(&arules->rows);

    for (uint32_t g = 0; g < groups; g++) {
        if (g % 256 == 0)
            TRY(run_check(arules->op.run));
        TRY(count_sets(arules, g));
    }
    for (uint32_t i = 0; i < arules->sets.count; i++)
        TRY(add_rules(arules, i));
    if (arules->rules)
        qsort(arules->rule, arules->rules, sizeof *arules->rule, compare_rules);
    return OK;
}

static status arules_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    const struct arules *arules = host;
    const struct rule   *rule = &arules->rule[row];

    (void)arena;
    switch (column) {
    case GIVEN:         *out = cell_field_text(rule->text[0]); break;
    case IMPLIED:       *out = cell_field_text(rule->text[1]); break;
    case STRENGTH:      *out = cell_number(rule->strength); break;
    case GIVEN_SUPPORT: *out = cell_number((double)rule->support); break;
    default:            *out = cell_number((double)arules->support[rule->implied]); break;
    }
    return OK;
}

static status arules_finish(struct op *op)
{
    struct arules *arules = container_of(op, struct arules, op);

    if (!arules->done) {
        TRY(find_rules(arules));
        arules->done = true;
        arules->results.rows = arules->rules;
    }
    return results_emit(&arules->results);
}

static void arules_close(struct op *op)
{
    struct arules *arules = container_of(op, struct arules, op);
    struct heap   *heap = op->context->heap;

    if (!arules->rows.heap)
        return;
    groups_free(&arules->rows);
    interner_free(&arules->sets);
    heap_free(heap, arules->times, arules->times_room * sizeof *arules->times);
    heap_free(heap, arules->support, arules->support_room * sizeof *arules->support);
    heap_free(heap, arules->rule, arules->rule_room * sizeof *arules->rule);
}

static const struct op_kind arules_kind = {
    .name = "arules", .push = arules_push, .finish = arules_finish, .close = arules_close,
};

static status arules_open(const struct stage *stage, struct run *run, struct op **out)
{
    static const char *const names[COLUMNS] = {
        "Given fields", "Implied fields", "Strength", "Given fields support", "Implied fields support",
    };
    const struct argument *fields = stage_argument(stage, FIELDS);
    const struct name    **column;
    struct arules         *arules;

    TRY(op_new(&arules_kind, sizeof *arules, stage, run, out));
    arules = container_of(*out, struct arules, op);
    interner_init(&arules->sets, (*out)->context->heap);
    TRY(groups_init(&arules->rows, (*out)->context->heap, fields->count));
    arules->fields = fields->count;
    TRY_NEW(arules->field = ARENA_ARRAY(&(*out)->arena, const struct name *, fields->count));
    for (uint32_t f = 0; f < fields->count; f++) {
        arules->rows.key[f].keeps_null = true;
        TRY_NEW(arules->field[f] = names_intern(run->names, fields->names[f]));
    }
    TRY_NEW(column = ARENA_ARRAY(&(*out)->arena, const struct name *, COLUMNS));
    for (uint32_t i = 0; i < COLUMNS; i++)
        TRY_NEW(column[i] = names_intern(run->names, str_of(names[i])));
    arules->results = (struct results){ *out, column, COLUMNS, 0, arules_cell, arules, .rests = true };
    return OK;
}

static status arules_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct argument *fields = stage_argument(stage, FIELDS);

    wanted_clear(wanted);
    for (uint32_t i = 0; i < fields->count; i++)
        TRY(wanted_add(wanted, fields->names[i]));
    return OK;
}

const struct command command_arules = {
    .name = "arules", .usage = "arules [sup=<count>] [conf=<0..1>] <field> <field> ...",
    .summary = "Which values of some fields let expect which value of another",
    .keeps = "the sets of values that occur together",
    .params = arules_params, .traits = TRAIT_TRANSFORMS,
    .bind = arules_bind, .needs = arules_needs, .open = arules_open,
    .example = { "arules sup=2 conf=0.6 a b",
                 "{\"a\":1,\"b\":\"x\"}\n{\"a\":1,\"b\":\"x\"}\n{\"a\":1,\"b\":\"y\"}\n{\"a\":2,\"b\":\"z\"}",
                 "{\"Given fields\":\"b=x\",\"Implied fields\":\"a=1\",\"Strength\":1,\"Given fields support\":2,"
                 "\"Implied fields support\":3}\n"
                 "{\"Given fields\":\"a=1\",\"Implied fields\":\"b=x\",\"Strength\":0.6666666666666666,"
                 "\"Given fields support\":3,\"Implied fields support\":2}" },
};
