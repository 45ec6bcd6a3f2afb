/* Without libmaxminddb nobody knows any place. */
#include "knowledge/places.h"

#include <stdio.h>

status places_open(struct heap *heap, const char *path, struct lookup **out, char reason[PLACES_REASON])
{
    (void)heap;
    (void)path;
    *out = NULL;
    snprintf(reason, PLACES_REASON, "this build of the library has no support for such files (libmaxminddb)");
    return FAIL_IO;
}
