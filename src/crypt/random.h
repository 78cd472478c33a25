/* crypt/random.h - where keys and challenges come from: the system's generator, or a script that
 * replays a worked example. */
#ifndef LW_CRYPT_RANDOM_H
#define LW_CRYPT_RANDOM_H

#include "base/base.h"

struct lw_random {
    /* Fill out with n bytes; LW_OK or a fault. */
    int (*fill)(void *ctx, uint8_t *out, size_t n);
    void *ctx;
};

/* From r, or from the system when r is NULL. */
int lw_random_fill(const struct lw_random *r, uint8_t *out, size_t n);

#endif
