/* The words of chart and timechart (reporting 5.1 to 5.3). What an option of bins belongs to depends on where
 * it stands, so these commands read their pieces themselves. */
#include "command/charting.h"

#include "base/suggest.h"
#include "syntax/parse.h"
#include "value/number.h"

enum place { PLACE_OF_ROW, PLACE_OF_COLUMN };

struct reading_chart {
    struct binder        *binder;
    struct stage         *stage;
    struct chart_bound   *bound;
    const struct tokens  *tokens;
    uint32_t              at;
    struct aggregates     terms;
    struct binning_words  row, column;
    enum place            place;            /* what bin options belong to from here on */
    struct span           row_at, column_at, where_at;
    bool                  failed;
};

static const struct token *here(const struct reading_chart *in)
{
    return &in->tokens->item[in->at];
}

static status wrong(struct reading_chart *in, const struct token *token, const char *wants)
{
    return diag_at(in->binder->diag, FAIL_QUERY, token->span, "bad-argument", "'%.*s' wants %s, not '%.*s'",
                   SHOW(token->name), wants, SHOW(token->text));
}

static status read_truth(struct reading_chart *in, const struct token *token, bool *out)
{
    return str_truth(token->text, out) ? OK : wrong(in, token, "true or false");
}

/* top5, bottom 3 */
static bool read_rank(str text, int *kind, double *number)
{
    *kind = SERIES_TOP;
    if (text.size >= 3 && str_is_nocase(str_slice(text, 0, 3), "top")) {
        text = str_slice(text, 3, text.size);
    } else if (text.size >= 6 && str_is_nocase(str_slice(text, 0, 6), "bottom")) {
        *kind = SERIES_BOTTOM;
        text = str_slice(text, 6, text.size);
    }
    return number_parse(text, number, NULL) && *number >= 0 && *number <= 1e9 &&
        *number == (double)(uint32_t)*number;
}

/* It may have an argument, max(x): what it looks at are the cells all the same. */
static status read_function(struct reading_chart *in, str text, struct span span,
                            struct series_choice *choice)
{
    size_t open = text.size && text.at[text.size - 1] == ')' ? str_find(text, STR("("), 0) : SIZE_MAX;
    str    name = open == SIZE_MAX ? text : str_slice(text, 0, open);

    choice->aggregate = vocabulary_aggregate(in->binder->compile.words, name, &choice->percent);
    if (choice->aggregate && !(choice->aggregate->takes & FEED_TIME) && choice->aggregate->per == 0)
        return OK;
    return diag_at(in->binder->diag, FAIL_QUERY, span, "unknown-aggregate",
                   "unknown aggregate function '%.*s'",
                   SHOW(text));
}

static status read_limit(struct reading_chart *in, const struct token *token)
{
    struct series_choice *choice = &in->bound->choice;
    int                   kind;
    double                number;

    if (!read_rank(token->text, &kind, &number))
        return wrong(in, token, "a number, topN or bottomN");
    if (choice->by_where)
        return OK;
    choice->kind = number == 0 ? SERIES_ALL : kind;
    choice->number = number;
    return OK;
}

static status read_number_word(struct reading_chart *in, const struct token *token, double *out, bool *has)
{
    *has = true;
    return number_parse(token->text, out, NULL) && *out - *out == 0 ? OK : wrong(in, token, "a number");
}

/* A span of time behind timechart's split field means the time axis: that is what authors want who write it
 * there. */
static bool means_time(struct reading_chart *in, const struct token *token)
{
    struct time_span span;

    if (!in->bound->is_timechart || in->place != PLACE_OF_COLUMN || !time_span_has_unit(token->text) ||
        time_span_parse(token->text, &span) != OK)
        return false;
    diag_warn(in->binder->diag, token->span, "span-place", "'%.*s=%.*s' is taken for the time axis",
              SHOW(token->name), SHOW(token->text));
    return true;
}

