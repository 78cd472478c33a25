#include "face/pixels.h"

#include <assert.h>
#include <string.h>

/* Every byte value through mean and scale, once a picture. */
struct lut {
    float v[256];
};

static void fill_lut(struct lut *t, float mean, float scale)
{
    for (int i = 0; i < 256; i++)
        t->v[i] = ((float)i - mean) * scale;
}

static void fill_row(float *restrict dst, int w, const uint8_t *restrict src, int n, size_t step,
                     const struct lut *t)
{
    for (int x = 0; x < n; x++)
        dst[x] = t->v[src[(size_t)x * step]];
    for (int x = n; x < w; x++)
        dst[x] = t->v[0];
}

void lw_pixels_fill(float *dst, int w, int h, const struct lw_image *im, int y0,
                    const struct lw_card *card)
{
    const int channels = lw_card_channels(card);
    const size_t step = (size_t)im->fmt;
    const bool bgr = strcmp(card->color, "BGR") == 0;
    const int n = lw_mini(w, im->width);
    assert(y0 >= 0 && (channels == 3 || im->fmt == LW_PIX_GRAY8));
    for (int c = 0; c < channels; c++) {
        size_t offset = im->fmt == LW_PIX_GRAY8 ? 0 : (size_t)(bgr ? 2 - c : c);
        struct lut t;
        fill_lut(&t, card->mean[c], card->scale[c]);
        for (int y = 0; y < h; y++, dst += w) {
            bool inside = y0 + y < im->height;
            const uint8_t *row = lw_image_crow(im, inside ? y0 + y : 0) + offset;
            fill_row(dst, w, row, inside ? n : 0, step, &t);
        }
    }
}
