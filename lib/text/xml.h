/* XML text: a walker over the elements that checks as it goes.
 *
 * Well-formed XML 1.0 as far as elements and attributes go; document types are passed over, entities that
 * they define are unknown. Names are compared as written, prefix included. */
#pragma once

#include "base/str.h"

enum { XML_DEPTH = 512 };

enum xml_token {
    XML_ERROR,              /* walk->reason, walk->offset */
    XML_END,                /* the one element is over and nothing follows */
    XML_OPEN,               /* walk->name, walk->attributes; an empty element is opened and closed as well */
    XML_CLOSE               /* walk->name */
};

struct xml_walk {
    const char *begin, *at, *end;
    const char *tag;        /* where the newest tag starts; `at` is behind it */
    str         name;
    str         attributes; /* as written, blanks around them; valid until the next token */
    bool        empty;      /* the element that was opened is over already */
    bool        rooted;
    uint32_t    depth;      /* elements open, the newest included */
    str         open[XML_DEPTH];
    const char *reason;     /* static; NULL while all is well */
    size_t      offset;     /* of the error, from the start of the text */
};

void           xml_walk_start(struct xml_walk *walk, str text);
enum xml_token xml_next(struct xml_walk *walk);

/* The first of the attributes, undecoded, which is taken off them; false: there are no more. */
bool           xml_attribute_next(str *attributes, str *name, str *value);

/* The value of an attribute, undecoded; false if there is none of that name. */
bool           xml_attribute(str attributes, str name, str *value);

/* The text of an element without children, or of an attribute, to `out`, which holds inner.size bytes: the
 * five named entities and numbers of characters decoded, sections of character data taken as they are,
 * comments dropped. Returns the size. */
size_t         xml_decode(str inner, char *out);

/* Of any text: what entities stand for in their places, all else as it is; `out` holds text.size bytes and may be text.at
 * itself. Returns the size. */
size_t         xml_unescape(str text, char *out);

/* The next element in a text that need not be XML which holds nothing but text: its name, and its content as it is written;
 * *text is what follows. false: there are no more. */
bool           xml_find_leaf(str *text, str *name, str *content);
