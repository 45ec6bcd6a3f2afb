/* An app folder of Splunk's: what its .conf files define by name, and the tables in lookups/ (knowledge 1). */
#include "api/define.h"

#include "base/file.h"
#include "base/str.h"
#include "knowledge/conf.h"
#include "value/number.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { CONF_MOST = 64 << 20 };

enum conf_kind { MACROS, EVENTTYPES, TAGS, SEARCHES, TRANSFORMS, COLLECTIONS, KINDS_OF_CONF };

static const char *const files[KINDS_OF_CONF] = {
    [MACROS] = "macros.conf", [EVENTTYPES] = "eventtypes.conf", [TAGS] = "tags.conf", [SEARCHES] = "savedsearches.conf",
    [TRANSFORMS] = "transforms.conf", [COLLECTIONS] = "collections.conf",
};

struct app {
    struct spl_engine *engine;
    const char        *path;
    struct arena       arena;
    struct diag       *diag;            /* what was odd */
    struct conf        conf[KINDS_OF_CONF];
    struct lexicon    *lexicon;
};

/* "eventtypes.conf [name]: what is wrong". */
static void odd(struct app *app, const struct conf_stanza *stanza, const struct conf_setting *setting, const char *what)
{
    diag_warn(app->diag, DIAG_NOWHERE, "conf-setting", "%.*s:%u: [%.*s] %s", SHOW(setting ? setting->file : stanza->file),
              setting ? setting->line : stanza->line, SHOW(stanza->name), what);
}

/* False where nothing is said, or nothing that can be understood. */
static bool is_true(struct app *app, const struct conf *conf, const struct conf_stanza *stanza, const char *key)
{
    const struct conf_setting *setting = conf_get(conf, stanza, key);
    char                       what[60];
    bool                       truth = false;

    if (setting && setting->value.size && !str_truth(setting->value, &truth)) {
        snprintf(what, sizeof what, "wants true or false for %s", key);
        odd(app, stanza, setting, what);
    }
    return truth;
}

/* Only memory is a failure; what cannot be defined is told and left out. */
static status define(struct app *app, const struct conf_stanza *stanza, int32_t kind, str name, str text,
                     const char *else_what)
{
    status result = lexicon_define(app->lexicon, kind, name, text, NULL);

    if (result == FAIL_MEMORY)
        return result;
    if (result != OK)
        odd(app, stanza, NULL, else_what);
    return OK;
}

/* --- macros -------------------------------------------------------------------------------------------------------- */

/* "name(2)": the name and 2; without a number 0. False: what stands in parentheses is no number. */
static bool read_count(str text, str *name, uint32_t *count)
{
    size_t open = str_find(text, STR("("), 0);

    *name = text;
    *count = 0;
    if (open == SIZE_MAX)
        return true;
    *name = str_slice(text, 0, open);
    text = str_trim_blanks(str_slice(text, open + 1, text.size));
    if (!str_ends(text, STR(")")))
        return false;
    text = str_trim_blanks(str_slice(text, 0, text.size - 1));
    return text.size == 0 || str_count(text, MACRO_ARGUMENTS, count);
}

/* "name(a, b)". The number that stands in the stanza's name decides how many: names that lack are made up, as nothing can
 * refer to them, and further ones are dropped. */
static status write_signature(struct app *app, const struct conf_stanza *stanza, struct buf *out)
{
    const struct conf_setting *setting = conf_get(&app->conf[MACROS], stanza, "args");
    str                        args = setting ? setting->value : STR(""), name;
    uint32_t                   count, given = 0;

    if (!read_count(stanza->name, &name, &count)) {
        buf_put(out, stanza->name);                 /* refused, with its name in the message */
        return buf_status(out);
    }
    buf_put(out, name);
    for (; given < count; given++) {
        size_t end = str_find(args, STR(","), 0);
        str    one = str_trim_blanks(str_slice(args, 0, end == SIZE_MAX ? args.size : end));

        buf_text(out, given ? ", " : "(");
        if (one.size)
            buf_put(out, one);
        else
            buf_print(out, "argument_%u", given + 1);
        if (!one.size && setting)
            odd(app, stanza, setting, "has fewer names in args than its own name says");
        args = end == SIZE_MAX ? STR("") : str_slice(args, end + 1, args.size);
    }
    if (count)
        buf_text(out, ")");
    if (str_trim_blanks(args).size)
        odd(app, stanza, setting, count ? "has more names in args than its own name says"
                                        : "has args and no number of them in its name: they mean nothing");
    return buf_status(out);
}

