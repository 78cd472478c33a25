#include "crypt/group_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

/* A private key of this length protects any group here where its order is not known. */
enum { SECRET_BYTES_WITHOUT_ORDER = 64, SPKI_MAX = 4096 };

int lw_number_set(struct lw_number *x, struct lw_span bytes)
{
    if (bytes.n > sizeof(x->bytes))
        return LW_ELIMIT;
    if (bytes.n)
        memmove(x->bytes, bytes.data, bytes.n);
    x->n = bytes.n;
    return LW_OK;
}

void lw_number_wipe(struct lw_number *x)
{
    lw_wipe(x, sizeof(*x));
}

void lw_key_pair_wipe(struct lw_key_pair *k)
{
    lw_wipe(k, sizeof(*k));
}

void lw_group_free(struct lw_group **g)
{
    if (!*g)
        return;
    EC_POINT_free((*g)->base);
    EC_GROUP_free((*g)->curve);
    BN_free((*g)->p);
    BN_free((*g)->g);
    BN_free((*g)->q);
    free(*g);
    *g = NULL;
}

static int no_memory(struct lw_why *why)
{
    return lw_why_set(why, LW_ENOMEM, -1, "no memory for a group");
}

/* Takes curve, also when it fails. */
static int new_curve(struct lw_group **out, EC_GROUP *curve, int nid, struct lw_why *why)
{
    LW_AUTO(lw_group) g = calloc(1, sizeof(*g));
    if (!g) {
        EC_GROUP_free(curve);
        return no_memory(why);
    }
    g->curve = curve;
    const EC_POINT *base = curve ? EC_GROUP_get0_generator(curve) : NULL;
    g->base = base ? EC_POINT_dup(base, curve) : NULL;
    if (!g->base)
        return no_memory(why);
    const char *name = OBJ_nid2sn(nid);
    snprintf(g->name, sizeof(g->name), "%s", name ? name : "curve");
    *out = g;
    g = NULL;
    return LW_OK;
}

/* Takes p, q and g out of a key's parameters; q may be missing. */
static int new_integers(struct lw_group **out, const EVP_PKEY *key, struct lw_why *why)
{
    LW_AUTO(lw_group) g = calloc(1, sizeof(*g));
    if (!g)
        return no_memory(why);
    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_P, &g->p) != 1 ||
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_G, &g->g) != 1)
        return lw_why_set(why, LW_EFORMAT, -1, "Diffie-Hellman key without its parameters");
    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_Q, &g->q);
    int bits = BN_num_bits(g->p);
    if (bits < 1024 || bits > 8 * LW_NUMBER_MAX || !BN_is_odd(g->p) || BN_is_one(g->g) ||
        BN_is_zero(g->g) || BN_cmp(g->g, g->p) >= 0 ||
        (g->q && (BN_num_bits(g->q) < 160 || BN_cmp(g->q, g->p) >= 0)))
        return lw_why_set(why, LW_EUNSUP, -1, "Diffie-Hellman group of %d bits", bits);
    snprintf(g->name, sizeof(g->name), "DH-%d", bits);
    *out = g;
    g = NULL;
    return LW_OK;
}

static int standard_integers(struct lw_group **out, const char *name, struct lw_why *why)
{
    char copy[16];
    snprintf(copy, sizeof(copy), "%s", name);
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, copy, 0),
                           OSSL_PARAM_construct_end()};
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DHX", NULL);
    EVP_PKEY *key = NULL;
    int r = LW_ECRYPTO;
    if (ctx && EVP_PKEY_fromdata_init(ctx) == 1 &&
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEY_PARAMETERS, params) == 1)
        r = new_integers(out, key, why);
    else
        lw_why_set(why, r, -1, "group %s is not in the cryptographic library", name);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(ctx);
    return r;
}

