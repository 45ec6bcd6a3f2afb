/* Lines of syslog, RFC 5424 and the older RFC 3164, with or without the priority:
 *
 *     <34>1 2003-10-11T22:14:15.003Z host app 123 ID47 [data] text
 *     <34>Oct 11 22:14:15 host app[123]: text
 *
 * The header gives host, process, pid, facility and severity (numbers); the line gives its pairs as other
 * text does. */
#include "read/formats.h"
#include "read/worker.h"

struct header {
    str priority, host, process, pid;
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* The next word; empty at the end. */
static str next_word(str *rest)
{
    size_t from = 0, to;

    while (from < rest->size && rest->at[from] == ' ')
        from++;
    for (to = from; to < rest->size && rest->at[to] != ' '; to++)
        continue;
    str word = str_slice(*rest, from, to);
    *rest = str_slice(*rest, to, rest->size);
    return word;
}

static bool is_month(str word)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (size_t i = 0; word.size == 3 && i < sizeof months - 1; i += 3)
        if (memcmp(months + i, word.at, 3) == 0)
            return true;
    return false;
}

/* "-" stands for nothing in RFC 5424. */
static str present(str word) { return str_is(word, "-") ? STR("") : word; }

static void split_tag(str tag, struct header *header)
{
    size_t open = str_find(tag, STR("["), 0), close = str_find(tag, STR("]"), 0);

    if (open != SIZE_MAX && close != SIZE_MAX && close > open) {
        header->process = str_slice(tag, 0, open);
        header->pid = str_slice(tag, open + 1, close);
    } else if (str_ends(tag, STR(":"))) {
        header->process = str_slice(tag, 0, tag.size - 1);
    }
}

static void read_header(str line, struct header *header)
{
    str    rest = line, word;
    size_t close;

    *header = (struct header){ { "", 0 }, { "", 0 }, { "", 0 }, { "", 0 } };
    if (str_starts(rest, STR("<")) && (close = str_find(rest, STR(">"), 0)) != SIZE_MAX && close > 1 && close < 5) {
        header->priority = str_slice(rest, 1, close);
        rest = str_slice(rest, close + 1, rest.size);
    }
    if (str_starts(rest, STR("1 ")) && header->priority.size) {
        next_word(&rest);
        next_word(&rest);
        header->host = present(next_word(&rest));
        header->process = present(next_word(&rest));
        header->pid = present(next_word(&rest));
        return;
    }
    word = next_word(&rest);
    if (is_month(word)) {
        next_word(&rest);
        next_word(&rest);
    } else if (!word.size || !is_digit(word.at[0])) {
        return;                                 /* no time, so nothing is where it should be */
    }
    word = next_word(&rest);
    if (str_ends(word, STR(":")))
        split_tag(word, header);                /* a local line names no host */
    else
        header->host = word;
    if (!header->process.size)
        split_tag(next_word(&rest), header);
}

static status put_named(struct worker *worker, const char *name, str value)
{
    struct slot *slot;

    if (!value.size)
        return OK;
    TRY(builder_slot(&worker->builder, str_of(name), &slot));
    return slot ? slot_put(&worker->builder, slot, cell_field_text(value)) : OK;
}

/* Facility and severity out of the priority. */
static status put_priority(struct worker *worker, str priority)
{
    static const char *const numbers[] = {
        "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20",
        "21", "22", "23"
    };
    unsigned number = 0;

    for (size_t i = 0; i < priority.size; i++) {
        if (!is_digit(priority.at[i]))
            return OK;
        number = number * 10 + (unsigned)(priority.at[i] - '0');
    }
    if (!priority.size || number / 8 >= COUNT_OF(numbers))
        return OK;
    TRY(put_named(worker, "facility", str_of(numbers[number / 8])));
    return put_named(worker, "severity", str_of(numbers[number % 8]));
}

/* The header's fields first: of pairs with the same names the first one wins. */
static status put_fields(struct worker *worker, str line)
{
    struct header header;

    read_header(line, &header);
    TRY(put_priority(worker, header.priority));
    TRY(put_named(worker, "host", header.host));
    TRY(put_named(worker, "process", header.process));
    TRY(put_named(worker, "pid", header.pid));
    return text_fields(worker, line);
}

static status parse(struct input *input, struct worker *worker, struct block *block, batch_sink sink, void *host,
                    struct block_result *result)
{
    return text_lines_parse(worker, block, put_fields, sink, host, result);
}

static status extract(struct input *input, struct worker *worker, str line)
{
    return text_line_add(worker, line, put_fields);
}

const struct format format_syslog = {
    .name = "syslog", .summary = "lines of syslog, RFC 5424 or 3164", .sourcetype = "syslog",
    .cut = lines_cut, .parse = parse, .extract = extract,
};
