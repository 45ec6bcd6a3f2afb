#include "command/clusters.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "value/list.h"
#include "value/number.h"
#include "value/order.h"

#include <stdlib.h>

enum {
    GRAM = 3,                               /* characters of an n-gram */
    RANK_FROM = 64,                         /* clusters */
    WORDS_TERMS = 4, WORDS_GRAMS = 16       /* of a print: few texts have more than so many bits of terms */
};

struct first_text {
    uint32_t *item;                         /* ranks, the highest first */
    uint32_t  count;
};

void clusters_init(struct clusters *clusters, struct heap *heap, enum cluster_match match, double least, str delimiters)
{
    *clusters = (struct clusters){ .heap = heap, .match = match, .least = least,
                                   .words = match == MATCH_NGRAMSET ? WORDS_GRAMS : WORDS_TERMS };
    interner_init(&clusters->terms, heap);
    pairs_init(&clusters->places, heap);
    arena_init(&clusters->items, heap);
    for (unsigned byte = 0; byte < 256; byte++)
        clusters->delimits[byte] = delimiters.size ? memchr(delimiters.at, (int)byte, delimiters.size) != NULL
            : !((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') && !(byte >= '0' && byte <= '9') && byte != '_';
}

void clusters_free(struct clusters *clusters)
{
    struct heap *heap = clusters->heap;

    if (!heap)
        return;
    interner_free(&clusters->terms);
    pairs_free(&clusters->places);
    arena_free(&clusters->items);
    heap_free(heap, clusters->rank, clusters->rank_room * sizeof *clusters->rank);
    heap_free(heap, clusters->first, clusters->room * sizeof *clusters->first);
    heap_free(heap, clusters->print, clusters->print_room * sizeof(uint64_t));
    heap_free(heap, clusters->hit, clusters->hit_room * sizeof *clusters->hit);
    heap_free(heap, clusters->latest, clusters->latests * sizeof *clusters->latest);
    heap_free(heap, clusters->compared, clusters->compared_room * sizeof *clusters->compared);
    heap_free(heap, clusters->term, clusters->term_room * sizeof *clusters->term);
    heap_free(heap, clusters->item, clusters->item_room * sizeof *clusters->item);
    heap_free(heap, clusters->strange, clusters->strange_room * sizeof *clusters->strange);
}

/* --- the terms of a text ------------------------------------------------------------------------------------------- */

static status add_term(struct clusters *clusters, const char *from, const char *to)
{
    if (!heap_grow(clusters->heap, &clusters->term, &clusters->term_room, clusters->term_count + 1, sizeof(str)))
        return FAIL_MEMORY;
    clusters->term[clusters->term_count++] = str_make(from, (size_t)(to - from));
    return OK;
}

static status cut_terms(struct clusters *clusters, str text)
{
    const char *at = text.at, *end = text.at + text.size;

    while (at < end) {
        const char *from = at;
        while (at < end && !clusters->delimits[(unsigned char)*at])
            at++;
        if (at > from)
            TRY(add_term(clusters, from, at));
        at += at < end;
    }
    return OK;
}

/* Every run of so many characters; a shorter text is one. */
static status cut_grams(struct clusters *clusters, str text)
{
    const char *from = text.at, *at = text.at, *end = text.at + text.size;
    uint32_t    code;

    for (unsigned i = 0; i < GRAM && at < end; i++)
        at += utf8_next(at, end, &code);
    if (at > from)
        TRY(add_term(clusters, from, at));
    while (at < end) {
        at += utf8_next(at, end, &code);
        from += utf8_next(from, end, &code);
        TRY(add_term(clusters, from, at));
    }
    return OK;
}

static int compare_strs(const void *left, const void *right) { return str_compare(*(const str *)left, *(const str *)right); }

static int compare_items(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return a > b ? -1 : a < b;
}

/* The highest first, each once. */
static void sort_items(uint32_t *item, uint32_t *count)
{
    uint32_t kept = 0;

    if (*count)
        qsort(item, *count, sizeof *item, compare_items);
    for (uint32_t i = 0; i < *count; i++)
        if (kept == 0 || item[kept - 1] != item[i])
            item[kept++] = item[i];
    *count = kept;
}

static uint32_t rank_of(const struct clusters *clusters, uint32_t item)
{
    return item < clusters->ranked ? clusters->rank[item] : item;
}

static status find_items(struct clusters *clusters)
{
    bool     placed = clusters->match == MATCH_TERMLIST;
    uint32_t kept = 0;

    if (!heap_grow(clusters->heap, &clusters->item, &clusters->item_room, clusters->term_count, sizeof(uint32_t)) ||
        !heap_grow(clusters->heap, &clusters->strange, &clusters->strange_room, clusters->term_count, sizeof(str)))
        return FAIL_MEMORY;
    clusters->item_count = clusters->strange_count = 0;
    for (uint32_t i = 0; i < clusters->term_count; i++) {
        uint32_t item = interner_find(&clusters->terms, clusters->term[i]);
        if (placed && item != INTERNER_NULL)
            item = pairs_find(&clusters->places, i, item);
        if (item == UINT32_MAX)
            clusters->strange[clusters->strange_count++] = clusters->term[i];
        else
            clusters->item[clusters->item_count++] = rank_of(clusters, item);
    }
    sort_items(clusters->item, &clusters->item_count);
    if (placed || clusters->strange_count < 2)
        return OK;
    qsort(clusters->strange, clusters->strange_count, sizeof(str), compare_strs);
    for (uint32_t i = 0; i < clusters->strange_count; i++)
        if (kept == 0 || !str_equal(clusters->strange[kept - 1], clusters->strange[i]))
            clusters->strange[kept++] = clusters->strange[i];
    clusters->strange_count = kept;
    return OK;
}

/* --- what is like it ----------------------------------------------------------------------------------------------- */

/* Whatever is alike enough to a text with so many items has one of so many in common with it, whichever they are: were all
 * of them missing, too few would be left. */
static uint32_t telling(const struct clusters *clusters, uint32_t count)
{
    uint32_t needed = (uint32_t)(clusters->least * count);

    while (needed > 0 && (double)(needed - 1) / count >= clusters->least)
        needed--;
    while (needed < count && (double)needed / count < clusters->least)
        needed++;
    return count - needed + 1;
}

/* How many must be the same. */
static uint32_t needed(const struct clusters *clusters, uint32_t count, uint32_t other)
{
    uint32_t longer = count > other ? count : other, both = count + other;
    bool     listed = clusters->match == MATCH_TERMLIST;
    double   estimate = clusters->least * (listed ? longer : (double)both / (1 + clusters->least));
    uint32_t same = estimate >= 2 ? (uint32_t)estimate - 2 : 0;

    while ((double)same / (listed ? longer : both - same) < clusters->least)
        same++;
    return same;
}

static void make_print(const struct clusters *clusters, const uint32_t *item, uint32_t count, uint64_t *print)
{
    memset(print, 0, clusters->words * sizeof *print);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t bit = hash_u64(item[i]) % (64 * clusters->words);
        print[bit / 64] |= (uint64_t)1 << bit % 64;
    }
}

/* A bit that only one of them has is an item that only one of them has. */
static bool prints_differ(const uint64_t *a, uint32_t a_spare, const uint64_t *b, uint32_t b_spare, uint32_t words)
{
    uint32_t a_only = 0, b_only = 0;

    for (uint32_t i = 0; i < words; i++) {
        a_only += (uint32_t)__builtin_popcountll(a[i] & ~b[i]);
        b_only += (uint32_t)__builtin_popcountll(b[i] & ~a[i]);
    }
    return a_only > a_spare || b_only > b_spare;
}

/* 0: they are not alike. The rare terms come first, so that is often seen soon. */
static double likeness(const struct clusters *clusters, const uint64_t *print, uint32_t cluster)
{
    const struct first_text *first = &clusters->first[cluster];
    const uint32_t *a = clusters->item, *a_end = a + clusters->item_count;
    const uint32_t *b = first->item, *b_end = b + first->count;
    uint32_t        count = clusters->item_count + clusters->strange_count, other = first->count;
    uint32_t        same = needed(clusters, count, other), a_spare, b_spare;

    if (same > clusters->item_count || same > other)
        return 0;
    a_spare = clusters->item_count - same;
    b_spare = other - same;
    if (prints_differ(print, a_spare, clusters->print + (size_t)cluster * clusters->words, b_spare, clusters->words))
        return 0;
    same = 0;
    while (a < a_end && b < b_end) {
        if (*a == *b) {
            same++;
            a++;
            b++;
        } else if (*a > *b) {
            if (a_spare-- == 0)
                return 0;
            a++;
        } else {
            if (b_spare-- == 0)
                return 0;
            b++;
        }
    }
    return (double)same / (clusters->match == MATCH_TERMLIST ? count > other ? count : other : count + other - same);
}

static bool find_cluster(struct clusters *clusters, uint32_t *out)
{
    uint32_t count = clusters->item_count + clusters->strange_count, strange = clusters->strange_count;
    uint32_t look = telling(clusters, count);
    uint64_t print[WORDS_GRAMS];
    double   best = 0;

    clusters->texts++;
    make_print(clusters, clusters->item, clusters->item_count, print);
    look = look > strange ? look - strange : 0;         /* no first text has one of these */
    for (uint32_t i = 0; i < look && i < clusters->item_count; i++) {
        uint32_t item = clusters->item[i];
        for (uint32_t at = item < clusters->latests ? clusters->latest[item] : 0; at; at = clusters->hit[at - 1].next) {
            uint32_t cluster = clusters->hit[at - 1].cluster;
            double   like;

            if (clusters->compared[cluster] == clusters->texts)
                continue;
            clusters->compared[cluster] = clusters->texts;
            clusters->work += 1 + clusters->first[cluster].count / 16;
            like = likeness(clusters, print, cluster);
            if (like < clusters->least || like < best || (like == best && cluster > *out))
                continue;
            best = like;
            *out = cluster;
        }
    }
    return best > 0;
}

/* --- a new one ----------------------------------------------------------------------------------------------------- */

static status name_items(struct clusters *clusters, struct arena *step, struct first_text *out)
{
    uint32_t count = clusters->term_count, *item, *place;

    TRY_NEW(item = ARENA_ARRAY(step, uint32_t, count));
    TRY_NEW(place = ARENA_ARRAY(step, uint32_t, count));
    for (uint32_t i = 0; i < count; i++) {
        TRY(interner_text(&clusters->terms, clusters->term[i], &item[i]));
        place[i] = i;
    }
    if (clusters->match == MATCH_TERMLIST)
        TRY(pairs_number(&clusters->places, place, item, count, count, clusters->terms.count, item));
    for (uint32_t i = 0; i < count; i++)
        item[i] = rank_of(clusters, item[i]);
    sort_items(item, &count);
    TRY_NEW(out->item = arena_alloc(&clusters->items, count * sizeof *item));
    memcpy(out->item, item, count * sizeof *item);
    out->count = count;
    return OK;
}

static status index_items(struct clusters *clusters, uint32_t cluster)
{
    const struct first_text *first = &clusters->first[cluster];
    uint32_t                 count = first->count ? telling(clusters, first->count) : 0;

    if (count &&
        !heap_grow_zero(clusters->heap, &clusters->latest, &clusters->latests, first->item[0] + 1, sizeof(uint32_t)))
        return FAIL_MEMORY;
    if (count > UINT32_MAX - 1 - clusters->hits ||
        !heap_grow(clusters->heap, &clusters->hit, &clusters->hit_room, clusters->hits + count, sizeof *clusters->hit))
        return FAIL_MEMORY;
    make_print(clusters, first->item, first->count, clusters->print + (size_t)cluster * clusters->words);
    for (uint32_t i = 0; i < count; i++) {
        clusters->hit[clusters->hits] = (struct cluster_hit){ cluster, clusters->latest[first->item[i]] };
        clusters->latest[first->item[i]] = ++clusters->hits;
    }
    return OK;
}

struct common {
    uint32_t rank, texts;                   /* how many first texts have it */
};

static int compare_common(const void *left, const void *right)
{
    const struct common *a = left, *b = right;

    if (a->texts != b->texts)
        return a->texts > b->texts ? -1 : 1;
    return a->rank < b->rank ? -1 : a->rank > b->rank;
}

/* The commonest gets the lowest rank. `moved`: by rank, the new one. */
static status rank_items(struct clusters *clusters, struct common *common, uint32_t *moved, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        common[i] = (struct common){ i, 0 };
    for (uint32_t c = 0; c < clusters->count; c++)
        for (uint32_t i = 0; i < clusters->first[c].count; i++)
            common[clusters->first[c].item[i]].texts++;
    qsort(common, count, sizeof *common, compare_common);
    for (uint32_t i = 0; i < count; i++)
        moved[common[i].rank] = i;
    if (!heap_grow(clusters->heap, &clusters->rank, &clusters->rank_room, count, sizeof *clusters->rank))
        return FAIL_MEMORY;
    for (uint32_t item = 0; item < count; item++)
        clusters->rank[item] = moved[rank_of(clusters, item)];
    clusters->ranked = count;
    clusters->hits = 0;
    memset(clusters->latest, 0, clusters->latests * sizeof *clusters->latest);
    for (uint32_t c = 0; c < clusters->count; c++) {
        struct first_text *first = &clusters->first[c];
        for (uint32_t i = 0; i < first->count; i++)
            first->item[i] = moved[first->item[i]];
        sort_items(first->item, &first->count);
        TRY(index_items(clusters, c));
    }
    return OK;
}

static status rank_again(struct clusters *clusters)
{
    uint32_t       count = clusters->match == MATCH_TERMLIST ? clusters->places.count : clusters->terms.count;
    struct common *common = heap_alloc(clusters->heap, count * sizeof *common);
    uint32_t      *moved = heap_alloc(clusters->heap, count * sizeof *moved);
    status         result = count == 0 ? OK : common && moved ? rank_items(clusters, common, moved, count) : FAIL_MEMORY;

    heap_free(clusters->heap, common, count * sizeof *common);
    heap_free(clusters->heap, moved, count * sizeof *moved);
    return result;
}

static status found_cluster(struct clusters *clusters, struct arena *step)
{
    uint32_t number = clusters->count;

    if (number == UINT32_MAX / WORDS_GRAMS - 1)
        return FAIL_MEMORY;
    if (!heap_grow(clusters->heap, &clusters->print, &clusters->print_room, (number + 1) * clusters->words,
                   sizeof(uint64_t)) ||
        !heap_grow(clusters->heap, &clusters->first, &clusters->room, number + 1, sizeof *clusters->first) ||
        !heap_grow_zero(clusters->heap, &clusters->compared, &clusters->compared_room, number + 1, sizeof(uint64_t)))
        return FAIL_MEMORY;
    clusters->first[number] = (struct first_text){ 0 };
    if (clusters->term_count)
        TRY(name_items(clusters, step, &clusters->first[number]));
    else
        clusters->empty = number + 1;
    TRY(index_items(clusters, number));
    clusters->count++;
    return clusters->count >= RANK_FROM && (clusters->count & (clusters->count - 1)) == 0 ? rank_again(clusters) : OK;
}

status clusters_place(struct clusters *clusters, const struct cell *value, struct arena *step, uint32_t *cluster,
                      bool *founds)
{
    uint32_t           count;
    const struct cell *member = list_members(value, &count);

    clusters->term_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        char *room = member[i].kind == KIND_TEXT ? NULL : arena_alloc(step, NUMBER_ROOM);
        str   text;

        TRY_NEW(member[i].kind == KIND_TEXT || room ? member : NULL);
        text = cell_show(&member[i], room);
        TRY(clusters->match == MATCH_NGRAMSET ? cut_grams(clusters, text) : cut_terms(clusters, text));
    }
    *founds = false;
    *cluster = clusters->count;
    if (clusters->term_count == 0 && clusters->empty) {
        *cluster = clusters->empty - 1;
        return OK;
    }
    if (clusters->term_count) {
        TRY(find_items(clusters));
        if (find_cluster(clusters, cluster))
            return OK;
    }
    *cluster = clusters->count;
    *founds = true;
    return found_cluster(clusters, step);
}
