/* The top of every parser: our places, our memory, our bounds. Include it in %code before anything
 * generated. */
#pragma once

#include "syntax/build.h"

/* Brackets and operators of NESTING_MOST levels fit: a level takes at most a symbol or two for each
 * precedence. */
#define YYMAXDEPTH (24 * NESTING_MOST)
/* Only yyparse allocates, where `builder` is in sight. The arena frees. */
#define YYMALLOC(size) build_stack(builder, (size))
#define YYFREE(block) ((void)(block))

#define YYLLOC_DEFAULT(current, right, count) \
    do { \
        (current).from = (count) ? YYRHSLOC(right, 1).from : YYRHSLOC(right, 0).to; \
        (current).to = YYRHSLOC(right, count).to; \
    } while (0)

#if defined __GNUC__
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wconversion"
#endif
