/* Digests as lower-case hexadecimal text; the only door to libmd. */
#include "function/loop.h"

#include <md5.h>
#include <sha1.h>
#include <sha2.h>

static status hexadecimal(struct call *call, struct cell *out, const uint8_t *digest, size_t size)
{
    char *text = arena_alloc(call->arena, size * 2);

    TRY_NEW(text);
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    return give(out, cell_text((str){ text, size * 2 }));
}

#define DIGEST(word, context_type, init, update, final, length, ...)                                         \
    static status word##_row(struct call *call, const struct cell *arg, struct cell *out)                    \
    {                                                                                                        \
        context_type state;                                                                                  \
        uint8_t      digest[length];                                                                         \
        init(&state);                                                                                        \
        update(&state, (const uint8_t *)arg[0].text, arg[0].size);                                           \
        final(digest, &state);                                                                               \
        return hexadecimal(call, out, digest, length);                                                       \
    }                                                                                                        \
    MEMO_BODY(word, 0, cells)                                                                               \
    const struct function function_##word = {                                                                \
        .name = #word, .usage = #word "(<text>)", .summary = "Digest of the text's bytes, hexadecimal",      \
        .least = 1,                                                                                          \
        .most = 1, .wants = { WANT_TEXT }, .wanted = 1, .gives = TYPE_TEXT, .nulls = NULL_IN_NULL_OUT,       \
        .multi = MULTI_EACH, .pure = true, .cost = 200, .row = word##_row,                             \
        .vector = word##_vector, __VA_ARGS__                                                                 \
    }

DIGEST(md5, MD5_CTX, MD5Init, MD5Update, MD5Final, MD5_DIGEST_LENGTH,
       .example = { "eval y=md5(\"abc\") | table y", "{}", "{\"y\":\"900150983cd24fb0d6963f7d28e17f72\"}" });
DIGEST(sha1, SHA1_CTX, SHA1Init, SHA1Update, SHA1Final, SHA1_DIGEST_LENGTH,
       .example = { "eval y=sha1(\"abc\") | table y", "{}",
                    "{\"y\":\"a9993e364706816aba3e25717850c26c9cd0d89d\"}" });
DIGEST(sha256, SHA2_CTX, SHA256Init, SHA256Update, SHA256Final, SHA256_DIGEST_LENGTH,
       .example = { "eval y=sha256(\"abc\") | table y", "{}",
                    "{\"y\":\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"}" });
DIGEST(sha512, SHA2_CTX, SHA512Init, SHA512Update, SHA512Final, SHA512_DIGEST_LENGTH,
       .example = { "eval y=substr(sha512(\"abc\"),1,16) | table y", "{}", "{\"y\":\"ddaf35a193617aba\"}" });
