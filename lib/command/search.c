/* search <terms and comparisons>: case does not matter, `*` is a wildcard, a missing field fails every comparison and so
 * passes NOT (language 4). The first search of a query is this command as well. */
#include "command/filter.h"

static const struct param search_params[] = {
    { "terms", PARAM_SEARCH, PLACE_ALL, .help = "what rows must hold" },
    { 0 }
};

static status search_bind(struct binder *binder, struct stage *stage)
{
    return program_search(&binder->compile, stage_argument(stage, 0)->node,
                          &((struct filter_bound *)stage->bound)->program);
}

const struct command command_search = {
    .name = "search", .usage = "search <terms, comparisons, AND, OR, NOT>",
    .summary = "Keep rows that hold the words and values; case does not matter",
    .params = search_params, .traits = TRAIT_ROWWISE | TRAIT_FILTER, .bound_size = sizeof(struct filter_bound),
    .bind = search_bind, .drop = filter_drop, .needs = filter_needs, .gives = columns_stay, .open = filter_open,
    .print = filter_print,
    .example = { "search user=ADM* NOT status>=500 | table user status",
                 "{\"user\":\"admin\",\"status\":200}\n{\"user\":\"adm2\",\"status\":503}\n"
                 "{\"user\":\"bob\",\"status\":200}",
                 "{\"user\":\"admin\",\"status\":200}" },
};
