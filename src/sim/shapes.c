#include "sim/shapes.h"

#include <string.h>

static struct lw_vec3 *new_part(struct lw_shape *s, size_t n)
{
    if (s->n_parts == LW_SHAPE_PARTS || n > LW_SHAPE_POINTS)
        return NULL;
    s->n[s->n_parts] = n;
    return s->p[s->n_parts++];
}

void lw_shape_polygon(struct lw_shape *s, const struct lw_vec3 *p, size_t n)
{
    struct lw_vec3 *part = new_part(s, n);
    if (part)
        memcpy(part, p, n * sizeof(*p));
}

enum { CORNER = 5 };

void lw_shape_rounded(struct lw_shape *s, const struct lw_vec3 *p, size_t n, float radius_m)
{
    struct lw_vec3 *part = new_part(s, n * CORNER);
    for (size_t i = 0; part && i < n; i++) {
        const struct lw_vec3 before = p[(i + n - 1) % n], after = p[(i + 1) % n];
        const float la = lw_v3_length(lw_v3_sub(before, p[i]));
        const float lb = lw_v3_length(lw_v3_sub(after, p[i]));
        const struct lw_vec3 a = lw_v3_mix(p[i], before, lw_minf(0.45f, radius_m / la));
        const struct lw_vec3 b = lw_v3_mix(p[i], after, lw_minf(0.45f, radius_m / lb));
        for (int k = 0; k < CORNER; k++) { /* quadratic Bezier curve */
            const float t = (float)k / (CORNER - 1);
            *part++ = lw_v3_mix(lw_v3_mix(a, p[i], t), lw_v3_mix(p[i], b, t), t);
        }
    }
}

void lw_shape_ellipse(struct lw_shape *s, struct lw_vec3 centre, struct lw_vec3 a, struct lw_vec3 b)
{
    const size_t n = 36;
    struct lw_vec3 *part = new_part(s, n);
    for (size_t i = 0; part && i < n; i++) {
        const float t = 6.2831853f * (float)i / (float)n;
        part[i] = lw_v3_add(centre, lw_v3_add(lw_v3_scale(a, cosf(t)), lw_v3_scale(b, sinf(t))));
    }
}

static struct lw_vec3 area_of(const struct lw_vec3 *p, size_t n)
{
    struct lw_vec3 sum = lw_v3(0, 0, 0);
    for (size_t i = 1; i + 1 < n; i++)
        sum = lw_v3_add(sum, lw_v3_cross(lw_v3_sub(p[i], p[0]), lw_v3_sub(p[i + 1], p[0])));
    return sum;
}

struct lw_vec3 lw_shape_normal(const struct lw_shape *s)
{
    return lw_v3_unit(area_of(s->p[0], s->n[0]));
}

void lw_shape_hole(struct lw_shape *s, const struct lw_shape *hole)
{
    const size_t n = hole->n[0];
    struct lw_vec3 *part = new_part(s, n);
    if (!part)
        return;
    const bool same = lw_v3_dot(area_of(hole->p[0], n), area_of(s->p[0], s->n[0])) > 0;
    for (size_t i = 0; i < n; i++)
        part[i] = hole->p[0][same ? n - 1 - i : i];
}

void lw_shape_move(struct lw_shape *s, struct lw_vec3 by)
{
    for (size_t i = 0; i < s->n_parts; i++)
        for (size_t k = 0; k < s->n[i]; k++)
            s->p[i][k] = lw_v3_add(s->p[i][k], by);
}

void lw_shape_smooth(struct lw_shape *s, const struct lw_vec3 *p, size_t n, size_t steps)
{
    struct lw_vec3 *part = new_part(s, n * steps);
    for (size_t i = 0; part && i < n; i++) {
        const struct lw_vec3 a = p[(i + n - 1) % n], b = p[i], c = p[(i + 1) % n],
                             d = p[(i + 2) % n];
        for (size_t k = 0; k < steps; k++) {
            const float t = (float)k / (float)steps, t2 = t * t, t3 = t2 * t;
            const float wa = -0.5f * t3 + t2 - 0.5f * t, wb = 1.5f * t3 - 2.5f * t2 + 1;
            const float wc = -1.5f * t3 + 2 * t2 + 0.5f * t, wd = 0.5f * t3 - 0.5f * t2;
            *part++ = lw_v3_add(lw_v3_add(lw_v3_scale(a, wa), lw_v3_scale(b, wb)),
                                lw_v3_add(lw_v3_scale(c, wc), lw_v3_scale(d, wd)));
        }
    }
}
