/* sim/vec.h - points and rotations in metres. World and vehicle axes: x forward, y to the
 * vehicle's left, z up. */
#ifndef LW_SIM_VEC_H
#define LW_SIM_VEC_H

#include <math.h>

#include "base/base.h"

struct lw_vec3 {
    float x, y, z;
};

static inline struct lw_vec3 lw_v3(float x, float y, float z)
{
    return (struct lw_vec3){.x = x, .y = y, .z = z};
}
static inline struct lw_vec3 lw_v3_add(struct lw_vec3 a, struct lw_vec3 b)
{
    return lw_v3(a.x + b.x, a.y + b.y, a.z + b.z);
}
static inline struct lw_vec3 lw_v3_sub(struct lw_vec3 a, struct lw_vec3 b)
{
    return lw_v3(a.x - b.x, a.y - b.y, a.z - b.z);
}
static inline struct lw_vec3 lw_v3_scale(struct lw_vec3 a, float s)
{
    return lw_v3(a.x * s, a.y * s, a.z * s);
}
static inline float lw_v3_dot(struct lw_vec3 a, struct lw_vec3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
static inline struct lw_vec3 lw_v3_cross(struct lw_vec3 a, struct lw_vec3 b)
{
    return lw_v3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);
}
static inline float lw_v3_length(struct lw_vec3 a)
{
    return sqrtf(lw_v3_dot(a, a));
}
static inline struct lw_vec3 lw_v3_unit(struct lw_vec3 a)
{
    const float n = lw_v3_length(a);
    return n > 0 ? lw_v3_scale(a, 1.0f / n) : a;
}
static inline struct lw_vec3 lw_v3_mix(struct lw_vec3 a, struct lw_vec3 b, float t)
{
    return lw_v3_add(lw_v3_scale(a, 1.0f - t), lw_v3_scale(b, t));
}

static inline float lw_mixf(float a, float b, float t)
{
    return a + (b - a) * t;
}
/* 0 up to a, 1 from b on, smooth between. */
static inline float lw_smoothf(float a, float b, float x)
{
    const float t = lw_clampf((x - a) / (b - a), 0.0f, 1.0f);
    return t * t * (3.0f - 2.0f * t);
}
static inline float lw_radians(float deg)
{
    return deg * 0.017453293f;
}

#endif
