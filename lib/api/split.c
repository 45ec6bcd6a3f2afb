/* A query divided among parts of its input: plan/halves.c has the texts. */
#include "api/handles.h"
#include "plan/plan.h"

static bool is_plain(str name)
{
    return !memchr(name.at, '"', name.size) && !memchr(name.at, '\\', name.size) && !memchr(name.at, '*', name.size);
}

/* Rows that only pass need no more fields than the other half reads. */
static status put_fields(const struct wanted *read, struct buf *text)
{
    if (read->all || read->patterns || !read->names)
        return OK;
    for (uint32_t i = 0; i < read->names; i++)
        if (!is_plain(read->name[i]))
            return OK;
    for (uint32_t i = 0; i < read->names; i++) {
        buf_text(text, i ? ", \"" : " | table \"");
        buf_put(text, read->name[i]);
        buf_byte(text, '"');
    }
    return buf_status(text);
}

static status make_map(const struct spl_query *query, const struct spl_query *reduce, struct spl_query **map,
                       struct spl_error **err)
{
    const struct plan_halves *halves = &query->plan->halves;
    struct buf                text;
    status                    result;

    buf_init(&text, &query->engine->heap);
    buf_put(&text, halves->map);
    if (!halves->merge.size)
        put_fields(&reduce->plan->read, &text);
    result = buf_status(&text) == OK ? query_compile_like(query, buf_str(&text), true, false, map, err)
                                     : error_out_of_memory(err);
    buf_free(&text);
    return result;
}

spl_status spl_query_split(const spl_query *query, spl_query **map, spl_query **merge, spl_query **reduce, spl_error **err)
{
    const struct plan_halves *halves = &query->plan->halves;
    struct spl_query         *made[3] = { NULL, NULL, NULL };
    status                    result = query_compile_like(query, halves->reduce, false, true, &made[2], err);

    if (result == OK && halves->map.size)
        result = make_map(query, made[2], &made[0], err);
    if (result == OK && halves->merge.size)
        result = query_compile_like(query, halves->merge, true, true, &made[1], err);
    for (int i = 0; i < 3 && result != OK; i++) {
        query_release(made[i]);
        made[i] = NULL;
    }
    *map = made[0];
    if (merge)
        *merge = made[1];
    else
        query_release(made[1]);
    *reduce = made[2];
    return result;
}
