/* What eval functions cost a row: their row bodies, lifted, against their vector bodies, over columns made in
 * memory.
 *
 *   speed_functions [only]      nanoseconds a row, best of fifteen; `only`: expressions that hold this text
 *
 * Both are run over the same batches first and must give the same cells. A vector body has to pay: one with code of its own
 * is not worth having without 1.5 times the speed, one that is the row body in a loop (function/loop.h) without 1.1. */
#include "catalog/vocabulary.h"
#include "syntax/parse.h"
#include "time/zone.h"
#include "value/list.h"
#include "value/order.h"
#include "value/number.h"
#include "vm/program.h"

#include "base/clock.h"
#include "base/compiler.h"
#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>

#define FUNCTION(name, family) extern const struct function function_##name;
#include "function/functions.def"
#undef FUNCTION

static const struct function *const functions[] = {
#define FUNCTION(name, family) &function_##name,
#include "function/functions.def"
#undef FUNCTION
};

/* few batches: in life, columns are fresh in the cache */
enum { ROWS = 1600, BATCHES = 2, PASSES = 20, TURNS = 15 };

/* A truth value is measured as a condition, anything else as a value. */
static const struct { bool condition; const char *text; } expressions[] = {
    { false, "image" },
    { false, "lower(image)" },
    { false, "upper(user)" },
    { false, "len(image)" },
    { false, "substr(image,1,10)" },
    { false, "substr(image,-6)" },
    { false, "substr(image,5,10)" },
    { false, "replace(image,\"worker\",\"w\")" },
    { false, "replace(image,\"^registry\\.\",\"\")" },
    { false, "replace(image,\"nosuchthing\\d\",\"\")" },
    { false, "round(duration,2)" },
    { false, "round(when)" },
    { false, "abs(when)" },
    { false, "exact(when)" },
    { false, "sqrt(when)" },
    { false, "ceiling(when)" },
    { false, "round(when,2)" },
    { false, "floor(when)" },
    { false, "tostring(bytes)" },
    { false, "tostring(when)" },
    { false, "tonumber(bytes)" },
    { false, "mvindex(user,0)" },
    { false, "split(image,\"/\")" },
    { false, "mvindex(split(image,\"/\"),-1)" },
    { false, "mvcount(split(image,\"/\"))" },
    { false, "strftime(when,\"%Y-%m-%d %H:%M:%S\")" },
    { false, "strftime(when,\"%H\")" },
    { false, "strptime(stamp,\"%Y-%m-%dT%H:%M:%S\")" },
    { false, "trim(user)" },
    { false, "coalesce(nosuch,user)" },
    { false, "if(bytes>1000,\"large\",\"small\")" },
    { false, "case(bytes<10,\"a\",bytes<1000,\"b\",true(),user)" },
    { false, "mvjoin(split(image,\".\"),\"-\")" },
    { false, "mvjoin(user,\",\")" },
    { false, "mvappend(user,image,nosuch)" },
    { false, "mvdedup(mvappend(user,image,user))" },
    { false, "mvzip(user,image)" },
    { false, "mvsort(mvappend(user,image))" },
    { false, "mvfilter(match(user,\"7\"))" },
    { false, "mvmap(user,user.\"x\")" },
    { false, "mvfind(user,\"Team-7\")" },
    { false, "mvfind(labels,\"^tier=\")" },
    { false, "mvfind(labels,\"nosuchlabel\")" },
    { false, "mvfind(labels,\"(?i)TIER=[a-c]\")" },
    { false, "mvappend(labels,user)" },
    { false, "mvappend(labels,labels)" },
    { false, "mvzip(labels,labels)" },
    { false, "mvzip(labels,labels,\"=\")" },
    { false, "split(stamp,\"T\")" },
    { false, "split(image,\"worker\")" },
    { false, "split(json,\",\")" },
    { false, "trim(split(image,\"/\"))" },
    { false, "trim(image,\"r3\")" },
    { false, "ltrim(image,\"regist\")" },
    { false, "rtrim(image,\"é3\")" },
    { false, "trim(bytes,image)" },
    { false, "spath(json,\"kind\")" },
    { false, "spath(json,\"user.groups{}\")" },
    { false, "spath(json,\"object.ref.name\")" },
    { false, "spath(json,\"nosuch\")" },
    { false, "spath(xml,\"Event.System.EventID\")" },
    { false, "now()" },
    { false, "mvcount(user)" },
    { false, "relative_time(when,\"-1d@d\")" },
    { false, "relative_time(when,\"-1h@h\")" },
    { false, "md5(image)" },
    { false, "pow(when,2)" },
    { false, "max(when,bytes)" },
    { false, "max(bytes,duration)" },
    { false, "tonumber(duration)" },
    { false, "tostring(when,\"commas\")" },
    { false, "tostring(bytes,\"duration\")" },
    { false, "nullif(user,\"x\")" },
    { false, "user.\"-\".image" },
    { false, "printf(\"%s:%d\",user,bytes)" },
    { true, "isnotnull(user)" },
    { true, "bytes>1000" },
    { true, "user=image" },
    { true, "searchmatch(\"image=*worker:0.1*\")" },
    { true, "match(image,\"worker:0\\.[1-4]\")" },
    { true, "match(image,\"(?i)powershell.*-enc\")" },
    { true, "match(image,\"\\d+$\")" },
    { true, "like(image,\"%worker:0.1%\")" },
    { true, "cidrmatch(\"10.13.0.0/17\",ip)" },
    { true, "cidrmatch(\"192.168.0.0/16\",ip)" },
    { true, "cidrmatch(\"2001:db8::/32\",ip)" },
    { true, "cidrmatch(\"10.13.0.0/17\",user)" },
    { true, "isnull(user)" },
    { true, "isnum(bytes)" },
    { true, "in(user,\"root\",\"system:serviceaccount:team-7:controller\")" },
};

