/* Regular expressions and addresses. */
#include "function/loop.h"
#include "text/cidr.h"
#include "text/regex.h"
#include "value/number.h"

static status match_row(struct call *call, const struct cell *arg, struct cell *out)
{
    const struct regex *regex;
    struct regex_match *match;
    status              found = pattern_use(call, &arg[1], &regex, &match);

    if (found == DONE)
        return give(out, cell_null());
    TRY(found);
    found = pattern_found(call, regex_find(regex, match, cell_str(&arg[0]), 0));
    if (found != OK && found != DONE)
        return found;
    return give(out, cell_truth(found == OK));
}

MEMO_BODY(match, 0, truths)

static status match_prepare(struct site *site, struct arena *arena, struct context *context,
                            struct diag *diag)
{
    return pattern_prepare(site, 1, arena, context, diag);
}

const struct function function_match = {
    .name = "match", .usage = "match(<text>,<regex>)",
    .summary = "Does the regular expression match some part of the text?",
    .least = 2, .most = 2, .wants = { WANT_TEXT }, .wanted = 1, .gives = TYPE_BOOLEAN,
    .nulls = NULL_IN_NULL_OUT,
    .multi = MULTI_ANY, .pure = true, .cost = 60, .prepare = match_prepare, .drop = pattern_drop,
    .row = match_row, .vector = match_vector,
    .close = pattern_close,
    .example = { "where match(x,\"(?i)\\.EXE$\") | table x",
                 "{\"x\":\"explorer.exe\"}\n{\"x\":\"a.exe.txt\"}",
                 "{\"x\":\"explorer.exe\"}" },
};

/* \1..\9 and \0 are groups, \\ is one backslash, any other backslash stays; $ and & mean nothing. */
static void put_replacement(struct buf *out, str form, const struct regex_match *match, str text)
{
    for (size_t i = 0; i < form.size; i++) {
        char c = form.at[i], next = i + 1 < form.size ? form.at[i + 1] : 0;
        if (c == '\\' && next >= '0' && next <= '9') {
            buf_put(out, regex_group(match, text, (uint32_t)(next - '0')));
            i++;
        } else if (c == '\\' && next == '\\') {
            buf_byte(out, '\\');
            i++;
        } else {
            buf_byte(out, c);
        }
    }
}

static status replace_row(struct call *call, const struct cell *arg, struct cell *out)
{
    const struct regex *regex;
    struct regex_match *match;
    str                 text = cell_str(&arg[0]);
    size_t              done = 0, from, to;
    struct buf          buf;
    status              found = pattern_use(call, &arg[1], &regex, &match);

    if (found == DONE)
        return give(out, cell_null());
    TRY(found);
    found = pattern_found(call, regex_find(regex, match, text, 0));
    if (found == DONE)
        return give(out, arg[0]);
    take_buf(call, &buf);
    while (found == OK && buf_status(&buf) == OK && regex_place(match, 0, &from, &to)) {
        buf_put(&buf, str_slice(text, done, from));
        put_replacement(&buf, cell_str(&arg[2]), match, text);
        done = to;
        if (buf.size > INT32_MAX) {             /* replacements of replacements grow without end */
            buf_free(&buf);
            return FAIL_MEMORY;
        }
        found = pattern_found(call, regex_find_next(regex, match, text));
    }
    if (found != OK && found != DONE) {
        buf_free(&buf);
        return found;
    }
    buf_put(&buf, str_slice(text, done, text.size));
    return give_buf(call, out, &buf);
}

MEMO_BODY(replace, 0, cells)

const struct function function_replace = {
    .name = "replace", .usage = "replace(<text>,<regex>,<replacement>)",
    .summary = "Every match replaced; \\1 to \\9 stand for groups",
    .least = 3, .most = 3, .wants = { WANT_TEXT }, .wanted = 1, .gives = TYPE_TEXT, .nulls = NULL_IN_NULL_OUT,
    .multi = MULTI_EACH, .pure = true, .cost = 100, .prepare = match_prepare, .drop = pattern_drop,
    .row = replace_row, .vector = replace_vector,
    .close = pattern_close,
    .example = { "eval y=replace(x,\"^(\\d{1,2})/(\\d{1,2})/\",\"\\2/\\1/\") | table y",
                 "{\"x\":\"1/14/2023\"}",
                 "{\"y\":\"14/1/2023\"}" },
};

