/* Cases of a .test file. */
#pragma once

#include <stddef.h>

enum section { IN_OPTIONS, IN_QUERY, IN_INPUT, IN_OUTPUT, IN_ERROR, IN_WARNINGS, IN_NOTES, SECTIONS };

struct test_case {
    char  *title;
    char  *file;
    size_t line;
    char  *text[SECTIONS];      /* lines joined, each ending in a newline; NULL: no such section */
};

struct test_file {
    struct test_case *item;
    size_t            count;
};

int  cases_read(const char *path, struct test_file *out);       /* 0, or -1 after a message */
void cases_free(struct test_file *file);
