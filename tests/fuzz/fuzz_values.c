/* JSON and XML texts and numbers: walked, skipped, decoded, escaped, read and printed; what was printed reads back. */
#include "inside.h"

#include "text/json.h"
#include "text/xml.h"
#include "value/number.h"

static bool walk_whole(str text)
{
    struct json_walk walk;
    enum json_token  token;
    uint32_t         deepest = 0;

    json_walk_start(&walk, text);
    for (token = json_next(&walk); token != JSON_ERROR && token != JSON_END; token = json_next(&walk))
        deepest = walk.depth > deepest ? walk.depth : deepest;
    MUST(deepest <= JSON_DEPTH);
    if (token == JSON_ERROR)
        MUST(walk.reason && walk.offset <= text.size);
    return token == JSON_END;
}

static void check_json(struct bench *bench, str text)
{
    struct json_walk walk;
    struct buf       out;
    char            *decoded;
    str              value, whole;
    enum json_token  token;

    MUST(walk_whole(text) == json_is_valid(text));
    json_walk_start(&walk, text);
    token = json_next(&walk);
    if (json_is_valid(text) && token != JSON_END)
        MUST(json_skip(&walk, token, &value) && json_next(&walk) == JSON_END);

    buf_init(&out, &bench->heap);
    json_put_string(&out, text);
    whole = buf_str(&out);
    MUST(json_is_valid(whole));
    decoded = malloc(whole.size + 1);
    MUST(decoded && json_decode(str_slice(whole, 1, whole.size - 1), decoded) >= text.size);
    MUST(json_decode(text, decoded) <= text.size);
    free(decoded);
    buf_free(&out);
}

static void check_xml(str text)
{
    struct xml_walk walk;
    enum xml_token  token;
    uint32_t        opened = 0, closed = 0;
    str             value;
    char           *decoded = malloc(text.size + 1);

    xml_walk_start(&walk, text);
    while ((token = xml_next(&walk)) == XML_OPEN || token == XML_CLOSE) {
        opened += token == XML_OPEN;
        closed += token == XML_CLOSE;
        MUST(walk.name.size && walk.at <= walk.end && walk.tag <= walk.at);
        if (token == XML_OPEN && xml_attribute(walk.attributes, STR("a"), &value))
            MUST(xml_decode(value, decoded) <= value.size);
    }
    MUST(token == XML_ERROR ? walk.reason && walk.offset <= text.size : opened == closed && opened);
    MUST(xml_decode(text, decoded) <= text.size);
    free(decoded);
}

static void check_number(str text)
{
    char    shown[NUMBER_ROOM];
    double  number, again;
    int16_t decimals;
    size_t  size;

    number_is_json(text);
    number_parse_loose(text, &number);
    if (!number_parse(text, &number, &decimals))
        return;
    size = number_format(number, decimals, shown);
    MUST(size <= NUMBER_ROOM && number_parse(str_make(shown, size), &again, NULL));
    size = number_format(number, INT16_MAX, shown);
    MUST(size <= NUMBER_ROOM && number_parse(str_make(shown, size), &again, NULL));
    MUST(number == again || (number != number && again != again));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    str          copy = exact_copy(bytes, size);
    struct bench bench;

    bench_open(&bench);
    check_json(&bench, copy);
    check_xml(copy);
    check_number(copy);
    bench_close(&bench);
    free((char *)copy.at);
    return 0;
}
