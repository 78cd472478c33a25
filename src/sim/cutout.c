/* What belongs to the head: a person's outline in a photograph is not known, so it is estimated.
 * Colours well inside the face ellipse and colours well outside of the head fill two histograms;
 * each pixel's share follows from both (Bayes) with a prior that falls from the middle outwards,
 * and is smoothed. Where head and ground have the same colours the prior alone decides. */
#include "sim/cutout.h"

#include <stdlib.h>
#include <string.h>

#include "img/geom.h"

enum { TEX_W_MIN = 48, TEX_W_MAX = 400, BINS = 8, N_BINS = BINS * BINS * BINS };

void lw_sim_cutout_free(struct lw_sim_cutout **cp)
{
    struct lw_sim_cutout *c = *cp;
    if (!c)
        return;
    for (int i = 0; i < LW_SIM_LEVELS; i++)
        free(c->level[i]);
    free(c);
    *cp = NULL;
}

static float u_of(int x, int w)
{
    return LW_SIM_CUT_LEFT + (LW_SIM_CUT_RIGHT - LW_SIM_CUT_LEFT) * ((float)x + 0.5f) / (float)w;
}

static float v_of(int y, int h)
{
    return LW_SIM_CUT_TOP + (LW_SIM_CUT_BOTTOM - LW_SIM_CUT_TOP) * ((float)y + 0.5f) / (float)h;
}

/* 1 on the outline of an average head with hair, smaller inside. */
static float head_radius(float u, float v)
{
    const float x = u / 0.092f, y = (v + 0.022f) / (v < -0.022f ? 0.138f : 0.128f);
    return sqrtf(x * x + y * y);
}

/* The photograph about the face, head upright, w pixels wide. */
static int straighten(struct lw_image **out, const struct lw_sim_photo *p, int w, int h)
{
    const struct lw_face *f = &p->face;
    const float dx = f->eyes[1].x - f->eyes[0].x, dy = f->eyes[1].y - f->eyes[0].y;
    const float n = sqrtf(dx * dx + dy * dy);
    const float cs = n > 0 ? dx / n : 1, sn = n > 0 ? dy / n : 0;
    const float px_per_m = f->box.h / LW_SIM_FACE_H;
    const float s = (LW_SIM_CUT_RIGHT - LW_SIM_CUT_LEFT) / (float)w * px_per_m;
    const float cx = f->box.x + 0.5f * f->box.w, cy = f->box.y + 0.5f * f->box.h;
    const float u0 = u_of(0, w) * px_per_m, v0 = v_of(0, h) * px_per_m;
    const struct lw_affine a = {.a = s * cs,
                                .b = -s * sn,
                                .c = cx + cs * u0 - sn * v0,
                                .d = s * sn,
                                .e = s * cs,
                                .f = cy + sn * u0 + cs * v0};
    return lw_image_warp(out, p->image, &a, w, h, 1.5f);
}

static int bin_of(const uint8_t *p)
{
    return ((p[0] >> 5) * BINS + (p[1] >> 5)) * BINS + (p[2] >> 5);
}

struct colours {
    float in[N_BINS], out[N_BINS];
};

static void count_colours(struct colours *k, const struct lw_image *im)
{
    float n_in = 0, n_out = 0;
    memset(k, 0, sizeof(*k));
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < im->width; x++) {
            const uint8_t *p = lw_image_crow(im, y) + 3 * x;
            const float v = v_of(y, im->height), r = head_radius(u_of(x, im->width), v);
            if (r < 0.78f) {
                k->in[bin_of(p)] += 1;
                n_in += 1;
            } else if (r > 1.35f && v < 0.06f) { /* shoulders are neither */
                k->out[bin_of(p)] += 1;
                n_out += 1;
            }
        }
    for (int i = 0; i < N_BINS; i++) {
        k->in[i] = (k->in[i] + 0.5f) / (n_in + 0.5f * N_BINS);
        k->out[i] = (k->out[i] + 0.5f) / (n_out + 0.5f * N_BINS);
    }
}

/* Prior share of the head: sure inside, gone at 1.30 of its outline. Below the chin only the neck
 * is wanted; the collar of the drawn clothes goes over its end. */
static float prior(float u, float v)
{
    float p = 1.0f - lw_smoothf(0.72f, 1.30f, head_radius(u, v));
    const float neck =
        (1.0f - lw_smoothf(0.045f, 0.065f, fabsf(u))) * (1.0f - lw_smoothf(0.13f, 0.18f, v));
    if (v > 0.06f)
        p = lw_maxf(p * (1.0f - lw_smoothf(0.10f, 0.125f, v)), neck);
    return p;
}

