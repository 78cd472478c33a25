/* crypt/cert_priv.h - what certificates are made of; inside crypt/ only. */
#ifndef LW_CRYPT_CERT_PRIV_H
#define LW_CRYPT_CERT_PRIV_H

#include <openssl/x509.h>

#include "crypt/cert.h"

struct lw_cert {
    X509 *x;
    EVP_PKEY *key; /* on a named curve, whatever the certificate says it in */
    uint8_t *der;
    size_t der_n;
    struct lw_cert_info info;
};

bool lw_openssl_time(int64_t *utc_us, const ASN1_TIME *t);
/* The key of a SubjectPublicKeyInfo; name: "RSA 2048". LW_EUNSUP: none that we can use. */
int lw_openssl_public_key(EVP_PKEY **out, X509_PUBKEY *spki, char *name, size_t name_n,
                          struct lw_why *why);
/* OpenSSL keeps a queue of errors for each thread; what we found out is in our own words. */
void lw_openssl_forget_errors(void);

#endif
