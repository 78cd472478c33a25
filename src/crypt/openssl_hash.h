/* crypt/openssl_hash.h - our hashes as OpenSSL's; inside crypt/ only. */
#ifndef LW_CRYPT_OPENSSL_HASH_H
#define LW_CRYPT_OPENSSL_HASH_H

#include <openssl/evp.h>

#include "crypt/hash.h"

const EVP_MD *lw_openssl_hash(enum lw_hash h); /* NULL for LW_HASH_NONE */

#endif
