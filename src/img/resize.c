/* Separable resampling. Each axis has its own table of taps: where it shrinks, a destination pixel
 * is the average of the source interval it covers, with fractional weights at both ends; where it
 * grows, the two nearest source pixels. A destination row is first summed from its source rows
 * (long plain loops, which the compiler vectorises), then gathered along x.
 *
 * Frames are shrunk to exactly a half or a quarter all the time, so that RGB has its own integer
 * path there. */
#include <stdlib.h>
#include <string.h>

#include "img/geom.h"

struct taps {
    int *start;    /* first source pixel of each destination pixel */
    int *count;    /* how many, 1..most */
    float *weight; /* most of them per destination pixel, sum 1 */
    int most;
};

static void taps_clear(struct taps *t)
{
    free(t->start);
    free(t->count);
    free(t->weight);
}

static void fill_area(struct taps *t, int n_src, int n_dst)
{
    double scale = (double)n_src / n_dst;
    for (int i = 0; i < n_dst; i++) {
        double lo = i * scale, hi = (i + 1) * scale;
        int first = lw_mini((int)lo, n_src - 1), n = 0;
        float *w = t->weight + (size_t)i * (size_t)t->most;
        for (int s = first; s < n_src && s < hi && n < t->most; s++) {
            double a = s > lo ? s : lo, b = s + 1 < hi ? s + 1 : hi;
            w[n++] = (float)((b - a) / scale);
        }
        t->start[i] = first;
        t->count[i] = n;
    }
}

static void fill_linear(struct taps *t, int n_src, int n_dst)
{
    double scale = (double)n_src / n_dst;
    for (int i = 0; i < n_dst; i++) {
        double at = (i + 0.5) * scale - 0.5;
        at = at < 0 ? 0 : at > n_src - 1 ? n_src - 1 : at;
        int first = (int)at;
        float *w = t->weight + (size_t)i * (size_t)t->most;
        w[1] = (float)(at - first);
        w[0] = 1.0f - w[1];
        t->start[i] = first;
        t->count[i] = w[1] > 0 ? 2 : 1;
    }
}

static int taps_init(struct taps *t, int n_src, int n_dst)
{
    t->most = n_src > n_dst ? n_src / n_dst + 3 : 2;
    t->start = malloc((size_t)n_dst * sizeof(int));
    t->count = malloc((size_t)n_dst * sizeof(int));
    t->weight = malloc((size_t)n_dst * (size_t)t->most * sizeof(float));
    if (!t->start || !t->count || !t->weight)
        return LW_ENOMEM;
    if (n_src > n_dst)
        fill_area(t, n_src, n_dst);
    else
        fill_linear(t, n_src, n_dst);
    return LW_OK;
}

static void sum_rows(float *restrict sum, const struct lw_image *src, const struct taps *v, int y,
                     size_t n)
{
    const float *w = v->weight + (size_t)y * (size_t)v->most;
    const uint8_t *restrict row = lw_image_crow(src, v->start[y]);
    for (size_t i = 0; i < n; i++)
        sum[i] = w[0] * (float)row[i];
    for (int k = 1; k < v->count[y]; k++) {
        const float wk = w[k];
        row = lw_image_crow(src, v->start[y] + k);
        for (size_t i = 0; i < n; i++)
            sum[i] += wk * (float)row[i];
    }
}

static inline uint8_t to_byte(float x)
{
    return (uint8_t)(lw_minf(x, 255.0f) + 0.5f);
}

static void gather_gray(uint8_t *restrict dst, const float *restrict sum, const struct taps *h,
                        int width)
{
    for (int x = 0; x < width; x++) {
        const float *w = h->weight + (size_t)x * (size_t)h->most;
        const float *p = sum + h->start[x];
        float s = 0;
        for (int k = 0; k < h->count[x]; k++)
            s += w[k] * p[k];
        dst[x] = to_byte(s);
    }
}

/* Four floats side by side: one pixel, and the first of the next that nobody looks at. */
typedef float quad __attribute__((vector_size(16)));

static inline quad load_quad(const float *p)
{
    quad q;
    memcpy(&q, p, sizeof(q));
    return q;
}

/* sum is one float longer than its row. */
static void gather_rgb(uint8_t *restrict dst, const float *restrict sum, const struct taps *h,
                       int width)
{
    for (int x = 0; x < width; x++, dst += 3) {
        const float *w = h->weight + (size_t)x * (size_t)h->most;
        const float *p = sum + 3 * (size_t)h->start[x];
        quad s = w[0] * load_quad(p);
        for (int k = 1; k < h->count[x]; k++)
            s += w[k] * load_quad(p + 3 * (size_t)k);
        for (int c = 0; c < 3; c++)
            dst[c] = to_byte(s[c]);
    }
}

