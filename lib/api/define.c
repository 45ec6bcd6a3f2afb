/* What a site calls by names: macros, event types, tags, saved searches, how lookups match. They are kept as text and
 * read when a query that uses them is compiled; settings of lookups are read at once. */
#include "api/define.h"

#include "base/str.h"

/* --- macros -------------------------------------------------------------------------------------------------------- */

static bool is_name(str text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c <= ' ' || strchr("()`,\"'$", c))
            return false;
    }
    return text.size > 0 && text.size <= 250;
}

/* "a, b" into names; false: something is not a name, one is there twice, or there are none. */
static bool split_arguments(struct arena *arena, str text, struct macro *macro)
{
    uint32_t count = 1;
    str     *name;

    for (size_t i = 0; i < text.size; i++)
        count += text.at[i] == ',';
    if (count > MACRO_ARGUMENTS || !(name = ARENA_ARRAY(arena, str, count)))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        size_t end = str_find(text, STR(","), 0);
        name[i] = str_trim_blanks(end == SIZE_MAX ? text : str_slice(text, 0, end));
        text = end == SIZE_MAX ? STR("") : str_slice(text, end + 1, text.size);
        if (!is_name(name[i]))
            return false;
        for (uint32_t j = 0; j < i; j++)
            if (str_equal(name[i], name[j]))
                return false;
    }
    macro->argument = name;
    macro->count = count;
    return true;
}

static status read_signature(struct arena *arena, str signature, struct macro *macro, str *key)
{
    size_t     open;
    struct buf text;

    signature = str_trim_blanks(arena_str(arena, signature));
    open = str_find(signature, STR("("), 0);
    macro->name = str_trim_blanks(open == SIZE_MAX ? signature : str_slice(signature, 0, open));
    if (!is_name(macro->name))
        return FAIL_MISUSE;
    if (open != SIZE_MAX) {
        str inside = str_slice(signature, open + 1, signature.size);
        if (!str_ends(inside, STR(")")))
            return FAIL_MISUSE;
        inside = str_trim_blanks(str_slice(inside, 0, inside.size - 1));
        if (inside.size && !split_arguments(arena, inside, macro))
            return FAIL_MISUSE;
    }
    buf_init(&text, arena->heap);
    buf_put(&text, macro->name);
    buf_print(&text, "/%u", macro->count);
    *key = text.failed ? STR("") : arena_str(arena, buf_str(&text));
    buf_free(&text);
    return key->size ? OK : FAIL_MEMORY;
}

/* A new macro; or, for what belongs to one that is there, a changed copy, as queries may hold the old one. ENOUGH: there is
 * none to belong to. */
static status define_macro(struct lexicon *lexicon, int32_t kind, str signature, str text)
{
    struct macro *macro = ARENA_NEW(&lexicon->arena, struct macro);
    struct macro  read = { .count = 0 }, *known;
    str           key = STR("");

    TRY_NEW(macro);
    TRY(read_signature(&lexicon->arena, signature, &read, &key));
    known = map_get(&lexicon->macros, key);
    if (!known && (kind == SPL_MACRO_VALIDATION || kind == SPL_MACRO_MESSAGE))
        return ENOUGH;
    *macro = known && (kind == SPL_MACRO_VALIDATION || kind == SPL_MACRO_MESSAGE) ? *known : read;
    text = arena_str(&lexicon->arena, text);
    TRY_NEW(text.at);
    macro->iseval = kind == SPL_MACRO_EVAL || (macro->iseval && kind != SPL_MACRO);
    if (kind == SPL_MACRO_VALIDATION)
        macro->validation = text;
    else if (kind == SPL_MACRO_MESSAGE)
        macro->message = text;
    else
        macro->definition = text;
    return map_put(&lexicon->macros, key, macro);
}

/* --- event types, tags, saved searches ----------------------------------------------------------------------------- */

static status define_search(struct lexicon *lexicon, struct map *into, str name, str text, uint32_t priority)
{
    struct definition *made = ARENA_NEW(&lexicon->arena, struct definition);

    TRY_NEW(made);
    made->name = arena_str(&lexicon->arena, str_trim_blanks(name));
    made->text = arena_str(&lexicon->arena, text);
    made->priority = priority;
    TRY_NEW(made->name.at && made->text.at ? made : NULL);
    return made->name.size ? map_put(into, made->name, made) : FAIL_MISUSE;
}

status lexicon_define_eventtype(struct lexicon *lexicon, str name, str text, uint32_t priority)
{
    return define_search(lexicon, &lexicon->eventtypes, name, text, priority);
}

/* A tag of a pair "field=value". Each pair is an entry of its own. */
static status define_tag(struct lexicon *lexicon, str tag, str pair)
{
    struct definition *made = ARENA_NEW(&lexicon->arena, struct definition);
    size_t             is = str_find(pair, STR("="), 0);
    struct buf         key;
    str                kept;

    TRY_NEW(made);
    tag = str_trim_blanks(tag);
    if (is == SIZE_MAX || tag.size == 0)
        return FAIL_MISUSE;
    buf_init(&key, lexicon->heap);
    buf_put(&key, tag);
    buf_byte(&key, 0);
    buf_put(&key, pair);
    kept = key.failed ? (str){ NULL, 0 } : arena_str(&lexicon->arena, buf_str(&key));
    buf_free(&key);
    TRY_NEW(kept.at);
    made->name = str_slice(kept, 0, tag.size);
    made->field = str_trim_blanks(str_slice(kept, tag.size + 1, tag.size + 1 + is));
    made->text = str_trim_blanks(str_slice(kept, tag.size + 1 + is + 1, kept.size));
    return made->field.size ? map_put(&lexicon->tags, kept, made) : FAIL_MISUSE;
}