int lw_group_standard(struct lw_group **out, unsigned parameter_id, struct lw_why *why)
{
    static const char *const integers[] = {"dh_1024_160", "dh_2048_224", "dh_2048_256"};
    static const int curves[] = {NID_X9_62_prime192v1, NID_brainpoolP192r1,  NID_secp224r1,
                                 NID_brainpoolP224r1,  NID_X9_62_prime256v1, NID_brainpoolP256r1,
                                 NID_brainpoolP320r1,  NID_secp384r1,        NID_brainpoolP384r1,
                                 NID_brainpoolP512r1,  NID_secp521r1};
    if (parameter_id < LW_COUNT(integers))
        return standard_integers(out, integers[parameter_id], why);
    if (parameter_id < 8 || parameter_id - 8 >= LW_COUNT(curves))
        return lw_why_set(why, LW_EUNSUP, -1, "domain parameters %u are not standardised",
                          parameter_id);
    int nid = curves[parameter_id - 8];
    return new_curve(out, EC_GROUP_new_by_curve_name(nid), nid, why);
}

static int pkey_bytes(const EVP_PKEY *key, const char *what, struct lw_number *out)
{
    return EVP_PKEY_get_octet_string_param(key, what, out->bytes, sizeof(out->bytes), &out->n) == 1
               ? LW_OK
               : LW_ECRYPTO;
}

int lw_group_known_curve(const EVP_PKEY *key)
{
    char name[64];
    size_t n = 0;
    if (EVP_PKEY_get_group_name(key, name, sizeof(name), &n) == 1)
        return OBJ_sn2nid(name);
    OSSL_PARAM *params = NULL;
    EC_GROUP *group = NULL;
    int nid = NID_undef;
    if (EVP_PKEY_todata(key, EVP_PKEY_KEY_PARAMETERS, &params) == 1 &&
        (group = EC_GROUP_new_from_params(params, NULL, NULL)))
        nid = EC_GROUP_check_named_curve(group, 0, NULL);
    EC_GROUP_free(group);
    OSSL_PARAM_free(params);
    return nid;
}

static int of_curve_key(struct lw_group **out, struct lw_number *public_key, EVP_PKEY *key,
                        struct lw_why *why)
{
    int nid = lw_group_known_curve(key);
    if (nid == NID_undef)
        return lw_why_set(why, LW_EUNSUP, -1, "public key is not on a known curve");
    if (EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                       "uncompressed") != 1 ||
        pkey_bytes(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, public_key) < 0)
        return lw_why_set(why, LW_EFORMAT, -1, "public key is not readable");
    return new_curve(out, EC_GROUP_new_by_curve_name(nid), nid, why);
}

static int of_integer_key(struct lw_group **out, struct lw_number *public_key, const EVP_PKEY *key,
                          struct lw_why *why)
{
    BIGNUM *y = NULL;
    int r = LW_EFORMAT;
    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PUB_KEY, &y) == 1)
        r = lw_group_put_integer(y, public_key);
    BN_free(y);
    return r < 0 ? lw_why_set(why, r, -1, "public key is not readable")
                 : new_integers(out, key, why);
}

int lw_group_of_public_key(struct lw_group **out, struct lw_number *public_key, struct lw_span spki,
                           struct lw_why *why)
{
    if (spki.n > SPKI_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "public key of %zu bytes", spki.n);
    const uint8_t *p = spki.data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)spki.n);
    LW_AUTO(lw_group) g = NULL;
    struct lw_number bytes = {0};
    int r;
    if (!key || p != spki.data + spki.n)
        r = lw_why_set(why, LW_EFORMAT, -1, "public key is not readable");
    else if (EVP_PKEY_is_a(key, "EC"))
        r = of_curve_key(&g, &bytes, key, why);
    else if (EVP_PKEY_is_a(key, "DH") || EVP_PKEY_is_a(key, "DHX"))
        r = of_integer_key(&g, &bytes, key, why);
    else
        r = lw_why_set(why, LW_EUNSUP, -1, "public key is not for key agreement");
    EVP_PKEY_free(key);
    if (r == LW_OK)
        r = lw_group_check(g, lw_number_span(&bytes), why);
    if (r < 0)
        return r;
    *public_key = bytes;
    *out = g;
    g = NULL;
    return LW_OK;
}

