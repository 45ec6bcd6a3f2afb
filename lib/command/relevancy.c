/* relevancy: how well the text of each event goes with the words that were searched for (commands 6).
 *
 * Splunk's reference says that events score higher if they have more rare words, more often, in fewer terms, and that its
 * own command does not work. Here it is tf-idf: for each word the share of the event's terms that it makes up, times
 * ln(1 + events / events with the word), added up. The events wait until it is known how rare the words are. */
#include "command/keywords.h"
#include "rows/sorted_rows.h"
#include "value/list.h"
#include "value/number.h"
#include "value/order.h"

#include <math.h>

struct relevancy {
    struct op          op;
    const struct name *raw, *score;
    struct term      **term;
    uint32_t           terms;
    uint64_t           events, *with;   /* by word: events that have it */
    double            *rarity;          /* by word */
    struct sorted_rows rows;
};

/* How often each word is in a text, and how many terms there are. */
static uint64_t count_words(const struct relevancy *relevancy, str text, uint64_t *times)
{
    uint64_t terms = 0;
    bool     inside = false;

    for (uint32_t t = 0; t < relevancy->terms; t++)
        for (size_t from = 0; (from = term_find(relevancy->term[t], text, from)) != SIZE_MAX; from++)
            times[t]++;
    for (size_t i = 0; i < text.size; i++) {
        bool breaks = term_breaker[(unsigned char)text.at[i]] != BREAK_NONE;
        terms += !breaks && !inside;
        inside = !breaks;
    }
    return terms;
}

/* The text of a row; false: it has none. */
static bool read_text(const struct column *column, uint32_t row, char *room, str *out)
{
    struct cell        cell = column ? column_settled(column, row) : cell_null();
    uint32_t           count;
    const struct cell *first = list_members(&cell, &count);

    if (count)
        *out = cell_show(first, room);
    return count > 0;
}

static status relevancy_push(struct op *op, struct batch *in)
{
    struct relevancy *relevancy = container_of(op, struct relevancy, op);
    struct column    *column = batch_column(in, relevancy->raw);
    uint64_t         *times = ARENA_ARRAY(&op->step, uint64_t, relevancy->terms + (size_t)1);
    char              room[NUMBER_ROOM];
    str               text;

    TRY_NEW(times);
    TRY(batch_decode(in, column));
    for (uint32_t i = 0; i < batch_rows(in); i++) {
        if (!read_text(column, batch_row(in, i), room, &text))
            continue;
        memset(times, 0, relevancy->terms * sizeof *times);
        count_words(relevancy, text, times);
        relevancy->events++;
        for (uint32_t t = 0; t < relevancy->terms; t++)
            relevancy->with[t] += times[t] > 0;
    }
    return sorted_rows_add(&relevancy->rows, in);
}

static status score_rows(struct relevancy *relevancy, struct batch *out)
{
    const struct column *column = batch_column(out, relevancy->raw);
    struct column       *scores;
    uint64_t            *times = ARENA_ARRAY(&relevancy->op.step, uint64_t, relevancy->terms + (size_t)1);
    char                 room[NUMBER_ROOM];
    str                  text;

    TRY_NEW(times);
    TRY(batch_decode(out, batch_column(out, relevancy->raw)));
    TRY(batch_decode(out, batch_column(out, relevancy->score)));
    TRY(column_to_cells(batch_column(out, relevancy->score), &out->rows, out->size, &out->arena, &scores));
    for (uint32_t row = 0; row < out->size; row++) {
        uint64_t terms;
        double   score = 0;

        if (!read_text(column, row, room, &text))
            continue;
        memset(times, 0, relevancy->terms * sizeof *times);
        terms = count_words(relevancy, text, times);
        for (uint32_t t = 0; t < relevancy->terms; t++)
            score += terms ? (double)times[t] / (double)terms * relevancy->rarity[t] : 0;
        scores->cell[row] = cell_number(score);
    }
    return send_column(&relevancy->op, out, relevancy->score, scores, 0);
}

static status emit_scored(struct op *op, struct batch *takes)
{
    status result;

    arena_reset(&op->step);
    result = score_rows(container_of(op, struct relevancy, op), takes);
    return op_emit_if(op, result, takes);
}

static status relevancy_finish(struct op *op)
{
    struct relevancy *relevancy = container_of(op, struct relevancy, op);

    for (uint32_t t = 0; t < relevancy->terms; t++)
        relevancy->rarity[t] = relevancy->with[t] ? log1p((double)relevancy->events / (double)relevancy->with[t]) : 0;
    return sorted_rows_send(&relevancy->rows, emit_scored);
}

static void relevancy_close(struct op *op)
{
    sorted_rows_free(&container_of(op, struct relevancy, op)->rows);
}

static const struct op_kind relevancy_kind = {
    .name = "relevancy", .push = relevancy_push, .finish = relevancy_finish, .close = relevancy_close, .spills = true,
};

static status relevancy_bind(struct binder *binder, struct stage *stage)
{
    return keywords_find(binder, stage, stage->bound);
}

static status relevancy_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct relevancy *relevancy;
    struct arena     *arena;

    TRY(op_new(&relevancy_kind, sizeof *relevancy, stage, run, out));
    relevancy = container_of(*out, struct relevancy, op);
    arena = &(*out)->arena;
    sorted_rows_init(&relevancy->rows, *out, NULL, 0, 0);
    TRY_NEW(relevancy->raw = names_intern(run->names, STR("_raw")));
    TRY_NEW(relevancy->score = names_intern(run->names, STR("relevancy")));
    TRY(keywords_compile(stage->bound, UINT32_MAX, (*out)->context->cpu, arena, &relevancy->term, &relevancy->terms));
    TRY_NEW(relevancy->with = ARENA_ARRAY(arena, uint64_t, relevancy->terms + (size_t)1));
    TRY_NEW(relevancy->rarity = ARENA_ARRAY(arena, double, relevancy->terms + (size_t)1));
    return OK;
}

static status relevancy_needs(const struct stage *stage, struct wanted *wanted)
{
    (void)stage;
    return wanted_add(wanted, STR("_raw"));
}

static status relevancy_gives(const struct stage *stage, struct wanted *columns)
{
    (void)stage;
    return wanted_add(columns, STR("relevancy"));
}

const struct command command_relevancy = {
    .name = "relevancy", .usage = "relevancy", .summary = "How well each event goes with the words that were searched for",
    .bound_size = sizeof(struct keywords), .bind = relevancy_bind,
    .needs = relevancy_needs, .gives = relevancy_gives, .open = relevancy_open,
    .example = { "disk OR error | relevancy | eval r=round(relevancy,3) | table n r",
                 "{\"n\":1,\"m\":\"disk error\"}\n{\"n\":2,\"m\":\"an error\"}",
                 "{\"n\":1,\"r\":0.358}\n{\"n\":2,\"r\":0.139}" },
};
