#include "crypt/cipher.h"

#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "crypt/digest.h"
#include "crypt/random.h"

enum { DES_BLOCK = 8, DES_KEY = 8, AES_BLOCK = 16 };

int lw_random_fill(const struct lw_random *r, uint8_t *out, size_t n)
{
    return r ? r->fill(r->ctx, out, n) : lw_random_bytes(out, n);
}

size_t lw_cipher_key_bytes(enum lw_cipher c)
{
    return c == LW_CIPHER_AES256 ? 32 : c == LW_CIPHER_AES192 ? 24 : 16;
}

size_t lw_cipher_block_bytes(enum lw_cipher c)
{
    return c == LW_CIPHER_3DES ? DES_BLOCK : AES_BLOCK;
}

const char *lw_cipher_name(enum lw_cipher c)
{
    static const char *const names[] = {"3DES", "AES-128", "AES-192", "AES-256"};
    return names[c];
}

static const EVP_CIPHER *cbc_of(enum lw_cipher c)
{
    switch (c) {
    case LW_CIPHER_3DES:
        return EVP_des_ede_cbc();
    case LW_CIPHER_AES128:
        return EVP_aes_128_cbc();
    case LW_CIPHER_AES192:
        return EVP_aes_192_cbc();
    case LW_CIPHER_AES256:
        return EVP_aes_256_cbc();
    }
    return NULL;
}

static int run(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv, struct lw_span in,
               uint8_t *out, int encrypt)
{
    static const uint8_t zeros[LW_CIPHER_BLOCK_MAX];
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n = 0, tail = 0;
    bool ok = ctx && in.n <= INT32_MAX &&
              EVP_CipherInit_ex(ctx, cipher, NULL, key, iv ? iv : zeros, encrypt) == 1 &&
              EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
              EVP_CipherUpdate(ctx, out, &n, in.data, (int)in.n) == 1 &&
              EVP_CipherFinal_ex(ctx, out + n, &tail) == 1 && (size_t)n == in.n && tail == 0;
    EVP_CIPHER_CTX_free(ctx);
    return ok ? LW_OK : LW_ECRYPTO;
}

static int whole_blocks(enum lw_cipher c, const uint8_t *key, const uint8_t *iv, struct lw_span in,
                        uint8_t *out, int encrypt)
{
    if (in.n % lw_cipher_block_bytes(c) != 0)
        return LW_EINVAL;
    return in.n == 0 ? LW_OK : run(cbc_of(c), key, iv, in, out, encrypt);
}

int lw_cipher_encrypt(enum lw_cipher c, const uint8_t *key, const uint8_t *iv, struct lw_span in,
                      uint8_t *out)
{
    return whole_blocks(c, key, iv, in, out, 1);
}

int lw_cipher_decrypt(enum lw_cipher c, const uint8_t *key, const uint8_t *iv, struct lw_span in,
                      uint8_t *out)
{
    return whole_blocks(c, key, iv, in, out, 0);
}

/* ISO/IEC 9797-1 algorithm 3: single DES with the first key over all blocks but the last, then
 * triple DES. Single DES is triple DES with one key three times (the default provider of OpenSSL 3
 * has no single DES). */
static int retail_mac(const uint8_t *key, struct lw_span in, uint8_t out[DES_BLOCK])
{
    uint8_t one[3 * DES_KEY], chain[DES_BLOCK] = {0}, scratch[256];
    if (in.n == 0 || in.n % DES_BLOCK != 0)
        return LW_EINVAL;
    for (size_t i = 0; i < 3; i++)
        memcpy(one + i * DES_KEY, key, DES_KEY);
    struct lw_span rest = in;
    int r = LW_OK;
    while (r == LW_OK && rest.n > DES_BLOCK) {
        size_t n = rest.n - DES_BLOCK < sizeof(scratch) ? rest.n - DES_BLOCK : sizeof(scratch);
        r = run(EVP_des_ede3_cbc(), one, chain, (struct lw_span){rest.data, n}, scratch, 1);
        memcpy(chain, scratch + n - DES_BLOCK, DES_BLOCK);
        rest.data += n;
        rest.n -= n;
    }
    if (r == LW_OK)
        r = run(EVP_des_ede_cbc(), key, chain, rest, out, 1);
    lw_wipe(one, sizeof(one));
    lw_wipe(scratch, sizeof(scratch));
    return r;
}

