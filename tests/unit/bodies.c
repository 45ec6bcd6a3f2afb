/* Vector bodies against row bodies: calls made up for every function and operator that has one, over columns of odd values in
 * every encoding, whole batches and parts of them. Both bodies must give the same cells, or both refuse.
 *
 *   unit_bodies [only [calls]]      calls made up for each function; `only`: of that name, if not empty
 *
 * And the functions that published searches use most must all have one. */
#include "check.h"

#include "base/compiler.h"
#include "base/hash.h"
#include "catalog/vocabulary.h"
#include "syntax/parse.h"
#include "text/regex.h"
#include "time/zone.h"
#include "value/list.h"
#include "value/number.h"
#include "value/order.h"
#include "vm/program.h"

#include <stdlib.h>

#define FUNCTION(name, family) extern const struct function function_##name;
#include "function/functions.def"
#undef FUNCTION

static const struct function *const functions[] = {
#define FUNCTION(name, family) &function_##name,
#include "function/functions.def"
#undef FUNCTION
};

/* By number of calls in published searches and macros. */
static const char *const most_used[] = {
    "if", "isnull", "match", "case", "isnotnull", "round", "coalesce", "null", "strftime", "now", "mvindex", "lower", "replace",
    "tostring", "mvjoin", "split", "mvappend", "in", "abs", "true", "like", "strptime", "len", "floor", "mvdedup", "substr",
    "mvcount", "relative_time", "tonumber", "trim", "mvzip", "upper", "mvfilter", "md5", "isnum", "cidrmatch", "mvfind",
    "spath", "mvsort", "pow",
};

enum { ROWS = 67, BATCHES = 3, CALLS = 60, MOST_ARGUMENTS = 4 };

/* --- odd values --------------------------------------------------------------------------------------------------------- */

static const char *const texts[] = {
    "", " ", "a", "A,b,,C,", ",", "/", "//", "a/b/c", " \t padded\t ", "\nline\n", "naïve", "ÀÉÎ ß ſ K", "日本語", "é", "ééxéé",
    "a\xFFz", "\xC3", "\xE2\x82", "\xF0\x9F\x98\x80", "\xED\xA0\x80,\xC0\x80", "x::y::", "::", "12345678", "1234567890123456",
    "12345678901234567", "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen",
    "C:\\Windows\\System32\\cmd.exe /c \"echo hi\"", "(", "[a-z]+", "^a", "b$", "(?i)A", "\\d+", "(a+)+$", "%", "a%", "_", "*",
    "%Y-%m-%d", "%H:%M:%S.%3N", "%s", "-1d@d", "@h", "+1mon", "now", "2024-05-01", "2024-02-30", "10:11:12", "true", "false",
    "null", "hex", "commas", "duration", "user.name", "a{}.b", "a{0}", "{}", "a..b", "a.b{@id}",
};
static const char *const numerals[] = {
    "0", "-0", "1", "-1", "2", "3.0", "1.50", "-2.5", "007", ".5", "5.", "1e3", "1E-3", "1e400", "0x1F", "nan", "inf", "-inf",
    "9007199254740993", "1700000000", "1700000000.123456", "86399.9999995", "100000000000000000000", "2.555", " 1", "1 ", "+1",
};
static const char *const addresses[] = {
    "10.1.2.3", "10.1.255.255", "10.2.0.0", "010.001.02.3", "256.1.1.1", "1.2.3", "1.2.3.4.5", "1.2.3.4 ", "1.2.3.4/8", "0.0.0.0",
    "255.255.255.255", "::", "::1", "2001:db8::1", "2001:DB8:0:0:0:0:0:1", "::ffff:10.1.2.3", "fe80::1%eth0", "g::1", "",
    "10.1.0.0/16", "2001:db8::/32", "0.0.0.0/0", "1.2.3.4/33", "10.1.2.3.", "1..2.3", "0001.2.3.4", "1.2.3.4x",
};
static const char *const documents[] = {
    "{\"a\":[{\"b\":1},{\"b\":\"x\"}],\"user\":{\"name\":\"root\",\"id\":0}}", "{\"a\":{\"b\":[1,2,[3]]},\"a\":{\"b\":null}}",
    "[1,2,3]", "[]", "{}", " {\"a\" : true } ", "{\"a\":1", "{\"a\":01}", "{\"a\":\"\\u00e9\\n\",\"\\u0061\":2}", "\"text\"", "17",
    "{\"a\":\"\\x\"}", "[[[[]]]]", "{\"a\":[{\"b\":[]},{\"b\":{}}]}", "<a><b id='7'>x</b><b>y &amp; z</b></a>", "<a><b></a>",
    "<a/>", "<?xml version='1.0'?><a><b><c>1</c></b></a>", "{\"a\":1}x", "null",
};

