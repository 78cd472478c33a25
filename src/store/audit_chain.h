/* store/audit_chain.h - how entries hash and what is signed; for audit.c and audit_verify.c. */
#ifndef LW_STORE_AUDIT_CHAIN_H
#define LW_STORE_AUDIT_CHAIN_H

#include "base/strbuf.h"
#include "crypt/digest.h"
#include "store/sql.h"

enum { LW_STORE_ID_TEXT = 33 }; /* 16 random bytes in hexadecimal */

struct lw_link {
    int64_t seq, utc_us;
    const char *texts[6]; /* actor, role, purpose, action, subject, detail */
};

/* SHA-256 over store id, previous hash, sequence, time and texts (docs/formats/audit.md). */
int lw_link_hash(uint8_t out[LW_SHA256_BYTES], const char *store_id,
                 const uint8_t previous[LW_SHA256_BYTES], const struct lw_link *l);

/* What is signed for an end of the chain; clear it. checkpoints: how many there are with it, 0 in
 * schemas that did not number them. */
struct lw_chain_end {
    int64_t seq, utc_us, checkpoints;
    uint8_t hash[LW_SHA256_BYTES]; /* of entry seq */
};
void lw_link_message(struct lw_strbuf *b, const char *store_id, const struct lw_chain_end *end);

struct lw_store_identity {
    char id[LW_STORE_ID_TEXT];
    uint8_t public_key[32];
};
int lw_store_identity_read(struct lw_sql *q, struct lw_store_identity *out, struct lw_why *why);

#endif
