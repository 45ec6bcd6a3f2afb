/* tags [outputfield=<field>] [inclname=<bool>] [inclvalue=<bool>] [<fields>]: the tags of the values of fields
 * (commands 3), as tag::<field>, or all of them in one field. Values are compared as search does: without case, and `*` in
 * a definition is any text. Tags stand by field, then by name. */
#include "rows/row_lists.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "text/wildcard.h"
#include "value/list.h"
#include "value/number.h"
#include "value/order.h"

#include <stdlib.h>

enum { OUTPUTFIELD, INCLNAME, INCLVALUE, FIELDS };

static const struct param tags_params[] = {
    [OUTPUTFIELD] = { "outputfield", PARAM_FIELD, PLACE_NAMED, .help = "gets the tags of all fields" },
    [INCLNAME] = { "inclname", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "there with the field before the tag" },
    [INCLVALUE] = { "inclvalue", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "and its value" },
    [FIELDS] = { "fields", PARAM_FIELDS, PLACE_LIST, .wild = true, .help = "only tags of these; if not given of all" },
    { 0 }
};

struct tag {
    str              field, tag;
    str              into;              /* the field it goes to */
    struct wildcard *value;
};

struct tags_bound {
    struct tag *tag;                    /* those of one field side by side */
    uint32_t    count;
};

static int compare_tags(const void *a, const void *b)
{
    const struct tag *left = a, *right = b;
    int               order = str_compare(left->field, right->field);

    return order ? order : str_compare(left->tag, right->tag);
}

static bool is_listed(const struct argument *fields, str field)
{
    for (uint32_t i = 0; i < fields->count; i++)
        if (names_match(fields->names[i], field))
            return true;
    return fields->count == 0;
}

static status add_tag(struct binder *binder, const struct stage *stage, struct tag *tag, str field, str name, str value)
{
    const struct argument *output = stage_argument(stage, OUTPUTFIELD);
    struct buf             into;

    TRY_NEW((tag->field = arena_str(binder->arena, field)).at);
    TRY_NEW((tag->tag = arena_str(binder->arena, name)).at);
    TRY(wildcard_compile(binder->arena, binder->compile.context->cpu, WILDCARD_STAR, true, value, &tag->value));
    tag->into = output->text;
    if (output->given)
        return OK;
    buf_init(&into, binder->compile.heap);
    buf_text(&into, "tag::");
    buf_put(&into, field);
    tag->into = into.failed ? STR("") : arena_str(binder->arena, buf_str(&into));
    buf_free(&into);
    return tag->into.at && tag->into.size ? OK : FAIL_MEMORY;
}

static status tags_bind(struct binder *binder, struct stage *stage)
{
    struct tags_bound        *bound = stage->bound;
    const struct definitions *known = binder->compile.definitions;
    void                     *host = binder->compile.definitions_host;
    const struct argument    *fields = stage_argument(stage, FIELDS), *output = stage_argument(stage, OUTPUTFIELD);
    uint32_t                  count = 0;
    str                       name, field, value;

    if (!output->given && (stage_argument(stage, INCLNAME)->given || stage_argument(stage, INCLVALUE)->given))
        return diag_at(binder->diag, FAIL_QUERY, stage->span, "bad-argument",
                       "inclname and inclvalue of 'tags' are about what goes to outputfield, which is not given");
    while (known && known->tag(host, count, &name, &field, &value))
        count++;
    TRY_NEW(bound->tag = ARENA_ARRAY(binder->arena, struct tag, count + (size_t)1));
    for (uint32_t i = 0; i < count && known->tag(host, i, &name, &field, &value); i++)
        if (is_listed(fields, field))
            TRY(add_tag(binder, stage, &bound->tag[bound->count++], field, name, value));
    if (bound->count)
        qsort(bound->tag, bound->count, sizeof *bound->tag, compare_tags);
    else
        diag_warn(binder->diag, stage->span, "no-definitions",
                  "no tags are defined for these fields: 'tags' changes nothing");
    return OK;
}