static uint64_t state;

static uint32_t below(uint32_t count)
{
    return (uint32_t)((hash_u64(state++) >> 32) % count);
}

#define ONE_OF(list) (list)[below(COUNT_OF(list))]

/* Any text; now and then a long one, with many delimiters or none. */
static struct cell odd_text(struct arena *arena)
{
    static const char *const parts[] = { ",", "ab", "/", "é", "\xFF", " ", "1", "user.", "::" };
    char     room[2048];
    size_t   size = 0;
    uint32_t pool = below(10), least = below(700);

    if (pool)
        return cell_field_text(str_of(pool < 5 ? ONE_OF(texts) : pool < 7 ? ONE_OF(numerals)
                                      : pool < 8 ? ONE_OF(addresses) : ONE_OF(documents)));
    while (size < least) {
        str part = str_of(parts[below(below(2) ? COUNT_OF(parts) : 2)]);
        memcpy(room + size, part.at, part.size);
        size += part.size;
    }
    return cell_field_text(arena_str(arena, str_make(room, size)));
}

static struct cell odd_number(void)
{
    static const double values[] = { 0, -0.0, 1, -1, 2, 2.5, -2.5, 3.005, 1e15, 1e17, -1e300, 1.0 / 0.0, -1.0 / 0.0,
                                     9007199254740993.0, 1700000000, 1700000000.25, 0.1, 65535, 255 };
    struct cell cell = cell_number(below(30) ? ONE_OF(values) : 0.0 / 0.0);

    if (below(3) == 0 && cell.number - cell.number == 0 && cell.number < 1e15 && cell.number > -1e15)
        cell.decimals = (int16_t)below(7);
    return cell;
}

static struct cell odd_list(struct arena *arena, bool numbers)
{
    uint32_t     count = 2 + (below(8) ? below(5) : below(40));
    struct cell *list = ARENA_ARRAY(arena, struct cell, count);

    for (uint32_t i = 0; i < count; i++) {
        list[i] = numbers && below(3) == 0 ? odd_number() : odd_text(arena);
        list[i].flags |= CELL_SOFT;
    }
    return list_value(list, count);
}

/* --- batches: a field for each way that values can lie ------------------------------------------------------------------ */

static struct column *cells_column(struct arena *arena, unsigned kinds, const char *const *pool, uint32_t pools)
{
    struct column *column = column_cells(arena, ROWS, kinds);

    for (uint32_t i = 0; i < ROWS; i++) {
        struct cell *cell = &column->cell[i];
        uint32_t     choice = below(12);
        if (choice == 0 && (kinds & KINDS(KIND_NULL)))
            *cell = cell_null();
        else if (choice < 5 && (kinds & KINDS(KIND_LIST)))
            *cell = odd_list(arena, kinds & KINDS(KIND_NUMBER));
        else if (choice < 8 && (kinds & KINDS(KIND_NUMBER)))
            *cell = odd_number();
        else
            *cell = pool ? cell_field_text(str_of(pool[below(pools)])) : odd_text(arena);
        cell->flags |= CELL_SOFT;
    }
    return column;
}

