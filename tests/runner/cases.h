/* Cases of a .test file. */
#pragma once

#include <stddef.h>

enum section { IN_OPTIONS, IN_QUERY, IN_INPUT, IN_OUTPUT, IN_ERROR, IN_WARNINGS, IN_NOTES, IN_STORED, IN_THEN,
               SECTIONS };

enum { TABLES = 8 };

enum place {
    BY_NAME,                    /* CSV that the host names */
    IN_FOLDER,                  /* CSV in the folder where queries look for tables */
    IN_APP                      /* a file of an app: "name/default/macros.conf" */
};

/* A file that is there while the case runs. */
struct test_table {
    char      *name, *text;
    enum place place;
};

struct test_case {
    char  *title;
    char  *file;
    size_t line;
    char  *text[SECTIONS];      /* lines joined, each ending in a newline; NULL: no such section */
    struct test_table table[TABLES];
    size_t tables;
};

struct test_file {
    struct test_case *item;
    size_t            count;
};

int  cases_read(const char *path, struct test_file *out);       /* 0, or -1 after a message */
void cases_free(struct test_file *file);
