#include "face/light.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "img/geom.h"

/* OFIQ's aligned portrait of 616 x 616 at half the side: the histograms are the same within their
 * noise at a quarter of the cost. */
enum { SIDE = 308, LEVELS = 256, DARK_TO = 25, BRIGHT_FROM = 247, PIXELS_MIN = 400 };

/* Where eye centres, nose tip and mouth corners come to lie. */
static const struct lw_point CANVAS[5] = {{125.25f, 135.75f},
                                          {181.75f, 135.75f},
                                          {153.75f, 167.75f},
                                          {130.75f, 200.75f},
                                          {177.25f, 200.75f}};

struct square {
    int x, y, side; /* canvas pixels */
};

struct canvas {
    struct lw_affine to_image;
    struct lw_point hull[LW_LANDMARKS]; /* convex, in order around it */
    size_t corners;
    struct square cheek[2]; /* image left, right */
    int x0, y0, x1, y1;     /* the hull's bounding box, x1 and y1 excluded */
};

static struct lw_point middle(struct lw_point a, struct lw_point b)
{
    return (struct lw_point){(a.x + b.x) / 2, (a.y + b.y) / 2};
}

/* Undo a similarity [a b c; -b a f]. */
static struct lw_point back(const struct lw_affine *A, struct lw_point p)
{
    float det = A->a * A->e - A->b * A->d, x = p.x - A->c, y = p.y - A->f;
    return (struct lw_point){(A->e * x - A->b * y) / det, (A->a * y - A->d * x) / det};
}

static int by_x_then_y(const void *a, const void *b)
{
    const struct lw_point *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return p->y < q->y ? -1 : p->y > q->y;
}

static float turn(struct lw_point o, struct lw_point a, struct lw_point b)
{
    return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}

/* Andrew's monotone chain (1979); p is sorted. hull has room for n + 1. */
static size_t convex_hull(struct lw_point *hull, struct lw_point *p, size_t n)
{
    size_t k = 0;
    qsort(p, n, sizeof(*p), by_x_then_y);
    for (size_t i = 0; i < n; hull[k++] = p[i++])
        while (k >= 2 && turn(hull[k - 2], hull[k - 1], p[i]) <= 0)
            k--;
    for (size_t i = n - 1, lower = k + 1; i > 0; hull[k++] = p[--i])
        while (k >= lower && turn(hull[k - 2], hull[k - 1], p[i - 1]) <= 0)
            k--;
    return k - 1;
}

/* OFIQ: squares of 0.3 eye distances, half way down to the mouth, from the eye centres inwards. */
static void place_cheeks(struct canvas *c, const struct lw_point *lm)
{
    struct lw_point left = middle(lm[36], lm[39]), right = middle(lm[42], lm[45]);
    struct lw_point eyes = middle(left, right), mouth = middle(lm[62], lm[66]);
    float down = truncf(hypotf(mouth.x - eyes.x, mouth.y - eyes.y) / 2);
    int side = (int)(0.3f * hypotf(right.x - left.x, right.y - left.y));
    c->cheek[0] = (struct square){(int)lroundf(left.x), (int)lroundf(left.y + down), side};
    c->cheek[1] = (struct square){(int)lroundf(right.x) - side, (int)lroundf(right.y + down), side};
}

static int canvas_init(struct canvas *c, const struct lw_point *landmarks)
{
    const struct lw_point five[5] = {middle(landmarks[36], landmarks[39]),
                                     middle(landmarks[42], landmarks[45]), landmarks[30],
                                     landmarks[48], landmarks[54]};
    struct lw_point lm[LW_LANDMARKS], hull[LW_LANDMARKS + 1];
    int r = lw_similarity_fit(&c->to_image, CANVAS, five, 5);
    if (r < 0)
        return r;
    float x0 = SIDE, y0 = SIDE, x1 = 0, y1 = 0;
    for (int i = 0; i < LW_LANDMARKS; i++) {
        lm[i] = back(&c->to_image, landmarks[i]);
        if (!isfinite(lm[i].x) || !isfinite(lm[i].y) || fabsf(lm[i].x) > 1e6f ||
            fabsf(lm[i].y) > 1e6f)
            return LW_EINVAL;
        x0 = lw_minf(x0, lm[i].x);
        y0 = lw_minf(y0, lm[i].y);
        x1 = lw_maxf(x1, lm[i].x);
        y1 = lw_maxf(y1, lm[i].y);
    }
    c->x0 = lw_maxi((int)floorf(x0), 0);
    c->y0 = lw_maxi((int)floorf(y0), 0);
    c->x1 = lw_mini((int)ceilf(x1) + 1, SIDE);
    c->y1 = lw_mini((int)ceilf(y1) + 1, SIDE);
    place_cheeks(c, lm);
    c->corners = convex_hull(hull, lm, LW_LANDMARKS);
    memcpy(c->hull, hull, c->corners * sizeof(hull[0]));
    return c->x1 > c->x0 && c->y1 > c->y0 ? LW_OK : LW_EINVAL;
}

