#include "rules/watch.h"

status watch_fields(struct wanted *out, const struct plan *const *plan, uint32_t plans)
{
    for (uint32_t i = 0; i < plans; i++) {
        const struct wanted *read = &plan[i]->read;
        if (read->all)
            TRY(wanted_everything(out));
        for (uint32_t j = 0; j < read->names && !read->all; j++)
            TRY(wanted_add(out, read->name[j]));
        for (uint32_t j = 0; j < read->patterns && !read->all; j++)
            TRY(wanted_add_pattern(out, read->pattern[j]));
        if (plan[i]->bounds.earliest.size || plan[i]->bounds.latest.size)
            TRY(wanted_add(out, STR("_time")));
    }
    return OK;
}

/* What a rule has ready goes to the host. */
static status drain(struct watch *watch, uint32_t number)
{
    struct watched *rule = &watch->rule[number];
    struct batch   *batch;
    status          s;

    while ((s = run_next(rule->run, &batch)) == OK) {
        rule->rows += batch_rows(batch);
        TRY(watch->found(watch->host, number, batch));
    }
    if (s == HUNGRY)
        return OK;
    rule->over = true;
    if (s != DONE)
        rule->failure = s;
    return OK;
}

static status push(struct watch *watch, uint32_t number, struct batch *batch)
{
    struct watched *rule = &watch->rule[number];
    struct batch   *own;
    status          s;

    if (rule->over || rule->alone)
        return OK;
    TRY_NEW(own = batch_derive(batch));
    s = run_push_batch(rule->run, own);
    if (s < 0) {
        rule->over = true;
        rule->failure = s;
        return OK;
    }
    return drain(watch, number);
}

static status finish(struct watch *watch)
{
    watch->ended = true;
    for (uint32_t i = 0; i < watch->rules; i++) {
        if (watch->rule[i].over)
            continue;
        TRY(run_check(watch->source));
        run_end(watch->rule[i].run);
        TRY(drain(watch, i));
    }
    return DONE;
}

status watch_step(struct watch *watch)
{
    struct batch *batch;
    status        s;

    if (watch->ended)
        return DONE;
    s = run_next(watch->source, &batch);
    if (s == DONE)
        return finish(watch);
    TRY(s);
    for (uint32_t i = 0; i < watch->rules && s == OK; i++)
        s = push(watch, i, batch);
    batch_release(batch);
    return s;
}
