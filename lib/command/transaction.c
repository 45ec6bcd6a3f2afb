/* transaction [<fields>] [maxspan=] [maxpause=] [maxevents=] [startswith=] [endswith=] ...: events that belong together
 * become one row (commands 5).
 *
 * Events are taken newest first, whatever order they come in; those of one time in the order they came, but the last first
 * where time rises as the rows go by, as it does in a file. They belong together if no field in the list contradicts and one
 * at least is shared; a transaction has the fields of all its events, so that one value leads to the next. Rows without a
 * time are orphans. */
#include "command/filter.h"
#include "command/transactions.h"
#include "plan/subsearch.h"
#include "time/span.h"
#include "value/number.h"

enum {
    FIELDS, NAME, MAXSPAN, MAXPAUSE, MAXEVENTS, STARTSWITH, ENDSWITH, CONNECTED, UNIFYENDS, KEEPORPHANS, MAXOPENTXN,
    MAXOPENEVENTS, KEEPEVICTED, MVLIST, DELIM, MVRAW, NULLSTR
};

static const struct param transaction_params[] = {
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .help = "what events of a transaction have in common" },
    [NAME] = { "name", PARAM_TEXT, PLACE_NAMED, .help = "a transaction type of the host's" },
    [MAXSPAN] = { "maxspan", PARAM_TEXT, PLACE_NAMED, .preset = "-1", .help = "from the first event to the last; -1: any" },
    [MAXPAUSE] = { "maxpause", PARAM_TEXT, PLACE_NAMED, .preset = "-1", .help = "between two events; -1: any" },
    [MAXEVENTS] = { "maxevents", PARAM_NUMBER, PLACE_NAMED, .limit = LIMIT_TRANSACTION, .help = "most events; -1: any" },
    [STARTSWITH] = { "startswith", PARAM_TEXT, PLACE_NAMED, .help = "the first event: \"search\", (search), eval(...)" },
    [ENDSWITH] = { "endswith", PARAM_TEXT, PLACE_NAMED, .help = "the last event: \"search\", (search), eval(...)" },
    [CONNECTED] = { "connected", PARAM_BOOL, PLACE_NAMED, .preset = "t", .help = "a field must be shared" },
    [UNIFYENDS] = { "unifyends", PARAM_BOOL, PLACE_NAMED, .help = "of events that start or end one, too; as connected" },
    [KEEPORPHANS] = { "keeporphans", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "keep events that belong to none" },
    [MAXOPENTXN] = { "maxopentxn", PARAM_COUNT, PLACE_NAMED, .limit = LIMIT_TRANSACTIONS,
                     .help = "most transactions at a time" },
    [MAXOPENEVENTS] = { "maxopenevents", PARAM_COUNT, PLACE_NAMED, .limit = LIMIT_TRANSACTION_EVENTS,
                        .help = "most events in them" },
    [KEEPEVICTED] = { "keepevicted", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "keep those that never started" },
    [MVLIST] = { "mvlist", PARAM_TEXT, PLACE_NAMED, .preset = "f", .help = "values of all events in order: t, or fields" },
    [DELIM] = { "delim", PARAM_TEXT, PLACE_NAMED, .preset = " ", .help = "between values in one text (nomv, mvraw)" },
    [MVRAW] = { "mvraw", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "_raw of each event by itself" },
    [NULLSTR] = { "nullstr", PARAM_TEXT, PLACE_NAMED, .preset = "NULL", .help = "stands for no value in mvlist" },
    { 0 }
};

/* --- compiling ----------------------------------------------------------------------------------------------------- */

static status read_span(struct binder *binder, const struct stage *stage, uint32_t number, double *out)
{
    const struct argument *argument = stage_argument(stage, number);
    struct time_span       span;
    double                 plain;

    *out = INFINITY;
    if (number_parse(argument->text, &plain, NULL) && plain < 0)
        return OK;
    if (time_span_parse(argument->text, &span) != OK)
        return diag_at(binder->diag, FAIL_QUERY, argument->span, "bad-span", "'%.*s' is not a span of time",
                       SHOW(argument->text));
    *out = time_span_seconds(&span);
    return OK;
}

