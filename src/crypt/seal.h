/* crypt/seal.h - authenticated encryption of one blob, and keyed digests. Thread-safe. */
#ifndef LW_CRYPT_SEAL_H
#define LW_CRYPT_SEAL_H

#include "base/base.h"

enum {
    LW_SEAL_KEY = 32,
    LW_SEAL_NONCE = 24,
    LW_SEAL_EXTRA = LW_SEAL_NONCE + 16 /* what sealing adds: random nonce before, tag behind */
};

/* XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03). `about` is not encrypted, but has to be the same
 * when the seal is opened. out holds plain.n + LW_SEAL_EXTRA bytes. */
int lw_seal(uint8_t *out, const uint8_t key[LW_SEAL_KEY], struct lw_span plain,
            struct lw_span about);
/* out holds sealed.n - LW_SEAL_EXTRA bytes. LW_ECRYPTO: changed, cut, another key or another
 * `about`; out then holds nothing of it. */
int lw_unseal(uint8_t *out, const uint8_t key[LW_SEAL_KEY], struct lw_span sealed,
              struct lw_span about);

enum { LW_HMAC_BYTES = 32 };
/* HMAC-SHA-256 (RFC 2104, FIPS 198-1). */
int lw_hmac(uint8_t out[LW_HMAC_BYTES], struct lw_span key, struct lw_span bytes);

#endif
