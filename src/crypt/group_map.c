/* The mappings of PACE: from a nonce that only the two who know the password know, to a generator.
 *
 * Generic (9303-11 4.4.3.3.1): G' = s*G + H, where H is an anonymous agreement.
 * Integrated (4.4.3.3.2): G' = f(R(s, t)), where R stretches the chip's nonce s under the reader's
 * nonce t to a number below p, and f turns a number into a group element: a power for integers, the
 * simplified Shallue-Woestijne-Ulas encoding (appendix B) for curves with p = 3 mod 4. */
#include "crypt/group_priv.h"

#include <string.h>

enum { STREAM_MAX = LW_NUMBER_MAX + 64 };

static int failed(const struct lw_group *g, struct lw_why *why)
{
    return lw_why_set(why, LW_ECRYPTO, -1, "mapping in %s failed", g->name);
}

/* *base = s*G + secret*other. */
static bool generic_point(const struct lw_group *g, const BIGNUM *secret, const EC_POINT *other,
                          const BIGNUM *s, EC_POINT **base, BN_CTX *ctx)
{
    EC_POINT *h = EC_POINT_new(g->curve);
    EC_POINT *sg = EC_POINT_new(g->curve);
    *base = EC_POINT_new(g->curve);
    bool ok = h && sg && *base && EC_POINT_mul(g->curve, h, NULL, other, secret, ctx) == 1 &&
              EC_POINT_mul(g->curve, sg, NULL, g->base, s, ctx) == 1 &&
              EC_POINT_add(g->curve, *base, sg, h, ctx) == 1 &&
              !EC_POINT_is_at_infinity(g->curve, h) && !EC_POINT_is_at_infinity(g->curve, *base);
    EC_POINT_clear_free(h);
    EC_POINT_clear_free(sg);
    return ok;
}

/* *base = g^s * other^secret mod p. */
static bool generic_integer(const struct lw_group *g, const BIGNUM *secret, const BIGNUM *other,
                            const BIGNUM *s, BIGNUM **base, BN_CTX *ctx)
{
    BIGNUM *h = BN_secure_new();
    *base = BN_new();
    bool ok = h && *base && BN_mod_exp_mont_consttime(h, other, secret, g->p, ctx, NULL) == 1 &&
              BN_mod_exp_mont_consttime(*base, g->g, s, g->p, ctx, NULL) == 1 && !BN_is_one(h) &&
              BN_mod_mul(*base, *base, h, g->p, ctx) == 1 && !BN_is_one(*base);
    BN_clear_free(h);
    return ok;
}

int lw_group_map_generic(struct lw_group **out, const struct lw_group *g, struct lw_span secret,
                         struct lw_span other, struct lw_span nonce, struct lw_why *why)
{
    int r = lw_group_check(g, other, why);
    if (r < 0)
        return r;
    LW_AUTO(lw_group) mapped = NULL;
    if (lw_group_copy(&mapped, g) < 0)
        return failed(g, why);
    BN_CTX *ctx = BN_CTX_secure_new();
    BIGNUM *k = lw_group_secret(secret), *s = lw_group_secret(nonce);
    EC_POINT *point = ctx && g->curve ? lw_group_point(g, other, ctx) : NULL;
    BIGNUM *y = ctx && !g->curve ? lw_group_integer(g, other, ctx) : NULL;
    bool ok = k && s && !BN_is_zero(s) &&
              (point ? generic_point(g, k, point, s, &mapped->base, ctx)
                     : y && generic_integer(g, k, y, s, &mapped->g, ctx));
    EC_POINT_free(point);
    BN_free(y);
    BN_clear_free(k);
    BN_clear_free(s);
    BN_CTX_free(ctx);
    if (!ok)
        return failed(g, why);
    *out = mapped;
    mapped = NULL;
    return LW_OK;
}

size_t lw_map_nonce_bytes(enum lw_cipher c)
{
    return c == LW_CIPHER_AES192 || c == LW_CIPHER_AES256 ? 32 : 16;
}

/* One key after the other: k = E(k, c0), and E(k, c1) is put out. n bytes, a multiple of a block.
 */
