/* Expressions compiled and run on small batches, in eight regimes that must agree: rewrites on and off, vector
 * and row bodies, plain and coded columns. */
#include "check.h"

#include <stdlib.h>

#include "catalog/vocabulary.h"
#include "syntax/parse.h"
#include "time/zone.h"
#include "value/number.h"
#include "value/order.h"
#include "vm/code.h"
#include "vm/assemble.h"

#define FUNCTION(name, family) extern const struct function function_##name;
#include "function/functions.def"
#undef FUNCTION

static const struct function *const functions[] = {
#define FUNCTION(name, family) &function_##name,
#include "function/functions.def"
#undef FUNCTION
};

struct world {
    struct heap       heap;
    struct vocabulary words;
    struct names     *names;
    struct context    context;
    struct arena      arena;
    struct diag       diag;
    struct compile    compile;
};

static const struct value_list *bound(void *host, str name)
{
    static const struct cell       item[] = { { .kind = KIND_TEXT, .size = 4, .text = "root" },
                                              { .kind = KIND_TEXT, .size = 2, .text = "42" } };
    static const struct value_list list = { item, 2 }, empty = { NULL, 0 };

    (void)host;
    return str_is(name, "known_admins") ? &list : str_is(name, "empty") ? &empty : NULL;
}

/* Gives out `left` blocks and then no more. */
struct mean { size_t left; };

static void *mean_resize(void *host, void *block, size_t old_size, size_t size)
{
    struct mean *mean = host;

    (void)old_size;
    if (size == 0) {
        free(block);
        return NULL;
    }
    if (mean->left == 0)
        return NULL;
    mean->left--;
    return realloc(block, size);
}

enum regime { REWRITE = 1, ROW_BODIES = 2, DICTIONARIES = 4, REGIMES = 8 };

static void world_open(struct world *world, int regime, struct mean *mean)
{
    bool rewrite = regime & REWRITE, row_bodies = regime & ROW_BODIES;

    heap_init(&world->heap, mean ? mean_resize : NULL, mean, 0);
    vocabulary_init(&world->words, &world->heap);
    for (size_t i = 0; i < COUNT_OF(functions); i++)
        (void)vocabulary_add_function(&world->words, functions[i]);
    world->names = names_new(&world->heap);
    world->context = (struct context){ .heap = &world->heap, .names = world->names, .zone = &zone_utc, .now = 1700000000,
                                       .row_bodies = row_bodies };
    arena_init(&world->arena, &world->heap);
    diag_init(&world->diag, &world->heap);
    world->compile = (struct compile){ .arena = &world->arena, .heap = &world->heap, .words = &world->words,
                                       .context = &world->context, .diag = &world->diag, .list = bound,
                                       .rewrite = rewrite };
}

static void world_close(struct world *world)
{
    diag_free(&world->diag);
    arena_free(&world->arena);
    names_free(world->names);
    vocabulary_free(&world->words);
    CHECK(world->heap.used == 0);
}

/* --- rows: "a=1 b=x;a=2 m=p,q": blanks part fields, semicolons rows, commas values ------------------------------------- */

static struct cell cell_of(struct batch *batch, str text)
{
    struct cell  value[32];
    uint32_t     count = 0;
    size_t       from = 0;
    struct cell *list;

    for (size_t i = 0; i <= text.size; i++)
        if (i == text.size || text.at[i] == ',') {
            value[count++] = cell_field_text(str_slice(text, from, i));
            from = i + 1;
        }
    if (count == 1)
        return value[0];
    list = arena_alloc(&batch->arena, count * sizeof *list);
    memcpy(list, value, count * sizeof *list);
    return (struct cell){ .kind = KIND_LIST, .size = count, .list = list };
}

static void put_field(struct world *world, struct batch *batch, uint32_t row, str pair)
{
    size_t             equals = str_find(pair, STR("="), 0);
    const struct name *name = names_intern(world->names, str_slice(pair, 0, equals));
    struct column     *column = batch_column(batch, name);

    if (!column) {
        column = column_cells(&batch->arena, batch->size, KINDS_TEXT | KINDS(KIND_LIST));
        for (uint32_t i = 0; i < batch->size; i++)
            column->cell[i] = cell_null();
        CHECK(batch_set(batch, name, column, 0) == OK);
    }
    column->cell[row] = cell_of(batch, str_slice(pair, equals + 1, pair.size));
}

