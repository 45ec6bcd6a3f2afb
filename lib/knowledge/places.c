/* The only door to libmaxminddb. */
#include "knowledge/places.h"

#include "base/arena.h"
#include "catalog/geo.h"
#include "text/cidr.h"

#include <arpa/inet.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

struct places {
    struct lookup lookup;
    struct heap  *heap;
    MMDB_s        database;
    str           column[GEO_COLUMNS];
};

static struct places *places_of(const struct lookup *lookup)
{
    return container_of((struct lookup *)lookup, struct places, lookup);
}

/* --- one place ----------------------------------------------------------------------------------------------------- */

/* Where in an entry the column is: a value, or names by language with a code beside them. */
struct way {
    const char *step[3];                /* keys of maps, indexes of arrays */
    const char *code;                   /* NULL: it is a value */
};

static const struct way ways[GEO_COLUMNS] = {
    [GEO_CITY] = { { "city" }, "" },
    [GEO_COUNTRY] = { { "country" }, "iso_code" },
    [GEO_REGION] = { { "subdivisions", "0" }, "iso_code" },
    [GEO_LAT] = { { "location", "latitude" }, NULL },
    [GEO_LON] = { { "location", "longitude" }, NULL },
    [GEO_CONTINENT] = { { "continent" }, "code" },
    [GEO_METRO_CODE] = { { "location", "metro_code" }, NULL },
    [GEO_TIMEZONE] = { { "location", "time_zone" }, NULL },
};

static struct cell cell_of(const MMDB_entry_data_s *data)
{
    switch (data->type) {
    case MMDB_DATA_TYPE_UTF8_STRING: return cell_field_text(str_make(data->utf8_string, data->data_size));
    case MMDB_DATA_TYPE_DOUBLE:      return cell_number(data->double_value);
    case MMDB_DATA_TYPE_FLOAT:       return cell_number((double)data->float_value);
    case MMDB_DATA_TYPE_UINT16:      return cell_number(data->uint16);
    case MMDB_DATA_TYPE_UINT32:      return cell_number(data->uint32);
    case MMDB_DATA_TYPE_INT32:       return cell_number(data->int32);
    default:                         return cell_null();
    }
}

/* The value behind the way and two more steps (NULL: none); null if there is none. */
static struct cell value_at(const MMDB_entry_s *entry, const struct way *way, const char *more, const char *last)
{
    const char       *path[6];
    MMDB_entry_s      from = *entry;
    MMDB_entry_data_s data;
    size_t            steps = 0;

    for (size_t i = 0; i < COUNT_OF(way->step) && way->step[i]; i++)
        path[steps++] = way->step[i];
    if (more)
        path[steps++] = more;
    if (more && last)
        path[steps++] = last;
    path[steps] = NULL;
    if (MMDB_aget_value(&from, &data, path) != MMDB_SUCCESS || !data.has_data)
        return cell_null();
    return cell_of(&data);
}

/* In the best of the languages that there is. */
static struct cell name_at(const MMDB_entry_s *entry, const struct way *way, const char *languages)
{
    char language[32];

    while (*languages) {
        size_t      size = strcspn(languages, ",");
        struct cell found = cell_null();

        if (size > 0 && size < sizeof language) {
            memcpy(language, languages, size);
            language[size] = 0;
            if (strcmp(language, "code") != 0)
                found = value_at(entry, way, "names", language);
            else if (*way->code)
                found = value_at(entry, way, way->code, NULL);
        }
        if (found.kind != KIND_NULL)
            return found;
        languages += size + (languages[size] == ',');
    }
    return value_at(entry, way, "names", "en");
}

static status fail_damaged(struct context *context, int code)
{
    return diag_at(context->diag, FAIL_DATA, DIAG_NOWHERE, "geo-database", "the database of places is damaged: %s",
                   MMDB_strerror(code));
}

/* False: it knows nothing of the address. */
static status entry_of(const struct places *places, const struct cell *key, struct context *context, MMDB_entry_s *out,
                       bool *found)
{
    MMDB_lookup_result_s answer;
    struct address       address;
    struct sockaddr_in   four = { .sin_family = AF_INET };
    struct sockaddr_in6  six = { .sin6_family = AF_INET6 };
    int                  code = 0;

    *found = false;
    if (!address_parse(cell_str(key), &address))
        return OK;
    four.sin_addr.s_addr = htonl((uint32_t)address.low);
    for (int i = 0; i < 16; i++)
        six.sin6_addr.s6_addr[i] = (uint8_t)((i < 8 ? address.high : address.low) >> (56 - 8 * (i % 8)));
    answer = MMDB_lookup_sockaddr(&places->database,
                                  address.family == 4 ? (struct sockaddr *)&four : (struct sockaddr *)&six, &code);
    if (code == MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR)
        return OK;
    if (code != MMDB_SUCCESS)
        return fail_damaged(context, code);
    *out = answer.entry;
    *found = answer.found_entry;
    return OK;
}

/* --- the lookup ---------------------------------------------------------------------------------------------------- */

static status find(const struct lookup_use *use, const struct lookup_keys *keys, struct context *context,
                   struct arena *arena, struct lookup_hits *hits)
{
    const struct places *places = places_of(use->lookup);
    uint32_t             count = 0;

    TRY_NEW(hits->from = ARENA_ARRAY(arena, uint32_t, keys->count + (size_t)1));
    TRY_NEW(hits->cell = ARENA_ARRAY(arena, struct cell, (size_t)keys->count * use->outputs + 1));
    for (uint32_t k = 0; k < keys->count; k++) {
        struct cell *cell = &hits->cell[(size_t)count * use->outputs];
        MMDB_entry_s entry;
        bool         found;

        hits->from[k] = count;
        TRY(entry_of(places, &keys->value[k], context, &entry, &found));
        for (uint32_t o = 0; o < use->outputs && found; o++) {
            const struct way *way = &ways[use->output[o]];
            cell[o] = way->code ? name_at(&entry, way, use->prepared) : value_at(&entry, way, NULL, NULL);
        }
        count += found;
    }
    hits->from[keys->count] = count;
    return OK;
}

static void print(const struct lookup *lookup, struct buf *out)
{
    buf_print(out, "%s", places_of(lookup)->database.metadata.database_type);
}

static void close(struct lookup *lookup)
{
    struct places *places = places_of(lookup);
    struct heap   *heap = places->heap;

    MMDB_close(&places->database);
    heap_free(heap, places, sizeof *places);
}

static const struct lookup_kind places_kind = { .lasting = true, .find = find, .print = print, .close = close };

status places_open(struct heap *heap, const char *path, struct lookup **out, char reason[PLACES_REASON])
{
    static const char *const names[] = GEO_NAMES;
    struct places           *places = heap_zero(heap, 1, sizeof *places);
    int                      code;

    TRY_NEW(places);
    code = MMDB_open(path, MMDB_MODE_MMAP, &places->database);
    if (code != MMDB_SUCCESS) {
        snprintf(reason, PLACES_REASON, "%s", MMDB_strerror(code));
        heap_free(heap, places, sizeof *places);
        return code == MMDB_OUT_OF_MEMORY_ERROR ? FAIL_MEMORY : FAIL_IO;
    }
    places->heap = heap;
    for (size_t i = 0; i < GEO_COLUMNS; i++)
        places->column[i] = str_of(names[i]);
    places->lookup = (struct lookup){ .kind = &places_kind, .name = STR("places"), .column = places->column,
                                      .columns = GEO_COLUMNS, .max_matches = 1 };
    *out = &places->lookup;
    return OK;
}
