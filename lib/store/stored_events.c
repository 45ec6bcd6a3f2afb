#include "store/stored_events.h"

#include "flow/run.h"
#include "text/json.h"
#include "time/strftime.h"
#include "value/number.h"
#include "value/order.h"

#include <math.h>

enum { INDEX, SOURCE, SOURCETYPE, HOST };

static const char *const origins[STORED_ORIGINS] = { "index", "source", "sourcetype", "host" };
static const char *const extracted[STORED_ORIGINS] = { "extracted_index", "extracted_source", "extracted_sourcetype",
                                                       "extracted_host" };
static const char *const infos[STORED_INFOS] = { "info_min_time", "info_max_time", "info_search_time" };

/* A batch on its way. */
struct events_making {
    struct stored_events *events;
    struct batch         *in;
    struct stored_field  *field;
    uint32_t              fields;
    struct column        *time, *raw, *origin[STORED_ORIGINS], *info[STORED_INFOS];
    struct stored_row { uint32_t row; str text; bool own; } *row;       /* `own`: it came with its text */
    uint32_t              rows, room;
};

/* --- opening ------------------------------------------------------------------------------------------------------- */

/* An open bound is not told. */
static void set_info(struct stored_events *events, int which, double value)
{
    size_t size;
    char   room[NUMBER_ROOM];

    if (!isfinite(value) || fabs(value) > 1e15)
        return;
    size = number_format_fixed(value, 3, room);
    memcpy(events->info_text[which], room, size);
    events->info_cell[which] = cell_field_text(str_make(events->info_text[which], size));
}

static status intern_all(struct names *names, const char *const *text, const struct name **out, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        TRY_NEW(out[i] = names_intern(names, str_of(text[i])));
    return OK;
}

status stored_events_open(struct stored_events *events, struct op *op, const struct stored_events_bound *bound)
{
    struct context *context = op->context;
    struct names   *names = op->run->names;

    *events = (struct stored_events){ .op = op, .bound = bound };
    buf_init(&events->text, context->heap);
    TRY_NEW(events->time = names_intern(names, STR("_time")));
    TRY_NEW(events->raw = names_intern(names, STR("_raw")));
    TRY_NEW(events->server = names_intern(names, STR("splunk_server")));
    TRY(intern_all(names, origins, events->origin, STORED_ORIGINS));
    TRY(intern_all(names, extracted, events->extracted, STORED_ORIGINS));
    TRY(intern_all(names, infos, events->info, STORED_INFOS));
    TRY_NEW(events->pair = ARENA_ARRAY(&op->arena, const struct name *, bound->pairs + (size_t)1));
    for (uint32_t i = 0; i < bound->pairs; i++)
        TRY_NEW(events->pair[i] = names_intern(names, bound->pair[i].name));
    TRY_NEW(events->zone = ARENA_NEW(&op->arena, struct zone_view));
    zone_view_init(events->zone, context->zone, NULL);
    set_info(events, 0, context->earliest);
    set_info(events, 1, context->latest);
    set_info(events, 2, context->now);
    return OK;
}

void stored_events_close(struct stored_events *events)
{
    if (events->text.heap)
        buf_free(&events->text);
}

/* --- what rows hold ------------------------------------------------------------------------------------------------ */

static int place_among(const struct name *const *names, int count, const struct name *name)
{
    for (int i = 0; i < count; i++)
        if (names[i] == name)
            return i;
    return -1;
}

static bool is_partial(str name) { return str_starts(name, STR("psrsvd_")); }

static status begin(struct stored_events *events, struct batch *in, struct events_making *out)
{
    *out = (struct events_making){ .events = events, .in = in };
    TRY(stored_fields(in, &events->op->step, &out->field, &out->fields));
    TRY(stored_column(in, events->time, &out->time));
    TRY(stored_column(in, events->raw, &out->raw));
    for (int i = 0; i < STORED_ORIGINS; i++)
        TRY(stored_column(in, events->origin[i], &out->origin[i]));
    for (int i = 0; i < STORED_INFOS; i++)
        TRY(stored_column(in, events->info[i], &out->info[i]));
    return OK;
}

