/* Any text as a query. What compiles is shown and run over a few events, in several ways that must not matter.
 * EXPRESSION: the text is what is behind "eval x=". */
#include "query.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
#ifdef EXPRESSION
    static const char prefix[] = "eval x=";
#else
    static const char prefix[] = "";
#endif
    char *text = malloc(size + sizeof prefix);

    if (!text)
        abort();
    memcpy(text, prefix, sizeof prefix - 1);
    if (size)
        memcpy(text + sizeof prefix - 1, bytes, size);
    compare_query(text, size + sizeof prefix - 1);
    free(text);
    return 0;
}
