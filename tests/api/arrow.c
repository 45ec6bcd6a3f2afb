/* Arrow, both ways: round trips, and the things importers usually get wrong. */
#include "check.h"

#include <stdint.h>

/* --- arrays made by hand; they live until the end of their test ---------------------------------------------------- */

static int released;

static void release_array(struct ArrowArray *array) { array->release = NULL; released++; }
static void release_schema(struct ArrowSchema *schema) { schema->release = NULL; released++; }

static struct ArrowSchema schema_of(const char *format, const char *name, struct ArrowSchema **children, int64_t count)
{
    return (struct ArrowSchema){ .format = format, .name = name, .flags = ARROW_FLAG_NULLABLE, .n_children = count,
                                 .children = children, .release = release_schema };
}

static struct ArrowArray array_of(int64_t length, int64_t offset, const void **buffers, int64_t count,
                                  struct ArrowArray **children, int64_t kids)
{
    return (struct ArrowArray){ .length = length, .null_count = -1, .offset = offset, .n_buffers = count,
                                .n_children = kids, .buffers = buffers, .children = children, .release = release_array };
}

/* Rows with the one column given (or the children of a struct) through a query, as JSON lines. */
static char *read_struct(spl_engine *engine, const char *query, struct ArrowSchema **fields, struct ArrowArray **columns,
                         int64_t count, int64_t rows, int64_t offset, spl_error **err)
{
    const void        *none[1] = { NULL };
    struct ArrowSchema schema = schema_of("+s", "", fields, count);
    struct ArrowArray  array = array_of(rows, offset, none, 1, columns, count);
    spl_query         *compiled;
    spl_run           *run;
    char              *out = NULL;

    if (spl_compile(engine, query, SPL_NTS, &compiled, err) < 0)
        return NULL;
    spl_run_new(compiled, &run, err);
    if (spl_run_push_arrow(run, &schema, &array, err) >= 0) {
        CHECK(!schema.release && !array.release);
        spl_run_end(run, err);
        out = check_rows(engine, run, err);
    } else {
        CHECK(schema.release && array.release);
    }
    spl_run_free(run);
    spl_query_free(compiled);
    return out;
}

static void one(spl_engine *engine, struct ArrowSchema *field, struct ArrowArray *column, int64_t rows, const char *want)
{
    spl_error *err = NULL;
    char      *got = read_struct(engine, "fields - _*", &field, &column, 1, rows, 0, &err);

    CHECK_TEXT(got, want);
    if (err) {
        char *text = spl_error_render(err, 0);
        printf("%s", text);
        spl_free(text);
    }
    spl_error_free(err);
    free(got);
}

static void numbers(spl_engine *engine)
{
    int32_t            ints[] = { 9, 1, -2, 3 };
    uint16_t           small[] = { 65535, 2, 7 };
    int64_t            wide[] = { INT64_C(9007199254740993), -5, INT64_MIN };
    double             doubles[] = { 1.5, 0, -3 };
    uint16_t           halves[] = { 0x3c00, 0xc100, 0x7bff };
    uint8_t            bits = 0x0a, truths = 0x0d;
    const void        *b1[] = { &bits, ints }, *b2[] = { NULL, small }, *b3[] = { NULL, wide }, *b4[] = { NULL, doubles };
    const void        *b5[] = { &bits, &truths }, *b6[] = { NULL, halves }, *none[] = { NULL, NULL };
    struct ArrowSchema schema = schema_of("i", "x", NULL, 0);
    struct ArrowArray  array = array_of(3, 1, b1, 2, NULL, 0);

    one(engine, &schema, &array, 3, "{\"x\":1}\n{}\n{\"x\":3}\n");
    schema = schema_of("S", "x", NULL, 0), array = array_of(3, 0, b2, 2, NULL, 0);
    one(engine, &schema, &array, 3, "{\"x\":65535}\n{\"x\":2}\n{\"x\":7}\n");
    schema = schema_of("l", "x", NULL, 0), array = array_of(3, 0, b3, 2, NULL, 0);
    one(engine, &schema, &array, 3, "{\"x\":9007199254740993}\n{\"x\":-5}\n{\"x\":-9223372036854775808}\n");
    schema = schema_of("g", "x", NULL, 0), array = array_of(5, 0, b4, 2, NULL, 0);     /* longer than its parent says */
    one(engine, &schema, &array, 3, "{\"x\":1.5}\n{\"x\":0}\n{\"x\":-3}\n");
    schema = schema_of("b", "x", NULL, 0), array = array_of(3, 1, b5, 2, NULL, 0);     /* bits with an offset */
    one(engine, &schema, &array, 3, "{\"x\":\"false\"}\n{}\n{\"x\":\"true\"}\n");
    schema = schema_of("e", "x", NULL, 0), array = array_of(3, 0, b6, 2, NULL, 0);
    one(engine, &schema, &array, 3, "{\"x\":1}\n{\"x\":-2.5}\n{\"x\":65504}\n");
    schema = schema_of("n", "x", NULL, 0), array = array_of(2, 0, NULL, 0, NULL, 0);
    one(engine, &schema, &array, 2, "{}\n{}\n");
    schema = schema_of("i", "x", NULL, 0), array = array_of(0, 0, none, 2, NULL, 0);   /* nothing, buffers absent */
    one(engine, &schema, &array, 0, "");
}

