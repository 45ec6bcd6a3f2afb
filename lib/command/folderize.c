/* folderize attr=<field> [sep=] [size=] [minfolders=] [maxfolders=]: values that are paths become the folders they are in,
 * with as many pieces as leave at most maxfolders of them (commands 6; command/paths.h). If these are fewer than minfolders
 * it is one piece more, however many that makes. */
#include "command/paths.h"

enum { ATTR, SEP, SIZE, MINFOLDERS, MAXFOLDERS };

static const struct param folderize_params[] = {
    [ATTR] = { "attr", PARAM_FIELD, PLACE_NAMED, .required = true, .help = "the field with the paths" },
    [SEP] = { "sep", PARAM_TEXT, PLACE_NAMED, .preset = "::", .help = "what stands between their pieces" },
    [SIZE] = { "size", PARAM_FIELD, PLACE_NAMED, .preset = "totalCount", .help = "a field that is added up" },
    [MINFOLDERS] = { "minfolders", PARAM_COUNT, PLACE_NAMED, .preset = "2", .least = 1, .most = 1000000000,
                     .help = "fewer are too few" },
    [MAXFOLDERS] = { "maxfolders", PARAM_COUNT, PLACE_NAMED, .preset = "20", .least = 1, .most = 1000000000,
                     .help = "more are too many" },
    { 0 }
};

static status folderize_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *argument = stage->argument;

    if (argument[SEP].text.size == 0)
        return diag_at(binder->diag, FAIL_QUERY, argument[SEP].span, "bad-argument", "'sep' must not be empty");
    *(struct paths_bound *)stage->bound = (struct paths_bound){
        .path = argument[ATTR].text, .size = { argument[SIZE].text }, .sizes = 1, .separator = argument[SEP].text,
        .members = true, .least = (uint32_t)argument[MINFOLDERS].number, .most = (uint32_t)argument[MAXFOLDERS].number,
        .choose = paths_cut,
    };
    return OK;
}

const struct command command_folderize = {
    .name = "folderize",
    .usage = "folderize attr=<field> [sep=<text>] [size=<field>] [minfolders=<count>] [maxfolders=<count>]",
    .summary = "Paths become the folders they are in, until few are left",
    .keeps = "the distinct paths",
    .params = folderize_params, .traits = TRAIT_TRANSFORMS, .bound_size = sizeof(struct paths_bound),
    .bind = folderize_bind, .needs = paths_needs, .open = paths_open,
    .example = { "folderize attr=f sep=\"/\" size=n maxfolders=2",
                 "{\"f\":\"/var/log/a\",\"n\":1}\n{\"f\":\"/var/log/b\",\"n\":2}\n{\"f\":\"/etc/c\",\"n\":3}",
                 "{\"f\":\"/var/log\",\"n\":3,\"memberCount\":2}\n{\"f\":\"/etc/c\",\"n\":3,\"memberCount\":1}" },
};