static void estimate_mask(float *mask, const struct lw_image *im, const struct colours *k)
{
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < im->width; x++) {
            const int b = bin_of(lw_image_crow(im, y) + 3 * x);
            const float p = prior(u_of(x, im->width), v_of(y, im->height));
            const float in = p * k->in[b], out = (1 - p) * k->out[b];
            mask[y * im->width + x] = in > 0 ? in / (in + out) : 0;
        }
}

static void smooth_line(float *m, size_t step, int n, int r, float *copy)
{
    for (int i = 0; i < n; i++)
        copy[i] = m[(size_t)i * step];
    for (int i = 0; i < n; i++) {
        float sum = 0;
        for (int k = -r; k <= r; k++)
            sum += copy[lw_maxi(0, lw_mini(n - 1, i + k))];
        m[(size_t)i * step] = sum / (float)(2 * r + 1);
    }
}

static void smooth_mask(float *mask, int w, int h, int r)
{
    float copy[2 * TEX_W_MAX];
    for (int pass = 0; pass < 2; pass++) {
        for (int y = 0; y < h; y++)
            smooth_line(mask + (size_t)y * (size_t)w, 1, w, r, copy);
        for (int x = 0; x < w; x++)
            smooth_line(mask + x, (size_t)w, h, r, copy);
    }
    for (int i = 0; i < w * h; i++) /* steeper again after the smoothing */
        mask[i] = lw_smoothf(0.38f, 0.68f, mask[i]);
}

/* Melanin and dyes hardly absorb at 850 nm: tones come closer and lighter; red is the nearest to
 * it that a photograph has. */
static struct lw_rgbf infrared_of(struct lw_rgbf c)
{
    const float v = 0.16f + 0.66f * powf(lw_clampf(0.75f * c.r + 0.25f * c.g, 0, 1), 0.75f);
    return (struct lw_rgbf){v, v, v};
}

static void fill_base(struct lw_sim_cutout *c, const struct lw_image *im, const float *mask,
                      bool infrared)
{
    float lut[256];
    for (int i = 0; i < 256; i++)
        lut[i] = lw_srgb_linear((uint8_t)i);
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < im->width; x++) {
            const uint8_t *p = lw_image_crow(im, y) + 3 * x;
            struct lw_rgbf v = {lut[p[0]], lut[p[1]], lut[p[2]]};
            if (infrared)
                v = infrared_of(v);
            const float a = mask[y * im->width + x];
            c->level[0][y * im->width + x] = (struct lw_texel){v.r * a, v.g * a, v.b * a, a};
        }
}

static struct lw_texel mean4(const struct lw_texel *a, const struct lw_texel *b,
                             const struct lw_texel *c, const struct lw_texel *d)
{
    return (struct lw_texel){
        0.25f * (a->r + b->r + c->r + d->r), 0.25f * (a->g + b->g + c->g + d->g),
        0.25f * (a->b + b->b + c->b + d->b), 0.25f * (a->a + b->a + c->a + d->a)};
}

static int make_levels(struct lw_sim_cutout *c)
{
    for (int l = 1; l < c->n_levels; l++) {
        const int w = c->width[l], h = c->height[l], pw = c->width[l - 1];
        c->level[l] = malloc((size_t)w * (size_t)h * sizeof(struct lw_texel));
        if (!c->level[l])
            return LW_ENOMEM;
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++) {
                const struct lw_texel *p = c->level[l - 1] + 2 * y * pw + 2 * x;
                c->level[l][y * w + x] = mean4(p, p + 1, p + pw, p + pw + 1);
            }
    }
    return LW_OK;
}

/* Mean colour over an ellipse about (u, v). */
static struct lw_rgbf mean_colour(const struct lw_sim_cutout *c, float u, float v, float ru,
                                  float rv)
{
    const int l = lw_mini(1, c->n_levels - 1);
    struct lw_texel sum = {0, 0, 0, 1e-6f};
    for (int y = 0; y < c->height[l]; y++)
        for (int x = 0; x < c->width[l]; x++) {
            const float du = (u_of(x, c->width[l]) - u) / ru, dv = (v_of(y, c->height[l]) - v) / rv;
            if (du * du + dv * dv > 1)
                continue;
            const struct lw_texel *t = &c->level[l][y * c->width[l] + x];
            sum = (struct lw_texel){sum.r + t->r, sum.g + t->g, sum.b + t->b, sum.a + t->a};
        }
    return (struct lw_rgbf){sum.r / sum.a, sum.g / sum.a, sum.b / sum.a};
}