/* eval(...), as a word or inside of parentheses. */
static bool is_eval(struct passage passage, struct passage *inside)
{
    str    text = str_trim_blanks(passage.text);
    size_t from;

    if (text.size < 6 || !str_equal_nocase(str_slice(text, 0, 4), STR("eval")) || text.at[text.size - 1] != ')')
        return false;
    for (from = 4; from < text.size && text.at[from] == ' ';)
        from++;
    if (text.at[from] != '(')
        return false;
    *inside = passage;
    inside->text = str_slice(text, from + 1, text.size - 1);
    inside->span.from += (uint32_t)(inside->text.at - passage.text.at);
    inside->span.to = inside->span.from + (uint32_t)inside->text.size;
    if (passage.copied)
        inside->span = passage.span;
    return true;
}

/* The value as it stands there; in quotes a backslash may stand before quotes. */
static status condition_passage(struct binder *binder, const struct stage *stage, uint32_t number, struct passage *out)
{
    const struct argument *argument = stage_argument(stage, number);

    for (uint32_t i = 0; i < stage->tokens.count; i++) {
        const struct token *token = &stage->tokens.item[i];

        if (token->kind != TOKEN_PAIR || !str_is_nocase(token->name, stage->command->params[number].name))
            continue;
        *out = token_passage(&stage->tokens, token);
        if (token->value_kind == TOKEN_STRING && memchr(out->text.at, '\\', out->text.size)) {
            out->text = token->text;
            out->copied = true;
        } else if (token->value_kind == TOKEN_WORD) {
            out->text = token->raw;
            out->span = (struct span){ token->span.to - (uint32_t)token->raw.size, token->span.to };
        }
        return OK;
    }
    return diag_at(binder->diag, FAIL_BUG, argument->span, "internal", "the condition is lost");
}

static status read_condition(struct binder *binder, const struct stage *stage, uint32_t number, struct program **out)
{
    struct passage passage, inside;
    struct node   *node;
    bool           eval;

    if (!stage_argument(stage, number)->given)
        return OK;
    TRY(condition_passage(binder, stage, number, &passage));
    eval = is_eval(passage, &inside);
    if (eval)
        TRY(parse_expr(binder->arena, binder->diag, inside, &node));
    else
        TRY(parse_search(binder->arena, binder->diag, passage, &node));
    TRY(subsearch_find(binder, stage, node, passage.copied));
    return (eval ? program_condition : program_search)(&binder->compile, node, out);
}

/* true, false, or fields. */
static status read_list(struct binder *binder, const struct stage *stage, struct transaction_bound *bound)
{
    str  text = stage_argument(stage, MVLIST)->text;
    str *names;

    if (str_truth(text, &bound->lists))
        return OK;
    TRY_NEW(names = ARENA_ARRAY(binder->arena, str, text.size + 1));
    for (size_t from = 0, to; from < text.size; from = to + 1) {
        for (to = from; to < text.size && text.at[to] != ',' && text.at[to] != ' ';)
            to++;
        if (to > from)
            names[bound->listeds++] = str_slice(text, from, to);
    }
    bound->listed = names;
    return OK;
}

