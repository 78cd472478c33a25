#include "crypt/aa.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypt/group_priv.h"

enum { SPKI_MAX = 4096, SIGNATURE_MAX = 1024, RSA_BITS_MAX = 4096, RSA_BITS_MIN = 1024 };

static const EVP_MD *digest_of(enum lw_aa_hash h)
{
    switch (h) {
    case LW_AA_SHA1:
        return EVP_sha1();
    case LW_AA_SHA224:
        return EVP_sha224();
    case LW_AA_SHA256:
        return EVP_sha256();
    case LW_AA_SHA384:
        return EVP_sha384();
    case LW_AA_SHA512:
        return EVP_sha512();
    case LW_AA_HASH_UNSAID:
        break;
    }
    return NULL;
}

enum lw_aa_hash lw_aa_hash_of_oid(const char *dotted)
{
    static const char plain[] = "0.4.0.127.0.7.1.1.4.1.";
    size_t n = sizeof(plain) - 1;
    if (strncmp(dotted, plain, n) != 0 || dotted[n] < '1' || dotted[n] > '5' || dotted[n + 1])
        return LW_AA_HASH_UNSAID;
    return (enum lw_aa_hash)(LW_AA_SHA1 + (dotted[n] - '1'));
}

/* ISO/IEC 9796-2 8.1.2 with the hash identifiers of ISO/IEC 10118-3; *n: bytes of the trailer. */
static const EVP_MD *digest_of_trailer(struct lw_span block, size_t *n)
{
    uint8_t last = block.data[block.n - 1], before = block.data[block.n - 2];
    *n = last == 0xcc ? 2 : 1;
    if (last == 0xbc)
        return EVP_sha1();
    if (last != 0xcc)
        return NULL;
    switch (before) {
    case 0x33:
        return EVP_sha1();
    case 0x34:
        return EVP_sha256();
    case 0x35:
        return EVP_sha512();
    case 0x36:
        return EVP_sha384();
    case 0x38:
        return EVP_sha224();
    default:
        return NULL;
    }
}

/* Offset of the recovered message: after 6A, or after 6B BB .. BA where it does not fill the block.
 * 0: no header of a partial recovery. */
static size_t message_offset(struct lw_span block)
{
    if (block.data[0] == 0x6a)
        return 1;
    if (block.data[0] != 0x6b)
        return 0;
    size_t i = 1;
    while (i < block.n && block.data[i] == 0xbb)
        i++;
    return i < block.n && block.data[i] == 0xba ? i + 1 : 0;
}

bool lw_aa_block_fits(struct lw_span block, struct lw_span challenge)
{
    if (block.n < 64)
        return false;
    size_t trailer, start = message_offset(block);
    const EVP_MD *md = digest_of_trailer(block, &trailer);
    if (!md || start == 0)
        return false;
    size_t hash = (size_t)EVP_MD_get_size(md);
    if (start + hash + trailer > block.n)
        return false;
    struct lw_span message = {block.data + start, block.n - start - hash - trailer};
    uint8_t d[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestInit_ex(ctx, md, NULL) == 1 &&
              EVP_DigestUpdate(ctx, message.data, message.n) == 1 &&
              EVP_DigestUpdate(ctx, challenge.data, challenge.n) == 1 &&
              EVP_DigestFinal_ex(ctx, d, NULL) == 1 &&
              memcmp(d, message.data + message.n, hash) == 0;
    EVP_MD_CTX_free(ctx);
    return ok;
}

static int verify_rsa(EVP_PKEY *key, struct lw_span challenge, struct lw_span signature,
                      struct lw_why *why)
{
    int bits = EVP_PKEY_get_bits(key);
    if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
        return lw_why_set(why, LW_EUNSUP, -1, "RSA key of %d bits", bits);
    uint8_t block[RSA_BITS_MAX / 8];
    size_t n = sizeof(block);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    bool ok = ctx && EVP_PKEY_verify_recover_init(ctx) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1 &&
              EVP_PKEY_verify_recover(ctx, block, &n, signature.data, signature.n) == 1 &&
              lw_aa_block_fits((struct lw_span){block, n}, challenge);
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

/* r||s (BSI TR-03111 5.2.1) as OpenSSL wants it; 0 when it is no such signature. Some chips send
 * the DER structure instead of the plain one: both are taken, as neither proves less. */
static int to_der(struct lw_span plain, size_t field, uint8_t **der)
{
    *der = NULL;
    if (plain.n != 2 * field) {
        const uint8_t *p = plain.data;
        ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)plain.n);
        int n = sig && p == plain.data + plain.n ? i2d_ECDSA_SIG(sig, der) : 0;
        ECDSA_SIG_free(sig);
        return n;
    }
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(plain.data, (int)field, NULL);
    BIGNUM *s = BN_bin2bn(plain.data + field, (int)field, NULL);
    int n = 0;
    if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
        n = i2d_ECDSA_SIG(sig, der);
    } else {
        BN_free(r);
        BN_free(s);
    }
    ECDSA_SIG_free(sig);
    return n;
}

static bool ecdsa_fits(EVP_PKEY *key, const EVP_MD *md, struct lw_span challenge,
                       const uint8_t *der, int n)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) == 1 &&
              EVP_DigestVerify(ctx, der, (size_t)n, challenge.data, challenge.n) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}

static int verify_ecdsa(EVP_PKEY *key, enum lw_aa_hash hash, struct lw_span challenge,
                        struct lw_span signature)
{
    size_t field = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
    uint8_t *der;
    int n = to_der(signature, field, &der);
    bool ok = false;
    enum lw_aa_hash first = hash ? hash : LW_AA_SHA1, last = hash ? hash : LW_AA_SHA512;
    for (enum lw_aa_hash h = first; n > 0 && !ok && h <= last; h++)
        ok = ecdsa_fits(key, digest_of(h), challenge, der, n);
    OPENSSL_free(der);
    return ok;
}

int lw_aa_verify(struct lw_span spki, enum lw_aa_hash ecdsa_hash, struct lw_span challenge,
                 struct lw_span signature, struct lw_why *why)
{
    if (spki.n > SPKI_MAX || signature.n > SIGNATURE_MAX || signature.n == 0)
        return lw_why_set(why, LW_ELIMIT, -1,
                          "active authentication: key of %zu, answer of %zu bytes", spki.n,
                          signature.n);
    const uint8_t *p = spki.data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)spki.n);
    int r;
    if (!key || p != spki.data + spki.n)
        r = lw_why_set(why, LW_EFORMAT, -1, "key for active authentication is not readable");
    else if (EVP_PKEY_is_a(key, "RSA"))
        r = verify_rsa(key, challenge, signature, why);
    else if (EVP_PKEY_is_a(key, "EC") && lw_group_known_curve(key) != NID_undef)
        r = verify_ecdsa(key, ecdsa_hash, challenge, signature);
    else
        r = lw_why_set(why, LW_EUNSUP, -1, "key for active authentication is of no known kind");
    EVP_PKEY_free(key);
    return r;
}
