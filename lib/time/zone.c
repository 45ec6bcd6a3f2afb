#include "time/zone.h"

#include "time/zone_rule.h"

#include <fcntl.h>
#include <unistd.h>

enum { NAME_MOST = 63, FILE_MOST = 1 << 16 };

struct zone_type {
    int32_t offset;
    bool    daylight;
    char    abbreviation[ZONE_ABBREVIATION];
};

struct zone {
    struct heap     *heap;              /* NULL: static */
    size_t           size;              /* of the whole block */
    char             name[NAME_MOST + 1];
    bool             has_rule;          /* after the last transition */
    struct zone_rule rule;
    uint32_t         types, transitions;
    struct zone_type *type;             /* both arrays stand behind the struct */
    int64_t          *at;               /* ascending; from at[i] on, type[kind[i]] holds */
    uint8_t          *kind;
};

const struct zone zone_utc = {
    .name = "UTC", .has_rule = true, .rule = { .half = { { .offset = 0, .abbreviation = "UTC" } } }
};

/* ---- the zone database: the only place that opens its files */

static bool name_is_safe(str name)
{
    if (name.size == 0 || name.size > NAME_MOST || name.at[0] == '/' || name.at[0] == '.')
        return false;
    for (size_t i = 0; i < name.size; i++) {
        char c = name.at[i];
        if (!((unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10 || strchr("/_+-", c))
            || c == 0)
            return false;
    }
    return true;
}

/* Size read, or -1. */
static ptrdiff_t read_database(str name, char *out, size_t room)
{
    static const char folder[] = "/usr/share/zoneinfo/";
    char              path[sizeof folder + NAME_MOST];
    size_t            size = 0;
    int               file;

    memcpy(path, folder, sizeof folder - 1);
    memcpy(path + sizeof folder - 1, name.at, name.size);
    path[sizeof folder - 1 + name.size] = 0;
    file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    while (size < room) {
        ssize_t got = read(file, out + size, room - size);
        if (got <= 0)
            break;
        size += (size_t)got;
    }
    close(file);
    return (ptrdiff_t)size;
}

/* ---- TZif, RFC 8536 */

static uint32_t big_32(const char *at)
{
    const unsigned char *byte = (const unsigned char *)at;

    return (uint32_t)byte[0] << 24 | (uint32_t)byte[1] << 16 | (uint32_t)byte[2] << 8 | byte[3];
}

static int64_t big_64(const char *at)
{
    return (int64_t)((uint64_t)big_32(at) << 32 | big_32(at + 4));
}

enum { HEADER = 44 };

struct counts {
    uint32_t isut, isstd, leap, time, type, chars;
};

static bool read_header(str file, size_t at, struct counts *counts)
{
    const char *h = file.at + at;

    if (file.size < at + HEADER || memcmp(h, "TZif", 4) != 0)
        return false;
    *counts = (struct counts){ big_32(h + 20), big_32(h + 24), big_32(h + 28), big_32(h + 32), big_32(h + 36),
        big_32(h + 40) };
    return counts->isut < 65536 && counts->isstd < 65536 && counts->leap < 65536 && counts->time < 65536
        && counts->type > 0 && counts->type < 256 && counts->chars < 65536;
}

static size_t body_size(const struct counts *counts, size_t time_size)
{
    return counts->time * time_size + counts->time + counts->type * 6 + counts->chars + counts->leap * (time_size + 4)
         + counts->isstd + counts->isut;
}

static struct zone *zone_alloc(struct heap *heap, str name, uint32_t types, uint32_t transitions)
{
    size_t       size = sizeof(struct zone) + types * sizeof(struct zone_type) + transitions * (sizeof(int64_t) + 1) + 8;
    struct zone *zone = heap_zero(heap, 1, size);
    char        *behind = (char *)zone + sizeof *zone;

    if (!zone)
        return NULL;
    zone->heap = heap;
    zone->size = size;
    memcpy(zone->name, name.at, name.size);
    zone->types = types;
    zone->transitions = transitions;
    zone->at = (int64_t *)(void *)behind;
    zone->type = (struct zone_type *)(void *)(zone->at + transitions);
    zone->kind = (uint8_t *)(zone->type + types);
    return zone;
}

/* `at` is where the body of the 64-bit part begins. FAIL_DATA: the file is not what it says. */
static status fill(struct zone *zone, str file, size_t at, const struct counts *counts)
{
    const char *times = file.at + at, *kinds = times + counts->time * 8, *types = kinds + counts->time;
    const char *chars = types + counts->type * 6, *footer = times + body_size(counts, 8),
        *end = file.at + file.size;
    const char *stop;

    for (uint32_t i = 0; i < counts->time; i++) {
        zone->at[i] = big_64(times + i * 8);
        zone->kind[i] = (uint8_t)kinds[i];
        if (zone->kind[i] >= counts->type || (i && zone->at[i] <= zone->at[i - 1]))
            return FAIL_DATA;
    }
    for (uint32_t i = 0; i < counts->type; i++) {
        struct zone_type *type = &zone->type[i];
        const char       *row = types + i * 6;
        size_t            place = (unsigned char)row[5], size = 0;
        type->offset = (int32_t)big_32(row);
        type->daylight = row[4] != 0;
        if (place >= counts->chars || type->offset < -100000 || type->offset > 100000)
            return FAIL_DATA;
        while (place + size < counts->chars && chars[place + size] && size + 1 < ZONE_ABBREVIATION)
            size++;
        memcpy(type->abbreviation, chars + place, size);
    }
    if (footer >= end || *footer != '\n')
        return OK;
    footer++;
    stop = memchr(footer, '\n', (size_t)(end - footer));
    if (stop && stop > footer)
        zone->has_rule = rule_parse(str_make(footer, (size_t)(stop - footer)), &zone->rule);
    return OK;
}

static status zone_from_file(struct heap *heap, str name, str file, struct zone **out)
{
    struct counts counts;
    size_t        at;
    status        done;

    if (!read_header(file, 0, &counts) || file.at[4] < '2')
        return FAIL_DATA;
    at = HEADER + body_size(&counts, 4);                /* the 32-bit part, for older readers */
    if (!read_header(file, at, &counts))
        return FAIL_DATA;
    at += HEADER;
    if (file.size - at < body_size(&counts, 8))
        return FAIL_DATA;
    *out = zone_alloc(heap, name, counts.type, counts.time);
    TRY_NEW(*out);
    done = fill(*out, file, at, &counts);
    if (done != OK) {
        zone_free(*out);
        *out = NULL;
    }
    return done;
}

/* ---- opening */

/* Z, or UTC, GMT, UT with or without an offset, or an offset alone. */
static bool parse_fixed(str name, int32_t *offset)
{
    static const char *const words[] = { "UTC", "GMT", "UT" };
    size_t                   at = 0, digits = 0;
    int32_t                  value[3] = { 0 };
    bool                     west;

    *offset = 0;
    if (str_is_nocase(name, "z"))
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words && at == 0; i++)
        if (name.size >= strlen(words[i])
            && str_equal_nocase(str_slice(name, 0, strlen(words[i])), str_of(words[i])))
            at = strlen(words[i]);
    if (at && at == name.size)
        return true;
    if (at == name.size || (name.at[at] != '+' && name.at[at] != '-'))
        return false;
    west = name.at[at++] == '-';
    for (int part = 0; part < 3 && at < name.size; part++) {
        if (part && name.at[at] == ':')
            at++;
        for (digits = 0; digits < 2 && at < name.size && (unsigned char)(name.at[at] - '0') < 10; digits++)
            value[part] = value[part] * 10 + (name.at[at++] - '0');
        if (digits == 0 || (part && digits != 2))
            return false;
    }
    if (at < name.size || value[0] > 24 || value[1] > 59 || value[2] > 59)
        return false;
    *offset = value[0] * 3600 + value[1] * 60 + value[2];
    if (west)
        *offset = -*offset;
    return true;
}

