#include "sim/noise.h"

/* A finaliser in the manner of murmur3 (Appleby): every bit of the input moves half of the
 * output's. */
static uint32_t mix(uint32_t h)
{
    h ^= h >> 16;
    h *= UINT32_C(0x85ebca6b);
    h ^= h >> 13;
    h *= UINT32_C(0xc2b2ae35);
    return h ^ h >> 16;
}

float lw_sim_hash(uint32_t seed, int32_t x, int32_t y)
{
    const uint32_t h = mix(seed ^ mix((uint32_t)x * UINT32_C(0x9e3779b1) ^ mix((uint32_t)y)));
    return (float)(h >> 8) * 0x1p-24f;
}

float lw_sim_noise2(uint32_t seed, float x, float y)
{
    const float fx = floorf(x), fy = floorf(y);
    const int32_t ix = (int32_t)fx, iy = (int32_t)fy;
    const float u = x - fx, v = y - fy;
    const float su = u * u * (3 - 2 * u), sv = v * v * (3 - 2 * v);
    const float top = lw_mixf(lw_sim_hash(seed, ix, iy), lw_sim_hash(seed, ix + 1, iy), su);
    const float low = lw_mixf(lw_sim_hash(seed, ix, iy + 1), lw_sim_hash(seed, ix + 1, iy + 1), su);
    return lw_mixf(top, low, sv);
}

float lw_sim_fbm2(uint32_t seed, float x, float y, int octaves)
{
    float sum = 0, weight = 0.5f, total = 0;
    for (int i = 0; i < octaves; i++) {
        sum += weight * lw_sim_noise2(seed + (uint32_t)i * 101u, x, y);
        total += weight;
        weight *= 0.5f;
        x *= 2.03f;
        y *= 2.03f;
    }
    return sum / total;
}
