/* Polygons are filled by signed area: each edge adds, in every cell it touches, how much of the
 * cell and of all cells to its right lies below it; a running sum along the row is then the exact
 * coverage. Holes run the other way round and subtract themselves. */
#include "sim/canvas.h"

#include <stdlib.h>
#include <string.h>

float lw_srgb_linear(uint8_t v)
{
    const float x = (float)v / 255.0f;
    return x <= 0.04045f ? x / 12.92f : powf((x + 0.055f) / 1.055f, 2.4f);
}

int lw_canvas_new(struct lw_canvas **out, int width, int height)
{
    if (width < 16 || height < 16 || width > 8192 || height > 8192)
        return LW_EINVAL;
    LW_AUTO(lw_canvas) c = calloc(1, sizeof(*c));
    if (!c)
        return LW_ENOMEM;
    const size_t n = (size_t)width * (size_t)height;
    c->width = width;
    c->height = height;
    c->px = calloc(n, sizeof(*c->px));
    c->owner = calloc(n, 1);
    c->area = calloc(n + (size_t)height * 2 + 4, sizeof(float));
    if (!c->px || !c->owner || !c->area)
        return LW_ENOMEM;
    *out = c;
    c = NULL;
    return LW_OK;
}

void lw_canvas_free(struct lw_canvas **cp)
{
    struct lw_canvas *c = *cp;
    if (!c)
        return;
    free(c->px);
    free(c->owner);
    free(c->area);
    free(c);
    *cp = NULL;
}

struct flat {
    size_t n;
    struct lw_point p[LW_SHAPE_POINTS * 2];
};

/* Sutherland and Hodgman, 1974, against the plane just before the camera, then to pixels. */
static void project_part(const struct lw_sim_camera *cam, const struct lw_vec3 *p, size_t n,
                         struct flat *out)
{
    const float near_m = 0.05f;
    out->n = 0;
    for (size_t i = 0; i < n; i++) {
        const struct lw_vec3 a = p[i], b = p[(i + 1) % n];
        const float da = lw_v3_dot(lw_v3_sub(a, cam->at), cam->forward) - near_m;
        const float db = lw_v3_dot(lw_v3_sub(b, cam->at), cam->forward) - near_m;
        if (da >= 0) {
            const struct lw_sim_pixel q = lw_sim_project(cam, a);
            out->p[out->n++] = (struct lw_point){.x = q.x, .y = q.y};
        }
        if ((da >= 0) != (db >= 0)) {
            const struct lw_sim_pixel q = lw_sim_project(cam, lw_v3_mix(a, b, da / (da - db)));
            out->p[out->n++] = (struct lw_point){.x = q.x, .y = q.y};
        }
    }
}

struct box {
    int x0, y0, x1, y1; /* x1, y1 beyond */
};

static void grow(struct box *b, const struct flat *f)
{
    for (size_t i = 0; i < f->n; i++) {
        const float x = lw_clampf(f->p[i].x, -1e6f, 1e6f), y = lw_clampf(f->p[i].y, -1e6f, 1e6f);
        b->x0 = lw_mini(b->x0, (int)floorf(x));
        b->y0 = lw_mini(b->y0, (int)floorf(y));
        b->x1 = lw_maxi(b->x1, (int)ceilf(x) + 1);
        b->y1 = lw_maxi(b->y1, (int)ceilf(y) + 1);
    }
}

/* One row's part of an edge: from (xa) to (xb), falling by dy (signed), inside width cells. */
static void add_row(float *row, int width, float xa, float xb, float dy)
{
    const float lo = lw_minf(xa, xb), hi = lw_maxf(xa, xb);
    const int first = (int)lo, last = (int)hi;
    if (first >= width)
        return;
    if (first == last) {
        const float mid = 0.5f * (lo + hi) - (float)first;
        row[first] += dy * (1.0f - mid);
        row[first + 1] += dy * mid;
        return;
    }
    /* The running area of the trapezoids: cell by cell what lies right of the edge. */
    const float slope = dy / (hi - lo);
    float before = 0;
    for (int x = first; x <= last; x++) {
        const float from = lw_maxf(lo, (float)x), to = lw_minf(hi, (float)(x + 1));
        const float step = (to - from) * slope;
        const float mid = 0.5f * (from + to) - (float)x;
        const float here = step * (1.0f - mid);
        if (x >= width)
            return;
        row[x] += here + before;
        before = step - here;
    }
    row[last + 1] += before;
}

