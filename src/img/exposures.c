/* Each pixel takes its luminance from the frames that show it best: where it is neither dark nor
 * bright, and where there is an edge. Weights that change from pixel to pixel would tear the
 * picture, so that details of each size (levels of a Laplacian pyramid) are mixed with weights as
 * smooth as the details are large (Gaussian pyramid of the weights). */
#include "img/exposures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "img/geom.h"

enum { LEVELS_MAX = 12, LEAST_SIDE = 8 };

static const float WELL_EXPOSED = 0.5f, SPREAD = 0.2f; /* of 0..1, as in the paper */
static const float LEAST_WEIGHT = 1e-3f;               /* where no frame shows anything */

struct plane {
    int w, h;
    float *v;
};

static int plane_new(struct plane *p, int w, int h)
{
    *p = (struct plane){.w = w, .h = h, .v = malloc((size_t)w * (size_t)h * sizeof(float))};
    return p->v ? LW_OK : LW_ENOMEM;
}

static void plane_free(struct plane *p)
{
    free(p->v);
    p->v = NULL;
}

/* Means of two by two; the last row and column of odd sizes count twice. */
static void halve(struct plane *to, const struct plane *from)
{
    for (int y = 0; y < to->h; y++) {
        const float *a = from->v + (size_t)(2 * y) * (size_t)from->w;
        const float *b = 2 * y + 1 < from->h ? a + from->w : a;
        for (int x = 0; x < to->w; x++) {
            const int x0 = 2 * x, x1 = lw_mini(2 * x + 1, from->w - 1);
            to->v[(size_t)y * (size_t)to->w + (size_t)x] = (a[x0] + a[x1] + b[x0] + b[x1]) / 4;
        }
    }
}

/* The value of the smaller plane under pixel x, y of the larger one, bilinear. */
static float enlarged(const struct plane *p, int x, int y)
{
    const int ax = x / 2, ay = y / 2;
    const int bx = lw_maxi(0, lw_mini(ax + (x & 1 ? 1 : -1), p->w - 1));
    const int by = lw_maxi(0, lw_mini(ay + (y & 1 ? 1 : -1), p->h - 1));
    const float *a = p->v + (size_t)ay * (size_t)p->w, *b = p->v + (size_t)by * (size_t)p->w;
    return (9 * a[ax] + 3 * a[bx] + 3 * b[ax] + b[bx]) / 16;
}

struct work {
    size_t n;
    int levels;
    struct plane tone[LW_EXPOSURES_MAX][LEVELS_MAX], weight[LW_EXPOSURES_MAX][LEVELS_MAX];
    struct plane fused[LEVELS_MAX];
};

static void work_free(struct work **k)
{
    if (!*k)
        return;
    for (int l = 0; l < LEVELS_MAX; l++) {
        plane_free(&(*k)->fused[l]);
        for (size_t i = 0; i < LW_EXPOSURES_MAX; i++) {
            plane_free(&(*k)->tone[i][l]);
            plane_free(&(*k)->weight[i][l]);
        }
    }
    free(*k);
    *k = NULL;
}

static int work_new(struct work **out, size_t n, int w, int h)
{
    LW_AUTO(work) k = calloc(1, sizeof(*k));
    int r = k ? LW_OK : LW_ENOMEM;
    for (int l = 0; r >= 0 && l < LEVELS_MAX; l++) {
        r = plane_new(&k->fused[l], w, h);
        for (size_t i = 0; i < n && r >= 0; i++)
            if ((r = plane_new(&k->tone[i][l], w, h)) >= 0)
                r = plane_new(&k->weight[i][l], w, h);
        k->levels = l + 1;
        if (lw_mini(w, h) < 2 * LEAST_SIDE)
            break;
        w = (w + 1) / 2;
        h = (h + 1) / 2;
    }
    if (r < 0)
        return r;
    k->n = n;
    *out = k;
    k = NULL;
    return LW_OK;
}

static float luminance(const uint8_t *p)
{
    return (0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2]) / 255;
}

static void read_tones(struct plane *p, const struct lw_image *im)
{
    for (int y = 0; y < p->h; y++) {
        const uint8_t *row = lw_image_crow(im, y);
        for (int x = 0; x < p->w; x++)
            p->v[(size_t)y * (size_t)p->w + (size_t)x] = luminance(row + 3 * x);
    }
}

static float contrast(const struct plane *p, int x, int y)
{
    const float *c = p->v + (size_t)y * (size_t)p->w + (size_t)x;
    const float left = x > 0 ? c[-1] : *c, right = x + 1 < p->w ? c[1] : *c;
    const float above = y > 0 ? c[-p->w] : *c, below = y + 1 < p->h ? c[p->w] : *c;
    return fabsf(left + right + above + below - 4 * *c);
}

