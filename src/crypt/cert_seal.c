/* What only visible digital seals ask of a certificate (ICAO 9303-12 7.1.3 and 9303-13). */
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/ecdsa.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "crypt/cert_priv.h"
#include "crypt/cert_seal.h"
#include "crypt/openssl_hash.h"

bool lw_cert_common_name(const struct lw_cert *c, char out[LW_CERT_NAME])
{
    const int n =
        X509_NAME_get_text_by_NID(X509_get_subject_name(c->x), NID_commonName, out, LW_CERT_NAME);
    return n > 0 && (size_t)n == strlen(out);
}

/* SET OF PrintableString (SIZE (1..2)). */
static int read_types(char types[LW_CERT_TYPES_MAX][3], const ASN1_STRING *set)
{
    const unsigned char *p = ASN1_STRING_get0_data(set);
    ASN1_SEQUENCE_ANY *all = d2i_ASN1_SET_ANY(NULL, &p, ASN1_STRING_length(set));
    int n = all ? sk_ASN1_TYPE_num(all) : -1;
    if (n > LW_CERT_TYPES_MAX)
        n = -1;
    for (int i = 0; i < n; i++) {
        const ASN1_TYPE *t = sk_ASN1_TYPE_value(all, i);
        const ASN1_STRING *s = t->type == V_ASN1_PRINTABLESTRING ? t->value.printablestring : NULL;
        const int length = s ? ASN1_STRING_length(s) : 0;
        if (length < 1 || length > 2) {
            n = -1;
            break;
        }
        memcpy(types[i], ASN1_STRING_get0_data(s), (size_t)length);
        types[i][length] = '\0';
    }
    sk_ASN1_TYPE_pop_free(all, ASN1_TYPE_free);
    return n < 0 ? LW_EFORMAT : n;
}

/* SEQUENCE { version INTEGER, docTypeList SET OF ... } (9303-12 7.1.1.6). */
static int read_list(char types[LW_CERT_TYPES_MAX][3], const ASN1_OCTET_STRING *value)
{
    const unsigned char *p = ASN1_STRING_get0_data(value), *end = p + ASN1_STRING_length(value);
    ASN1_SEQUENCE_ANY *list = d2i_ASN1_SEQUENCE_ANY(NULL, &p, ASN1_STRING_length(value));
    int r = LW_EFORMAT;
    if (list && p == end && sk_ASN1_TYPE_num(list) == 2) {
        const ASN1_TYPE *set = sk_ASN1_TYPE_value(list, 1);
        if (set->type == V_ASN1_SET)
            r = read_types(types, set->value.set);
    }
    sk_ASN1_TYPE_pop_free(list, ASN1_TYPE_free);
    return r;
}

int lw_cert_document_types(const struct lw_cert *c, char types[LW_CERT_TYPES_MAX][3])
{
    ASN1_OBJECT *oid = OBJ_txt2obj("2.23.136.1.1.6.2", 1);
    const int at = oid ? X509_get_ext_by_OBJ(c->x, oid, -1) : -1;
    ASN1_OBJECT_free(oid);
    if (at < 0)
        return LW_ENOTFOUND;
    const int r = read_list(types, X509_EXTENSION_get_data(X509_get_ext(c->x, at)));
    lw_openssl_forget_errors();
    return r;
}

/* 9303-13 2.4: the hash follows from the bits of the curve's order. */
static enum lw_hash hash_for(int bits)
{
    return bits <= 224   ? LW_HASH_SHA224
           : bits <= 256 ? LW_HASH_SHA256
           : bits <= 384 ? LW_HASH_SHA384
                         : LW_HASH_SHA512;
}

/* r||s as OpenSSL wants it; 0 where memory is short. */
static int to_der(struct lw_span raw, uint8_t **der)
{
    const int half = (int)(raw.n / 2);
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw.data, half, NULL), *s = BN_bin2bn(raw.data + half, half, NULL);
    int n = 0;
    if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
        n = i2d_ECDSA_SIG(sig, der);
    } else {
        BN_free(r);
        BN_free(s);
    }
    ECDSA_SIG_free(sig);
    return n;
}

int lw_cert_verify_raw(const struct lw_cert *c, struct lw_span data, struct lw_span signature,
                       struct lw_why *why)
{
    const int bits = EVP_PKEY_get_bits(c->key);
    uint8_t *der = NULL;
    if (!EVP_PKEY_is_a(c->key, "EC"))
        return lw_why_set(why, LW_EUNSUP, -1, "the signer's key is on no elliptic curve");
    if (signature.n != 2 * (((size_t)bits + 7) / 8))
        return 0;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const int n = to_der(signature, &der);
    const EVP_MD *md = lw_openssl_hash(hash_for(bits));
    const int good = ctx && n > 0 && EVP_DigestVerifyInit(ctx, NULL, md, NULL, c->key) == 1 &&
                     EVP_DigestVerify(ctx, der, (size_t)n, data.data, data.n) == 1;
    EVP_MD_CTX_free(ctx);
    OPENSSL_free(der);
    lw_openssl_forget_errors();
    return good;
}
