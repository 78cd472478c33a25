/* base/rng.h - seeded random numbers that are the same on every machine (xoshiro256++, seeded by
 * splitmix64: Blackman and Vigna, 2019). Not for keys: crypt/ has those. One owner, no locks. */
#ifndef LW_BASE_RNG_H
#define LW_BASE_RNG_H

#include "base/base.h"

struct lw_rng {
    uint64_t s[4];
};

struct lw_rng lw_rng_seed(uint64_t seed);
/* An independent stream for a numbered part, so that parts do not depend on each other's draws. */
struct lw_rng lw_rng_fork(const struct lw_rng *r, uint64_t part);
uint64_t lw_rng_u64(struct lw_rng *r);
uint32_t lw_rng_below(struct lw_rng *r, uint32_t n);       /* 0..n-1 without bias; n >= 1 */
double lw_rng_unit(struct lw_rng *r);                      /* [0, 1) */
double lw_rng_range(struct lw_rng *r, double a, double b); /* [a, b) */
double lw_rng_gauss(struct lw_rng *r);                     /* mean 0, sd 1 */

#endif