static void decimals_and_times(spl_engine *engine)
{
    int64_t            small[] = { -12345, -1, 7, 0 };     /* two of 128 bits */
    int64_t            nano[] = { INT64_C(1700000000123456789), INT64_C(1700000000000000000) };
    int64_t            micro[] = { 1500000, -500000 };
    int32_t            days[] = { 1, -1 };
    const void        *b1[] = { NULL, small }, *b2[] = { NULL, nano }, *b3[] = { NULL, micro }, *b4[] = { NULL, days };
    struct ArrowSchema schema = schema_of("d:10,2", "x", NULL, 0);
    struct ArrowArray  array = array_of(2, 0, b1, 2, NULL, 0);

    one(engine, &schema, &array, 2, "{\"x\":-123.45}\n{\"x\":0.07}\n");
    schema = schema_of("tsn:UTC", "x", NULL, 0), array = array_of(2, 0, b2, 2, NULL, 0);
    one(engine, &schema, &array, 2, "{\"x\":1700000000.123456789}\n{\"x\":1700000000}\n");
    schema = schema_of("tDu", "x", NULL, 0), array = array_of(2, 0, b3, 2, NULL, 0);
    one(engine, &schema, &array, 2, "{\"x\":1.5}\n{\"x\":-0.5}\n");
    schema = schema_of("tdD", "x", NULL, 0), array = array_of(2, 0, b4, 2, NULL, 0);
    one(engine, &schema, &array, 2, "{\"x\":86400}\n{\"x\":-86400}\n");
}

static void texts(spl_engine *engine)
{
    int32_t            offsets[] = { 0, 1, 3, 3 };
    const char        *bytes = "abc", *long1 = "a text of more than twelve bytes", *long2 = "another text, in a buffer of its own";
    unsigned char      raw[] = { 0xff, 0x01, 'o', 'k' };
    int32_t            raw_offsets[] = { 0, 2, 4 };
    int64_t            lengths[] = { 32, 36 };
    struct { int32_t size; char text[12]; } views[3] = { { 2, "hi" }, { 0, "" }, { 0, "" } };
    int32_t            place[2];
    const void        *b1[] = { NULL, offsets, bytes }, *b2[] = { NULL, views, long1, long2, lengths };
    const void        *b3[] = { NULL, raw_offsets, raw };
    struct ArrowSchema schema = schema_of("u", "x", NULL, 0);
    struct ArrowArray  array = array_of(3, 0, b1, 3, NULL, 0);

    one(engine, &schema, &array, 3, "{\"x\":\"a\"}\n{\"x\":\"bc\"}\n{\"x\":\"\"}\n");
    for (int i = 0; i < 2; i++) {
        views[i + 1].size = (int32_t)lengths[i];
        memcpy(views[i + 1].text, i ? long2 : long1, 4);
        place[0] = i, place[1] = 0;
        memcpy(views[i + 1].text + 4, place, 8);
    }
    schema = schema_of("vu", "x", NULL, 0), array = array_of(3, 0, b2, 5, NULL, 0);
    one(engine, &schema, &array, 3, "{\"x\":\"hi\"}\n{\"x\":\"a text of more than twelve bytes\"}\n"
                                    "{\"x\":\"another text, in a buffer of its own\"}\n");
    schema = schema_of("z", "x", NULL, 0), array = array_of(2, 0, b3, 3, NULL, 0);
    one(engine, &schema, &array, 2, "{\"x\":\"ff01\"}\n{\"x\":\"ok\"}\n");
    schema = schema_of("w:2", "x", NULL, 0);
    const void *b4[] = { NULL, raw };
    array = array_of(2, 0, b4, 2, NULL, 0);
    one(engine, &schema, &array, 2, "{\"x\":\"ff01\"}\n{\"x\":\"ok\"}\n");
}

