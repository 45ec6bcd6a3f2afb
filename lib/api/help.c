/* What words mean, for people: everything comes out of the rows of the words themselves. */
#include "api/builtin.h"
#include "api/lexicon.h"
#include "api/topics.h"
#include "read/feed.h"

#include <stdlib.h>

/* --- help ---------------------------------------------------------------------------------------------------------- */

/* A label before the first line, blanks before the others. */
static void put_lines(struct buf *out, const char *label, const char *text)
{
    while (text && *text) {
        size_t size = strcspn(text, "\n");
        buf_print(out, "  %-5s ", label);
        buf_put(out, str_make(text, size));
        buf_byte(out, '\n');
        text += size + (text[size] == '\n');
        label = "";
    }
}

static void put_examples(struct buf *out, const char *query, const char *input, const char *output)
{
    if (!query)
        return;
    buf_print(out, "\nExample\n  | %s\n", query);
    put_lines(out, "from ", input);
    if (strstr(query, EXAMPLE_SEARCH))
        put_lines(out, "saved", EXAMPLE_SEARCH_TEXT);
    if (strstr(query, EXAMPLE_TABLE))
        put_lines(out, "table", EXAMPLE_ROWS);
    put_lines(out, "gives", output);
}

static void put_aliases(struct buf *out, const char *const aliases[3])
{
    if (!aliases[0])
        return;
    buf_text(out, "Also called");
    for (uint32_t i = 0; i < 3 && aliases[i]; i++)
        buf_print(out, "%s %s", i ? "," : "", aliases[i]);
    buf_byte(out, '\n');
}

static void put_param(struct buf *out, const struct param *param)
{
    buf_print(out, "  %-14s", param->name);
    if (param->help)
        buf_print(out, " %s", param->help);
    if (param->kind == PARAM_WORD && param->choices)
        buf_print(out, "%s%s", param->help ? "; one of " : " one of ", param->choices);
    if (param->limit)
        buf_print(out, " (default %s: option %s)", limit_row(param->limit)->text, limit_row(param->limit)->name);
    else if (param->preset)
        buf_print(out, " (default %s)", param->preset);
    if (param->required)
        buf_text(out, " (required)");
    buf_byte(out, '\n');
}

static void help_command(struct buf *out, const struct command *command)
{
    buf_print(out, "%s: %s\n\nUsage\n  %s\n", command->name, command->summary, command->usage);
    put_aliases(out, command->aliases);
    if (command->params && command->params[0].kind != PARAM_END) {
        buf_text(out, "\nArguments\n");
        for (const struct param *param = command->params; param->kind != PARAM_END; param++)
            put_param(out, param);
    }
    if (command->keeps)
        buf_print(out, "\nStays in memory\n  %s\n", command->keeps);
    put_examples(out, command->example.query, command->example.input, command->example.output);
}

static void help_function(struct buf *out, const struct function *function)
{
    buf_print(out, "%s: %s\n\nUsage\n  %s\n", function->name, function->summary, function->usage);
    put_aliases(out, function->aliases);
    put_examples(out, function->example.query, function->example.input, function->example.output);
}

static void help_aggregate(struct buf *out, const struct aggregate *aggregate)
{
    buf_print(out, "%s: %s\n\nUsage\n  %s\n", aggregate->name, aggregate->summary, aggregate->usage);
    put_aliases(out, aggregate->aliases);
    put_examples(out, aggregate->example.query, aggregate->example.input, aggregate->example.output);
}

struct lexicon *engine_lexicon(const struct spl_engine *engine)
{
    struct spl_engine *mine = (struct spl_engine *)engine;
    struct lexicon    *lexicon;

    mutex_lock(&mine->lock);
    lexicon = lexicon_retain(mine->lexicon);
    mutex_unlock(&mine->lock);
    return lexicon;
}