/* --- lookups ------------------------------------------------------------------------------------------------------- */

status lexicon_define_lookup(struct lexicon *lexicon, str name, struct lookup_settings *settings)
{
    name = str_trim_blanks(name);
    if (name.size == 0)
        return FAIL_MISUSE;
    TRY_NEW((name = arena_str(&lexicon->arena, name)).at);
    return map_put(&lexicon->lookups, name, settings);
}

static status define_lookup(struct lexicon *lexicon, str name, str text, struct diag *diag)
{
    struct lookup_settings *made = ARENA_NEW(&lexicon->arena, struct lookup_settings);

    TRY_NEW(made);
    TRY(lookup_settings_read(&lexicon->arena, text, diag, made));
    return lexicon_define_lookup(lexicon, name, made);
}

/* --- the door ------------------------------------------------------------------------------------------------------ */

status lexicon_define(struct lexicon *lexicon, int32_t kind, str name, str text, struct diag *diag)
{
    switch (kind) {
    case SPL_MACRO:
    case SPL_MACRO_EVAL:
    case SPL_MACRO_VALIDATION:
    case SPL_MACRO_MESSAGE:
        return define_macro(lexicon, kind, name, text);
    case SPL_EVENTTYPE:
        return lexicon_define_eventtype(lexicon, name, text, 1);
    case SPL_SAVED_SEARCH:
        return define_search(lexicon, &lexicon->saved, name, text, 1);
    case SPL_LOOKUP:
        return define_lookup(lexicon, name, text, diag);
    case SPL_TAG:
        return define_tag(lexicon, name, text);
    default:
        return PASS;
    }
}

spl_status spl_engine_define(spl_engine *engine, int32_t kind, const char *name, const char *text, spl_error **err)
{
    struct lexicon *lexicon;
    struct diag     diag;
    status          result;

    diag_init(&diag, &engine->heap);
    mutex_lock(&engine->lock);
    result = lexicon_change(engine, &lexicon);
    if (result == OK)
        result = lexicon_define(lexicon, kind, str_of(name), str_of(text), &diag);
    mutex_unlock(&engine->lock);
    if (diag.count) {
        error_from(engine, NULL, result, &diag, err);
        diag_free(&diag);
        return result;
    }
    diag_free(&diag);
    switch (result) {
    case OK:
        return OK;
    case FAIL_MISUSE:
        return error_new(engine, FAIL_MISUSE, err, "bad-definition", "'%.100s' is not %s", kind == SPL_TAG ? text : name,
                         kind == SPL_TAG ? "field=value, and what is tagged has to be" : kind <= SPL_MACRO_MESSAGE
                         ? "a macro's name(arguments)" : "a name");
    case ENOUGH:
        return error_new(engine, FAIL_MISUSE, err, "bad-definition", "there is no macro '%.100s' yet", name);
    case PASS:
        return error_new(engine, FAIL_MISUSE, err, "bad-definition", "nothing of kind %d can be defined", (int)kind);
    default:
        return error_out_of_memory(err);
    }
}

spl_status spl_engine_add_macro(spl_engine *engine, const char *signature, const char *definition, spl_error **err)
{
    return spl_engine_define(engine, SPL_MACRO, signature, definition, err);
}

/* --- for the compiler ---------------------------------------------------------------------------------------------- */

static bool take(const struct map *map, uint32_t i, struct definition *out)
{
    if (i < map->count)
        *out = *(const struct definition *)map->entry[i].value;
    return i < map->count;
}

static bool find_eventtype(void *host, uint32_t i, str *name, str *search)
{
    struct definition found;
    bool              any = take(&((const struct lexicon *)host)->eventtypes, i, &found);

    *name = any ? found.name : STR("");
    *search = any ? found.text : STR("");
    return any;
}

static uint32_t priority_of(void *host, uint32_t i)
{
    struct definition found = { .priority = 1 };

    take(&((const struct lexicon *)host)->eventtypes, i, &found);
    return found.priority;
}

static bool find_saved(void *host, uint32_t i, str *name, str *search)
{
    struct definition found;
    bool              any = take(&((const struct lexicon *)host)->saved, i, &found);

    *name = any ? found.name : STR("");
    *search = any ? found.text : STR("");
    return any;
}

static bool find_tag(void *host, uint32_t i, str *tag, str *field, str *value)
{
    struct definition found;
    bool              any = take(&((const struct lexicon *)host)->tags, i, &found);

    *tag = any ? found.name : STR("");
    *field = any ? found.field : STR("");
    *value = any ? found.text : STR("");
    return any;
}

const struct definitions lexicon_definitions = { .eventtype = find_eventtype, .priority = priority_of, .tag = find_tag,
                                                  .saved = find_saved };
