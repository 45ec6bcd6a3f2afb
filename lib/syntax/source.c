#include "syntax/source.h"

#include "base/search.h"
#include "base/utf8.h"

enum { WIDEST = 160, AROUND = 60 };     /* code points: longer lines are shown in part */

struct source source_plain(str text)
{
    return (struct source){ .text = text, .expanded = text };
}

const char *severity_name(enum severity severity)
{
    return severity == SEVERITY_ERROR ? "error" : severity == SEVERITY_WARNING ? "warning" : "note";
}

/* Where a byte of `expanded` came from, directly. */
static void origin_of(const struct source *source, uint32_t at, uint32_t *frame, uint32_t *offset)
{
    const struct source_piece *piece;

    *frame = 0;
    *offset = at;
    if (source->pieces == 0)
        return;
    piece = &source->piece[search_last_u32(&source->piece->at, sizeof *source->piece, source->pieces, at)];
    *frame = piece->frame;
    *offset = piece->offset + (at - piece->at);
}

/* The bytes of the user's text that one byte of `expanded` goes back to: itself, or the whole outermost
 * call. */
static struct span root_of(const struct source *source, uint32_t at)
{
    uint32_t frame, offset, size = 1;

    origin_of(source, at, &frame, &offset);
    while (frame != 0) {
        const struct source_frame *call = &source->frame[frame];
        offset = call->offset;
        size = call->size;
        frame = call->parent;
    }
    return (struct span){ offset, offset + size };
}

static void count_lines(str text, struct source_place *place)
{
    const char *at = text.at, *end = text.at + place->offset, *start = at;

    place->line = 1;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
        place->line++;
        start = ++at;
    }
    place->column = 1 + (uint32_t)utf8_count((str){ start, (size_t)(end - start) });
}

struct source_place source_locate(const struct source *source, struct span span)
{
    uint32_t            size = (uint32_t)source->expanded.size, offset;
    struct source_place place = { .offset = (uint32_t)source->text.size };
    struct span         root, last;

    if (span.from >= size) {
        if (size > 0)
            place.offset = root_of(source, size - 1).to;
    } else {
        root = root_of(source, span.from);
        last = span.to > span.from + 1 ? root_of(source, (span.to < size ? span.to : size) - 1) : root;
        place.offset = root.from;
        place.length = span.to == span.from ? 0 : (last.to > root.to ? last.to : root.to) - root.from;
        origin_of(source, span.from, &place.frame, &offset);
    }
    count_lines(source->text, &place);
    return place;
}

/* The bytes of one line, without blanks at its start, and cut to a readable width around `at`. */
static struct span line_around(str text, uint32_t at, uint32_t to)
{
    struct span line = { at, at };
    size_t      count;

    while (line.from > 0 && text.at[line.from - 1] != '\n')
        line.from--;
    while (line.to < text.size && text.at[line.to] != '\n' && text.at[line.to] != '\r')
        line.to++;
    while (line.from < at && strchr(" \t\r", text.at[line.from]))
        line.from++;
    if (utf8_count(str_slice(text, line.from, line.to)) <= WIDEST)
        return line;
    count = utf8_count(str_slice(text, line.from, at));
    if (count > AROUND)
        line.from += (uint32_t)utf8_offset(str_slice(text, line.from, at), count - AROUND);
    if (to < at || to > line.to)
        to = at;
    if (utf8_count(str_slice(text, at, to)) > WIDEST) {         /* the beginning of what is wrong will do */
        line.to = at + (uint32_t)utf8_offset(str_slice(text, at, to), WIDEST);
        return line;
    }
    line.to = to + (uint32_t)utf8_offset(str_slice(text, to, line.to), AROUND);
    return line;
}

/* The line, two blanks before it, and carets under [at, to). */
static void render_line(str text, uint32_t at, uint32_t to, struct buf *out)
{
    struct span line = line_around(text, at, to);
    size_t      before = utf8_count(str_slice(text, line.from, at)), width;
    bool        cut = line.from > 0 && text.at[line.from - 1] != '\n' && !strchr(" \t\r", text.at[line.from - 1]);

    if (to > line.to)
        to = line.to;
    width = to > at ? utf8_count(str_slice(text, at, to)) : 1;
    buf_text(out, cut ? "  ..." : "  ");
    for (uint32_t i = line.from; i < line.to; i++)
        buf_byte(out, (unsigned char)text.at[i] < ' ' ? ' ' : text.at[i]);
    if (line.to < text.size && text.at[line.to] != '\n' && text.at[line.to] != '\r')
        buf_text(out, "...");
    buf_byte(out, '\n');
    buf_repeat(out, ' ', 2 + (cut ? 3 : 0) + before);
    buf_repeat(out, '^', width);
    buf_byte(out, '\n');
}

static struct source_step step_at(const struct source *source, uint32_t frame, uint32_t offset, uint32_t size)
{
    struct source_step step = { NULL, { offset, offset } };
    uint32_t           end;

    if (frame == 0)
        return step;
    step.macro = &source->frame[frame];
    end = (uint32_t)step.macro->definition.size;
    if (step.inside.from > end)
        step.inside.from = end;
    step.inside.to = size <= end - step.inside.from ? step.inside.from + size : end;
    return step;
}

struct source_step source_first_step(const struct source *source, struct span span)
{
    uint32_t frame = 0, offset = 0;

    if (span.from < source->expanded.size)
        origin_of(source, span.from, &frame, &offset);
    return step_at(source, frame, offset, span.to > span.from ? span.to - span.from : 0);
}

struct source_step source_next_step(const struct source *source, struct source_step step)
{
    return step_at(source, step.macro->parent, step.macro->offset, step.macro->size);
}

void source_render(const struct source *source, const struct diagnostic *diagnostic, struct buf *out)
{
    struct source_place place = source_locate(source, diagnostic->span);
    struct source_step  step = source_first_step(source, diagnostic->span);

    buf_print(out, "%s: ", severity_name(diagnostic->severity));
    buf_put(out, diagnostic->message);
    if (diagnostic->hint.size) {
        buf_text(out, "; ");
        buf_put(out, diagnostic->hint);
    }
    buf_byte(out, '\n');
    if (source->text.size == 0)
        return;
    render_line(source->text, place.offset, place.offset + place.length, out);
    for (; step.macro; step = source_next_step(source, step)) {
        if (step.macro->subsearch) {
            buf_text(out, "  in the text of the subsearch:\n");
        } else {
            buf_text(out, step.macro->command ? "  in what it stands for, " : "  in macro ");
            buf_put(out, step.macro->name);
            buf_text(out, ":\n");
        }
        render_line(step.macro->definition, step.inside.from, step.inside.to, out);
    }
}
