/* Rows found by an index against rows found by looking at all of them, over made-up patterns, blocks and texts; CSV files of
 * any bytes. */
#include "check.h"

#include "base/compiler.h"
#include "base/hash.h"
#include "knowledge/csv_table.h"
#include "knowledge/match_index.h"
#include "text/fold.h"
#include "text/wildcard.h"

#include <stdlib.h>
#include <unistd.h>

enum { PLACES = 60, MATCHES = 3, KEYS = 20 };

static uint64_t state = 1;

static uint32_t draw(uint32_t below)
{
    state += 0x9e3779b97f4a7c15u;
    return (uint32_t)(hash_u64(state) % below);
}

/* --- made-up values ------------------------------------------------------------------------------------------------ */

static str make_block(struct arena *arena)
{
    char text[64];
    int  size;

    if (draw(6) == 0)
        size = snprintf(text, sizeof text, "2001:db8:%x::%x/%u", draw(3), draw(3), draw(129));
    else
        size = snprintf(text, sizeof text, "10.%u.%u.%u/%u", draw(2), draw(2), draw(4), draw(33));
    if (draw(4) == 0)
        size = (int)(strchr(text, '/') - text);
    if (draw(20) == 0)
        size -= 1;
    return arena_str(arena, str_make(text, (size_t)size));
}

/* Few letters, so that much matches; among them two that fold beyond ASCII. */
static str make_text(struct arena *arena, bool stars)
{
    static const char *const letters[] = { "a", "A", "b", "k", "\xe2\x84\xaa", "\xc3\x84", "\xc3\xa4", "*", "x" };
    char                     text[64];
    size_t                   size = 0;

    for (uint32_t left = draw(12); left > 0; left--) {
        const char *letter = letters[draw(COUNT_OF(letters))];

        if (*letter == '*' && !stars)
            continue;
        memcpy(text + size, letter, strlen(letter));
        size += strlen(letter);
    }
    return arena_str(arena, str_make(text, size));
}

static str make_value(struct arena *arena, enum match_type type, bool key)
{
    return type == MATCH_CIDR ? make_block(arena) : make_text(arena, type == MATCH_WILDCARD && !key);
}

/* --- without an index ---------------------------------------------------------------------------------------------- */

static bool matches_one(enum match_type type, bool any_case, const struct cell *cell, str key, struct arena *arena)
{
    struct wildcard *pattern;
    struct cidr      block;
    str              text = cell_str(cell);

    if (cell->kind == KIND_NULL)
        return false;
    if (type == MATCH_CIDR)
        return cidr_parse(text, &block) && cidr_contains_text(&block, key);
    if (type == MATCH_EXACT)
        return any_case ? str_equal(fold_copy(arena, text), fold_copy(arena, key)) : str_equal(text, key);
    return wildcard_compile(arena, CPU_PORTABLE, WILDCARD_STAR, any_case, text, &pattern) == OK && wildcard_match(pattern, key);
}

struct trial {
    enum match_type type[MATCHES];
    struct cell     cell[MATCHES][PLACES];
    uint32_t        matches, places, most;
    bool            any_case;
};

static uint32_t look_at_all(const struct trial *trial, const str *key, uint32_t first, uint32_t end, uint32_t *found,
                            struct arena *arena)
{
    uint32_t count = 0;

    for (uint32_t place = first; place < end && count < trial->most; place++) {
        bool all = true;

        for (uint32_t m = 0; m < trial->matches && all; m++)
            all = matches_one(trial->type[m], trial->any_case, &trial->cell[m][place], key[m], arena);
        if (all)
            found[count++] = place;
    }
    return count;
}

/* --- trials -------------------------------------------------------------------------------------------------------- */

static void make_trial(struct trial *trial, struct arena *arena)
{
    trial->matches = 1 + draw(MATCHES);
    trial->places = draw(PLACES + 1);
    trial->most = 1 + draw(draw(2) ? 3 : PLACES);
    trial->any_case = draw(2);
    for (uint32_t m = 0; m < trial->matches; m++) {
        trial->type[m] = (enum match_type)draw(3);
        for (uint32_t place = 0; place < trial->places; place++)
            trial->cell[m][place] = draw(15) ? cell_field_text(make_value(arena, trial->type[m], false)) : cell_null();
    }
}