static int resample(struct lw_image *dst, const struct lw_image *src)
{
    struct taps h = {0}, v = {0};
    size_t n = (size_t)src->width * (size_t)src->fmt;
    float *sum = calloc(n + 1, sizeof(float));
    int r = sum ? LW_OK : LW_ENOMEM;
    if (r == LW_OK && (r = taps_init(&h, src->width, dst->width)) == LW_OK &&
        (r = taps_init(&v, src->height, dst->height)) == LW_OK)
        for (int y = 0; y < dst->height; y++) {
            sum_rows(sum, src, &v, y, n);
            if (src->fmt == LW_PIX_RGB8)
                gather_rgb(lw_image_row(dst, y), sum, &h, dst->width);
            else
                gather_gray(lw_image_row(dst, y), sum, &h, dst->width);
        }
    taps_clear(&h);
    taps_clear(&v);
    free(sum);
    return r;
}

/* k source rows added up; k is 2 or 4, so 16 bits hold the sum. */
static void add_rows(uint16_t *restrict sum, const struct lw_image *src, int y, int k, size_t n)
{
    const uint8_t *restrict a = lw_image_crow(src, y), *restrict b = lw_image_crow(src, y + 1);
    for (size_t i = 0; i < n; i++)
        sum[i] = (uint16_t)(a[i] + b[i]);
    if (k == 2)
        return;
    a = lw_image_crow(src, y + 2);
    b = lw_image_crow(src, y + 3);
    for (size_t i = 0; i < n; i++)
        sum[i] = (uint16_t)(sum[i] + a[i] + b[i]);
}

static void gather_half(uint8_t *restrict d, const uint16_t *restrict s, int width)
{
    for (int x = 0; x < width; x++, d += 3, s += 6) {
        d[0] = (uint8_t)((s[0] + s[3] + 2) >> 2);
        d[1] = (uint8_t)((s[1] + s[4] + 2) >> 2);
        d[2] = (uint8_t)((s[2] + s[5] + 2) >> 2);
    }
}

static void gather_quarter(uint8_t *restrict d, const uint16_t *restrict s, int width)
{
    for (int x = 0; x < width; x++, d += 3, s += 12) {
        d[0] = (uint8_t)((s[0] + s[3] + s[6] + s[9] + 8) >> 4);
        d[1] = (uint8_t)((s[1] + s[4] + s[7] + s[10] + 8) >> 4);
        d[2] = (uint8_t)((s[2] + s[5] + s[8] + s[11] + 8) >> 4);
    }
}

static int shrink_rgb(struct lw_image *dst, const struct lw_image *src, int k)
{
    size_t n = 3 * (size_t)src->width;
    uint16_t *sum = malloc(n * sizeof(*sum));
    if (!sum)
        return LW_ENOMEM;
    for (int y = 0; y < dst->height; y++) {
        add_rows(sum, src, y * k, k, n);
        if (k == 2)
            gather_half(lw_image_row(dst, y), sum, dst->width);
        else
            gather_quarter(lw_image_row(dst, y), sum, dst->width);
    }
    free(sum);
    return LW_OK;
}

static int copy_rows(struct lw_image *dst, const struct lw_image *src)
{
    for (int y = 0; y < dst->height; y++)
        memcpy(lw_image_row(dst, y), lw_image_crow(src, y), (size_t)src->width * (size_t)src->fmt);
    return LW_OK;
}

static bool is_shrink(const struct lw_image *dst, const struct lw_image *src, int k)
{
    return src->fmt == LW_PIX_RGB8 && dst->width * k == src->width &&
           dst->height * k == src->height;
}

int lw_image_resize(struct lw_image **out, const struct lw_image *src, int width, int height)
{
    LW_AUTO(lw_image) dst = NULL;
    int r = lw_image_new(&dst, src->fmt, width, height);
    if (r < 0)
        return r;
    if (width == src->width && height == src->height)
        r = copy_rows(dst, src);
    else if (is_shrink(dst, src, 2))
        r = shrink_rgb(dst, src, 2);
    else if (is_shrink(dst, src, 4))
        r = shrink_rgb(dst, src, 4);
    else
        r = resample(dst, src);
    if (r < 0)
        return r;
    *out = dst;
    dst = NULL; /* moved to the caller */
    return LW_OK;
}
