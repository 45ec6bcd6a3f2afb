/* The yardstick of reader.c: simdjson's on-demand parser over the same file, the same fields, from memory.
 *
 *     c++ -O3 -march=native tests/speed/simdjson.cpp -lsimdjson -o simdjson && ./simdjson FILE FIELD...
 */
#include <simdjson.h>

#include <chrono>
#include <cstdio>
#include <string_view>
#include <vector>

int main(int count, char **word)
{
    if (count < 3) {
        std::fprintf(stderr, "usage: simdjson FILE FIELD...\n");
        return 2;
    }
    simdjson::padded_string text;
    if (simdjson::padded_string::load(word[1]).get(text))
        return 1;
    std::vector<std::string_view> fields(word + 2, word + count);
    std::vector<std::string_view> kept(fields.size() * 4096);       /* what a batch would hold */
    double best = 1e9;
    size_t events = 0, found = 0;
    for (int round = 0; round < 5; round++) {
        simdjson::ondemand::parser parser;
        auto begin = std::chrono::steady_clock::now();
        events = found = 0;
        simdjson::ondemand::document_stream stream = parser.iterate_many(text, 1 << 20);
        for (auto document : stream) {
            simdjson::ondemand::object object;
            if (document.get_object().get(object))
                continue;
            for (auto field : object) {                             /* every key, as a duplicate may follow */
                simdjson::ondemand::raw_json_string key = field.key();
                for (size_t i = 0; i < fields.size(); i++)
                    if (key.unsafe_is_equal(fields[i])) {
                        kept[(events & 4095) * fields.size() + i] = field.value().raw_json_token();
                        found++;
                    }
            }
            events++;
        }
        std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        if (took.count() < best)
            best = took.count();
    }
    std::printf("simdjson: %.2f GB/s, %zu events, %zu values\n", (double)text.size() / best / 1e9, events, found);
}
