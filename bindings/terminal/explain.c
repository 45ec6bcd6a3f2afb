#include "terminal.h"

#include <stdio.h>

int explain_query(struct session *session)
{
    static const struct { int32_t what; const char *title; } parts[] = {
        { SPL_SHOW_TREE, "tree" }, { SPL_SHOW_FIELDS, "fields read" }, { SPL_SHOW_PLAN, "plan" },
    };
    spl_query *query;
    spl_error *err = NULL;

    if (!session->query) {
        fputs("error: --explain wants a query\n", stderr);
        return EXIT_USAGE;
    }
    if (spl_compile(session->engine, session->query, SPL_NTS, &query, &err) < 0) {
        session_fail(session, err);
        return EXIT_USAGE;
    }
    session_warn(session, spl_query_warnings(query));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char *text = spl_query_show(query, parts[i].what);
        printf("%s%s:\n%s", i ? "\n" : "", parts[i].title, text ? text : "");
        spl_free(text);
    }
    spl_query_free(query);
    return EXIT_RAN;
}
