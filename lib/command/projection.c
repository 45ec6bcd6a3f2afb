#include "command/projection.h"

#include "flow/run.h"

#include <stdlib.h>

struct projection {
    struct op                      op;
    const struct projection_bound *bound;
    const struct name            **name;        /* of each item; NULL: a pattern */
};

static bool is_pattern(str name)
{
    return memchr(name.at, '*', name.size) != NULL;
}

/* The two that `fields` keeps although they are not listed. */
static bool is_kept(str name)
{
    return str_is(name, "_time") || str_is(name, "_raw");
}

static bool is_listed(const struct projection_bound *bound, str name)
{
    for (uint32_t i = 0; i < bound->count; i++)
        if (names_match(bound->name[i], name))
            return true;
    return false;
}

static int compare_fields(const void *left, const void *right)
{
    const struct field *a = left, *b = right;

    return str_compare(name_str(a->name), name_str(b->name));
}

/* There may be very many fields. */
static status take_pattern(str pattern, const struct batch *in, uint32_t rank, struct arena *step, struct batch *out)
{
    uint32_t first = out->fields, most = 0;
    uint8_t *taken;                         /* by the name's number: it is in `out` */

    for (uint32_t i = 0; i < in->fields; i++)
        most = in->field[i].name->number > most ? in->field[i].name->number : most;
    TRY_NEW(taken = arena_zero(step, most + (size_t)1, 1));
    for (uint32_t i = 0; i < first; i++)
        if (out->field[i].name->number <= most)
            taken[out->field[i].name->number] = 1;
    for (uint32_t i = 0; i < in->fields; i++) {
        const struct field *field = &in->field[i];
        if (!taken[field->name->number] && names_match(pattern, name_str(field->name)))
            TRY(batch_append(out, field->name, field->column, rank | RANK_BY_NAME));
    }
    if (out->fields > first + 1)
        qsort(out->field + first, out->fields - first, sizeof *out->field, compare_fields);
    return OK;
}

/* Does a wildcard before this name stand for it, where there is such a field? */
static bool is_covered(const struct projection *projection, uint32_t place)
{
    const struct projection_bound *bound = projection->bound;

    for (uint32_t i = 0; i < place; i++)
        if (!projection->name[i] && names_match(bound->name[i], name_str(projection->name[place])))
            return true;
    return false;
}

/* `table` makes a column even of a name that no row has, unless it is there twice, first as part of a wildcard. A column
 * of `fields` is there once a row has a value for it, which is what RANK_BY_NAME says of a column. */
static status take_name(const struct projection *projection, uint32_t place, const struct batch *in, uint32_t rank,
                        struct batch *out)
{
    const struct name *name = projection->name[place];
    struct column     *column = batch_column(in, name);

    if (batch_field(out, name) || is_covered(projection, place))
        return OK;
    if (!projection->bound->exact)
        return column ? batch_set(out, name, column, rank | RANK_BY_NAME) : OK;
    if (!column)
        TRY_NEW(column = column_absent(&out->arena));
    return batch_set(out, name, column, rank);
}

static status keep(const struct projection *projection, const struct batch *in, struct arena *step, struct batch *out)
{
    const struct projection_bound *bound = projection->bound;

    batch_clear_fields(out);
    for (uint32_t i = 0; i < in->fields && !bound->exact; i++) {
        const struct field *field = &in->field[i];
        if (is_kept(name_str(field->name)) && !is_listed(bound, name_str(field->name)))
            TRY(batch_set(out, field->name, field->column, field->rank));
        else
            continue;
        out->field[out->fields - 1] = *field;
    }
    for (uint32_t i = 0; i < bound->count; i++) {
        uint32_t rank = rank_at(projection->op.stage->rank, i + 1);
        TRY(projection->name[i] ? take_name(projection, i, in, rank, out)
                                : take_pattern(bound->name[i], in, rank, step, out));
    }
    return OK;
}

static status keep_others(const struct projection *projection, struct batch *out)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < out->fields; i++)
        if (!is_listed(projection->bound, name_str(out->field[i].name)))
            out->field[kept++] = out->field[i];
    out->fields = kept;
    return OK;
}

static status projection_push(struct op *op, struct batch *in)
{
    struct projection *projection = container_of(op, struct projection, op);
    struct batch      *out = batch_derive(in);
    status             result;

    TRY_NEW(out);
    result = projection->bound->removes ? keep_others(projection, out) : keep(projection, in, &op->step, out);
    return op_emit_if(op, result, out);
}

static const struct op_kind projection_kind = { "projection", .push = projection_push };

status projection_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct projection_bound *bound = stage->bound;
    struct projection             *projection;

    TRY(op_new(&projection_kind, sizeof *projection, stage, run, out));
    projection = container_of(*out, struct projection, op);
    projection->bound = bound;
    projection->name = ARENA_ARRAY(&(*out)->arena, const struct name *, bound->count);
    TRY_NEW(projection->name);
    for (uint32_t i = 0; i < bound->count; i++)
        if (!is_pattern(bound->name[i]))
            TRY_NEW(projection->name[i] = names_intern(run->names, bound->name[i]));
    return OK;
}

/* fields leaves these alone. */
static const str kept[] = { { "_time", 5 }, { "_raw", 4 } };

/* What the list lets through of what is wanted behind. */
static status narrow(const struct projection_bound *bound, const struct wanted *behind, struct wanted *wanted)
{
    for (size_t i = 0; i < COUNT_OF(kept); i++)
        if (!bound->exact && wanted_has(behind, kept[i]))
            TRY(wanted_add(wanted, kept[i]));
    for (uint32_t i = 0; i < bound->count; i++) {
        str name = bound->name[i];
        if (!is_pattern(name) && wanted_has(behind, name))
            TRY(wanted_add(wanted, name));
        else if (is_pattern(name) && (behind->all || behind->patterns))
            TRY(wanted_add_pattern(wanted, name));
    }
    for (uint32_t i = 0; i < behind->names && !behind->all; i++)
        if (is_listed(bound, behind->name[i]))
            TRY(wanted_add(wanted, behind->name[i]));
    return OK;
}

/* What is listed is there behind table, empty or not. */
status projection_gives(const struct stage *stage, struct wanted *columns)
{
    const struct projection_bound *bound = stage->bound;
    struct wanted                  before = { .arena = columns->arena };

    if (bound->removes) {
        for (uint32_t i = 0; i < bound->count; i++)
            if (!is_pattern(bound->name[i]))
                TRY(wanted_remove(columns, bound->name[i]));
        return OK;
    }
    TRY(wanted_copy(&before, columns));
    wanted_clear(columns);
    for (size_t i = 0; i < COUNT_OF(kept); i++)
        if (!bound->exact && wanted_has(&before, kept[i]))
            TRY(wanted_add(columns, kept[i]));
    for (uint32_t i = 0; i < bound->count; i++)
        if (!is_pattern(bound->name[i]) && (bound->exact || wanted_has(&before, bound->name[i])))
            TRY(wanted_add(columns, bound->name[i]));
        else if (is_pattern(bound->name[i]))
            TRY(wanted_add_pattern(columns, bound->name[i]));
    return OK;
}

status projection_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct projection_bound *bound = stage->bound;
    struct wanted                  behind = { .arena = wanted->arena };

    if (bound->removes) {
        for (uint32_t i = 0; i < bound->count; i++)
            if (!is_pattern(bound->name[i]))
                TRY(wanted_remove(wanted, bound->name[i]));
        return OK;
    }
    TRY(wanted_copy(&behind, wanted));
    wanted_clear(wanted);
    return narrow(bound, &behind, wanted);
}