static struct column *number_column(struct arena *arena, bool nulls, bool decimals)
{
    struct column *column = column_number(arena, ROWS);

    column->soft = 1;
    if (nulls)
        column->null = ARENA_ARRAY(arena, uint8_t, ROWS);
    if (decimals)
        column->decimals = ARENA_ARRAY(arena, int16_t, ROWS);
    for (uint32_t i = 0; i < ROWS; i++) {
        struct cell cell = odd_number();
        column->number[i] = cell.number;
        if (nulls)
            column->null[i] = below(5) == 0;
        if (decimals)
            column->decimals[i] = cell.decimals;
    }
    return column;
}

static struct column *coded_column(struct arena *arena, uint32_t stamp)
{
    struct column     *column = ARENA_NEW(arena, struct column);
    struct dictionary *dictionary = ARENA_NEW(arena, struct dictionary);
    uint32_t          *code = ARENA_ARRAY(arena, uint32_t, ROWS);
    struct column     *values = cells_column(arena, KINDS_TEXT | KINDS(KIND_LIST), NULL, 0);

    *dictionary = (struct dictionary){ values->cell, 20, stamp };
    for (uint32_t i = 0; i < ROWS; i++)
        code[i] = below(20);
    *column = (struct column){ .encoding = ENCODING_DICTIONARY, .kinds = values->kinds };
    column->code = code;
    column->dictionary = dictionary;
    return column;
}

#define POOL(list) (list), COUNT_OF(list)

static const char *const fields[] = { "text", "odd", "many", "number", "numeral", "nulls", "places", "address", "document",
                                      "coded", "same", "nosuch" };

static struct batch *make_batch(struct heap *heap, struct names *names, uint32_t stamp)
{
    struct batch  *batch = batch_new(heap, ROWS);
    struct arena  *arena = &batch->arena;
    struct column *part = column_number(arena, ROWS);
    struct column *made[] = {
        cells_column(arena, KINDS_TEXT, NULL, 0), cells_column(arena, KINDS_ANY & ~KINDS(KIND_BOOLEAN), NULL, 0),
        cells_column(arena, KINDS_TEXT | KINDS(KIND_LIST), NULL, 0), number_column(arena, false, false),
        cells_column(arena, KINDS_TEXT, POOL(numerals)), number_column(arena, true, false), number_column(arena, true, true),
        cells_column(arena, KINDS(KIND_TEXT), POOL(addresses)), cells_column(arena, KINDS_TEXT, POOL(documents)),
        coded_column(arena, stamp), column_constant(arena, odd_text(arena)),
    };

    for (uint32_t i = 0; i < COUNT_OF(made); i++)
        CHECK(batch_set(batch, names_intern(names, str_of(fields[i])), made[i], 0) == OK);
    for (uint32_t i = 0; i < ROWS; i++)
        part->number[i] = below(3);
    CHECK(batch_set(batch, names_intern(names, STR("part")), part, 0) == OK);
    return batch;
}

/* --- calls -------------------------------------------------------------------------------------------------------------- */

/* As it is written in a query; what would end the text or change when unescaped stays out. */
static void put_literal(struct buf *out)
{
    uint32_t    choice = below(10);
    const char *text = choice < 6 ? ONE_OF(texts) : choice < 8 ? ONE_OF(addresses) : ONE_OF(numerals);

    if (choice == 9) {
        buf_print(out, "%d", (int)below(7) - 3);
    } else {
        buf_byte(out, '"');
        for (; *text; text++)
            if (*text != '"' && *text != '\\')
                buf_byte(out, *text);
        buf_byte(out, '"');
    }
}

static void put_argument(struct buf *out, uint32_t which)
{
    if (below(which ? 2 : 8))
        buf_text(out, ONE_OF(fields));
    else
        put_literal(out);
}