static bool read_bin_option(struct reading_chart *in, const struct token *token, status *result)
{
    struct binning_words *words = in->place == PLACE_OF_ROW ? &in->row : &in->column;
    bool                 *given = in->place == PLACE_OF_ROW ? &in->bound->row_binned
                                                            : &in->bound->column_binned;

    *result = OK;
    if (str_is_nocase(token->name, "span") || str_is_nocase(token->name, "minspan")) {
        bool least = str_is_nocase(token->name, "minspan");
        if (means_time(in, token)) {
            words = &in->row;
            given = &in->bound->row_binned;
        }
        *(least ? &words->minspan : &words->span) = token->text;
        *(least ? &words->minspan_at : &words->span_at) = token->value_span;
    } else if (str_is_nocase(token->name, "bins")) {
        *result = read_number_word(in, token, &words->bins, &words->has_bins);
        if (!words->span.size)
            words->span_at = token->value_span;
    } else if (str_is_nocase(token->name, "start")) {
        *result = read_number_word(in, token, &words->start, &words->has_start);
    } else if (str_is_nocase(token->name, "end")) {
        *result = read_number_word(in, token, &words->end, &words->has_end);
    } else if (str_is_nocase(token->name, "aligntime")) {
        words->align = token->text;
        words->align_at = token->value_span;
    } else {
        return false;
    }
    *given = true;
    return true;
}

struct switch_option { const char *name; size_t offset; bool timechart; };

static const struct switch_option switches[] = {
    { "useother", offsetof(struct chart_bound, useother), false },
    { "usenull", offsetof(struct chart_bound, usenull), false },
    { "cont", offsetof(struct chart_bound, cont), false },
    { "dedup_splitvals", offsetof(struct chart_bound, single_values), false },
    { "dedup_splitval", offsetof(struct chart_bound, single_values), false },
    { "partial", offsetof(struct chart_bound, partial), true },
    { "fixedrange", offsetof(struct chart_bound, fixedrange), true },
};

static const struct switch_option texts[] = {
    { "otherstr", offsetof(struct chart_bound, other), false },
    { "nullstr", offsetof(struct chart_bound, null), false },
    { "sep", offsetof(struct chart_bound, separator), false },
    { "format", offsetof(struct chart_bound, format), false },
};

static status unknown_option(struct reading_chart *in, const struct token *token)
{
    static const char *const others[] = {
        "limit", "agg", "span", "bins", "minspan", "start", "end", "aligntime"
    };
    struct suggest           near = suggest_for(token->name);

    for (uint32_t i = 0; i < COUNT_OF(others); i++)
        suggest_offer(&near, str_of(others[i]));
    for (uint32_t i = 0; i < COUNT_OF(switches); i++)
        if (in->bound->is_timechart || !switches[i].timechart)
            suggest_offer(&near, str_of(switches[i].name));
    for (uint32_t i = 0; i < COUNT_OF(texts); i++)
        suggest_offer(&near, str_of(texts[i].name));
    diag_at(in->binder->diag, FAIL_QUERY, token->name_span, "unknown-option", "'%.*s' has no option '%.*s'",
            SHOW(in->stage->name), SHOW(token->name));
    if (near.best.size)
        diag_suggest(in->binder->diag, near.best);
    return FAIL_QUERY;
}

static status read_option(struct reading_chart *in, const struct token *token)
{
    char  *bound = (char *)in->bound;
    status result;

    in->at++;
    if (read_bin_option(in, token, &result))
        return result;
    if (str_is_nocase(token->name, "limit"))
        return read_limit(in, token);
    if (str_is_nocase(token->name, "agg"))
        return in->bound->choice.by_where ? OK
            : read_function(in, token->text, token->value_span, &in->bound->choice);
    for (uint32_t i = 0; i < COUNT_OF(switches); i++)
        if (str_is_nocase(token->name, switches[i].name) &&
            (in->bound->is_timechart || !switches[i].timechart))
            return read_truth(in, token, (bool *)(void *)(bound + switches[i].offset));
    for (uint32_t i = 0; i < COUNT_OF(texts); i++)
        if (str_is_nocase(token->name, texts[i].name)) {
            *(str *)(void *)(bound + texts[i].offset) = token->text;
            return OK;
        }
    return unknown_option(in, token);
}

