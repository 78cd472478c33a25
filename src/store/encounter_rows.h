/* store/encounter_rows.h - the rows of `encounter`; for this room alone. */
#ifndef LW_STORE_ENCOUNTER_ROWS_H
#define LW_STORE_ENCOUNTER_ROWS_H

#include "store/blob.h"

struct lw_encounter_blob {
    int64_t seq, record; /* blob.seq, record.seq */
    size_t n;            /* blob.n */
};

/* Enter a blob that was just put as a reference, and keep the best ones only. Inside the closing
 * transaction. LW_EINVAL where lw_encounter_obstacle has something against it. */
int lw_encounter_add(struct lw_store *s, const struct lw_store_entry *e,
                     const struct lw_sealed *sealed, const struct lw_encounter_blob *b,
                     struct lw_why *why);
/* The references that a record made, which is being corrected. */
int lw_encounter_take_back(struct lw_sql *q, const char *record_id, struct lw_why *why);

/* What only the holder of the keys can compute for a row, and for a link. */
int lw_encounter_prove(struct lw_keys *keys, uint8_t out[LW_HMAC_BYTES],
                       const struct lw_blob_place *at, const uint8_t identity[LW_HMAC_BYTES]);
int lw_encounter_prove_link(struct lw_keys *keys, uint8_t out[LW_HMAC_BYTES], const char *store_id,
                            const uint8_t from[LW_HMAC_BYTES], const uint8_t to[LW_HMAC_BYTES]);

#endif
