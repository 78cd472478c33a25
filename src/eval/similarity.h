/* eval/similarity.h - all against all: the dot products of every pair of unit vectors.
 * The upper triangle is computed in tiles that stay in the cache and handed out row by row, so that
 * a hundred million scores need no memory. Shared: read-only once made. */
#ifndef LW_EVAL_SIMILARITY_H
#define LW_EVAL_SIMILARITY_H

#include "base/base.h"

struct lw_simset; /* vectors, repacked for the kernel */

enum { LW_SIMSET_MAX = 1000000, LW_SIMSET_DIM_MAX = 16384 };

/* n vectors, `stride` floats apart; borrowed for the call that takes them. */
struct lw_vectors {
    const float *v;
    size_t n;      /* 0..LW_SIMSET_MAX */
    size_t dim;    /* floats, 1..LW_SIMSET_DIM_MAX */
    size_t stride; /* >= dim */
};

/* Copies the vectors. kernel: "avx512", "avx2" or "plain", LW_EUNSUP where this processor lacks it;
 * NULL: the widest that it has. LW_EINVAL, LW_ENOMEM. */
int lw_simset_new(struct lw_simset **out, const struct lw_vectors *vectors, const char *kernel);
void lw_simset_free(struct lw_simset **s); /* wipes: templates are biometric; NULL-safe */

/* The scores of vector i against the vectors j0..j0+n-1, all of them after i. Borrowed for the
 * call. Different workers call at the same time; each pair comes exactly once, in no fixed order.
 * A negative return stops the comparison and is its result. */
typedef int (*lw_simset_fn)(void *ctx, unsigned worker, size_t i, size_t j0, const float *score,
                            size_t n);

/* threads 1..64. A score depends on its two vectors and the processor's kernel alone, not on the
 * number of threads. */
int lw_simset_all(const struct lw_simset *s, unsigned threads, lw_simset_fn fn, void *ctx);

const char *lw_simset_kernel(const struct lw_simset *s); /* "avx512", ... */

#endif
