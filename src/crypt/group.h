/* crypt/group.h - the groups in which a chip and a reader agree on keys: elliptic curves and
 * Diffie-Hellman, with the mappings of PACE (ICAO 9303-11 section 4.4) and chip authentication.
 * Public keys are bytes as sent: a point 04|x|y, or an integer without leading zeros. */
#ifndef LW_CRYPT_GROUP_H
#define LW_CRYPT_GROUP_H

#include "crypt/cipher.h"
#include "crypt/random.h"

/* Largest number anywhere here: a 4096-bit integer, or 04|x|y of a 521-bit curve. */
enum { LW_NUMBER_MAX = 512 };
struct lw_number {
    size_t n;
    uint8_t bytes[LW_NUMBER_MAX];
};
static inline struct lw_span lw_number_span(const struct lw_number *x)
{
    return (struct lw_span){x->bytes, x->n};
}
/* LW_ELIMIT when it does not fit. */
int lw_number_set(struct lw_number *x, struct lw_span bytes);
void lw_number_wipe(struct lw_number *x);

/* A group with its generator. One owner. */
struct lw_group;

/* A private key (secret, big-endian) and its public one. */
struct lw_key_pair {
    struct lw_number secret;
    struct lw_number public;
};
void lw_key_pair_wipe(struct lw_key_pair *k);

/* 9303-11 table 6: 0 to 2 Diffie-Hellman of RFC 5114, 8 to 18 curves. LW_EUNSUP otherwise. */
int lw_group_standard(struct lw_group **out, unsigned parameter_id, struct lw_why *why);
/* The group of a SubjectPublicKeyInfo (DG14) and the key in it. Curves given by explicit
 * parameters are taken only when they equal a known one (LW_EUNSUP). LW_EFORMAT: no such key. */
int lw_group_of_public_key(struct lw_group **out, struct lw_number *public_key, struct lw_span spki,
                           struct lw_why *why);
void lw_group_free(struct lw_group **g);

bool lw_group_is_curve(const struct lw_group *g);
const char *lw_group_name(const struct lw_group *g); /* "brainpoolP256r1", "DH-2048"; borrowed */

/* A fresh key pair; random NULL: the system's. */
int lw_group_make_key(const struct lw_group *g, const struct lw_random *random,
                      struct lw_key_pair *out);
/* public = secret times generator; secret is 1..LW_NUMBER_MAX bytes, not zero in the group. */
int lw_group_public(const struct lw_group *g, struct lw_span secret, struct lw_number *out);
/* LW_EFORMAT unless these bytes are an element of the group other than the neutral ones. */
int lw_group_check(const struct lw_group *g, struct lw_span public_key, struct lw_why *why);
/* The shared secret: the x of the point (9303-11 9.6), or the integer in the length of the prime.
 * Checks the other's key as above. */
int lw_group_agree(const struct lw_group *g, struct lw_span secret, struct lw_span other,
                   struct lw_number *out, struct lw_why *why);
/* secret times other, as a public key. */
int lw_group_multiply(const struct lw_group *g, struct lw_span secret, struct lw_span other,
                      struct lw_number *out, struct lw_why *why);

/* 9303-11 4.4.3.3.1: the group with generator nonce*G + H, H from secret and the other's key. */
int lw_group_map_generic(struct lw_group **out, const struct lw_group *g, struct lw_span secret,
                         struct lw_span other, struct lw_span nonce, struct lw_why *why);
/* 9303-11 4.4.3.3.2: the group with generator f(R(s, t)). s has lw_map_nonce_bytes(c), t
 * lw_cipher_key_bytes(c). LW_EUNSUP on curves with p = 1 mod 4 (P-224). */
int lw_group_map_integrated(struct lw_group **out, const struct lw_group *g, enum lw_cipher c,
                            struct lw_span s, struct lw_span t, struct lw_why *why);
size_t lw_map_nonce_bytes(enum lw_cipher c); /* 16, or 32 with keys longer than 128 bits */
/* R_p(s, t) of it: the pseudo-random number below p, in p's length. */
int lw_group_map_number(const struct lw_group *g, enum lw_cipher c, struct lw_span s,
                        struct lw_span t, struct lw_number *out);
/* The generator as a public key, for tests of worked examples. */
int lw_group_generator(const struct lw_group *g, struct lw_number *out);

#endif
