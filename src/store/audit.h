/* store/audit.h - the append-only chain of everything that was done to a store, and to whose data
 * (docs/formats/audit.md). */
#ifndef LW_STORE_AUDIT_H
#define LW_STORE_AUDIT_H

#include "cross/policy.h"
#include "crypt/keys.h"

struct lw_sql;

/* Who acts, in which role, and why. */
struct lw_actor {
    char name[64];
    enum lw_role role;
    char purpose[128];
};

/* --- checking: reads the file and nothing else --- */
struct lw_audit_opts {
    const char *keys;          /* key file; NULL: the store's name + ".keys", where that is there */
    const uint8_t *public_key; /* the 32 bytes that must have signed; NULL: not known otherwise */
};
struct lw_audit_report {
    int64_t entries, checkpoints;
    bool intact;
    int64_t first_broken; /* the first entry that is wrong or gone; 0 where intact */
    char what[160];       /* what is wrong with it */
    uint8_t public_key[LW_SIGN_PUBLIC];
    bool key_known; /* compared with a key file or a given key, not only with the store's own */
};
/* Fault only where the file cannot be read as a store; tampering is in the report. */
int lw_audit_verify(struct lw_audit_report *out, const char *path, const struct lw_audit_opts *opts,
                    struct lw_why *why);

/* --- writing: inside a transaction of the store --- */
struct lw_audit_entry {
    const struct lw_actor *actor;
    const char *action, *subject, *detail;
};
int lw_audit_make(struct lw_sql *q, struct lw_keys *keys, const struct lw_actor *actor,
                  struct lw_why *why); /* the first entry of a store */
/* Has the clock gone back by more than 5 minutes, or forward by more than 31 days? */
bool lw_audit_clock_jumped(int64_t from_utc_us, int64_t to_utc_us);
/* An entry; before it one that says so where the clock has jumped since the last one. */
int lw_audit_append(struct lw_sql *q, const struct lw_audit_entry *e, struct lw_why *why);
/* Sign the end of the chain, which goes to *end. Returns 1 where that made a checkpoint: tell the
 * keys' holder after the commit. numbered: the schema has numbers of checkpoints. */
int lw_audit_sign(struct lw_sql *q, struct lw_keys *keys, bool numbered, struct lw_anchor *end,
                  struct lw_why *why);
/* A store must not be behind what its keys' holder has seen. */
int lw_audit_check_anchor(struct lw_sql *q, struct lw_keys *keys, struct lw_why *why);

#endif
