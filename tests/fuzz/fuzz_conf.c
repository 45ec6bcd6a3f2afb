/* Any bytes as .conf files, cut at the first zero byte into two of which the later lies over the earlier. */
#include "inside.h"

#include "base/utf8.h"
#include "knowledge/conf.h"

static uint32_t lines_of(str text)
{
    uint32_t lines = 1;

    for (size_t i = 0; i < text.size; i++)
        lines += text.at[i] == '\n' || text.at[i] == '\r';
    return lines;
}

/* Every setting of `small` is in `large`, with the same value. */
static void check_inside(const struct conf *small, const struct conf *large, uint32_t lines)
{
    for (uint32_t i = 0; i < small->stanzas.count; i++) {
        const struct conf_stanza *stanza = small->stanzas.entry[i].value;
        const struct conf_stanza *other = map_get(&large->stanzas, stanza->name);

        MUST(other && stanza->line >= 1 && stanza->line <= lines);
        for (uint32_t j = 0; j < stanza->settings.count; j++) {
            const struct conf_setting *setting = stanza->settings.entry[j].value;
            const struct conf_setting *same = map_get(&other->settings, setting->key);

            MUST(same && str_equal(same->value, setting->value));
            MUST(setting->key.size > 0 && utf8_is_valid(setting->key) && utf8_is_valid(setting->value));
            MUST(str_equal(setting->value, str_trim_blanks(setting->value)));
            MUST(setting->line >= 1 && setting->line <= lines);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    str          copy = exact_copy(bytes, size);
    const char  *zero = size ? memchr(copy.at, 0, size) : NULL;
    str          first = str_slice(copy, 0, zero ? (size_t)(zero - copy.at) : size);
    str          second = zero ? str_slice(copy, first.size + 1, size) : STR("");
    struct bench bench;
    struct conf  both, later;

    bench_open(&bench);
    conf_init(&both, &bench.arena, &bench.heap);
    conf_init(&later, &bench.arena, &bench.heap);
    MUST(conf_lay(&both, STR("a.conf"), first, &bench.diag) == OK);
    MUST(conf_lay(&both, STR("b.conf"), second, &bench.diag) == OK);
    MUST(conf_lay(&both, STR("b.conf"), second, &bench.diag) == OK);
    MUST(conf_lay(&later, STR("b.conf"), second, &bench.diag) == OK);
    check_inside(&later, &both, lines_of(second));
    conf_free(&both);
    conf_free(&later);
    bench_close(&bench);
    free((char *)copy.at);
    return 0;
}
