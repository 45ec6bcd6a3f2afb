/* What may be typed next: from the same tables that read it afterwards. */
#include "api/lexicon.h"
#include "api/handles.h"
#include "syntax/outside.h"

#include <stdlib.h>

struct completing {
    struct buf               *out;
    const struct vocabulary  *words;
    const struct lexicon     *lexicon;
    str                       typed;        /* the beginning of the word at the end of the text */
    str                       command;      /* of the stage it stands in; empty: the word is the command's name */
    str                       option;       /* NAME= right before the word; empty: none */
};

static bool is_word(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static void offer(struct completing *to, str word, const char *behind)
{
    if (word.size < to->typed.size || !str_equal_nocase(str_slice(word, 0, to->typed.size), to->typed))
        return;
    buf_put(to->out, word);
    buf_text(to->out, behind);
    buf_byte(to->out, '\n');
}

static int compare_words(const void *a, const void *b)
{
    return str_compare(*(const str *)a, *(const str *)b);
}

static void offer_all(struct completing *to, const struct map *map, const char *behind)
{
    str *word = heap_zero(to->out->heap, map->count + 1, sizeof *word);

    if (!word) {
        to->out->failed = 1;
        return;
    }
    for (uint32_t i = 0; i < map->count; i++)
        word[i] = map->entry[i].key;
    qsort(word, map->count, sizeof *word, compare_words);
    for (uint32_t i = 0; i < map->count; i++)
        if (word[i].size && word[i].at[0] >= 'a' && word[i].at[0] <= 'z')
            offer(to, word[i], behind);
    heap_free(to->out->heap, word, (map->count + 1) * sizeof *word);
}

static void offer_choices(struct completing *to, const char *choices)
{
    str all = str_of(choices);

    for (size_t from = 0, end; from <= all.size; from = end + 1) {
        end = str_find(all, STR("|"), from);
        if (end == SIZE_MAX)
            end = all.size;
        offer(to, str_slice(all, from, end), "");
    }
}

static void offer_values(struct completing *to, const struct param *param)
{
    switch (param->kind) {
    case PARAM_BOOL:
        offer(to, STR("true"), "");
        offer(to, STR("false"), "");
        break;
    case PARAM_WORD:
        offer_choices(to, param->choices);
        break;
    default:
        break;
    }
}

static void offer_tables(struct completing *to)
{
    const struct map *defined = &to->lexicon->lookups, *tables = &to->lexicon->tables;

    for (uint32_t i = 0; i < defined->count; i++)
        offer(to, defined->entry[i].key, "");
    for (uint32_t i = 0; i < tables->count; i++)
        if (!map_get(defined, tables->entry[i].key))
            offer(to, tables->entry[i].key, "");
}

static void offer_param(struct completing *to, const struct param *param)
{
    switch (param->kind) {
    case PARAM_BY:          offer(to, STR("BY"), ""); break;
    case PARAM_RENAMES:     offer(to, STR("AS"), ""); break;
    case PARAM_AGGREGATES:
        offer_all(to, &to->words->aggregates, "(");
        offer(to, STR("AS"), "");
        break;
    case PARAM_EXPR:
    case PARAM_ASSIGNMENTS:
        offer_all(to, &to->words->functions, "(");
        break;
    case PARAM_SEARCH:      offer_choices(to, "AND|OR|NOT|IN"); break;
    case PARAM_WORD:
        if (param->place == PLACE_FIRST)
            offer_choices(to, param->choices);
        break;
    case PARAM_TABLE:       offer_tables(to); return;
    default:                break;
    }
    if (param->place == PLACE_KEYWORD && param->kind != PARAM_BY)
        offer(to, str_of(param->name), "");
    else if (param->place == PLACE_NAMED || param->place == PLACE_FIRST)
        offer(to, str_of(param->name), "=");
}

static void offer_arguments(struct completing *to)
{
    const struct command *command = vocabulary_command(to->words, to->command);

    for (const struct param *param = command ? command->params : NULL; param && param->kind != PARAM_END; param++)
        if (to->option.size == 0)
            offer_param(to, param);
        else if (str_is_nocase(to->option, param->name))
            offer_values(to, param);
        else if (param->place == PLACE_ALL && param->kind != PARAM_SEARCH)
            offer_all(to, &to->words->functions, "(");          /* eval x=, where a= */
}

/* The beginning of the stage that the end of the text stands in: behind the last pipe or bracket outside quotes. */
static str last_stage(str text, bool *first)
{
    size_t from = 0;

    *first = true;
    for (size_t at; (at = outside_find(text, from, "|[", NULL)) < text.size; from = at + 1)
        *first = text.at[at] == '[';
    return str_slice(text, from, text.size);
}

static void look_around(struct completing *to, str text)
{
    size_t at = text.size, end;
    str    stage;
    bool   first;

    while (at > 0 && is_word(text.at[at - 1]))
        at--;
    to->typed = str_slice(text, at, text.size);
    if (at > 0 && text.at[at - 1] == '=') {
        for (end = --at; at > 0 && is_word(text.at[at - 1]); at--)
            continue;
        to->option = str_slice(text, at, end);
    }
    stage = str_trim_blanks(last_stage(str_slice(text, 0, at), &first));
    for (end = 0; end < stage.size && is_word(stage.at[end]); end++)
        continue;
    to->command = str_slice(stage, 0, end);
    if (first && stage.size && !vocabulary_command(to->words, to->command))
        to->command = STR("search");                    /* a search without the word */
}

char *spl_engine_complete(const spl_engine *engine, const char *text, size_t size)
{
    struct lexicon   *lexicon = engine_lexicon(engine);
    struct completing to = { .words = &lexicon->vocabulary, .lexicon = lexicon, .option = STR("") };
    struct buf        out;

    buf_init(&out, &((struct spl_engine *)engine)->heap);
    to.out = &out;
    look_around(&to, text_given(text, size));
    if (to.command.size)
        offer_arguments(&to);
    else
        offer_all(&to, &to.words->commands, "");
    lexicon_release(lexicon);
    return text_take(&out);
}
