/* Aggregates of the host. */
#include "host.h"

/* longest(x): the longest text, the first one of several; its copy is malloc's, to see that `clear` is called. */
struct longest {
    char    *text;
    size_t   length;
    uint64_t place;
};

static long texts;

static spl_status longest_take(struct longest *state, const char *text, size_t length, uint64_t place)
{
    char *copy;

    if (state->text && (length < state->length || (length == state->length && place > state->place)))
        return SPL_OK;
    copy = malloc(length + 1);
    if (!copy)
        return SPL_FAIL_MEMORY;
    memcpy(copy, text, length);
    __atomic_add_fetch(&texts, state->text ? 0 : 1, __ATOMIC_RELAXED);
    free(state->text);
    state->text = copy;
    state->length = length;
    state->place = place;
    return SPL_OK;
}

static spl_status longest_update(spl_call *call, void *host, void *state, const spl_cell *value)
{
    char   room[400];
    size_t length;

    (void)host;
    if (value->kind == SPL_TEXT && value->length == 4 && memcmp(value->text, "fail", 4) == 0)
        return spl_call_fail(call, "as told");
    if (value->kind == SPL_TEXT)
        return longest_take(state, value->text, value->length, spl_call_place(call));
    length = spl_cell_text(value, room, sizeof room);
    return longest_take(state, room, length, spl_call_place(call));
}

static spl_status longest_merge(spl_call *call, void *host, void *into, const void *from)
{
    const struct longest *his = from;

    (void)call;
    (void)host;
    return his->text ? longest_take(into, his->text, his->length, his->place) : SPL_OK;
}

static spl_status longest_finish(spl_call *call, void *host, const void *state, spl_cell *out)
{
    const struct longest *mine = state;

    (void)call;
    (void)host;
    if (mine->text)
        *out = (spl_cell){ .kind = SPL_TEXT, .text = mine->text, .length = mine->length };
    return SPL_OK;
}

static spl_status longest_save(spl_call *call, void *host, const void *state, spl_cell *part)
{
    const struct longest *mine = state;

    part[1] = number_cell((double)mine->place);
    return longest_finish(call, host, state, &part[0]);
}

static spl_status longest_load(spl_call *call, void *host, void *state, const spl_cell *part)
{
    (void)call;
    (void)host;
    return part[0].kind == SPL_TEXT ? longest_take(state, part[0].text, part[0].length, (uint64_t)part[1].number) : SPL_OK;
}

static void longest_clear(void *host, void *state)
{
    struct longest *mine = state;

    (void)host;
    __atomic_sub_fetch(&texts, mine->text != NULL, __ATOMIC_RELAXED);
    free(mine->text);
}

/* product(x): of the numbers; has a value over nothing. */
static spl_status product_init(spl_call *call, void *host, void *state)
{
    (void)call;
    (void)host;
    *(double *)state = 1;
    return SPL_OK;
}

static spl_status product_update(spl_call *call, void *host, void *state, const spl_cell *value)
{
    double number;

    (void)call;
    (void)host;
    if (spl_cell_number(value, &number))
        *(double *)state *= number;
    return SPL_OK;
}

static spl_status product_merge(spl_call *call, void *host, void *into, const void *from)
{
    (void)call;
    (void)host;
    *(double *)into *= *(const double *)from;
    return SPL_OK;
}

static spl_status product_finish(spl_call *call, void *host, const void *state, spl_cell *out)
{
    (void)call;
    (void)host;
    *out = number_cell(*(const double *)state);
    return SPL_OK;
}

static const spl_aggregate longest = {
    .size = sizeof(spl_aggregate), .name = "longest", .usage = "longest(<field>)", .summary = "The longest text",
    .state_size = sizeof(struct longest), .update = longest_update, .merge = longest_merge, .finish = longest_finish,
    .clear = longest_clear,
};
static const spl_aggregate saved = {
    .size = sizeof(spl_aggregate), .name = "saved", .parts = 2, .state_size = sizeof(struct longest), .update = longest_update,
    .finish = longest_finish, .save = longest_save, .load = longest_load, .clear = longest_clear,
};
static const spl_aggregate product = {
    .size = sizeof(spl_aggregate), .name = "product", .flags = SPL_COUNTS, .state_size = sizeof(double), .init = product_init,
    .update = product_update, .merge = product_merge, .finish = product_finish,
};

static spl_status add_aggregates(spl_engine *engine)
{
    const spl_aggregate *const given[] = { &longest, &saved, &product };
    spl_status                 status = SPL_OK;

    for (size_t i = 0; i < sizeof given / sizeof given[0] && status >= 0; i++)
        status = spl_engine_add_aggregate(engine, given[i], NULL);
    return status;
}

