/* How long it takes to compile a query: the median of many compilations, macros included.
 *
 *     compile [--macro 'NAME(ARGS)=DEFINITION'] QUERY...
 */
#include <spl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 1001 };

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int count, char **word)
{
    spl_engine   *engine;
    spl_query    *query;
    spl_error    *err = NULL;
    static double took[ROUNDS];

    if (spl_engine_new(NULL, &engine) < 0)
        return 1;
    for (int i = 1; i < count; i++) {
        char *equals;
        if (strcmp(word[i], "--macro") == 0 && i + 1 < count && (equals = strchr(word[i + 1], '='))) {
            *equals = 0;
            if (spl_engine_add_macro(engine, word[i + 1], equals + 1, &err) < 0)
                return 1;
            i++;
            continue;
        }
        for (int round = 0; round < ROUNDS; round++) {
            double begin = now();
            if (spl_compile(engine, word[i], SPL_NTS, &query, &err) < 0) {
                char *text = spl_error_render(err, 0);
                fputs(text ? text : "", stderr);
                return 1;
            }
            spl_query_free(query);
            took[round] = now() - begin;
        }
        qsort(took, ROUNDS, sizeof *took, by_value);
        printf("%8.1f us  %.60s\n", took[ROUNDS / 2], word[i]);
    }
    spl_engine_free(engine);
    return 0;
}
