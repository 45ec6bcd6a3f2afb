/* Files of a case: CSV tables that its query may name, and apps. */
#pragma once

#include "cases.h"

#include <spl.h>

int  tables_put(spl_engine *engine, const struct test_case *test, spl_error **err);     /* 0: *err says why not */
const char *tables_warnings(void);                     /* what was odd in the apps */
void tables_remove(const struct test_case *test);
void tables_end(void);
