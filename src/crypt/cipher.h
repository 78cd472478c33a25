/* crypt/cipher.h - the block ciphers, codes and key derivation of ICAO 9303-11 section 9. */
#ifndef LW_CRYPT_CIPHER_H
#define LW_CRYPT_CIPHER_H

#include "base/base.h"
#include "base/strbuf.h"

enum lw_cipher {
    LW_CIPHER_3DES, /* two keys; authenticated by the retail MAC (ISO/IEC 9797-1 algorithm 3) */
    LW_CIPHER_AES128,
    LW_CIPHER_AES192,
    LW_CIPHER_AES256 /* all AES: authenticated by CMAC (NIST SP 800-38B) */
};

enum { LW_CIPHER_KEY_MAX = 32, LW_CIPHER_BLOCK_MAX = 16, LW_CIPHER_MAC = 8 };

size_t lw_cipher_key_bytes(enum lw_cipher c);   /* 16, 16, 24, 32 */
size_t lw_cipher_block_bytes(enum lw_cipher c); /* 8 or 16 */
const char *lw_cipher_name(enum lw_cipher c);   /* "3DES", "AES-128" */

/* CBC without padding; in.n is a multiple of the block (LW_EINVAL), out holds in.n bytes and may
 * be in.data; iv NULL: zeros. LW_ECRYPTO when the library refuses. */
int lw_cipher_encrypt(enum lw_cipher c, const uint8_t *key, const uint8_t *iv, struct lw_span in,
                      uint8_t *out);
int lw_cipher_decrypt(enum lw_cipher c, const uint8_t *key, const uint8_t *iv, struct lw_span in,
                      uint8_t *out);

/* The first 8 bytes of the code over what is given: for 3DES whole blocks, at least one
 * (LW_EINVAL), for AES any length. */
int lw_cipher_mac(enum lw_cipher c, const uint8_t *key, struct lw_span in,
                  uint8_t out[LW_CIPHER_MAC]);
/* Compare in constant time. */
bool lw_cipher_mac_equal(const uint8_t a[LW_CIPHER_MAC], const uint8_t b[LW_CIPHER_MAC]);

/* ISO/IEC 9797-1 padding method 2: append 80 and zeros until b holds a multiple of block. */
void lw_pad_put(struct lw_strbuf *b, size_t block);
/* *n: bytes before the padding. LW_EFORMAT when padded.n is no multiple of block or there is no
 * padding within the last block. */
int lw_pad_strip(struct lw_span padded, size_t block, size_t *n);

/* 9303-11 9.7.1.1: KDF(K, c). counter 1: encryption, 2: authentication, 3: password. The first
 * lw_cipher_key_bytes of out are written, with odd parity for 3DES. */
int lw_kdf(enum lw_cipher c, struct lw_span secret, uint32_t counter,
           uint8_t out[LW_CIPHER_KEY_MAX]);

/* SHA-1, which BAC and PACE prescribe for passwords; never for anything signed. */
enum { LW_SHA1_BYTES = 20 };
int lw_sha1(uint8_t out[LW_SHA1_BYTES], struct lw_span bytes);

#endif
