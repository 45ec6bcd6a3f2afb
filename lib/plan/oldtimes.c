#include "plan/arguments.h"

#include "time/strftime.h"
#include "time/strptime.h"

/* The time terms of old (language 5.1): starttime=, endtime= by timeformat=, daysago= and its relatives. Each becomes what
 * it would be called today: earliest= or latest= with a time that the run understands. */

enum reading { READ_FORMAT, READ_EPOCH, READ_AGO };

struct old_term {
    const char  *name;
    bool         late;
    uint8_t      reading;           /* enum reading */
    const char  *unit;              /* READ_AGO */
};

static const struct old_term old_terms[] = {
    { "starttime",       false, READ_FORMAT, NULL },  { "endtime",       true, READ_FORMAT, NULL },
    { "starttimeu",      false, READ_EPOCH, NULL },   { "endtimeu",      true, READ_EPOCH, NULL },
    { "startmonthsago",  false, READ_AGO, "mon" },    { "endmonthsago",  true, READ_AGO, "mon" },
    { "startdaysago",    false, READ_AGO, "d" },      { "enddaysago",    true, READ_AGO, "d" },
    { "starthoursago",   false, READ_AGO, "h" },      { "endhoursago",   true, READ_AGO, "h" },
    { "startminutesago", false, READ_AGO, "m" },      { "endminutesago", true, READ_AGO, "m" },
    { "monthsago",       false, READ_AGO, "mon" },    { "daysago",       false, READ_AGO, "d" },
    { "hoursago",        false, READ_AGO, "h" },      { "minutesago",    false, READ_AGO, "m" },
};

static const str wall_format = { "%m/%d/%Y:%H:%M:%S", 17 };

static bool is_term(const struct node *node)
{
    return node->kind == NODE_COMPARE && node->kid[0]->kind == NODE_FIELD && !(node->kid[0]->flags & NODE_QUOTED) &&
           node->kid[1]->kind == NODE_TERM;
}

static const struct old_term *old_term(const struct node *node)
{
    for (size_t i = 0; is_term(node) && i < COUNT_OF(old_terms); i++)
        if (str_is_nocase(node->kid[0]->text, old_terms[i].name))
            return &old_terms[i];
    return NULL;
}

static bool is_format(const struct node *node)
{
    return is_term(node) && str_is_nocase(node->kid[0]->text, "timeformat") && str_is(node->text, "=");
}

static bool has_old(const struct node *node)
{
    if (old_term(node))
        return true;
    for (uint32_t i = 0; i < node->count; i++)              /* NESTING_MOST deep at most */
        if (has_old(node->kid[i]))
            return true;
    return false;
}

/* The first timeformat= of the search, or the preset. */
static bool find_format(const struct node *node, str *format)
{
    if (is_format(node)) {
        *format = node->kid[1]->text;
        return true;
    }
    for (uint32_t i = 0; i < node->count; i++)              /* NESTING_MOST deep at most */
        if (find_format(node->kid[i], format))
            return true;
    return false;
}

/* --- values -------------------------------------------------------------------------------------------------------- */

static status bad_time(struct binder *binder, const struct node *node)
{
    return diag_at(binder->diag, FAIL_QUERY, node->kid[1]->span, "bad-time", "Invalid value \"%.*s\" for time term '%.*s'",
                   SHOW(node->kid[1]->text), SHOW(node->kid[0]->text));
}

static status print_time(struct binder *binder, str format, double instant, str *out)
{
    struct time_format *compiled;
    struct zone_view    view;
    struct buf          text;
    status              result;

    TRY(time_format_compile(binder->arena, format, &compiled));
    zone_view_init(&view, &zone_utc, NULL);
    buf_init(&text, binder->compile.heap);
    result = time_print(compiled, &view, instant, &text);
    *out = result == OK ? arena_str(binder->arena, buf_str(&text)) : STR("");
    buf_free(&text);
    TRY(result);
    TRY_NEW(out->at);
    return OK;
}

/* A time of a format that says its zone is an instant; any other stays a time of the wall clock, as the zone is the run's.
 * They are told apart by reading it in two zones. */