/* Index of the first value that matches. */
static ALWAYS_INLINE status mvfind_row(struct call *call, const struct cell *arg, struct cell *out)
{
    const struct regex *regex;
    struct regex_match *match;
    uint32_t            count;
    const struct cell  *member = list_members(&arg[0], &count);
    char                room[NUMBER_ROOM];
    status              found = arg[1].kind == KIND_TEXT ? pattern_use(call, &arg[1], &regex, &match) : DONE;

    if (found == DONE)
        return give(out, cell_null());
    TRY(found);
    for (uint32_t i = 0; i < count; i++) {
        found = pattern_found(call, regex_find(regex, match, cell_show(&member[i], room), 0));
        if (found == OK)
            return give(out, cell_number(i));
        if (found != DONE)
            return found;
    }
    return give(out, cell_null());
}

COLUMN_BODY(mvfind, 0, LOOP_ANY, numbers)

const struct function function_mvfind = {
    .name = "mvfind", .usage = "mvfind(<values>,<regex>)",
    .summary = "Index, from 0, of the first value the regular expression matches",
    .least = 2, .most = 2, .wants = { WANT_VALUE, WANT_TEXT }, .wanted = 2, .gives = TYPE_NUMBER,
    .nulls = NULL_IN_NULL_OUT,
    .multi = MULTI_SEEN, .pure = true, .cost = 80, .prepare = match_prepare, .drop = pattern_drop,
    .row = mvfind_row, .vector = mvfind_vector,
    .close = pattern_close,
    .example = { "eval y=mvfind(m,\"^ok$\") | table y", "{\"m\":\"err5\",\"m\":\"ok\"}", "{\"y\":1}" },
};

/* --- addresses ------------------------------------------------------------------------------------------ */

static status cidrmatch_prepare(struct site *site, struct arena *arena, struct context *context,
                                struct diag *diag)
{
    struct cidr *block;

    if (!site_is_literal(site, 0) || site->literal[0].kind != KIND_TEXT)
        return OK;
    TRY_NEW(block = ARENA_NEW(arena, struct cidr));
    if (cidr_parse(cell_str(&site->literal[0]), block))
        site->prepared = block;
    else
        diag_warn(diag, site->span[0], "bad-block", "this is no address block, so nothing matches");
    return OK;
}

static ALWAYS_INLINE status cidrmatch_row(struct call *call, const struct cell *arg, struct cell *out)
{
    const struct cidr *block = call->site->prepared;
    struct cidr        computed;

    if (!block) {
        if (!cidr_parse(cell_str(&arg[0]), &computed))
            return give(out, cell_truth(0));
        block = &computed;
    }
    return give(out, cell_truth(cidr_contains_text(block, cell_str(&arg[1]))));
}

COLUMN_BODY(cidrmatch, 1, LOOP_TEXTS, truths)

const struct function function_cidrmatch = {
    .name = "cidrmatch", .usage = "cidrmatch(<block>,<address>)",
    .summary = "Is the address inside the block? IPv4 and IPv6",
    .least = 2, .most = 2, .wants = { WANT_TEXT }, .wanted = 1, .gives = TYPE_BOOLEAN,
    .nulls = NULL_IN_NULL_OUT,
    .multi = MULTI_ANY, .pure = true, .cost = 30, .prepare = cidrmatch_prepare, .row = cidrmatch_row,
    .vector = cidrmatch_vector,
    .example = { "where cidrmatch(\"10.1.0.0/16\",ip) | table ip",
                 "{\"ip\":\"10.1.255.3\"}\n{\"ip\":\"10.2.0.1\"}",
                 "{\"ip\":\"10.1.255.3\"}" },
};

static bool octets(str text, uint32_t *out)
{
    struct address address;

    if (!address_parse(text, &address) || address.family != 4)
        return false;
    *out = (uint32_t)address.low;
    return true;
}

static status ipmask_row(struct call *call, const struct cell *arg, struct cell *out)
{
    uint32_t       mask, ip;
    struct address address = { .family = 4 };
    char           room[ADDRESS_ROOM];

    if (!octets(cell_str(&arg[0]), &mask) || !octets(cell_str(&arg[1]), &ip))
        return give(out, cell_null());
    address.low = mask & ip;
    return give_text(call, out, (str){ room, address_format(&address, room) });
}

const struct function function_ipmask = {
    .name = "ipmask", .usage = "ipmask(<mask>,<address>)",
    .summary = "The address with the bits outside the mask cleared",
    .least = 2, .most = 2, .wants = { WANT_TEXT }, .wanted = 1, .gives = TYPE_TEXT, .nulls = NULL_IN_NULL_OUT,
    .multi = MULTI_EACH, .pure = true, .row = ipmask_row,
    .example = { "eval y=ipmask(\"255.255.240.0\",ip) | table y", "{\"ip\":\"10.20.30.120\"}",
                 "{\"y\":\"10.20.16.0\"}" },
};
