/* Reads what program_print writes, so that the machine can be tested without the compiler. */
#pragma once

#include "vm/program.h"

/* FAIL_QUERY: the text is no program (the offending line is reported); FAIL_BUG: it breaks a rule of
 * vm/verify.c. */
status program_assemble(struct compile *compile, str text, struct program **out);
