#include "check.h"

#include "knowledge/conf.h"

static struct heap heap;
static struct buf  buf;

/* "[stanza] key=value@line; ..." of files laid one over the other, and behind "!" how many lines were odd. */
static str show(const str *file, size_t files)
{
    struct arena arena;
    struct conf  conf;
    struct diag  diag;

    buf_clear(&buf);
    arena_init(&arena, &heap);
    diag_init(&diag, &heap);
    conf_init(&conf, &arena, &heap);
    for (size_t i = 0; i < files; i++)
        CHECK(conf_lay(&conf, STR("x.conf"), file[i], &diag) == OK);
    for (uint32_t i = 0; i < conf.stanzas.count; i++) {
        const struct conf_stanza *stanza = conf.stanzas.entry[i].value;

        buf_print(&buf, "[%.*s]", SHOW(stanza->name));
        for (uint32_t j = 0; j < stanza->settings.count; j++) {
            const struct conf_setting *setting = stanza->settings.entry[j].value;
            buf_print(&buf, " %.*s=%.*s@%u;", SHOW(setting->key), SHOW(setting->value), setting->line);
        }
    }
    if (diag.count)
        buf_print(&buf, "!%u", diag.count);
    conf_free(&conf);
    diag_free(&diag);
    arena_free(&arena);
    return buf_str(&buf);
}

static str show_one(str text)
{
    return show(&text, 1);
}

#define SHOWN(literal) show_one(STR(literal))

static void lines(void)
{
    CHECK_TEXT(SHOWN(""), "");
    CHECK_TEXT(SHOWN("\n\n  \n# x = 1\n  # [a]\n; b = 2\n"), "");
    CHECK_TEXT(SHOWN("[a]\nx = 1"), "[a] x=1@2;");
    CHECK_TEXT(SHOWN("  [a]\n\t x\t=\t1 \n"), "[a] x=1@2;");
    CHECK_TEXT(SHOWN("[a]\nx = 1 # not a comment\ny ="), "[a] x=1 # not a comment@2; y=@3;");
    CHECK_TEXT(SHOWN("[a]\nx = a = b"), "[a] x=a = b@2;");
    CHECK_TEXT(SHOWN("[a]\nx = 1\ny = 2\nx = 3"), "[a] x=3@4; y=2@3;");
    CHECK_TEXT(SHOWN("[a]\nx = 1\n[b]\ny = 2\n[a]\nz = 3"), "[a] x=1@2; z=3@6;[b] y=2@4;");
    CHECK_TEXT(SHOWN("x = 1\n[a]\n[default]\ny = 2"), "[default] x=1@1; y=2@4;[a]");
    CHECK_TEXT(SHOWN("[a]\n ; x = 1"), "[a] ; x=1@2;");       /* a comment only in the first column */
}

static void names(void)
{
    CHECK_TEXT(SHOWN("[source::...[/\\\\]app.log*]\nx = 1"), "[source::...[/\\\\]app.log*] x=1@2;");
    CHECK_TEXT(SHOWN("[[ERA] hosts]"), "[[ERA] hosts]");
    CHECK_TEXT(SHOWN("[x] # note"), "[x]");
    CHECK_TEXT(SHOWN("[]\nx = 1"), "[] x=1@2;");
    CHECK_TEXT(SHOWN("[x\ny = 1"), "[x] y=1@2;!1");
    CHECK_TEXT(SHOWN("["), "[]!1");
    CHECK_TEXT(SHOWN("[a b]\n[A b]"), "[a b][A b]");
}

static void going_on(void)
{
    CHECK_TEXT(SHOWN("[a]\nx = 1 \\\n  2\ny = 3"), "[a] x=1 \n  2@2; y=3@4;");
    CHECK_TEXT(SHOWN("[a]\nx = 1\\\n# 2\\\n[b]\\\n\ny = 3"), "[a] x=1\n# 2\n[b]@2; y=3@6;");
    CHECK_TEXT(SHOWN("[a]\nx = \\i\\\\\ny"), "[a] x=\\i\\\ny@2;");
    CHECK_TEXT(SHOWN("[a]\nx = 1\\ \ny = 2"), "[a] x=1\\@2; y=2@3;");
    CHECK_TEXT(SHOWN("[a]\nx = 1\\"), "[a] x=1@2;");
    CHECK_TEXT(SHOWN("[a]\nx = \\"), "[a] x=@2;");
    CHECK_TEXT(SHOWN("# a \\\nx = 1"), "[default] x=1@2;");
}

static void junk(void)
{
    CHECK_TEXT(SHOWN("[a]\nwhat\nx = 1\n= 2\n"), "[a] x=1@3;!2");
}

static void bytes(void)
{
    CHECK_TEXT(SHOWN("\xef\xbb\xbf[a]\r\nx = 1\r\ny = 2\rz = 3"), "[a] x=1@2; y=2@3; z=3@4;");
    CHECK_TEXT(SHOWN("[a]\r\nx = 1\\\r\n2"), "[a] x=1\n2@2;");
    CHECK_TEXT(SHOWN("[a]\nx = \xff\xc3\xa9\xc3"), "[a] x=\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd@2;");
    CHECK_TEXT(SHOWN("[a]\nx = 1\0" "2"), "[a] x=12@2;");
    CHECK_TEXT(SHOWN("\xff\xfe[\0a\0]\0\n\0x\0=\0\xe9\0=\xd8\0\xde"), "[a] x=\xc3\xa9\xf0\x9f\x98\x80@2;");
    CHECK_TEXT(SHOWN("\xfe\xff\0[\0a\0]\0\n\0x\0=\xd8\x3d"), "[a] x=\xef\xbf\xbd@2;");
    CHECK_TEXT(SHOWN("\xff\xfe["), "");                         /* half a character */
}

static void layers(void)
{
    static const str file[] = { { "[default]\na = 1\nb = 2\n[x]\nc = 3\nd = 4", 38 }, { "[x]\nc =\n[default]\nb = 5", 24 } };

    CHECK_TEXT(show(file, 2), "[default] a=1@2; b=5@4;[x] c=@2; d=4@6;");
}

static void settings(void)
{
    struct arena              arena;
    struct conf               conf;
    const struct conf_stanza *x;

    arena_init(&arena, &heap);
    conf_init(&conf, &arena, &heap);
    CHECK(conf_lay(&conf, STR("x.conf"), STR("[x]\na=1\nb=\n[default]\na=0\nc=9"), NULL) == OK);
    x = map_get(&conf.stanzas, STR("x"));
    CHECK_TEXT(conf_text(&conf, x, "a"), "1");
    CHECK_TEXT(conf_text(&conf, x, "b"), "");
    CHECK_TEXT(conf_text(&conf, x, "c"), "9");
    CHECK(!conf_own(x, "c") && conf_own(x, "b") && !conf_get(&conf, x, "d"));
    conf_free(&conf);
    arena_free(&arena);
}

int main(void)
{
    heap_init(&heap, NULL, NULL, 0);
    buf_init(&buf, &heap);
    lines();
    names();
    going_on();
    junk();
    bytes();
    layers();
    settings();
    buf_free(&buf);
    CHECK_NUMBER((double)heap.used, 0);
    return check_done();
}
