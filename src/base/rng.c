#include "base/rng.h"

#include <math.h>

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = (*x += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

struct lw_rng lw_rng_seed(uint64_t seed)
{
    struct lw_rng r;
    for (int i = 0; i < 4; i++)
        r.s[i] = splitmix(&seed);
    return r;
}

struct lw_rng lw_rng_fork(const struct lw_rng *r, uint64_t part)
{
    uint64_t mix = part + UINT64_C(0x632be59bd9b4e019);
    return lw_rng_seed(r->s[0] ^ splitmix(&mix));
}

static uint64_t rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t lw_rng_u64(struct lw_rng *r)
{
    uint64_t *s = r->s;
    const uint64_t result = rotl(s[0] + s[3], 23) + s[0];
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

uint32_t lw_rng_below(struct lw_rng *r, uint32_t n)
{
    const uint32_t reject = (uint32_t)(-n) % n; /* 2^32 mod n */
    uint32_t x;
    do
        x = (uint32_t)(lw_rng_u64(r) >> 32);
    while (x < reject);
    return x % n;
}

double lw_rng_unit(struct lw_rng *r)
{
    return (double)(lw_rng_u64(r) >> 11) * 0x1p-53;
}

double lw_rng_range(struct lw_rng *r, double a, double b)
{
    return a + (b - a) * lw_rng_unit(r);
}

double lw_rng_gauss(struct lw_rng *r)
{
    const double u = 1.0 - lw_rng_unit(r); /* (0, 1]: the logarithm stays finite */
    const double v = lw_rng_unit(r);
    return sqrt(-2.0 * log(u)) * cos(2.0 * 3.14159265358979323846 * v);
}
