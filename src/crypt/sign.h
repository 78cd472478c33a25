/* crypt/sign.h - Ed25519 signatures (RFC 8032). Thread-safe. */
#ifndef LW_CRYPT_SIGN_H
#define LW_CRYPT_SIGN_H

#include "base/base.h"

enum { LW_SIGN_SEED = 32, LW_SIGN_PUBLIC = 32, LW_SIGN_BYTES = 64 };

struct lw_signer {
    uint8_t secret[64];
    uint8_t public_key[LW_SIGN_PUBLIC];
};

int lw_signer_init(struct lw_signer *s, const uint8_t seed[LW_SIGN_SEED]);
void lw_signer_wipe(struct lw_signer *s);
int lw_sign(uint8_t out[LW_SIGN_BYTES], const struct lw_signer *s, struct lw_span message);
bool lw_sign_good(const uint8_t public_key[LW_SIGN_PUBLIC], struct lw_span message,
                  const uint8_t signature[LW_SIGN_BYTES]);

#endif
