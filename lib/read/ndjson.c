#include "read/formats.h"
#include "read/worker.h"

/* Indexed at a time, so that walking finds the bytes in the nearest cache. */
enum { WINDOW = 16 * 1024 };

struct lines {                      /* of one block */
    struct worker       *worker;
    struct block        *block;
    struct block_result *result;
    const char          *bytes;     /* what positions count from */
    size_t               start;     /* of the current line */
    ptrdiff_t            limit;
};

static status walk_event(struct worker *worker, const uint32_t **at)
{
    TRY(walk_record(&worker->walk, at));
    return UNLIKELY(worker->own_text) ? own_text_fields(worker) : OK;
}

/* Walks one record; FAIL_DATA has been undone. */
static status walk_row(struct worker *worker, const uint32_t **at)
{
    const uint32_t *start = *at;
    status          failure;

    TRY(builder_open(&worker->builder));
    failure = walk_event(worker, at);
    if (UNLIKELY(failure == FAIL_LIMIT)) {      /* very many fields: they get a batch of their own */
        TRY(builder_spill(&worker->builder));
        *at = start;
        failure = walk_event(worker, at);
    }
    return failure;
}

static str line_text(const char *from, const char *newline)
{
    if (newline > from && newline[-1] == '\r')
        newline--;
    return str_make(from, (size_t)(newline - from));
}

/* The line whose first structural character is at `*at`; leaves *at behind its newline. */
static status one_line(struct lines *lines, const uint32_t **at)
{
    const char     *bytes = lines->bytes, *from = bytes + lines->start;
    const uint32_t *place = *at;
    struct builder *builder = &lines->worker->builder;
    status          failure = FAIL_DATA;
    const char     *reason = "not a JSON object";

    if (LIKELY(bytes[*place] == '{' || bytes[*place] == '[')) {
        if (LIKELY(bytes + *place == from) || json_is_blank(from, bytes + *place)) {
            failure = walk_row(lines->worker, &place);
            reason = lines->worker->walk.reason;
            if (failure == FAIL_DATA)
                TRY(builder_drop(builder));
        }
    } else if (bytes[*place] == '\n' && json_is_blank(from, bytes + *place)) {
        lines->start = *place + 1;
        lines->result->lines++;
        *at = place + 1;
        return OK;
    }
    if (failure == OK && UNLIKELY(bytes + *place - from > lines->limit)) {
        TRY(builder_drop(builder));
        failure = FAIL_DATA;
        reason = "longer than the limit";
    }
    if (failure == OK) {
        lines->result->events++;
        TRY(UNLIKELY(lines->worker->own_text) ? event_keep(lines->worker, line_text(from, bytes + *place))
                                              : builder_keep(builder, line_text(from, bytes + *place)));
    } else if (failure == FAIL_DATA) {
        bad_line(lines->result, lines->block, lines->result->lines, reason);
        while (bytes[*place] != '\n')
            place++;
    } else {
        return failure;
    }
    lines->start = *place + 1;
    lines->result->lines++;
    *at = place + 1;
    return OK;
}

static status parse_all(struct lines *lines)
{
    struct worker *worker = lines->worker;
    struct block  *block = lines->block;
    struct index   index = { 0 };
    size_t         indexed = 0, left = 0;

    while (indexed < block->size) {
        size_t          to = block->size - indexed > WINDOW ? indexed + WINDOW : block->size;
        const uint32_t *at, *end, *newline;

        TRY(worker_reserve(worker, left + (to - indexed) + INDEX_SLACK, block->size));
        end = worker->index(&index, block->bytes, indexed, to, worker->place + left, worker->backslash + indexed / 64);
        indexed = to;
        at = worker->place;
        for (newline = end; newline > at + left && block->bytes[newline[-1]] != '\n'; newline--)
            continue;
        while (newline > worker->place + left && at < newline)
            TRY(one_line(lines, &at));
        left = (size_t)(end - at);
        memmove(worker->place, at, left * sizeof *at);
    }
    return OK;
}

