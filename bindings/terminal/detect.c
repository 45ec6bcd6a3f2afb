/* --detect: all rules of the packs over one pass, alerts out. */
#include "terminal.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAIRS_WIDTH = 160, VALUE_WIDTH = 48 };

struct detection {
    struct session *session;
    const char     *output;
    uint64_t        alerts;
    bool            gone;           /* nobody reads any more */
    spl_error      *err;            /* of writing a row */
    char           *line;           /* being made */
    size_t          size, room;
};

/* --- making lines -------------------------------------------------------------------------------------------------- */

static void put(struct detection *to, const char *text, size_t size)
{
    if (to->room - to->size < size + 1) {
        size_t room = (to->room + size) * 2 + 256;
        char  *moved = realloc(to->line, room);
        if (!moved) {
            fputs("error: out of memory\n", stderr);
            exit(EXIT_FAILED);
        }
        to->line = moved;
        to->room = room;
    }
    memcpy(to->line + to->size, text, size);
    to->size += size;
    to->line[to->size] = 0;
}

static void put_text(struct detection *to, const char *text)
{
    put(to, text, strlen(text));
}

static void put_json(struct detection *to, const char *text)
{
    char code[8];

    put(to, "\"", 1);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            put(to, "\\", 1);
            put(to, text, 1);
        } else if (c < 0x20) {
            snprintf(code, sizeof code, "\\u%04x", c);
            put_text(to, code);
        } else {
            put(to, text, 1);
        }
    }
    put(to, "\"", 1);
}

static bool row_time(const spl_batch *batch, size_t row, double *out)
{
    size_t   column = spl_batch_find(batch, "_time");
    spl_cell cell;

    return column != SPL_NTS && spl_batch_cell(batch, row, column, &cell) >= 0 && spl_cell_number(&cell, out);
}

/* The head of an alert: everything but the row. */
static void put_alert_head(struct detection *to, const spl_rule *rule, const spl_batch *batch, size_t row)
{
    size_t   column = spl_batch_find(batch, "_time");
    char     text[400];
    spl_cell cell;
    double   time;

    put_text(to, "{\"rule\":{\"id\":");
    put_json(to, spl_rule_id(rule));
    put_text(to, ",\"title\":");
    put_json(to, spl_rule_title(rule));
    put_text(to, ",\"pack\":");
    put_json(to, spl_rule_pack(rule));
    put_text(to, ",\"attack\":[");
    for (size_t i = 0; spl_rule_attack(rule, i); i++) {
        if (i)
            put_text(to, ",");
        put_json(to, spl_rule_attack(rule, i));
    }
    put_text(to, "],\"severity\":");
    put_json(to, spl_rule_severity(rule));
    put_text(to, "},\"time\":");
    if (row_time(batch, row, &time) && isfinite(time) && spl_batch_cell(batch, row, column, &cell) >= 0
        && spl_cell_text(&cell, text, sizeof text) < sizeof text)
        put_text(to, text);
    else
        put_text(to, "null");
    put_text(to, ",\"row\":");
}

/* The library writes the rows, an object a line; each goes into its alert. */
static spl_status json_alerts(struct detection *to, const spl_rule *rule, spl_batch *batch)
{
    spl_writer *writer;
    const char *at;
    size_t      size, row = 0;
    spl_status  status = spl_writer_new(to->session->engine, "json", &writer, &to->err);

    if (status < 0)
        return status;
    status = spl_writer_batch(writer, batch, &to->err);
    if (status >= 0)
        status = spl_writer_end(writer, &to->err);
    spl_writer_take(writer, &at, &size);
    while (status >= 0 && size) {
        size_t line = strcspn(at, "\n");
        if (line > size)
            line = size;
        put_alert_head(to, rule, batch, row++);
        put(to, at, line);
        put_text(to, "}\n");
        at += line + (line < size);
        size -= line + (line < size);
    }
    spl_writer_free(writer);
    return status;
}

/* --- for people ---------------------------------------------------------------------------------------------------- */

/* What tells one row from the next at a glance: plain fields with short values, the text and the origin left out. */
static void put_pairs(struct detection *to, const spl_batch *batch, size_t row)
{
    static const char *const DULL[] = { "time", "timestamp", "@timestamp", "source", "index",
                                        "msg",  "message",   "linecount",  "scope",  "kind",
                                        "type", "count",     "level",      "reason" };
    size_t                   used = 0;

    for (size_t column = 0; column < spl_batch_columns(batch) && used < PAIRS_WIDTH; column++) {
        const char *name = spl_batch_name(batch, column);
        char        value[VALUE_WIDTH + 1];
        spl_cell    cell;
        size_t      size;
        bool        dull = name[0] == '_' || strpbrk(name, ".{");

        for (size_t i = 0; i < sizeof DULL / sizeof *DULL; i++)
            dull |= strcmp(name, DULL[i]) == 0;
        if (dull || spl_batch_cell(batch, row, column, &cell) < 0 || cell.kind == SPL_NULL || cell.kind == SPL_LIST)
            continue;
        size = spl_cell_text(&cell, value, sizeof value);
        if (size == 0 || size >= sizeof value)
            continue;
        if (used)
            put(to, " ", 1);
        put_text(to, name);
        put(to, "=", 1);
        put_text(to, value);
        used += strlen(name) + size + 2;
    }
}

