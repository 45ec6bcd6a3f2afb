/* Binding of foreach: over fields, the template is tried out and copies bound as far as columns are known. */
#include "command/foreach_items.h"

#include "batch/pattern.h"

/* Stands for what a star matches while the template is tried out before any column is known. A plain word, as it may come to
 * stand in names of regex groups; a number as second choice, for places where only that is good. */
#define STAR_WORD   "Qz_0_zQ"
#define STAR_NUMBER "1"

/* The template with `star` for what stars match. */
static status try_out(struct binder *binder, const struct stage *stage, str pattern, str star, struct stage **first)
{
    const struct foreach_bound *bound = stage->bound;
    struct copy_words           values;
    struct buf                  name;
    str                         text;

    buf_init(&name, binder->compile.heap);
    for (size_t i = 0; i < pattern.size; i++) {
        if (pattern.at[i] == '*')
            buf_put(&name, star);
        else
            buf_byte(&name, pattern.at[i]);
    }
    text = name.failed ? (str){ NULL, 0 } : arena_str(binder->arena, buf_str(&name));
    buf_free(&name);
    TRY_NEW(text.at);
    copy_values(pattern, text, binder->arena, &values);
    return copy_bind(binder, stage->rank, foreach_template(stage), &bound->words, &values, first);
}

/* Messages about a template that was tried out name the pattern. */
static status report(struct binder *binder, const struct diag *from)
{
    for (uint32_t i = 0; i < from->count; i++) {
        const struct diagnostic *one = &from->item[i];
        struct passage           text = passage_of(one->message), hint = passage_of(one->hint);
        struct fill_word         star = { STR(STAR_WORD), STR("*") };
        struct filled            message, advice;

        TRY(fill(binder->arena, text, &star, 1, &message));
        TRY(fill(binder->arena, hint, &star, 1, &advice));
        if (one->severity == SEVERITY_ERROR)
            diag_at(binder->diag, OK, one->span, one->code, "%.*s", SHOW(message.text));
        else if (one->severity == SEVERITY_NOTE)
            diag_note(binder->diag, one->span, one->code, "%.*s", SHOW(message.text));
        else
            diag_warn(binder->diag, one->span, one->code, "%.*s", SHOW(message.text));
        if (one->hint.size)
            diag_hint(binder->diag, "%.*s", SHOW(advice.text));
    }
    return OK;
}

/* The fields that evals and filters read, stars for what is not known yet. Other commands know only what they need if they
 * are told what is wanted of them. */
static status add_reads(const struct stage *first, str pattern, struct foreach_bound *bound)
{
    struct arena    *arena = bound->reads.arena;
    struct fill_word star = { STR(STAR_WORD), STR("*") };

    for (const struct stage *stage = first; stage && !bound->reads_all; stage = stage->next) {
        const struct assignments *written = stage->argument[0].assignments;
        struct wanted             wanted;
        struct filled             name;

        if (stage->open || !stage->command->needs ||
            (!(stage->command->traits & TRAIT_FILTER) && !str_is(str_of(stage->command->name), "eval"))) {
            bound->reads_all = true;
            break;
        }
        wanted_init(&wanted, arena, false);
        for (uint32_t i = 0; written && i < written->count; i++)
            TRY(wanted_add(&wanted, written->item[i].target));
        TRY(stage->command->needs(stage, &wanted));
        for (uint32_t i = 0; i < wanted.names; i++) {
            TRY(fill(arena, passage_of(wanted.name[i]), &star, 1, &name));
            TRY(wanted_add_pattern(&bound->reads, name.text));
            /* a star may stand for the name of an internal field, which it does not match */
            bound->reads_all |= name.text.size && name.text.at[0] == '*' && !str_equal(name.text, pattern);
        }
    }
    return OK;
}

/* A template of nothing but fieldformats concerns only how results look; one that holds others as well would have to be run
 * in two places. */
static status check_display(struct binder *binder, struct stage *stage, const struct stage *first)
{
    uint32_t display = 0, others = 0;

    for (const struct stage *inner = first; inner; inner = inner->next) {
        display += (inner->traits & TRAIT_DISPLAY) != 0;
        others += !(inner->traits & TRAIT_DISPLAY);
    }
    if (display && others)
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "bad-template",
                       "'fieldformat' cannot share a template of 'foreach' with other commands: give it one of its own");
    stage->traits |= display ? TRAIT_DISPLAY : 0;
    return OK;
}

