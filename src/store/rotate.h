/* store/rotate.h - new wrapping keys for what is kept, without encrypting any of it again. */
#ifndef LW_STORE_ROTATE_H
#define LW_STORE_ROTATE_H

#include "store/store.h"

struct lw_rotate_report {
    int64_t generation; /* of the new wrapping keys */
    int64_t blobs;      /* whose keys were wrapped anew */
    int destroyed;      /* old wrapping keys */
};
/* Interrupted, it leaves blobs of two generations, all readable; run again, it finishes. */
int lw_store_rotate(struct lw_store *s, struct lw_rotate_report *out, struct lw_why *why);

#endif