/* Only the lines that the prefilter lets pass; lines are counted none the less. */
static status parse_some(struct lines *lines)
{
    struct block_result *result = lines->result;
    struct block        *block = lines->block;
    struct worker       *worker = lines->worker;
    uint64_t             before = result->lines;
    str                  line;

    while (filter_next(&worker->filter, &line)) {
        struct index    index = { 0 };
        const uint32_t *at;
        uint64_t        bad = result->bad.count;

        TRY(worker_reserve(worker, line.size + 1 + INDEX_SLACK, line.size + 1));
        worker->index(&index, line.at, 0, line.size + 1, worker->place, worker->backslash);
        worker->walk.bytes = lines->bytes = line.at;
        lines->start = 0;
        at = worker->place;
        TRY(one_line(lines, &at));
        if (bad == 0 && result->bad.count)
            result->bad.line = before + worker->newlines(block->bytes, (size_t)(line.at - block->bytes));
    }
    result->lines = before + worker->newlines(block->bytes, block->size);
    return OK;
}

static status parse(struct input *input, struct worker *worker, struct block *block, batch_sink sink, void *host,
                    struct block_result *result)
{
    struct lines lines = { worker, block, result, block->bytes, 0, (ptrdiff_t)line_limit(input->reading) };

    if (block->size && block->bytes[block->size - 1] != '\n')
        return FAIL_BUG;                        /* feeds end every line */
    worker->walk.bytes = block->bytes;
    builder_begin(&worker->builder, block, sink, host);
    TRY(filter_begin(&worker->filter, input, str_make(block->bytes, block->size)) ? parse_some(&lines)
                                                                                  : parse_all(&lines));
    return builder_end(&worker->builder);
}

status ndjson_fields(struct worker *worker, str line)
{
    struct index    index = { 0 };
    size_t          size = line.size;
    const uint32_t *at;

    while (line.at[size] != '\n')               /* only a carriage return may be between */
        size++;
    size++;
    TRY(worker_reserve(worker, size + INDEX_SLACK, size));
    worker->index(&index, line.at, 0, size, worker->place, worker->backslash);
    worker->walk.bytes = line.at;
    at = worker->place;
    if ((line.at[*at] != '{' && line.at[*at] != '[') || !json_is_blank(line.at, line.at + *at)) {
        worker->walk.reason = "not a JSON object";
        return FAIL_DATA;
    }
    return walk_record(&worker->walk, &at);
}

/* A record that is not valid after all keeps what was found in it: it counted while fewer fields were
 * wanted. */
static status extract(struct input *input, struct worker *worker, str line)
{
    status failure;

    TRY(builder_open(&worker->builder));
    failure = ndjson_fields(worker, line);
    if (failure == OK && worker->own_text)
        failure = own_text_fields(worker);
    if (failure != OK && failure != FAIL_DATA)
        return failure;
    return builder_keep(&worker->builder, line);
}

/* Is the object that the line begins with whole, and something else behind it? Then these are values one after the other,
 * which need not care about lines. */
static bool goes_on(str line)
{
    uint32_t depth = 0;
    bool     quoted = false;

    for (size_t i = 0; i < line.size; i++) {
        char c = line.at[i];
        if (quoted) {
            i += c == '\\';
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            line = str_trim_blanks(str_slice(line, i + 1, line.size));
            return line.size && (line.at[0] == '{' || line.at[0] == ',');
        }
    }
    return false;
}

/* A line that begins like an object and ends like one; a longer one than is looked at counts. */
static bool sniff(str head, bool final)
{
    size_t i = 0, newline;
    str    line;

    while (i < head.size && head.at[i] && strchr(" \t\r\n", head.at[i]))
        i++;
    newline = str_find(head, STR("\n"), i);
    line = str_trim_blanks(str_slice(head, i, newline == SIZE_MAX ? head.size : newline));
    if (!line.size || line.at[0] != '{')
        return false;
    for (i = 1; i < line.size && (line.at[i] == ' ' || line.at[i] == '\t'); i++)
        continue;
    if (i == line.size || (line.at[i] != '"' && line.at[i] != '}') || goes_on(line))
        return false;
    return line.at[line.size - 1] == '}' || (newline == SIZE_MAX && !final);
}

const struct format format_ndjson = {
    .name = "ndjson", .structured = true, .own_text = true, .summary = "a JSON object a line", .sourcetype = "_json",
    .sniff = sniff, .cut = lines_cut, .parse = parse, .extract = extract,
};