static const char words[] = "{\"w\":\"one\",\"g\":1}\n{\"w\":\"three\",\"g\":1}\n{\"w\":\"seven|a\",\"g\":2}\n{\"g\":3}\n{\"w\":12,\"g\":2}\n";

static void aggregates(spl_engine *engine)
{
    spl_aggregate odd = longest;
    char         *text;

    CHECK(add_aggregates(engine) == SPL_OK);
    for (int partitions = 1; partitions < 4; partitions++) {
        char number[2] = { (char)('0' + partitions), 0 };
        spl_engine_set(engine, "debug.partitions", number, NULL);
        spl_engine_set(engine, "batch.rows", partitions > 1 ? "1" : "4096", NULL);
        expect_on(engine, "eval w=split(w,\"|\") | stats longest(w) saved(w) AS s product(g)", words, "{\"longest(w)\":\"three\",\"s\":\"three\",\"product(g)\":12}\n", __LINE__);
        expect_on(engine, "eval w=split(w,\"|\") | stats saved(w) longest(w) by g | sort g", words,
                  "{\"g\":1,\"saved(w)\":\"three\",\"longest(w)\":\"three\"}\n{\"g\":2,\"saved(w)\":\"seven\",\"longest(w)\":\"seven\"}\n{\"g\":3}\n", __LINE__);
        expect_on(engine, "eval w=split(w,\"|\") | eventstats longest(w) AS l by g | table g l", words,
                  "{\"g\":1,\"l\":\"three\"}\n{\"g\":1,\"l\":\"three\"}\n{\"g\":2,\"l\":\"seven\"}\n{\"g\":3}\n{\"g\":2,\"l\":\"seven\"}\n", __LINE__);
        expect_on(engine, "eval w=split(w,\"|\") | chart saved(w) over g", words, "{\"g\":1,\"saved(w)\":\"three\"}\n{\"g\":2,\"saved(w)\":\"seven\"}\n{\"g\":3}\n", __LINE__);
    }
    spl_engine_set(engine, "debug.partitions", "1", NULL);
    spl_engine_set(engine, "batch.rows", "4096", NULL);
    EXPECT("stats longest(eval(b.\"!\")) AS l, product(nothing) AS p", "{\"l\":\"x!\",\"p\":1}\n");
    EXPECT("where a>9 | stats product(a) longest(a)", "{\"product(a)\":1}\n");
    EXPECT("stats Product(a)", "{\"product(a)\":6}\n");
    EXPECT("table a b | stats longest(*)", "{\"longest(a)\":1,\"longest(b)\":\"x\"}\n");
    REFUSE("eval b=\"fail\" | stats longest(b)", SPL_FAIL_HOST, "longest() failed: as told", NULL);
    REFUSE("stats longes(b)", SPL_FAIL_QUERY, "unknown aggregate function 'longes'", "did you mean 'longest'?");
    REFUSE("stats sparkline(longest(b))", SPL_FAIL_QUERY, "sparkline cannot show that aggregate", NULL);
    CHECK(texts == 0);

    text = spl_engine_help(engine, "longest");
    CHECK(text && strstr(text, "longest: The longest text"));
    spl_free(text);
    text = spl_engine_words(engine, "aggregate");
    CHECK(text && strstr(text, "\nlongest\n"));
    spl_free(text);
    CHECK(spl_engine_has(engine, "aggregate:product") && !spl_has("aggregate:product"));
    odd.name = "sum";
    CHECK(spl_engine_add_aggregate(engine, &odd, NULL) == SPL_FAIL_MISUSE);
    odd.flags = SPL_HIDES;
    CHECK(spl_engine_add_aggregate(engine, &odd, NULL) == SPL_OK);
    EXPECT("stats sum(b)", "{\"sum(b)\":\"x\"}\n");
    odd.name = "odd";
    odd.save = longest_save;
    CHECK(spl_engine_add_aggregate(engine, &odd, NULL) == SPL_FAIL_MISUSE);
    odd.save = NULL;
    odd.merge = NULL;
    CHECK(spl_engine_add_aggregate(engine, &odd, NULL) == SPL_FAIL_MISUSE);
}

int main(void)
{
    static const char *const queries[] = { "stats count list(a) longest(b) saved(a) by b", "stats longest(b) product(c) by a | tail 5" };
    spl_engine *engine;

    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    aggregates(engine);
    check_threads(engine, queries, sizeof queries / sizeof queries[0], NULL);
    CHECK(texts == 0);
    spl_engine_free(engine);
    check_allocations(add_aggregates, "stats longest(b) saved(a) product(a) by b", events, &texts);
    return check_done();
}
