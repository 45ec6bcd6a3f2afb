/* CSV tables of a case, as files that its query may name. */
#pragma once

#include "cases.h"

#include <spl.h>

int  tables_put(spl_engine *engine, const struct test_case *test, spl_error **err);     /* 0: *err says why not */
void tables_remove(const struct test_case *test);
void tables_end(void);
