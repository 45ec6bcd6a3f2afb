/* Rule sets: rules are queries, compiled one by one; each has its own verdict. */
#include "api/lexicon.h"

#include "base/utf8.h"

spl_status spl_rules_new(const spl_engine *engine, spl_rules **out, spl_error **err)
{
    struct spl_engine *mine = (struct spl_engine *)engine;
    struct spl_rules  *rules = heap_zero(&mine->heap, 1, sizeof *rules);

    *out = NULL;
    if (!rules)
        return error_out_of_memory(err);
    atomic_store(&rules->references, 1);
    rules->engine = engine_retain(engine);
    arena_init(&rules->arena, &mine->heap);
    *out = rules;
    return OK;
}

void rules_release(struct spl_rules *rules)
{
    struct spl_engine *engine;

    if (!rules || atomic_fetch_sub_explicit(&rules->references, 1, memory_order_acq_rel) != 1)
        return;
    engine = rules->engine;
    for (uint32_t i = 0; i < rules->count; i++) {
        query_release(rules->rule[i]->query);
        spl_error_free(rules->rule[i]->problem);
    }
    heap_free(&engine->heap, rules->rule, rules->capacity * sizeof *rules->rule);
    arena_free(&rules->arena);
    heap_free(&engine->heap, rules, sizeof *rules);
    engine_release(engine);
}

void spl_rules_free(spl_rules *rules)
{
    rules_release(rules);
}

/* Copies of all texts, so that the document may go. */
static status keep_record(struct spl_rules *rules, const struct rule_record *from, struct rule_record *out)
{
    str *text[] = { &out->id, &out->title, &out->pack, &out->search, &out->description, &out->severity, &out->remark };
    str *attack;

    *out = *from;
    for (size_t i = 0; i < COUNT_OF(text); i++)
        TRY_NEW((*text[i] = arena_str(&rules->arena, *text[i])).at);
    TRY_NEW(attack = ARENA_ARRAY(&rules->arena, str, from->attacks + 1));
    for (uint32_t i = 0; i < from->attacks; i++)
        TRY_NEW((attack[i] = arena_str(&rules->arena, from->attack[i])).at);
    out->attack = attack;
    return OK;
}

static status make_unique(struct spl_rules *rules, struct rule_record *record)
{
    struct buf buf;
    uint32_t   same = 1;

    for (uint32_t i = 0; i < rules->count; i++) {
        str other = rules->rule[i]->record.id;
        same += str_equal(other, record->id)
             || (str_starts(other, record->id) && other.at[record->id.size] == '#');
    }
    if (same == 1)
        return OK;
    buf_init(&buf, rules->arena.heap);
    buf_put(&buf, record->id);
    buf_print(&buf, "#%u", same);
    record->id = arena_str(&rules->arena, buf_str(&buf));
    buf_free(&buf);
    return record->id.at ? OK : FAIL_MEMORY;
}

static status add_rule(struct spl_rules *rules, const struct rule_record *record, struct spl_error **err)
{
    struct heap     *heap = &rules->engine->heap;
    struct spl_rule *rule = ARENA_NEW(&rules->arena, struct spl_rule);
    status           compiled;

    if (!rule || keep_record(rules, record, &rule->record) != OK || make_unique(rules, &rule->record) != OK
        || !heap_grow(heap, &rules->rule, &rules->capacity, rules->count + 1, sizeof *rules->rule))
        return error_out_of_memory(err);
    if (record->kind == RULE_PROSE) {
        rule->state = SPL_RULE_PROSE;
    } else {
        compiled = query_compile(rules->engine, rule->record.search, false, NULL, &rule->query, &rule->problem);
        if (compiled == FAIL_MEMORY)
            return error_out_of_memory(err);
        rule->state = compiled == OK ? SPL_RULE_READY : SPL_RULE_REFUSED;
    }
    rules->rule[rules->count++] = rule;
    return OK;
}

spl_status spl_rules_add(spl_rules *rules, const char *id, const char *title, const char *text, size_t size,
                         spl_error **err)
{
    struct rule_record record = { .id = str_of(id), .title = str_of(title ? title : id), .search = text_given(text, size),
                                  .severity = STR("medium"), .pack = STR(""), .description = STR(""), .remark = STR("") };

    return add_rule(rules, &record, err);
}

