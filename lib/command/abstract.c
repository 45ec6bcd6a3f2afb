/* abstract [maxterms=] [maxlines=]: of events with more lines than that those that matter (commands 3).
 *
 * As Splunk's reference says, lines with words that were searched for come first, and lines beside such lines; three dots
 * stand before lines in front of which others were left out. How much each counts is ours: a word two, in the line before or
 * behind one. Of equal lines the first ones are kept. */
#include "command/change.h"
#include "command/keywords.h"

#include <stdlib.h>

enum { MAXTERMS, MAXLINES };

static const struct param abstract_params[] = {
    [MAXTERMS] = { "maxterms", PARAM_COUNT, PLACE_NAMED, .preset = "1000", .least = 1, .most = 1000,
                   .help = "so many of the words that were searched for count" },
    [MAXLINES] = { "maxlines", PARAM_COUNT, PLACE_NAMED, .preset = "10", .least = 1, .most = 500, .help = "lines to keep" },
    { 0 }
};

struct abstract {
    struct op          op;
    const struct name *raw;
    struct term      **term;
    uint32_t           terms, most;
    struct buf         text;
};

struct line {
    str      text;
    uint32_t number, words;             /* found in it */
    uint64_t score;
};

static status cut_lines(str text, struct arena *arena, struct line **out, uint32_t *count)
{
    uint32_t most = 1;

    for (size_t i = 0; i < text.size; i++)
        most += text.at[i] == '\n';
    TRY_NEW(*out = ARENA_ARRAY(arena, struct line, most));
    *count = 0;
    for (size_t from = 0, to; from < text.size; from = to + 1) {
        for (to = from; to < text.size && text.at[to] != '\n';)
            to++;
        (*out)[*count] = (struct line){ .text = str_slice(text, from, to), .number = *count };
        (*count)++;
    }
    return OK;
}

static void find_words(const struct abstract *abstract, str text, struct line *line)
{
    for (uint32_t t = 0; t < abstract->terms; t++) {
        struct line *at = line;

        for (size_t from = 0; (from = term_find(abstract->term[t], text, from)) != SIZE_MAX; from++) {
            while (text.at + from > at->text.at + at->text.size)
                at++;
            at->words++;
        }
    }
}

static int by_score(const void *left, const void *right)
{
    const struct line *a = left, *b = right;

    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static int by_number(const void *left, const void *right)
{
    const struct line *a = left, *b = right;

    return a->number < b->number ? -1 : a->number > b->number;
}

static status shorten(void *host, const struct cell *in, struct arena *arena, struct cell *out)
{
    struct abstract *abstract = host;
    struct line     *line;
    uint32_t         count;
    str              made;

    *out = *in;
    if (in->kind != KIND_TEXT)
        return OK;
    TRY(cut_lines(cell_str(in), &abstract->op.step, &line, &count));
    if (count <= abstract->most)
        return OK;
    find_words(abstract, cell_str(in), line);
    for (uint32_t i = 0; i < count; i++)
        line[i].score = 2 * (uint64_t)line[i].words + (i ? line[i - 1].words : 0) + (i + 1 < count ? line[i + 1].words : 0);
    qsort(line, count, sizeof *line, by_score);
    qsort(line, abstract->most, sizeof *line, by_number);
    buf_clear(&abstract->text);
    for (uint32_t i = 0; i < abstract->most; i++) {
        buf_text(&abstract->text, i ? "\n" : "");
        buf_text(&abstract->text, line[i].number > (i ? line[i - 1].number + 1 : 0) ? "..." : "");
        buf_put(&abstract->text, line[i].text);
    }
    TRY(buf_status(&abstract->text));
    TRY_NEW((made = arena_str(arena, buf_str(&abstract->text))).at);
    *out = cell_field_text(made);
    return OK;
}

static status shorten_members(void *host, const struct cell *in, struct arena *arena, struct cell *out)
{
    struct change scalar = { shorten, host };

    return change_members(&scalar, in, arena, out);
}

static status abstract_push(struct op *op, struct batch *in)
{
    struct abstract *abstract = container_of(op, struct abstract, op);
    struct change    change = { shorten_members, abstract };

    return change_push(op, &change, in, abstract->raw);
}

static void abstract_close(struct op *op)
{
    buf_free(&container_of(op, struct abstract, op)->text);
}

static const struct op_kind abstract_kind = { "abstract", .push = abstract_push, .close = abstract_close };

static status abstract_bind(struct binder *binder, struct stage *stage)
{
    return keywords_find(binder, stage, stage->bound);
}

static status abstract_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct abstract *abstract;

    TRY(op_new(&abstract_kind, sizeof *abstract, stage, run, out));
    abstract = container_of(*out, struct abstract, op);
    buf_init(&abstract->text, (*out)->context->heap);
    abstract->most = (uint32_t)stage_argument(stage, MAXLINES)->number;
    TRY_NEW(abstract->raw = names_intern(run->names, STR("_raw")));
    return keywords_compile(stage->bound, (uint32_t)stage_argument(stage, MAXTERMS)->number, (*out)->context->cpu,
                            &(*out)->arena, &abstract->term, &abstract->terms);
}

const struct command command_abstract = {
    .name = "abstract", .aliases = { "excerpt" }, .usage = "abstract [maxterms=<count>] [maxlines=<count>]",
    .summary = "The lines of events that matter for the search",
    .params = abstract_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct keywords),
    .bind = abstract_bind, .gives = columns_stay, .open = abstract_open,
    .example = { "error | eval _raw=x | abstract maxlines=2 | table _raw", "{\"x\":\"a\\nb\\nan error\\nc\\nd\"}",
                 "{\"_raw\":\"...b\\nan error\"}" },
};
