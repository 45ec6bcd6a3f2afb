#include "check.h"

#include "text/json.h"

static struct heap heap;
static struct buf  buf;

static str decode(const char *inner)
{
    static char out[256];

    return str_make(out, json_decode(str_of(inner), out));
}

static str encode(const char *text)
{
    buf_clear(&buf);
    json_put_string(&buf, str_of(text));
    return buf_str(&buf);
}

/* Every token of the walk, a letter each. */
static str walk(const char *text)
{
    static const char letters[] = "!.{}[]ksn+-0";
    struct json_walk  walk;
    enum json_token   token;

    buf_clear(&buf);
    json_walk_start(&walk, str_of(text));
    do {
        token = json_next(&walk);
        buf_byte(&buf, letters[token]);
    } while (token > JSON_END);
    if (token == JSON_ERROR)
        buf_print(&buf, "%zu", walk.offset);
    return buf_str(&buf);
}

static bool is_walked(str text)
{
    struct json_walk walk;
    enum json_token  token;

    json_walk_start(&walk, text);
    do
        token = json_next(&walk);
    while (token > JSON_END);
    return token == JSON_END;
}

/* Passing over values takes what walking through them takes: documents with each byte in turn another one. */
static void check_passing(void)
{
    static const char *const documents[] = {
        "{\"a\" : [1, -2.50e+3, true,false,null, \"a text of more than sixteen bytes\", {\"b\":{}} ,[],[ [ ] ]], \"\\u00e9\\n\":{ }}",
        "[{\"a\":[{\"b\":[[[0]]]}]},\"\\\"\\\\\",1e5,0.1,\"\\ud83d\\ude00 \xC3\xA9\"]",
    };
    static const char others[] = "{}[]\",:\\ 01-.eEtfnu\n\x01\xFF\0";
    char copy[200];

    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        size_t size = strlen(documents[i]);
        CHECK(json_is_valid(str_of(documents[i])));
        for (size_t at = 0; at <= size; at++)
            for (size_t j = 0; j < sizeof others; j++) {
                memcpy(copy, documents[i], size);
                copy[at] = others[j];
                CHECK(json_is_valid(str_make(copy, size)) == is_walked(str_make(copy, size)));
                CHECK(json_is_valid(str_make(copy, at)) == is_walked(str_make(copy, at)));
            }
    }
}

int main(void)
{
    struct json_walk one;
    str              value;
    char             deep[2000];

    heap_init(&heap, NULL, NULL, 0);
    buf_init(&buf, &heap);
    CHECK_TEXT(decode("a\\n\\t\\\"\\\\\\/b"), "a\n\t\"\\/b");
    CHECK_TEXT(decode("\\u00fc\\u20ac\\ud83d\\ude00"), "\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80");
    CHECK_TEXT(decode("\\ud83dx\\ude00"), "\xEF\xBF\xBDx\xEF\xBF\xBD");
    CHECK_TEXT(decode("\\q\\u12\\"), "\\q\\u12\\");
    CHECK_TEXT(encode("plain text, long enough for words of eight"),
               "\"plain text, long enough for words of eight\"");
    CHECK_TEXT(encode("a\"b\\c\nd\x01\x7F"), "\"a\\\"b\\\\c\\nd\\u0001\x7F\"");
    CHECK_TEXT(encode("\xC3\xBC\xFF\xE2\x82"), "\"\xC3\xBC\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    CHECK_TEXT(walk("{\"a\":[1,-2.5e3,true,false,null,\"x\"],\"b\":{}}"), "{k[nn+-0s]k{}}.");
    CHECK_TEXT(walk(" [ ] "), "[].");
    CHECK_TEXT(walk("\"x\\u00e4\""), "s.");
    CHECK_TEXT(walk("01"), "!0");
    CHECK_TEXT(walk("1 2"), "n!2");
    CHECK_TEXT(walk("[1,]"), "[n!3");
    CHECK_TEXT(walk("{\"a\" 1}"), "{k!5");
    CHECK_TEXT(walk("{\"a\":1,}"), "{kn!7");
    CHECK_TEXT(walk("[1}"), "[n!2");
    CHECK_TEXT(walk("\"abc"), "!0");
    CHECK_TEXT(walk("\"a\nb\""), "!2");
    CHECK_TEXT(walk("\"\\x\""), "!1");
    CHECK_TEXT(walk("nul"), "!0");
    CHECK_TEXT(walk(""), "!0");
    CHECK_TEXT(walk("1."), "!0");
    json_walk_start(&one, STR("{\"a\":{\"b\":[1,2]},\"c\":\"x\"}"));
    CHECK(json_next(&one) == JSON_OBJECT);
    CHECK(json_next(&one) == JSON_KEY);
    CHECK(json_skip(&one, JSON_KEY, &value));
    CHECK_TEXT(value, "{\"b\":[1,2]}");
    CHECK(json_next(&one) == JSON_KEY);
    CHECK(json_skip(&one, JSON_KEY, &value));
    CHECK_TEXT(value, "\"x\"");
    CHECK(json_next(&one) == JSON_OBJECT_END);
    memset(deep, '[', 1000);
    memset(deep + 1000, ']', 1000);
    CHECK(!json_is_valid(str_make(deep, 2000)));
    CHECK(json_is_valid(str_make(deep + 500, 1000)));
    check_passing();
    buf_free(&buf);
    return check_done();
}