int lw_group_copy(struct lw_group **out, const struct lw_group *g)
{
    LW_AUTO(lw_group) copy = calloc(1, sizeof(*copy));
    if (!copy)
        return LW_ENOMEM;
    memcpy(copy->name, g->name, sizeof(copy->name));
    if (g->curve ? !(copy->curve = EC_GROUP_dup(g->curve))
                 : !(copy->p = BN_dup(g->p)) || (g->q && !(copy->q = BN_dup(g->q))))
        return LW_ENOMEM;
    *out = copy;
    copy = NULL;
    return LW_OK;
}

bool lw_group_is_curve(const struct lw_group *g)
{
    return g->curve != NULL;
}

const char *lw_group_name(const struct lw_group *g)
{
    return g->name;
}

BIGNUM *lw_group_secret(struct lw_span bytes)
{
    BIGNUM *x = bytes.n <= LW_NUMBER_MAX ? BN_secure_new() : NULL;
    if (x && !BN_bin2bn(bytes.data, (int)bytes.n, x)) {
        BN_clear_free(x);
        return NULL;
    }
    if (x)
        BN_set_flags(x, BN_FLG_CONSTTIME);
    return x;
}

/* All curves here have cofactor 1, so that being on the curve is being in the group. */
EC_POINT *lw_group_point(const struct lw_group *g, struct lw_span bytes, BN_CTX *ctx)
{
    size_t field = ((size_t)EC_GROUP_get_degree(g->curve) + 7) / 8;
    if (bytes.n != 1 + 2 * field || bytes.data[0] != POINT_CONVERSION_UNCOMPRESSED)
        return NULL;
    EC_POINT *point = EC_POINT_new(g->curve);
    if (point && EC_POINT_oct2point(g->curve, point, bytes.data, bytes.n, ctx) == 1 &&
        !EC_POINT_is_at_infinity(g->curve, point))
        return point;
    EC_POINT_free(point);
    return NULL;
}

/* 1 < y < p - 1 and y^q = 1. */
static bool in_integers(const struct lw_group *g, const BIGNUM *y, BN_CTX *ctx)
{
    BIGNUM *t = BN_new();
    bool ok = t && BN_cmp(y, BN_value_one()) > 0 && BN_sub(t, g->p, BN_value_one()) == 1 &&
              BN_cmp(y, t) < 0 &&
              (!g->q || (BN_mod_exp(t, y, g->q, g->p, ctx) == 1 && BN_is_one(t)));
    BN_free(t);
    return ok;
}

BIGNUM *lw_group_integer(const struct lw_group *g, struct lw_span bytes, BN_CTX *ctx)
{
    if (bytes.n > LW_NUMBER_MAX)
        return NULL;
    BIGNUM *y = BN_bin2bn(bytes.data, (int)bytes.n, NULL);
    if (y && in_integers(g, y, ctx))
        return y;
    BN_free(y);
    return NULL;
}

int lw_group_put_point(const struct lw_group *g, const EC_POINT *point, struct lw_number *out,
                       BN_CTX *ctx)
{
    size_t n = EC_POINT_point2oct(g->curve, point, POINT_CONVERSION_UNCOMPRESSED, out->bytes,
                                  sizeof(out->bytes), ctx);
    if (n < 3) /* the point at infinity has one byte */
        return LW_ECRYPTO;
    out->n = n;
    return LW_OK;
}

int lw_group_put_integer(const BIGNUM *x, struct lw_number *out)
{
    int n = BN_num_bytes(x);
    if (n < 1 || n > LW_NUMBER_MAX)
        return LW_EFORMAT;
    BN_bn2bin(x, out->bytes);
    out->n = (size_t)n;
    return LW_OK;
}