/* The canvas columns first..last-1 of row y that lie in the hull and in the image. */
static void span(const struct canvas *c, const struct lw_image *image, int y, int *first, int *last)
{
    float lo = (float)c->x1, hi = (float)c->x0 - 1, fy = (float)y;
    for (size_t i = 0; i < c->corners; i++) {
        struct lw_point p = c->hull[i], q = c->hull[(i + 1) % c->corners];
        if ((p.y > fy) == (q.y > fy))
            continue;
        float x = p.x + (q.x - p.x) * (fy - p.y) / (q.y - p.y);
        lo = lw_minf(lo, x);
        hi = lw_maxf(hi, x);
    }
    *first = lw_maxi((int)ceilf(lo), c->x0);
    *last = lw_mini((int)floorf(hi) + 1, c->x1);
    const struct lw_affine *A = &c->to_image;
    for (int end = 0; end < 2; end++)
        while (*first < *last) { /* a convex image cuts a straight row at its ends only */
            float fx = (float)(end ? *last - 1 : *first);
            float sx = A->a * fx + A->b * fy + A->c, sy = A->d * fx + A->e * fy + A->f;
            if (sx > -0.5f && sy > -0.5f && sx < (float)image->width - 0.5f &&
                sy < (float)image->height - 0.5f)
                break;
            *first += !end;
            *last -= end;
        }
}

/* IEC 61966-2-1: the light that a coded value stands for, 0..1. */
static float linear(float coded)
{
    return coded > 0.04045f ? powf((coded + 0.055f) / 1.055f, 2.4f) : coded / 12.92f;
}

struct weights {
    float r[256], g[256], b[256]; /* levels that a channel adds */
};

static void weights_init(struct weights *w)
{
    for (int i = 0; i < 256; i++) {
        float level = 255 * linear((float)i / 255);
        w->r[i] = 0.2126f * level;
        w->g[i] = 0.7152f * level;
        w->b[i] = 0.0722f * level;
    }
}

struct tally {
    unsigned level[LEVELS], n;          /* the whole face */
    unsigned cheek[2][LEVELS], seen[2]; /* each cheek; pixels of it that belong to the face */
    double rgb[3];                      /* sums over both cheeks */
    bool coloured;
};

static bool inside(const struct square *s, int x, int y)
{
    return x >= s->x && x < s->x + s->side && y >= s->y && y < s->y + s->side;
}

static void count_row(struct tally *t, const struct canvas *c, const struct weights *w,
                      const uint8_t *row, int y, int first, int last)
{
    const struct square *l = &c->cheek[0], *r = &c->cheek[1];
    bool cheeks = (y >= l->y && y < l->y + l->side) || (y >= r->y && y < r->y + r->side);
    for (int x = first; x < last; x++) {
        const uint8_t *p = row + 3 * (x - c->x0);
        int level = lw_mini((int)(w->r[p[0]] + w->g[p[1]] + w->b[p[2]] + 0.5f), LEVELS - 1);
        t->level[level]++;
        t->coloured |= p[0] != p[1] || p[1] != p[2];
        for (int k = 0; cheeks && k < 2; k++)
            if (inside(&c->cheek[k], x, y)) {
                t->cheek[k][level]++;
                t->seen[k]++;
                for (int i = 0; i < 3; i++)
                    t->rgb[i] += p[i];
            }
    }
    t->n += (unsigned)lw_maxi(last - first, 0);
}

static int take_tally(struct tally *t, const struct canvas *c, const struct lw_image *image)
{
    struct lw_affine A = c->to_image;
    LW_AUTO(lw_image) part = NULL;
    LW_AUTO(lw_image) gray = NULL;
    struct weights w;
    A.c += A.a * (float)c->x0 + A.b * (float)c->y0;
    A.f += A.d * (float)c->x0 + A.e * (float)c->y0;
    int r = lw_image_warp(&part, image, &A, c->x1 - c->x0, c->y1 - c->y0, 0);
    if (r == LW_OK && part->fmt == LW_PIX_GRAY8) {
        gray = part;
        part = NULL;
        r = lw_image_to_rgb(&part, gray);
    }
    if (r < 0)
        return r;
    weights_init(&w);
    for (int y = c->y0; y < c->y1; y++) {
        int first, last;
        span(c, image, y, &first, &last);
        count_row(t, c, &w, lw_image_crow(part, y - c->y0), y, first, last);
    }
    return LW_OK;
}

