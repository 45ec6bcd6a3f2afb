/* map search="..." [maxsearches=]: for each of the first rows a search of its own, made of a template and the row's values;
 * their rows, one search after the other, take the place of those that came in (commands 5).
 *
 * The rows wait until all have come, for while the input is read nobody else may read it. Then one search after the other is
 * compiled, run and emptied; only its own rows are held. All share the memory, time limit and inputs of the run. */
#include "command/mapping.h"

#include "command/placing.h"
#include "flow/inner.h"
#include "rows/sorted_rows.h"
#include "text/regex.h"
#include "value/list.h"
#include "value/number.h"
#include "value/order.h"

enum { PLANS_KEPT = 64 };

static const struct param map_params[] = {
    [MAP_SEARCH] = { "search", PARAM_TEXT, PLACE_NAMED, .help = "the search; $field$ is the row's value" },
    [MAP_MAXSEARCHES] = { "maxsearches", PARAM_COUNT, PLACE_NAMED, .limit = LIMIT_MAP,
                          .help = "so many rows are searched for" },
    [MAP_PIPELINE] = { "pipeline", PARAM_SUBSEARCH, PLACE_NAMED, .help = "[ the search ]" },
    [MAP_NAME] = { "name", PARAM_TEXT, PLACE_FIRST, .help = "of a saved search" },
    { 0 }
};

/* A search that was compiled. */
struct made {
    str          text;
    struct plan *plan;
};

struct mapping {
    struct op               op;
    const struct map_bound *bound;
    const struct name     **name;       /* of the fields in the template; NULL: the number of the search */
    struct sorted_rows      rows;
    struct row_cursor       cursor;
    uint64_t                seen;       /* rows */
    uint64_t                number;     /* of the search at hand, from 1 */
    struct buf              text;
    struct context          context;    /* to compile in */
    struct made             made[PLANS_KEPT];
    uint32_t                mades;      /* the next one to be replaced is mades % PLANS_KEPT */
    struct inner_rows       inner;
    bool                    open;       /* its rows are being read */
    bool                    enough;     /* nobody wants more rows; but a search may write something */
    struct placing          placing;
    uint64_t                ordinal;
};

/* --- rows that come in --------------------------------------------------------------------------------------------- */

static status mapping_push(struct op *op, struct batch *in)
{
    struct mapping *map = container_of(op, struct mapping, op);
    uint64_t        room = map->bound->most - map->seen;
    struct batch   *first;
    status          s;

    if (batch_rows(in) <= room) {
        map->seen += batch_rows(in);
        return sorted_rows_add(&map->rows, in);
    }
    op_note(op, "map-searches", STR("map(s) had more rows than maxsearches; the rows past it were left out"));
    map->seen += room;
    TRY_NEW(first = batch_slice(in, 0, (uint32_t)room));
    s = room ? sorted_rows_add(&map->rows, first) : OK;
    batch_release(first);
    return s == OK ? ENOUGH : s;
}

/* --- a search ------------------------------------------------------------------------------------------------------ */

/* The failure of the search at hand names its row and its text. */
static status fail(struct mapping *map, status failure, const struct diag *diag)
{
    const struct diagnostic *first = NULL;
    str                      hint;

    for (uint32_t i = 0; i < diag->count && !first; i++)
        first = diag->item[i].severity == SEVERITY_ERROR ? &diag->item[i] : NULL;
    if (!first || failure == FAIL_MEMORY || failure == FAIL_CANCELLED)
        return failure;
    hint = first->hint;
    op_fail(&map->op, failure, first->code, "the search of 'map' for row %llu failed: %.*s%s%.*s",
            (unsigned long long)map->number, SHOW(first->message), hint.size ? "; " : "", SHOW(hint));
    diag_hint(map->op.context->diag, "it was: %.*s", SHOW(buf_str(&map->text)));
    return failure;
}

/* Several values stand beside each other, as where there is room for one only. */
static void show(struct buf *out, const struct cell *cell)
{
    uint32_t           count;
    const struct cell *member = list_members(cell, &count);
    char               room[NUMBER_ROOM];

    for (uint32_t i = 0; i < count; i++) {
        buf_text(out, i ? " " : "");
        buf_put(out, cell_show(&member[i], room));
    }
}

