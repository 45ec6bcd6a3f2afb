/* The search of map: no value changes which commands a search has, in whatever quotes, maps and brackets it is put. */
#include "check.h"

#include "syntax/dollars.h"
#include "syntax/parse.h"

enum { TRIES = 60000, PIECES_MOST = 12, TEXT_MOST = 4096 };

static uint64_t state = 88172645463325252u;

static uint32_t below(uint32_t most)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state % most);
}

static const char *const pieces[] = {
    "search ", "a=", "$f$", "$f$", "$g$", " ", "\"", "\"", "\\\"", "\\\\", "\\", "'", " | where ", " | eval x=", " | map search=\"search ",
    " | map maxsearches=3 [search ", " [search ", "] ", "$$", "$$f$$", "where 'b c'=", ",", "O'Brien ", "| map search = \"search ",
    "\\\\\\\"",
};
static const char *const values[] = {
    "x", "a b", "\"", "\\", "\\\"", "'", "|", "[", "]", "\" | delete | x=\"", "\\\" | delete", "[| makeresults]",
    "' + [| delete] + '", "$f$", "$$", "`m`", "```", "\\\\\" ] | x", "\n", "", "or", "a\\",
};

static size_t put(char *text, size_t size, const char *piece)
{
    size_t more = strlen(piece);

    if (size + more >= TEXT_MOST)
        return size;
    memcpy(text + size, piece, more);
    return size + more;
}

static bool fill_in(const struct dollars *dollars, str value, struct buf *out)
{
    buf_clear(out);
    for (uint32_t i = 0; i + 1 < dollars->count; i++)
        if (!dollar_put(out, &dollars->item[i], value))
            return false;
    buf_put(out, dollars->item[dollars->count - 1].before);
    return true;
}

/* Commands, pipes and brackets, and those in searches of maps inside. */
static void outline(struct arena *arena, struct passage passage, uint32_t depth, struct buf *out)
{
    struct pipeline pipeline = { 0 };
    struct tokens   tokens;

    if (depth > 6 || parse_pipeline(arena, NULL, passage, NULL, &pipeline) != OK) {
        buf_text(out, "?");
        return;
    }
    for (uint32_t i = 0; i < pipeline.count; i++) {
        buf_print(out, "%.*s(", SHOW(pipeline.clause[i].name));
        if (parse_tokens(arena, NULL, clause_argument(&pipeline.clause[i]), &tokens) == OK)
            for (uint32_t j = 0; j < tokens.count; j++) {
                const struct token *token = &tokens.item[j];

                if (token->value_kind == TOKEN_BRACKET)
                    outline(arena, token_passage(&tokens, token), depth + 1, out);
                else if (str_is(pipeline.clause[i].name, "map") && str_is(token->name, "search"))
                    outline(arena, passage_of(token->text), depth + 1, out);
            }
        buf_text(out, ")");
    }
}

static void try_one(struct heap *heap)
{
    struct arena   arena;
    struct dollars dollars;
    struct buf     plain, nasty, is, should;
    char           text[TEXT_MOST];
    size_t         size = put(text, 0, "search ");
    const char    *value = values[below(COUNT_OF(values))];

    arena_init(&arena, heap);
    buf_init(&plain, heap);
    buf_init(&nasty, heap);
    buf_init(&is, heap);
    buf_init(&should, heap);
    for (uint32_t i = below(PIECES_MOST); i + 1 > 0; i--)
        size = put(text, size, pieces[below(COUNT_OF(pieces))]);
    if (dollars_read(&arena, str_make(text, size), &dollars) == OK && fill_in(&dollars, STR("x"), &plain) &&
        fill_in(&dollars, str_of(value), &nasty)) {
        outline(&arena, passage_of(buf_str(&plain)), 0, &should);
        outline(&arena, passage_of(buf_str(&nasty)), 0, &is);
        if (memchr(should.at, '?', should.size))            /* map refuses what is no search with a plain word in it */
            is.size = should.size = 0;
        if (!str_equal(buf_str(&is), buf_str(&should)))
            printf("%.*s\n  with %s\n  %.*s\n", (int)size, text, value, SHOW(buf_str(&nasty)));
        CHECK(str_equal(buf_str(&is), buf_str(&should)));
    }
    buf_free(&should);
    buf_free(&is);
    buf_free(&nasty);
    buf_free(&plain);
    arena_free(&arena);
}

int main(void)
{
    struct heap heap;

    heap_init(&heap, NULL, NULL, 0);
    for (int i = 0; i < TRIES && check_failed < 5; i++)
        try_one(&heap);
    CHECK(atomic_load(&heap.used) == 0);
    return check_done();
}
