#include "hex.h"

#include "crypt/cipher.h"

static void check_key(const uint8_t *key, enum lw_cipher c, const char *want)
{
    check_hex((struct lw_span){key, lw_cipher_key_bytes(c)}, want);
}

/* ICAO 9303-11 D.2 and D.3. */
static void keys_of_the_bac_example_are_derived(void **state)
{
    LW_UNUSED(state);
    uint8_t md[LW_SHA1_BYTES], key[LW_CIPHER_KEY_MAX];
    static const char info[] = "L898902C<369080619406236";
    CHECK(lw_sha1(md, (struct lw_span){(const uint8_t *)info, sizeof(info) - 1}) == LW_OK);
    check_hex((struct lw_span){md, 16}, "239AB9CB282DAF66231DC5A4DF6BFBAE");
    CHECK(lw_kdf(LW_CIPHER_3DES, (struct lw_span){md, 16}, 1, key) == LW_OK);
    check_key(key, LW_CIPHER_3DES, "AB94FDECF2674FDFB9B391F85D7F76F2");
    CHECK(lw_kdf(LW_CIPHER_3DES, (struct lw_span){md, 16}, 2, key) == LW_OK);
    check_key(key, LW_CIPHER_3DES, "7962D9ECE03D1ACD4C76089DCE131543");
    CHECK(lw_kdf(LW_CIPHER_3DES, HEX("0036D272F5C350ACAC50C3F572D23600"), 1, key) == LW_OK);
    check_key(key, LW_CIPHER_3DES, "979EC13B1CBFE9DCD01AB0FED307EAE5");
    CHECK(lw_kdf(LW_CIPHER_3DES, HEX("0036D272F5C350ACAC50C3F572D23600"), 2, key) == LW_OK);
    check_key(key, LW_CIPHER_3DES, "F1CB1F1FB5ADF208806B89DC579DC1F8");
}

/* 9303-11 G.1: K_pi and the session keys. */
static void keys_of_the_pace_example_are_derived(void **state)
{
    LW_UNUSED(state);
    uint8_t md[LW_SHA1_BYTES], key[LW_CIPHER_KEY_MAX];
    static const char info[] = "T22000129364081251010318";
    CHECK(lw_sha1(md, (struct lw_span){(const uint8_t *)info, sizeof(info) - 1}) == LW_OK);
    check_hex((struct lw_span){md, 20}, "7E2D2A41 C74EA0B3 8CD36F86 3939BFA8 E9032AAD");
    CHECK(lw_kdf(LW_CIPHER_AES128, (struct lw_span){md, 20}, 3, key) == LW_OK);
    check_key(key, LW_CIPHER_AES128, "89DED1B2 6624EC1E 634C1989 302849DD");
    uint8_t nonce[16];
    CHECK(lw_cipher_decrypt(LW_CIPHER_AES128, key, NULL, HEX("95A3A016 522EE98D 01E76CB6 B98B42C3"),
                            nonce) == LW_OK);
    check_hex((struct lw_span){nonce, 16}, "3F00C4D3 9D153F2B 2A214A07 8D899B22");
}

/* SHA-256 of the secret and 00000001, cut to the key: computed with sha256sum. */
static void long_aes_keys_come_from_sha256(void **state)
{
    LW_UNUSED(state);
    uint8_t key[LW_CIPHER_KEY_MAX];
    CHECK(lw_kdf(LW_CIPHER_AES256, HEX("00"), 1, key) == LW_OK);
    check_key(key, LW_CIPHER_AES256,
              "15f2f1a4339f5f2a313b95015cad8124d054a171ac2f31cf529dda7cfb6a38b4");
    CHECK(lw_kdf(LW_CIPHER_AES192, HEX("00"), 1, key) == LW_OK);
    check_key(key, LW_CIPHER_AES192, "15f2f1a4339f5f2a313b95015cad8124d054a171ac2f31cf");
}

/* 9303-11 D.3. */
static void encryption_and_code_of_the_bac_example_are_right(void **state)
{
    LW_UNUSED(state);
    struct hex s = unhex("781723860C06C2264608F919887022120B795240CB7049B01C19B33E32804F0B");
    const struct hex kenc = unhex("AB94FDECF2674FDFB9B391F85D7F76F2");
    const struct hex kmac = unhex("7962D9ECE03D1ACD4C76089DCE131543");
    uint8_t mac[LW_CIPHER_MAC];
    CHECK(lw_cipher_encrypt(LW_CIPHER_3DES, kenc.bytes, NULL, hex_span(&s), s.bytes) == LW_OK);
    check_hex(hex_span(&s), "72C29C2371CC9BDB65B779B8E8D37B29"
                            "ECC154AA56A8799FAE2F498F76ED92F2");
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    lw_strbuf_put(&b, s.bytes, s.n);
    lw_pad_put(&b, 8);
    CHECK(lw_cipher_mac(LW_CIPHER_3DES, kmac.bytes, lw_strbuf_span(&b), mac) == LW_OK);
    check_hex((struct lw_span){mac, 8}, "5F1448EEA8AD90A7");
    CHECK(lw_cipher_decrypt(LW_CIPHER_3DES, kenc.bytes, NULL,
                            HEX("46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F"),
                            s.bytes) == LW_OK);
    check_hex(hex_span(&s), "4608F91988702212781723860C06C226"
                            "0B4F80323EB3191CB04970CB4052790B");
}

