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

status series_label(struct heap *heap, struct names *names, str of, str format, str separator, str text,
                    const struct name **out)
{
    struct buf name;
    str        made;
    status     result;

    buf_init(&name, heap);
    buf_text(&name, "VALUE");
    if (of.size == 0) {
        buf_put(&name, text);
    } else if (format.size) {
        put_template(&name, format, of, text);
    } else {
        buf_put(&name, of);
        buf_put(&name, separator);
        buf_put(&name, text);
    }
    made = buf_str(&name);
    result = buf_status(&name);
    if (result == OK) {     /* a column must not become an internal field by its name */
        made = made.size > 5 && made.at[5] == '_' ? made : str_slice(made, 5, made.size);
        *out = names_intern(names, made);
        result = *out ? OK : FAIL_MEMORY;
    }
    buf_free(&name);
    return result;
}
