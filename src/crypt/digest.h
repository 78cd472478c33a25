/* crypt/digest.h - message digests. */
#ifndef LW_CRYPT_DIGEST_H
#define LW_CRYPT_DIGEST_H

#include "base/base.h"

enum { LW_SHA256_BYTES = 32, LW_SHA256_HEX = 65 };

/* FIPS 180-4. LW_ECRYPTO when the library refuses. */
int lw_sha256(uint8_t out[LW_SHA256_BYTES], struct lw_span bytes);
/* The same as 64 lower-case hexadecimal digits and NUL. */
int lw_sha256_hex(char out[LW_SHA256_HEX], struct lw_span bytes);

/* PBKDF2 with HMAC-SHA-256 (RFC 8018 5.2): takes long on purpose, for what could be guessed.
 * LW_ECRYPTO for fewer than 1 iterations. */
int lw_slow_digest(uint8_t out[LW_SHA256_BYTES], struct lw_span secret, struct lw_span salt,
                   int iterations);

/* Bytes from the system's cryptographic generator. */
int lw_random_bytes(void *out, size_t n);

#endif
