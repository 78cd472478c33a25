#include <stdlib.h>
#include <string.h>

#include "crypt/cert_priv.h"

enum { DER_BYTES_MAX = 16 * 1024 * 1024 };

struct lw_crl {
    X509_CRL *x;
    uint8_t *der;
    size_t der_n;
    int64_t this_update_utc_us, next_update_utc_us;
};

static int parse(struct lw_crl *crl, struct lw_span der, struct lw_why *why)
{
    const unsigned char *p = der.data;
    if (der.n == 0 || der.n > DER_BYTES_MAX)
        return lw_why_set(why, LW_ELIMIT, 0, "revocation list: %zu bytes", der.n);
    crl->x = d2i_X509_CRL(NULL, &p, (long)der.n);
    if (!crl->x || p != der.data + der.n)
        return lw_why_set(why, LW_EFORMAT, 0, "revocation list: not X.509 in DER");
    crl->next_update_utc_us = INT64_MAX;
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl->x);
    if (!lw_openssl_time(&crl->this_update_utc_us, X509_CRL_get0_lastUpdate(crl->x)) ||
        (next && !lw_openssl_time(&crl->next_update_utc_us, next)))
        return lw_why_set(why, LW_EFORMAT, 0, "revocation list: a date that is no time");
    crl->der = malloc(der.n);
    if (!crl->der)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    memcpy(crl->der, der.data, der.n);
    crl->der_n = der.n;
    return LW_OK;
}

int lw_crl_parse(struct lw_crl **out, struct lw_span der, struct lw_why *why)
{
    struct lw_crl *crl = calloc(1, sizeof(*crl));
    if (!crl)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = parse(crl, der, why);
    lw_openssl_forget_errors();
    if (r < 0) {
        lw_crl_free(&crl);
        return r;
    }
    *out = crl;
    return LW_OK;
}

void lw_crl_free(struct lw_crl **crl)
{
    if (!*crl)
        return;
    X509_CRL_free((*crl)->x);
    free((*crl)->der);
    free(*crl);
    *crl = NULL;
}

struct lw_span lw_crl_der(const struct lw_crl *crl)
{
    return (struct lw_span){crl->der, crl->der_n};
}

int64_t lw_crl_this_update_utc_us(const struct lw_crl *crl)
{
    return crl->this_update_utc_us;
}

int64_t lw_crl_next_update_utc_us(const struct lw_crl *crl)
{
    return crl->next_update_utc_us;
}

bool lw_crl_signed_by(const struct lw_crl *crl, const struct lw_cert *issuer)
{
    const bool good =
        X509_NAME_cmp(X509_CRL_get_issuer(crl->x), X509_get_subject_name(issuer->x)) == 0 &&
        X509_CRL_verify(crl->x, issuer->key) == 1;
    lw_openssl_forget_errors();
    return good;
}

bool lw_crl_lists(const struct lw_crl *crl, const struct lw_cert *c)
{
    X509_REVOKED *entry = NULL;
    ASN1_INTEGER *serial = ASN1_INTEGER_dup(X509_get0_serialNumber(c->x));
    if (!serial)
        return true; /* without memory nothing is called good */
    /* 1: listed; 2: listed as removed (removeFromCRL) */
    const int found = X509_CRL_get0_by_serial(crl->x, &entry, serial);
    ASN1_INTEGER_free(serial);
    return found == 1;
}
