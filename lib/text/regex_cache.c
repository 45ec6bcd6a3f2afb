#include "text/regex.h"

#include "base/compiler.h"
#include "base/hash.h"

enum { SETS = 32, WAYS = 4 };

/* Where a pattern's hash leads there are WAYS places; the one filled longest ago makes room. */
struct entry {
    struct regex *regex;        /* NULL with a pattern: it does not compile */
    char         *pattern;
    size_t        size;
    unsigned      options;
};

struct regex_cache {
    struct heap   *heap;
    enum cpu_level level;
    struct entry   entry[SETS][WAYS];
    uint8_t        next[SETS];
};

status regex_cache_new(struct heap *heap, enum cpu_level level, struct regex_cache **out)
{
    *out = heap_zero(heap, 1, sizeof **out);
    TRY_NEW(*out);
    (*out)->heap = heap;
    (*out)->level = level;
    return OK;
}

static void entry_free(struct regex_cache *cache, struct entry *entry)
{
    regex_free(entry->regex);
    heap_free(cache->heap, entry->pattern, entry->size + 1);
    *entry = (struct entry){ 0 };
}

void regex_cache_free(struct regex_cache *cache)
{
    if (!cache)
        return;
    for (int set = 0; set < SETS; set++)
        for (int way = 0; way < WAYS; way++)
            entry_free(cache, &cache->entry[set][way]);
    heap_free(cache->heap, cache, sizeof *cache);
}

status regex_cache_get(struct regex_cache *cache, str pattern, unsigned options, const struct regex **out)
{
    uint32_t      set = (uint32_t)(hash_str(pattern) % SETS);
    struct entry *entry;
    status        done;

    *out = NULL;
    for (int way = 0; way < WAYS; way++) {
        entry = &cache->entry[set][way];
        if (entry->pattern && entry->options == options
            && str_equal(str_make(entry->pattern, entry->size), pattern)) {
            *out = entry->regex;
            return entry->regex ? OK : FAIL_QUERY;
        }
    }
    entry = &cache->entry[set][cache->next[set]];
    entry_free(cache, entry);
    entry->pattern = heap_alloc(cache->heap, pattern.size + 1);
    TRY_NEW(entry->pattern);
    if (pattern.size)
        memcpy(entry->pattern, pattern.at, pattern.size);
    entry->size = pattern.size;
    entry->options = options;
    done = regex_compile(cache->heap, cache->level, pattern, options, &entry->regex, NULL);
    if (done == FAIL_MEMORY) {
        entry_free(cache, entry);
        return done;
    }
    cache->next[set] = (uint8_t)((cache->next[set] + 1) % WAYS);
    *out = entry->regex;
    return done;
}
