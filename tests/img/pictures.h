/* tests/img/pictures.h - synthetic pictures that the tests of img/ share. */
#ifndef LW_TESTS_IMG_PICTURES_H
#define LW_TESTS_IMG_PICTURES_H

#include "base/rng.h"
#include "img/image.h"

/* Every byte random. */
static inline struct lw_image *noise_picture(enum lw_pixfmt fmt, int w, int h, uint64_t seed)
{
    struct lw_image *im = NULL;
    if (lw_image_new(&im, fmt, w, h) < 0)
        return NULL;
    struct lw_rng r = lw_rng_seed(seed);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w * (int)fmt; x++)
            lw_image_row(im, y)[x] = (uint8_t)lw_rng_below(&r, 256);
    return im;
}

/* Smooth: red grows with x, green with y, blue falls with x; compresses well. */
static inline struct lw_image *ramp_picture(int w, int h)
{
    struct lw_image *im = NULL;
    if (lw_image_new(&im, LW_PIX_RGB8, w, h) < 0)
        return NULL;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            uint8_t *p = lw_image_row(im, y) + 3 * x;
            p[0] = (uint8_t)(255 * x / w);
            p[1] = (uint8_t)(255 * y / h);
            p[2] = (uint8_t)(255 - p[0]);
        }
    return im;
}

/* Largest difference of any byte; 256 when size or format differ. */
static inline int picture_distance(const struct lw_image *a, const struct lw_image *b)
{
    if (a->width != b->width || a->height != b->height || a->fmt != b->fmt)
        return 256;
    int worst = 0;
    for (int y = 0; y < a->height; y++)
        for (int x = 0; x < a->width * (int)a->fmt; x++)
            worst = lw_maxi(worst, abs(lw_image_crow(a, y)[x] - lw_image_crow(b, y)[x]));
    return worst;
}

#endif
