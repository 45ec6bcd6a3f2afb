/* diff [position1=] [position2=] [attribute=] [diffheader=] [context=] [maxlen=]: how the texts of two rows differ, line by
 * line (commands 6). One row, whose _raw is what diff -u says, or diff -c.
 *
 * The number of lines that differ and are put into pairs is limited (command/diff_lines.h). */
#include "command/diff_lines.h"
#include "plan/bind.h"
#include "rows/results.h"
#include "flow/run.h"
#include "value/list.h"
#include "value/number.h"
#include "value/order.h"

enum { POSITION1, POSITION2, ATTRIBUTE, DIFFHEADER, CONTEXT, MAXLEN };

static const struct param diff_params[] = {
    [POSITION1] = { "position1", PARAM_COUNT, PLACE_NAMED, .preset = "1", .least = 1, .most = 4294967295,
                    .help = "number of the first row" },
    [POSITION2] = { "position2", PARAM_COUNT, PLACE_NAMED, .preset = "2", .least = 1, .most = 4294967295,
                    .help = "and of the second, which comes behind it" },
    [ATTRIBUTE] = { "attribute", PARAM_FIELD, PLACE_NAMED, .preset = "_raw", .help = "the field with the texts" },
    [DIFFHEADER] = { "diffheader", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "with the sources of both at the top" },
    [CONTEXT] = { "context", PARAM_BOOL, PLACE_NAMED, .preset = "f", .help = "as diff -c, not as diff -u" },
    [MAXLEN] = { "maxlen", PARAM_COUNT, PLACE_NAMED, .preset = "100000", .help = "most bytes of each text; 0: all" },
    { 0 }
};

enum { AROUND = 3 };                    /* lines that are the same, around those that differ */

struct diff {
    struct op          op;
    const struct name *field, *source, *raw;
    uint64_t           rows;
    str                text[2], from[2];
    struct buf         out;
};

static status diff_bind(struct binder *binder, struct stage *stage)
{
    if (stage_argument(stage, POSITION1)->number < stage_argument(stage, POSITION2)->number)
        return OK;
    return diag_at(binder->diag, FAIL_QUERY, stage->span, "bad-argument", "'position2' must be above 'position1'");
}

/* --- the two rows -------------------------------------------------------------------------------------------------- */

/* Values one a line. */
static status copy_text(struct diff *diff, struct batch *in, uint32_t row, const struct name *name, str *out)
{
    struct column     *column = batch_column(in, name);
    struct cell        cell;
    const struct cell *member;
    uint32_t           count;
    char               room[NUMBER_ROOM];

    TRY(batch_decode(in, column));
    cell = column ? column_settled(column, row) : cell_null();
    member = list_members(&cell, &count);
    buf_clear(&diff->out);
    for (uint32_t i = 0; i < count; i++) {
        if (i)
            buf_byte(&diff->out, '\n');
        buf_put(&diff->out, cell_show(&member[i], room));
    }
    TRY(buf_status(&diff->out));
    TRY_NEW((*out = arena_str(&diff->op.arena, buf_str(&diff->out))).at);
    return OK;
}

static status diff_push(struct op *op, struct batch *in)
{
    struct diff *diff = container_of(op, struct diff, op);
    uint64_t     most = (uint64_t)stage_argument(op->stage, MAXLEN)->number;

    for (unsigned i = 0; i < 2; i++) {
        uint64_t place = (uint64_t)stage_argument(op->stage, i ? POSITION2 : POSITION1)->number - 1;
        uint32_t row;

        if (place < diff->rows || place - diff->rows >= batch_rows(in))
            continue;
        row = batch_row(in, (uint32_t)(place - diff->rows));
        TRY(copy_text(diff, in, row, diff->field, &diff->text[i]));
        TRY(copy_text(diff, in, row, diff->source, &diff->from[i]));
        if (most && diff->text[i].size > most)
            diff->text[i].size = (size_t)most;
    }
    diff->rows += batch_rows(in);
    return diff->text[1].at ? ENOUGH : OK;
}