static void fail(const char *what)
{
    fprintf(stderr, "%s failed\n", what);
    exit(1);
}

static uint64_t state = 1;

static uint32_t skewed(uint32_t most)
{
    double x = (double)(hash_u64(state++) >> 11) / 9007199254740992.0;
    return (uint32_t)(x * x * x * most);
}

static struct cell text(struct arena *arena, const char *format, unsigned a, unsigned b)
{
    char room[800];
    int  size = snprintf(room, sizeof room, format, a, b);
    return cell_field_text(arena_str(arena, (str){ room, (size_t)size }));
}

static struct cell labels(struct arena *arena, uint32_t count)
{
    static const char *const KEYS[] = { "app=gate-%u.%u", "tier=c%u-%u", "env=prod%u%u", "zone=eu-west-%u%u" };
    struct cell *list = ARENA_ARRAY(arena, struct cell, count);

    for (uint32_t i = 0; i < count; i++)
        list[i] = text(arena, KEYS[i % COUNT_OF(KEYS)], skewed(90), skewed(9));
    return list_value(list, count);
}

static const char JSON[] =
    "{\"kind\":\"Event\",\"level\":\"RequestResponse\",\"auditID\":\"4a1f0c1e-7d0b-4c7e-9f6a-2b1d6f0e8a11\",\"stage\":"
    "\"ResponseComplete\",\"verb\":\"get\",\"user\":{\"username\":\"system:serviceaccount:team-%u:controller\",\"groups\":"
    "[\"system:serviceaccounts\",\"system:authenticated\"]},\"sourceIPs\":[\"10.13.4.7\"],\"object\":{\"resource\":\"pods\","
    "\"ref\":{\"namespace\":\"default\",\"name\":\"worker-%u\",\"apiVersion\":\"v1\"}},\"status\":{\"code\":200,\"ok\":true}}";

static const char XML[] =
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Sysmon'/><EventID>%u</EventID>"
    "<Level>4</Level><Computer>host-%u.example.com</Computer></System><EventData><Data Name='Image'>C:\\a.exe</Data></EventData>"
    "</Event>";

static struct batch *make(struct heap *heap, struct names *names, uint32_t number)
{
    static const char *const CELLS[] = { "user", "image", "ip", "bytes", "duration", "stamp", "json", "xml", "labels" };
    struct batch  *batch = batch_new(heap, ROWS);
    struct arena  *arena = &batch->arena;
    struct column *cells[COUNT_OF(CELLS)], *when = column_number(arena, ROWS);

    for (size_t i = 0; i < COUNT_OF(CELLS); i++)
        cells[i] = column_cells(arena, ROWS, KINDS_TEXT | (i == 8 ? KINDS(KIND_LIST) : 0));
    for (uint32_t i = 0; i < ROWS; i++) {
        unsigned n = skewed(65000);
        cells[0]->cell[i] = text(arena, "system:serviceaccount:Team-%u:Controller", skewed(400), 0);
        cells[1]->cell[i] = text(arena, "registry.Example.com/platform/Scheduler-worker:0.%u.33", skewed(900),
                                 0);
        cells[2]->cell[i] = text(arena, "10.13.%u.%u", n >> 8, n & 255);
        cells[3]->cell[i] = text(arena, "%u", skewed(1000000), 0);
        cells[4]->cell[i] = text(arena, "%u.%03u", skewed(10000), skewed(1000));
        cells[5]->cell[i] = text(arena, "2024-05-01T%02u:13:%02uZ", number % 24, i / 27);
        cells[6]->cell[i] = text(arena, JSON, skewed(400), skewed(9000));
        cells[7]->cell[i] = text(arena, XML, skewed(9000), skewed(400));
        cells[8]->cell[i] = labels(arena, i % 5 ? 2 + i % 7 : 1);
        when->number[i] = 1714521600.25 + number * 100 + i / 16.0;
        if (i % 50 == 7)
            cells[0]->cell[i] = cell_null();
    }
    for (size_t i = 0; i < COUNT_OF(CELLS); i++)
        if (batch_set(batch, names_intern(names, str_of(CELLS[i])), cells[i], 0) != OK)
            fail("batch");
    if (batch_set(batch, names_intern(names, STR("when")), when, 0) != OK)
        fail("batch");
    return batch;
}

struct world {
    struct heap       heap;
    struct vocabulary words;
    struct names     *names;
    struct batch     *batch[BATCHES];
};