/* The first there is of info_min_time and _time of the row, where the search begins, now. Events keep their time. */
static struct cell time_of(const struct events_making *making, uint32_t row, bool own)
{
    struct cell cell;

    if (!own && !making->events->bound->hec && stored_time(making->info[0], row, &cell))
        return cell;
    if (stored_time(making->time, row, &cell))
        return cell;
    return stored_default_time(making->events->op->context, true);
}

/* --- texts --------------------------------------------------------------------------------------------------------- */

static void put_time(struct stored_events *events, const struct cell *time)
{
    char   room[NUMBER_ROOM];
    double instant;

    if (!cell_spells_number(time, &instant) ||
        time_print(events->bound->format, events->zone, instant, &events->text) != OK)
        buf_put(&events->text, cell_show(time, room));      /* no year we know */
}

/* Those of the row, if it has been through addinfo. */
static void put_infos(const struct events_making *making, uint32_t row)
{
    struct stored_events *events = making->events;

    for (int i = 0; i < STORED_INFOS; i++) {
        char        room[NUMBER_ROOM];
        struct cell cell = making->info[i] ? column_settled(making->info[i], row) : cell_null();

        if (cell.kind != KIND_TEXT && cell.kind != KIND_NUMBER)
            cell = events->info_cell[i];
        if (cell.kind == KIND_NULL)
            continue;
        stash_next(&events->text);
        buf_print(&events->text, "%s=", infos[i]);
        buf_put(&events->text, cell_show(&cell, room));
    }
}

static status put_pairs(const struct events_making *making, uint32_t row)
{
    struct stored_events *events = making->events;

    for (uint32_t i = 0; i < making->fields; i++) {
        const struct stored_field *field = &making->field[i];
        char                       room[NUMBER_ROOM];
        struct cell                cell;

        if (events->bound->info && place_among(events->info, STORED_INFOS, field->name) >= 0)
            continue;
        TRY(stored_value(field->column, row, &events->op->step, &cell));
        if (cell.kind != KIND_NULL)
            stash_put(&events->text, name_str(field->name), cell_show(&cell, room));
    }
    return OK;
}

static status put_object(const struct events_making *making, uint32_t row)
{
    struct buf *text = &making->events->text;

    buf_byte(text, '{');
    for (uint32_t i = 0; i < making->fields; i++) {
        const struct stored_field *field = &making->field[i];
        char                       room[NUMBER_ROOM];
        struct cell                cell;
        str                        value;

        TRY(stored_value(field->column, row, &making->events->op->step, &cell));
        if (cell.kind == KIND_NULL || field->name == making->events->origin[INDEX] || field->name == making->events->server)
            continue;
        if (text->size > 1)
            buf_byte(text, ',');
        json_put_string(text, name_str(field->name));
        buf_byte(text, ':');
        value = cell_show(&cell, room);
        if (number_is_json(value))
            buf_put(text, value);
        else
            json_put_string(text, value);
    }
    buf_byte(text, '}');
    return OK;
}

static status make_text(const struct events_making *making, uint32_t row, bool *own)
{
    struct stored_events *events = making->events;
    struct cell           raw, time;
    char                  room[NUMBER_ROOM];

    buf_clear(&events->text);
    TRY(stored_value(making->raw, row, &events->op->step, &raw));
    *own = raw.kind != KIND_NULL;
    if (*own) {
        buf_put(&events->text, cell_show(&raw, room));
    } else if (events->bound->hec) {
        TRY(put_object(making, row));
    } else {
        time = time_of(making, row, false);
        if (events->bound->time)
            put_time(events, &time);
        if (events->bound->info)
            put_infos(making, row);
        TRY(put_pairs(making, row));
    }
    if (events->bound->marker.size) {
        stash_next(&events->text);
        buf_put(&events->text, events->bound->marker);
    }
    return buf_status(&events->text);
}

/* --- rows ---------------------------------------------------------------------------------------------------------- */

