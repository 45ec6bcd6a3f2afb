/* Where a row's time comes from, and what it says. */
#include "read/builder.h"

#include "text/json.h"
#include "time/iso.h"
#include "value/number.h"

/* Where a time may come from, the best first (spl-run.md, --time-field). */
static const char *const time_fields[] = {
    "_time", "time", "timestamp", "@timestamp", "ts", "eventTime", "requestReceivedTimestamp", "stageTimestamp",
    "creationTimestamp", "Event.System.TimeCreated{@SystemTime}"
};

uint8_t time_candidate(const struct builder *builder, str name)
{
    str chosen = builder->input->reading->defaults.time_field;

    if (!builder->time)
        return 0;
    if (chosen.size)
        return !str_equal(name, chosen) ? 0 : str_is(name, "_time") ? TIME_ITSELF : TIME_ITSELF + 1;
    for (unsigned i = 0; i < COUNT_OF(time_fields); i++)
        if (str_is(name, time_fields[i]))
            return (uint8_t)(i + 1);
    return 0;
}

bool time_is_below(const struct builder *builder, str prefix)
{
    str chosen = builder->input->reading->defaults.time_field;

    if (!builder->time)
        return false;
    if (chosen.size)
        return str_starts(chosen, prefix);
    for (unsigned i = 0; i < COUNT_OF(time_fields); i++)
        if (str_starts(str_of(time_fields[i]), prefix))
            return true;
    return false;
}

/* Up to 15 digits with or without a point, as times mostly are: exact, and much cheaper than the general
 * way. */
static bool read_plain(str text, double *number, int16_t *decimals)
{
    static const double power[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14,
                                    1e15 };
    uint64_t digits = 0;
    size_t   point = text.size;

    if (text.size == 0 || text.size > 16)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char digit = (unsigned char)(text.at[i] - '0');
        if (digit < 10)
            digits = digits * 10 + digit;
        else if (text.at[i] == '.' && point == text.size)
            point = i;
        else
            return false;
    }
    if (point == 0 || point + 1 == text.size || (point == text.size && text.size > 15))
        return false;
    *decimals = point < text.size ? (int16_t)(text.size - point - 1) : EXACT;
    *number = point < text.size ? (double)digits / power[text.size - point - 1] : (double)digits;
    return true;
}

/* Numbers as they stand are seconds if the field is called _time, else told apart by size. */
static bool read_time(struct builder *builder, const struct cell *cell, uint8_t rank, double *instant,
                      int16_t *decimals)
{
    char   room[64];
    str    text = cell_str(cell);
    double number;

    *decimals = EXACT;
    if (cell->kind == KIND_LIST)
        return read_time(builder, &cell->list[0], rank, instant, decimals);
    if (cell->flags & CELL_ESCAPED) {
        if (text.size > sizeof room)
            return false;
        text.size = json_decode(text, room);
        text.at = room;
    }
    if (read_plain(text, &number, decimals) || number_parse(text, &number, decimals)) {
        if (rank == TIME_ITSELF) {
            *instant = number;
            return number - number == 0;
        }
        if (time_from_number(number, instant)) {
            if (*instant != number)
                *decimals = EXACT;
            return true;
        }
        *decimals = EXACT;
    }
    return time_read(text, &builder->zone, builder->input->reading->now, instant);
}

status time_column(struct builder *builder, struct column **out)
{
    struct batch  *batch = builder->batch;
    struct slot   *slot = builder->time;
    struct column *column = column_number(&batch->arena, builder->row);
    int16_t       *decimals, all = EXACT;
    double         now = builder->input->reading->now;

    TRY_NEW(column);
    column->soft = true;
    TRY_NEW(decimals = arena_alloc(&batch->arena, builder->row * sizeof *decimals));
    for (uint32_t row = 0; row < builder->row; row++) {
        uint8_t rank = builder->time_rank[row];
        bool    found = false;

        decimals[row] = EXACT;
        if (rank)
            found = read_time(builder, &slot->cell[row], rank, &column->number[row], &decimals[row]);
        if (!found && builder->sniffs_time)
            found = time_sniff(cell_str(&builder->line[row]), &builder->zone, now, &column->number[row]);
        if (!found) {
            if (!column->null)
                TRY_NEW(column->null = arena_zero(&batch->arena, builder->row, 1));
            column->null[row] = 1;
            column->number[row] = 0;
            decimals[row] = EXACT;
        }
        if (decimals[row] != EXACT)
            all = 0;
    }
    if (all != EXACT)
        column->decimals = decimals;
    *out = column;
    return OK;
}
