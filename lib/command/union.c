/* union [maxout=] <dataset> ...: the rows that come in, and those of other searches (commands 4).
 *
 * A dataset is [a search], or type:name. If all of them, and what comes in, are streaming searches of events, the rows stand
 * newest first; else in the order in which the datasets are written. As the first command it takes no rows. */
#include "command/appending.h"

enum { MAXOUT, MAXTIME, TIMEOUT, NAMES, BRACKETS };

static const struct param union_params[] = {
    [MAXOUT] = { "maxout", PARAM_COUNT, PLACE_NAMED, .limit = LIMIT_APPEND, .help = "most rows of each search; 0: all" },
    [MAXTIME] = { "maxtime", PARAM_COUNT, PLACE_NAMED, .help = "read and not needed: the time limit of the search holds" },
    [TIMEOUT] = { "timeout", PARAM_COUNT, PLACE_NAMED, .help = "read and not needed, as maxtime" },
    [NAMES] = { "datasets", PARAM_FIELDS, PLACE_LIST, .help = "type:name, as in lookup:users" },
    [BRACKETS] = { "searches", PARAM_SUBSEARCH, PLACE_LIST, .help = "[ a search ] [ a search ] ..." },
    { 0 }
};

/* The words of the list must be datasets. */
static status check_names(struct binder *binder, const struct stage *stage)
{
    for (uint32_t i = 0; i < stage->tokens.count; i++) {
        const struct token *token = &stage->tokens.item[i];

        if ((token->kind != TOKEN_WORD && token->kind != TOKEN_STRING) || token_is_dataset(token))
            continue;
        diag_at(binder->diag, FAIL_QUERY, token->span, "unexpected-argument", "'%.*s' is no dataset", SHOW(token->raw));
        diag_hint(binder->diag, "it is a search in brackets, or type:name with the type lookup, savedsearch or datamodel");
        return FAIL_QUERY;
    }
    return OK;
}

static status union_bind(struct binder *binder, struct stage *stage)
{
    struct append_bound *bound = stage->bound;
    bool                 first = binder->stages == 1 && !(binder->plan && binder->plan->fed);

    if (!first)
        stage->traits &= ~(uint32_t)TRAIT_GENERATES;
    TRY(check_names(binder, stage));
    TRY(append_bind_all(binder, stage, (uint64_t)stage_argument(stage, MAXOUT)->number));
    if (bound->count == 0) {
        diag_at(binder->diag, FAIL_QUERY, stage->span, "missing-argument", "'union' lacks its datasets");
        diag_hint(binder->diag, "usage: %s", stage->command->usage);
        return FAIL_QUERY;
    }
    bound->newest_first = first || (!binder->plan->fed && !stages_that_hold(binder->plan->first, stage));
    for (uint32_t i = 0; i < bound->count; i++)
        bound->newest_first &= !stages_that_hold(bound->subsearch[i]->plan->first, NULL);
    return OK;
}

/* Rows in order of time want it. */
static status union_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct append_bound *bound = stage->bound;

    return bound->newest_first ? wanted_add(wanted, STR("_time")) : OK;
}

const struct command command_union = {
    .name = "union", .usage = "union [maxout=<count>] [<subsearch>] [<type>:<name>] ...",
    .summary = "The rows of several searches together",
    .params = union_params, .traits = TRAIT_GENERATES, .bound_size = sizeof(struct append_bound),
    .bind = union_bind, .needs = union_needs, .open = append_open,
    .example = { "union [search n=2] [search n<3] | table n", "{\"n\":1,\"_time\":10}\n{\"n\":2,\"_time\":20}",
                 "{\"n\":2}\n{\"n\":2}\n{\"n\":1}" },
};
