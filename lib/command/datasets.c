#include "command/datasets.h"

#include "text/terms.h"

#include <ctype.h>

/* --- compile time --------------------------------------------------------------------------------------- */

static bool is_native(str name)
{
    static const char *const names[] = { "host", "source", "sourcetype", "index" };

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_is(name, names[i]))
            return true;
    return name.size && name.at[0] == '_';
}

static bool is_dataset(str name) { return name.size && name.at[0] >= 'A' && name.at[0] <= 'Z'; }

static status find_places(struct binder *binder, bool has_model, struct dataset_field *field)
{
    str rest = field->name;

    TRY_NEW(field->place = ARENA_ARRAY(binder->arena, str, field->name.size / 2 + 2));
    field->place[field->places++] = rest;
    while (has_model && !is_native(rest)) {
        size_t dot = str_find(rest, STR("."), 0);
        if (dot == SIZE_MAX || dot + 1 == rest.size || (field->places > 1 && !is_dataset(rest)))
            break;
        rest = str_slice(rest, dot + 1, rest.size);
        field->place[field->places++] = rest;
    }
    return OK;
}

/* PREFIX(text): what is inside, or at NULL. */
static str prefix_of(str written)
{
    if (written.size < 9 || !str_is_nocase(str_slice(written, 0, 7), "PREFIX(") || written.at[written.size - 1] != ')')
        return (str){ NULL, 0 };
    return str_trim_blanks(str_slice(written, 7, written.size - 1));
}

static status check_prefix(struct binder *binder, str prefix, struct span at)
{
    for (size_t i = 0; i < prefix.size; i++) {
        if (prefix.at[i] >= 'A' && prefix.at[i] <= 'Z')
            return diag_at(binder->diag, FAIL_QUERY, at, "bad-argument", "PREFIX() wants its text in small letters");
        if (term_breaker[(unsigned char)prefix.at[i]] == BREAK_MAJOR)
            return diag_at(binder->diag, FAIL_QUERY, at, "bad-argument", "PREFIX() wants a part of one token: no '%c' in it",
                           prefix.at[i]);
    }
    return prefix.size ? OK : diag_at(binder->diag, FAIL_QUERY, at, "bad-argument", "PREFIX() wants a text");
}

status datasets_add(struct binder *binder, struct datasets *datasets, str written, struct span at, str *name)
{
    struct dataset_field field = { .name = prefix_of(written) };

    field.is_prefix = field.name.at != NULL;
    if (field.is_prefix)
        TRY(check_prefix(binder, field.name, at));
    else
        field.name = written;
    *name = field.name;
    for (uint32_t i = 0; i < datasets->fields; i++)
        if (datasets->field[i].is_prefix == field.is_prefix && str_equal(datasets->field[i].name, field.name))
            return OK;
    TRY(find_places(binder, datasets->has_model && !field.is_prefix, &field));
    if (field.places == 1 && !field.is_prefix)
        return OK;
    if (datasets->fields == datasets->room) {
        uint32_t              room = datasets->room ? 2 * datasets->room : 8;
        struct dataset_field *more = ARENA_ARRAY(binder->arena, struct dataset_field, room);
        TRY_NEW(more);
        if (datasets->fields)
            memcpy(more, datasets->field, datasets->fields * sizeof *more);
        datasets->field = more;
        datasets->room = room;
    }
    datasets->field[datasets->fields++] = field;
    return OK;
}

status datasets_needs(const struct datasets *datasets, struct wanted *wanted)
{
    for (uint32_t i = 0; i < datasets->fields; i++) {
        if (datasets->field[i].is_prefix)
            TRY(wanted_add(wanted, STR("_raw")));
        for (uint32_t j = 0; j < datasets->field[i].places && !datasets->field[i].is_prefix; j++)
            TRY(wanted_add(wanted, datasets->field[i].place[j]));
    }
    return OK;
}

/* --- run time ------------------------------------------------------------------------------------------- */

static bool is_major(char c) { return term_breaker[(unsigned char)c] == BREAK_MAJOR; }

/* The rests of all tokens that begin so, as a value. */
static status rests(str raw, str prefix, struct arena *arena, struct cell *out)
{
    struct cell *found = NULL;
    uint32_t     count = 0, room = 0;

    for (size_t at = 0; at < raw.size;) {
        size_t end = at;
        while (end < raw.size && !is_major(raw.at[end]))
            end++;
        if (end - at > prefix.size && str_equal_nocase(str_slice(raw, at, at + prefix.size), prefix)) {
            if (count == room) {
                struct cell *more;
                room = room ? 2 * room : 4;
                TRY_NEW(more = arena_alloc(arena, room * sizeof *more));
                if (count)
                    memcpy(more, found, count * sizeof *more);
                found = more;
            }
            found[count++] = cell_field_text(str_slice(raw, at + prefix.size, end));
        }
        at = end + 1;
    }
    *out = count == 0 ? cell_null() : count == 1 ? found[0]
        : (struct cell){ .kind = KIND_LIST, .size = count, .list = found };
    return OK;
}

static status fill_prefix(const struct dataset_field *field, struct names *names, struct batch *batch,
                          struct column **out)
{
    const struct name *name = names_intern(names, STR("_raw"));
    struct column     *raw;

    TRY_NEW(name);
    raw = batch_column(batch, name);
    TRY(batch_decode(batch, raw));
    TRY_NEW(*out = column_cells(&batch->arena, batch->size, KINDS_ANY));
    memset((*out)->cell, 0, batch->size * sizeof(struct cell));
    for (uint32_t i = 0; raw && i < batch_rows(batch); i++) {
        uint32_t    row = batch_row(batch, i);
        struct cell text = column_cell(raw, row);
        if (text.kind == KIND_TEXT)
            TRY(rests(cell_str(&text), field->name, &batch->arena, &(*out)->cell[row]));
    }
    return OK;
}

static status fill_places(const struct dataset_field *field, struct names *names, struct batch *batch,
                          struct column **out)
{
    struct column *made = NULL;

    *out = NULL;
    for (uint32_t i = 0; i < field->places; i++) {
        const struct name *name = names_intern(names, field->place[i]);
        struct column     *column;
        TRY_NEW(name);
        column = batch_column(batch, name);
        if (!column)
            continue;
        TRY(batch_decode(batch, column));
        if (!*out) {
            *out = column;
            continue;
        }
        if (!made)
            TRY(column_to_cells(*out, &batch->rows, batch->size, &batch->arena, &made));
        *out = made;
        for (uint32_t at = 0; at < batch_rows(batch); at++) {
            uint32_t row = batch_row(batch, at);
            if (made->cell[row].kind == KIND_NULL)
                made->cell[row] = column_cell(column, row);
        }
        made->kinds = KINDS_ANY;
    }
    return OK;
}

status datasets_fill(const struct datasets *datasets, struct names *names, struct batch *batch)
{
    for (uint32_t i = 0; i < datasets->fields; i++) {
        const struct dataset_field *field = &datasets->field[i];
        const struct name          *name = names_intern(names, field->name);
        struct column              *column;
        TRY_NEW(name);
        TRY(field->is_prefix ? fill_prefix(field, names, batch, &column) : fill_places(field, names, batch, &column));
        if (column)
            TRY(batch_set(batch, name, column, 0));
    }
    return OK;
}
