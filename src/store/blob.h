/* store/blob.h - blobs sealed and opened; for this room alone. */
#ifndef LW_STORE_BLOB_H
#define LW_STORE_BLOB_H

#include "store/inside.h"

/* A blob ready to be inserted: made outside of the transaction, since it takes time. */
struct lw_sealed {
    enum lw_item kind;
    bool of_document; /* whose: a document's or an occupant's */
    int index;
    float quality;
    int64_t due_utc_us;
    size_t n;
    uint8_t *bytes; /* borrowed */
    struct lw_wrapped key;
    int64_t seq; /* of its row, once it has one */
};

/* What a seal is bound to: the store, the record, the blob's number and kind, the policy. */
struct lw_blob_place {
    const char *store_id, *record_id;
    size_t n;
    const char *kind;
    const uint8_t *policy_sha256;
};

/* Into room, which holds b->bytes.n + LW_SEAL_EXTRA bytes and stays with *out. */
int lw_blob_seal(struct lw_sealed *out, uint8_t *room, struct lw_keys *keys,
                 const struct lw_blob_place *at, const struct lw_store_blob *b,
                 int64_t closed_utc_us, int64_t due_utc_us, struct lw_why *why);
/* Wrap a key anew for the same blob, under the present generation. */
int lw_blob_rewrap(struct lw_keys *keys, const struct lw_blob_place *at, struct lw_wrapped *key,
                   struct lw_why *why);
/* *out has sealed.n - LW_SEAL_EXTRA bytes and is yours: wipe and free it. */
int lw_blob_open(struct lw_keys *keys, const struct lw_blob_place *at, const struct lw_wrapped *key,
                 struct lw_span sealed, uint8_t **out, struct lw_why *why);

/* A blob's row: what it is bound to, and its key. */
struct lw_blob_row {
    int64_t seq;
    char record_id[LW_BUNDLE_ID], kind[16];
    size_t n;
    uint8_t policy_sha256[LW_SHA256_BYTES];
    bool has_key;
    struct lw_wrapped key;
};
/* Fill a row from columns blob.seq, record.id, blob.n, blob.kind, policy.sha256, generation,
 * until_utc_us, wrapped. */
#define LW_BLOB_COLUMNS                                                                            \
    "blob.seq, record.id, blob.n, blob.kind, policy.sha256, generation, until_utc_us, wrapped"
#define LW_BLOB_TABLES                                                                             \
    "blob JOIN record ON record.seq = blob.record JOIN policy ON policy.seq = record.policy"       \
    " LEFT JOIN blob_key ON blob_key.blob = blob.seq"
void lw_blob_read_row(struct lw_blob_row *out, sqlite3_stmt *st);
struct lw_blob_place lw_blob_place_of(const struct lw_store_identity *id,
                                      const struct lw_blob_row *row);

/* The end of the period whose wrapping key serves what is due then. */
int64_t lw_blob_period_end(int64_t closed_utc_us, int64_t due_utc_us);

#endif
