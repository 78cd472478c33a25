#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "passport.h"
#include "scheme.h"

static EVP_PKEY *rsa_key(const char *algorithm, const char *bits)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
    EVP_PKEY *key = NULL;
    if (ctx && EVP_PKEY_keygen_init(ctx) == 1 &&
        EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, atoi(bits)) == 1)
        EVP_PKEY_generate(ctx, &key);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

EVP_PKEY *mkp_key(const char *kind)
{
    if (strncmp(kind, "rsapss", 6) == 0)
        return rsa_key("RSA-PSS", kind + 6);
    if (strncmp(kind, "rsa", 3) == 0)
        return rsa_key("RSA", kind + 3);
    return EVP_EC_gen(kind);
}

const EVP_MD *mkp_md(enum lw_hash h)
{
    switch (h) {
    case LW_HASH_SHA1:
        return EVP_sha1();
    case LW_HASH_SHA224:
        return EVP_sha224();
    case LW_HASH_SHA384:
        return EVP_sha384();
    case LW_HASH_SHA512:
        return EVP_sha512();
    default:
        return EVP_sha256();
    }
}

const EVP_MD *mkp_md_of_bits(int bits)
{
    return bits <= 224   ? EVP_sha224()
           : bits <= 256 ? EVP_sha256()
           : bits <= 384 ? EVP_sha384()
                         : EVP_sha512();
}

bool mkp_is_rsa(const EVP_PKEY *key)
{
    return EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS");
}

bool mkp_sign_init(EVP_MD_CTX *ctx, EVP_PKEY *key, const struct mkp_scheme *s)
{
    EVP_PKEY_CTX *pctx = NULL;
    if (EVP_DigestSignInit(ctx, &pctx, mkp_md(s->hash), NULL, key) != 1)
        return false;
    if (!s->pss || !mkp_is_rsa(key))
        return true;
    return EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static void set_time(ASN1_TIME *t, int64_t utc_us)
{
    ASN1_TIME_set(t, (time_t)(utc_us / 1000000));
}

static void set_name(X509_NAME *name, const char *country, const char *common_name)
{
    X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC, (const unsigned char *)country, -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"Utopia", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)common_name, -1, -1,
                               0);
}

static void add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer ? issuer : x, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    if (e)
        X509_add_ext(x, e, -1);
    X509_EXTENSION_free(e);
}

/* SEQUENCE { 0, SET { PrintableString } } (9303-12 7.1.1.6); the type has one or two letters. */
static void add_document_type(X509 *x, const char *type)
{
    uint8_t der[16] = {0x30, 0, 0x02, 0x01, 0x00, 0x31, 0, 0x13, 0};
    const uint8_t n = (uint8_t)strlen(type);
    memcpy(der + 9, type, n);
    der[8] = n;
    der[6] = (uint8_t)(n + 2);
    der[1] = (uint8_t)(n + 7);
    ASN1_OBJECT *oid = OBJ_txt2obj("2.23.136.1.1.6.2", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(value, der, n + 9);
    X509_EXTENSION *e = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value);
    if (e)
        X509_add_ext(x, e, -1);
    X509_EXTENSION_free(e);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(oid);
}

static void add_extensions(X509 *x, X509 *issuer, const struct mkp_cert_opts *o)
{
    if (o->ca)
        add_extension(x, issuer, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    if (!o->no_key_usage)
        add_extension(x, issuer, NID_key_usage,
                      o->ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    if (o->master_list_signer)
        add_extension(x, issuer, NID_ext_key_usage, "critical,2.23.136.1.1.3");
    if (o->seal_signer)
        add_extension(x, issuer, NID_ext_key_usage, "critical,2.23.136.1.1.11.1");
    if (o->document_type)
        add_document_type(x, o->document_type);
    if (o->no_key_ids)
        return;
    add_extension(x, issuer, NID_subject_key_identifier, "hash");
    add_extension(x, issuer, NID_authority_key_identifier, "keyid");
}

/* The same key with its curve spelt out. */
static bool spell_out(EVP_PKEY *key)
{
    return EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING,
                                          OSSL_PKEY_EC_ENCODING_EXPLICIT) == 1;
}

X509 *mkp_cert(const struct mkp_cert_opts *o, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
               const struct mkp_scheme *scheme)
{
    X509 *x = X509_new();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (o->explicit_parameters && !mkp_is_rsa(key))
        spell_out(key);
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), o->serial);
    set_time(X509_getm_notBefore(x), o->not_before_utc_us);
    set_time(X509_getm_notAfter(x), o->not_after_utc_us);
    set_name(X509_get_subject_name(x), o->country, o->common_name);
    X509_set_issuer_name(x, X509_get_subject_name(issuer ? issuer : x));
    X509_set_pubkey(x, key);
    add_extensions(x, issuer, o);
    const bool good = mkp_sign_init(ctx, issuer_key, scheme) && X509_sign_ctx(x, ctx) > 0;
    EVP_MD_CTX_free(ctx);
    if (good)
        return x;
    X509_free(x);
    return NULL;
}

int mkp_cert_der(struct lw_strbuf *out, X509 *cert)
{
    unsigned char *der = NULL;
    const int n = i2d_X509(cert, &der);
    if (n > 0)
        lw_strbuf_put(out, der, (size_t)n);
    OPENSSL_free(der);
    return n > 0 ? lw_strbuf_err(out) : LW_ECRYPTO;
}

static void revoke(X509_CRL *crl, long serial, int64_t when_utc_us)
{
    X509_REVOKED *r = X509_REVOKED_new();
    ASN1_INTEGER *i = ASN1_INTEGER_new();
    ASN1_TIME *t = ASN1_TIME_new();
    ASN1_INTEGER_set(i, serial);
    set_time(t, when_utc_us);
    X509_REVOKED_set_serialNumber(r, i);
    X509_REVOKED_set_revocationDate(r, t);
    X509_CRL_add0_revoked(crl, r);
    ASN1_INTEGER_free(i);
    ASN1_TIME_free(t);
}

int mkp_crl_der(struct lw_strbuf *out, X509 *issuer, EVP_PKEY *issuer_key, long revoked,
                int64_t this_update_utc_us, int64_t next_update_utc_us)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *t = ASN1_TIME_new();
    unsigned char *der = NULL;
    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer));
    set_time(t, this_update_utc_us);
    X509_CRL_set1_lastUpdate(crl, t);
    set_time(t, next_update_utc_us);
    X509_CRL_set1_nextUpdate(crl, t);
    if (revoked)
        revoke(crl, revoked, this_update_utc_us);
    X509_CRL_sort(crl);
    const bool good = X509_CRL_sign(crl, issuer_key, EVP_sha256()) > 0;
    const int n = good ? i2d_X509_CRL(crl, &der) : -1;
    if (n > 0)
        lw_strbuf_put(out, der, (size_t)n);
    OPENSSL_free(der);
    ASN1_TIME_free(t);
    X509_CRL_free(crl);
    return n > 0 ? lw_strbuf_err(out) : LW_ECRYPTO;
}