static status tags_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct tags_bound *bound = stage->bound;

    for (uint32_t i = 0; i < bound->count; i++)
        if (wanted_has(wanted, bound->tag[i].into))
            TRY(wanted_add(wanted, bound->tag[i].field));
    return OK;
}

static status tags_gives(const struct stage *stage, struct wanted *columns)
{
    const struct tags_bound *bound = stage->bound;

    for (uint32_t i = 0; i < bound->count; i++)
        TRY(wanted_add(columns, bound->tag[i].into));
    return OK;
}

/* --- at work ------------------------------------------------------------------------------------------------------- */

/* tag, field::tag, value::tag or field::value::tag */
static status put_tag(struct row_lists *lists, const struct tag *tag, uint32_t row, str value)
{
    struct op *op = lists->op;
    bool       name = stage_argument(op->stage, INCLNAME)->truth, values = stage_argument(op->stage, INCLVALUE)->truth;
    struct buf text;
    str        made;

    if (!name && !values)
        return row_lists_put(lists, row, tag->tag);
    buf_init(&text, &op->run->heap);
    if (name) {
        buf_put(&text, tag->field);
        buf_text(&text, "::");
    }
    if (values) {
        buf_put(&text, value);
        buf_text(&text, "::");
    }
    buf_put(&text, tag->tag);
    made = text.failed ? str_make(NULL, 0) : arena_str(&lists->batch->arena, buf_str(&text));
    buf_free(&text);
    TRY_NEW(made.at);
    return row_lists_put(lists, row, made);
}

static status find_tag(struct row_lists *lists, const struct tag *tag)
{
    const struct name *name = names_intern(lists->op->run->names, tag->field);
    struct column     *column;
    char               room[NUMBER_ROOM];

    TRY_NEW(name);
    column = batch_column(lists->batch, name);
    if (!column || column->encoding == ENCODING_ABSENT)
        return OK;
    TRY(batch_decode(lists->batch, column));
    for (uint32_t i = 0; i < batch_rows(lists->batch); i++) {
        uint32_t           row = batch_row(lists->batch, i), count;
        struct cell        cell = column_settled(column, row);
        const struct cell *member = list_members(&cell, &count);
        for (uint32_t m = 0; m < count; m++) {
            str value = cell_show(&member[m], room);
            if (wildcard_match(tag->value, value))
                TRY(put_tag(lists, tag, row, value));
        }
    }
    return OK;
}

static status find_tags(struct row_lists *lists)
{
    const struct tags_bound *bound = lists->op->stage->bound;

    for (uint32_t i = 0; i < bound->count; i++) {
        const struct name *into = names_intern(lists->op->run->names, bound->tag[i].into);
        TRY_NEW(into);
        TRY(find_tag(lists, &bound->tag[i]));
        if (i + 1 == bound->count || !str_equal(bound->tag[i].into, bound->tag[i + 1].into))
            TRY(row_lists_store(lists, into));
    }
    return OK;
}

static status tags_push(struct op *op, struct batch *in)
{
    return row_lists_emit(op, in, find_tags);
}

static const struct op_kind tags_kind = { "tags", .push = tags_push };

static status tags_open(const struct stage *stage, struct run *run, struct op **out)
{
    return op_new(&tags_kind, sizeof **out, stage, run, out);
}

const struct command command_tags = {
    .name = "tags", .usage = "tags [outputfield=<field>] [inclname=<bool>] [inclvalue=<bool>] [<fields>]",
    .summary = "The tags of the values of fields, as tag::<field> or all in one field",
    .params = tags_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct tags_bound),
    .bind = tags_bind, .needs = tags_needs, .gives = tags_gives, .open = tags_open,
    .example = { "tags outputfield=t host | table n t", "{\"n\":1}", "{\"n\":1}" },
};