static int stretch(enum lw_cipher c, struct lw_span s, struct lw_span t, uint8_t *out, size_t n)
{
    static const uint8_t c0_128[] = {0xa6, 0x68, 0x89, 0x2a, 0x7c, 0x41, 0xe3, 0xca,
                                     0x73, 0x9f, 0x40, 0xb0, 0x57, 0xd8, 0x59, 0x04};
    static const uint8_t c1_128[] = {0xa4, 0xe1, 0x36, 0xac, 0x72, 0x5f, 0x73, 0x8b,
                                     0x01, 0xc1, 0xf6, 0x02, 0x17, 0xc1, 0x88, 0xad};
    static const uint8_t c0_256[] = {0xd4, 0x63, 0xd6, 0x52, 0x34, 0x12, 0x4e, 0xf7,
                                     0x89, 0x70, 0x54, 0x98, 0x6d, 0xca, 0x0a, 0x17,
                                     0x4e, 0x28, 0xdf, 0x75, 0x8c, 0xba, 0xa0, 0x3f,
                                     0x24, 0x06, 0x16, 0x41, 0x4d, 0x5a, 0x16, 0x76};
    static const uint8_t c1_256[] = {0x54, 0xbd, 0x72, 0x55, 0xf0, 0xaa, 0xf8, 0x31,
                                     0xbe, 0xc3, 0x42, 0x3f, 0xcf, 0x39, 0xd6, 0x9b,
                                     0x6c, 0xbf, 0x06, 0x66, 0x77, 0xd0, 0xfa, 0xae,
                                     0x5a, 0xad, 0xd9, 0x9d, 0xf8, 0xe5, 0x35, 0x17};
    size_t l = lw_map_nonce_bytes(c);
    const uint8_t *c0 = l == 16 ? c0_128 : c0_256, *c1 = l == 16 ? c1_128 : c1_256;
    uint8_t key[32], next[32];
    int r = lw_cipher_encrypt(c, t.data, NULL, s, key);
    for (size_t i = 0; r == LW_OK && i < n; i += l) {
        r = lw_cipher_encrypt(c, key, NULL, (struct lw_span){c1, l}, out + i);
        if (r == LW_OK)
            r = lw_cipher_encrypt(c, key, NULL, (struct lw_span){c0, l}, next);
        memcpy(key, next, l);
    }
    lw_wipe(key, sizeof(key));
    lw_wipe(next, sizeof(next));
    return r;
}

/* The modulus of the coordinates or integers; curves keep it in a number of their own. */
static BIGNUM *prime_of(const struct lw_group *g, BIGNUM *a, BIGNUM *b, BN_CTX *ctx)
{
    BIGNUM *p = BN_new();
    if (p &&
        (g->curve ? EC_GROUP_get_curve(g->curve, p, a, b, ctx) == 1 : BN_copy(p, g->p) != NULL))
        return p;
    BN_free(p);
    return NULL;
}

int lw_group_map_number(const struct lw_group *g, enum lw_cipher c, struct lw_span s,
                        struct lw_span t, struct lw_number *out)
{
    size_t l = lw_map_nonce_bytes(c);
    if (s.n != l || t.n != lw_cipher_key_bytes(c))
        return LW_EINVAL;
    uint8_t stream[STREAM_MAX];
    BN_CTX *ctx = BN_CTX_secure_new();
    BIGNUM *x = BN_secure_new(), *p = ctx ? prime_of(g, NULL, NULL, ctx) : NULL;
    int r = x && p ? LW_OK : LW_ENOMEM;
    if (r == LW_OK) {
        /* n*l >= log2(p) + 64 bits make the remainder close to uniform. */
        size_t bits = (size_t)BN_num_bits(p) + 64, n = (bits + 8 * l - 1) / (8 * l) * l;
        r = stretch(c, s, t, stream, n);
        if (r == LW_OK && (!BN_bin2bn(stream, (int)n, x) || BN_nnmod(x, x, p, ctx) != 1))
            r = LW_ECRYPTO;
    }
    if (r == LW_OK) {
        out->n = (size_t)BN_num_bytes(p);
        BN_bn2binpad(x, out->bytes, (int)out->n);
    }
    lw_wipe(stream, sizeof(stream));
    BN_clear_free(x);
    BN_free(p);
    BN_CTX_free(ctx);
    return r;
}

/* The numbers of the encoding below; one BN_CTX frame owns them. */
struct encoding {
    BIGNUM *p, *a, *b;         /* y^2 = x^3 + ax + b over p */
    BIGNUM *alpha, *x2, *x3;   /* the candidates for x */
    BIGNUM *h2, *u, *root, *e; /* h2: right side at x2 */
};

static bool start_encoding(struct encoding *e, const struct lw_group *g, BN_CTX *ctx)
{
    BIGNUM **const all[] = {&e->p,  &e->a,  &e->b, &e->alpha, &e->x2,
                            &e->x3, &e->h2, &e->u, &e->root,  &e->e};
    for (size_t i = 0; i < LW_COUNT(all); i++)
        *all[i] = BN_CTX_get(ctx);
    return e->e && EC_GROUP_get_curve(g->curve, e->p, e->a, e->b, ctx) == 1;
}

/* alpha = -t^2; x2 = -b (1 + alpha + alpha^2) / (a (alpha + alpha^2)); x3 = alpha * x2. */
static bool candidates(struct encoding *e, const BIGNUM *t, BN_CTX *ctx)
{
    return BN_mod_sqr(e->alpha, t, e->p, ctx) == 1 &&
           BN_mod_sub(e->alpha, e->p, e->alpha, e->p, ctx) == 1 &&
           BN_mod_sqr(e->u, e->alpha, e->p, ctx) == 1 &&
           BN_mod_add(e->u, e->u, e->alpha, e->p, ctx) == 1 && !BN_is_zero(e->u) &&
           BN_mod_mul(e->x2, e->u, e->a, e->p, ctx) == 1 &&
           BN_mod_inverse(e->x2, e->x2, e->p, ctx) != NULL &&
           BN_mod_add(e->u, e->u, BN_value_one(), e->p, ctx) == 1 &&
           BN_mod_mul(e->x2, e->x2, e->u, e->p, ctx) == 1 &&
           BN_mod_mul(e->x2, e->x2, e->b, e->p, ctx) == 1 &&
           BN_mod_sub(e->x2, e->p, e->x2, e->p, ctx) == 1 &&
           BN_mod_mul(e->x3, e->alpha, e->x2, e->p, ctx) == 1;
}

