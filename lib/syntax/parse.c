#include "syntax/parse.h"

#include "syntax/build.h"

enum { TRIES_MOST = 20 };       /* mistakes in one list of assignments: the text is read anew behind each */

static struct builder builder_make(struct arena *arena, struct diag *diag, struct passage passage)
{
    return (struct builder){ .arena = arena, .diag = diag, .passage = passage };
}

status parse_pipeline(struct arena *arena, struct diag *diag, struct passage passage,
                      const struct words *words, struct pipeline *out)
{
    struct builder builder = builder_make(arena, diag, passage);

    *out = (struct pipeline){ .span = passage.span };
    builder.pipeline = out;
    builder.words = words;
    return build_run(&builder, spl_pipeline_scan);
}

/* The tree; where a subsearch may give anything, its brackets are all that is known of it. */
static status settle(struct builder *builder, status outcome, bool names, struct node **out)
{
    *out = outcome == OK ? builder->root : NULL;
    if (outcome != FAIL_QUERY || !builder->loose)
        return outcome;
    *out = build_awaited(builder, 0, names);
    return *out ? OK : builder->failure;
}

status parse_search(struct arena *arena, struct diag *diag, struct passage passage, struct node **out)
{
    struct builder builder = builder_make(arena, diag, passage);
    status         outcome = build_run(&builder, spl_search_scan);

    return settle(&builder, outcome, false, out);
}

status parse_expr(struct arena *arena, struct diag *diag, struct passage passage, struct node **out)
{
    struct builder builder = builder_make(arena, diag, passage);
    status         outcome = build_run(&builder, spl_expr_scan);

    return settle(&builder, outcome, true, out);
}

/* The brackets behind the last assignment that is whole stand for all that follows it. */
static status await_rest(struct builder *builder)
{
    struct node *rest = build_awaited(builder, builder->assigned_to, true);
    uint32_t     size = (uint32_t)builder->passage.text.size;

    if (rest)
        build_assignment(builder, (struct span){ builder->bracket_from, builder->bracket_to }, rest,
                         (struct span){ builder->bracket_from, size });
    return builder->failure;
}

/* Where the text behind a mistake can be trusted again: behind the next comma, outside parentheses and quotes, that has
 * name= behind it. SIZE_MAX: nowhere. */
static size_t next_assignment(str text, size_t mistake)
{
    size_t depth = 0;
    char   quote = 0;

    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];

        if (c == '\\' && quote != '\'')
            i++;
        else if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '(' || c == '[')
            depth++;
        else if (c == ')' || c == ']')
            depth -= depth > 0;
        else if (c == ',' && depth == 0 && i >= mistake) {
            str    rest = str_trim_blanks(str_slice(text, i + 1, text.size));
            size_t equals = str_find(rest, STR("="), 0), stop = 0;

            while (stop < rest.size && !strchr(" \t\r\n(),\"'|=", rest.at[stop]))
                stop++;
            while (stop < rest.size && strchr(" \t\r\n", rest.at[stop]))
                stop++;
            if (stop > 0 && stop == equals)
                return i + 1;
        }
    }
    return SIZE_MAX;
}

status parse_assignments(struct arena *arena, struct diag *diag, struct passage passage, struct assignments *out)
{
    status outcome = OK;
    size_t next;

    *out = (struct assignments){ .count = 0 };
    for (int tries = 0;; tries++) {
        struct builder builder = builder_make(arena, diag, passage);
        status         s;

        builder.assigning = true;
        builder.assignments = *out;
        builder.assignments_capacity = out->count;
        s = build_run(&builder, spl_expr_scan);
        if (s == FAIL_QUERY && builder.loose)
            s = await_rest(&builder);
        *out = builder.assignments;
        if (s == OK || s != FAIL_QUERY)
            return s == OK ? outcome : s;
        outcome = s;
        next = tries < TRIES_MOST ? next_assignment(passage.text, builder.failed_at) : SIZE_MAX;
        if (next == SIZE_MAX)
            return outcome;
        passage = (struct passage){
            .text = str_slice(passage.text, next, passage.text.size), .copied = passage.copied,
            .span = passage_place(&passage, next, passage.text.size),
        };
    }
}
