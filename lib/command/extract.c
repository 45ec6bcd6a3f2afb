/* extract (kv): keys and values in _raw become fields (commands 3), found as the KV mode auto_escaped finds them, or between
 * separators given here. What an event has already is replaced. */
#include "command/finds.h"
#include "flow/run.h"
#include "plan/bind.h"
#include "text/pairs.h"
#include "value/list.h"

enum { PAIRDELIM, KVDELIM, LIMIT, MAXCHARS, MV_ADD, CLEAN_KEYS, AUTO, SEGMENT, RELOAD, STANZAS };

static const struct param extract_params[] = {
    [PAIRDELIM] = { "pairdelim", PARAM_TEXT, PLACE_NAMED, .help = "each of these characters separates pairs" },
    [KVDELIM] = { "kvdelim", PARAM_TEXT, PLACE_NAMED, .help = "each of these separates a key from its value" },
    [LIMIT] = { "limit", PARAM_COUNT, PLACE_NAMED, .limit = LIMIT_EXTRACT, .help = "pairs of an event; 0: all" },
    [MAXCHARS] = { "maxchars", PARAM_COUNT, PLACE_NAMED, .limit = LIMIT_EXTRACT_BYTES,
                   .help = "bytes of an event that are looked at; 0: all" },
    [MV_ADD] = { "mv_add", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "a key that comes again makes a list" },
    [CLEAN_KEYS] = { "clean_keys", PARAM_BOOL, PLACE_NAMED, .preset = "t", .help = "names are of letters, digits and _" },
    [AUTO] = { "auto", PARAM_BOOL, PLACE_NAMED, .preset = "t", .help = "without separators look for key=value" },
    [SEGMENT] = { "segment", PARAM_BOOL, PLACE_NAMED, .preset = "t", .help = "read and not needed: there is no index" },
    [RELOAD] = { "reload", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "read and not needed: nothing is cached" },
    [STANZAS] = { "transforms", PARAM_FIELDS, PLACE_LIST, .help = "there are none: write a rex" },
    { 0 }
};

struct extract_bound {
    bool              separated, idle;
    struct separators separators;
};

struct extract {
    struct op                   op;
    const struct extract_bound *bound;
    const struct name          *raw;
    struct finds                finds;
    struct buf                  name;
    uint64_t                    most, bytes;        /* pairs, bytes of an event; 0: all */
    bool                        clean;
};

static status extract_bind(struct binder *binder, struct stage *stage)
{
    struct extract_bound  *bound = stage->bound;
    const struct argument *pair = stage_argument(stage, PAIRDELIM), *value = stage_argument(stage, KVDELIM);
    const struct argument *stanzas = stage_argument(stage, STANZAS);

    if (stanzas->count) {
        diag_at(binder->diag, FAIL_QUERY, stanzas->spans[0], "bad-argument",
                "'%.*s' would be a transform of transforms.conf, of which libspl reads none", SHOW(stanzas->names[0]));
        diag_hint(binder->diag, "write what it extracts as a rex");
        return FAIL_QUERY;
    }
    if (pair->given != value->given)
        return diag_at(binder->diag, FAIL_QUERY, pair->given ? pair->span : value->span, "bad-argument",
                       "'extract' wants both pairdelim and kvdelim, or neither");
    bound->separated = pair->given;
    bound->idle = !bound->separated && !stage_argument(stage, AUTO)->truth;
    if (!bound->separated)
        return OK;
    if (pair->text.size == 0 || value->text.size == 0)
        return diag_at(binder->diag, FAIL_QUERY, pair->text.size ? value->span : pair->span, "bad-argument",
                       "this option of 'extract' is empty");
    separators_read(bound->separators.pair, pair->text);
    separators_read(bound->separators.value, value->text);
    return OK;
}

static status extract_needs(const struct stage *stage, struct wanted *wanted)
{
    const struct extract_bound *bound = stage->bound;
    bool                        any = wanted->all || wanted->names || wanted->patterns;

    return any && !bound->idle ? wanted_add(wanted, STR("_raw")) : OK;
}

