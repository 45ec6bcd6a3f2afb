/* iplocation [prefix=] [allfields=] [lang=] <field>: where in the world an address is (commands 3).
 *
 * The host names the database (catalog/lookup.h, places), and each address is asked for once. Nothing is changed in rows
 * whose address nobody knows, and no field by what the database does not tell of a place. Of several values the first
 * counts. */
#include "catalog/answers.h"
#include "catalog/geo.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "value/list.h"

enum { PREFIX, ALLFIELDS, LANG, FIELD };

static const struct param iplocation_params[] = {
    [PREFIX] = { "prefix", PARAM_TEXT, PLACE_NAMED, .preset = "", .help = "stands before the names of the fields" },
    [ALLFIELDS] = { "allfields", PARAM_BOOL, PLACE_NAMED, .preset = "false",
                    .help = "Continent, MetroCode and Timezone, too" },
    [LANG] = { "lang", PARAM_TEXT, PLACE_NAMED, .preset = "en", .help = "language of names, or several; code: short codes" },
    [FIELD] = { "field", PARAM_FIELD, PLACE_FIRST, .required = true, .help = "holds the address" },
    { 0 }
};

struct iplocation_bound {
    struct lookup_use use;
    str               field, output[GEO_COLUMNS];
};

struct iplocation {
    struct op                      op;
    const struct iplocation_bound *bound;
    const struct name             *field, *output[GEO_COLUMNS];
    struct answers                 answers;
};

/* --- binding ------------------------------------------------------------------------------------------------------- */

static status name_output(struct arena *arena, str prefix, const char *name, str *out)
{
    size_t size = strlen(name);
    char  *text = arena_alloc(arena, prefix.size + size);

    TRY_NEW(text);
    if (prefix.size)
        memcpy(text, prefix.at, prefix.size);
    memcpy(text + prefix.size, name, size);
    *out = str_make(text, prefix.size + size);
    return OK;
}

static status iplocation_bind(struct binder *binder, struct stage *stage)
{
    static const char *const    names[] = GEO_NAMES;
    static const uint32_t       match[] = { GEO_ADDRESS };
    static const uint32_t       output[] = { GEO_CITY, GEO_COUNTRY, GEO_REGION, GEO_LAT, GEO_LON, GEO_CONTINENT,
                                             GEO_METRO_CODE, GEO_TIMEZONE };
    struct iplocation_bound    *bound = stage->bound;
    const struct context       *context = binder->compile.context;
    struct lookup_use          *use = &bound->use;

    bound->field = stage_argument(stage, FIELD)->text;
    TRY(context->lookups->places(context->lookups->host, stage->span, binder->diag, &use->lookup));
    use->match = match;
    use->matches = 1;
    use->output = output;
    use->outputs = use->lookup->missing ? 0 : stage_argument(stage, ALLFIELDS)->truth ? 8 : 5;
    TRY_NEW(use->prepared = arena_text(binder->arena, stage_argument(stage, LANG)->text));
    for (uint32_t i = 0; i < use->outputs; i++)
        TRY(name_output(binder->arena, stage_argument(stage, PREFIX)->text, names[output[i]], &bound->output[i]));
    return OK;
}

/* Rows whose address nobody knows keep what the fields held, so that stays wanted. */
static status iplocation_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct iplocation_bound *bound = stage->bound;
    bool                           any = false;

    for (uint32_t i = 0; i < bound->use.outputs; i++)
        any |= wanted_has(wanted, bound->output[i]);
    return any ? wanted_add(wanted, bound->field) : OK;
}

static status iplocation_gives(const struct stage *stage, struct wanted *columns)
{
    const struct iplocation_bound *bound = stage->bound;

    for (uint32_t i = 0; i < bound->use.outputs; i++)
        TRY(wanted_add(columns, bound->output[i]));
    return bound->use.lookup->missing ? wanted_everything(columns) : OK;
}

static void iplocation_print(const struct stage *stage, struct buf *out)
{
    const struct iplocation_bound *bound = stage->bound;

    buf_text(out, "      is: ");
    bound->use.lookup->kind->print(bound->use.lookup, out);
    buf_byte(out, '\n');
}