/* where max > 10, where sum in top5, where count notin bottom3 */
static status read_where(struct reading_chart *in)
{
    struct series_choice *choice = &in->bound->choice;
    const struct token   *where = here(in), *first = where + 1;

    if (choice->by_where) {
        in->at = in->tokens->count;
        return diag_at(in->binder->diag, FAIL_QUERY, where->span, "given-twice", "'where' of '%.*s' is given twice",
                       SHOW(in->stage->name));
    }
    in->where_at = where->span;
    *choice = (struct series_choice){ .by_where = true };
    in->at += 2;
    if (first->kind == TOKEN_PAIR &&
        (str_is(first->operator_text, ">") || str_is(first->operator_text, "<"))) {
        choice->kind = str_is(first->operator_text, ">") ? SERIES_ABOVE : SERIES_BELOW;
        if (!number_parse(first->text, &choice->number, NULL))
            return wrong(in, first, "a number");
        return read_function(in, first->name, first->name_span, choice);
    }
    if (first->kind == TOKEN_WORD && first[1].kind == TOKEN_OPERATOR && first[2].kind == TOKEN_WORD &&
        (str_is(first[1].operator_text, ">") || str_is(first[1].operator_text, "<")) &&
        number_parse(first[2].text, &choice->number, NULL)) {           /* max(x) > 10 */
        in->at += 2;
        choice->kind = str_is(first[1].operator_text, ">") ? SERIES_ABOVE : SERIES_BELOW;
        return read_function(in, first->text, first->span, choice);
    }
    if (first->kind == TOKEN_WORD && (token_is(first + 1, "in") || token_is(first + 1, "notin")) &&
        first[2].kind == TOKEN_WORD) {
        str rank = first[2].text;
        in->at += 2;
        choice->inverted = token_is(first + 1, "notin");
        if (rank.size > 0 && read_rank(rank, &choice->kind, &choice->number) &&
            !(rank.at[0] >= '0' && rank.at[0] <= '9'))
            return read_function(in, first->text, first->span, choice);
    }
    in->at = in->tokens->count;
    diag_at(in->binder->diag, FAIL_QUERY, where->span, "bad-argument", "the where clause of '%.*s' cannot be read",
            SHOW(in->stage->name));
    diag_hint(in->binder->diag, "it is written 'where sum in top5' or 'where max > 10'");
    return FAIL_QUERY;
}

static status take_field(struct reading_chart *in, const struct token *token)
{
    struct chart_bound *bound = in->bound;

    if (memchr(token->text.at, '*', token->text.size))
        return diag_at(in->binder->diag, FAIL_QUERY, token->span, "bad-field", "no wildcards in BY: '%.*s'",
                       SHOW(token->text));
    if (!bound->has_row) {
        bound->has_row = true;
        bound->row = token->text;
        in->row_at = token->span;
        in->place = PLACE_OF_ROW;
        return OK;
    }
    if (bound->has_column)
        return diag_at(in->binder->diag, FAIL_QUERY, token->span, "bad-argument", "'%.*s' takes at most %s",
                       SHOW(in->stage->name),
                       bound->is_timechart ? "one field to split by" : "two fields");
    bound->has_column = true;
    bound->column = token->text;
    in->column_at = token->span;
    in->place = PLACE_OF_COLUMN;
    return OK;
}

