#include "read/filter.h"

#include "base/compiler.h"

enum {
    MOST_NEEDLES = 32,              /* of one arm */
    MOST_SEARCHED = 4,              /* of the arm that whole blocks are searched for: more cost as much as parsing */
    MOST_SEARCHED_XML = 6,          /* which costs more */
    GOOD_RUN = 4,                   /* a run without k and s of this length will do */
    LEAST_RUN = 3,
    SAMPLE = 32,                    /* lines to choose the arm by */
    CHOOSE_EVERY = 64,              /* blocks */
    REST = 32                       /* blocks to parse whole before the filter is tried again */
};

struct arm {
    struct needle *needle;
    uint32_t       needles;
    size_t         least;           /* bytes of the shortest literal */
};

struct literal_set {
    struct arm *arm;
    uint32_t    arms, most_searched;
};

static bool folds_beyond_ascii(char c) { return (c | 0x20) == 'k' || (c | 0x20) == 's'; }

/* Bytes that stand for themselves in every spelling of the text: in JSON, unless as \u00xx; in XML, unless by
 * number. */
static bool is_plain(char c, bool escapes, enum text_kind kind)
{
    unsigned char byte = (unsigned char)c;

    if (kind == TEXT_XML && (c == '&' || c == '<' || c == '>' || c == '\''))
        return false;
    return byte < 0x80 && !(escapes && (byte < 0x20 || c == '"' || c == '\\' || c == '/'));
}

/* The longest run of plain bytes, without k and s if that leaves enough: these have other spellings beyond
 * ASCII. */
static str best_run(str literal, bool escapes, enum text_kind kind, bool *special)
{
    str best[2] = { { literal.at, 0 }, { literal.at, 0 } };

    for (int strict = 0; strict < 2; strict++)
        for (size_t from = 0, at = 0; at <= literal.size; at++)
            if (at == literal.size || !is_plain(literal.at[at], escapes, kind)
                || (strict && folds_beyond_ascii(literal.at[at]))) {
                if (at - from > best[strict].size)
                    best[strict] = str_slice(literal, from, at);
                from = at + 1;
            }
    *special = best[1].size < GOOD_RUN && best[0].size > best[1].size;
    return best[*special ? 0 : 1];
}

struct spellings {                  /* what an arm's needles come from */
    str  text[MOST_NEEDLES];
    bool exact[MOST_NEEDLES];
    uint32_t count;
};

static bool add(struct spellings *spellings, str text, bool exact)
{
    for (uint32_t i = 0; i < spellings->count; i++)
        if (str_equal(spellings->text[i], text))
            return true;
    if (spellings->count == MOST_NEEDLES)
        return false;
    spellings->text[spellings->count] = text;
    spellings->exact[spellings->count++] = exact;
    return true;
}

/* All the needles one of which is in every line that can match; false: there are too many, or a literal is
 * too short. */
static bool spell(const struct prefilter_arm *from, enum text_kind kind, struct spellings *out)
{
    bool ok = true, any_special = false;

    out->count = 0;
    for (uint32_t i = 0; ok && i < from->count; i++) {
        bool special;
        str  run = best_run(from->literal[i], from->escapes_pass, kind, &special);

        ok = run.size >= LEAST_RUN && add(out, run, false);
        for (size_t at = 0; ok && special && at < run.size; at++) {
            char c = run.at[at] | 0x20;
            if (c == 'k')
                ok = add(out, STR("\xe2\x84\xaa"), true);
            else if (c == 's')
                ok = add(out, STR("\xc5\xbf"), true);
        }
        any_special = any_special || special;
    }
    if (kind == TEXT_XML && from->escapes_pass)
        ok = ok && add(out, STR("&#"), true) && add(out, STR("<!"), true) && add(out, STR("<?"), true);
    return ok && (!from->escapes_pass || add(out, any_special ? STR("\\u") : STR("\\u00"), true));
}

static status make_arm(struct arena *arena, enum cpu_level level, const struct spellings *spellings, struct arm *arm)
{
    arm->needles = spellings->count;
    TRY_NEW(arm->needle = ARENA_ARRAY(arena, struct needle, spellings->count));
    arm->least = SIZE_MAX;
    for (uint32_t i = 0; i < spellings->count; i++) {
        TRY(needle_make(&arm->needle[i], arena, level, spellings->text[i], !spellings->exact[i]));
        if (spellings->text[i].size < arm->least && !spellings->exact[i])
            arm->least = spellings->text[i].size;
    }
    return OK;
}

status literal_set_make(struct arena *arena, enum cpu_level level, const struct prefilter_arm *arm, uint32_t count,
                        enum text_kind kind, struct literal_set **out)
{
    struct literal_set *set = ARENA_NEW(arena, struct literal_set);
    struct spellings    spellings;

