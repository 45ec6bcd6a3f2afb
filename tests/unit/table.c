#include "check.h"

#include "text/table.h"

#include <stdlib.h>

static struct heap  heap;
static struct buf   buf;
static struct table table;

/* name=value, rows in lines. */
static str rows(str text)
{
    char name[TABLE_NAME];

    buf_clear(&buf);
    if (!table_begin(&table, text))
        return STR("none");
    while (table_next(&table)) {
        for (uint32_t i = 0; i < table.columns; i++) {
            if (!table.value[i].at)
                continue;
            CHECK(table.value[i].at >= table.line.at
                  && table.value[i].at + table.value[i].size <= table.line.at + table.line.size);
            buf_put(&buf, str_make(name, table_name(&table, i, name)));
            buf_byte(&buf, '=');
            buf_put(&buf, table.value[i]);
            buf_byte(&buf, ';');
        }
        buf_text(&buf, table.renamed ? "!\n" : "\n");
        table.renamed = false;
    }
    return buf_str(&buf);
}

/* Terminated. */
static str filled(const char *part, size_t count, str end)
{
    size_t size = strlen(part);
    char  *text = calloc(size * count + end.size + 1, 1);

    if (!text)
        exit(3);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * size, part, size);
    memcpy(text + size * count, end.at, end.size);
    return str_make(text, size * count + end.size);
}

static void check_sizes(void)
{
    enum { MANY = 300000 };
    str words = filled("a ", MANY, STR("\n")), names = filled("A", TABLE_WORD + 1, STR(" B\n1 2"));
    str lines, columns;

    /* Lines of very many words: too many columns, and rows whose last column takes the rest. */
    CHECK_TEXT(rows(words), "none");
    lines = filled("A B\n", 1, words);
    CHECK(rows(lines).size > 2 * MANY);
    CHECK_NUMBER((double)table.columns, 2);
    free((char *)(uintptr_t)lines.at);
    CHECK_TEXT(rows(names), "none");
    columns = filled("A ", TABLE_COLUMNS, STR("\n1 2"));
    CHECK_TEXT(rows(columns), "A=1;A=2;!\n");
    free((char *)(uintptr_t)columns.at);
    columns = filled("A ", TABLE_COLUMNS + 1, STR("\n1 2"));
    CHECK_TEXT(rows(columns), "none");
    free((char *)(uintptr_t)columns.at);
    columns = filled("A ", TABLE_COLUMNS, STR("\n"));
    lines = filled(columns.at, 1, words);       /* words far behind the last name */
    CHECK(table_begin(&table, str_make(lines.at, columns.size + words.size)));
    CHECK(table_next(&table) && table.value[TABLE_COLUMNS - 1].size > MANY);
    free((char *)(uintptr_t)lines.at);
    free((char *)(uintptr_t)columns.at);

    /* Very many lines, empty and Capitalised ones. */
    lines = filled("A B\n\n", MANY, STR("1 2"));
    CHECK_TEXT(rows(lines), "A=1;B=2;!\n");
    free((char *)(uintptr_t)lines.at);
    lines = filled("\n \n", MANY, STR("A B\n1 2"));
    CHECK_TEXT(rows(lines), "A=1;B=2;!\n");
    free((char *)(uintptr_t)lines.at);
    lines = filled("1 2\n", MANY, STR("A B\n1 2"));
    CHECK_TEXT(rows(lines), "A=1;B=2;!\n");
    free((char *)(uintptr_t)lines.at);
    free((char *)(uintptr_t)names.at);
    free((char *)(uintptr_t)words.at);
}

int main(void)
{
    heap_init(&heap, NULL, NULL, 0);
    buf_init(&buf, &heap);
    CHECK_TEXT(rows(STR("")), "none");
    CHECK_TEXT(rows(STR("\n\n")), "none");
    CHECK_TEXT(rows(STR("A B")), "none");
    CHECK_TEXT(rows(STR("A B\n----\n")), "none");
    CHECK_TEXT(rows(STR("A B\n1")), "A=1;!\n");
    CHECK_TEXT(rows(STR("  A   B\n-- --\n 10   x\n 2   yy z\r\n")), "A=10;B=x;!\nA=2;B=yy z;\n");
    CHECK_TEXT(rows(STR("%CPU \xC3\xA9 x%\n1 2 3")), "pctCPU=1;Column_2=2;xpct=3;!\n");
    CHECK_TEXT(rows(STR("A B\n1 2\n\nC D\n3 4\n\nE F")), "A=1;B=2;!\nC=3;D=4;!\nC=E;D=F;\n");
    CHECK_TEXT(rows(STR("name city\nBob Paris\n\nann rome")), "name=Bob;city=Paris;!\nname=ann;city=rome;\n");
    /* The first that may name columns, if none below fits or is Capitalised; only so far below. */
    CHECK_TEXT(rows(STR("some words\n1\n2 3 4\nA B\n5 6")), "A=5;B=6;!\n");
    CHECK_TEXT(rows(STR("some words\n1\n2\n3\n4\n5\n6\n7\n8\n9\nA B\n5 6")),
               "some=1;!\nsome=2;\nsome=3;\nsome=4;\nsome=5;\nsome=6;\nsome=7;\nsome=8;\nsome=9;\nsome=A;words=B;\n"
               "some=5;words=6;\n");
    check_sizes();
    buf_free(&buf);
    return check_done();
}
