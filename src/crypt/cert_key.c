/* Public keys of certificates. ICAO 9303-12 4.1.6 wants CSCAs to give their curve by explicit
 * parameters, which OpenSSL rightly refuses to build trust on: whoever may choose the generator may
 * make any public key his own. They are taken here only when all of them equal a curve that has a
 * name, and the key is then built on the named one. */
#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "crypt/cert_priv.h"

void lw_openssl_forget_errors(void)
{
    ERR_clear_error();
}

static int unusable(struct lw_why *why, const char *reason)
{
    return lw_why_set(why, LW_EUNSUP, -1, "certificate: %s", reason);
}

/* The curve of the algorithm's parameters, NID_undef where it is none that has a name. */
static int curve_of(const X509_ALGOR *alg)
{
    const void *value = NULL;
    int type = 0, nid = NID_undef;
    X509_ALGOR_get0(NULL, &type, &value, alg);
    if (type == V_ASN1_OBJECT)
        return OBJ_obj2nid(value);
    if (type != V_ASN1_SEQUENCE)
        return NID_undef;
    const ASN1_STRING *s = value;
    const unsigned char *p = ASN1_STRING_get0_data(s), *end = p + ASN1_STRING_length(s);
    EC_GROUP *g = d2i_ECPKParameters(NULL, &p, ASN1_STRING_length(s));
    if (g && p == end)
        nid = EC_GROUP_check_named_curve(g, 0, NULL);
    EC_GROUP_free(g);
    return nid;
}

static EVP_PKEY *key_on_curve(int nid, const unsigned char *point, size_t n)
{
    EVP_PKEY *key = NULL;
    const char *name = OBJ_nid2sn(nid);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    char group[64];
    unsigned char copy[2 * 66 + 1];
    if (!ctx || !name || n > sizeof(copy)) {
        EVP_PKEY_CTX_free(ctx);
        return NULL;
    }
    snprintf(group, sizeof(group), "%s", name);
    memcpy(copy, point, n);
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
                           OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy, n),
                           OSSL_PARAM_END};
    if (EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static int ec_key(EVP_PKEY **out, const X509_PUBKEY *spki, char *name, size_t name_n,
                  struct lw_why *why)
{
    const unsigned char *point = NULL;
    int n = 0;
    X509_ALGOR *alg = NULL;
    X509_PUBKEY_get0_param(NULL, &point, &n, &alg, spki);
    const int nid = curve_of(alg);
    if (nid == NID_undef)
        return unusable(why, "a curve that equals none that has a name");
    *out = key_on_curve(nid, point, (size_t)n);
    if (!*out)
        return unusable(why, "a public key that lies on no known curve");
    snprintf(name, name_n, "EC %s", OBJ_nid2sn(nid));
    return LW_OK;
}

int lw_openssl_public_key(EVP_PKEY **out, X509_PUBKEY *spki, char *name, size_t name_n,
                          struct lw_why *why)
{
    ASN1_OBJECT *algorithm = NULL;
    X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, spki);
    if (OBJ_obj2nid(algorithm) == NID_X9_62_id_ecPublicKey)
        return ec_key(out, spki, name, name_n, why);
    EVP_PKEY *key = X509_PUBKEY_get(spki);
    if (!key || (!EVP_PKEY_is_a(key, "RSA") && !EVP_PKEY_is_a(key, "RSA-PSS"))) {
        EVP_PKEY_free(key);
        return unusable(why, "a key that is neither RSA nor on an elliptic curve");
    }
    snprintf(name, name_n, "RSA %d", EVP_PKEY_get_bits(key));
    *out = key;
    return LW_OK;
}
