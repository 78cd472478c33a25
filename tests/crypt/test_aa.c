#include "hex.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypt/aa.h"

/* ICAO 9303-11 appendix F: challenge, message block and the message in it. */
#define F_CHALLENGE "F173589974BF40C6"
#define F_BLOCK                                                                                    \
    "6A9D2784A67F8E7C659973EA1AEA25D9 5B6C8F91E5002F369F0FBDCE8A3CEC19"                            \
    "91B543F1696546C5524CF23A5303CD6C 98599F40B79F377B5F3A1406B3B4D8F9"                            \
    "6784D23AA88DB7E1032A405E69325FA9 1A6E86F5C71AEA978264C4A207446DAD"                            \
    "4E7292E2DCDA3024B47DA8C063AA1E6D 22FBD976AB0FE73D94D2D9C6D88127BC"

static void the_block_of_the_example_fits_its_challenge(void **state)
{
    LW_UNUSED(state);
    struct hex block = unhex(F_BLOCK);
    CHECK(lw_aa_block_fits(hex_span(&block), HEX(F_CHALLENGE)));
    CHECK(!lw_aa_block_fits(hex_span(&block), HEX("F173589974BF40C7")));
}

static void every_changed_byte_of_the_block_is_noticed(void **state)
{
    LW_UNUSED(state);
    struct hex block = unhex(F_BLOCK);
    for (size_t i = 0; i < block.n; i++) {
        block.bytes[i] ^= 0x10;
        CHECK(!lw_aa_block_fits(hex_span(&block), HEX(F_CHALLENGE)));
        block.bytes[i] ^= 0x10;
    }
}

struct key {
    EVP_PKEY *pkey;
    uint8_t *spki;
    size_t n;
};

static struct key key_of(EVP_PKEY *pkey)
{
    struct key k = {.pkey = pkey};
    int n = pkey ? i2d_PUBKEY(pkey, &k.spki) : 0;
    CHECK(n > 0);
    k.n = (size_t)n;
    return k;
}

static void drop(struct key *k)
{
    EVP_PKEY_free(k->pkey);
    OPENSSL_free(k->spki);
}

static struct lw_span spki(const struct key *k)
{
    return (struct lw_span){k->spki, k->n};
}

/* block^d mod n. */
static size_t raw_rsa(const struct key *k, const uint8_t *block, size_t n, uint8_t out[512])
{
    size_t len = 512;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(k->pkey, NULL);
    CHECK(EVP_PKEY_sign_init(ctx) == 1 && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1);
    CHECK(EVP_PKEY_sign(ctx, out, &len, block, n) == 1);
    EVP_PKEY_CTX_free(ctx);
    return len;
}

/* A block of k bytes whose recovered part is filled with 5A. */
static void make_block(uint8_t *block, size_t k, const EVP_MD *md, const char *trailer,
                       struct lw_span challenge)
{
    struct hex t = unhex(trailer);
    size_t hash = (size_t)EVP_MD_get_size(md), m = k - 1 - hash - t.n;
    uint8_t message[600];
    memset(message, 0x5a, m);
    memcpy(message + m, challenge.data, challenge.n);
    block[0] = 0x6a;
    memcpy(block + 1, message, m);
    CHECK(EVP_Digest(message, m + challenge.n, block + 1 + m, NULL, md, NULL) == 1);
    memcpy(block + k - t.n, t.bytes, t.n);
}

static void rsa_answers_with_every_hash_are_verified(void **state)
{
    LW_UNUSED(state);
    const struct {
        const EVP_MD *md;
        const char *trailer;
    } all[] = {{EVP_sha1(), "BC"},     {EVP_sha1(), "33CC"},   {EVP_sha224(), "38CC"},
               {EVP_sha256(), "34CC"}, {EVP_sha384(), "36CC"}, {EVP_sha512(), "35CC"}};
    struct key k = key_of(EVP_RSA_gen(2048)), other = key_of(EVP_RSA_gen(2048));
    struct lw_span challenge = HEX(F_CHALLENGE);
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        uint8_t block[256], sig[512];
        make_block(block, sizeof(block), all[i].md, all[i].trailer, challenge);
        struct lw_span s = {sig, raw_rsa(&k, block, sizeof(block), sig)};
        CHECK(lw_aa_verify(spki(&k), LW_AA_HASH_UNSAID, challenge, s, NULL) == 1);
        CHECK(lw_aa_verify(spki(&k), LW_AA_HASH_UNSAID, HEX("0011223344556677"), s, NULL) == 0);
        CHECK(lw_aa_verify(spki(&other), LW_AA_HASH_UNSAID, challenge, s, NULL) == 0);
        sig[100] ^= 1;
        CHECK(lw_aa_verify(spki(&k), LW_AA_HASH_UNSAID, challenge, s, NULL) == 0);
    }
    drop(&k);
    drop(&other);
}