static status open_fixed(struct heap *heap, str name, int32_t offset, struct zone **out)
{
    int32_t           minutes = (offset < 0 ? -offset : offset) / 60;
    struct rule_half *half;
    size_t            size = 3;

    if (name.size > NAME_MOST)
        return FAIL_DATA;
    *out = zone_alloc(heap, offset == 0 ? STR("UTC") : name, 0, 0);
    TRY_NEW(*out);
    (*out)->has_rule = true;
    half = &(*out)->rule.half[0];
    half->offset = offset;
    if (offset == 0) {
        memcpy(half->abbreviation, "UTC", 4);
        return OK;
    }
    half->abbreviation[0] = offset < 0 ? '-' : '+';
    half->abbreviation[1] = (char)('0' + minutes / 600);
    half->abbreviation[2] = (char)('0' + minutes / 60 % 10);
    if (minutes % 60) {
        half->abbreviation[size++] = (char)('0' + minutes % 60 / 10);
        half->abbreviation[size++] = (char)('0' + minutes % 10);
    }
    return OK;
}

status zone_open(struct heap *heap, str name, struct zone **out)
{
    int32_t   offset;
    char     *file;
    ptrdiff_t size;
    status    done;

    *out = NULL;
    if (parse_fixed(name, &offset))
        return open_fixed(heap, name, offset, out);
    if (!name_is_safe(name))
        return FAIL_DATA;
    file = heap_alloc(heap, FILE_MOST);
    TRY_NEW(file);
    size = read_database(name, file, FILE_MOST);
    done = size < 0 ? FAIL_DATA : zone_from_file(heap, name, str_make(file, (size_t)size), out);
    heap_free(heap, file, FILE_MOST);
    return done;
}

void zone_free(struct zone *zone)
{
    if (zone && zone->heap)
        heap_free(zone->heap, zone, zone->size);
}

/* ---- asking */

