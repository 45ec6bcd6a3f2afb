/* Fields of an event that is XML (KV mode xml, language 11.3): the text of every element without others inside
 * as a.b.c, attributes as a.b{@c}, in the order of the document. Prefixes of names are parts of names, and xmlns
 * is an attribute as others. Blanks around values are trimmed, and what is empty then is no field.
 *
 * Text before or behind the one element, and text between elements, is no field's. An event that is cut off or
 * not well-formed keeps what was found until then, one that does not begin like XML has nothing. */
#include "read/formats.h"
#include "read/worker.h"

#include "text/xml.h"

enum { LONGEST_PATH = 16 * 1024 };      /* elements whose names are longer together are passed over */

struct element {                        /* one that is open */
    struct place *place;                /* NULL: neither it nor what is inside is wanted */
    struct key   *last;                 /* the element inside that came last */
    const char   *content;
    bool          parent;               /* there are elements inside */
};

struct xml_reader {
    struct xml_walk walk;
    struct element  element[XML_DEPTH];
};

void xml_reader_free(struct heap *heap, struct xml_reader *reader)
{
    heap_free(heap, reader, sizeof *reader);
}

/* A value in the place, decoded if need be. */
static status put_value(struct builder *builder, const struct place *place, str inner)
{
    inner = str_trim_blanks(inner);
    if (inner.size && (memchr(inner.at, '&', inner.size) || memchr(inner.at, '<', inner.size))) {
        char *room = arena_alloc(&builder->batch->arena, inner.size);
        TRY_NEW(room);
        inner = str_trim_blanks(str_make(room, xml_decode(inner, room)));
    }
    return inner.size ? place_put(builder, place, cell_field_text(inner)) : OK;
}

/* Names stand in text with padding behind it, so that they can be looked at in words. */
static status put_attributes(struct paths *paths, struct place *place, str attributes)
{
    struct key *key;
    str         name, value;

    TRY(place_attributes(paths, place));
    if (!place->attributes)
        return OK;
    key = place->attributes->none;
    while (xml_attribute_next(&attributes, &name, &value)) {
        TRY(keys_next(paths, place->attributes, key, name, &key));
        if (key->place.scalar)
            TRY(put_value(paths->builder, &key->place, value));
    }
    return OK;
}

static status open_element(struct paths *paths, struct xml_reader *reader)
{
    const struct xml_walk *walk = &reader->walk;
    struct element        *element = &reader->element[walk->depth - 1], *around = element - 1;
    struct place          *outer = walk->depth == 1 ? &paths->top : around->place;
    struct key            *last;

    *element = (struct element){ .content = walk->at };
    if (walk->depth > 1)
        around->parent = true;
    if (!outer || outer->path.size > LONGEST_PATH)
        return OK;
    TRY(place_objects(paths, outer));
    if (!outer->object)
        return OK;
    last = walk->depth == 1 || !around->last ? outer->object->none : around->last;
    TRY(keys_next(paths, outer->object, last, walk->name, &last));
    if (walk->depth > 1)
        around->last = last;
    element->place = &last->place;
    return walk->attributes.size ? put_attributes(paths, element->place, walk->attributes) : OK;
}

static status close_element(struct paths *paths, struct xml_reader *reader)
{
    const struct xml_walk *walk = &reader->walk;
    const struct element  *element = &reader->element[walk->depth];

    if (element->parent || !element->place || !element->place->scalar || walk->tag < element->content)
        return OK;
    return put_value(paths->builder, element->place, str_make(element->content, (size_t)(walk->tag - element->content)));
}

status xml_fields(struct worker *worker, str text)
{
    struct paths      *paths = worker_full(worker);
    struct xml_reader *reader = worker->xml;
    enum xml_token     token;
    str                inner = str_trim_blanks(text);

    if (str_starts(inner, STR("\xEF\xBB\xBF")))
        inner = str_trim_blanks(str_slice(inner, 3, inner.size));
    if (!inner.size || inner.at[0] != '<')
        return OK;
    if (!reader)
        TRY_NEW(reader = worker->xml = heap_alloc(worker->input->reading->heap, sizeof *reader));
    xml_walk_start(&reader->walk, inner);
    while ((token = xml_next(&reader->walk)) == XML_OPEN || token == XML_CLOSE)
        TRY(token == XML_OPEN ? open_element(paths, reader) : close_element(paths, reader));
    return OK;
}
