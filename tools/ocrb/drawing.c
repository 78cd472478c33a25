#include "drawing.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Centre lines of the strokes: M moves, L draws a line, C a cubic curve. x = 0 is the middle of the
 * character, y = 0 its foot; 700 is the height of a capital with its stroke of 100, the next
 * character stands 723 to the right (2.4, 0.35 and 2.54 mm: ICAO 9303-3, 4.2, ISO 1073-2). */
static const char *const drawings[LW_OCRB_GLYPHS] = {
    /* A */ "M -195 42 L -38 650 L 38 650 L 195 42 M -148 245 L 148 245",
    /* B */
    "M -198 50 L -198 650 L 50 650 C 130 650 185 590 185 510 C 185 420 130 362 50 362 "
    "L -198 362 M 50 362 C 140 362 200 300 200 205 C 200 110 140 50 50 50 L -198 50",
    /* C */
    "M 152 575 C 145 625 100 664 30 664 C -90 664 -150 560 -150 350 "
    "C -150 140 -90 38 30 38 C 100 38 145 75 152 130",
    /* D */
    "M -147 50 L -147 650 L -90 650 C 80 650 176 540 176 350 C 176 160 80 50 -90 50 "
    "L -147 50",
    /* E */ "M 190 50 L -152 50 L -152 650 L 190 650 M -152 362 L 140 362",
    /* F */ "M -101 42 L -101 650 L 173 650 M -101 362 L 125 362",
    /* G */
    "M 175 590 C 150 640 100 666 25 666 C -110 666 -190 550 -190 350 "
    "C -190 150 -110 35 25 35 C 90 35 140 50 185 78 L 185 330 L 15 330",
    /* H */ "M -170 40 L -170 663 M 172 40 L 172 663 M -170 355 L 172 355",
    /* I */ "M -142 50 L 145 50 M 0 50 L 0 650 M -130 650 L 130 650",
    /* J */ "M 80 663 L 80 190 C 80 90 30 35 -50 35 C -130 35 -181 90 -181 185",
    /* K */ "M -184 40 L -184 663 M 180 655 L -140 365 L 205 42",
    /* L */ "M -170 663 L -170 50 L 200 50",
    /* M */ "M -200 40 L -200 660 L -140 660 L 0 240 L 140 660 L 200 660 L 200 40",
    /* N */ "M -185 40 L -185 660 L -140 660 L 140 44 L 187 44 L 187 663",
    /* O */
    "M 0 671 C 110 671 197 530 197 354 C 197 180 110 37 0 37 "
    "C -110 37 -197 180 -197 354 C -197 530 -110 671 0 671",
    /* P */
    "M -170 40 L -170 650 L 60 650 C 150 650 200 590 200 495 C 200 400 150 335 60 335 "
    "L -170 335",
    /* Q */
    "M -10 664 C 95 664 177 535 177 369 C 177 205 95 76 -10 76 "
    "C -115 76 -197 205 -197 369 C -197 535 -115 664 -10 664 M -15 305 L 200 40",
    /* R */
    "M -158 40 L -158 650 L 40 650 C 130 650 178 590 178 495 C 178 400 130 342 40 342 "
    "L -158 342 M 0 342 L 188 42",
    /* S */
    "M 165 560 C 145 625 90 664 10 664 C -90 664 -160 610 -160 520 "
    "C -160 420 -70 385 10 350 C 100 312 168 275 168 180 C 168 90 100 35 0 35 "
    "C -90 35 -155 85 -165 175",
    /* T */ "M -200 650 L 200 650 M 0 650 L 0 42",
    /* U */ "M -185 663 L -185 230 C -185 110 -110 38 0 38 C 110 38 187 110 187 230 L 187 663",
    /* V */ "M -200 660 L -38 42 L 38 42 L 200 660",
    /* W */
    "M -197 660 C -190 430 -165 230 -130 44 L -98 44 L -15 390 L 15 390 L 98 44 L 130 44 "
    "C 165 230 190 430 197 660",
    /* X */ "M -178 663 L 180 40 M 178 663 L -178 40",
    /* Y */ "M -177 663 L 0 340 L 177 663 M 0 340 L 0 42",
    /* Z */ "M -150 650 L 155 650 L -170 50 L 173 50",
    /* 0 */
    "M 0 722 C 120 722 200 650 200 500 L 200 260 C 200 110 120 38 0 38 "
    "C -120 38 -200 110 -200 260 L -200 500 C -200 650 -120 722 0 722",
    /* 1 */ "M -165 545 L 20 715 L 45 715 L 45 40",
    /* 2 */
    "M -178 665 C -130 700 -70 722 -10 722 C 110 722 185 640 185 530 "
    "C 185 420 130 370 30 290 C -100 215 -170 170 -170 50 L 180 50",
    /* 3 */
    "M -178 708 L 185 708 L 185 690 L -45 440 L 20 440 C 130 440 192 360 192 250 "
    "C 192 110 110 38 -10 38 C -80 38 -140 52 -185 85",
    /* 4 */ "M 35 720 L -198 220 L -198 200 L 205 200 M 100 385 L 100 40",
    /* 5 */
    "M 165 708 L -150 708 L -165 450 L -90 450 C 70 450 163 380 163 250 "
    "C 163 110 60 38 -165 38",
    /* 6 */
    "M 95 718 L -130 390 C -175 330 -200 290 -200 230 C -200 120 -110 38 0 38 "
    "C 110 38 200 120 200 230 C 200 340 110 422 0 422 C -90 422 -160 370 -190 290",
    /* 7 */ "M -198 708 L 200 708 L 200 680 C 185 560 70 480 10 370 C -50 270 -65 170 -65 42",
    /* 8 */
    "M 0 415 C 100 430 165 490 165 570 C 165 655 90 722 0 722 C -90 722 -165 655 -165 570 "
    "C -165 490 -100 430 0 415 C 120 400 200 325 200 225 C 200 115 110 38 0 38 "
    "C -110 38 -200 115 -200 225 C -200 325 -120 400 0 415",
    /* 9 */
    "M -75 42 C 60 170 200 330 200 525 C 200 640 110 722 0 722 "
    "C -110 722 -200 640 -200 528 C -200 415 -110 334 0 334 C 90 334 165 390 190 470",
    /* < */ "M 200 650 L -198 380 L 200 112",
};

