#include "terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every mistake of the query: for people on standard error, as JSON lines on standard output. */
int check_query(struct session *session)
{
    bool        json = session->output && strcmp(session->output, "json") == 0;
    char       *memory = session->query ? NULL : read_whole("-");
    const char *text = session->query ? session->query : memory;
    spl_query  *query;
    spl_error  *err = NULL;
    int         result = EXIT_RAN;

    if (text && spl_compile(session->engine, text, SPL_NTS, &query, &err) >= 0) {
        char *warnings = json ? spl_error_render(spl_query_warnings(query), SPL_JSON) : NULL;
        if (warnings)
            fputs(warnings, stdout);
        else
            session_warn(session, spl_query_warnings(query));
        spl_free(warnings);
        spl_query_free(query);
    } else if (json) {
        char *mistakes = spl_error_render(err, SPL_JSON);
        fputs(mistakes ? mistakes : "", stdout);
        spl_free(mistakes);
        spl_error_free(err);
        result = EXIT_USAGE;
    } else {
        session_fail(session, err);
        result = EXIT_USAGE;
    }
    free(memory);
    return result;
}