/* BY or OVER, the fields behind it, with options between them. */
static status read_by(struct reading_chart *in)
{
    const struct token *keyword = here(in);
    bool                any = false;

    in->at++;
    if (token_is(keyword, "over") && in->bound->has_row) {
        diag_at(in->binder->diag, FAIL_QUERY, keyword->span, "unexpected-argument",
                "'%.*s' names the field of the rows, which is '%.*s' already", SHOW(keyword->raw), SHOW(in->bound->row));
        diag_hint(in->binder->diag, "it stands first: OVER row BY column");
        return FAIL_QUERY;
    }
    for (;;) {
        const struct token *token = here(in);
        if (token->kind == TOKEN_COMMA) {
            in->at++;
        } else if (token->kind == TOKEN_PAIR && str_is(token->operator_text, "=")) {
            TRY(read_option(in, token));
        } else if ((token->kind == TOKEN_WORD || token->kind == TOKEN_STRING) && !token_is(token, "by") &&
                   !token_is(token, "over") && !token_is(token, "where")) {
            in->at++;
            any = true;
            TRY(take_field(in, token));
        } else {
            break;
        }
    }
    if (any)
        return OK;
    return diag_at(in->binder->diag, FAIL_QUERY, keyword->span, "missing-argument",
                   "'%.*s' wants a field behind it",
                   SHOW(keyword->raw));
}

static status read_one(struct reading_chart *in)
{
    const struct token *token = here(in);
    uint32_t            before = in->at;

    if (token->kind == TOKEN_COMMA) {
        in->at++;
        return OK;
    }
    if (token->kind == TOKEN_PAIR && str_is(token->operator_text, "="))
        return read_option(in, token);
    if (token_is(token, "by") || (token_is(token, "over") && !in->bound->is_timechart))
        return read_by(in);
    if (token_is(token, "where"))
        return read_where(in);
    if (token->kind == TOKEN_WORD || token->kind == TOKEN_STRING) {
        status s = parse_aggregates(in->binder->arena, in->binder->diag, in->tokens, &in->at, &in->terms);
        if (s != OK)                        /* what follows would only confuse */
            in->at = in->tokens->count;
        TRY(s);
    }
    if (in->at > before)
        return OK;
    in->at++;
    diag_at(in->binder->diag, FAIL_QUERY, token->span, "unexpected-argument", "'%.*s' cannot use '%.*s'",
            SHOW(in->stage->name), SHOW(token->raw));
    if (token_is(token, "over"))
        diag_hint(in->binder->diag, "its rows are times: split by a field with BY");
    return FAIL_QUERY;
}

static status bind_bins(struct reading_chart *in)
{
    struct chart_bound *bound = in->bound;

    in->row.snaps = bound->is_timechart;
    if (bound->has_row)
        TRY(binning_bind(in->binder, bound->row, &in->row, &bound->row_bins));
    if (bound->has_column && bound->column_binned)
        TRY(binning_bind(in->binder, bound->column, &in->column, &bound->column_bins));
    if (bound->is_timechart && bound->row_bins.kind != BINNING_TIME && bound->row_bins.kind != BINNING_AUTO)
        return diag_at(in->binder->diag, FAIL_QUERY, in->row.span_at, "bad-span", "'%.*s' is no span of time",
                       SHOW(in->row.span));
    return OK;
}

/* No field is split by and the argument of an aggregate (reporting 5.1): of bins it would not be clear which is meant,
 * the value or its bin. Published searches count the values of what they split by, chart count(x) BY x: that passes. */
static status check_fields(struct reading_chart *in)
{
    const struct chart_bound *bound = in->bound;

    for (uint32_t i = 0; i < bound->measures.count; i++) {
        const struct measure *measure = &bound->measures.item[i];
        bool row = bound->has_row && !bound->is_timechart && str_equal(measure->field, bound->row);
        bool column = bound->has_column && str_equal(measure->field, bound->column);
        bool counts = str_is(str_of(measure->aggregate->name), "count");

        if (measure->wild || measure->field.size == 0)
            continue;
        if ((row && (!counts || bound->row_binned)) || (column && (!counts || bound->column_binned))) {
            diag_at(in->binder->diag, FAIL_QUERY, row ? in->row_at : in->column_at, "name-clash",
                    "'%.*s' cannot be split by and be the argument of an aggregate", SHOW(measure->field));
            diag_hint(in->binder->diag, "split by a copy of it, made with eval");
            return FAIL_QUERY;
        }
    }
    return OK;
}