enum { SEGMENTS_MAX = 192, CURVE_STEPS = 6, GRID_MAX = 72 };

struct point {
    float x, y;
};

struct segment {
    struct point a, b;
};

struct strokes {
    int n;
    struct segment v[SEGMENTS_MAX];
};

static float between(struct lw_rng *rng, double a, double b)
{
    return (float)lw_rng_range(rng, a, b);
}

static float gauss(struct lw_rng *rng, double sd)
{
    return (float)(sd * lw_rng_gauss(rng));
}

static bool chance(struct lw_rng *rng, double p)
{
    return lw_rng_unit(rng) < p;
}

static void add(struct strokes *s, struct point a, struct point b)
{
    assert(s->n < SEGMENTS_MAX);
    s->v[s->n++] = (struct segment){a, b};
}

static void add_curve(struct strokes *s, const struct point p[4])
{
    struct point from = p[0];
    for (int i = 1; i <= CURVE_STEPS; i++) {
        const float t = (float)i / CURVE_STEPS, u = 1 - t;
        const float w[4] = {u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t};
        struct point to = {0, 0};
        for (int k = 0; k < 4; k++)
            to = (struct point){to.x + w[k] * p[k].x, to.y + w[k] * p[k].y};
        add(s, from, to);
        from = to;
    }
}

/* How one character leaves the drawing: no two cuts of the script agree about every point. */
struct looseness {
    float jitter;        /* deviation of each point */
    float sx, sy, slant; /* around the middle */
    float x, y;          /* where its middle comes to stand */
};

static struct point read_point(const char **path, const struct looseness *l, struct lw_rng *rng)
{
    char *end;
    const float x = strtof(*path, &end) + gauss(rng, l->jitter);
    const float y = strtof(end, &end) + gauss(rng, l->jitter) - 350;
    *path = end;
    return (struct point){l->x + l->sx * (x + l->slant * y), l->y + l->sy * y};
}