char *spl_engine_help(const spl_engine *engine, const char *word)
{
    struct lexicon          *lexicon = engine_lexicon(engine);
    const struct vocabulary *words = &lexicon->vocabulary;
    struct buf               out;
    bool                     found = false;

    buf_init(&out, &((struct spl_engine *)engine)->heap);
    found = topic_put(&out, words, str_of(word));
    if (vocabulary_command(words, str_of(word))) {
        buf_text(&out, found ? "\n" : "");
        help_command(&out, vocabulary_command(words, str_of(word)));
        found = true;
    }
    if (vocabulary_aggregate(words, str_of(word), NULL)) {
        buf_text(&out, found ? "\n" : "");
        help_aggregate(&out, vocabulary_aggregate(words, str_of(word), NULL));
        found = true;
    }
    if (vocabulary_function(words, str_of(word))) {
        buf_text(&out, found ? "\n" : "");
        help_function(&out, vocabulary_function(words, str_of(word)));
        found = true;
    }
    if (!found && vocabulary_absent(words, str_of(word))) {
        buf_print(&out, "%s: not available: %s\n", word, vocabulary_absent(words, str_of(word))->reason);
        found = true;
    }
    lexicon_release(lexicon);
    if (found)
        return text_take(&out);
    buf_free(&out);
    return NULL;
}

/* --- lists --------------------------------------------------------------------------------------------------------- */

static int compare_keys(const void *a, const void *b)
{
    return str_compare(*(const str *)a, *(const str *)b);
}

static void put_keys(struct buf *out, const struct map *map)
{
    str     *key = heap_zero(out->heap, map->count + 1, sizeof *key);
    uint32_t count = 0;

    if (!key) {
        out->failed = 1;
        return;
    }
    for (uint32_t i = 0; i < map->count; i++) {
        unsigned char first = (unsigned char)*map->entry[i].key.at;
        if (first >= 'a' && first <= 'z')           /* operators are functions too, but no words */
            key[count++] = map->entry[i].key;
    }
    qsort(key, count, sizeof *key, compare_keys);
    for (uint32_t i = 0; i < count; i++) {
        buf_put(out, key[i]);
        buf_byte(out, '\n');
    }
    heap_free(out->heap, key, (map->count + 1) * sizeof *key);
}

static const struct map *map_of(const struct vocabulary *words, str kind)
{
    if (str_is(kind, "command"))
        return &words->commands;
    if (str_is(kind, "function"))
        return &words->functions;
    return str_is(kind, "aggregate") ? &words->aggregates : NULL;
}

char *spl_engine_words(const spl_engine *engine, const char *kind)
{
    struct lexicon   *lexicon = engine_lexicon(engine);
    const struct map *map = map_of(&lexicon->vocabulary, str_of(kind));
    struct buf        out;

    buf_init(&out, &((struct spl_engine *)engine)->heap);
    if (map)
        put_keys(&out, map);
    lexicon_release(lexicon);
    return map ? text_take(&out) : NULL;
}

/* --- what is there ------------------------------------------------------------------------------------------------- */

static bool has_word(const struct vocabulary *words, str kind, str name)
{
    if (str_is(kind, "command"))
        return vocabulary_command(words, name);
    if (str_is(kind, "function"))
        return vocabulary_function(words, name);
    return str_is(kind, "aggregate") && vocabulary_aggregate(words, name, NULL);
}

static bool has_part(str kind, str name)
{
    if (str_is(kind, "option"))
        for (size_t i = 0; spl_options(i); i++)
            if (str_is(name, spl_options(i)->name))
                return true;
    if (str_is(kind, "format"))
        return writer_named(name) || format_named(name);
    return str_is(kind, "feature") && str_is(name, "arrow");
}

static int32_t answer(const struct vocabulary *words, const char *what)
{
    str    text = str_of(what), kind;
    size_t colon = what ? str_find(text, STR(":"), 0) : SIZE_MAX;

    if (colon == SIZE_MAX)
        return 0;
    kind = str_slice(text, 0, colon);
    text = str_slice(text, colon + 1, text.size);
    return has_part(kind, text) || has_word(words, kind, text);
}

int32_t spl_engine_has(const spl_engine *engine, const char *what)
{
    struct lexicon *lexicon = engine_lexicon(engine);
    int32_t         result = answer(&lexicon->vocabulary, what);

    lexicon_release(lexicon);
    return result;
}

int32_t spl_has(const char *what)
{
    struct heap       heap;
    struct vocabulary words;
    int32_t           result = 0;

    heap_init(&heap, NULL, NULL, 0);
    if (builtin_words(&words, &heap) == OK)
        result = answer(&words, what);
    vocabulary_free(&words);
    return result;
}

int32_t spl_version(void)
{
    return SPL_VERSION;
}
