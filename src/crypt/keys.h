/* crypt/keys.h - who holds a store's secrets: a key file (crypt/keyfile.h), or a TPM or HSM behind
 * the same functions. The store sees nothing else. One owner, no locks.
 *
 * Each blob has a random key of its own. The store keeps it wrapped under a key of the period in
 * which the blob's time runs out, and the holder destroys that key when the period is over: from
 * then on nobody can read those blobs, in no copy and no backup of the store. */
#ifndef LW_CRYPT_KEYS_H
#define LW_CRYPT_KEYS_H

#include "crypt/seal.h"
#include "crypt/sign.h"

enum { LW_WRAPPED_BYTES = LW_SEAL_KEY + LW_SEAL_EXTRA };

/* A blob's key as the store keeps it. */
struct lw_wrapped {
    int64_t generation;   /* of the wrapping keys; each rotation makes the next one */
    int64_t until_utc_us; /* end of the period that the wrapping key serves */
    uint8_t bytes[LW_WRAPPED_BYTES];
};

/* How far the audit chain had come: a store that is behind is an old copy. */
struct lw_anchor {
    int64_t seq;
    uint8_t hash[32];
};

struct lw_keys;
struct lw_keys_ops {
    /* `about` binds the key to its blob, as in lw_seal. */
    int (*wrap)(struct lw_keys *k, struct lw_wrapped *out, const uint8_t key[LW_SEAL_KEY],
                int64_t until_utc_us, struct lw_span about, struct lw_why *why);
    /* LW_ENOTFOUND: the wrapping key was destroyed; LW_ECRYPTO: this is not what was wrapped. */
    int (*unwrap)(struct lw_keys *k, uint8_t key[LW_SEAL_KEY], const struct lw_wrapped *w,
                  struct lw_span about, struct lw_why *why);
    /* Destroy the wrapping keys of all periods that ended at or before that time. Returns how many,
     * or a fault. */
    int (*forget)(struct lw_keys *k, int64_t utc_us, struct lw_why *why);
    /* From now on wrap under keys of a new generation; older ones still unwrap. */
    int (*rotate)(struct lw_keys *k, int64_t *generation, struct lw_why *why);
    /* The generation that is wrapped under now, whoever rotated. */
    int (*current)(struct lw_keys *k, int64_t *generation, struct lw_why *why);
    /* Destroy the wrapping keys of all generations before this one. Returns how many. */
    int (*retire)(struct lw_keys *k, int64_t generation, struct lw_why *why);
    int (*sign)(struct lw_keys *k, uint8_t out[LW_SIGN_BYTES], struct lw_span message);
    /* Keyed digest of an identity: the same for the same bytes, meaningless without the key. */
    int (*identify)(struct lw_keys *k, uint8_t out[LW_HMAC_BYTES], struct lw_span bytes);
    int (*get_anchor)(struct lw_keys *k, struct lw_anchor *out, struct lw_why *why);
    /* Never goes back: an anchor before the present one changes nothing. */
    int (*set_anchor)(struct lw_keys *k, const struct lw_anchor *a, struct lw_why *why);
    /* The same after every transaction, cheaply: what a power cut may take back, but not the end of
     * a program. get_anchor answers with the later of the two. */
    void (*seen)(struct lw_keys *k, const struct lw_anchor *a);
    void (*close)(struct lw_keys *k);
};

struct lw_keys {
    const struct lw_keys_ops *ops;
    uint8_t public_key[LW_SIGN_PUBLIC]; /* of what it signs */
};

static inline void lw_keys_close(struct lw_keys **k)
{
    if (*k)
        (*k)->ops->close(*k);
    *k = NULL;
}
#define LW_AUTO_KEYS __attribute__((cleanup(lw_keys_close))) struct lw_keys *

#endif