static status add_macro(struct app *app, const struct conf_stanza *stanza)
{
    static const struct { const char *key; int32_t kind; } more[] = {
        { "validation", SPL_MACRO_VALIDATION }, { "errormsg", SPL_MACRO_MESSAGE },
    };
    const struct conf         *conf = &app->conf[MACROS];
    const struct conf_setting *definition = conf_get(conf, stanza, "definition");
    struct buf                 signature;
    status                     result;

    if (!definition) {
        odd(app, stanza, NULL, "defines nothing");
        return OK;
    }
    buf_init(&signature, &app->engine->heap);
    result = write_signature(app, stanza, &signature);
    if (result == OK)
        result = define(app, stanza, is_true(app, conf, stanza, "iseval") ? SPL_MACRO_EVAL : SPL_MACRO,
                        buf_str(&signature), definition->value, "is no name of a macro, name or name(number)");
    for (size_t i = 0; i < COUNT_OF(more) && result == OK; i++) {
        str text = conf_text(conf, stanza, more[i].key);

        if (text.size)
            result = lexicon_define(app->lexicon, more[i].kind, buf_str(&signature), text, NULL);
        if (result != FAIL_MEMORY)
            result = OK;                /* the macro itself was refused: told already */
    }
    buf_free(&signature);
    return result;
}

/* --- event types, tags, searches ----------------------------------------------------------------------------------- */

static status add_eventtype(struct app *app, const struct conf_stanza *stanza)
{
    const struct conf         *conf = &app->conf[EVENTTYPES];
    const struct conf_setting *search = conf_own(stanza, "search"), *given = conf_get(conf, stanza, "priority");
    double                     priority = 1;

    if (!search || search->value.size == 0 || is_true(app, conf, stanza, "disabled"))
        return OK;
    if (given && given->value.size && (!number_parse(given->value, &priority, NULL) || !(priority >= 1 && priority <= 10))) {
        odd(app, stanza, given, "has a priority that is no number from 1 to 10");
        priority = 1;
    }
    if (str_trim_blanks(stanza->name).size == 0) {
        odd(app, stanza, NULL, "has no name");
        return OK;
    }
    return lexicon_define_eventtype(app->lexicon, stanza->name, search->value, (uint32_t)priority);
}

static bool is_any(str text, const char *one, const char *other)
{
    return str_is_nocase(text, one) || str_is_nocase(text, other);
}

/* %2F and the like, in the value only. */
static status decode_pair(struct arena *arena, str pair, str *out)
{
    char  *text = arena_text(arena, pair);
    size_t from = str_find(pair, STR("="), 0);

    TRY_NEW(text);
    if (from == SIZE_MAX)
        from = pair.size;
    *out = str_make(text, from + str_percent_decode(str_slice(pair, from, pair.size), text + from));
    return OK;
}

static status add_tags(struct app *app, const struct conf_stanza *stanza)
{
    str pair;

    TRY(decode_pair(&app->arena, stanza->name, &pair));
    for (uint32_t i = 0; i < stanza->settings.count; i++) {
        const struct conf_setting *setting = stanza->settings.entry[i].value;
        bool                       on = is_any(setting->value, "enabled", "enable");
        bool                       off = is_any(setting->value, "disabled", "disable");

        if (!on && !off && !str_truth(setting->value, &on))
            odd(app, stanza, setting, "has a tag that is neither enabled nor disabled");
        else if (on)
            TRY(define(app, stanza, SPL_TAG, setting->key, pair, "is not field=value"));
    }
    return OK;
}

static status add_search(struct app *app, const struct conf_stanza *stanza)
{
    const struct conf_setting *search = conf_own(stanza, "search");

    if (!search || search->value.size == 0)
        return OK;
    return define(app, stanza, SPL_SAVED_SEARCH, stanza->name, search->value, "is no name of a saved search");
}

/* --- lookups ------------------------------------------------------------------------------------------------------- */

/* Which table, or why there is none. False: the stanza is no lookup. */
static bool read_table(struct app *app, const struct conf_stanza *stanza, struct lookup_settings *out)
{
    const struct conf *conf = &app->conf[TRANSFORMS];
    str                type = conf_text(conf, stanza, "external_type");

    if (conf_own(stanza, "filename"))
        return true;
    if (conf_own(stanza, "external_cmd") || is_any(type, "python", "executable"))
        out->refusal = STR("a program of an app, and libspl starts none");
    else if (str_is_nocase(type, "geo"))
        out->refusal = STR("a map");
    else
        return conf_own(stanza, "collection") || str_is_nocase(type, "kvstore");
    return true;
}

