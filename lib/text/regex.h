/* Regular expressions, the only door to PCRE2.
 *
 * A `struct regex` may be shared by threads; each user has a `struct regex_match` of its own. The first
 * matches are interpreted; a pattern that is used often is compiled to machine code once, by whichever
 * thread gets there first. Text is taken as UTF-8; where it is not, the valid stretches are matched and
 * the rest matches nothing. Matching is bounded (REGEX_STEPS, as in Splunk's limits); a match that gives
 * up says FAIL_LIMIT, and the caller treats the row as no match and notes it. */
#pragma once

#include "base/cpu.h"
#include "base/heap.h"
#include "base/status.h"
#include "base/str.h"

enum { REGEX_STEPS = 100000 };

enum {
    REGEX_CASELESS  = 1,
    REGEX_MULTILINE = 2,
    REGEX_DOTALL    = 4,
    REGEX_EXTENDED  = 8
};

struct regex;
struct regex_match;

struct regex_error {
    char   message[160];
    size_t offset;              /* in the pattern */
};

struct regex_name {
    str      name;
    uint32_t group;
};

/* FAIL_QUERY with `error` (may be NULL) filled, or FAIL_MEMORY. */
status regex_compile(struct heap *heap, enum cpu_level level, str pattern, unsigned options,
                     struct regex **out, struct regex_error *error);
void   regex_free(struct regex *regex);

uint32_t regex_groups(const struct regex *regex);                   /* capturing groups, without group 0 */
/* Named groups in order of group number. */
const struct regex_name *regex_names(const struct regex *regex, uint32_t *count);
str      regex_pattern(const struct regex *regex);

/* The longest literal every match must contain, or an empty text; `caseless`: ASCII letters in any case. */
str      regex_required(const struct regex *regex, bool *caseless);

/* Holds the result of the newest search, for one thread. May serve any number of regexes: it grows as
 * needed. */
status regex_match_new(struct heap *heap, struct regex_match **out);
void   regex_match_free(struct regex_match *match);

/* First match at or after `from`: OK, DONE (there is none), FAIL_LIMIT or FAIL_MEMORY.
 * Text before `from` still counts for lookbehind and \b. */
status regex_find(const struct regex *regex, struct regex_match *match, str text, size_t from);

/* The next match of a scan for all matches: call after a successful find; steps over empty matches
 * rightly. */
status regex_find_next(const struct regex *regex, struct regex_match *match, str text);

/* Group `group` of the newest match; at NULL if it took no part. */
str    regex_group(const struct regex_match *match, str text, uint32_t group);
/* Its place; false if it took no part. */
bool   regex_place(const struct regex_match *match, uint32_t group, size_t *from, size_t *to);

/* Patterns made at run time: the last hundred or so, by text and options. For one thread. The regex
 * belongs to the cache and lives until the next call; a pattern that does not compile gives FAIL_QUERY
 * each time. */
struct regex_cache;
status regex_cache_new(struct heap *heap, enum cpu_level level, struct regex_cache **out);
void   regex_cache_free(struct regex_cache *cache);
status regex_cache_get(struct regex_cache *cache, str pattern, unsigned options, const struct regex **out);
