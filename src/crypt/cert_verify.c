#include <stdio.h>
#include <string.h>

#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypt/cert_priv.h"
#include "crypt/openssl_hash.h"

/* What an AlgorithmIdentifier asks for. */
struct scheme {
    bool rsa, pss;
    enum lw_hash hash, mgf_hash; /* hash LW_HASH_NONE: the signer's digest algorithm */
    int salt;
};

static const struct {
    const char *oid;
    bool rsa;
    enum lw_hash hash;
} plain_schemes[] = {
    {"1.2.840.113549.1.1.1", true, LW_HASH_NONE},
    {"1.2.840.113549.1.1.5", true, LW_HASH_SHA1},
    {"1.2.840.113549.1.1.14", true, LW_HASH_SHA224},
    {"1.2.840.113549.1.1.11", true, LW_HASH_SHA256},
    {"1.2.840.113549.1.1.12", true, LW_HASH_SHA384},
    {"1.2.840.113549.1.1.13", true, LW_HASH_SHA512},
    {"1.2.840.10045.4.1", false, LW_HASH_SHA1},
    {"1.2.840.10045.4.3.1", false, LW_HASH_SHA224},
    {"1.2.840.10045.4.3.2", false, LW_HASH_SHA256},
    {"1.2.840.10045.4.3.3", false, LW_HASH_SHA384},
    {"1.2.840.10045.4.3.4", false, LW_HASH_SHA512},
};

static void dotted(char out[64], const ASN1_OBJECT *o)
{
    OBJ_obj2txt(out, 64, o, 1);
}

/* Parameters that say nothing: absent or NULL. ECDSA should have none, documents in use have NULL.
 */
static bool no_parameters(const X509_ALGOR *alg)
{
    int type = 0;
    X509_ALGOR_get0(NULL, &type, NULL, alg);
    return type == V_ASN1_UNDEF || type == V_ASN1_NULL;
}

/* The hash of an AlgorithmIdentifier; dflt where the field is absent (RFC 4055 3.1: SHA-1). */
static enum lw_hash hash_of(const X509_ALGOR *alg, enum lw_hash dflt)
{
    char oid[64];
    const ASN1_OBJECT *o = NULL;
    if (!alg)
        return dflt;
    X509_ALGOR_get0(&o, NULL, NULL, alg);
    dotted(oid, o);
    return no_parameters(alg) ? lw_hash_of_oid(oid) : LW_HASH_NONE;
}

static enum lw_hash mgf_hash_of(const X509_ALGOR *mgf)
{
    const ASN1_OBJECT *o = NULL;
    const void *value = NULL;
    int type = 0;
    if (!mgf)
        return LW_HASH_SHA1;
    X509_ALGOR_get0(&o, &type, &value, mgf);
    if (OBJ_obj2nid(o) != NID_mgf1 || type != V_ASN1_SEQUENCE)
        return LW_HASH_NONE;
    const ASN1_STRING *s = value;
    const unsigned char *p = ASN1_STRING_get0_data(s);
    X509_ALGOR *inner = d2i_X509_ALGOR(NULL, &p, ASN1_STRING_length(s));
    const enum lw_hash h = inner ? hash_of(inner, LW_HASH_NONE) : LW_HASH_NONE;
    X509_ALGOR_free(inner);
    return h;
}

/* RFC 4055 3.1. */
static bool read_pss(struct scheme *out, const X509_ALGOR *alg)
{
    const void *value = NULL;
    int type = 0;
    X509_ALGOR_get0(NULL, &type, &value, alg);
    if (type != V_ASN1_SEQUENCE)
        return false;
    const ASN1_STRING *s = value;
    const unsigned char *p = ASN1_STRING_get0_data(s);
    RSA_PSS_PARAMS *pss = d2i_RSA_PSS_PARAMS(NULL, &p, ASN1_STRING_length(s));
    if (!pss)
        return false;
    out->rsa = out->pss = true;
    out->hash = hash_of(pss->hashAlgorithm, LW_HASH_SHA1);
    out->mgf_hash = mgf_hash_of(pss->maskGenAlgorithm);
    out->salt = pss->saltLength ? (int)ASN1_INTEGER_get(pss->saltLength) : 20;
    const bool trailer = !pss->trailerField || ASN1_INTEGER_get(pss->trailerField) == 1;
    RSA_PSS_PARAMS_free(pss);
    return out->hash && out->mgf_hash && out->salt >= 0 && out->salt <= 512 && trailer;
}

static bool read_scheme(struct scheme *out, const X509_ALGOR *alg)
{
    char oid[64];
    const ASN1_OBJECT *o = NULL;
    X509_ALGOR_get0(&o, NULL, NULL, alg);
    dotted(oid, o);
    *out = (struct scheme){.salt = -1};
    if (strcmp(oid, "1.2.840.113549.1.1.10") == 0)
        return read_pss(out, alg);
    for (size_t i = 0; i < LW_COUNT(plain_schemes); i++)
        if (strcmp(oid, plain_schemes[i].oid) == 0) {
            out->rsa = plain_schemes[i].rsa;
            out->hash = plain_schemes[i].hash;
            return no_parameters(alg);
        }
    return false;
}

/* The AlgorithmIdentifier in its one DER form. */
static X509_ALGOR *parse_algorithm(struct lw_span der)
{
    const unsigned char *p = der.data;
    unsigned char *again = NULL;
    X509_ALGOR *alg = d2i_X509_ALGOR(NULL, &p, (long)der.n);
    const int n = alg ? i2d_X509_ALGOR(alg, &again) : -1;
    const bool exact = n >= 0 && (size_t)n == der.n && memcmp(again, der.data, der.n) == 0;
    OPENSSL_free(again);
    if (exact)
        return alg;
    X509_ALGOR_free(alg);
    return NULL;
}

static int check(EVP_PKEY *key, const struct scheme *s, struct lw_span data, struct lw_span sig)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = NULL;
    int good = ctx && EVP_DigestVerifyInit(ctx, &pctx, lw_openssl_hash(s->hash), NULL, key) == 1;
    if (good && s->pss)
        good = EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, s->salt) == 1 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md(pctx, lw_openssl_hash(s->mgf_hash)) == 1;
    else if (good && s->rsa)
        good = EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PADDING) == 1;
    if (good)
        good = EVP_DigestVerify(ctx, sig.data, sig.n, data.data, data.n) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}

int lw_cert_verify(const struct lw_cert *c, struct lw_span algorithm, enum lw_hash hash,
                   struct lw_span data, struct lw_span signature, enum lw_hash *used,
                   struct lw_why *why)
{
    struct scheme s;
    X509_ALGOR *alg = parse_algorithm(algorithm);
    const bool known = alg && read_scheme(&s, alg);
    X509_ALGOR_free(alg);
    if (!known) {
        lw_openssl_forget_errors();
        return lw_why_set(why, LW_EUNSUP, -1, "a signature algorithm that is not known");
    }
    if (s.hash == LW_HASH_NONE)
        s.hash = hash;
    *used = s.hash;
    const bool is_ec = EVP_PKEY_is_a(c->key, "EC");
    const int good = s.rsa != is_ec && s.hash != LW_HASH_NONE && check(c->key, &s, data, signature);
    lw_openssl_forget_errors();
    return good;
}