/* A collection is a table NAME.csv, empty as long as nothing wrote it. Its columns are those the lookup lists; where it
 * lists none, those the collection declares. */
static status read_collection(struct app *app, const struct conf_stanza *stanza, struct lookup_settings *out)
{
    const struct conf         *conf = &app->conf[TRANSFORMS];
    str                        name = conf_text(conf, stanza, "collection");
    const struct conf_stanza  *collection;
    struct buf                 text;
    status                     result;
    bool                       listed;

    name = name.size ? name : stanza->name;
    collection = map_get(&app->conf[COLLECTIONS].stanzas, name);
    buf_init(&text, &app->engine->heap);
    buf_put(&text, name);
    buf_text(&text, ".csv");
    out->filename = arena_str(&app->lexicon->arena, buf_str(&text));
    buf_clear(&text);
    buf_put(&text, conf_text(conf, stanza, "fields_list"));
    listed = text.size > 0;
    for (uint32_t i = 0; !listed && collection && i < collection->settings.count; i++) {
        str key = collection->settings.entry[i].key;

        if (str_starts(key, STR("field.")))
            buf_print(&text, "%s%.*s", text.size ? "," : "", SHOW(str_slice(key, 6, key.size)));
    }
    if (text.size == 0)
        buf_text(&text, "_key");
    out->columns = arena_str(&app->lexicon->arena, buf_str(&text));
    result = text.failed || !out->columns.at || !out->filename.at ? FAIL_MEMORY : OK;
    buf_free(&text);
    return result;
}

/* One setting that is wrong keeps what it would be without it. */
static status read_settings(struct app *app, const struct conf_stanza *stanza, struct lookup_settings *out)
{
    for (uint32_t i = 0; i < stanza->settings.count; i++) {
        const struct conf_setting *setting = stanza->settings.entry[i].value;
        str                        value = arena_str(&app->lexicon->arena, setting->value);
        struct diag                diag;
        status                     result;

        TRY_NEW(value.at);
        diag_init(&diag, &app->engine->heap);
        result = value.size ? lookup_settings_set(&app->lexicon->arena, out, setting->key, value, &diag) : OK;
        if (result == FAIL_MISUSE && diag.count)
            diag_warn(app->diag, DIAG_NOWHERE, "conf-setting", "%.*s:%u: [%.*s] %.*s", SHOW(setting->file), setting->line,
                      SHOW(stanza->name), SHOW(diag.item[0].message));
        diag_free(&diag);
        if (result == FAIL_MEMORY)
            return result;
    }
    return OK;
}

static status add_lookup(struct app *app, const struct conf_stanza *stanza)
{
    struct lookup_settings *settings = ARENA_NEW(&app->lexicon->arena, struct lookup_settings);

    TRY_NEW(settings);
    lookup_settings_init(settings);
    if (!read_table(app, stanza, settings))
        return OK;                      /* a transform of fields */
    TRY(read_settings(app, stanza, settings));
    if (!settings->refusal.size && !conf_own(stanza, "filename"))
        TRY(read_collection(app, stanza, settings));
    if (lookup_settings_check(settings, NULL) != OK) {
        odd(app, stanza, NULL, "has a min_offset_secs above its max_offset_secs: neither counts");
        settings->min_offset = 0;
        settings->max_offset = 2000000000;
    }
    return lexicon_define_lookup(app->lexicon, stanza->name, settings);
}

/* --- the folder ---------------------------------------------------------------------------------------------------- */

static bool join(char out[PATH_MAX], const char *path, const char *folder, const char *name)
{
    int size = snprintf(out, PATH_MAX, "%s/%s/%s", path, folder, name);

    return size > 0 && size < PATH_MAX;
}

