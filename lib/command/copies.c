#include "command/copies.h"

#include "batch/pattern.h"
#include "plan/subsearch.h"

/* --- values -------------------------------------------------------------------------------------------------------- */

void copy_values(str pattern, str name, struct arena *arena, struct copy_words *out)
{
    uint32_t stars = pattern_stars(pattern);
    str     *part = stars ? ARENA_ARRAY(arena, str, stars) : NULL;
    char    *match = stars ? arena_alloc(arena, name.size) : NULL;
    size_t   size = 0;

    *out = (struct copy_words){ .field = name };
    if (!part || !match || !pattern_capture(pattern, name, part))
        return;
    for (uint32_t i = 0; i < stars; i++) {
        memcpy(match + size, part[i].at, part[i].size);
        size += part[i].size;
        if (i < SEGMENTS)
            out->segment[i] = part[i];
    }
    out->match = str_make(match, size);
}

/* --- one copy ------------------------------------------------------------------------------------------------------ */

static bool is_streaming(const struct command *command)
{
    return (command->traits & (TRAIT_ROWWISE | TRAIT_STREAMING)) && !(command->traits & (TRAIT_GENERATES | TRAIT_EFFECT));
}

/* `stage`: bound; a command may have turned out to be row-wise with these arguments, as fillnull with names. */
static status check_command(struct binder *binder, const struct clause *clause, const struct stage *stage)
{
    const struct command *command = vocabulary_command(binder->compile.words, clause->name);

    if (!command || is_streaming(command) || (stage && (stage->open || is_streaming(stage->command))))
        return OK;                          /* an unknown one is told of by bind_stage, an open one is bound later */
    return diag_at(binder->diag, FAIL_QUERY, clause->implied ? clause->span : clause->name_span, "bad-template",
                   "'%s' cannot be used inside 'foreach': it %s", command->name,
                   command->traits & TRAIT_EFFECT ? "writes something, which is done once"
                                                  : "does not pass rows on as they come");
}

static status bind_clauses(struct binder *binder, uint32_t rank, const struct filled *filled, struct stage **link)
{
    struct words    words = binder_words(binder);
    struct pipeline pipeline = { 0 };
    status          result;

    result = parse_pipeline(binder->arena, binder->diag, passage_of(filled->text), &words, &pipeline);
    for (uint32_t i = 0; i < pipeline.count && result == OK; i++) {
        struct stage *stage = NULL;

        result = bind_stage(binder, &pipeline.clause[i], &stage);
        if (result == OK)
            result = check_command(binder, &pipeline.clause[i], stage);
        if (!stage)
            continue;
        stage->rank = rank;
        stage->span = filled_place(filled, stage->span);
        stage->input = stage->output = (struct wanted){ .arena = binder->arena, .all = true };
        *link = stage;
        link = &stage->next;
    }
    return result;
}

status copy_bind(struct binder *binder, uint32_t rank, struct passage template, const struct copy_words *words,
                 const struct copy_words *values, struct stage **first)
{
    struct fill_word  word[2 + SEGMENTS] = { { words->field, values->field }, { words->match, values->match } };
    struct span       place = template.span;
    struct filled    *filled = ARENA_NEW(binder->arena, struct filled);
    struct binder     inner = *binder;
    struct template_place origin = { binder, filled, rank };
    struct diag       diag;
    status            result;

    TRY_NEW(filled);
    if (binder->copies >= COPIES_MOST)
        return diag_at(binder->diag, FAIL_QUERY, place, "too-long", "'foreach' would copy templates more than %d times",
                       COPIES_MOST);
    binder->copies += 1 + (uint32_t)(template.text.size / LONG_TEMPLATE);
    for (uint32_t i = 0; i < SEGMENTS; i++)
        word[2 + i] = (struct fill_word){ words->segment[i], values->segment[i] };
    result = fill(binder->arena, template, word, COUNT_OF(word), filled);
    if (result != OK)
        return result == FAIL_LIMIT ? diag_at(binder->diag, FAIL_QUERY, place, "too-long",
                                              "the template is too long when filled") : result;
    while (*first)
        first = &(*first)->next;
    diag_init(&diag, binder->compile.heap);
    inner.diag = inner.compile.diag = &diag;
    inner.text = filled->text;
    inner.template = &origin;
    inner.stages = 1;                       /* its first command is not the query's */
    inner.copies = binder->copies;
    result = bind_clauses(&inner, rank, filled, first);
    binder->copies = inner.copies;
    filled_report(filled, &diag, binder->diag);
    diag_free(&diag);
    return result;
}

/* --- all of them --------------------------------------------------------------------------------------------------- */

static bool is_eval(const struct stage *stage)
{
    return stage && str_is(str_of(stage->command->name), "eval") && stage->argument[0].assignments;
}

/* One eval with the assignments of `count` of them. */
static status join(struct binder *binder, const struct stage *first, uint32_t count, uint32_t total, struct stage **out)
{
    struct stage       *stage = ARENA_NEW(binder->arena, struct stage);
    struct assignments *all = ARENA_NEW(binder->arena, struct assignments);
    struct argument    *argument = ARENA_ARRAY(binder->arena, struct argument, 2);

    *out = NULL;
    TRY_NEW(stage && all && argument ? stage : NULL);
    TRY_NEW(all->item = ARENA_ARRAY(binder->arena, struct assignment, total + (size_t)1));
    *stage = *first;
    for (uint32_t i = 0; i < count; i++, first = first->next) {
        const struct assignments *part = first->argument[0].assignments;

        memcpy(all->item + all->count, part->item, part->count * sizeof *part->item);
        all->count += part->count;
    }
    argument[0] = stage->argument[0];
    argument[0].assignments = all;
    stage->argument = argument;
    stage->next = NULL;
    TRY_NEW(stage->bound = arena_zero(binder->arena, 1, stage->command->bound_size));
    *out = stage;
    return stage->command->bind(binder, stage);
}

status copies_join(struct binder *binder, uint32_t rank, struct stage **first)
{
    struct binder quiet = *binder;
    uint32_t      place = 0;
    struct diag   diag;                     /* what there is to say was said of each by itself */
    status        result = OK;

    diag_init(&diag, binder->compile.heap);
    quiet.diag = quiet.compile.diag = &diag;
    for (struct stage **link = first; *link && result == OK; link = &(*link)->next) {
        struct stage *from = *link, *end = from, *made;
        uint32_t      count = 0, total = 0;

        for (; is_eval(end); end = end->next, count++)
            total += end->argument[0].assignments->count;
        if (count > 1) {
            result = join(&quiet, from, count, total, &made);
            if (made) {
                for (struct stage *old = from, *next; old != end; old = next) {
                    next = old->next;
                    old->next = NULL;
                    copies_drop(old);
                }
                *link = made;
                made->next = end;
            }
        }
        (*link)->rank = rank_at(rank, place++);
        for (uint32_t i = 0; i < diag.count && result == FAIL_QUERY; i++)
            diag_at(binder->diag, OK, from->span, diag.item[i].code, "%.*s", SHOW(diag.item[i].message));
    }
    diag_free(&diag);
    return result;
}

void copies_drop(struct stage *first)
{
    for (; first; first = first->next)
        if (first->command->drop)
            first->command->drop(first);
}