void zone_look(const struct zone *zone, int64_t instant, struct zone_span *out)
{
    uint32_t                low = 0, high = zone->transitions;
    const struct zone_type *type;

    while (low < high) {                        /* the number of transitions at or before the instant */
        uint32_t middle = (low + high) / 2;
        if (zone->at[middle] <= instant)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == zone->transitions && zone->has_rule) {
        rule_look(&zone->rule, instant, out);
        if (low && out->from < zone->at[low - 1])
            out->from = zone->at[low - 1];
        return;
    }
    type = &zone->type[low ? zone->kind[low - 1] : 0];
    *out = (struct zone_span){ .from = low ? zone->at[low - 1] : INT64_MIN,
                               .to = low < zone->transitions ? zone->at[low] : INT64_MAX,
                               .offset = type->offset, .daylight = type->daylight };
    memcpy(out->abbreviation, type->abbreviation, ZONE_ABBREVIATION);
}

void zone_view_init(struct zone_view *view, const struct zone *zone, struct zone_cache *cache)
{
    *view = (struct zone_view){ .zone = zone, .cache = cache, .span = { .from = 1, .to = 0 } };
}

int64_t zone_instant(struct zone_view *view, int64_t local)
{
    enum { DAY = 86400 };
    int64_t          instant = local - view->span.offset;
    struct zone_span before, after, there;

    /* Far from the ends of a known interval there is nothing to decide. Ends are unbounded at INT64_MIN
     * and INT64_MAX. */
    if (instant >= view->span.from && instant < view->span.to
        && (view->span.from == INT64_MIN || instant - view->span.from > DAY)
        && (view->span.to == INT64_MAX || view->span.to - instant > DAY))
        return instant;
    zone_look(view->zone, local - DAY, &before);
    zone_look(view->zone, local + DAY, &after);
    instant = local - before.offset;
    zone_look(view->zone, instant, &there);
    if (there.offset != before.offset && before.offset != after.offset) {
        zone_look(view->zone, local - after.offset, &there);
        if (there.offset == after.offset)
            instant = local - after.offset;
        /* else a gap: by the clock before it, so that the time moves on */
    }
    zone_look(view->zone, instant, &view->span);
    return instant;
}

bool zone_abbreviation(const struct zone *zone, str name, int32_t *offset)
{
    static const struct { char name[6]; int16_t minutes; } known[] = {
        { "UTC", 0 }, { "GMT", 0 }, { "Z", 0 }, { "UT", 0 }, { "WET", 0 }, { "WEST", 60 }, { "BST", 60 },
        { "CET", 60 },
        { "CEST", 120 }, { "EET", 120 }, { "EEST", 180 }, { "MSK", 180 }, { "IST", 330 }, { "SGT", 480 },
        { "HKT", 480 },
        { "AWST", 480 }, { "JST", 540 }, { "KST", 540 }, { "ACST", 570 }, { "ACDT", 630 }, { "AEST", 600 },
        { "AEDT", 660 }, { "NZST", 720 }, { "NZDT", 780 }, { "EST", -300 }, { "EDT", -240 }, { "CST", -360 },
        { "CDT", -300 }, { "MST", -420 }, { "MDT", -360 }, { "PST", -480 }, { "PDT", -420 }, { "AKST", -540 },
        { "AKDT", -480 }, { "HST", -600 }, { "NST", -210 }, { "NDT", -150 }, { "AST", -240 }, { "ADT", -180 },
    };

    /* The zone's own names first, the newest first: IST is not the same everywhere. */
    for (int i = 0; i < 2 && zone->has_rule; i++)
        if (str_is_nocase(name, zone->rule.half[i].abbreviation) && zone->rule.half[i].abbreviation[0]) {
            *offset = zone->rule.half[i].offset;
            return true;
        }
    for (uint32_t i = zone->types; i-- > 0;)
        if (str_is_nocase(name, zone->type[i].abbreviation)) {
            *offset = zone->type[i].offset;
            return true;
        }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_is_nocase(name, known[i].name)) {
            *offset = known[i].minutes * 60;
            return true;
        }
    return false;
}

/* ---- zones named in data */

enum { CACHED = 8 };

struct zone_cache {
    struct heap *heap;
    uint32_t     next;
    struct {
        char         name[NAME_MOST + 1];
        struct zone *zone;              /* NULL: there is none of that name */
    } entry[CACHED];
};

status zone_cache_new(struct heap *heap, struct zone_cache **out)
{
    *out = heap_zero(heap, 1, sizeof **out);
    TRY_NEW(*out);
    (*out)->heap = heap;
    return OK;
}

void zone_cache_free(struct zone_cache *cache)
{
    if (!cache)
        return;
    for (int i = 0; i < CACHED; i++)
        zone_free(cache->entry[i].zone);
    heap_free(cache->heap, cache, sizeof *cache);
}

const struct zone *zone_cache_get(struct zone_cache *cache, str name)
{
    uint32_t at;

    if (name.size == 0 || name.size > NAME_MOST)
        return NULL;
    for (at = 0; at < CACHED; at++)
        if (str_is(name, cache->entry[at].name))
            return cache->entry[at].zone;
    at = cache->next++ % CACHED;
    zone_free(cache->entry[at].zone);
    memcpy(cache->entry[at].name, name.at, name.size);
    cache->entry[at].name[name.size] = 0;
    if (zone_open(cache->heap, name, &cache->entry[at].zone) != OK)
        cache->entry[at].zone = NULL;
    return cache->entry[at].zone;
}