/* h2 = x2^3 + a x2 + b; u = t^3 h2; root = h2^(p - 1 - (p + 1) / 4), which is 1/sqrt(h2) where h2
 * is a square. */
static bool roots(struct encoding *e, const BIGNUM *t, BN_CTX *ctx)
{
    return BN_mod_sqr(e->h2, e->x2, e->p, ctx) == 1 &&
           BN_mod_add(e->h2, e->h2, e->a, e->p, ctx) == 1 &&
           BN_mod_mul(e->h2, e->h2, e->x2, e->p, ctx) == 1 &&
           BN_mod_add(e->h2, e->h2, e->b, e->p, ctx) == 1 && BN_mod_sqr(e->u, t, e->p, ctx) == 1 &&
           BN_mod_mul(e->u, e->u, t, e->p, ctx) == 1 &&
           BN_mod_mul(e->u, e->u, e->h2, e->p, ctx) == 1 && BN_copy(e->e, e->p) &&
           BN_add_word(e->e, 1) == 1 && BN_rshift(e->e, e->e, 2) == 1 &&
           BN_sub(e->e, e->p, e->e) == 1 && BN_sub_word(e->e, 1) == 1 &&
           BN_mod_exp(e->root, e->h2, e->e, e->p, ctx) == 1;
}

/* 9303-11 appendix B.2. */
static bool encode_point(const struct lw_group *g, const BIGNUM *t, EC_POINT **out, BN_CTX *ctx)
{
    struct encoding e;
    BN_CTX_start(ctx);
    *out = EC_POINT_new(g->curve);
    bool ok = *out && start_encoding(&e, g, ctx) && candidates(&e, t, ctx) && roots(&e, t, ctx) &&
              BN_mod_sqr(e.e, e.root, e.p, ctx) == 1 && BN_mod_mul(e.e, e.e, e.h2, e.p, ctx) == 1;
    bool square = ok && BN_is_one(e.e);
    ok = ok && BN_mod_mul(e.root, e.root, square ? e.h2 : e.u, e.p, ctx) == 1 &&
         EC_POINT_set_affine_coordinates(g->curve, *out, square ? e.x2 : e.x3, e.root, ctx) == 1;
    BN_CTX_end(ctx);
    return ok;
}

/* x^((p - 1) / q) mod p, which must not be 1. */
static bool encode_integer(const struct lw_group *g, const BIGNUM *x, BIGNUM **out, BN_CTX *ctx)
{
    BIGNUM *j = BN_dup(g->p);
    *out = BN_new();
    bool ok = j && *out && g->q && BN_sub_word(j, 1) == 1 && BN_div(j, NULL, j, g->q, ctx) == 1 &&
              BN_mod_exp(*out, x, j, g->p, ctx) == 1 && !BN_is_one(*out) && !BN_is_zero(*out);
    BN_free(j);
    return ok;
}

static bool can_encode(const struct lw_group *g, BN_CTX *ctx)
{
    BIGNUM *p = prime_of(g, NULL, NULL, ctx);
    bool ok = p && (!g->curve || BN_mod_word(p, 4) == 3);
    BN_free(p);
    return ok;
}

int lw_group_map_integrated(struct lw_group **out, const struct lw_group *g, enum lw_cipher c,
                            struct lw_span s, struct lw_span t, struct lw_why *why)
{
    LW_AUTO(lw_group) mapped = NULL;
    struct lw_number number = {0};
    int r = lw_group_map_number(g, c, s, t, &number);
    if (r < 0)
        return lw_why_set(why, r, -1, "nonces do not fit %s", lw_cipher_name(c));
    BN_CTX *ctx = BN_CTX_secure_new();
    BIGNUM *x = lw_group_secret(lw_number_span(&number));
    bool able = ctx && can_encode(g, ctx);
    bool ok =
        able && x && lw_group_copy(&mapped, g) == LW_OK &&
        (g->curve ? encode_point(g, x, &mapped->base, ctx) : encode_integer(g, x, &mapped->g, ctx));
    lw_number_wipe(&number);
    BN_clear_free(x);
    BN_CTX_free(ctx);
    if (ctx && !able)
        return lw_why_set(why, LW_EUNSUP, -1, "integrated mapping does not exist in %s", g->name);
    if (!ok)
        return failed(g, why);
    *out = mapped;
    mapped = NULL;
    return LW_OK;
}