/* What has no effect, or one that nobody wants. */
static void advise(const struct reading_chart *in)
{
    const struct chart_bound *bound = in->bound;

    if (bound->choice.by_where && !bound->has_column) {
        diag_warn(in->binder->diag, in->where_at, "unused-option",
                  "WHERE chooses series, and there is no field to split by");
        diag_hint(in->binder->diag, "to choose rows put a pipe before it");
    }
    if (bound->has_column && bound->terms > 1 && bound->format.size
        && str_find(bound->format, STR("$VAL$"), 0) == SIZE_MAX)
        diag_warn(in->binder->diag, in->stage->span, "one-name", "without $VAL$ in 'format' all series have one name");
}

status chart_bind(struct binder *binder, struct stage *stage, bool is_timechart, bool emits)
{
    struct chart_bound  *bound = stage->bound;
    struct reading_chart in = { .binder = binder, .stage = stage, .bound = bound, .tokens = &stage->tokens };
    double               series = (double)context_limit(binder->compile.context, LIMIT_SERIES);

    *bound = (struct chart_bound){
        .is_timechart = is_timechart, .emits = emits, .meets = binder->partials,
        .cont = is_timechart, .partial = true, .fixedrange = true, .useother = true,
        .usenull = true,
        .other = STR("OTHER"), .null = STR("NULL"), .separator = STR(": "),
        .choice = { .kind = series ? SERIES_TOP : SERIES_ALL, .number = series },
        .row_bins = { .kind = BINNING_NONE, .span = { .weekday = -1 } },
        .column_bins = { .kind = BINNING_NONE },
    };
    if (is_timechart) {
        bound->has_row = true;
        bound->row = STR("_time");
    }
    while (here(&in)->kind != TOKEN_END) {
        status s = read_one(&in);
        if (s != OK && s != FAIL_QUERY)
            return s;
        in.failed |= s != OK;
    }
    if (in.failed)
        return FAIL_QUERY;
    if (in.terms.count == 0)
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "missing-argument", "'%.*s' wants an aggregate",
                       SHOW(stage->name));
    if (!bound->has_row)
        bound->row_binned = false;
    TRY(bind_bins(&in));
    bound->row_labels = bound->has_row && binning_labels(binder, bound->row);
    if (bound->row_labels)
        stage->traits |= TRAIT_SORTS_BINS;
    binder->partials |= emits;
    TRY(chart_bind_terms(binder, &in.terms, bound));
    if (emits)
        TRY(measures_check_partials(binder, &bound->measures));
    advise(&in);
    return check_fields(&in);
}

void chart_drop(struct stage *stage)
{
    struct chart_bound *bound = stage->bound;

    measures_drop(&bound->measures);
    for (uint32_t i = 0; i < bound->terms; i++)
        if (bound->term[i].program)
            program_drop(bound->term[i].program);
}

status chart_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct chart_bound *bound = stage->bound;

    wanted_clear(wanted);
    if (bound->has_row)
        TRY(wanted_add(wanted, bound->row));
    if (bound->has_column)
        TRY(wanted_add(wanted, bound->column));
    return measures_needs(&bound->measures, wanted);
}

/* Split by a field, the columns are named after its values. */
status chart_gives(const struct stage *stage, struct wanted *columns)
{
    const struct chart_bound *bound = stage->bound;

    if (bound->has_column || bound->emits)
        return wanted_everything(columns);
    wanted_clear(columns);
    if (bound->has_row)
        TRY(wanted_add(columns, bound->row));
    for (uint32_t i = 0; i < bound->terms; i++)
        TRY(wanted_add_pattern(columns, bound->term[i].name));
    return measures_give(&bound->measures, columns);
}
