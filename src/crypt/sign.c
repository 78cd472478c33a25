#include "crypt/sign.h"

#include <sodium.h>

_Static_assert(sizeof(((struct lw_signer *)0)->secret) == crypto_sign_ed25519_SECRETKEYBYTES,
               "secret key size");
_Static_assert(LW_SIGN_BYTES == crypto_sign_ed25519_BYTES, "signature size");

int lw_signer_init(struct lw_signer *s, const uint8_t seed[LW_SIGN_SEED])
{
    if (sodium_init() < 0 || crypto_sign_ed25519_seed_keypair(s->public_key, s->secret, seed) != 0)
        return LW_ECRYPTO;
    return LW_OK;
}

void lw_signer_wipe(struct lw_signer *s)
{
    lw_wipe(s, sizeof(*s));
}

int lw_sign(uint8_t out[LW_SIGN_BYTES], const struct lw_signer *s, struct lw_span message)
{
    return crypto_sign_ed25519_detached(out, NULL, message.data, message.n, s->secret) == 0
               ? LW_OK
               : LW_ECRYPTO;
}

bool lw_sign_good(const uint8_t public_key[LW_SIGN_PUBLIC], struct lw_span message,
                  const uint8_t signature[LW_SIGN_BYTES])
{
    return sodium_init() >= 0 &&
           crypto_sign_ed25519_verify_detached(signature, message.data, message.n, public_key) == 0;
}
