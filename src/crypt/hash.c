#include "crypt/hash.h"

#include <string.h>

#include <openssl/evp.h>

#include "crypt/openssl_hash.h"

static const struct {
    const char *name, *oid;
    size_t bytes;
} hashes[] = {
    [LW_HASH_NONE] = {"none", "", 0},
    [LW_HASH_SHA1] = {"SHA-1", "1.3.14.3.2.26", 20},
    [LW_HASH_SHA224] = {"SHA-224", "2.16.840.1.101.3.4.2.4", 28},
    [LW_HASH_SHA256] = {"SHA-256", "2.16.840.1.101.3.4.2.1", 32},
    [LW_HASH_SHA384] = {"SHA-384", "2.16.840.1.101.3.4.2.2", 48},
    [LW_HASH_SHA512] = {"SHA-512", "2.16.840.1.101.3.4.2.3", 64},
};

const char *lw_hash_name(enum lw_hash h)
{
    return hashes[h].name;
}

size_t lw_hash_bytes(enum lw_hash h)
{
    return hashes[h].bytes;
}

enum lw_hash lw_hash_of_oid(const char *dotted)
{
    for (size_t i = LW_HASH_SHA1; i < LW_COUNT(hashes); i++)
        if (strcmp(hashes[i].oid, dotted) == 0)
            return (enum lw_hash)i;
    return LW_HASH_NONE;
}

const EVP_MD *lw_openssl_hash(enum lw_hash h)
{
    switch (h) {
    case LW_HASH_SHA1:
        return EVP_sha1();
    case LW_HASH_SHA224:
        return EVP_sha224();
    case LW_HASH_SHA256:
        return EVP_sha256();
    case LW_HASH_SHA384:
        return EVP_sha384();
    case LW_HASH_SHA512:
        return EVP_sha512();
    case LW_HASH_NONE:
        break;
    }
    return NULL;
}

int lw_hash(uint8_t out[LW_HASH_BYTES_MAX], enum lw_hash h, struct lw_span bytes)
{
    const EVP_MD *md = lw_openssl_hash(h);
    if (!md)
        return LW_EINVAL;
    return EVP_Digest(bytes.n ? bytes.data : out, bytes.n, out, NULL, md, NULL) == 1 ? LW_OK
                                                                                     : LW_ECRYPTO;
}
