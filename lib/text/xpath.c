#include "text/xpath.h"

#include "text/xml.h"

#include <stdlib.h>

struct xpath_node {                     /* an element; number 0 is the document */
    str         name, attributes;
    const char *tag, *content, *close, *end;    /* <a>, behind it, </a>, behind that */
    uint32_t    parent, first, next;    /* 0: none */
    uint32_t    last;                   /* the last one below it, or itself */
};

struct hit { const char *at; str text; bool markup; };

struct search {
    struct arena      *arena;
    struct xpath_node *node;
    uint32_t           nodes, room;
    uint8_t           *set, *next;      /* by node: is it reached by the step before, and by this one? */
    uint32_t          *row;             /* children of one that a step may lead to */
    struct hit        *hit;
    uint32_t           hits, hit_room;
};

/* --- the tree ------------------------------------------------------------------------------------------------------ */

static status add_node(struct search *search, const struct xpath_node *node)
{
    if (search->nodes == search->room) {
        uint32_t           room = search->room ? search->room * 2 : 64;
        struct xpath_node *moved = arena_zero(search->arena, room, sizeof *moved);
        if (!moved || room < search->room)
            return FAIL_MEMORY;
        if (search->nodes)
            memcpy(moved, search->node, search->nodes * sizeof *moved);
        search->node = moved;
        search->room = room;
    }
    search->node[search->nodes++] = *node;
    return OK;
}

static status read_tree(struct search *search, str text)
{
    struct xml_walk walk;
    enum xml_token  token;
    uint32_t        open[XML_DEPTH + 1] = { 0 }, last[XML_DEPTH + 1] = { 0 };     /* by depth; `last`: child before */

    TRY(add_node(search, &(struct xpath_node){ .parent = 0 }));
    xml_walk_start(&walk, text);
    while ((token = xml_next(&walk)) == XML_OPEN || token == XML_CLOSE) {
        uint32_t depth = walk.depth, number = search->nodes;
        if (token == XML_CLOSE) {
            struct xpath_node *node = &search->node[open[depth + 1]];
            node->close = walk.tag;
            node->end = walk.at;
            node->last = number - 1;
            continue;
        }
        TRY(add_node(search, &(struct xpath_node){ .name = walk.name, .attributes = walk.attributes, .tag = walk.tag,
                                                   .content = walk.at, .parent = open[depth - 1] }));
        if (last[depth])
            search->node[last[depth]].next = number;
        else
            search->node[open[depth - 1]].first = number;
        open[depth] = last[depth] = number;
        if (depth < XML_DEPTH)
            last[depth + 1] = 0;
    }
    search->node[0].last = search->nodes - 1;
    return token == XML_END ? OK : FAIL_DATA;
}

/* --- conditions ---------------------------------------------------------------------------------------------------- */

static bool named(str wanted, str name)
{
    return str_is(wanted, "*") || str_equal(wanted, name);
}

static str inside(const struct xpath_node *node)
{
    return str_make(node->content, node->close > node->content ? (size_t)(node->close - node->content) : 0);
}

/* NULL value: anything will do. */
static status reads(struct search *search, str inner, str value, bool *out)
{
    char *room;

    *out = !value.at;
    if (*out || inner.size < value.size)
        return OK;
    TRY_NEW(room = arena_alloc(search->arena, inner.size));
    *out = str_equal(str_make(room, xml_decode(inner, room)), value);
    return OK;
}

static status attribute_passes(struct search *search, const struct xpath_node *node, const struct xpath_test *test,
                               bool *out)
{
    str attributes = node->attributes, name, value;

    *out = false;
    while (!*out && xml_attribute_next(&attributes, &name, &value))
        if (named(test->name, name))
            TRY(reads(search, value, test->value, out));
    return OK;
}

/* An element with others inside has no text that could be compared. */
static status passes(struct search *search, uint32_t number, const struct xpath_test *test, bool *out)
{
    const struct xpath_node *node = &search->node[number];

    *out = false;
    if (test->kind == XPATH_ATTRIBUTE)
        return attribute_passes(search, node, test, out);
    if (test->kind == XPATH_TEXT)
        return node->first || node->close <= node->content ? OK : reads(search, inside(node), test->value, out);
    for (uint32_t i = node->first; i && !*out; i = search->node[i].next)
        if (named(test->name, search->node[i].name) && (!test->value.at || !search->node[i].first))
            TRY(reads(search, inside(&search->node[i]), test->value, out));
    return OK;
}

/* --- steps --------------------------------------------------------------------------------------------------------- */

/* All below those in the set, and these. */
static void deepen(struct search *search)
{
    uint32_t until = 0;
    bool     any = false;

    for (uint32_t i = 0; i < search->nodes; i++) {
        if (search->set[i] && (!any || search->node[i].last > until)) {
            until = search->node[i].last;
            any = true;
        }
        search->set[i] |= any && i <= until;
    }
}

