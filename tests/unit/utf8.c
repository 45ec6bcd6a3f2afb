#include "check.h"

#include "base/utf8.h"

static str mapped(const char *text, void (*put)(struct buf *, str))
{
    static struct heap heap;
    static struct buf  buf;

    if (!heap.resize) {
        heap_init(&heap, NULL, NULL, 0);
        buf_init(&buf, &heap);
    }
    buf_clear(&buf);
    put(&buf, str_of(text));
    return buf_str(&buf);
}

int main(void)
{
    uint32_t code;

    CHECK(utf8_is_valid(STR("")));
    CHECK(utf8_is_valid(STR("plain text that is longer than thirty-two bytes, to be sure")));
    CHECK(utf8_is_valid(STR("gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80")));
    CHECK(!utf8_is_valid(STR("\xC0\xAF")));
    CHECK(!utf8_is_valid(STR("\xED\xA0\x80")));
    CHECK(!utf8_is_valid(STR("\xF4\x90\x80\x80")));
    CHECK(!utf8_is_valid(STR("abc\xE2\x82")));
    CHECK(utf8_valid_size(STR("ab\xC3\xBC\xFF")) == 4);
    CHECK(utf8_count(STR("gr\xC3\xBC\xC3\x9F\xFF")) == 5);
    CHECK(utf8_offset(STR("gr\xC3\xBC\xC3\x9F!"), 3) == 4);
    CHECK(utf8_offset(STR("abc"), 3) == 3);
    CHECK(utf8_offset(STR("abc"), 9) == 3);
    {
        str euro = STR("\xE2\x82\xAC"), bad = STR("\xFF");

        CHECK(utf8_next(euro.at, euro.at + euro.size, &code) == 3);
        CHECK(utf8_next(bad.at, bad.at + bad.size, &code) == 1 && code == UTF8_INVALID + 0xFF);
    }
    {
        const char *text = "a\xE2\x82\xAC\x82";
        CHECK(utf8_back(text, text + 5) == 1);
        CHECK(utf8_back(text, text + 4) == 3);
        CHECK(utf8_back(text, text + 1) == 1);
    }
    CHECK_TEXT(mapped("Stra\xC3\x9F" "E \xC3\x84PFEL \xFF!", utf8_put_lower),
               "stra\xC3\x9F" "e \xC3\xA4pfel \xFF!");
    CHECK_TEXT(mapped("stra\xC3\x9F" "e \xC3\xA4pfel", utf8_put_upper), "STRA\xC3\x9F" "E \xC3\x84PFEL");
    CHECK_TEXT(mapped("\xE2\x84\xAA\xC5\xBF\xCF\x82", utf8_put_fold), "ks\xCF\x83");
    CHECK(utf8_equal_fold(STR("\xCE\xA3x"), STR("\xCF\x82X")));
    CHECK(!utf8_equal_fold(STR("ab"), STR("abc")));
    return check_done();
}
