#include "plan/subsearch.h"
#include "syntax/print.h"
#include "value/number.h"

static void print_wanted(const struct wanted *wanted, struct buf *out)
{
    const char *between = "";

    if (wanted->all)
        buf_text(out, wanted->names ? "all but " : "all");
    for (uint32_t i = 0; i < wanted->names; i++, between = ", ")
        buf_print(out, "%s%.*s", between, SHOW(wanted->name[i]));
    for (uint32_t i = 0; i < wanted->patterns; i++, between = ", ")
        buf_print(out, "%s%.*s", between, SHOW(wanted->pattern[i]));
    if (!wanted->all && !wanted->names && !wanted->patterns)
        buf_text(out, "none");
    buf_byte(out, '\n');
}

static void print_traits(const struct stage *stage, struct buf *out)
{
    static const struct { uint32_t trait; const char *name; } names[] = {
        { TRAIT_ROWWISE, "row-wise" }, { TRAIT_MERGEABLE, "mergeable" }, { TRAIT_GENERATES, "generates" },
        { TRAIT_FILTER, "filter" }, { TRAIT_TRANSFORMS, "transforms" }, { TRAIT_EFFECT, "effect" },
    };
    const char *between = " (";

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (!(stage->traits & names[i].trait))
            continue;
        buf_print(out, "%s%s", between, names[i].name);
        between = ", ";
    }
    buf_text(out, *between == ',' ? ")\n" : "\n");
}

/* What a stage was given, by parameter; what was left out or preset is not shown. */
static void print_argument(const struct param *param, const struct argument *argument, struct buf *out)
{
    buf_print(out, "      %s: ", param->name);
    if (param->kind == PARAM_SEARCH) {
        print_search(out, argument->node);
    } else if (param->kind == PARAM_EXPR) {
        print_expr(out, argument->node);
    } else if (param->kind == PARAM_ASSIGNMENTS) {
        for (uint32_t i = 0; i < argument->assignments->count; i++) {
            str target = argument->assignments->item[i].target;

            buf_print(out, "%s%.*s%s", i ? ", " : "", SHOW(target), target.size ? " = " : "");
            print_expr(out, argument->assignments->item[i].value);
        }
    } else if (param->kind == PARAM_AGGREGATES) {
        for (uint32_t i = 0; i < argument->aggregates->count; i++)
            buf_print(out, "%s%.*s", i ? ", " : "", SHOW(argument->aggregates->item[i].name));
    } else if (param->kind == PARAM_RENAMES) {
        for (uint32_t i = 0; i < argument->count; i++)
            buf_print(out, "%s%.*s as %.*s", i ? ", " : "", SHOW(argument->renames[i].from), SHOW(argument->renames[i].to));
    } else if (param->kind == PARAM_PAIRS) {
        for (uint32_t i = 0; i < argument->count; i++)
            buf_print(out, "%s%.*s = %.*s", i ? ", " : "", SHOW(argument->renames[i].from), SHOW(argument->renames[i].to));
    } else if (param->kind == PARAM_SORT_KEYS) {
        for (uint32_t i = 0; i < argument->count; i++)
            buf_print(out, "%s%c%.*s", i ? ", " : "", argument->keys[i].descending ? '-' : '+',
                      SHOW(argument->keys[i].field));
    } else if (argument->count) {
        for (uint32_t i = 0; i < argument->count; i++)
            buf_print(out, "%s%.*s", i ? ", " : "", SHOW(argument->names[i]));
    } else if (param->kind == PARAM_BOOL) {
        buf_text(out, argument->truth ? "true" : "false");
    } else if (param->kind == PARAM_COUNT) {
        buf_print(out, "%zu", (size_t)argument->number);
    } else if (param->kind == PARAM_NUMBER) {
        char text[NUMBER_ROOM];
        buf_put(out, str_make(text, number_format(argument->number, EXACT, text)));
    } else {
        buf_put(out, argument->text);
    }
    buf_byte(out, '\n');
}

/* Its plan, moved in. */
static void print_inner(const struct subsearch *inner, struct buf *out)
{
    static const char *const says[] = { [SUBSEARCH_TEXT] = "run first, its text in this place",
                                        [SUBSEARCH_ROWS] = "run first",
                                        [SUBSEARCH_FED] = "run with the rows that come in" };
    struct buf own;
    str        text;

    buf_print(out, "      subsearch, %s:\n", says[inner->kind]);
    buf_init(&own, out->heap);
    plan_print(inner->plan, &own);              /* as deep as subsearches nest */
    out->failed |= own.failed;
    for (text = buf_str(&own); text.size;) {
        size_t newline = str_find(text, STR("\n"), 0), end = newline == SIZE_MAX ? text.size : newline + 1;

        buf_text(out, "        ");
        buf_put(out, str_slice(text, 0, end));
        text = str_slice(text, end, text.size);
    }
    buf_free(&own);
}

