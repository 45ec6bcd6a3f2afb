/* Checks for the unit tests: each prints what failed and where; the program's last line counts. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

static int check_passed, check_failed;

#define CHECK(claim) check_claim((claim), #claim, __FILE__, __LINE__)
#define CHECK_TEXT(got, want) check_text((got), (want), #got, __FILE__, __LINE__)
#define CHECK_NUMBER(got, want) check_number((got), (want), #got, __FILE__, __LINE__)

static inline void check_claim(int holds, const char *claim, const char *file, int line)
{
    if (holds) {
        check_passed++;
        return;
    }
    check_failed++;
    printf("%s:%d: not true: %s\n", file, line, claim);
}

static inline void check_text(str got, const char *want, const char *what, const char *file, int line)
{
    if (str_is(got, want)) {
        check_passed++;
        return;
    }
    check_failed++;
    printf("%s:%d: %s\n    is     %.*s\n    not    %s\n", file, line, what, (int)got.size, got.at, want);
}

static inline void check_number(double got, double want, const char *what, const char *file, int line)
{
    if (got == want || (got != got && want != want)) {
        check_passed++;
        return;
    }
    check_failed++;
    printf("%s:%d: %s is %.17g, not %.17g\n", file, line, what, got, want);
}

static inline int check_done(void)
{
    printf("%d passed, %d failed\n", check_passed, check_failed);
    return check_failed ? 1 : 0;
}
