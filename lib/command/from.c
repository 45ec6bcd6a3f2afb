/* from <type>:<name>: the search that reads a dataset (commands 4). */
#include "plan/bind.h"
#include "plan/subsearch.h"

enum { DATASET };

static const struct param from_params[] = {
    [DATASET] = { "dataset", PARAM_REST, PLACE_LIST, .required = true, .help = "lookup:name or savedsearch:name" },
    { 0 }
};

static status unknown(struct binder *binder, struct stage *stage, str type)
{
    diag_at(binder->diag, FAIL_QUERY, stage->tokens.item[0].span, "unknown-dataset",
            "there are no datasets of the type '%.*s'", SHOW(type));
    if (str_find(stage->tokens.item[0].text, STR(":"), 0) == SIZE_MAX)
        diag_hint(binder->diag, "this looks like SPL2; in SPL a query begins with its search: index=main");
    else
        diag_hint(binder->diag, "there are: lookup, savedsearch");
    return FAIL_QUERY;
}

static bool is_text(const struct token *token) { return token->kind == TOKEN_WORD || token->kind == TOKEN_STRING; }

/* type:name, type: name or type name */
static status from_stands_for(struct binder *binder, struct stage *stage, str *text)
{
    const struct tokens *tokens = &stage->tokens;
    str                  first = tokens->item[0].text, type = first, name = STR("");
    size_t               colon = str_find(first, STR(":"), 0);
    uint32_t             read = 1;

    if (colon != SIZE_MAX) {
        type = str_slice(first, 0, colon);
        name = str_slice(first, colon + 1, first.size);
    }
    if (name.size == 0 && tokens->count > 1 && is_text(&tokens->item[1]))
        name = tokens->item[read++].text;
    if (!is_text(&tokens->item[0]) || !dataset_known(type))
        return unknown(binder, stage, type);
    if (name.size == 0)
        return diag_at(binder->diag, FAIL_QUERY, tokens->item[0].span, "missing-argument",
                       "'from' lacks the name behind '%.*s'", SHOW(first));
    if (read < tokens->count)
        return diag_at(binder->diag, FAIL_QUERY, tokens->item[read].span, "unexpected-argument",
                       "'from' takes one dataset: type:name");
    return dataset_search(binder, tokens->item[0].span, type, name, text);
}

const struct command command_from = {
    .name = "from", .usage = "from lookup:<name> | savedsearch:<name>", .summary = "The rows of a dataset",
    .params = from_params, .traits = TRAIT_GENERATES, .stands_for = from_stands_for,
    .example = { "from lookup:services.csv | where port<100 | table svc port", "", "{\"svc\":\"ssh\",\"port\":22}" },
};
