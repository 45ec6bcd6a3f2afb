/* bucketdir pathfield=<field> sizefield=<field> [maxcount=] [countfield=] [sep=]: files become the folders they are in until
 * few rows are left; those with many files and few events first (commands 6; command/paths.h). The separator is a slash, as
 * Splunk has it everywhere but on Windows. */
#include "command/paths.h"

enum { PATHFIELD, SIZEFIELD, MAXCOUNT, COUNTFIELD, SEP };

static const struct param bucketdir_params[] = {
    [PATHFIELD] = { "pathfield", PARAM_FIELD, PLACE_NAMED, .preset = "source", .help = "the field with the paths" },
    [SIZEFIELD] = { "sizefield", PARAM_FIELD, PLACE_NAMED, .preset = "totalCount", .help = "a field that is added up" },
    [MAXCOUNT] = { "maxcount", PARAM_COUNT, PLACE_NAMED, .preset = "20", .least = 1, .most = 1000000000,
                   .help = "so many rows, if that can be done" },
    [COUNTFIELD] = { "countfield", PARAM_FIELD, PLACE_NAMED,
                     .help = "another one: how many events there are, for the choice; by default the size" },
    [SEP] = { "sep", PARAM_TEXT, PLACE_NAMED, .preset = "/", .help = "what stands between the pieces of a path" },
    { 0 }
};

static status bucketdir_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *argument = stage->argument;
    bool                   counts = argument[COUNTFIELD].given &&
        !str_equal(argument[COUNTFIELD].text, argument[SIZEFIELD].text);

    if (argument[SEP].text.size == 0)
        return diag_at(binder->diag, FAIL_QUERY, argument[SEP].span, "bad-argument", "'sep' must not be empty");
    *(struct paths_bound *)stage->bound = (struct paths_bound){
        .path = argument[PATHFIELD].text, .size = { argument[SIZEFIELD].text, argument[COUNTFIELD].text },
        .sizes = counts ? 2 : 1, .separator = argument[SEP].text, .most = (uint32_t)argument[MAXCOUNT].number,
        .choose = paths_roll_up,
    };
    return OK;
}

const struct command command_bucketdir = {
    .name = "bucketdir",
    .usage = "bucketdir [pathfield=<field>] [sizefield=<field>] [maxcount=<count>] [countfield=<field>] [sep=<text>]",
    .summary = "Files become the folders they are in, until few rows are left",
    .keeps = "the distinct paths",
    .params = bucketdir_params, .traits = TRAIT_TRANSFORMS, .bound_size = sizeof(struct paths_bound),
    .bind = bucketdir_bind, .needs = paths_needs, .open = paths_open,
    .example = { "bucketdir pathfield=f sizefield=n maxcount=2",
                 "{\"f\":\"/var/log/a\",\"n\":1}\n{\"f\":\"/var/log/b\",\"n\":2}\n{\"f\":\"/etc/c\",\"n\":3}",
                 "{\"f\":\"/var/log\",\"n\":3}\n{\"f\":\"/etc/c\",\"n\":3}" },
};