static struct batch *make_batch(struct world *world, const char *text)
{
    str           rows = str_of(text);
    uint32_t      count = 1, row = 0;
    size_t        from = 0;
    struct batch *batch;

    for (size_t i = 0; i < rows.size; i++)
        count += rows.at[i] == ';';
    batch = batch_new(&world->heap, count);
    for (size_t i = 0; i <= rows.size; i++) {
        if (i < rows.size && rows.at[i] != ';' && rows.at[i] != ' ')
            continue;
        if (i > from)
            put_field(world, batch, row, str_slice(rows, from, i));
        row += i < rows.size && rows.at[i] == ';';
        from = i + 1;
    }
    return batch;
}

static void show(struct buf *out, const struct cell *cell)
{
    char room[NUMBER_ROOM];

    if (cell->kind == KIND_LIST) {
        buf_byte(out, '{');
        for (uint32_t i = 0; i < cell->size; i++) {
            if (i)
                buf_byte(out, ',');
            show(out, &cell->list[i]);
        }
        buf_byte(out, '}');
    } else if (cell->kind == KIND_NULL) {
        buf_byte(out, '-');
    } else {
        buf_put(out, cell_show(cell, room));
    }
}

/* --- running ------------------------------------------------------------------------------------------------------------ */

struct sample {
    /* w where, s search, e eval (shows x), n eval that fails, v a value, b a value that may be a truth value */
    char        language;
    const char *query, *rows, *want;
};

static status compile(struct world *world, const struct sample *test, struct program **program)
{
    struct passage     passage = passage_of(str_of(test->query));
    struct assignments assignments;
    struct node       *node;

    if (test->language == 's') {
        TRY(parse_search(&world->arena, &world->diag, passage, &node));
        return program_search(&world->compile, node, program);
    }
    if (test->language == 'v' || test->language == 'b') {
        TRY(parse_expr(&world->arena, &world->diag, passage, &node));
        return program_value(&world->compile, node, test->language == 'b', program);
    }
    if (test->language == 'w') {
        TRY(parse_expr(&world->arena, &world->diag, passage, &node));
        return program_condition(&world->compile, node, program);
    }
    TRY(parse_assignments(&world->arena, &world->diag, passage, &assignments));
    return program_assignments(&world->compile, &assignments, program);
}

static void show_filtered(struct machine *machine, struct batch *batch, struct buf *out)
{
    struct arena arena;
    struct rows  rows;

    arena_init(&arena, batch->heap);
    CHECK(machine_filter(machine, batch, &arena, &rows) == OK);
    for (uint32_t i = 0; i < rows.count; i++)
        buf_print(out, i ? " %u" : "%u", rows_at(&rows, i));
    arena_free(&arena);
}

static void show_column(struct batch *batch, const struct column *column, struct buf *out)
{
    for (uint32_t i = 0; i < batch_rows(batch); i++) {
        struct cell cell = column ? column_cell(column, i) : cell_null();
        if (i)
            buf_byte(out, ';');
        show(out, &cell);
    }
}

static void show_value(struct machine *machine, struct batch *batch, struct buf *out)
{
    struct arena   arena;
    struct column *column = NULL;

    arena_init(&arena, batch->heap);
    CHECK(machine_value(machine, batch, &arena, &column) == OK);
    show_column(batch, column, out);
    arena_free(&arena);
}

static void show_assigned(struct world *world, struct machine *machine, struct batch *batch, struct buf *out)
{
    CHECK(machine_assign(machine, batch, 1) == OK);
    show_column(batch, batch_column(batch, names_intern(world->names, STR("x"))), out);
}

/* What a program prints is read back as the same program. */
static void check_assembled(struct world *world, const struct program *program)
{
    struct buf      once, twice;
    struct program *again = NULL;

    buf_init(&once, &world->heap);
    buf_init(&twice, &world->heap);
    program_print(program, &once);
    CHECK(program_assemble(&world->compile, buf_str(&once), &again) == OK);
    if (again) {
        program_print(again, &twice);
        buf_byte(&once, 0);
        CHECK_TEXT(buf_str(&twice), once.at);
    }
    program_drop(again);
    buf_free(&once);
    buf_free(&twice);
}

