/* Time stamps as they stand in data, without a format: fast for the usual ones.
 *
 * Known: ISO 8601 and RFC 3339 (T or a space, fraction after a point or comma, Z, +hh, +hhmm, +hh:mm;
 * without a zone: the view's); 2023/11/14 22:13:20; epoch numbers in seconds, milliseconds, microseconds
 * or nanoseconds, told apart by size; syslog "May 14 09:12:31" (year from `now`); 14/May/2023:09:12:31
 * +0200; "Tue, 14 Nov 2023 22:13:20 GMT"; "Tue Nov 14 22:13:20 2023"; 11/14/2023 10:13:20 PM. */
#pragma once

#include "time/zone.h"

/* The whole text is one time stamp, blanks around it aside. */
bool time_read(str text, struct zone_view *view, double now, double *instant);

/* A number that is a time: told apart by size. False if it cannot be one. */
bool time_from_number(double number, double *instant);

/* The time stamp that a line of text starts with, after at most a syslog priority or one opening bracket,
 * or that follows time=, timestamp=, ts= or _time= among its first words (docker's and logfmt lines). */
bool time_sniff(str line, struct zone_view *view, double now, double *instant);
