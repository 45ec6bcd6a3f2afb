#include "command/series_label.h"

#include "base/buf.h"

static void put_template(struct buf *out, str format, str of, str value)
{
    for (size_t i = 0; i < format.size; i++) {
        str rest = str_slice(format, i, format.size);
        if (str_starts(rest, STR("$AGG$")) || str_starts(rest, STR("$VAL$"))) {
            buf_put(out, rest.at[1] == 'A' ? of : value);
            i += 4;
        } else {
            buf_byte(out, format.at[i]);
        }
    }
}

static void put_label(struct buf *out, str of, str format, str separator, str text)
{
    if (of.size && format.size) {
        put_template(out, format, of, text);
        return;
    }
    buf_put(out, of);
    if (of.size)
        buf_put(out, separator);
    buf_put(out, text);
}

status series_label(struct heap *heap, struct names *names, str of, str format, str separator, str text,
                    const struct name *row, const struct name **out)
{
    struct buf name, safe;
    str        made;
    status     result;

    buf_init(&name, heap);
    buf_init(&safe, heap);
    put_label(&name, of, format, separator, text);
    made = buf_str(&name);
    if (str_starts(made, STR("_")) || (row && str_equal(made, name_str(row)))) {
        buf_text(&safe, str_starts(made, STR("_")) ? "VALUE" : "VALUE_");
        buf_put(&safe, made);
        made = buf_str(&safe);
    }
    result = buf_status(&name) == OK ? buf_status(&safe) : FAIL_MEMORY;
    if (result == OK) {
        *out = names_intern(names, made);
        result = *out ? OK : FAIL_MEMORY;
    }
    buf_free(&safe);
    buf_free(&name);
    return result;
}