/* --- the text ------------------------------------------------------------------------------------------------------ */

static void put_line(struct diff *diff, const char *before, str line)
{
    buf_text(&diff->out, diff->out.size ? "\n" : "");
    buf_text(&diff->out, before);
    buf_put(&diff->out, line);
}

/* 3,4: from line 3 four of them; 3: that one; 3,0: none behind line 3. */
static void put_range(struct buf *out, uint32_t from, uint32_t to, bool counts)
{
    uint32_t count = to - from;

    buf_print(out, "%u", count ? from + 1 : from);
    if (counts ? count != 1 : count > 1)
        buf_print(out, ",%u", counts ? count : to);
}

struct hunk {
    uint32_t first, end;                /* steps */
    uint32_t from[2], to[2];            /* lines */
};

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* The steps from `first` on that differ, and those behind them as long as few lines are between them. */
static bool next_hunk(const struct diff_lines *lines, uint32_t first, struct hunk *out)
{
    uint32_t end;

    while (first < lines->steps && lines->step[first].same)
        first++;
    if (first >= lines->steps)
        return false;
    for (end = first + 1; end + 1 < lines->steps; end += 2)
        if (lines->step[end].to[0] - lines->step[end].from[0] > 2 * AROUND)
            break;
    *out = (struct hunk){ first, least(end, lines->steps), { 0, 0 }, { 0, 0 } };
    for (unsigned i = 0; i < 2; i++) {
        uint32_t before = lines->step[first].from[i], behind = lines->step[out->end - 1].to[i];
        out->from[i] = before - least(before, AROUND);
        out->to[i] = behind + least(lines->lines[i] - behind, AROUND);
    }
    return true;
}

static void put_lines(struct diff *diff, const struct diff_lines *lines, unsigned text, uint32_t from, uint32_t to,
                      const char *before)
{
    for (uint32_t i = from; i < to; i++)
        put_line(diff, before, lines->line[text][i]);
}

static void put_unified(struct diff *diff, const struct diff_lines *lines, const struct hunk *hunk)
{
    uint32_t at = hunk->from[0];

    put_line(diff, "@@ -", STR(""));
    put_range(&diff->out, hunk->from[0], hunk->to[0], true);
    buf_text(&diff->out, " +");
    put_range(&diff->out, hunk->from[1], hunk->to[1], true);
    buf_text(&diff->out, " @@");
    for (uint32_t s = hunk->first; s < hunk->end; s++) {
        const struct diff_step *step = &lines->step[s];

        if (step->same)
            continue;
        put_lines(diff, lines, 0, at, step->from[0], " ");
        put_lines(diff, lines, 0, step->from[0], step->to[0], "-");
        put_lines(diff, lines, 1, step->from[1], step->to[1], "+");
        at = step->to[0];
    }
    put_lines(diff, lines, 0, at, hunk->to[0], " ");
}

/* One text of a hunk; without lines of its own that differ only its place is told. */
static void put_side(struct diff *diff, const struct diff_lines *lines, const struct hunk *hunk, unsigned text)
{
    uint32_t at = hunk->from[text];
    bool     any = false;

    put_line(diff, text ? "--- " : "*** ", STR(""));
    put_range(&diff->out, hunk->from[text], hunk->to[text], false);
    buf_text(&diff->out, text ? " ----" : " ****");
    for (uint32_t s = hunk->first; s < hunk->end; s++)
        any |= !lines->step[s].same && lines->step[s].to[text] > lines->step[s].from[text];
    for (uint32_t s = hunk->first; s < hunk->end && any; s++) {
        const struct diff_step *step = &lines->step[s];
        bool                    both = step->to[0] > step->from[0] && step->to[1] > step->from[1];

        if (step->same)
            continue;
        put_lines(diff, lines, text, at, step->from[text], "  ");
        put_lines(diff, lines, text, step->from[text], step->to[text], both ? "! " : text ? "+ " : "- ");
        at = step->to[text];
    }
    if (any)
        put_lines(diff, lines, text, at, hunk->to[text], "  ");
}