static bool is_file(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

/* "x.csv.default" stands in for an x.csv that is not there. */
static status add_table(struct app *app, const char *name)
{
    static const str preset = { ".default", 8 };
    char             path[PATH_MAX], shown[NAME_MAX + 1];
    str              text = str_of(name);

    if (!join(path, app->path, "lookups", name) || text.size > NAME_MAX)
        return OK;
    memcpy(shown, name, text.size + 1);
    if (str_ends(text, preset)) {
        char own[PATH_MAX];

        shown[text.size -= preset.size] = 0;
        if (!join(own, app->path, "lookups", shown) || is_file(own))
            return OK;
    }
    text = str_of(shown);
    if ((str_ends(text, STR(".csv")) || str_ends(text, STR(".csv.gz"))) && text.at[0] != '.' && is_file(path))
        return lexicon_add_table(app->lexicon, text, path);
    return OK;
}

static status add_tables(struct app *app)
{
    char           path[PATH_MAX];
    DIR           *all = join(path, app->path, "lookups", ".") ? opendir(path) : NULL;
    struct dirent *one;
    status         result = OK;

    if (!all)
        return OK;                      /* apps without tables are the rule */
    while (result == OK && (one = readdir(all)))
        result = add_table(app, one->d_name);
    closedir(all);
    return result;
}

/* default/ first, local/ over it. */
static status read_conf(struct app *app, enum conf_kind kind)
{
    static const char *const layers[] = { "default", "local" };

    for (size_t i = 0; i < COUNT_OF(layers); i++) {
        char       path[PATH_MAX], shown[64];
        struct buf text;
        status     result;

        if (!join(path, app->path, layers[i], files[kind]) || !is_file(path))
            continue;
        snprintf(shown, sizeof shown, "%s/%s", layers[i], files[kind]);
        buf_init(&text, &app->engine->heap);
        result = file_read(path, CONF_MOST, &text);
        if (result == OK)
            result = conf_lay(&app->conf[kind], str_of(shown), buf_str(&text), app->diag);
        else if (result != FAIL_MEMORY)
            diag_at(app->diag, result, DIAG_NOWHERE, "unreadable", "cannot read '%.300s'%s", path,
                    result == FAIL_LIMIT ? ": it is larger than 64 MiB" : "");
        buf_free(&text);
        TRY(result);
    }
    return OK;
}

static status add_each(struct app *app, enum conf_kind kind,
                       status (*add)(struct app *app, const struct conf_stanza *stanza))
{
    const struct conf *conf = &app->conf[kind];

    for (uint32_t i = 0; i < conf->stanzas.count; i++)
        if (conf->stanzas.entry[i].value != conf->common)
            TRY(add(app, conf->stanzas.entry[i].value));
    return OK;
}

static status add_all(struct app *app)
{
    TRY(add_each(app, MACROS, add_macro));
    TRY(add_each(app, EVENTTYPES, add_eventtype));
    TRY(add_each(app, TAGS, add_tags));
    TRY(add_each(app, SEARCHES, add_search));
    TRY(add_each(app, TRANSFORMS, add_lookup));
    return add_tables(app);
}

static status read_app(struct app *app)
{
    status result = OK;

    for (int i = 0; i < KINDS_OF_CONF; i++)
        conf_init(&app->conf[i], &app->arena, &app->engine->heap);
    for (int i = 0; i < KINDS_OF_CONF && result == OK; i++)
        result = read_conf(app, (enum conf_kind)i);
    if (result == OK) {
        mutex_lock(&app->engine->lock);
        result = lexicon_change(app->engine, &app->lexicon);
        if (result == OK)
            result = add_all(app);
        mutex_unlock(&app->engine->lock);
    }
    for (int i = 0; i < KINDS_OF_CONF; i++)
        conf_free(&app->conf[i]);
    return result;
}

/* Is there any of the folders that make one? */
static bool is_app(const char *path)
{
    static const char *const folders[] = { "default", "local", "lookups" };

    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        char        inside[PATH_MAX];
        struct stat about;

        if (join(inside, path, folders[i], ".") && stat(inside, &about) == 0 && S_ISDIR(about.st_mode))
            return true;
    }
    return false;
}

spl_status spl_engine_add_app(spl_engine *engine, const char *path, spl_error **warnings, spl_error **err)
{
    struct diag diag;
    struct app  app = { .engine = engine, .path = path, .diag = &diag };
    status      result;

    if (warnings)
        *warnings = NULL;
    if (!is_app(path))
        return error_new(engine, FAIL_IO, err, "unreadable", "'%.300s' is no folder of an app: it has neither default/ nor "
                         "local/ nor lookups/", path);
    diag_init(&diag, &engine->heap);
    arena_init(&app.arena, &engine->heap);
    result = read_app(&app);
    arena_free(&app.arena);
    if (result != OK)
        error_from(engine, NULL, result, &diag, err);
    else if (diag.count && warnings)
        error_from(engine, NULL, OK, &diag, warnings);
    diag_free(&diag);
    return result;
}