static void table_alerts(struct detection *to, const spl_rule *rule, const spl_batch *batch)
{
    if (to->alerts == 0)
        put_text(to, "time                  severity  alert\n");
    for (size_t row = 0; row < spl_batch_rows(batch); row++) {
        char      text[64] = "-";
        double    seconds;
        time_t    whole;
        struct tm parts;

        if (row_time(batch, row, &seconds) && fabs(seconds) < 2e11) {
            whole = (time_t)floor(seconds);
            if (gmtime_r(&whole, &parts))
                strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
        }
        put_text(to, text);
        for (size_t i = strlen(text); i < 22; i++)
            put(to, " ", 1);
        put_text(to, spl_rule_severity(rule));
        for (size_t i = strlen(spl_rule_severity(rule)); i < 10; i++)
            put(to, " ", 1);
        put_text(to, spl_rule_title(rule));
        put_text(to, ": ");
        put_pairs(to, batch, row);
        put(to, "\n", 1);
    }
}

static int32_t on_match(void *host, const spl_rule *rule, spl_batch *batch)
{
    struct detection *to = host;

    to->size = 0;
    if (strcmp(to->output, "table") == 0)
        table_alerts(to, rule, batch);
    else if (json_alerts(to, rule, batch) < 0)
        return 1;
    to->alerts += spl_batch_rows(batch);
    to->gone = !show_bytes(to->line, to->size);
    return to->gone;
}

/* --- the packs ----------------------------------------------------------------------------------------------------- */

static bool load(struct session *session, spl_rules *rules)
{
    for (size_t i = 0; i < session->packs.count; i++) {
        const char *path = session->packs.at[i], *name = strrchr(path, '/');
        char       *text = read_whole(path);
        spl_error  *err = NULL;
        spl_status  status;

        if (!text) {
            fprintf(stderr, "error: cannot read the pack '%s'\n", path);
            return false;
        }
        status = spl_rules_add_pack(rules, name ? name + 1 : path, NULL, text, strlen(text), &err);
        free(text);
        if (status < 0) {
            session_fail(session, err);
            return false;
        }
    }
    return true;
}

/* The head of a problem: whose it is, and where that stands in its document. `line` counts from 1 in the search. */
static void put_problem_head(struct detection *to, const spl_rule *rule, size_t line)
{
    char number[32];

    put_text(to, "{\"pack\":");
    put_json(to, spl_rule_pack(rule));
    put_text(to, ",\"rule\":");
    put_json(to, spl_rule_id(rule));
    if (spl_rule_line(rule) && line) {
        snprintf(number, sizeof number, ",\"pack_line\":%zu", spl_rule_line(rule) + line - 1);
        put_text(to, number);
    }
    put_text(to, ",");
}

/* The problems of one rule, an object a line. */
static void print_json_problems(const spl_rule *rule)
{
    struct detection to = { 0 };
    const spl_error *problem = spl_rule_problem(rule);
    char            *text = spl_error_render(problem, SPL_JSON);
    size_t           i = 0;

    if (spl_rule_remark(rule)[0]) {
        put_problem_head(&to, rule, 1);
        put_text(&to, "\"severity\":\"warning\",\"code\":\"pack-remark\",\"message\":");
        put_json(&to, spl_rule_remark(rule));
        put_text(&to, "}\n");
    }
    for (const char *at = text; at && *at; at += strcspn(at, "\n"), at += *at == '\n') {
        put_problem_head(&to, rule, spl_error_line(problem, i++));
        put(&to, at + 1, strcspn(at + 1, "\n"));
        put_text(&to, "\n");
    }
    show_bytes(to.line ? to.line : "", to.size);
    free(to.line);
    spl_free(text);
}

static void show_counts(const spl_rules *rules)
{
    size_t count[3] = { 0 };

    for (size_t i = 0; i < spl_rules_count(rules); i++)
        switch (spl_rule_state(spl_rules_get(rules, i))) {
        case SPL_RULE_READY:   count[0]++; break;
        case SPL_RULE_REFUSED: count[1]++; break;
        default:               count[2]++; break;
        }
    printf("%zu rule%s: %zu ready, %zu do not compile, %zu without a search\n", spl_rules_count(rules),
           spl_rules_count(rules) == 1 ? "" : "s", count[0], count[1], count[2]);
}

static void warn_of_empty(const struct session *session, const spl_rules *rules)
{
    for (size_t i = 0; i < spl_rules_count(rules); i++)
        if (spl_rule_state(spl_rules_get(rules, i)) != SPL_RULE_PROSE)
            return;
    if (!session->quiet)
        fputs("warning: there is no search in any of the packs\n", stderr);
}

