/* Any page as a pack of detection content: records that are whole, ids that differ. */
#include "inside.h"

#include "knowledge/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    str          copy = exact_copy(bytes, size);
    struct bench bench;
    struct pack  pack = { .count = 0 };

    bench_open(&bench);
    MUST(pack_read_markdown(&bench.arena, copy, STR("page.md"), &pack) == OK);
    for (uint32_t i = 0; i < pack.count; i++) {
        const struct rule_record *rule = &pack.rule[i];
        MUST(rule->id.size > 0 && rule->line >= 1 && rule->line <= size + 1);
        MUST((rule->kind == RULE_PROSE) == (rule->search.size == 0));
        for (uint32_t j = 0; j < i && i < 50; j++)
            MUST(!str_equal(rule->id, pack.rule[j].id));
        for (uint32_t j = 1; j < rule->attacks; j++)
            MUST(str_compare(rule->attack[j - 1], rule->attack[j]) < 0);
    }
    bench_close(&bench);
    free((char *)copy.at);
    return 0;
}
