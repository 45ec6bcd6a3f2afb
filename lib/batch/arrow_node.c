#include "batch/arrow_node.h"

#include "base/utf8.h"
#include "value/number.h"

#include <math.h>

static const struct span nowhere = { 0, 0 };

/* --- formats ------------------------------------------------------------------------------------------------------- */

static const struct plain { const char *format; uint8_t kind; int width; bool binary; double factor; } plains[] = {
    { "n", NODE_NULL, 0, false, 0 },    { "b", NODE_BOOL, 0, false, 0 },
    { "c", NODE_INT, 1, false, 0 },     { "C", NODE_UINT, 1, false, 0 },  { "s", NODE_INT, 2, false, 0 },
    { "S", NODE_UINT, 2, false, 0 },    { "i", NODE_INT, 4, false, 0 },   { "I", NODE_UINT, 4, false, 0 },
    { "l", NODE_INT, 8, false, 0 },     { "L", NODE_UINT, 8, false, 0 },  { "e", NODE_HALF, 2, false, 0 },
    { "f", NODE_FLOAT, 4, false, 0 },   { "g", NODE_DOUBLE, 8, false, 0 },
    { "u", NODE_TEXT, 0, false, 0 },    { "U", NODE_TEXT_LARGE, 0, false, 0 }, { "vu", NODE_TEXT_VIEW, 0, false, 0 },
    { "z", NODE_TEXT, 0, true, 0 },     { "Z", NODE_TEXT_LARGE, 0, true, 0 },  { "vz", NODE_TEXT_VIEW, 0, true, 0 },
    { "tdD", NODE_TIME, 4, false, 86400 }, { "tdm", NODE_TIME, 8, false, 1e-3 },
    { "tts", NODE_TIME, 4, false, 1 },  { "ttm", NODE_TIME, 4, false, 1e-3 },  { "ttu", NODE_TIME, 8, false, 1e-6 },
    { "ttn", NODE_TIME, 8, false, 1e-9 },
    { "tDs", NODE_TIME, 8, false, 1 },  { "tDm", NODE_TIME, 8, false, 1e-3 },  { "tDu", NODE_TIME, 8, false, 1e-6 },
    { "tDn", NODE_TIME, 8, false, 1e-9 },
    { "+l", NODE_LIST, 0, false, 0 },   { "+L", NODE_LIST_LARGE, 0, false, 0 }, { "+vl", NODE_LIST_VIEW, 0, false, 0 },
    { "+s", NODE_STRUCT, 0, false, 0 }, { "+m", NODE_MAP, 0, false, 0 },      { "+r", NODE_RUNS, 0, false, 0 },
};

static bool read_count(const char **at, int most, int *out)
{
    int value = 0;

    if (**at < '0' || **at > '9')
        return false;
    for (; **at >= '0' && **at <= '9'; ++*at) {
        value = value * 10 + (**at - '0');
        if (value > most)
            return false;
    }
    *out = value;
    return true;
}

/* d:precision,scale[,bits] */
static bool read_decimal(const char *at, struct arrow_node *node)
{
    int  precision, bits = 128;
    bool negative;

    if (!read_count(&at, 76, &precision) || *at++ != ',')
        return false;
    negative = *at == '-';
    at += negative;
    if (!read_count(&at, 1000, &node->scale))
        return false;
    if (*at == ',' && (at++, !read_count(&at, 256, &bits)))
        return false;
    if (*at || (bits != 32 && bits != 64 && bits != 128 && bits != 256))
        return false;
    node->scale = negative ? -node->scale : node->scale;
    node->kind = NODE_DECIMAL;
    node->width = bits / 8;
    return true;
}