static bool build(const struct trial *trial, struct match_index *index, struct arena *arena)
{
    index->matches = trial->matches;
    index->key = ARENA_ARRAY(arena, struct match_column *, trial->matches);
    for (uint32_t m = 0; m < trial->matches; m++) {
        index->key[m] = ARENA_NEW(arena, struct match_column);
        index->key[m]->type = trial->type[m];
        index->key[m]->places = trial->places;
        if (trial->type[m] == MATCH_CIDR || draw(2))
            index->leader = m;
        if (match_column_make(index->key[m], arena, CPU_PORTABLE, trial->any_case, trial->cell[m], NULL) != OK)
            return false;
    }
    return match_index_build(index, arena) == OK;
}

static bool try_key(const struct trial *trial, struct match_search *search, struct arena *arena)
{
    str      key[MATCHES], folded[MATCHES];
    uint32_t want[PLACES], count, before = search->count;

    for (uint32_t m = 0; m < trial->matches; m++) {
        key[m] = make_value(arena, trial->type[m], true);
        if (draw(3) == 0 && trial->places) {
            const struct cell *cell = &trial->cell[m][draw(trial->places)];
            if (cell->kind == KIND_TEXT)
                key[m] = cell_str(cell);
        }
        folded[m] = trial->any_case && trial->type[m] != MATCH_CIDR ? fold_copy(arena, key[m]) : key[m];
    }
    search->text = folded;
    search->first = draw(3) ? 0 : draw(trial->places + 1);
    search->end = draw(3) ? trial->places : search->first + draw(trial->places - search->first + 1);
    search->number++;
    count = look_at_all(trial, key, search->first, search->end, want, arena);
    if (match_search_run(search) != OK || search->count - before != count)
        return false;
    return count == 0 || memcmp(search->found + before, want, count * sizeof *want) == 0;
}

static void run_trials(struct heap *heap, uint32_t trials)
{
    uint32_t wrong = 0;

    for (uint32_t i = 0; i < trials; i++) {
        struct arena        arena;
        struct trial        trial;
        struct match_index  index = { 0 };
        struct match_search search = { .index = &index, .arena = &arena };

        arena_init(&arena, heap);
        make_trial(&trial, &arena);
        CHECK(build(&trial, &index, &arena));
        search.most = trial.most;
        search.address = ARENA_ARRAY(&arena, struct address, MATCHES);
        search.seen = ARENA_ARRAY(&arena, uint32_t, index.grams.count + (size_t)1);
        for (uint32_t k = 0; k < KEYS && wrong < 5; k++) {
            bool good = try_key(&trial, &search, &arena);
            CHECK(good);
            wrong += !good;
        }
        arena_free(&arena);
    }
}

/* --- files --------------------------------------------------------------------------------------------------------- */

/* Every row has as many cells as there are columns, and their texts lie in the file. */
static bool is_sound(const struct csv_table *table)
{
    for (uint32_t c = 0; c < table->columns; c++)
        for (uint32_t r = 0; r < table->rows; r++) {
            const struct cell *cell = &table->column[c][r];

            if (cell->kind != KIND_NULL &&
                (cell->kind != KIND_TEXT || cell->size == 0 || cell->text < table->bytes ||
                 cell->text + cell->size > table->bytes + table->capacity))
                return false;
        }
    return table->columns > 0;
}

static void read_anything(struct heap *heap, uint32_t trials)
{
    static const char bytes[] = "aab,,\"\"\n\n\r \xef\xbb\xbf\x1f\x8b";
    char              path[] = "/tmp/spl_csv_XXXXXX";
    int               file = mkstemp(path);

    CHECK(file >= 0);
    for (uint32_t i = 0; i < trials; i++) {
        char              text[64], reason[CSV_REASON] = "";
        uint32_t          size = draw(sizeof text);
        struct csv_table *table;
        status            result;

        for (uint32_t k = 0; k < size; k++)
            text[k] = bytes[draw(sizeof bytes - 1)];
        CHECK(pwrite(file, text, size, 0) == (ssize_t)size && ftruncate(file, size) == 0);
        result = csv_table_read(heap, path, 0, &table, reason);
        CHECK(result == OK ? is_sound(table) : result == FAIL_DATA && *reason);
        csv_table_release(table);
    }
    close(file);
    unlink(path);
}

int main(int count, char **argument)
{
    struct heap heap;

    heap_init(&heap, NULL, NULL, 0);
    state = count > 2 ? strtoull(argument[2], NULL, 10) : 1;
    run_trials(&heap, count > 1 ? (uint32_t)atoi(argument[1]) : 2000);
    read_anything(&heap, 300);
    CHECK(atomic_load(&heap.used) == 0);
    return check_done();
}