/* A pattern: mistakes of the template are told now, whatever the columns will be. */
static status try_pattern(struct binder *binder, struct stage *stage, str pattern)
{
    struct foreach_bound *bound = stage->bound;
    struct binder         quiet = *binder;
    struct diag           diag, second;
    struct stage         *first = NULL;
    status                result;

    diag_init(&diag, binder->compile.heap);
    diag_init(&second, binder->compile.heap);
    quiet.diag = quiet.compile.diag = &diag;
    result = try_out(&quiet, stage, pattern, STR(STAR_WORD), &first);
    if (result == OK)
        result = add_reads(first, pattern, bound);
    if (result == OK)
        result = check_display(&quiet, stage, first);
    copies_drop(first);
    first = NULL;
    if (result == FAIL_QUERY) {
        quiet.diag = quiet.compile.diag = &second;
        result = try_out(&quiet, stage, pattern, STR(STAR_NUMBER), &first);
        if (result == OK)
            result = check_display(&quiet, stage, first);
        copies_drop(first);
        bound->reads_all = true;
    }
    binder->copies = quiet.copies;
    if (result == OK)
        result = report(binder, second.count ? &second : &diag);
    else if (result == FAIL_QUERY)
        result = report(binder, &diag) == OK ? FAIL_QUERY : FAIL_MEMORY;
    diag_free(&second);
    diag_free(&diag);
    return result;
}

static status bind_copies(struct binder *binder, struct stage *stage)
{
    const struct argument *list = stage_argument(stage, FOREACH_NAMES);
    struct foreach_bound  *bound = stage->bound;
    struct stage         **end = &bound->first;
    uint32_t               inners = 0;

    for (uint32_t i = 0; i < list->count; i++) {
        struct copy_words values = { .field = list->names[i] };

        if (pattern_has_star(list->names[i])) {
            TRY(try_pattern(binder, stage, list->names[i]));
            TRY(wanted_add_pattern(&bound->reads, list->names[i]));
            bound->wild = true;
        } else {
            TRY(copy_bind(binder, stage->rank, foreach_template(stage), &bound->words, &values, end));
            TRY(add_reads(*end, list->names[i], bound));
            TRY(check_display(binder, stage, *end));
            while (*end)
                end = &(*end)->next;
        }
    }
    if (bound->wild) {                      /* the copies for plain names were only tried out, too */
        copies_drop(bound->first);
        bound->first = NULL;
        stage->traits &= ~(uint32_t)TRAIT_ROWWISE;
        return OK;
    }
    TRY(copies_join(binder, stage->rank, &bound->first));
    for (const struct stage *inner = bound->first; inner; inner = inner->next) {
        stage->traits &= inner->traits | ~(uint32_t)TRAIT_ROWWISE;
        if (++inners > FOREACH_INNER_MOST)
            return diag_at(binder->diag, FAIL_QUERY, stage->span, "too-long", "'foreach' would run more than %d commands",
                           FOREACH_INNER_MOST);
    }
    return OK;
}

status foreach_bind(struct binder *binder, struct stage *stage)
{
    const struct argument *argument = stage->argument;
    struct foreach_bound  *bound = stage->bound;

    wanted_init(&bound->reads, binder->arena, false);
    if (!str_is(argument[FOREACH_MODE].text, "multifield"))
        return foreach_items_bind(binder, stage);
    bound->words.field = argument[FOREACH_FIELDSTR].text;
    bound->words.match = argument[FOREACH_MATCHSTR].text;
    for (uint32_t i = 0; i < SEGMENTS; i++)
        bound->words.segment[i] = argument[FOREACH_MATCHSEG + i].text;
    bound->binder = *binder;
    bound->binder.plan = NULL;              /* names of columns bring no subsearches */
    return bind_copies(binder, stage);
}

void foreach_drop(struct stage *stage)
{
    struct foreach_bound *bound = stage->bound;

    copies_drop(bound->first);
    program_drop(bound->program);
}

static status copies_need(const struct stage *first, struct wanted *wanted)
{
    if (!first)
        return OK;
    TRY(copies_need(first->next, wanted));          /* FOREACH_INNER_MOST deep at most */
    return first->command->needs ? first->command->needs(first, wanted) : OK;
}

status foreach_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct foreach_bound *bound = stage->bound;

    if (bound->program)
        return foreach_items_needs(stage, wanted);
    if (!bound->wild)
        return copies_need(bound->first, wanted);
    if (bound->reads_all)
        return wanted_everything(wanted);
    for (uint32_t i = 0; i < bound->reads.names; i++)
        TRY(wanted_add(wanted, bound->reads.name[i]));
    for (uint32_t i = 0; i < bound->reads.patterns; i++)
        TRY(wanted_add_pattern(wanted, bound->reads.pattern[i]));
    return OK;
}

void foreach_print(const struct stage *stage, struct buf *out)
{
    const struct foreach_bound *bound = stage->bound;

    if (bound->wild)
        buf_text(out, "      copies: one a column, made when the columns are known\n");
    for (const struct stage *inner = bound->first; inner; inner = inner->next) {
        buf_print(out, "      %s\n", inner->command->name);
        if (inner->command->print)
            inner->command->print(inner, out);
    }
    if (bound->program)
        program_print(bound->program, out);
}