static bool read_format(const char *format, struct arrow_node *node)
{
    static const char units[] = "smun";

    for (size_t i = 0; i < sizeof plains / sizeof plains[0]; i++)
        if (strcmp(format, plains[i].format) == 0) {
            node->kind = plains[i].kind;
            node->width = plains[i].width;
            node->binary = plains[i].binary;
            node->factor = plains[i].factor;
            return true;
        }
    if (format[0] == 'd' && format[1] == ':')
        return read_decimal(format + 2, node);
    if (strncmp(format, "ts", 2) == 0 && format[2] && format[3] == ':' && strchr(units, format[2])) {
        node->kind = NODE_TIME;
        node->width = 8;
        node->factor = pow(10, -3.0 * (double)(strchr(units, format[2]) - units));
        return true;
    }
    if (strlen(format) < 3)
        return false;
    format += 2;
    if (format[-2] == 'w' && format[-1] == ':') {
        node->kind = NODE_TEXT;
        node->binary = true;
        return read_count(&format, INT32_MAX / 16, &node->width) && !*format && node->width > 0;
    }
    if (format[-2] == '+' && format[-1] == 'w' && *format++ == ':') {
        node->kind = NODE_LIST_FIXED;
        return read_count(&format, INT32_MAX / 16, &node->width) && !*format;
    }
    return false;
}

/* --- the tree ------------------------------------------------------------------------------------------------------ */

static const char *name_of(const struct ArrowSchema *schema) { return schema->name ? schema->name : ""; }

static status broken(const struct ArrowSchema *schema, struct diag *diag, const char *what)
{
    return diag_at(diag, FAIL_DATA, nowhere, "bad-arrow", "Arrow field '%.100s': %s", name_of(schema), what);
}

/* children that the kind must have: -1 any */
static int64_t children_of(const struct arrow_node *node)
{
    switch (node->kind) {
    case NODE_STRUCT: return -1;
    case NODE_RUNS:   return 2;
    case NODE_LIST: case NODE_LIST_LARGE: case NODE_LIST_VIEW: case NODE_LIST_FIXED: case NODE_MAP:
        return 1;
    default:          return 0;
    }
}

static int64_t buffers_of(const struct arrow_node *node)
{
    switch (node->kind) {
    case NODE_NULL: case NODE_RUNS:
        return 0;
    case NODE_STRUCT: case NODE_LIST_FIXED:
        return 1;
    case NODE_TEXT:
        return node->width ? 2 : 3;
    case NODE_TEXT_LARGE: case NODE_TEXT_VIEW: case NODE_LIST_VIEW:
        return 3;
    default:
        return 2;
    }
}

static status check(const struct arrow_node *node, struct diag *diag)
{
    const struct ArrowArray *array = node->array;
    int64_t                  children = children_of(node);

    if (!array->release)
        return broken(node->schema, diag, "the array has been released");
    if (array->length < 0 || array->offset < 0 || array->length > INT64_MAX / 64 - array->offset)
        return broken(node->schema, diag, "impossible length or offset");
    if (array->n_children != node->schema->n_children || (children >= 0 && array->n_children != children)
        || array->n_children < 0)
        return broken(node->schema, diag, "the array's children do not fit its type");
    if (array->n_buffers < buffers_of(node))
        return broken(node->schema, diag, "the array lacks buffers");
    for (int64_t i = 1; i < buffers_of(node) && array->length > 0; i++)
        if (!array->buffers[i] && !(i == 2 && node->kind != NODE_LIST_VIEW))
            return broken(node->schema, diag, "the array lacks a buffer");
    return OK;
}

static bool is_text(const struct arrow_node *node)
{
    return !node->dictionary && (node->kind == NODE_TEXT || node->kind == NODE_TEXT_LARGE || node->kind == NODE_TEXT_VIEW);
}

status arrow_build(struct arena *arena, const struct ArrowSchema *schema, const struct ArrowArray *array, unsigned depth,
                   struct diag *diag, struct arrow_node **out)
{
    struct arrow_node *node = ARENA_NEW(arena, struct arrow_node);