/* --- running ------------------------------------------------------------------------------------------------------- */

/* Of several values the first. */
static status first_values(struct batch *batch, struct arena *arena, struct column *column, struct column **out)
{
    *out = column;
    if (!column || !column_may_hold(column, KIND_LIST))
        return OK;
    TRY(column_to_cells(column, &batch->rows, batch->size, arena, out));
    for (uint32_t i = 0; i < batch_rows(batch); i++) {
        struct cell       *cell = &(*out)->cell[batch_row(batch, i)];
        uint32_t           count;
        const struct cell *member = list_members(cell, &count);

        *cell = count ? member[0] : cell_null();
    }
    return OK;
}

static status fill_column(const struct iplocation *iplocation, struct batch *out, const struct cell *const *answer,
                          uint32_t number)
{
    const struct name *name = iplocation->output[number];
    struct column     *column, *before = batch_column(out, name);
    unsigned           kinds = 0;

    TRY(batch_decode(out, before));
    TRY(column_to_cells(before, &out->rows, out->size, &out->arena, &column));
    for (uint32_t i = 0; i < batch_rows(out); i++) {
        if (!answer[i] || answer[i][number].kind == KIND_NULL)
            continue;
        column->cell[batch_row(out, i)] = answer[i][number];        /* its text lasts as long as the query */
        kinds |= KINDS(answer[i][number].kind);
    }
    column->kinds |= (uint8_t)kinds;
    return batch_assign_some(out, name, column, rank_at(iplocation->op.stage->rank, number));
}

static status locate(struct iplocation *iplocation, struct batch *out)
{
    struct arena       *step = &iplocation->op.step;
    struct column      *field = batch_column(out, iplocation->field);
    const struct cell **answer;

    TRY(batch_decode(out, field));
    TRY(first_values(out, step, field, &field));
    TRY(answers_find(&iplocation->answers, &out->rows, &field, NULL, step, &answer));
    for (uint32_t i = 0; i < iplocation->bound->use.outputs; i++)
        TRY(fill_column(iplocation, out, answer, i));
    return OK;
}

static status iplocation_push(struct op *op, struct batch *in)
{
    struct iplocation *iplocation = container_of(op, struct iplocation, op);
    struct batch      *out = batch_derive(in);
    status             result;

    TRY_NEW(out);
    result = iplocation->bound->use.outputs ? locate(iplocation, out) : OK;
    return op_emit_if(op, result, out);
}

static void iplocation_close(struct op *op)
{
    answers_close(&container_of(op, struct iplocation, op)->answers);
}

static const struct op_kind iplocation_kind = { "iplocation", .push = iplocation_push, .close = iplocation_close };

static status iplocation_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct iplocation_bound *bound = stage->bound;
    struct iplocation             *iplocation;

    TRY(op_new(&iplocation_kind, sizeof *iplocation, stage, run, out));
    iplocation = container_of(*out, struct iplocation, op);
    iplocation->bound = bound;
    answers_open(&iplocation->answers, &bound->use, (*out)->context);
    TRY_NEW(iplocation->field = names_intern(run->names, bound->field));
    for (uint32_t i = 0; i < bound->use.outputs; i++)
        TRY_NEW(iplocation->output[i] = names_intern(run->names, bound->output[i]));
    return OK;
}

const struct command command_iplocation = {
    .name = "iplocation", .usage = "iplocation [prefix=<text>] [allfields=<bool>] [lang=<language>] <field>",
    .summary = "Where in the world an address is", .params = iplocation_params, .traits = TRAIT_ROWWISE,
    .bound_size = sizeof(struct iplocation_bound), .bind = iplocation_bind, .needs = iplocation_needs,
    .gives = iplocation_gives, .open = iplocation_open, .print = iplocation_print,
    .example = { "iplocation ip | table ip City Country", "{\"ip\":\"192.0.2.1\"}\n{\"ip\":\"10.0.0.1\"}",
                 "{\"ip\":\"192.0.2.1\",\"City\":\"Springfield\",\"Country\":\"Examplia\"}\n{\"ip\":\"10.0.0.1\"}" },
};