/* One block, whose chain is empty, and more than the scratch buffer holds. */
static void retail_mac_of_any_number_of_blocks_chains_correctly(void **state)
{
    LW_UNUSED(state);
    const struct hex key = unhex("7CA110454A1A6E570131D9619DC1376E");
    uint8_t mac[LW_CIPHER_MAC];
    /* "Hello World !!!!": the vector that several implementations of algorithm 3 test with. */
    CHECK(lw_cipher_mac(LW_CIPHER_3DES, key.bytes, HEX("48656C6C6F20576F726C642021212121"), mac) ==
          LW_OK);
    check_hex((struct lw_span){mac, 8}, "F09B856213BAB83B");
    uint8_t longer[800] = {0}, split[800], last[8];
    CHECK(lw_cipher_mac(LW_CIPHER_3DES, key.bytes, (struct lw_span){longer, 800}, mac) == LW_OK);
    /* The same by the definition: single DES over all blocks, then decrypt and encrypt. */
    uint8_t k1[16], k2[16];
    memcpy(k1, key.bytes, 8), memcpy(k1 + 8, key.bytes, 8);
    memcpy(k2, key.bytes + 8, 8), memcpy(k2 + 8, key.bytes + 8, 8);
    CHECK(lw_cipher_encrypt(LW_CIPHER_3DES, k1, NULL, (struct lw_span){longer, 800}, split) ==
          LW_OK);
    CHECK(lw_cipher_decrypt(LW_CIPHER_3DES, k2, NULL, (struct lw_span){split + 792, 8}, last) ==
          LW_OK);
    CHECK(lw_cipher_encrypt(LW_CIPHER_3DES, k1, NULL, (struct lw_span){last, 8}, last) == LW_OK);
    CHECK(lw_cipher_mac_equal(mac, last));
    CHECK(lw_cipher_mac(LW_CIPHER_3DES, key.bytes, (struct lw_span){longer, 7}, mac) == LW_EINVAL);
    CHECK(lw_cipher_mac(LW_CIPHER_3DES, key.bytes, (struct lw_span){longer, 0}, mac) == LW_EINVAL);
}

/* NIST SP 800-38B appendix D: examples 2, 7 and 11, cut to 8 bytes. */
static void aes_codes_are_those_of_nist(void **state)
{
    LW_UNUSED(state);
    uint8_t mac[LW_CIPHER_MAC];
    const struct hex k128 = unhex("2b7e1516 28aed2a6 abf71588 09cf4f3c");
    const struct hex k192 = unhex("8e73b0f7 da0e6452 c810f32b 809079e5 62f8ead2 522c6b7b");
    const struct hex k256 = unhex("603deb10 15ca71be 2b73aef0 857d7781"
                                  "1f352c07 3b6108d7 2d9810a3 0914dff4");
    const struct hex m = unhex("6bc1bee2 2e409f96 e93d7e11 7393172a ae2d8a57 1e03ac9c 9eb76fac"
                               "45af8e51 30c81c46 a35ce411");
    CHECK(lw_cipher_mac(LW_CIPHER_AES128, k128.bytes, (struct lw_span){m.bytes, 16}, mac) == LW_OK);
    check_hex((struct lw_span){mac, 8}, "070a16b4 6b4d4144");
    CHECK(lw_cipher_mac(LW_CIPHER_AES192, k192.bytes, (struct lw_span){m.bytes, 40}, mac) == LW_OK);
    check_hex((struct lw_span){mac, 8}, "8a1de5be 2eb31aad");
    CHECK(lw_cipher_mac(LW_CIPHER_AES256, k256.bytes, (struct lw_span){m.bytes, 40}, mac) == LW_OK);
    check_hex((struct lw_span){mac, 8}, "aaf3d8f1 de5640c2");
}

static void padding_is_taken_off_only_where_it_is_whole(void **state)
{
    LW_UNUSED(state);
    size_t n = 99;
    CHECK(lw_pad_strip(HEX("0102030405060780"), 8, &n) == LW_OK && n == 7);
    CHECK(lw_pad_strip(HEX("0102030405060708 8000000000000000"), 8, &n) == LW_OK && n == 8);
    CHECK(lw_pad_strip(HEX("8000000000000000"), 8, &n) == LW_OK && n == 0);
    n = 99;
    CHECK(lw_pad_strip(HEX("0102030405060708"), 8, &n) == LW_EFORMAT);
    CHECK(lw_pad_strip(HEX("0180000000000000 0000000000000000"), 8, &n) == LW_EFORMAT);
    CHECK(lw_pad_strip(HEX("01028000"), 8, &n) == LW_EFORMAT);
    CHECK(lw_pad_strip((struct lw_span){0}, 8, &n) == LW_EFORMAT && n == 99);
}

static void parts_of_blocks_are_refused(void **state)
{
    LW_UNUSED(state);
    uint8_t key[32] = {0}, out[32];
    CHECK(lw_cipher_encrypt(LW_CIPHER_AES128, key, NULL, (struct lw_span){out, 15}, out) ==
          LW_EINVAL);
    CHECK(lw_cipher_decrypt(LW_CIPHER_3DES, key, NULL, (struct lw_span){out, 9}, out) == LW_EINVAL);
    CHECK(lw_cipher_encrypt(LW_CIPHER_AES256, key, NULL, (struct lw_span){NULL, 0}, out) == LW_OK);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(keys_of_the_bac_example_are_derived),
    cmocka_unit_test(keys_of_the_pace_example_are_derived),
    cmocka_unit_test(long_aes_keys_come_from_sha256),
    cmocka_unit_test(encryption_and_code_of_the_bac_example_are_right),
    cmocka_unit_test(retail_mac_of_any_number_of_blocks_chains_correctly),
    cmocka_unit_test(aes_codes_are_those_of_nist),
    cmocka_unit_test(padding_is_taken_off_only_where_it_is_whole),
    cmocka_unit_test(parts_of_blocks_are_refused),
};
RUN_TESTS(tests)
