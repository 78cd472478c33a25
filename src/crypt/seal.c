#include "crypt/seal.h"

#include <sodium.h>

#include "crypt/digest.h"

_Static_assert(LW_SEAL_KEY == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key size");
_Static_assert(LW_SEAL_NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce size");
_Static_assert(LW_SEAL_EXTRA - LW_SEAL_NONCE == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");

/* sodium_init picks the CPU's instructions; it may be called from any thread, any number of times.
 */
static int ready(void)
{
    return sodium_init() < 0 ? LW_ECRYPTO : LW_OK;
}

int lw_seal(uint8_t *out, const uint8_t key[LW_SEAL_KEY], struct lw_span plain,
            struct lw_span about)
{
    int r = ready();
    if (r < 0 || (r = lw_random_bytes(out, LW_SEAL_NONCE)) < 0)
        return r;
    return crypto_aead_xchacha20poly1305_ietf_encrypt(out + LW_SEAL_NONCE, NULL, plain.data,
                                                      plain.n, about.data, about.n, NULL, out,
                                                      key) == 0
               ? LW_OK
               : LW_ECRYPTO;
}

int lw_unseal(uint8_t *out, const uint8_t key[LW_SEAL_KEY], struct lw_span sealed,
              struct lw_span about)
{
    if (ready() < 0 || sealed.n < LW_SEAL_EXTRA)
        return LW_ECRYPTO;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed.data + LW_SEAL_NONCE,
                                                   sealed.n - LW_SEAL_NONCE, about.data, about.n,
                                                   sealed.data, key) == 0)
        return LW_OK;
    lw_wipe(out, sealed.n - LW_SEAL_EXTRA);
    return LW_ECRYPTO;
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