static status put_value(struct mapping *map, uint32_t number, struct buf *value)
{
    const struct dollar *dollar = &map->bound->template.item[number];

    buf_clear(value);
    if (map->name[number]) {
        struct cell cell = row_cursor_cell(&map->cursor, map->name[number]);

        if (cell.kind == KIND_NULL) {
            op_fail(&map->op, FAIL_DATA, "map-value",
                    "'map' did not find a value for the attribute '%.*s' in row %llu", SHOW(dollar->field),
                    (unsigned long long)map->number);
            diag_hint(map->op.context->diag, "a dollar sign of its own is written $$");
            return FAIL_DATA;
        }
        show(value, &cell);
    } else {
        buf_print(value, "%llu", (unsigned long long)map->number);
    }
    TRY(buf_status(value));
    if (dollar_put(&map->text, dollar, buf_str(value)))
        return OK;
    return op_fail(&map->op, FAIL_DATA, "map-value",
                   "'map' cannot put the value of '%.*s' in row %llu where its search has it: only a word can stand there",
                   SHOW(dollar->field), (unsigned long long)map->number);
}

static status fill_in(struct mapping *map)
{
    const struct dollars *template = &map->bound->template;
    struct buf            value;
    status                s = OK;

    buf_clear(&map->text);
    buf_init(&value, &map->op.run->heap);
    for (uint32_t i = 0; i + 1 < template->count && s == OK; i++)
        s = put_value(map, i, &value);
    buf_put(&map->text, template->item[template->count - 1].before);
    buf_free(&value);
    return s == OK ? buf_status(&map->text) : s;
}

static void forget(struct mapping *map, struct made *made)
{
    plan_free(made->plan);
    heap_free(&map->op.run->heap, (void *)made->text.at, made->text.size);
    *made = (struct made){ .plan = NULL };
}

/* The plan of a text, that of a former search if it was the same. */
static status compile(struct mapping *map, struct diag *diag, const struct plan **out)
{
    const struct run *run = map->op.run;
    struct compile    compile = run->plan->compile;
    struct made      *made = map->made;
    char             *copy;
    str               text = buf_str(&map->text);
    status            s;

    for (; made < map->made + PLANS_KEPT && made->plan; made++)
        if (str_equal(made->text, text)) {
            *out = made->plan;
            return OK;
        }
    made = &map->made[map->mades++ % PLANS_KEPT];
    forget(map, made);
    TRY_NEW(copy = heap_alloc(&map->op.run->heap, text.size));
    made->text = (str){ memcpy(copy, text.at, text.size), text.size };
    compile.heap = &map->op.run->heap;
    compile.context = &map->context;
    map->context.diag = diag;
    s = plan_made(&compile, &run->plan->options, made->text, run->plan->depth + 1, &map->op.stage->output, diag,
                  &made->plan);
    map->context.diag = NULL;
    *out = made->plan;
    return s;
}

static status compile_and_run(struct mapping *map, struct diag *diag)
{
    const struct plan *plan;

    TRY(compile(map, diag, &plan));
    TRY(inner_search(map->op.run, plan, &map->inner, diag));
    TRY(inner_rows_open(&map->inner, map->op.context->diag));
    return placing_begin(&map->placing, &map->inner.store.layout);
}

/* The search of the next row. DONE: there is none. */
static status search_next(struct mapping *map)
{
    struct run *run = map->op.run;
    struct diag diag;
    status      s;

    TRY(row_cursor_step(&map->cursor));
    TRY(run_check(run));
    map->number++;
    if (run_root(run)->made >= context_limit(map->op.context, LIMIT_MAP_MOST))
        return op_fail(&map->op, FAIL_LIMIT, "limit-table",
                       "'map' would run more than %llu searches (option limit.map.most)",
                       (unsigned long long)context_limit(map->op.context, LIMIT_MAP_MOST));
    TRY(fill_in(map));
    diag_init(&diag, &run->heap);
    s = compile_and_run(map, &diag);
    map->open = s == OK;
    if (s != OK)
        s = fail(map, s, &diag);
    diag_free(&diag);
    return s;
}

