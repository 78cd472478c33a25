#include <math.h>

#include "img/geom.h"

/* Where one coordinate falls between two source pixels, the border replicated. */
struct between {
    size_t at, next;
    float t;
};

static inline struct between split(float x, int n)
{
    x = lw_clampf(x, 0.0f, (float)(n - 1));
    int i = (int)x;
    return (struct between){
        .at = (size_t)i, .next = (size_t)lw_mini(i + 1, n - 1), .t = x - (float)i};
}

static inline float mix(float p, float q, float t)
{
    return p + (q - p) * t;
}

static inline void sample(uint8_t *dst, const struct lw_image *src, float x, float y, size_t bytes)
{
    struct between u = split(x, src->width), v = split(y, src->height);
    const uint8_t *top = src->data + v.at * src->stride;
    const uint8_t *bot = src->data + v.next * src->stride;
    const uint8_t *tl = top + u.at * bytes, *tr = top + u.next * bytes;
    const uint8_t *bl = bot + u.at * bytes, *br = bot + u.next * bytes;
    for (size_t c = 0; c < bytes; c++)
        dst[c] = (uint8_t)(mix(mix(tl[c], tr[c], u.t), mix(bl[c], br[c], u.t), v.t) + 0.5f);
}

enum { STEPS = 2048, HALF = STEPS / 2 * STEPS }; /* inside, weights in whole parts of 1 / STEPS */

/* The same where all four neighbours are there; x, y >= 0. */
static inline void sample_inside(uint8_t *dst, const struct lw_image *src, float x, float y,
                                 size_t bytes)
{
    unsigned fx = (unsigned)(int)(x * STEPS), fy = (unsigned)(int)(y * STEPS);
    unsigned u = fx % STEPS, v = fy % STEPS;
    const uint8_t *top = src->data + fy / STEPS * src->stride + fx / STEPS * bytes;
    const uint8_t *bot = top + src->stride;
    for (size_t c = 0; c < bytes; c++) {
        unsigned t = top[c] * (STEPS - u) + top[c + bytes] * u;
        unsigned b = bot[c] * (STEPS - u) + bot[c + bytes] * u;
        dst[c] = (uint8_t)((t * (STEPS - v) + b * v + HALF) / (STEPS * STEPS));
    }
}

static inline void warp_row(uint8_t *d, const struct lw_image *src, const struct lw_affine *A,
                            float y, int width, size_t bytes)
{
    const float right = (float)(src->width - 1), bottom = (float)(src->height - 1);
    const float x0 = A->b * y + A->c, y0 = A->e * y + A->f;
    for (int x = 0; x < width; x++, d += bytes) {
        float sx = A->a * (float)x + x0, sy = A->d * (float)x + y0;
        if (sx >= 0 && sy >= 0 && sx < right && sy < bottom)
            sample_inside(d, src, sx, sy, bytes);
        else
            sample(d, src, sx, sy, bytes);
    }
}

static int warp(struct lw_image **out, const struct lw_image *src, const struct lw_affine *A,
                int width, int height)
{
    struct lw_image *dst;
    int r = lw_image_new(&dst, src->fmt, width, height);
    if (r < 0)
        return r;
    for (int y = 0; y < height; y++)
        if (src->fmt == LW_PIX_RGB8) /* constants, so that both loops are unrolled */
            warp_row(lw_image_row(dst, y), src, A, (float)y, width, 3);
        else
            warp_row(lw_image_row(dst, y), src, A, (float)y, width, 1);
    *out = dst;
    return LW_OK;
}

/* The source interval that the destination needs along one axis, cut to the image and stretched to
 * a multiple of k; margin for the pixels that bilinear sampling looks at. */
static void interval(float lo, float hi, int n, int k, int *start, int *length)
{
    int a = (int)floorf(lw_clampf(lo, 0.0f, (float)(n - 1))) - k;
    int b = (int)ceilf(lw_clampf(hi, 0.0f, (float)(n - 1))) + k;
    a = lw_maxi(a, 0);
    b = lw_mini(b, n - 1);
    *start = a;
    *length = lw_mini((b - a + k) / k, LW_IMAGE_SIDE_MAX / k) * k;
}

static void bounds(const struct lw_affine *A, int width, int height, float lo[2], float hi[2])
{
    float w = (float)(width - 1), h = (float)(height - 1);
    lo[0] = A->c + lw_minf(0, A->a * w) + lw_minf(0, A->b * h);
    hi[0] = A->c + lw_maxf(0, A->a * w) + lw_maxf(0, A->b * h);
    lo[1] = A->f + lw_minf(0, A->d * w) + lw_minf(0, A->e * h);
    hi[1] = A->f + lw_maxf(0, A->d * w) + lw_maxf(0, A->e * h);
}

/* Only the part of src that is looked at is shrunk, by the whole number k: pixel u of the small
 * image covers k source pixels from x + k u on, its centre is x + k u + (k - 1) / 2. */
static int warp_shrunk(struct lw_image **out, const struct lw_image *src, const struct lw_affine *A,
                       int width, int height, int k)
{
    float lo[2], hi[2];
    int x, y, w, h;
    bounds(A, width, height, lo, hi);
    interval(lo[0], hi[0], src->width, k, &x, &w);
    interval(lo[1], hi[1], src->height, k, &y, &h);

    LW_AUTO(lw_image) part = NULL;
    LW_AUTO(lw_image) small = NULL;
    int r = lw_image_crop(&part, src, x, y, w, h);
    if (r < 0 || (r = lw_image_resize(&small, part, w / k, h / k)) < 0)
        return r;
    float s = 1.0f / (float)k, half = 0.5f * (float)(k - 1);
    struct lw_affine B = {.a = A->a * s,
                          .b = A->b * s,
                          .c = (A->c - (float)x - half) * s,
                          .d = A->d * s,
                          .e = A->e * s,
                          .f = (A->f - (float)y - half) * s};
    return warp(out, small, &B, width, height);
}

/* Also keeps every product below finite. */
static bool is_sane(const struct lw_affine *A)
{
    const float v[] = {A->a, A->b, A->c, A->d, A->e, A->f};
    for (size_t i = 0; i < LW_COUNT(v); i++)
        if (!(fabsf(v[i]) <= 1e9f))
            return false;
    return true;
}

int lw_image_warp(struct lw_image **out, const struct lw_image *src, const struct lw_affine *A,
                  int width, int height, float antialias)
{
    if (!is_sane(A))
        return LW_EINVAL;
    float scale = sqrtf(fabsf(A->a * A->e - A->b * A->d)); /* source pixels per destination pixel */
    if (antialias > 0 && scale > antialias && scale >= 2.0f) {
        int most = lw_mini(64, lw_mini(src->width, src->height));
        int k = lw_mini((int)lw_minf(scale, 64.0f), most);
        if (k >= 2)
            return warp_shrunk(out, src, A, width, height, k);
    }
    return warp(out, src, A, width, height);
}
