/* After Crete, Dolmiere, Ladret, Nicolas: "The blur effect: perception and estimation with a new
 * no-reference perceptual blur metric" (2007). Blurring a sharp picture takes much of its contrast
 * between neighbours, blurring a blurred one hardly any; the share does not depend on contrast or
 * brightness. Here in four directions instead of two, because a smear shows in one of them.
 *
 * Noise looks sharp. Its spread is estimated by a mask that answers to neither slopes nor edges
 * along x or y (Immerkaer, "Fast noise variance estimation", 1996; the median instead of the mean,
 * since the features of a face are outliers), and sharpness is reduced by its share of the
 * contrast. */
#include "face/texture.h"

#include <math.h>

#include "face/align.h"
#include "img/geom.h"

enum {
    REACH = 3,          /* the blur is the mean of 2 * REACH + 1 pixels in a row */
    BORDER = REACH + 2, /* so that neither blur nor smoothing meets an edge */
    LEFT = 22,
    TOP = 38,
    W = 68,
    H = 64, /* eyebrows to chin in the 112 x 112 template */
    CANVAS_W = W + 2 * BORDER,
    CANVAS_H = H + 2 * BORDER,
    DIRECTIONS = 4,
    ANSWERS = 2041 /* of the noise mask to 8-bit pixels: 0..8 * 255 */
};

/* Noise costs as much comparison score as the blur that has the same sharpness: found by adding
 * both to photographs. */
static const double NOISE_WEIGHT = 12;

struct grey {
    float v[CANVAS_H][CANVAS_W];
    int pitch; /* canvas pixels from one picture pixel to the next, 1..REACH + 1 */
};

static int take_face(struct grey *g, const struct lw_image *image, const struct lw_point *landmarks)
{
    struct lw_point five[LW_ALIGN_POINTS];
    struct lw_affine A;
    LW_AUTO(lw_image) face = NULL;
    LW_AUTO(lw_image) gray = NULL;
    lw_align_five(landmarks, five);
    int r = lw_align_fit(&A, five);
    if (r < 0)
        return r;
    A.c += A.a * (LEFT - BORDER) + A.b * (TOP - BORDER);
    A.f += A.d * (LEFT - BORDER) + A.e * (TOP - BORDER);
    if ((r = lw_image_warp(&face, image, &A, CANVAS_W, CANVAS_H, 2.0f)) < 0 ||
        (r = lw_image_to_gray(&gray, face)) < 0)
        return r;
    g->pitch = (int)lw_clampf(1 / hypotf(A.a, A.d) + 0.5f, 1, REACH + 1);
    for (int y = 0; y < CANVAS_H; y++)
        for (int x = 0; x < CANVAS_W; x++)
            g->v[y][x] = lw_image_crow(gray, y)[x];
    return LW_OK;
}

static float second_difference(const float *row, int x, int d)
{
    return row[x - d] - 2 * row[x] + row[x + d];
}

/* Standard deviation of the noise in grey levels. The mask [1 -2 1] across [1 -2 1] multiplies it
 * by 6; the median of a normal distribution's size is 0.6745 deviations. In an enlarged face the
 * noise of neighbours is alike: the mask is stretched to the pitch of the picture's own pixels. */
static double noise(const struct grey *g)
{
    unsigned count[ANSWERS] = {0}, below = 0;
    const int d = g->pitch;
    for (int y = BORDER; y < BORDER + H; y++)
        for (int x = BORDER; x < BORDER + W; x++) {
            float a = second_difference(g->v[y - d], x, d) - 2 * second_difference(g->v[y], x, d) +
                      second_difference(g->v[y + d], x, d);
            count[lw_mini((int)fabsf(a), ANSWERS - 1)]++;
        }
    int median = 0;
    while ((below += count[median]) < W * H / 2)
        median++;
    return median / (6 * 0.6745);
}

static double variance(const struct grey *g)
{
    double sum = 0, squares = 0, n = W * H;
    for (int y = BORDER; y < BORDER + H; y++)
        for (int x = BORDER; x < BORDER + W; x++) {
            double v = (double)g->v[y][x];
            sum += v;
            squares += v * v;
        }
    return fmax(0, squares / n - sum / n * (sum / n));
}

/* A light binomial smoothing first: noise of single pixels would pass for sharpness. */
static void smooth(struct grey *g)
{
    for (int y = 0; y < CANVAS_H; y++) {
        float before = g->v[y][0];
        for (int x = 1; x < CANVAS_W - 1; x++) {
            float here = g->v[y][x];
            g->v[y][x] = 0.25f * (before + 2 * here + g->v[y][x + 1]);
            before = here;
        }
    }
    for (int x = 0; x < CANVAS_W; x++) {
        float before = g->v[0][x];
        for (int y = 1; y < CANVAS_H - 1; y++) {
            float here = g->v[y][x];
            g->v[y][x] = 0.25f * (before + 2 * here + g->v[y + 1][x]);
            before = here;
        }
    }
}

/* The share of the steps along (dx, dy) that a blur along the same line takes away. The step of the
 * blurred picture is a telescoping sum: the difference of the pixels at both ends of the blur. */
static double lost(const struct grey *g, int dx, int dy)
{
    double all = 0, gone = 0;
    for (int y = BORDER; y < BORDER + H; y++)
        for (int x = BORDER; x < BORDER + W; x++) {
            float step = fabsf(g->v[y][x] - g->v[y - dy][x - dx]);
            float after = fabsf(g->v[y + REACH * dy][x + REACH * dx] -
                                g->v[y - (REACH + 1) * dy][x - (REACH + 1) * dx]) /
                          (2 * REACH + 1);
            all += step;
            gone += lw_maxf(step - after, 0);
        }
    return all > W * H * 0.05 ? gone / all : -1;
}

int lw_texture_measure(struct lw_texture *out, const struct lw_image *image,
                       const struct lw_point landmarks[LW_LANDMARKS])
{
    static const int direction[DIRECTIONS][2] = {{1, 0}, {0, 1}, {1, 1}, {1, -1}};
    struct grey g;
    int r = take_face(&g, image, landmarks);
    if (r < 0)
        return r;
    double contrast = variance(&g), sigma = noise(&g), sum = 0, least = 1, most = 0;
    double signal = fmax(0, contrast - sigma * sigma);
    smooth(&g);
    for (int i = 0; i < DIRECTIONS; i++) {
        double s = lost(&g, direction[i][0], direction[i][1]);
        if (s < 0) {
            *out = (struct lw_texture){.sharpness = -1, .motion_blur = -1};
            return LW_OK;
        }
        sum += s;
        least = fmin(least, s);
        most = fmax(most, s);
    }
    *out = (struct lw_texture){.sharpness = sum / DIRECTIONS * signal /
                                            (signal + NOISE_WEIGHT * sigma * sigma),
                               .motion_blur = most > 0 ? 1 - least / most : -1};
    return LW_OK;
}