static void encodings(spl_engine *engine)
{
    int32_t            offsets[] = { 0, 1, 2, 4 }, ends[] = { 2, 3, 5 };
    int8_t             codes[] = { 2, 1, 0 };
    uint8_t            valid = 0x05;
    const void        *texts[] = { &valid, offsets, "abcd" }, *index[] = { NULL, codes }, *end[] = { NULL, ends };
    struct ArrowSchema words = schema_of("u", "values", NULL, 0), schema = schema_of("c", "x", NULL, 0);
    struct ArrowSchema run_ends = schema_of("i", "run_ends", NULL, 0), *kids[] = { &run_ends, &words };
    struct ArrowArray  values = array_of(3, 0, texts, 3, NULL, 0), array = array_of(3, 0, index, 2, NULL, 0);
    struct ArrowArray  run = array_of(3, 0, end, 2, NULL, 0), *parts[] = { &run, &values };

    schema.dictionary = &words;
    array.dictionary = &values;
    one(engine, &schema, &array, 3, "{\"x\":\"cd\"}\n{}\n{\"x\":\"a\"}\n");             /* a null inside the dictionary */
    codes[0] = 3;
    spl_error          *err = NULL;
    struct ArrowSchema *field = &schema;
    struct ArrowArray  *column = &array;
    CHECK(read_struct(engine, "fields x", &field, &column, 1, 3, 0, &err) == NULL);     /* a code that is not there */
    CHECK(spl_error_status(err) == SPL_FAIL_DATA);
    spl_error_free(err);

    schema = schema_of("+r", "x", kids, 2), array = array_of(3, 1, NULL, 0, parts, 2);
    one(engine, &schema, &array, 3, "{\"x\":\"a\"}\n{}\n{\"x\":\"cd\"}\n");
}