/* Edges left of the box count as running along its left side: they cover all cells of the row. */
static void add_edge(float *area, const struct box *b, struct lw_point p, struct lw_point q)
{
    const int w = b->x1 - b->x0, h = b->y1 - b->y0;
    const float sign = p.y < q.y ? 1.0f : -1.0f;
    const struct lw_point top = p.y < q.y ? p : q, low = p.y < q.y ? q : p;
    const float y0 = lw_maxf(top.y - (float)b->y0, 0.0f);
    const float y1 = lw_minf(low.y - (float)b->y0, (float)h);
    if (y1 <= y0)
        return;
    const float dxdy = (low.x - top.x) / (low.y - top.y);
    for (int y = (int)y0; y < h && (float)y < y1; y++) {
        const float ya = lw_maxf(y0, (float)y), yb = lw_minf(y1, (float)(y + 1));
        const float xa = top.x + (ya + (float)b->y0 - top.y) * dxdy - (float)b->x0;
        const float xb = top.x + (yb + (float)b->y0 - top.y) * dxdy - (float)b->x0;
        add_row(area + (size_t)y * (size_t)(w + 2), w, lw_clampf(xa, 0.0f, (float)w),
                lw_clampf(xb, 0.0f, (float)w), sign * (yb - ya));
    }
}

static void fill_box(struct lw_canvas *c, const struct box *b, lw_canvas_span_fn fn, void *ctx)
{
    const int w = b->x1 - b->x0;
    for (int y = b->y0; y < b->y1; y++) {
        float *row = c->area + (size_t)(y - b->y0) * (size_t)(w + 2);
        float sum = 0;
        int from = w, to = 0;
        for (int x = 0; x < w; x++) {
            sum += row[x];
            row[x] = lw_minf(fabsf(sum), 1.0f);
            if (row[x] > 0.002f) {
                from = lw_mini(from, x);
                to = x + 1;
            }
        }
        if (from < to)
            fn(ctx, c, y, b->x0 + from, to - from, row + from);
    }
}

void lw_canvas_shape(struct lw_canvas *c, const struct lw_sim_camera *cam,
                     const struct lw_shape *shape, lw_canvas_span_fn fn, void *ctx)
{
    struct flat parts[LW_SHAPE_PARTS];
    struct box b = {.x0 = c->width, .y0 = c->height, .x1 = 0, .y1 = 0};
    for (size_t i = 0; i < shape->n_parts; i++) {
        project_part(cam, shape->p[i], shape->n[i], &parts[i]);
        grow(&b, &parts[i]);
    }
    b.x0 = lw_maxi(b.x0, 0);
    b.y0 = lw_maxi(b.y0, 0);
    b.x1 = lw_mini(b.x1, c->width);
    b.y1 = lw_mini(b.y1, c->height);
    if (b.x0 >= b.x1 || b.y0 >= b.y1)
        return;
    memset(c->area, 0, (size_t)(b.x1 - b.x0 + 2) * (size_t)(b.y1 - b.y0) * sizeof(float));
    for (size_t i = 0; i < shape->n_parts; i++)
        for (size_t k = 0; k < parts[i].n; k++)
            add_edge(c->area, &b, parts[i].p[k], parts[i].p[(k + 1) % parts[i].n]);
    fill_box(c, &b, fn, ctx);
}

struct plain {
    struct lw_rgbf color;
    float opacity;
};

static void span_plain(void *ctx, struct lw_canvas *c, int y, int x, int n, const float *over)
{
    const struct plain *p = ctx;
    const size_t at = (size_t)y * (size_t)c->width + (size_t)x;
    for (size_t i = 0; i < (size_t)n; i++) {
        const float a = over[i] * p->opacity;
        c->px[at + i] = lw_rgbf_mix(c->px[at + i], p->color, a);
        if (a > 0.5f)
            c->owner[at + i] = LW_OWNER_THING;
    }
}

void lw_canvas_paint(struct lw_canvas *c, const struct lw_sim_camera *cam,
                     const struct lw_shape *shape, struct lw_rgbf color, float opacity)
{
    struct plain p = {.color = color, .opacity = opacity};
    lw_canvas_shape(c, cam, shape, span_plain, &p);
}

enum { BLUR_RADIUS_MAX = 32 };

static int gauss(float w[2 * BLUR_RADIUS_MAX + 1], float sigma)
{
    const int r = lw_mini((int)ceilf(2.5f * sigma), BLUR_RADIUS_MAX);
    float sum = 0;
    for (int i = -r; i <= r; i++)
        sum += w[i + r] = expf(-0.5f * (float)(i * i) / (sigma * sigma));
    for (int i = 0; i <= 2 * r; i++)
        w[i] /= sum;
    return r;
}

