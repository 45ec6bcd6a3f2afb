#include "check.h"

#include "text/cidr.h"

static bool in(const char *block, const char *address)
{
    struct cidr    cidr;
    struct address parsed;
    bool           inside = cidr_parse(str_of(block), &cidr) && cidr_contains_text(&cidr, str_of(address));

    /* the short way that gives up early agrees with the long one */
    CHECK(inside == (cidr_parse(str_of(block), &cidr) && address_parse(str_of(address), &parsed)
                     && cidr_contains(&cidr, &parsed)));
    return inside;
}

static str again(const char *text)
{
    static char    out[ADDRESS_ROOM];
    struct address address;

    if (!address_parse(str_of(text), &address))
        return STR("bad");
    return str_make(out, address_format(&address, out));
}

int main(void)
{
    struct cidr cidr;

    CHECK(in("10.1.0.0/16", "10.1.255.3"));
    CHECK(!in("10.1.0.0/16", "10.2.0.0"));
    CHECK(in("182.236.164.11/16", "182.236.1.1"));
    CHECK(in("0.0.0.0/0", "255.255.255.255"));
    CHECK(!in("0.0.0.0/0", "::1"));
    CHECK(in("1.2.3.4", "1.2.3.4"));
    CHECK(in("2001:db8::/126", "2001:db8:0:0::2"));
    CHECK(!in("2001:db8::/126", "2001:db8::4"));
    CHECK(in("::/0", "ffff::"));
    CHECK(!in("1.2.3.4/33", "1.2.3.4"));
    CHECK(!in("1.2.3/8", "1.2.3.4"));
    CHECK(!in("1.2.3.4/", "1.2.3.4"));
    CHECK(!in("1.2.3.4/8", ""));
    CHECK(in("10.1.2.128/25", "010.001.2.255"));
    CHECK(!in("10.1.2.128/25", "10.1.2.127"));
    CHECK(!in("10.1.0.0/16", "10.1.0.256"));
    CHECK(!in("10.1.0.0/16", "10.1.0"));
    CHECK(!in("10.1.0.0/16", "10.1.0.1."));
    CHECK(!in("10.1.0.0/16", "10.1.0.0001"));
    CHECK(!in("10.1.0.0/16", "::ffff:10.1.0.1"));
    CHECK(!in("0.0.0.0/0", "1..2.3"));
    CHECK(!in("2001:db8::/32", "10.1.0.1"));
    CHECK(in("fffe:1::/16", "fffe::"));
    CHECK(!cidr_parse_block(STR("1.2.3.4"), &cidr));
    CHECK(cidr_parse_block(STR("1.2.3.4/8"), &cidr));
    CHECK_TEXT(again("1.2.3.256"), "bad");
    CHECK_TEXT(again("1.2.3.4.5"), "bad");
    CHECK_TEXT(again("192.168.001.1"), "192.168.1.1");
    CHECK_TEXT(again("::"), "::");
    CHECK_TEXT(again("::1"), "::1");
    CHECK_TEXT(again("1::"), "1::");
    CHECK_TEXT(again("2001:DB8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");
    CHECK_TEXT(again("1:2:3:4:5:6:7:8"), "1:2:3:4:5:6:7:8");
    CHECK_TEXT(again("::ffff:1.2.3.4"), "::ffff:102:304");
    CHECK_TEXT(again("1:2:3:4:5:6:1.2.3.4"), "1:2:3:4:5:6:102:304");
    CHECK_TEXT(again("1:2:3:4:5:6:7:8:9"), "bad");
    CHECK_TEXT(again("1::2::3"), "bad");
    CHECK_TEXT(again("1:2:3:4:5:6:7:"), "bad");
    CHECK_TEXT(again(":1:2:3:4:5:6:7"), "bad");
    CHECK_TEXT(again("12345::"), "bad");
    CHECK_TEXT(again("fe80::1%eth0"), "bad");
    CHECK_TEXT(again("1:2:3:4:5:6:7:1.2.3.4"), "bad");
    CHECK_TEXT(again(":::"), "bad");
    return check_done();
}
