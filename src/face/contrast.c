#include "face/contrast.h"

#include <math.h>

/* The part of the face that counts: an ellipse about nose and cheeks, forehead to chin, in units
 * of the inter-eye distance. */
static const float CENTRE_BELOW_EYES = 0.3f, HALF_WIDTH = 1.08f, HALF_HEIGHT = 1.42f;
static const float SD_MIN = 3.0f; /* below that there is nothing but noise to raise */

struct sums {
    double n, sum, squares;
};

static float luminance(const uint8_t *p)
{
    return 0.299f * (float)p[0] + 0.587f * (float)p[1] + 0.114f * (float)p[2];
}

/* Upright ellipse: a tilted head moves its border over hair and jaw a little, no more. */
static struct sums measure(const struct lw_image *im, float cx, float cy, float rx, float ry)
{
    struct sums s = {0};
    const int y0 = lw_maxi(0, (int)ceilf(cy - ry));
    const int y1 = lw_mini(im->height - 1, (int)floorf(cy + ry));
    for (int y = y0; y <= y1; y++) {
        const float t = ((float)y - cy) / ry;
        const float half = rx * sqrtf(lw_maxf(0.0f, 1.0f - t * t));
        const int x0 = lw_maxi(0, (int)ceilf(cx - half));
        const int x1 = lw_mini(im->width - 1, (int)floorf(cx + half));
        const uint8_t *row = lw_image_crow(im, y);
        for (int x = x0; x <= x1; x++) {
            const double v = (double)luminance(row + 3 * x);
            s.n += 1;
            s.sum += v;
            s.squares += v * v;
        }
    }
    return s;
}

static void apply(struct lw_image *dst, const struct lw_image *src, float mean, float gain,
                  float wanted)
{
    uint8_t table[256];
    for (int v = 0; v < 256; v++)
        table[v] = (uint8_t)lw_clampf(((float)v - mean) * gain + wanted + 0.5f, 0.0f, 255.0f);
    for (int y = 0; y < src->height; y++) {
        const uint8_t *from = lw_image_crow(src, y);
        uint8_t *to = lw_image_row(dst, y);
        for (int i = 0; i < 3 * src->width; i++)
            to[i] = table[from[i]];
    }
}

int lw_contrast_normalise(struct lw_image **out, const struct lw_image *src,
                          const struct lw_face *face, const struct lw_contrast_opts *opts)
{
    const struct lw_contrast_opts o = opts ? *opts : LW_CONTRAST_DEFAULTS;
    const float dx = face->eyes[1].x - face->eyes[0].x, dy = face->eyes[1].y - face->eyes[0].y;
    const float eye = hypotf(dx, dy);
    if (src->fmt != LW_PIX_RGB8 || !(eye >= 1.0f) || !(eye < (float)LW_IMAGE_SIDE_MAX))
        return LW_EINVAL;
    /* Below the eyes along the face's own axis. */
    const float cx = (face->eyes[0].x + face->eyes[1].x) / 2 - CENTRE_BELOW_EYES * dy;
    const float cy = (face->eyes[0].y + face->eyes[1].y) / 2 + CENTRE_BELOW_EYES * dx;
    const struct sums s = measure(src, cx, cy, HALF_WIDTH * eye, HALF_HEIGHT * eye);
    if (s.n < 1)
        return LW_EINVAL;
    const float mean = (float)(s.sum / s.n);
    const float sd = (float)sqrt(fmax(s.squares / s.n - (s.sum / s.n) * (s.sum / s.n), 0.0));
    LW_AUTO(lw_image) im = NULL;
    int r = lw_image_new(&im, LW_PIX_RGB8, src->width, src->height);
    if (r < 0)
        return r;
    apply(im, src, mean, lw_minf(o.sd / lw_maxf(sd, SD_MIN), o.max_gain), o.mean);
    *out = im;
    im = NULL;
    return LW_OK;
}
