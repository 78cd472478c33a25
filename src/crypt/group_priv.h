/* crypt/group_priv.h - what group.c and its mappings share. */
#ifndef LW_CRYPT_GROUP_PRIV_H
#define LW_CRYPT_GROUP_PRIV_H

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "crypt/group.h"

/* Either a curve with its base point, or the integers modulo p with generator g. */
struct lw_group {
    char name[24];
    EC_GROUP *curve; /* NULL: Diffie-Hellman */
    EC_POINT *base;
    BIGNUM *p;
    BIGNUM *g;
    BIGNUM *q; /* order of g; NULL where a key did not say it */
};

/* A copy of g without generator. */
int lw_group_copy(struct lw_group **out, const struct lw_group *g);
/* Parse and check; free with EC_POINT_free or BN_clear_free. NULL where it is none of the group. */
EC_POINT *lw_group_point(const struct lw_group *g, struct lw_span bytes, BN_CTX *ctx);
BIGNUM *lw_group_integer(const struct lw_group *g, struct lw_span bytes, BN_CTX *ctx);
BIGNUM *lw_group_secret(struct lw_span bytes); /* constant-time arithmetic from here on */
int lw_group_put_point(const struct lw_group *g, const EC_POINT *point, struct lw_number *out,
                       BN_CTX *ctx);
int lw_group_put_integer(const BIGNUM *x, struct lw_number *out);
/* The named curve that a key's group equals, however it is written, or NID_undef. */
int lw_group_known_curve(const EVP_PKEY *key);

#endif
