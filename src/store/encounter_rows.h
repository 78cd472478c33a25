/* store/encounter_rows.h - the rows of `encounter`; for this room alone. */
#ifndef LW_STORE_ENCOUNTER_ROWS_H
#define LW_STORE_ENCOUNTER_ROWS_H

#include "store/blob.h"

/* Enter the best blobs that were just put as references for their owners' documents, wherever
 * lw_encounter_obstacle has nothing against it. Inside the closing transaction. */
int lw_encounter_enter(struct lw_store *s, const struct lw_store_entry *e,
                       const struct lw_sealed *sealed, size_t n, struct lw_why *why);
/* The references that a record made, which is being corrected. */
int lw_encounter_take_back(struct lw_sql *q, const char *record_id, struct lw_why *why);

/* What only the holder of the keys can compute for a row, and for a link. */
int lw_encounter_prove(struct lw_keys *keys, uint8_t out[LW_HMAC_BYTES],
                       const struct lw_blob_place *at, const uint8_t identity[LW_HMAC_BYTES]);
int lw_encounter_prove_link(struct lw_keys *keys, uint8_t out[LW_HMAC_BYTES], const char *store_id,
                            const uint8_t from[LW_HMAC_BYTES], const uint8_t to[LW_HMAC_BYTES]);

#endif