int lw_group_check(const struct lw_group *g, struct lw_span public_key, struct lw_why *why)
{
    BN_CTX *ctx = BN_CTX_new();
    EC_POINT *point = ctx && g->curve ? lw_group_point(g, public_key, ctx) : NULL;
    BIGNUM *y = ctx && !g->curve ? lw_group_integer(g, public_key, ctx) : NULL;
    bool ok = point || y;
    EC_POINT_free(point);
    BN_free(y);
    BN_CTX_free(ctx);
    return ok ? LW_OK
              : lw_why_set(why, LW_EFORMAT, -1, "public key is no element of the group %s",
                           g->name);
}

/* secret * point; *out is yours. */
static int times_point(const struct lw_group *g, struct lw_span secret, const EC_POINT *point,
                       EC_POINT **out, BN_CTX *ctx)
{
    BIGNUM *k = lw_group_secret(secret);
    EC_POINT *r = EC_POINT_new(g->curve);
    bool ok = k && r && BN_nnmod(k, k, EC_GROUP_get0_order(g->curve), ctx) == 1 &&
              EC_POINT_mul(g->curve, r, NULL, point, k, ctx) == 1 &&
              !EC_POINT_is_at_infinity(g->curve, r);
    BN_clear_free(k);
    if (!ok) {
        EC_POINT_free(r);
        return LW_ECRYPTO;
    }
    *out = r;
    return LW_OK;
}

static int times_integer(const struct lw_group *g, struct lw_span secret, const BIGNUM *y,
                         BIGNUM **out, BN_CTX *ctx)
{
    BIGNUM *k = lw_group_secret(secret);
    BIGNUM *r = BN_secure_new();
    bool ok = k && r && !BN_is_zero(k) &&
              BN_mod_exp_mont_consttime(r, y, k, g->p, ctx, NULL) == 1 && !BN_is_one(r);
    BN_clear_free(k);
    if (!ok) {
        BN_clear_free(r);
        return LW_ECRYPTO;
    }
    *out = r;
    return LW_OK;
}

int lw_group_public(const struct lw_group *g, struct lw_span secret, struct lw_number *out)
{
    BN_CTX *ctx = BN_CTX_secure_new();
    EC_POINT *point = NULL;
    BIGNUM *y = NULL;
    int r = !ctx       ? LW_ENOMEM
            : g->curve ? times_point(g, secret, g->base, &point, ctx)
                       : times_integer(g, secret, g->g, &y, ctx);
    if (r == LW_OK)
        r = point ? lw_group_put_point(g, point, out, ctx) : lw_group_put_integer(y, out);
    EC_POINT_free(point);
    BN_clear_free(y);
    BN_CTX_free(ctx);
    return r;
}

/* Uniform in 1..order-1 by drawing again; only a broken source of random bytes fails 64 times. */
static int draw_secret(const BIGNUM *order, const struct lw_random *random, struct lw_number *out)
{
    int bits = BN_num_bits(order);
    out->n = ((size_t)bits + 7) / 8;
    BIGNUM *x = BN_secure_new();
    int r = x ? LW_EAGAIN : LW_ENOMEM;
    for (int i = 0; i < 64 && r == LW_EAGAIN; i++) {
        int e = lw_random_fill(random, out->bytes, out->n);
        if (e < 0)
            r = e;
        else if (bits % 8)
            out->bytes[0] &= (uint8_t)((1 << bits % 8) - 1);
        if (r == LW_EAGAIN && BN_bin2bn(out->bytes, (int)out->n, x) && !BN_is_zero(x) &&
            BN_cmp(x, order) < 0)
            r = LW_OK;
    }
    BN_clear_free(x);
    return r == LW_EAGAIN ? LW_ECRYPTO : r;
}