static void put_call(struct buf *out, const struct function *function)
{
    bool     word = (unsigned char)((function->name[0] | 0x20) - 'a') < 26;
    int      most = function->most < 0 || function->most > MOST_ARGUMENTS ? MOST_ARGUMENTS : function->most;
    uint32_t count = (uint32_t)function->least + below((uint32_t)(most < function->least ? 0 : most - function->least) + 1);

    if (word && !str_is(str_of(function->name), "not")) {
        buf_print(out, "%s(", function->name);
        for (uint32_t i = 0; i < count; i++) {
            if (i)
                buf_byte(out, ',');
            put_argument(out, i);
        }
        buf_byte(out, ')');
    } else if (count == 2) {
        put_argument(out, 0);
        buf_print(out, " %s ", function->name);
        put_argument(out, 1);
    } else {
        buf_print(out, "%s ", function->name);
        put_argument(out, 0);
    }
}

/* --- both bodies -------------------------------------------------------------------------------------------------------- */

struct world {
    struct heap         heap;
    struct vocabulary   words;
    struct names       *names;
    struct regex_cache *regexes;
    struct batch       *batch[BATCHES];
};

/* One expression with the bodies asked for. */
struct bench {
    struct arena    arena;
    struct diag     diag;
    struct context  context;
    struct program *program;
    struct machine *machine;
};

static status bench_open(struct bench *bench, struct world *world, str text, bool row_bodies, bool plain_numbers)
{
    struct compile compile = { .arena = &bench->arena, .heap = &world->heap, .words = &world->words,
                               .context = &bench->context, .diag = &bench->diag, .rewrite = true };
    struct node   *node;

    *bench = (struct bench){ .context = { .heap = &world->heap, .names = world->names, .zone = &zone_utc, .now = 1714521600,
                                          .now_is_fixed = true, .cpu = cpu_best(), .row_bodies = row_bodies,
                                          .plain_numbers = plain_numbers, .regexes = world->regexes } };
    arena_init(&bench->arena, &world->heap);
    diag_init(&bench->diag, &world->heap);
    TRY(parse_expr(&bench->arena, &bench->diag, passage_of(text), &node));
    TRY(program_value(&compile, node, true, &bench->program));
    return machine_new(bench->program, &bench->context, &bench->machine);
}

static void bench_close(struct bench *bench)
{
    machine_free(bench->machine);
    program_drop(bench->program);
    diag_free(&bench->diag);
    arena_free(&bench->arena);
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
    if (a->kind != b->kind || (a->kind == KIND_LIST && a->size != b->size))
        return false;
    switch (a->kind) {
    case KIND_NUMBER:
        return a->decimals == b->decimals && a->flags == b->flags
            && (memcmp(&a->number, &b->number, sizeof a->number) == 0 || (a->number != a->number && b->number != b->number));
    case KIND_BOOLEAN:
        return a->truth == b->truth;
    case KIND_TEXT:
        return a->flags == b->flags && str_equal(cell_str(a), cell_str(b));
    case KIND_LIST:
        for (uint32_t i = 0; i < a->size; i++)
            if (!same_cell(&a->list[i], &b->list[i]))
                return false;
        return true;
    default:
        return true;
    }
}

static void show_cell(const struct cell *cell)
{
    char room[NUMBER_ROOM];
    str  text = cell->kind == KIND_LIST ? STR("several") : cell_show(cell, room);

    printf("    kind %d, flags %d, decimals %d: %.*s\n", cell->kind, cell->flags, cell->decimals, (int)text.size, text.at);
}

static bool same_column(const struct column *a, const struct column *b)
{
    for (uint32_t i = 0; i < ROWS; i++) {
        struct cell x = column_cell(a, i), y = column_cell(b, i);
        if (same_cell(&x, &y))
            continue;
        printf("    row %u\n", i);
        show_cell(&x);
        show_cell(&y);
        return false;
    }
    return true;
}

