/* outputlookup <table>: the result becomes a lookup table of the host's, when the whole search has succeeded; rows pass on
 * (commands 5). What is in its cells the host joins or keeps apart, as output_format says. */
#include "store/storing_table.h"

#include "catalog/lookup.h"

enum { TABLE, APPEND, EMPTY, OVERRIDE, MAX, KEY, UPDATES, APP, CONTEXT, FORMAT };

static const struct param outputlookup_params[] = {
    [TABLE] = { "table", PARAM_TABLE, PLACE_FIRST, .required = true, .help = "name of the table, or file.csv" },
    [APPEND] = { "append", PARAM_BOOL, PLACE_NAMED, .preset = "false", .help = "behind the rows that are there" },
    [EMPTY] = { "create_empty", PARAM_BOOL, PLACE_NAMED, .preset = "false",
                .help = "a result without rows makes an empty table" },
    [OVERRIDE] = { "override_if_empty", PARAM_BOOL, PLACE_NAMED, .preset = "true",
                   .help = "false: a result without rows changes nothing" },
    [MAX] = { "max", PARAM_COUNT, PLACE_NAMED, .preset = "0", .help = "most rows; 0: all" },
    [KEY] = { "key_field", PARAM_FIELD, PLACE_NAMED, .help = "rows take the place of those with the same value of it" },
    [UPDATES] = { "allow_updates", PARAM_BOOL, PLACE_NAMED, .preset = "true", .help = "false: only rows with a new key" },
    [APP] = { "createinapp", PARAM_BOOL, PLACE_NAMED, .help = "read and not needed: there are no apps" },
    [CONTEXT] = { "create_context", PARAM_WORD, PLACE_NAMED, .choices = "app|user|system",
                  .help = "read and not needed, as createinapp" },
    [FORMAT] = { "output_format", PARAM_WORD, PLACE_NAMED, .preset = "splunk_sv_csv",
                 .choices = "splunk_sv_csv|splunk_mv_csv", .help = "several values of a cell: joined, or kept apart" },
    { 0 }
};

static status outputlookup_bind(struct binder *binder, struct stage *stage)
{
    struct storing_table_bound *bound = stage->bound;
    struct sink_target         *target = &bound->storing.target;
    const struct lookups       *lookups = binder->compile.context->lookups;
    const struct argument      *key = stage_argument(stage, KEY), *append = stage_argument(stage, APPEND);
    str                         file;

    target->store = STORE_TABLE;
    target->spool = true;
    TRY(storing_text(binder, stage, TABLE, &target->table));
    TRY(storing_text(binder, stage, KEY, &target->key));
    file = lookups ? lookups->file(lookups->host, stage_argument(stage, TABLE)->text) : STR("");
    if (file.size)
        TRY_NEW(target->file = arena_text(binder->arena, file));
    if (stage_argument(stage, UPDATES)->given && !key->given)
        return diag_at(binder->diag, FAIL_QUERY, stage_argument(stage, UPDATES)->span, "bad-argument",
                       "'allow_updates' means nothing without key_field");
    bound->most = (uint64_t)stage_argument(stage, MAX)->number;
    if (key->given && !append->given)               /* with append=f the table is emptied first */
        target->how |= TABLE_APPEND;
    target->how |= stage_argument(stage, UPDATES)->truth ? 0 : TABLE_INSERT;
    target->how |= str_is(stage_argument(stage, FORMAT)->text, "splunk_mv_csv") ? TABLE_LISTS : 0;
    return storing_table_bind(binder, stage, APPEND, EMPTY, OVERRIDE, bound);
}

const struct command command_outputlookup = {
    .name = "outputlookup",
    .usage = "outputlookup [append=<bool>] [key_field=<field>] [allow_updates=<bool>] [max=<count>] [create_empty=<bool>]"
             " [override_if_empty=<bool>] [output_format=splunk_sv_csv|splunk_mv_csv] <table>",
    .summary = "The result as a lookup table of the host's; its rows pass on",
    .params = outputlookup_params, .bind = outputlookup_bind, STORING_TABLE,
    .example = { "stats count BY u | outputlookup seen.csv", "{\"u\":\"a\"}", "{\"u\":\"a\",\"count\":1}" },
};