static double share(const struct tally *t, int from, int to)
{
    unsigned n = 0;
    for (int i = from; i <= to; i++)
        n += t->level[i];
    return (double)n / t->n;
}

static void describe_histogram(struct lw_light *out, const struct tally *t)
{
    out->mean = out->variance = out->entropy = 0;
    for (int i = 0; i < LEVELS; i++)
        out->mean += t->level[i] * (i / 255.0) / t->n;
    for (int i = 0; i < LEVELS; i++) {
        double p = (double)t->level[i] / t->n, d = i / 255.0 - out->mean;
        out->variance += p * d * d;
        out->entropy -= p > 0 ? p * log2(p) : 0;
    }
    out->under = share(t, 0, DARK_TO);
    out->over = share(t, BRIGHT_FROM, LEVELS - 1);
}

/* Level below which 2 % of the pixels lie, linear inside a level, over the mean. */
static double veil(const struct tally *t, double mean)
{
    const double want = 0.02 * t->n;
    double have = 0;
    int i = 0;
    while (i < LEVELS - 1 && have + t->level[i] <= want)
        have += t->level[i++];
    double level = i + (t->level[i] ? (want - have) / t->level[i] : 0) - 0.5;
    return mean > 0 ? fmax(0, fmin(1, level / 255 / mean)) : -1;
}

/* Pixels of a cheek outside the face count as black, as in OFIQ, while at least half is inside. */
static double uniformity(const struct tally *t, const struct canvas *c)
{
    unsigned whole = (unsigned)(c->cheek[0].side * c->cheek[0].side), common = 0;
    if (whole == 0 || 2 * t->seen[0] < whole || 2 * t->seen[1] < whole)
        return -1;
    for (int i = 0; i < LEVELS; i++) {
        unsigned a = t->cheek[0][i] + (i == 0 ? whole - t->seen[0] : 0);
        unsigned b = t->cheek[1][i] + (i == 0 ? whole - t->seen[1] : 0);
        common += a < b ? a : b;
    }
    return (double)common / whole;
}

/* CIE 15, 8.2.1 with the exact rational constants. */
static double lab_f(double x)
{
    return x > 216.0 / 24389 ? cbrt(x) : (24389.0 / 27 * x + 16) / 116;
}

static double beyond(double x, double lo, double hi)
{
    return fmax(0, fmax(lo - x, x - hi));
}

/* Mean colour of the cheeks in CIELAB (D50); skin lies in a 5..25, b 5..35. */
static double colour_distance(const struct tally *t)
{
    unsigned n = t->seen[0] + t->seen[1];
    if (!t->coloured)
        return 0;
    if (n == 0)
        return -1;
    double r = linear((float)(t->rgb[0] / n / 255)), g = linear((float)(t->rgb[1] / n / 255)),
           b = linear((float)(t->rgb[2] / n / 255));
    double fx = lab_f((0.43605 * r + 0.38508 * g + 0.14309 * b) / 0.964221);
    double fy = lab_f(0.22249 * r + 0.71689 * g + 0.06062 * b);
    double fz = lab_f((0.01393 * r + 0.09710 * g + 0.71419 * b) / 0.825211);
    double lab_a = 500 * (fx - fy), lab_b = 200 * (fy - fz);
    return lab_a >= 0 && lab_b >= 0 ? hypot(beyond(lab_a, 5, 25), beyond(lab_b, 5, 35)) : 100;
}

int lw_light_measure(struct lw_light *out, const struct lw_image *image,
                     const struct lw_point landmarks[LW_LANDMARKS])
{
    struct canvas c;
    struct tally t = {.n = 0};
    struct lw_light light = {-1, -1, -1, -1, -1, -1, -1, -1};
    int r = canvas_init(&c, landmarks);
    if (r < 0 || (r = take_tally(&t, &c, image)) < 0)
        return r;
    if (t.n >= PIXELS_MIN) {
        describe_histogram(&light, &t);
        light.veil = veil(&t, light.mean);
        light.illumination_uniformity = uniformity(&t, &c);
        light.natural_colour = colour_distance(&t);
    }
    *out = light;
    return LW_OK;
}
