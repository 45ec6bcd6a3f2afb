#include "catalog/vocabulary.h"

#include "base/suggest.h"
#include "value/number.h"

enum { WORD_MOST = 64 };        /* no word of ours is longer */

void vocabulary_init(struct vocabulary *words, struct heap *heap)
{
    words->heap = heap;
    map_init(&words->functions, heap);
    map_init(&words->aggregates, heap);
    map_init(&words->commands, heap);
    map_init(&words->absent, heap);
}

void vocabulary_free(struct vocabulary *words)
{
    map_free(&words->functions);
    map_free(&words->aggregates);
    map_free(&words->commands);
    map_free(&words->absent);
}

static status copy_map(struct map *out, const struct map *from)
{
    for (uint32_t i = 0; i < from->count; i++)
        TRY(map_put(out, from->entry[i].key, from->entry[i].value));
    return OK;
}

status vocabulary_copy(struct vocabulary *out, const struct vocabulary *from)
{
    vocabulary_init(out, from->heap);
    TRY(copy_map(&out->functions, &from->functions));
    TRY(copy_map(&out->aggregates, &from->aggregates));
    TRY(copy_map(&out->commands, &from->commands));
    return copy_map(&out->absent, &from->absent);
}

static status add(struct map *words, const char *name, const char *const aliases[3], const void *row)
{
    TRY(map_put(words, str_of(name), (void *)row));
    for (uint32_t i = 0; aliases && i < 3 && aliases[i]; i++)
        TRY(map_put(words, str_of(aliases[i]), (void *)row));
    return OK;
}

status vocabulary_add_function(struct vocabulary *words, const struct function *function)
{
    return add(&words->functions, function->name, function->aliases, function);
}

status vocabulary_add_aggregate(struct vocabulary *words, const struct aggregate *aggregate)
{
    return add(&words->aggregates, aggregate->name, aggregate->aliases, aggregate);
}

status vocabulary_add_command(struct vocabulary *words, const struct command *command)
{
    return add(&words->commands, command->name, command->aliases, command);
}

status vocabulary_add_absent(struct vocabulary *words, const struct absent *absent)
{
    return add(&words->absent, absent->name, NULL, absent);
}

/* The word in lower case, in `room`; empty when it is too long to be one of ours. */
static str lower(str word, char room[WORD_MOST])
{
    if (word.size > WORD_MOST)
        return STR("");
    for (size_t i = 0; i < word.size; i++)
        room[i] = word.at[i] >= 'A' && word.at[i] <= 'Z' ? (char)(word.at[i] | 0x20) : word.at[i];
    return str_make(room, word.size);
}

static void *find(const struct map *words, str name)
{
    char room[WORD_MOST];
    return map_get(words, lower(name, room));
}

const struct function *vocabulary_function(const struct vocabulary *words, str name)
{
    return find(&words->functions, name);
}

const struct command *vocabulary_command(const struct vocabulary *words, str name)
{
    return find(&words->commands, name);
}

const struct absent *vocabulary_absent(const struct vocabulary *words, str name)
{
    return find(&words->absent, name);
}

/* Digits, one point among them at most: no sign, no exponent. */
static bool is_percentile(str text)
{
    bool digits = false, point = false;

    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] == '.' && !point)
            point = true;
        else if (text.at[i] >= '0' && text.at[i] <= '9')
            digits = true;
        else
            return false;
    }
    return digits;
}

const struct aggregate *vocabulary_aggregate(const struct vocabulary *words, str name, double *percent)
{
    char                    room[WORD_MOST];
    str                     word = lower(name, room), digits;
    const struct aggregate *aggregate = map_get(&words->aggregates, word);
    size_t                  letters = 0;
    double                  number;

    if (aggregate)
        return aggregate->percent && percent ? NULL : aggregate;        /* perc without its number is no name */
    while (letters < word.size && word.at[letters] >= 'a' && word.at[letters] <= 'z')
        letters++;
    digits = str_slice(word, letters, word.size);
    aggregate = map_get(&words->aggregates, str_slice(word, 0, letters));
    if (!aggregate || !aggregate->percent || !is_percentile(digits) || !number_parse(digits, &number, NULL) || number > 100)
        return NULL;
    if (percent)
        *percent = number;
    return aggregate;
}

str vocabulary_suggest(const struct map *words, str name)
{
    struct suggest near = suggest_for(name);

    for (uint32_t i = 0; i < words->count; i++)
        suggest_offer(&near, words->entry[i].key);
    return near.best;
}
