#include "crypt/seal.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

#include <openssl/evp.h>
#include <sodium.h>

#include "crypt/digest.h"

enum { TAG = LW_SEAL_EXTRA - LW_SEAL_NONCE, IETF_NONCE = 12 };

_Static_assert(LW_SEAL_KEY == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key size");
_Static_assert(LW_SEAL_NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce size");
_Static_assert(TAG == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");
_Static_assert(LW_SEAL_NONCE == crypto_core_hchacha20_INPUTBYTES + 8, "what the subkey leaves");

static EVP_CIPHER *rfc8439; /* kept: to find it takes as long as to seal a key */

static void find_cipher(void)
{
    rfc8439 = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
}

/* sodium_init picks the CPU's instructions; it may be called from any thread, any number of times.
 */
static int ready(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_cipher);
    return sodium_init() < 0 || !rfc8439 ? LW_ECRYPTO : LW_OK;
}

/* draft-irtf-cfrg-xchacha-03, 2.3: ChaCha20-Poly1305 (RFC 8439) under a subkey of key and the first
 * 16 bytes of the nonce, with the other 8 as its nonce. The subkey is libsodium's; RFC 8439 is
 * OpenSSL's, which uses all of the CPU's width and takes half the time for a photo. */
static bool begin(EVP_CIPHER_CTX *ctx, const uint8_t key[LW_SEAL_KEY],
                  const uint8_t nonce[LW_SEAL_NONCE], struct lw_span about, int seal)
{
    uint8_t subkey[crypto_core_hchacha20_OUTPUTBYTES], rest[IETF_NONCE] = {0};
    int n = 0;
    memcpy(rest + 4, nonce + crypto_core_hchacha20_INPUTBYTES, 8);
    bool ok = ctx && about.n <= INT_MAX && crypto_core_hchacha20(subkey, nonce, key, NULL) == 0 &&
              EVP_CipherInit_ex(ctx, rfc8439, NULL, subkey, rest, seal) == 1 &&
              (about.n == 0 || EVP_CipherUpdate(ctx, NULL, &n, about.data, (int)about.n) == 1);
    lw_wipe(subkey, sizeof(subkey));
    return ok;
}

static bool run(EVP_CIPHER_CTX *ctx, uint8_t *out, struct lw_span in)
{
    uint8_t none[1]; /* what is longer than a block comes out with Update */
    int n = 0;
    return in.n <= INT_MAX &&
           (in.n == 0 || EVP_CipherUpdate(ctx, out, &n, in.data, (int)in.n) == 1) &&
           (size_t)n == in.n && EVP_CipherFinal_ex(ctx, none, &n) == 1 && n == 0;
}

int lw_seal(uint8_t *out, const uint8_t key[LW_SEAL_KEY], struct lw_span plain,
            struct lw_span about)
{
    int r = ready();
    if (r < 0 || (r = lw_random_bytes(out, LW_SEAL_NONCE)) < 0)
        return r;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    uint8_t *body = out + LW_SEAL_NONCE;
    bool ok = begin(ctx, key, out, about, 1) && run(ctx, body, plain) &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, body + plain.n) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return ok ? LW_OK : LW_ECRYPTO;
}

int lw_unseal(uint8_t *out, const uint8_t key[LW_SEAL_KEY], struct lw_span sealed,
              struct lw_span about)
{
    uint8_t tag[TAG];
    if (ready() < 0 || sealed.n < LW_SEAL_EXTRA)
        return LW_ECRYPTO;
    const struct lw_span body = {.data = sealed.data + LW_SEAL_NONCE,
                                 .n = sealed.n - LW_SEAL_EXTRA};
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    memcpy(tag, body.data + body.n, TAG);
    bool ok = begin(ctx, key, sealed.data, about, 0) &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1 && run(ctx, out, body);
    EVP_CIPHER_CTX_free(ctx);
    if (!ok)
        lw_wipe(out, body.n);
    return ok ? LW_OK : LW_ECRYPTO;
}

int lw_hmac(uint8_t out[LW_HMAC_BYTES], struct lw_span key, struct lw_span bytes)
{
    crypto_auth_hmacsha256_state st;
    if (ready() < 0 || crypto_auth_hmacsha256_init(&st, key.data, key.n) != 0 ||
        crypto_auth_hmacsha256_update(&st, bytes.data, bytes.n) != 0 ||
        crypto_auth_hmacsha256_final(&st, out) != 0)
        return LW_ECRYPTO;
    lw_wipe(&st, sizeof(st));
    return LW_OK;
}