/* One expression with the bodies asked for. */
struct bench {
    struct arena    arena;
    struct diag     diag;
    struct context  context;
    struct program *program;
    struct machine *machine;
    bool            condition;
};

static void bench_open(struct bench *bench, struct world *world, const char *text, bool condition,
                       bool row_bodies)
{
    struct compile compile = { .arena = &bench->arena, .heap = &world->heap, .words = &world->words,
                               .context = &bench->context, .diag = &bench->diag, .rewrite = true };
    struct node   *node;

    bench->context = (struct context){ .heap = &world->heap, .names = world->names, .zone = &zone_utc,
                                       .now = 1714521600,
                                       .cpu = cpu_best(), .row_bodies = row_bodies };
    bench->condition = condition;
    arena_init(&bench->arena, &world->heap);
    diag_init(&bench->diag, &world->heap);
    if (parse_expr(&bench->arena, &bench->diag, passage_of(str_of(text)), &node) != OK
        || (condition ? program_condition(&compile, node, &bench->program)
                      : program_value(&compile, node, true, &bench->program)) != OK
        || machine_new(bench->program, &bench->context, &bench->machine) != OK)
        fail(text);
}

static void bench_close(struct bench *bench)
{
    machine_free(bench->machine);
    program_drop(bench->program);
    diag_free(&bench->diag);
    arena_free(&bench->arena);
}

static void bench_run(struct bench *bench, struct batch *batch, struct arena *step, struct column **value,
                      struct rows *rows)
{
    if ((bench->condition ? machine_filter(bench->machine, batch, step, rows)
                          : machine_value(bench->machine, batch, step, value)) != OK)
        fail("running");
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == KIND_NULL)
        return true;
    if (a->kind == KIND_NUMBER)
        return memcmp(&a->number, &b->number, sizeof a->number) == 0 && a->decimals == b->decimals;
    if (a->kind == KIND_BOOLEAN)
        return a->truth == b->truth;
    if (a->kind == KIND_TEXT)
        return a->flags == b->flags && str_equal(cell_str(a), cell_str(b));
    for (uint32_t i = 0; i < a->size; i++)
        if (a->size != b->size || !same_cell(&a->list[i], &b->list[i]))
            return false;
    return a->size == b->size;
}

static void compare(struct world *world, struct bench *a, struct bench *b, const char *text)
{
    struct arena   step;
    struct column *x = NULL, *y = NULL;
    struct rows    p = { 0 }, q = { 0 };

    arena_init(&step, &world->heap);
    for (uint32_t i = 0; i < BATCHES; i++) {
        bench_run(a, world->batch[i], &step, &x, &p);
        bench_run(b, world->batch[i], &step, &y, &q);
        if (p.count != q.count)
            fail(text);
        for (uint32_t j = 0; j < (a->condition ? p.count : ROWS); j++) {
            struct cell one = a->condition ? cell_number(rows_at(&p, j)) : column_cell(x, j);
            struct cell two = a->condition ? cell_number(rows_at(&q, j)) : column_cell(y, j);
            if (!same_cell(&one, &two))
                fail(text);
        }
        arena_reset(&step);
    }
    arena_free(&step);
}

static double measure(struct world *world, struct bench *bench)
{
    struct arena   step;
    struct column *value;
    struct rows    rows;
    double         best = 1e30;

    arena_init(&step, &world->heap);
    for (int turn = 0; turn < TURNS; turn++) {
        uint64_t begin = clock_steady();
        double   time;
        for (uint32_t i = 0; i < BATCHES * PASSES; i++) {
            bench_run(bench, world->batch[i % BATCHES], &step, &value, &rows);
            arena_reset(&step);
        }
        time = (double)(clock_steady() - begin) / (ROWS * BATCHES * PASSES);
        best = time < best ? time : best;
    }
    arena_free(&step);
    return best;
}

int main(int count, char **argument)
{
    struct world world;

    heap_init(&world.heap, NULL, NULL, 0);
    vocabulary_init(&world.words, &world.heap);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (vocabulary_add_function(&world.words, functions[i]) != OK)
            fail("words");
    world.names = names_new(&world.heap);
    for (uint32_t i = 0; i < BATCHES; i++)
        world.batch[i] = make(&world.heap, world.names, i);
    printf("%-56s %8s %8s\n", "ns a row", "row", "vector");
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++) {
        struct bench rows, vectors;
        double       slow, fast;
        const char  *text = expressions[i].text;
        if (count > 1 && !strstr(text, argument[1]))
            continue;
        bench_open(&rows, &world, text, expressions[i].condition, true);
        bench_open(&vectors, &world, text, expressions[i].condition, false);
        compare(&world, &rows, &vectors, text);
        slow = measure(&world, &rows);
        fast = measure(&world, &vectors);
        printf("%-56s %8.1f %8.1f  %5.2f\n", text, slow, fast, slow / fast);
        bench_close(&vectors);
        bench_close(&rows);
    }
    for (uint32_t i = 0; i < BATCHES; i++)
        batch_release(world.batch[i]);
    names_free(world.names);
    vocabulary_free(&world.words);
    return 0;
}