static status extract_gives(const struct stage *stage, struct wanted *columns)
{
    const struct extract_bound *bound = stage->bound;

    return bound->idle ? OK : wanted_everything(columns);
}

static status put_pair(struct extract *extract, const struct pairs *pairs)
{
    struct buf *name = &extract->name;
    str         value = pairs->value;
    bool        wanted;

    if (value.size == 0)
        return OK;
    buf_clear(name);
    if (extract->clean) {
        TRY(buf_reserve(name, pairs->name.size));
        name->size = pair_name(pairs->name, name->at);
    } else {
        buf_put(name, pairs->name);
    }
    TRY(buf_status(name));
    TRY(finds_wants(&extract->finds, buf_str(name), &wanted));
    if (!wanted)
        return OK;
    if (pairs->quoted)
        TRY(pair_unquote(&extract->finds.batch->arena, value, &value));
    return finds_put(&extract->finds, buf_str(name), cell_field_text(value));
}

static status read_text(struct extract *extract, str text)
{
    const struct extract_bound *bound = extract->bound;
    uint64_t                    count = 0;
    struct pairs                pairs;

    if (extract->bytes && text.size > extract->bytes)
        text.size = extract->bytes;
    pairs = pairs_of(text, true);
    while ((!extract->most || count++ < extract->most) &&
           (bound->separated ? pairs_next_separated(&pairs, &bound->separators) : pairs_next(&pairs)))
        TRY(put_pair(extract, &pairs));
    return OK;
}

static status read_row(void *host, const struct cell *in)
{
    uint32_t           count;
    const struct cell *member = list_members(in, &count);

    for (uint32_t i = 0; i < count; i++)
        if (member[i].kind == KIND_TEXT)
            TRY(read_text(host, cell_str(&member[i])));
    return OK;
}

static status extract_push(struct op *op, struct batch *in)
{
    struct extract *extract = container_of(op, struct extract, op);

    if (!extract->bound->idle)
        return finds_push(&extract->finds, in, extract->raw, read_row, extract);
    batch_retain(in);
    return op_emit(op, in);
}

static void extract_close(struct op *op)
{
    struct extract *extract = container_of(op, struct extract, op);

    buf_free(&extract->name);
    finds_close(&extract->finds);
}

static const struct op_kind extract_kind = { "extract", .push = extract_push, .close = extract_close };

static status extract_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct extract *extract;

    TRY(op_new(&extract_kind, sizeof *extract, stage, run, out));
    extract = container_of(*out, struct extract, op);
    buf_init(&extract->name, &run->heap);
    extract->bound = stage->bound;
    extract->most = (uint64_t)stage_argument(stage, LIMIT)->number;
    extract->bytes = (uint64_t)stage_argument(stage, MAXCHARS)->number;
    extract->clean = stage_argument(stage, CLEAN_KEYS)->truth;
    TRY_NEW(extract->raw = names_intern(run->names, STR("_raw")));
    return finds_init(&extract->finds, *out, stage_argument(stage, MV_ADD)->truth ? AGAIN_LIST : AGAIN_FIRST);
}

const struct command command_extract = {
    .name = "extract", .aliases = { "kv" },
    .usage = "extract [pairdelim=\"<characters>\" kvdelim=\"<characters>\"] [limit=<count>] [maxchars=<count>] "
             "[mv_add=<bool>] [clean_keys=<bool>] [auto=<bool>]",
    .summary = "Keys and values in the text of events become fields",
    .params = extract_params, .traits = TRAIT_ROWWISE, .bound_size = sizeof(struct extract_bound),
    .bind = extract_bind, .needs = extract_needs, .gives = extract_gives, .open = extract_open,
    .example = { "eval _raw=\"u:1;v:2\" | extract pairdelim=\";\" kvdelim=\":\" | table u v", "{\"n\":1}",
                 "{\"u\":1,\"v\":2}" },
};
