/* A query divided: one text for the parts of its input, one for what they give. */
#include "plan/passes.h"
#include "syntax/outside.h"

static bool is_rowwise(const struct stage *stage)
{
    return (stage->traits & TRAIT_ROWWISE) && !(stage->traits & (TRAIT_EFFECT | TRAIT_DISPLAY));
}

static status take(struct plan *plan, struct buf *text, str *out)
{
    status s = buf_status(text);

    if (s == OK) {
        *out = arena_str(&plan->arena, buf_str(text));
        s = out->at ? OK : FAIL_MEMORY;
    }
    buf_free(text);
    return s;
}

/* [front |] sistats ... [| reverse] */
static status write_map(struct plan *plan, const struct stage *stage, str front, str *out)
{
    const struct command *command = stage->command;
    struct buf            text;

    buf_init(&text, plan->heap);
    buf_put(&text, front);
    buf_text(&text, front.size ? " | " : "| ");
    buf_text(&text, command->map);
    buf_put(&text, str_slice(plan->text, stage->span.from + stage->name.size, stage->span.to));
    if (command->then) {
        buf_text(&text, " | ");
        buf_text(&text, command->then);
    }
    return take(plan, &text, out);
}

static void put_bound(const char *name, str value, struct buf *text)
{
    if (value.size)
        buf_print(text, " %s=\"%.*s\"", name, SHOW(value));
}

/* The stages of bin among those before `end`. */
static void put_bins(const struct plan *plan, const struct stage *end, struct buf *text)
{
    for (const struct stage *at = plan->first; at != end; at = at->next)
        if (at->traits & TRAIT_BINS) {
            buf_text(text, "| ");
            buf_put(text, str_slice(plan->text, at->span.from, at->span.to));
            buf_byte(text, ' ');
        }
}

/* What sorts bins behind `stage` must see the command that makes them. It may stand in both halves where nothing changes
 * its field in between: labels of bins stay as they are. */
static bool needs_bins(const struct plan *plan, const struct stage *stage, bool *can)
{
    bool made = false, sorts = false;

    *can = true;
    for (const struct stage *at = plan->first; at != stage; at = at->next) {
        *can = *can && (!made || (at->traits & (TRAIT_BINS | TRAIT_FILTER)));
        made = made || (at->traits & TRAIT_BINS);
    }
    for (const struct stage *at = stage; at; at = at->next)
        sorts = sorts || (at->traits & TRAIT_SORTS_BINS);
    return made && sorts;
}

/* Charts go by the time range that is searched; it is told once more, as it stood in the first search. */
static status write_reduce(struct plan *plan, const struct stage *stage, bool bins, str *out)
{
    const struct time_bounds *bounds = &plan->bounds;
    struct buf                text;

    buf_init(&text, plan->heap);
    if ((bounds->earliest.size || bounds->latest.size) && !(stage->command->traits & TRAIT_SOURCE)) {
        buf_text(&text, "search");
        put_bound("earliest", bounds->earliest, &text);
        put_bound("latest", bounds->latest, &text);
        buf_byte(&text, ' ');
    } else if (stage->command->traits & TRAIT_GENERATES) {
        buf_text(&text, "search * ");           /* in the first place it would make rows and take none */
    }
    if (bins)
        put_bins(plan, stage, &text);
    buf_text(&text, "| ");
    buf_put(&text, str_slice(plan->text, stage->span.from, plan->text.size));
    return take(plan, &text, out);
}

/* What stands before the stage, without the pipe. */
static str front_of(const struct plan *plan, const struct stage *stage)
{
    str front = str_trim_blanks(str_slice(plan->text, 0, stage->span.from));

    if (front.size && front.at[front.size - 1] == '|')
        front.size--;
    return str_trim_blanks(front);
}

/* Before anything is rewritten: the stages are as they stand in the text. */
status plan_halves(struct plan *plan)
{
    const struct stage *stage = plan->first;
    struct plan_halves *halves = &plan->halves;
    str                 front;
    bool                bins, can;

    *halves = (struct plan_halves){ .reduce = plan->text };
    if (plan->generates) {
        halves->why = "it makes its own rows";
        return OK;
    }
    if (plan->options.newest_first) {
        halves->why = "events come newest first: their order is that of the whole input";
        return OK;
    }
    if (outside_find(plan->text, 0, "[", NULL) < plan->text.size) {     /* wherever the brackets are */
        halves->why = "what stands in brackets wants the whole input";
        return OK;
    }
    if (plan->inner_reads) {
        halves->why = "its searches want the whole input";
        return OK;
    }
    while (stage && is_rowwise(stage))
        stage = stage->next;
    if (!stage) {
        halves->map = plan->text;
        halves->reduce = STR("search *");
        return OK;
    }
    bins = needs_bins(plan, stage, &can);
    if (bins && !can) {
        halves->why = "a chart sorts by bins that were made too early";
        return OK;
    }
    front = front_of(plan, stage);
    TRY(write_reduce(plan, stage, bins, &halves->reduce));
    if (stage->command->map && (stage->traits & TRAIT_SPLITS)) {
        TRY(write_map(plan, stage, front, &halves->map));
        return write_map(plan, stage, STR(""), &halves->merge);
    }
    halves->map = front.size ? front : STR("search *");
    return OK;
}