/* in has r pixels of margin on both sides. */
static void blur_row(struct lw_rgbf *out, const struct lw_rgbf *in, int n, const float *w, int r)
{
    float *o = &out->r;
    memset(o, 0, (size_t)n * sizeof(*out));
    for (int k = 0; k <= 2 * r; k++) {
        const float *src = &in[k].r, wk = w[k];
        for (int i = 0; i < 3 * n; i++)
            o[i] += wk * src[i];
    }
}

static void load_row(struct lw_rgbf *padded, const struct lw_canvas *c, int y, int r)
{
    const struct lw_rgbf *row = c->px + (size_t)y * (size_t)c->width;
    memcpy(padded + r, row, (size_t)c->width * sizeof(*row));
    for (int i = 0; i < r; i++) {
        padded[i] = row[0];
        padded[c->width + r + i] = row[c->width - 1];
    }
}

/* Rows blurred along x wait in a ring for the pass along y; the picture is overwritten behind it.
 */
static void blur_picture(struct lw_canvas *c, struct lw_rgbf *ring, struct lw_rgbf *padded,
                         const float *w, int r)
{
    const int taps = 2 * r + 1, width = c->width, height = c->height;
    int loaded = 0;
    for (int y = 0; y < height; y++) {
        for (; loaded <= lw_mini(y + r, height - 1); loaded++) {
            load_row(padded, c, loaded, r);
            blur_row(ring + (size_t)(loaded % taps) * (size_t)width, padded, width, w, r);
        }
        float *out = &c->px[(size_t)y * (size_t)width].r;
        memset(out, 0, (size_t)width * sizeof(*c->px));
        for (int k = -r; k <= r; k++) {
            const int from = lw_maxi(lw_mini(y + k, height - 1), 0);
            const float *in = &ring[(size_t)(from % taps) * (size_t)width].r, wk = w[k + r];
            for (int i = 0; i < 3 * width; i++)
                out[i] += wk * in[i];
        }
    }
}

int lw_canvas_blur(struct lw_canvas *c, float sigma_px)
{
    if (sigma_px < 0.2f)
        return LW_OK;
    float w[2 * BLUR_RADIUS_MAX + 1];
    const int r = gauss(w, sigma_px);
    const size_t row = (size_t)c->width;
    LW_AUTO_MEM(struct lw_rgbf) ring = malloc((size_t)(2 * r + 1) * row * sizeof(*ring));
    LW_AUTO_MEM(struct lw_rgbf) padded = malloc((row + 2 * (size_t)r) * sizeof(*padded));
    if (!ring || !padded)
        return LW_ENOMEM;
    blur_picture(c, ring, padded, w, r);
    return LW_OK;
}

/* out += in shifted by whole pixels, borders repeated. */
static void add_shifted(struct lw_canvas *c, const struct lw_rgbf *in, int dx, int dy, float weight)
{
    for (int y = 0; y < c->height; y++) {
        const int from = lw_maxi(lw_mini(y + dy, c->height - 1), 0);
        struct lw_rgbf *out = c->px + (size_t)y * (size_t)c->width;
        const struct lw_rgbf *src = in + (size_t)from * (size_t)c->width;
        const int x0 = lw_maxi(0, -dx), x1 = lw_mini(c->width, c->width - dx);
        float *o = &out[x0].r;
        const float *s = &src[x0 + dx].r;
        for (int i = 0; i < 3 * (x1 - x0); i++)
            o[i] += weight * s[i];
        for (int x = 0; x < c->width; x++)
            if (x < x0 || x >= x1) {
                const struct lw_rgbf v = src[x < x0 ? 0 : c->width - 1];
                out[x].r += weight * v.r;
                out[x].g += weight * v.g;
                out[x].b += weight * v.b;
            }
    }
}

int lw_canvas_smear(struct lw_canvas *c, float dx, float dy)
{
    const float length = sqrtf(dx * dx + dy * dy);
    if (!(length >= 0.7f))
        return LW_OK;
    const size_t n = (size_t)c->width * (size_t)c->height;
    LW_AUTO_MEM(struct lw_rgbf) in = malloc(n * sizeof(*in));
    if (!in)
        return LW_ENOMEM;
    memcpy(in, c->px, n * sizeof(*in));
    memset(c->px, 0, n * sizeof(*in));
    const int taps = lw_mini((int)ceilf(length) + 1, 24);
    for (int i = 0; i < taps; i++) {
        const float t = (float)i / (float)(taps - 1) - 0.5f;
        add_shifted(c, in, (int)lroundf(t * dx), (int)lroundf(t * dy), 1.0f / (float)taps);
    }
    return LW_OK;
}
