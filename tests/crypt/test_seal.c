#include "check.h"

#include <sodium.h>

#include "crypt/hex.h"
#include "crypt/seal.h"
#include "crypt/sign.h"

struct bytes {
    size_t n;
    uint8_t v[256];
};

static struct bytes unhex(const char *text)
{
    struct bytes b = {.n = strlen(text) / 2};
    assert_int_equal(lw_hex_parse(b.v, b.n, text), LW_OK);
    return b;
}

static struct lw_span span(const struct bytes *b)
{
    return (struct lw_span){.data = b->v, .n = b->n};
}

static struct lw_span text(const char *s)
{
    return (struct lw_span){.data = (const uint8_t *)s, .n = strlen(s)};
}

/* draft-irtf-cfrg-xchacha-03, A.3.1: nonce, ciphertext, tag in one. */
static const char sealed_example[] =
    "404142434445464748494a4b4c4d4e4f5051525354555657"
    "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda"
    "7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b23835"
    "65d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49";
static const char example_key[] =
    "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";

static void the_drafts_example_opens(void **state)
{
    LW_UNUSED(state);
    const struct bytes key = unhex(example_key), about = unhex("50515253c0c1c2c3c4c5c6c7");
    const struct bytes sealed = unhex(sealed_example);
    char plain[256] = {0};
    CHECK(lw_unseal((uint8_t *)plain, key.v, span(&sealed), span(&about)) == LW_OK);
    assert_string_equal(plain,
                        "Ladies and Gentlemen of the class of '99: If I could offer you only "
                        "one tip for the future, sunscreen would be it.");
}

static void any_changed_byte_is_noticed(void **state)
{
    LW_UNUSED(state);
    const struct bytes key = unhex(example_key), about = unhex("50515253c0c1c2c3c4c5c6c7");
    struct bytes sealed = unhex(sealed_example);
    uint8_t plain[256], zero[256] = {0};
    for (size_t i = 0; i < sealed.n; i++) {
        sealed.v[i] ^= 1;
        memset(plain, 0xaa, sizeof(plain));
        CHECK(lw_unseal(plain, key.v, span(&sealed), span(&about)) == LW_ECRYPTO);
        CHECK(memcmp(plain, zero, sealed.n - LW_SEAL_EXTRA) == 0);
        sealed.v[i] ^= 1;
    }
    const struct bytes other_key =
        unhex("818182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
    CHECK(lw_unseal(plain, other_key.v, span(&sealed), span(&about)) == LW_ECRYPTO);
    CHECK(lw_unseal(plain, key.v, span(&sealed), text("about")) == LW_ECRYPTO);
    sealed.n = LW_SEAL_EXTRA - 1;
    CHECK(lw_unseal(plain, key.v, span(&sealed), span(&about)) == LW_ECRYPTO);
}

static void what_is_sealed_opens_and_no_two_seals_are_alike(void **state)
{
    LW_UNUSED(state);
    const struct bytes key = unhex(example_key);
    const struct lw_span plain = text("a face"), about = text("record 1, photo");
    uint8_t a[64], b[64], back[64] = {0};
    CHECK(lw_seal(a, key.v, plain, about) == LW_OK && lw_seal(b, key.v, plain, about) == LW_OK);
    CHECK(memcmp(a, b, plain.n + LW_SEAL_EXTRA) != 0);
    CHECK(!memmem(a, sizeof(a), plain.data, plain.n));
    const struct lw_span sealed = {.data = a, .n = plain.n + LW_SEAL_EXTRA};
    CHECK(lw_unseal(back, key.v, sealed, about) == LW_OK);
    assert_string_equal((char *)back, "a face");
    const struct lw_span nothing = {0};
    CHECK(lw_seal(a, key.v, nothing, about) == LW_OK);
    CHECK(lw_unseal(back, key.v, (struct lw_span){.data = a, .n = LW_SEAL_EXTRA}, about) == LW_OK);
}

/* Long ones run through other code of the CPU than the draft's example. */
static void libsodium_opens_our_seals_of_any_length_and_we_its(void **state)
{
    LW_UNUSED(state);
    static const size_t lengths[] = {0, 1, 63, 64, 65, 255, 1024, 4097, 20000, 70001};
    static uint8_t plain[70001], sealed[70001 + LW_SEAL_EXTRA], back[70001];
    const struct bytes key = unhex(example_key);
    const struct lw_span about = text("record 1, photo");
    for (size_t i = 0; i < sizeof(plain); i++)
        plain[i] = (uint8_t)(i * 7 + i / 251);
    for (size_t i = 0; i < LW_COUNT(lengths); i++) {
        const struct lw_span in = {.data = plain, .n = lengths[i]};
        const struct lw_span all = {.data = sealed, .n = in.n + LW_SEAL_EXTRA};
        uint8_t *body = sealed + LW_SEAL_NONCE;
        CHECK(lw_seal(sealed, key.v, in, about) == LW_OK);
        CHECK(crypto_aead_xchacha20poly1305_ietf_decrypt(back, NULL, NULL, body, in.n + 16,
                                                         about.data, about.n, sealed, key.v) == 0);
        CHECK(memcmp(back, plain, in.n) == 0);
        sealed[0] ^= 1;
        CHECK(lw_unseal(back, key.v, all, about) == LW_ECRYPTO);
        CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(body, NULL, plain, in.n, about.data,
                                                         about.n, NULL, sealed, key.v) == 0);
        memset(back, 0, sizeof(back));
        CHECK(lw_unseal(back, key.v, all, about) == LW_OK && memcmp(back, plain, in.n) == 0);
    }
}