static void print_stage(const struct plan *plan, const struct stage *stage, uint32_t number, struct buf *out)
{
    const struct param *params = stage->command->params;
    bool                awaits = false;

    buf_print(out, "  %u %s", number, stage->command->name);
    print_traits(stage, out);
    for (uint32_t i = 0; params && params[i].kind != PARAM_END && !stage->open; i++)
        if (stage->argument[i].given)
            print_argument(&params[i], &stage->argument[i], out);
    for (const struct subsearch *inner = plan->subsearch; inner; inner = inner->next) {
        if (inner->rank != stage->rank)
            continue;
        awaits |= inner->kind == SUBSEARCH_TEXT;
        print_inner(inner, out);
    }
    buf_text(out, "      wants: ");
    print_wanted(&stage->input, out);
    if (stage->command->print && !awaits)
        stage->command->print(stage, out);
}

static void print_prefilter(const struct plan *plan, struct buf *out)
{
    buf_text(out, "prefilter: ");
    if (!plan->prefilters)
        buf_text(out, "none");
    for (uint32_t i = 0; i < plan->prefilters; i++) {
        const struct prefilter_arm *arm = &plan->prefilter[i];

        buf_text(out, i ? " and " : "");
        for (uint32_t j = 0; j < arm->count; j++)
            buf_print(out, "%s\"%.*s\"", j ? " or " : "", SHOW(arm->literal[j]));
        buf_text(out, arm->escapes_pass ? " or an escape" : "");
    }
    buf_byte(out, '\n');
}

static void print_split(const struct plan *plan, struct buf *out)
{
    buf_text(out, "split: ");
    if (plan->parallel == 0 && !plan->merges)
        buf_text(out, "none, all on one thread");
    else if (plan->parallel)
        buf_print(out, "%u leading stage%s on any thread", plan->parallel, plan->parallel == 1 ? "" : "s");
    if (plan->merges)
        buf_print(out, "%sstage %u per thread, then merged", plan->parallel ? ", " : "", plan->parallel + 1);
    buf_byte(out, '\n');
}

static void print_half(const char *name, str text, struct buf *out)
{
    if (!text.size)
        return;
    buf_text(out, name);
    buf_put(out, text);
    buf_byte(out, '\n');
}

static void print_halves(const struct plan *plan, struct buf *out)
{
    const struct plan_halves *halves = &plan->halves;

    if (!halves->map.size) {
        buf_print(out, "parts: none, %s\n", halves->why);
        return;
    }
    print_half("map: ", halves->map, out);
    print_half("merge: ", halves->merge, out);
    print_half("reduce: ", halves->reduce, out);
}

void plan_print(const struct plan *plan, struct buf *out)
{
    uint32_t number = 0;

    buf_text(out, "query: ");
    buf_put(out, plan->text);
    buf_byte(out, '\n');
    if (plan->generates || plan->fed) {
        buf_text(out, plan->fed ? "input: the rows that come in\n" : "input: none\n");
    } else {
        buf_text(out, "reads: ");
        print_wanted(&plan->read, out);
        if (plan->completes)
            buf_print(out, "       then the other fields of rows that stage %u keeps\n", plan->completes);
        if (plan->complete_after)
            buf_print(out, "       then the other fields of rows that pass the first %u\n", plan->filters);
        print_prefilter(plan, out);
    }
    if (plan->bounds.earliest.size || plan->bounds.latest.size)
        buf_print(out, "time: from %.*s to %.*s\n",
                  SHOW(plan->bounds.earliest.size ? plan->bounds.earliest : STR("the beginning")),
                  SHOW(plan->bounds.latest.size ? plan->bounds.latest : STR("now")));
    print_split(plan, out);
    if (plan->depth == 0)
        print_halves(plan, out);
    if (plan->rewrites) {
        buf_text(out, "rewritten: ");
        for (uint32_t i = 0; i < plan->rewrites; i++)
            buf_print(out, "%s%s", i ? ", " : "", plan->rewritten[i]);
        buf_byte(out, '\n');
    }
    buf_text(out, "stages:\n");
    for (const struct stage *stage = plan->first; stage; stage = stage->next)
        print_stage(plan, stage, ++number, out);
}
