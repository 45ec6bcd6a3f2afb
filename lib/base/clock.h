/* The two clocks; the only file that asks the system for the time. */
#pragma once

#include <stdint.h>

double   clock_wall(void);          /* seconds since 1970-01-01 UTC */
uint64_t clock_steady(void);        /* nanoseconds since some moment; never goes back */
