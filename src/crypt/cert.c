#include "crypt/cert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypt/cert_priv.h"
#include "crypt/digest.h"

enum { DER_BYTES_MAX = 64 * 1024, SIGNS_DATA = KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION };

static struct lw_span octets(const ASN1_STRING *s)
{
    return s ? (struct lw_span){ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)}
             : (struct lw_span){NULL, 0};
}

/* False for what is no time of the proleptic calendar. */
bool lw_openssl_time(int64_t *utc_us, const ASN1_TIME *t)
{
    struct tm tm;
    if (!t || ASN1_TIME_to_tm(t, &tm) != 1)
        return false;
    *utc_us = (int64_t)timegm(&tm) * 1000000;
    return true;
}

static void print_name(char out[LW_CERT_NAME], const X509_NAME *name)
{
    BIO *b = BIO_new(BIO_s_mem());
    out[0] = '\0';
    if (!b)
        return;
    if (X509_NAME_print_ex(b, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >=
        0) {
        int n = BIO_read(b, out, LW_CERT_NAME - 1);
        out[n > 0 ? n : 0] = '\0';
    }
    BIO_free(b);
}

static void print_country(char out[4], const X509_NAME *name)
{
    const int at = X509_NAME_get_index_by_NID(name, NID_countryName, -1);
    out[0] = '\0';
    if (at < 0)
        return;
    const struct lw_span s = octets(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (s.n < 1 || s.n > 3)
        return;
    for (size_t i = 0; i < s.n; i++)
        out[i] = (char)(s.data[i] >= 'a' && s.data[i] <= 'z' ? s.data[i] - 'a' + 'A' : s.data[i]);
    out[s.n] = '\0';
}

static bool has_usage(X509 *x, const char *dotted)
{
    EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
    bool found = false;
    for (int i = 0; usages && i < sk_ASN1_OBJECT_num(usages); i++) {
        char text[64];
        OBJ_obj2txt(text, sizeof(text), sk_ASN1_OBJECT_value(usages, i), 1);
        found |= strcmp(text, dotted) == 0;
    }
    EXTENDED_KEY_USAGE_free(usages);
    return found;
}

static int fill_info(struct lw_cert *c, struct lw_why *why)
{
    struct lw_cert_info *i = &c->info;
    const X509_NAME *subject = X509_get_subject_name(c->x), *issuer = X509_get_issuer_name(c->x);
    const uint32_t usage = X509_get_key_usage(c->x); /* all bits where absent */
    print_name(i->subject, subject);
    print_name(i->issuer, issuer);
    print_country(i->subject_country, subject);
    print_country(i->issuer_country, issuer);
    i->self_issued = X509_NAME_cmp(subject, issuer) == 0;
    i->ca = X509_check_ca(c->x) > 0;
    i->signs_certs = usage & KU_KEY_CERT_SIGN;
    i->signs_crls = usage & KU_CRL_SIGN;
    i->signs_data = usage & SIGNS_DATA;
    i->signs_master_lists = has_usage(c->x, "2.23.136.1.1.3");
    i->signs_seals = has_usage(c->x, "2.23.136.1.1.11.1");
    i->special = (X509_get_extension_flags(c->x) & EXFLAG_XKUSAGE) != 0;
    if (!lw_openssl_time(&i->not_before_utc_us, X509_get0_notBefore(c->x)) ||
        !lw_openssl_time(&i->not_after_utc_us, X509_get0_notAfter(c->x)))
        return lw_why_set(why, LW_EFORMAT, -1, "certificate: a validity that is no time");
    return lw_sha256_hex(i->sha256, lw_cert_der(c));
}

/* What signs itself may not have two forms: DER only, and no bits left over in the signature. */
static bool exact(X509 *x, struct lw_span der)
{
    const ASN1_BIT_STRING *signature = NULL;
    unsigned char *again = NULL;
    X509_get0_signature(&signature, NULL, x);
    const int n = i2d_X509(x, &again);
    const bool same = n >= 0 && (size_t)n == der.n && memcmp(again, der.data, der.n) == 0;
    OPENSSL_free(again);
    return same && signature && (signature->flags & 0x07) == 0;
}

static int parse(struct lw_cert *c, struct lw_span der, struct lw_why *why)
{
    const unsigned char *p = der.data;
    if (der.n == 0 || der.n > DER_BYTES_MAX)
        return lw_why_set(why, LW_ELIMIT, 0, "certificate: %zu bytes", der.n);
    c->x = d2i_X509(NULL, &p, (long)der.n);
    if (!c->x || p != der.data + der.n || !exact(c->x, der))
        return lw_why_set(why, LW_EFORMAT, 0, "certificate: not X.509 in DER");
    c->der = malloc(der.n);
    if (!c->der)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    memcpy(c->der, der.data, der.n);
    c->der_n = der.n;
    int r = lw_openssl_public_key(&c->key, X509_get_X509_PUBKEY(c->x), c->info.key,
                                  sizeof(c->info.key), why);
    return r < 0 ? r : fill_info(c, why);
}

int lw_cert_parse(struct lw_cert **out, struct lw_span der, struct lw_why *why)
{
    struct lw_cert *c = calloc(1, sizeof(*c));
    if (!c)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = parse(c, der, why);
    lw_openssl_forget_errors();
    if (r < 0) {
        lw_cert_free(&c);
        return r;
    }
    *out = c;
    return LW_OK;
}

void lw_cert_free(struct lw_cert **c)
{
    if (!*c)
        return;
    X509_free((*c)->x);
    EVP_PKEY_free((*c)->key);
    free((*c)->der);
    free(*c);
    *c = NULL;
}

const struct lw_cert_info *lw_cert_info(const struct lw_cert *c)
{
    return &c->info;
}

struct lw_span lw_cert_der(const struct lw_cert *c)
{
    return (struct lw_span){c->der, c->der_n};
}

struct lw_span lw_cert_issuer(const struct lw_cert *c)
{
    struct lw_span s = {NULL, 0};
    X509_NAME_get0_der(X509_get_issuer_name(c->x), &s.data, &s.n);
    return s;
}

struct lw_span lw_cert_serial(const struct lw_cert *c)
{
    return octets(X509_get0_serialNumber(c->x));
}

struct lw_span lw_cert_key_id(const struct lw_cert *c)
{
    return octets(X509_get0_subject_key_id(c->x));
}

struct lw_span lw_cert_issuer_key_id(const struct lw_cert *c)
{
    return octets(X509_get0_authority_key_id(c->x));
}

/* Is there a countryName (2.5.4.6) with these letters? Found by its bytes, wherever they stand. */
static bool has_country(struct lw_span der, const char *country)
{
    static const uint8_t oid[] = {0x55, 0x04, 0x06};
    const size_t n = strlen(country), behind = sizeof(oid) + 2;
    const uint8_t *p = der.data, *end = der.data + der.n;
    while ((p = memmem(p, (size_t)(end - p), oid, sizeof(oid)))) {
        if ((size_t)(end - p) >= behind + n && p[sizeof(oid) + 1] == n &&
            strncasecmp((const char *)p + behind, country, n) == 0)
            return true;
        p++;
    }
    return false;
}

bool lw_cert_may_be_issuer(struct lw_span der, const struct lw_cert *c)
{
    const struct lw_span id = lw_cert_issuer_key_id(c);
    if (c->info.issuer_country[0] == '\0' || has_country(der, c->info.issuer_country))
        return true;
    return id.n > 0 && memmem(der.data, der.n, id.data, id.n);
}

bool lw_cert_names_issuer(const struct lw_cert *c, const struct lw_cert *issuer)
{
    const struct lw_span wanted = lw_cert_issuer_key_id(c), has = lw_cert_key_id(issuer);
    if (X509_NAME_cmp(X509_get_issuer_name(c->x), X509_get_subject_name(issuer->x)) != 0)
        return false;
    return wanted.n == 0 || has.n == 0 ||
           (wanted.n == has.n && memcmp(wanted.data, has.data, has.n) == 0);
}

bool lw_cert_signed_by(const struct lw_cert *c, const struct lw_cert *issuer)
{
    const bool good = X509_verify(c->x, issuer->key) == 1;
    lw_openssl_forget_errors();
    return good;
}
