/* What every fallible function returns: 0 fine, above 0 news, below 0 failure.
 *
 * Details of a failure go to the `struct diag` the function was given; see base/diag.h.
 * The numbers are those of spl.h (api/ asserts it). */
#pragma once

#include <stdint.h>

typedef int32_t status;

enum {
    OK = 0,
    ENOUGH = 1,             /* the receiver wants no more rows; travels back to the source */
    PASS = 2,               /* "not my case": a vector body hands over to the row body */
    HUNGRY = 3,             /* more input is needed */
    DONE = 4,               /* there is no more */
    AGAIN = 5,              /* there is more: call once more, when what came out has been taken */

    FAIL_MEMORY = -1,
    FAIL_QUERY = -2,        /* the text does not compile */
    FAIL_DATA = -3,
    FAIL_IO = -4,
    FAIL_LIMIT = -5,
    FAIL_CANCELLED = -6,
    FAIL_HOST = -7,         /* a host callback failed */
    FAIL_MISUSE = -8,
    FAIL_BUG = -9           /* our mistake; the host survives it */
};

/* Pass failures and news up; the only flow macro. */
#define TRY(call) do { status s_ = (call); if (s_ != OK) return s_; } while (0)

/* For allocations: NULL means out of memory. */
#define TRY_NEW(pointer) do { if (!(pointer)) return FAIL_MEMORY; } while (0)