static status transaction_bind(struct binder *binder, struct stage *stage)
{
    struct transaction_bound *bound = stage->bound;
    const struct argument    *fields = stage_argument(stage, FIELDS), *unify = stage_argument(stage, UNIFYENDS);
    double                    most = stage_argument(stage, MAXEVENTS)->number;

    if (stage_argument(stage, NAME)->given)
        return diag_at(binder->diag, FAIL_QUERY, stage_argument(stage, NAME)->span, "bad-argument",
                       "no transaction type '%.*s' is known", SHOW(stage_argument(stage, NAME)->text));
    bound->field = fields->names;
    bound->fields = fields->count;
    if (most == 0 || most != floor(most))
        return diag_at(binder->diag, FAIL_QUERY, stage_argument(stage, MAXEVENTS)->span, "bad-argument",
                       "'maxevents' of 'transaction' must be 1 or more, or -1 for any number");
    bound->most = most < 0 ? INFINITY : most;
    TRY(read_span(binder, stage, MAXSPAN, &bound->span));
    TRY(read_span(binder, stage, MAXPAUSE, &bound->pause));
    bound->most_open = (uint64_t)stage_argument(stage, MAXOPENTXN)->number;
    bound->most_events = (uint64_t)stage_argument(stage, MAXOPENEVENTS)->number;
    bound->connected = stage_argument(stage, CONNECTED)->truth;
    bound->unifies_ends = unify->given ? unify->truth : bound->connected;
    bound->keeps_orphans = stage_argument(stage, KEEPORPHANS)->truth;
    bound->keeps_evicted = stage_argument(stage, KEEPEVICTED)->truth;
    bound->raw_lists = stage_argument(stage, MVRAW)->truth;
    bound->delimited = stage_argument(stage, DELIM)->given;
    bound->delim = stage_argument(stage, DELIM)->text;
    bound->null = stage_argument(stage, NULLSTR)->text;
    TRY(read_list(binder, stage, bound));
    TRY(read_condition(binder, stage, STARTSWITH, &bound->starts));
    return read_condition(binder, stage, ENDSWITH, &bound->ends);
}

static void transaction_drop(struct stage *stage)
{
    struct transaction_bound *bound = stage->bound;

    program_drop(bound->starts);
    program_drop(bound->ends);
}

static status transaction_needs(const struct stage *stage, struct wanted *wanted)
{
    static const char *const        own[] = { "duration", "eventcount", "closed_txn", "field_match_sum", "_txn_orphan" };
    const struct transaction_bound *bound = stage->bound;

    if (wanted_has(wanted, STR("linecount")))
        TRY(wanted_add(wanted, STR("_raw")));
    for (size_t i = 0; i < COUNT_OF(own); i++)
        TRY(wanted_remove(wanted, str_of(own[i])));
    TRY(wanted_add(wanted, STR("_time")));
    for (uint32_t f = 0; f < bound->fields; f++)
        TRY(wanted_add(wanted, bound->field[f]));
    if (bound->starts)
        TRY(wants_program(wanted, bound->starts));
    return bound->ends ? wants_program(wanted, bound->ends) : OK;
}

static void transaction_print(const struct stage *stage, struct buf *out)
{
    const struct transaction_bound *bound = stage->bound;

    if (bound->starts)
        program_print(bound->starts, out);
    if (bound->ends)
        program_print(bound->ends, out);
}

const struct command command_transaction = {
    .name = "transaction",
    .usage = "transaction [<fields>] [maxspan=<span>] [maxpause=<span>] [maxevents=<count>] [startswith=<condition>] "
             "[endswith=<condition>] [keepevicted=<bool>] [keeporphans=<bool>] [mvlist=<bool>|<fields>] ...",
    .summary = "Events that belong together become one row",
    .keeps = "transactions that are open, see maxopentxn and maxopenevents",
    .params = transaction_params, .bound_size = sizeof(struct transaction_bound),
    .bind = transaction_bind, .drop = transaction_drop, .needs = transaction_needs, .print = transaction_print,
    .open = transactions_open,
    .example = { "transaction id startswith=(a=1) endswith=(a=2) | table _time duration eventcount a",
                 "{\"_time\":30,\"id\":\"x\",\"a\":2}\n{\"_time\":20,\"id\":\"x\",\"a\":9}\n"
                 "{\"_time\":10,\"id\":\"x\",\"a\":1}\n{\"_time\":5,\"id\":\"x\",\"a\":9}",
                 "{\"_time\":10,\"duration\":20,\"eventcount\":3,\"a\":[1,2,9]}" },
};