static int cmac(enum lw_cipher c, const uint8_t *key, struct lw_span in, uint8_t out[AES_BLOCK])
{
    static const char *const names[] = {NULL, "AES-128-CBC", "AES-192-CBC", "AES-256-CBC"};
    char name[16];
    snprintf(name, sizeof(name), "%s", names[c]);
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, name, 0),
                           OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "CMAC", NULL);
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
    size_t n = 0;
    bool ok = ctx && EVP_MAC_init(ctx, key, lw_cipher_key_bytes(c), params) == 1 &&
              EVP_MAC_update(ctx, in.data, in.n) == 1 &&
              EVP_MAC_final(ctx, out, &n, AES_BLOCK) == 1 && n == AES_BLOCK;
    EVP_MAC_CTX_free(ctx);
    EVP_MAC_free(mac);
    return ok ? LW_OK : LW_ECRYPTO;
}

int lw_cipher_mac(enum lw_cipher c, const uint8_t *key, struct lw_span in,
                  uint8_t out[LW_CIPHER_MAC])
{
    if (c == LW_CIPHER_3DES)
        return retail_mac(key, in, out);
    uint8_t whole[AES_BLOCK];
    int r = cmac(c, key, in, whole);
    if (r == LW_OK)
        memcpy(out, whole, LW_CIPHER_MAC);
    return r;
}

bool lw_cipher_mac_equal(const uint8_t a[LW_CIPHER_MAC], const uint8_t b[LW_CIPHER_MAC])
{
    return CRYPTO_memcmp(a, b, LW_CIPHER_MAC) == 0;
}

void lw_pad_put(struct lw_strbuf *b, size_t block)
{
    lw_strbuf_putc(b, (char)0x80);
    while (!lw_strbuf_err(b) && b->n % block != 0)
        lw_strbuf_putc(b, 0);
}

int lw_pad_strip(struct lw_span padded, size_t block, size_t *n)
{
    if (padded.n == 0 || padded.n % block != 0)
        return LW_EFORMAT;
    size_t i = padded.n - 1, first = padded.n - block;
    while (i > first && padded.data[i] == 0)
        i--;
    if (padded.data[i] != 0x80)
        return LW_EFORMAT;
    *n = i;
    return LW_OK;
}

static int digest(const EVP_MD *md, struct lw_span bytes, uint8_t *out)
{
    uint8_t nothing = 0;
    return EVP_Digest(bytes.n ? bytes.data : &nothing, bytes.n, out, NULL, md, NULL) == 1
               ? LW_OK
               : LW_ECRYPTO;
}

int lw_sha1(uint8_t out[LW_SHA1_BYTES], struct lw_span bytes)
{
    return digest(EVP_sha1(), bytes, out);
}

/* The lowest bit of each byte makes the number of ones odd (FIPS 46-3). */
static void set_parity(uint8_t *key, size_t n)
{
    for (size_t i = 0; i < n; i++)
        key[i] = (uint8_t)((key[i] & 0xfe) | (__builtin_parity(key[i] & 0xfeu) ? 0 : 1));
}

int lw_kdf(enum lw_cipher c, struct lw_span secret, uint32_t counter,
           uint8_t out[LW_CIPHER_KEY_MAX])
{
    const uint8_t be[4] = {(uint8_t)(counter >> 24), (uint8_t)(counter >> 16),
                           (uint8_t)(counter >> 8), (uint8_t)counter};
    uint8_t md[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool sha256 = c == LW_CIPHER_AES192 || c == LW_CIPHER_AES256;
    bool ok = ctx && EVP_DigestInit_ex(ctx, sha256 ? EVP_sha256() : EVP_sha1(), NULL) == 1 &&
              EVP_DigestUpdate(ctx, secret.data, secret.n) == 1 &&
              EVP_DigestUpdate(ctx, be, sizeof(be)) == 1 && EVP_DigestFinal_ex(ctx, md, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    if (!ok)
        return LW_ECRYPTO;
    memcpy(out, md, lw_cipher_key_bytes(c));
    if (c == LW_CIPHER_3DES)
        set_parity(out, 16);
    lw_wipe(md, sizeof(md));
    return LW_OK;
}