int lw_group_make_key(const struct lw_group *g, const struct lw_random *random,
                      struct lw_key_pair *out)
{
    const BIGNUM *order = g->curve ? EC_GROUP_get0_order(g->curve) : g->q;
    int r;
    if (order) {
        r = draw_secret(order, random, &out->secret);
    } else {
        out->secret.n = SECRET_BYTES_WITHOUT_ORDER;
        r = lw_random_fill(random, out->secret.bytes, out->secret.n);
    }
    return r < 0 ? r : lw_group_public(g, lw_number_span(&out->secret), &out->public);
}

static int not_in_group(const struct lw_group *g, struct lw_why *why)
{
    return lw_why_set(why, LW_EFORMAT, -1, "public key is no element of the group %s", g->name);
}

static int agree_on_curve(const struct lw_group *g, struct lw_span secret, struct lw_span other,
                          struct lw_number *whole, struct lw_why *why)
{
    BN_CTX *ctx = BN_CTX_secure_new();
    EC_POINT *theirs = ctx ? lw_group_point(g, other, ctx) : NULL;
    EC_POINT *shared = NULL;
    int r = LW_ECRYPTO;
    if (!theirs)
        r = not_in_group(g, why);
    else if (times_point(g, secret, theirs, &shared, ctx) < 0 ||
             lw_group_put_point(g, shared, whole, ctx) < 0)
        lw_why_set(why, r, -1, "key agreement in %s failed", g->name);
    else
        r = LW_OK;
    EC_POINT_free(theirs);
    EC_POINT_clear_free(shared);
    BN_CTX_free(ctx);
    return r;
}

/* padded: in the length of p, else without leading zeros. */
static int agree_on_integers(const struct lw_group *g, struct lw_span secret, struct lw_span other,
                             bool padded, struct lw_number *out, struct lw_why *why)
{
    BN_CTX *ctx = BN_CTX_secure_new();
    BIGNUM *theirs = ctx ? lw_group_integer(g, other, ctx) : NULL;
    BIGNUM *shared = NULL;
    int r = LW_ECRYPTO;
    if (!theirs) {
        r = not_in_group(g, why);
    } else if (times_integer(g, secret, theirs, &shared, ctx) < 0) {
        lw_why_set(why, r, -1, "key agreement in %s failed", g->name);
    } else {
        int n = padded ? BN_num_bytes(g->p) : BN_num_bytes(shared);
        BN_bn2binpad(shared, out->bytes, n);
        out->n = (size_t)n;
        r = LW_OK;
    }
    BN_free(theirs);
    BN_clear_free(shared);
    BN_CTX_free(ctx);
    return r;
}

int lw_group_agree(const struct lw_group *g, struct lw_span secret, struct lw_span other,
                   struct lw_number *out, struct lw_why *why)
{
    if (!g->curve)
        return agree_on_integers(g, secret, other, true, out, why);
    struct lw_number whole;
    int r = agree_on_curve(g, secret, other, &whole, why);
    if (r == LW_OK) {
        size_t field = (whole.n - 1) / 2;
        lw_number_set(out, (struct lw_span){whole.bytes + 1, field});
    }
    lw_number_wipe(&whole);
    return r;
}

int lw_group_multiply(const struct lw_group *g, struct lw_span secret, struct lw_span other,
                      struct lw_number *out, struct lw_why *why)
{
    return g->curve ? agree_on_curve(g, secret, other, out, why)
                    : agree_on_integers(g, secret, other, false, out, why);
}

int lw_group_generator(const struct lw_group *g, struct lw_number *out)
{
    if (!g->curve)
        return lw_group_put_integer(g->g, out);
    BN_CTX *ctx = BN_CTX_new();
    int r = ctx ? lw_group_put_point(g, g->base, out, ctx) : LW_ENOMEM;
    BN_CTX_free(ctx);
    return r;
}