spl_status spl_rules_add_saved(spl_rules *rules, spl_error **err)
{
    struct lexicon *lexicon = engine_lexicon(rules->engine);
    status          result = OK;

    for (uint32_t i = 0; i < lexicon->saved.count && result == OK; i++) {
        const struct definition *saved = lexicon->saved.entry[i].value;
        struct rule_record       record = { .id = saved->name, .title = saved->name, .search = saved->text,
                                            .severity = STR("medium"), .pack = STR(""), .description = STR(""),
                                            .remark = STR("") };

        result = add_rule(rules, &record, err);
    }
    lexicon_release(lexicon);
    return result;
}

static str text_or_empty(str text)
{
    return text.at ? text : STR("");
}

/* Names end up in alerts, which must be valid JSON whatever a document holds. */
static status make_readable(struct arena *arena, str *text)
{
    struct buf buf;
    uint32_t   code;

    if (utf8_is_valid(*text))
        return OK;
    buf_init(&buf, arena->heap);
    for (const char *at = text->at, *end = at + text->size; at < end;) {
        at += utf8_next(at, end, &code);
        utf8_put(&buf, code > UTF8_MAX ? UTF8_REPLACEMENT : code);
    }
    *text = buf_status(&buf) == OK ? arena_str(arena, buf_str(&buf)) : str_make(NULL, 0);
    buf_free(&buf);
    return text->at ? OK : FAIL_MEMORY;
}

static status make_names_readable(struct arena *arena, struct rule_record *record)
{
    TRY(make_readable(arena, &record->id));
    TRY(make_readable(arena, &record->title));
    TRY(make_readable(arena, &record->pack));
    TRY(make_readable(arena, &record->remark));
    return make_readable(arena, &record->description);
}

spl_status spl_rules_add_pack(spl_rules *rules, const char *name, const char *format, const void *bytes, size_t size,
                              spl_error **err)
{
    struct arena arena;
    struct pack  pack;
    status       result;

    if (format && strcmp(format, "markdown") != 0)
        return error_new(rules->engine, FAIL_MISUSE, err, "unknown-format", "no pack format is named '%s'", format);
    arena_init(&arena, &rules->engine->heap);
    result = pack_read_markdown(&arena, str_make(bytes, size), str_of(name), &pack);
    for (uint32_t i = 0; i < pack.count && result == OK; i++) {
        struct rule_record *record = &pack.rule[i];
        record->search = text_or_empty(record->search);
        record->description = text_or_empty(record->description);
        record->remark = text_or_empty(record->remark);
        result = make_names_readable(&arena, record);
        if (result == OK)
            result = add_rule(rules, record, err);
    }
    arena_free(&arena);
    return result == FAIL_MEMORY ? error_out_of_memory(err) : result;
}

size_t spl_rules_count(const spl_rules *rules)
{
    return rules->count;
}

const spl_rule *spl_rules_get(const spl_rules *rules, size_t i)
{
    return i < rules->count ? rules->rule[i] : NULL;
}

int32_t     spl_rule_state(const spl_rule *rule) { return rule->state; }
const char *spl_rule_id(const spl_rule *rule) { return rule->record.id.at; }
const char *spl_rule_title(const spl_rule *rule) { return rule->record.title.at; }
const char *spl_rule_pack(const spl_rule *rule) { return rule->record.pack.at; }
const char *spl_rule_severity(const spl_rule *rule) { return rule->record.severity.at; }
const char *spl_rule_text(const spl_rule *rule) { return rule->record.search.at; }
size_t      spl_rule_line(const spl_rule *rule) { return rule->record.line; }
const char *spl_rule_remark(const spl_rule *rule) { return rule->record.remark.at; }

const char *spl_rule_attack(const spl_rule *rule, size_t i)
{
    return i < rule->record.attacks ? rule->record.attack[i].at : NULL;
}

const spl_error *spl_rule_problem(const spl_rule *rule)
{
    return rule->problem ? rule->problem : rule->query ? spl_query_warnings(rule->query) : NULL;
}