/* RFC 4231, test cases 1, 2 and 6. */
static void keyed_digests_of_the_rfc_are_right(void **state)
{
    LW_UNUSED(state);
    uint8_t out[LW_HMAC_BYTES];
    char hex[2 * LW_HMAC_BYTES + 1];
    const struct bytes k1 = unhex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
    CHECK(lw_hmac(out, span(&k1), text("Hi There")) == LW_OK);
    lw_hex_print(hex, (struct lw_span){.data = out, .n = sizeof(out)});
    assert_string_equal(hex, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(lw_hmac(out, text("Jefe"), text("what do ya want for nothing?")) == LW_OK);
    lw_hex_print(hex, (struct lw_span){.data = out, .n = sizeof(out)});
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    struct bytes k6 = {.n = 131};
    memset(k6.v, 0xaa, k6.n);
    CHECK(lw_hmac(out, span(&k6), text("Test Using Larger Than Block-Size Key - Hash Key First")) ==
          LW_OK);
    lw_hex_print(hex, (struct lw_span){.data = out, .n = sizeof(out)});
    assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* RFC 8032, 7.1: TEST 1 to TEST 3. */
static void signatures_of_the_rfc_are_right(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *seed, *public_key, *message, *signature;
    } cases[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701"
         "cf9"
         "b46bd25bf5f0595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d"
         "0f1"
         "1d8c387b2eaeb4302aeeb00d291612bb0c00"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f7609"
         "84d"
         "c6594a7c15e9716ed28dc027beceea1ec40a"},
    };
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        const struct bytes seed = unhex(cases[i].seed), pub = unhex(cases[i].public_key);
        const struct bytes sig = unhex(cases[i].signature);
        struct bytes message = unhex(cases[i].message);
        struct lw_signer s;
        uint8_t out[LW_SIGN_BYTES];
        CHECK(lw_signer_init(&s, seed.v) == LW_OK);
        assert_memory_equal(s.public_key, pub.v, LW_SIGN_PUBLIC);
        CHECK(lw_sign(out, &s, span(&message)) == LW_OK);
        assert_memory_equal(out, sig.v, LW_SIGN_BYTES);
        CHECK(lw_sign_good(pub.v, span(&message), out));
        out[5] ^= 4;
        CHECK(!lw_sign_good(pub.v, span(&message), out));
        message.v[message.n++] = 'x';
        CHECK(!lw_sign_good(pub.v, span(&message), sig.v));
        lw_signer_wipe(&s);
    }
}

static void hexadecimal_text_is_read_strictly(void **state)
{
    LW_UNUSED(state);
    uint8_t v[2] = {7, 7};
    char back[5];
    CHECK(lw_hex_parse(v, 2, "0aFf") == LW_EFORMAT && v[0] == 7);
    CHECK(lw_hex_parse(v, 2, "0aff0") == LW_EFORMAT && lw_hex_parse(v, 2, "0af") == LW_EFORMAT);
    CHECK(lw_hex_parse(v, 2, "0ag0") == LW_EFORMAT && lw_hex_parse(v, 2, "") == LW_EFORMAT);
    CHECK(lw_hex_parse(v, 2, "0aff") == LW_OK && v[0] == 0x0a && v[1] == 0xff);
    lw_hex_print(back, (struct lw_span){.data = v, .n = 2});
    assert_string_equal(back, "0aff");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_drafts_example_opens),
    cmocka_unit_test(any_changed_byte_is_noticed),
    cmocka_unit_test(what_is_sealed_opens_and_no_two_seals_are_alike),
    cmocka_unit_test(libsodium_opens_our_seals_of_any_length_and_we_its),
    cmocka_unit_test(keyed_digests_of_the_rfc_are_right),
    cmocka_unit_test(signatures_of_the_rfc_are_right),
    cmocka_unit_test(hexadecimal_text_is_read_strictly),
};
RUN_TESTS(tests)
