/* inputcsv <file>: the rows of a CSV file (commands 4). It is looked for where tables are; there are no folders of jobs. */
#include "command/table_rows.h"

enum { DISPATCH = TABLE_ROWS_OWN, EVENTS };

static const struct param inputcsv_params[] = {
    TABLE_ROWS_PARAMS,
    [DISPATCH] = { "dispatch", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "t is refused: jobs have no folders" },
    [EVENTS] = { "events", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "t is refused: sort by _time instead" },
    { 0 }
};

/* The ending may be left out. */
static status whole_name(struct arena *arena, str name, str *out)
{
    char *text = arena_alloc(arena, name.size + 5);

    TRY_NEW(text);
    memcpy(text, name.at, name.size);
    memcpy(text + name.size, ".csv", 5);
    *out = memchr(name.at, '.', name.size) ? name : str_make(text, name.size + 4);
    return OK;
}

static status inputcsv_bind(struct binder *binder, struct stage *stage)
{
    str name = stage_argument(stage, TABLE_ROWS_TABLE)->text;

    if (stage_argument(stage, DISPATCH)->truth)
        return diag_at(binder->diag, FAIL_QUERY, stage_argument(stage, DISPATCH)->span, "bad-argument",
                       "'inputcsv' knows no folders of jobs");
    if (stage_argument(stage, EVENTS)->truth) {
        diag_at(binder->diag, FAIL_QUERY, stage_argument(stage, EVENTS)->span, "bad-argument",
                "'inputcsv' cannot make events of rows");
        diag_hint(binder->diag, "put | sort 0 - _time behind it for the newest rows first");
        return FAIL_QUERY;
    }
    if (name.size)
        TRY(whole_name(binder->arena, name, &name));
    return table_rows_bind(binder, stage, name);
}

const struct command command_inputcsv = {
    .name = "inputcsv",
    .usage = "inputcsv [append=<bool>] [strict=<bool>] [start=<count>] [max=<count>] <file> [where <search>]",
    .summary = "The rows of a CSV file among the lookup tables",
    .params = inputcsv_params, .bind = inputcsv_bind, TABLE_ROWS,
    .example = { "inputcsv services where port>100 | table svc port", "", "{\"svc\":\"https\",\"port\":443}" },
};