static void weigh(struct plane *weight, const struct plane *tone)
{
    for (int y = 0; y < tone->h; y++)
        for (int x = 0; x < tone->w; x++) {
            const size_t at = (size_t)y * (size_t)tone->w + (size_t)x;
            const float off = (tone->v[at] - WELL_EXPOSED) / SPREAD;
            weight->v[at] = expf(-off * off / 2) * (contrast(tone, x, y) + LEAST_WEIGHT) + 1e-9f;
        }
}

static void normalise(struct work *k)
{
    const size_t pixels = (size_t)k->fused[0].w * (size_t)k->fused[0].h;
    for (size_t at = 0; at < pixels; at++) {
        float sum = 0;
        for (size_t i = 0; i < k->n; i++)
            sum += k->weight[i][0].v[at];
        for (size_t i = 0; i < k->n; i++)
            k->weight[i][0].v[at] /= sum;
    }
}

/* Weighted details of level l of all frames; of the last level the tones themselves. */
static void mix(struct work *k, int l)
{
    struct plane *f = &k->fused[l];
    const bool last = l + 1 == k->levels;
    memset(f->v, 0, (size_t)f->w * (size_t)f->h * sizeof(float));
    for (size_t i = 0; i < k->n; i++)
        for (int y = 0; y < f->h; y++)
            for (int x = 0; x < f->w; x++) {
                const size_t at = (size_t)y * (size_t)f->w + (size_t)x;
                const float base = last ? 0 : enlarged(&k->tone[i][l + 1], x, y);
                f->v[at] += k->weight[i][l].v[at] * (k->tone[i][l].v[at] - base);
            }
}

static void collapse(struct work *k)
{
    for (int l = k->levels - 1; l-- > 0;) {
        struct plane *f = &k->fused[l];
        for (int y = 0; y < f->h; y++)
            for (int x = 0; x < f->w; x++)
                f->v[(size_t)y * (size_t)f->w + (size_t)x] += enlarged(&k->fused[l + 1], x, y);
    }
}

static int write_out(struct lw_image **out, const struct work *k, const struct lw_image *last)
{
    struct lw_image *im = NULL;
    const struct plane *f = &k->fused[0], *own = &k->tone[k->n - 1][0];
    int r = lw_image_new(&im, LW_PIX_RGB8, last->width, last->height);
    if (r < 0)
        return r;
    for (int y = 0; y < f->h; y++) {
        const uint8_t *from = lw_image_crow(last, y);
        uint8_t *to = lw_image_row(im, y);
        for (int x = 0; x < f->w; x++) {
            const size_t at = (size_t)y * (size_t)f->w + (size_t)x;
            const float gain = 255 * (f->v[at] - own->v[at]);
            for (int c = 3 * x; c < 3 * x + 3; c++)
                to[c] = (uint8_t)lroundf(lw_clampf((float)from[c] + gain, 0, 255));
        }
    }
    *out = im;
    return LW_OK;
}

static bool valid(struct lw_image *const *frames, size_t n)
{
    if (n < 2 || n > LW_EXPOSURES_MAX)
        return false;
    for (size_t i = 0; i < n; i++)
        if (frames[i]->fmt != LW_PIX_RGB8 || frames[i]->width != frames[0]->width ||
            frames[i]->height != frames[0]->height)
            return false;
    return frames[0]->width >= 2 && frames[0]->height >= 2 &&
           frames[0]->width <= LW_EXPOSURES_SIDE_MAX && frames[0]->height <= LW_EXPOSURES_SIDE_MAX;
}

int lw_image_fuse_exposures(struct lw_image **out, struct lw_image *const *frames, size_t n)
{
    LW_AUTO(work) k = NULL;
    if (!valid(frames, n))
        return LW_EINVAL;
    int r = work_new(&k, n, frames[0]->width, frames[0]->height);
    if (r < 0)
        return r;
    for (size_t i = 0; i < n; i++) {
        read_tones(&k->tone[i][0], frames[i]);
        weigh(&k->weight[i][0], &k->tone[i][0]);
    }
    normalise(k);
    for (size_t i = 0; i < n; i++)
        for (int l = 1; l < k->levels; l++) {
            halve(&k->tone[i][l], &k->tone[i][l - 1]);
            halve(&k->weight[i][l], &k->weight[i][l - 1]);
        }
    for (int l = 0; l < k->levels; l++)
        mix(k, l);
    collapse(k);
    return write_out(out, k, frames[n - 1]);
}
