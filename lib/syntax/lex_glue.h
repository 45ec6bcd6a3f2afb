/* The top of every scanner: places, memory and ends of the world, so that flex can neither print nor exit.
 *
 * The text is scanned in place (yy_scan_buffer), so flex allocates three small blocks only; they come from
 * the builder's reserve and cannot fail. Include this in the scanner's first block, after the parser's
 * header. */
#pragma once

#include "syntax/build.h"

/* A scanner without a buffer would read standard input: ours always has one, and must not know that stream. */
#include <stdio.h>
#undef stdin
#undef stdout
#define stdin NULL
#define stdout NULL

#define YY_EXTRA_TYPE struct builder *
#define YY_NO_UNISTD_H 1

/* "No action found" and a failing allocation are the only calls left; neither can happen here. */
#define YY_FATAL_ERROR(message) ((void)(message))
#define YY_INPUT(buffer, result, most) ((void)(buffer), (void)(most), (result) = 0)

#define YY_USER_ACTION \
    yylloc->from = yyextra->at; \
    yyextra->at += (uint32_t)yyleng; \
    yylloc->to = yyextra->at;

#if defined __GNUC__
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#endif