/* A line per rule that cannot run; what is doubtful about the others unless that was not asked for. */
static size_t show_problems(const struct session *session, const spl_rules *rules, bool all, bool json)
{
    size_t refused = 0;

    for (size_t i = 0; i < spl_rules_count(rules); i++) {
        const spl_rule *rule = spl_rules_get(rules, i);
        char           *text;

        if (spl_rule_remark(rule)[0] && !session->quiet && !json)
            fprintf(stderr, "warning: rule %s: %s\n", spl_rule_id(rule), spl_rule_remark(rule));
        refused += spl_rule_state(rule) == SPL_RULE_REFUSED;
        if (json) {
            print_json_problems(rule);
            continue;
        }
        if (!spl_rule_problem(rule) || (spl_rule_state(rule) == SPL_RULE_READY && !all))
            continue;
        text = spl_error_render(spl_rule_problem(rule), 0);
        fprintf(stderr, spl_rule_state(rule) == SPL_RULE_REFUSED ? "rule %s was not run:\n%s" : "rule %s:\n%s",
                spl_rule_id(rule), text ? text : "");
        spl_free(text);
    }
    return refused;
}

static spl_status watch_inputs(struct session *session, spl_watch *watch, spl_error **err)
{
    spl_status status = SPL_OK;

    if (session->inputs.count == 0)
        status = spl_watch_open(watch, "-", session->input_format, err);
    for (size_t i = 0; i < session->inputs.count && status >= 0; i++)
        status = spl_watch_open(watch, session->inputs.at[i], session->input_format, err);
    return status < 0 ? status : spl_watch_end(watch, err);
}

/* Rules that began and could not go on. */
static size_t show_stopped(const spl_rules *rules, const spl_watch *watch)
{
    size_t stopped = 0;

    for (size_t i = 0; i < spl_rules_count(rules); i++) {
        spl_error *err = NULL;
        if (spl_watch_failure(watch, i, &err) < 0) {
            char *text = spl_error_render(err, 0);
            fprintf(stderr, "rule %s stopped:\n%s", spl_rule_id(spl_rules_get(rules, i)), text ? text : "");
            spl_free(text);
            spl_error_free(err);
            stopped++;
        }
    }
    return stopped;
}

static void show_summary(const spl_rules *rules, const spl_watch *watch, const struct detection *done, double seconds)
{
    size_t ran = 0, fired = 0;

    for (size_t i = 0; i < spl_rules_count(rules); i++) {
        ran += spl_rule_state(spl_rules_get(rules, i)) == SPL_RULE_READY;
        fired += spl_watch_rows(watch, i) > 0;
    }
    for (size_t i = 0; i < spl_watch_notes(watch); i++)
        fprintf(stderr, "%llu %s\n", (unsigned long long)spl_watch_note_count(watch, i), spl_watch_note_text(watch, i));
    fprintf(stderr, "%zu rules run, %zu fired, %llu alerts, %llu events, %.3f seconds\n", ran, fired,
            (unsigned long long)done->alerts, (unsigned long long)spl_watch_figure(watch, SPL_EVENTS_READ), seconds);
}

static int watch_rules(struct session *session, const spl_rules *rules, const char *output)
{
    struct detection detection = { .session = session, .output = output };
    struct timespec  from, to;
    spl_watch       *watch;
    spl_error       *err = NULL;
    size_t           stopped = 0;
    spl_status       status = spl_watch_new(rules, on_match, &detection, &watch, &err);

    if (status < 0)
        return session_fail(session, err);
    clock_gettime(CLOCK_MONOTONIC, &from);
    status = watch_inputs(session, watch, &err);
    clock_gettime(CLOCK_MONOTONIC, &to);
    if (detection.err)
        session_fail(session, detection.err);
    if (status >= 0)
        stopped = show_stopped(rules, watch);
    if (status >= 0 && !session->quiet)
        show_summary(rules, watch, &detection,
                     (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9);
    spl_watch_free(watch);
    free(detection.line);
    if (detection.gone) {
        spl_error_free(err);
        return EXIT_RAN;
    }
    return status < 0 ? session_fail(session, err) : stopped ? EXIT_FAILED : EXIT_RAN;
}

int detect(struct session *session, const char *output)
{
    spl_rules *rules;
    spl_error *err = NULL;
    size_t     refused;
    bool       json = session->output && strcmp(session->output, "json") == 0;      /* asked for */
    int        result;

    if (strcmp(output, "json") && strcmp(output, "table")) {
        fprintf(stderr, "error: alerts are printed as json or table, not %s; see spl-run --help\n", output);
        return EXIT_USAGE;
    }
    if (spl_rules_new(session->engine, &rules, &err) < 0)
        return session_fail(session, err);
    if (!load(session, rules)) {
        spl_rules_free(rules);
        return EXIT_FAILED;
    }
    if (session->mode == MODE_CHECK && session->apps.count && spl_rules_add_saved(rules, &err) < 0) {
        spl_rules_free(rules);
        return session_fail(session, err);
    }
    warn_of_empty(session, rules);
    if (session->mode == MODE_CHECK) {
        refused = show_problems(session, rules, true, json);
        result = refused ? EXIT_USAGE : EXIT_RAN;
        if (!json)
            show_counts(rules);
    } else {
        show_problems(session, rules, !session->quiet, false);
        result = watch_rules(session, rules, output);
    }
    spl_rules_free(rules);
    return result;
}