/* The children of one node that the step leads to. */
static status step_from(struct search *search, uint32_t number, const struct xpath_step *step)
{
    uint32_t count = 0;

    for (uint32_t i = search->node[number].first; i; i = search->node[i].next)
        if (named(step->name, search->node[i].name))
            search->row[count++] = i;
    for (uint32_t t = 0; t < step->tests; t++) {
        const struct xpath_test *test = &step->test[t];
        uint32_t                 kept = 0;
        for (uint32_t i = 0; i < count; i++) {
            bool pass = test->position == i + (uint64_t)1;
            if (!test->position)
                TRY(passes(search, search->row[i], test, &pass));
            if (pass)
                search->row[kept++] = search->row[i];
        }
        count = kept;
    }
    for (uint32_t i = 0; i < count; i++)
        search->next[search->row[i]] = 1;
    return OK;
}

static status take_step(struct search *search, const struct xpath_step *step)
{
    uint8_t *set = search->set;

    if (step->deep)
        deepen(search);
    if (step->kind != XPATH_ELEMENT)
        return OK;
    memset(search->next, 0, search->nodes);
    for (uint32_t i = 0; i < search->nodes; i++)
        if (set[i])
            TRY(step_from(search, i, step));
    search->set = search->next;
    search->next = set;
    return OK;
}

/* --- what is found ------------------------------------------------------------------------------------------------- */

static status add_hit(struct search *search, str text, bool markup)
{
    if (search->hits == search->hit_room) {
        uint32_t    room = search->hit_room ? search->hit_room * 2 : 16;
        struct hit *moved = arena_zero(search->arena, room, sizeof *moved);
        if (!moved || room < search->hit_room)
            return FAIL_MEMORY;
        if (search->hits)
            memcpy(moved, search->hit, search->hits * sizeof *moved);
        search->hit = moved;
        search->hit_room = room;
    }
    search->hit[search->hits++] = (struct hit){ text.at, text, markup };
    return OK;
}

/* The pieces of text between the elements inside. */
static status add_texts(struct search *search, const struct xpath_node *node)
{
    const char *from = node->content;

    for (uint32_t i = node->first;; i = search->node[i].next) {
        const char *to = i ? search->node[i].tag : node->close;
        str         piece = str_make(from, to > from ? (size_t)(to - from) : 0);
        if (str_trim_blanks(piece).size)
            TRY(add_hit(search, piece, false));
        if (!i)
            return OK;
        from = search->node[i].end;
    }
}

static status add_attributes(struct search *search, const struct xpath_node *node, str wanted)
{
    str attributes = node->attributes, name, value;

    while (xml_attribute_next(&attributes, &name, &value))
        if (named(wanted, name))
            TRY(add_hit(search, value, false));
    return OK;
}

static status add_hits(struct search *search, const struct xpath_step *last)
{
    for (uint32_t i = 1; i < search->nodes; i++) {
        const struct xpath_node *node = &search->node[i];
        if (!search->set[i])
            continue;
        if (last->kind == XPATH_ATTRIBUTE)
            TRY(add_attributes(search, node, last->name));
        else if (last->kind == XPATH_TEXT)
            TRY(add_texts(search, node));
        else if (node->first)
            TRY(add_hit(search, str_make(node->tag, (size_t)(node->end - node->tag)), true));
        else
            TRY(add_hit(search, inside(node), false));
    }
    return OK;
}

static int compare_hits(const void *a, const void *b)
{
    const struct hit *left = a, *right = b;

    if (left->at != right->at)
        return left->at < right->at ? -1 : 1;
    return left->text.size < right->text.size ? -1 : left->text.size > right->text.size;
}

status xpath_walk(const struct xpath *xpath, str text, struct arena *scratch, xpath_found found, void *host)
{
    struct search search = { .arena = scratch };

    TRY(read_tree(&search, text));
    TRY_NEW(search.set = arena_alloc(scratch, search.nodes));
    TRY_NEW(search.next = arena_alloc(scratch, search.nodes));
    TRY_NEW(search.row = arena_alloc(scratch, search.nodes * sizeof *search.row));
    for (uint32_t p = 0; p < xpath->paths; p++) {
        const struct xpath_path *path = &xpath->path[p];
        memset(search.set, 0, search.nodes);
        search.set[0] = 1;
        for (uint32_t s = 0; s < path->steps; s++)
            TRY(take_step(&search, &path->step[s]));
        TRY(add_hits(&search, &path->step[path->steps - 1]));
    }
    if (xpath->paths > 1 && search.hits)
        qsort(search.hit, search.hits, sizeof *search.hit, compare_hits);
    for (uint32_t i = 0; i < search.hits; i++)
        if (i == 0 || compare_hits(&search.hit[i - 1], &search.hit[i]) != 0)
            TRY(found(host, search.hit[i].text, search.hit[i].markup));
    return OK;
}
