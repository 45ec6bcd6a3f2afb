#include "command/geography.h"

#include "value/number.h"

#include <math.h>

bool grid_init(struct grid *grid, double span_lat, double span_long, uint32_t levels)
{
    double first = 0, scale = 1;

    *grid = (struct grid){ .span_lat = span_lat, .span_long = span_long, .levels = levels };
    for (uint32_t z = 0; z < levels; z++, scale *= 2) {
        grid->rows[z] = ceil(180 * scale / span_lat);
        grid->columns[z] = ceil(360 * scale / span_long);
        grid->first[z] = first;
        first += grid->rows[z] * grid->columns[z];
    }
    return first < 9007199254740992.0;
}

void grid_bins(const struct grid *grid, double latitude, double longitude, double *bin)
{
    double scale = 1;

    for (uint32_t z = 0; z < grid->levels; z++, scale *= 2) {
        double row = floor((latitude + 90) * scale / grid->span_lat);
        double column = floor((longitude + 180) * scale / grid->span_long);
        row = row < grid->rows[z] ? row : grid->rows[z] - 1;            /* the pole, */
        column = column < grid->columns[z] ? column : grid->columns[z] - 1;     /* and the date line */
        bin[z] = grid->first[z] + row * grid->columns[z] + column;
    }
}

double grid_coarser(const struct grid *grid, double bin, uint32_t level)
{
    uint32_t last = grid->levels - 1;
    double   place = bin - grid->first[last], row = floor(place / grid->columns[last]);
    double   column = place - row * grid->columns[last], scale = ldexp(1, (int)(last - level));

    return grid->first[level] + floor(row / scale) * grid->columns[level] + floor(column / scale);
}

static void put_number(struct buf *out, double number)
{
    char room[NUMBER_ROOM];

    buf_put(out, str_make(room, number_format(number, EXACT, room)));
}

status grid_label(const struct grid *grid, double bin, struct arena *arena, struct cell *out)
{
    uint32_t   level = grid->levels - 1;
    double     place;
    struct buf text;

    while (bin < grid->first[level])
        level--;
    place = bin - grid->first[level];
    buf_init(&text, arena->heap);
    buf_print(&text, "bin_id_zl_%u_y_", level);
    put_number(&text, floor(place / grid->columns[level]));
    buf_text(&text, "_x_");
    put_number(&text, place - floor(place / grid->columns[level]) * grid->columns[level]);
    *out = cell_field_text(buf_status(&text) == OK ? arena_str(arena, buf_str(&text)) : (str){ 0 });
    buf_free(&text);
    return out->text ? OK : FAIL_MEMORY;
}
