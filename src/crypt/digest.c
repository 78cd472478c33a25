#include "crypt/digest.h"

#include <sys/random.h>

#include <openssl/evp.h>

int lw_sha256(uint8_t out[LW_SHA256_BYTES], struct lw_span bytes)
{
    unsigned n = 0;
    uint8_t md[EVP_MAX_MD_SIZE];
    if (EVP_Digest(bytes.data ? bytes.data : md, bytes.n, md, &n, EVP_sha256(), NULL) != 1 ||
        n != LW_SHA256_BYTES)
        return LW_ECRYPTO;
    for (unsigned i = 0; i < n; i++)
        out[i] = md[i];
    return LW_OK;
}

int lw_sha256_hex(char out[LW_SHA256_HEX], struct lw_span bytes)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t md[LW_SHA256_BYTES];
    int r = lw_sha256(md, bytes);
    if (r < 0)
        return r;
    for (size_t i = 0; i < sizeof(md); i++) {
        out[2 * i] = digits[md[i] >> 4];
        out[2 * i + 1] = digits[md[i] & 15];
    }
    out[LW_SHA256_HEX - 1] = '\0';
    return LW_OK;
}

int lw_slow_digest(uint8_t out[LW_SHA256_BYTES], struct lw_span secret, struct lw_span salt,
                   int iterations)
{
    if (iterations < 1 ||
        PKCS5_PBKDF2_HMAC((const char *)secret.data, (int)secret.n, salt.data, (int)salt.n,
                          iterations, EVP_sha256(), LW_SHA256_BYTES, out) != 1)
        return LW_ECRYPTO;
    return LW_OK;
}

int lw_random_bytes(void *out, size_t n)
{
    uint8_t *p = out;
    while (n > 0) {
        ssize_t got = getrandom(p, n < 256 ? n : 256, 0); /* 256: never interrupted */
        if (got <= 0)
            return LW_ECRYPTO;
        p += got;
        n -= (size_t)got;
    }
    return LW_OK;
}
