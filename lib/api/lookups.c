#include "api/lookups.h"

#include "api/define.h"
#include "base/suggest.h"
#include "knowledge/csv_lookup.h"
#include "knowledge/places.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

/* --- files --------------------------------------------------------------------------------------------------------- */

struct stamp {                          /* tells when a file is another */
    dev_t           device;
    ino_t           inode;
    off_t           size;
    struct timespec changed;
};

struct table_file {
    struct table_file *next;
    char              *path;
    size_t             path_size;       /* bytes, with its end */
    struct stamp       stamp;
    struct csv_table  *table;
};

status tables_init(struct tables *tables, struct heap *heap)
{
    tables->heap = heap;
    tables->file = NULL;
    return mutex_init(&tables->lock);
}

void tables_free(struct tables *tables)
{
    while (tables->file) {
        struct table_file *file = tables->file;

        tables->file = file->next;
        csv_table_release(file->table);
        heap_free(tables->heap, file->path, file->path_size);
        heap_free(tables->heap, file, sizeof *file);
    }
    mutex_free(&tables->lock);
}

/* False: there is no such file. Pipes are read once, so they never change. */
static bool read_stamp(const char *path, struct stamp *out)
{
    struct stat about;

    *out = (struct stamp){ 0 };
    if (stat(path, &about) != 0)
        return false;
    if (S_ISREG(about.st_mode))
        *out = (struct stamp){ about.st_dev, about.st_ino, about.st_size, about.st_mtim };
    return true;
}

