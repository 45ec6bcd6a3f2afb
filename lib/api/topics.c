/* Help by topic: all words of a kind, a line each, under the heads of their families. */
#include "api/builtin.h"
#include "api/topics.h"

#include <stdlib.h>

enum { WIDTH = 28 };

struct line {
    const char *head, *usage, *summary, *name;
};

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct line *)a)->name, ((const struct line *)b)->name);
}

static void put_line(struct buf *out, const struct line *line, bool usage)
{
    const char *left = usage ? line->usage : line->name;
    size_t      size = strlen(left);

    buf_print(out, "  %s", left);
    if (size >= WIDTH)
        buf_byte(out, '\n');
    buf_repeat(out, ' ', size < WIDTH ? WIDTH - size : WIDTH + 2);
    buf_print(out, " %s\n", line->summary);
}

/* By heads, in the order given; without heads in one list. */
static void put_lines(struct buf *out, struct line *line, uint32_t count, const char *const *heads, bool usage)
{
    qsort(line, count, sizeof *line, compare);
    for (uint32_t h = 0; heads ? heads[h] != NULL : h == 0; h++) {
        bool begun = !heads;

        for (uint32_t i = 0; i < count; i++) {
            if (heads && strcmp(line[i].head, heads[h]) != 0)
                continue;
            if (!begun)
                buf_print(out, "%s%s\n", out->size ? "\n" : "", heads[h]);
            begun = true;
            put_line(out, &line[i], usage);
        }
    }
}

/* What a command does to rows, from its traits. */
static const char *const command_heads[] = {
    "Make rows", "Keep some rows", "Change rows one by one", "Look at rows in order, or at all of them",
    "Make a table of all rows", "Do something outside", NULL
};

static const char *head_of(const struct command *command)
{
    if (command->traits & TRAIT_EFFECT)
        return command_heads[5];
    if (command->traits & TRAIT_GENERATES)
        return command_heads[0];
    if (command->traits & TRAIT_FILTER)
        return command_heads[1];
    if (command->traits & TRAIT_ROWWISE)
        return command_heads[2];
    return command_heads[command->traits & TRAIT_TRANSFORMS ? 4 : 3];
}

static void put_commands(struct buf *out, const struct map *map, struct line *line)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < map->count; i++) {
        const struct command *command = map->entry[i].value;
        if (str_is(map->entry[i].key, command->name))
            line[count++] = (struct line){ head_of(command), command->usage, command->summary, command->name };
    }
    put_lines(out, line, count, command_heads, false);
}

static void put_memory(struct buf *out, const struct map *map, struct line *line)
{
    uint32_t count = 0;

    buf_text(out, "Rows, groups and distinct values that do not fit into limit.memory go to disk, if there is a folder for\n"
                  "them (temp.directory). What follows stays in memory; where it does not fit the search ends with an\n"
                  "error.\n\n");
    for (uint32_t i = 0; i < map->count; i++) {
        const struct command *command = map->entry[i].value;
        if (command->keeps && str_is(map->entry[i].key, command->name))
            line[count++] = (struct line){ "", command->usage, command->keeps, command->name };
    }
    put_lines(out, line, count, NULL, false);
}

static void put_aggregates(struct buf *out, const struct map *map, struct line *line)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < map->count; i++) {
        const struct aggregate *aggregate = map->entry[i].value;
        if (str_is(map->entry[i].key, aggregate->name))
            line[count++] = (struct line){ "", aggregate->usage, aggregate->summary, aggregate->name };
    }
    put_lines(out, line, count, NULL, true);
}

static void put_functions(struct buf *out, const struct map *map, struct line *line)
{
    const char *heads[32] = { NULL };
    uint32_t    count = 0, families = 0;

    for (uint32_t i = 0; i < map->count; i++) {
        const struct function *function = map->entry[i].value;
        const char            *family = builtin_family(function);
        uint32_t               h = 0;

        if (!str_is(map->entry[i].key, function->name))
            continue;
        family = family ? family : "of this program";
        while (h < families && strcmp(heads[h], family) != 0)
            h++;
        if (h == families && families + 1 < COUNT_OF(heads))
            heads[families++] = family;
        line[count++] = (struct line){ family, function->usage, function->summary, function->name };
    }
    put_lines(out, line, count, heads, true);
}

bool topic_put(struct buf *out, const struct vocabulary *words, str topic)
{
    static const struct {
        const char *name;
        size_t      map;
        void      (*put)(struct buf *out, const struct map *map, struct line *line);
    } topics[] = {
        { "commands", offsetof(struct vocabulary, commands), put_commands },
        { "functions", offsetof(struct vocabulary, functions), put_functions },
        { "aggregates", offsetof(struct vocabulary, aggregates), put_aggregates },
        { "memory", offsetof(struct vocabulary, commands), put_memory },
    };

    for (size_t i = 0; i < COUNT_OF(topics); i++) {
        const struct map *map = (const struct map *)((const char *)words + topics[i].map);
        struct line      *line;

        if (!str_is_nocase(topic, topics[i].name))
            continue;
        line = heap_zero(out->heap, map->count + 1, sizeof *line);
        if (line)
            topics[i].put(out, map, line);
        else
            out->failed = 1;
        heap_free(out->heap, line, (map->count + 1) * sizeof *line);
        return true;
    }
    return false;
}