static status add_row(struct events_making *making, uint32_t row, str text, bool own)
{
    struct stored_row *moved;

    if (making->rows == making->room) {
        making->room = making->room ? 2 * making->room : batch_rows(making->in) + 1;
        TRY_NEW(moved = arena_alloc(&making->events->op->step, (size_t)making->room * sizeof *moved));
        if (making->rows)
            memcpy(moved, making->row, making->rows * sizeof *moved);
        making->row = moved;
    }
    TRY_NEW((text = arena_str(&making->events->op->step, text)).at);
    making->row[making->rows++] = (struct stored_row){ row, text, own };
    return OK;
}

/* A text is an event, or with uselb=f every line of it that is not blank. */
static status add_rows(struct events_making *making, uint32_t row)
{
    str  text, line;
    bool own;

    TRY(make_text(making, row, &own));
    text = buf_str(&making->events->text);
    if (!making->events->bound->lines)
        return add_row(making, row, text, own);
    for (size_t from = 0, to; from < text.size; from = to + 1) {
        if ((to = str_find(text, STR("\n"), from)) == SIZE_MAX)
            to = text.size;
        line = str_slice(text, from, to);
        if (str_trim_blanks(line).size)
            TRY(add_row(making, row, line, own));
    }
    return OK;
}

/* --- columns ------------------------------------------------------------------------------------------------------- */

static const char *told(const struct stored_events_bound *bound, int which)
{
    return which == INDEX ? bound->index : which == SOURCE ? bound->source : which == HOST ? bound->host : bound->sourcetype;
}

/* Whose is the row's own value? Its groups are what a partial result is about, and hec takes origins as they are. */
static bool keeps_origin(const struct stored_events_bound *bound, int which)
{
    if (told(bound, which))
        return false;
    return which != SOURCETYPE || bound->hec || bound->partials;
}

static const char *default_origin(const struct stored_events_bound *bound, int which)
{
    const char *text = told(bound, which);

    return text || which != SOURCETYPE ? text : bound->hec ? "stash_hec" : "stash";
}

static status set_origin(const struct events_making *making, struct stored *stored, int which)
{
    const struct stored_events_bound *bound = making->events->bound;
    const char                       *text = default_origin(bound, which);
    struct cell                      *cells, common = cell_null();

    if (text)
        TRY(stored_told(stored, str_of(text), &common));
    TRY(stored_add(stored, making->events->origin[which], false, &cells));
    for (uint32_t i = 0; i < making->rows; i++) {
        if (keeps_origin(bound, which))
            TRY(stored_keep(stored, making->origin[which], making->row[i].row, &cells[i]));
        if (cells[i].kind == KIND_NULL)
            cells[i] = common;
    }
    return OK;
}

/* What another value has taken the place of, as Splunk calls it; not of events, whose index and sourcetype have changed. */
static status set_extracted(const struct events_making *making, struct stored *stored, int which)
{
    struct cell *cells;

    if (!making->origin[which] || keeps_origin(making->events->bound, which) || making->events->bound->hec ||
        batch_column(making->in, making->events->extracted[which]))
        return OK;
    TRY(stored_add(stored, making->events->extracted[which], true, &cells));
    for (uint32_t i = 0; i < making->rows; i++)
        if (!making->row[i].own)
            TRY(stored_keep(stored, making->origin[which], making->row[i].row, &cells[i]));
    return OK;
}

static status set_event(const struct events_making *making, struct stored *stored)
{
    struct cell *time, *raw;

    TRY(stored_add(stored, making->events->time, false, &time));
    for (int i = 0; i < STORED_ORIGINS; i++)
        TRY(set_origin(making, stored, i));
    TRY(stored_add(stored, making->events->raw, false, &raw));
    for (uint32_t i = 0; i < making->rows; i++) {
        TRY(stored_told(stored, making->row[i].text, &raw[i]));
        time[i] = time_of(making, making->row[i].row, making->row[i].own);
        TRY(stored_own(stored, &time[i]));
    }
    return OK;
}