    *out = node;
    TRY_NEW(node);
    node->schema = schema;
    node->array = array;
    if (depth > ARROW_DEPTH)
        return broken(schema, diag, "nested too deeply");
    if (!schema->format || !read_format(schema->format, node))
        return diag_at(diag, FAIL_DATA, nowhere, "bad-arrow", "Arrow field '%.100s': type '%.20s' is not supported",
                       name_of(schema), schema->format ? schema->format : "");
    TRY(check(node, diag));
    if (schema->dictionary) {
        if (!array->dictionary || (node->kind != NODE_INT && node->kind != NODE_UINT))
            return broken(schema, diag, "a dictionary that cannot be used");
        return arrow_build(arena, schema->dictionary, array->dictionary, depth + 1, diag, &node->dictionary);
    }
    node->children = array->n_children;
    TRY_NEW(node->child = ARENA_ARRAY(arena, struct arrow_node *, (size_t)node->children + 1));
    for (int64_t i = 0; i < node->children; i++)
        TRY(arrow_build(arena, schema->children[i], array->children[i], depth + 1, diag, &node->child[i]));
    if (node->kind == NODE_RUNS && (node->child[0]->kind != NODE_INT || node->child[0]->array->length == 0))
        return array->length ? broken(schema, diag, "runs without ends") : OK;
    if (node->kind == NODE_MAP && (node->child[0]->kind != NODE_STRUCT || node->child[0]->children != 2
                                   || !is_text(node->child[0]->child[0])))
        return broken(schema, diag, "a map whose keys are not texts");
    return OK;
}

/* --- values -------------------------------------------------------------------------------------------------------- */

static bool bit(const void *bits, int64_t at)
{
    return ((const uint8_t *)bits)[at >> 3] >> (at & 7) & 1;
}

bool arrow_is_null(const struct arrow_node *node, int64_t at)
{
    const void *validity = node->kind != NODE_RUNS && node->array->n_buffers > 0 ? node->array->buffers[0] : NULL;

    return node->kind == NODE_NULL || (validity && !bit(validity, at));
}

static const char *data(const struct arrow_node *node, int buffer)
{
    return node->array->buffers[buffer];
}

static int64_t load_int(const char *at, int width, bool sign)
{
    int8_t  i1;
    int16_t i2;
    int32_t i4;
    int64_t i8;

    switch (width) {
    case 1:  memcpy(&i1, at, 1); return sign ? i1 : (uint8_t)i1;
    case 2:  memcpy(&i2, at, 2); return sign ? i2 : (uint16_t)i2;
    case 4:  memcpy(&i4, at, 4); return sign ? i4 : (int64_t)(uint32_t)i4;
    default: memcpy(&i8, at, 8); return i8;
    }
}

static int64_t node_int(const struct arrow_node *node, int64_t at)
{
    return load_int(data(node, 1) + at * node->width, node->width, node->kind != NODE_UINT);
}

/* Digits a double would lose stay text. */
static status put_integer(uint64_t size, bool negative, struct arena *arena, struct cell *out)
{
    char  digits[24], *at = digits + sizeof digits;
    str   text;

    if (size <= UINT64_C(1) << 53) {
        *out = cell_number(negative ? -(double)size : (double)size);
        return OK;
    }
    do
        *--at = (char)('0' + size % 10);
    while (size /= 10);
    if (negative)
        *--at = '-';
    text = arena_str(arena, str_make(at, (size_t)(digits + sizeof digits - at)));
    TRY_NEW(text.at);
    *out = cell_field_text(text);
    return OK;
}

static double half(uint16_t bits)
{
    int    exponent = bits >> 10 & 31;
    double value = exponent == 31 ? (bits & 1023 ? NAN : INFINITY)
                 : exponent ? ldexp(1024 + (bits & 1023), exponent - 25) : ldexp(bits & 1023, -24);

    return bits >> 15 ? -value : value;
}

