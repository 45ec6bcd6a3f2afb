#include "text/json_path.h"

#include "text/json.h"

bool json_path_parse(str text, struct json_path *out)
{
    size_t at = 0;

    *out = (struct json_path){ .count = 0 };
    while (at < text.size) {
        size_t from = at;
        if (out->count == JSON_PATH_STEPS)
            return false;
        if (text.at[at] == '{') {
            int64_t index = 0;
            for (at++; at < text.size && text.at[at] >= '0' && text.at[at] <= '9' && index < 1000000000; at++)
                index = index * 10 + (text.at[at] - '0');
            if (at == text.size || text.at[at] != '}')
                return false;
            if (at == from + 1) {
                index = -1;
                out->many = true;
            }
            out->step[out->count++] = (struct json_path_step){ .index = index };
            at++;
        } else {
            while (at < text.size && text.at[at] != '.' && text.at[at] != '{')
                at++;
            out->step[out->count++] = (struct json_path_step){ .key = str_slice(text, from, at) };
        }
        if (at < text.size && text.at[at] == '.')
            at++;
    }
    return true;
}

static bool key_is(struct arena *scratch, const struct json_walk *walk, str key)
{
    char  *room;
    size_t size;

    if (!walk->escaped)
        return str_equal(walk->text, key);
    room = arena_alloc(scratch, walk->text.size + 1);
    if (!room)
        return false;
    size = json_decode(walk->text, room);
    return str_equal((str){ room, size }, key);
}

/* The way down a path at work: one walk over the whole text, which has to be JSON to its end. */
struct way {
    const struct json_path *path;
    struct arena           *scratch;
    json_path_found         found;
    void                   *host;
    struct json_walk        walk;
    uint32_t                depth;                      /* containers that are open along the path */
    int64_t                 number[JSON_PATH_STEPS];    /* of the next element of each */
};

/* A value to which the first `depth` steps lead, of which `token` was read. */
static status way_value(struct way *way, enum json_token token)
{
    const struct json_path_step *step = &way->path->step[way->depth];
    str                     value;

    if (way->depth < way->path->count && token == (step->key.at ? JSON_OBJECT : JSON_ARRAY)) {
        way->number[way->depth++] = 0;
        return OK;
    }
    if (!json_skip(&way->walk, token, &value))
        return FAIL_DATA;
    return way->depth == way->path->count ? way->found(way->host, value) : OK;
}

/* A key, or an element, of the innermost container along the path. */
static status way_member(struct way *way, enum json_token token)
{
    const struct json_path_step *step = &way->path->step[way->depth - 1];
    bool                    wanted;
    str                     value;

    if (token == JSON_KEY) {
        wanted = key_is(way->scratch, &way->walk, step->key);
        if (wanted)
            token = json_next(&way->walk);
    } else {
        wanted = step->index < 0 || step->index == way->number[way->depth - 1];
        way->number[way->depth - 1]++;
    }
    if (wanted)
        return token == JSON_ERROR ? FAIL_DATA : way_value(way, token);
    return json_skip(&way->walk, token, &value) ? OK : FAIL_DATA;
}

status json_path_walk(str text, const struct json_path *path, struct arena *scratch, json_path_found found, void *host)
{
    struct way      way = { .path = path, .scratch = scratch, .found = found, .host = host };
    enum json_token token;

    json_walk_start(&way.walk, text);
    token = json_next(&way.walk);
    if (token == JSON_ERROR)
        return FAIL_DATA;
    TRY(way_value(&way, token));
    while (way.depth) {
        token = json_next(&way.walk);
        if (token == JSON_ERROR)
            return FAIL_DATA;
        if (token == JSON_OBJECT_END || token == JSON_ARRAY_END)
            way.depth--;
        else
            TRY(way_member(&way, token));
    }
    return json_next(&way.walk) == JSON_END ? OK : FAIL_DATA;
}
