#include "img/geom.h"

#include <math.h>
#include <string.h>

#include "img/kinds.h"

static void crop_row(uint8_t *dst, const uint8_t *src, const struct lw_image *im, int x, int w)
{
    size_t bytes = (size_t)im->fmt;
    int from = lw_mini(lw_maxi(x, 0), im->width - 1); /* first source column used */
    int lead = lw_mini(lw_maxi(-x, 0), w - 1);        /* copies of column 0 before it */
    int n = lw_mini(w - lead, im->width - from);      /* columns copied as they are */
    for (int i = 0; i < lead; i++)
        memcpy(dst + (size_t)i * bytes, src, bytes);
    memcpy(dst + (size_t)lead * bytes, src + (size_t)from * bytes, (size_t)n * bytes);
    const uint8_t *last = src + (size_t)(im->width - 1) * bytes;
    for (int i = lead + n; i < w; i++)
        memcpy(dst + (size_t)i * bytes, last, bytes);
}

int lw_image_crop(struct lw_image **out, const struct lw_image *src, int x, int y, int w, int h)
{
    struct lw_image *dst;
    const int far = 1 << 24; /* keeps the sums below inside int */
    if (x < -far || x > far || y < -far || y > far)
        return LW_EINVAL;
    int r = lw_image_new(&dst, src->fmt, w, h);
    if (r < 0)
        return r;
    for (int i = 0; i < h; i++) {
        int sy = lw_mini(lw_maxi(y + i, 0), src->height - 1);
        crop_row(lw_image_row(dst, i), lw_image_crow(src, sy), src, x, w);
    }
    *out = dst;
    return LW_OK;
}

void lw_gray_row(uint8_t *restrict d, const uint8_t *restrict s, int width)
{
    for (int x = 0; x < width; x++)
        d[x] =
            (uint8_t)((299u * s[3 * x] + 587u * s[3 * x + 1] + 114u * s[3 * x + 2] + 500u) / 1000u);
}

static void rgb_row(uint8_t *restrict d, const uint8_t *restrict s, int width)
{
    for (int x = 0; x < width; x++)
        d[3 * x] = d[3 * x + 1] = d[3 * x + 2] = s[x];
}

static int convert(struct lw_image **out, const struct lw_image *src, enum lw_pixfmt fmt)
{
    struct lw_image *dst;
    int r = lw_image_new(&dst, fmt, src->width, src->height);
    if (r < 0)
        return r;
    for (int y = 0; y < src->height; y++) {
        uint8_t *d = lw_image_row(dst, y);
        const uint8_t *s = lw_image_crow(src, y);
        if (src->fmt == fmt)
            memcpy(d, s, (size_t)src->width * (size_t)fmt);
        else if (fmt == LW_PIX_GRAY8)
            lw_gray_row(d, s, src->width);
        else
            rgb_row(d, s, src->width);
    }
    *out = dst;
    return LW_OK;
}

int lw_image_to_gray(struct lw_image **out, const struct lw_image *src)
{
    return convert(out, src, LW_PIX_GRAY8);
}

int lw_image_to_rgb(struct lw_image **out, const struct lw_image *src)
{
    return convert(out, src, LW_PIX_RGB8);
}

static void mean_point(const struct lw_point *p, size_t n, double *mx, double *my)
{
    *mx = *my = 0;
    for (size_t i = 0; i < n; i++) {
        *mx += p[i].x;
        *my += p[i].y;
    }
    *mx /= (double)n;
    *my /= (double)n;
}

/* In the plane Umeyama's closed form needs no singular values: with both sets centred, the factor
 * (a + ib) = sum(conj(p) q) / sum |p|^2 of complex numbers is the best rotation and scale. */
int lw_similarity_fit(struct lw_affine *out, const struct lw_point *from, const struct lw_point *to,
                      size_t n)
{
    if (n < 2)
        return LW_EINVAL;
    double fx, fy, tx, ty, re = 0, im = 0, norm = 0;
    mean_point(from, n, &fx, &fy);
    mean_point(to, n, &tx, &ty);
    for (size_t i = 0; i < n; i++) {
        double px = from[i].x - fx, py = from[i].y - fy;
        double qx = to[i].x - tx, qy = to[i].y - ty;
        re += px * qx + py * qy;
        im += px * qy - py * qx;
        norm += px * px + py * py;
    }
    double a = re / norm, b = im / norm;
    if (!(norm > 0) || !isfinite(a) || !isfinite(b) || (a == 0 && b == 0))
        return LW_EINVAL;
    *out = (struct lw_affine){.a = (float)a,
                              .b = (float)-b,
                              .c = (float)(tx - a * fx + b * fy),
                              .d = (float)b,
                              .e = (float)a,
                              .f = (float)(ty - b * fx - a * fy)};
    return LW_OK;
}
