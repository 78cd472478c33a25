/* store/policies.h - the policy a store is used under, kept with what was put under it, and the
 * times at which things are due to go. */
#ifndef LW_STORE_POLICIES_H
#define LW_STORE_POLICIES_H

#include "cross/policy.h"
#include "cross/record.h"
#include "crypt/digest.h"
#include "store/audit.h"

struct lw_sql;
struct lw_store_identity;

struct lw_store_policy {
    struct lw_policy rules;
    struct lw_span text; /* the file as it is; n is 0 where there is no policy */
    uint8_t sha256[LW_SHA256_BYTES];
};

/* Parse and digest; text stays the caller's. */
int lw_policy_take(struct lw_store_policy *out, struct lw_span text, struct lw_why *why);

/* Number of the policy in the store, which it enters signed where it is new. An audit entry where
 * another one was in use last. Inside a transaction. */
int lw_policy_enter(struct lw_sql *q, struct lw_keys *keys, const struct lw_actor *actor,
                    const struct lw_store_policy *p, int64_t *seq, struct lw_why *why);

/* Is the digest of a policy signed with this store's key? */
bool lw_policy_signed(const struct lw_store_identity *id, struct lw_span sha256,
                      struct lw_span signature);

/* The rule for one occupant: that of their document where they are verified, else that of unknown
 * people. */
const struct lw_policy_rule *lw_policy_occupant(const struct lw_policy *p,
                                                const struct lw_record *rec, size_t i);
const struct lw_policy_rule *lw_policy_document(const struct lw_policy *p,
                                                const struct lw_record *rec, size_t i);

/* When the decisions of one record are due to go. The record's bytes name everybody: they go with
 * the first person's term. Its row goes with the last one's. */
struct lw_dues {
    int64_t occupant[LW_OCCUPANTS_MAX], document[LW_BUNDLE_DOCUMENTS_MAX];
    int64_t bytes, record;
};
/* verified_utc_us: when each occupant was verified, 0 or NULL: at closing. */
void lw_dues_set(struct lw_dues *d, const struct lw_policy *p, const struct lw_record *rec,
                 const int64_t *verified_utc_us);
/* The same for a photo, template or fields; never later than the decision that it belongs to. */
int64_t lw_due_of_item(const struct lw_policy *p, const struct lw_record *rec, enum lw_item item,
                       size_t index, const int64_t *verified_utc_us);
/* The same for a document's portrait: with the first of photo, fields and decision. */
int64_t lw_due_of_portrait(const struct lw_policy *p, const struct lw_record *rec, size_t document,
                           const int64_t *verified_utc_us);

#endif