/* About as many pixels as the photograph has there, a multiple of 32 for the levels. */
static void choose_size(struct lw_sim_cutout *c, const struct lw_face *f)
{
    const float px_per_m = f->box.h / LW_SIM_FACE_H;
    const float want = (LW_SIM_CUT_RIGHT - LW_SIM_CUT_LEFT) * px_per_m;
    const int w = ((int)lw_clampf(want, TEX_W_MIN, TEX_W_MAX) + 31) / 32 * 32;
    const float ratio = (LW_SIM_CUT_BOTTOM - LW_SIM_CUT_TOP) / (LW_SIM_CUT_RIGHT - LW_SIM_CUT_LEFT);
    const int h = (int)((float)w * ratio + 31) / 32 * 32;
    c->n_levels = LW_SIM_LEVELS;
    for (int l = 0; l < LW_SIM_LEVELS; l++) {
        c->width[l] = w >> l;
        c->height[l] = h >> l;
    }
}

static int make_base(struct lw_sim_cutout *c, const struct lw_sim_photo *photo, bool infrared)
{
    LW_AUTO(lw_image) im = NULL;
    const int w = c->width[0], h = c->height[0];
    int r = straighten(&im, photo, w, h);
    if (r < 0)
        return r;
    LW_AUTO_MEM(float) mask = malloc((size_t)w * (size_t)h * sizeof(*mask));
    LW_AUTO_MEM(struct colours) k = malloc(sizeof(*k));
    c->level[0] = malloc((size_t)w * (size_t)h * sizeof(struct lw_texel));
    if (!mask || !k || !c->level[0])
        return LW_ENOMEM;
    count_colours(k, im);
    estimate_mask(mask, im, k);
    smooth_mask(mask, w, h, lw_maxi(1, w / 60));
    fill_base(c, im, mask, infrared);
    return LW_OK;
}

int lw_sim_cutout_new(struct lw_sim_cutout **out, const struct lw_sim_photo *photo, bool infrared)
{
    LW_AUTO(lw_sim_cutout) c = calloc(1, sizeof(*c));
    if (!c)
        return LW_ENOMEM;
    choose_size(c, &photo->face);
    int r = make_base(c, photo, infrared);
    if (r < 0 || (r = make_levels(c)) < 0)
        return r;
    c->skin = mean_colour(c, 0, 0.02f, 0.045f, 0.05f);
    c->hair = mean_colour(c, 0, -0.13f, 0.04f, 0.02f);
    c->photo_yaw_deg = photo->face.yaw_deg;
    c->inter_eye_px = photo->face.inter_eye_px;
    *out = c;
    c = NULL;
    return LW_OK;
}

int lw_sim_cutout_level(const struct lw_sim_cutout *c, float step_m)
{
    int level = 0;
    float texel_m = (LW_SIM_CUT_RIGHT - LW_SIM_CUT_LEFT) / (float)c->width[0];
    while (level + 1 < c->n_levels && texel_m * 1.5f < step_m) {
        texel_m *= 2;
        level++;
    }
    return level;
}

struct lw_texel lw_sim_cutout_at(const struct lw_sim_cutout *c, float u, float v, int level)
{
    const int w = c->width[level], h = c->height[level];
    const float x =
        lw_clampf((u - LW_SIM_CUT_LEFT) / (LW_SIM_CUT_RIGHT - LW_SIM_CUT_LEFT) * (float)w - 0.5f, 0,
                  (float)(w - 1));
    const float y =
        lw_clampf((v - LW_SIM_CUT_TOP) / (LW_SIM_CUT_BOTTOM - LW_SIM_CUT_TOP) * (float)h - 0.5f, 0,
                  (float)(h - 1));
    const int ix = lw_mini((int)x, w - 2), iy = lw_mini((int)y, h - 2);
    const float fx = x - (float)ix, fy = y - (float)iy;
    const struct lw_texel *p = c->level[level] + iy * w + ix, *q = p + w;
    const float a = (1 - fx) * (1 - fy), b = fx * (1 - fy), d = (1 - fx) * fy, e = fx * fy;
    return (struct lw_texel){.r = a * p[0].r + b * p[1].r + d * q[0].r + e * q[1].r,
                             .g = a * p[0].g + b * p[1].g + d * q[0].g + e * q[1].g,
                             .b = a * p[0].b + b * p[1].b + d * q[0].b + e * q[1].b,
                             .a = a * p[0].a + b * p[1].a + d * q[0].a + e * q[1].a};
}