static status read_format(struct binder *binder, const struct node *node, str format, bool late, str *out)
{
    const struct context *context = binder->compile.context;
    struct time_format   *compiled;
    struct zone_view      here, there;
    struct zone          *east;
    double                now = context ? context->now : 0, instant, other;
    status                result;

    TRY(time_format_compile(binder->arena, format, &compiled));
    TRY(zone_open(binder->compile.heap, STR("+01:00"), &east));
    zone_view_init(&here, &zone_utc, NULL);
    zone_view_init(&there, east, NULL);
    result = time_parse(compiled, &here, now, node->kid[1]->text, &instant);
    if (result == OK)
        result = time_parse(compiled, &there, now, node->kid[1]->text, &other);
    zone_free(east);
    if (result == FAIL_DATA)
        return bad_time(binder, node);
    TRY(result);
    instant += late;                            /* its last second counts */
    result = print_time(binder, other == instant - late ? STR("%s.%6N") : wall_format, instant, out);
    return result == FAIL_DATA ? bad_time(binder, node) : result;
}

static bool is_count(str text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    return text.size > 0 && text.size < 11;
}

static status read_ago(struct binder *binder, const struct node *node, const char *unit, str *out)
{
    str    text = node->kid[1]->text;
    char  *room;
    size_t size = strlen(unit);

    if (!is_count(text))
        return bad_time(binder, node);
    TRY_NEW(room = arena_alloc(binder->arena, text.size + size + 1));
    room[0] = '-';
    memcpy(room + 1, text.at, text.size);
    memcpy(room + 1 + text.size, unit, size);
    *out = str_make(room, text.size + size + 1);
    return OK;
}

static status read_value(struct binder *binder, const struct node *node, const struct old_term *term, str format, str *out)
{
    if (!str_is(node->text, "="))
        return bad_time(binder, node);
    switch (term->reading) {
    case READ_FORMAT: return read_format(binder, node, format, term->late, out);
    case READ_EPOCH:  return read_format(binder, node, STR("%s"), term->late, out);
    default:          return read_ago(binder, node, term->unit, out);
    }
}

/* --- the tree ------------------------------------------------------------------------------------------------------ */

static status modern_term(struct binder *binder, const struct node *node, const struct old_term *term, str format,
                          const struct node **out)
{
    struct node *made = ARENA_ARRAY(binder->arena, struct node, 3);

    TRY_NEW(made);
    made[0] = *node;
    made[1] = *node->kid[0];
    made[2] = *node->kid[1];
    TRY_NEW(made[0].kid = ARENA_ARRAY(binder->arena, struct node *, 2));
    made[0].kid[0] = &made[1];
    made[0].kid[1] = &made[2];
    made[1].text = term->late ? STR("latest") : STR("earliest");
    TRY(read_value(binder, node, term, format, &made[2].text));
    *out = made;
    return OK;
}

/* The tree without what `node` is, for AND: all rows. */
static status everything(struct binder *binder, const struct node *node, const struct node **out)
{
    struct node *made = ARENA_NEW(binder->arena, struct node);

    TRY_NEW(made);
    *made = (struct node){ .kind = NODE_EVERYTHING, .depth = 1, .span = node->span, .inner = node->span };
    *out = made;
    return OK;
}

static status modern(struct binder *binder, const struct node *node, str format, const struct node **out)
{
    const struct old_term *term = old_term(node);
    struct node           *copy = NULL;

    *out = node;
    if (term)
        return modern_term(binder, node, term, format, out);
    if (is_format(node))
        return everything(binder, node, out);
    if (node->kind != NODE_BINARY && node->kind != NODE_UNARY)
        return OK;
    for (uint32_t i = 0; i < node->count; i++) {            /* NESTING_MOST deep at most */
        const struct node *kid;

        TRY(modern(binder, node->kid[i], format, &kid));
        if (kid == node->kid[i])
            continue;
        if (!copy) {
            TRY_NEW(copy = ARENA_NEW(binder->arena, struct node));
            *copy = *node;
            TRY_NEW(copy->kid = ARENA_ARRAY(binder->arena, struct node *, node->count));
            memcpy(copy->kid, node->kid, node->count * sizeof *copy->kid);
            *out = copy;
        }
        copy->kid[i] = (struct node *)kid;
    }
    return OK;
}

status bounds_modern(struct binder *binder, const struct node *node, const struct node **out)
{
    str format = wall_format;

    *out = node;
    if (!has_old(node))                                     /* then timeformat= is a field */
        return OK;
    find_format(node, &format);
    return modern(binder, node, format, out);
}
