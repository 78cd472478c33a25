/* store/put.h - one crossing on its way into the store, step by step; for this room alone. */
#ifndef LW_STORE_PUT_H
#define LW_STORE_PUT_H

#include "base/strbuf.h"
#include "store/blob.h"

struct lw_putting {
    const struct lw_store_entry *entry; /* borrowed */
    struct lw_strbuf bytes;             /* the record, canonical */
    uint8_t sha256[LW_SHA256_BYTES];
    struct lw_dues dues;
    size_t n_sealed;
    struct lw_sealed *sealed;
    uint8_t *room; /* for the bytes of all of them */
    int64_t seq;   /* of the row */
    bool stale;    /* refused because the wrapping keys were rotated meanwhile: prepare again */
};

/* Everything that takes time and no lock: print, seal. Clear it in any case. */
int lw_putting_prepare(struct lw_putting *p, struct lw_store *s, const struct lw_store_entry *e,
                       struct lw_why *why);
/* Inside a transaction. */
int lw_putting_write(struct lw_putting *p, struct lw_store *s, struct lw_why *why);
void lw_putting_clear(struct lw_putting *p);

/* "too_dark,turned_away": words, so that a person who looks into the file can read them. */
int lw_put_reasons(struct lw_strbuf *b, uint32_t reasons);

#endif