/* Middle of a capital at the origin. */
static void trace(struct strokes *s, int glyph, const struct looseness *l, struct lw_rng *rng)
{
    const char *path = drawings[glyph];
    struct point p[4] = {{0, 0}};
    while (*path) {
        const char verb = *path++;
        if (verb == 'M') {
            p[0] = read_point(&path, l, rng);
        } else if (verb == 'L') {
            p[1] = read_point(&path, l, rng);
            add(s, p[0], p[1]);
            p[0] = p[1];
        } else if (verb == 'C') {
            for (int i = 1; i < 4; i++)
                p[i] = read_point(&path, l, rng);
            add_curve(s, p);
            p[0] = p[3];
        }
    }
}

static float distance(const struct segment *s, struct point p)
{
    const float dx = s->b.x - s->a.x, dy = s->b.y - s->a.y;
    const float px = p.x - s->a.x, py = p.y - s->a.y;
    const float t = lw_clampf((px * dx + py * dy) / (dx * dx + dy * dy + 1e-3f), 0, 1);
    return hypotf(px - t * dx, py - t * dy);
}

static float ink_at(const struct strokes *s, struct point p, float half_width, float pixel)
{
    float nearest = 1e9f;
    for (int i = 0; i < s->n; i++)
        nearest = lw_minf(nearest, distance(&s->v[i], p));
    return lw_clampf(0.5f + (half_width - nearest) / pixel, 0, 1);
}

/* The sensor's view: a grid of pixels at any angle over the character. */
struct grid {
    int n;                  /* pixels a side */
    float pixel;            /* units */
    float cosine, sine;     /* its angle */
    float phase_x, phase_y; /* where its middle lies */
    float v[GRID_MAX][GRID_MAX];
};

static struct point place_of(const struct grid *g, int x, int y)
{
    const float gx = ((float)x - 0.5f * (float)g->n) * g->pixel + g->phase_x;
    const float gy = ((float)y - 0.5f * (float)g->n) * g->pixel + g->phase_y;
    return (struct point){gx * g->cosine - gy * g->sine, gx * g->sine + gy * g->cosine};
}

static float value_at(const struct grid *g, struct point p)
{
    const float gx = p.x * g->cosine + p.y * g->sine, gy = -p.x * g->sine + p.y * g->cosine;
    const float x =
        lw_clampf((gx - g->phase_x) / g->pixel + 0.5f * (float)g->n, 0, (float)g->n - 1.001f);
    const float y =
        lw_clampf((gy - g->phase_y) / g->pixel + 0.5f * (float)g->n, 0, (float)g->n - 1.001f);
    const int ix = (int)x, iy = (int)y;
    const float fx = x - (float)ix, fy = y - (float)iy;
    return (1 - fy) * ((1 - fx) * g->v[iy][ix] + fx * g->v[iy][ix + 1]) +
           fy * ((1 - fx) * g->v[iy + 1][ix] + fx * g->v[iy + 1][ix + 1]);
}

static void blur_line(float *v, int n, int step, const float *kernel, int radius)
{
    float in[GRID_MAX];
    for (int i = 0; i < n; i++)
        in[i] = v[i * step];
    for (int i = 0; i < n; i++) {
        float sum = 0;
        for (int k = -radius; k <= radius; k++)
            sum += kernel[abs(k)] * in[i + k < 0 ? 0 : i + k >= n ? n - 1 : i + k];
        v[i * step] = sum;
    }
}

/* sd_x and sd_y in pixels: unequal ones stand for a moving hand. */
static void blur(struct grid *g, float sd_x, float sd_y)
{
    for (int axis = 0; axis < 2; axis++) {
        const float sd = lw_clampf(axis ? sd_y : sd_x, 0.05f, 5);
        const int radius = (int)ceilf(2.5f * sd);
        float kernel[16], sum = 0;
        for (int k = 0; k <= radius; k++) {
            kernel[k] = expf(-0.5f * (float)(k * k) / (sd * sd));
            sum += k ? 2 * kernel[k] : kernel[k];
        }
        for (int k = 0; k <= radius; k++)
            kernel[k] /= sum;
        for (int i = 0; i < g->n; i++)
            blur_line(axis ? &g->v[0][i] : g->v[i], g->n, axis ? GRID_MAX : 1, kernel, radius);
    }
}

