#include "crypt/warm.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "crypt/hash.h"

static bool warm_hashes(void)
{
    static const uint8_t byte[1];
    uint8_t md[LW_HASH_BYTES_MAX];
    bool ok = true;
    for (int h = LW_HASH_SHA1; h <= LW_HASH_SHA512; h++)
        ok = lw_hash(md, (enum lw_hash)h, (struct lw_span){byte, 1}) == LW_OK && ok;
    return ok;
}

/* Through DER and back, as keys of certificates come. NULL: not possible. */
static EVP_PKEY *decoded_again(EVP_PKEY *key)
{
    uint8_t *der = NULL;
    const int n = key ? i2d_PUBKEY(key, &der) : 0;
    const uint8_t *p = der;
    EVP_PKEY *again = n > 0 ? d2i_PUBKEY(NULL, &p, n) : NULL;
    OPENSSL_free(der);
    return again;
}

static bool warm_curve(void)
{
    static const uint8_t byte[1];
    uint8_t sig[256];
    size_t n = sizeof(sig);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    EVP_PKEY *again = decoded_again(key);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = again && ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestSign(ctx, sig, &n, byte, 1) == 1;
    EVP_MD_CTX_free(ctx);
    ctx = EVP_MD_CTX_new();
    ok = ok && ctx && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, again) == 1 &&
         EVP_DigestVerify(ctx, sig, n, byte, 1) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(again);
    EVP_PKEY_free(key);
    return ok;
}

/* A public key with a modulus that nobody made: making one takes long, and none is needed. */
static EVP_PKEY *some_rsa_key(void)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    BIGNUM *n = BN_new();
    OSSL_PARAM *params = NULL;
    if (ctx && bld && n && BN_set_bit(n, 2047) == 1 && BN_set_bit(n, 0) == 1 &&
        OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_ulong(bld, OSSL_PKEY_PARAM_RSA_E, 65537) == 1)
        params = OSSL_PARAM_BLD_to_param(bld);
    if (!params || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(bld);
    BN_free(n);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static bool warm_rsa(void)
{
    static const uint8_t byte[1], sig[256];
    EVP_PKEY *key = some_rsa_key(), *again = decoded_again(key);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const bool ok = again && ctx &&
                    EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, again) == 1 &&
                    EVP_DigestVerify(ctx, sig, sizeof(sig), byte, 1) != 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(again);
    EVP_PKEY_free(key);
    return ok;
}

int lw_crypt_warm_up(void)
{
    uint8_t random[16];
    if (OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL) != 1)
        return LW_ECRYPTO;
    const bool ok =
        RAND_bytes(random, sizeof(random)) == 1 && warm_hashes() && warm_curve() && warm_rsa();
    return ok ? LW_OK : LW_ECRYPTO;
}