static void an_answer_of_another_length_is_no_proof(void **state)
{
    LW_UNUSED(state);
    struct key k = key_of(EVP_RSA_gen(1024));
    uint8_t sig[1025] = {0};
    struct lw_why why;
    CHECK(lw_aa_verify(spki(&k), 0, HEX(F_CHALLENGE), (struct lw_span){sig, 127}, &why) == 0);
    CHECK(lw_aa_verify(spki(&k), 0, HEX(F_CHALLENGE), (struct lw_span){sig, 129}, &why) == 0);
    CHECK(lw_aa_verify(spki(&k), 0, HEX(F_CHALLENGE), (struct lw_span){sig, 1025}, &why) ==
          LW_ELIMIT);
    CHECK(lw_aa_verify(spki(&k), 0, HEX(F_CHALLENGE), (struct lw_span){sig, 0}, &why) == LW_ELIMIT);
    drop(&k);
}

/* Sign with ECDSA; the answer is r||s, or DER where plain is false. */
static size_t ecdsa(const struct key *k, const EVP_MD *md, struct lw_span m, bool plain,
                    uint8_t out[512])
{
    uint8_t der[512];
    size_t n = sizeof(der), field = ((size_t)EVP_PKEY_get_bits(k->pkey) + 7) / 8;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    CHECK(EVP_DigestSignInit(ctx, NULL, md, NULL, k->pkey) == 1);
    CHECK(EVP_DigestSign(ctx, der, &n, m.data, m.n) == 1);
    EVP_MD_CTX_free(ctx);
    if (!plain) {
        memcpy(out, der, n);
        return n;
    }
    const uint8_t *p = der;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)n);
    CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, (int)field) == (int)field);
    CHECK(BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + field, (int)field) == (int)field);
    ECDSA_SIG_free(sig);
    return 2 * field;
}

static void ecdsa_answers_are_verified_plain_and_as_der(void **state)
{
    LW_UNUSED(state);
    static const char *const curves[] = {"P-256", "brainpoolP384r1", "P-521", "brainpoolP320r1"};
    struct lw_span challenge = HEX(F_CHALLENGE);
    for (size_t i = 0; i < LW_COUNT(curves); i++) {
        struct key k = key_of(EVP_EC_gen(curves[i]));
        for (int plain = 0; plain < 2; plain++) {
            uint8_t out[512];
            struct lw_span s = {out, ecdsa(&k, EVP_sha384(), challenge, plain, out)};
            CHECK(lw_aa_verify(spki(&k), LW_AA_SHA384, challenge, s, NULL) == 1);
            CHECK(lw_aa_verify(spki(&k), LW_AA_HASH_UNSAID, challenge, s, NULL) == 1);
            CHECK(lw_aa_verify(spki(&k), LW_AA_SHA256, challenge, s, NULL) == 0);
            CHECK(lw_aa_verify(spki(&k), LW_AA_SHA384, HEX("00"), s, NULL) == 0);
            out[s.n - 1] ^= 1;
            CHECK(lw_aa_verify(spki(&k), LW_AA_SHA384, challenge, s, NULL) == 0);
        }
        drop(&k);
    }
}

static void keys_that_prove_nothing_are_refused(void **state)
{
    LW_UNUSED(state);
    struct lw_why why;
    uint8_t s[64] = {1};
    struct key ed = key_of(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
    struct key small = key_of(EVP_RSA_gen(512));
    struct lw_span sig = {s, 64};
    CHECK(lw_aa_verify(spki(&ed), 0, HEX(F_CHALLENGE), sig, &why) == LW_EUNSUP);
    CHECK(lw_aa_verify(spki(&small), 0, HEX(F_CHALLENGE), sig, &why) == LW_EUNSUP);
    CHECK(lw_aa_verify(HEX("3000"), 0, HEX(F_CHALLENGE), sig, &why) == LW_EFORMAT);
    drop(&ed);
    drop(&small);
}

static void hashes_are_named_by_their_signature_algorithm(void **state)
{
    LW_UNUSED(state);
    CHECK(lw_aa_hash_of_oid("0.4.0.127.0.7.1.1.4.1.1") == LW_AA_SHA1);
    CHECK(lw_aa_hash_of_oid("0.4.0.127.0.7.1.1.4.1.3") == LW_AA_SHA256);
    CHECK(lw_aa_hash_of_oid("0.4.0.127.0.7.1.1.4.1.5") == LW_AA_SHA512);
    CHECK(lw_aa_hash_of_oid("0.4.0.127.0.7.1.1.4.1.6") == LW_AA_HASH_UNSAID); /* RIPEMD-160 */
    CHECK(lw_aa_hash_of_oid("0.4.0.127.0.7.1.1.4.1.33") == LW_AA_HASH_UNSAID);
    CHECK(lw_aa_hash_of_oid("1.2.840.10045.4.3.2") == LW_AA_HASH_UNSAID);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_block_of_the_example_fits_its_challenge),
    cmocka_unit_test(every_changed_byte_of_the_block_is_noticed),
    cmocka_unit_test(rsa_answers_with_every_hash_are_verified),
    cmocka_unit_test(an_answer_of_another_length_is_no_proof),
    cmocka_unit_test(ecdsa_answers_are_verified_plain_and_as_der),
    cmocka_unit_test(keys_that_prove_nothing_are_refused),
    cmocka_unit_test(hashes_are_named_by_their_signature_algorithm),
};
RUN_TESTS(tests)