/* Light that falls off, a printed ground, the edge of a shadow, noise. */
static void disturb(struct grid *g, struct lw_rng *rng)
{
    const float gx = gauss(rng, 0.12), gy = gauss(rng, 0.12), noise = between(rng, 0, 0.1);
    const float wave = chance(rng, 0.4) ? between(rng, 0, 0.18) : 0;
    const float wx = gauss(rng, 0.012), wy = gauss(rng, 0.012), shift = between(rng, 0, 6.28);
    const float shadow = chance(rng, 0.12) ? between(rng, 0.1, 0.5) : 0;
    const float angle = between(rng, 0, 6.28), edge = gauss(rng, 250);
    for (int y = 0; y < g->n; y++)
        for (int x = 0; x < g->n; x++) {
            const struct point p = place_of(g, x, y);
            const float across = cosf(angle) * p.x + sinf(angle) * p.y - edge;
            float light = 1 + (gx * p.x + gy * p.y) / 500;
            light -= shadow * lw_clampf(0.5f + across / 120, 0, 1);
            g->v[y][x] =
                light * (g->v[y][x] + wave * sinf(wx * p.x + wy * p.y + shift)) + gauss(rng, noise);
        }
}

/* Every size from 8 to 26 pixels a capital; half of the pictures stand straight. */
static void expose(struct grid *g, const struct strokes *s, float half_width, struct lw_rng *rng)
{
    const float height = expf(between(rng, log(8), log(26)));
    const float angle = chance(rng, 0.5) ? 0 : between(rng, -3.1416, 3.1416);
    const float ink = between(rng, 0.35, 1);
    g->pixel = 700 / height;
    g->n = lw_mini(GRID_MAX, (int)(1500 / g->pixel) + 4);
    g->cosine = cosf(angle);
    g->sine = sinf(angle);
    g->phase_x = between(rng, -0.5, 0.5) * g->pixel;
    g->phase_y = between(rng, -0.5, 0.5) * g->pixel;
    for (int y = 0; y < g->n; y++)
        for (int x = 0; x < g->n; x++) {
            const struct point p = place_of(g, x, y);
            const bool seen = fabsf(p.x) < 640 && fabsf(p.y) < 760;
            g->v[y][x] = seen ? 1 - ink * ink_at(s, p, half_width, g->pixel) : 1;
        }
    const float sd = between(rng, 0, 1) * between(rng, 0, 1) * 150 / g->pixel;
    const float sharper = chance(rng, 0.7) ? 1 : between(rng, 0.1, 1);
    const bool lengthwise = chance(rng, 0.5);
    blur(g, lengthwise ? sd : sd * sharper, lengthwise ? sd * sharper : sd);
    disturb(g, rng);
}

/* How the reader misses the middle, the size and the angle. */
static void cut(float patch[LW_OCRB_PIXELS], const struct grid *g, struct point middle, float turn,
                struct lw_rng *rng)
{
    const float unit = 700.0f / LW_OCRB_CAP;
    const float angle = turn + gauss(rng, 0.03), c = cosf(angle), s = sinf(angle);
    const float sx = unit * expf(gauss(rng, 0.04)), sy = unit * expf(gauss(rng, 0.03));
    for (int y = 0; y < LW_OCRB_H; y++)
        for (int x = 0; x < LW_OCRB_W; x++) {
            const float px = sx * ((float)x - 0.5f * (LW_OCRB_W - 1));
            const float py = -sy * ((float)y - 0.5f * (LW_OCRB_H - 1));
            const struct point p = {middle.x + c * px - s * py, middle.y + s * px + c * py};
            patch[y * LW_OCRB_W + x] = value_at(g, p);
        }
}

static float middle_of_ink(const struct strokes *s)
{
    float low = 1e9f, high = -1e9f;
    for (int i = 0; i < s->n; i++) {
        low = lw_minf(low, lw_minf(s->v[i].a.x, s->v[i].b.x));
        high = lw_maxf(high, lw_maxf(s->v[i].a.x, s->v[i].b.x));
    }
    return s->n ? 0.5f * (low + high) : 0;
}

static int any_glyph(struct lw_rng *rng)
{
    return (int)lw_rng_below(rng, LW_OCRB_GLYPHS);
}

/* One of those that are mistaken for each other. */
static int hard_glyph(struct lw_rng *rng)
{
    static const char hard[] = "0000OOOO8B2Z1I5SDQ6GJ4";
    return lw_ocrb_glyph(hard[lw_rng_below(rng, sizeof(hard) - 1)]);
}

