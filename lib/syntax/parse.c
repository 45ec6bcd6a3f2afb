#include "syntax/parse.h"

#include "syntax/build.h"

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

status parse_search(struct arena *arena, struct diag *diag, struct passage passage, struct node **out)
{
    struct builder builder = builder_make(arena, diag, passage);
    status         outcome = build_run(&builder, spl_search_scan);

    *out = outcome == OK ? builder.root : NULL;
    return outcome;
}

status parse_expr(struct arena *arena, struct diag *diag, struct passage passage, struct node **out)
{
    struct builder builder = builder_make(arena, diag, passage);
    status         outcome = build_run(&builder, spl_expr_scan);

    *out = outcome == OK ? builder.root : NULL;
    return outcome;
}

status parse_assignments(struct arena *arena, struct diag *diag, struct passage passage, struct assignments *out)
{
    struct builder builder = builder_make(arena, diag, passage);
    status         outcome;

    builder.assigning = true;
    outcome = build_run(&builder, spl_expr_scan);
    *out = builder.assignments;
    return outcome;
}