static bool is_stored(const struct events_making *making, const struct stored_field *field)
{
    const struct stored_events *events = making->events;

    if (place_among(events->origin, STORED_ORIGINS, field->name) >= 0)
        return false;
    if (events->bound->hec && field->name == events->server)
        return false;
    return events->bound->partials || !is_partial(name_str(field->name));
}

/* Cells of a field that rows bring, the search, and the marker. */
static status cells_of(struct stored *stored, const struct name *name, struct cell **cells)
{
    struct field *field = batch_field(stored->out, name);

    if (!field)
        return stored_add(stored, name, true, cells);
    *cells = field->column->cell;
    return OK;
}

static status set_infos(const struct events_making *making, struct stored *stored)
{
    const struct stored_events *events = making->events;

    for (int i = 0; events->bound->info && i < STORED_INFOS; i++) {
        struct cell *cells, common = events->info_cell[i];

        if (common.kind == KIND_NULL)
            continue;
        TRY(stored_own(stored, &common));
        TRY(cells_of(stored, events->info[i], &cells));
        for (uint32_t row = 0; row < making->rows; row++)
            if (!making->row[row].own && cells[row].kind == KIND_NULL)
                cells[row] = common;
    }
    return OK;
}

/* One that is there several times has several values: with all of them where the row has none of its own. */
static status set_pair(const struct events_making *making, struct stored *stored, uint32_t first)
{
    const struct stored_events_bound *bound = making->events->bound;
    struct cell                      *cells, *list, value;
    uint32_t                          count = 0;

    TRY_NEW(list = ARENA_ARRAY(&stored->out->arena, struct cell, bound->pairs));
    for (uint32_t i = first; i < bound->pairs; i++)
        if (making->events->pair[i] == making->events->pair[first])
            TRY(stored_told(stored, bound->pair[i].value, &list[count++]));
    value = count == 1 ? list[0] : (struct cell){ .kind = KIND_LIST, .size = count, .list = list };
    TRY(cells_of(stored, making->events->pair[first], &cells));
    for (uint32_t row = 0; row < making->rows; row++)
        if (cells[row].kind == KIND_NULL)
            cells[row] = value;
    return OK;
}

static status set_marker(const struct events_making *making, struct stored *stored)
{
    const struct stored_events *events = making->events;

    for (uint32_t i = 0; i < events->bound->pairs; i++) {
        bool again = name_is_internal(events->pair[i]) || is_partial(name_str(events->pair[i])) ||
                     place_among(events->origin, STORED_ORIGINS, events->pair[i]) >= 0;
        for (uint32_t j = 0; j < i; j++)
            again |= events->pair[j] == events->pair[i];
        if (!again)
            TRY(set_pair(making, stored, i));
    }
    return OK;
}

static status fill(const struct events_making *making, struct stored *stored)
{
    TRY(set_event(making, stored));
    for (uint32_t i = 0; i < making->fields; i++)
        if (is_stored(making, &making->field[i]))
            TRY(stored_copy(stored, making->field[i].name, making->field[i].column));
    for (int i = 0; i < STORED_ORIGINS; i++)
        TRY(set_extracted(making, stored, i));
    TRY(set_infos(making, stored));
    TRY(set_marker(making, stored));
    stored_end(stored);
    return OK;
}

status stored_events_make(struct stored_events *events, struct batch *in, struct batch **out)
{
    struct events_making making;
    struct stored stored;
    uint32_t     *row;
    status        s;

    TRY(begin(events, in, &making));
    for (uint32_t i = 0; i < batch_rows(in); i++)
        TRY(add_rows(&making, batch_row(in, i)));
    TRY_NEW(row = arena_alloc(&events->op->step, (making.rows + (size_t)1) * sizeof *row));
    for (uint32_t i = 0; i < making.rows; i++)
        row[i] = making.row[i].row;
    TRY(stored_begin(&stored, events->op, in, row, making.rows));
    if ((s = fill(&making, &stored)) != OK) {
        batch_release(stored.out);
        return s;
    }
    if (events->next > stored.out->ordinal)         /* more events than rows before */
        stored.out->ordinal = events->next;
    events->next = stored.out->ordinal + stored.out->size;
    *out = stored.out;
    return OK;
}