/* Its neighbours in the line, where they are not missing. */
static void trace_neighbours(struct strokes *s, struct looseness l, struct lw_rng *rng)
{
    const float pitch = 723 * expf(gauss(rng, 0.04));
    for (int side = -1; side <= 1; side += 2) {
        l.x = (float)side * pitch;
        if (chance(rng, 0.88))
            trace(s, chance(rng, 0.3) ? LW_OCRB_GLYPHS - 1 : any_glyph(rng), &l, rng);
    }
}

/* Turned upside down these are characters again, or nearly. */
static bool turns_into_itself(int glyph)
{
    return strchr("HINOSXZMWU0689L7QC5DBKE3", lw_ocrb_char(glyph)) != NULL;
}

/* Bars, scratches and parts of other prints. */
static void trace_scribble(struct strokes *s, struct lw_rng *rng)
{
    for (unsigned n = 1 + lw_rng_below(rng, 6); n > 0; n--) {
        const struct point a = {between(rng, -450, 450), between(rng, -500, 500)};
        const struct point b = {a.x + gauss(rng, 300), a.y + gauss(rng, 300)};
        add(s, a, b);
    }
}

enum other { OTHER_BLANK, OTHER_BETWEEN, OTHER_ABOVE, OTHER_TURNED, OTHER_SCRIBBLE, OTHER_SIZE };

/* What is no character: returns where the patch is cut and how it is turned. */
static struct point draw_other(struct strokes *s, struct looseness *l, float *turn,
                               struct lw_rng *rng)
{
    const float side = chance(rng, 0.5) ? 1 : -1;
    int glyph = any_glyph(rng);
    switch ((enum other)lw_rng_below(rng, 6)) {
    case OTHER_BETWEEN:
        trace(s, glyph, l, rng);
        trace_neighbours(s, *l, rng);
        return (struct point){side * between(rng, 320, 400), 0};
    case OTHER_ABOVE:
        trace(s, glyph, l, rng);
        trace_neighbours(s, *l, rng);
        return (struct point){gauss(rng, 150), side * between(rng, 350, 800)};
    case OTHER_TURNED:
        while (turns_into_itself(glyph))
            glyph = any_glyph(rng);
        trace(s, glyph, l, rng);
        trace_neighbours(s, *l, rng);
        *turn = 3.14159265f;
        break;
    case OTHER_SCRIBBLE:
        trace_scribble(s, rng);
        break;
    case OTHER_SIZE:
        l->sx = l->sy = chance(rng, 0.5) ? between(rng, 0.25, 0.5) : between(rng, 1.7, 2.5);
        trace(s, glyph, l, rng);
        break;
    case OTHER_BLANK:
        if (chance(rng, 0.5))
            trace_neighbours(s, *l, rng);
        break;
    }
    return (struct point){0, 0};
}

void sample_draw(struct sample *out, struct lw_rng *rng)
{
    struct strokes s = {.n = 0};
    struct grid g;
    struct point middle = {0, 0};
    float turn = 0;
    struct looseness l = {.jitter = between(rng, 3, 20),
                          .sx = expf(gauss(rng, 0.07)),
                          .sy = expf(gauss(rng, 0.025)),
                          .slant = gauss(rng, 0.03)};
    const float half_width = between(rng, 32, 72);
    out->label = chance(rng, 0.1)   ? LW_OCRB_NONE
                 : chance(rng, 0.3) ? hard_glyph(rng)
                                    : any_glyph(rng);
    if (out->label == LW_OCRB_NONE) {
        middle = draw_other(&s, &l, &turn, rng);
    } else {
        if (lw_ocrb_char(out->label) == '<')
            l.sy *= expf(gauss(rng, 0.12));
        trace(&s, out->label, &l, rng);
        const bool on_ink = chance(rng, 0.6);
        middle.x = on_ink ? middle_of_ink(&s) + gauss(rng, 18) : gauss(rng, 50);
        middle.y = gauss(rng, 22);
        trace_neighbours(&s, l, rng);
    }
    expose(&g, &s, half_width, rng);
    cut(out->patch, &g, middle, turn, rng);
    lw_ocrb_normalise(out->patch, 0.8f);
}