/* A two's complement integer of up to 256 bits as digits, then the point put in. */
static status put_decimal(const struct arrow_node *node, int64_t at, struct arena *arena, struct cell *out)
{
    uint32_t word[8] = { 0 };
    char     digits[100], line[1200];
    int      count = 0, words = node->width / 4, size = 0, scale = node->scale;
    bool     negative, some = true;
    str      text;

    memcpy(word, data(node, 1) + at * node->width, (size_t)node->width);
    negative = word[words - 1] >> 31;
    for (uint64_t i = 0, carry = 1; negative && i < (uint64_t)words; i++) {
        carry += (uint32_t)~word[i];
        word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    while (some) {
        uint64_t rest = 0;
        some = false;
        for (int i = words - 1; i >= 0; i--) {
            rest = rest << 32 | word[i];
            word[i] = (uint32_t)(rest / 10);
            rest %= 10;
            some |= word[i] != 0;
        }
        digits[count++] = (char)('0' + rest);
    }
    if (negative)
        line[size++] = '-';
    for (int i = (count > scale ? count : scale + 1) - 1; i >= 0; i--) {
        line[size++] = i < count ? digits[i] : '0';
        if (i == scale && i > 0)
            line[size++] = '.';
    }
    for (; scale < 0; scale++)
        line[size++] = '0';
    text = arena_str(arena, str_make(line, (size_t)size));
    TRY_NEW(text.at);
    *out = cell_field_text(text);
    return OK;
}

/* Seconds. What a double would lose of nanoseconds stays as text. */
static status put_time(const struct arrow_node *node, int64_t at, struct arena *arena, struct cell *out)
{
    int64_t count = node_int(node, at);
    int64_t units = node->factor < 1 ? (int64_t)round(1 / node->factor) : 1;
    char    line[40];
    int     size = 0;
    str     text;

    if (units == 1) {
        *out = cell_number((double)count * (node->factor < 1 ? 1 : node->factor));
        return OK;
    }
    if (units < 1000000000 || count % 1000 == 0) {
        *out = cell_number((double)(count / units) + (double)(count % units) / (double)units);
        return OK;
    }
    if (count < 0)
        line[size++] = '-';
    size += (int)number_format_fixed((double)(count < 0 ? -(count / units) : count / units), 0, line + size);
    line[size++] = '.';
    for (int64_t rest = count < 0 ? -(count % units) : count % units, unit = units / 10; unit; unit /= 10)
        line[size++] = (char)('0' + rest / unit % 10);
    text = arena_str(arena, str_make(line, (size_t)size));
    TRY_NEW(text.at);
    *out = cell_field_text(text);
    return OK;
}

bool arrow_text(const struct arrow_node *node, int64_t at, str *out)
{
    int64_t from, to;

    if (node->kind == NODE_TEXT && node->width) {
        *out = str_make(data(node, 1) + at * node->width, (size_t)node->width);
        return true;
    }
    if (node->kind == NODE_TEXT_VIEW) {
        const char *view = data(node, 1) + at * 16;
        int32_t     size = (int32_t)load_int(view, 4, true), buffer = (int32_t)load_int(view + 8, 4, true);
        int32_t     offset = (int32_t)load_int(view + 12, 4, true);
        if (size < 0 || (size > 12 && (buffer < 0 || offset < 0 || buffer >= node->array->n_buffers - 3)))
            return false;
        *out = size <= 12 ? str_make(view + 4, (size_t)size) : str_make(data(node, 2 + buffer) + offset, (size_t)size);
        return true;
    }
    if (node->kind == NODE_TEXT) {
        from = load_int(data(node, 1) + at * 4, 4, true);
        to = load_int(data(node, 1) + (at + 1) * 4, 4, true);
    } else {
        from = load_int(data(node, 1) + at * 8, 8, true);
        to = load_int(data(node, 1) + (at + 1) * 8, 8, true);
    }
    if (from < 0 || to < from || to - from > UINT32_MAX / 4 || (to > from && !data(node, 2)))
        return false;
    *out = str_make(to > from ? data(node, 2) + from : "", (size_t)(to - from));
    return true;
}

static status put_text(const struct arrow_node *node, int64_t at, struct arena *arena, struct cell *out)
{
    static const char digits[] = "0123456789abcdef";
    str               text;
    char             *hex;

    if (!arrow_text(node, at, &text))
        return FAIL_DATA;
    if (!node->binary || utf8_is_valid(text)) {
        TRY_NEW((text = arena_str(arena, text)).at);
        *out = cell_field_text(text);
        return OK;
    }
    TRY_NEW(hex = arena_alloc(arena, text.size * 2 + 1));
    for (size_t i = 0; i < text.size; i++) {
        hex[2 * i] = digits[(unsigned char)text.at[i] >> 4];
        hex[2 * i + 1] = digits[text.at[i] & 15];
    }
    *out = cell_field_text(str_make(hex, text.size * 2));
    return OK;
}

status arrow_scalar(const struct arrow_node *node, int64_t at, struct arena *arena, struct cell *out)
{
    uint16_t h;
    float    f;
    double   d;
    int64_t  i;

    switch (node->kind) {
    case NODE_BOOL:
        *out = cell_field_text(bit(data(node, 1), at) ? STR("true") : STR("false"));
        return OK;
    case NODE_INT:
        i = node_int(node, at);
        return put_integer(i < 0 ? 0 - (uint64_t)i : (uint64_t)i, i < 0, arena, out);
    case NODE_UINT:
        return put_integer((uint64_t)node_int(node, at), false, arena, out);
    case NODE_HALF:
        memcpy(&h, data(node, 1) + at * 2, 2);
        *out = cell_number(half(h));
        return OK;
    case NODE_FLOAT:
        memcpy(&f, data(node, 1) + at * 4, 4);
        *out = cell_number(f);
        return OK;
    case NODE_DOUBLE:
        memcpy(&d, data(node, 1) + at * 8, 8);
        *out = cell_number(d);
        return OK;
    case NODE_DECIMAL:
        return put_decimal(node, at, arena, out);
    case NODE_TIME:
        return put_time(node, at, arena, out);
    case NODE_TEXT: case NODE_TEXT_LARGE: case NODE_TEXT_VIEW:
        return put_text(node, at, arena, out);
    default:
        *out = cell_null();
        return OK;
    }
}

bool arrow_code(const struct arrow_node *node, int64_t at, int64_t *code)
{
    *code = node_int(node, at);
    return *code >= 0 && *code < node->dictionary->array->length;
}

bool arrow_range(const struct arrow_node *node, int64_t at, int64_t *from, int64_t *to)
{
    const char *offsets = node->kind == NODE_LIST_FIXED ? NULL : data(node, 1);

    switch (node->kind) {
    case NODE_LIST_FIXED:
        if (node->width && at >= INT64_MAX / node->width - 1)
            return false;
        *from = at * node->width;
        *to = *from + node->width;
        break;
    case NODE_LIST_LARGE:
        *from = load_int(offsets + at * 8, 8, true);
        *to = load_int(offsets + (at + 1) * 8, 8, true);
        break;
    case NODE_LIST_VIEW:
        *from = load_int(offsets + at * 4, 4, true);
        *to = *from + load_int(data(node, 2) + at * 4, 4, true);
        break;
    default:
        *from = load_int(offsets + at * 4, 4, true);
        *to = load_int(offsets + (at + 1) * 4, 4, true);
    }
    return *from >= 0 && *to >= *from && *to <= node->child[0]->array->length;
}

/* `at` counts from the start of the parent array's runs; the first run whose end lies beyond it has the value. */
bool arrow_run(const struct arrow_node *node, int64_t at, int64_t *value)
{
    const struct arrow_node *ends = node->child[0];
    int64_t                  low = 0, high = ends->array->length;

    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (node_int(ends, ends->array->offset + middle) <= at)
            low = middle + 1;
        else
            high = middle;
    }
    *value = low;
    return low < node->child[1]->array->length;
}