static bool same_stamp(const struct stamp *a, const struct stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

/* The entry of a path, made where there is none. */
static status file_entry(struct tables *tables, const char *path, struct table_file **out)
{
    struct table_file *file;
    size_t             size = strlen(path) + 1;

    for (*out = tables->file; *out; *out = (*out)->next)
        if (strcmp((*out)->path, path) == 0)
            return OK;
    TRY_NEW(file = heap_zero(tables->heap, 1, sizeof *file));
    file->path = heap_alloc(tables->heap, size);
    if (!file->path) {
        heap_free(tables->heap, file, sizeof *file);
        return FAIL_MEMORY;
    }
    memcpy(file->path, path, size);
    file->path_size = size;
    file->next = tables->file;
    tables->file = *out = file;
    return OK;
}

/* *out is retained. */
static status open_table(struct tables *tables, const char *path, size_t limit, struct csv_table **out,
                         char reason[CSV_REASON])
{
    struct table_file *file;
    struct stamp       stamp;
    status             result = OK;

    *out = NULL;
    mutex_lock(&tables->lock);
    read_stamp(path, &stamp);
    result = file_entry(tables, path, &file);
    if (result == OK && !(file->table && same_stamp(&stamp, &file->stamp))) {
        csv_table_release(file->table);
        file->table = NULL;
        file->stamp = stamp;
        result = csv_table_read(tables->heap, path, limit, &file->table, reason);
    }
    if (result == OK)
        csv_table_retain(*out = file->table);
    mutex_unlock(&tables->lock);
    return result;
}

/* --- the folder ---------------------------------------------------------------------------------------------------- */

static bool ends(str name, const char *ending)
{
    size_t size = strlen(ending);

    return name.size > size && str_is_nocase(str_slice(name, name.size - size, name.size), ending);
}

/* "x.csv", without a way to anywhere in it. */
static bool is_file_name(str name)
{
    for (size_t i = 0; i < name.size; i++)
        if (name.at[i] == '/' || name.at[i] == '\\' || name.at[i] == 0)
            return false;
    return name.size > 0 && name.size < NAME_MAX && name.at[0] != '.' &&
           (ends(name, ".csv") || ends(name, ".csv.gz") || ends(name, ".csv.zst"));
}

/* Where a file of that name is in the folder; links may not lead out of it (those that stay inside may be there: that is how
 * some systems put new files in place at once). */
static bool find_in_folder(str folder, str name, char path[PATH_MAX])
{
    char        joined[PATH_MAX], top[PATH_MAX];
    size_t      size;
    struct stat about;

    if (folder.size == 0 || !is_file_name(name) || folder.size + 1 + name.size >= sizeof joined)
        return false;
    memcpy(joined, folder.at, folder.size);
    joined[folder.size] = 0;
    if (!realpath(joined, top))
        return false;
    joined[folder.size] = '/';
    memcpy(joined + folder.size + 1, name.at, name.size);
    joined[folder.size + 1 + name.size] = 0;
    if (!realpath(joined, path))
        return false;
    size = strlen(top);
    if (strncmp(path, top, size) != 0 || (path[size] != '/' && !(size && top[size - 1] == '/')))
        return false;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

/* --- names --------------------------------------------------------------------------------------------------------- */

struct found_lookup {
    struct found_lookup *next;
    struct lookup       *lookup;
};

struct seeking {
    struct spl_query             *query;
    str                           name;
    struct span                   span;
    struct compile               *compile;
    const struct lookup_settings *settings;     /* NULL: none were given */
    str                           file;         /* name of its table */
};

static const struct lookup_settings plain_settings = { .time_format = { "%s.%Q", 5 }, .max_offset = 2000000000 };

/* "a/b.csv" of a definition: what counts is b.csv. */
static str base_name(str path)
{
    for (size_t i = path.size; i > 0; i--)
        if (path.at[i - 1] == '/' || path.at[i - 1] == '\\')
            return str_slice(path, i, path.size);
    return path;
}

static void offer_names(struct suggest *near, const struct map *map)
{
    for (uint32_t i = 0; i < map->count; i++)
        suggest_offer(near, map->entry[i].key);
}

/* Is there a file that would have been found by its whole name? */
static bool with_ending(const struct seeking *seek, char ending[NAME_MAX + 8])
{
    str  name = { ending, seek->name.size + 4 };
    char path[PATH_MAX];

    if (seek->name.size >= NAME_MAX)
        return false;
    memcpy(ending, seek->name.at, seek->name.size);
    memcpy(ending + seek->name.size, ".csv", 5);
    return map_get(&seek->query->lexicon->tables, name) ||
           find_in_folder(settings_text(&seek->query->settings, OPTION_LOOKUP_DIRECTORY), name, path);
}

/* Files of the folder; the best one stays in `found`. */
static void offer_files(struct suggest *near, str folder, char found[NAME_MAX + 1])
{
    char           path[PATH_MAX];
    DIR           *all;
    struct dirent *one;

    if (folder.size == 0 || folder.size >= sizeof path)
        return;
    memcpy(path, folder.at, folder.size);
    path[folder.size] = 0;
    if (!(all = opendir(path)))
        return;
    for (int most = 1000; most > 0 && (one = readdir(all)); most--) {
        str name = str_of(one->d_name);

        if (!is_file_name(name))
            continue;
        suggest_offer(near, name);
        if (near->best.at == name.at) {
            memcpy(found, name.at, name.size + 1);
            near->best.at = found;
        }
    }
    closedir(all);
}

static status not_known(const struct seeking *seek, struct lookup **out)
{
    const struct lexicon *lexicon = seek->query->lexicon;
    struct diag          *diag = seek->compile->diag;
    struct suggest        near = suggest_for(seek->name);
    char                  ending[NAME_MAX + 8], found[NAME_MAX + 1];

    if (str_is(settings_text(&seek->query->settings, OPTION_LOOKUP_MISSING), "empty")) {
        diag_warn(diag, seek->span, "missing-lookup", "no lookup table '%.*s' is known: it is taken for an empty one",
                  SHOW(seek->name));
        return missing_lookup_new(&seek->query->engine->heap, seek->name, out);
    }
    if (seek->settings && !str_equal(seek->file, seek->name))
        return diag_at(diag, FAIL_QUERY, seek->span, "unknown-lookup", "the table '%.*s' of lookup '%.*s' is not known",
                       SHOW(seek->file), SHOW(seek->name));
    diag_at(diag, FAIL_QUERY, seek->span, "unknown-lookup", "no lookup table '%.*s' is known", SHOW(seek->name));
    offer_names(&near, &lexicon->tables);
    offer_names(&near, &lexicon->lookups);
    offer_files(&near, settings_text(&seek->query->settings, OPTION_LOOKUP_DIRECTORY), found);
    diag_suggest(diag, with_ending(seek, ending) ? str_of(ending) : near.best);
    return FAIL_QUERY;
}

static status unreadable(const struct seeking *seek, status failure, const char *reason)
{
    if (failure == FAIL_MEMORY)
        return failure;
    return diag_at(seek->compile->diag, FAIL_QUERY, seek->span, failure == FAIL_LIMIT ? "limit-size" : "unreadable",
                   "lookup table '%.*s' cannot be read: %s", SHOW(seek->name), reason);
}

static status open_host(const struct seeking *seek, const struct host_lookup *host, struct lookup **out)
{
    status result = host_lookup_new(&seek->query->engine->heap, seek->name, host, seek->settings, out);

    if (result != FAIL_MISUSE)
        return result;
    return diag_at(seek->compile->diag, FAIL_QUERY, seek->span, "lookup-definition",
                   "lookup '%.*s' is the host program's: its definition can set max_matches, min_matches, default_match "
                   "only", SHOW(seek->name));
}

static status open_lookup(struct seeking *seek, struct lookup **out)
{
    struct spl_query          *query = seek->query;
    const struct table_source *source;
    struct csv_table          *table;
    size_t                     limit = (size_t)settings_number(&query->settings, OPTION_LIMIT_LOOKUP);
    char                       path[PATH_MAX], reason[CSV_REASON] = "";
    status                     result;

    seek->settings = map_get(&query->lexicon->lookups, seek->name);
    seek->file = seek->settings && seek->settings->filename.size ? base_name(seek->settings->filename) : seek->name;
    source = map_get(&query->lexicon->tables, seek->file);
    if (source && source->host)
        return open_host(seek, source->host, out);
    if (seek->settings && seek->settings->refusal.size)
        return diag_at(seek->compile->diag, FAIL_QUERY, seek->span, "lookup-definition", "lookup '%.*s' is %.*s",
                       SHOW(seek->name), SHOW(seek->settings->refusal));
    if (source)
        result = open_table(&query->engine->tables, source->path, limit, &table, reason);
    else if (find_in_folder(settings_text(&query->settings, OPTION_LOOKUP_DIRECTORY), seek->file, path))
        result = open_table(&query->engine->tables, path, limit, &table, reason);
    else if (seek->settings && seek->settings->columns.size)
        result = csv_table_empty(&query->engine->heap, seek->settings->columns, limit, &table, reason);
    else
        return not_known(seek, out);
    if (result != OK)
        return unreadable(seek, result, reason);
    result = csv_lookup_new(&query->engine->heap, limit, seek->name, table,
                            seek->settings ? seek->settings : &plain_settings, seek->compile, seek->span, out);
    csv_table_release(table);
    return result;
}

static status find_new(struct seeking *seek, struct lookup **out)
{
    struct found_lookups *found = &seek->query->lookups;
    struct heap          *heap = &seek->query->engine->heap;
    struct found_lookup  *entry = heap_zero(heap, 1, sizeof *entry);
    status                result = entry ? open_lookup(seek, &entry->lookup) : FAIL_MEMORY;

    if (result != OK) {
        heap_free(heap, entry, sizeof *entry);
        return result;
    }
    *out = entry->lookup;
    entry->next = found->first;
    found->first = entry;
    return OK;
}

/* --- places -------------------------------------------------------------------------------------------------------- */

static status no_places(struct spl_query *query, struct span span, struct diag *diag, struct lookup **out)
{
    if (str_is(settings_text(&query->settings, OPTION_LOOKUP_MISSING), "empty")) {
        diag_warn(diag, span, "missing-lookup", "no database of places is known: no address has one");
        return missing_lookup_new(&query->engine->heap, STR("places"), out);
    }
    diag_at(diag, FAIL_QUERY, span, "unknown-lookup", "'iplocation' needs a database of places, and none is known");
    diag_hint(diag, "name a file of MaxMind's kind with the option 'geo.database'");
    return FAIL_QUERY;
}

static status open_places(struct spl_query *query, struct span span, struct diag *diag, struct lookup **out)
{
    str    named = settings_text(&query->settings, OPTION_GEO_DATABASE);
    char   path[PATH_MAX], reason[PLACES_REASON] = "its name is too long";
    status result = FAIL_IO;

    if (named.size == 0)
        return no_places(query, span, diag, out);
    if (named.size < sizeof path) {
        memcpy(path, named.at, named.size);
        path[named.size] = 0;
        result = places_open(&query->engine->heap, path, out, reason);
    }
    if (result != FAIL_IO)
        return result;
    return diag_at(diag, FAIL_QUERY, span, "unreadable", "the database of places cannot be read: %s", reason);
}

static status find_places(void *host, struct span span, struct diag *diag, struct lookup **out)
{
    struct spl_query     *query = host;
    struct found_lookups *found = &query->lookups;
    status                result = OK;

    mutex_lock(&found->lock);
    if (!found->places)
        result = open_places(query, span, diag, &found->places);
    *out = found->places;
    mutex_unlock(&found->lock);
    return result;
}

static str file_of(void *host, str name)
{
    const struct spl_query       *query = host;
    const struct lookup_settings *settings = map_get(&query->lexicon->lookups, name);

    return settings ? base_name(settings->filename) : STR("");
}

static status find(void *host, str name, struct span span, struct context *context, struct diag *diag,
                   struct lookup **out)
{
    struct spl_query     *query = host;
    struct found_lookups *found = &query->lookups;
    struct compile        compile = query_make_compile(query);
    struct seeking        seek = { .query = query, .name = name, .span = span, .compile = &compile };
    status                result;

    *out = NULL;
    compile.context = context;
    compile.diag = diag;
    mutex_lock(&found->lock);
    for (const struct found_lookup *one = found->first; one && !*out; one = one->next)
        if (str_equal(one->lookup->name, name))
            *out = one->lookup;
    result = *out ? OK : find_new(&seek, out);
    mutex_unlock(&found->lock);
    return result;
}

status found_lookups_init(struct spl_query *query)
{
    TRY(mutex_init(&query->lookups.lock));
    query->lookups.ready = true;
    query->lookups.door = (struct lookups){ query, find, find_places, file_of };
    return OK;
}

void found_lookups_free(struct spl_query *query)
{
    struct found_lookups *found = &query->lookups;

    while (found->first) {
        struct found_lookup *one = found->first;

        found->first = one->next;
        one->lookup->kind->close(one->lookup);
        heap_free(&query->engine->heap, one, sizeof *one);
    }
    if (found->places)
        found->places->kind->close(found->places);
    if (found->ready)
        mutex_free(&found->lock);
}

/* --- defining ------------------------------------------------------------------------------------------------------ */

status lexicon_add_table(struct lexicon *lexicon, str name, const char *path)
{
    struct table_source *source = ARENA_NEW(&lexicon->arena, struct table_source);

    TRY_NEW(source);
    TRY_NEW((name = arena_str(&lexicon->arena, name)).at);
    TRY_NEW(source->path = arena_text(&lexicon->arena, str_of(path)));
    return map_put(&lexicon->tables, name, source);
}

spl_status spl_engine_add_lookup(spl_engine *engine, const char *name, const char *csv_path, spl_error **err)
{
    str             trimmed = str_trim_blanks(str_of(name));
    struct lexicon *lexicon;
    struct stamp    stamp;
    status          result;

    if (trimmed.size == 0)
        return error_new(engine, FAIL_MISUSE, err, "bad-definition", "a lookup needs a name");
    if (!read_stamp(csv_path, &stamp))
        return error_new(engine, FAIL_IO, err, "unreadable", "cannot read the lookup file '%.200s'", csv_path);
    mutex_lock(&engine->lock);
    result = lexicon_change(engine, &lexicon);
    if (result == OK)
        result = lexicon_add_table(lexicon, trimmed, csv_path);
    mutex_unlock(&engine->lock);
    return result == OK ? OK : error_out_of_memory(err);
}
