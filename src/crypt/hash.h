/* crypt/hash.h - the message digests that travel documents use (ICAO 9303-12 4.4.1.1). */
#ifndef LW_CRYPT_HASH_H
#define LW_CRYPT_HASH_H

#include "base/base.h"

enum lw_hash {
    LW_HASH_NONE,
    LW_HASH_SHA1, /* still in documents that are valid; never used for anything new */
    LW_HASH_SHA224,
    LW_HASH_SHA256,
    LW_HASH_SHA384,
    LW_HASH_SHA512
};
enum { LW_HASH_BYTES_MAX = 64 };

const char *lw_hash_name(enum lw_hash h);        /* "SHA-256" */
size_t lw_hash_bytes(enum lw_hash h);            /* 32; 0 for LW_HASH_NONE */
enum lw_hash lw_hash_of_oid(const char *dotted); /* LW_HASH_NONE for others */

/* LW_EINVAL for LW_HASH_NONE, LW_ECRYPTO when the library refuses. */
int lw_hash(uint8_t out[LW_HASH_BYTES_MAX], enum lw_hash h, struct lw_span bytes);

#endif