/* The same values, coded. */
static void make_dictionaries(struct batch *batch)
{
    for (uint32_t f = 0; f < batch->fields; f++) {
        struct column     *column = ARENA_NEW(&batch->arena, struct column);
        struct dictionary *dictionary = ARENA_NEW(&batch->arena, struct dictionary);
        uint32_t          *code = ARENA_ARRAY(&batch->arena, uint32_t, batch->size);
        *dictionary = (struct dictionary){ batch->field[f].column->cell, batch->size, f + 1 };
        for (uint32_t i = 0; i < batch->size; i++)
            code[i] = i;
        column->encoding = ENCODING_DICTIONARY;
        column->kinds = batch->field[f].column->kinds;
        column->code = code;
        column->dictionary = dictionary;
        batch->field[f].column = column;
    }
}

static void run_test(const struct sample *test, int regime)
{
    struct world    world;
    struct program *program = NULL;
    struct machine *machine;
    struct batch   *batch;
    struct buf      out;
    status          compiled;

    world_open(&world, regime, NULL);
    buf_init(&out, &world.heap);
    compiled = compile(&world, test, &program);
    if (test->language == 'n') {
        CHECK(compiled == FAIL_QUERY);
        for (uint32_t i = 0; i < world.diag.count && i < 1; i++)
            buf_put(&out, world.diag.item[i].message);
    } else if (compiled != OK) {
        buf_print(&out, "status %d", compiled);
        for (uint32_t i = 0; i < world.diag.count; i++)
            buf_put(&out, world.diag.item[i].message);
    } else {
        check_assembled(&world, program);
        batch = make_batch(&world, test->rows);
        if (regime & DICTIONARIES)
            make_dictionaries(batch);
        CHECK(machine_new(program, &world.context, &machine) == OK);
        if (test->language == 'e')
            show_assigned(&world, machine, batch, &out);
        else if (test->language == 'v' || test->language == 'b')
            show_value(machine, batch, &out);
        else
            show_filtered(machine, batch, &out);
        machine_free(machine);
        batch_release(batch);
        program_drop(program);
    }
    if (!str_is(buf_str(&out), test->want)) {
        fprintf(stderr, "%s [regime %d]\n", test->query, regime);
        if (compiled == OK && getenv("VM_SHOW")) {
            struct buf code;
            buf_init(&code, &world.heap);
            program_print(program, &code);
            fwrite(code.at, 1, code.size, stderr);
            buf_free(&code);
        }
    }
    CHECK_TEXT(buf_str(&out), test->want);
    buf_free(&out);
    world_close(&world);
}

static const struct sample tests[] = {
#include "vm_tests.def"
};

/* --- memory runs out ------------------------------------------------------------------------------------------------------ */

static status compile_and_run(struct world *world, const struct sample *test, struct batch *batch)
{
    struct program *program = NULL;
    struct machine *machine = NULL;
    struct arena    arena;
    struct rows     rows;
    struct column  *column;
    status          done = compile(world, test, &program);

    if (done != OK)
        return done;
    arena_init(&arena, &world->heap);
    done = machine_new(program, &world->context, &machine);
    if (done == OK)
        done = test->language == 'e' ? machine_assign(machine, batch, 1)
             : test->language == 'v' || test->language == 'b' ? machine_value(machine, batch, &arena, &column)
             : machine_filter(machine, batch, &arena, &rows);
    machine_free(machine);
    arena_free(&arena);
    program_drop(program);
    return done;
}

/* Each allocation fails once: always a status, never a leak. */
static void starve(const struct sample *test)
{
    bool enough = test->language == 'n';

    for (size_t blocks = 0; !enough && blocks < 1000; blocks++) {
        struct mean   mean = { SIZE_MAX };
        struct world  world;
        struct batch *batch;
        status        done;
        world_open(&world, REWRITE, &mean);
        batch = make_batch(&world, test->rows);
        mean.left = blocks;
        done = compile_and_run(&world, test, batch);
        CHECK(done == OK || done == FAIL_MEMORY);
        enough = done == OK;
        batch_release(batch);
        world_close(&world);
    }
    CHECK(enough);
}

int main(void)
{
    for (size_t i = 0; i < COUNT_OF(tests); i++) {
        for (int regime = 0; regime < REGIMES; regime++)
            run_test(&tests[i], regime);
        starve(&tests[i]);
    }
    return check_done();
}