/* --- rows that go out ---------------------------------------------------------------------------------------------- */

static status place(struct mapping *map, struct batch *batch)
{
    batch_number(batch, map->ordinal);
    map->ordinal += batch->size;
    return placing_apply(&map->placing, batch);
}

static status send(struct mapping *map, struct batch *takes)
{
    status s = place(map, takes);

    if (s != OK || map->enough) {
        batch_release(takes);
        return s;
    }
    s = op_emit(&map->op, takes);
    map->enough = s == ENOUGH && map->bound->effects;
    return map->enough ? OK : s;
}

static status send_rows_of_search(struct mapping *map)
{
    struct batch *batch;
    status        s;

    while ((s = inner_rows_next(&map->inner, segment_room(map->ordinal, send_most(&map->op)), &batch)) == OK) {
        TRY(send(map, batch));
        if (op_rests(&map->op))
            return AGAIN;
    }
    TRY(s == DONE ? OK : s);
    inner_rows_free(&map->inner);
    map->open = false;
    return OK;
}

static status mapping_finish(struct op *op)
{
    struct mapping *map = container_of(op, struct mapping, op);
    status          s = OK;

    while (s == OK) {
        s = map->open ? OK : search_next(map);
        if (s == OK)
            s = send_rows_of_search(map);
    }
    return s == DONE ? OK : s;
}

/* --- life ---------------------------------------------------------------------------------------------------------- */

static void mapping_close(struct op *op)
{
    struct mapping *map = container_of(op, struct mapping, op);

    inner_rows_free(&map->inner);
    row_cursor_close(&map->cursor);
    sorted_rows_free(&map->rows);
    placing_free(&map->placing);
    for (uint32_t i = 0; i < PLANS_KEPT; i++)
        forget(map, &map->made[i]);
    if (map->context.regexes)
        regex_cache_free(map->context.regexes);
    buf_free(&map->text);
}

static const struct op_kind mapping_kind = {
    "map", .push = mapping_push, .finish = mapping_finish, .close = mapping_close, .spills = true,
};

static status map_open(const struct stage *stage, struct run *run, struct op **out)
{
    const struct map_bound *bound = stage->bound;
    struct mapping         *map;

    TRY(op_new(&mapping_kind, sizeof *map, stage, run, out));
    map = container_of(*out, struct mapping, op);
    map->bound = bound;
    map->cursor.rows = &map->rows;
    buf_init(&map->text, &run->heap);
    placing_init(&map->placing, *out);
    map->placing.shared = true;
    sorted_rows_init(&map->rows, *out, NULL, 0, 0);
    TRY_NEW(map->name = ARENA_ARRAY(&(*out)->arena, const struct name *, bound->template.count));
    for (uint32_t i = 0; i + 1 < bound->template.count; i++)
        if (!str_equal(bound->template.item[i].field, MAP_SERIAL))
            TRY_NEW(map->name[i] = names_intern(run->names, bound->template.item[i].field));
    return inner_context(run, &map->context);
}

static status map_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct map_bound *bound = stage->bound;

    wanted_clear(wanted);
    for (uint32_t i = 0; i + 1 < bound->template.count; i++)
        if (!str_equal(bound->template.item[i].field, MAP_SERIAL))
            TRY(wanted_add(wanted, bound->template.item[i].field));
    return OK;
}

const struct command command_map = {
    .name = "map", .usage = "map search=\"<text>\" | [<search>] | <saved search> [maxsearches=<count>]",
    .summary = "A search for each of the first rows, with its values in place of $field$",
    .params = map_params, .traits = TRAIT_SEARCHES | TRAIT_SEARCHES_INPUT | TRAIT_EFFECT,
    .bound_size = sizeof(struct map_bound), .bind = map_bind, .needs = map_needs, .open = map_open,
    .example = { "stats count by user | map search=\"search user=$user$ | stats max(n) AS most | eval user=\\\"$user$\\\"\"",
                 "{\"user\":\"a\",\"n\":1}\n{\"user\":\"b c\",\"n\":5}\n{\"user\":\"a\",\"n\":7}",
                 "{\"most\":7,\"user\":\"a\"}\n{\"most\":5,\"user\":\"b c\"}" },
};
