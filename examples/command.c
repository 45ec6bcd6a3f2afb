/* A command of the host in a query: geo, which adds where an address is, from a small table.
 *
 *     command 'geo src_ip prefix=from_ | stats count by from_site' FILE */
#include <spl_extend.h>

#include <stdio.h>
#include <string.h>

static const struct network {
    uint32_t    address;
    int         bits;
    const char *site, *owner;
} networks[] = {
    { 0x0a010000, 16, "cluster", "platform" },          /* 10.1.0.0/16 */
    { 0x0a000000, 8, "office", "it" },
    { 0xc0000200, 24, "partner", "sales" },             /* 192.0.2.0/24 */
    { 0xcb007100, 24, "abroad", "nobody" },             /* 203.0.113.0/24 */
};

enum { SITE, OWNER, COLUMNS };

/* --- the table ------------------------------------------------------------------------------------------ */

static int parse_address(const char *text, size_t length, uint32_t *out)
{
    unsigned part[4] = { 0 };
    int      dots = 0, digits = 0;

    for (size_t i = 0; i < length; i++) {
        if (text[i] == '.' && digits && dots < 3) {
            dots++;
            digits = 0;
        } else if (text[i] >= '0' && text[i] <= '9' && ++digits <= 3) {
            part[dots] = part[dots] * 10 + (unsigned)(text[i] - '0');
        } else {
            return 0;
        }
    }
    *out = part[0] << 24 | part[1] << 16 | part[2] << 8 | part[3];
    return dots == 3 && digits && part[0] < 256 && part[1] < 256 && part[2] < 256 && part[3] < 256;
}

static const struct network *find_network(const spl_cell *cell)
{
    uint32_t address;

    if (cell->kind == SPL_LIST)                         /* of several addresses the first */
        cell = cell->list;
    if (cell->kind != SPL_TEXT || !parse_address(cell->text, cell->length, &address))
        return NULL;
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
        if ((address ^ networks[i].address) >> (32 - networks[i].bits) == 0)
            return &networks[i];
    return NULL;
}

/* --- the command ---------------------------------------------------------------------------------------- */

struct geo {                            /* one instance: what its arguments say */
    char *field;
    char *name[COLUMNS];
};

static char *join(spl_call *call, const spl_cell *first, const char *second)
{
    size_t length = strlen(second);
    char  *text = spl_call_memory(call, first->length + length + 1);

    if (text) {
        memcpy(text, first->text, first->length);
        memcpy(text + first->length, second, length + 1);
    }
    return text;
}

static spl_status geo_open(spl_call *call, void *host, void **state)
{
    struct geo *geo = spl_call_memory(call, sizeof *geo);
    spl_cell    field, prefix;

    (void)host;
    if (!geo)
        return spl_call_fail(call, "out of memory");
    spl_call_argument(call, "ip", &field);
    spl_call_argument(call, "prefix", &prefix);
    geo->field = join(call, &field, "");
    geo->name[SITE] = join(call, &prefix, "site");
    geo->name[OWNER] = join(call, &prefix, "owner");
    *state = geo;
    return geo->field && geo->name[SITE] && geo->name[OWNER] ? SPL_OK : spl_call_fail(call, "out of memory");
}

static void set_text(spl_cell *cell, const char *text)
{
    cell->kind = SPL_TEXT;
    cell->text = text;
    cell->length = strlen(text);
}

/* The rows go on as they came, with two more columns. */
static spl_status geo_push(spl_call *call, void *host, void *state, const spl_batch *batch)
{
    struct geo     *geo = state;
    size_t          rows = spl_batch_rows(batch), column = spl_batch_find(batch, geo->field);
    spl_cell       *cells = spl_call_memory(call, COLUMNS * rows * sizeof *cells), ip;
    const spl_cell *columns[COLUMNS];

    (void)host;
    if (!cells)
        return spl_call_fail(call, "out of memory");
    memset(cells, 0, COLUMNS * rows * sizeof *cells);   /* nulls */
    for (size_t row = 0; row < rows && column != SPL_NTS; row++) {
        const struct network *found;
        if (spl_batch_cell(batch, row, column, &ip) < 0)
            return spl_call_fail(call, "out of memory");
        found = find_network(&ip);
        if (found) {
            set_text(&cells[SITE * rows + row], found->site);
            set_text(&cells[OWNER * rows + row], found->owner);
        }
    }
    for (size_t i = 0; i < COLUMNS; i++)
        columns[i] = cells + i * rows;
    return spl_emit_batch(call, batch, NULL, (const char *const *)geo->name, columns, COLUMNS);
}

static spl_status add_geo(spl_engine *engine, spl_error **err)
{
    spl_command geo;

    memset(&geo, 0, sizeof geo);
    geo.size = sizeof geo;
    geo.name = "geo";
    geo.usage = "geo <ip:field> [prefix=<text=geo_>]";
    geo.summary = "Where an address is, and whose";
    geo.reads = "";                     /* nothing but the field in its argument */
    geo.kind = SPL_STREAMING;
    geo.open = geo_open;
    geo.push = geo_push;
    return spl_engine_add_command(engine, &geo, err);
}

/* --- a program around it -------------------------------------------------------------------------------- */

static spl_status run_query(spl_engine *engine, const char *text, const char *path, spl_error **err)
{
    spl_query  *query = NULL;
    spl_run    *run = NULL;
    spl_writer *writer = NULL;
    spl_batch  *rows;
    const char *at;
    size_t      size;
    spl_status  status = spl_compile(engine, text, SPL_NTS, &query, err);

    if (status >= 0)
        status = spl_run_new(query, &run, err);
    if (status >= 0)
        status = spl_writer_new(engine, "json", &writer, err);
    if (status >= 0)
        status = spl_run_open(run, path, "auto", err);
    while (status >= 0 && (status = spl_run_next(run, &rows, err)) == SPL_BATCH) {
        status = spl_writer_batch(writer, rows, err);
        spl_batch_release(rows);
        spl_writer_take(writer, &at, &size);
        fwrite(at, 1, size, stdout);
    }
    spl_writer_free(writer);
    spl_run_free(run);
    spl_query_free(query);
    return status;
}

int main(int count, char **argument)
{
    spl_engine *engine = NULL;
    spl_error  *err = NULL;
    spl_status  status;

    if (count != 3)
        return fprintf(stderr, "usage: command QUERY FILE\n"), 2;
    status = spl_engine_new(NULL, &engine);
    if (status >= 0)
        status = add_geo(engine, &err);
    if (status >= 0)
        status = run_query(engine, argument[1], argument[2], &err);
    if (status < 0) {
        char *text = spl_error_render(err, 0);
        fputs(text ? text : "out of memory\n", stderr);
        spl_free(text);
        spl_error_free(err);
    }
    spl_engine_free(engine);
    return status < 0;
}