/* False: the call does not compile, with either. */
static bool compare(struct world *world, str text, bool plain_numbers)
{
    struct bench rows, vectors;
    struct arena step;
    status       first = bench_open(&rows, world, text, true, plain_numbers);
    bool         same = first == bench_open(&vectors, world, text, false, plain_numbers);

    arena_init(&step, &world->heap);
    for (uint32_t i = 0; i < BATCHES && first == OK && same; i++) {
        struct column *x = NULL, *y = NULL;
        status         one = machine_value(rows.machine, world->batch[i], &step, &x);
        status         two = machine_value(vectors.machine, world->batch[i], &step, &y);
        same = one == two && (one != OK || same_column(x, y));
        arena_reset(&step);
    }
    arena_free(&step);
    bench_close(&vectors);
    bench_close(&rows);
    CHECK(same);
    if (!same)
        printf("    %.*s\n", (int)text.size, text.at);
    return first == OK;
}

static void try_function(struct world *world, const struct function *function, uint32_t calls)
{
    struct buf text;
    uint32_t   compiled = 0;

    if (str_is(str_of(function->name), "lookup"))       /* no call compiles without a table; tests/eval has some */
        return;
    buf_init(&text, &world->heap);
    for (uint32_t i = 0; i < calls; i++) {
        bool part = below(3) == 0;
        buf_clear(&text);
        if (part)
            buf_text(&text, "if(part>0,");
        put_call(&text, function);
        if (part)
            buf_text(&text, ",null())");
        compiled += compare(world, buf_str(&text), below(8) == 0);
    }
    CHECK(compiled * 8 > calls);
    if (compiled * 8 <= calls)
        printf("    %s: only %u of %u calls compile\n", function->name, compiled, calls);
    buf_free(&text);
}

/* A vector body; or the machine has instructions for it, or works it out once. */
static void check_most_used(struct world *world)
{
    uint32_t vectors = 0, forms = 0;

    for (size_t i = 0; i < COUNT_OF(most_used); i++) {
        const struct function *function = vocabulary_function(&world->words, str_of(most_used[i]));
        bool                   constant = function && function->most == 0 && function->pure;
        CHECK(function && (function->vector || function->form || constant));
        if (function && !function->vector && !function->form && !constant)
            printf("    %s has no vector body\n", most_used[i]);
        vectors += function && function->vector;
        forms += function && function->form;
    }
    printf("of the %zu functions most used %u have vector bodies, %u are forms, the others are constant\n", COUNT_OF(most_used),
           vectors, forms);
}

int main(int count, char **argument)
{
    struct world world = { 0 };

    heap_init(&world.heap, NULL, NULL, 0);
    vocabulary_init(&world.words, &world.heap);
    for (size_t i = 0; i < COUNT_OF(functions); i++)
        CHECK(vocabulary_add_function(&world.words, functions[i]) == OK);
    world.names = names_new(&world.heap);
    CHECK(regex_cache_new(&world.heap, cpu_best(), &world.regexes) == OK);
    check_most_used(&world);
    for (size_t i = 0; i < COUNT_OF(functions); i++) {
        if (!functions[i]->vector || (count > 1 && *argument[1] && !str_is(str_of(functions[i]->name), argument[1])))
            continue;
        state = (i + 1) << 32;
        for (uint32_t j = 0; j < BATCHES; j++)
            world.batch[j] = make_batch(&world.heap, world.names, (uint32_t)i * BATCHES + j + 1);
        try_function(&world, functions[i], count > 2 ? (uint32_t)atoi(argument[2]) : CALLS);
        for (uint32_t j = 0; j < BATCHES; j++)
            batch_release(world.batch[j]);
    }
    regex_cache_free(world.regexes);
    names_free(world.names);
    vocabulary_free(&world.words);
    CHECK(world.heap.used == 0);
    return check_done();
}
