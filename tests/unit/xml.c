#include "check.h"

#include "text/xml.h"

static struct heap heap;
static struct buf  buf;

static str decode(const char *inner)
{
    static char out[256];

    return str_make(out, xml_decode(str_of(inner), out));
}

/* Names as they open, dots as they close, where the error is. */
static str walk(str text)
{
    struct xml_walk walk;
    enum xml_token  token;

    buf_clear(&buf);
    xml_walk_start(&walk, text);
    while ((token = xml_next(&walk)) == XML_OPEN || token == XML_CLOSE)
        if (token == XML_OPEN)
            buf_put(&buf, walk.name);
        else
            buf_byte(&buf, '.');
    if (token == XML_ERROR)
        buf_print(&buf, "!%zu", walk.offset);
    return buf_str(&buf);
}

static str attribute(const char *attributes, const char *name)
{
    str value;

    return xml_attribute(str_of(attributes), str_of(name), &value) ? value : STR("none");
}

/* Names and values, one after the other. */
static str attributes(const char *text)
{
    str rest = str_of(text), name, value;

    buf_clear(&buf);
    while (xml_attribute_next(&rest, &name, &value)) {
        buf_put(&buf, name);
        buf_put(&buf, value);
    }
    return buf_str(&buf);
}

/* `open` as often as `count`, then `close` as often. */
static str nested(char *room, const char *open, const char *close, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < 2 * count; i++) {
        const char *part = i < count ? open : close;
        memcpy(room + size, part, strlen(part));
        size += strlen(part);
    }
    return str_make(room, size);
}

int main(void)
{
    static char room[XML_DEPTH * 16];

    heap_init(&heap, NULL, NULL, 0);
    buf_init(&buf, &heap);
    CHECK_TEXT(walk(STR("<a><b/>x<c d='1'>y</c></a>")), "ab.c..");
    CHECK_TEXT(walk(STR("\xEF\xBB\xBF<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b \"]>\">]>\n"
                        "<a/>\n<!-- - -->")),
               "a.");
    CHECK_TEXT(walk(STR("<a><![CDATA[</a>]]><?php </a> ?></a >")), "a.");
    CHECK_TEXT(walk(STR("<n:\xC3\xA9.1-x/>")), "n:\xC3\xA9.1-x.");
    CHECK_TEXT(walk(STR("")), "!0");
    CHECK_TEXT(walk(STR("x")), "!0");
    CHECK_TEXT(walk(STR("<a>")), "a!3");
    CHECK_TEXT(walk(STR("<a></b>")), "a!3");
    CHECK_TEXT(walk(STR("<a/><b/>")), "a.!4");
    CHECK_TEXT(walk(STR("<a/>x")), "a.!4");
    CHECK_TEXT(walk(STR("<a b></a>")), "!3");
    CHECK_TEXT(walk(STR("<a b='1'c='2'/>")), "!8");
    CHECK_TEXT(walk(STR("<1/>")), "!0");
    CHECK_TEXT(walk(STR("<a><!--</a>")), "a!3");
    CHECK_TEXT(walk(STR("<![CDATA[x]]><a/>")), "!0");
    CHECK(walk(nested(room, "<a>", "</a>", XML_DEPTH)).size == 2 * XML_DEPTH);
    CHECK(walk(nested(room, "<a>", "</a>", XML_DEPTH + 1)).size == XML_DEPTH + 5);       /* "!1536" */

    CHECK_TEXT(attribute(" a='1' b = \"2\" ", "b"), "2");
    CHECK_TEXT(attribute(" a='b=3' b='2'", "b"), "2");
    CHECK_TEXT(attribute(" a='1'", "c"), "none");
    CHECK_TEXT(attribute("", "a"), "none");

    CHECK_TEXT(attributes(" a='1' b = \"2\"\na='' "), "a1b2a");
    CHECK_TEXT(attributes(" a='1' b"), "a1");

    CHECK_TEXT(decode("&lt;&gt;&amp;&quot;&apos;&#65;&#x20AC;&#x1F600;"),
               "<>&\"'A\xE2\x82\xAC\xF0\x9F\x98\x80");
    CHECK_TEXT(decode("&nbsp; &#0; &#xD800; &#x110000; &#99999999999; &#; &#x; & &lt"),
               "&nbsp; &#0; &#xD800; &#x110000; &#99999999999; &#; &#x; & &lt");
    CHECK_TEXT(decode("1<![CDATA[&lt;<b>]]>2<!-- & -->3<?x ?>4"), "1&lt;<b>234");
    CHECK_TEXT(decode("a < b <!-- &lt; <!--"), "a < b <!-- < <!--");
    buf_free(&buf);
    return check_done();
}
