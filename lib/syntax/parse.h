/* Text to tree: one door for each of the languages inside SPL. grammar/README.md tells how they nest.
 *
 * Every function takes a passage (text and its place in the query) and reports into `diag` (NULL welcome).
 * FAIL_QUERY: something was reported. FAIL_MEMORY: out of memory. Results live in `arena`.
 * The text must be expanded already (syntax/expand.h): a backtick is an ordinary character here.
 * Nothing recurses deeper than NESTING_MOST; time is linear in the text. */
#pragma once

#include "syntax/ast.h"

/* Is the first word of a query a command? WORD_DOUBTFUL: yes, but people also search for it ("top"): a
 * warning. */
enum word_meaning { WORD_PLAIN = 0, WORD_COMMAND = 1, WORD_DOUBTFUL = 2 };

struct words {
    void *host;
    enum word_meaning (*meaning)(void *host, str word);
};

/* The whole query, or the inside of a bracket. Without a leading pipe a first word that is no command
 * (`words` NULL: only "search" is) makes an implied search. A subsearch is parsed by calling this with
 * node->text and node->inner. After FAIL_QUERY `out` still holds the stages that could be told apart, so
 * that their own mistakes can be found too. */
status parse_pipeline(struct arena *arena, struct diag *diag, struct passage passage,
                      const struct words *words, struct pipeline *out);

/* search: words, phrases, comparisons, IN, AND OR NOT. Empty text gives NODE_EVERYTHING. */
status parse_search(struct arena *arena, struct diag *diag, struct passage passage, struct node **out);

/* eval and where expressions. */
status parse_expr(struct arena *arena, struct diag *diag, struct passage passage, struct node **out);

/* name=expr {, name=expr}. After FAIL_QUERY `out` holds those that could be read. */
status parse_assignments(struct arena *arena, struct diag *diag, struct passage passage, struct assignments *out);

/* The pieces of a command's arguments, for binders. */
status parse_tokens(struct arena *arena, struct diag *diag, struct passage passage, struct tokens *out);

/* The tokens [from, to) as a passage: everything from the first one's beginning to the last one's end. */
struct passage tokens_passage(const struct tokens *tokens, uint32_t from, uint32_t to);

/* A token's text (a pair's value) as a passage: the inside of a bracket, a group or a string. */
struct passage token_passage(const struct tokens *tokens, const struct token *token);

/* A token's text for a parameter that is plain text: as token->text, but a group keeps its parentheses
 * (tokenizer=(\S+)). */
str token_value(const struct token *token);

/* f(x) is one token, f (x) two: its name and what stands inside, as written. Goes past it; false: it is none. */
bool token_call(const struct token **at, str *name, str *inside);

/* Is it this keyword (any case, not quoted)? */
bool token_is(const struct token *token, const char *keyword);

/* Behind a bracket in a place where few write subsearches: does it look like one? x[0] and x[i] are the habit of other
 * languages: a subsearch is more than a word. */
bool text_begins_subsearch(str text);

/* Behind the quote that ends what begins at `at`; the end of the text if none does. */
uint32_t text_skip_quoted(str text, uint32_t at);

/* Behind the bracket that closes the one at `at`, strings skipped; 0: none does. */
uint32_t text_skip_bracket(str text, uint32_t at);

/* Reads aggregates from token *at on and appends them to `out`; leaves *at at the first token that belongs
 * to none: a pair (an option), one of the keywords BY OVER FROM WHERE GROUPBY, a group or bracket, or the
 * end. Commas between and after terms are taken. Call again after an option; zero `out` before the first
 * call. */
status parse_aggregates(struct arena *arena, struct diag *diag, const struct tokens *tokens, uint32_t *at,
                        struct aggregates *out);

