/* commands(): the names of the commands in a search string, subsearches included (functions 8). The text is
 * only looked over, not parsed: it may be any text. */
#include "function/family.h"

struct scan {
    str          text;
    size_t       at;
    struct call *call;
    struct gathered names;
};

/* The word at the start of a stage. The first stage of a search that no pipe leads is an implied search. */
static status take_command(struct scan *scan, bool implied)
{
    size_t from;

    while (scan->at < scan->text.size && is_blank(scan->text.at[scan->at]))
        scan->at++;
    if (scan->at == scan->text.size || scan->text.at[scan->at] == '|')
        return OK;
    if (implied)
        return gather_cell(scan->call, &scan->names, cell_text(STR("search")));
    for (from = scan->at; scan->at < scan->text.size; scan->at++) {
        char c = scan->text.at[scan->at] | 0x20;
        if (!(c >= 'a' && c <= 'z') && scan->text.at[scan->at] != '_' && !(c >= '0' && c <= '9'))
            break;
    }
    return scan->at > from ? gather_cell(scan->call, &scan->names,
                                         cell_text(str_slice(scan->text, from, scan->at))) : OK;
}

static void skip_string(struct scan *scan)
{
    for (scan->at++; scan->at < scan->text.size && scan->text.at[scan->at] != '"'; scan->at++)
        scan->at += scan->text.at[scan->at] == '\\';
    scan->at++;
}

static status commands_row(struct call *call, const struct cell *arg, struct cell *out)
{
    struct scan scan = { .text = cell_str(&arg[0]), .call = call };

    TRY(take_command(&scan, true));
    while (scan.at < scan.text.size) {
        char c = scan.text.at[scan.at];
        if (c == '"') {
            skip_string(&scan);
            continue;
        }
        scan.at += c == '\\' ? 2 : 1;
        if (c == '|' || c == '[')
            TRY(take_command(&scan, false));
    }
    return give(out, list_value(scan.names.cell, scan.names.count));
}

const struct function function_commands = {
    .name = "commands", .usage = "commands(<search>)",
    .summary = "The names of the commands in a search string",
    .least = 1, .most = 1, .wants = { WANT_TEXT }, .wanted = 1, .gives = TYPE_ANY, .nulls = NULL_IN_NULL_OUT,
    .multi = MULTI_NULL, .pure = true, .cost = 50, .row = commands_row,
    .example = { "eval y=commands(\"search a | stats count | sort x\") | table y", "{}",
                 "{\"y\":[\"search\",\"stats\",\"sort\"]}" },
};