static void nested(spl_engine *engine)
{
    int32_t            offsets[] = { 0, 1, 2, 3, 4 }, lists[] = { 0, 2, 2, 3 }, numbers[] = { 1, 2, 3, 4 };
    uint8_t            valid = 0x0d;
    const void        *texts[] = { NULL, offsets, "abcd" }, *list[] = { NULL, lists }, *ints[] = { NULL, numbers };
    const void        *validity[] = { &valid }, *none[] = { NULL };
    struct ArrowSchema u = schema_of("u", "t", NULL, 0), i = schema_of("i", "n", NULL, 0), *both[] = { &u, &i };
    struct ArrowSchema inner = schema_of("+s", "s", both, 2), *item[] = { &inner };
    struct ArrowArray  ua = array_of(4, 0, texts, 3, NULL, 0), ia = array_of(4, 0, ints, 2, NULL, 0), *arrays[] = { &ua, &ia };
    struct ArrowArray  struct_array = array_of(3, 1, validity, 1, arrays, 2), *items[] = { &struct_array };
    struct ArrowSchema schema = schema_of("+l", "l", item, 1);
    struct ArrowArray  array;

    one(engine, &inner, &struct_array, 3, "{}\n{\"s.t\":\"c\",\"s.n\":3}\n{\"s.t\":\"d\",\"s.n\":4}\n");
    struct_array = array_of(4, 0, none, 1, arrays, 2), array = array_of(3, 0, list, 2, items, 1);
    one(engine, &schema, &array, 3, "{\"l{}.t\":[\"a\",\"b\"],\"l{}.n\":[1,2]}\n{}\n{\"l{}.t\":\"c\",\"l{}.n\":3}\n");
    schema = schema_of("+m", "m", item, 1), array = array_of(3, 0, list, 2, items, 1);
    one(engine, &schema, &array, 3, "{\"m.a\":1,\"m.b\":2}\n{}\n{\"m.c\":3}\n");
    struct ArrowSchema *flat[] = { &i };
    struct ArrowArray  *flat_array[] = { &ia };
    schema = schema_of("+w:2", "w", flat, 1), array = array_of(2, 0, none, 1, flat_array, 1);
    one(engine, &schema, &array, 2, "{\"w\":[1,2]}\n{\"w\":[3,4]}\n");
    lists[3] = 9;
    schema = schema_of("+l", "l", flat, 1), array = array_of(3, 0, list, 2, flat_array, 1);
    spl_error          *err = NULL;
    struct ArrowSchema *field = &schema;
    struct ArrowArray  *column = &array;
    CHECK(read_struct(engine, "fields l", &field, &column, 1, 3, 0, &err) == NULL);     /* a list past its items */
    spl_error_free(err);
    err = NULL;
    schema = schema_of("+ud:0,1", "u", flat, 1);
    CHECK(read_struct(engine, "fields u", &field, &column, 1, 3, 0, &err) == NULL);
    CHECK_TEXT(spl_error_message(err, 0), "Arrow field 'u': type '+ud:0,1' is not supported");
    spl_error_free(err);
}

/* --- out ----------------------------------------------------------------------------------------------------------- */

static const char events[] =
    "{\"i\":1,\"d\":1.5,\"t\":\"x\",\"m\":[1,\"y\"],\"w\":9007199254740993}\n"
    "{\"i\":-2,\"d\":2,\"t\":\"007\",\"m\":[\"z\"],\"w\":1}\n{\"t\":\"\"}\n";

static void out(spl_engine *engine)
{
    spl_query         *query;
    spl_run           *run;
    spl_batch         *rows = NULL;
    struct ArrowSchema schema, kept_schema;
    struct ArrowArray  array, kept;
    spl_error         *err = NULL;
    char               formats[40] = "";

    CHECK(spl_compile(engine, "table i d t m{} w q", SPL_NTS, &query, NULL) == SPL_OK);
    CHECK(spl_run_new(query, &run, NULL) == SPL_OK);
    spl_query_free(query);
    spl_run_push(run, "ndjson", events, strlen(events), NULL);
    spl_run_end(run, NULL);
    CHECK(spl_run_next(run, &rows, &err) == SPL_BATCH);
    spl_run_free(run);
    CHECK(spl_batch_to_arrow(rows, &schema, &array, &err) == SPL_OK);
    spl_batch_release(rows);
    for (int64_t c = 0; c < schema.n_children; c++)
        strcat(strcat(formats, schema.children[c]->format), " ");
    CHECK_TEXT(formats, "l g u +l l n ");
    CHECK(array.length == 3 && array.n_children == 6 && array.children[0]->null_count == 1);
    CHECK(((const int64_t *)array.children[0]->buffers[1])[1] == -2);
    CHECK(((const double *)array.children[1]->buffers[1])[0] == 1.5);
    CHECK(((const int64_t *)array.children[4]->buffers[1])[0] == INT64_C(9007199254740993));
    CHECK(array.children[3]->children[0]->length == 3);

    kept = *array.children[2];                          /* moved out: it must outlive its parent */
    array.children[2]->release = NULL;
    kept_schema = *schema.children[2];
    schema.children[2]->release = NULL;
    array.release(&array);
    schema.release(&schema);
    CHECK(!array.release && !schema.release);
    CHECK_TEXT(kept_schema.name, "t");
    CHECK(memcmp(kept.buffers[2], "x007", 4) == 0);
    kept.release(&kept);
    kept_schema.release(&kept_schema);
}