static status put_all(struct diff *diff, const struct diff_lines *lines)
{
    bool        context = stage_argument(diff->op.stage, CONTEXT)->truth;
    struct hunk hunk = { 0 };

    buf_clear(&diff->out);
    while (next_hunk(lines, hunk.end, &hunk)) {
        if (diff->out.size == 0 && stage_argument(diff->op.stage, DIFFHEADER)->truth) {
            put_line(diff, context ? "*** " : "--- ", diff->from[0]);
            put_line(diff, context ? "--- " : "+++ ", diff->from[1]);
        }
        if (!context) {
            put_unified(diff, lines, &hunk);
            continue;
        }
        put_line(diff, "***************", STR(""));
        put_side(diff, lines, &hunk, 0);
        put_side(diff, lines, &hunk, 1);
    }
    if (diff->out.size == 0)
        buf_text(&diff->out, "Results are the same");
    return buf_status(&diff->out);
}

static status diff_cell(void *host, uint32_t column, uint64_t row, struct arena *arena, struct cell *out)
{
    struct diff *diff = host;

    (void)column;
    (void)row;
    (void)arena;
    *out = cell_field_text(buf_str(&diff->out));
    return OK;
}

static status diff_finish(struct op *op)
{
    struct diff      *diff = container_of(op, struct diff, op);
    struct diff_lines lines;

    if (!diff->text[1].at) {
        op_note(op, "diff", STR("diff(s) got fewer rows than 'position2' says: there is nothing to compare"));
        return OK;
    }
    arena_reset(&op->step);
    TRY(diff_lines(diff->text[0], diff->text[1], &op->step, &lines));
    TRY(put_all(diff, &lines));
    if (diff->out.size > UINT32_MAX)
        return FAIL_LIMIT;
    return results_emit(&(struct results){ op, &diff->raw, 1, 1, diff_cell, diff, .passing = true });
}

static void diff_close(struct op *op)
{
    buf_free(&container_of(op, struct diff, op)->out);
}

static const struct op_kind diff_kind = { "diff", .push = diff_push, .finish = diff_finish, .close = diff_close };

static status diff_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct diff *diff;

    TRY(op_new(&diff_kind, sizeof *diff, stage, run, out));
    diff = container_of(*out, struct diff, op);
    buf_init(&diff->out, (*out)->context->heap);
    TRY_NEW(diff->field = names_intern(run->names, stage_argument(stage, ATTRIBUTE)->text));
    TRY_NEW(diff->source = names_intern(run->names, STR("source")));
    TRY_NEW(diff->raw = names_intern(run->names, STR("_raw")));
    return OK;
}

static status diff_needs(const struct stage *stage, struct wanted *wanted)
{
    wanted_clear(wanted);
    if (stage_argument(stage, DIFFHEADER)->truth)
        TRY(wanted_add(wanted, STR("source")));
    return wanted_add(wanted, stage_argument(stage, ATTRIBUTE)->text);
}

const struct command command_diff = {
    .name = "diff",
    .usage = "diff [position1=<count>] [position2=<count>] [attribute=<field>] [diffheader=<bool>] [context=<bool>] "
             "[maxlen=<count>]",
    .summary = "How the texts of two rows differ, line by line",
    .keeps = "both texts",
    .params = diff_params, .traits = TRAIT_TRANSFORMS, .bind = diff_bind, .needs = diff_needs, .open = diff_open,
    .example = { "diff attribute=x | table _raw", "{\"x\":\"a\\nb\\nc\"}\n{\"x\":\"a\\nB\\nc\"}",
                 "{\"_raw\":\"@@ -1,3 +1,3 @@\\n a\\n-b\\n+B\\n c\"}" },
};
