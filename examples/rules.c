/* Many detections over one pass of the input: a page of analytics in, alerts out.
 *
 *     rules PAGE.md FILE */
#include <spl.h>

#include <stdio.h>

static int32_t alert(void *host, const spl_rule *rule, spl_batch *rows)
{
    size_t *alerts = host;

    *alerts += spl_batch_rows(rows);
    printf("%s: %zu rows, severity %s\n", spl_rule_title(rule), spl_batch_rows(rows), spl_rule_severity(rule));
    return 0;
}

static char *read_page(const char *path, size_t *size)
{
    static char page[1 << 20];
    FILE       *file = fopen(path, "rb");

    *size = file ? fread(page, 1, sizeof page, file) : 0;
    if (file)
        fclose(file);
    return file ? page : NULL;
}

static void report(const spl_rules *rules)
{
    for (size_t i = 0; i < spl_rules_count(rules); i++) {
        const spl_rule *rule = spl_rules_get(rules, i);
        if (spl_rule_state(rule) == SPL_RULE_REFUSED) {
            char *why = spl_error_render(spl_rule_problem(rule), 0);
            fprintf(stderr, "%s was refused: %s", spl_rule_title(rule), why ? why : "out of memory\n");
            spl_free(why);
        }
    }
}

int main(int count, char **argument)
{
    spl_engine *engine = NULL;
    spl_rules  *rules = NULL;
    spl_watch  *watch = NULL;
    spl_error  *err = NULL;
    size_t      size, alerts = 0;
    char       *page = count == 3 ? read_page(argument[1], &size) : NULL;
    spl_status  status;

    if (!page)
        return fprintf(stderr, "usage: rules PAGE.md FILE\n"), 2;
    status = spl_engine_new(NULL, &engine);
    if (status >= 0)
        status = spl_rules_new(engine, &rules, &err);
    if (status >= 0)
        status = spl_rules_add_pack(rules, argument[1], "markdown", page, size, &err);
    if (status >= 0) {
        report(rules);
        status = spl_watch_new(rules, alert, &alerts, &watch, &err);
    }
    if (status >= 0)
        status = spl_watch_open(watch, argument[2], "auto", &err);
    if (status >= 0)
        status = spl_watch_end(watch, &err);
    if (status >= 0)
        printf("%zu rows in all\n", alerts);
    spl_watch_free(watch);
    spl_rules_free(rules);
    spl_engine_free(engine);
    if (status < 0) {
        char *text = spl_error_render(err, 0);
        fputs(text ? text : "out of memory\n", stderr);
        spl_free(text);
        spl_error_free(err);
    }
    return status < 0;
}