static int64_t drain(struct ArrowArrayStream *stream, char *formats)
{
    struct ArrowSchema schema;
    struct ArrowArray  array;
    int64_t            rows = 0;

    *formats = 0;
    if (!CHECK(stream->get_schema(stream, &schema) == 0))
        return -1;
    for (int64_t c = 0; c < schema.n_children; c++)
        strcat(strcat(strcat(strcat(formats, schema.children[c]->name), ":"), schema.children[c]->format), " ");
    schema.release(&schema);
    while (CHECK(stream->get_next(stream, &array) == 0) && array.release) {
        rows += array.length;
        array.release(&array);
    }
    stream->release(stream);
    return rows;
}

static void streams(spl_engine *engine)
{
    static const int32_t    how[] = { SPL_CLOSED, SPL_WIDEN, SPL_FIRST };
    static const char *const want[] = { "d:g t:u ", "d:g t:u ", "d:g t:u " };
    struct ArrowArrayStream stream;
    spl_query              *query;
    spl_run                *run;
    spl_batch              *rows;
    char                    formats[200];

    CHECK(spl_compile(engine, "table d t", SPL_NTS, &query, NULL) == SPL_OK);
    for (int i = 0; i < 3; i++) {
        CHECK(spl_run_new(query, &run, NULL) == SPL_OK);
        spl_run_push(run, "ndjson", events, strlen(events), NULL);
        spl_run_end(run, NULL);
        CHECK(spl_run_stream(run, how[i], &stream, NULL) == SPL_OK);
        CHECK(spl_run_next(run, &rows, NULL) == SPL_FAIL_MISUSE);
        spl_run_free(run);
        CHECK(drain(&stream, formats) == 3);
        CHECK_TEXT(formats, want[i]);
    }
    spl_query_free(query);

    CHECK(spl_compile(engine, "fields - _*, host, source, sourcetype, index", SPL_NTS, &query, NULL) == SPL_OK);
    CHECK(spl_run_new(query, &run, NULL) == SPL_OK);
    CHECK(spl_run_stream(run, SPL_CLOSED, &stream, NULL) == SPL_FAIL_MISUSE);
    CHECK(spl_run_set(run, "batch.rows", "1", NULL) == SPL_OK);
    spl_run_push(run, "ndjson", "{\"a\":1}\n{\"a\":\"x\",\"b\":2.5}\n", 26, NULL);
    spl_run_end(run, NULL);
    CHECK(spl_run_stream(run, SPL_WIDEN, &stream, NULL) == SPL_OK);
    CHECK(drain(&stream, formats) == 2);
    CHECK_TEXT(formats, "a:u b:g ");
    spl_run_free(run);
    CHECK(spl_run_new(query, &run, NULL) == SPL_OK);
    CHECK(spl_run_set(run, "batch.rows", "1", NULL) == SPL_OK);
    spl_run_push(run, "ndjson", "{\"a\":1}\n{\"a\":\"x\",\"b\":2.5}\n", 26, NULL);
    spl_run_end(run, NULL);
    CHECK(spl_run_stream(run, SPL_FIRST, &stream, NULL) == SPL_OK);
    CHECK(drain(&stream, formats) == 2);
    CHECK_TEXT(formats, "a:l ");
    CHECK(spl_run_notes(run) == 2);
    CHECK_TEXT(spl_run_note_code(run, 0), "arrow-misfit");
    CHECK_TEXT(spl_run_note_code(run, 1), "arrow-columns");
    spl_run_free(run);
    spl_query_free(query);
}

int main(void)
{
    struct counter counter = { .budget = -1 };
    spl_allocator  memory = counter_allocator(&counter);
    spl_engine    *engine;

    CHECK(spl_engine_new(&memory, &engine) == SPL_OK);
    numbers(engine);
    decimals_and_times(engine);
    texts(engine);
    encodings(engine);
    nested(engine);
    out(engine);
    streams(engine);
    spl_engine_free(engine);
    CHECK(counter.blocks == 0);
    return check_done();
}