    *out = NULL;
    TRY_NEW(set);
    TRY_NEW(set->arm = ARENA_ARRAY(arena, struct arm, count));
    for (uint32_t i = 0; i < count; i++)
        if (arm[i].count && spell(&arm[i], kind, &spellings))
            TRY(make_arm(arena, level, &spellings, &set->arm[set->arms++]));
    set->most_searched = kind == TEXT_XML ? MOST_SEARCHED_XML : MOST_SEARCHED;
    if (set->arms)
        *out = set;
    return OK;
}

static bool passes(const struct arm *arm, str text)
{
    for (uint32_t i = 0; i < arm->needles; i++)
        if (needle_in(&arm->needle[i], text))
            return true;
    return false;
}

/* Fields that events lack are the input's defaults: what may match those says nothing about the text. */
static bool is_about_defaults(const struct arm *arm, const struct defaults *defaults)
{
    return passes(arm, defaults->host) || passes(arm, defaults->source) || passes(arm, defaults->sourcetype)
        || passes(arm, defaults->index);
}

static str line_around(str bytes, size_t from, const char *hit)
{
    const char *start = hit > bytes.at + from ? memrchr(bytes.at + from, '\n', (size_t)(hit - bytes.at) - from) : NULL;
    const char *end = memchr(hit, '\n', (size_t)(bytes.at + bytes.size - hit));

    start = start ? start + 1 : bytes.at + from;
    if (!end)
        end = bytes.at + bytes.size;
    return str_make(start, (size_t)(end - start));
}

/* The arm that lets the fewest of the first lines pass; false: none is worth the search. */
static bool choose(struct filter *filter, const struct defaults *defaults, str bytes)
{
    uint32_t best = UINT32_MAX;

    for (uint32_t a = 0; a < filter->set->arms; a++) {
        const struct arm *arm = &filter->set->arm[a];
        uint32_t          passed = 0, lines = 0, score;

        if (is_about_defaults(arm, defaults)) {
            filter->unusable |= (uint64_t)1 << (a < 63 ? a : 63);
            continue;
        }
        if (arm->needles > filter->set->most_searched)
            continue;
        for (size_t at = 0; at < bytes.size && lines < SAMPLE; lines++) {
            str line = line_around(bytes, at, bytes.at + at);
            passed += passes(arm, line);
            at += line.size + 1;
        }
        if (passed * 3 > lines)
            continue;
        score = (passed * 64 + arm->needles * 16) * 64 + (arm->least < 63 ? 63 - (uint32_t)arm->least : 0);
        if (score < best) {
            best = score;
            filter->arm = a;
        }
    }
    return best != UINT32_MAX;
}

bool filter_begin(struct filter *filter, const struct input *input, str bytes)
{
    filter->set = input->reading->prefilter;
    if (!filter->set)
        return false;
    if (filter->rest) {
        filter->rest--;
        return false;
    }
    if (filter->blocks++ % CHOOSE_EVERY == 0 && !choose(filter, &input->defaults, bytes)) {
        filter->rest = REST;
        filter->blocks = 0;
        return false;
    }
    filter->bytes = bytes;
    filter->at = 0;
    filter->passed = 0;
    for (uint32_t i = 0; i < filter->set->arm[filter->arm].needles; i++)
        filter->next[i] = bytes.at;
    filter->fresh = true;
    return true;
}

/* The next hit of any needle at or behind `from`. */
static const char *next_hit(struct filter *filter, const char *from, const char *end)
{
    const struct arm *arm = &filter->set->arm[filter->arm];
    const char       *hit = NULL;

    for (uint32_t i = 0; i < arm->needles; i++) {
        if (filter->fresh || (filter->next[i] && filter->next[i] < from))
            filter->next[i] = needle_find(&arm->needle[i], from, end);
        if (filter->next[i] && (!hit || filter->next[i] < hit))
            hit = filter->next[i];
    }
    filter->fresh = false;
    return hit;
}

bool filter_next(struct filter *filter, str *line)
{
    const char *end = filter->bytes.at + filter->bytes.size;

    while (filter->at < filter->bytes.size) {
        const char *hit = next_hit(filter, filter->bytes.at + filter->at, end);
        bool        pass = hit != NULL;

        if (!pass)
            break;
        *line = line_around(filter->bytes, filter->at, hit);
        filter->at = (size_t)(line->at - filter->bytes.at) + line->size + 1;
        for (uint32_t a = 0; pass && a < filter->set->arms; a++)
            if (a != filter->arm && !(filter->unusable >> (a < 63 ? a : 63) & 1))
                pass = passes(&filter->set->arm[a], *line);
        if (pass) {
            filter->passed += line->size + 1;
            return true;
        }
    }
    if (filter->passed > filter->bytes.size / 3) {
        filter->rest = REST;
        filter->blocks = 0;
    }
    return false;
}
